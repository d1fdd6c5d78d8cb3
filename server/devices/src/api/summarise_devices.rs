//! `GET /devices/summary`: how many devices there are.

use axum::extract::State;
use schemars::JsonSchema;
use serde::Deserialize;
use web::{Answer, Caller, Doc, Json, Query};

use crate::{DeviceError, Devices, Selector, Summary};

pub(super) const DOC: Doc = Doc::new("summariseDevices", "Count devices by status and operating system")
    .description("With a selector it tells what a role on those devices would reach.");

/// Which devices.
#[derive(Deserialize, JsonSchema)]
pub(super) struct Chosen {
    /// A selector: `os:debian and label:env=prod`; all devices where it is absent.
    selector: Option<String>,
}

pub(super) async fn handle(State(devices): State<Devices>, Caller(scope): Caller, Query(chosen): Query<Chosen>) -> Answer<Json<Summary>> {
    let selector: Option<Selector> = chosen.selector.map(|text| text.parse()).transpose().map_err(DeviceError::from)?;
    Ok(Json(devices.summary(&scope, selector.as_ref()).await?))
}
