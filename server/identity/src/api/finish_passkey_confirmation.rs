//! `POST /account/passkeys/confirm/finish`: what stands for a code.

use axum::extract::State;
use schemars::JsonSchema;
use serde::Serialize;
use trust::SECOND_FACTOR_REFUSED;
use web::{Answer, Caller, Credential, Doc, Json};

use super::passkeys::{Answered, cookie};
use crate::Identity;
use crate::error::PASSKEYS_OFF;

pub(super) const DOC: Doc = Doc::new("finishPasskeyConfirmation", "Show a passkey in the place of a code")
    .description(
        "The answer stands for a code of the second factor, once, within two minutes, wherever an act asks for one; not at sign-in.",
    )
    .problems(&[PASSKEYS_OFF, SECOND_FACTOR_REFUSED]);

/// What stands for a code.
#[derive(Serialize, JsonSchema)]
pub(super) struct Confirmation {
    /// The text to send as `totp_code`.
    totp_code: String,
}

pub(super) async fn handle(
    State(identity): State<Identity>,
    Caller(scope): Caller,
    Credential(presented): Credential,
    Json(request): Json<Answered>,
) -> Answer<Json<Confirmation>> {
    let code = identity.confirm_by_passkey(&scope, &cookie(presented), request.try_into()?).await?;
    Ok(Json(Confirmation { totp_code: code.expose().to_owned() }))
}
