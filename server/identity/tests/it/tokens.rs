//! API and telemetry tokens.

use std::time::Duration;

use axum::http::StatusCode;
use kernel::{Access, Authenticator as _, Denied, Permission, Presented, SecretText};
use seal::token::{RANDOM_BYTES, Token, TokenKind};
use serde_json::{Value, json};

use crate::world::{As, Owner, Reply, World, on_both_engines};

async fn make(world: &World, owner: &Owner, token: Value) -> Reply {
    world.post("/tokens", owner.session(), world.with_end(token)).await
}

#[test]
fn an_api_token_does_what_its_permissions_say_and_no_more() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        let made = make(&world, &owner, json!({ "name": "ci", "kind": "api", "permissions": ["settings:manage"] })).await;
        assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
        let secret = made.body["secret"].as_str().unwrap();
        assert!(secret.starts_with("prs_api_"));
        assert_eq!(world.get("/settings", As::Bearer(secret)).await.status, StatusCode::OK);
        assert_eq!(world.get("/tokens", As::Bearer(secret)).await.status, StatusCode::FORBIDDEN);
        assert_eq!(world.get("/session", As::Bearer(secret)).await.status, StatusCode::FORBIDDEN);
    });
}

#[test]
fn the_secret_is_shown_once() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        let made = make(&world, &owner, json!({ "name": "ci", "kind": "api", "permissions": ["devices:read"] })).await;
        let listed = world.get("/tokens", owner.session()).await;
        assert_eq!(listed.body["items"][0]["name"], "ci");
        assert_eq!(listed.body["items"][0]["permissions"], json!(["devices:read"]));
        assert!(!listed.body.to_string().contains(made.body["secret"].as_str().unwrap()));
        assert_eq!(listed.body["items"][0]["last_used_at"], Value::Null);
    });
}

#[test]
fn a_telemetry_token_opens_report_routes_only() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        let made = make(&world, &owner, json!({ "name": "script", "kind": "telemetry" })).await;
        let secret = made.body["secret"].as_str().unwrap();
        assert!(secret.starts_with("prs_tel_"));
        assert_eq!(world.get("/settings", As::Bearer(secret)).await.status, StatusCode::FORBIDDEN);
        let presented = Presented::Bearer(SecretText::new(secret.to_owned()));
        let scope = world.identity.authenticate(&presented, Access::Report, kernel::Source::Unknown.into()).await.unwrap();
        assert_eq!(scope.tenant(), owner.tenant);
        assert!(Permission::ALL.iter().all(|permission| !scope.may(*permission)));
        assert_eq!(world.identity.authenticate(&presented, Access::Device, kernel::Source::Unknown.into()).await, Err(Denied::Forbidden));
    });
}

#[test]
fn a_token_that_is_revoked_or_expired_opens_nothing() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        let expires_at = world.clock.now().plus(Duration::from_secs(60)).to_string();
        let token = json!({ "name": "short", "kind": "api", "permissions": ["settings:manage"], "expires_at": expires_at });
        let short = make(&world, &owner, token).await;
        let long = make(&world, &owner, json!({ "name": "long", "kind": "api", "permissions": ["settings:manage"] })).await;
        let secret = |made: &Reply| made.body["secret"].as_str().unwrap().to_owned();
        assert_eq!(world.get("/settings", As::Bearer(&secret(&short))).await.status, StatusCode::OK);
        world.hand.advance(Duration::from_secs(60));
        assert_eq!(world.get("/settings", As::Bearer(&secret(&short))).await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(world.get("/settings", As::Bearer(&secret(&long))).await.status, StatusCode::OK);
        let path = format!("/tokens/{}", long.body["token"].as_str().unwrap());
        assert_eq!(world.delete(&path, owner.session()).await.status, StatusCode::NO_CONTENT);
        assert_eq!(world.get("/settings", As::Bearer(&secret(&long))).await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(world.delete(&path, owner.session()).await.status, StatusCode::NOT_FOUND);
        let leaves = world.leaves(owner.tenant).await;
        assert_eq!(leaves.iter().filter(|kind| *kind == "token-created").count(), 2);
        assert_eq!(leaves.iter().filter(|kind| *kind == "token-revoked").count(), 1);
    });
}

#[test]
fn a_token_gets_no_permission_that_its_maker_lacks() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        let maker = make(&world, &owner, json!({ "name": "maker", "kind": "api", "permissions": ["tokens:manage"] })).await;
        let maker = maker.body["secret"].as_str().unwrap();
        let more = json!({ "name": "more", "kind": "api", "permissions": ["devices:read"] });
        let refused = world.post("/tokens", As::Bearer(maker), world.with_end(more)).await;
        assert_eq!((refused.status, &refused.body["field"]), (StatusCode::FORBIDDEN, &json!("permissions")));
        let same = json!({ "name": "same", "kind": "api", "permissions": ["tokens:manage"] });
        assert_eq!(world.post("/tokens", As::Bearer(maker), world.with_end(same)).await.status, StatusCode::CREATED);
    });
}

#[test]
fn a_token_names_the_field_that_is_not_acceptable() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        let past = world.clock.now().to_string();
        for (field, token) in [
            ("name", json!({ "name": " ", "kind": "api", "permissions": ["devices:read"] })),
            ("permissions", json!({ "name": "a", "kind": "api" })),
            ("permissions", json!({ "name": "a", "kind": "api", "permissions": ["self:manage"] })),
            ("permissions", json!({ "name": "a", "kind": "telemetry", "permissions": ["devices:read"] })),
            ("permissions[1]", json!({ "name": "a", "kind": "api", "permissions": ["devices:read", "devices:eat"] })),
            ("expires_at", json!({ "name": "a", "kind": "telemetry", "expires_at": past })),
        ] {
            let refused = make(&world, &owner, token).await;
            assert_eq!((refused.status, &refused.body["field"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!(field)));
        }
    });
}

#[test]
fn tokens_are_listed_page_by_page() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        for number in 0..5 {
            make(&world, &owner, json!({ "name": format!("script {number}"), "kind": "telemetry" })).await;
        }
        let mut names = Vec::new();
        let mut path = "/tokens?limit=2".to_owned();
        loop {
            let page = world.get(&path, owner.session()).await.body;
            names.extend(page["items"].as_array().unwrap().iter().map(|token| token["name"].as_str().unwrap().to_owned()));
            let Some(next) = page["next"].as_str() else { break };
            path = format!("/tokens?limit=2&cursor={next}");
        }
        names.sort();
        assert_eq!(names, ["script 0", "script 1", "script 2", "script 3", "script 4"]);
    });
}

store::statements! {
    store = Identity;
    /// What is stored of every credential.
    DIGESTS = "SELECT token_digest FROM access_token UNION ALL SELECT token_digest FROM session \
        UNION ALL SELECT token_digest FROM enrolment_token UNION ALL SELECT link_digest FROM one_time_link"
        () -> (token_digest: Blob);
}

#[test]
fn promise_op_9_what_is_stored_of_credentials_opens_nothing() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        let api = make(&world, &owner, json!({ "name": "ci", "kind": "api", "permissions": ["settings:manage"] })).await;
        make(&world, &owner, json!({ "name": "script", "kind": "telemetry" })).await;
        let read = world.stores.identity().read(|tx| {
            let rows = tx.query(&DIGESTS, &[])?;
            rows.iter().map(|row| row.get(0)).collect::<Result<Vec<[u8; 32]>, store::StoreError>>()
        });
        let digests = read.await.unwrap();
        assert!(digests.len() >= 3, "a session and two tokens: {}", digests.len());
        for digest in digests {
            let random: [u8; RANDOM_BYTES] = digest[..RANDOM_BYTES].try_into().unwrap();
            let hexadecimal: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
            let kinds = TokenKind::ALL.into_iter().filter(|kind| !kind.is_self_contained());
            let made = kinds.map(|kind| Token::make(kind, random).expose().to_owned());
            for text in made.chain([hexadecimal]) {
                for presented in [Presented::Bearer(SecretText::new(text.clone())), Presented::Session(SecretText::new(text.clone()))] {
                    for access in [Access::Report, Access::Person(Permission::SettingsManage)] {
                        assert!(
                            world.identity.authenticate(&presented, access, kernel::Source::Unknown.into()).await.is_err(),
                            "{access:?}"
                        );
                    }
                }
            }
        }
        let presented = Presented::Bearer(SecretText::new(api.body["secret"].as_str().unwrap().to_owned()));
        assert!(
            world
                .identity
                .authenticate(&presented, Access::Person(Permission::SettingsManage), kernel::Source::Unknown.into())
                .await
                .is_ok(),
            "the token itself does"
        );
    });
}
