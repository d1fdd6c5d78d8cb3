//! Short-lived access: an API token's id and secret for a text that does the same for a quarter of an hour, with the same key only.

use std::time::Duration;

use axum::http::{Method, StatusCode};
use identity::access_token::{ACCESS_TOKEN_STEP, ACCESS_TOKENS_AT_A_TIME};
use kernel::limits::ACCESS_TOKEN_LIFETIME;
use kernel::{ClientCertificate, Timestamp, TokenId};
use serde_json::{Value, json};

use crate::client_certificates::{bound, certificate, issue, refused, with};
use crate::keys::{key, peer, secret};
use crate::world::{As, Reply, World, on_both_engines};

const REFUSED: &str = "https://purser.dev/problems/token-refused";

async fn ask(world: &World, token: &Value, secret: &str) -> Reply {
    world.post("/access-tokens", As::Nobody, json!({ "token": token, "secret": secret })).await
}

async fn ask_with(world: &World, shown: ClientCertificate, token: &Value, secret: &str) -> Reply {
    let body = json!({ "token": token, "secret": secret });
    world.call_showing(shown, Method::POST, "/access-tokens", As::Nobody, Some(body)).await
}

fn access(given: &Reply) -> String {
    given.body["access_token"].as_str().unwrap_or_else(|| panic!("{given:?}")).to_owned()
}

impl World {
    /// On to the next moment in which another text is given.
    fn to_a_step(&self) {
        let step = ACCESS_TOKEN_STEP.as_micros() as u64;
        let past = self.clock.now().since(Timestamp::from_micros(0)).as_micros() as u64 % step;
        self.hand.advance(Duration::from_micros(step - past));
    }
}

async fn settings(world: &World, access: &str) -> StatusCode {
    world.get("/settings", As::Bearer(access)).await.status
}

#[test]
fn promise_or_14_id_and_secret_give_access_for_a_quarter_of_an_hour_and_not_a_second_longer() {
    on_both_engines(async |world| {
        world.to_a_step();
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        let made = key(&world, &owner, json!({})).await;
        let given = ask(&world, &made.body["token"], &secret(&made)).await;
        assert_eq!(given.status, StatusCode::CREATED, "{given:?}");
        assert_eq!(given.body["expires_at"], world.clock.now().plus(ACCESS_TOKEN_LIFETIME).to_string());
        let access = access(&given);
        assert!(access.starts_with("prs_acc_") && !access.contains(&secret(&made)));
        assert_eq!(world.get("/people", As::Bearer(&access)).await.status, StatusCode::FORBIDDEN, "no more than the token");
        world.hand.advance(ACCESS_TOKEN_LIFETIME - Duration::from_secs(1));
        assert_eq!(settings(&world, &access).await, StatusCode::OK);
        world.hand.advance(Duration::from_secs(1));
        assert_eq!(settings(&world, &access).await, StatusCode::UNAUTHORIZED);

        // Within a step it is the same text, so that nobody has more of them than limits and bans go by.
        world.to_a_step();
        let fresh = key(&world, &owner, json!({})).await;
        let mut texts = std::collections::BTreeSet::new();
        for _ in 0..ACCESS_TOKENS_AT_A_TIME {
            texts.insert(self::access(&ask(&world, &fresh.body["token"], &secret(&fresh)).await));
            world.hand.advance(ACCESS_TOKEN_STEP - Duration::from_micros(1));
            let late = ask(&world, &fresh.body["token"], &secret(&fresh)).await;
            let least = world.clock.now().plus(ACCESS_TOKEN_LIFETIME - ACCESS_TOKEN_STEP + Duration::from_micros(1));
            assert_eq!(late.body["expires_at"], least.to_string(), "and lasts as long at least");
            texts.insert(self::access(&late));
            world.hand.advance(Duration::from_micros(1));
        }
        assert_eq!(texts.len() as u64, ACCESS_TOKENS_AT_A_TIME);

        let soon = world.clock.now().plus(Duration::from_secs(60)).to_string();
        let short = key(&world, &owner, json!({ "expires_at": soon })).await;
        assert_eq!(ask(&world, &short.body["token"], &secret(&short)).await.body["expires_at"], soon, "nor longer than the token");
    });
}

#[test]
fn promise_or_14_what_is_replayed_with_another_key_is_refused() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        let (token, held) = bound(&world, &owner).await;
        let own = certificate(&issue(&world, owner.session(), &token, None).await);
        let others = certificate(&issue(&world, owner.session(), &token, None).await);
        let given = access(&ask_with(&world, own, &token, &held).await);
        assert_eq!(with(&world, &given, own).await.0, StatusCode::OK);
        assert_eq!(with(&world, &given, others).await, refused(), "a good certificate of the same token, on another machine");
        let plain = world.get("/settings", As::Bearer(&given)).await;
        assert_eq!((plain.status, plain.body["type"].clone()), refused(), "without a certificate");
        let stolen = ask(&world, &token, &held).await;
        assert_eq!((stolen.status, stolen.body["type"].clone()), refused(), "id and secret without the key give nothing");
        assert_eq!(with(&world, &held, ClientCertificate::of_digest([7; 32])).await, refused());

        // A token that asks for no certificate gives access that is bound all the same, where one was shown.
        let free = key(&world, &owner, json!({})).await;
        let frees = certificate(&issue(&world, owner.session(), &free.body["token"], None).await);
        let given = access(&ask_with(&world, frees, &free.body["token"], &secret(&free)).await);
        assert_eq!(with(&world, &given, frees).await.0, StatusCode::OK);
        assert_eq!(settings(&world, &given).await, StatusCode::FORBIDDEN);
        let unbound = access(&ask(&world, &free.body["token"], &secret(&free)).await);
        assert_eq!(settings(&world, &unbound).await, StatusCode::OK);
        assert_eq!(with(&world, &unbound, frees).await, refused());
    });
}

#[test]
fn whatever_is_no_token_of_this_id_that_works_gets_one_answer() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        let (made, other) = (key(&world, &owner, json!({})).await, key(&world, &owner, json!({})).await);
        let script = world.post("/tokens", owner.session(), json!({ "name": "script", "kind": "telemetry" })).await;
        let ended = world.clock.now().plus(Duration::from_secs(1)).to_string();
        let ended = key(&world, &owner, json!({ "expires_at": ended })).await;
        world.hand.advance(Duration::from_secs(1));
        let nobodys = json!(TokenId::from_random(987));
        for (what, token, text) in [
            ("another's id", &other.body["token"], secret(&made)),
            ("nobody's id", &nobodys, secret(&made)),
            ("another's secret", &made.body["token"], secret(&other)),
            ("a mistyped one", &made.body["token"], secret(&made).replace("prs_api_", "prs_api_x")),
            ("a script's", &script.body["token"], secret(&script)),
            ("one that has ended", &ended.body["token"], secret(&ended)),
            ("the session's", &made.body["token"], owner.cookie.clone()),
        ] {
            let answer = ask(&world, token, &text).await;
            assert_eq!((answer.status, answer.body["type"].as_str()), (StatusCode::UNAUTHORIZED, Some(REFUSED)), "{what}");
        }
        let given = access(&ask(&world, &made.body["token"], &secret(&made)).await);
        let again = ask(&world, &made.body["token"], &given).await;
        assert_eq!(again.body["type"], REFUSED, "access gives no further access");
    });
}

#[test]
fn access_ends_with_its_token_and_works_from_where_the_token_does() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        let made = key(&world, &owner, json!({ "networks": ["192.0.2.0/24"] })).await;
        let token = made.body["token"].as_str().expect("an id").to_owned();
        let body = json!({ "token": token, "secret": secret(&made) });
        let from = async |address: &str, path: &str, method: Method, who: As<'_>, body: Option<Value>| {
            world.call_from(peer(address), method, path, who, body).await
        };
        let elsewhere = from("192.0.3.9", "/access-tokens", Method::POST, As::Nobody, Some(body.clone())).await;
        assert_eq!(elsewhere.body["type"], "https://purser.dev/problems/source-not-allowed");
        let given = access(&from("192.0.2.9", "/access-tokens", Method::POST, As::Nobody, Some(body.clone())).await);
        let status = async |address: &str| from(address, "/settings", Method::GET, As::Bearer(&given), None).await.status;
        assert_eq!((status("192.0.2.9").await, status("192.0.3.9").await), (StatusCode::OK, StatusCode::FORBIDDEN));
        let expires_at = world.clock.now().plus(Duration::from_secs(86_400)).to_string();
        let rotate = json!({ "expires_at": expires_at, "overlap_seconds": 60 });
        assert_eq!(world.post(&format!("/tokens/{token}/rotate"), owner.session(), rotate).await.status, StatusCode::OK);
        assert_eq!(status("192.0.2.9").await, StatusCode::OK, "as long as the secret that it was given for");
        world.hand.advance(Duration::from_secs(60));
        assert_eq!(status("192.0.2.9").await, StatusCode::UNAUTHORIZED);

        let made = key(&world, &owner, json!({})).await;
        let given = access(&ask(&world, &made.body["token"], &secret(&made)).await);
        let path = format!("/tokens/{}", made.body["token"].as_str().expect("an id"));
        assert_eq!(settings(&world, &given).await, StatusCode::OK);
        assert_eq!(world.delete(&path, owner.session()).await.status, StatusCode::NO_CONTENT);
        assert_eq!(settings(&world, &given).await, StatusCode::UNAUTHORIZED);
    });
}

#[test]
fn access_that_was_altered_at_any_place_is_none() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        let made = key(&world, &owner, json!({})).await;
        let given = access(&ask(&world, &made.body["token"], &secret(&made)).await);
        assert_eq!(settings(&world, &given).await, StatusCode::OK, "the control");
        for place in "prs_acc_".len()..given.len() {
            let other = |character: char| if character == 'A' { 'B' } else { 'A' };
            let altered: String = given.char_indices().map(|(at, one)| if at == place { other(one) } else { one }).collect();
            assert_eq!(settings(&world, &altered).await, StatusCode::UNAUTHORIZED, "character {place}");
        }
    });
}

#[test]
fn what_passes_within_days_or_minutes_makes_no_credential_that_goes_on() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        let made = key(&world, &owner, json!({ "permissions": ["tokens:manage", "enrolment:manage", "settings:manage"] })).await;
        let (token, retiring) = (made.body["token"].clone(), secret(&made));
        let expires_at = world.clock.now().plus(Duration::from_secs(86_400)).to_string();
        let rotate = format!("/tokens/{}/rotate", token.as_str().expect("an id"));
        let body = json!({ "expires_at": expires_at, "overlap_seconds": 86_000 });
        let present = secret(&world.post(&rotate, owner.session(), body.clone()).await);
        let short_lived = access(&ask(&world, &token, &present).await);
        let child = json!({ "name": "child", "kind": "api", "permissions": ["settings:manage"], "expires_at": expires_at });
        for passing in [&retiring, &short_lived] {
            assert_eq!(settings(&world, passing).await, StatusCode::OK, "it does what else the token may");
            for (path, body) in
                [("/tokens", &child), (rotate.as_str(), &body), ("/enrolment-tokens", &json!({ "name": "more", "expires_at": expires_at }))]
            {
                let answer = world.post(path, As::Bearer(passing), body.clone()).await;
                assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}: {answer:?}");
            }
        }
        assert_eq!(world.post("/tokens", As::Bearer(&present), child).await.status, StatusCode::CREATED, "its present secret does");
    });
}
