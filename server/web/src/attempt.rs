//! The cookie of a browser that goes elsewhere and comes back: what it kept shows that the answer is to what it asked.
//!
//! It is `SameSite=Strict` as the session's is: the page that it comes back to sends it by a request of its own.

use std::convert::Infallible;
use std::time::Duration;

use aide::generate::GenContext;
use aide::openapi::{Operation, Response as Documented};
use aide::{OperationInput, OperationOutput};
use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use kernel::{Problem, SecretText};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{Failure, Json, session};

/// The cookie's name. `__Host-` makes browsers insist on `Secure`, `Path=/` and no `Domain`, so that no neighbour sets it.
pub const ATTEMPT_COOKIE_NAME: &str = "__Host-purser-attempt";

/// 200 with the cookie.
#[derive(Clone, Debug)]
pub struct Begun<T> {
    /// The answer.
    pub answer: T,
    /// What the browser keeps.
    pub secret: SecretText,
    /// For how long.
    pub lifetime: Duration,
}

/// What a browser kept, where it did.
#[derive(Clone, Debug)]
pub struct AttemptSecret(pub Option<SecretText>);

impl<T: Serialize> IntoResponse for Begun<T> {
    fn into_response(self) -> Response {
        match session::set_cookie(ATTEMPT_COOKIE_NAME, &self.secret, self.lifetime) {
            Ok(cookie) => ([(header::SET_COOKIE, cookie)], Json(self.answer)).into_response(),
            Err(error) => Failure(Problem::internal(&error)).into_response(),
        }
    }
}

impl<T: JsonSchema> OperationOutput for Begun<T> {
    type Inner = Self;

    fn operation_response(context: &mut GenContext, operation: &mut Operation) -> Option<Documented> {
        Json::<T>::operation_response(context, operation)
    }

    fn inferred_responses(context: &mut GenContext, operation: &mut Operation) -> Vec<(Option<u16>, Documented)> {
        Json::<T>::inferred_responses(context, operation)
    }
}

impl<S: Sync> FromRequestParts<S> for AttemptSecret {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(Self(session::cookie_named(&parts.headers, ATTEMPT_COOKIE_NAME)))
    }
}

impl OperationInput for AttemptSecret {}
