//! `DELETE /groups/{group}`: removes a group.

use axum::extract::State;
use kernel::GroupId;
use kernel::problem::ProblemKind;
use web::{Answer, Caller, Doc, Id, NoContent, Path};

use crate::Devices;

pub(super) const DOC: Doc =
    Doc::new("deleteGroup", "Remove a group of devices").description("Its devices stay.").problems(&[ProblemKind::CONFLICT]);

pub(super) async fn handle(State(devices): State<Devices>, Caller(scope): Caller, Path(Id(group)): Path<Id<GroupId>>) -> Answer<NoContent> {
    devices.delete_group(&scope, group).await?;
    Ok(NoContent)
}
