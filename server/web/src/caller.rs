//! Who asks: the authenticated scope, the credential it came with, and the connection it came over.

use std::convert::Infallible;
use std::fmt;
use std::net::SocketAddr;

use aide::OperationInput;
use aide::generate::GenContext;
use aide::openapi::Operation;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use kernel::problem::ProblemKind;
use kernel::{Presented, Problem, Scope};

use crate::Failure;

/// Marks operations whose handler takes a [`Caller`] or [`Credential`], until the document is built.
pub(crate) const NEEDS_CALLER: &str = "x-purser-needs-caller";

/// The authenticated scope. A route with [`kernel::Access::Public`] cannot take it: `build` panics.
#[derive(Clone, Debug)]
pub struct Caller(pub Scope);

/// The credential that was accepted, for the endpoint that ends a session.
#[derive(Clone, Debug)]
pub struct Credential(pub Presented);

fn taken<T: Clone + Send + Sync + 'static>(parts: &mut Parts) -> Result<T, Failure> {
    // The guard puts both in place before any handler runs; `build` has refused public routes that ask for them.
    parts.extensions.get::<T>().cloned().ok_or_else(|| Failure(Problem::new(ProblemKind::UNAUTHENTICATED, "This needs a credential.")))
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Failure> {
        taken(parts)
    }
}

impl<S: Sync> FromRequestParts<S> for Credential {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Failure> {
        taken(parts)
    }
}

impl OperationInput for Caller {
    fn operation_input(_context: &mut GenContext, operation: &mut Operation) {
        operation.extensions.insert(NEEDS_CALLER.into(), true.into());
    }
}

impl OperationInput for Credential {
    fn operation_input(_context: &mut GenContext, operation: &mut Operation) {
        operation.extensions.insert(NEEDS_CALLER.into(), true.into());
    }
}

/// What is known of the connection. For rate limits, and for the access log, which keeps a pseudonym of the day: it prints as
/// `[redacted]` and is never logged.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum PeerInfo {
    /// Over the network, from this address.
    Network(SocketAddr),
    /// Over the Unix socket: whoever may read the data folder, or a reverse proxy of theirs.
    Local,
    /// Not over a connection: a request made inside the process.
    Unknown,
}

impl fmt::Debug for PeerInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl<S: Sync> FromRequestParts<S> for PeerInfo {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get::<Self>().copied().unwrap_or(Self::Unknown))
    }
}

impl OperationInput for PeerInfo {}
