//! `POST /devices/readmit`: lets a script's device in again after it was erased.

use axum::extract::State;
use kernel::problem::ProblemKind;
use schemars::JsonSchema;
use serde::Deserialize;
use web::{Answer, Caller, Doc, Json, NoContent};
use wire::Identifying;
use wire::report::ExternalName;

use crate::Devices;

pub(super) const DOC: Doc = Doc::new("readmitDevice", "Let a script's device in again that was erased")
    .description("When a device is erased that a script names itself, the name is barred. From now on it is taken, and is a new device's.")
    .problems(&[ProblemKind::NOT_FOUND]);

/// Which.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Readmission {
    /// The name that the script gives, as in its reports.
    #[schemars(length(min = 1, max = 128))]
    device: String,
}

pub(super) async fn handle(
    State(devices): State<Devices>,
    Caller(scope): Caller,
    Json(readmission): Json<Readmission>,
) -> Answer<NoContent> {
    devices.readmit(&scope, &ExternalName(Identifying::new(readmission.device))).await?;
    Ok(NoContent)
}
