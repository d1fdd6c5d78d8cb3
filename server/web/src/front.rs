//! The outermost layer: gives each request its id, writes problems down, sets the headers that every answer has, logs.
//!
//! What is logged: the route's id and template, the status, the duration, the request's id. Never the path as sent, the
//! query, an address, a header or a method of the sender's own making: they carry other things' ids and names. The
//! access log, which keeps pseudonyms of some of them, is told apart ([`AccessLog`]).

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, HttpBody as _};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Router};
use kernel::problem::{ProblemKind, SHARED_KINDS};
use kernel::{Access, ClientCertificate, Clock, Problem, RequestId, Rng, Timestamp};
use tower::Service;

use crate::accessed::{AccessLog, Accessed, method_name};
use crate::answer::Failure;
use crate::console;
use crate::doors::{Doors, Found, Guess, Settled, Shut, Tried};
use crate::filter::RequestFilter;
use crate::guard::{self, Facts, Who};
use crate::operators::LetIn;
use crate::peer::PeerInfo;
use crate::respond::IssuedCredential;
use crate::scim;

/// The header that carries the request's id.
pub const REQUEST_ID_HEADER: HeaderName = HeaderName::from_static("x-request-id");
/// What a client should wait after a 503, in seconds.
const RETRY_AFTER_SECONDS: HeaderValue = HeaderValue::from_static("5");
/// The policy of every answer that brings none of its own: nothing may be loaded, nobody may frame it.
const API_CONTENT_POLICY: HeaderValue =
    HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'");

/// What no page here needs of a device.
const PERMISSIONS_POLICY: HeaderValue = HeaderValue::from_static(
    "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), hid=(), magnetometer=(), microphone=(), midi=(), \
     payment=(), serial=(), usb=()",
);

/// The template of what has no route.
const NO_ROUTE: &str = "none";
/// A year of HTTPS only.
const STRICT_TRANSPORT: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// Marks a request that has its id already.
#[derive(Clone, Copy, Debug)]
struct Numbered;

/// The layer's handles.
#[derive(Clone)]
pub(crate) struct Front {
    clock: Clock,
    rng: Rng,
    strict_transport: bool,
    access_log: Option<AccessLog>,
    doors: Doors,
    filter: RequestFilter,
}

/// What is kept of a request while it is answered, to be told of afterwards.
struct Asked {
    at: Timestamp,
    started: Duration,
    method: &'static str,
    peer: PeerInfo,
    certificate: Option<ClientCertificate>,
    user_agent: Option<HeaderValue>,
    is_scim: bool,
}

impl Front {
    pub(crate) const fn new(
        clock: Clock,
        rng: Rng,
        strict_transport: bool,
        access_log: Option<AccessLog>,
        doors: Doors,
        filter: RequestFilter,
    ) -> Self {
        Self { clock, rng, strict_transport, access_log, doors, filter }
    }

    pub(crate) const fn doors(&self) -> &Doors {
        &self.doors
    }

    /// Puts the layer around a router. Around a router that has it already it does nothing.
    pub(crate) fn wrap(&self, router: Router) -> Router {
        let front = self.clone();
        Router::new().fallback_service(tower::service_fn(move |request: Request| {
            let (front, router) = (front.clone(), router.clone());
            async move { Ok::<_, Infallible>(front.answer(router, request).await) }
        }))
    }

    async fn answer(self, mut router: Router, mut request: Request) -> Response {
        if request.extensions_mut().insert(Numbered).is_some() {
            return called(router.call(request).await);
        }
        let id = RequestId::from_random(self.rng.bits());
        let asked = Asked {
            at: self.clock.now(),
            started: self.clock.monotonic(),
            method: method_name(request.method()),
            peer: guard::peer_of(&request),
            certificate: guard::certificate_of(&request),
            user_agent: request.headers().get(header::USER_AGENT).cloned(),
            is_scim: scim::is_of(request.uri().path()),
        };
        let shut = self.doors.knock(asked.peer);
        // What has no guard (files of the console, addresses that do not exist) is for who was let in lately.
        let mut is_shut_everywhere = None;
        if let Some(shut) = shut {
            request.extensions_mut().insert::<Shut>(shut);
            let fingerprint = self.doors.fingerprint(&guard::brought(request.headers()), asked.certificate);
            is_shut_everywhere = Some(shut).filter(|_| !fingerprint.is_some_and(|fingerprint| self.doors.is_known(fingerprint)));
        }
        request.extensions_mut().insert(id);
        let mut response = match self.look_at(&request, id) {
            Err(refused) => self.filtered(refused, &request),
            // Routes catch their own panics; this is for what has no guard: host-side administration.
            Ok(()) => match guard::unwinding(router.call(request)).await {
                Some(outcome) => called(outcome),
                None => Failure(Problem::internal(&guard::Panicked)).into_response(),
            },
        };
        if let Some(shut) = is_shut_everywhere
            && response.extensions().get::<Facts>().is_none()
            && response.extensions_mut().remove::<LetIn>().is_none()
        {
            response = Failure(self.doors.shut(shut)).into_response();
        }
        let cause = write_problem(&mut response, id, asked.is_scim);
        set_headers(response.headers_mut(), id);
        if self.strict_transport {
            response.headers_mut().insert(header::STRICT_TRANSPORT_SECURITY, STRICT_TRANSPORT);
        }
        let facts = response.extensions_mut().remove::<Facts>();
        let duration = self.clock.monotonic().saturating_sub(asked.started);
        self.note(&asked, facts.as_ref(), &mut response, duration);
        log(id, asked.method, facts.as_ref(), response.status(), cause, duration);
        response
    }

    /// What the request filter says; of the host itself nothing.
    fn look_at(&self, request: &Request, id: RequestId) -> Result<(), Problem> {
        if guard::peer_of(request) == PeerInfo::Local {
            return Ok(());
        }
        self.filter.judge(self.filter.look_at_head(request.uri(), request.headers()), Some(id))
    }

    /// The answer to what the filter refused. Whoever sends it with a credential that was accepted lately is told apart from their
    /// neighbours: a person's search that looks like an attack bans no office. Nor does it count against the credential, which nobody has
    /// looked at: who has stolen it, and may not use it from there, could have its holder banned.
    fn filtered(&self, refused: Problem, request: &Request) -> Response {
        let fingerprint = self.doors.fingerprint(&guard::brought(request.headers()), guard::certificate_of(request));
        let tried = fingerprint.filter(|fingerprint| self.doors.is_known(*fingerprint));
        let tried = tried.map(|fingerprint| Extension(Tried { fingerprint, found: Found::Invalid }));
        (tried, Failure(refused)).into_response()
    }

    fn note(&self, asked: &Asked, facts: Option<&Facts>, response: &mut Response, duration: Duration) {
        let who = response.extensions_mut().remove::<Who>();
        if let Some(IssuedCredential(secret)) = response.extensions_mut().remove()
            && response.status().is_success()
        {
            self.doors.issued(&secret, asked.certificate);
        }
        self.doors.settle(&Settled {
            peer: asked.peer,
            status: response.status().as_u16(),
            guess: response.extensions_mut().remove::<Arc<Guess>>(),
            tried: response.extensions_mut().remove::<Tried>(),
            who: who.map(|who| (who.tenant, who.actor)),
        });
        let Some(access_log) = &self.access_log else { return };
        access_log(&Accessed {
            at: asked.at,
            method: asked.method,
            route: facts.map_or(NO_ROUTE, |facts| facts.entry().path.as_str()),
            status: response.status().as_u16(),
            bytes: response.body().size_hint().exact(),
            duration,
            tenant: who.map(|who| who.tenant),
            actor: who.map(|who| who.actor),
            peer: asked.peer,
            user_agent: asked.user_agent.as_ref().map(HeaderValue::as_bytes),
        });
    }
}

fn log(id: RequestId, method: &str, facts: Option<&Facts>, status: StatusCode, cause: Option<String>, duration: Duration) {
    let duration_ms = duration.as_secs_f64() * 1_000.0;
    let (route, path) = facts.map_or((NO_ROUTE, NO_ROUTE), |facts| (facts.entry().id, facts.entry().path.as_str()));
    let status = status.as_u16();
    // Agents report by the thousand each second; their good answers are worth a line only to who looks for them.
    let is_agents = facts.is_some_and(|facts| matches!(facts.entry().access, Access::Device | Access::Report));
    if let Some(cause) = cause {
        tracing::error!(request.id = %id, http.method = method, http.route = path, route.id = route, status, duration_ms, cause, "request failed");
    } else if is_agents && status < 400 {
        tracing::debug!(request.id = %id, http.method = method, http.route = path, route.id = route, status, duration_ms, "request");
    } else {
        tracing::info!(request.id = %id, http.method = method, http.route = path, route.id = route, status, duration_ms, "request");
    }
}

fn called(outcome: Result<Response, Infallible>) -> Response {
    outcome.unwrap_or_else(|never| match never {})
}

/// Writes the answer's problem, where it carries one, and gives back the cause to log.
fn write_problem(response: &mut Response, id: RequestId, is_scim: bool) -> Option<String> {
    let problem = response.extensions_mut().remove::<Problem>().or_else(|| bare_problem(response));
    let mut problem = problem?;
    problem.request = Some(id.to_string());
    let cause = problem.cause.take();
    let retry_after = problem.retry_after_seconds.map(|seconds| HeaderValue::from(seconds.get()));
    let (media_type, body) = match is_scim {
        true => (scim::MEDIA_TYPE, serde_json::to_vec(&scim::error(&problem))),
        false => ("application/problem+json", serde_json::to_vec(&problem)),
    };
    let body = body.unwrap_or_default();
    let status = response.status();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
    match status {
        StatusCode::UNAUTHORIZED => headers.append(header::WWW_AUTHENTICATE, guard::challenge()),
        StatusCode::SERVICE_UNAVAILABLE => headers.append(header::RETRY_AFTER, retry_after.unwrap_or(RETRY_AFTER_SECONDS)),
        _ => retry_after.is_some_and(|wait| headers.append(header::RETRY_AFTER, wait)),
    };
    *response.body_mut() = Body::from(body);
    cause
}

/// The problem of an error answer that carries none: those that the router's own parts make. The console says its own in words.
fn bare_problem(response: &Response) -> Option<Problem> {
    let status = response.status();
    let is_page = response.headers().get(header::CONTENT_TYPE).is_some_and(|media| media == console::PAGE_TYPE);
    if is_page || !status.is_client_error() && !status.is_server_error() {
        return None;
    }
    let kind = SHARED_KINDS.iter().find(|kind| kind.status == status.as_u16());
    let kind = kind.copied().unwrap_or(if status.is_client_error() { ProblemKind::BAD_REQUEST } else { ProblemKind::INTERNAL });
    Some(Problem::new(kind, "The request was refused before it reached its handler."))
}

fn set_headers(headers: &mut HeaderMap, id: RequestId) {
    if let Ok(id) = HeaderValue::try_from(id.to_string()) {
        headers.insert(REQUEST_ID_HEADER, id);
    }
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(API_CONTENT_POLICY);
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin"));
    headers.insert(HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin"));
    headers.insert(HeaderName::from_static("permissions-policy"), PERMISSIONS_POLICY);
    headers.insert(HeaderName::from_static("origin-agent-cluster"), HeaderValue::from_static("?1"));
    headers.insert(HeaderName::from_static("x-permitted-cross-domain-policies"), HeaderValue::from_static("none"));
}
