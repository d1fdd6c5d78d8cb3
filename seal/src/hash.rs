//! SHA-256 and what is built of it: HMAC (RFC 2104), HKDF (RFC 5869), salted commitments.

use aws_lc_rs::{digest, hkdf as provider_hkdf, hmac};

use crate::constant_time_eq;

/// Length of a digest, a MAC, a derived key and a commitment.
pub const DIGEST_BYTES: usize = 32;

/// The SHA-256 of some bytes.
#[must_use]
pub fn sha256(bytes: &[u8]) -> [u8; DIGEST_BYTES] {
    to_array(digest::digest(&digest::SHA256, bytes).as_ref())
}

/// A SHA-256 taken piece by piece.
#[derive(Clone)]
pub struct Sha256(digest::Context);

impl Sha256 {
    /// Of nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self(digest::Context::new(&digest::SHA256))
    }

    /// Takes the next piece.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The digest of all pieces.
    #[must_use]
    pub fn finish(self) -> [u8; DIGEST_BYTES] {
        to_array(self.0.finish().as_ref())
    }
}

impl Default for Sha256 {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for Sha256 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sha256")
    }
}

/// HMAC-SHA-256 over parts, each with its length (eight bytes, big-endian) in front, so that `["ab", "c"]` and
/// `["a", "bc"]` differ.
#[must_use]
pub fn hmac_sha256(key: &[u8], parts: &[&[u8]]) -> [u8; DIGEST_BYTES] {
    let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, key));
    for part in parts {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part);
    }
    to_array(context.sign().as_ref())
}

/// Whether a MAC is [`hmac_sha256`] of the key and parts; in constant time.
#[must_use]
pub fn verify_hmac(key: &[u8], parts: &[&[u8]], mac: &[u8]) -> bool {
    constant_time_eq(&hmac_sha256(key, parts), mac)
}

/// HKDF-SHA-256: a key of 32 bytes from a secret of full strength. `info` names what the key is for; for passwords it
/// is far too fast.
#[must_use]
pub fn hkdf(secret: &[u8], salt: &[u8], info: &[u8]) -> [u8; DIGEST_BYTES] {
    let extracted = provider_hkdf::Salt::new(provider_hkdf::HKDF_SHA256, salt).extract(secret);
    let mut derived = [0; DIGEST_BYTES];
    extracted
        .expand(&[info], provider_hkdf::HKDF_SHA256)
        .and_then(|material| material.fill(&mut derived))
        .expect("one digest is within the 255 that HKDF can give");
    derived
}

/// A commitment to a digest that tells nothing of it as long as the random salt is unknown: SHA-256(salt ‖ digest).
/// Erasing the salt leaves the commitment standing, and the tree above it valid.
#[must_use]
pub fn commitment(salt: [u8; DIGEST_BYTES], digest: [u8; DIGEST_BYTES]) -> [u8; DIGEST_BYTES] {
    let mut hash = Sha256::new();
    hash.update(&salt);
    hash.update(&digest);
    hash.finish()
}

fn to_array(bytes: &[u8]) -> [u8; DIGEST_BYTES] {
    bytes.try_into().expect("SHA-256 gives 32 bytes")
}
