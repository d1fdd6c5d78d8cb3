//! `GET /exports/{export}`: how far an export is.

use axum::extract::State;
use kernel::ExportId;
use web::{Answer, Caller, Doc, Id, Json, Path};

use super::ExportDoors;
use super::exports::{ExportView, OF_ONE};

pub(super) const DOC: Doc = Doc::new("readExport", "See how far an export is").problems(OF_ONE);

pub(super) async fn handle(
    State(doors): State<ExportDoors>,
    Caller(scope): Caller,
    Path(Id(export)): Path<Id<ExportId>>,
) -> Answer<Json<ExportView>> {
    let found = doors.archives.read(&scope, export).await?;
    Ok(Json(doors.view(found, &scope)))
}
