//! Tiles: how a large tree is stored, as C2SP's tlog-tiles has it.
//!
//! A tile of level L holds up to 256 hashes of complete subtrees of 256^L leaves each; a tile of level 0 holds leaf hashes.
//! A tile that is full gives one hash to the level above. The hashes of smaller subtrees follow from those of a tile,
//! so they are stored nowhere.

use crate::merkle::{Hash, root};

/// Levels of the tree in one tile.
pub const TILE_HEIGHT: u32 = 8;
/// Hashes in a full tile.
pub const TILE_HASHES: usize = 1 << TILE_HEIGHT;
/// Levels of tiles of the largest tree: 2^64 leaves.
pub const TILE_LEVELS_MAX: u32 = u64::BITS / TILE_HEIGHT;

/// Where the hash of a complete subtree is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InTile {
    /// The tile's level.
    pub level: u32,
    /// The tile's place in its level.
    pub tile: u64,
    /// The first of the tile's hashes that the subtree is made of.
    pub first: usize,
    /// How many of them.
    pub count: usize,
}

impl InTile {
    /// Where the subtree of 2^`level` leaves at this index is found.
    #[must_use]
    pub const fn of(level: u32, index: u64) -> Self {
        let inner = level % TILE_HEIGHT;
        let first = index << inner;
        Self { level: level / TILE_HEIGHT, tile: first >> TILE_HEIGHT, first: (first % TILE_HASHES as u64) as usize, count: 1 << inner }
    }

    /// The subtree's hash, from its tile's hashes; nothing where the tile does not have them (yet).
    #[must_use]
    pub fn hash(&self, tile: &[Hash]) -> Option<Hash> {
        tile.get(self.first..self.first + self.count).map(root)
    }
}

/// How many hashes a tile has in a tree of `size` leaves; zero where it has none.
#[must_use]
pub fn width(size: u64, level: u32, tile: u64) -> usize {
    let hashes = size.checked_shr(level * TILE_HEIGHT).unwrap_or(0);
    usize::try_from(hashes.saturating_sub(tile.saturating_mul(TILE_HASHES as u64))).unwrap_or(usize::MAX).min(TILE_HASHES)
}
