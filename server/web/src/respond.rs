//! What handlers answer with, each documented in OpenAPI by its type.

use std::time::Duration;

use aide::OperationOutput;
use aide::generate::GenContext;
use aide::openapi::{MediaType, Operation, Response as Documented, SchemaObject};
use axum::Extension;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use kernel::{Page, Problem, SecretText};
use schemars::{JsonSchema, Schema, json_schema};
use serde::Serialize;

use crate::body::free_form;
use crate::{Failure, Json, WireJson, session};

/// 201 with what was made.
#[derive(Clone, Copy, Debug)]
pub struct Created<T>(pub T);

/// 202: the work goes on after the answer.
#[derive(Clone, Copy, Debug)]
pub struct Accepted;

/// 204.
#[derive(Clone, Copy, Debug)]
pub struct NoContent;

/// 200 with a page of rows: `{"items": […], "next": "…"}`.
#[derive(Clone, Debug)]
pub struct Paged<T>(pub Page<T>);

/// 204 with the session cookie.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The session's secret.
    pub session: SecretText,
    /// How long the browser keeps the cookie.
    pub lifetime: Duration,
}

/// An answer that gives a credential out. Where its holder's address is banned, it goes on with it.
#[derive(Clone, Debug)]
pub struct Issued<T> {
    /// The credential, as it is sent back to the server later.
    pub credential: SecretText,
    /// The answer.
    pub answer: T,
}

/// The credential that an answer gives out, for the outermost layer: in the extensions of the response.
#[derive(Clone)]
pub(crate) struct IssuedCredential(pub(crate) SecretText);

/// 204 that removes the session cookie and what the browser has stored.
#[derive(Clone, Copy, Debug)]
pub struct SignedOut;

fn json_response<T: Serialize>(status: StatusCode, value: &T) -> Response {
    match serde_json::to_vec(value) {
        Ok(body) => (status, [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], body).into_response(),
        Err(error) => Failure(Problem::internal(&error)).into_response(),
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        json_response(StatusCode::OK, &self.0)
    }
}

impl<T: Serialize> IntoResponse for WireJson<T> {
    fn into_response(self) -> Response {
        json_response(StatusCode::OK, &self.0)
    }
}

impl<T: Serialize> IntoResponse for Created<T> {
    fn into_response(self) -> Response {
        json_response(StatusCode::CREATED, &self.0)
    }
}

impl<T: Serialize> IntoResponse for Paged<T> {
    fn into_response(self) -> Response {
        json_response(StatusCode::OK, &self.0)
    }
}

impl IntoResponse for Accepted {
    fn into_response(self) -> Response {
        StatusCode::ACCEPTED.into_response()
    }
}

impl IntoResponse for NoContent {
    fn into_response(self) -> Response {
        StatusCode::NO_CONTENT.into_response()
    }
}

impl IntoResponse for SignedIn {
    fn into_response(self) -> Response {
        match session::cookie(&self.session, self.lifetime) {
            Ok(cookie) => {
                let issued = Extension(IssuedCredential(self.session));
                (StatusCode::NO_CONTENT, issued, [(header::SET_COOKIE, cookie)]).into_response()
            }
            Err(error) => Failure(Problem::internal(&error)).into_response(),
        }
    }
}

impl<T: IntoResponse> IntoResponse for Issued<T> {
    fn into_response(self) -> Response {
        (Extension(IssuedCredential(self.credential)), self.answer).into_response()
    }
}

impl<T: OperationOutput> OperationOutput for Issued<T> {
    type Inner = T::Inner;

    fn operation_response(context: &mut GenContext, operation: &mut Operation) -> Option<Documented> {
        T::operation_response(context, operation)
    }

    fn inferred_responses(context: &mut GenContext, operation: &mut Operation) -> Vec<(Option<u16>, Documented)> {
        T::inferred_responses(context, operation)
    }
}

impl IntoResponse for SignedOut {
    fn into_response(self) -> Response {
        // `"cookies"` is left out: it would take along the cookies of every other program on this host name.
        let headers = [
            (header::SET_COOKIE, session::expired_cookie()),
            (header::HeaderName::from_static("clear-site-data"), HeaderValue::from_static("\"cache\", \"storage\"")),
        ];
        (StatusCode::NO_CONTENT, headers).into_response()
    }
}

fn documented(description: &str, schema: Option<Schema>) -> Documented {
    let media =
        |json_schema| MediaType { schema: Some(SchemaObject { json_schema, external_docs: None, example: None }), ..MediaType::default() };
    Documented {
        description: description.to_owned(),
        content: schema.map(|schema| ("application/json".to_owned(), media(schema))).into_iter().collect(),
        ..Documented::default()
    }
}

macro_rules! documented {
    ($([$($t:ident: $bound:path)?] $type:ty => $status:literal $description:literal $schema:expr;)*) => {
        $(impl<$($t: $bound)?> OperationOutput for $type {
            type Inner = Self;

            fn operation_response(context: &mut GenContext, _operation: &mut Operation) -> Option<Documented> {
                let schema: fn(&mut GenContext) -> Option<Schema> = $schema;
                Some(documented($description, schema(context)))
            }

            fn inferred_responses(context: &mut GenContext, operation: &mut Operation) -> Vec<(Option<u16>, Documented)> {
                Self::operation_response(context, operation).map(|response| (Some($status), response)).into_iter().collect()
            }
        })*
    };
}

documented! {
    [T: JsonSchema] Json<T> => 200 "The answer." |context| Some(context.schema.subschema_for::<T>());
    [T: Serialize] WireJson<T> => 200 "The answer." |_context| Some(free_form());
    [T: JsonSchema] Created<T> => 201 "Made." |context| Some(context.schema.subschema_for::<T>());
    [T: JsonSchema] Paged<T> => 200 "A page." |context| {
        let item = context.schema.subschema_for::<T>();
        Some(json_schema!({
            "type": "object",
            "required": ["items"],
            "properties": {
                "items": { "type": "array", "items": item },
                "next": { "type": "string", "description": "The cursor of the next page; absent on the last one." },
            },
        }))
    };
    [] Accepted => 202 "Accepted; the work goes on." |_context| None;
    [] NoContent => 204 "Done." |_context| None;
    [] SignedIn => 204 "Signed in; the session is in the cookie." |_context| None;
    [] SignedOut => 204 "Signed out." |_context| None;
}
