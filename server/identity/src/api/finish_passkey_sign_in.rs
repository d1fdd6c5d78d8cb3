//! `POST /session/passkey/finish`: signs in whoever has the passkey.

use axum::extract::State;
use web::{Answer, BrowserKind, Doc, Json, PeerInfo, SignedIn, Tie};

use super::passkeys::Answered;
use crate::Identity;
use crate::error::{PASSKEYS_OFF, SIGN_IN_REFUSED, SIGN_ON_REQUIRED};

pub(super) const DOC: Doc = Doc::new("finishPasskeySignIn", "Sign in with a passkey")
    .description(
        "A passkey is password and second factor in one: its authenticator asked for PIN, finger or face. An unknown one, a wrong \
         signature, an answer that was taken before or comes too late, and a network from which the tenant lets nobody in get the same answer.",
    )
    .problems(&[PASSKEYS_OFF, SIGN_IN_REFUSED, SIGN_ON_REQUIRED]);

pub(super) async fn handle(
    State(identity): State<Identity>,
    Tie(tie): Tie,
    browser: BrowserKind,
    peer: PeerInfo,
    Json(request): Json<Answered>,
) -> Answer<SignedIn> {
    let session = identity.sign_in_by_passkey(request.try_into()?, &tie, peer.into(), browser).await?;
    Ok(SignedIn { session: session.secret, lifetime: session.lifetime })
}
