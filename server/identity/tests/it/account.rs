//! One's own account: the password, the language, and what was done with it.

use axum::http::{Method, StatusCode};
use serde_json::json;

use crate::world::{As, PASSWORD, on_both_engines};

#[test]
fn a_changed_password_takes_the_present_one_and_a_code_and_ends_every_other_session() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        let code = world.next_code(&owner);
        let elsewhere = world.sign_in(&owner.email, PASSWORD, &code).await.cookie.unwrap();
        let ask = async |password: &str, new_password: &str, code: &str| {
            let body = json!({ "password": password, "new_password": new_password, "totp_code": code });
            world.call(Method::PUT, "/account/password", owner.session(), Some(body)).await
        };
        let code = world.next_code(&owner);
        let wrong = ask("not the present one", "vexing jorqu 1", &code).await;
        assert_eq!((wrong.status, &wrong.body["field"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("password")));
        let code = world.next_code(&owner);
        let common = ask(PASSWORD, "password1234", &code).await;
        assert_eq!((common.status, &common.body["field"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("new_password")));
        let code = world.next_code(&owner);
        let changed = ask(PASSWORD, "vexing jorqu 1", &code).await;
        assert_eq!(changed.status, StatusCode::NO_CONTENT, "{changed:?}");
        let new = changed.cookie.unwrap();
        for (cookie, expected) in
            [(owner.cookie.as_str(), StatusCode::UNAUTHORIZED), (&elsewhere, StatusCode::UNAUTHORIZED), (&new, StatusCode::OK)]
        {
            assert_eq!(world.get("/session", As::Session(cookie)).await.status, expected);
        }
        let code = world.next_code(&owner);
        assert_eq!(world.sign_in(&owner.email, PASSWORD, &code).await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(world.sign_in(&owner.email, "vexing jorqu 1", &code).await.status, StatusCode::NO_CONTENT);
    });
}

#[test]
fn the_language_is_changed_by_its_person() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        let change =
            async |language: &str| world.call(Method::PATCH, "/account", owner.session(), Some(json!({ "language": language }))).await;
        assert_eq!(change("pl").await.status, StatusCode::NO_CONTENT);
        assert_eq!(world.get("/session", owner.session()).await.body["language"], "pl");
        assert_eq!(change("de").await.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(world.leaves(owner.tenant).await.contains(&"profile-changed".to_owned()));
    });
}

#[test]
fn the_history_tells_what_was_done_with_the_own_account_and_nothing_of_anybody_elses() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        let other = world.owner("Bob's fleet", "bob@example.org").await;
        let code = world.next_code(&owner);
        world.sign_in(&owner.email, "not the present one", &code).await;
        world.hand.advance(std::time::Duration::from_secs(1));
        world.sign_in(&owner.email, PASSWORD, &code).await;
        let kinds = async |who: As<'_>| {
            let history = world.get("/account/history", who).await.body;
            history["items"].as_array().unwrap().iter().map(|item| item["kind"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(kinds(owner.session()).await, ["signed-in", "sign-in-failed", "setup-finished"]);
        assert_eq!(kinds(other.session()).await, ["setup-finished"]);
    });
}
