//! What stands before each handler: who may call it, which query keys it has, how long it may take, that its panic is
//! an answer. One small service per route, one allocation per request.

use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use kernel::problem::ProblemKind;
use kernel::{Access, Actor, Authenticator, ClientCertificate, Denied, Origin, Presented, Problem, Scope, SecretText, TenantId};
use tower::Service;

use crate::answer::{CROSS_SITE, Failure, TIMED_OUT};
use crate::app::RouteEntry;
use crate::body::{self, BodyLimit};
use crate::caller::{Caller, Credential};
use crate::doors::{Doors, Found, Guess, Shut, Tried};
use crate::filter::RequestFilter;
use crate::peer::PeerInfo;
use crate::session;

/// What is known of a route.
pub(crate) struct Guard {
    pub(crate) entry: RouteEntry,
    pub(crate) authenticator: Arc<dyn Authenticator>,
    pub(crate) doors: Doors,
    pub(crate) filter: RequestFilter,
    pub(crate) takes_passwords: bool,
    pub(crate) is_open_to_banned: bool,
    pub(crate) body_limit: BodyLimit,
    pub(crate) time_max: Duration,
    pub(crate) query_keys: Vec<String>,
    pub(crate) is_paged: bool,
}

/// A route's guard as extractors and the outermost layer see it, in the extensions of request and response.
#[derive(Clone)]
pub(crate) struct Facts(Arc<Guard>);

impl Facts {
    pub(crate) fn is_paged(&self) -> bool {
        self.0.is_paged
    }

    pub(crate) fn body_limit(&self) -> BodyLimit {
        self.0.body_limit
    }

    /// The request filter, where it looks at this route's bodies: what agents report may look like anything.
    pub(crate) fn filter_of_bodies(&self) -> Option<&RequestFilter> {
        matches!(self.0.entry.access, Access::Public | Access::Person(_) | Access::Program(_)).then_some(&self.0.filter)
    }

    pub(crate) fn entry(&self) -> &RouteEntry {
        &self.0.entry
    }
}

/// Whose credential was accepted, for the outermost layer: in the extensions of the response, whatever became of the request.
#[derive(Clone, Copy)]
pub(crate) struct Who {
    pub(crate) tenant: TenantId,
    pub(crate) actor: Actor,
}

/// What was learnt of a request on its way in, whatever became of it.
#[derive(Default)]
struct Met {
    who: Option<Who>,
    tried: Option<Tried>,
    guess: Option<Arc<Guess>>,
}

impl Guard {
    /// Lets a request in, or says why not.
    async fn admit(&self, request: &mut Request, met: &mut Met) -> Result<(), Problem> {
        let peer = peer_of(request);
        let shut = request.extensions().get::<Shut>().copied();
        if let Some(shut) = shut
            && self.entry.access == Access::Public
            && !self.is_open_to_banned
        {
            return Err(self.doors.shut(shut));
        }
        let headers = request.headers();
        // A public route has nothing to do with credentials, not even with one that a proxy in front left there.
        let bearer = if self.entry.access == Access::Public {
            None
        } else {
            bearer(headers).map_err(|malformed| shut.map_or(malformed, |shut| self.doors.shut(shut)))?
        };
        let is_unsafe = !request.method().is_safe();
        if is_unsafe && bearer.is_none() && session::is_cross_site(headers, request.uri().authority().map(|authority| authority.as_str())) {
            return Err(Problem::new(CROSS_SITE, "Requests that change something are taken from this server's own pages only."));
        }
        if self.entry.access != Access::Public {
            let presented = match (bearer, self.entry.access) {
                (Some(token), _) => Presented::Bearer(token),
                (None, Access::Person(_)) => session::presented(headers).map_or(Presented::Nothing, Presented::Session),
                (None, _) => Presented::Nothing,
            };
            let came = Came { peer, shut, certificate: certificate_of(request) };
            let scope = self.authenticate(&presented, came, met).await?;
            met.who = Some(Who { tenant: scope.tenant(), actor: scope.actor() });
            let extensions = request.extensions_mut();
            extensions.insert(Caller(scope));
            extensions.insert(Credential(presented));
        }
        self.check_query_keys(request.uri().query().unwrap_or_default())
    }

    async fn authenticate(&self, presented: &Presented, came: Came, met: &mut Met) -> Result<Scope, Problem> {
        let Came { peer, shut, certificate } = came;
        let Some(fingerprint) = self.doors.fingerprint(presented, certificate) else {
            return Err(shut.map_or_else(|| problem_of(Denied::Unauthenticated), |shut| self.doors.shut(shut)));
        };
        self.doors.may_check(peer, shut, fingerprint)?;
        let access = self.entry.access;
        let checked = self.authenticator.authenticate(presented, access, Origin { source: peer.into(), certificate }).await;
        let found = match &checked {
            Ok(_) | Err(Denied::Forbidden) => Some(Found::Valid),
            // It is whoever shows it there, or without the key that it is bound to, that is banned for it.
            Err(Denied::Source | Denied::Certificate) => Some(Found::Elsewhere),
            Err(Denied::Unauthenticated) => Some(Found::Invalid),
            Err(Denied::Unavailable) => None,
        };
        met.tried = found.map(|found| Tried { fingerprint, found });
        let scope = checked.map_err(|denied| match (denied, shut) {
            (Denied::Unauthenticated | Denied::Source | Denied::Certificate, Some(shut)) => self.doors.failed(shut),
            (denied, _) => problem_of(denied),
        })?;
        if !fits(&scope, access) {
            return Err(problem_of(Denied::Forbidden));
        }
        self.doors.accepted(peer, fingerprint, &scope, access)?;
        Ok(scope)
    }

    /// Lets a try of a password go on, once all of it is here.
    async fn begin_guess(&self, request: Request, met: &mut Met) -> Result<Request, Problem> {
        let peer = peer_of(&request);
        let request = body::arrived(request, self.body_limit).await?;
        // The ban may have begun while the body came.
        if self.entry.access == Access::Public
            && let Some(shut) = self.doors.knock(peer)
        {
            return Err(self.doors.shut(shut));
        }
        met.guess = self.doors.guess(peer).await?.map(Arc::new);
        Ok(request)
    }

    /// A key that the document does not name would silently do nothing, one that comes twice would mean either.
    fn check_query_keys(&self, query: &str) -> Result<(), Problem> {
        if query.is_empty() {
            return Ok(());
        }
        let mut seen = vec![false; self.query_keys.len()];
        for (key, _) in form_urlencoded::parse(query.as_bytes()) {
            let Some(position) = self.query_keys.iter().position(|known| *known == *key) else {
                let key: String = key.chars().take(KEY_SHOWN_CHARS_MAX).collect();
                return Err(Problem::invalid(key, "This address has no such query parameter."));
            };
            if std::mem::replace(&mut seen[position], true) {
                return Err(Problem::invalid(key.into_owned(), "This query parameter may be given once."));
            }
        }
        Ok(())
    }
}

/// What is answered where a credential opens nothing.
#[must_use]
pub fn problem_of(denied: Denied) -> Problem {
    match denied {
        Denied::Unauthenticated => Problem::new(ProblemKind::UNAUTHENTICATED, "There is no valid credential in this request."),
        Denied::Forbidden => Problem::new(ProblemKind::FORBIDDEN, "The credential is valid, but not for this."),
        Denied::Source => Problem::new(ProblemKind::SOURCE_NOT_ALLOWED, SOURCE_NOT_ALLOWED_DETAIL),
        Denied::Certificate => Problem::new(ProblemKind::CERTIFICATE_NOT_ACCEPTED, CERTIFICATE_NOT_ACCEPTED_DETAIL),
        Denied::Unavailable => Problem::new(ProblemKind::UNAVAILABLE, "Credentials cannot be checked at present. Try again soon."),
    }
}

/// What whoever comes from elsewhere can do.
pub(crate) const SOURCE_NOT_ALLOWED_DETAIL: &str =
    "This credential, or its organisation, takes requests from listed addresses only. Come from one of those, or ask its administrator.";
/// What can be done by whoever shows another certificate than the credential's, or none.
pub(crate) const CERTIFICATE_NOT_ACCEPTED_DETAIL: &str = "Either this credential works with a client certificate only, and this connection has none; \
     or the certificate of this connection is not one that was issued for this credential, or has ended or been revoked. Connect to the \
     address for client certificates with one that was issued for this credential; without one, use the other address.";
/// How much of an unknown query key is repeated in the answer, in characters.
const KEY_SHOWN_CHARS_MAX: usize = 64;

/// The authenticator decides; this holds it to its contract, so that a fault there opens nothing.
fn fits(scope: &Scope, access: Access) -> bool {
    match access {
        Access::Public => true,
        Access::Person(permission) => scope.may(permission),
        Access::Program(permission) => scope.may(permission) && matches!(scope.actor(), Actor::ApiToken(_)),
        Access::Device => matches!(scope.actor(), Actor::Device(_)),
        Access::Report => matches!(scope.actor(), Actor::Device(_) | Actor::TelemetryToken(_)),
    }
}

/// Where a request comes from.
pub(crate) fn peer_of(request: &Request) -> PeerInfo {
    request.extensions().get::<PeerInfo>().copied().unwrap_or(PeerInfo::Unknown)
}

/// The client certificate of the connection that a request came by.
pub(crate) fn certificate_of(request: &Request) -> Option<ClientCertificate> {
    request.extensions().get::<ClientCertificate>().copied()
}

/// How a request came.
#[derive(Clone, Copy)]
struct Came {
    peer: PeerInfo,
    shut: Option<Shut>,
    certificate: Option<ClientCertificate>,
}

/// Whatever credential a request brings, on whichever route.
pub(crate) fn brought(headers: &HeaderMap) -> Presented {
    match bearer(headers) {
        Ok(Some(token)) => Presented::Bearer(token),
        _ => session::presented(headers).map_or(Presented::Nothing, Presented::Session),
    }
}

fn bearer(headers: &HeaderMap) -> Result<Option<SecretText>, Problem> {
    let Some(value) = headers.get(header::AUTHORIZATION) else { return Ok(None) };
    let token = value.to_str().ok().and_then(|text| text.split_once(' ')).filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    match token {
        Some((_, token)) => Ok(Some(SecretText::new(token.trim().to_owned()))),
        None => Err(Problem::new(ProblemKind::UNAUTHENTICATED, "Send the token as Authorization: Bearer TOKEN.")),
    }
}

/// A handler behind its [`Guard`].
pub(crate) struct Guarded<H> {
    guard: Arc<Guard>,
    handler: H,
}

impl<H: Clone> Clone for Guarded<H> {
    fn clone(&self) -> Self {
        Self { guard: Arc::clone(&self.guard), handler: self.handler.clone() }
    }
}

impl<H> Guarded<H> {
    pub(crate) fn new(guard: Arc<Guard>, handler: H) -> Self {
        Self { guard, handler }
    }
}

impl<H> Service<Request> for Guarded<H>
where
    H: Service<Request, Response = Response, Error = Infallible> + Clone + Send + 'static,
    H::Future: Send + 'static,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.handler.poll_ready(context)
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        let guard = Arc::clone(&self.guard);
        let mut handler = self.handler.clone();
        Box::pin(async move {
            let mut met = Met::default();
            let work = async {
                guard.admit(&mut request, &mut met).await?;
                if guard.takes_passwords {
                    request = guard.begin_guess(request, &mut met).await?;
                }
                request.extensions_mut().insert(Facts(Arc::clone(&guard)));
                match handler.call(request).await {
                    Ok(response) => Ok::<_, Problem>(response),
                    Err(never) => match never {},
                }
            };
            let outcome = tokio::time::timeout(guard.time_max, unwinding(work)).await;
            let is_cut = !matches!(outcome, Ok(Some(_)));
            let mut response = match outcome {
                Ok(Some(Ok(response))) => response,
                Ok(Some(Err(problem))) => Failure(problem).into_response(),
                Ok(None) => Failure(Problem::internal(&Panicked)).into_response(),
                Err(_elapsed) => Failure(timed_out(guard.time_max)).into_response(),
            };
            response.extensions_mut().insert(Facts(guard));
            if let Some(who) = met.who {
                response.extensions_mut().insert(who);
            }
            if let Some(tried) = met.tried {
                response.extensions_mut().insert(tried);
            }
            // A panic or the end of the time says nothing of the password: it counts as wrong when it is dropped.
            if let Some(guess) = met.guess.filter(|_| !is_cut) {
                response.extensions_mut().insert(guess);
            }
            Ok(response)
        })
    }
}

fn timed_out(time_max: Duration) -> Problem {
    Problem::new(TIMED_OUT, format!("The server stopped after {} s. Nothing says that the work was not done.", time_max.as_secs()))
}

#[derive(Debug, thiserror::Error)]
#[error("the handler panicked")]
pub(crate) struct Panicked;

/// Runs a future; `None` where it panicked. Its state is dropped, not used again, which makes the assertion true.
pub(crate) async fn unwinding<F: Future>(future: F) -> Option<F::Output> {
    let mut future = std::pin::pin!(future);
    poll_fn(|context| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
        Ok(poll) => poll.map(Some),
        Err(_payload) => Poll::Ready(None),
    })
    .await
}

/// The challenge that goes with a 401.
pub(crate) fn challenge() -> HeaderValue {
    HeaderValue::from_static("Bearer realm=\"purser\"")
}
