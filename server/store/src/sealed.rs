//! A column's value that is sealed under a key of the keyring.

use std::fmt;
use std::marker::PhantomData;

use kernel::{KeyError, KeyRef, KeyRing, Place};
use serde::Serialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use crate::StoreError;
use crate::value::{FromValue, Value};

/// A sealed `T`: JSON, encrypted under a subject's key, bound to its place, so that it opens in no other row or column.
pub struct Sealed<T> {
    bytes: Vec<u8>,
    content: PhantomData<fn() -> T>,
}

impl<T> Sealed<T> {
    /// Takes bytes that were sealed before.
    #[must_use]
    pub const fn from_bytes(bytes: Vec<u8>) -> Self {
        Self { bytes, content: PhantomData }
    }

    /// The sealed bytes, as stored.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl<T: Serialize + DeserializeOwned> Sealed<T> {
    /// Seals a value.
    ///
    /// # Errors
    /// [`StoreError::Key`]; [`StoreError::Misuse`] for a value that JSON cannot hold.
    pub fn seal(keys: &dyn KeyRing, key: KeyRef, place: Place, value: &T) -> Result<Self, StoreError> {
        let plain = Zeroizing::new(serde_json::to_vec(value).map_err(|error| StoreError::Misuse(format!("a value is not JSON: {error}")))?);
        Ok(Self::from_bytes(keys.seal(key, place, &plain)?))
    }

    /// Opens the value.
    ///
    /// # Errors
    /// [`StoreError::Key`]; [`StoreError::Corrupt`] where what it holds is no `T`.
    pub fn open(&self, keys: &dyn KeyRing, key: KeyRef, place: Place) -> Result<T, StoreError> {
        let plain = keys.open(key, place, &self.bytes)?;
        // The parser's message could quote the content, so only its position is told.
        serde_json::from_slice(&plain).map_err(|error| {
            let Place { table, column, row } = place;
            StoreError::Corrupt(format!(
                "the content at table {table}, row {row}, column {column} is not of its type (byte {})",
                error.column()
            ))
        })
    }

    /// Whether the value cannot be opened because its key was destroyed: an erasure's mark, no fault.
    #[must_use]
    pub const fn is_erased(error: &StoreError) -> bool {
        matches!(error, StoreError::Key(KeyError::Missing))
    }
}

impl<T> Clone for Sealed<T> {
    fn clone(&self) -> Self {
        Self::from_bytes(self.bytes.clone())
    }
}

impl<T> fmt::Debug for Sealed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[sealed]")
    }
}

impl<T> From<Sealed<T>> for Value {
    fn from(sealed: Sealed<T>) -> Self {
        Self::Blob(sealed.bytes)
    }
}

impl<T> From<&Sealed<T>> for Value {
    fn from(sealed: &Sealed<T>) -> Self {
        Self::Blob(sealed.bytes.clone())
    }
}

impl<T> FromValue for Sealed<T> {
    const EXPECTED: &'static str = "BLOB";

    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Blob(bytes) => Some(Self::from_bytes(bytes)),
            _ => None,
        }
    }
}
