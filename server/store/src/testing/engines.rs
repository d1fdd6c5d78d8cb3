//! Running a test on both engines.

use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use kernel::{Actor, Clock, DeviceId, DeviceScope, KeyRing, ManualClock, Permission, Rng, Scope, ScopeMint, SystemWork, TenantId};
use wire::Timestamp;

use crate::postgres::ServingRole;
use crate::testing::PlainKeyRing;
use crate::testing::database::TestDatabase;
use crate::{Engine, Schema, StoreConfig, StoreError, Stores};

/// When the tests' clock starts: 2026-01-01T00:00:00Z.
const START_SECONDS: i64 = 1_767_225_600;

/// What a test has around it.
#[derive(Clone)]
pub struct TestEnv {
    /// The engine it runs on.
    pub engine: Engine,
    /// The folder of the stores.
    pub dir: PathBuf,
    /// The clock of the stores.
    pub clock: Clock,
    /// Moves that clock.
    pub clock_hand: ManualClock,
    /// Chance, the same in every run.
    pub rng: Rng,
    /// A keyring that needs no `trust` crate.
    pub keys: Arc<dyn KeyRing>,
    /// Makes scopes.
    pub mint: ScopeMint,
    /// The owner's URL of the test's database; none when embedded.
    pub database_url: Option<String>,
    config: StoreConfig,
    schemas: Vec<Schema>,
}

impl TestEnv {
    /// A scope of the server's own work in a tenant.
    #[must_use]
    pub fn system_scope(&self, tenant: TenantId) -> Scope {
        self.mint.system(tenant, SystemWork::Reconciler)
    }

    /// A scope of a device.
    #[must_use]
    pub fn device_scope(&self, tenant: TenantId, device: DeviceId) -> Scope {
        self.mint.device(tenant, device)
    }

    /// A scope of a person with these permissions over all devices.
    #[must_use]
    pub fn person_scope(&self, tenant: TenantId, actor: Actor, permissions: &[Permission]) -> Scope {
        self.mint.mint(tenant, actor, permissions, DeviceScope::All)
    }

    /// Makes a tenant with a store.
    ///
    /// # Panics
    /// Where that fails.
    pub async fn new_tenant(&self, stores: &Stores) -> TenantId {
        let tenant = TenantId::from_random(self.rng.bits());
        stores.create_tenant(tenant).await.expect("a tenant's store is made");
        tenant
    }

    /// Opens the same stores again, after the test has closed them.
    ///
    /// # Panics
    /// Where that fails.
    pub async fn reopen(&self) -> Stores {
        self.reopen_with(self.schemas.clone()).await.expect("the stores open again")
    }

    /// Opens the same stores again with other schemas, as another version of the program would.
    ///
    /// # Errors
    /// As [`Stores::open`].
    pub async fn reopen_with(&self, schemas: Vec<Schema>) -> Result<Stores, StoreError> {
        let stores = Stores::open(self.config.clone(), schemas, self.clock.clone(), self.rng.clone()).await?;
        stores.intake().set_keys(Arc::clone(&self.keys));
        stores.stamp_with(Arc::clone(&self.keys));
        Ok(stores)
    }

    /// Opens the stores of another node on the same database, with a clock and chance of its own.
    ///
    /// # Panics
    /// Where that fails; embedded storage has one node only.
    pub async fn open_node(&self, clock: &Clock, rng: &Rng) -> Stores {
        let stores = Stores::open(self.config.clone(), self.schemas.clone(), clock.clone(), rng.clone()).await;
        stores.expect("another node opens the stores")
    }

    /// How a serving role reaches the test's database; none when embedded.
    #[must_use]
    pub fn database_of(&self, role: ServingRole) -> Option<tokio_postgres::Config> {
        let owner: tokio_postgres::Config = self.database_url.as_ref()?.parse().ok()?;
        Some(role.config(&owner))
    }
}

/// Runs a test on SQLite in a folder that goes away, and on a fresh PostgreSQL database made by
/// `PURSER_TEST_DATABASE_URL`. Where that is not set, PostgreSQL is skipped with a printed line; where `CI=true`, it panics.
///
/// # Panics
/// Where the test does, or where the stores do not open.
pub async fn both_engines<F, T>(schemas: impl Into<Vec<Schema>>, test: F)
where
    F: Fn(Stores, TestEnv) -> T,
    T: Future<Output = ()>,
{
    let schemas = schemas.into();
    on_sqlite(schemas.clone(), &test).await;
    on_postgres(schemas, &test).await;
}

/// Runs a test on SQLite only: for what is about files.
///
/// # Panics
/// As [`both_engines`].
pub async fn on_sqlite<F, T>(schemas: impl Into<Vec<Schema>>, test: F)
where
    F: Fn(Stores, TestEnv) -> T,
    T: Future<Output = ()>,
{
    let folder = tempfile::tempdir().expect("a folder for the test");
    let env = environment(folder.path().join("data"), None, schemas.into());
    let stores = open_on_sqlite(env.clone()).await;
    test(stores.clone(), env).await;
    stores.close().await;
}

pub(crate) async fn open_on_sqlite(env: TestEnv) -> Stores {
    env.reopen().await
}

/// Runs a test on PostgreSQL only: for what is about roles, races and row-level security.
///
/// # Panics
/// As [`both_engines`].
pub async fn on_postgres<F, T>(schemas: impl Into<Vec<Schema>>, test: F)
where
    F: Fn(Stores, TestEnv) -> T,
    T: Future<Output = ()>,
{
    let Some(database) = TestDatabase::make().await else { return };
    let folder = tempfile::tempdir().expect("a folder for the test");
    let env = environment(folder.path().join("data"), Some(&database.url), schemas.into());
    let stores = env.reopen().await;
    test(stores.clone(), env).await;
    stores.close().await;
    database.remove().await;
}

/// Stores on a database of their own, which is to be removed after they are closed; none without a server.
pub(crate) async fn open_on_postgres(dir: &Path, schemas: Vec<Schema>) -> Option<(Stores, TestDatabase)> {
    let database = TestDatabase::make().await?;
    let stores = environment(dir.to_owned(), Some(&database.url), schemas).reopen().await;
    Some((stores, database))
}

pub(crate) fn environment(dir: PathBuf, url: Option<&str>, schemas: Vec<Schema>) -> TestEnv {
    let engine = if url.is_some() { Engine::Postgres } else { Engine::Embedded };
    let (clock, clock_hand) = Clock::manual(Timestamp::from_seconds(START_SECONDS));
    let keys: Arc<dyn KeyRing> = Arc::new(PlainKeyRing::new(Rng::seeded(11)));
    let config = url.map_or_else(|| StoreConfig::embedded(dir.clone()), |url| StoreConfig::postgres(dir.clone(), url));
    let (rng, mint, database_url) = (Rng::seeded(7), ScopeMint::for_app(), url.map(str::to_owned));
    TestEnv { engine, dir, clock, clock_hand, rng, keys, mint, database_url, config, schemas }
}
