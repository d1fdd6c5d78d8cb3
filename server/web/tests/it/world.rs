//! A small application with one route of each kind, and a client for it.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, Request, StatusCode, header};
use axum::response::Response;
use kernel::authenticator::Authenticated;
use kernel::problem::ProblemKind;
use kernel::{
    Access, Actor, Authenticator, Clock, Denied, DeviceId, DeviceScope, Page, Permission, Presented, Problem, Rng, ScopeMint, SecretText,
    TenantId, Timestamp, TokenId, UserId,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tower::ServiceExt;
use web::{
    Accepted, Answer, BodyLimit, Caller, Created, Credential, Doc, Doors, Id, Json, NoContent, Paged, Paging, Path, PeerInfo, Query,
    RawBody, Routes, SignedIn, SignedOut, Time, Web, WebApp, WebBuilder, WireJson,
};

/// Knows five credentials; tells nothing but what they are.
pub(crate) struct Credentials;

impl Authenticator for Credentials {
    fn authenticate<'a>(&'a self, presented: &'a Presented, access: Access, _origin: kernel::Origin) -> Authenticated<'a> {
        let mint = ScopeMint::for_app();
        let tenant = TenantId::from_random(2);
        let person = |permissions: &[Permission]| mint.mint(tenant, Actor::User(UserId::from_random(4)), permissions, DeviceScope::All);
        let answer = match (presented, access) {
            (Presented::Session(secret), Access::Person(_)) if secret.expose() == "session" => {
                Ok(person(&[Permission::DevicesRead, Permission::DevicesWrite]))
            }
            (Presented::Bearer(secret), _) => match secret.expose() {
                "api" if matches!(access, Access::Person(_)) => Ok(person(&[Permission::DevicesRead])),
                "device" if matches!(access, Access::Device | Access::Report) => Ok(mint.device(tenant, DeviceId::from_random(6))),
                "telemetry" => Ok(mint.mint(tenant, Actor::TelemetryToken(TokenId::from_random(8)), &[], DeviceScope::None)),
                "store-is-down" => Err(Denied::Unavailable),
                "api" | "device" => Err(Denied::Forbidden),
                _ => Err(Denied::Unauthenticated),
            },
            _ => Err(Denied::Unauthenticated),
        };
        Box::pin(std::future::ready(answer))
    }
}

#[derive(Clone)]
struct Things;

/// A thing.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Thing {
    /// Its name.
    name: String,
    /// How many.
    #[serde(default)]
    count: u32,
    /// Parts.
    #[serde(default)]
    parts: Vec<Part>,
}

/// A part of a thing.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Part {
    /// Its weight.
    grams: u32,
}

/// A thing as it is listed.
#[derive(Serialize, JsonSchema)]
struct Listed {
    thing: Id<DeviceId>,
    seen_at: Option<Time>,
    filter: String,
}

#[derive(Deserialize, JsonSchema)]
struct Filter {
    /// Part of the name.
    q: Option<String>,
    /// At least this many.
    at_least: Option<u32>,
    /// In this state.
    state: Option<ThingState>,
}

#[derive(Deserialize, JsonSchema, Debug)]
#[serde(rename_all = "kebab-case")]
enum ThingState {
    Fresh,
    Stale,
}

async fn list(
    State(Things): State<Things>,
    Caller(_scope): Caller,
    Query(filter): Query<Filter>,
    Paging(page): Paging,
) -> Answer<Paged<Listed>> {
    let filter = format!("{:?} {:?} {:?} {page:?}", filter.q, filter.at_least, filter.state);
    let thing = Listed { thing: Id(DeviceId::from_random(6)), seen_at: Some(Time(Timestamp::from_seconds(0))), filter };
    Ok(Paged(Page { items: vec![thing], next: None }))
}

async fn get_one(Path(Id(thing)): Path<Id<DeviceId>>) -> Answer<WireJson<serde_json::Value>> {
    if thing == DeviceId::from_random(6) { Ok(WireJson(serde_json::json!({ "thing": thing }))) } else { Err(Problem::not_found())? }
}

async fn make(Caller(_scope): Caller, Json(thing): Json<Thing>) -> Answer<Created<Thing>> {
    Ok(Created(thing))
}

async fn remove(Credential(_presented): Credential, Path((_kind, _name)): Path<(String, String)>) -> Answer<NoContent> {
    Err(Problem::new(ProblemKind::CONFLICT, "The thing is in use."))?
}

/// Path of a thing.
#[derive(Deserialize, JsonSchema)]
struct KindAndName {
    kind: String,
    name: String,
}

async fn replace(Path(path): Path<KindAndName>) -> Answer<Json<String>> {
    Ok(Json(format!("{} {}", path.kind, path.name)))
}

async fn report(Caller(scope): Caller, RawBody(body): RawBody) -> Answer<Json<u64>> {
    assert!(scope.acting_device().is_some() || matches!(scope.actor(), Actor::TelemetryToken(_)));
    Ok(Json(body.len() as u64))
}

async fn panics() -> Answer<NoContent> {
    panic!("a planted panic")
}

async fn never_ends() -> Answer<NoContent> {
    std::future::pending().await
}

async fn fails() -> Answer<NoContent> {
    Err(Problem::internal(&std::io::Error::other("the disk of planted-host is full")))?
}

async fn sign_in() -> Answer<SignedIn> {
    Ok(SignedIn { session: SecretText::new("session".into()), lifetime: Duration::from_secs(60) })
}

async fn sign_out() -> Answer<SignedOut> {
    Ok(SignedOut)
}

async fn start() -> Answer<Accepted> {
    Ok(Accepted)
}

fn things() -> Routes<Things> {
    let read = Access::Person(Permission::DevicesRead);
    let write = Access::Person(Permission::DevicesWrite);
    Routes::new("things", Things)
        .get("/things", read, Doc::new("listThings", "List things"), list)
        .post("/things", write, Doc::new("makeThing", "Make a thing"), make)
        .get("/things/{thing}", read, Doc::new("getThing", "Get a thing"), get_one)
        .delete("/kinds/{kind}/{name}", write, REMOVE, remove_by_struct)
        .put("/kinds/{kind}/{name}", read, Doc::new("replaceThing", "Replace a thing"), replace)
        .post("/reports", Access::Report, Doc::new("report", "Report"), report)
        .limit(BodyLimit { bytes_max: 1_000, compressed_bytes_max: 100 })
        .post("/device", Access::Device, Doc::new("onlyDevices", "For devices only"), start)
        .get("/panics", Access::Public, Doc::new("panics", "Panics"), panics)
        .get("/slow", Access::Public, Doc::new("slow", "Never ends"), never_ends)
        .time_limit(Duration::from_millis(5))
        .get("/fails", Access::Public, Doc::new("fails", "Fails"), fails)
        .post("/session", Access::Public, Doc::new("signIn", "Sign in"), sign_in)
        .delete("/session", read, Doc::new("signOut", "Sign out"), sign_out)
}

const REMOVE: Doc = Doc::new("removeThing", "Remove a thing").description("Not while it is in use.").problems(&[ProblemKind::CONFLICT]);

async fn remove_by_struct(credential: Credential, Path(path): Path<KindAndName>) -> Answer<NoContent> {
    remove(credential, Path((path.kind, path.name))).await
}

/// The application, unbuilt.
pub(crate) fn builder() -> WebBuilder {
    empty_builder().mount(things())
}

/// The application.
pub(crate) fn app() -> WebApp {
    builder().build()
}

/// The application with request ids that no other test's has.
pub(crate) fn app_with_own_ids() -> WebApp {
    builder_with(Rng::system()).mount(things()).build()
}

/// A builder without routes, to mount others.
pub(crate) fn empty_builder() -> WebBuilder {
    builder_with(Rng::seeded(1))
}

fn builder_with(rng: Rng) -> WebBuilder {
    let (clock, _hand) = Clock::manual(Timestamp::from_seconds(1_795_327_200));
    // With randomness of their own, so that request ids do not depend on what else there is.
    let doors = Doors::new(clock.clone(), &Rng::seeded(2));
    Web::builder(clock, rng, Arc::new(Credentials)).doors(doors)
}

/// An answer, read to its end.
pub(crate) struct Answered {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answered {
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).expect("the body is JSON")
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn header(&self, name: impl header::AsHeaderName) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("a readable header"))
    }

    /// The problem's kind and field.
    pub(crate) fn problem(&self) -> String {
        assert_eq!(self.header(header::CONTENT_TYPE), "application/problem+json", "{}", self.text());
        let problem = self.json();
        assert_eq!(problem["status"], self.status.as_u16());
        assert_eq!(problem["request"], self.header("x-request-id"));
        let slug = problem["type"].as_str().and_then(|kind| kind.strip_prefix("https://purser.dev/problems/")).expect("a kind");
        match problem["field"].as_str() {
            Some(field) => format!("{} {slug} at {field}", self.status.as_u16()),
            None => format!("{} {slug}", self.status.as_u16()),
        }
    }
}

/// A request in the making.
pub(crate) struct Asking(axum::http::request::Builder, Body);

pub(crate) fn ask(method: &str, path: &str) -> Asking {
    Asking(Request::builder().method(method).uri(path).header(header::HOST, "purser.example:8443"), Body::empty())
}

impl Asking {
    pub(crate) fn with(self, name: &str, value: &str) -> Self {
        Self(self.0.header(name, value), self.1)
    }

    pub(crate) fn token(self, token: &str) -> Self {
        self.with("authorization", &format!("Bearer {token}"))
    }

    pub(crate) fn session(self) -> Self {
        self.with("cookie", "other=1; __Host-purser=session")
    }

    pub(crate) fn json(self, body: &str) -> Self {
        Self(self.0.header(header::CONTENT_TYPE, "application/json"), Body::from(body.to_owned()))
    }

    pub(crate) fn body(self, body: impl Into<Body>) -> Self {
        Self(self.0, body.into())
    }

    /// As if it came over the Unix socket.
    pub(crate) fn local(self) -> Self {
        Self(self.0.extension(PeerInfo::Local), self.1)
    }

    /// As if it came over the network, from this address.
    pub(crate) fn from(self, address: &str) -> Self {
        Self(self.0.extension(PeerInfo::Network(address.parse().expect("an address"))), self.1)
    }

    /// As if it came by this way.
    pub(crate) fn over(self, peer: PeerInfo) -> Self {
        Self(self.0.extension(peer), self.1)
    }

    pub(crate) async fn of(self, app: &WebApp) -> Answered {
        let request = self.0.body(self.1).expect("a request");
        let response: Response = app.router.clone().oneshot(request).await.expect("the router does not fail");
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.expect("a body in memory");
        Answered { status: parts.status, headers: parts.headers, body: body.to_vec() }
    }
}
