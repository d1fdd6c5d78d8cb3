//! `PATCH /account`: changes the own profile.

use axum::extract::State;
use schemars::JsonSchema;
use serde::Deserialize;
use web::{Answer, Caller, Doc, Json, NoContent};

use crate::Identity;
use crate::setup::Language;

pub(super) const DOC: Doc = Doc::new("changeAccount", "Change the own profile");

/// What to change.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Request {
    /// Language of the console and of mails.
    language: Language,
}

pub(super) async fn handle(State(identity): State<Identity>, Caller(scope): Caller, Json(request): Json<Request>) -> Answer<NoContent> {
    identity.change_language(&scope, request.language).await?;
    Ok(NoContent)
}
