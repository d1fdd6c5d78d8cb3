//! People and what they may: roles on devices, invitations, and who gives and takes them.

use std::time::Duration;

use axum::http::{Method, StatusCode};
use identity::grant::GRANTS_MAX;
use kernel::{Access, Authenticator as _, Denied, DeviceScope, Permission, Presented, SecretText, UserId};
use serde_json::{Value, json};

use crate::world::{As, Owner, PASSWORD, Reply, World, on_both_engines};

/// Invites somebody, who sets the account up at once.
pub(crate) async fn person(world: &World, by: &Owner, email: &str, roles: Value) -> Owner {
    let invited = invite(world, by, roles).await;
    assert_eq!(invited.status, StatusCode::CREATED, "{invited:?}");
    accept(world, by, &invited, email).await
}

async fn invite(world: &World, by: &Owner, roles: Value) -> Reply {
    let code = world.next_code(by);
    world.post("/invitations", by.session(), json!({ "note": "Bob of the night shift", "roles": roles, "totp_code": code })).await
}

async fn accept(world: &World, by: &Owner, invited: &Reply, email: &str) -> Owner {
    let (finished, totp_secret) = answer(world, invited, email).await;
    assert_eq!(finished.status, StatusCode::NO_CONTENT, "{finished:?}");
    Owner { tenant: by.tenant, email: email.to_owned(), totp_secret, cookie: finished.cookie.expect("a session") }
}

/// Answers an invitation's page.
async fn finish(world: &World, invited: &Reply, email: &str) -> Reply {
    answer(world, invited, email).await.0
}

async fn answer(world: &World, invited: &Reply, email: &str) -> (Reply, String) {
    let link = invited.body["url"].as_str().expect("a link").split_once('#').expect("a secret").1.to_owned();
    let offer = world.post("/setup/begin", As::Nobody, json!({ "link": link })).await;
    assert_eq!(offer.body["purpose"], "invitation", "{offer:?}");
    let totp_secret = offer.body["totp_secret"].as_str().expect("a secret").to_owned();
    let answer = json!({ "link": link, "email": email, "password": PASSWORD, "totp_code": world.code(&totp_secret) });
    (world.post("/setup/finish", As::Nobody, answer).await, totp_secret)
}

pub(crate) async fn change(world: &World, by: &Owner, user: &str, roles: Value) -> Reply {
    let code = world.next_code(by);
    let body = json!({ "roles": roles, "totp_code": code });
    world.call(Method::PUT, &format!("/people/{user}/roles"), by.session(), Some(body)).await
}

pub(crate) async fn id_of(world: &World, who: &Owner) -> String {
    world.get("/session", who.session()).await.body["user"].as_str().expect("an id").to_owned()
}

async fn scope_for(world: &World, who: &Owner, permission: Permission) -> Result<DeviceScope, Denied> {
    let presented = Presented::Session(SecretText::new(who.cookie.clone()));
    Ok(world.identity.authenticate(&presented, Access::Person(permission), kernel::Source::Unknown.into()).await?.devices().clone())
}

#[test]
fn a_new_person_sees_nothing_but_the_own_profile() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        let bob = person(&world, &owner, "bob@example.org", json!([])).await;
        let session = world.get("/session", bob.session()).await;
        assert_eq!((&session.body["permissions"], &session.body["roles"]), (&json!(["self:manage"]), &json!([])));
        for permission in Permission::ALL.iter().filter(|permission| **permission != Permission::SelfManage) {
            assert_eq!(scope_for(&world, &bob, *permission).await, Err(Denied::Forbidden), "{permission:?}");
        }
    });
}

#[test]
fn promise_or_13_a_role_reaches_the_devices_that_its_selector_chooses_and_its_own_actions() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        let roles = json!([{ "role": "auditor" }, { "role": "technician", "devices": "os:windows" }]);
        let bob = person(&world, &owner, "bob@example.org", roles.clone()).await;
        assert_eq!(scope_for(&world, &bob, Permission::DevicesRead).await, Ok(DeviceScope::All));
        let windows = DeviceScope::AnyOf(["os:windows".into()].into());
        assert_eq!(scope_for(&world, &bob, Permission::DevicesWrite).await, Ok(windows));
        assert_eq!(scope_for(&world, &bob, Permission::SettingsManage).await, Err(Denied::Forbidden));
        assert_eq!(
            world.get("/session", bob.session()).await.body["roles"],
            json!([{ "role": "technician", "devices": "os:windows" }, { "role": "auditor" }])
        );
    });
}

#[test]
fn roles_that_are_taken_are_gone_in_the_next_request() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        let bob = person(&world, &owner, "bob@example.org", json!([{ "role": "admin" }])).await;
        assert_eq!(world.get("/people", bob.session()).await.body["items"].as_array().map(Vec::len), Some(2));
        let changed = change(&world, &owner, &id_of(&world, &bob).await, json!([])).await;
        assert_eq!(changed.status, StatusCode::OK, "{changed:?}");
        assert_eq!(world.get("/people", bob.session()).await.status, StatusCode::FORBIDDEN);
        let told = world.leaves(owner.tenant).await;
        assert_eq!(told.iter().filter(|kind| *kind == "roles-changed").count(), 1);
    });
}

#[test]
fn nobody_gives_or_takes_more_than_the_own_and_never_without_a_fresh_code() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        let admin = person(&world, &owner, "bob@example.org", json!([{ "role": "admin" }])).await;
        let of_windows = person(&world, &owner, "eve@example.org", json!([{ "role": "admin", "devices": "os:windows" }])).await;
        let (owners_id, eves_id) = (id_of(&world, &owner).await, id_of(&world, &of_windows).await);
        assert_eq!(change(&world, &admin, &eves_id, json!([{ "role": "owner" }])).await.status, StatusCode::FORBIDDEN, "makes an owner");
        assert_eq!(change(&world, &admin, &owners_id, json!([])).await.status, StatusCode::FORBIDDEN, "unmakes one");
        assert_eq!(invite(&world, &admin, json!([{ "role": "owner" }])).await.status, StatusCode::FORBIDDEN);
        assert_eq!(change(&world, &of_windows, &eves_id, json!([{ "role": "admin" }])).await.status, StatusCode::FORBIDDEN, "to oneself");
        assert_eq!(
            invite(&world, &of_windows, json!([{ "role": "technician", "devices": "os:windows" }])).await.status,
            StatusCode::FORBIDDEN
        );
        assert_eq!(change(&world, &admin, &eves_id, json!([{ "role": "operator" }])).await.status, StatusCode::OK, "the control");
        // A code that was used, and none of a program.
        let used = world.code(&owner.totp_secret);
        let body = json!({ "roles": [], "totp_code": used });
        let path = format!("/people/{eves_id}/roles");
        world.hand.advance(Duration::from_secs(30));
        let body_now = json!({ "roles": [], "totp_code": world.code(&owner.totp_secret) });
        assert_eq!(world.call(Method::PUT, &path, owner.session(), Some(body_now.clone())).await.status, StatusCode::OK);
        assert_eq!(world.call(Method::PUT, &path, owner.session(), Some(body_now)).await.status, StatusCode::FORBIDDEN, "the same again");
        assert_eq!(world.call(Method::PUT, &path, owner.session(), Some(body)).await.status, StatusCode::FORBIDDEN, "an older one");
        let token = json!({ "name": "ci", "kind": "api", "permissions": ["people:read"] });
        let token =
            world.post("/tokens", owner.session(), world.with_end(token)).await.body["secret"].as_str().expect("a secret").to_owned();
        let body = json!({ "roles": [], "totp_code": world.code(&owner.totp_secret) });
        assert_eq!(world.call(Method::PUT, &path, As::Bearer(&token), Some(body)).await.status, StatusCode::FORBIDDEN);
        assert_eq!(world.get("/people", As::Bearer(&token)).await.status, StatusCode::OK, "the control");
    });
}

#[test]
fn a_token_gets_what_its_maker_may_only() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        let bob = person(&world, &owner, "bob@example.org", json!([{ "role": "admin" }])).await;
        let make = async |by: &Owner, permission: &str| {
            let token = world.with_end(json!({ "name": "ci", "kind": "api", "permissions": [permission] }));
            world.post("/tokens", by.session(), token).await.status
        };
        assert_eq!(make(&bob, "devices:write").await, StatusCode::CREATED);
        assert_eq!(make(&bob, "erasure:manage").await, StatusCode::FORBIDDEN, "an owner's");
        assert_eq!(make(&owner, "erasure:manage").await, StatusCode::CREATED, "the control");
        let of_windows = person(&world, &owner, "eve@example.org", json!([{ "role": "admin", "devices": "os:windows" }])).await;
        assert_eq!(make(&of_windows, "devices:read").await, StatusCode::FORBIDDEN, "it would reach every device");
    });
}

#[test]
fn an_organisation_keeps_an_owner() {
    on_both_engines(async |world| {
        let ada = world.owner("Ada's fleet", "ada@example.org").await;
        let adas_id = id_of(&world, &ada).await;
        let refused = change(&world, &ada, &adas_id, json!([{ "role": "admin" }])).await;
        assert_eq!((refused.status, &refused.body["type"]), (StatusCode::CONFLICT, &json!("https://purser.dev/problems/last-owner")));
        let bob = person(&world, &ada, "bob@example.org", json!([{ "role": "owner" }])).await;
        assert_eq!(world.identity.owners(ada.tenant, None).await.expect("read").len(), 2);
        assert_eq!(change(&world, &ada, &adas_id, json!([{ "role": "admin" }])).await.status, StatusCode::OK);
        let bobs_id = id_of(&world, &bob).await;
        assert_eq!(change(&world, &bob, &bobs_id, json!([])).await.status, StatusCode::CONFLICT);
        // An invitation is no owner yet.
        assert_eq!(invite(&world, &bob, json!([{ "role": "owner" }])).await.status, StatusCode::CREATED);
        assert_eq!(change(&world, &bob, &bobs_id, json!([])).await.status, StatusCode::CONFLICT);
    });
}

#[test]
fn an_invitation_is_worth_what_its_inviter_may_still_give() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        let admin = person(&world, &owner, "bob@example.org", json!([{ "role": "admin" }])).await;
        let own_second_account = invite(&world, &admin, json!([{ "role": "admin" }])).await;
        let of_nothing = invite(&world, &admin, json!([])).await;
        assert_eq!(change(&world, &owner, &id_of(&world, &admin).await, json!([])).await.status, StatusCode::OK);
        let finished = finish(&world, &own_second_account, "eve@example.org").await;
        assert_eq!(finished.status, StatusCode::GONE, "{finished:?}");
        accept(&world, &owner, &of_nothing, "eve@example.org").await;
    });
}

/// Two owners unmake each other at the same time: each transaction sees the other owner as it was, if nothing makes them wait.
#[test]
fn of_two_owners_who_unmake_each_other_at_once_one_stays() {
    on_both_engines(async |world| {
        let ada = world.owner("Ada's fleet", "ada@example.org").await;
        let bob = person(&world, &ada, "bob@example.org", json!([{ "role": "owner" }])).await;
        let (adas_id, bobs_id) = (id_of(&world, &ada).await, id_of(&world, &bob).await);
        for _ in 0..8 {
            let (one, other) = tokio::join!(change(&world, &ada, &bobs_id, json!([])), change(&world, &bob, &adas_id, json!([])));
            let owners = world.identity.owners(ada.tenant, None).await.expect("read");
            assert_eq!(owners.len(), 1, "{one:?} {other:?}");
            let (stays, gone) = if one.status == StatusCode::OK { (&ada, &bobs_id) } else { (&bob, &adas_id) };
            assert_eq!(change(&world, stays, gone, json!([{ "role": "owner" }])).await.status, StatusCode::OK);
        }
    });
}

/// A link to an account tells who has one here, so that it is no way to ask for many addresses.
#[test]
fn one_link_tries_few_addresses() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        let invited = invite(&world, &owner, json!([])).await;
        let mut told = Vec::new();
        for _ in 0..20 {
            let finished = finish(&world, &invited, "ada@example.org").await;
            told.push(finished.body["type"].as_str().expect("a type").rsplit('/').next().expect("a slug").to_owned());
        }
        let taken = told.iter().filter(|slug| *slug == "email-taken").count();
        assert!((1..=10).contains(&taken) && told.last().is_some_and(|slug| slug == "invalid"), "{told:?}");
    });
}

#[test]
fn an_invitation_works_once_within_a_day_until_it_is_taken_back() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        let link = |reply: &Reply| reply.body["url"].as_str().expect("a link").split_once('#').expect("a secret").1.to_owned();
        let first = invite(&world, &owner, json!([{ "role": "auditor" }])).await;
        let listed = world.get("/invitations", owner.session()).await;
        assert_eq!(
            (&listed.body["items"][0]["note"], &listed.body["items"][0]["roles"]),
            (&json!("Bob of the night shift"), &json!([{ "role": "auditor" }]))
        );
        assert!(!listed.body.to_string().contains(&link(&first)), "the link is shown once");
        accept(&world, &owner, &first, "bob@example.org").await;
        assert_eq!(world.get("/invitations", owner.session()).await.body["items"], json!([]));
        assert_eq!(world.post("/setup/begin", As::Nobody, json!({ "link": link(&first) })).await.status, StatusCode::GONE);

        let second = invite(&world, &owner, json!([])).await;
        let path = format!("/invitations/{}", second.body["user"].as_str().expect("an id"));
        assert_eq!(world.delete(&path, owner.session()).await.status, StatusCode::NO_CONTENT);
        assert_eq!(world.post("/setup/begin", As::Nobody, json!({ "link": link(&second) })).await.status, StatusCode::GONE);
        assert_eq!(world.delete(&path, owner.session()).await.status, StatusCode::NOT_FOUND);

        let third = invite(&world, &owner, json!([])).await;
        world.hand.advance(Duration::from_secs(24 * 3_600));
        assert_eq!(world.post("/setup/begin", As::Nobody, json!({ "link": link(&third) })).await.status, StatusCode::GONE);
    });
}

#[test]
fn a_role_that_cannot_be_kept_is_refused_with_its_reason() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        let bob = person(&world, &owner, "bob@example.org", json!([])).await;
        let bobs_id = id_of(&world, &bob).await;
        let many: Vec<_> =
            (0..=GRANTS_MAX).map(|number| json!({ "role": "technician", "devices": format!("label:site={number}") })).collect();
        for (roles, why) in [
            (json!([{ "role": "technician", "devices": "(" }]), "no parenthesis"),
            (json!([{ "role": "owner", "devices": "os:windows" }]), "for all devices"),
            (json!([{ "role": "technician", "devices": "x".repeat(513) }]), "512 bytes"),
            (json!(many), "16 roles"),
        ] {
            let refused = change(&world, &owner, &bobs_id, roles).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{why}: {refused:?}");
            assert!(refused.body.to_string().contains(why), "{why}: {refused:?}");
        }
        let at_the_edge = json!(many[..GRANTS_MAX]);
        assert_eq!(change(&world, &owner, &bobs_id, at_the_edge).await.status, StatusCode::OK);
        let nobody = UserId::from_random(77).to_string();
        assert_eq!(change(&world, &owner, &nobody, json!([])).await.status, StatusCode::NOT_FOUND);
    });
}
