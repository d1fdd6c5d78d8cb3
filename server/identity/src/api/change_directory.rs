//! `PUT /directory`: which provider is the directory's.

use axum::extract::State;
use kernel::{ProviderId, SecretText};
use schemars::JsonSchema;
use serde::Deserialize;
use trust::SECOND_FACTOR_REFUSED;
use web::{Answer, Caller, Doc, Id, Json};

use super::directory::DirectoryView;
use crate::Identity;

pub(super) const DOC: Doc = Doc::new("changeDirectory", "Say by which provider the directory's people sign in")
    .description(
        "Who is vouched for under the number that the directory told (`externalId`) gets into the account that the directory keeps. \
         It takes a person with a fresh code of the second factor.",
    )
    .problems(&[SECOND_FACTOR_REFUSED]);

/// What is chosen.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Request {
    /// The provider; absent for none.
    provider: Option<Id<ProviderId>>,
    /// The present code of the caller's second factor, or a recovery code.
    #[schemars(with = "String", length(max = 64))]
    totp_code: SecretText,
}

pub(super) async fn handle(
    State(identity): State<Identity>,
    Caller(scope): Caller,
    Json(request): Json<Request>,
) -> Answer<Json<DirectoryView>> {
    identity.confirm(&scope, &request.totp_code).await?;
    Ok(Json(identity.change_directory(&scope, request.provider.map(|Id(provider)| provider)).await?.into()))
}
