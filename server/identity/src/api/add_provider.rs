//! `POST /sign-on/providers`: adds a provider of single sign-on.

use axum::extract::State;
use kernel::{Problem, SecretText};
use schemars::JsonSchema;
use serde::Deserialize;
use trust::SECOND_FACTOR_REFUSED;
use web::{Answer, Caller, Created, Doc, Json};

use super::providers::{ProviderView, Rules};
use crate::Identity;
use crate::error::LIMIT_REACHED;
use crate::single_sign_on::address::AddressError;
use crate::single_sign_on::provider::NewProvider;

pub(super) const DOC: Doc = Doc::new("addSignOnProvider", "Add a provider of single sign-on")
    .description(
        "Nothing is asked of the provider by this: check it afterwards. Issuer and client id stay as they are. It takes a person with a \
         fresh code of the second factor, who holds on all devices what groups are to give.",
    )
    .problems(&[LIMIT_REACHED, SECOND_FACTOR_REFUSED]);

/// What to add.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Request {
    /// Where it is: `https://…`, as it names itself, byte for byte.
    #[schemars(length(max = 1_024))]
    issuer: String,
    /// Who this server is to it.
    #[schemars(length(min = 1, max = 1_024))]
    client_id: String,
    /// By which it knows this server; absent for a public client.
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
    Json(request): Json<Request>,
) -> Answer<Created<ProviderView>> {
    let Request { issuer, client_id, client_secret, rules, totp_code } = request;
    let issuer = issuer.parse().map_err(|error: AddressError| Problem::invalid("issuer", error.to_string()))?;
    let new = NewProvider { issuer, client_id, client_secret, rules: rules.read()? };
    identity.confirm(&scope, &totp_code).await?;
    Ok(Created(ProviderView::of(&identity, identity.add_provider(&scope, new).await?)))
}
