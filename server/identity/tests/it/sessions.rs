//! Where somebody is signed in, and ending that.

use std::time::Duration;

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::people::person;
use crate::world::{As, Owner, PASSWORD, World, on_both_engines};

async fn sessions(world: &World, who: As<'_>) -> Vec<Value> {
    world.get("/account/sessions", who).await.body["items"].as_array().expect("there").clone()
}

async fn signed_in(world: &World, owner: &Owner) -> String {
    let code = world.next_code(owner);
    world.sign_in(&owner.email, PASSWORD, &code).await.cookie.expect("there")
}

#[test]
fn somebody_sees_the_own_sessions_and_ends_one_of_them_or_all_others() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        let other = world.owner("Bob's fleet", "bob@example.org").await;
        let (second, third) = (signed_in(&world, &owner).await, signed_in(&world, &owner).await);
        let listed = sessions(&world, owner.session()).await;
        assert_eq!((listed.len(), sessions(&world, other.session()).await.len()), (3, 1));
        assert_eq!(listed.iter().filter(|session| session["this"] == json!(true)).count(), 1);
        assert!(listed.iter().all(|session| session["browser"] == json!("other/other")), "{listed:?}");
        assert!(!json!(listed).to_string().contains(&owner.cookie));

        let of_second = sessions(&world, As::Session(&second)).await.into_iter().find(|session| session["this"] == json!(true)).unwrap();
        let path = format!("/account/sessions/{}", of_second["session"].as_str().unwrap());
        assert_eq!(world.delete(&path, other.session()).await.status, StatusCode::NOT_FOUND, "another person's");
        assert_eq!(world.get("/session", As::Session(&second)).await.status, StatusCode::OK);
        assert_eq!(world.delete(&path, owner.session()).await.status, StatusCode::NO_CONTENT);
        assert_eq!(world.get("/session", As::Session(&second)).await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(world.delete(&path, owner.session()).await.status, StatusCode::NOT_FOUND);

        assert_eq!(world.delete("/account/sessions", As::Session(&third)).await.status, StatusCode::NO_CONTENT);
        assert_eq!(world.get("/session", owner.session()).await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(world.get("/session", As::Session(&third)).await.status, StatusCode::OK, "the one that asks goes on");
        assert_eq!(world.get("/session", other.session()).await.status, StatusCode::OK);
        assert_eq!(world.leaves(owner.tenant).await.iter().filter(|kind| *kind == "sessions-ended").count(), 2);
    });
}

#[test]
fn a_session_that_is_over_is_not_listed() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        world.hand.advance(Duration::from_secs(12 * 3_600));
        let cookie = signed_in(&world, &owner).await;
        assert_eq!(sessions(&world, As::Session(&cookie)).await.len(), 1);
    });
}

#[test]
fn who_manages_people_ends_the_sessions_of_somebody_who_holds_no_more() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        let admin = person(&world, &owner, "bob@example.org", json!([{ "role": "admin" }])).await;
        let auditor = person(&world, &owner, "cyd@example.org", json!([{ "role": "auditor" }])).await;
        let path = |user: &str| format!("/people/{user}/sessions");
        let owner_id = world.get("/session", owner.session()).await.body["user"].as_str().unwrap().to_owned();
        let id = async |cookie: &str| world.get("/session", As::Session(cookie)).await.body["user"].as_str().unwrap().to_owned();
        let (admin_id, auditor_id) = (id(&admin.cookie).await, id(&auditor.cookie).await);
        let by_admin = world.delete(&path(&owner_id), As::Session(&admin.cookie)).await;
        assert_eq!(by_admin.status, StatusCode::FORBIDDEN, "an admin keeps no owner out");
        let by_auditor = world.delete(&path(&admin_id), As::Session(&auditor.cookie)).await;
        assert_eq!(by_auditor.status, StatusCode::FORBIDDEN);
        let foreign = world.owner("Eve's fleet", "eve@example.org").await;
        assert_eq!(world.delete(&path(&auditor_id), foreign.session()).await.status, StatusCode::NOT_FOUND);
        assert_eq!(world.get("/session", As::Session(&auditor.cookie)).await.status, StatusCode::OK);
        assert_eq!(world.delete(&path(&auditor_id), As::Session(&admin.cookie)).await.status, StatusCode::NO_CONTENT);
        assert_eq!(world.get("/session", As::Session(&auditor.cookie)).await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(world.get("/session", owner.session()).await.status, StatusCode::OK);
    });
}
