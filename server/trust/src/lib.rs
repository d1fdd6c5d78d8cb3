//! Trust: the keys that everything is sealed under, and the ledger of what was done.
//!
//! - [`root_key`]: the passphrase or token without which nothing starts; `root`: what it wraps, and how another takes its place.
//! - `instance`: the instance's own keys, for data of no tenant and for signing.
//! - `keyring`: tenants' and subjects' keys in a store of their own; implements [`kernel::KeyRing`]; `key_cache` keeps
//!   a bounded number of them unwrapped; [`epochs`] wraps a tenant's part anew after one was destroyed, `rolls` finds where that is due
//!   and tells of it.
//! - [`destruction`]: of a key, told of in the ledger before and after.
//! - [`second_copy`]: the keyring's own copy, kept in step, tried out and put back; `tombstones`: it brings back no destroyed key.
//! - [`ledger`]: leaves, recorded in the transaction that does what they tell; their order, its proofs and what is signed;
//!   `generations`: which of its logs go on as successors.
//! - [`export`]: everything that is held of a tenant, device or user, in a folder with a signed manifest.
//! - [`archives`]: exports that people ask for, made in the background, sealed, and fetched for a day.
//! - [`import`]: a tenant taken in again from its export.
//! - [`integrity`]: whether the stores hold what was written.
//! - [`erasure`]: of a device, a user, a tenant: asked for, done, and proven.
//! - [`access_log`]: what was asked of the server, by pseudonyms of the day; `day_keys`: the keys that make and close them.
//! - [`announcements`]: what the owners of tenants are to be told.
//! - [`retention`]: for how long rows are kept, and their end, which is shown before it comes.
//! - [`registers`]: who else processes data, and the leave to send them any.
//! - [`cases`]: breaches of security, their clocks, and whose data they affected.
//! - [`rights`]: requests of people about their data, by when they are answered and with which evidence.
//! - [`doctor`]: looks whether they are kept, by checks that others register too.
//! - [`promises`]: what is promised, as the files in `promises/` say it.
//! - [`policy`]: what the page says, in versions that are signed and of which tenants are told.
//! - [`page`]: the Trust page, generated from all of these.
//! - `api`: the endpoints.
//! - `store`: all SQL. [`data_map`]: what lies in the tables.
//!
//! [`Trust`] is the facade. The keyring is never in a data backup: destroying a key erases data only where no copy of
//! the key is left.

pub mod access_log;
pub mod announcements;
mod api;
pub mod archives;
pub mod cases;
pub mod data_map;
pub mod day;
mod day_keys;
pub mod destruction;
pub mod doctor;
pub mod epochs;
pub mod erasure;
mod error;
pub mod export;
mod generations;
pub mod import;
mod instance;
pub mod integrity;
mod key_cache;
mod keyring;
pub mod ledger;
pub mod page;
pub mod policy;
pub mod promises;
pub mod registers;
pub mod retention;
pub mod rights;
mod rolls;
mod root;
pub mod root_key;
pub mod second_copy;
mod store;
mod tombstones;

use std::sync::Arc;

use ::store::{Db, StoreError, Stores};
use kernel::{KeyRef, KeyRing, TenantId};
use seal::sign::SigningKey;
use wire::enrol;
use wire::report::Digest;

use self::generations::Generations;
use self::ledger::succession::FIRST_GENERATION;

pub use self::api::{SECOND_FACTOR_REFUSED, SecondFactor};
pub use self::store::SCHEMAS;
pub use access_log::AccessLog;
pub use archives::Archives;
pub use cases::{CaseError, Cases};
pub use day::Day;
pub use day_keys::Pseudonym;
pub use destruction::DestroyKey;
pub use doctor::{Check, Doctor, Observation, Outcome};
pub use epochs::{KeyringStatus, RollStep};
pub use erasure::{Erasure, Erasures};
pub use error::{ArchiveError, ErasureError, LedgerError, TRUST_KINDS, TrustError};
pub use export::{ExportFailure, ExportProgress, Exported, Exports};
pub use import::{ImportFailure, StandIn};
pub use integrity::Integrity;
pub use key_cache::SUBJECTS_IN_MEMORY_MAX;
pub use keyring::{Destroyed, SEALED_OVERHEAD_BYTES};
pub use ledger::{Leaf, LeafEntry, LeafKind, Ledger, Recorded};
pub use page::{Contacts, TrustPage};
pub use policy::Policies;
pub use registers::{RegisterError, Registers};
pub use retention::{RetentionError, Retentions};
pub use rights::{Rights, RightsError};
pub use rolls::{ROLLS_PAGE, RollEpoch, Settled};
pub use root_key::{RootKey, RootKeyError, RootSource, TokenKey};

/// The keys of this installation, open. Cloning shares them.
#[derive(Clone)]
pub struct Trust(Arc<Inner>);

struct Inner {
    /// Where tombstones lie.
    system: Db,
    keyring: Arc<keyring::Keyring>,
    current: SigningKey,
    next: SigningKey,
    log: SigningKey,
    generations: Generations,
}

impl Trust {
    /// Opens the keyring with the root key; makes it on the very first start.
    ///
    /// # Errors
    /// [`TrustError::WrongPassphrase`], [`TrustError::KeyringLost`] (tenants exist but no keyring) and
    /// [`TrustError::Damaged`] are for a person to act on; others are the store's.
    pub async fn open(stores: &Stores, root_key: RootKey) -> Result<Self, TrustError> {
        Self::open_with_memory(stores, root_key, SUBJECTS_IN_MEMORY_MAX).await
    }

    /// As [`Trust::open`], holding the keys of at most so many subjects in memory.
    ///
    /// # Errors
    /// As [`Trust::open`].
    pub async fn open_with_memory(stores: &Stores, root_key: RootKey, subjects_in_memory_max: usize) -> Result<Self, TrustError> {
        let keys = instance::open(stores, root_key).await?;
        let refused = tombstones::enforce(stores.system(), stores.keyring()).await?;
        if refused > 0 {
            tracing::warn!(
                keys = refused,
                "the keyring was brought back from before: keys that were destroyed since are destroyed in it too"
            );
        }
        let keyring = keyring::Keyring::new(stores.keyring().clone(), stores.rng().clone(), keys.root, keys.data, subjects_in_memory_max);
        let keyring = Arc::new(keyring);
        stores.stamp_with(Arc::clone(&keyring) as Arc<dyn KeyRing>);
        let (system, generations) = (stores.system().clone(), Generations::load(stores.keyring()).await?);
        Ok(Self(Arc::new(Inner { system, keyring, current: keys.current, next: keys.next, log: keys.log, generations })))
    }

    /// Begins a change of the root key's provider: both open the keyring from now on, and the next one is to be named in the
    /// settings. Nobody else may have the keyring open.
    ///
    /// # Errors
    /// As [`Trust::open`].
    pub async fn offer_root(stores: &Stores, root_key: &RootKey, next: &RootKey) -> Result<(), TrustError> {
        root::offer(stores, root_key, next).await
    }

    /// Ends it: the next provider alone opens the keyring, under a new root key. Opening the keyring by the next one does the same.
    ///
    /// # Errors
    /// [`TrustError::NothingOffered`]; as [`Trust::open`].
    pub async fn adopt_root(stores: &Stores, next: &RootKey) -> Result<(), TrustError> {
        root::adopt(stores, next).await.map(|_| ())
    }

    /// The handle by which everybody seals.
    #[must_use]
    pub fn keyring(&self) -> Arc<dyn KeyRing> {
        Arc::clone(&self.0.keyring) as Arc<dyn KeyRing>
    }

    pub(crate) fn inner_keyring(&self) -> &keyring::Keyring {
        &self.0.keyring
    }

    /// Gives a tenant its first epoch and its key; may be called again. Durable when it returns.
    ///
    /// # Errors
    /// [`kernel::KeyError::Missing`] where the tenant was erased; the store's.
    pub async fn create_tenant(&self, tenant: TenantId) -> Result<(), TrustError> {
        key_error_first(self.0.keyring.create_tenant(tenant).await)
    }

    /// Makes the keys of many subjects, as [`KeyRing::ensure`] does one; those made before an error stay.
    ///
    /// # Errors
    /// [`kernel::KeyError::Missing`] where a tenant has no keys or one of these was destroyed; the store's.
    pub async fn ensure_all(&self, keys: Vec<KeyRef>) -> Result<(), TrustError> {
        key_error_first(self.0.keyring.ensure_all(keys).await)
    }

    /// Forgets the keys of a tenant that an import did not make one.
    pub(crate) async fn forget_keys(&self, tenant: TenantId) -> Result<(), TrustError> {
        key_error_first(self.0.keyring.forget_keys(tenant).await)
    }

    /// Tenants whose epoch is due to be rolled, whose roll was cut off, or whose ledger was not told of it: so many of them, in the order of
    /// their numbers, behind one of them.
    ///
    /// # Errors
    /// The store's.
    pub async fn rolls_due(&self, after: Option<TenantId>, max: usize) -> Result<Vec<TenantId>, TrustError> {
        key_error_first(self.0.keyring.rolls_due(after, max).await)
    }

    /// Leaves nothing in the keyring's files of keys that were destroyed, where a destruction could not do it at once or a process
    /// died before it did. On PostgreSQL the files are the server's.
    ///
    /// # Errors
    /// The store's; may be tried again.
    pub async fn wipe_traces(&self) -> Result<(), TrustError> {
        key_error_first(self.0.keyring.wipe_traces().await)
    }

    /// Since when an epoch is there that wrapped a destroyed key: the longest of them; nothing where there is none.
    ///
    /// # Errors
    /// The store's.
    pub async fn roll_due_since(&self) -> Result<Option<kernel::Timestamp>, TrustError> {
        key_error_first(self.0.keyring.roll_due_since().await)
    }

    /// How a tenant's part of the keyring stands.
    ///
    /// # Errors
    /// [`kernel::KeyError::Missing`] where the tenant has no keys; the store's.
    pub async fn keyring_status(&self, tenant: TenantId) -> Result<KeyringStatus, TrustError> {
        key_error_first(self.0.keyring.status(tenant).await)
    }

    /// The public halves of the signing keys, for agents to pin.
    #[must_use]
    pub fn instance_keys(&self) -> enrol::InstanceKeys {
        enrol::InstanceKeys { current: Digest(self.0.current.public().0), next: Digest(self.0.next.public().0) }
    }

    /// Wipes what the keyring's files still hold of keys that were destroyed just now.
    pub(crate) async fn destroyed_something(&self) {
        self.0.keyring.destroyed_something().await;
    }

    /// The root key, for keys that are no tenant's.
    pub(crate) fn root(&self) -> Arc<seal::xaes::Key> {
        Arc::clone(&self.0.keyring.root)
    }

    /// The key that signs ledgers' checkpoints.
    pub(crate) fn log_key(&self) -> &SigningKey {
        &self.0.log
    }

    /// What a tenant's log is called, or the instance's: the log key's fingerprint and a random number, no name. A successor has the number of
    /// its generation behind.
    #[must_use]
    pub fn log_origin(&self, tenant: Option<TenantId>) -> String {
        self.log_origin_of(tenant, self.generation(tenant.map_or(0, TenantId::number)))
    }

    pub(crate) fn log_origin_of(&self, tenant: Option<TenantId>, generation: i64) -> String {
        let fingerprint: String = instance::fingerprint(&self.0.log).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        let whose = tenant.map_or_else(|| "instance".to_owned(), |tenant| tenant.to_string());
        let successor = if generation == FIRST_GENERATION { String::new() } else { format!("/{generation}") };
        format!("purser.log/{fingerprint}/{whose}{successor}")
    }

    /// Which generation of a tenant's log goes on, or of the instance's: 0.
    pub(crate) fn generation(&self, whose: i64) -> i64 {
        self.0.generations.of(whose)
    }

    pub(crate) fn remember_generation(&self, whose: i64, generation: i64) {
        self.0.generations.set(whose, generation);
    }

    /// The fingerprint of the current signing key, which an enrolment command carries.
    #[must_use]
    pub fn fingerprint(&self) -> Digest {
        Digest(instance::fingerprint(&self.0.current))
    }

    /// Signs as this installation, with the current key; see [`wire::enrol`] for the contexts and their parts.
    #[must_use]
    pub fn sign_as_instance(&self, context: &str, parts: &[&[u8]]) -> enrol::Signature {
        enrol::Signature(self.0.current.sign(context, parts).to_text())
    }
}

/// A missing key is said as such, not as a failure of the store that found it missing.
fn key_error_first<T>(result: Result<T, StoreError>) -> Result<T, TrustError> {
    result.map_err(|error| match error {
        StoreError::Key(error) => TrustError::Key(error),
        other => TrustError::Store(other),
    })
}

impl std::fmt::Debug for Trust {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Trust")
    }
}
