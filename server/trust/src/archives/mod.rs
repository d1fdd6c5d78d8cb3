//! Exports that are asked for by people, made in the background, and fetched as one file for a day.
//!
//! ```text
//! asked for ─> waiting ─> running ─> ready ─(a day)─> expired
//!                 └───────────┴────────┴─> cancelled | erased | failed | too large | no room
//! ```
//!
//! What is exported is written to a folder beside the stores, sealed piece by piece under a key of its own (`export::sealed`), and
//! never lies on a disk in clear. The key lies in the keyring, sealed under the tenant's, and not in the keyring's second copy (`keys`).
//! When an export is over, its key is destroyed at once and its bytes are written over later (`over`); whether it is over says the clock,
//! not the sweeper. `make` makes it: one at a time on the whole installation, begun anew where a process ended in the middle. `sending`
//! knows who is sent what.
//!
//! Whoever asks must be a person with a fresh code of the second factor; fetching takes no further one. Everybody may have the own data;
//! whatever else is there takes the permission `exports:manage`, at the asking and at each fetch. Asking, fetching and ending are entries
//! of the tenant's ledger, or are refused; but what is over by the clock ends whether it can be told or not. An erasure of anything of a
//! tenant's ends every export of it, since it may be in each.

mod keys;
mod make;
mod over;
mod record;
mod sending;
mod turns;

use std::fmt;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use kernel::{DeviceScope, ExportId, Permission, Scope, ScopeMint, Subject, TenantId, Timestamp};
use serde_json::json;
use store::{StoreError, StoreKind, Stores, Tx, params};
use web::Writing;

pub use self::record::{Amount, Archive, Facts, State};
use self::sending::Sending;
pub use self::sending::{FETCHES_AT_ONCE, FETCHES_PER_TENANT};
use self::turns::Turns;
use crate::error::ArchiveError;
use crate::export::archive::Archive as Tar;
use crate::export::id_of;
use crate::export::sealed::SealedFolder;
use crate::ledger::{self, LeafEntry, LeafKind};
use crate::store::exports as sql;
use crate::{ExportProgress, Exports, Trust};

/// How long an export can be fetched, from when it was made.
pub const LIFETIME: Duration = Duration::from_secs(24 * 3_600);
/// Bytes that are stored of one export, sealed, unless [`Limits`] says another number.
pub const BYTES_MAX: u64 = 16 * 1024 * 1024 * 1024;
/// Exports of one tenant that wait, are being made or can be fetched.
pub const KEPT_MAX: u64 = 8;
/// How often an export is begun: one that ends the process each time does not do so for ever.
pub const ATTEMPTS_MAX: i64 = 3;
/// Bytes that an export leaves free on the disk that it is written to, unless [`Limits`] says another number: the stores are there too.
pub const FREE_BYTES_MIN: u64 = 1024 * 1024 * 1024;
/// How long it is listed that there was an export, in days from when nothing was left of it.
pub const EXPORT_LISTED_DAYS: u16 = 30;
/// Exports that one look takes up.
const LOOKED_AT_ONCE: i64 = 100;

/// How many bytes are free on the disk that a folder lies on.
pub type FreeBytes = Arc<dyn Fn(&Path) -> io::Result<u64> + Send + Sync>;

/// What an export may take of the disk.
#[derive(Clone)]
pub struct Limits {
    /// Bytes that are stored of one export, sealed.
    pub bytes_max: u64,
    /// Bytes that it leaves free.
    pub free_bytes_min: u64,
    /// Says how many are free; asked at each piece that is written.
    pub free_bytes: FreeBytes,
}

impl Limits {
    /// The usual ones.
    #[must_use]
    pub fn new(free_bytes: FreeBytes) -> Self {
        Self { bytes_max: BYTES_MAX, free_bytes_min: FREE_BYTES_MIN, free_bytes }
    }
}

impl fmt::Debug for Limits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Limits").field("bytes_max", &self.bytes_max).field("free_bytes_min", &self.free_bytes_min).finish_non_exhaustive()
    }
}

/// The exports that can be fetched. Cloning shares them.
#[derive(Clone)]
pub struct Archives(Arc<Inner>);

struct Inner {
    stores: Stores,
    trust: Trust,
    exports: Exports,
    mint: ScopeMint,
    folder: PathBuf,
    limits: Limits,
    /// What is being made.
    under_way: Mutex<Option<(ExportId, ExportProgress)>>,
    /// Held while one is made: one at a time.
    making: tokio::sync::Mutex<()>,
    /// Held while one is asked for: what the ledger is told of is taken on.
    asking: tokio::sync::Mutex<()>,
    turns: Turns,
    sending: Sending,
    /// Nothing more is made: the process ends.
    is_stopping: AtomicBool,
}

/// An export on its way out.
pub struct Fetched {
    /// What to call the file.
    pub name: String,
    /// Its length, in bytes.
    pub length: u64,
    /// Writes it. Blocks; fails where the export ends meanwhile.
    pub write: Writing,
}

impl Archives {
    /// Over stores, keys and exports; the folder is the installation's own, for this alone.
    #[must_use]
    pub fn new(stores: &Stores, trust: &Trust, exports: &Exports, mint: ScopeMint, folder: PathBuf, limits: Limits) -> Self {
        let (stores, trust, exports) = (stores.clone(), trust.clone(), exports.clone());
        Self(Arc::new(Inner {
            stores,
            trust,
            exports,
            mint,
            folder,
            limits,
            under_way: Mutex::default(),
            making: tokio::sync::Mutex::default(),
            asking: tokio::sync::Mutex::default(),
            turns: Turns::default(),
            sending: Sending::default(),
            is_stopping: AtomicBool::new(false),
        }))
    }

    /// Whether [`Archives::request`] would take it on.
    ///
    /// # Errors
    /// As [`Archives::request`].
    pub async fn check(&self, scope: &Scope, subject: Subject) -> Result<(), ArchiveError> {
        if !sees(scope, subject) {
            return Err(ArchiveError::NotFound);
        }
        if subject.tenant() != scope.tenant() || !self.holds_anything(scope, subject).await? {
            return Err(ArchiveError::NotFound);
        }
        self.0.stores.system().read(move |tx| has_room(tx, subject.tenant())).await
    }

    /// Asks for an export. The caller has seen a fresh code of the second factor.
    ///
    /// # Errors
    /// [`ArchiveError::NotFound`] where nothing is held of such a subject, or it is not for the scope's eyes; [`ArchiveError::UnderWay`]
    /// and [`ArchiveError::TooMany`] past the limits.
    pub async fn request(&self, scope: &Scope, subject: Subject) -> Result<Archive, ArchiveError> {
        // Else the ledger would be told of one that another request left no room for.
        let _asking = self.0.asking.lock().await;
        self.check(scope, subject).await?;
        let user = scope.acting_user().ok_or(ArchiveError::NotFound)?;
        let id = ExportId::from_random(self.0.stores.rng().bits());
        self.tell(scope, LeafKind::ExportRequested, id, subject, None).await?;
        let insert = move |tx: &mut Tx<'_>| {
            has_room(tx, subject.tenant())?;
            let now = tx.now();
            tx.execute(&sql::INSERT_EXPORT, &params![id, subject.tenant(), subject.kind(), subject.number(), user, now])?;
            Ok::<_, ArchiveError>(())
        };
        self.0.stores.system().write(insert).await?;
        self.find(id).await?.ok_or(ArchiveError::NotFound)
    }

    /// One export that the scope may see.
    ///
    /// # Errors
    /// [`ArchiveError::NotFound`].
    pub async fn read(&self, scope: &Scope, id: ExportId) -> Result<Archive, ArchiveError> {
        let found = self.find(id).await?.filter(|found| found.subject.tenant() == scope.tenant());
        found.filter(|found| sees(scope, found.subject)).ok_or(ArchiveError::NotFound)
    }

    /// A page of the exports that the scope may see, in the order of their ids.
    ///
    /// # Errors
    /// The store's.
    pub async fn list(&self, scope: &Scope, after: Option<ExportId>, limit: u32) -> Result<Vec<Archive>, ArchiveError> {
        let (tenant, after, limit) = (scope.tenant(), after.map_or(0, ExportId::number), i64::from(limit));
        let (all, user) = (i64::from(manages(scope)), scope.acting_user().map_or(0, |user| user.number()));
        let keys = self.0.trust.keyring();
        let read = move |tx: &mut Tx<'_>| {
            let rows = tx.query(&sql::EXPORTS_OF_TENANT, &params![tenant, after, all, user, limit])?;
            rows.iter().map(|row| Archive::of(row, &*keys)).collect::<Result<Vec<_>, StoreError>>()
        };
        let mut found = self.0.stores.system().read(read).await?;
        found.iter_mut().for_each(|archive| self.look_at_progress(archive));
        Ok(found)
    }

    /// Makes a file of an export that can be fetched, and records that it was.
    ///
    /// # Errors
    /// [`ArchiveError::NotReady`], [`ArchiveError::Over`], [`ArchiveError::Busy`]; the ledger's: what cannot be recorded is not fetched.
    pub async fn fetch(&self, scope: &Scope, id: ExportId) -> Result<Fetched, ArchiveError> {
        // Noted first, so that an end that comes from now on stops it.
        let permit = self.0.sending.begin(scope.tenant(), id).ok_or(ArchiveError::Busy)?;
        let found = self.read(scope, id).await?;
        match found.state_at(self.now()) {
            State::Ready => {}
            State::Waiting | State::Running => return Err(ArchiveError::NotReady),
            _ => return Err(ArchiveError::Over),
        }
        let folder = self.folder(id, self.key(found.subject.tenant(), id).await?.ok_or(ArchiveError::Over)?);
        let seconds = u64::try_from(found.requested_at.micros() / 1_000_000).unwrap_or(0);
        let tar = blocking(move || Ok(Tar::of(folder, id.to_string(), seconds)?)).await?;
        self.tell(scope, LeafKind::ExportFetched, id, found.subject, None).await?;
        let (clock, length) = (self.0.stores.clock().clone(), tar.length());
        let name = format!("purser-{}-{id}.tar", found.subject.kind());
        // Who reads slowly gets no longer than everybody else.
        let write = move |out: &mut dyn Write| tar.write(out, &|| !permit.is_ended() && found.is_fetchable(clock.now()));
        Ok(Fetched { name, length, write: Box::new(write) })
    }

    async fn find(&self, id: ExportId) -> Result<Option<Archive>, ArchiveError> {
        let keys = self.0.trust.keyring();
        let read = move |tx: &mut Tx<'_>| {
            let row = tx.query_optional(&sql::EXPORT, &params![id])?;
            row.map(|row| Archive::of(&row, &*keys)).transpose()
        };
        let mut found = self.0.stores.system().read(read).await?;
        found.iter_mut().for_each(|archive| self.look_at_progress(archive));
        Ok(found)
    }

    /// Of one that is being made, memory knows more than its row.
    fn look_at_progress(&self, archive: &mut Archive) {
        let under_way = self.0.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, progress)) = under_way.as_ref().filter(|(id, _)| *id == archive.id) {
            archive.amount = Amount { tables: progress.tables(), rows: progress.rows(), bytes: progress.bytes() };
        }
    }

    async fn holds_anything(&self, scope: &Scope, subject: Subject) -> Result<bool, ArchiveError> {
        let stores = &self.0.stores;
        for store in [StoreKind::Tenant, StoreKind::Identity] {
            let tables = stores.mapped()?.iter().filter(move |table| table.map().store == store && table.holds(subject));
            let look = move |tx: &mut Tx<'_>| {
                tables
                    .map(|table| table.page(tx, subject, None, 1))
                    .try_fold(false, |found, page| Ok::<_, StoreError>(found || !page?.is_empty()))
            };
            let found = match store {
                StoreKind::Tenant => stores.tenant(scope).read(look).await?,
                _ => stores.identity().read(look).await?,
            };
            if found {
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn tell(&self, scope: &Scope, kind: LeafKind, id: ExportId, subject: Subject, ended: Option<State>) -> Result<(), ArchiveError> {
        let about = (!matches!(subject, Subject::Tenant(_))).then(|| subject.number());
        let mut payload = json!({ "export": id.to_string(), "of": subject.kind(), "id": id_of(subject) });
        if let (Some(state), Some(payload)) = (ended, payload.as_object_mut()) {
            payload.insert("how".into(), json!(state.text()));
        }
        let (keys, acting) = (self.0.trust.keyring(), scope.clone());
        let entry = LeafEntry { kind, subject: about, payload };
        let record = move |tx: &mut Tx<'_>| ledger::record(tx, &*keys, &acting, entry.clone()).map(|_| ());
        Ok(self.0.stores.tenant(scope).write(record).await?)
    }

    fn folder(&self, id: ExportId, key: seal::xaes::Key) -> SealedFolder {
        let inner = &self.0;
        SealedFolder::new(inner.folder.join(id.to_string()), id, key, inner.stores.rng().clone(), inner.limits.clone())
    }

    fn now(&self) -> Timestamp {
        self.0.stores.clock().now()
    }
}

/// Whether what is held of a subject is for the scope's eyes at this moment: of oneself always, whoever asked for the export; else of
/// whoever manages exports, whether they asked for it or not.
fn sees(scope: &Scope, subject: Subject) -> bool {
    manages(scope) || scope.acting_user().is_some_and(|user| subject == Subject::User(scope.tenant(), user))
}

/// Whether whatever is held of the tenant is for the scope's eyes.
fn manages(scope: &Scope) -> bool {
    scope.may(Permission::ExportsManage) && *scope.devices() == DeviceScope::All
}

fn has_room(tx: &mut Tx<'_>, tenant: TenantId) -> Result<(), ArchiveError> {
    let row = tx.query_one(&sql::COUNT_EXPORTS, &params![tenant])?;
    let (unmade, kept): (u64, u64) = (row.get(0)?, row.get(1)?);
    match (unmade, kept) {
        (1.., _) => Err(ArchiveError::UnderWay),
        (_, KEPT_MAX..) => Err(ArchiveError::TooMany { max: KEPT_MAX }),
        _ => Ok(()),
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, ArchiveError> + Send + 'static) -> Result<T, ArchiveError> {
    tokio::task::spawn_blocking(work).await.map_err(|error| StoreError::Unavailable(error.to_string()))?
}
