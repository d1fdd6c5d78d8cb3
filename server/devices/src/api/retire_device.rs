//! `POST /devices/{device}/retire`: takes a device out of service.

use axum::extract::State;
use kernel::DeviceId;
use web::{Answer, Caller, Doc, Id, Json, Path};

use crate::{Device, Devices};

pub(super) const DOC: Doc = Doc::new("retireDevice", "Take a device out of service")
    .description("Its key and tokens open nothing from now on; its data stay. Doing it again changes nothing.");

pub(super) async fn handle(
    State(devices): State<Devices>,
    Caller(scope): Caller,
    Path(Id(device)): Path<Id<DeviceId>>,
) -> Answer<Json<Device>> {
    Ok(Json(devices.retire(&scope, device).await?))
}
