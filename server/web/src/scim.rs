//! SCIM 2.0 (RFC 7644): how requests and answers of that protocol are read and written. What users and groups are is for the
//! domain that mounts them ([`crate::Routes::scim`]).
//!
//! Everything below [`PREFIX`] is refused in this protocol's form, routes that do not exist included, by the layer that writes
//! every problem: so a refusal of the router's (no credential, too many requests) has the form as well. The kinds are the house's own,
//! in the same catalogue. A kind whose slug begins with `scim-` names the protocol's `scimType` by the rest of it: `scim-no-target`
//! is `noTarget`.

use aide::OperationInput;
use aide::OperationOutput;
use aide::generate::GenContext;
use aide::openapi::{MediaType, Operation, Response as Documented, SchemaObject};
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use kernel::Problem;
use kernel::problem::{PROBLEM_TYPE_BASE, ProblemKind};
use schemars::generate::SchemaGenerator;
use schemars::{JsonSchema, Schema, json_schema};
use serde_json::{Map, Value, json};

use crate::Failure;
use crate::answer::detail_of;
use crate::body;

/// Where the protocol's routes begin.
pub const PREFIX: &str = "/scim/v2";
/// The media type of its bodies (RFC 7644 section 8.1).
pub const MEDIA_TYPE: &str = "application/scim+json";
/// The schema of what is refused (RFC 7644 section 3.12).
pub const ERROR_SCHEMA: &str = "urn:ietf:params:scim:api:messages:2.0:Error";
/// What slugs of kinds begin with that name a `scimType`.
const SLUG_PREFIX: &str = "scim-";

/// Whether a path is one of the protocol's.
pub(crate) fn is_of(path: &str) -> bool {
    path.strip_prefix(PREFIX).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// A problem in the protocol's form.
pub(crate) fn error(problem: &Problem) -> Value {
    let mut error = json!({ "schemas": [ERROR_SCHEMA], "status": problem.status.to_string(), "detail": problem.detail });
    let slug = problem.kind.strip_prefix(PROBLEM_TYPE_BASE).and_then(|slug| slug.strip_prefix(SLUG_PREFIX));
    if let (Some(slug), Value::Object(fields)) = (slug, &mut error) {
        fields.insert("scimType".into(), camel_case(slug).into());
    }
    error
}

fn camel_case(slug: &str) -> String {
    let mut words = slug.split('-');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |text, word| {
        let mut letters = word.chars();
        text + &letters.next().map(|letter| letter.to_ascii_uppercase()).into_iter().collect::<String>() + letters.as_str()
    })
}

/// A body of the protocol: an object, with whatever is in it. As `application/scim+json`, and as `application/json`, which
/// older clients say.
#[derive(Clone, Debug)]
pub struct Body(pub Map<String, Value>);

impl<S: Sync> FromRequest<S> for Body {
    type Rejection = Failure;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Failure> {
        let media_type = body::media_type(request.headers());
        if !media_type.eq_ignore_ascii_case(MEDIA_TYPE) && !media_type.eq_ignore_ascii_case("application/json") {
            return Err(Problem::new(ProblemKind::UNSUPPORTED_MEDIA_TYPE, format!("Send JSON, with Content-Type: {MEDIA_TYPE}.")).into());
        }
        let bytes = body::read_filtered(request).await?;
        let read = serde_json::from_slice(&bytes);
        Ok(Self(read.map_err(|error| Problem::new(INVALID_SYNTAX, format!("The body is no JSON object: {}", detail_of(&error))))?))
    }
}

impl OperationInput for Body {
    fn operation_input(context: &mut GenContext, operation: &mut Operation) {
        body::document_body(context, operation, MEDIA_TYPE, body::free_form());
    }
}

/// The body is no JSON object, or none of the form that the request has to have.
pub const INVALID_SYNTAX: ProblemKind =
    ProblemKind { slug: "scim-invalid-syntax", status: 400, title: "The body does not have the form that SCIM asks for" };

/// 200 with a resource, or with a list of them.
#[derive(Clone, Debug)]
pub struct Answered(pub Value);

/// 201 with a resource that was made, and where it is.
#[derive(Clone, Debug)]
pub struct Made {
    /// The resource.
    pub resource: Value,
    /// Its address.
    pub location: String,
}

fn response(status: StatusCode, value: &Value) -> Response {
    (status, [(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE))], value.to_string()).into_response()
}

impl IntoResponse for Answered {
    fn into_response(self) -> Response {
        response(StatusCode::OK, &self.0)
    }
}

impl IntoResponse for Made {
    fn into_response(self) -> Response {
        let mut response = response(StatusCode::CREATED, &self.resource);
        if let Ok(location) = HeaderValue::try_from(self.location) {
            response.headers_mut().insert(header::LOCATION, location);
        }
        response
    }
}

fn documented(context: &mut GenContext, description: &str) -> Documented {
    let json_schema = context.schema.subschema_for::<ResourceSchema>();
    let schema = Some(SchemaObject { json_schema, external_docs: None, example: None });
    Documented {
        description: description.to_owned(),
        content: [(MEDIA_TYPE.to_owned(), MediaType { schema, ..MediaType::default() })].into_iter().collect(),
        ..Documented::default()
    }
}

impl OperationOutput for Answered {
    type Inner = Self;

    fn operation_response(context: &mut GenContext, _operation: &mut Operation) -> Option<Documented> {
        Some(documented(context, "The resource, or the list."))
    }

    fn inferred_responses(context: &mut GenContext, _operation: &mut Operation) -> Vec<(Option<u16>, Documented)> {
        vec![(Some(200), documented(context, "The resource, or the list."))]
    }
}

impl OperationOutput for Made {
    type Inner = Self;

    fn operation_response(context: &mut GenContext, _operation: &mut Operation) -> Option<Documented> {
        Some(documented(context, "Made."))
    }

    fn inferred_responses(context: &mut GenContext, _operation: &mut Operation) -> Vec<(Option<u16>, Documented)> {
        vec![(Some(201), documented(context, "Made."))]
    }
}

/// What every answer of the protocol is: its attributes are told by `/Schemas`.
struct ResourceSchema;

impl JsonSchema for ResourceSchema {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "ScimResource".into()
    }

    fn json_schema(_generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "description": "A resource or a message of SCIM 2.0 (RFC 7643); `/scim/v2/Schemas` tells its attributes.",
            "required": ["schemas"],
            "properties": { "schemas": { "type": "array", "items": { "type": "string" } } },
        })
    }
}

/// What is refused.
pub(crate) struct ErrorSchema;

impl JsonSchema for ErrorSchema {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "ScimError".into()
    }

    fn json_schema(_generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "description": "An error of SCIM 2.0 (RFC 7644 section 3.12).",
            "required": ["schemas", "status", "detail"],
            "properties": {
                "schemas": { "type": "array", "items": { "type": "string" } },
                "status": { "type": "string", "pattern": "^[45][0-9]{2}$" },
                "detail": { "type": "string", "description": "What happened and what to do." },
                "scimType": { "type": "string", "description": "What was wrong with a request that was read." },
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_of_the_protocols_names_its_scim_type_and_another_none() {
        let not_found = error(&Problem::not_found());
        assert_eq!((&not_found["status"], not_found.get("scimType")), (&json!("404"), None));
        let syntax = error(&Problem::new(INVALID_SYNTAX, "No object."));
        assert_eq!((&syntax["status"], &syntax["scimType"]), (&json!("400"), &json!("invalidSyntax")));
        assert_eq!(camel_case("uniqueness"), "uniqueness");
    }

    #[test]
    fn what_only_begins_alike_is_none_of_the_protocols() {
        assert!(is_of("/scim/v2") && is_of("/scim/v2/Users"));
        assert!(!is_of("/scim/v20") && !is_of("/scim") && !is_of("/api/v1/scim/v2"));
    }
}
