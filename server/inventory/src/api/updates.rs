//! `GET /devices/{device}/updates`.

use axum::extract::State;
use kernel::DeviceId;
use schemars::JsonSchema;
use serde::Serialize;
use web::{Answer, Caller, Id, Json, Path, Time};
use wire::state::Kind;

use super::{Manager, NotCollected};
use crate::{Inventory, LISTS_STALE_SECONDS};

/// A device's pending updates.
#[derive(Serialize, JsonSchema)]
pub(super) struct DeviceUpdates {
    /// Whether updates are collected from this device: where not, an empty list says nothing.
    collected: bool,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<NotCollected>,
    /// When the host's package lists were fetched.
    lists_updated_at: Option<Time>,
    /// Whether the lists are too old (a week) or of unknown age, so that "no updates" is no answer.
    lists_stale: bool,
    items: Vec<DeviceUpdate>,
}

/// A newer version that the host could install now.
#[derive(Serialize, JsonSchema)]
struct DeviceUpdate {
    manager: Manager,
    name: String,
    architecture: String,
    installed: String,
    candidate: String,
    /// Whether the candidate comes from a security archive.
    security: bool,
    archive: Option<String>,
}

pub(super) async fn list(
    State(inventory): State<Inventory>,
    Caller(scope): Caller,
    Path(Id(device)): Path<Id<DeviceId>>,
) -> Answer<Json<DeviceUpdates>> {
    let held = inventory.state_of(&scope, device).await?;
    let reason = NotCollected::of(held.as_ref().map(|held| &held.state), Kind::Updates);
    let updates = held.and_then(|held| held.state.updates);
    let lists_updated_at = updates.as_ref().and_then(|updates| updates.lists_updated_at);
    let now = inventory.now();
    let lists_stale = lists_updated_at.is_none_or(|at| now.seconds() - at.seconds() > LISTS_STALE_SECONDS);
    let items = updates.map(|updates| updates.pending).unwrap_or_default().into_iter().map(|update| DeviceUpdate {
        manager: update.manager.into(),
        name: update.name,
        architecture: update.architecture,
        installed: update.installed,
        candidate: update.candidate,
        security: update.security,
        archive: update.archive,
    });
    Ok(Json(DeviceUpdates {
        collected: reason.is_none(),
        reason,
        lists_updated_at: lists_updated_at.map(Time),
        lists_stale,
        items: items.collect(),
    }))
}
