//! Who asks: the authenticated scope, and the credential it came with.

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
