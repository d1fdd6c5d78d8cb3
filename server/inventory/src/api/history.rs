//! `GET /devices/{device}/history`.

use axum::extract::State;
use kernel::{DeviceId, Page};
use schemars::JsonSchema;
use serde::Serialize;
use web::{Answer, Caller, Id, Paged, Paging, Path, Time};

use super::{Manager, bad_cursor};
use crate::Inventory;
use crate::changes::ChangeKind;

/// A line of a device's package history.
#[derive(Serialize, JsonSchema)]
pub(super) struct DeviceChange {
    /// When the report that told it was received.
    at: Time,
    change: ChangeKind,
    manager: Manager,
    name: String,
    architecture: String,
    /// Version before.
    from: Option<String>,
    /// Version after.
    to: Option<String>,
}

pub(super) async fn list(
    State(inventory): State<Inventory>,
    Caller(scope): Caller,
    Path(Id(device)): Path<Id<DeviceId>>,
    Paging(page): Paging,
) -> Answer<Paged<DeviceChange>> {
    let before = match &page.cursor {
        Some(cursor) => read_cursor(cursor).ok_or_else(bad_cursor)?,
        None => (i64::MAX, i64::MAX),
    };
    let lines = inventory.history(&scope, device, before, page.limit + 1).await?;
    let lines = Page::of_one_more(lines, page.limit, |line| format!("{}-{}", line.at.micros(), line.number));
    Ok(Paged(lines.map(|line| DeviceChange {
        at: Time(line.at),
        change: line.change.kind,
        manager: line.change.manager.into(),
        name: line.change.name,
        architecture: line.change.architecture,
        from: line.change.from,
        to: line.change.to,
    })))
}

fn read_cursor(cursor: &str) -> Option<(i64, i64)> {
    let (at, number) = cursor.split_once('-')?;
    Some((at.parse().ok()?, number.parse().ok()?))
}
