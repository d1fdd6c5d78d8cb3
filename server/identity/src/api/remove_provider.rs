//! `POST /sign-on/providers/{provider}/remove`: removes a provider of single sign-on.

use axum::extract::State;
use kernel::problem::ProblemKind;
use kernel::{ProviderId, SecretText};
use schemars::JsonSchema;
use serde::Deserialize;
use trust::SECOND_FACTOR_REFUSED;
use web::{Answer, Caller, Doc, Id, Json, NoContent, Path};

use crate::Identity;

pub(super) const DOC: Doc = Doc::new("removeSignOnProvider", "Remove a provider of single sign-on")
    .description(
        "Its people are let in by it no more, their sessions end, and what their groups gave is gone. It takes a person with a fresh code \
         of the second factor.",
    )
    .problems(&[ProblemKind::NOT_FOUND, SECOND_FACTOR_REFUSED]);

/// What it takes.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Request {
    /// The present code of the caller's second factor.
    #[schemars(with = "String", length(max = 64))]
    totp_code: SecretText,
}

pub(super) async fn handle(
    State(identity): State<Identity>,
    Caller(scope): Caller,
    Path(Id(provider)): Path<Id<ProviderId>>,
    Json(request): Json<Request>,
) -> Answer<NoContent> {
    identity.own_provider(&scope, provider).await?;
    identity.confirm(&scope, &request.totp_code).await?;
    identity.remove_provider(&scope, provider).await?;
    Ok(NoContent)
}
