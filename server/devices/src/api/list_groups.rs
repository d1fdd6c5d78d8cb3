//! `GET /groups`: a page of groups.

use axum::extract::State;
use web::{Answer, Caller, Doc, Paged, Paging};

use super::read_group::Group;
use crate::Devices;

pub(super) const DOC: Doc = Doc::new("listGroups", "List groups of devices");

pub(super) async fn handle(State(devices): State<Devices>, Caller(scope): Caller, Paging(page): Paging) -> Answer<Paged<Group>> {
    Ok(Paged(devices.list_groups(&scope, page).await?.map(Group::from)))
}
