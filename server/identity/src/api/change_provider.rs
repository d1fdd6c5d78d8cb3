//! `PUT /sign-on/providers/{provider}`: changes a provider of single sign-on.

use axum::extract::State;
use kernel::problem::ProblemKind;
use kernel::{ProviderId, SecretText};
use schemars::JsonSchema;
use serde::Deserialize;
use trust::SECOND_FACTOR_REFUSED;
use web::{Answer, Caller, Doc, Id, Json, Path};

use super::providers::{ProviderView, Rules};
use crate::Identity;

pub(super) const DOC: Doc = Doc::new("changeSignOnProvider", "Change a provider of single sign-on")
    .description(
        "Replaces its rules. What groups give holds from each person's next sign-in. It takes a person with a fresh code of the second \
         factor, who holds on all devices what groups gave and are to give.",
    )
    .problems(&[ProblemKind::CONFLICT, ProblemKind::NOT_FOUND, SECOND_FACTOR_REFUSED]);

/// What it is to be.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Request {
    /// Another client secret; absent to keep the one that there is.
    #[schemars(with = "Option<String>", length(min = 1, max = 1_024))]
    client_secret: Option<SecretText>,
    /// The rest.
    rules: Rules,
    /// The present code of the caller's second factor.
    #[schemars(with = "String", length(max = 64))]
    totp_code: SecretText,
}

pub(super) async fn handle(
    State(identity): State<Identity>,
    Caller(scope): Caller,
    Path(Id(provider)): Path<Id<ProviderId>>,
    Json(request): Json<Request>,
) -> Answer<Json<ProviderView>> {
    let rules = request.rules.read()?;
    identity.own_provider(&scope, provider).await?;
    identity.confirm(&scope, &request.totp_code).await?;
    let changed = identity.change_provider(&scope, provider, rules, request.client_secret).await?;
    Ok(Json(ProviderView::of(&identity, changed)))
}
