//! `GET /people/groups`: the groups of people, who is in them, and what they give.

use axum::extract::State;
use schemars::JsonSchema;
use serde::Serialize;
use web::{Answer, Caller, Doc, Json};

use super::directory::PeopleGroupView;
use crate::Identity;

pub(super) const DOC: Doc = Doc::new("listGroupsOfPeople", "List the groups of people");

/// All groups of people.
#[derive(Serialize, JsonSchema)]
pub(super) struct PeopleGroups {
    /// The groups.
    items: Vec<PeopleGroupView>,
}

pub(super) async fn handle(State(identity): State<Identity>, Caller(scope): Caller) -> Answer<Json<PeopleGroups>> {
    let groups = identity.people_groups(&scope).await?;
    Ok(Json(PeopleGroups { items: groups.into_iter().map(PeopleGroupView::from).collect() }))
}
