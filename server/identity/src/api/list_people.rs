//! `GET /people`: who has an account, and what they may.

use axum::extract::State;
use web::{Answer, Caller, Doc, Paged, Paging};

use super::people::PersonView;
use crate::Identity;

pub(super) const DOC: Doc = Doc::new("listPeople", "List the people who have an account");

pub(super) async fn handle(State(identity): State<Identity>, Caller(scope): Caller, Paging(page): Paging) -> Answer<Paged<PersonView>> {
    Ok(Paged(identity.list_people(&scope, page).await?.map(PersonView::from)))
}
