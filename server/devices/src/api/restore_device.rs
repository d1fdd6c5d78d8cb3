//! `POST /devices/{device}/restore`: puts a device back in service.

use axum::extract::State;
use kernel::DeviceId;
use web::{Answer, Caller, Doc, Id, Json, Path};

use crate::{Device, Devices};

pub(super) const DOC: Doc = Doc::new("restoreDevice", "Put a retired device back in service");

pub(super) async fn handle(
    State(devices): State<Devices>,
    Caller(scope): Caller,
    Path(Id(device)): Path<Id<DeviceId>>,
) -> Answer<Json<Device>> {
    Ok(Json(devices.restore(&scope, device).await?))
}
