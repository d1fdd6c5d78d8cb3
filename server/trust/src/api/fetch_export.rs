//! `GET /exports/{export}/file`: the export, as one file.

use axum::extract::State;
use kernel::ExportId;
use kernel::problem::ProblemKind;
use web::{Answer, Caller, Doc, Id, Path, TarFile};

use super::ExportDoors;
use crate::error::{EXPORT_NOT_READY, EXPORT_OVER};

pub(super) const DOC: Doc = Doc::new("fetchExport", "Fetch an export")
    .description(
        "A tar archive: a file of JSON lines for each table, and a manifest with the digest of each, signed with the key of the tenant's \
         ledger. `purser verify export FILE` verifies it without a server or network. The own data are for whose they are, anything else takes the permission exports:manage at the \
         time of the fetch. That it was fetched is an entry of the ledger.",
    )
    .problems(&[EXPORT_NOT_READY, EXPORT_OVER, ProblemKind::NOT_FOUND, ProblemKind::UNAVAILABLE]);

pub(super) async fn handle(
    State(doors): State<ExportDoors>,
    Caller(scope): Caller,
    Path(Id(export)): Path<Id<ExportId>>,
) -> Answer<TarFile> {
    let fetched = doors.archives.fetch(&scope, export).await?;
    Ok(TarFile { name: fetched.name, length: fetched.length, write: fetched.write })
}
