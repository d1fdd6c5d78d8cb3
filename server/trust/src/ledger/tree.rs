//! A log's tree in its tables, and the sequencer: leaves get their places in the order in which they were recorded.
//!
//! Sequencing is one transaction: places, tiles and head move together or not at all. The head's row is the fence: two
//! sequencers at once would both move it from the same size, and one of them is undone. So no place is given twice.
//! Nothing is signed here; [`super::log`] signs, and only what grew out of what it signed before.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use kernel::{LeafId, TenantId, Timestamp};
use seal::hash::DIGEST_BYTES;
use seal::leaf::leaf_hash;
use seal::merkle::{self, Hash};
use seal::tile::{InTile, TILE_HASHES, TILE_HEIGHT};
use store::{Row, StoreError, Tx, params};

use super::gather::GATHER;
use crate::store as sql;

/// Leaves that one transaction puts in their places.
pub const SEQUENCED_AT_ONCE: usize = 2_000;
const DAY: Duration = Duration::from_secs(24 * 3_600);

/// A log of this installation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Log {
    /// A tenant's, in its store.
    Tenant(TenantId),
    /// The instance's own, in the system store.
    Instance,
}

/// What a log is at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) day: i64,
    pub(crate) size: u64,
    pub(crate) root: Hash,
    pub(crate) made_at: Timestamp,
}

impl Head {
    pub(crate) fn of(row: &Row) -> Result<Self, StoreError> {
        let size: i64 = row.get(1)?;
        Ok(Self { day: row.get(0)?, size: size.unsigned_abs(), root: row.get(2)?, made_at: row.get(3)? })
    }
}

impl Log {
    /// What the log is; nothing where it has no leaf in its place yet.
    pub(crate) fn head(self, tx: &mut Tx<'_>) -> Result<Option<Head>, StoreError> {
        let row = match self {
            Self::Tenant(tenant) => tx.query_optional(&sql::HEAD, &params![tenant])?,
            Self::Instance => tx.query_optional(&sql::INSTANCE_HEAD, &params![])?,
        };
        row.map(|row| Head::of(&row)).transpose()
    }

    fn move_head(self, tx: &mut Tx<'_>, from: Option<Head>, to: Head) -> Result<(), StoreError> {
        let (day, size, root, at) = (to.day, signed(to.size), to.root, to.made_at);
        let is_same_day = from.is_some_and(|from| from.day == day);
        let old = signed(from.map_or(0, |from| from.size));
        let written = match (self, is_same_day) {
            (Self::Tenant(tenant), true) => tx.execute(&sql::MOVE_HEAD, &params![tenant, day, size, root, at, old])?,
            (Self::Tenant(tenant), false) => tx.execute(&sql::INSERT_HEAD, &params![tenant, day, size, root, at])?,
            (Self::Instance, true) => tx.execute(&sql::MOVE_INSTANCE_HEAD, &params![day, size, root, at, old])?,
            (Self::Instance, false) => tx.execute(&sql::INSERT_INSTANCE_HEAD, &params![day, size, root, at])?,
        };
        if written == 1 { Ok(()) } else { Err(StoreError::Conflict { constraint: "the log moved on meanwhile".into() }) }
    }

    fn unsequenced(self, tx: &mut Tx<'_>, limit: usize) -> Result<Vec<(LeafId, [u8; DIGEST_BYTES])>, StoreError> {
        let limit = limit as i64;
        let rows = match self {
            Self::Tenant(tenant) => tx.query(&sql::UNSEQUENCED, &params![tenant, limit])?,
            Self::Instance => tx.query(&sql::INSTANCE_UNSEQUENCED, &params![limit])?,
        };
        rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
    }

    fn place(self, tx: &mut Tx<'_>, places: &[(LeafId, u64)]) -> Result<(), StoreError> {
        let placed = match self {
            Self::Tenant(tenant) => {
                tx.execute_many(&sql::SET_SEQUENCE, places.iter().map(|(leaf, place)| params![tenant, *leaf, signed(*place)]))?
            }
            Self::Instance => {
                tx.execute_many(&sql::SET_INSTANCE_SEQUENCE, places.iter().map(|(leaf, place)| params![*leaf, signed(*place)]))?
            }
        };
        if placed == places.len() as u64 { Ok(()) } else { Err(StoreError::Conflict { constraint: "a leaf has its place already".into() }) }
    }

    fn tile(self, tx: &mut Tx<'_>, (level, tile): (u32, u64)) -> Result<Vec<Hash>, StoreError> {
        let row = match self {
            Self::Tenant(tenant) => tx.query_optional(&sql::TILE, &params![tenant, i64::from(level), signed(tile)])?,
            Self::Instance => tx.query_optional(&sql::INSTANCE_TILE, &params![i64::from(level), signed(tile)])?,
        };
        let Some(row) = row else { return Ok(Vec::new()) };
        let bytes: Vec<u8> = row.get(0)?;
        let (hashes, rest) = bytes.as_chunks::<DIGEST_BYTES>();
        if rest.is_empty() { Ok(hashes.to_vec()) } else { Err(damaged(level, tile)) }
    }

    fn put_tile(self, tx: &mut Tx<'_>, (level, tile): (u32, u64), hashes: &[Hash]) -> Result<(), StoreError> {
        let bytes = hashes.concat();
        match self {
            Self::Tenant(tenant) => tx.execute(&sql::PUT_TILE, &params![tenant, i64::from(level), signed(tile), bytes])?,
            Self::Instance => tx.execute(&sql::PUT_INSTANCE_TILE, &params![i64::from(level), signed(tile), bytes])?,
        };
        Ok(())
    }
}

/// Whether leaves wait for their places.
pub(crate) fn has_unsequenced(tx: &mut Tx<'_>, log: Log) -> Result<bool, StoreError> {
    Ok(!log.unsequenced(tx, 1)?.is_empty())
}

/// Puts leaves that have no place yet in theirs, up to [`SEQUENCED_AT_ONCE`]: how many there were.
///
/// # Errors
/// [`StoreError::Conflict`] where another sequencer was quicker: run it again. [`StoreError::Corrupt`] for damaged tiles.
pub(crate) fn sequence(tx: &mut Tx<'_>, log: Log) -> Result<usize, StoreError> {
    let leaves = log.unsequenced(tx, SEQUENCED_AT_ONCE)?;
    if leaves.is_empty() {
        return Ok(0);
    }
    let head = log.head(tx)?;
    let first = head.map_or(0, |head| head.size);
    let places: Vec<(LeafId, u64)> = leaves.iter().map(|(leaf, _)| *leaf).zip(first..).collect();
    log.place(tx, &places)?;
    let now = tx.now();
    let mut tiles = Tiles::of(log, tx);
    for ((_, commitment), place) in leaves.iter().zip(first..) {
        tiles.push(0, place, leaf_hash(commitment))?;
    }
    let size = first + leaves.len() as u64;
    let root = merkle::root_of(size, &mut |level, index| tiles.node(level, index))?;
    tiles.write()?;
    let today = day_of(now);
    // A clock that was set back begins no earlier day: the newest head stands last.
    let day = head.map_or(today, |head| head.day.max(today));
    log.move_head(tx, head, Head { day, size, root, made_at: now })?;
    if let Log::Tenant(_) = log {
        // What it is now is to come into the instance's log, sooner or later.
        tx.mark(GATHER, 0)?;
    }
    Ok(leaves.len())
}

/// Days since 1970.
pub(crate) fn day_of(time: Timestamp) -> i64 {
    time.micros().div_euclid(i64::try_from(DAY.as_micros()).unwrap_or(i64::MAX))
}

/// A log's tiles, read as they are needed.
pub(crate) struct Tiles<'t, 'x> {
    log: Log,
    tx: &'t mut Tx<'x>,
    known: BTreeMap<(u32, u64), Vec<Hash>>,
    changed: BTreeSet<(u32, u64)>,
}

impl<'t, 'x> Tiles<'t, 'x> {
    pub(crate) fn of(log: Log, tx: &'t mut Tx<'x>) -> Self {
        Self { log, tx, known: BTreeMap::new(), changed: BTreeSet::new() }
    }

    /// The hash of a complete subtree.
    pub(crate) fn node(&mut self, level: u32, index: u64) -> Result<Hash, StoreError> {
        let place = InTile::of(level, index);
        let hash = place.hash(self.tile((place.level, place.tile))?);
        hash.ok_or_else(|| damaged(place.level, place.tile))
    }

    fn tile(&mut self, at: (u32, u64)) -> Result<&mut Vec<Hash>, StoreError> {
        if !self.known.contains_key(&at) {
            let hashes = self.log.tile(self.tx, at)?;
            self.known.insert(at, hashes);
        }
        self.known.get_mut(&at).ok_or_else(|| damaged(at.0, at.1))
    }

    fn push(&mut self, level: u32, place: u64, hash: Hash) -> Result<(), StoreError> {
        let at = (level, place >> TILE_HEIGHT);
        let tile = self.tile(at)?;
        if tile.len() as u64 != place % TILE_HASHES as u64 {
            return Err(damaged(at.0, at.1));
        }
        tile.push(hash);
        let whole = (tile.len() == TILE_HASHES).then(|| merkle::root(tile));
        self.changed.insert(at);
        whole.map_or(Ok(()), |root| self.push(level + 1, at.1, root))
    }

    fn write(self) -> Result<(), StoreError> {
        for at in self.changed {
            if let Some(hashes) = self.known.get(&at) {
                self.log.put_tile(self.tx, at, hashes)?;
            }
        }
        Ok(())
    }
}

fn damaged(level: u32, tile: u64) -> StoreError {
    StoreError::Corrupt(format!("tile {tile} of level {level} of a ledger's tree is not what its leaves make it"))
}

/// Sizes and places are far below what a column holds.
fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
