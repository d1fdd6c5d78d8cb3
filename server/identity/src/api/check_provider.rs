//! `POST /sign-on/providers/{provider}/check`: whether a provider can be used.

use axum::extract::State;
use kernel::ProviderId;
use kernel::problem::ProblemKind;
use schemars::JsonSchema;
use serde::Serialize;
use web::{Answer, Caller, Doc, Id, Json, Path};

use crate::Identity;

pub(super) const DOC: Doc = Doc::new("checkSignOnProvider", "Ask a provider what it is, and for its keys")
    .description("Nothing is changed. Whether it takes the client id and its secret shows the first sign-in only.")
    .problems(&[ProblemKind::NOT_FOUND]);

/// How it stands.
#[derive(Serialize, JsonSchema)]
pub(super) struct Checked {
    /// What is wrong, in a word as `certificate` or `discovery-issuer`; absent where all is well.
    fault: Option<&'static str>,
}

pub(super) async fn handle(
    State(identity): State<Identity>,
    Caller(scope): Caller,
    Path(Id(provider)): Path<Id<ProviderId>>,
) -> Answer<Json<Checked>> {
    Ok(Json(Checked { fault: identity.check_provider(&scope, provider).await? }))
}
