//! Sealed blobs of a tenant (snapshots, exports): files when embedded, rows on PostgreSQL; replaced atomically.
//!
//! Each blob has a random key of its own, made anew whenever it is written, so that nobody can tell equal contents by equal
//! ciphertext. The key lies in front of the content, sealed under the tenant's: `2 ‖ length of the sealed key (2) ‖ sealed
//! key ‖ XAES-256-GCM of the content`. An earlier version sealed the content under the tenant's key itself; that is read.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use kernel::{KeyError, KeyRef, KeyRing, Place, Rng, Scope, TenantId};
use seal::hash::sha256;
use seal::xaes::{self, KEY_BYTES, NONCE_BYTES};

use crate::data_map;
use crate::home::Home;
use crate::shared::{Backend, Shared};
use crate::store::{BLOB_BODY, BLOB_NAMES, DELETE_BLOB, UPSERT_BLOB};
use crate::wiping::{sync_folder, wipe, wipe_folder};
use crate::{StoreError, params};

/// Largest blob, in bytes.
pub const BLOB_BYTES_MAX: usize = 512 * 1024 * 1024;
/// Longest name of a blob, in characters.
pub const BLOB_NAME_CHARS_MAX: usize = 128;
/// How the name of a file begins that is still being written.
const UNFINISHED: &str = ".unfinished-";

/// The blobs. Cloning shares them.
#[derive(Clone)]
pub struct Blobs {
    folder: PathBuf,
    shared: Arc<Shared>,
}

/// The first byte of a blob that has a key of its own. A value that the keyring sealed begins with 1.
const OWN_KEY: u8 = 2;
/// The number of the column that the content lies in.
const BODY_COLUMN: u16 = 3;
/// The number that stands for the key in front of the content, which is no column of its own.
const KEY_COLUMN: u16 = 103;

/// Where a blob's content or key is bound to: the blob's name, as a number.
fn place(name: &str, column: u16) -> Place {
    let [b0, b1, b2, b3, b4, b5, b6, b7, ..] = sha256(name.as_bytes());
    Place { table: data_map::BLOB.number, column, row: i64::from_be_bytes([b0, b1, b2, b3, b4, b5, b6, b7]) }
}

/// What the content's own key binds it to.
fn associated_data(tenant: TenantId, name: &str) -> Vec<u8> {
    [&tenant.number().to_be_bytes()[..], name.as_bytes()].concat()
}

fn seal_blob(keys: &dyn KeyRing, rng: &Rng, tenant: TenantId, name: &str, content: &[u8]) -> Result<Vec<u8>, StoreError> {
    let key = xaes::Key::from_bytes(rng.bytes());
    let wrapped = keys.seal(KeyRef::Tenant(tenant), place(name, KEY_COLUMN), key.as_bytes())?;
    let length = u16::try_from(wrapped.len()).map_err(|_| StoreError::Misuse("a keyring makes of a key more than 65,535 bytes".into()))?;
    let body = xaes::seal(&key, rng.bytes::<NONCE_BYTES>(), &associated_data(tenant, name), content);
    Ok([&[OWN_KEY][..], &length.to_be_bytes(), &wrapped, &body].concat())
}

fn open_blob(keys: &dyn KeyRing, tenant: TenantId, name: &str, stored: &[u8]) -> Result<Vec<u8>, StoreError> {
    let Some((&OWN_KEY, rest)) = stored.split_first() else {
        return Ok(keys.open(KeyRef::Tenant(tenant), place(name, BODY_COLUMN), stored)?.to_vec());
    };
    let Place { table, column, row } = place(name, BODY_COLUMN);
    let altered = || KeyError::Altered { table, column, row };
    let (length, rest) = rest.split_first_chunk::<2>().ok_or_else(altered)?;
    let (wrapped, body) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length))).ok_or_else(altered)?;
    let key = keys.open(KeyRef::Tenant(tenant), place(name, KEY_COLUMN), wrapped)?;
    let key = <[u8; KEY_BYTES]>::try_from(key.as_slice()).map(xaes::Key::from_bytes).map_err(|_| altered())?;
    let content = xaes::open(&key, &associated_data(tenant, name), body).map_err(|_| altered())?;
    Ok(content.to_vec())
}

fn check_name(name: &str) -> Result<(), StoreError> {
    let is_fine = |character: char| character.is_ascii_lowercase() || character.is_ascii_digit() || matches!(character, '.' | '_' | '-');
    let fits = (1..=BLOB_NAME_CHARS_MAX).contains(&name.len()) && name.chars().all(is_fine) && !name.starts_with('.');
    if fits { Ok(()) } else { Err(StoreError::Misuse("a blob's name has 1 to 128 characters of a-z 0-9 . _ - and no dot in front".into())) }
}

impl Blobs {
    pub(crate) fn new(data: &Path, shared: Arc<Shared>) -> Self {
        Self { folder: data.join("blobs"), shared }
    }

    /// Seals and writes a blob under a key of its own, in place of one of the same name. Whoever reads meanwhile gets
    /// the old one or the new one, whole.
    ///
    /// # Errors
    /// [`StoreError::TooLarge`]; [`StoreError::Misuse`] for a name that is not 1 to 128 characters of `a-z0-9._-`.
    pub async fn put(&self, scope: &Scope, keys: &Arc<dyn KeyRing>, name: &str, bytes: Vec<u8>) -> Result<(), StoreError> {
        check_name(name)?;
        if bytes.len() > BLOB_BYTES_MAX {
            return Err(StoreError::TooLarge { what: "a blob in bytes", limit: BLOB_BYTES_MAX as u64 });
        }
        let (blobs, keys, name, tenant) = (self.clone(), Arc::clone(keys), name.to_owned(), scope.tenant());
        blocking(move || {
            let sealed = seal_blob(keys.as_ref(), &blobs.shared.rng, tenant, &name, &bytes)?;
            match &blobs.shared.backend {
                Backend::Sqlite(_) => blobs.write_file(tenant, &name, &sealed),
                Backend::Postgres(_) => blobs.shared.handle(Home::Tenant(tenant)).write_now(move |tx| {
                    let now = tx.now();
                    tx.execute(&UPSERT_BLOB, &params![tenant, &name, &sealed, now]).map(|_| ())
                }),
            }
        })
        .await
    }

    /// Reads and opens a blob; none where there is none of this name.
    ///
    /// # Errors
    /// [`StoreError::Key`] where it does not open.
    pub async fn get(&self, scope: &Scope, keys: &Arc<dyn KeyRing>, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        check_name(name)?;
        let (blobs, keys, name, tenant) = (self.clone(), Arc::clone(keys), name.to_owned(), scope.tenant());
        blocking(move || {
            let sealed = match &blobs.shared.backend {
                Backend::Sqlite(_) => found(fs::read(blobs.file(tenant, &name)))?,
                Backend::Postgres(_) => blobs.shared.handle(Home::Tenant(tenant)).read_now(|tx| {
                    let row = tx.query_optional(&BLOB_BODY, &params![tenant, &name])?;
                    row.map(|mut row| row.take::<Vec<u8>>(0)).transpose()
                })?,
            };
            sealed.map(|sealed| open_blob(keys.as_ref(), tenant, &name, &sealed)).transpose()
        })
        .await
    }

    /// The names of a tenant's blobs, in order.
    ///
    /// # Errors
    /// As [`Blobs::put`].
    pub async fn names(&self, scope: &Scope) -> Result<Vec<String>, StoreError> {
        let (blobs, tenant) = (self.clone(), scope.tenant());
        blocking(move || match &blobs.shared.backend {
            Backend::Sqlite(_) => blobs.file_names(tenant),
            Backend::Postgres(_) => blobs.shared.handle(Home::Tenant(tenant)).read_now(|tx| {
                let rows = tx.query(&BLOB_NAMES, &params![tenant])?;
                rows.iter().map(|row| row.get(0)).collect()
            }),
        })
        .await
    }

    /// Deletes a blob, its file's bytes written over; nothing happens where there is none. What makes it unreadable for good is its
    /// key's end.
    ///
    /// # Errors
    /// As [`Blobs::put`].
    pub async fn delete(&self, scope: &Scope, name: &str) -> Result<(), StoreError> {
        check_name(name)?;
        let (blobs, name, tenant) = (self.clone(), name.to_owned(), scope.tenant());
        blocking(move || match &blobs.shared.backend {
            Backend::Sqlite(_) => {
                wipe(&blobs.file(tenant, &name)).map_err(|error| broken(&error))?;
                sync_folder(&blobs.folder_of(tenant)).map_err(|error| broken(&error))
            }
            Backend::Postgres(_) => {
                blobs.shared.handle(Home::Tenant(tenant)).write_now(move |tx| tx.execute(&DELETE_BLOB, &params![tenant, &name]).map(|_| ()))
            }
        })
        .await
    }

    /// Deletes every blob of a tenant, unfinished ones too: how many names there were. On PostgreSQL, where they are rows, none: they go
    /// with the tenant's other rows.
    ///
    /// # Errors
    /// As [`Blobs::put`]; what is gone by then stays gone.
    pub async fn delete_all(&self, scope: &Scope) -> Result<u64, StoreError> {
        let (blobs, tenant) = (self.clone(), scope.tenant());
        blocking(move || match &blobs.shared.backend {
            Backend::Sqlite(_) => blobs.wipe_folder(tenant),
            Backend::Postgres(_) => Ok(0),
        })
        .await
    }

    fn wipe_folder(&self, tenant: TenantId) -> Result<u64, StoreError> {
        wipe_folder(&self.folder_of(tenant)).map_err(|error| broken(&error))
    }

    fn folder_of(&self, tenant: TenantId) -> PathBuf {
        self.folder.join(tenant.number().to_string())
    }

    fn file(&self, tenant: TenantId, name: &str) -> PathBuf {
        self.folder_of(tenant).join(name)
    }

    /// Written beside, flushed, then renamed: a crash leaves the old blob.
    fn write_file(&self, tenant: TenantId, name: &str, sealed: &[u8]) -> Result<(), StoreError> {
        use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
        let folder = self.folder_of(tenant);
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder).map_err(|error| broken(&error))?;
        let unfinished = folder.join(format!("{UNFINISHED}{:016x}", self.shared.rng.bits()));
        let write = || {
            let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&unfinished)?;
            file.write_all(sealed)?;
            file.sync_all()?;
            fs::rename(&unfinished, folder.join(name))
        };
        if let Err(error) = write() {
            // It may never have been made; what is left of it holds sealed bytes only and is never read.
            let _ = fs::remove_file(&unfinished);
            return Err(broken(&error));
        }
        sync_folder(&folder).map_err(|error| broken(&error))
    }

    fn file_names(&self, tenant: TenantId) -> Result<Vec<String>, StoreError> {
        let Some(entries) = found(fs::read_dir(self.folder_of(tenant)))? else { return Ok(Vec::new()) };
        let mut names = Vec::new();
        for entry in entries {
            let name = entry.map_err(|error| broken(&error))?.file_name().into_string().unwrap_or_default();
            if check_name(&name).is_ok() {
                names.push(name);
            }
        }
        names.sort_unstable();
        Ok(names)
    }
}

fn found<T>(read: io::Result<T>) -> Result<Option<T>, StoreError> {
    match read {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(broken(&error)),
    }
}

fn broken(error: &io::Error) -> StoreError {
    StoreError::Unavailable(format!("a blob's file: {error}"))
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, StoreError> + Send + 'static) -> Result<T, StoreError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => Err(StoreError::Unavailable(error.to_string())),
    }
}
