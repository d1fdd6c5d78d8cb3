//! `POST /session/passkey/begin`: what a passkey is to sign.

use axum::extract::State;
use web::{Answer, Doc, Tied};

use super::passkeys::Question;
use crate::Identity;
use crate::error::PASSKEYS_OFF;
use crate::ticket::TicketUse;

pub(super) const DOC: Doc = Doc::new("beginPasskeySignIn", "Begin to sign in with a passkey")
    .description(
        "The answer is for `navigator.credentials.get()` with user verification, and good for five minutes in the browser that asked. \
         Nobody is named: the passkey says whose it is.",
    )
    .problems(&[PASSKEYS_OFF]);

pub(super) async fn handle(State(identity): State<Identity>) -> Answer<Tied<Question>> {
    let tie = identity.new_tie();
    let question = identity.ask_for_passkey(&tie)?.into();
    Ok(Tied { question, tie, lifetime: TicketUse::SignIn.lifetime() })
}
