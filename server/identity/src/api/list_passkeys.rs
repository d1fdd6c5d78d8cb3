//! `GET /account/passkeys`: the own passkeys.

use axum::extract::State;
use schemars::JsonSchema;
use serde::Serialize;
use web::{Answer, Caller, Doc, Json};

use super::passkeys::Passkey;
use crate::Identity;
use crate::passkey::PASSKEYS_MAX;

pub(super) const DOC: Doc = Doc::new("listPasskeys", "See the own passkeys").description("The newest first.");

/// The own passkeys.
#[derive(Serialize, JsonSchema)]
pub(super) struct Passkeys {
    /// The newest first.
    #[schemars(length(max = 20))]
    items: Vec<Passkey>,
}

const _: () = assert!(PASSKEYS_MAX == 20, "the document says how many");

pub(super) async fn handle(State(identity): State<Identity>, Caller(scope): Caller) -> Answer<Json<Passkeys>> {
    Ok(Json(Passkeys { items: identity.list_passkeys(&scope).await?.into_iter().map(Passkey::from).collect() }))
}
