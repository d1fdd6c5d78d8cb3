//! `POST /account/passkeys/confirm/begin`: what an own passkey is to sign once more.

use axum::extract::State;
use kernel::problem::ProblemKind;
use web::{Answer, Caller, Credential, Doc, Json};

use super::passkeys::{Question, cookie};
use crate::Identity;
use crate::error::PASSKEYS_OFF;

pub(super) const DOC: Doc = Doc::new("beginPasskeyConfirmation", "Begin to show a passkey in the place of a code")
    .description("For `navigator.credentials.get()` with user verification; good for five minutes in this session.")
    .problems(&[PASSKEYS_OFF, ProblemKind::NOT_FOUND]);

pub(super) async fn handle(
    State(identity): State<Identity>,
    Caller(scope): Caller,
    Credential(presented): Credential,
) -> Answer<Json<Question>> {
    Ok(Json(identity.ask_for_own_passkey(&scope, &cookie(presented)).await?.into()))
}
