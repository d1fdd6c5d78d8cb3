//! A ledger's leaf: what happened, and the salted commitment that stands for it in the tree.
//!
//! The tree commits to `SHA-256(salt ‖ SHA-256(canonical CBOR of the entry))`; the leaf's bytes are that commitment. Whoever
//! has salt and entry can check it; where both were erased, the commitment stays and tells nothing.

use serde_json::Value;

use crate::canonical::{self, Fraction};
use crate::hash::{self, DIGEST_BYTES};
use crate::merkle::{self, Hash};

/// What the tree holds of an entry.
///
/// # Errors
/// [`Fraction`] where a number in the entry is not whole.
pub fn commit(salt: [u8; DIGEST_BYTES], entry: &Value) -> Result<[u8; DIGEST_BYTES], Fraction> {
    Ok(hash::commitment(salt, hash::sha256(&canonical::encode(entry)?)))
}

/// The hash of the leaf with this commitment.
#[must_use]
pub fn leaf_hash(commitment: &[u8; DIGEST_BYTES]) -> Hash {
    merkle::leaf_hash(commitment)
}
