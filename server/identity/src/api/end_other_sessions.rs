//! `DELETE /account/sessions`: signs every other browser out.

use axum::extract::State;
use kernel::Presented;
use kernel::problem::ProblemKind;
use web::{Answer, Caller, Credential, Doc, NoContent};

use crate::Identity;

pub(super) const DOC: Doc = Doc::new("endOtherSessions", "End the own sessions but this one").problems(&[ProblemKind::NOT_FOUND]);

pub(super) async fn handle(
    State(identity): State<Identity>,
    Caller(scope): Caller,
    Credential(presented): Credential,
) -> Answer<NoContent> {
    if let Presented::Session(cookie) = presented {
        identity.end_other_sessions(&scope, &cookie).await?;
    }
    Ok(NoContent)
}
