//! The operators' door: one route, on the operators' listener only. The public listeners have no such route.
//!
//! Whoever comes in is known by the client certificate of the connection, which is asked for anew in each request, before its body is read and
//! once more when all of it is here; no password, session, token or cookie is looked at. What a request means, and whether this operator may do it, is `app`'s to say: here it is JSON in, JSON
//! out.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, Request};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Extension, Router};
use kernel::limits::REQUEST_TIME_MAX;
use kernel::problem::ProblemKind;
use kernel::{ClientCertificate, Denied, OperatorId, Problem};
use serde_json::Value;

use crate::admin::ADMIN_BODY_BYTES_MAX;
use crate::answer::{CROSS_SITE, Failure, TIMED_OUT};
use crate::app::WebApp;
use crate::doors::{Doors, Found, Shut, Tried};
use crate::guard::{certificate_of, problem_of};
use crate::{Json, session};

/// Where the door is.
pub const OPERATOR_PATH: &str = "/operator";

/// Who an operator is.
pub type Known<'a> = Pin<Box<dyn Future<Output = Result<OperatorId, Denied>> + Send + 'a>>;
/// What became of a request.
pub type Performed<'a> = Pin<Box<dyn Future<Output = Result<Value, Problem>> + Send + 'a>>;

/// Knows the operators, and does what they ask. `app` fills it.
pub trait Operators: Send + Sync + 'static {
    /// Whose certificate this is, at this moment.
    fn known(&self, certificate: ClientCertificate) -> Known<'_>;

    /// Does what an operator asks, or says that it is not theirs to ask.
    fn perform(&self, operator: OperatorId, asked: Value) -> Performed<'_>;
}

/// What the operators' listener serves.
#[derive(Clone)]
pub struct OperatorApp {
    /// The door, and nothing else.
    pub router: Router,
}

/// An operator was let in: for the outermost layer, in the extensions of the response.
#[derive(Clone, Copy)]
pub(crate) struct LetIn;

impl WebApp {
    /// The operators' door, with the same outermost layer as everything else.
    #[must_use]
    pub fn for_operators(&self, operators: Arc<dyn Operators>) -> OperatorApp {
        let doors = self.front.doors().clone();
        let open = move |request: Request| {
            let (operators, doors) = (Arc::clone(&operators), doors.clone());
            async move { answer(operators.as_ref(), &doors, request).await }
        };
        let router = Router::new().route(OPERATOR_PATH, post(open)).fallback(async || Failure(Problem::not_found()));
        OperatorApp { router: self.front.wrap(router.layer(DefaultBodyLimit::max(ADMIN_BODY_BYTES_MAX))) }
    }
}

async fn answer(operators: &dyn Operators, doors: &Doors, request: Request) -> Response {
    let shut = request.extensions().get::<Shut>().copied();
    let certificate = certificate_of(&request);
    if let Err(problem) = admit(operators, doors, (certificate, shut)).await {
        return Failure(problem).into_response();
    }
    let asked = match tokio::time::timeout(REQUEST_TIME_MAX, asked_of(request)).await {
        Ok(asked) => asked,
        Err(_elapsed) => Err(Problem::new(TIMED_OUT, format!("The body did not come within {} s.", REQUEST_TIME_MAX.as_secs()))),
    };
    // What was revoked while the body came does nothing.
    let operator = match admit(operators, doors, (certificate, shut)).await {
        Ok(operator) => operator,
        Err(problem) => return Failure(problem).into_response(),
    };
    let done = match asked {
        Ok(asked) => operators.perform(operator, asked).await,
        Err(problem) => Err(problem),
    };
    let response = match done {
        Ok(answer) => Json(answer).into_response(),
        Err(problem) => Failure(problem).into_response(),
    };
    // What an operator may not do counts against their certificate, and bans nobody else at their address.
    let tried = certificate.map(|certificate| Extension(Tried { fingerprint: doors.of_certificate(certificate), found: Found::Valid }));
    (Extension(LetIn), tried, response).into_response()
}

/// Who it is. A banned address is refused with the ban's answer, unless it is an operator who comes from there.
async fn admit(
    operators: &dyn Operators,
    doors: &Doors,
    (certificate, shut): (Option<ClientCertificate>, Option<Shut>),
) -> Result<OperatorId, Problem> {
    let known = match certificate {
        Some(certificate) => operators.known(certificate).await,
        None => Err(Denied::Certificate),
    };
    known.map_err(|denied| match (denied, shut) {
        (Denied::Unavailable, _) => problem_of(denied),
        (_, Some(shut)) => doors.failed(shut),
        (_, None) => Problem::new(ProblemKind::CERTIFICATE_NOT_ACCEPTED, NOT_AN_OPERATORS),
    })
}

/// What a request asks for.
async fn asked_of(request: Request) -> Result<Value, Problem> {
    let headers = request.headers();
    // A browser that holds an operator's key must not be led here by another site's page.
    if session::is_cross_site(headers, request.uri().authority().map(|authority| authority.as_str())) {
        return Err(Problem::new(CROSS_SITE, "Requests are taken from the operators' own programs only."));
    }
    let media = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if media != "application/json" {
        return Err(Problem::new(ProblemKind::UNSUPPORTED_MEDIA_TYPE, "Send application/json."));
    }
    let body = axum::body::to_bytes(request.into_body(), ADMIN_BODY_BYTES_MAX).await;
    let body = body
        .map_err(|_broken_or_long| Problem::new(ProblemKind::TOO_LARGE, format!("A request has at most {ADMIN_BODY_BYTES_MAX} bytes.")))?;
    serde_json::from_slice(&body).map_err(|_not_json| Problem::new(ProblemKind::BAD_REQUEST, "The body is not JSON."))
}

/// What somebody can do whose certificate is none of an operator's.
const NOT_AN_OPERATORS: &str = "This address is for operators of this installation, by a client certificate that was issued to them. The one of this \
     connection was not, has ended or was revoked. Whoever administers the host issues another: purser operator certificate.";
