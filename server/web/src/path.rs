//! Path parameters.

use aide::OperationInput;
use aide::generate::GenContext;
use aide::openapi::Operation;
use aide::operation::{ParamLocation, add_parameters, parameters_from_schema};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use kernel::Problem;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;

use crate::Failure;

/// Carries the schema of a single path parameter, whose name only the route's template knows, until the document is built.
pub(crate) const SINGLE_PATH_PARAMETER: &str = "x-purser-path-parameter";

/// The parameters in the path: one value (`Path<Id<DeviceId>>`) or a struct with a field for each.
///
/// A value that cannot be read is answered like one that does not exist: 404.
#[derive(Clone, Copy, Debug)]
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let path = axum::extract::Path::<T>::from_request_parts(parts, state).await;
        path.map(|axum::extract::Path(value)| Self(value)).map_err(|_unreadable| Failure(Problem::not_found()))
    }
}

impl<T: JsonSchema> OperationInput for Path<T> {
    fn operation_input(context: &mut GenContext, operation: &mut Operation) {
        let schema = context.schema.subschema_for::<T>();
        if context.resolve_schema(&schema).get("properties").is_some() {
            let parameters = parameters_from_schema(context, schema, ParamLocation::Path);
            add_parameters(context, operation, parameters);
        } else {
            operation.extensions.insert(SINGLE_PATH_PARAMETER.into(), schema.to_value());
        }
    }
}
