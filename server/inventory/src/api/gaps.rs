//! `GET /devices/{device}/gaps`.

use axum::extract::State;
use kernel::{DeviceId, Page};
use schemars::JsonSchema;
use serde::Serialize;
use web::{Answer, Caller, Id, Paged, Paging, Path, Time};

use super::bad_cursor;
use crate::Inventory;

/// Transmissions that a device made and that did not arrive.
#[derive(Serialize, JsonSchema)]
pub(super) struct DeviceGap {
    /// Nothing is there from this number,
    from_sequence: i64,
    /// to this one, which the device has made. Its numbers need not be consecutive.
    to_sequence: i64,
    /// When the transmission before them was received.
    since: Time,
    /// When it was noticed that they are missing.
    noticed_at: Time,
    /// When the last of them came after all, or the device told that it dropped them.
    closed_at: Option<Time>,
    /// Whether the device told that it dropped them: they never come.
    was_dropped: bool,
}

pub(super) async fn list(
    State(inventory): State<Inventory>,
    Caller(scope): Caller,
    Path(Id(device)): Path<Id<DeviceId>>,
    Paging(page): Paging,
) -> Answer<Paged<DeviceGap>> {
    let before = match &page.cursor {
        Some(cursor) => cursor.parse::<i64>().map_err(|_| bad_cursor())?,
        None => i64::MAX,
    };
    let gaps = inventory.gaps(&scope, device, before, page.limit + 1).await?;
    let gaps = Page::of_one_more(gaps, page.limit, |gap| gap.to.to_string());
    Ok(Paged(gaps.map(|gap| DeviceGap {
        from_sequence: gap.from,
        to_sequence: gap.to,
        since: Time(gap.since),
        noticed_at: Time(gap.noticed_at),
        closed_at: gap.closed_at.map(Time),
        was_dropped: gap.was_dropped,
    })))
}
