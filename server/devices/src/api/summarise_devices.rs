//! `GET /devices/summary`: how many devices there are.

use axum::extract::State;
use web::{Answer, Caller, Doc, Json};

use crate::{Devices, Summary};

pub(super) const DOC: Doc = Doc::new("summariseDevices", "Count devices by status and operating system");

pub(super) async fn handle(State(devices): State<Devices>, Caller(scope): Caller) -> Answer<Json<Summary>> {
    Ok(Json(devices.summary(&scope).await?))
}
