//! Folding: check-ins move from the node's intake log into their tenants' stores, in batches.
//!
//! A round goes through the tenants that have check-ins waiting, several at a time, and takes what waits of each, up to a
//! hundred thousand: a tenant's file is opened once for it. Where few tenants report, each round folds them all. Where
//! many do, opening their files would cost more than what is put into them, so a tenant's turn comes when it has
//! [`RIPE_ENTRIES`] or its first one is [`RIPE_TIME`] old; whoever asks for receipts has his tenant folded first.
//!
//! Each tenant's store says up to which number of the log it was folded, in the same transaction, so that a batch may be
//! folded twice without effect. A ledger leaf holds up to [`LEAF_RECEIPTS_MAX`] receipts of a batch.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::time::Duration;

use devices::{TouchReport, Touched};
use kernel::{DeviceId, KeyRef, ReceiptId, Scope, SystemWork, TenantId, Timestamp};
use store::{IntakeEntry, Ripeness};
use tokio::task::JoinSet;
use wire::report::Digest;

use crate::gaps::Noticed;
use crate::store::{self as rows, ReceiptRow};
use crate::take_in::receipts_entry;
use crate::{Inventory, InventoryError};

/// Kind of an intake entry: an unchanged check-in.
pub const CHECK_IN: i64 = 1;
/// Most entries of a tenant that one transaction folds: the tenant's other writes wait for its end.
pub const BATCH_ENTRIES_MAX: usize = 2_000;
/// Most batches of one tenant in a round, so that a busy tenant keeps nobody waiting for ever.
const BATCHES_A_ROUND_MAX: usize = 50;
/// Tenants that are folded at a time: as many as wait for the disk while others work.
pub const TENANTS_AT_A_TIME: usize = 8;
/// Up to so many tenants are folded whenever anything waits of them: as many files as the store keeps open anyway.
pub const PROMPT_TENANTS_MAX: usize = 128;
/// So many check-ins of one tenant are worth opening its file for.
pub const RIPE_ENTRIES: usize = 200;
/// Longest time that a check-in waits for others of its tenant.
pub const RIPE_TIME: Duration = Duration::from_secs(60);
/// So many check-ins of all tenants are folded without waiting for more: the next start would have to fold them.
pub const RIPE_ALTOGETHER: usize = 1_000_000;
/// Most receipts in one ledger leaf.
pub const LEAF_RECEIPTS_MAX: usize = 200;

const NUMBER_BYTES: usize = 8;
const DIGEST_BYTES: usize = 32;
const NUMBERS: usize = 8;
const ENCODED_BYTES: usize = NUMBERS * NUMBER_BYTES + 3 * DIGEST_BYTES;
/// Stands for no number.
const NONE: i64 = -1;

/// An entry's body: eight numbers and three digests, big-endian.
pub(crate) fn encode(row: &ReceiptRow, gap: i64, follows: Option<i64>) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(ENCODED_BYTES);
    let (received_at, follows) = (row.received_at.micros(), follows.unwrap_or(NONE));
    for number in [row.sequence, row.receipt.number(), row.kind, received_at, row.size_bytes, row.schema_version, gap, follows] {
        bytes.extend_from_slice(&number.to_be_bytes());
    }
    for digest in [row.stored, row.commitment, row.salt] {
        bytes.extend_from_slice(&digest.0);
    }
    bytes
}

/// A check-in as it lies in the intake log.
#[derive(Debug, PartialEq, Eq)]
struct CheckedIn {
    row: ReceiptRow,
    gap: i64,
    follows: Option<i64>,
}

fn decode(device: DeviceId, bytes: &[u8]) -> Option<CheckedIn> {
    // An entry of the version before has no eighth number.
    let lacks_one = bytes.len() == ENCODED_BYTES - NUMBER_BYTES;
    if !lacks_one && bytes.len() != ENCODED_BYTES {
        return None;
    }
    let (numbers, digests) = bytes.split_at((NUMBERS - usize::from(lacks_one)) * NUMBER_BYTES);
    let number = |place: usize| numbers.as_chunks::<NUMBER_BYTES>().0.get(place).map(|chunk| i64::from_be_bytes(*chunk));
    let digest = |place: usize| digests.as_chunks::<DIGEST_BYTES>().0.get(place).map(|chunk| Digest(*chunk));
    let row = ReceiptRow {
        device,
        sequence: number(0)?,
        receipt: ReceiptId::from_number(number(1)?)?,
        kind: number(2)?,
        received_at: Timestamp::from_micros(number(3)?),
        size_bytes: number(4)?,
        schema_version: number(5)?,
        stored: digest(0)?,
        commitment: digest(1)?,
        salt: digest(2)?,
    };
    Some(CheckedIn { row, gap: number(6)?, follows: number(7).filter(|follows| *follows != NONE) })
}

impl Inventory {
    /// Folds what waits in the intake log, in one round through its tenants; how many entries there were. Zero means that
    /// nothing waits that can be folded.
    ///
    /// # Errors
    /// The store's; what was not folded stays in the log.
    pub async fn fold(&self) -> Result<usize, InventoryError> {
        self.stores().intake().learn().await?;
        self.fold_round(Ripeness::Any).await
    }

    /// As [`Inventory::fold`], leaving out tenants that are better folded later.
    ///
    /// # Errors
    /// As [`Inventory::fold`].
    pub async fn fold_ripe(&self) -> Result<usize, InventoryError> {
        self.stores().intake().learn().await?;
        let (tenants, entries) = self.stores().intake().size();
        let known_since = self.clock().monotonic().saturating_sub(RIPE_TIME);
        let is_prompt = tenants <= PROMPT_TENANTS_MAX || entries >= RIPE_ALTOGETHER;
        self.fold_round(if is_prompt { Ripeness::Any } else { Ripeness::Ripe { entries: RIPE_ENTRIES, known_since } }).await
    }

    async fn fold_round(&self, ripeness: Ripeness) -> Result<usize, InventoryError> {
        let intake = self.stores().intake();
        let (mut after, mut count) = (None, 0);
        loop {
            let tenants = intake.tenants_after(after, ripeness, TENANTS_AT_A_TIME);
            let Some(last) = tenants.last() else {
                intake.sweep().await?;
                return Ok(count);
            };
            after = Some(*last);
            let mut folding = JoinSet::new();
            for tenant in tenants {
                let inventory = self.clone();
                folding.spawn(async move { (tenant, inventory.fold_all_of(tenant).await) });
            }
            while let Some(ended) = folding.join_next().await {
                match ended {
                    Ok((_, Ok(entries))) => count += entries,
                    // One tenant's broken store must not stop the others; its entries stay in the log.
                    Ok((tenant, Err(error))) => {
                        tracing::error!(tenant.id = %tenant, error = %error, "a tenant's check-ins cannot be folded; they stay in the intake log");
                    }
                    Err(_panicked) => tracing::error!("folding a tenant's check-ins panicked; they stay in the intake log"),
                }
            }
        }
    }

    /// Folds everything that waits of one tenant: how many entries. For whoever is about to read all that is held of it.
    ///
    /// # Errors
    /// The store's; what was not folded stays in the log.
    pub async fn fold_tenant(&self, tenant: TenantId) -> Result<usize, InventoryError> {
        self.stores().intake().learn().await?;
        let mut count = 0;
        loop {
            match self.fold_all_of(tenant).await? {
                0 => return Ok(count),
                entries => count += entries,
            }
        }
    }

    /// Folds what waits of one tenant, up to [`BATCHES_A_ROUND_MAX`] batches: how many entries.
    pub(crate) async fn fold_all_of(&self, tenant: TenantId) -> Result<usize, InventoryError> {
        let folded = self.fold_batches_of(tenant).await;
        if folded.is_err() && self.is_erased_tenant(tenant).await? {
            // What was under way when the tenant was erased has nowhere to go any more.
            let erased = self.stores().intake().erase(tenant, None).await?;
            tracing::info!(tenant.id = %tenant, entries = erased, "check-ins that arrived of an erased tenant are erased");
            return Ok(0);
        }
        folded
    }

    /// Whether a tenant's key was destroyed, which is so where it was erased and nowhere else.
    async fn is_erased_tenant(&self, tenant: TenantId) -> Result<bool, InventoryError> {
        let inventory = self.clone();
        let look = move || inventory.keys().was_destroyed(KeyRef::Tenant(tenant));
        Ok(tokio::task::spawn_blocking(look).await.map_err(|_| InventoryError::Worker)??)
    }

    async fn fold_batches_of(&self, tenant: TenantId) -> Result<usize, InventoryError> {
        let (scope, intake) = (self.mint().system(tenant, SystemWork::Intake), self.stores().intake());
        self.devices().know_bars(tenant).await?;
        let mut count = 0;
        for _ in 0..BATCHES_A_ROUND_MAX {
            let entries = intake.batch(tenant, BATCH_ENTRIES_MAX).await?;
            let Some(last) = entries.last().map(|entry| entry.number) else { break };
            let is_full = entries.len() == BATCH_ENTRIES_MAX;
            count += entries.len();
            self.fold_entries(&scope, entries).await?;
            intake.forget_through(tenant, last);
            if !is_full {
                break;
            }
        }
        Ok(count)
    }

    async fn fold_entries(&self, scope: &Scope, entries: Vec<IntakeEntry>) -> Result<(), InventoryError> {
        let (inventory, writing_scope) = (self.clone(), scope.clone());
        let newest: BTreeMap<DeviceId, i64> =
            entries.iter().filter_map(|entry| Some((entry.device, decode(entry.device, &entry.body)?.row.sequence))).collect();
        let written = self
            .stores()
            .tenant(scope)
            .write(move |tx| -> Result<Option<Touched>, InventoryError> {
                let through = tx.folded_through()?;
                let mut receipts = Vec::new();
                let mut counted: BTreeMap<DeviceId, (i64, i64)> = BTreeMap::new();
                let mut seen: BTreeMap<DeviceId, Timestamp> = BTreeMap::new();
                let mut numbers: BTreeMap<DeviceId, Option<i64>> = BTreeMap::new();
                let mut noticed = Noticed::default();
                let tenant = writing_scope.tenant();
                let is_wanted = |entry: &&IntakeEntry| entry.number > through && !inventory.devices().is_erased(tenant, entry.device);
                for entry in entries.iter().filter(is_wanted) {
                    let Some(CheckedIn { row, gap, follows }) = decode(entry.device, &entry.body) else {
                        tracing::error!(device.id = %entry.device, intake.number = entry.number, "an intake entry is not of this version's form; it is left out");
                        continue;
                    };
                    let before = match numbers.entry(row.device) {
                        Entry::Occupied(known) => known.into_mut(),
                        Entry::Vacant(unknown) => unknown.insert(rows::highest_receipt(tx, row.device)?),
                    };
                    if rows::insert_receipt(tx, &row)? {
                        noticed.note(tx, &row.arrival((follows, gap), *before))?;
                        *before = (*before).max(Some(row.sequence));
                        let (highest, gaps) = counted.entry(row.device).or_insert((row.sequence, 0));
                        (*highest, *gaps) = ((*highest).max(row.sequence), gaps.saturating_add(gap));
                        receipts.push(row);
                    }
                    seen.insert(row.device, row.received_at);
                }
                // Once a device: its row holds its state, and is written whole.
                for (device, (highest, gaps)) in counted {
                    rows::advance_sequence(tx, device, highest, gaps)?;
                }
                let mut touched: Option<Touched> = None;
                for (device, at) in seen {
                    let one = inventory.devices().touch(tx, &writing_scope, device, &TouchReport { at, facts: None })?;
                    touched = Some(match touched {
                        Some(others) => others.and(one),
                        None => one,
                    });
                }
                let leaves: Vec<_> = receipts.chunks(LEAF_RECEIPTS_MAX).map(receipts_entry).chain(noticed.into_leaves()).collect();
                trust::ledger::record_in_place(tx, inventory.keys(), &writing_scope, &leaves)?;
                if let Some(last) = entries.last() {
                    tx.set_folded_through(last.number)?;
                }
                Ok(touched)
            })
            .await?;
        if let Some(touched) = written {
            self.devices().applied(touched);
        }
        for (device, sequence) in newest {
            self.held().folded(scope.tenant(), device, sequence);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_survives_its_bytes() {
        let row = ReceiptRow {
            device: DeviceId::from_random(6),
            sequence: 7,
            receipt: ReceiptId::from_random(8),
            kind: 3,
            received_at: Timestamp::from_seconds(9),
            size_bytes: 10,
            schema_version: 1,
            stored: Digest([1; 32]),
            commitment: Digest([2; 32]),
            salt: Digest([3; 32]),
        };
        for follows in [None, Some(6)] {
            assert_eq!(decode(row.device, &encode(&row, 4, follows)), Some(CheckedIn { row, gap: 4, follows }));
        }
        let whole = encode(&row, 4, Some(6));
        assert_eq!(decode(row.device, &whole[1..]), None);
        let of_the_version_before = [&whole[..7 * NUMBER_BYTES], &whole[NUMBERS * NUMBER_BYTES..]].concat();
        assert_eq!(decode(row.device, &of_the_version_before), Some(CheckedIn { row, gap: 4, follows: None }));
    }
}
