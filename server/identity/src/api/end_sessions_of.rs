//! `DELETE /people/{user}/sessions`: signs somebody out everywhere.

use axum::extract::State;
use kernel::UserId;
use kernel::problem::ProblemKind;
use web::{Answer, Caller, Doc, Id, NoContent, Path};

use crate::Identity;

pub(super) const DOC: Doc = Doc::new("endSessionsOf", "End every session of somebody")
    .description("It takes somebody who holds on all devices what that person holds. They may sign in again.")
    .problems(&[ProblemKind::NOT_FOUND]);

pub(super) async fn handle(State(identity): State<Identity>, Caller(scope): Caller, Path(Id(user)): Path<Id<UserId>>) -> Answer<NoContent> {
    identity.end_sessions_of(&scope, user).await?;
    Ok(NoContent)
}
