//! The keyring: seals and opens for everybody, under keys that never leave it.
//!
//! ```text
//! root key -> instance keys                              (loaded once, in memory as long as the server runs)
//! root key -> epoch key of a tenant -> tenant key, device keys, user keys      (loaded when used, see `key_cache`)
//! ```
//!
//! A sealed value is `format ‖ key version ‖ nonce ‖ ciphertext ‖ tag`, 43 bytes longer than its plaintext. Its
//! associated data are format, tenant, table, row, column and key version, so a value that was copied to another row,
//! column or tenant does not open, and neither does one whose row was taken from an older key.
//!
//! A destroyed key's row stays without the key. So [`Keyring::ensure`] never makes a second key for an erased subject,
//! and whatever copy of its data turns up later stays closed.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use kernel::{KeyError, KeyRef, KeyRing, Place, Rng, TenantId};
use seal::{hash, xaes};
use store::{Db, StoreError, Tx, params};
use zeroize::Zeroizing;

use crate::data_map::place;
use crate::key_cache::KeyCache;
use crate::store as sql;

/// Bytes by which a sealed value is longer than its plaintext.
pub const SEALED_OVERHEAD_BYTES: usize = HEAD_BYTES + xaes::OVERHEAD_BYTES;

/// Keys that one transaction makes at most, so that others get their turn.
const KEYS_PER_TRANSACTION: usize = 1_000;
const FORMAT: u8 = 1;
const HEAD_BYTES: usize = 3;
const FIRST_VERSION: u16 = 1;
const FIRST_EPOCH: i64 = 1;
const WRAP_CONTEXT: &[u8] = b"purser wrapped key v1";
const COMMITMENT_CONTEXT: &[u8] = b"purser key commitment v1";
const BLIND_INDEX_CONTEXT: &[u8] = b"purser blind index v1";

/// Every version of one subject's key, the oldest first.
#[derive(Default)]
pub(crate) struct KeySet(Vec<(u16, xaes::Key)>);

impl KeySet {
    /// Of versions in rising order.
    pub(crate) fn new(versions: Vec<(u16, xaes::Key)>) -> Self {
        Self(versions)
    }

    fn newest(&self) -> Result<(u16, &xaes::Key), KeyError> {
        self.0.last().map(|(version, key)| (*version, key)).ok_or(KeyError::Missing)
    }

    fn version(&self, wanted: u16) -> Option<&xaes::Key> {
        self.0.iter().find(|(version, _)| *version == wanted).map(|(_, key)| key)
    }
}

/// Which wrapped key, as associated data of the wrapping.
pub(crate) struct WrapPlace {
    /// Number of the keyring's table.
    pub(crate) table: u16,
    /// The tenant's number; 0 for the instance.
    pub(crate) tenant: i64,
    /// Purpose or kind of subject.
    pub(crate) kind: &'static str,
    /// The subject's number; 0 where there is none.
    pub(crate) subject: i64,
    /// Version of the key, or number of the epoch.
    pub(crate) version: i64,
}

impl WrapPlace {
    fn associated_data(&self) -> Vec<u8> {
        [
            WRAP_CONTEXT,
            &self.table.to_be_bytes(),
            &self.tenant.to_be_bytes(),
            &self.subject.to_be_bytes(),
            &self.version.to_be_bytes(),
            self.kind.as_bytes(),
        ]
        .concat()
    }

    /// Wraps a key, or a seed of one, under another.
    pub(crate) fn wrap(&self, under: &xaes::Key, rng: &Rng, key: &[u8; xaes::KEY_BYTES]) -> Vec<u8> {
        xaes::seal(under, rng.bytes(), &self.associated_data(), key)
    }

    /// Unwraps what [`WrapPlace::wrap`] made at the same place.
    pub(crate) fn unwrap(&self, under: &xaes::Key, wrapped: &[u8]) -> Result<Zeroizing<[u8; xaes::KEY_BYTES]>, KeyError> {
        let altered = KeyError::Altered { table: self.table, row: self.subject, column: place::KEY_WRAPPED };
        let bytes = xaes::open(under, &self.associated_data(), wrapped).map_err(|_| altered.clone())?;
        let mut key = Zeroizing::new([0; xaes::KEY_BYTES]);
        if bytes.len() != key.len() {
            return Err(altered);
        }
        key.copy_from_slice(&bytes);
        Ok(key)
    }

    pub(crate) fn unwrap_key(&self, under: &xaes::Key, wrapped: &[u8]) -> Result<xaes::Key, KeyError> {
        self.unwrap(under, wrapped).map(|key| xaes::Key::from_bytes(*key))
    }
}

/// What was destroyed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destroyed {
    /// A digest of each key; of keys that were made before there were any, none.
    pub commitments: Vec<[u8; hash::DIGEST_BYTES]>,
    /// The epoch that wrapped them: its roll is due now.
    pub epoch: i64,
}

/// A tenant's subject, by its columns.
#[derive(Clone, Copy)]
pub(crate) struct Subject {
    tenant: TenantId,
    kind: &'static str,
    id: i64,
}

impl Subject {
    /// Nothing for the instance, which is no tenant's subject.
    pub(crate) fn of(key: KeyRef) -> Option<Self> {
        match key {
            KeyRef::Instance => None,
            KeyRef::Tenant(tenant) => Some(Self { tenant, kind: "tenant", id: tenant.number() }),
            KeyRef::Device(tenant, device) => Some(Self { tenant, kind: "device", id: device.number() }),
            KeyRef::User(tenant, user) => Some(Self { tenant, kind: "user", id: user.number() }),
        }
    }

    /// The subject of stored columns.
    pub(crate) fn of_columns(tenant: TenantId, kind: &str, id: i64) -> Option<Self> {
        let kind = ["tenant", "device", "user"].into_iter().find(|known| *known == kind)?;
        Some(Self { tenant, kind, id })
    }

    /// Tenant, word for the kind, number.
    pub(crate) const fn columns(self) -> (TenantId, &'static str, i64) {
        (self.tenant, self.kind, self.id)
    }

    pub(crate) fn wrap_place(self, version: i64) -> WrapPlace {
        WrapPlace { table: place::KEYRING_KEY, tenant: self.tenant.number(), kind: self.kind, subject: self.id, version }
    }
}

/// By which a key is named after it was destroyed. A key is 256 random bits, so its digest needs no salt.
pub(crate) fn commitment(key: &[u8; xaes::KEY_BYTES]) -> [u8; hash::DIGEST_BYTES] {
    hash::sha256(&Zeroizing::new([COMMITMENT_CONTEXT, key].concat()))
}

pub(crate) fn epoch_place(tenant: TenantId, epoch: i64) -> WrapPlace {
    WrapPlace { table: place::KEYRING_EPOCH, tenant: tenant.number(), kind: "epoch", subject: 0, version: epoch }
}

/// The keyring, open.
pub(crate) struct Keyring {
    pub(crate) db: Db,
    pub(crate) rng: Rng,
    pub(crate) root: Arc<xaes::Key>,
    instance: Arc<KeySet>,
    cache: Mutex<KeyCache>,
    /// Whether the store's files may still hold wrapped keys that were destroyed.
    has_traces: AtomicBool,
}

impl Keyring {
    /// Over the keyring's store, with the instance's keys already unwrapped and room for the keys of so many subjects.
    pub(crate) fn new(db: Db, rng: Rng, root: Arc<xaes::Key>, instance: KeySet, subjects_in_memory_max: usize) -> Self {
        let cache = Mutex::new(KeyCache::new(subjects_in_memory_max));
        // A process that died may have left some.
        Self { db, rng, root, instance: Arc::new(instance), cache, has_traces: AtomicBool::new(true) }
    }

    /// Leaves nothing in the store's files of keys that were destroyed, where there may be something.
    pub(crate) async fn wipe_traces(&self) -> Result<(), StoreError> {
        // Cleared before the work: who destroys a key meanwhile sets it again.
        if self.has_traces.swap(false, Ordering::AcqRel)
            && let Err(error) = self.db.compact().await
        {
            self.has_traces.store(true, Ordering::Release);
            return Err(error);
        }
        Ok(())
    }

    /// As [`Keyring::wipe_traces`], after something was destroyed: that is done whatever becomes of its traces, and the worker looks again.
    pub(crate) async fn destroyed_something(&self) {
        self.has_traces.store(true, Ordering::Release);
        if let Err(error) = self.wipe_traces().await {
            tracing::warn!(error = %error, "the keyring's files still hold what a destroyed key was wrapped in; it will be tried again");
        }
    }

    /// Gives a tenant its first epoch and its key, where it has none; durable when it returns.
    pub(crate) async fn create_tenant(&self, tenant: TenantId) -> Result<(), StoreError> {
        let root = Arc::clone(&self.root);
        self.db
            .write(move |tx| {
                let epoch = xaes::Key::from_bytes(tx.rng().bytes());
                let wrapped = epoch_place(tenant, FIRST_EPOCH).wrap(&root, tx.rng(), epoch.as_bytes());
                let now = tx.now();
                // Nothing was destroyed by the first one, so there is nothing to tell.
                tx.execute(&sql::INSERT_EPOCH, &params![tenant, FIRST_EPOCH, wrapped, now, now])?;
                ensure_subject(tx, &root, Subject::of(KeyRef::Tenant(tenant)).ok_or(KeyError::Missing)?)
            })
            .await
    }

    /// Makes the keys that do not exist yet, many to a transaction: one alone waits for the disk each time.
    pub(crate) async fn ensure_all(&self, keys: Vec<KeyRef>) -> Result<(), StoreError> {
        let subjects: Vec<Subject> = keys.into_iter().filter_map(Subject::of).collect();
        for some in subjects.chunks(KEYS_PER_TRANSACTION) {
            let (root, some) = (Arc::clone(&self.root), some.to_vec());
            self.db.write(move |tx| some.iter().try_for_each(|subject| ensure_subject(tx, &root, *subject))).await?;
        }
        Ok(())
    }

    /// Whether a subject has a key that is not destroyed.
    pub(crate) async fn is_usable(&self, subject: Subject) -> Result<bool, StoreError> {
        let (tenant, kind, id) = subject.columns();
        let asked = self.db.read(move |tx| {
            let row = tx.query_optional(&sql::NEWEST_SUBJECT_KEY, &params![tenant, kind, id])?;
            row.map_or(Ok(false), |row| Ok(row.get::<Option<i64>>(1)?.is_none()))
        });
        asked.await
    }

    /// Destroys every version of a subject's key. What is sealed under it can never be opened again.
    /// `is_buried`: a tombstone was set for it just now.
    pub(crate) async fn destroy(&self, key: KeyRef, is_buried: bool) -> Result<Destroyed, StoreError> {
        let subject = Subject::of(key).ok_or(KeyError::Missing)?;
        let destroyed = self
            .db
            .write(move |tx| {
                let rows = tx.query(&sql::COMMITMENTS, &params![subject.tenant, subject.kind, subject.id])?;
                let now = tx.now();
                tx.execute(&sql::DESTROY_SUBJECT_KEYS, &params![subject.tenant, subject.kind, subject.id, now])?;
                if is_buried {
                    tx.execute(&sql::KNOW_ONE_MORE, &[])?;
                }
                let mut destroyed = Destroyed { commitments: Vec::new(), epoch: 0 };
                for row in &rows {
                    destroyed.commitments.extend(row.get::<Option<[u8; hash::DIGEST_BYTES]>>(0)?);
                    destroyed.epoch = row.get(1)?;
                }
                if rows.is_empty() { Err(StoreError::from(KeyError::Missing)) } else { Ok(destroyed) }
            })
            .await?;
        self.cache().forget(key);
        self.destroyed_something().await;
        Ok(destroyed)
    }

    fn keys(&self, key: KeyRef) -> Result<Arc<KeySet>, KeyError> {
        let Some(subject) = Subject::of(key) else {
            return Ok(Arc::clone(&self.instance));
        };
        let forgotten_before = {
            let mut cache = self.cache();
            if let Some(keys) = cache.get(key) {
                return Ok(keys);
            }
            cache.forgotten()
        };
        let root = Arc::clone(&self.root);
        let keys = self.db.read_now(move |tx| load_subject(tx, &root, subject)).map(Arc::new).map_err(key_error)?;
        self.cache().insert(key, Arc::clone(&keys), forgotten_before);
        Ok(keys)
    }

    pub(crate) fn cache(&self) -> MutexGuard<'_, KeyCache> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl KeyRing for Keyring {
    fn seal(&self, key: KeyRef, place: Place, plaintext: &[u8]) -> Result<Vec<u8>, KeyError> {
        let keys = self.keys(key)?;
        let (version, newest) = keys.newest()?;
        let mut sealed = Vec::with_capacity(plaintext.len() + SEALED_OVERHEAD_BYTES);
        sealed.push(FORMAT);
        sealed.extend_from_slice(&version.to_be_bytes());
        sealed.extend_from_slice(&xaes::seal(newest, self.rng.bytes(), &associated_data(key, place, version), plaintext));
        Ok(sealed)
    }

    fn open(&self, key: KeyRef, place: Place, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let altered = KeyError::Altered { table: place.table, row: place.row, column: place.column };
        let keys = self.keys(key)?;
        let Some((&[FORMAT, high, low], rest)) = sealed.split_first_chunk::<HEAD_BYTES>() else {
            return Err(altered);
        };
        let version = u16::from_be_bytes([high, low]);
        let Some(version_key) = keys.version(version) else {
            return Err(altered);
        };
        xaes::open(version_key, &associated_data(key, place, version), rest).map_err(|_| altered)
    }

    fn blind_index(&self, key: KeyRef, purpose: &'static str, value: &[u8]) -> Result<[u8; 32], KeyError> {
        let keys = self.keys(key)?;
        let (_, newest) = keys.newest()?;
        let index_key = Zeroizing::new(hash::hkdf(newest.as_bytes(), BLIND_INDEX_CONTEXT, purpose.as_bytes()));
        Ok(hash::hmac_sha256(index_key.as_slice(), &[value]))
    }

    fn ensure(&self, key: KeyRef) -> Result<(), KeyError> {
        let Some(subject) = Subject::of(key) else {
            return Ok(());
        };
        // Nearly always it is there: a look costs no turn of the keyring's writer.
        match self.keys(key) {
            Err(KeyError::Missing) => {}
            other => return other.map(|_| ()),
        }
        let root = Arc::clone(&self.root);
        self.db.write_now(move |tx| ensure_subject(tx, &root, subject)).map_err(key_error)
    }

    fn was_destroyed(&self, key: KeyRef) -> Result<bool, KeyError> {
        let Some(subject) = Subject::of(key) else { return Ok(false) };
        let read = self.db.read_now(move |tx| {
            let row = tx.query_optional(&sql::NEWEST_SUBJECT_KEY, &params![subject.tenant, subject.kind, subject.id])?;
            row.map_or(Ok(false), |row| Ok::<_, StoreError>(row.get::<Option<i64>>(1)?.is_some()))
        });
        read.map_err(key_error)
    }
}

/// Makes a subject's key under the tenant's newest epoch, where it has none and never had one.
fn ensure_subject(tx: &mut Tx<'_>, root: &xaes::Key, subject: Subject) -> Result<(), StoreError> {
    if let Some(row) = tx.query_optional(&sql::NEWEST_SUBJECT_KEY, &params![subject.tenant, subject.kind, subject.id])? {
        let is_destroyed = row.get::<Option<i64>>(1)?.is_some();
        return if is_destroyed { Err(KeyError::Missing.into()) } else { Ok(()) };
    }
    // A tenant's own key is made with its first epoch only: `create_tenant` is the one who calls this for it.
    let epoch_row = tx.query_optional(&sql::NEWEST_EPOCH, &params![subject.tenant])?.ok_or(KeyError::Missing)?;
    let epoch: i64 = epoch_row.get(0)?;
    let epoch_key = epoch_place(subject.tenant, epoch).unwrap_key(root, &epoch_row.get::<Vec<u8>>(1)?)?;
    // Whoever rolls the epoch at this moment waits for this key, or this transaction runs again.
    if tx.execute(&sql::HOLD_EPOCH, &params![subject.tenant, epoch])? != 1 {
        return Err(StoreError::Conflict { constraint: "the epoch has ended".into() });
    }
    let version = i64::from(FIRST_VERSION);
    let key = Zeroizing::new(tx.rng().bytes());
    let wrapped = subject.wrap_place(version).wrap(&epoch_key, tx.rng(), &key);
    let now = tx.now();
    let commitment = commitment(&key);
    tx.execute(&sql::INSERT_SUBJECT_KEY, &params![subject.tenant, subject.kind, subject.id, version, epoch, wrapped, now, commitment])?;
    Ok(())
}

fn load_subject(tx: &mut Tx<'_>, root: &xaes::Key, subject: Subject) -> Result<KeySet, StoreError> {
    let rows = tx.query(&sql::SUBJECT_KEYS, &params![subject.tenant, subject.kind, subject.id])?;
    let mut versions = Vec::with_capacity(rows.len());
    for row in rows {
        let (version, epoch): (i64, i64) = (row.get(0)?, row.get(1)?);
        let epoch_key = epoch_place(subject.tenant, epoch).unwrap_key(root, &row.get::<Vec<u8>>(3)?)?;
        let key = subject.wrap_place(version).unwrap_key(&epoch_key, &row.get::<Vec<u8>>(2)?)?;
        let altered = KeyError::Altered { table: place::KEYRING_KEY, row: subject.id, column: place::KEY_WRAPPED };
        versions.push((u16::try_from(version).map_err(|_| altered)?, key));
    }
    if versions.is_empty() {
        return Err(KeyError::Missing.into());
    }
    Ok(KeySet::new(versions))
}

fn associated_data(key: KeyRef, place: Place, version: u16) -> Vec<u8> {
    let tenant = Subject::of(key).map_or(0, |subject| subject.tenant.number());
    [
        &[FORMAT][..],
        &tenant.to_be_bytes(),
        &place.table.to_be_bytes(),
        &place.row.to_be_bytes(),
        &place.column.to_be_bytes(),
        &version.to_be_bytes(),
    ]
    .concat()
}

fn key_error(error: StoreError) -> KeyError {
    match error {
        StoreError::Key(error) => error,
        other => KeyError::Unavailable(other.to_string()),
    }
}
