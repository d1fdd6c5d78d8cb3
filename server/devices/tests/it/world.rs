//! A house with devices in it, and a client for its routes.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, StatusCode, header};
use devices::Devices;
use identity::enrolment::NewEnrolment;
use identity::network::Networks;
use identity::single_sign_on::SignOnConfig;
use identity::token::{NewToken, TokenKind};
use identity::{Identity, IdentityConfig, Labels};
use kernel::{Access, Clock, DeviceId, ManualClock, Permission, Presented, Scope, ScopeMint, SecretText, SystemWork, TenantId};
use serde_json::Value;
use store::testing::{TestEnv, both_engines};
use store::{Schema, Stores, params};
use tower::ServiceExt as _;
use trust::{RootKey, Trust};
use web::{Answer, Doc, Json, RouteEntry, Routes, Web};
use wire::report::Digest;

store::statements! {
    store = Tenant;
    /// What was done in a tenant.
    LEAVES = "SELECT kind FROM ledger_leaf WHERE tenant_id = $1 ORDER BY recorded_at, kind" (BigInt) -> (kind: Text);
}

/// The certificate that the server is met under.
pub(crate) const CERTIFICATE: Digest = Digest([0xCE; 32]);

pub(crate) struct World {
    pub(crate) stores: Stores,
    pub(crate) trust: Trust,
    pub(crate) identity: Identity,
    pub(crate) devices: Devices,
    pub(crate) clock: Clock,
    pub(crate) hand: ManualClock,
    pub(crate) routes: Vec<RouteEntry>,
    router: Router,
}

/// A tenant with a token that may do all with devices.
pub(crate) struct Tenant {
    pub(crate) tenant: TenantId,
    pub(crate) api_token: String,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) body: Value,
}

/// Whose credential a request carries.
#[derive(Clone, Copy)]
pub(crate) enum As<'a> {
    Nobody,
    Bearer(&'a str),
}

/// Runs a test on SQLite and, where a server is given, on PostgreSQL.
pub(crate) fn on_both_engines(test: impl AsyncFn(World)) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime starts");
    let test = &test;
    let schemas: Vec<Schema> = [trust::SCHEMAS, identity::SCHEMAS, devices::SCHEMAS].concat();
    let in_world = |stores: Stores, env: TestEnv| async move {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let passphrase = folder.path().join("passphrase");
        RootKey::create(&passphrase, &env.rng).expect("created");
        let trust = Trust::open(&stores, RootKey::open(&passphrase).expect("just made")).await.expect("opened");
        test(World::over(stores, trust, env.clock.clone(), env.clock_hand.clone())).await;
    };
    runtime.block_on(both_engines(schemas, in_world));
}

/// A route that only devices open, as `inventory` has them.
async fn agent_only() -> Answer<Json<bool>> {
    Ok(Json(true))
}

impl World {
    /// The program as it starts over these stores.
    pub(crate) fn over(stores: Stores, trust: Trust, clock: Clock, hand: ManualClock) -> Self {
        let config = IdentityConfig {
            selectors: Arc::new(devices::selector::Language),
            public_url: "https://purser.example".to_owned(),
            sign_on: SignOnConfig::default(),
        };
        let identity = Identity::open(&stores, &trust, ScopeMint::for_app(), config).expect("opened");
        let devices = Devices::new(&stores, &trust, &identity, Arc::new(|| vec![CERTIFICATE]));
        let agent = Routes::new("agent", ()).get("/agent/only", Access::Device, Doc::new("agentOnly", "For devices"), agent_only);
        let rng = stores.rng().clone();
        let app = Web::builder(clock.clone(), rng, Arc::new(devices.clone())).mount(devices.routes()).mount(agent).build();
        Self { stores, trust, identity, devices, clock, hand, routes: app.route_table, router: app.router }
    }

    /// The same program, started anew: nothing in memory.
    pub(crate) fn restarted(&self) -> Self {
        Self::over(self.stores.clone(), self.trust.clone(), self.clock.clone(), self.hand.clone())
    }

    pub(crate) async fn call(&self, method: Method, path: &str, who: As<'_>, body: Option<Value>) -> Reply {
        let mut request = Request::builder().method(method).uri(format!("/api/v1{path}")).header(header::HOST, "purser.example");
        if let As::Bearer(token) = who {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        let body = match body {
            Some(body) => {
                request = request.header(header::CONTENT_TYPE, "application/json");
                Body::from(body.to_string())
            }
            None => Body::empty(),
        };
        let response = self.router.clone().oneshot(request.body(body).expect("a request")).await.expect("an answer");
        let status = response.status();
        let bytes = to_bytes(response.into_body(), 1 << 24).await.expect("a body");
        let body = if bytes.is_empty() { Value::Null } else { serde_json::from_slice(&bytes).expect("JSON") };
        Reply { status, body }
    }

    pub(crate) async fn post(&self, path: &str, who: As<'_>, body: Value) -> Reply {
        self.call(Method::POST, path, who, Some(body)).await
    }

    pub(crate) async fn get(&self, path: &str, who: As<'_>) -> Reply {
        self.call(Method::GET, path, who, None).await
    }

    /// Makes a tenant with a token that may do all with devices.
    pub(crate) async fn tenant(&self, name: &str) -> Tenant {
        let tenant = self.identity.create_tenant(name).await.expect("created").tenant;
        let permissions = vec![Permission::DevicesRead, Permission::DevicesWrite, Permission::PeopleRead];
        let new = NewToken {
            name: "test".parse().expect("a name"),
            kind: TokenKind::Api,
            permissions,
            devices: None,
            networks: Networks::default(),
            expires_at: Some(self.clock.now().plus(Duration::from_secs(300 * 86_400))),
            requires_certificate: false,
        };
        let token = self.identity.create_token(&self.scope(tenant), new).await.expect("created");
        Tenant { tenant, api_token: token.secret.expose().to_owned() }
    }

    /// Makes an enrolment token.
    pub(crate) async fn enrolment_token(&self, tenant: &Tenant, uses_max: Option<i64>, labels: &[(&str, &str)]) -> String {
        let labels = labels.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let new = NewEnrolment {
            name: "test".parse().expect("a name"),
            labels: Labels::new(labels).expect("labels"),
            expires_at: self.clock.now().plus(Duration::from_secs(300 * 86_400)),
            uses_max,
        };
        let made = self.identity.create_enrolment(&self.scope(tenant.tenant), new).await.expect("created");
        made.secret.expose().to_owned()
    }

    pub(crate) fn scope(&self, tenant: TenantId) -> Scope {
        self.identity.mint().system(tenant, SystemWork::HostAdministration)
    }

    /// Whether an access token opens a device's routes.
    pub(crate) async fn opens(&self, access_token: &str) -> bool {
        self.get("/agent/only", As::Bearer(access_token)).await.status == StatusCode::OK
    }

    /// The scope of a credential.
    pub(crate) async fn authenticate(&self, secret: &str, access: Access) -> Result<Scope, kernel::Denied> {
        use kernel::Authenticator as _;
        self.devices.authenticate(&Presented::Bearer(SecretText::new(secret.to_owned())), access, kernel::Source::Unknown.into()).await
    }

    /// What the tenant's ledger tells, but for what the test's own set-up did.
    pub(crate) async fn leaves(&self, tenant: &Tenant) -> Vec<String> {
        let number = tenant.tenant;
        let rows = self.stores.tenant(&self.scope(number)).read(move |tx| tx.query(&LEAVES, &params![number])).await.expect("read");
        let kinds = rows.iter().map(|row| row.get::<String>(0).expect("a text"));
        kinds.filter(|kind| !["tenant-created", "token-created"].contains(&kind.as_str())).collect()
    }

    /// The names in a list.
    pub(crate) async fn names(&self, tenant: &Tenant, query: &str) -> Vec<String> {
        let reply = self.get(&format!("/devices?{query}"), tenant.bearer()).await;
        assert_eq!(reply.status, StatusCode::OK, "{query}: {reply:?}");
        reply.body["items"].as_array().expect("rows").iter().map(|device| device["name"].as_str().unwrap_or("-").to_owned()).collect()
    }

    pub(crate) async fn device(&self, tenant: &Tenant, device: DeviceId) -> Value {
        let reply = self.get(&format!("/devices/{device}"), tenant.bearer()).await;
        assert_eq!(reply.status, StatusCode::OK, "{reply:?}");
        reply.body
    }
}

impl Tenant {
    pub(crate) fn bearer(&self) -> As<'_> {
        As::Bearer(&self.api_token)
    }
}
