//! `POST /setup/finish`: uses a one-time link up and signs its owner in.

use axum::extract::State;
use kernel::SecretText;
use kernel::problem::ProblemKind;
use schemars::JsonSchema;
use serde::Deserialize;
use web::{Answer, BrowserKind, Doc, Json, SignedIn};

use crate::Identity;
use crate::error::{EMAIL_TAKEN, LINK_NOT_VALID, SIGN_ON_REQUIRED};
use crate::setup::{Language, SetupAnswer};

pub(super) const DOC: Doc = Doc::new("finishSetup", "Set up or recover the owner's account")
    .description(
        "Sets password and second factor and signs the owner in. Recovery asks for the account's own e-mail address and ends its sessions.",
    )
    .problems(&[LINK_NOT_VALID, EMAIL_TAKEN, SIGN_ON_REQUIRED, ProblemKind::TOO_MANY]);

/// What the owner chose.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Request {
    /// The link's secret.
    #[schemars(with = "String")]
    link: SecretText,
    /// E-mail address, by which the owner signs in.
    #[schemars(with = "String", length(max = 254))]
    email: SecretText,
    /// The new password. What it is held to stands in beginSetup's answer.
    #[schemars(with = "String", length(min = 8, max = 1_024))]
    password: SecretText,
    /// A code of the offered second factor.
    #[schemars(with = "String")]
    totp_code: SecretText,
    /// Language of the console.
    #[serde(default)]
    language: Language,
}

pub(super) async fn handle(State(identity): State<Identity>, browser: BrowserKind, Json(request): Json<Request>) -> Answer<SignedIn> {
    let Request { link, email, password, totp_code, language } = request;
    let session = identity.finish_setup(SetupAnswer { link, email, password, totp_code, language }, browser).await?;
    Ok(SignedIn { session: session.secret, lifetime: session.lifetime })
}
