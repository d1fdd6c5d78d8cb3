//! `GET /devices/{device}/receipts`.

use axum::extract::State;
use kernel::{DeviceId, Page, ReceiptId};
use schemars::JsonSchema;
use serde::Serialize;
use web::{Answer, Caller, Id, Paged, Paging, Path, Time};

use super::bad_cursor;
use crate::Inventory;

/// The receipt of a transmission.
#[derive(Serialize, JsonSchema)]
pub(super) struct DeviceReceipt {
    receipt: Id<ReceiptId>,
    /// The transmission's number, counted by the device.
    sequence: i64,
    /// `full`, `delta`, `check-in`, or `late` for what came after something newer and changed nothing.
    carried: &'static str,
    received_at: Time,
    size_bytes: i64,
    /// Report schema.
    schema: i64,
    /// SHA-256 of the state that was stored.
    stored: String,
    /// SHA-256 of the salt and the digest of the inspection copy.
    commitment: String,
    salt: String,
}

pub(super) async fn list(
    State(inventory): State<Inventory>,
    Caller(scope): Caller,
    Path(Id(device)): Path<Id<DeviceId>>,
    Paging(page): Paging,
) -> Answer<Paged<DeviceReceipt>> {
    let before = match &page.cursor {
        Some(cursor) => cursor.parse::<i64>().map_err(|_| bad_cursor())?,
        None => i64::MAX,
    };
    let lines = inventory.receipts(&scope, device, before, page.limit + 1).await?;
    let lines = Page::of_one_more(lines, page.limit, |line| line.sequence.to_string());
    Ok(Paged(lines.map(|line| DeviceReceipt {
        receipt: Id(line.receipt),
        sequence: line.sequence,
        carried: line.carried,
        received_at: Time(line.received_at),
        size_bytes: line.size_bytes,
        schema: line.schema,
        stored: line.stored.to_string(),
        commitment: line.commitment.to_string(),
        salt: line.salt.to_string(),
    })))
}
