//! Query parameters and paging.
//!
//! The guard has already refused keys that the route's document does not name and keys that come twice; what is read
//! here is only types and ranges.

use aide::OperationInput;
use aide::generate::GenContext;
use aide::openapi::Operation;
use aide::operation::{ParamLocation, add_parameters, parameters_from_schema};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use kernel::limits::{CURSOR_CHARS_MAX, PAGE_ROWS_DEFAULT, PAGE_ROWS_MAX};
use kernel::{PageRequest, Problem};
use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::Failure;
use crate::answer::detail_of;

/// The query parameters, as a struct of strings, numbers, booleans, enums without data, and options of them.
///
/// Where the route also takes [`Paging`], `cursor` and `limit` belong to that and are not shown to `T`.
#[derive(Clone, Copy, Debug)]
pub struct Query<T>(pub T);

/// The page asked for: `?cursor=…&limit=…`; a limit of 0 or above [`PAGE_ROWS_MAX`] is refused.
#[derive(Clone, Debug)]
pub struct Paging(pub PageRequest);

#[derive(Deserialize, JsonSchema)]
struct PagingKeys {
    /// The `next` of the page before; absent for the first page.
    #[schemars(length(max = 512))]
    cursor: Option<String>,
    /// Most rows wanted. 100 unless told.
    #[schemars(range(min = 1, max = 1_000))]
    limit: Option<u32>,
}

/// The pairs whose key is, or is not, one of [`Paging`]'s.
fn pairs(query: &str, of_paging: bool) -> String {
    let chosen = form_urlencoded::parse(query.as_bytes()).filter(|(key, _)| matches!(key.as_ref(), "cursor" | "limit") == of_paging);
    form_urlencoded::Serializer::new(String::new()).extend_pairs(chosen).finish()
}

fn read<T: DeserializeOwned>(query: &str) -> Result<T, Failure> {
    let deserializer = serde_urlencoded::Deserializer::new(form_urlencoded::parse(query.as_bytes()));
    serde_path_to_error::deserialize(deserializer).map_err(|error| {
        let field = error.path().to_string();
        Failure(Problem::invalid(field, detail_of(error.inner())))
    })
}

impl<T: DeserializeOwned, S: Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Failure> {
        let query = parts.uri.query().unwrap_or_default();
        let is_paged = parts.extensions.get::<crate::guard::Facts>().is_some_and(|facts| facts.is_paged());
        if is_paged { read(&pairs(query, false)).map(Self) } else { read(query).map(Self) }
    }
}

impl<S: Sync> FromRequestParts<S> for Paging {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Failure> {
        let keys: PagingKeys = read(&pairs(parts.uri.query().unwrap_or_default(), true))?;
        if keys.cursor.as_ref().is_some_and(|cursor| cursor.len() > CURSOR_CHARS_MAX) {
            return Err(Failure(Problem::invalid("cursor", format!("A cursor has at most {CURSOR_CHARS_MAX} characters."))));
        }
        let limit = keys.limit.unwrap_or(PAGE_ROWS_DEFAULT);
        if limit == 0 || limit > PAGE_ROWS_MAX {
            return Err(Failure(Problem::invalid("limit", format!("The limit is a number from 1 to {PAGE_ROWS_MAX}."))));
        }
        Ok(Self(PageRequest { cursor: keys.cursor, limit }))
    }
}

impl<T: JsonSchema> OperationInput for Query<T> {
    fn operation_input(context: &mut GenContext, operation: &mut Operation) {
        let schema = context.schema.subschema_for::<T>();
        let parameters = parameters_from_schema(context, schema, ParamLocation::Query);
        add_parameters(context, operation, parameters);
    }
}

/// Marks operations that take [`Paging`], until the document is built.
pub(crate) const IS_PAGED: &str = "x-purser-paged";

impl OperationInput for Paging {
    fn operation_input(context: &mut GenContext, operation: &mut Operation) {
        let schema = context.schema.subschema_for::<PagingKeys>();
        let parameters = parameters_from_schema(context, schema, ParamLocation::Query);
        add_parameters(context, operation, parameters);
        operation.extensions.insert(IS_PAGED.into(), true.into());
    }
}
