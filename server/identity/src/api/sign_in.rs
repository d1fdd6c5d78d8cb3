//! `POST /session`: signs a person in.

use axum::extract::State;
use kernel::SecretText;
use kernel::problem::ProblemKind;
use schemars::JsonSchema;
use serde::Deserialize;
use web::{Answer, Doc, Json, SignedIn};

use crate::Identity;
use crate::error::SIGN_IN_REFUSED;
use crate::sign_in::Credentials;

pub(super) const DOC: Doc = Doc::new("signIn", "Sign in")
    .description("An unknown address, a wrong password and a wrong or used code get the same answer.")
    .problems(&[SIGN_IN_REFUSED, ProblemKind::TOO_MANY]);

/// What a person presents.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Request {
    /// E-mail address.
    #[schemars(with = "String")]
    email: SecretText,
    /// Password.
    #[schemars(with = "String")]
    password: SecretText,
    /// Code of the second factor.
    #[schemars(with = "String")]
    totp_code: SecretText,
}

pub(super) async fn handle(State(identity): State<Identity>, Json(request): Json<Request>) -> Answer<SignedIn> {
    let Request { email, password, totp_code } = request;
    let session = identity.sign_in(Credentials { email, password, totp_code }).await?;
    Ok(SignedIn { session: session.secret, lifetime: session.lifetime })
}
