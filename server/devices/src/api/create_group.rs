//! `POST /groups`: makes a group.

use axum::extract::State;
use identity::error::LIMIT_REACHED;
use kernel::{DeviceId, Problem};
use schemars::JsonSchema;
use serde::Deserialize;
use web::{Answer, Caller, Created, Doc, Id, Json};

use super::read_group::{Group, GroupKind};
use crate::groups::GroupContent;
use crate::{DeviceError, Devices};

pub(super) const DOC: Doc = Doc::new("createGroup", "Make a group of devices").problems(&[LIMIT_REACHED]);

/// What to make.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Request {
    /// What people call it.
    #[schemars(length(min = 1, max = 200))]
    name: String,
    /// How it gets its devices.
    kind: GroupKind,
    /// The selector of a query group.
    selector: Option<String>,
    /// The devices of a manual group.
    members: Option<Vec<Id<DeviceId>>>,
}

pub(super) async fn handle(State(devices): State<Devices>, Caller(scope): Caller, Json(request): Json<Request>) -> Answer<Created<Group>> {
    let name = request.name.parse().map_err(DeviceError::from)?;
    let content = match (request.kind, request.selector, request.members) {
        (GroupKind::Manual, None, members) => {
            GroupContent::Manual { members: members.unwrap_or_default().into_iter().map(|device| device.0).collect() }
        }
        (GroupKind::Query, Some(selector), None) => GroupContent::Query { selector: selector.parse().map_err(DeviceError::from)? },
        (GroupKind::Manual, Some(_), _) | (GroupKind::Query, None, _) => {
            Err(Problem::invalid("selector", "A query group has a selector, a manual group has none."))?
        }
        (GroupKind::Query, _, Some(_)) => Err(Problem::invalid("members", "A query group has no members of its own."))?,
    };
    Ok(Created(devices.create_group(&scope, name, content).await?.into()))
}
