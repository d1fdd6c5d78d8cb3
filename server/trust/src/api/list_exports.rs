//! `GET /exports`: what was asked for and can be fetched, or could be.

use axum::extract::State;
use kernel::{ExportId, Page, Problem};
use web::{Answer, Caller, Doc, Paged, Paging};

use super::ExportDoors;
use super::exports::{ExportView, OF_ONE};

pub(super) const DOC: Doc = Doc::new("listExports", "List the exports that can be fetched, or could be")
    .description(
        "Those that the caller asked for; with the permission exports:manage all of the tenant. One that is over is listed for 30 days.",
    )
    .problems(OF_ONE);

pub(super) async fn handle(State(doors): State<ExportDoors>, Caller(scope): Caller, Paging(page): Paging) -> Answer<Paged<ExportView>> {
    let wrong = |_| Problem::invalid("cursor", "This cursor is of no page of this list.");
    let after = page.cursor.as_deref().map(str::parse::<ExportId>).transpose().map_err(wrong)?;
    let archives = doors.archives.list(&scope, after, page.limit + 1).await?;
    Ok(Paged(Page::of_one_more(archives, page.limit, |archive| archive.id.to_string()).map(|archive| doors.view(archive, &scope))))
}
