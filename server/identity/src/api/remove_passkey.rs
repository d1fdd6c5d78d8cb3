//! `DELETE /account/passkeys/{passkey}`: removes a passkey.

use axum::extract::State;
use kernel::PasskeyId;
use kernel::problem::ProblemKind;
use web::{Answer, Caller, Doc, Id, NoContent, Path};

use crate::Identity;

pub(super) const DOC: Doc = Doc::new("removePasskey", "Remove one of the own passkeys")
    .description("It signs nobody in from now on. Sessions go on, and password and code remain.")
    .problems(&[ProblemKind::NOT_FOUND]);

pub(super) async fn handle(
    State(identity): State<Identity>,
    Caller(scope): Caller,
    Path(Id(passkey)): Path<Id<PasskeyId>>,
) -> Answer<NoContent> {
    identity.remove_passkey(&scope, passkey).await?;
    Ok(NoContent)
}
