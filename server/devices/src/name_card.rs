//! The sealed name card: a tenant's device cards packed into a few sealed blobs, so that a start opens hundreds of
//! values instead of one for each device.
//!
//! It is a cache. The truth is each row's own card, sealed under the device's key; an entry counts only where its version
//! is the row's, so a card that is old, half written or gone costs time and nothing else.

use std::collections::HashMap;
use std::sync::Arc;

use kernel::{DeviceId, KeyRing, Scope};
use serde::{Deserialize, Serialize};
use store::{StoreError, Stores};

use crate::record::{DeviceCard, Record};

/// Devices in one block of the card.
pub const NAME_CARD_BLOCK_DEVICES: usize = 4_096;
/// Fewer opened one by one than this, and the card is left as it is.
const REWRITE_FROM: usize = 256;

const BLOB_PREFIX: &str = "name-card-";

/// The card, opened.
#[derive(Default)]
pub(crate) struct NameCard(HashMap<DeviceId, (i64, DeviceCard)>);

/// One device in the card.
#[derive(Serialize, Deserialize)]
pub(crate) struct Entry {
    device: DeviceId,
    card_version: i64,
    card: DeviceCard,
}

#[derive(Serialize, Deserialize)]
struct Block {
    /// How many blocks there are.
    blocks: usize,
    entries: Vec<Entry>,
}

impl NameCard {
    /// The card of a device, where it is of this version.
    pub(crate) fn take(&mut self, device: DeviceId, card_version: i64) -> Option<DeviceCard> {
        self.0.remove(&device).filter(|(known, _)| *known == card_version).map(|(_, card)| card)
    }
}

/// Whether so many cards were opened one by one that packing them again pays.
pub(crate) fn is_worth_rewriting(cards_opened: usize, devices: usize) -> bool {
    cards_opened >= REWRITE_FROM.max(devices / 100)
}

/// The entries of all records.
pub(crate) fn entries_of(records: &[Record]) -> Vec<Entry> {
    let entry = |record: &Record| Entry { device: record.device, card_version: record.card_version, card: record.card.clone() };
    records.iter().map(entry).collect()
}

/// Reads the card; nothing where there is none or it cannot be read.
pub(crate) async fn read(stores: &Stores, keys: &Arc<dyn KeyRing>, scope: &Scope) -> NameCard {
    let mut card = NameCard::default();
    let mut blocks = 1;
    let mut next = 0;
    while next < blocks {
        match read_block(stores, keys, scope, next).await {
            Ok(Some(block)) => {
                blocks = block.blocks;
                card.0.extend(block.entries.into_iter().map(|entry| (entry.device, (entry.card_version, entry.card))));
            }
            Ok(None) => break,
            Err(error) => {
                tracing::warn!(tenant.id = %scope.tenant(), error = %error, "the name card cannot be read; device rows are read one by one");
                break;
            }
        }
        next += 1;
    }
    card
}

async fn read_block(stores: &Stores, keys: &Arc<dyn KeyRing>, scope: &Scope, number: usize) -> Result<Option<Block>, StoreError> {
    let Some(bytes) = stores.blobs().get(scope, keys, &blob_name(number)).await? else { return Ok(None) };
    serde_json::from_slice(&bytes).map(Some).map_err(|error| StoreError::Corrupt(format!("name card, byte {}", error.column())))
}

/// Writes the card anew. A failure is logged: the card saves time and holds nothing of its own.
pub(crate) async fn write(stores: &Stores, keys: &Arc<dyn KeyRing>, scope: &Scope, mut entries: Vec<Entry>) {
    let blocks = entries.len().div_ceil(NAME_CARD_BLOCK_DEVICES);
    for number in (0..blocks).rev() {
        let block = Block { blocks, entries: entries.split_off(number * NAME_CARD_BLOCK_DEVICES) };
        let Ok(bytes) = serde_json::to_vec(&block) else { return };
        if let Err(error) = stores.blobs().put(scope, keys, &blob_name(number), bytes).await {
            tracing::warn!(tenant.id = %scope.tenant(), error = %error, "the name card cannot be written; the next start reads device rows one by one");
            return;
        }
    }
}

/// Removes every block of the card.
pub(crate) async fn forget(stores: &Stores, scope: &Scope) -> Result<(), StoreError> {
    for name in stores.blobs().names(scope).await?.iter().filter(|name| name.starts_with(BLOB_PREFIX)) {
        stores.blobs().delete(scope, name).await?;
    }
    Ok(())
}

fn blob_name(number: usize) -> String {
    format!("{BLOB_PREFIX}{number}")
}
