//! The Merkle tree of RFC 6962, section 2.1: leaf and node hashes and the root.
//!
//! Leaves and nodes are hashed with different first bytes, so that no inner node can be presented as a leaf.

use crate::hash::{DIGEST_BYTES, Sha256, sha256};

/// A hash in the tree.
pub type Hash = [u8; DIGEST_BYTES];

/// The hash of a leaf's bytes: SHA-256(00 ‖ bytes).
#[must_use]
pub fn leaf_hash(bytes: &[u8]) -> Hash {
    hash_of(0, &[bytes])
}

/// The hash of two neighbours: SHA-256(01 ‖ left ‖ right).
#[must_use]
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    hash_of(1, &[left, right])
}

/// The root over leaf hashes in their order; of no leaf, the SHA-256 of nothing.
///
/// One pass with a stack of complete subtrees: a tree of n leaves is at most log₂ n deep here, not in recursion.
#[must_use]
pub fn root(leaves: &[Hash]) -> Hash {
    let mut subtrees: Vec<Hash> = Vec::new();
    for (index, leaf) in leaves.iter().enumerate() {
        let mut hash = *leaf;
        // Each trailing one of the index is a complete subtree of that size waiting on the left.
        for _ in 0..index.trailing_ones() {
            let left = subtrees.pop().expect("a trailing one stands for a waiting subtree");
            hash = node_hash(&left, &hash);
        }
        subtrees.push(hash);
    }
    subtrees.into_iter().rev().reduce(|right, left| node_hash(&left, &right)).unwrap_or_else(|| sha256(&[]))
}

fn hash_of(first: u8, parts: &[&[u8]]) -> Hash {
    let mut hash = Sha256::new();
    hash.update(&[first]);
    parts.iter().for_each(|part| hash.update(part));
    hash.finish()
}
