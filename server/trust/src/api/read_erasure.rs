//! `GET /erasures/{erasure}`: how far an erasure is.

use axum::extract::State;
use kernel::ErasureId;
use web::{Answer, Caller, Doc, Id, Json, Path};

use super::ErasureDoors;
use super::erasures::{ErasureView, OF_ONE};

pub(super) const DOC: Doc = Doc::new("readErasure", "See how far an erasure is").problems(OF_ONE);

pub(super) async fn handle(
    State(doors): State<ErasureDoors>,
    Caller(scope): Caller,
    Path(Id(erasure)): Path<Id<ErasureId>>,
) -> Answer<Json<ErasureView>> {
    Ok(Json(doors.erasures.read(&scope, erasure).await?.into()))
}
