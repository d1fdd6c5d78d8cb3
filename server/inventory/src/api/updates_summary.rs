//! `GET /updates/summary`.

use axum::extract::State;
use schemars::JsonSchema;
use serde::Serialize;
use web::{Answer, Caller, Json};

use crate::Inventory;

/// How up to date the fleet is.
#[derive(Serialize, JsonSchema)]
pub(super) struct Updates {
    /// Devices with pending updates.
    devices_with_updates: u64,
    /// Devices with pending security updates.
    devices_with_security: u64,
    /// Devices of which updates are not collected.
    not_collected: u64,
    /// Devices by the age of their package lists.
    ages: Vec<Age>,
    /// Devices whose lists are too old (a week) or of unknown age, so that "no updates" is no answer.
    lists_stale: u64,
}

/// Devices whose package lists are of an age.
#[derive(Serialize, JsonSchema)]
struct Age {
    /// `day`, `week`, `month`, `older` or `unknown`.
    bucket: &'static str,
    devices: u64,
}

const BUCKETS: [&str; 5] = ["day", "week", "month", "older", "unknown"];

pub(super) async fn get(State(inventory): State<Inventory>, Caller(scope): Caller) -> Answer<Json<Updates>> {
    let summary = inventory.updates_summary(&scope).await?;
    let ages = BUCKETS.into_iter().zip(summary.list_ages).map(|(bucket, devices)| Age { bucket, devices }).collect();
    Ok(Json(Updates {
        devices_with_updates: summary.with_updates,
        devices_with_security: summary.with_security,
        not_collected: summary.not_collected,
        ages,
        lists_stale: summary.list_ages.iter().skip(2).sum(),
    }))
}
