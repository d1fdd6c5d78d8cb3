//! All stores of one node, opened together.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use kernel::data_map::StoreKind;
use kernel::{Clock, KeyRing, Rng, Scope, SecretText, TenantId};
use tokio::sync::Semaphore;

use crate::announce::Announcer;
use crate::blobs::Blobs;
use crate::handle::{Db, MasterReader, MasterWriter, TenantDb};
use crate::home::Home;
use crate::intake::Intake;
use crate::jobs::Jobs;
use crate::leases::Leases;
use crate::mapped::{self, MappedTable};
use crate::marks::Marks;
use crate::plan::Plans;
use crate::postgres::{Postgres, RoleUrls};
use crate::schema::Schema;
use crate::shared::{Backend, Shared};
use crate::sqlite::{READS_AT_ONCE, Sqlite};
use crate::stamps::Stamps;
use crate::store::{INSERT_TENANT, TENANTS_AFTER};
use crate::wakes::Wakes;
use crate::{SCHEMAS, StoreError, params};

/// Tenants read at once when all are listed.
const TENANTS_PAGE_ROWS: usize = 1_000;

/// How to reach a database: one URL for the role that owns the tables and migrates them, and those of the roles that serve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatabaseUrls {
    /// `postgres://OWNER:PASSWORD@HOST:PORT/DATABASE`.
    pub owner: SecretText,
    /// The roles that own nothing; absent: the owner makes them and derives their passwords from its own.
    pub roles: Option<RoleUrls>,
}

impl DatabaseUrls {
    /// The short form: one URL.
    #[must_use]
    pub fn short(url: &str) -> Self {
        Self { owner: SecretText::new(url.to_owned()), roles: None }
    }
}

/// Where the stores lie.
#[derive(Clone, Debug)]
pub struct StoreConfig {
    /// The data folder: files of the embedded engine.
    pub data: PathBuf,
    /// The database of every store; absent: embedded.
    pub database: Option<DatabaseUrls>,
    /// Databases of their own for some stores; only together with `database`.
    pub own_databases: BTreeMap<StoreKind, DatabaseUrls>,
}

impl StoreConfig {
    /// Embedded storage in a folder.
    #[must_use]
    pub const fn embedded(data: PathBuf) -> Self {
        Self { data, database: None, own_databases: BTreeMap::new() }
    }

    /// PostgreSQL by one URL.
    #[must_use]
    pub fn postgres(data: PathBuf, url: &str) -> Self {
        Self { data, database: Some(DatabaseUrls::short(url)), own_databases: BTreeMap::new() }
    }
}

/// Which engine holds the rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// SQLite, a file per store.
    Embedded,
    /// PostgreSQL.
    Postgres,
}

/// All stores of one node. Cloning shares them.
#[derive(Clone)]
pub struct Stores(Arc<Inner>);

struct Inner {
    shared: Arc<Shared>,
    folder: PathBuf,
    system: Db,
    identity: Db,
    keyring: Db,
    master: MasterReader,
    master_writer: MasterWriter,
    intake: Intake,
    blobs: Blobs,
    leases: Leases,
    jobs: Jobs,
    marks: Marks,
    wakes: Wakes,
    schemas: Vec<Schema>,
    mapped: OnceLock<&'static [MappedTable]>,
}

impl fmt::Debug for Stores {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Stores({:?})", self.engine())
    }
}

/// What a sweep of migrations did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Tenants whose stores are at the newest schema now.
    pub current: u64,
    /// Tenants whose stores could not be migrated, with the reason.
    pub failed: Vec<(TenantId, String)>,
}

impl Stores {
    /// Opens every store: makes what is missing, migrates the node-wide ones; tenants' files migrate when they are opened.
    ///
    /// # Errors
    /// [`StoreError::Setup`] for a folder or database that cannot be used, in a sentence for its reader;
    /// [`StoreError::Newer`] for data of a newer program.
    pub async fn open(config: StoreConfig, schemas: Vec<Schema>, clock: Clock, rng: Rng) -> Result<Self, StoreError> {
        let foreign = schemas.into_iter().filter(|schema| !SCHEMAS.iter().any(|own| own.domain == schema.domain));
        let all: Vec<Schema> = SCHEMAS.iter().copied().chain(foreign).collect();
        let plans = Arc::new(Plans::of(&all)?);
        let opened = tokio::task::spawn_blocking(move || open_engine(&config, plans, &clock).map(|backend| (backend, config, clock)));
        let (backend, config, clock) = opened.await.map_err(|error| StoreError::Setup(format!("opening the stores failed: {error}")))??;
        let turns = Arc::new(Semaphore::new(READS_AT_ONCE));
        let stamps = Arc::new(Stamps::of(&all));
        let shared = Arc::new(Shared { backend, clock, rng, announcer: Announcer::new(), stamps, turns });
        let db = |home| Db(shared.handle(home));
        Ok(Self(Arc::new(Inner {
            system: db(Home::System),
            identity: db(Home::Identity),
            keyring: db(Home::Keyring),
            master: MasterReader(shared.handle(Home::Master)),
            master_writer: MasterWriter(shared.handle(Home::Master)),
            intake: Intake::new(db(Home::Intake)),
            blobs: Blobs::new(&config.data, Arc::clone(&shared)),
            leases: Leases::new(Arc::clone(&shared)),
            jobs: Jobs::new(db(Home::System)),
            marks: Marks::new(Arc::clone(&shared)),
            wakes: Wakes::new(&shared),
            schemas: all,
            mapped: OnceLock::new(),
            folder: config.data,
            shared,
        })))
    }

    /// Tenant numbers, nodes, leases, wake.
    #[must_use]
    pub fn system(&self) -> &Db {
        &self.0.system
    }

    /// Accounts.
    #[must_use]
    pub fn identity(&self) -> &Db {
        &self.0.identity
    }

    /// Keys.
    #[must_use]
    pub fn keyring(&self) -> &Db {
        &self.0.keyring
    }

    /// Advisories, to read.
    #[must_use]
    pub fn master(&self) -> &MasterReader {
        &self.0.master
    }

    /// Advisories, to write: for the importer of feeds and nobody else.
    #[must_use]
    pub fn master_writer(&self) -> &MasterWriter {
        &self.0.master_writer
    }

    /// The only door to a tenant's rows.
    #[must_use]
    pub fn tenant(&self, scope: &Scope) -> TenantDb {
        TenantDb(self.0.shared.handle(Home::Tenant(scope.tenant())))
    }

    /// Makes a tenant's store and records it; a second time changes nothing.
    ///
    /// # Errors
    /// As [`Db::write`].
    pub async fn create_tenant(&self, tenant: TenantId) -> Result<(), StoreError> {
        let shared = Arc::clone(&self.0.shared);
        // The store first: a record without a store would be a tenant that cannot be opened.
        let made = tokio::task::spawn_blocking(move || match &shared.backend {
            Backend::Sqlite(sqlite) => sqlite.create(Home::Tenant(tenant)),
            Backend::Postgres(_) => Ok(()),
        });
        made.await.map_err(|error| StoreError::Unavailable(error.to_string()))??;
        self.system().write(move |tx| tx.execute(&INSERT_TENANT, &params![tenant, tx.now()]).map(|_| ())).await
    }

    /// Removes a tenant's store, where it has a file of its own: the file's bytes are written over, then its name goes. On PostgreSQL
    /// nothing is done: its rows are deleted like any others.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] where the file cannot be removed; a second attempt goes on.
    pub async fn remove_tenant(&self, scope: &Scope) -> Result<(), StoreError> {
        let (shared, tenant) = (Arc::clone(&self.0.shared), scope.tenant());
        let removed = tokio::task::spawn_blocking(move || match &shared.backend {
            Backend::Sqlite(sqlite) => sqlite.remove(Home::Tenant(tenant)),
            Backend::Postgres(_) => Ok(()),
        });
        removed.await.map_err(|error| StoreError::Unavailable(error.to_string()))?
    }

    /// Every tenant, in the order of their numbers.
    ///
    /// # Errors
    /// As [`Db::read`].
    pub async fn tenants(&self) -> Result<Vec<TenantId>, StoreError> {
        let mut all: Vec<TenantId> = Vec::new();
        loop {
            let after = all.last().map_or(0, |last| last.number());
            let page = self
                .system()
                .read(move |tx| {
                    let rows = tx.query(&TENANTS_AFTER, &params![after, TENANTS_PAGE_ROWS as i64])?;
                    rows.iter().map(|row| row.get(0)).collect::<Result<Vec<TenantId>, StoreError>>()
                })
                .await?;
            let is_last = page.len() < TENANTS_PAGE_ROWS;
            all.extend(page);
            if is_last {
                return Ok(all);
            }
        }
    }

    /// Migrates every tenant's store that is not at the newest schema: the sweeper of lazy migrations.
    ///
    /// # Errors
    /// As [`Stores::tenants`]; a tenant's own failure is reported, and the sweep goes on.
    pub async fn migrate_all(&self) -> Result<Swept, StoreError> {
        let mut swept = Swept::default();
        for tenant in self.tenants().await? {
            let shared = Arc::clone(&self.0.shared);
            let migrated = tokio::task::spawn_blocking(move || match &shared.backend {
                Backend::Sqlite(sqlite) => sqlite.migrate(Home::Tenant(tenant)),
                Backend::Postgres(_) => Ok(()),
            });
            match migrated.await.map_err(|error| StoreError::Unavailable(error.to_string()))? {
                Ok(()) => swept.current += 1,
                Err(error) => swept.failed.push((tenant, error.to_string())),
            }
        }
        Ok(swept)
    }

    /// What devices sent and is not yet folded into their tenants' stores.
    #[must_use]
    pub fn intake(&self) -> &Intake {
        &self.0.intake
    }

    /// Sealed files.
    #[must_use]
    pub fn blobs(&self) -> &Blobs {
        &self.0.blobs
    }

    /// Who owns a tenant.
    #[must_use]
    pub fn leases(&self) -> &Leases {
        &self.0.leases
    }

    /// Background work.
    #[must_use]
    pub fn jobs(&self) -> &Jobs {
        &self.0.jobs
    }

    /// Dirty marks.
    #[must_use]
    pub fn marks(&self) -> &Marks {
        &self.0.marks
    }

    /// Which tenants have work.
    #[must_use]
    pub fn wakes(&self) -> &Wakes {
        &self.0.wakes
    }

    /// Hands in the keyring, under whose keys what is written is stamped from now on (`stamps`).
    pub fn stamp_with(&self, keys: Arc<dyn KeyRing>) {
        self.0.shared.stamps.set_keys(keys);
    }

    /// A tenant's stamps were settled in a store and are in this generation now: what is written from now on is of it.
    pub fn stamps_settled(&self, store: StoreKind, tenant: TenantId, generation: i64) {
        self.0.shared.stamps.know_generation(store, tenant, generation);
    }

    /// Every registered table, for what is done to all of them alike.
    ///
    /// # Errors
    /// [`StoreError::Misuse`] for a migration that does not run.
    pub fn mapped(&self) -> Result<&'static [MappedTable], StoreError> {
        if let Some(tables) = self.0.mapped.get() {
            return Ok(tables);
        }
        let tables = mapped::tables(&self.0.schemas)?;
        Ok(self.0.mapped.get_or_init(|| tables))
    }

    /// Time.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.0.shared.clock
    }

    /// Chance.
    #[must_use]
    pub fn rng(&self) -> &Rng {
        &self.0.shared.rng
    }

    /// Which engine holds the rows.
    #[must_use]
    pub fn engine(&self) -> Engine {
        match self.0.shared.backend {
            Backend::Sqlite(_) => Engine::Embedded,
            Backend::Postgres(_) => Engine::Postgres,
        }
    }

    /// The data folder.
    pub(crate) fn folder(&self) -> &Path {
        &self.0.folder
    }

    pub(crate) fn handle(&self, home: Home) -> crate::handle::Handle {
        self.0.shared.handle(home)
    }

    /// Finishes what waits, checkpoints and closes every file, ends the threads. Later calls answer "unavailable".
    pub async fn close(self) {
        if let Err(error) = self.0.leases.release_all().await {
            tracing::warn!(reason = %error, "leases could not be given back; they run out by themselves");
        }
        let inner = Arc::clone(&self.0);
        let closed = tokio::task::spawn_blocking(move || {
            inner.intake.end();
            match &inner.shared.backend {
                Backend::Sqlite(sqlite) => sqlite.close(),
                Backend::Postgres(postgres) => postgres.close(),
            }
        });
        if closed.await.is_err() {
            tracing::error!("closing the stores panicked");
        }
    }
}

fn open_engine(config: &StoreConfig, plans: Arc<Plans>, clock: &Clock) -> Result<Backend, StoreError> {
    match &config.database {
        None if config.own_databases.is_empty() => Ok(Backend::Sqlite(Box::new(Sqlite::open(&config.data, plans, clock.clone())?))),
        None => Err(StoreError::Setup("a store has a database of its own, but the others have none: give --database too".into())),
        Some(_) => Ok(Backend::Postgres(Box::new(Postgres::open(config, &plans, clock)?))),
    }
}
