//! What belongs to another tenant looks like what does not exist.

use std::time::Duration;

use axum::http::{Method, StatusCode};
use identity::link::Purpose;
use identity::owners::OWNERS_AT_ONCE;
use kernel::{Access, CertificateId, EnrolmentTokenId, PageRequest, PasskeyId, PeopleGroupId, ProviderId, SessionId, TokenId, UserId};
use serde_json::{Value, json};
use store::params;
use web::RouteEntry;

use crate::authenticator::{Authenticator, Key};
use crate::client_certificates::request;
use crate::directory::credential;
use crate::passkeys::add_passkey;
use crate::world::{As, PUBLIC_URL, on_both_engines};

/// Those speak another protocol, and have tests of their own.
fn is_directorys(route: &RouteEntry) -> bool {
    route.path.starts_with("/scim/v2")
}

#[test]
fn another_tenants_id_is_answered_like_a_random_one() {
    on_both_engines(async |world| {
        let ada = world.owner("Ada's fleet", "ada@example.org").await;
        let eve = world.owner("Eve's fleet", "eve@example.org").await;
        let token = world.post("/tokens", ada.session(), json!({ "name": "ci", "kind": "telemetry" })).await.body;
        let expires_at = world.clock.now().plus(Duration::from_secs(60));
        let enrolment = world.post("/enrolment-tokens", ada.session(), json!({ "name": "a", "expires_at": expires_at })).await.body;
        let of_ada = world.get("/session", ada.session()).await.body;
        let session = world.get("/account/sessions", ada.session()).await.body["items"][0]["session"].clone();
        let invited = json!({ "note": "Bob", "totp_code": world.next_code(&ada) });
        let invitation = world.post("/invitations", ada.session(), invited).await.body["user"].clone();
        let passkey = add_passkey(&world, &ada, &mut Authenticator::new(Key::es256(), PUBLIC_URL)).await.body["passkey"].clone();
        let path = format!("/tokens/{}/certificates", token["token"].as_str().unwrap());
        let certificate = world.post(&path, ada.session(), json!({ "certificate_request": request() })).await.body["certificate"].clone();
        let code = world.next_code(&ada);
        let provider = json!({ "issuer": "https://id.example.org", "client_id": "a", "rules": { "name": "Directory" }, "totp_code": code });
        let provider = world.post("/sign-on/providers", ada.session(), provider).await.body["provider"].clone();
        let group = credential(&world, &ada).await;
        let group = world.scim(Method::POST, "/Groups", &group, Some(json!({ "displayName": "Crew" }))).await.body["id"].clone();
        let with_id: Vec<_> = world.routes.iter().filter(|route| route.path.contains('{') && !is_directorys(route)).collect();
        assert_eq!(with_id.len(), 17, "every route with an id is covered below");
        for route in with_id {
            let parameter = route.path.split(['{', '}']).nth(1).unwrap();
            let (theirs, random) = match parameter {
                "token" => (token["token"].clone(), json!(TokenId::from_random(987))),
                "certificate" => (certificate.clone(), json!(CertificateId::from_random(987))),
                "enrolment_token" => (enrolment["enrolment_token"].clone(), json!(EnrolmentTokenId::from_random(987))),
                "session" => (session.clone(), json!(SessionId::from_random(987))),
                "user" => (of_ada["user"].clone(), json!(UserId::from_random(987))),
                "passkey" => (json!(passkey), json!(PasskeyId::from_random(987))),
                "provider" => (provider.clone(), json!(ProviderId::from_random(987))),
                "people_group" => (group.clone(), json!(PeopleGroupId::from_random(987))),
                "invitation" => (invitation.clone(), json!(UserId::from_random(987))),
                other => panic!("say here what {other} names"),
            };
            let mut answers = Vec::new();
            for id in [theirs, random] {
                let path = route.path.strip_prefix("/api/v1").unwrap().replace(&format!("{{{parameter}}}"), id.as_str().unwrap());
                let method = Method::from_bytes(route.method.name().as_bytes()).unwrap();
                let body = match route.id {
                    "renamePasskey" => Some(json!({ "name": "Stolen" })),
                    "issueCertificate" => Some(json!({ "certificate_request": request() })),
                    "changeRoles" | "changeGroupRoles" => Some(json!({ "roles": [], "totp_code": world.next_code(&eve) })),
                    "changeSignOnProvider" => Some(json!({ "rules": { "name": "Taken" }, "totp_code": world.next_code(&eve) })),
                    "removeSignOnProvider" => Some(json!({ "totp_code": world.next_code(&eve) })),
                    _ => matches!(method, Method::PATCH | Method::POST).then(|| json!({})),
                };
                let mut answer = world.call(method, &path, eve.session(), body).await;
                answer.body.as_object_mut().unwrap().remove("request");
                answers.push((answer.status, answer.body.to_string()));
            }
            assert_eq!(answers[0], answers[1], "{}", route.path);
            assert_eq!(answers[0].0, StatusCode::NOT_FOUND);
        }
        assert_eq!(world.get("/tokens", eve.session()).await.body["items"], json!([]));
        assert_eq!(world.get("/enrolment-tokens", eve.session()).await.body["items"], json!([]));
        assert_eq!(world.get("/tokens", ada.session()).await.body["items"].as_array().unwrap().len(), 2);
    });
}

#[test]
fn no_route_but_the_public_ones_opens_without_a_valid_credential() {
    on_both_engines(async |world| {
        world.owner("Ada's fleet", "ada@example.org").await;
        for route in world.routes.iter().filter(|route| route.access != Access::Public && !is_directorys(route)) {
            let path = route.path.strip_prefix("/api/v1").unwrap().replace("{token}", "tok_0000000000001");
            let path = path.replace("{enrolment_token}", "enr_0000000000001");
            for who in [As::Nobody, As::Session("prs_ses_unknown"), As::Bearer("prs_api_unknown"), As::Bearer("nonsense")] {
                let method = Method::from_bytes(route.method.name().as_bytes()).unwrap();
                let answer = world.call(method, &path, who, Some(Value::Null)).await;
                assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{} {}", route.method.name(), route.path);
            }
        }
    });
}

store::statements! {
    store = Identity;
    ADD_USER = "INSERT INTO user_account (user_id, tenant_id, email_index, email, password_hash, totp_secret, totp_step, language, \
                created_at, version) SELECT $1, tenant_id, $2, email, password_hash, totp_secret, totp_step, language, created_at, version \
                FROM user_account WHERE tenant_id = $3 LIMIT 1"
        (BigInt, Blob, BigInt);
    ADD_OWNER = "INSERT INTO role_grant (grant_id, tenant_id, user_id, role, created_at) VALUES ($1, $2, $1, 'owner', 0)"
        (BigInt, BigInt);
}

#[test]
fn every_owner_of_a_tenant_is_known_however_many_there_are_and_nobody_elses() {
    on_both_engines(async |world| {
        let ada = world.owner("Ada's fleet", "ada@example.org").await;
        world.owner("Eve's fleet", "eve@example.org").await;
        let first = world.identity.owners(ada.tenant, None).await.unwrap();
        assert_eq!(first.len(), 1);
        let more: Vec<UserId> = (0..=OWNERS_AT_ONCE as u64).map(|number| UserId::from_random((number + 1) << 1)).collect();
        let rows: Vec<_> = more.iter().map(|user| params![*user, user.number().to_be_bytes().to_vec(), ada.tenant]).collect();
        // Accounts that hold other roles are no owners.
        let owners: Vec<_> = more.iter().skip(1).map(|user| params![*user, ada.tenant]).collect();
        let write = world.stores.identity().write(move |tx| {
            rows.iter().try_for_each(|row| tx.tamper(&ADD_USER, row).map(|_| ()))?;
            owners.iter().try_for_each(|row| tx.tamper(&ADD_OWNER, row).map(|_| ()))
        });
        write.await.unwrap();
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let owners = world.identity.owners(ada.tenant, after).await.unwrap();
            let is_last = owners.len() < OWNERS_AT_ONCE;
            (after, all) = (owners.last().copied(), [all, owners].concat());
            if is_last {
                break;
            }
        }
        let mut expected = [first, more[1..].to_vec()].concat();
        expected.sort_unstable();
        assert_eq!(all, expected);
    });
}

#[test]
fn the_host_lists_tenants_by_name_page_by_page() {
    on_both_engines(async |world| {
        for name in ["Ada's fleet", "Bob's fleet", "Eve's fleet"] {
            let created = world.identity.create_tenant(name).await.unwrap();
            assert_eq!(created.link.purpose, Purpose::Setup);
        }
        let first = world.identity.list_tenants(PageRequest { cursor: None, limit: 2 }).await.unwrap();
        let second = world.identity.list_tenants(PageRequest { cursor: first.next.clone(), limit: 2 }).await.unwrap();
        let mut names: Vec<_> = [first.items, second.items].concat().iter().map(|tenant| tenant.name.as_text().to_owned()).collect();
        names.sort();
        assert_eq!(names, ["Ada's fleet", "Bob's fleet", "Eve's fleet"]);
        assert!(world.identity.create_tenant("").await.is_err());
    });
}
