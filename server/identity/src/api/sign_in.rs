//! `POST /session`: signs a person in.

use axum::extract::State;
use kernel::SecretText;
use kernel::problem::ProblemKind;
use schemars::JsonSchema;
use serde::Deserialize;
use web::{Answer, BrowserKind, Doc, Json, PeerInfo, SignedIn};

use crate::Identity;
use crate::error::{PASSWORD_DUE, SIGN_IN_REFUSED, SIGN_ON_REQUIRED};
use crate::sign_in::Credentials;

pub(super) const DOC: Doc = Doc::new("signIn", "Sign in")
    .description(
        "An unknown address, a wrong password, a wrong or used code, and a network from which the tenant lets nobody in get the same \
         answer. Where all is right and the password does not keep the organisation's rules any more, the answer is `password-due`: send the same once more with a new password.",
    )
    .problems(&[PASSWORD_DUE, SIGN_IN_REFUSED, SIGN_ON_REQUIRED, ProblemKind::TOO_MANY]);

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
    /// Code of the second factor, or a recovery code.
    #[schemars(with = "String")]
    totp_code: SecretText,
    /// Another password, which takes the present one's place and ends every other session.
    #[serde(default)]
    #[schemars(with = "Option<String>", length(max = 1_024))]
    new_password: Option<SecretText>,
}

pub(super) async fn handle(
    State(identity): State<Identity>,
    browser: BrowserKind,
    peer: PeerInfo,
    Json(request): Json<Request>,
) -> Answer<SignedIn> {
    let Request { email, password, totp_code, new_password } = request;
    let session = identity.sign_in(Credentials { email, password, totp_code, new_password, source: peer.into() }, browser).await?;
    Ok(SignedIn { session: session.secret, lifetime: session.lifetime })
}
