//! Running a test on both engines.

use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;

use kernel::{Actor, Clock, DeviceId, DeviceScope, KeyRing, ManualClock, Permission, Rng, Scope, ScopeMint, SystemWork, TenantId};
use wire::Timestamp;

use crate::testing::PlainKeyRing;
use crate::testing::database::TestDatabase;
use crate::{Engine, Schema, StoreConfig, Stores};

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
        let stores = Stores::open(self.config.clone(), self.schemas.clone(), self.clock.clone(), self.rng.clone()).await;
        let stores = stores.expect("the stores open again");
        stores.intake().set_keys(Arc::clone(&self.keys));
        stores
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
    let env = environment(Engine::Embedded, folder.path().join("data"), None, schemas.into());
    let stores = env.reopen().await;
    test(stores.clone(), env).await;
    stores.close().await;
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
    let env = environment(Engine::Postgres, folder.path().join("data"), Some(&database.url), schemas.into());
    let stores = env.reopen().await;
    test(stores.clone(), env).await;
    stores.close().await;
    database.remove().await;
}

fn environment(engine: Engine, dir: PathBuf, url: Option<&str>, schemas: Vec<Schema>) -> TestEnv {
    let (clock, clock_hand) = Clock::manual(Timestamp::from_seconds(START_SECONDS));
    let rng = Rng::seeded(7);
    let keys: Arc<dyn KeyRing> = Arc::new(PlainKeyRing::new(rng.clone()));
    let config = url.map_or_else(|| StoreConfig::embedded(dir.clone()), |url| StoreConfig::postgres(dir.clone(), url));
    TestEnv { engine, dir, clock, clock_hand, rng, keys, mint: ScopeMint::for_app(), database_url: url.map(str::to_owned), config, schemas }
}

/// Executes every statement of these schemas on both engines and compares what they answer.
///
/// # Panics
/// Where they differ.
pub async fn check_statements(schemas: impl Into<Vec<Schema>>) {
    both_engines(schemas, |_stores, _env| async {}).await;
}
