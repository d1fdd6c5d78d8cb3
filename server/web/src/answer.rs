//! What a handler returns: an answer, or a problem.
//!
//! A [`Failure`] carries its [`Problem`] through the router as a response extension; the outermost layer writes it down
//! as `application/problem+json`, adds the request's id and logs the cause, once, in one place.

use aide::OperationOutput;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use kernel::Problem;
use kernel::problem::ProblemKind;

/// A handler's result.
pub type Answer<T> = Result<T, Failure>;

/// A problem on its way out. `?` makes one of everything that turns into a [`Problem`].
#[derive(Debug)]
pub struct Failure(pub Problem);

impl<E: Into<Problem>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = status.into_response();
        response.extensions_mut().insert(self.0);
        response
    }
}

/// Problems are documented by the route's [`crate::Doc`] and its access, not by its return type.
impl OperationOutput for Failure {
    type Inner = Problem;
}

/// The request took longer than its route allows.
pub const TIMED_OUT: ProblemKind = ProblemKind { slug: "timed-out", status: 503, title: "The request took too long" };

/// A browser sent the request from another site.
pub const CROSS_SITE: ProblemKind = ProblemKind { slug: "cross-site", status: 403, title: "The request came from another site" };

/// Too many requests of this peer or credential were refused, and for a time all are.
pub const BANNED: ProblemKind = ProblemKind { slug: "banned", status: 429, title: "Too many requests were refused" };

/// The request has the shape of an attack, and the request filter refuses such.
pub const REQUEST_BLOCKED: ProblemKind =
    ProblemKind { slug: "request-blocked", status: 403, title: "The request has the shape of an attack" };

/// The problem kinds that `web` adds to the shared ones.
pub const WEB_KINDS: &[ProblemKind] = &[BANNED, CROSS_SITE, REQUEST_BLOCKED, TIMED_OUT];

/// Longest detail taken from a parser's message, in characters: such a message can repeat what was sent.
const PARSER_DETAIL_CHARS_MAX: usize = 300;

/// A parser's message as a detail.
pub(crate) fn detail_of(error: &dyn std::fmt::Display) -> String {
    let text = error.to_string();
    match text.char_indices().nth(PARSER_DETAIL_CHARS_MAX) {
        None => text,
        Some((end, _)) => text.get(..end).map(|start| format!("{start}…")).unwrap_or_default(),
    }
}
