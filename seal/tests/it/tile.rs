use seal::merkle::{Hash, inclusion_proof, leaf_hash, root, root_by_inclusion, root_of};
use seal::tile::{InTile, TILE_HASHES, width};

/// The tiles of a tree, level by level.
fn tiles(leaves: &[Hash]) -> Vec<Vec<Vec<Hash>>> {
    let (mut levels, mut hashes) = (Vec::new(), leaves.to_vec());
    while !hashes.is_empty() {
        let level: Vec<Vec<Hash>> = hashes.chunks(TILE_HASHES).map(<[Hash]>::to_vec).collect();
        hashes = level.iter().filter(|tile| tile.len() == TILE_HASHES).map(|tile| root(tile)).collect();
        levels.push(level);
    }
    levels
}

#[test]
fn root_and_proofs_follow_from_tiles_alone() {
    for size in [1, 2, 255, 256, 257, 511, 513, 65_535, 65_536, 65_793, 70_000_u64] {
        let leaves: Vec<Hash> = (0..size).map(|number| leaf_hash(&number.to_be_bytes())).collect();
        let tiles = tiles(&leaves);
        for (level, row) in (0..).zip(&tiles) {
            for (place, tile) in (0..).zip(row) {
                assert_eq!(width(size, level, place), tile.len(), "tile {place} of level {level} of {size} leaves");
            }
            assert_eq!(width(size, level, row.len() as u64), 0);
        }
        let mut node = |level, index| {
            let place = InTile::of(level, index);
            tiles.get(place.level as usize).and_then(|row| row.get(place.tile as usize)).and_then(|tile| place.hash(tile)).ok_or(())
        };
        let whole = root(&leaves);
        assert_eq!(root_of(size, &mut node), Ok(whole), "{size} leaves");
        for index in [0, size / 2, size - 1] {
            let proof = inclusion_proof(index, size, &mut node).expect("every hash is in a tile");
            assert_eq!(root_by_inclusion(leaves[index as usize], index, size, &proof), Some(whole));
        }
    }
}
