//! What ties a question to the browser that asked for it, before anybody is signed in there.
//!
//! A passkey signs what the server made up a moment before. Without a tie somebody could have the question answered in one browser
//! and the answer brought by another, whose person would then be signed in as somebody else and not notice.

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

/// The cookie's name.
pub const TIE_COOKIE: &str = "__Host-purser-tie";

/// The tie that a request brings; an empty text where it brings none.
#[derive(Clone, Debug)]
pub struct Tie(pub SecretText);

/// 200 with JSON, and the tie.
#[derive(Clone, Debug)]
pub struct Tied<T> {
    /// What the browser is asked.
    pub question: T,
    /// The tie.
    pub tie: SecretText,
    /// How long the browser keeps it.
    pub lifetime: Duration,
}

impl<S: Sync> FromRequestParts<S> for Tie {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(Self(session::cookie_named(&parts.headers, TIE_COOKIE).unwrap_or_else(|| SecretText::new(String::new()))))
    }
}

impl OperationInput for Tie {}

impl<T: Serialize> IntoResponse for Tied<T> {
    fn into_response(self) -> Response {
        match session::set_cookie(TIE_COOKIE, &self.tie, self.lifetime) {
            Ok(cookie) => ([(header::SET_COOKIE, cookie)], Json(self.question)).into_response(),
            Err(error) => Failure(Problem::internal(&error)).into_response(),
        }
    }
}

impl<T: JsonSchema> OperationOutput for Tied<T> {
    type Inner = T;

    fn operation_response(context: &mut GenContext, operation: &mut Operation) -> Option<Documented> {
        Json::<T>::operation_response(context, operation)
    }

    fn inferred_responses(context: &mut GenContext, operation: &mut Operation) -> Vec<(Option<u16>, Documented)> {
        Json::<T>::inferred_responses(context, operation)
    }
}
