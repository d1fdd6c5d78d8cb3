//! `GET /erasures`: what was asked to be erased.

use axum::extract::State;
use kernel::{ErasureId, Page, Problem};
use web::{Answer, Caller, Doc, Paged, Paging};

use super::ErasureDoors;
use super::erasures::{ErasureView, OF_ONE};

pub(super) const DOC: Doc = Doc::new("listErasures", "List what was asked to be erased").problems(OF_ONE);

pub(super) async fn handle(State(doors): State<ErasureDoors>, Caller(scope): Caller, Paging(page): Paging) -> Answer<Paged<ErasureView>> {
    let wrong = |_| Problem::invalid("cursor", "This cursor is of no page of this list.");
    let after = page.cursor.as_deref().map(str::parse::<ErasureId>).transpose().map_err(wrong)?;
    let erasures = doors.erasures.list(&scope, after, page.limit + 1).await?;
    Ok(Paged(Page::of_one_more(erasures, page.limit, |erasure| erasure.id.to_string()).map(ErasureView::from)))
}
