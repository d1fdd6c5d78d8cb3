//! Why the keys cannot be used at all.

use kernel::{KeyError, Problem};
use store::StoreError;

use crate::root_key::RootKeyError;

/// Why trust cannot be opened, or a tenant's keys cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// There is no usable root key.
    #[error(transparent)]
    RootKey(#[from] RootKeyError),
    /// The passphrase is another one than the keyring was made with.
    #[error(
        "this passphrase does not open the keyring: it belongs to another installation, or was changed. Put the right passphrase file back"
    )]
    WrongPassphrase,
    /// There are tenants, but the keyring is empty.
    #[error(
        "the keyring is empty, but tenants exist whose data it should open: restore the keyring from its second copy. A new one would not open them"
    )]
    KeyringLost,
    /// A key in the keyring does not open, or is not one.
    #[error("key {purpose}, version {version}, in the keyring is damaged: restore the keyring from its second copy")]
    Damaged {
        /// Which key.
        purpose: &'static str,
        /// Its version.
        version: i64,
    },
    /// A key is missing or does not open.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<TrustError> for Problem {
    fn from(error: TrustError) -> Self {
        match error {
            TrustError::Store(error) => error.into(),
            other => Problem::internal(&other),
        }
    }
}
