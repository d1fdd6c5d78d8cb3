//! `DELETE /account/sessions/{session}`: signs another browser out.

use axum::extract::State;
use kernel::SessionId;
use kernel::problem::ProblemKind;
use web::{Answer, Caller, Doc, Id, NoContent, Path};

use crate::Identity;

pub(super) const DOC: Doc = Doc::new("endSession", "End one of the own sessions")
    .description("Its cookie opens nothing from now on.")
    .problems(&[ProblemKind::NOT_FOUND]);

pub(super) async fn handle(
    State(identity): State<Identity>,
    Caller(scope): Caller,
    Path(Id(session)): Path<Id<SessionId>>,
) -> Answer<NoContent> {
    identity.end_session(&scope, session).await?;
    Ok(NoContent)
}
