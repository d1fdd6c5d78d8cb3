//! Turns the domains' routes into one router, one document and one table.

use std::collections::HashSet;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderValue, header};
use axum::response::IntoResponse;
use axum::routing::get;
use bytes::Bytes;
use kernel::problem::{ProblemKind, SHARED_KINDS};
use kernel::{Access, Authenticator, Clock, Problem, Rng};

use crate::accessed::AccessLog;
use crate::answer::{Failure, WEB_KINDS};
use crate::console::ConsoleFiles;
use crate::doors::Doors;
use crate::filter::{FilterMode, RequestFilter};
use crate::front::Front;
use crate::openapi;
use crate::routes::{Method, Route, Routes};

/// Where the API lives.
pub const API_PREFIX: &str = "/api/v1";
/// Where its document is.
pub const OPENAPI_PATH: &str = "/api/openapi.json";

/// Where whoever found a fault looks whom to tell.
pub const SECURITY_TXT_PATH: &str = "/.well-known/security.txt";

/// Makes the text of `security.txt`.
pub type SecurityTxt = Arc<dyn Fn() -> String + Send + Sync>;

/// A row of the route table, from which tests cover every route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteEntry {
    /// Method.
    pub method: Method,
    /// Path as documented, with `/api/v1` or `/scim/v2`.
    pub path: String,
    /// Who may call it.
    pub access: Access,
    /// The operation's id.
    pub id: &'static str,
}

/// The whole web application.
#[derive(Clone)]
pub struct WebApp {
    /// Serves everything that the network may reach.
    pub router: Router,
    /// The OpenAPI 3.1 document.
    pub openapi: serde_json::Value,
    /// Every route, by path and method.
    pub route_table: Vec<RouteEntry>,
    /// Every kind of problem that the API can answer with, by slug: the catalogue.
    pub problems: Vec<ProblemKind>,
    /// Host-side administration: mounted on the Unix socket only. `app` fills it.
    pub admin: Option<Router>,
    /// What `GET /health` on the Unix socket answers: an object, or the problem. `app` may replace it.
    pub health: Health,
    pub(crate) front: Front,
    /// The routes without the outermost layer.
    pub(crate) bare: Router,
}

/// Tells how the server fares.
pub type Health = Arc<dyn Fn() -> Pin<Box<dyn Future<Output = Result<serde_json::Value, Problem>> + Send>> + Send + Sync>;

fn answers() -> Health {
    Arc::new(|| Box::pin(std::future::ready(Ok(serde_json::json!({ "status": "ok" })))))
}

/// The maker of a [`WebApp`].
pub struct Web;

impl Web {
    /// Begins with no routes.
    pub fn builder(clock: Clock, rng: Rng, authenticator: Arc<dyn Authenticator>) -> WebBuilder {
        WebBuilder {
            clock,
            rng,
            authenticator,
            routes: Vec::new(),
            console: None,
            security_txt: None,
            strict_transport: false,
            access_log: None,
            doors: None,
            filter: None,
        }
    }
}

/// A [`WebApp`] in the making.
#[must_use]
pub struct WebBuilder {
    clock: Clock,
    rng: Rng,
    authenticator: Arc<dyn Authenticator>,
    routes: Vec<Route>,
    console: Option<ConsoleFiles>,
    security_txt: Option<SecurityTxt>,
    strict_transport: bool,
    access_log: Option<AccessLog>,
    doors: Option<Doors>,
    filter: Option<RequestFilter>,
}

impl WebBuilder {
    /// Adds a domain's routes.
    pub fn mount<S>(mut self, routes: Routes<S>) -> Self {
        self.routes.extend(routes.routes);
        self
    }

    /// Serves the console's files.
    pub fn console(mut self, files: ConsoleFiles) -> Self {
        self.console = Some(files);
        self
    }

    /// Serves `security.txt` (RFC 9116), whose text is made for each request, since it says until when it counts.
    pub fn security_txt(mut self, text: SecurityTxt) -> Self {
        self.security_txt = Some(text);
        self
    }

    /// Tells browsers to use this host by HTTPS only from now on. Not with the instance's own authority
    /// ([`crate::Certificates::is_self_issued`]): it would lock the user's other ports on `localhost`.
    pub fn strict_transport(mut self, is_on: bool) -> Self {
        self.strict_transport = is_on;
        self
    }

    /// Tells this of every request that is answered.
    pub fn access_log(mut self, access_log: AccessLog) -> Self {
        self.access_log = Some(access_log);
        self
    }

    /// Uses these limits and bans, which somebody else may look at; its own, of this module's figures, otherwise.
    pub fn doors(mut self, doors: Doors) -> Self {
        self.doors = Some(doors);
        self
    }

    /// Uses this request filter; none otherwise.
    pub fn filter(mut self, filter: RequestFilter) -> Self {
        self.filter = Some(filter);
        self
    }

    /// Builds the router, the document and the table.
    ///
    /// # Panics
    /// Where routes contradict themselves, which is a fault in the code that every test meets: two of one id or one
    /// method and path, two kinds of problem of one slug, a public route that takes a [`crate::Caller`], a request body that does not refuse unknown fields,
    /// path parameters that differ from the template's.
    #[must_use]
    pub fn build(self) -> WebApp {
        let mut routes = self.routes;
        let doors = self.doors.unwrap_or_else(|| Doors::new(self.clock.clone(), &self.rng));
        let filter = self.filter.unwrap_or_else(|| RequestFilter::new(FilterMode::Off));
        routes.sort_by_key(|route| (route.dialect, route.path, route.method));
        let mut ids = HashSet::new();
        for route in &routes {
            assert!(ids.insert(route.doc.id), "two operations have the id {}", route.doc.id);
        }
        let problems = catalogue(&routes);
        let described = openapi::describe(&routes);
        let mut router = Router::new();
        let mut route_table = Vec::new();
        for (route, facts) in routes.into_iter().zip(described.facts) {
            let guard = facts.into_guard(&route, Arc::clone(&self.authenticator), (doors.clone(), filter.clone()));
            route_table.push(guard.entry.clone());
            let path = guard.entry.path.clone();
            router = router.route(&path, (route.mount)(Arc::new(guard)));
        }
        let document = Bytes::from(described.document.to_string());
        route_table.push(RouteEntry { method: Method::Get, path: OPENAPI_PATH.into(), access: Access::Public, id: "getOpenapi" });
        router = router.route(OPENAPI_PATH, get(move || std::future::ready(openapi_answer(document.clone()))));
        if let Some(text) = self.security_txt {
            route_table.push(RouteEntry {
                method: Method::Get,
                path: SECURITY_TXT_PATH.into(),
                access: Access::Public,
                id: "getSecurityTxt",
            });
            router = router.route(SECURITY_TXT_PATH, get(move || std::future::ready(security_txt_answer(text()))));
        }
        router = router.fallback(unknown).method_not_allowed_fallback(wrong_method);
        if let Some(console) = self.console {
            router = console.mount(router, &self.rng);
        }
        let front = Front::new(self.clock, self.rng, self.strict_transport, self.access_log, doors, filter);
        let bare = router.clone();
        WebApp {
            bare,
            router: front.wrap(router),
            openapi: described.document,
            route_table,
            problems,
            admin: None,
            health: answers(),
            front,
        }
    }
}

/// Every kind that a route names, the shared ones and those of this crate.
fn catalogue(routes: &[Route]) -> Vec<ProblemKind> {
    let own = routes.iter().flat_map(|route| route.doc.problems);
    let mut kinds: Vec<_> = SHARED_KINDS.iter().chain(WEB_KINDS).chain(own).copied().collect();
    kinds.sort_by_key(|kind| (kind.slug, kind.status, kind.title));
    kinds.dedup();
    for pair in kinds.windows(2) {
        assert!(pair[0].slug != pair[1].slug, "two kinds of problem are called {}", pair[0].slug);
    }
    kinds
}

fn security_txt_answer(text: String) -> impl IntoResponse {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ];
    (headers, text)
}

fn openapi_answer(document: Bytes) -> impl IntoResponse {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ];
    (headers, document)
}

async fn unknown() -> Failure {
    Failure(Problem::not_found())
}

async fn wrong_method() -> Failure {
    Failure(Problem::new(ProblemKind::METHOD_NOT_ALLOWED, "The methods that are taken stand in the Allow header."))
}
