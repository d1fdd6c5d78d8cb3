//! People whom an organisation's directory keeps: they come, sign in by its provider, are shut out at once, and go.

use axum::http::{Method, StatusCode};
use identity::directory::users::DIRECTORY_USERS_MAX;
use serde_json::{Value, json};
use store::params;

use crate::made_up_provider::SUBJECT;
use crate::people::{change, id_of, person};
use crate::single_sign_on::{House, open_house};
use crate::world::{As, Owner, Reply, World, on_both_engines};

/// An owner, and the credential of their directory.
pub(crate) struct Kept {
    pub(crate) world: World,
    pub(crate) owner: Owner,
    pub(crate) token: String,
}

pub(crate) async fn credential(world: &World, owner: &Owner) -> String {
    let token = world.with_end(json!({ "name": "Directory", "kind": "api", "permissions": ["directory:write"] }));
    let made = world.post("/tokens", owner.session(), token).await;
    made.body["secret"].as_str().unwrap_or_else(|| panic!("{made:?}")).to_owned()
}

impl Kept {
    pub(crate) async fn of(world: World) -> Self {
        let owner = world.owner("Ada's fleet", "owner@example.org").await;
        let token = credential(&world, &owner).await;
        Self { world, owner, token }
    }

    pub(crate) async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> Reply {
        self.world.scim(method, path, &self.token, body).await
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.ask(Method::GET, path, None).await
    }

    pub(crate) async fn add_user(&self, user: Value) -> String {
        let added = self.ask(Method::POST, "/Users", Some(user)).await;
        assert_eq!(added.status, StatusCode::CREATED, "{added:?}");
        added.body["id"].as_str().expect("an id").to_owned()
    }

    pub(crate) async fn add_group(&self, name: &str, members: &[&str]) -> String {
        let members: Vec<_> = members.iter().map(|id| json!({ "value": id })).collect();
        let added = self.ask(Method::POST, "/Groups", Some(json!({ "displayName": name, "members": members }))).await;
        assert_eq!(added.status, StatusCode::CREATED, "{added:?}");
        added.body["id"].as_str().expect("an id").to_owned()
    }

    pub(crate) async fn patch(&self, path: &str, operation: Value) -> Reply {
        self.ask(Method::PATCH, path, Some(json!({ "Operations": [operation] }))).await
    }

    pub(crate) async fn give(&self, group: &str, roles: Value) -> Reply {
        give(&self.world, &self.owner, group, roles).await
    }
}

pub(crate) async fn give(world: &World, by: &Owner, group: &str, roles: Value) -> Reply {
    let body = json!({ "roles": roles, "totp_code": world.next_code(by) });
    world.call(Method::PUT, &format!("/people/groups/{group}/roles"), by.session(), Some(body)).await
}

pub(crate) fn ada() -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "ada@example.org", "externalId": SUBJECT,
        "displayName": "Ada King", "name": { "givenName": "Ada", "familyName": "King" }, "active": true,
        "emails": [{ "value": "ada@example.org", "type": "work", "primary": true }],
    })
}

/// A house whose directory's people sign in by its provider.
async fn signing_on(world: World, rules: Value) -> (House, String) {
    let house = House::with(world, rules).await;
    let token = credential(&house.world, &house.owner).await;
    let chosen = json!({ "provider": house.id, "totp_code": house.world.next_code(&house.owner) });
    let chosen = house.world.call(Method::PUT, "/directory", house.owner.session(), Some(chosen)).await;
    assert_eq!((chosen.status, &chosen.body["provider"]), (StatusCode::OK, &json!(house.id)), "{chosen:?}");
    (house, token)
}

fn closed() -> Value {
    json!({ "name": "Our directory" })
}

#[test]
fn whom_the_directory_adds_is_one_of_the_people_and_may_nothing_yet() {
    on_both_engines(async |world| {
        let kept = Kept::of(world).await;
        let id = kept.add_user(ada()).await;
        let read = kept.get(&format!("/Users/{id}")).await.body;
        for name in ["userName", "externalId", "displayName", "name", "active", "emails", "schemas"] {
            assert_eq!(read[name], ada()[name], "{name}");
        }
        let location = format!("https://purser.example/scim/v2/Users/{id}");
        assert_eq!((&read["meta"]["location"], &read["meta"]["resourceType"]), (&json!(location), &json!("User")));
        let listed = kept.world.get(&format!("/people/{id}"), kept.owner.session()).await.body;
        assert_eq!((&listed["email"], &listed["directory"], &listed["roles"]), (&json!("ada@example.org"), &json!("active"), &json!([])));
        let state = kept.world.get("/directory", kept.owner.session()).await.body;
        assert_eq!((&state["users"], &state["inactive"], &state["groups"]), (&json!(1), &json!(0), &json!(0)));
        assert_eq!(state["url"], "https://purser.example/scim/v2");
    });
}

#[test]
fn whom_the_directory_keeps_signs_in_by_its_provider_under_the_directorys_number() {
    on_both_engines(async |world| {
        let (house, token) = signing_on(world, closed()).await;
        assert_eq!(house.sign_on().await.status, StatusCode::FORBIDDEN, "nobody knows the person yet");
        let added = house.world.scim(Method::POST, "/Users", &token, Some(ada())).await.body;
        let first = house.sign_on().await;
        let cookie = first.cookie.as_deref().unwrap_or_else(|| panic!("{first:?}"));
        assert_eq!(house.world.get("/session", As::Session(cookie)).await.body["user"], added["id"]);
        let again = house.sign_on().await;
        assert_eq!(house.world.get("/session", As::Session(again.cookie.as_deref().expect("in"))).await.body["user"], added["id"]);
    });
}

#[test]
fn another_provider_of_the_organisation_opens_no_account_of_the_directory() {
    on_both_engines(async |world| {
        let house = House::with(world, closed()).await;
        let token = credential(&house.world, &house.owner).await;
        let added = house.world.scim(Method::POST, "/Users", &token, Some(ada())).await;
        assert_eq!(added.status, StatusCode::CREATED);
        // No provider is the directory's: nobody said so.
        assert_eq!(house.sign_on().await.status, StatusCode::FORBIDDEN);
        let (world, owner) = (&house.world, &house.owner);
        let unknown = json!({ "provider": kernel::ProviderId::from_random(987), "totp_code": world.next_code(owner) });
        assert_eq!(world.call(Method::PUT, "/directory", owner.session(), Some(unknown)).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    });
}

#[test]
fn whom_the_directory_calls_inactive_is_shut_out_at_once_with_every_session_and_key() {
    on_both_engines(async |world| {
        let (house, token) = signing_on(world, closed()).await;
        let (world, owner) = (&house.world, &house.owner);
        let id = world.scim(Method::POST, "/Users", &token, Some(ada())).await.body["id"].as_str().expect("an id").to_owned();
        assert_eq!(change(world, owner, &id, json!([{ "role": "admin" }])).await.status, StatusCode::OK);
        let cookie = house.sign_on().await.cookie.expect("a session");
        let session = As::Session(&cookie);
        let key = world.with_end(json!({ "name": "ci", "kind": "api", "permissions": ["people:read"] }));
        let key = world.post("/tokens", session, key).await.body["secret"].as_str().expect("a secret").to_owned();
        assert_eq!(world.get("/people", session).await.status, StatusCode::OK);
        assert_eq!(world.get("/people", As::Bearer(&key)).await.status, StatusCode::OK);

        let active = |is_so: bool| json!({ "Operations": [{ "op": "Replace", "path": "active", "value": is_so }] });
        let shut_out = world.scim(Method::PATCH, &format!("/Users/{id}"), &token, Some(active(false))).await;
        assert_eq!((shut_out.status, &shut_out.body["active"]), (StatusCode::OK, &json!(false)));
        assert_eq!(world.get("/people", session).await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(world.get("/people", As::Bearer(&key)).await.status, StatusCode::FORBIDDEN);
        assert_eq!(house.sign_on().await.status, StatusCode::FORBIDDEN);
        let listed = world.get("/tokens", owner.session()).await.body["items"].as_array().expect("a list").clone();
        assert!(listed.iter().any(|token| token["standing"] == "orphaned"), "{listed:?}");

        // Back again: the session that ended stays ended, the key works as it did.
        assert_eq!(world.scim(Method::PATCH, &format!("/Users/{id}"), &token, Some(active(true))).await.status, StatusCode::OK);
        assert_eq!(world.get("/people", session).await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(world.get("/people", As::Bearer(&key)).await.status, StatusCode::OK);
        assert!(house.sign_on().await.cookie.is_some());
        let leaves = world.leaves(owner.tenant).await;
        assert_eq!(leaves.iter().filter(|kind| *kind == "directory-user-changed").count(), 3, "added, shut out, let in: {leaves:?}");
    });
}

store::statements! {
    store = Identity;
    /// A session of somebody, as if it had begun while they were shut out.
    MOVE_SESSIONS = "UPDATE session SET user_id = $2 WHERE user_id = $1" (BigInt, BigInt);
    /// So many people of a directory.
    MANY_USERS = "INSERT INTO directory_user (user_id, tenant_id, name_index, told, state, created_at, changed_at, version) \
        VALUES ($1, $2, $3, $4, 'active', 0, 0, 1)"
        (BigInt, BigInt, Blob, Blob);
}

#[test]
fn a_session_that_began_while_somebody_was_shut_out_opens_nothing() {
    on_both_engines(async |world| {
        let kept = Kept::of(world).await;
        let bob = person(&kept.world, &kept.owner, "bob@example.org", json!([{ "role": "auditor" }])).await;
        let id = kept.add_user(json!({ "userName": "eve@example.org", "active": false })).await;
        let (from, to) = (id_of(&kept.world, &bob).await, id.clone());
        let numbers = params![from.parse::<kernel::UserId>().unwrap(), to.parse::<kernel::UserId>().unwrap()];
        kept.world.stores.identity().write(move |tx| tx.tamper(&MOVE_SESSIONS, &numbers)).await.unwrap();
        assert_eq!(kept.world.get("/session", bob.session()).await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(
            kept.patch(&format!("/Users/{id}"), json!({ "op": "replace", "value": { "active": true } })).await.status,
            StatusCode::OK
        );
        assert_eq!(kept.world.get("/session", bob.session()).await.status, StatusCode::OK, "the control");
    });
}

#[test]
fn whom_the_directory_removes_is_there_no_more_and_their_name_is_free() {
    on_both_engines(async |world| {
        let (house, token) = signing_on(world, closed()).await;
        let (world, owner) = (&house.world, &house.owner);
        let id = world.scim(Method::POST, "/Users", &token, Some(ada())).await.body["id"].as_str().expect("an id").to_owned();
        let cookie = house.sign_on().await.cookie.expect("a session");
        let path = format!("/Users/{id}");
        assert_eq!(world.scim(Method::DELETE, &path, &token, None).await.status, StatusCode::NO_CONTENT);
        assert_eq!(world.get("/session", As::Session(&cookie)).await.status, StatusCode::UNAUTHORIZED);
        for method in [Method::GET, Method::DELETE, Method::PUT, Method::PATCH] {
            let body = matches!(method, Method::PUT | Method::PATCH).then(ada);
            assert_eq!(world.scim(method, &path, &token, body).await.status, StatusCode::NOT_FOUND);
        }
        assert_eq!(world.scim(Method::GET, "/Users", &token, None).await.body["totalResults"], json!(0));
        let listed = world.get(&format!("/people/{id}"), owner.session()).await.body;
        assert_eq!(listed["directory"], "removed", "an owner sees the account still, and can have it erased");
        let again = world.scim(Method::POST, "/Users", &token, Some(ada())).await;
        assert_eq!(again.status, StatusCode::CREATED, "{again:?}");
        assert_ne!(again.body["id"], json!(id));
        let cookie = house.sign_on().await.cookie.expect("a session");
        assert_eq!(world.get("/session", As::Session(&cookie)).await.body["user"], again.body["id"], "in the account that is there now");
    });
}

#[test]
fn who_a_record_stood_for_is_let_in_no_more_when_it_stands_for_somebody_else() {
    on_both_engines(async |world| {
        let (house, token) = signing_on(world, closed()).await;
        let world = &house.world;
        let id = world.scim(Method::POST, "/Users", &token, Some(ada())).await.body["id"].as_str().expect("an id").to_owned();
        let cookie = house.sign_on().await.cookie.expect("a session");
        let body = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [{ "op": "replace", "path": "externalId", "value": "somebody-else" }] });
        assert_eq!(world.scim(Method::PATCH, &format!("/Users/{id}"), &token, Some(body)).await.status, StatusCode::OK);
        assert_eq!(world.get("/session", As::Session(&cookie)).await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(house.sign_on().await.status, StatusCode::FORBIDDEN);
    });
}

#[test]
fn a_directory_neither_makes_nor_touches_an_owner_nor_anybody_else_who_is_not_its_own() {
    on_both_engines(async |world| {
        let kept = Kept::of(world).await;
        let owner = id_of(&kept.world, &kept.owner).await;
        for (method, body) in [(Method::GET, None), (Method::PUT, Some(ada())), (Method::DELETE, None)] {
            assert_eq!(kept.ask(method, &format!("/Users/{owner}"), body).await.status, StatusCode::NOT_FOUND);
        }
        assert_eq!(
            kept.patch(&format!("/Users/{owner}"), json!({ "op": "replace", "path": "active", "value": false })).await.status,
            StatusCode::NOT_FOUND
        );
        let group = kept.ask(Method::POST, "/Groups", Some(json!({ "displayName": "Crew", "members": [{ "value": owner }] }))).await;
        assert_eq!((group.status, &group.body["scimType"]), (StatusCode::BAD_REQUEST, &json!("invalidValue")));
        // The owner's own address opens nothing either: it makes an account beside it.
        let twin = kept.add_user(json!({ "userName": "owner@example.org" })).await;
        assert_ne!(twin, owner);
        assert_eq!(kept.world.get("/session", kept.owner.session()).await.body["email"], "owner@example.org");
        let made = change(&kept.world, &kept.owner, &twin, json!([{ "role": "owner" }])).await;
        assert_eq!(
            (made.status, made.body["type"].as_str()),
            (StatusCode::CONFLICT, Some("https://purser.dev/problems/owner-needs-password"))
        );
    });
}

#[test]
fn a_name_and_a_number_are_each_of_one_person() {
    on_both_engines(async |world| {
        let kept = Kept::of(world).await;
        let first = kept.add_user(ada()).await;
        let taken =
            |name: &str, external: &str| json!({ "userName": name, "externalId": external, "emails": [{ "value": "x@example.org" }] });
        for body in [taken("ADA@example.org", "other"), taken("other", SUBJECT)] {
            let refused = kept.ask(Method::POST, "/Users", Some(body)).await;
            assert_eq!((refused.status, &refused.body["scimType"]), (StatusCode::CONFLICT, &json!("uniqueness")), "{refused:?}");
        }
        let second = kept.add_user(taken("bob", "B-1")).await;
        for body in [taken("ada@example.org", "B-1"), taken("bob", SUBJECT)] {
            assert_eq!(kept.ask(Method::PUT, &format!("/Users/{second}"), Some(body)).await.status, StatusCode::CONFLICT);
        }
        assert_eq!(
            kept.ask(Method::PUT, &format!("/Users/{first}"), Some(ada())).await.status,
            StatusCode::OK,
            "one's own is taken by nobody"
        );
        // Another organisation has names of its own.
        let eve = kept.world.owner("Eve's fleet", "eve@example.org").await;
        let theirs = credential(&kept.world, &eve).await;
        assert_eq!(kept.world.scim(Method::POST, "/Users", &theirs, Some(ada())).await.status, StatusCode::CREATED);
    });
}

#[test]
fn a_person_needs_an_address() {
    on_both_engines(async |world| {
        let kept = Kept::of(world).await;
        for body in [
            json!({ "userName": "ada" }),
            json!({ "userName": "ada", "emails": [{ "value": "nowhere" }] }),
            json!({ "emails": [{ "value": "ada@example.org" }] }),
            json!({}),
        ] {
            let refused = kept.ask(Method::POST, "/Users", Some(body)).await;
            assert_eq!((refused.status, &refused.body["scimType"]), (StatusCode::BAD_REQUEST, &json!("invalidValue")), "{refused:?}");
        }
        let id = kept.add_user(json!({ "userName": "ada@example.org" })).await;
        let read = kept.get(&format!("/Users/{id}")).await.body;
        assert_eq!(read["emails"], json!([{ "value": "ada@example.org", "primary": true }]));
        let moved = json!({ "op": "add", "path": "emails", "value": [{ "value": "new@example.org", "primary": true }] });
        assert_eq!(kept.patch(&format!("/Users/{id}"), moved).await.status, StatusCode::OK);
        assert_eq!(kept.world.get(&format!("/people/{id}"), kept.owner.session()).await.body["email"], "new@example.org");
    });
}

#[test]
fn what_is_told_in_place_of_all_keeps_who_was_shut_out_shut_out() {
    on_both_engines(async |world| {
        let kept = Kept::of(world).await;
        let id = kept.add_user(json!({ "userName": "ada@example.org", "displayName": "Ada", "active": "False" })).await;
        let replaced = kept.ask(Method::PUT, &format!("/Users/{id}"), Some(json!({ "userName": "ada@example.org" }))).await;
        assert_eq!((replaced.status, &replaced.body["active"], replaced.body.get("displayName")), (StatusCode::OK, &json!(false), None));
        let path = format!("/Users/{id}");
        let removed = kept.patch(&path, json!({ "op": "remove", "path": "active" })).await;
        assert_eq!((removed.status, &removed.body["scimType"]), (StatusCode::BAD_REQUEST, &json!("mutability")));
        let emptied = kept.patch(&path, json!({ "op": "replace", "path": "active", "value": null })).await;
        assert_eq!((emptied.status, &emptied.body["active"]), (StatusCode::OK, &json!(false)));
    });
}

#[test]
fn a_directory_keeps_as_many_people_as_there_may_be_and_not_one_more() {
    on_both_engines(async |world| {
        let kept = Kept::of(world).await;
        let tenant = kept.owner.tenant;
        let rows: Vec<_> = (1..DIRECTORY_USERS_MAX)
            .map(|number| {
                params![kernel::UserId::from_random(number as u64 * 2).number(), tenant, number.to_be_bytes().to_vec(), vec![0_u8]]
            })
            .collect();
        let write = kept.world.stores.identity().write(move |tx| rows.iter().try_for_each(|row| tx.tamper(&MANY_USERS, row).map(|_| ())));
        write.await.unwrap();
        kept.add_user(json!({ "userName": "last@example.org" })).await;
        let refused = kept.ask(Method::POST, "/Users", Some(json!({ "userName": "more@example.org" }))).await;
        assert_eq!((refused.status, &refused.body["scimType"]), (StatusCode::BAD_REQUEST, &json!("tooMany")), "{refused:?}");
    });
}

#[test]
fn newcomers_of_the_provider_are_none_of_the_directorys() {
    on_both_engines(async |world| {
        let (house, token) = signing_on(world, open_house()).await;
        assert!(house.sign_on().await.cookie.is_some());
        assert_eq!(house.world.scim(Method::GET, "/Users", &token, None).await.body["totalResults"], json!(0));
        // Whoever has an account by the provider keeps that one.
        let added = house.world.scim(Method::POST, "/Users", &token, Some(ada())).await.body;
        let cookie = house.sign_on().await.cookie.expect("in");
        assert_ne!(house.world.get("/session", As::Session(&cookie)).await.body["user"], added["id"]);
    });
}
