//! Sealed blobs of a tenant (snapshots, exports): files when embedded, rows on PostgreSQL; replaced atomically.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use kernel::{KeyRing, Scope};

use crate::StoreError;
use crate::shared::Shared;

/// Largest blob, in bytes.
pub const BLOB_BYTES_MAX: usize = 512 * 1024 * 1024;

/// The blobs. Cloning shares them.
#[derive(Clone)]
pub struct Blobs {
    folder: PathBuf,
    shared: Arc<Shared>,
}

impl Blobs {
    pub(crate) fn new(data: &Path, shared: Arc<Shared>) -> Self {
        Self { folder: data.join("blobs"), shared }
    }

    /// Seals and writes a blob under the tenant's key, in place of one of the same name.
    ///
    /// # Errors
    /// [`StoreError::TooLarge`]; [`StoreError::Misuse`] for a name that is not 1 to 128 characters of `a-z0-9._-`.
    pub async fn put(&self, scope: &Scope, keys: &Arc<dyn KeyRing>, name: &str, bytes: Vec<u8>) -> Result<(), StoreError> {
        let _ = (scope, keys, name, bytes, &self.folder, &self.shared);
        Err(StoreError::Unavailable("blobs come with the next commit".into()))
    }

    /// Reads and opens a blob; none where there is none of this name.
    ///
    /// # Errors
    /// [`StoreError::Key`] where it does not open.
    pub async fn get(&self, scope: &Scope, keys: &Arc<dyn KeyRing>, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let _ = (scope, keys, name);
        Ok(None)
    }

    /// Deletes a blob; nothing happens where there is none.
    ///
    /// # Errors
    /// As [`Blobs::put`].
    pub async fn delete(&self, scope: &Scope, name: &str) -> Result<(), StoreError> {
        let _ = (scope, name);
        Ok(())
    }
}
