//! Keys of programs: whose they are, how long, on which devices and from where they work, and how their secret is changed.

use std::time::Duration;

use axum::http::{Method, StatusCode};
use identity::network::Networks;
use identity::role::Role;
use identity::single_sign_on::SignOnConfig;
use identity::token::{NewToken, TOKEN_NETWORKS_MAX, TOKEN_SELECTORS_MAX, TokenKind};
use identity::{Identity, IdentityConfig, IdentityError};
use kernel::{Access, Actor, Authenticator as _, Denied, DeviceScope, Permission, Presented, ScopeMint, SecretText, Source, UserId};
use serde_json::{Value, json};
use store::params;
use web::PeerInfo;

use crate::people::{change, id_of, person};
use crate::world::{As, Owner, PUBLIC_URL, Reply, Words, World, on_both_engines};

const DAY: Duration = Duration::from_secs(86_400);
const SETTINGS: Access = Access::Person(Permission::SettingsManage);
const DEVICES: Access = Access::Person(Permission::DevicesRead);

pub(crate) fn peer(address: &str) -> PeerInfo {
    PeerInfo::Network(std::net::SocketAddr::new(address.parse().expect("an address"), 40_404))
}

fn source(address: &str) -> Source {
    Source::Network(address.parse().expect("an address"))
}

pub(crate) async fn key(world: &World, by: &Owner, more: Value) -> Reply {
    let mut token = world.with_end(json!({ "name": "ci", "kind": "api", "permissions": ["settings:manage"] }));
    token.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    world.post("/tokens", by.session(), token).await
}

pub(crate) fn secret(made: &Reply) -> String {
    made.body["secret"].as_str().unwrap_or_else(|| panic!("{made:?}")).to_owned()
}

async fn scope_of(identity: &Identity, secret: &str, access: Access, source: Source) -> Result<DeviceScope, Denied> {
    let presented = Presented::Bearer(SecretText::new(secret.to_owned()));
    Ok(identity.authenticate(&presented, access, source.into()).await?.devices().clone())
}

async fn rotate(world: &World, by: &Owner, token: &Value, expires_in: Duration, overlap: Duration) -> Reply {
    let path = format!("/tokens/{}/rotate", token.as_str().expect("an id"));
    let expires_at = world.clock.now().plus(expires_in).to_string();
    world.post(&path, by.session(), json!({ "expires_at": expires_at, "overlap_seconds": overlap.as_secs() })).await
}

async fn listed(world: &World, by: &Owner, token: &Value) -> Value {
    let tokens = world.get("/tokens?limit=1000", by.session()).await;
    tokens.body["items"].as_array().expect("a page").iter().find(|one| one["token"] == *token).cloned().expect("it is listed")
}

#[test]
fn an_api_key_has_an_end_that_is_not_later_than_its_tenant_allows() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        let ending = async |expires_at: Value| {
            let token = json!({ "name": "ci", "kind": "api", "permissions": ["settings:manage"], "expires_at": expires_at });
            let made = world.post("/tokens", owner.session(), token).await;
            (made.status, made.body["field"].clone())
        };
        let refused = (StatusCode::UNPROCESSABLE_ENTITY, json!("expires_at"));
        let at = |days: u64, more: Duration| json!(world.clock.now().plus(DAY * u32::try_from(days).expect("few")).plus(more).to_string());
        assert_eq!(ending(Value::Null).await, refused, "never");
        let slack = identity::access_policy::EXPIRY_SLACK;
        assert_eq!(ending(at(365, slack)).await.0, StatusCode::CREATED);
        assert_eq!(ending(at(365, slack + Duration::from_secs(1))).await, refused);
        let code = world.next_code(&owner);
        let policy = json!({ "token_days_max": 30, "networks": { "people": [], "api": [], "agents": [] }, "totp_code": code });
        assert_eq!(world.call(Method::PUT, "/access-policy", owner.session(), Some(policy)).await.status, StatusCode::OK);
        assert_eq!(ending(at(30, Duration::ZERO)).await.0, StatusCode::CREATED);
        assert_eq!(ending(at(31, Duration::ZERO)).await, refused);
        let script = world.post("/tokens", owner.session(), json!({ "name": "script", "kind": "telemetry" })).await;
        assert_eq!(script.status, StatusCode::CREATED, "a script may go on until it is revoked");
    });
}

#[test]
fn a_key_is_listed_with_whose_it_is_and_where_it_works() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        let limits = json!({ "permissions": ["devices:read"], "devices": ["os:windows", "os:linux", "os:windows"],
            "networks": ["198.51.100.7", "192.0.2.0/24", "192.0.2.0/24"] });
        let made = key(&world, &owner, limits).await;
        let shown = listed(&world, &owner, &made.body["token"]).await;
        assert_eq!(shown["owner"], json!(id_of(&world, &owner).await));
        assert_eq!(shown["devices"], json!(["os:linux", "os:windows"]));
        assert_eq!(shown["networks"], json!(["192.0.2.0/24", "198.51.100.7"]));
        assert_eq!((&shown["standing"], &shown["shared_at"]), (&json!("working"), &Value::Null));
    });
}

#[test]
fn promise_or_15_a_key_reaches_its_devices_and_works_from_its_networks_only() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        let limits = json!({ "permissions": ["devices:read"], "devices": ["os:windows"], "networks": ["192.0.2.0/24"] });
        let made = secret(&key(&world, &owner, limits).await);
        let windows = DeviceScope::AnyOf(["os:windows".into()].into());
        assert_eq!(scope_of(&world.identity, &made, DEVICES, source("192.0.2.9")).await, Ok(windows));
        for elsewhere in [source("192.0.3.9"), source("2001:db8::1"), Source::Unknown] {
            assert_eq!(scope_of(&world.identity, &made, DEVICES, elsewhere).await, Err(Denied::Source));
            assert_eq!(scope_of(&world.identity, &made, SETTINGS, elsewhere).await, Err(Denied::Source), "nor is more told of it");
        }
        let answer = world.call_from(peer("192.0.3.9"), Method::GET, "/settings", As::Bearer(&made), None).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
        assert_eq!(answer.body["type"], "https://purser.dev/problems/source-not-allowed");
        world.hand.advance(DAY);
        assert_eq!(scope_of(&world.identity, &made, DEVICES, source("192.0.3.9")).await, Err(Denied::Source), "nor that it has expired");
        assert_eq!(scope_of(&world.identity, &made, DEVICES, source("192.0.2.9")).await, Err(Denied::Unauthenticated));
    });
}

#[test]
fn a_key_on_some_devices_has_no_permission_that_is_the_whole_organisations() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        let many: Vec<String> = (0..=TOKEN_SELECTORS_MAX).map(|number| format!("os:{number}")).collect();
        for (field, limits) in [
            ("permissions", json!({ "devices": ["os:windows"] })),
            ("devices", json!({ "permissions": ["devices:read"], "devices": ["os:(windows"] })),
            ("devices", json!({ "permissions": ["devices:read"], "devices": [] })),
            ("devices", json!({ "permissions": ["devices:read"], "devices": many })),
            ("devices", json!({ "kind": "telemetry", "permissions": [], "devices": ["os:windows"] })),
            ("networks[1]", json!({ "networks": ["192.0.2.0/24", "192.0.2.1/24"] })),
        ] {
            let refused = key(&world, &owner, limits).await;
            assert_eq!((refused.status, &refused.body["field"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!(field)), "{refused:?}");
        }
        let most = json!({ "permissions": ["devices:read"], "devices": many[1..] });
        assert_eq!(key(&world, &owner, most).await.status, StatusCode::CREATED);
    });
}

#[test]
fn a_key_loses_what_its_owner_loses_in_the_next_request_and_is_listed_so() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        let bob = person(&world, &owner, "bob@example.org", json!([{ "role": "admin" }])).await;
        let made = key(&world, &bob, json!({ "permissions": ["settings:manage", "devices:read"] })).await;
        let (token, made) = (made.body["token"].clone(), secret(&made));
        let bobs_id = id_of(&world, &bob).await;
        let here = Source::Unknown;
        assert_eq!(scope_of(&world.identity, &made, SETTINGS, here).await, Ok(DeviceScope::All));
        for (roles, settings, devices, standing) in [
            (json!([{ "role": "auditor" }]), Err(Denied::Forbidden), Ok(DeviceScope::All), "reduced"),
            (
                json!([{ "role": "technician", "devices": "os:linux" }]),
                Err(Denied::Forbidden),
                Ok(DeviceScope::AnyOf(["os:linux".into()].into())),
                "reduced",
            ),
            (json!([]), Err(Denied::Forbidden), Err(Denied::Forbidden), "orphaned"),
            (json!([{ "role": "admin" }]), Ok(DeviceScope::All), Ok(DeviceScope::All), "working"),
        ] {
            assert_eq!(change(&world, &owner, &bobs_id, roles.clone()).await.status, StatusCode::OK);
            assert_eq!(scope_of(&world.identity, &made, SETTINGS, here).await, settings, "{roles}");
            assert_eq!(scope_of(&world.identity, &made, DEVICES, here).await, devices, "{roles}");
            assert_eq!(listed(&world, &owner, &token).await["standing"], standing, "{roles}");
        }
    });
}

#[test]
fn a_key_without_an_owner_goes_on_and_one_whose_owner_is_gone_opens_nothing_until_somebody_takes_it_over() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        let made = key(&world, &owner, json!({})).await;
        let (token, before) = (made.body["token"].clone(), secret(&made));
        world.set_owner(&token, None).await;
        assert_eq!(scope_of(&world.identity, &before, SETTINGS, Source::Unknown).await, Ok(DeviceScope::All));
        let shown = listed(&world, &owner, &token).await;
        assert_eq!((&shown["owner"], &shown["standing"]), (&Value::Null, &json!("working")));
        world.set_owner(&token, Some(UserId::from_random(77))).await;
        assert_eq!(scope_of(&world.identity, &before, SETTINGS, Source::Unknown).await, Err(Denied::Forbidden));
        assert_eq!(listed(&world, &owner, &token).await["standing"], "orphaned");
        let after = rotate(&world, &owner, &token, DAY, Duration::ZERO).await;
        assert_eq!(after.body["owner"], json!(id_of(&world, &owner).await));
        assert_eq!(scope_of(&world.identity, &secret(&after), SETTINGS, Source::Unknown).await, Ok(DeviceScope::All));
        assert_eq!(scope_of(&world.identity, &before, SETTINGS, Source::Unknown).await, Err(Denied::Unauthenticated));
    });
}

#[test]
fn who_is_limited_to_devices_makes_keys_for_the_own_selectors_only() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        let bob = person(&world, &owner, "bob@example.org", json!([{ "role": "technician", "devices": "os:windows" }])).await;
        let bobs_id: UserId = id_of(&world, &bob).await.parse().expect("an id");
        let scope = world.identity.mint().mint(owner.tenant, Actor::User(bobs_id), Role::Technician.permissions(), DeviceScope::None);
        let make = async |devices: Option<&[&str]>| {
            let new = NewToken {
                name: "ci".parse().expect("a name"),
                kind: TokenKind::Api,
                permissions: vec![Permission::DevicesRead],
                devices: devices.map(|selectors| selectors.iter().map(ToString::to_string).collect()),
                networks: Networks::default(),
                expires_at: Some(world.clock.now().plus(DAY)),
                requires_certificate: false,
            };
            world.identity.create_token(&scope, new).await
        };
        assert!(make(Some(&["os:windows"])).await.is_ok());
        for more in [None, Some(["os:linux"].as_slice()), Some(["os:linux", "os:windows"].as_slice())] {
            assert!(matches!(make(more).await, Err(IdentityError::MorePermissionThanOwn)), "{more:?}");
        }
    });
}

#[test]
fn a_key_is_rotated_while_the_secret_before_goes_on_for_the_overlap() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        let made = key(&world, &owner, json!({})).await;
        let (token, first) = (made.body["token"].clone(), secret(&made));
        let works = async |secret: &str| scope_of(&world.identity, secret, SETTINGS, Source::Unknown).await;
        let rotated = rotate(&world, &owner, &token, DAY * 30, Duration::from_secs(600)).await;
        assert_eq!(rotated.status, StatusCode::OK, "{rotated:?}");
        let second = secret(&rotated);
        assert_ne!(first, second);
        assert_eq!((works(&first).await, works(&second).await), (Ok(DeviceScope::All), Ok(DeviceScope::All)));
        assert_eq!(listed(&world, &owner, &token).await["retiring_until"], rotated.body["retiring_until"]);
        world.hand.advance(Duration::from_secs(600));
        assert_eq!((works(&first).await, works(&second).await), (Err(Denied::Unauthenticated), Ok(DeviceScope::All)));
        assert_eq!(listed(&world, &owner, &token).await["retiring_until"], Value::Null);
        let third = secret(&rotate(&world, &owner, &token, DAY * 30, DAY).await);
        let fourth = secret(&rotate(&world, &owner, &token, DAY * 30, DAY).await);
        assert_eq!(works(&second).await, Err(Denied::Unauthenticated), "the one before the one before");
        assert_eq!((works(&third).await, works(&fourth).await), (Ok(DeviceScope::All), Ok(DeviceScope::All)));
        let leaked = secret(&rotate(&world, &owner, &token, DAY * 30, Duration::ZERO).await);
        assert_eq!((works(&fourth).await, works(&leaked).await), (Err(Denied::Unauthenticated), Ok(DeviceScope::All)));
        assert_eq!(world.leaves(owner.tenant).await.iter().filter(|kind| *kind == "token-rotated").count(), 4);
    });
}

#[test]
fn an_overlap_ends_with_the_life_that_the_secret_had_and_lasts_seven_days_at_most() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        let made = key(&world, &owner, json!({})).await;
        let (token, first) = (made.body["token"].clone(), secret(&made));
        let week = DAY * 7;
        let refused = rotate(&world, &owner, &token, DAY * 30, week + Duration::from_secs(1)).await;
        assert_eq!((refused.status, &refused.body["field"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("overlap_seconds")));
        let path = format!("/tokens/{}/rotate", token.as_str().expect("an id"));
        let endless = world.post(&path, owner.session(), json!({})).await;
        assert_eq!((endless.status, &endless.body["field"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("expires_at")));
        let second = secret(&rotate(&world, &owner, &token, DAY * 30, week).await);
        world.hand.advance(DAY);
        assert_eq!(scope_of(&world.identity, &first, SETTINGS, Source::Unknown).await, Err(Denied::Unauthenticated), "it had a day");
        assert!(scope_of(&world.identity, &second, SETTINGS, Source::Unknown).await.is_ok());
    });
}

#[test]
fn who_may_less_than_a_key_neither_rotates_nor_changes_it_but_may_revoke_it() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        let bob = person(&world, &owner, "bob@example.org", json!([{ "role": "admin" }])).await;
        let made = key(&world, &owner, json!({ "permissions": ["erasure:manage"] })).await;
        let token = made.body["token"].clone();
        let path = format!("/tokens/{}", token.as_str().expect("an id"));
        assert_eq!(rotate(&world, &bob, &token, DAY, Duration::ZERO).await.status, StatusCode::FORBIDDEN);
        let change = Some(json!({ "networks": [] }));
        assert_eq!(world.call(Method::PATCH, &path, bob.session(), change.clone()).await.status, StatusCode::FORBIDDEN);
        assert_eq!(world.call(Method::PATCH, &path, owner.session(), change).await.status, StatusCode::OK, "the control");
        assert_eq!(world.delete(&path, bob.session()).await.status, StatusCode::NO_CONTENT);
    });
}

#[test]
fn a_change_of_networks_holds_in_the_next_request() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        let made = key(&world, &owner, json!({})).await;
        let path = format!("/tokens/{}", made.body["token"].as_str().expect("an id"));
        let works = async || scope_of(&world.identity, &secret(&made), SETTINGS, source("192.0.2.9")).await;
        let change = async |to: Value| world.call(Method::PATCH, &path, owner.session(), Some(to)).await;
        assert!(works().await.is_ok());
        assert_eq!(change(json!({ "networks": ["198.51.100.0/24"], "name": "robot" })).await.body["name"], "robot");
        assert_eq!(works().await, Err(Denied::Source));
        assert_eq!(change(json!({ "networks": [] })).await.body["name"], "robot", "what is absent stays");
        assert!(works().await.is_ok());
    });
}

#[test]
fn promise_or_15_what_was_revoked_is_dead_on_every_node_in_the_next_request() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        let config =
            IdentityConfig { selectors: std::sync::Arc::new(Words), public_url: PUBLIC_URL.to_owned(), sign_on: SignOnConfig::default() };
        let other = Identity::open(&world.stores, &world.trust, ScopeMint::for_app(), config).expect("a second node");
        let made = key(&world, &owner, json!({})).await;
        let (token, made) = (made.body["token"].clone(), secret(&made));
        assert!(scope_of(&other, &made, SETTINGS, Source::Unknown).await.is_ok());
        let second = secret(&rotate(&world, &owner, &token, DAY, Duration::ZERO).await);
        assert_eq!(scope_of(&other, &made, SETTINGS, Source::Unknown).await, Err(Denied::Unauthenticated), "rotated");
        assert!(scope_of(&other, &second, SETTINGS, Source::Unknown).await.is_ok());
        let path = format!("/tokens/{}", token.as_str().expect("an id"));
        assert_eq!(world.delete(&path, owner.session()).await.status, StatusCode::NO_CONTENT);
        assert_eq!(scope_of(&other, &second, SETTINGS, Source::Unknown).await, Err(Denied::Unauthenticated), "revoked");
    });
}

#[test]
fn promise_or_15_a_key_that_is_used_from_many_networks_within_an_hour_is_marked_and_told_of_once() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        let made = key(&world, &owner, json!({})).await;
        let (token, made) = (made.body["token"].clone(), secret(&made));
        let told = async || world.leaves(owner.tenant).await.iter().filter(|kind| *kind == "token-shared").count();
        let from = async |network: i64, host: u8| {
            let _ = scope_of(&world.identity, &made, SETTINGS, source(&format!("10.0.{network}.{host}"))).await.expect("it works");
        };
        for network in 0..TOKEN_NETWORKS_MAX {
            for host in [1, 2] {
                from(network, host).await;
            }
        }
        assert_eq!((told().await, &listed(&world, &owner, &token).await["shared_at"]), (0, &Value::Null), "as many as may be");
        world.hand.advance(Duration::from_secs(3_600));
        from(90, 1).await;
        assert_eq!(told().await, 0, "within the hour there is one");
        for network in 1..TOKEN_NETWORKS_MAX {
            from(network, 1).await;
        }
        assert_eq!(told().await, 0, "as many as may be");
        from(91, 1).await;
        assert_eq!(told().await, 1, "one more");
        from(92, 1).await;
        assert_eq!(told().await, 1, "once");
        assert!(listed(&world, &owner, &token).await["shared_at"].is_string());
        let path = format!("/tokens/{}", token.as_str().expect("an id"));
        let renamed = world.call(Method::PATCH, &path, owner.session(), Some(json!({ "name": "deploy" }))).await;
        assert!(renamed.body["shared_at"].is_string() && listed(&world, &owner, &token).await["shared_at"].is_string(), "{renamed:?}");
        rotate(&world, &owner, &token, DAY, DAY).await;
        assert_eq!(listed(&world, &owner, &token).await["shared_at"], Value::Null);
    });
}

store::statements! {
    store = Identity;
    /// Gives a token another owner, as a store of before or an erasure leaves it.
    SET_OWNER = "UPDATE access_token SET owner_id = $2 WHERE token_id = $1" (BigInt, BigInt);
    /// All that is stored of where keys were used.
    SEEN = "SELECT network_index FROM token_network" () -> (network_index: Blob);
}

impl World {
    async fn set_owner(&self, token: &Value, owner: Option<UserId>) {
        let token: kernel::TokenId = token.as_str().expect("an id").parse().expect("an id");
        self.stores.identity().write(move |tx| tx.execute(&SET_OWNER, &params![token, owner])).await.expect("written");
    }
}

#[test]
fn of_an_address_a_keyed_hash_of_its_network_is_stored_another_for_each_key() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        for _ in 0..2 {
            let made = secret(&key(&world, &owner, json!({})).await);
            for host in ["203.0.113.77", "203.0.113.78"] {
                assert!(scope_of(&world.identity, &made, SETTINGS, source(host)).await.is_ok());
            }
        }
        let read = world.stores.identity().read(|tx| {
            let rows = tx.query(&SEEN, &[])?;
            rows.iter().map(|row| row.get(0)).collect::<Result<Vec<[u8; 32]>, store::StoreError>>()
        });
        let seen = read.await.expect("read");
        assert_eq!(seen.len(), 2);
        assert_ne!(seen[0], seen[1]);
    });
}

#[test]
fn what_a_key_gives_ends_with_it_works_from_its_networks_and_takes_nobodys_key_away() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        let at = |days: u32| json!(world.clock.now().plus(DAY * days).to_string());
        let limits = json!({ "permissions": ["tokens:manage", "settings:manage"], "networks": ["192.0.2.0/24"], "expires_at": at(30) });
        let made = key(&world, &owner, limits).await;
        let (itself, by) = (made.body["token"].as_str().expect("an id").to_owned(), secret(&made));
        let ask = async |method: Method, path: String, body: Value| {
            let answer = world.call_from(peer("192.0.2.9"), method, &path, As::Bearer(&by), Some(body)).await;
            (answer.status.as_u16(), answer.body["field"].as_str().unwrap_or_default().to_owned())
        };
        let child = async |networks: Value, days: u32| {
            let child = json!({ "name": "child", "kind": "api", "permissions": ["settings:manage"], "networks": networks,
                "expires_at": at(days) });
            ask(Method::POST, "/tokens".to_owned(), child).await
        };
        let refused = |field: &str| (422, field.to_owned());
        assert_eq!(child(json!(["192.0.2.0/25", "192.0.2.200"]), 30).await, (201, String::new()));
        assert_eq!(child(json!(["192.0.2.0/24"]), 31).await, refused("expires_at"), "longer than itself");
        for wider in [json!([]), json!(["192.0.0.0/16"]), json!(["192.0.2.0/24", "198.51.100.7"]), json!(["::/1"])] {
            assert_eq!(child(wider.clone(), 30).await, refused("networks"), "{wider}");
            let change = ask(Method::PATCH, format!("/tokens/{itself}"), json!({ "networks": wider })).await;
            assert_eq!(change, refused("networks"), "nor of itself");
        }
        assert_eq!(ask(Method::PATCH, format!("/tokens/{itself}"), json!({ "name": "narrow", "networks": ["192.0.2.9"] })).await.0, 200);
        let rotate = async |token: &str, days: u32| {
            ask(Method::POST, format!("/tokens/{token}/rotate"), json!({ "expires_at": at(days), "overlap_seconds": 60 })).await
        };
        let others = key(&world, &owner, json!({})).await.body["token"].clone();
        assert_eq!(rotate(others.as_str().expect("an id"), 30).await, refused("networks"), "its secret would work from everywhere");
        assert_eq!(rotate(&itself, 31).await, refused("expires_at"));
        assert_eq!(rotate(&itself, 30).await.0, 200, "within its own end");
        // The host made this one: nobody answers for it.
        let limits = json!({ "permissions": ["tokens:manage", "settings:manage"], "expires_at": at(30) });
        let hosts = key(&world, &owner, limits).await;
        world.set_owner(&hosts.body["token"], None).await;
        let path = format!("/tokens/{}/rotate", others.as_str().expect("an id"));
        let body = json!({ "expires_at": at(30), "overlap_seconds": 0 });
        assert_eq!(world.post(&path, As::Bearer(&secret(&hosts)), body).await.status, StatusCode::OK);
        assert_eq!(listed(&world, &owner, &others).await["owner"], json!(id_of(&world, &owner).await));
        let by_a_person = json!({ "networks": [] });
        let path = format!("/tokens/{itself}");
        assert_eq!(world.call(Method::PATCH, &path, owner.session(), Some(by_a_person)).await.status, StatusCode::OK, "a person may");
    });
}

#[test]
fn a_key_is_renamed_without_a_word_of_its_networks() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        let made = key(&world, &owner, json!({ "networks": ["192.0.2.0/24"] })).await;
        let path = format!("/tokens/{}", made.body["token"].as_str().expect("an id"));
        let rename = async |change: Value| world.call(Method::PATCH, &path, owner.session(), Some(change)).await.status;
        assert_eq!(rename(json!({ "name": "deploy" })).await, StatusCode::OK);
        assert_eq!(rename(json!({ "networks": ["198.51.100.7"] })).await, StatusCode::OK);
        let shown = listed(&world, &owner, &made.body["token"]).await;
        assert_eq!((&shown["name"], &shown["networks"]), (&json!("deploy"), &json!(["198.51.100.7"])));
    });
}
