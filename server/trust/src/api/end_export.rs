//! `DELETE /exports/{export}`: ends an export before its time.

use axum::extract::State;
use kernel::ExportId;
use web::{Answer, Caller, Doc, Id, Json, Path};

use super::ExportDoors;
use super::exports::{ExportView, OF_ONE};

pub(super) const DOC: Doc = Doc::new("endExport", "End an export before its time")
    .description(
        "It is not made, or can be fetched no more: its key is destroyed, whoever is sent it gets no further piece, and its bytes are written \
         over within minutes. Doing it again changes nothing.",
    )
    .problems(OF_ONE);

pub(super) async fn handle(
    State(doors): State<ExportDoors>,
    Caller(scope): Caller,
    Path(Id(export)): Path<Id<ExportId>>,
) -> Answer<Json<ExportView>> {
    let ended = doors.archives.end(&scope, export).await?;
    Ok(Json(doors.view(ended, &scope)))
}
