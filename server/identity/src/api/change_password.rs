//! `PUT /account/password`: changes the own password.

use axum::extract::State;
use kernel::SecretText;
use kernel::problem::ProblemKind;
use schemars::JsonSchema;
use serde::Deserialize;
use trust::SECOND_FACTOR_REFUSED;
use web::{Answer, BrowserKind, Caller, Doc, Json, SignedIn};

use crate::Identity;
use crate::error::SIGN_ON_REQUIRED;
use crate::new_password::PasswordChange;

pub(super) const DOC: Doc = Doc::new("changePassword", "Change the own password")
    .description("It takes the present password and a fresh code of the second factor. Every session ends; the answer holds a new one.")
    .problems(&[SECOND_FACTOR_REFUSED, SIGN_ON_REQUIRED, ProblemKind::CONFLICT, ProblemKind::NOT_FOUND, ProblemKind::TOO_MANY]);

/// The present password, the new one, and a code.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Request {
    /// The present password.
    #[schemars(with = "String", length(max = 1_024))]
    password: SecretText,
    /// The new one. What it is held to stands in readSession's answer.
    #[schemars(with = "String", length(min = 8, max = 1_024))]
    new_password: SecretText,
    /// The present code of the second factor, or a recovery code.
    #[schemars(with = "String", length(max = 64))]
    totp_code: SecretText,
}

pub(super) async fn handle(
    State(identity): State<Identity>,
    Caller(scope): Caller,
    browser: BrowserKind,
    Json(request): Json<Request>,
) -> Answer<SignedIn> {
    let Request { password, new_password, totp_code } = request;
    let session = identity.change_password(&scope, PasswordChange { password, new_password, code: totp_code }, browser).await?;
    Ok(SignedIn { session: session.secret, lifetime: session.lifetime })
}
