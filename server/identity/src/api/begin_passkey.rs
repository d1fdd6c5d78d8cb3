//! `POST /account/passkeys/begin`: what a browser needs to make a passkey.

use axum::extract::State;
use kernel::SecretText;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use trust::SECOND_FACTOR_REFUSED;
use web::{Answer, Caller, Credential, Doc, Json};

use super::passkeys::{cookie, encoded};
use crate::Identity;
use crate::error::{LIMIT_REACHED, PASSKEYS_OFF};
use crate::passkey::PasskeyOffer;
use crate::webauthn::Algorithm;

pub(super) const DOC: Doc = Doc::new("beginPasskey", "Begin to add a passkey")
    .description(
        "It takes a fresh code of the second factor, or a passkey that was shown for it. The answer is for `navigator.credentials.create()` \
         with a resident key, user verification and no attestation, and good for five minutes in this session. Bytes are base64url without padding.",
    )
    .problems(&[LIMIT_REACHED, PASSKEYS_OFF, SECOND_FACTOR_REFUSED]);

/// A code.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Request {
    /// The present code of the second factor, a recovery code, or what showing a passkey gave.
    #[schemars(with = "String", length(max = 64))]
    totp_code: SecretText,
}

/// What to tell an authenticator.
#[derive(Serialize, JsonSchema)]
pub(super) struct Offer {
    /// What is to be answered.
    challenge: String,
    /// The relying party's id: the DNS name of the server's public address.
    rp_id: String,
    /// Whose it is, as the authenticator keeps it: a random number, never the e-mail address.
    user_handle: String,
    /// How the authenticator shows it to its person.
    user_name: String,
    /// The algorithms that are taken, by their numbers in the COSE registry, the preferred first.
    algorithms: Vec<i64>,
    /// What the person's passkeys are called: an authenticator that has one of them makes no other.
    #[schemars(length(max = 20))]
    passkeys: Vec<String>,
}

pub(super) async fn handle(
    State(identity): State<Identity>,
    Caller(scope): Caller,
    Credential(presented): Credential,
    Json(request): Json<Request>,
) -> Answer<Json<Offer>> {
    // Where none can be made, no code is used up.
    identity.party()?;
    identity.confirm(&scope, &request.totp_code).await?;
    let PasskeyOffer { challenge, rp_id, user_handle, user_name, known } = identity.offer_passkey(&scope, &cookie(presented)).await?;
    Ok(Json(Offer {
        challenge: encoded(&challenge.bytes),
        rp_id,
        user_handle: encoded(&user_handle),
        user_name,
        algorithms: Algorithm::ALL.map(Algorithm::number).to_vec(),
        passkeys: known.iter().map(|id| encoded(id)).collect(),
    }))
}
