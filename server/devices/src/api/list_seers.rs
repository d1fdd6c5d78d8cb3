//! `GET /devices/{device}/people`: who may see a device, and why.

use axum::extract::State;
use identity::grant::Grant;
use identity::role::Role;
use kernel::problem::ProblemKind;
use kernel::{DeviceId, Permission, UserId};
use schemars::JsonSchema;
use serde::Serialize;
use web::{Answer, Caller, Doc, Id, Paged, Paging, Path};

use crate::Devices;
use crate::seen_by::Seer;

pub(super) const DOC: Doc = Doc::new("listDevicePeople", "See who may see a device, and why")
    .description("People whose roles do not reach it are left out, so that a page can be short while there are more.")
    .problems(&[ProblemKind::NOT_FOUND]);

/// Somebody who may see the device.
#[derive(Serialize, JsonSchema)]
pub(super) struct SeerView {
    /// The person.
    user: Id<UserId>,
    /// E-mail address.
    email: String,
    /// The roles that reach the device.
    because_of: Vec<Reason>,
    /// What they may do with it, as `devices:read`.
    permissions: Vec<&'static str>,
}

/// A role that reaches the device.
#[derive(Serialize, JsonSchema)]
struct Reason {
    /// The role.
    role: Role,
    /// The selector that chooses the device; absent where the role is for all devices.
    #[serde(skip_serializing_if = "Option::is_none")]
    devices: Option<String>,
}

impl From<Grant> for Reason {
    fn from(Grant { role, devices }: Grant) -> Self {
        Self { role, devices }
    }
}

impl From<Seer> for SeerView {
    fn from(seer: Seer) -> Self {
        Self {
            user: Id(seer.user),
            email: seer.email.as_text().to_owned(),
            because_of: seer.because_of.into_iter().map(Reason::from).collect(),
            permissions: seer.permissions.into_iter().map(Permission::text).collect(),
        }
    }
}

pub(super) async fn handle(
    State(devices): State<Devices>,
    Caller(scope): Caller,
    Path(Id(device)): Path<Id<DeviceId>>,
    Paging(page): Paging,
) -> Answer<Paged<SeerView>> {
    let page = devices.seen_by(&scope, device, page).await?;
    Ok(Paged(kernel::Page { items: page.items.into_iter().map(SeerView::from).collect(), next: page.next }))
}
