//! `PATCH /groups/{group}`: changes a group.

use axum::extract::State;
use kernel::problem::ProblemKind;
use kernel::{DeviceId, GroupId};
use schemars::JsonSchema;
use serde::Deserialize;
use web::{Answer, Caller, Doc, Id, Json, Path};

use super::read_group::Group;
use crate::groups::GroupChange;
use crate::{DeviceError, Devices};

pub(super) const DOC: Doc = Doc::new("changeGroup", "Change a group of devices")
    .description("What is absent stays; members given replace those it had. A group never changes its kind.")
    .problems(&[ProblemKind::CONFLICT]);

/// What to change.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Request {
    /// What people call it.
    #[schemars(length(min = 1, max = 200))]
    name: Option<String>,
    /// The selector of a query group.
    selector: Option<String>,
    /// All devices of a manual group.
    members: Option<Vec<Id<DeviceId>>>,
}

pub(super) async fn handle(
    State(devices): State<Devices>,
    Caller(scope): Caller,
    Path(Id(group)): Path<Id<GroupId>>,
    Json(request): Json<Request>,
) -> Answer<Json<Group>> {
    let change = GroupChange {
        name: request.name.map(|name| name.parse()).transpose().map_err(DeviceError::from)?,
        selector: request.selector.map(|text| text.parse()).transpose().map_err(DeviceError::from)?,
        members: request.members.map(|members| members.into_iter().map(|device| device.0).collect()),
    };
    Ok(Json(devices.change_group(&scope, group, change).await?.into()))
}
