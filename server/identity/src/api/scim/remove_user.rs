//! `DELETE /Users/{directory_user}`: the directory removes somebody.

use axum::extract::State;
use kernel::UserId;
use kernel::problem::ProblemKind;
use web::{Answer, Caller, Doc, Id, NoContent, Path};

use crate::Identity;

pub(super) const DOC: Doc = Doc::new("removeDirectoryUser", "Remove somebody of the directory")
    .description("They are shut out at once, and are there no more for the directory. The account stays, opened by nothing, until an owner has it erased.")
    .problems(&[ProblemKind::CONFLICT]);

pub(super) async fn handle(State(identity): State<Identity>, Caller(scope): Caller, Path(Id(user)): Path<Id<UserId>>) -> Answer<NoContent> {
    identity.remove_directory_user(&scope, user).await?;
    Ok(NoContent)
}
