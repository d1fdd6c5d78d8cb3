//! A house with identity in it, and a client for its routes.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, StatusCode, header, request};
use identity::single_sign_on::SignOnConfig;
use identity::{Identity, IdentityConfig};
use kernel::{ClientCertificate, Clock, KeyRing, ManualClock, Scope, ScopeMint, SelectorLanguage, SystemWork, TenantId};
use serde_json::{Value, json};
use store::testing::{TestEnv, both_engines};
use store::{Schema, Stores, params};
use tower::ServiceExt as _;
use trust::{RootKey, Trust};
use web::{PeerInfo, RouteEntry, Web};

use crate::totp;

store::statements! {
    store = Tenant;
    /// What was done in a tenant.
    LEAVES = "SELECT kind FROM ledger_leaf WHERE tenant_id = $1 ORDER BY recorded_at, kind" (BigInt) -> (kind: Text);
}

mod of_the_instance {
    store::statements! {
        store = System;
        /// What was done in the instance.
        LEAVES = "SELECT kind FROM instance_ledger_leaf ORDER BY recorded_at, kind" () -> (kind: Text);
    }
}

pub(crate) const PASSWORD: &str = "correct horse battery staple";
pub(crate) const PUBLIC_URL: &str = "https://purser.example";

/// Stands for the language of selectors, which lies above: a text without parentheses is one.
#[derive(Debug)]
pub(crate) struct Words;

impl SelectorLanguage for Words {
    fn of_role(&self, text: &str) -> Result<String, String> {
        if text.contains('(') { Err("at character 1: no parenthesis".to_owned()) } else { Ok(text.to_owned()) }
    }
}

pub(crate) struct World {
    pub(crate) env: TestEnv,
    pub(crate) stores: Stores,
    pub(crate) identity: Identity,
    pub(crate) clock: Clock,
    pub(crate) hand: ManualClock,
    pub(crate) routes: Vec<RouteEntry>,
    pub(crate) fingerprint: String,
    pub(crate) keys: Arc<dyn KeyRing>,
    pub(crate) trust: Trust,
    router: Router,
}

/// A tenant whose owner has set the account up.
pub(crate) struct Owner {
    pub(crate) tenant: TenantId,
    pub(crate) email: String,
    pub(crate) totp_secret: String,
    pub(crate) cookie: String,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) body: Value,
    pub(crate) cookie: Option<String>,
}

/// Whose credential a request carries.
#[derive(Clone, Copy)]
pub(crate) enum As<'a> {
    Nobody,
    Session(&'a str),
    /// Nobody, in the browser of this tie.
    Tied(&'a str),
    Bearer(&'a str),
}

/// Runs a test on SQLite and, where a server is given, on PostgreSQL.
pub(crate) fn on_both_engines(test: impl AsyncFn(World)) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime starts");
    let test = &test;
    let schemas: Vec<Schema> = [trust::SCHEMAS, identity::SCHEMAS].concat();
    let in_world = |stores: Stores, env: TestEnv| async move {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let passphrase = folder.path().join("passphrase");
        RootKey::create(&passphrase, &env.rng).expect("created");
        let trust = Trust::open(&stores, RootKey::open(&passphrase).expect("just made")).await.expect("opened");
        let config = IdentityConfig { selectors: Arc::new(Words), public_url: PUBLIC_URL.to_owned(), sign_on: SignOnConfig::default() };
        let identity = Identity::open(&stores, &trust, ScopeMint::for_app(), config).expect("opened");
        let app = Web::builder(env.clock.clone(), env.rng.clone(), Arc::new(identity.clone()))
            .mount(identity.routes())
            .mount(identity.directory_routes())
            .build();
        let (fingerprint, keys) = (trust.fingerprint().to_string(), trust.keyring());
        let (clock, hand) = (env.clock.clone(), env.clock_hand.clone());
        test(World { env, stores, identity, clock, hand, routes: app.route_table, fingerprint, keys, trust, router: app.router }).await;
    };
    runtime.block_on(both_engines(schemas, in_world));
}

impl World {
    /// The same server with another public address.
    pub(crate) fn moved_to(self, public_url: &str) -> Self {
        let config = IdentityConfig { selectors: Arc::new(Words), public_url: public_url.to_owned(), sign_on: SignOnConfig::default() };
        let identity = Identity::open(&self.stores, &self.trust, ScopeMint::for_app(), config).expect("opened");
        let app = Web::builder(self.clock.clone(), self.env.rng.clone(), Arc::new(identity.clone()))
            .mount(identity.routes())
            .mount(identity.directory_routes())
            .build();
        Self { identity, router: app.router, ..self }
    }

    pub(crate) async fn call(&self, method: Method, path: &str, who: As<'_>, body: Option<Value>) -> Reply {
        self.call_from(PeerInfo::Unknown, method, path, who, body).await
    }

    /// The same server with what its host says about providers of single sign-on.
    pub(crate) fn trusting(mut self, sign_on: SignOnConfig) -> Self {
        let config = IdentityConfig { selectors: Arc::new(Words), public_url: PUBLIC_URL.to_owned(), sign_on };
        let identity = Identity::open(&self.stores, &self.trust, ScopeMint::for_app(), config).expect("opened");
        let app = Web::builder(self.clock.clone(), self.env.rng.clone(), Arc::new(identity.clone()))
            .mount(identity.routes())
            .mount(identity.directory_routes())
            .build();
        (self.identity, self.router) = (identity, app.router);
        self
    }

    /// With a cookie of a browser that was elsewhere.
    pub(crate) async fn post_with_cookie(&self, path: &str, cookie: &str, body: Value) -> Reply {
        let request = Request::builder().method(Method::POST).uri(format!("/api/v1{path}")).extension(PeerInfo::Unknown);
        self.send(request.header(header::COOKIE, cookie), As::Nobody, Some(body)).await
    }

    /// As if the connection came from there.
    pub(crate) async fn call_from(&self, peer: PeerInfo, method: Method, path: &str, who: As<'_>, body: Option<Value>) -> Reply {
        let request = Request::builder().method(method).uri(format!("/api/v1{path}")).extension(peer);
        self.send(request, who, body).await
    }

    /// By a connection with this client certificate.
    pub(crate) async fn call_with(&self, certificate: ClientCertificate, method: Method, path: &str, who: As<'_>) -> Reply {
        self.call_showing(certificate, method, path, who, None).await
    }

    /// The same, with a body.
    pub(crate) async fn call_showing(
        &self,
        certificate: ClientCertificate,
        method: Method,
        path: &str,
        who: As<'_>,
        body: Option<Value>,
    ) -> Reply {
        let request = Request::builder().method(method).uri(format!("/api/v1{path}")).extension(PeerInfo::Unknown).extension(certificate);
        self.send(request, who, body).await
    }

    /// With a header, as if the connection came from there.
    pub(crate) async fn get_with(&self, peer: PeerInfo, path: &str, who: As<'_>, (name, value): (&str, &str)) -> Reply {
        let request = Request::builder().uri(format!("/api/v1{path}")).extension(peer).header(name, value);
        self.send(request, who, None).await
    }

    async fn send(&self, request: request::Builder, who: As<'_>, body: Option<Value>) -> Reply {
        let mut request = request.header(header::HOST, "purser.example");
        request = match who {
            As::Nobody => request,
            As::Session(cookie) => request.header(header::COOKIE, format!("__Host-purser={cookie}")),
            As::Tied(tie) => request.header(header::COOKIE, format!("__Host-purser-tie={tie}")),
            As::Bearer(token) => request.header(header::AUTHORIZATION, format!("Bearer {token}")),
        };
        let body = match body {
            Some(body) => {
                request = request.header(header::CONTENT_TYPE, "application/json");
                Body::from(body.to_string())
            }
            None => Body::empty(),
        };
        let response = self.router.clone().oneshot(request.body(body).expect("a request")).await.expect("an answer");
        let status = response.status();
        let cookie = response.headers().get(header::SET_COOKIE).map(|value| value.to_str().expect("ASCII").to_owned());
        let cookie = cookie.and_then(|text| Some(text.split_once('=')?.1.split(';').next()?.to_owned())).filter(|text| !text.is_empty());
        let bytes = to_bytes(response.into_body(), 1 << 20).await.expect("a body");
        let body = if bytes.is_empty() { Value::Null } else { serde_json::from_slice(&bytes).expect("JSON") };
        Reply { status, body, cookie }
    }

    /// A request to a directory's routes by somebody else.
    pub(crate) async fn scim_as(&self, method: Method, path: &str, who: As<'_>) -> Reply {
        let request = Request::builder().method(method).uri(format!("/scim/v2{path}")).extension(PeerInfo::Unknown);
        self.send(request, who, None).await
    }

    /// A request of a directory's.
    pub(crate) async fn scim(&self, method: Method, path: &str, token: &str, body: Option<Value>) -> Reply {
        let request = Request::builder().method(method).uri(format!("/scim/v2{path}")).extension(PeerInfo::Unknown);
        self.send(request, As::Bearer(token), body).await
    }

    pub(crate) async fn post(&self, path: &str, who: As<'_>, body: Value) -> Reply {
        self.call(Method::POST, path, who, Some(body)).await
    }

    pub(crate) async fn get(&self, path: &str, who: As<'_>) -> Reply {
        self.call(Method::GET, path, who, None).await
    }

    pub(crate) async fn delete(&self, path: &str, who: As<'_>) -> Reply {
        self.call(Method::DELETE, path, who, None).await
    }

    /// An API token's request with an end, where it has none: a day from now.
    pub(crate) fn with_end(&self, mut token: Value) -> Value {
        if token["kind"] == "api" && token.get("expires_at").is_none() {
            token["expires_at"] = self.clock.now().plus(Duration::from_secs(86_400)).to_string().into();
        }
        token
    }

    /// The code that an authenticator shows now.
    pub(crate) fn code(&self, secret: &str) -> String {
        totp::code(secret, self.clock.now())
    }

    /// Makes a tenant and sets its owner's account up.
    pub(crate) async fn owner(&self, name: &str, email: &str) -> Owner {
        let created = self.identity.create_tenant(name).await.expect("created");
        let link = created.link.secret.expose();
        let offer = self.post("/setup/begin", As::Nobody, json!({ "link": link })).await;
        let totp_secret = offer.body["totp_secret"].as_str().expect("a secret").to_owned();
        let answer = json!({ "link": link, "email": email, "password": PASSWORD, "totp_code": self.code(&totp_secret) });
        let finished = self.post("/setup/finish", As::Nobody, answer).await;
        assert_eq!(finished.status, StatusCode::NO_CONTENT, "{finished:?}");
        let cookie = finished.cookie.expect("a session");
        Owner { tenant: created.tenant, email: email.to_owned(), totp_secret, cookie }
    }

    pub(crate) async fn sign_in(&self, email: &str, password: &str, code: &str) -> Reply {
        self.post("/session", As::Nobody, json!({ "email": email, "password": password, "totp_code": code })).await
    }

    /// Signs in with a new password in the place of one that is not good any more.
    pub(crate) async fn sign_in_anew(&self, email: &str, password: &str, code: &str, new_password: &str) -> Reply {
        let body = json!({ "email": email, "password": password, "totp_code": code, "new_password": new_password });
        self.post("/session", As::Nobody, body).await
    }

    /// Chooses what the owner's tenant holds passwords and sessions to.
    pub(crate) async fn choose(&self, owner: &Owner, preset: &str) {
        let chosen = self.call(Method::PATCH, "/settings", owner.session(), Some(json!({ "preset": preset }))).await;
        assert_eq!((chosen.status, chosen.body["preset"].as_str()), (StatusCode::OK, Some(preset)), "{chosen:?}");
    }

    /// Moves the clock to the next code.
    pub(crate) fn next_code(&self, owner: &Owner) -> String {
        self.hand.advance(Duration::from_secs(30));
        self.code(&owner.totp_secret)
    }

    pub(crate) fn host_scope(&self, tenant: TenantId) -> Scope {
        self.identity.mint().system(tenant, SystemWork::HostAdministration)
    }

    /// What the tenant's ledger tells.
    pub(crate) async fn leaves(&self, tenant: TenantId) -> Vec<String> {
        let rows = self.stores.tenant(&self.host_scope(tenant)).read(move |tx| tx.query(&LEAVES, &params![tenant])).await;
        rows.expect("read").iter().map(|row| row.get(0).expect("a text")).collect()
    }

    /// What the instance's ledger tells.
    pub(crate) async fn instance_leaves(&self) -> Vec<String> {
        let rows = self.stores.system().read(|tx| tx.query(&of_the_instance::LEAVES, &[])).await;
        rows.expect("read").iter().map(|row| row.get(0).expect("a text")).collect()
    }
}

impl Owner {
    pub(crate) fn session(&self) -> As<'_> {
        As::Session(&self.cookie)
    }
}
