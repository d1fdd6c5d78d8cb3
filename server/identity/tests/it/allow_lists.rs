//! Allow-lists: from which networks people, programs and devices are let in.

use std::time::Duration;

use axum::http::{Method, StatusCode};
use identity::access_policy::{CredentialKind, POLICY_FRESH_FOR, TOKEN_DAYS_MAX_MAX};
use identity::network::NETWORKS_MAX;
use identity::single_sign_on::SignOnConfig;
use identity::{Identity, IdentityConfig};
use kernel::{Access, Authenticator as _, Denied, Permission, Presented, ScopeMint, SecretText, Source};
use serde_json::{Value, json};
use web::PeerInfo;

use crate::keys::{key, peer, secret};
use crate::world::{As, Owner, PASSWORD, PUBLIC_URL, Reply, Words, World, on_both_engines};

const OFFICE: &str = "192.0.2.9";
const ELSEWHERE: &str = "203.0.113.5";
const NOT_ALLOWED: &str = "https://purser.dev/problems/source-not-allowed";

fn lists(people: Value, api: Value, agents: Value) -> Value {
    json!({ "token_days_max": 365, "networks": { "people": people, "api": api, "agents": agents } })
}

async fn put(world: &World, by: &Owner, from: PeerInfo, mut policy: Value) -> Reply {
    policy["totp_code"] = world.next_code(by).into();
    world.call_from(from, Method::PUT, "/access-policy", by.session(), Some(policy)).await
}

async fn read(world: &World, who: As<'_>, from: PeerInfo) -> Reply {
    world.call_from(from, Method::GET, "/access-policy", who, None).await
}

async fn sign_in(world: &World, by: &Owner, from: PeerInfo, password: &str) -> Reply {
    let body = json!({ "email": by.email, "password": password, "totp_code": world.next_code(by) });
    world.call_from(from, Method::POST, "/session", As::Nobody, Some(body)).await
}

#[test]
fn a_tenant_that_says_nothing_takes_every_address() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        let answer = read(&world, owner.session(), peer(ELSEWHERE)).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!(answer.body["networks"], json!({ "people": [], "api": [], "agents": [] }));
        assert_eq!((&answer.body["token_days_max"], &answer.body["your_address"]), (&json!(365), &json!(ELSEWHERE)));
    });
}

#[test]
fn promise_gl_9_from_an_address_that_is_not_listed_a_credential_opens_nothing_and_nothing_is_told_of_it() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        let other = world.owner("Eve's fleet", "eve@example.org").await;
        let good = secret(&key(&world, &owner, json!({})).await);
        let lesser = secret(&key(&world, &owner, json!({ "permissions": ["devices:read"] })).await);
        let short =
            secret(&key(&world, &owner, json!({ "expires_at": world.clock.now().plus(Duration::from_secs(60)).to_string() })).await);
        let office = json!(["192.0.2.0/24"]);
        let made = put(&world, &owner, peer(OFFICE), lists(office.clone(), office.clone(), office)).await;
        assert_eq!(made.status, StatusCode::OK, "{made:?}");
        world.hand.advance(Duration::from_secs(60));
        for (who, at_the_office) in [
            (owner.session(), StatusCode::OK),
            (As::Bearer(&good), StatusCode::OK),
            (As::Bearer(&lesser), StatusCode::FORBIDDEN),
            (As::Bearer(&short), StatusCode::UNAUTHORIZED),
        ] {
            assert_eq!(read(&world, who, peer(OFFICE)).await.status, at_the_office);
            let elsewhere = read(&world, who, peer(ELSEWHERE)).await;
            assert_eq!((elsewhere.status, &elsewhere.body["type"]), (StatusCode::FORBIDDEN, &json!(NOT_ALLOWED)), "{elsewhere:?}");
        }
        assert_eq!(read(&world, owner.session(), PeerInfo::Local).await.status, StatusCode::OK, "the host is never shut out");
        assert_eq!(read(&world, owner.session(), PeerInfo::Unknown).await.status, StatusCode::FORBIDDEN);
        assert_eq!(read(&world, other.session(), peer(ELSEWHERE)).await.status, StatusCode::OK, "another tenant has another list");
        let unknown = As::Bearer("prs_api_00000000000000000000000000000000000000000");
        assert_eq!(read(&world, unknown, peer(ELSEWHERE)).await.status, StatusCode::UNAUTHORIZED, "what does not exist has no list");
    });
}

#[test]
fn each_kind_of_credential_has_a_list_of_its_own() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        let api = secret(&key(&world, &owner, json!({})).await);
        let made = world.post("/tokens", owner.session(), json!({ "name": "script", "kind": "telemetry" })).await;
        let presented = Presented::Bearer(SecretText::new(secret(&made)));
        let reports = async |address: &str| {
            let source = Source::Network(address.parse().expect("an address"));
            world.identity.authenticate(&presented, Access::Report, source.into()).await.map(|_scope| ())
        };
        let kinds = [
            (lists(json!(["192.0.2.9"]), json!([]), json!([])), [false, true, true]),
            (lists(json!([]), json!(["192.0.2.9"]), json!([])), [true, false, true]),
            (lists(json!([]), json!([]), json!(["192.0.2.9"])), [true, true, false]),
        ];
        for (policy, expected) in kinds {
            assert_eq!(put(&world, &owner, peer(OFFICE), policy).await.status, StatusCode::OK);
            let people = read(&world, owner.session(), peer(ELSEWHERE)).await.status == StatusCode::OK;
            let programs = read(&world, As::Bearer(&api), peer(ELSEWHERE)).await.status == StatusCode::OK;
            assert_eq!([people, programs, reports(ELSEWHERE).await.is_ok()], expected);
            assert_eq!(reports(OFFICE).await, Ok(()));
        }
        assert_eq!(reports(ELSEWHERE).await, Err(Denied::Source));
    });
}

#[test]
fn promise_gl_9_what_a_request_says_of_where_it_comes_from_has_no_effect() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        let policy = lists(json!(["192.0.2.0/24"]), json!([]), json!([]));
        assert_eq!(put(&world, &owner, peer(OFFICE), policy).await.status, StatusCode::OK);
        for header in ["x-forwarded-for", "x-real-ip", "forwarded", "true-client-ip", "cf-connecting-ip", "x-client-ip"] {
            let value = if header == "forwarded" { format!("for={OFFICE}") } else { OFFICE.to_owned() };
            let spoofed = world.get_with(peer(ELSEWHERE), "/access-policy", owner.session(), (header, &value)).await;
            assert_eq!((spoofed.status, &spoofed.body["type"]), (StatusCode::FORBIDDEN, &json!(NOT_ALLOWED)), "{header}");
            let away = if header == "forwarded" { format!("for={ELSEWHERE}") } else { ELSEWHERE.to_owned() };
            let honest = world.get_with(peer(OFFICE), "/access-policy", owner.session(), (header, &away)).await;
            assert_eq!(honest.status, StatusCode::OK, "{header}");
        }
    });
}

#[test]
fn signing_in_from_elsewhere_is_answered_like_a_wrong_password() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        let policy = lists(json!(["192.0.2.0/24"]), json!([]), json!([]));
        assert_eq!(put(&world, &owner, peer(OFFICE), policy).await.status, StatusCode::OK);
        let mut answers = Vec::new();
        for password in [PASSWORD, "not the password at all"] {
            let mut answer = sign_in(&world, &owner, peer(ELSEWHERE), password).await;
            answer.body.as_object_mut().expect("a problem").remove("request");
            assert_eq!((answer.status, &answer.cookie), (StatusCode::UNAUTHORIZED, &None));
            answers.push(answer.body);
        }
        assert_eq!(answers[0], answers[1]);
        let used = world.code(&owner.totp_secret);
        let body = json!({ "email": owner.email, "password": PASSWORD, "totp_code": used });
        let here = world.call_from(peer(OFFICE), Method::POST, "/session", As::Nobody, Some(body)).await;
        assert_eq!(here.status, StatusCode::NO_CONTENT, "what was refused used no code up");
        assert_eq!(world.leaves(owner.tenant).await.iter().filter(|kind| *kind == "sign-in-failed").count(), 2);
    });
}

#[test]
fn promise_gl_9_nobody_shuts_the_own_address_out_without_saying_so() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        let mut policy = lists(json!(["198.51.100.0/24"]), json!([]), json!([]));
        for from in [peer(OFFICE), PeerInfo::Unknown] {
            let refused = put(&world, &owner, from, policy.clone()).await;
            assert_eq!(refused.status, StatusCode::CONFLICT);
            assert_eq!(refused.body["type"], "https://purser.dev/problems/would-lock-out");
        }
        assert_eq!(read(&world, owner.session(), peer(OFFICE)).await.status, StatusCode::OK);
        assert_eq!(put(&world, &owner, peer(OFFICE), lists(json!([]), json!(["198.51.100.0/24"]), json!([]))).await.status, StatusCode::OK);
        policy["lock_me_out"] = true.into();
        assert_eq!(put(&world, &owner, peer(OFFICE), policy).await.status, StatusCode::OK, "where it is meant");
        assert_eq!(read(&world, owner.session(), peer(OFFICE)).await.status, StatusCode::FORBIDDEN);
        let told = world.leaves(owner.tenant).await.len();
        world.identity.clear_allow_lists(owner.tenant).await.expect("the host can");
        assert_eq!(read(&world, owner.session(), peer(OFFICE)).await.status, StatusCode::OK);
        let leaves = world.leaves(owner.tenant).await;
        assert_eq!(leaves.len(), told + 1);
        assert_eq!(leaves.iter().filter(|kind| *kind == "access-policy-changed").count(), 3);
    });
}

#[test]
fn a_change_takes_a_person_with_a_fresh_code() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        let api = secret(&key(&world, &owner, json!({})).await);
        let mut policy = lists(json!([]), json!([]), json!([]));
        policy["totp_code"] = world.next_code(&owner).into();
        let change = async |who: As<'_>| world.call(Method::PUT, "/access-policy", who, Some(policy.clone())).await.status;
        assert_eq!(change(As::Bearer(&api)).await, StatusCode::FORBIDDEN, "a program");
        assert_eq!(change(owner.session()).await, StatusCode::OK);
        assert_eq!(change(owner.session()).await, StatusCode::FORBIDDEN, "the same code again");
    });
}

#[test]
fn a_policy_names_the_field_that_is_not_acceptable() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        let many: Vec<String> = (0..=NETWORKS_MAX).map(|number| format!("10.0.{number}.0/24")).collect();
        let mut none = lists(json!([]), json!([]), json!([]));
        none["token_days_max"] = 0.into();
        let mut long = none.clone();
        long["token_days_max"] = (TOKEN_DAYS_MAX_MAX + 1).into();
        for (field, policy) in [
            ("token_days_max", none),
            ("token_days_max", long),
            ("networks.people[0]", lists(json!(["everywhere"]), json!([]), json!([]))),
            ("networks.api[1]", lists(json!([]), json!(["192.0.2.7", "0.0.0.0/0"]), json!([]))),
            ("networks.agents", lists(json!([]), json!([]), json!(many))),
        ] {
            let refused = put(&world, &owner, peer(OFFICE), policy).await;
            assert_eq!((refused.status, &refused.body["field"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!(field)), "{refused:?}");
        }
        let most = put(&world, &owner, peer(OFFICE), lists(json!([]), json!([]), json!(many[1..]))).await;
        assert_eq!(most.status, StatusCode::OK);
    });
}

#[test]
fn another_node_knows_of_a_change_after_two_seconds() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        let config =
            IdentityConfig { selectors: std::sync::Arc::new(Words), public_url: PUBLIC_URL.to_owned(), sign_on: SignOnConfig::default() };
        let other = Identity::open(&world.stores, &world.trust, ScopeMint::for_app(), config).expect("a second node");
        let elsewhere = Source::Network(ELSEWHERE.parse().expect("an address"));
        let lets_in = async || other.lets_in(owner.tenant, CredentialKind::Api, elsewhere).await.expect("read");
        let code = world.next_code(&owner);
        assert!(lets_in().await);
        let mut policy = lists(json!([]), json!(["192.0.2.9"]), json!([]));
        policy["totp_code"] = code.into();
        let made = world.call_from(peer(OFFICE), Method::PUT, "/access-policy", owner.session(), Some(policy)).await;
        assert_eq!(made.status, StatusCode::OK);
        assert!(!world.identity.lets_in(owner.tenant, CredentialKind::Api, elsewhere).await.expect("read"), "here at once");
        world.hand.advance(POLICY_FRESH_FOR);
        assert!(!lets_in().await);
    });
}

#[test]
fn a_policy_of_a_permission_is_for_who_has_it() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        let lesser = secret(&key(&world, &owner, json!({ "permissions": ["devices:read"] })).await);
        assert_eq!(read(&world, As::Bearer(&lesser), peer(OFFICE)).await.status, StatusCode::FORBIDDEN);
        let presented = Presented::Bearer(SecretText::new(lesser));
        let access = Access::Person(Permission::DevicesRead);
        assert!(world.identity.authenticate(&presented, access, Source::Unknown.into()).await.is_ok(), "the control");
    });
}
