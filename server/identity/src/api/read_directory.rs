//! `GET /directory`: how the organisation's directory stands.

use axum::extract::State;
use web::{Answer, Caller, Doc, Json};

use super::directory::DirectoryView;
use crate::Identity;

pub(super) const DOC: Doc = Doc::new("readDirectory", "See how the organisation's directory stands");

pub(super) async fn handle(State(identity): State<Identity>, Caller(scope): Caller) -> Answer<Json<DirectoryView>> {
    Ok(Json(identity.directory(&scope).await?.into()))
}
