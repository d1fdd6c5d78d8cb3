//! `PATCH /Groups/{people_group}`: the directory tells something else of a group of people.

use axum::extract::State;
use kernel::PeopleGroupId;
use serde_json::Value;
use web::scim::{Answered, Body};
use web::{Answer, Caller, Doc, Id, Path};

use crate::Identity;
use crate::directory::fault::CHANGE_KINDS;

pub(super) const DOC: Doc = Doc::new("changePeopleGroup", "Change in part what the directory told of a group of people")
    .description("All operations are done, or none.")
    .problems(CHANGE_KINDS);

pub(super) async fn handle(
    State(identity): State<Identity>,
    Caller(scope): Caller,
    Path(Id(group)): Path<Id<PeopleGroupId>>,
    Body(body): Body,
) -> Answer<Answered> {
    let kept = identity.patch_people_group(&scope, group, &body).await?;
    Ok(Answered(Value::Object(identity.group_resource(&kept))))
}
