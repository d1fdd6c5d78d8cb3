//! `DELETE /Groups/{people_group}`: the directory removes a group of people.

use axum::extract::State;
use kernel::PeopleGroupId;
use kernel::problem::ProblemKind;
use web::{Answer, Caller, Doc, Id, NoContent, Path};

use crate::Identity;

pub(super) const DOC: Doc = Doc::new("removePeopleGroup", "Remove a group of people of the directory")
    .description("What it gave, its people hold no more.")
    .problems(&[ProblemKind::CONFLICT]);

pub(super) async fn handle(
    State(identity): State<Identity>,
    Caller(scope): Caller,
    Path(Id(group)): Path<Id<PeopleGroupId>>,
) -> Answer<NoContent> {
    identity.remove_people_group(&scope, group).await?;
    Ok(NoContent)
}
