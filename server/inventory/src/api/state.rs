//! `GET /devices/{device}/state`: what was sent, as it is stored.

use axum::extract::State;
use kernel::DeviceId;
use schemars::JsonSchema;
use serde::Serialize;
use web::{Answer, Caller, Id, Json, Path, Time};
use wire::state::BlindSpotReason;

use crate::Inventory;

/// What a device sent.
#[derive(Serialize, JsonSchema)]
pub(super) struct DeviceState {
    /// The canonical state, as the inspection copy on the host shows it; absent before the first report.
    #[schemars(with = "Option<serde_json::Map<String, serde_json::Value>>")]
    state: Option<wire::state::State>,
    /// SHA-256 of the canonical state.
    digest: Option<String>,
    collected_at: Option<Time>,
    received_at: Option<Time>,
    /// Size of the transmission that brought it.
    size_bytes: Option<i64>,
    /// Report schema.
    schema: Option<i64>,
    /// Transmissions that the host had to drop, ever.
    gaps: i64,
    /// Kinds that the host's own file switches off.
    switched_off: Vec<&'static str>,
    /// What the agent could not see.
    blind_spots: Vec<DeviceBlindSpot>,
}

/// Something that the agent could not see.
#[derive(Serialize, JsonSchema)]
struct DeviceBlindSpot {
    kind: &'static str,
    subject: String,
    reason: &'static str,
}

pub(super) async fn get(
    State(inventory): State<Inventory>,
    Caller(scope): Caller,
    Path(Id(device)): Path<Id<DeviceId>>,
) -> Answer<Json<DeviceState>> {
    let Some(held) = inventory.state_of(&scope, device).await? else {
        return Ok(Json(DeviceState {
            state: None,
            digest: None,
            collected_at: None,
            received_at: None,
            size_bytes: None,
            schema: None,
            gaps: 0,
            switched_off: Vec::new(),
            blind_spots: Vec::new(),
        }));
    };
    let blind_spots = held.state.blind_spots.iter().map(|spot| DeviceBlindSpot {
        kind: spot.kind.name(),
        subject: spot.subject.clone(),
        reason: reason_name(spot.reason),
    });
    let blind_spots = blind_spots.collect();
    let switched_off = held.state.switched_off.iter().map(|kind| kind.name()).collect();
    Ok(Json(DeviceState {
        state: Some(held.state),
        digest: Some(held.digest.to_string()),
        collected_at: Some(Time(held.collected_at)),
        received_at: Some(Time(held.received_at)),
        size_bytes: Some(held.size_bytes),
        schema: Some(held.schema),
        gaps: held.gaps,
        switched_off,
        blind_spots,
    }))
}

const fn reason_name(reason: BlindSpotReason) -> &'static str {
    match reason {
        BlindSpotReason::PermissionDenied => "permission-denied",
        BlindSpotReason::NotPresent => "not-present",
        BlindSpotReason::NotUnderstood => "not-understood",
        BlindSpotReason::TooLarge => "too-large",
        BlindSpotReason::ToolFailed => "tool-failed",
        BlindSpotReason::OwnSystemId => "own-system-id",
    }
}
