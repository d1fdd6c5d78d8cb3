//! Pure cryptography of Purser: no I/O, no clock, and **no randomness of its own**.
//!
//! Every nonce, salt, seed and key is handed in as a byte array by the caller, who takes it from an injected random
//! source; so every test here is exact. The one provider underneath is aws-lc-rs.
//!
//! - [`xaes`]: authenticated encryption with associated data and a nonce long enough to be random (XAES-256-GCM).
//! - [`sign`]: Ed25519 signatures over a named context.
//! - [`hex`]: the one text form of keys, signatures and digests.
//! - [`hash`]: SHA-256, HMAC, HKDF, salted commitments.
//! - [`merkle`]: the tree of RFC 6962, its root and its proofs; [`tile`]: how a large one is stored.
//! - [`canonical`]: the one form of a JSON value that is committed to; [`leaf`]: a ledger's leaf and what it commits to.
//! - [`json`]: JSON that says each thing once; [`log_file`]: a whole log in a file, [`export_file`]: an export in a folder, both
//!   verified without anybody.
//! - [`note`]: signed notes; [`checkpoint`]: what a log signs of itself, and proofs that are verified without it.
//! - [`witness`]: who remembers what a log was, and cosigns what grew out of it.
//! - [`succession`]: a log that lost entries hands over to a successor, with its owner's word.
//! - [`gathering`]: how a log of many holds single logs' checkpoints without naming them.
//! - [`token`]: credential texts (`prs_api_…`), whose kind can be read and whose typing errors can be told.
//! - [`signed_token`]: credential texts that carry their own content under a MAC (`prs_acc_…`, `prs_dev_…`).
//!
//! Types that hold a secret print as `[redacted]` and are wiped from memory when dropped.

pub mod canonical;
pub mod checkpoint;
pub mod export_file;
pub mod gathering;
pub mod hash;
pub mod hex;
pub mod json;
pub mod leaf;
pub mod log_file;
pub mod merkle;
pub mod note;
pub mod policy_note;
pub mod sign;
pub mod signed_token;
pub mod succession;
pub mod tile;
pub mod token;
pub mod witness;
pub mod xaes;

pub use zeroize::Zeroizing;

/// Whether two byte strings are equal, in a time that depends on their lengths only.
///
/// For secrets and MACs: an ordinary comparison ends at the first difference and so tells how far a guess was right.
#[must_use]
pub fn constant_time_eq(left: &[u8], right: &[u8]) -> bool {
    aws_lc_rs::constant_time::verify_slices_are_equal(left, right).is_ok()
}

#[cfg(test)]
mod tests {
    use super::constant_time_eq;

    #[test]
    fn equal_bytes_are_equal_and_others_are_not() {
        assert!(constant_time_eq(b"", b""));
        assert!(constant_time_eq(b"abc", b"abc"));
        assert!(!constant_time_eq(b"abc", b"abd"));
        assert!(!constant_time_eq(b"abc", b"ab"));
    }
}
