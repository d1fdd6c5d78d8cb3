//! What is known of a request once it was answered: for the access log, which keeps none of it as it is.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axum::http::Method;
use kernel::{Actor, TenantId, Timestamp};

use crate::PeerInfo;

/// A request that was answered. What names somebody is here in clear, for as long as the call of an [`AccessLog`] takes: it
/// is borrowed, and prints as `[redacted]`.
#[derive(Clone, Copy)]
pub struct Accessed<'a> {
    /// When it came.
    pub at: Timestamp,
    /// Its method; `other` where it is none that a route can have, since whoever sends a request may write anything there.
    pub method: &'static str,
    /// The template of its route, or `none`: never the path as sent.
    pub route: &'a str,
    /// The answer's status.
    pub status: u16,
    /// Bytes of the answer's body, where they are known beforehand.
    pub bytes: Option<u64>,
    /// How long it took until the answer began.
    pub duration: Duration,
    /// Whose credential was accepted.
    pub tenant: Option<TenantId>,
    /// Who that was.
    pub actor: Option<Actor>,
    /// Where it came from.
    pub peer: PeerInfo,
    /// What the client says it is.
    pub user_agent: Option<&'a [u8]>,
}

impl fmt::Debug for Accessed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// Takes note of a request, on the thread that answers it: it must neither block nor wait.
pub type AccessLog = Arc<dyn Fn(&Accessed<'_>) + Send + Sync>;

/// A method by a name of ours.
pub(crate) fn method_name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}
