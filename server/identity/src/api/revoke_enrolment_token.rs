//! `DELETE /enrolment-tokens/{enrolment_token}`: revokes an enrolment token.

use axum::extract::State;
use kernel::EnrolmentTokenId;
use web::{Answer, Caller, Doc, Id, NoContent, Path};

use crate::Identity;

pub(super) const DOC: Doc = Doc::new("revokeEnrolmentToken", "Revoke an enrolment token")
    .description("Nobody joins by it from now on; devices that have joined stay.");

pub(super) async fn handle(
    State(identity): State<Identity>,
    Caller(scope): Caller,
    Path(Id(token)): Path<Id<EnrolmentTokenId>>,
) -> Answer<NoContent> {
    identity.revoke_enrolment(&scope, token).await?;
    Ok(NoContent)
}
