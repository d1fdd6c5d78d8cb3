//! A keyring in memory.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use kernel::{KeyError, KeyRef, KeyRing, Place, Rng};
use seal::hash::hmac_sha256;
use seal::xaes::{self, Key, NONCE_BYTES};
use zeroize::Zeroizing;

/// A keyring that keeps its keys in memory: it seals for real, but makes every key that is asked for.
#[derive(Debug)]
pub struct PlainKeyRing {
    rng: Rng,
    /// A key, or `None` for one that was destroyed.
    keys: Mutex<HashMap<KeyRef, Option<[u8; 32]>>>,
}

impl PlainKeyRing {
    /// A keyring whose keys come from this source.
    #[must_use]
    pub fn new(rng: Rng) -> Self {
        Self { rng, keys: Mutex::default() }
    }

    /// Destroys a key: nothing sealed under it opens any more.
    pub fn destroy(&self, key: KeyRef) {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner).insert(key, None);
    }

    fn key(&self, key: KeyRef) -> Result<[u8; 32], KeyError> {
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        keys.entry(key).or_insert_with(|| Some(self.rng.bytes())).ok_or(KeyError::Missing)
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
        Ok(hmac_sha256(&self.key(key)?, &[purpose.as_bytes(), value]))
    }

    fn ensure(&self, key: KeyRef) -> Result<(), KeyError> {
        self.key(key).map(|_| ())
    }
}
