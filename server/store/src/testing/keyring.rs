//! A keyring in memory.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use kernel::{KeyError, KeyRef, KeyRing, Place, Rng};
use seal::hash::hmac_sha256;
use seal::xaes::{self, Key, NONCE_BYTES};
use zeroize::Zeroizing;

/// A keyring that derives every key from one secret: it seals for real, and two of the same seed open each other's.
#[derive(Debug)]
pub struct PlainKeyRing {
    rng: Rng,
    secret: [u8; 32],
    destroyed: Mutex<HashSet<KeyRef>>,
}

impl PlainKeyRing {
    /// A keyring whose secret is the first that this source gives.
    #[must_use]
    pub fn new(rng: Rng) -> Self {
        let secret = rng.bytes();
        Self { rng, secret, destroyed: Mutex::default() }
    }

    /// Destroys a key: nothing sealed under it opens any more.
    pub fn destroy(&self, key: KeyRef) {
        self.destroyed.lock().unwrap_or_else(PoisonError::into_inner).insert(key);
    }

    fn key(&self, key: KeyRef) -> Result<[u8; 32], KeyError> {
        if self.destroyed.lock().unwrap_or_else(PoisonError::into_inner).contains(&key) {
            return Err(KeyError::Missing);
        }
        Ok(hmac_sha256(&self.secret, &[format!("{key:?}").as_bytes()]))
    }
}

fn associated_data(key: KeyRef, place: Place) -> Vec<u8> {
    format!("{key:?} {place:?}").into_bytes()
}

impl KeyRing for PlainKeyRing {
    fn seal(&self, key: KeyRef, place: Place, plaintext: &[u8]) -> Result<Vec<u8>, KeyError> {
        let secret = Key::from_bytes(self.key(key)?);
        Ok(xaes::seal(&secret, self.rng.bytes::<NONCE_BYTES>(), &associated_data(key, place), plaintext))
    }

    fn open(&self, key: KeyRef, place: Place, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let secret = Key::from_bytes(self.key(key)?);
        let Place { table, column, row } = place;
        xaes::open(&secret, &associated_data(key, place), sealed).map_err(|_| KeyError::Altered { table, column, row })
    }

    fn blind_index(&self, key: KeyRef, purpose: &'static str, value: &[u8]) -> Result<[u8; 32], KeyError> {
        Ok(hmac_sha256(&self.key(key)?, &[b"blind index", purpose.as_bytes(), value]))
    }

    fn ensure(&self, key: KeyRef) -> Result<(), KeyError> {
        self.key(key).map(|_| ())
    }

    fn was_destroyed(&self, _key: KeyRef) -> Result<bool, KeyError> {
        Ok(false)
    }
}
