//! Client certificates: for whom they are, how long, and what a token is without its own.

use std::time::Duration;

use axum::http::{Method, StatusCode};
use identity::certificate::{CERTIFICATE_DAYS_DEFAULT, CERTIFICATE_DAYS_MAX, CERTIFICATES_PER_TOKEN_MAX};
use identity::{Identity, IdentityConfig};
use kernel::{Access, Authenticator as _, ClientCertificate, Denied, Origin, Permission, Presented, ScopeMint, SecretText, Source};
use rcgen::{CertificateParams, KeyPair};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use serde_json::{Value, json};
use store::params;
use web::client_authority::{CLIENT_AUTHORITY_DAYS, ClientAuthority};

use crate::keys::{key, peer, secret};
use crate::people::person;
use crate::world::{As, Owner, PUBLIC_URL, Reply, Words, World, on_both_engines};

const DAY: Duration = Duration::from_secs(86_400);
const NOT_ACCEPTED: &str = "https://purser.dev/problems/certificate-not-accepted";

store::statements! {
    store = Identity;
    /// Everything of a tenant's authority.
    AUTHORITY = "SELECT certificate, private_key FROM certificate_authority WHERE tenant_id = $1" (BigInt) -> (certificate: Blob, private_key: Blob);
    /// How many certificates a token has.
    CERTIFICATES = "SELECT fingerprint FROM token_certificate WHERE tenant_id = $1" (BigInt) -> (fingerprint: Blob);
}

pub(crate) fn request() -> String {
    let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).expect("a key");
    CertificateParams::default().serialize_request(&key).expect("a request").pem().expect("PEM")
}

/// What a connection with this certificate shows.
fn shown(pem: &str) -> ClientCertificate {
    ClientCertificate::of_digest(seal::hash::sha256(&CertificateDer::from_pem_slice(pem.as_bytes()).expect("PEM")))
}

pub(crate) async fn issue(world: &World, by: As<'_>, token: &Value, days: Option<u16>) -> Reply {
    let mut body = json!({ "certificate_request": request() });
    if let Some(days) = days {
        body["days"] = days.into();
    }
    world.post(&format!("/tokens/{}/certificates", token.as_str().expect("an id")), by, body).await
}

pub(crate) fn certificate(issued: &Reply) -> ClientCertificate {
    shown(issued.body["certificate_pem"].as_str().unwrap_or_else(|| panic!("{issued:?}")))
}

/// A key that works with a certificate only, and its secret.
pub(crate) async fn bound(world: &World, owner: &Owner) -> (Value, String) {
    let made = key(world, owner, json!({ "requires_certificate": true })).await;
    assert_eq!(made.body["requires_certificate"], true, "{made:?}");
    (made.body["token"].clone(), secret(&made))
}

pub(crate) async fn with(world: &World, token: &str, certificate: ClientCertificate) -> (StatusCode, Value) {
    let answer = world.call_with(certificate, Method::GET, "/settings", As::Bearer(token)).await;
    (answer.status, answer.body["type"].clone())
}

pub(crate) fn refused() -> (StatusCode, Value) {
    (StatusCode::FORBIDDEN, json!(NOT_ACCEPTED))
}

fn good() -> (StatusCode, Value) {
    (StatusCode::OK, Value::Null)
}

#[test]
fn promise_md_10_a_valid_certificate_opens_and_a_revoked_foreign_or_another_tenants_one_does_not() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        let (token, held) = bound(&world, &owner).await;
        let issued = issue(&world, owner.session(), &token, Some(1)).await;
        assert_eq!(issued.status, StatusCode::CREATED, "{issued:?}");
        let own = certificate(&issued);
        assert_eq!(with(&world, &held, own).await, good());
        let answer = world.get("/settings", As::Bearer(&held)).await;
        assert_eq!((answer.status, answer.body["type"].clone()), refused(), "without one");

        // The same request, signed by an authority of the same name, with the same name in it.
        let stranger = ClientAuthority::make("Purser client authority", world.clock.now(), &world.env.rng).expect("made");
        let id = issued.body["certificate"].as_str().expect("an id");
        let forged = web::client_authority::CertificateRequest::from_pem(&request()).expect("a good one");
        let forged = stranger.issue(&forged, id, (world.clock.now(), 1), &world.env.rng).expect("issued");
        assert_eq!(with(&world, &held, shown(&forged.pem)).await, refused(), "a foreign authority's");

        let eve = world.owner("Eve's fleet", "eve@example.org").await;
        let (other, _) = bound(&world, &eve).await;
        let others = certificate(&issue(&world, eve.session(), &other, None).await);
        assert_eq!(with(&world, &held, others).await, refused(), "another organisation's");
        let (neighbour, _) = bound(&world, &owner).await;
        let neighbours = issue(&world, owner.session(), &neighbour, None).await;
        assert_eq!(with(&world, &held, certificate(&neighbours)).await, refused(), "another key's of the same organisation");

        let path = format!("/certificates/{id}");
        assert_eq!(world.delete(&path, eve.session()).await.status, StatusCode::NOT_FOUND, "not by another organisation");
        assert_eq!(with(&world, &held, own).await, good());
        assert_eq!(world.delete(&path, owner.session()).await.status, StatusCode::NO_CONTENT);
        assert_eq!(with(&world, &held, own).await, refused(), "a revoked one");
        let listed = world.get("/certificates", owner.session()).await;
        let listed: Vec<&Value> = listed.body["items"].as_array().expect("a page").iter().map(|one| &one["token"]).collect();
        assert_eq!(listed, [&neighbour]);
        let leaves = world.leaves(owner.tenant).await;
        assert!(leaves.contains(&"certificate-issued".to_owned()) && leaves.contains(&"certificate-revoked".to_owned()), "{leaves:?}");
    });
}

#[test]
fn promise_md_10_a_certificate_opens_until_the_second_in_which_it_ends() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        let expires_at = world.clock.now().plus(30 * DAY).to_string();
        let made = key(&world, &owner, json!({ "requires_certificate": true, "expires_at": expires_at })).await;
        let own = certificate(&issue(&world, owner.session(), &made.body["token"], Some(1)).await);
        world.hand.advance(DAY - Duration::from_secs(1));
        assert_eq!(with(&world, &secret(&made), own).await, good());
        world.hand.advance(Duration::from_secs(1));
        assert_eq!(with(&world, &secret(&made), own).await, refused());
    });
}

#[test]
fn promise_md_10_a_revocation_holds_in_the_next_request_on_every_node() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        let (token, held) = bound(&world, &owner).await;
        let issued = issue(&world, owner.session(), &token, None).await;
        let config = IdentityConfig {
            selectors: std::sync::Arc::new(Words),
            public_url: PUBLIC_URL.to_owned(),
            sign_on: identity::single_sign_on::SignOnConfig::default(),
        };
        let other_node = Identity::open(&world.stores, &world.trust, ScopeMint::for_app(), config).expect("opened");
        let presented = Presented::Bearer(SecretText::new(held));
        let origin = Origin { source: Source::Unknown, certificate: Some(certificate(&issued)) };
        let access = Access::Person(Permission::SettingsManage);
        assert!(other_node.authenticate(&presented, access, origin).await.is_ok());
        let path = format!("/certificates/{}", issued.body["certificate"].as_str().expect("an id"));
        assert_eq!(world.delete(&path, owner.session()).await.status, StatusCode::NO_CONTENT);
        assert_eq!(other_node.authenticate(&presented, access, origin).await, Err(Denied::Certificate));
    });
}

#[test]
fn what_is_told_of_a_bound_key_without_its_certificate_is_the_same_whatever_else_is_true_of_it() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        let made = secret(&key(&world, &owner, json!({ "requires_certificate": true, "networks": ["192.0.2.0/24"] })).await);
        let ask = async |path: &str, from: &str| {
            let answer = world.call_from(peer(from), Method::GET, path, As::Bearer(&made), None).await;
            (answer.status, answer.body["type"].clone())
        };
        assert_eq!(ask("/settings", "192.0.2.9").await, refused());
        assert_eq!(ask("/people", "192.0.2.9").await, refused(), "nor that it may not");
        let elsewhere = (StatusCode::FORBIDDEN, json!("https://purser.dev/problems/source-not-allowed"));
        assert_eq!(ask("/settings", "192.0.3.9").await, elsewhere, "from where it comes is asked first");
        world.hand.advance(DAY);
        assert_eq!(ask("/settings", "192.0.2.9").await, refused(), "nor that it has expired");
    });
}

#[test]
fn a_key_that_asks_for_none_is_refused_with_a_wrong_one_and_sessions_have_none() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        let made = key(&world, &owner, json!({})).await;
        assert_eq!(made.body["requires_certificate"], false);
        let own = certificate(&issue(&world, owner.session(), &made.body["token"], None).await);
        let stranger = ClientCertificate::of_digest([7; 32]);
        assert_eq!(with(&world, &secret(&made), own).await, good());
        assert_eq!(with(&world, &secret(&made), stranger).await, refused());
        assert_eq!(world.get("/settings", As::Bearer(&secret(&made))).await.status, StatusCode::OK);
        let session = world.call_with(own, Method::GET, "/settings", owner.session()).await;
        assert_eq!((session.status, session.body["type"].clone()), refused());
        assert_eq!(with(&world, "prs_api_nonsense", own).await.0, StatusCode::UNAUTHORIZED);
    });
}

#[test]
fn a_key_is_bound_later_and_with_it_go_its_certificates() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        let made = key(&world, &owner, json!({})).await;
        let (token, held) = (made.body["token"].clone(), secret(&made));
        let path = format!("/tokens/{}", token.as_str().expect("an id"));
        let issued = issue(&world, owner.session(), &token, None).await;
        let change = async |requires: bool| {
            world.call(Method::PATCH, &path, owner.session(), Some(json!({ "requires_certificate": requires }))).await.body
        };
        assert_eq!(change(true).await["requires_certificate"], true);
        assert_eq!(world.get("/settings", As::Bearer(&held)).await.status, StatusCode::FORBIDDEN);
        assert_eq!(with(&world, &held, certificate(&issued)).await, good());
        let renamed = world.call(Method::PATCH, &path, owner.session(), Some(json!({ "name": "cd" }))).await.body;
        assert_eq!(renamed["requires_certificate"], true, "what is absent stays");
        assert_eq!(change(false).await["requires_certificate"], false);
        assert_eq!(world.get("/settings", As::Bearer(&held)).await.status, StatusCode::OK);
        assert_eq!(world.delete(&path, owner.session()).await.status, StatusCode::NO_CONTENT);
        let tenant = owner.tenant;
        let left = world.stores.identity().read(move |tx| tx.query(&CERTIFICATES, &params![tenant])).await.expect("read");
        assert!(left.is_empty(), "a token that is revoked leaves no certificate");
    });
}

#[test]
fn a_certificate_that_is_issued_while_its_token_is_revoked_is_none() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        for _ in 0..8 {
            let (token, _) = bound(&world, &owner).await;
            let path = format!("/tokens/{}", token.as_str().expect("an id"));
            let (_issued, revoked) = tokio::join!(issue(&world, owner.session(), &token, None), world.delete(&path, owner.session()));
            assert_eq!(revoked.status, StatusCode::NO_CONTENT);
            let tenant = owner.tenant;
            let left = world.stores.identity().read(move |tx| tx.query(&CERTIFICATES, &params![tenant])).await.expect("read");
            assert!(left.is_empty(), "a row is left of a token that is gone");
        }
    });
}

#[test]
fn a_certificate_lives_ninety_days_unless_asked_for_and_a_year_at_most() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        let (token, _) = bound(&world, &owner).await;
        for (asked, days) in [(None, CERTIFICATE_DAYS_DEFAULT), (Some(1), 1), (Some(CERTIFICATE_DAYS_MAX), CERTIFICATE_DAYS_MAX)] {
            let issued = issue(&world, owner.session(), &token, asked).await;
            let expires_at = world.clock.now().plus(DAY * u32::from(days)).to_string();
            assert_eq!(issued.body["expires_at"], expires_at, "{asked:?}");
        }
        for days in [0, CERTIFICATE_DAYS_MAX + 1] {
            let answer = issue(&world, owner.session(), &token, Some(days)).await;
            assert_eq!((answer.status, answer.body["field"].clone()), (StatusCode::UNPROCESSABLE_ENTITY, json!("days")), "{days}");
        }
        let path = format!("/tokens/{}/certificates", token.as_str().expect("an id"));
        let nonsense = world.post(&path, owner.session(), json!({ "certificate_request": "hello" })).await;
        assert_eq!((nonsense.status, nonsense.body["field"].clone()), (StatusCode::UNPROCESSABLE_ENTITY, json!("certificate_request")));
    });
}

#[test]
fn a_token_has_so_many_certificates_at_a_time_and_those_that_have_ended_make_room() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        let (token, _) = bound(&world, &owner).await;
        for number in 0..CERTIFICATES_PER_TOKEN_MAX {
            let issued = issue(&world, owner.session(), &token, Some(if number == 0 { 1 } else { 2 })).await;
            assert_eq!(issued.status, StatusCode::CREATED, "{number}");
        }
        let told = world.leaves(owner.tenant).await;
        let one_more = issue(&world, owner.session(), &token, Some(1)).await;
        assert_eq!(world.leaves(owner.tenant).await, told, "what was not issued is not told of");
        assert_eq!((one_more.status, &one_more.body["type"]), (StatusCode::CONFLICT, &json!("https://purser.dev/problems/limit-reached")));
        world.hand.advance(DAY);
        let code = world.next_code(&owner);
        let session = world.sign_in(&owner.email, crate::world::PASSWORD, &code).await.cookie.expect("a session");
        assert_eq!(issue(&world, As::Session(&session), &token, Some(1)).await.status, StatusCode::CREATED);
    });
}

#[test]
fn who_may_not_do_all_that_a_token_was_given_gets_no_certificate_for_it() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        let made = key(&world, &owner, json!({ "permissions": ["settings:manage", "ledger:read"] })).await;
        let lesser = secret(&key(&world, &owner, json!({ "permissions": ["tokens:manage"] })).await);
        assert_eq!(issue(&world, As::Bearer(&lesser), &made.body["token"], None).await.status, StatusCode::FORBIDDEN);
        let bob = person(&world, &owner, "bob@example.org", json!([{ "role": "technician" }])).await;
        assert_eq!(issue(&world, bob.session(), &made.body["token"], None).await.status, StatusCode::FORBIDDEN);
        let eve = world.owner("Eve's fleet", "eve@example.org").await;
        assert_eq!(issue(&world, eve.session(), &made.body["token"], None).await.status, StatusCode::NOT_FOUND);
    });
}

#[test]
fn each_tenants_authority_is_its_own_lies_sealed_and_is_replaced_before_it_ends_without_ending_what_it_signed() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        let years = Duration::from_secs(u64::from(CLIENT_AUTHORITY_DAYS) * 86_400);
        let script = world.post("/tokens", owner.session(), json!({ "name": "script", "kind": "telemetry" })).await;
        let token = script.body["token"].clone();
        let host = world.host_scope(owner.tenant);
        let by_host = async |days| {
            let token = token.as_str().expect("an id").parse().expect("an id");
            let new = identity::certificate::NewCertificate { token, request: request(), days };
            world.identity.issue_certificate(&host, new).await.expect("issued")
        };
        let first = by_host(365).await;
        assert_eq!(by_host(1).await.authority_pem, first.authority_pem);
        let eve = world.owner("Eve's fleet", "eve@example.org").await;
        let (other, _) = bound(&world, &eve).await;
        let others = issue(&world, eve.session(), &other, None).await;
        assert_ne!(others.body["authority_pem"], first.authority_pem.as_str());
        let tenant = owner.tenant;
        let row = world.stores.identity().read(move |tx| tx.query_one(&AUTHORITY, &params![tenant])).await.expect("read");
        let stored: Vec<u8> = [row.get::<Vec<u8>>(0).expect("bytes"), row.get(1).expect("bytes")].concat();
        let is_there = |text: &[u8]| stored.windows(text.len()).any(|window| window == text);
        assert!(!is_there(b"PRIVATE KEY") && !is_there(b"CERTIFICATE"));

        world.hand.advance(years - 365 * DAY - Duration::from_secs(1));
        assert_eq!(by_host(365).await.authority_pem, first.authority_pem, "it ends a second later");
        world.hand.advance(Duration::from_secs(1));
        let last = by_host(364).await;
        assert_eq!(last.authority_pem, first.authority_pem, "for less it is good still");
        assert_ne!(by_host(365).await.authority_pem, first.authority_pem);
        let presented = Presented::Bearer(SecretText::new(secret(&script)));
        let origin = Origin { source: Source::Unknown, certificate: Some(shown(&last.certificate_pem)) };
        assert!(world.identity.authenticate(&presented, Access::Report, origin).await.is_ok(), "signed by the one before");
    });
}

#[test]
fn a_bound_key_neither_unbinds_a_key_nor_makes_one_without_nor_gets_itself_a_certificate() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        let permissions = json!(["tokens:manage", "settings:manage"]);
        let made = key(&world, &owner, json!({ "requires_certificate": true, "permissions": permissions })).await;
        let (token, held) = (made.body["token"].clone(), secret(&made));
        let own = certificate(&issue(&world, owner.session(), &token, None).await);
        let other = key(&world, &owner, json!({})).await.body["token"].clone();
        let expires_at = made.body["expires_at"].clone();
        let call = async |method: Method, path: String, body: Value| {
            let answer = world.call_showing(own, method, &path, As::Bearer(&held), Some(body)).await;
            (answer.status.as_u16(), answer.body["field"].as_str().unwrap_or_default().to_owned())
        };
        let unbound = (422, "requires_certificate".to_owned());
        let path = |token: &Value, rest: &str| format!("/tokens/{}{rest}", token.as_str().expect("an id"));
        assert_eq!(call(Method::PATCH, path(&token, ""), json!({ "requires_certificate": false })).await, unbound);
        let child = |is_bound: bool| {
            json!({ "name": "child", "kind": "api", "permissions": ["settings:manage"], "expires_at": expires_at,
                "requires_certificate": is_bound })
        };
        assert_eq!(call(Method::POST, "/tokens".to_owned(), child(false)).await, unbound);
        let rotate = json!({ "expires_at": expires_at, "overlap_seconds": 0 });
        assert_eq!(call(Method::POST, path(&other, "/rotate"), rotate).await, unbound, "the secret of a key without would be its own");
        let certify = json!({ "certificate_request": request() });
        assert_eq!(call(Method::POST, path(&token, "/certificates"), certify).await.0, 403);
        assert_eq!(call(Method::POST, "/tokens".to_owned(), child(true)).await.0, 201, "a bound one it may make");
        assert_eq!(call(Method::PATCH, path(&token, ""), json!({ "name": "still bound" })).await.0, 200);
    });
}
