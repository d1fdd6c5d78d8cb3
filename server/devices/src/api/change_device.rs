//! `PATCH /devices/{device}`: changes a device's labels.

use std::collections::BTreeMap;

use axum::extract::State;
use identity::Labels;
use kernel::DeviceId;
use schemars::JsonSchema;
use serde::Deserialize;
use web::{Answer, Caller, Doc, Id, Json, Path};

use crate::{Device, DeviceError, Devices};

pub(super) const DOC: Doc = Doc::new("changeDevice", "Change a device's labels").description("The labels given replace those it had.");

/// What to change.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Request {
    /// All labels of the device.
    labels: BTreeMap<String, String>,
}

pub(super) async fn handle(
    State(devices): State<Devices>,
    Caller(scope): Caller,
    Path(Id(device)): Path<Id<DeviceId>>,
    Json(request): Json<Request>,
) -> Answer<Json<Device>> {
    let labels = Labels::new(request.labels).map_err(DeviceError::from)?;
    Ok(Json(devices.set_labels(&scope, device, labels).await?))
}
