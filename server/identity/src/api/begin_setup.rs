//! `POST /setup/begin`: what the page of a one-time link shows.

use axum::extract::State;
use kernel::{ProviderId, SecretText};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{Answer, Doc, Id, Json};

use super::password_rules::PasswordRules;
use crate::Identity;
use crate::error::LINK_NOT_VALID;
use crate::link::Purpose;
use crate::single_sign_on::provider::Provider;

pub(super) const DOC: Doc = Doc::new("beginSetup", "Open a one-time link")
    .description("Shows the second factor that the link offers. Changes nothing: the link is used up by finishSetup.")
    .problems(&[LINK_NOT_VALID]);

/// A one-time link.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Request {
    /// The link's secret: what stands behind `#`.
    #[schemars(with = "String")]
    link: SecretText,
}

/// What the page shows.
#[derive(Serialize, JsonSchema)]
pub(super) struct SetupOffer {
    /// What the link is for.
    purpose: Purpose,
    /// The organisation's name.
    tenant_name: String,
    /// The second factor's secret, base 32.
    totp_secret: String,
    /// The same as an `otpauth:` address.
    totp_uri: String,
    /// The same as a picture, SVG.
    totp_svg: String,
    /// What the password is held to.
    password_rules: PasswordRules,
    /// The providers of single sign-on by which an invitation can be accepted instead.
    #[schemars(length(max = 5))]
    sign_on: Vec<SignOnOffer>,
    /// Whether that is the only way.
    sign_on_required: bool,
}

/// A provider of single sign-on.
#[derive(Serialize, JsonSchema)]
pub(super) struct SignOnOffer {
    /// The provider.
    provider: Id<ProviderId>,
    /// What the organisation calls it.
    name: String,
}

pub(super) async fn handle(State(identity): State<Identity>, Json(request): Json<Request>) -> Answer<Json<SetupOffer>> {
    let offer = identity.begin_setup(&request.link).await?;
    Ok(Json(SetupOffer {
        purpose: offer.purpose,
        tenant_name: offer.tenant_name.into_text(),
        totp_secret: offer.totp_secret.expose().to_owned(),
        totp_uri: offer.totp_uri.expose().to_owned(),
        totp_svg: offer.totp_svg.expose().to_owned(),
        password_rules: offer.password_rules.into(),
        sign_on: offer.providers.into_iter().map(sign_on_offer).collect(),
        sign_on_required: offer.is_sign_on_required,
    }))
}

fn sign_on_offer(provider: Provider) -> SignOnOffer {
    SignOnOffer { provider: Id(provider.provider), name: provider.rules.name.into_text() }
}
