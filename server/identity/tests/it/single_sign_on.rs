//! Single sign-on as it goes when nobody tampers: accounts, groups, providers.

use std::time::Duration;

use axum::http::{Method, StatusCode};
use identity::preset::Preset;
use identity::single_sign_on::SignOnConfig;
use identity::single_sign_on::provider::{GROUP_ROLES_MAX, PROVIDERS_MAX};
use serde_json::{Value, json};

use crate::authenticator::{Authenticator, Key};
use crate::made_up_provider::{CLIENT_ID, CLIENT_SECRET, CameBack, MadeUpProvider, SUBJECT, Tampering};
use crate::passkeys::{add_passkey, sign_in as sign_in_by_passkey};
use crate::world::{As, Owner, PASSWORD, PUBLIC_URL, Reply, World, on_both_engines};

/// A browser that has begun to sign in.
pub(crate) struct Away {
    pub(crate) cookie: String,
    pub(crate) location: String,
}

/// A world with a provider that its host trusts, an owner, and the provider's id.
pub(crate) struct House {
    pub(crate) world: World,
    pub(crate) provider: MadeUpProvider,
    pub(crate) owner: Owner,
    pub(crate) id: String,
}

impl House {
    pub(crate) async fn with(world: World, rules: Value) -> Self {
        let provider = MadeUpProvider::start(world.clock.clone()).await;
        let world = world.trusting(provider.trusted());
        let owner = world.owner("Ada's fleet", "owner@example.org").await;
        let id = add(&world, &owner, &provider, rules).await;
        Self { world, provider, owner, id }
    }

    pub(crate) async fn begin(&self) -> Reply {
        self.world.post("/sign-on/begin", As::Nobody, json!({ "provider": self.id })).await
    }

    pub(crate) async fn away(&self) -> Away {
        away(self.begin().await)
    }

    pub(crate) async fn finish(&self, cookie: &str, back: &CameBack) -> Reply {
        self.finish_with(cookie, json!({ "provider": self.id, "state": back.state, "code": back.code, "issuer": self.provider.issuer }))
            .await
    }

    pub(crate) async fn finish_with(&self, cookie: &str, body: Value) -> Reply {
        self.world.post_with_cookie("/sign-on/finish", &format!("__Host-purser-attempt={cookie}"), body).await
    }

    /// To the provider and back.
    pub(crate) async fn sign_on(&self) -> Reply {
        let away = self.away().await;
        self.finish(&away.cookie, &self.provider.visit(&away.location)).await
    }

    async fn profile(&self, reply: &Reply) -> Value {
        let cookie = reply.cookie.as_deref().unwrap_or_else(|| panic!("{reply:?}"));
        self.world.get("/session", As::Session(cookie)).await.body
    }

    async fn change(&self, rules: Value) -> Reply {
        let code = self.world.next_code(&self.owner);
        let body = json!({ "rules": rules, "totp_code": code });
        self.world.call(Method::PUT, &format!("/sign-on/providers/{}", self.id), self.owner.session(), Some(body)).await
    }
}

pub(crate) fn away(begun: Reply) -> Away {
    let location = begun.body["location"].as_str().unwrap_or_else(|| panic!("{begun:?}")).to_owned();
    Away { cookie: begun.cookie.expect("a cookie"), location }
}

pub(crate) async fn add(world: &World, owner: &Owner, provider: &MadeUpProvider, rules: Value) -> String {
    let added = world.post("/sign-on/providers", owner.session(), request(world, owner, &provider.issuer, rules)).await;
    assert_eq!(added.status, StatusCode::CREATED, "{added:?}");
    added.body["provider"].as_str().expect("an id").to_owned()
}

fn request(world: &World, owner: &Owner, issuer: &str, rules: Value) -> Value {
    let code = world.next_code(owner);
    json!({ "issuer": issuer, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "rules": rules, "totp_code": code })
}

pub(crate) fn open_house() -> Value {
    json!({ "name": "Our directory", "takes_newcomers": true })
}

fn with_groups(groups: Value) -> Value {
    json!({ "name": "Our directory", "takes_newcomers": true, "groups": groups })
}

/// Invites somebody and gives the link's secret.
async fn invite(house: &House, roles: Value) -> String {
    let code = house.world.next_code(&house.owner);
    let invited =
        house.world.post("/invitations", house.owner.session(), json!({ "note": "Ada", "roles": roles, "totp_code": code })).await;
    let url = invited.body["url"].as_str().unwrap_or_else(|| panic!("{invited:?}"));
    url.split_once('#').expect("a secret").1.to_owned()
}

async fn accept(house: &House, link: &str) -> Reply {
    let begun = house.world.post("/sign-on/begin", As::Nobody, json!({ "provider": house.id, "link": link })).await;
    let away = away(begun);
    house.finish(&away.cookie, &house.provider.visit(&away.location)).await
}

#[test]
fn promise_or_11_somebody_is_found_by_the_providers_name_for_them_and_never_by_an_address() {
    on_both_engines(async |world| {
        let house = House::with(world, open_house()).await;
        // The provider tells the owner's address: that makes nobody the owner.
        house.provider.vouch_for(json!({ "sub": SUBJECT, "email": "owner@example.org" }), json!({}));
        let first = house.profile(&house.sign_on().await).await;
        assert_ne!(first["user"], house.world.get("/session", house.owner.session()).await.body["user"]);
        assert_eq!((&first["permissions"], &first["roles"]), (&json!(["self:manage"]), &json!([])), "a newcomer sees nothing");
        // The same person with another address is the same account.
        house.provider.vouch_for(json!({ "sub": SUBJECT, "email": "ada@example.com" }), json!({}));
        assert_eq!(house.profile(&house.sign_on().await).await["user"], first["user"]);
        // Another person with the same address is another one.
        house.provider.vouch_for(json!({ "sub": "somebody else", "email": "owner@example.org" }), json!({}));
        assert_ne!(house.profile(&house.sign_on().await).await["user"], first["user"]);
        let code = house.world.next_code(&house.owner);
        let by_password = house.world.sign_in("owner@example.org", PASSWORD, &code).await;
        assert_eq!(by_password.status, StatusCode::NO_CONTENT, "the address finds its own account only");
    });
}

#[test]
fn without_newcomers_whoever_was_not_invited_gets_no_account() {
    on_both_engines(async |world| {
        let house = House::with(world, json!({ "name": "Our directory" })).await;
        let refused = house.sign_on().await;
        assert_eq!((refused.status, refused.cookie.as_deref()), (StatusCode::FORBIDDEN, None), "{refused:?}");
        assert!(refused.body["type"].as_str().unwrap().ends_with("/sign-on-no-account"));
        assert_eq!(house.world.get("/people", house.owner.session()).await.body["items"].as_array().unwrap().len(), 1);
    });
}

#[test]
fn an_invitation_is_accepted_by_the_provider_once_and_gives_what_its_inviter_chose() {
    on_both_engines(async |world| {
        let house = House::with(world, json!({ "name": "Our directory" })).await;
        let link = invite(&house, json!([{ "role": "auditor" }])).await;
        let offer = house.world.post("/setup/begin", As::Nobody, json!({ "link": link })).await.body;
        assert_eq!(offer["sign_on"], json!([{ "provider": house.id, "name": "Our directory" }]));
        let profile = house.profile(&accept(&house, &link).await).await;
        assert_eq!(profile["roles"], json!([{ "role": "auditor" }]));
        let again = house.world.post("/sign-on/begin", As::Nobody, json!({ "provider": house.id, "link": link })).await;
        assert_eq!(again.status, StatusCode::GONE, "the link is used up");
        assert_eq!(house.profile(&house.sign_on().await).await["user"], profile["user"], "from now on the provider is enough");
        let second = invite(&house, json!([])).await;
        assert_eq!(accept(&house, &second).await.status, StatusCode::CONFLICT, "one account for one person");
    });
}

#[test]
fn an_owner_keeps_a_password_so_that_a_provider_shuts_no_organisation_out() {
    on_both_engines(async |world| {
        let house = House::with(world, open_house()).await;
        let link = invite(&house, json!([{ "role": "owner" }])).await;
        assert_eq!(house.world.post("/setup/begin", As::Nobody, json!({ "link": link })).await.body["sign_on"], json!([]));
        let refused = house.world.post("/sign-on/begin", As::Nobody, json!({ "provider": house.id, "link": link })).await;
        assert!(refused.body["type"].as_str().unwrap().ends_with("/owner-needs-password"), "{refused:?}");
        let user = house.profile(&house.sign_on().await).await["user"].as_str().unwrap().to_owned();
        let code = house.world.next_code(&house.owner);
        let body = json!({ "roles": [{ "role": "owner" }], "totp_code": code });
        let refused = house.world.call(Method::PUT, &format!("/people/{user}/roles"), house.owner.session(), Some(body)).await;
        assert!(refused.body["type"].as_str().unwrap().ends_with("/owner-needs-password"), "{refused:?}");
        let groups = with_groups(json!([{ "group": "all", "role": "owner" }]));
        assert_eq!(house.change(groups).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    });
}

#[test]
fn promise_or_11_what_groups_give_comes_and_goes_with_each_sign_in_and_leaves_what_somebody_gave() {
    on_both_engines(async |world| {
        let groups = json!([{ "group": "it", "role": "auditor" }, { "group": "desk", "role": "technician", "devices": "os:windows" }]);
        let house = House::with(world, with_groups(groups)).await;
        let tell =
            |groups: Value| house.provider.vouch_for(json!({ "sub": SUBJECT, "email": "ada@example.org", "groups": groups }), json!({}));
        let roles = async || house.profile(&house.sign_on().await).await["roles"].clone();
        tell(json!(["it", "desk", "other"]));
        assert_eq!(roles().await, json!([{ "role": "technician", "devices": "os:windows" }, { "role": "auditor" }]));
        let user = house.world.get("/people", house.owner.session()).await.body["items"].clone();
        let user = user.as_array().unwrap().iter().find(|person| person.get("roles_of_provider").is_some()).unwrap()["user"].clone();
        let path = format!("/people/{}", user.as_str().unwrap());
        let code = house.world.next_code(&house.owner);
        let body = json!({ "roles": [{ "role": "billing" }], "totp_code": code });
        let given = house.world.call(Method::PUT, &format!("{path}/roles"), house.owner.session(), Some(body)).await;
        assert_eq!(given.body["roles"], json!([{ "role": "billing" }]), "{given:?}");
        assert_eq!(given.body["roles_of_provider"].as_array().unwrap().len(), 2);
        tell(json!("it"));
        assert_eq!(roles().await, json!([{ "role": "auditor" }, { "role": "billing" }]), "one group as a text");
        tell(json!([]));
        assert_eq!(roles().await, json!([{ "role": "billing" }]));
        let changes = house.world.leaves(house.owner.tenant).await.iter().filter(|kind| *kind == "roles-changed").count();
        assert_eq!(changes, 4, "each change is told of, and nothing else");
    });
}

#[test]
fn what_a_token_lacks_is_asked_for_once_more() {
    on_both_engines(async |world| {
        let house = House::with(world, with_groups(json!([{ "group": "it", "role": "auditor" }]))).await;
        house.provider.vouch_for(json!({ "sub": SUBJECT }), json!({ "email": "ada@example.org", "groups": ["it"] }));
        let profile = house.profile(&house.sign_on().await).await;
        assert_eq!((&profile["email"], &profile["roles"]), (&json!("ada@example.org"), &json!([{ "role": "auditor" }])));
    });
}

#[test]
fn a_session_by_a_provider_has_the_presets_limits_and_does_nothing_that_takes_a_fresh_code() {
    on_both_engines(async |world| {
        let house = House::with(world, with_groups(json!([{ "group": "it", "role": "admin" }]))).await;
        house.provider.vouch_for(json!({ "sub": SUBJECT, "email": "ada@example.org", "groups": ["it"] }), json!({}));
        let cookie = house.sign_on().await.cookie.unwrap();
        let body = json!({ "note": "Eve", "totp_code": "000000" });
        let refused = house.world.post("/invitations", As::Session(&cookie), body).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{refused:?}");
        house.world.hand.advance(Preset::Nist.session_limits().idle);
        assert_eq!(house.world.get("/session", As::Session(&cookie)).await.status, StatusCode::UNAUTHORIZED);
    });
}

#[test]
fn where_single_sign_on_is_asked_for_a_password_lets_owners_in_only() {
    on_both_engines(async |world| {
        let house = House::with(world, open_house()).await;
        let link = invite(&house, json!([{ "role": "auditor" }])).await;
        let late = invite(&house, json!([{ "role": "auditor" }])).await;
        let set_up = async |link: &str, email: &str| {
            let secret = house.world.post("/setup/begin", As::Nobody, json!({ "link": link })).await.body["totp_secret"].clone();
            let secret = secret.as_str().unwrap().to_owned();
            let code = house.world.code(&secret);
            let body = json!({ "link": link, "email": email, "password": PASSWORD, "totp_code": code });
            (house.world.post("/setup/finish", As::Nobody, body).await, secret)
        };
        let (made, secret) = set_up(&link, "auditor@example.org").await;
        assert_eq!(made.status, StatusCode::NO_CONTENT);
        let auditor = Owner {
            tenant: house.owner.tenant,
            email: "auditor@example.org".to_owned(),
            totp_secret: secret.clone(),
            cookie: made.cookie.expect("a session"),
        };
        let mut passkey = Authenticator::new(Key::es256(), PUBLIC_URL);
        add_passkey(&house.world, &auditor, &mut passkey).await;
        let mut required = open_house();
        required["required"] = true.into();
        assert_eq!(house.change(required.clone()).await.status, StatusCode::OK);
        let code = house.world.code(&secret);
        let refused = house.world.sign_in("auditor@example.org", PASSWORD, &code).await;
        assert!(refused.body["type"].as_str().unwrap().ends_with("/sign-on-required"), "{refused:?}");
        let wrong = house.world.sign_in("auditor@example.org", "wrong horse battery staple", &code).await;
        assert!(wrong.body["type"].as_str().unwrap().ends_with("/sign-in-refused"), "only who has shown both factors is told");
        let code = house.world.next_code(&auditor);
        let change = json!({ "password": PASSWORD, "new_password": "another horse battery staple", "totp_code": code });
        let refused = house.world.call(Method::PUT, "/account/password", auditor.session(), Some(change)).await;
        assert!(refused.body["type"].as_str().unwrap().ends_with("/sign-on-required"), "a change begins a session: {refused:?}");
        let refused = sign_in_by_passkey(&house.world, &passkey).await;
        assert!(refused.body["type"].as_str().unwrap().ends_with("/sign-on-required"), "nor does a passkey: {refused:?}");
        let (refused, _) = set_up(&late, "late@example.org").await;
        assert!(refused.body["type"].as_str().unwrap().ends_with("/sign-on-required"), "{refused:?}");
        let code = house.world.next_code(&house.owner);
        assert_eq!(house.world.sign_in(&house.owner.email, PASSWORD, &code).await.status, StatusCode::NO_CONTENT, "an owner");
        house.world.identity.release_sign_on(house.owner.tenant).await.unwrap();
        house.world.hand.advance(Duration::from_secs(30));
        let code = house.world.code(&secret);
        assert_eq!(house.world.sign_in("auditor@example.org", PASSWORD, &code).await.status, StatusCode::NO_CONTENT, "released");
        assert_eq!(sign_in_by_passkey(&house.world, &passkey).await.status, StatusCode::NO_CONTENT);
    });
}

#[test]
fn a_provider_that_is_removed_lets_nobody_in_and_its_people_are_out() {
    on_both_engines(async |world| {
        let house = House::with(world, open_house()).await;
        let cookie = house.sign_on().await.cookie.unwrap();
        let away = house.away().await;
        let code = house.world.next_code(&house.owner);
        let path = format!("/sign-on/providers/{}/remove", house.id);
        let wrong = house.world.post(&path, house.owner.session(), json!({ "totp_code": "000000" })).await;
        assert_eq!(wrong.status, StatusCode::FORBIDDEN);
        let removed = house.world.post(&path, house.owner.session(), json!({ "totp_code": code })).await;
        assert_eq!(removed.status, StatusCode::NO_CONTENT, "{removed:?}");
        assert_eq!(house.world.get("/session", As::Session(&cookie)).await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(house.finish(&away.cookie, &house.provider.visit(&away.location)).await.status, StatusCode::GONE);
        assert_eq!(house.begin().await.status, StatusCode::NOT_FOUND);
        assert_eq!(house.world.get("/sign-on/providers", house.owner.session()).await.body["items"], json!([]));
    });
}

#[test]
fn a_client_secret_is_shown_to_nobody_and_stays_when_rules_change() {
    on_both_engines(async |world| {
        let house = House::with(world, open_house()).await;
        let listed = house.world.get("/sign-on/providers", house.owner.session()).await.body;
        assert_eq!(listed["items"][0]["has_secret"], json!(true));
        assert_eq!(listed["items"][0]["redirect_uri"], json!(format!("https://purser.example/sign-in/{}/back", house.id)));
        assert!(!listed.to_string().contains(CLIENT_SECRET));
        assert_eq!(house.change(json!({ "name": "Directory", "takes_newcomers": true })).await.status, StatusCode::OK);
        assert_eq!(house.sign_on().await.status, StatusCode::NO_CONTENT);
    });
}

#[test]
fn providers_are_an_organisations_own_and_their_number_has_a_limit() {
    on_both_engines(async |world| {
        let house = House::with(world, open_house()).await;
        let stranger = house.world.owner("Eve's fleet", "eve@example.com").await;
        let code = house.world.next_code(&stranger);
        for (method, path, body) in [
            (Method::PUT, format!("/sign-on/providers/{}", house.id), json!({ "rules": open_house(), "totp_code": code })),
            (Method::POST, format!("/sign-on/providers/{}/check", house.id), json!({})),
            (Method::POST, format!("/sign-on/providers/{}/remove", house.id), json!({ "totp_code": code })),
        ] {
            assert_eq!(house.world.call(method, &path, stranger.session(), Some(body)).await.status, StatusCode::NOT_FOUND, "{path}");
        }
        assert_eq!(house.world.get("/sign-on/providers", stranger.session()).await.body["items"], json!([]));
        for _ in 1..PROVIDERS_MAX {
            add(&house.world, &house.owner, &house.provider, open_house()).await;
        }
        let body = request(&house.world, &house.owner, &house.provider.issuer, open_house());
        assert_eq!(house.world.post("/sign-on/providers", house.owner.session(), body).await.status, StatusCode::CONFLICT);
    });
}

#[test]
fn rules_that_cannot_be_kept_are_refused_with_their_field() {
    on_both_engines(async |world| {
        let house = House::with(world, open_house()).await;
        let rows = |number: usize| vec![json!({ "group": "it", "role": "auditor" }); number];
        for (field, rules) in [
            ("name", json!({ "name": "" })),
            ("scopes", json!({ "name": "a", "scopes": ["two words"] })),
            ("scopes", json!({ "name": "a", "scopes": vec!["one"; 9] })),
            ("groups_claim", json!({ "name": "a", "groups_claim": "" })),
            ("groups", with_groups(json!([{ "group": "", "role": "auditor" }]))),
            ("groups", with_groups(rows(GROUP_ROLES_MAX + 1).into())),
            ("roles", with_groups(json!([{ "group": "it", "role": "auditor", "devices": "os:windows)(" }]))),
        ] {
            let refused = house.change(rules).await;
            assert_eq!((refused.status, &refused.body["field"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!(field)), "{refused:?}");
        }
        assert_eq!(house.change(with_groups(rows(GROUP_ROLES_MAX).into())).await.status, StatusCode::OK);
        for issuer in ["http://id.example.org", "https://id.example.org?a=b", "id.example.org"] {
            let body = request(&house.world, &house.owner, issuer, open_house());
            let refused = house.world.post("/sign-on/providers", house.owner.session(), body).await;
            assert_eq!((refused.status, &refused.body["field"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("issuer")));
        }
    });
}

#[test]
fn a_check_says_in_a_word_what_is_wrong() {
    on_both_engines(async |world| {
        let house = House::with(world, open_house()).await;
        let path = format!("/sign-on/providers/{}/check", house.id);
        let check = async || house.world.post(&path, house.owner.session(), json!({})).await.body["fault"].clone();
        assert_eq!(check().await, Value::Null);
        house.provider.tamper(Tampering {
            discovery: Some(Box::new(|told| told["issuer"] = "https://other.example".into())),
            ..Tampering::default()
        });
        assert_eq!(check().await, json!("discovery-issuer"));
        house.provider.tamper(Tampering::default());
        let authorities = Some(house.provider.authorities.clone());
        let world = house.world.trusting(SignOnConfig { inside_issuers: Vec::new(), authorities, is_offline: false });
        let checked = world.post(&path, house.owner.session(), json!({})).await;
        assert_eq!(checked.body["fault"], json!("not-public"), "no host has named it");
        let inside_issuers = house.provider.trusted().inside_issuers;
        let world = world.trusting(SignOnConfig { inside_issuers, authorities: None, is_offline: false });
        let checked = world.post(&path, house.owner.session(), json!({})).await;
        assert_eq!(checked.body["fault"], json!("certificate"), "the system does not know its authority");
        let world = world.trusting(SignOnConfig { is_offline: true, ..SignOnConfig::default() });
        assert_eq!(world.post(&path, house.owner.session(), json!({})).await.body["fault"], json!("offline"));
    });
}

#[test]
fn an_address_that_a_provider_told_is_found_by_nobody_after_an_import_either() {
    on_both_engines(async |world| {
        let index = |totp_step: i64| {
            let raw = |value: Value| serde_json::value::to_raw_value(&value).unwrap();
            let row = [("email".to_owned(), raw(json!("ada@example.org"))), ("totp_step".to_owned(), raw(json!(totp_step)))];
            match world.identity.stand_in("user_account", "email_index", &row.into()).unwrap() {
                Some(trust::StandIn::Stored(value)) => format!("{value:?}"),
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(index(7), index(8), "the control: an address of the own is found");
        assert_ne!(index(i64::MAX), index(7));
        assert_ne!(index(i64::MAX), index(i64::MAX), "and two of the same are no conflict");
    });
}

#[test]
fn a_provider_that_is_changed_while_it_is_asked_lets_nobody_in() {
    on_both_engines(async |world| {
        let mut rules = open_house();
        rules["required"] = true.into();
        let house = House::with(world, rules).await;
        assert_eq!(house.sign_on().await.status, StatusCode::NO_CONTENT, "the control: unchanged, somebody who comes again");
        for is_known in [true, false] {
            if !is_known {
                house.provider.vouch_for(json!({ "sub": "eve", "email": "eve@example.org" }), json!({}));
            }
            let mut required = open_house();
            required["required"] = true.into();
            assert_eq!(house.change(required).await.status, StatusCode::OK);
            let (identity, tenant) = (house.world.identity.clone(), house.owner.tenant);
            let release = move |_claims: &mut Value| {
                let runtime = tokio::runtime::Handle::current();
                tokio::task::block_in_place(|| runtime.block_on(identity.release_sign_on(tenant))).expect("released");
            };
            house.provider.tamper(Tampering { claims: Some(Box::new(release)), ..Tampering::default() });
            let refused = house.sign_on().await;
            house.provider.tamper(Tampering::default());
            assert_eq!(refused.cookie, None, "{refused:?}");
            assert!(refused.body["type"].as_str().unwrap().ends_with("/sign-on-expired"), "{refused:?}");
        }
        assert_eq!(house.sign_on().await.status, StatusCode::NO_CONTENT, "and once more it is well");
    });
}
