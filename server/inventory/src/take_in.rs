//! A report arrives.
//!
//! A full state or a delta is made durable in one transaction of the tenant's store: the device's row, its history,
//! the receipt, the ledger's leaf and the mark that wakes the exposure. An unchanged check-in goes to the node's
//! intake log and is folded in later ([`crate::fold`]); it opens no file of the tenant. Either way the answer comes
//! after the data are durable, and the same transmission sent again gets the same receipt.

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;
use devices::TouchReport;
use kernel::{DeviceId, KeyRef, KeyRing, Place, ReceiptId, Scope, TenantId, Timestamp};
use serde_json::json;
use store::Tx;
use tokio::sync::OwnedSemaphorePermit;
use trust::{LeafEntry, LeafKind};
use wire::ids::ImageId;
use wire::report::{Delta, Digest, Next, Receipt};
use wire::state::State;

use crate::data_map::{DEVICE_STATE, DEVICE_STATE_BODY, IMAGE, IMAGE_BODY};
use crate::fleet::{Fleet, whole};
use crate::gaps::Noticed;
use crate::held::CheckIn;
use crate::prepared::Attempt;
use crate::report::{Incoming, IncomingContent};
use crate::store::{self as rows, HeldState, ReceiptRow, StateRow};
use crate::stored::{self, StoredBody, StoredImage};
use crate::{Inventory, InventoryError};

/// Longest body that is parsed on an asynchronous thread, in bytes: check-ins and small deltas, where another thread's turn
/// would cost more than the parsing.
const INLINE_READ_BYTES_MAX: usize = 32 * 1024;
/// How often a state is fitted anew because another transmission of the same device was quicker.
const ATTEMPTS_MAX: usize = 4;

/// What a transmission carried, as receipts tell it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carried {
    /// A whole state.
    Full,
    /// A difference.
    Delta,
    /// Nothing new.
    CheckIn,
    /// Something older than what is held, which changes nothing.
    Late,
}

impl Carried {
    /// The number under which it is stored.
    #[must_use]
    pub const fn number(self) -> i64 {
        match self {
            Self::Full => 1,
            Self::Delta => 2,
            Self::CheckIn => 3,
            Self::Late => 4,
        }
    }

    /// The name of a stored number.
    #[must_use]
    pub const fn name(number: i64) -> &'static str {
        match number {
            1 => "full",
            2 => "delta",
            4 => "late",
            _ => "check-in",
        }
    }
}

/// Facts of a transmission that every path needs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Transmission {
    pub(crate) device: DeviceId,
    pub(crate) sequence: i64,
    pub(crate) follows: Option<i64>,
    pub(crate) digest: Digest,
    pub(crate) schema: u16,
    pub(crate) collected_at: Timestamp,
    pub(crate) received_at: Timestamp,
    pub(crate) size_bytes: i64,
    pub(crate) gap: i64,
}

impl Inventory {
    /// Takes a report in. `body` is the body after decompression.
    ///
    /// # Errors
    /// [`InventoryError::Report`] for what is refused; nothing of it is stored.
    pub async fn take_in(&self, scope: &Scope, body: &[u8]) -> Result<Receipt, InventoryError> {
        self.take_in_body(scope, Bytes::copy_from_slice(body)).await
    }

    /// As [`Inventory::take_in`], without a copy of the body.
    ///
    /// # Errors
    /// As [`Inventory::take_in`].
    pub async fn take_in_body(&self, scope: &Scope, body: Bytes) -> Result<Receipt, InventoryError> {
        let size_bytes = i64::try_from(body.len()).unwrap_or(i64::MAX);
        let (incoming, place) = self.read_report(body).await?;
        let device = self.device_of(scope, &incoming).await?;
        let now = self.clock().now();
        let transmission = Transmission {
            device,
            sequence: incoming.sequence,
            follows: incoming.follows,
            digest: incoming.digest,
            schema: incoming.schema,
            collected_at: incoming.collected_at.min(now.plus(kernel::limits::CLOCK_SKEW_MAX)),
            received_at: now,
            size_bytes,
            gap: incoming.gap,
        };
        self.know(scope).await?;
        match incoming.content {
            IncomingContent::Unchanged => self.check_in(scope, transmission).await,
            content => self.take_state(scope, transmission, content, place).await,
        }
    }

    /// Reads a body: a short one at once, a long one at its place among those that are worked on, where it keeps no
    /// asynchronous thread from others.
    async fn read_report(&self, body: Bytes) -> Result<(Incoming, Option<OwnedSemaphorePermit>), InventoryError> {
        if body.len() <= INLINE_READ_BYTES_MAX {
            return Ok((crate::report::read(&body)?, None));
        }
        let place = self.place().await?;
        let read = tokio::task::spawn_blocking(move || crate::report::read(&body).map(|incoming| (incoming, Some(place))));
        Ok(read.await.map_err(|_| InventoryError::Worker)??)
    }

    async fn device_of(&self, scope: &Scope, incoming: &Incoming) -> Result<DeviceId, InventoryError> {
        let invalid = |reason| crate::report::ReportError::Invalid { field: "device".into(), reason };
        match (scope.acting_device(), &incoming.external_name) {
            (Some(device), None) => Ok(device),
            (Some(_), Some(_)) => Err(invalid("a device's own token names the device: leave this field out").into()),
            (None, None) => Err(invalid("with a telemetry token, name the device here").into()),
            (None, Some(name)) => Ok(self.devices().device_of_external_name(scope, name).await?),
        }
    }

    /// Reads what is held of a tenant's devices, once.
    pub(crate) async fn know(&self, scope: &Scope) -> Result<(), InventoryError> {
        if !self.held().knows(scope.tenant()) {
            let rows = self.stores().tenant(scope).read(rows::held_states).await?;
            self.held().fill(scope.tenant(), rows);
        }
        Ok(())
    }

    async fn check_in(&self, scope: &Scope, sent: Transmission) -> Result<Receipt, InventoryError> {
        let tenant = scope.tenant();
        match self.held().check_in(tenant, sent.device, sent.sequence, sent.digest) {
            CheckIn::Reserved => {
                let row = self.receipt_row(&sent, Carried::CheckIn, sent.digest);
                let inventory = self.clone();
                // A task of its own: a request that is cut off must not leave its number reserved for ever.
                let durable = tokio::spawn(async move { inventory.make_durable(tenant, sent, row).await });
                durable.await.map_err(|_| InventoryError::Worker)??;
                Ok(wire_receipt(&row, Next::Wait))
            }
            CheckIn::Again(row) => Ok(wire_receipt(&row, Next::Wait)),
            CheckIn::Busy => Err(InventoryError::Busy),
            CheckIn::Old(held) => self.receipt_again(scope, sent, held).await,
            CheckIn::Unknown(held) => self.ask_for_full(scope, sent, held).await,
        }
    }

    async fn make_durable(&self, tenant: TenantId, sent: Transmission, row: ReceiptRow) -> Result<(), InventoryError> {
        let body = crate::fold::encode(&row, sent.gap, sent.follows);
        let appended = self.stores().intake().append(tenant, sent.device, crate::fold::CHECK_IN, sent.received_at, body).await;
        self.held().durable(tenant, sent.device, sent.sequence, appended.is_ok().then_some(row));
        appended?;
        self.devices().seen(tenant, sent.device, sent.received_at);
        Ok(())
    }

    /// The receipt of a number that was taken in before; an old number without one is late: it gets a receipt and changes nothing.
    async fn receipt_again(&self, scope: &Scope, sent: Transmission, held: Digest) -> Result<Receipt, InventoryError> {
        if self.held().of(scope.tenant(), sent.device).is_some_and(|held| held.is_unfolded()) {
            // Its receipt may still lie in the intake log.
            self.fold_all_of(scope.tenant()).await?;
        }
        let next = if sent.digest == held { Next::Wait } else { Next::SendFull };
        let fresh = self.receipt_row(&sent, Carried::Late, held);
        let row = self.keep_receipt(scope, &sent, fresh, None).await?;
        Ok(wire_receipt(&row, next))
    }

    /// Receipts a transmission whose base is not held, and asks for the whole state.
    async fn ask_for_full(&self, scope: &Scope, sent: Transmission, held: Option<Digest>) -> Result<Receipt, InventoryError> {
        let fresh = self.receipt_row(&sent, Carried::CheckIn, held.unwrap_or(Digest([0; 32])));
        let row = self.keep_receipt(scope, &sent, fresh, Some(sent.gap)).await?;
        self.held().raise(scope.tenant(), sent.device, sent.sequence);
        Ok(wire_receipt(&row, Next::SendFull))
    }

    /// The receipt that a number has, or `fresh` where it has none; with a gap, the device's number counts on too.
    async fn keep_receipt(
        &self,
        scope: &Scope,
        sent: &Transmission,
        fresh: ReceiptRow,
        gap: Option<i64>,
    ) -> Result<ReceiptRow, InventoryError> {
        let (inventory, writing_scope, tells) = (self.clone(), scope.clone(), (sent.follows, sent.gap));
        let acknowledged = self.acknowledged(scope, sent.device);
        let tenant = self.stores().tenant(scope);
        let written = tenant.write(move |tx| -> Result<_, InventoryError> {
            let highest = rows::highest_receipt(tx, fresh.device)?.max(acknowledged);
            if rows::insert_receipt(tx, &fresh)? {
                let mut noticed = Noticed::default();
                noticed.note(tx, &fresh.arrival(tells, highest))?;
                noticed.record(tx, inventory.keys(), &writing_scope)?;
                if let Some(gap) = gap {
                    rows::advance_sequence(tx, fresh.device, fresh.sequence, gap)?;
                }
                record_receipts(tx, inventory.keys(), &writing_scope, std::slice::from_ref(&fresh))?;
            }
            let touch = TouchReport { at: fresh.received_at, facts: None };
            let touched = inventory.devices().touch(tx, &writing_scope, fresh.device, &touch)?;
            let row = rows::receipt(tx, fresh.device, fresh.sequence)?.ok_or(InventoryError::NotFound)?;
            Ok((row, touched))
        });
        let (row, touched) = written.await?;
        self.devices().applied(touched);
        Ok(row)
    }

    /// The highest number of a device that was acknowledged, as far as memory knows: a check-in's receipt may still lie in the intake log.
    pub(crate) fn acknowledged(&self, scope: &Scope, device: DeviceId) -> Option<i64> {
        self.held().of(scope.tenant(), device).map(|held| held.sequence)
    }

    fn receipt_row(&self, sent: &Transmission, carried: Carried, stored: Digest) -> ReceiptRow {
        let salt = self.rng().bytes();
        ReceiptRow {
            device: sent.device,
            sequence: sent.sequence,
            receipt: ReceiptId::from_random(self.rng().bits()),
            kind: carried.number(),
            received_at: sent.received_at,
            size_bytes: sent.size_bytes,
            schema_version: sent.schema.into(),
            stored,
            commitment: Digest(seal::hash::commitment(salt, sent.digest.0)),
            salt: Digest(salt),
        }
    }

    async fn take_state(
        &self,
        scope: &Scope,
        sent: Transmission,
        content: IncomingContent,
        place: Option<OwnedSemaphorePermit>,
    ) -> Result<Receipt, InventoryError> {
        let fleet = self.fleet(scope).await?;
        let ordinals = self.devices().ordinals(scope).await?;
        let ordinal = ordinals.of(sent.device).ok_or(InventoryError::NotFound)?;
        let place = match place {
            Some(place) => place,
            None => self.place().await?,
        };
        let (inventory, blocking_scope) = (self.clone(), scope.clone());
        let work = move || {
            let _place = place;
            for _ in 0..ATTEMPTS_MAX {
                match inventory.take_state_once(&blocking_scope, &fleet, ordinal, &sent, &content)? {
                    Outcome::Overtaken => {}
                    outcome => return Ok(outcome),
                }
            }
            Err(InventoryError::Busy)
        };
        match tokio::task::spawn_blocking(work).await.map_err(|_| InventoryError::Worker)?? {
            Outcome::Done { receipt, forgets } => {
                if forgets {
                    self.forget_snapshot(scope).await?;
                }
                Ok(wire_receipt(&receipt, Next::Wait))
            }
            Outcome::Old(held) => self.receipt_again(scope, sent, held).await,
            Outcome::Unknown(held) => self.ask_for_full(scope, sent, held).await,
            Outcome::Overtaken => Err(InventoryError::Busy),
        }
    }

    fn take_state_once(
        &self,
        scope: &Scope,
        fleet: &Fleet,
        ordinal: u32,
        sent: &Transmission,
        content: &IncomingContent,
    ) -> Result<Outcome, InventoryError> {
        let tenant = scope.tenant();
        let held = match self.held().of(tenant, sent.device) {
            Some(_) => self.read_state_to_replace(scope, fleet, sent.device)?,
            None => None,
        };
        if let Some((row, state)) = &held {
            self.catch_up(fleet, ordinal, sent.device, tenant, row, state)?;
            let newest = self.held().of(tenant, sent.device).map_or(row.sequence, |held| held.sequence.max(row.sequence));
            if sent.sequence <= newest {
                return Ok(Outcome::Old(row.digest));
            }
        }
        let (state, digest, carried) = match content {
            IncomingContent::Full { state, is_as_declared } => {
                let digest = if *is_as_declared { sent.digest } else { digest_of(state)? };
                (Cow::Borrowed(&**state), digest, Carried::Full)
            }
            IncomingContent::Delta(delta) => match apply(delta, held.as_ref(), sent.digest)? {
                Ok(state) => (Cow::Owned(state), sent.digest, Carried::Delta),
                Err(base) => return Ok(Outcome::Unknown(base)),
            },
            IncomingContent::Unchanged => return Err(InventoryError::Worker),
        };
        let keeping = fleet.keep_images();
        let fitted = fleet.write().fit(&state, |os, packages| self.image_id(tenant, os, packages))?;
        let receipt = self.receipt_row(sent, carried, digest);
        let prepared = Arc::new(self.prepare(scope, sent, held.as_ref(), &state, &fitted, receipt)?);
        let (inventory, writing_scope, writing) = (self.clone(), scope.clone(), Arc::clone(&prepared));
        let written = self.stores().tenant(scope).write_now(move |tx| inventory.write_prepared(tx, &writing_scope, &writing));
        match written {
            Err(Attempt::Overtaken) => {
                // Somebody else's first report of this device: the next attempt reads it.
                self.held().fill(tenant, self.stores().tenant(scope).read_now(rows::held_states)?);
                return Ok(Outcome::Overtaken);
            }
            Err(Attempt::Failed(error)) => return Err(error.into()),
            Ok(touched) => self.devices().applied(touched),
        }
        let mut inner = fleet.write();
        if let Some(image) = prepared.row.image {
            inner.image_is_kept(image);
        }
        inner.put(ordinal, sent.device, prepared.row.revision, fitted);
        drop((inner, keeping));
        self.held().put(tenant, sent.device, HeldState { revision: prepared.row.revision, sequence: sent.sequence, digest });
        let left = held.and_then(|(row, _)| row.image).filter(|left| prepared.row.image != Some(*left));
        if let Some(left) = left {
            self.forget_image(scope, fleet, left)?;
        }
        Ok(Outcome::Done { receipt: prepared.receipt, forgets: prepared.forget_history && left.is_some() })
    }

    /// Forgets an image that a device has left, where it was the last one: what a host no longer tells is nowhere kept.
    fn forget_image(&self, scope: &Scope, fleet: &Fleet, image: ImageId) -> Result<(), InventoryError> {
        let _alone = fleet.forget_images();
        if self.stores().tenant(scope).write_now(move |tx| rows::delete_unheld_image(tx, image))? {
            fleet.write().image_is_forgotten(image);
        }
        Ok(())
    }

    /// Memory learns of a row that was committed without its answer arriving here, or by another node.
    fn catch_up(
        &self,
        fleet: &Fleet,
        ordinal: u32,
        device: DeviceId,
        tenant: TenantId,
        row: &StateRow,
        state: &State,
    ) -> Result<(), InventoryError> {
        let mut inner = fleet.write();
        if inner.revision(device) < Some(row.revision) {
            let fitted = inner.fit(state, |os, packages| self.image_id(tenant, os, packages))?;
            inner.put(ordinal, device, row.revision, fitted);
        }
        drop(inner);
        self.held().put(tenant, device, HeldState { revision: row.revision, sequence: row.sequence, digest: row.digest });
        Ok(())
    }

    /// A device's row and its whole state; an empty state where the row is damaged, so that the next full report mends it.
    fn read_state_to_replace(&self, scope: &Scope, fleet: &Fleet, device: DeviceId) -> Result<Option<(StateRow, State)>, InventoryError> {
        match self.read_state(scope, fleet, device) {
            Err(InventoryError::Stored(_) | InventoryError::Store(::store::StoreError::Key(kernel::KeyError::Altered { .. }))) => {
                tracing::error!(device.id = %device, "the stored state of a device is damaged; its next full report replaces it");
                let row = self.stores().tenant(scope).read_now(move |tx| rows::state(tx, device))?;
                Ok(row.map(|row| (row, State::default())))
            }
            other => other,
        }
    }

    /// A device's row and its whole state.
    pub(crate) fn read_state(&self, scope: &Scope, fleet: &Fleet, device: DeviceId) -> Result<Option<(StateRow, State)>, InventoryError> {
        let Some(row) = self.stores().tenant(scope).read_now(move |tx| rows::state(tx, device))? else { return Ok(None) };
        let place = Place { table: DEVICE_STATE, column: DEVICE_STATE_BODY, row: device.number() };
        let body = self.keys().open(KeyRef::Device(scope.tenant(), device), place, &row.body)?;
        let image = match row.image {
            Some(image) => Some(self.image_packages(scope, fleet, image)?),
            None => None,
        };
        let state = whole(image, stored::unpack::<StoredBody>(&body)?)?;
        Ok(Some((row, state)))
    }

    fn image_packages(&self, scope: &Scope, fleet: &Fleet, image: ImageId) -> Result<Vec<wire::state::Package>, InventoryError> {
        if let Some(packages) = fleet.write().image_packages(image) {
            return Ok(packages);
        }
        // Another node made it since this fleet was read.
        let sealed = self.stores().tenant(scope).read_now(move |tx| rows::image_body(tx, image))?.ok_or(stored::StoredError::Misfit)?;
        let opened = self.open_image(scope.tenant(), image, &sealed)?;
        fleet.write().load_image(image, &opened);
        Ok(opened.packages)
    }

    pub(crate) fn open_image(&self, tenant: TenantId, image: ImageId, sealed: &[u8]) -> Result<StoredImage, InventoryError> {
        let place = Place { table: IMAGE, column: IMAGE_BODY, row: image.number() };
        let packed = self.keys().open(KeyRef::Tenant(tenant), place, sealed)?;
        Ok(stored::unpack(&packed)?)
    }

    /// A keyed hash of the package set: two nodes that meet the same set give its image the same id.
    fn image_id(&self, tenant: TenantId, os: &crate::index::OsKey, packages: &[wire::state::Package]) -> Result<ImageId, InventoryError> {
        let set = (&*os.id, os.version_id.as_deref(), packages);
        let bytes = serde_json::to_vec(&set).map_err(|error| stored::StoredError::Broken(error.into()))?;
        let keyed = self.keys().blind_index(KeyRef::Tenant(tenant), "package image", &seal::hash::sha256(&bytes))?;
        let (first, _) = keyed.split_first_chunk::<8>().unwrap_or((&[0; 8], &[]));
        Ok(ImageId::from_random(u64::from_le_bytes(*first)))
    }
}

/// How one attempt ended.
enum Outcome {
    Done {
        receipt: ReceiptRow,
        /// Whether the host has switched packages off that the fleet's snapshot may still hold.
        forgets: bool,
    },
    /// Another transmission of the device was quicker.
    Overtaken,
    /// The number is not above the last one.
    Old(Digest),
    /// The server holds another base, or none.
    Unknown(Option<Digest>),
}

/// The state after a delta; or, where its base is not held or the result is not what was declared, the digest that is held.
fn apply(delta: &Delta, held: Option<&(StateRow, State)>, declared: Digest) -> Result<Result<State, Option<Digest>>, InventoryError> {
    let Some((row, base)) = held else { return Ok(Err(None)) };
    if row.digest != delta.base {
        return Ok(Err(Some(row.digest)));
    }
    let state = delta.clone().apply(base.clone());
    if digest_of(&state)? == declared { Ok(Ok(state)) } else { Ok(Err(Some(row.digest))) }
}

fn digest_of(state: &State) -> Result<Digest, InventoryError> {
    let bytes = serde_json::to_vec(state).map_err(|error| stored::StoredError::Broken(error.into()))?;
    Ok(Digest(seal::hash::sha256(&bytes)))
}

/// One leaf for a batch of receipts: it commits to each receipt's number and commitment.
pub(crate) fn record_receipts(
    tx: &mut Tx<'_>,
    keys: &dyn KeyRing,
    scope: &Scope,
    receipts: &[ReceiptRow],
) -> Result<(), ::store::StoreError> {
    trust::ledger::record(tx, keys, scope, receipts_entry(receipts)).map(|_| ())
}

pub(crate) fn receipts_entry(receipts: &[ReceiptRow]) -> LeafEntry {
    let lines: Vec<_> = receipts
        .iter()
        .map(|row| {
            json!([row.receipt.to_string(), row.commitment.to_string(), row.received_at.micros(), row.size_bytes, row.schema_version])
        })
        .collect();
    LeafEntry { kind: LeafKind::ReportReceipts, subject: None, payload: json!({ "receipts": lines }) }
}

fn wire_receipt(row: &ReceiptRow, next: Next) -> Receipt {
    Receipt {
        receipt: row.receipt,
        device: row.device,
        sequence: row.sequence.unsigned_abs(),
        received_at: row.received_at,
        size_bytes: row.size_bytes.unsigned_abs(),
        schema: u16::try_from(row.schema_version).unwrap_or(u16::MAX),
        stored: row.stored,
        commitment: row.commitment,
        salt: row.salt,
        next,
    }
}
