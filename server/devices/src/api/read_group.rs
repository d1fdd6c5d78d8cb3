//! `GET /groups/{group}`: one group.

use axum::extract::State;
use kernel::GroupId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{Answer, Caller, Doc, Id, Json, Path, Time};

use crate::Devices;
use crate::groups::{self, GroupContent};

pub(super) const DOC: Doc = Doc::new("readGroup", "See a group").description("Its devices are listed by listDevices with this group.");

/// How a group gets its devices.
#[derive(Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum GroupKind {
    /// Listed by hand.
    Manual,
    /// Chosen by a selector.
    Query,
}

/// A group.
#[derive(Serialize, JsonSchema)]
pub(super) struct Group {
    /// Its id.
    group: Id<GroupId>,
    /// What people call it.
    name: String,
    /// How it gets its devices.
    kind: GroupKind,
    /// The selector of a query group, for who reaches every device.
    #[serde(skip_serializing_if = "Option::is_none")]
    selector: Option<String>,
    /// How many of its devices are in service.
    devices: u64,
    /// When it was made.
    created_at: Time,
}

impl From<groups::Group> for Group {
    fn from(group: groups::Group) -> Self {
        let (kind, selector) = match group.content {
            GroupContent::Manual { .. } => (GroupKind::Manual, None),
            GroupContent::Query { selector } => (GroupKind::Query, group.shows_selector.then(|| selector.text().to_owned())),
        };
        Self { group: Id(group.group), name: group.name, kind, selector, devices: group.devices, created_at: Time(group.created_at) }
    }
}

pub(super) async fn handle(
    State(devices): State<Devices>,
    Caller(scope): Caller,
    Path(Id(group)): Path<Id<GroupId>>,
) -> Answer<Json<Group>> {
    Ok(Json(devices.group(&scope, group).await?.into()))
}
