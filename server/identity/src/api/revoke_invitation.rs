//! `DELETE /invitations/{invitation}`: takes an invitation back.

use axum::extract::State;
use kernel::UserId;
use kernel::problem::ProblemKind;
use web::{Answer, Caller, Doc, Id, NoContent, Path};

use crate::Identity;

pub(super) const DOC: Doc = Doc::new("revokeInvitation", "Take an invitation back")
    .description("Its link opens nothing from now on. An invitation has the id that the account will have.")
    .problems(&[ProblemKind::NOT_FOUND]);

pub(super) async fn handle(
    State(identity): State<Identity>,
    Caller(scope): Caller,
    Path(Id(invitation)): Path<Id<UserId>>,
) -> Answer<NoContent> {
    identity.revoke_invitation(&scope, invitation).await?;
    Ok(NoContent)
}
