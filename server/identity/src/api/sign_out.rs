//! `DELETE /session`: signs a person out.

use axum::extract::State;
use kernel::Presented;
use web::{Answer, Caller, Credential, Doc, SignedOut};

use crate::Identity;

pub(super) const DOC: Doc = Doc::new("signOut", "Sign out");

pub(super) async fn handle(
    State(identity): State<Identity>,
    Caller(scope): Caller,
    Credential(presented): Credential,
) -> Answer<SignedOut> {
    if let Presented::Session(secret) = presented {
        identity.sign_out(&scope, &secret).await?;
    }
    Ok(SignedOut)
}
