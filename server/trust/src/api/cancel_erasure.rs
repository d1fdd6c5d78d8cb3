//! `POST /erasures/{erasure}/cancel`: calls an erasure off.

use axum::extract::State;
use kernel::ErasureId;
use kernel::problem::ProblemKind;
use web::{Answer, Caller, Doc, Id, Json, Path};

use super::ErasureDoors;
use super::erasures::ErasureView;
use crate::error::ERASURE_BEGUN;

pub(super) const DOC: Doc = Doc::new("cancelErasure", "Call an erasure off")
    .description("Only before it begins. Doing it again changes nothing.")
    .problems(&[ProblemKind::NOT_FOUND, ERASURE_BEGUN]);

pub(super) async fn handle(
    State(doors): State<ErasureDoors>,
    Caller(scope): Caller,
    Path(Id(erasure)): Path<Id<ErasureId>>,
) -> Answer<Json<ErasureView>> {
    Ok(Json(doors.erasures.cancel(&scope, erasure).await?.into()))
}
