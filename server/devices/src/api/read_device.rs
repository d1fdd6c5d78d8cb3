//! `GET /devices/{device}`: one device.

use axum::extract::State;
use kernel::DeviceId;
use web::{Answer, Caller, Doc, Id, Json, Path};

use crate::{Device, Devices};

pub(super) const DOC: Doc = Doc::new("readDevice", "See a device");

pub(super) async fn handle(
    State(devices): State<Devices>,
    Caller(scope): Caller,
    Path(Id(device)): Path<Id<DeviceId>>,
) -> Answer<Json<Device>> {
    Ok(Json(devices.get(&scope, device).await?))
}
