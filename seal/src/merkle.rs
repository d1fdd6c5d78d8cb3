//! The Merkle tree of RFC 6962, section 2.1 (RFC 9162, section 2.1): hashes, the root, and the two proofs.
//!
//! Leaves and nodes are hashed with different first bytes, so that no inner node can be presented as a leaf.
//!
//! A tree that is too large for memory is asked for the hashes of its *complete subtrees*: 2^level leaves from leaf
//! index × 2^level on. Root and proofs need about log₂ of the tree's size of them.

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

/// The root of the first `size` leaves of a tree whose complete subtrees `node` tells by level and index.
///
/// # Errors
/// Those of `node`.
pub fn root_of<E>(size: u64, node: &mut impl FnMut(u32, u64) -> Result<Hash, E>) -> Result<Hash, E> {
    if size == 0 { Ok(sha256(&[])) } else { range(0, size, node) }
}

/// The proof that leaf `index` is in the tree of the first `size` leaves: RFC 9162, section 2.1.3.1. At most 64 hashes.
///
/// # Errors
/// Those of `node`.
///
/// # Panics
/// Where the tree has no such leaf.
pub fn inclusion_proof<E>(index: u64, size: u64, node: &mut impl FnMut(u32, u64) -> Result<Hash, E>) -> Result<Vec<Hash>, E> {
    assert!(index < size, "leaf {index} is not in a tree of {size} leaves");
    let (mut start, mut end, mut from_the_top) = (0, size, Vec::new());
    while end - start > 1 {
        let middle = start + split(end - start);
        if index < middle {
            from_the_top.push(range(middle, end, node)?);
            end = middle;
        } else {
            from_the_top.push(range(start, middle, node)?);
            start = middle;
        }
    }
    from_the_top.reverse();
    Ok(from_the_top)
}

/// The proof that the tree of `size` leaves begins with the tree of the first `old` ones: RFC 9162, section 2.1.4.1. Empty
/// where `old` is zero or `size`. At most 65 hashes.
///
/// # Errors
/// Those of `node`.
///
/// # Panics
/// Where `old` is more than `size`.
pub fn consistency_proof<E>(old: u64, size: u64, node: &mut impl FnMut(u32, u64) -> Result<Hash, E>) -> Result<Vec<Hash>, E> {
    assert!(old <= size, "a tree of {size} leaves does not begin with {old} leaves");
    if old == 0 || old == size {
        return Ok(Vec::new());
    }
    let (mut start, mut end, mut from_the_top) = (0, size, Vec::new());
    while end != old {
        let middle = start + split(end - start);
        if old <= middle {
            from_the_top.push(range(middle, end, node)?);
            end = middle;
        } else {
            from_the_top.push(range(start, middle, node)?);
            start = middle;
        }
    }
    // The verifier knows the old tree's root, which this subtree is where it begins at the first leaf.
    if start != 0 {
        from_the_top.push(range(start, end, node)?);
    }
    from_the_top.reverse();
    Ok(from_the_top)
}

/// The root that follows from a leaf's hash and its inclusion proof: RFC 9162, section 2.1.3.2. Nothing where the proof has
/// another length than a leaf of this index has in a tree of this size.
#[must_use]
pub fn root_by_inclusion(leaf: Hash, index: u64, size: u64, proof: &[Hash]) -> Option<Hash> {
    if index >= size {
        return None;
    }
    let (mut place, mut last, mut hash) = (index, size - 1, leaf);
    for sibling in proof {
        if last == 0 {
            return None;
        }
        if place & 1 == 1 || place == last {
            hash = node_hash(sibling, &hash);
            while place & 1 == 0 && place != 0 {
                (place, last) = (place >> 1, last >> 1);
            }
        } else {
            hash = node_hash(&hash, sibling);
        }
        (place, last) = (place >> 1, last >> 1);
    }
    (last == 0).then_some(hash)
}

/// Whether a tree of `size` leaves with the root `new_root` begins with one of `old` leaves with the root `old_root`:
/// RFC 9162, section 2.1.4.2.
#[must_use]
pub fn is_consistent(old: u64, size: u64, (old_root, new_root): (Hash, Hash), proof: &[Hash]) -> bool {
    if old == 0 || old >= size {
        let begins = if old == 0 { old_root == sha256(&[]) } else { old == size && old_root == new_root };
        return begins && proof.is_empty();
    }
    let mut hashes = proof.iter();
    let (mut place, mut last) = (old - 1, size - 1);
    while place & 1 == 1 {
        (place, last) = (place >> 1, last >> 1);
    }
    let first = if old.is_power_of_two() { Some(&old_root) } else { hashes.next() };
    let Some(first) = first.copied() else { return false };
    let (mut old_hash, mut new_hash) = (first, first);
    for hash in hashes {
        if last == 0 {
            return false;
        }
        if place & 1 == 1 || place == last {
            old_hash = node_hash(hash, &old_hash);
            new_hash = node_hash(hash, &new_hash);
            while place & 1 == 0 && place != 0 {
                (place, last) = (place >> 1, last >> 1);
            }
        } else {
            new_hash = node_hash(&new_hash, hash);
        }
        (place, last) = (place >> 1, last >> 1);
    }
    last == 0 && old_hash == old_root && new_hash == new_root
}

/// The hash over the leaves from `start` up to `end`, a subtree of its own.
fn range<E>(start: u64, end: u64, node: &mut impl FnMut(u32, u64) -> Result<Hash, E>) -> Result<Hash, E> {
    let length = end - start;
    if length.is_power_of_two() {
        let level = length.trailing_zeros();
        return node(level, start >> level);
    }
    let middle = start + split(length);
    // The left part is complete, so this goes no deeper than the tree's height.
    let left = range(start, middle, node)?;
    Ok(node_hash(&left, &range(middle, end, node)?))
}

/// How many of so many leaves go to the left: the largest power of two that is less.
const fn split(length: u64) -> u64 {
    1 << (u64::BITS - 1 - (length - 1).leading_zeros())
}

fn hash_of(first: u8, parts: &[&[u8]]) -> Hash {
    let mut hash = Sha256::new();
    hash.update(&[first]);
    parts.iter().for_each(|part| hash.update(part));
    hash.finish()
}
