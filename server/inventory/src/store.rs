//! Every SQL statement of this crate.

use kernel::data_map::StoreKind;
use kernel::{DeviceId, ReceiptId, Timestamp};
use store::{Row, Schema, StoreError, Tx, params};
use wire::ids::{ImageId, LeafId};
use wire::report::Digest;

use crate::data_map::TABLES;
use crate::gaps::{Arrival, Gap};

store::statements! {
    store = Tenant;

    /// The body of an image.
    IMAGE_BODY = "SELECT body FROM image WHERE tenant_id = $1 AND image_id = $2" (BigInt, BigInt) -> (body: Blob);

    /// Every image, oldest first.
    IMAGES = "SELECT image_id, body FROM image WHERE tenant_id = $1 ORDER BY made_at, image_id" (BigInt) -> (image_id: BigInt, body: Blob);

    /// Keeps an image; another report may have been quicker.
    INSERT_IMAGE = "INSERT INTO image (tenant_id, image_id, made_at, package_count, body) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (tenant_id, image_id) DO NOTHING" (BigInt, BigInt, BigInt, BigInt, Blob);

    /// What is held of one device.
    STATE_BY_DEVICE = "SELECT revision, sequence, digest, schema_version, collected_at, received_at, size_bytes, gaps, missing_kinds, image_id, body
        FROM device_state WHERE tenant_id = $1 AND device_id = $2" (BigInt, BigInt)
        -> (revision: BigInt, sequence: BigInt, digest: Blob, schema_version: BigInt, collected_at: BigInt, received_at: BigInt,
            size_bytes: BigInt, gaps: BigInt, missing_kinds: BigInt, image_id: BigInt, body: Blob);

    /// What tells whether a device's next report is new: without the body.
    HELD_STATES = "SELECT device_id, revision, sequence, digest FROM device_state WHERE tenant_id = $1 ORDER BY device_id" (BigInt)
        -> (device_id: BigInt, revision: BigInt, sequence: BigInt, digest: Blob);

    /// The bodies of a page of devices.
    STATES_AFTER = "SELECT device_id, revision, missing_kinds, image_id, body FROM device_state
        WHERE tenant_id = $1 AND device_id > $2 ORDER BY device_id LIMIT $3" (BigInt, BigInt, BigInt)
        -> (device_id: BigInt, revision: BigInt, missing_kinds: BigInt, image_id: BigInt, body: Blob);

    /// A device's first state.
    INSERT_STATE = "INSERT INTO device_state (tenant_id, device_id, revision, sequence, digest, schema_version, collected_at, received_at,
        size_bytes, gaps, missing_kinds, image_id, body) VALUES ($1, $2, 1, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        ON CONFLICT (tenant_id, device_id) DO NOTHING"
        (BigInt, BigInt, BigInt, Blob, BigInt, BigInt, BigInt, BigInt, BigInt, BigInt, BigInt, Blob);

    /// Forgets an image that no device has any more.
    DELETE_UNHELD_IMAGE = "DELETE FROM image WHERE tenant_id = $1 AND image_id = $2
        AND NOT EXISTS (SELECT 1 FROM device_state WHERE device_state.tenant_id = $1 AND device_state.image_id = $2)" (BigInt, BigInt);

    /// A device's next state, where nobody was quicker and its number goes up.
    UPDATE_STATE = "UPDATE device_state SET revision = revision + 1, sequence = $4, digest = $5, schema_version = $6, collected_at = $7,
        received_at = $8, size_bytes = $9, gaps = gaps + $10, missing_kinds = $11, image_id = $12, body = $13
        WHERE tenant_id = $1 AND device_id = $2 AND revision = $3 AND sequence < $4"
        (BigInt, BigInt, BigInt, BigInt, Blob, BigInt, BigInt, BigInt, BigInt, BigInt, BigInt, BigInt, Blob);

    /// A transmission counts its number on, and its gap whether or not a later one was quicker.
    ADVANCE_SEQUENCE = "UPDATE device_state SET sequence = CASE WHEN sequence < $3 THEN $3 ELSE sequence END, gaps = gaps + $4
        WHERE tenant_id = $1 AND device_id = $2"
        (BigInt, BigInt, BigInt, BigInt);

    /// Keeps the receipt of a transmission; one sequence number has one receipt.
    INSERT_RECEIPT = "INSERT INTO receipt (tenant_id, device_id, sequence, receipt_id, kind, received_at, size_bytes, schema_version, stored, commitment, salt)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (tenant_id, device_id, sequence) DO NOTHING"
        (BigInt, BigInt, BigInt, BigInt, BigInt, BigInt, BigInt, BigInt, Blob, Blob, Blob);

    /// The receipt of a transmission.
    RECEIPT_BY_SEQUENCE = "SELECT sequence, receipt_id, kind, received_at, size_bytes, schema_version, stored, commitment, salt FROM receipt
        WHERE tenant_id = $1 AND device_id = $2 AND sequence = $3" (BigInt, BigInt, BigInt)
        -> (sequence: BigInt, receipt_id: BigInt, kind: BigInt, received_at: BigInt, size_bytes: BigInt, schema_version: BigInt,
            stored: Blob, commitment: Blob, salt: Blob);

    /// A device's receipts, newest first, below a sequence number.
    RECEIPTS_BEFORE = "SELECT sequence, receipt_id, kind, received_at, size_bytes, schema_version, stored, commitment, salt FROM receipt
        WHERE tenant_id = $1 AND device_id = $2 AND sequence < $3 ORDER BY sequence DESC LIMIT $4" (BigInt, BigInt, BigInt, BigInt)
        -> (sequence: BigInt, receipt_id: BigInt, kind: BigInt, received_at: BigInt, size_bytes: BigInt, schema_version: BigInt,
            stored: Blob, commitment: Blob, salt: Blob);

    /// The highest number of a device that has a receipt.
    HIGHEST_RECEIPT = "SELECT sequence FROM receipt WHERE tenant_id = $1 AND device_id = $2 ORDER BY sequence DESC LIMIT 1" (BigInt, BigInt)
        -> (sequence: BigInt);

    /// Keeps a gap, or what became of it.
    PUT_GAP = "INSERT INTO report_gap (tenant_id, device_id, to_sequence, from_sequence, since, noticed_at, closed_at, was_dropped)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (tenant_id, device_id, to_sequence)
        DO UPDATE SET from_sequence = excluded.from_sequence, since = excluded.since, noticed_at = excluded.noticed_at,
            closed_at = excluded.closed_at, was_dropped = excluded.was_dropped"
        (BigInt, BigInt, BigInt, BigInt, BigInt, BigInt, BigInt, Boolean);

    /// A gap is no more: other ones are left of it.
    DELETE_GAP = "DELETE FROM report_gap WHERE tenant_id = $1 AND device_id = $2 AND to_sequence = $3" (BigInt, BigInt, BigInt);

    /// The first open gap of a device that ends at a number or above.
    OPEN_GAP_FROM = "SELECT to_sequence, from_sequence, since, noticed_at, closed_at, was_dropped FROM report_gap
        WHERE tenant_id = $1 AND device_id = $2 AND to_sequence >= $3 AND closed_at IS NULL ORDER BY to_sequence LIMIT 1"
        (BigInt, BigInt, BigInt) -> (to_sequence: BigInt, from_sequence: BigInt, since: BigInt, noticed_at: BigInt, closed_at: BigInt,
            was_dropped: Boolean);

    /// The last open gap of a device that ends below a number.
    OPEN_GAP_BELOW = "SELECT to_sequence, from_sequence, since, noticed_at, closed_at, was_dropped FROM report_gap
        WHERE tenant_id = $1 AND device_id = $2 AND to_sequence < $3 AND closed_at IS NULL ORDER BY to_sequence DESC LIMIT 1"
        (BigInt, BigInt, BigInt) -> (to_sequence: BigInt, from_sequence: BigInt, since: BigInt, noticed_at: BigInt, closed_at: BigInt,
            was_dropped: Boolean);

    /// A device's gaps, newest first, below a number.
    GAPS_BEFORE = "SELECT to_sequence, from_sequence, since, noticed_at, closed_at, was_dropped FROM report_gap
        WHERE tenant_id = $1 AND device_id = $2 AND to_sequence < $3 ORDER BY to_sequence DESC LIMIT $4" (BigInt, BigInt, BigInt, BigInt)
        -> (to_sequence: BigInt, from_sequence: BigInt, since: BigInt, noticed_at: BigInt, closed_at: BigInt,
            was_dropped: Boolean);

    /// Writes a line of history.
    INSERT_CHANGE = "INSERT INTO package_history (tenant_id, device_id, changed_at, change_id, kind, body) VALUES ($1, $2, $3, $4, $5, $6)"
        (BigInt, BigInt, BigInt, BigInt, BigInt, Blob);

    /// A device's history, newest first, before a line.
    CHANGES_BEFORE = "SELECT changed_at, change_id, body FROM package_history
        WHERE tenant_id = $1 AND device_id = $2 AND (changed_at < $3 OR (changed_at = $3 AND change_id < $4))
        ORDER BY changed_at DESC, change_id DESC LIMIT $5" (BigInt, BigInt, BigInt, BigInt, BigInt)
        -> (changed_at: BigInt, change_id: BigInt, body: Blob);

    /// Forgets a device's history: its host switched packages off.
    DELETE_CHANGES = "DELETE FROM package_history WHERE tenant_id = $1 AND device_id = $2" (BigInt, BigInt);
}

/// The schema of this crate.
pub static SCHEMAS: &[Schema] = &[Schema::new(
    "inventory",
    StoreKind::Tenant,
    &[
        store::Migration { version: 1, name: "inventory", sql: include_str!("../migrations/0001_inventory.sql") },
        store::Migration { version: 2, name: "image holders", sql: include_str!("../migrations/0002_image_holders.sql") },
        store::Migration { version: 3, name: "report gap", sql: include_str!("../migrations/0003_report_gap.sql") },
    ],
    TABLES,
    STATEMENTS,
)];

/// A device's row.
#[derive(Clone, Debug)]
pub(crate) struct StateRow {
    pub(crate) revision: i64,
    pub(crate) sequence: i64,
    pub(crate) digest: Digest,
    pub(crate) schema_version: i64,
    pub(crate) collected_at: Timestamp,
    pub(crate) received_at: Timestamp,
    pub(crate) size_bytes: i64,
    pub(crate) gaps: i64,
    pub(crate) missing_kinds: i64,
    pub(crate) image: Option<ImageId>,
    pub(crate) body: Vec<u8>,
}

/// What tells whether a device's next report is new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct HeldState {
    pub(crate) revision: i64,
    pub(crate) sequence: i64,
    pub(crate) digest: Digest,
}

/// A receipt's row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ReceiptRow {
    pub(crate) device: DeviceId,
    pub(crate) sequence: i64,
    pub(crate) receipt: ReceiptId,
    pub(crate) kind: i64,
    pub(crate) received_at: Timestamp,
    pub(crate) size_bytes: i64,
    pub(crate) schema_version: i64,
    pub(crate) stored: Digest,
    pub(crate) commitment: Digest,
    pub(crate) salt: Digest,
}

impl ReceiptRow {
    /// What its arrival says of others.
    pub(crate) const fn arrival(&self, (follows, dropped): (Option<i64>, i64), highest: Option<i64>) -> Arrival {
        Arrival { device: self.device, sequence: self.sequence, follows, dropped, received_at: self.received_at, highest }
    }
}

/// A body of a page of devices.
pub(crate) struct BodyRow {
    pub(crate) device: DeviceId,
    pub(crate) held_revision: i64,
    pub(crate) missing_kinds: i64,
    pub(crate) image: Option<ImageId>,
    pub(crate) body: Vec<u8>,
}

/// A sealed line of history.
pub(crate) struct ChangeRow {
    pub(crate) at: Timestamp,
    pub(crate) number: i64,
    pub(crate) body: Vec<u8>,
}

fn tenant(tx: &Tx<'_>) -> Result<i64, StoreError> {
    tx.tenant().map(kernel::TenantId::number).ok_or(StoreError::NotFound)
}

pub(crate) fn image_body(tx: &mut Tx<'_>, image: ImageId) -> Result<Option<Vec<u8>>, StoreError> {
    let tenant = tenant(tx)?;
    tx.query_optional(&IMAGE_BODY, &params![tenant, image])?.map(|row| row.get(0)).transpose()
}

pub(crate) fn images(tx: &mut Tx<'_>) -> Result<Vec<(ImageId, Vec<u8>)>, StoreError> {
    let tenant = tenant(tx)?;
    tx.query(&IMAGES, &params![tenant])?.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

pub(crate) fn insert_image(tx: &mut Tx<'_>, image: ImageId, package_count: usize, body: &[u8]) -> Result<(), StoreError> {
    let (tenant, now) = (tenant(tx)?, tx.now());
    tx.execute(&INSERT_IMAGE, &params![tenant, image, now, i64::try_from(package_count).unwrap_or(i64::MAX), body])?;
    Ok(())
}

pub(crate) fn state(tx: &mut Tx<'_>, device: DeviceId) -> Result<Option<StateRow>, StoreError> {
    let tenant = tenant(tx)?;
    let read = |row: Row| -> Result<StateRow, StoreError> {
        Ok(StateRow {
            revision: row.get(0)?,
            sequence: row.get(1)?,
            digest: row.get(2)?,
            schema_version: row.get(3)?,
            collected_at: row.get(4)?,
            received_at: row.get(5)?,
            size_bytes: row.get(6)?,
            gaps: row.get(7)?,
            missing_kinds: row.get(8)?,
            image: row.get(9)?,
            body: row.get(10)?,
        })
    };
    tx.query_optional(&STATE_BY_DEVICE, &params![tenant, device])?.map(read).transpose()
}

pub(crate) fn held_states(tx: &mut Tx<'_>) -> Result<Vec<(DeviceId, HeldState)>, StoreError> {
    let tenant = tenant(tx)?;
    let read = |row: &Row| Ok((row.get(0)?, HeldState { revision: row.get(1)?, sequence: row.get(2)?, digest: row.get(3)? }));
    tx.query(&HELD_STATES, &params![tenant])?.iter().map(read).collect()
}

pub(crate) fn bodies_after(tx: &mut Tx<'_>, after: i64, limit: i64) -> Result<Vec<BodyRow>, StoreError> {
    let tenant = tenant(tx)?;
    let read = |row: &Row| {
        Ok(BodyRow { device: row.get(0)?, held_revision: row.get(1)?, missing_kinds: row.get(2)?, image: row.get(3)?, body: row.get(4)? })
    };
    tx.query(&STATES_AFTER, &params![tenant, after, limit])?.iter().map(read).collect()
}

/// Writes a device's state: the first where `held` is absent, else the one after `held`. False where another was quicker.
pub(crate) fn put_state(tx: &mut Tx<'_>, device: DeviceId, held: Option<i64>, new: &StateRow) -> Result<bool, StoreError> {
    let tenant = tenant(tx)?;
    let written = match held {
        None => tx.execute(
            &INSERT_STATE,
            &params![
                tenant,
                device,
                new.sequence,
                new.digest,
                new.schema_version,
                new.collected_at,
                new.received_at,
                new.size_bytes,
                new.gaps,
                new.missing_kinds,
                new.image,
                new.body.as_slice()
            ],
        )?,
        Some(revision) => tx.execute(
            &UPDATE_STATE,
            &params![
                tenant,
                device,
                revision,
                new.sequence,
                new.digest,
                new.schema_version,
                new.collected_at,
                new.received_at,
                new.size_bytes,
                new.gaps,
                new.missing_kinds,
                new.image,
                new.body.as_slice()
            ],
        )?,
    };
    Ok(written == 1)
}

/// Forgets an image where no device has it; whether it did.
pub(crate) fn delete_unheld_image(tx: &mut Tx<'_>, image: ImageId) -> Result<bool, StoreError> {
    let tenant = tenant(tx)?;
    Ok(tx.execute(&DELETE_UNHELD_IMAGE, &params![tenant, image])? == 1)
}

pub(crate) fn advance_sequence(tx: &mut Tx<'_>, device: DeviceId, sequence: i64, gap: i64) -> Result<(), StoreError> {
    let tenant = tenant(tx)?;
    tx.execute(&ADVANCE_SEQUENCE, &params![tenant, device, sequence, gap])?;
    Ok(())
}

pub(crate) fn insert_receipt(tx: &mut Tx<'_>, row: &ReceiptRow) -> Result<bool, StoreError> {
    let tenant = tenant(tx)?;
    let written = tx.execute(
        &INSERT_RECEIPT,
        &params![
            tenant,
            row.device,
            row.sequence,
            row.receipt,
            row.kind,
            row.received_at,
            row.size_bytes,
            row.schema_version,
            row.stored,
            row.commitment,
            row.salt
        ],
    )?;
    Ok(written == 1)
}

fn receipt_of(device: DeviceId, row: &Row) -> Result<ReceiptRow, StoreError> {
    Ok(ReceiptRow {
        device,
        sequence: row.get(0)?,
        receipt: row.get(1)?,
        kind: row.get(2)?,
        received_at: row.get(3)?,
        size_bytes: row.get(4)?,
        schema_version: row.get(5)?,
        stored: row.get(6)?,
        commitment: row.get(7)?,
        salt: row.get(8)?,
    })
}

pub(crate) fn receipt(tx: &mut Tx<'_>, device: DeviceId, sequence: i64) -> Result<Option<ReceiptRow>, StoreError> {
    let tenant = tenant(tx)?;
    tx.query_optional(&RECEIPT_BY_SEQUENCE, &params![tenant, device, sequence])?.map(|row| receipt_of(device, &row)).transpose()
}

pub(crate) fn receipts_before(tx: &mut Tx<'_>, device: DeviceId, sequence: i64, limit: i64) -> Result<Vec<ReceiptRow>, StoreError> {
    let tenant = tenant(tx)?;
    tx.query(&RECEIPTS_BEFORE, &params![tenant, device, sequence, limit])?.iter().map(|row| receipt_of(device, row)).collect()
}

pub(crate) fn insert_change(
    tx: &mut Tx<'_>,
    device: DeviceId,
    number: LeafId,
    at: Timestamp,
    kind: i64,
    body: &[u8],
) -> Result<(), StoreError> {
    let tenant = tenant(tx)?;
    tx.execute(&INSERT_CHANGE, &params![tenant, device, at, number.number(), kind, body])?;
    Ok(())
}

pub(crate) fn changes_before(tx: &mut Tx<'_>, device: DeviceId, at: i64, number: i64, limit: i64) -> Result<Vec<ChangeRow>, StoreError> {
    let tenant = tenant(tx)?;
    let read = |row: &Row| Ok(ChangeRow { at: row.get(0)?, number: row.get(1)?, body: row.get(2)? });
    tx.query(&CHANGES_BEFORE, &params![tenant, device, at, number, limit])?.iter().map(read).collect()
}

pub(crate) fn delete_changes(tx: &mut Tx<'_>, device: DeviceId) -> Result<u64, StoreError> {
    let tenant = tenant(tx)?;
    tx.execute(&DELETE_CHANGES, &params![tenant, device])
}

pub(crate) fn highest_receipt(tx: &mut Tx<'_>, device: DeviceId) -> Result<Option<i64>, StoreError> {
    let tenant = tenant(tx)?;
    tx.query_optional(&HIGHEST_RECEIPT, &params![tenant, device])?.map(|row| row.get(0)).transpose()
}

fn gap_of(row: &Row) -> Result<Gap, StoreError> {
    let (to, from) = (row.get(0)?, row.get(1)?);
    Ok(Gap { from, to, since: row.get(2)?, noticed_at: row.get(3)?, closed_at: row.get(4)?, was_dropped: row.get(5)? })
}

pub(crate) fn put_gap(tx: &mut Tx<'_>, device: DeviceId, gap: &Gap) -> Result<(), StoreError> {
    let tenant = tenant(tx)?;
    tx.execute(&PUT_GAP, &params![tenant, device, gap.to, gap.from, gap.since, gap.noticed_at, gap.closed_at, gap.was_dropped])?;
    Ok(())
}

pub(crate) fn delete_gap(tx: &mut Tx<'_>, device: DeviceId, to: i64) -> Result<(), StoreError> {
    let tenant = tenant(tx)?;
    tx.execute(&DELETE_GAP, &params![tenant, device, to])?;
    Ok(())
}

/// The open gap that a number lies in.
pub(crate) fn gap_with(tx: &mut Tx<'_>, device: DeviceId, sequence: i64) -> Result<Option<Gap>, StoreError> {
    let tenant = tenant(tx)?;
    let gap = tx.query_optional(&OPEN_GAP_FROM, &params![tenant, device, sequence])?.map(|row| gap_of(&row)).transpose()?;
    Ok(gap.filter(|gap| gap.from <= sequence))
}

pub(crate) fn open_gap_below(tx: &mut Tx<'_>, device: DeviceId, sequence: i64) -> Result<Option<Gap>, StoreError> {
    let tenant = tenant(tx)?;
    tx.query_optional(&OPEN_GAP_BELOW, &params![tenant, device, sequence])?.map(|row| gap_of(&row)).transpose()
}

pub(crate) fn gaps_before(tx: &mut Tx<'_>, device: DeviceId, to: i64, limit: i64) -> Result<Vec<Gap>, StoreError> {
    let tenant = tenant(tx)?;
    tx.query(&GAPS_BEFORE, &params![tenant, device, to, limit])?.iter().map(gap_of).collect()
}
