//! `GET /account/recovery-codes`: how many recovery codes are left.

use axum::extract::State;
use schemars::JsonSchema;
use serde::Serialize;
use web::{Answer, Caller, Doc, Json, Time};

use crate::Identity;

pub(super) const DOC: Doc = Doc::new("readRecoveryCodes", "See how many recovery codes are left");

/// What is left of the recovery codes.
#[derive(Serialize, JsonSchema)]
pub(super) struct CodesLeft {
    /// How many.
    left: usize,
    /// When they were made; absent where none is left.
    made_at: Option<Time>,
}

pub(super) async fn handle(State(identity): State<Identity>, Caller(scope): Caller) -> Answer<Json<CodesLeft>> {
    let codes = identity.recovery_codes_left(&scope).await?;
    Ok(Json(CodesLeft { left: codes.left, made_at: codes.made_at.map(Time) }))
}
