//! `PATCH /account/passkeys/{passkey}`: gives a passkey another name.

use axum::extract::State;
use kernel::problem::ProblemKind;
use kernel::{PasskeyId, Problem};
use schemars::JsonSchema;
use serde::Deserialize;
use web::{Answer, Caller, Doc, Id, Json, Path};

use super::passkeys::Passkey;
use crate::{Identity, NameError};

pub(super) const DOC: Doc = Doc::new("renamePasskey", "Give one of the own passkeys another name").problems(&[ProblemKind::NOT_FOUND]);

/// Another name.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Request {
    /// What its person calls it.
    #[schemars(length(min = 1, max = 200))]
    name: String,
}

pub(super) async fn handle(
    State(identity): State<Identity>,
    Caller(scope): Caller,
    Path(Id(passkey)): Path<Id<PasskeyId>>,
    Json(request): Json<Request>,
) -> Answer<Json<Passkey>> {
    let name = request.name.parse().map_err(|error: NameError| Problem::invalid("name", error.to_string()))?;
    Ok(Json(identity.rename_passkey(&scope, passkey, name).await?.into()))
}
