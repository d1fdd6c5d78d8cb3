//! Enrolment tokens, as people make them; how devices use them is tested in `devices`.

use std::time::Duration;

use axum::http::StatusCode;
use identity::IdentityError;
use identity::enrolment::ENROLMENT_LIFETIME_MAX;
use kernel::SecretText;
use serde_json::{Value, json};

use crate::world::{Owner, PUBLIC_URL, Reply, World, on_both_engines};

async fn make(world: &World, owner: &Owner, uses_max: Value) -> Reply {
    let expires_at = world.clock.now().plus(Duration::from_secs(3_600)).to_string();
    let token = json!({ "name": "rack 7", "labels": { "env": "prod" }, "expires_at": expires_at, "uses_max": uses_max });
    world.post("/enrolment-tokens", owner.session(), token).await
}

fn secret(made: &Reply) -> SecretText {
    SecretText::new(made.body["secret"].as_str().expect("a secret").to_owned())
}

#[test]
fn the_command_holds_all_that_a_device_needs() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        let made = make(&world, &owner, Value::Null).await;
        assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
        let (secret, key) = (made.body["secret"].as_str().expect("a secret"), &world.fingerprint);
        assert!(secret.starts_with("prs_enr_"));
        assert_eq!(made.body["command"], format!("purser-agent enrol --server {PUBLIC_URL} --server-key {key} --token {secret}"));
        let listed = world.get("/enrolment-tokens", owner.session()).await.body;
        assert_eq!(listed["items"][0]["labels"], json!({ "env": "prod" }));
        assert_eq!(listed["items"][0]["uses"], 0);
        assert!(!listed.to_string().contains(secret));
    });
}

#[test]
fn a_token_lets_in_as_many_as_it_says() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        let made = make(&world, &owner, json!(2)).await;
        let grant = world.identity.find_enrolment(&secret(&made)).await.unwrap();
        assert_eq!(grant.tenant, owner.tenant);
        let (first, second, third) = tokio::join!(
            world.identity.redeem_enrolment(&grant),
            world.identity.redeem_enrolment(&grant),
            world.identity.redeem_enrolment(&grant)
        );
        let let_in = [first, second, third].iter().filter(|redeemed| redeemed.is_ok()).count();
        assert_eq!(let_in, 2);
        let listed = world.get("/enrolment-tokens", owner.session()).await.body;
        assert_eq!((&listed["items"][0]["uses"], &listed["items"][0]["uses_max"]), (&json!(2), &json!(2)));
    });
}

#[test]
fn a_token_that_is_expired_revoked_or_unknown_lets_nobody_in() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        let refused = |found: Result<_, IdentityError>| matches!(found, Err(IdentityError::EnrolmentRefused));
        let revoked = make(&world, &owner, Value::Null).await;
        let path = format!("/enrolment-tokens/{}", revoked.body["enrolment_token"].as_str().unwrap());
        assert_eq!(world.delete(&path, owner.session()).await.status, StatusCode::NO_CONTENT);
        assert!(refused(world.identity.find_enrolment(&secret(&revoked)).await));
        let expired = make(&world, &owner, Value::Null).await;
        let grant = world.identity.find_enrolment(&secret(&expired)).await.unwrap();
        world.hand.advance(Duration::from_secs(3_600));
        assert!(refused(world.identity.find_enrolment(&secret(&expired)).await));
        assert!(matches!(world.identity.redeem_enrolment(&grant).await, Err(IdentityError::EnrolmentRefused)));
        assert!(refused(world.identity.find_enrolment(&SecretText::new("prs_enr_unknown".to_owned())).await));
    });
}

#[test]
fn an_enrolment_token_names_the_field_that_is_not_acceptable() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        let now = world.clock.now();
        let (soon, latest) = (now.plus(Duration::from_secs(60)), now.plus(ENROLMENT_LIFETIME_MAX));
        for (field, token) in [
            ("name", json!({ "name": "", "expires_at": soon })),
            ("labels", json!({ "name": "a", "labels": { "Env": "prod" }, "expires_at": soon })),
            ("expires_at", json!({ "name": "a", "expires_at": now })),
            ("expires_at", json!({ "name": "a", "expires_at": latest.plus(Duration::from_micros(1)) })),
            ("uses_max", json!({ "name": "a", "expires_at": soon, "uses_max": 0 })),
            ("uses_max", json!({ "name": "a", "expires_at": soon, "uses_max": 1_000_001 })),
        ] {
            let refused = world.post("/enrolment-tokens", owner.session(), token).await;
            assert_eq!((refused.status, &refused.body["field"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!(field)));
        }
        let token = json!({ "name": "a", "expires_at": latest, "uses_max": 1_000_000 });
        assert_eq!(world.post("/enrolment-tokens", owner.session(), token).await.status, StatusCode::CREATED, "at the limits");
    });
}
