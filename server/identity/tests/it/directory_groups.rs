//! Groups of people: the directory says who is in one, a person says what it gives.

use axum::http::{Method, StatusCode};
use identity::directory::groups::PEOPLE_GROUPS_MAX;
use identity::directory::settings::{GROUP_GRANTS_MAX, GROUPS_THAT_GIVE_MAX};
use serde_json::{Value, json};
use store::params;

use crate::directory::{Kept, ada, credential, give};
use crate::people::{change, person};
use crate::single_sign_on::House;
use crate::world::{As, on_both_engines};

#[test]
fn what_a_group_gives_its_people_hold_from_the_next_request_to_the_last_and_their_keys_with_them() {
    on_both_engines(async |world| {
        let house = House::with(world, json!({ "name": "Our directory" })).await;
        let (world, owner) = (&house.world, &house.owner);
        let token = credential(world, owner).await;
        let chosen = json!({ "provider": house.id, "totp_code": world.next_code(owner) });
        assert_eq!(world.call(Method::PUT, "/directory", owner.session(), Some(chosen)).await.status, StatusCode::OK);
        let id = world.scim(Method::POST, "/Users", &token, Some(ada())).await.body["id"].clone();
        let body = json!({ "displayName": "Crew", "members": [{ "value": id }] });
        let group = world.scim(Method::POST, "/Groups", &token, Some(body)).await.body["id"].as_str().expect("an id").to_owned();
        let cookie = house.sign_on().await.cookie.expect("a session");
        let session = As::Session(&cookie);
        assert_eq!(world.get("/people", session).await.status, StatusCode::FORBIDDEN, "a group gives nothing by itself");

        let roles = json!([{ "role": "admin" }, { "role": "technician", "devices": "os:windows" }]);
        assert_eq!(give(world, owner, &group, roles.clone()).await.status, StatusCode::OK);
        assert_eq!(world.get("/people", session).await.status, StatusCode::OK);
        let key = world.with_end(json!({ "name": "ci", "kind": "api", "permissions": ["people:read"] }));
        let key = world.post("/tokens", session, key).await.body["secret"].as_str().expect("a secret").to_owned();
        let shown = world.get(&format!("/people/{}", id.as_str().unwrap()), owner.session()).await.body;
        assert_eq!((&shown["roles"], &shown["roles_of_groups"]), (&json!([]), &roles));
        assert_eq!(shown["groups"], json!([{ "group": group, "name": "Crew" }]));
        let read = world.scim(Method::GET, &format!("/Users/{}", id.as_str().unwrap()), &token, None).await.body;
        assert_eq!((&read["groups"][0]["value"], &read["groups"][0]["display"]), (&json!(group), &json!("Crew")));

        let leave = json!({ "Operations": [{ "op": "remove", "path": format!("members[value eq {id}]") }] });
        assert_eq!(world.scim(Method::PATCH, &format!("/Groups/{group}"), &token, Some(leave)).await.status, StatusCode::OK);
        assert_eq!(world.get("/people", session).await.status, StatusCode::FORBIDDEN);
        assert_eq!(world.get("/people", As::Bearer(&key)).await.status, StatusCode::FORBIDDEN);
        let back = json!({ "Operations": [{ "op": "add", "path": "members", "value": [{ "value": id }] }] });
        assert_eq!(world.scim(Method::PATCH, &format!("/Groups/{group}"), &token, Some(back)).await.status, StatusCode::OK);
        assert_eq!(world.get("/people", As::Bearer(&key)).await.status, StatusCode::OK);
        assert_eq!(world.scim(Method::DELETE, &format!("/Groups/{group}"), &token, None).await.status, StatusCode::NO_CONTENT);
        assert_eq!(world.get("/people", session).await.status, StatusCode::FORBIDDEN);
        let told = world.leaves(owner.tenant).await.iter().filter(|kind| *kind == "people-group-changed").count();
        assert_eq!(told, 5, "made, given roles, left, joined, removed");
    });
}

#[test]
fn nobody_lets_a_group_give_more_than_the_own_or_make_an_owner() {
    on_both_engines(async |world| {
        let kept = Kept::of(world).await;
        let group = kept.add_group("Crew", &[]).await;
        let admin = person(&kept.world, &kept.owner, "admin@example.org", json!([{ "role": "admin" }])).await;
        let operator = person(&kept.world, &kept.owner, "operator@example.org", json!([{ "role": "operator" }])).await;
        let refused = kept.give(&group, json!([{ "role": "owner" }])).await;
        assert_eq!((refused.status, &refused.body["field"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("roles")));
        assert_eq!(give(&kept.world, &operator, &group, json!([{ "role": "auditor" }])).await.status, StatusCode::FORBIDDEN);
        assert_eq!(give(&kept.world, &admin, &group, json!([{ "role": "admin" }])).await.status, StatusCode::OK);
        let roles: Vec<_> = (0..GROUP_GRANTS_MAX).map(|n| json!({ "role": "technician", "devices": format!("os:{n}") })).collect();
        assert_eq!(kept.give(&group, json!(roles)).await.status, StatusCode::OK);
        let more = json!([roles, vec![json!({ "role": "auditor" })]].concat());
        assert_eq!(kept.give(&group, more).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        let body = json!({ "roles": [], "totp_code": "000000" });
        let path = format!("/people/groups/{group}/roles");
        let without_code = kept.world.call(Method::PUT, &path, kept.owner.session(), Some(body)).await;
        assert_eq!(without_code.body["type"], "https://purser.dev/problems/second-factor-refused");
    });
}

#[test]
fn who_holds_less_than_a_persons_groups_give_changes_nothing_of_that_person() {
    on_both_engines(async |world| {
        let kept = Kept::of(world).await;
        let id = kept.add_user(ada()).await;
        let group = kept.add_group("Crew", &[&id]).await;
        // An admin on some devices only manages nobody; one on all devices does.
        let admin = person(&kept.world, &kept.owner, "admin@example.org", json!([{ "role": "admin" }])).await;
        assert_eq!(kept.give(&group, json!([{ "role": "admin" }])).await.status, StatusCode::OK);
        assert_eq!(change(&kept.world, &admin, &id, json!([{ "role": "auditor" }])).await.status, StatusCode::OK);
        assert_eq!(kept.world.delete(&format!("/people/{id}/sessions"), admin.session()).await.status, StatusCode::NO_CONTENT);
    });
}

#[test]
fn a_limited_number_of_groups_gives_a_role() {
    on_both_engines(async |world| {
        let kept = Kept::of(world).await;
        let mut groups = Vec::new();
        for number in 0..=GROUPS_THAT_GIVE_MAX {
            groups.push(kept.add_group(&format!("Crew {number}"), &[]).await);
        }
        let (last, giving) = groups.split_last().expect("groups");
        for group in giving {
            assert_eq!(kept.give(group, json!([{ "role": "auditor" }])).await.status, StatusCode::OK);
        }
        let refused = kept.give(last, json!([{ "role": "auditor" }])).await;
        assert_eq!(refused.body["type"], "https://purser.dev/problems/limit-reached", "{refused:?}");
        assert_eq!(kept.give(&giving[0], json!([{ "role": "technician" }])).await.status, StatusCode::OK, "one that gives goes on to");
        assert_eq!(kept.give(&giving[0], json!([])).await.status, StatusCode::OK);
        assert_eq!(kept.give(last, json!([{ "role": "auditor" }])).await.status, StatusCode::OK);
    });
}

store::statements! {
    store = Identity;
    /// So many groups.
    MANY_GROUPS = "INSERT INTO people_group (group_id, tenant_id, name_index, told, created_at, changed_at, version) \
        VALUES ($1, $2, $3, $4, 0, 0, 1)"
        (BigInt, BigInt, Blob, Blob);
}

#[test]
fn an_organisation_has_as_many_groups_as_there_may_be_and_not_one_more() {
    on_both_engines(async |world| {
        let kept = Kept::of(world).await;
        let tenant = kept.owner.tenant;
        let rows: Vec<_> = (1..PEOPLE_GROUPS_MAX)
            .map(|n| params![kernel::PeopleGroupId::from_random(n as u64 * 2).number(), tenant, n.to_be_bytes().to_vec(), vec![0_u8]])
            .collect();
        let write = kept.world.stores.identity().write(move |tx| rows.iter().try_for_each(|row| tx.tamper(&MANY_GROUPS, row).map(|_| ())));
        write.await.unwrap();
        kept.add_group("Last", &[]).await;
        let refused = kept.ask(Method::POST, "/Groups", Some(json!({ "displayName": "More" }))).await;
        assert_eq!((refused.status, &refused.body["scimType"]), (StatusCode::BAD_REQUEST, &json!("tooMany")), "{refused:?}");
    });
}

#[test]
fn a_group_has_a_name_of_its_own_and_people_whom_the_directory_keeps() {
    on_both_engines(async |world| {
        let kept = Kept::of(world).await;
        let (one, two) = (kept.add_user(ada()).await, kept.add_user(json!({ "userName": "bob@example.org" })).await);
        let group = kept.add_group("Crew", &[&one, &one]).await;
        let refused = kept.ask(Method::POST, "/Groups", Some(json!({ "displayName": "CREW" }))).await;
        assert_eq!((refused.status, &refused.body["scimType"]), (StatusCode::CONFLICT, &json!("uniqueness")));
        let other = kept.add_group("Other", &[]).await;
        let renamed = kept.patch(&format!("/Groups/{other}"), json!({ "op": "replace", "path": "displayName", "value": "crew" })).await;
        assert_eq!(renamed.status, StatusCode::CONFLICT);
        let replaced = json!({ "displayName": "Crew", "members": [{ "value": two }] });
        let replaced = kept.ask(Method::PUT, &format!("/Groups/{group}"), Some(replaced)).await;
        let expected = json!([{ "value": two, "$ref": format!("https://purser.example/scim/v2/Users/{two}"), "type": "User" }]);
        assert_eq!((replaced.status, &replaced.body["members"]), (StatusCode::OK, &expected));
        for member in [json!("nobody"), json!(kernel::UserId::from_random(987)), json!(group)] {
            let refused =
                kept.patch(&format!("/Groups/{group}"), json!({ "op": "add", "path": "members", "value": [{ "value": member }] })).await;
            assert_eq!((refused.status, &refused.body["scimType"]), (StatusCode::BAD_REQUEST, &json!("invalidValue")), "{member}");
        }
        assert_eq!(kept.ask(Method::DELETE, &format!("/Users/{two}"), None).await.status, StatusCode::NO_CONTENT);
        assert_eq!(kept.get(&format!("/Groups/{group}")).await.body.get("members"), None, "who is removed is in no group");
        let listed = kept.world.get("/people/groups", kept.owner.session()).await.body;
        assert_eq!(listed["items"].as_array().map(Vec::len), Some(2));
    });
}

#[test]
fn another_organisations_people_and_groups_are_like_none_at_all() {
    on_both_engines(async |world| {
        let kept = Kept::of(world).await;
        let (user, eve) = (kept.add_user(ada()).await, kept.world.owner("Eve's fleet", "eve@example.org").await);
        let group = kept.add_group("Crew", &[&user]).await;
        let theirs = credential(&kept.world, &eve).await;
        let nobody = (kernel::UserId::from_random(987).to_string(), kernel::PeopleGroupId::from_random(987).to_string());
        let answer = async |method: Method, path: String, body: Option<Value>| {
            let answer = kept.world.scim(method, &path, &theirs, body).await;
            (answer.status, answer.body)
        };
        let change = json!({ "Operations": [{ "op": "replace", "path": "displayName", "value": "Stolen" }] });
        for (method, body) in [
            (Method::GET, None),
            (Method::PUT, Some(json!({ "userName": "a@b.c", "displayName": "Stolen" }))),
            (Method::PATCH, Some(change)),
            (Method::DELETE, None),
        ] {
            for (foreign, random) in
                [(format!("/Users/{user}"), format!("/Users/{}", nobody.0)), (format!("/Groups/{group}"), format!("/Groups/{}", nobody.1))]
            {
                let foreign = answer(method.clone(), foreign, body.clone()).await;
                assert_eq!(foreign, answer(method.clone(), random, body.clone()).await);
                assert_eq!(foreign.0, StatusCode::NOT_FOUND);
            }
        }
        let member = |id: &str| json!({ "displayName": "Theirs", "members": [{ "value": id }] });
        let foreign = answer(Method::POST, "/Groups".to_owned(), Some(member(&user))).await;
        assert_eq!(foreign, answer(Method::POST, "/Groups".to_owned(), Some(member(&nobody.0))).await);
        assert_eq!(foreign.0, StatusCode::BAD_REQUEST);
        for filter in [
            format!("id eq \"{user}\""),
            "userName eq \"ada@example.org\"".to_owned(),
            "externalId eq \"ada\"".to_owned(),
            "userName pr".to_owned(),
        ] {
            let found = kept.world.scim(Method::POST, concat!("/Users", "/.search"), &theirs, Some(json!({ "filter": filter }))).await;
            assert_eq!(found.body["totalResults"], json!(0), "{filter}");
            let own = kept.ask(Method::POST, concat!("/Users", "/.search"), Some(json!({ "filter": filter }))).await;
            assert_eq!(own.body["totalResults"], json!(1), "the control: {filter}");
        }
        for filter in [format!("members eq \"{user}\""), "displayName eq \"crew\"".to_owned(), format!("id eq \"{group}\"")] {
            let found = kept.world.scim(Method::POST, "/Groups/.search", &theirs, Some(json!({ "filter": filter }))).await;
            assert_eq!(found.body["totalResults"], json!(0), "{filter}");
            let own = kept.ask(Method::POST, "/Groups/.search", Some(json!({ "filter": filter }))).await;
            assert_eq!(own.body["totalResults"], json!(1), "the control: {filter}");
        }
        assert_eq!(give(&kept.world, &eve, &group, json!([])).await.status, StatusCode::NOT_FOUND);
        assert_eq!(kept.get(&format!("/Groups/{group}")).await.body["displayName"], "Crew", "nothing of it was changed");
    });
}
