//! The handle to the keyring: `trust` owns the keys, everybody seals with them.
//!
//! Calls are synchronous and may read the keyring's own store where a key is not in memory: call them on a thread
//! that may block (inside a store transaction's closure), never on an async worker.

use zeroize::Zeroizing;

use crate::{DeviceId, TenantId, UserId};

/// Which key seals a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum KeyRef {
    /// Data of the instance that belong to no tenant.
    Instance,
    /// Data of a tenant that name no subject.
    Tenant(TenantId),
    /// Data about one device.
    Device(TenantId, DeviceId),
    /// Data about one user.
    User(TenantId, UserId),
}

/// Where a sealed value lies; bound to it as associated data, so that it opens nowhere else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    /// The table's immutable number, from its data map.
    pub table: u16,
    /// The column's immutable number, from its data map.
    pub column: u16,
    /// The row's id.
    pub row: i64,
}

/// Why a value cannot be sealed or opened.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
pub enum KeyError {
    /// There is no such key: never made, or destroyed by an erasure.
    #[error("the key is not in the keyring: it was destroyed by an erasure or never made")]
    Missing,
    /// The value was altered, moved or sealed under another key.
    #[error("the sealed value at table {table}, row {row}, column {column} does not open: it was altered or moved")]
    Altered {
        /// The table's number.
        table: u16,
        /// The column's number.
        column: u16,
        /// The row's id.
        row: i64,
    },
    /// The keyring's store failed.
    #[error("the keyring cannot be read: {0}")]
    Unavailable(String),
}

/// Seals and opens under keys that never leave it.
pub trait KeyRing: Send + Sync + 'static {
    /// Seals a value: AES-256-GCM with an extended nonce; the associated data are tenant, place and key version.
    ///
    /// # Errors
    /// [`KeyError::Missing`] and [`KeyError::Unavailable`].
    fn seal(&self, key: KeyRef, place: Place, plaintext: &[u8]) -> Result<Vec<u8>, KeyError>;

    /// Opens a sealed value.
    ///
    /// # Errors
    /// Every [`KeyError`].
    fn open(&self, key: KeyRef, place: Place, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyError>;

    /// A keyed hash for equality look-ups: the same value gives another result for another tenant or purpose.
    ///
    /// # Errors
    /// [`KeyError::Missing`] and [`KeyError::Unavailable`].
    fn blind_index(&self, key: KeyRef, purpose: &'static str, value: &[u8]) -> Result<[u8; 32], KeyError>;

    /// Makes a key where it does not exist yet; durable when it returns.
    ///
    /// # Errors
    /// [`KeyError::Unavailable`]; [`KeyError::Missing`] where the tenant has no keys or this key was destroyed.
    fn ensure(&self, key: KeyRef) -> Result<(), KeyError>;

    /// Whether a key was made once and destroyed: a key that is merely not there was never made, or was taken away.
    ///
    /// # Errors
    /// [`KeyError::Unavailable`].
    fn was_destroyed(&self, key: KeyRef) -> Result<bool, KeyError>;
}
