//! PostgreSQL: a schema per store, a role that owns and migrates, and roles that serve and own nothing.
//!
//! Every transaction of a serving role is REPEATABLE READ with the tenant's number in a setting of the transaction,
//! which the policies of forced row-level security compare. A transaction that lost against another one runs again.

mod failure;
mod pool;
mod reach;
mod roles;
mod session;
mod setup;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use kernel::data_map::StoreKind;
use kernel::{Clock, Rng};
use tokio::runtime::Runtime;
use tokio::sync::Semaphore;

use self::pool::Pool;
pub use self::roles::{RoleUrls, ServingRole};
pub(crate) use self::session::Session as PostgresSession;
use self::setup::Owner;
use crate::StoreError;
use crate::announce::Announcer;
use crate::home::HomeKind;
use crate::plan::Plans;
use crate::shared::Shared;
use crate::stores::{DatabaseUrls, StoreConfig};
use crate::tx::{Session, Surroundings, Tx};

/// Transactions at once on tenants' rows, and connections for them.
pub const POSTGRES_TENANT_CONNECTIONS: usize = 12;
/// Transactions at once on each other store, and connections for them.
pub const POSTGRES_NODE_WIDE_CONNECTIONS: usize = 4;
/// Transactions at once that write the advisory master, and connections for them: imports follow one another.
pub const POSTGRES_MASTER_WRITER_CONNECTIONS: usize = 2;
/// Connections that a node takes of PostgreSQL at most, once it has started.
pub const POSTGRES_CONNECTIONS_MAX: usize =
    POSTGRES_TENANT_CONNECTIONS + (STORES.len() - 1) * POSTGRES_NODE_WIDE_CONNECTIONS + POSTGRES_MASTER_WRITER_CONNECTIONS;
/// Threads that drive the connections.
const DRIVER_THREADS: usize = 1;
/// How often a transaction that lost against others runs again.
const RUNS_AGAIN_MAX: u32 = 40;
/// Longest pause before the next run.
const PAUSE_MS_MAX: u64 = 64;

/// Where a store's tables lie.
pub(crate) const fn schema_of(store: StoreKind) -> &'static str {
    match store {
        StoreKind::System => "purser_system",
        StoreKind::Identity => "purser_identity",
        StoreKind::Keyring => "purser_keyring",
        StoreKind::Master => "purser_master",
        StoreKind::Tenant => "purser_tenant",
    }
}

pub(crate) const STORES: [StoreKind; 5] =
    [StoreKind::System, StoreKind::Identity, StoreKind::Keyring, StoreKind::Master, StoreKind::Tenant];

/// The engine.
pub(crate) struct Postgres {
    pools: BTreeMap<StoreKind, Pool>,
    /// The only way to write the master, by a role of its own.
    master_writer: Pool,
    runtime: Mutex<Option<Runtime>>,
}

impl Postgres {
    /// Reaches every store's database as its owner, makes and migrates what is missing, and readies the serving roles' pools.
    pub(crate) fn open(config: &StoreConfig, plans: &Plans, clock: &Clock) -> Result<Self, StoreError> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(DRIVER_THREADS)
            .thread_name("store-postgres")
            .enable_all()
            .build()
            .map_err(|error| StoreError::Unavailable(format!("the threads of PostgreSQL's connections cannot be started: {error}")))?;
        let mut owners: Vec<(&DatabaseUrls, Owner)> = Vec::new();
        let mut pools = BTreeMap::new();
        let mut master_writer = None;
        for store in STORES {
            let urls = config.own_databases.get(&store).or(config.database.as_ref());
            let urls = urls.ok_or_else(|| StoreError::Setup("a store has no database".into()))?;
            if !owners.iter().any(|(known, _)| *known == urls) {
                owners.push((urls, Owner::connect(runtime.handle(), urls)?));
            }
            let Some((_, owner)) = owners.iter().find(|(known, _)| *known == urls) else { continue };
            owner.prepare(store, plans, clock)?;
            let size = if store == StoreKind::Tenant { POSTGRES_TENANT_CONNECTIONS } else { POSTGRES_NODE_WIDE_CONNECTIONS };
            let pool = |role, size| Pool::new(runtime.handle().clone(), owner.reach(role), schema_of(store), size);
            pools.insert(store, pool(ServingRole::of(store), size));
            if store == StoreKind::Master {
                master_writer = Some(pool(ServingRole::MasterWriter, POSTGRES_MASTER_WRITER_CONNECTIONS));
            }
        }
        let master_writer = master_writer.ok_or_else(|| StoreError::Setup("the master has no database".into()))?;
        Ok(Self { pools, master_writer, runtime: Mutex::new(Some(runtime)) })
    }

    fn pool(&self, kind: HomeKind, is_writing: bool) -> &Pool {
        match kind {
            HomeKind::Master if is_writing => &self.master_writer,
            // `open` makes a pool for every store.
            kind => &self.pools[&kind.store()],
        }
    }

    pub(crate) fn turns(&self, kind: HomeKind, is_writing: bool) -> Arc<Semaphore> {
        Arc::clone(&self.pool(kind, is_writing).turns)
    }

    /// Runs a closure that reads, on this thread.
    pub(crate) fn read<T, E: From<StoreError>>(
        &self,
        surroundings: &Surroundings,
        work: impl FnOnce(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let pool = self.pool(surroundings.home.kind(), false);
        let _place = pool.place()?;
        let mut session = pool.take()?.begin(surroundings);
        let result = work(&mut Tx::new(Session::Postgres(&mut session), surroundings));
        pool.give_back(session.end_reading());
        result
    }

    /// Runs a closure that writes, on this thread; again where it lost against another transaction.
    pub(crate) fn write<T, E: From<StoreError>>(
        &self,
        shared: &Arc<Shared>,
        surroundings: &Surroundings,
        mut work: impl FnMut(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let pool = self.pool(surroundings.home.kind(), true);
        let _place = pool.place()?;
        let mut runs = 0;
        loop {
            runs += 1;
            match run_once(pool, shared, surroundings, &mut work) {
                Run::Done(result) => return result,
                Run::Again(_) if runs <= RUNS_AGAIN_MAX => pause(&shared.rng, runs),
                Run::Again(error) => return Err(error),
            }
        }
    }

    pub(crate) fn close(&self) {
        self.pools.values().for_each(Pool::close);
        self.master_writer.close();
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // An ordinary drop would wait, which asynchronous code must not.
        let runtime = self.runtime.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(runtime) = runtime {
            runtime.shutdown_background();
        }
    }
}

/// What one run of a closure came to.
enum Run<T, E> {
    Done(Result<T, E>),
    /// It lost against another transaction.
    Again(E),
}

fn run_once<T, E: From<StoreError>>(
    pool: &Pool,
    shared: &Arc<Shared>,
    surroundings: &Surroundings,
    work: &mut impl FnMut(&mut Tx<'_>) -> Result<T, E>,
) -> Run<T, E> {
    let mut session = match pool.take() {
        Ok(connection) => connection.begin(surroundings),
        Err(error) => return Run::Done(Err(error.into())),
    };
    // Where the closure panics, the session is dropped, and with it the connection: the server undoes all.
    let mut tx = Tx::new(Session::Postgres(&mut session), surroundings);
    let mut result = work(&mut tx);
    if result.is_ok()
        && !tx.has_failed()
        && let Err(error) = tx.put_stamps()
    {
        result = Err(error.into());
    }
    let has_failed = tx.has_failed();
    let news = std::mem::take(&mut tx.news);
    let value = match result {
        Ok(value) if !has_failed => value,
        other => {
            let error = other.err().unwrap_or_else(|| StoreError::Aborted.into());
            let may_run_again = session.may_run_again();
            if let Some(connection) = session.undo() {
                pool.give_back(connection);
            }
            return if may_run_again { Run::Again(error) } else { Run::Done(Err(error)) };
        }
    };
    let announced = match Announcer::before_commit(shared, surroundings.home, &news) {
        Ok(announced) => announced,
        Err(error) => {
            if let Some(connection) = session.undo() {
                pool.give_back(connection);
            }
            return Run::Done(Err(error.into()));
        }
    };
    let (committed, may_run_again, connection) = session.commit();
    if let Some(connection) = connection {
        pool.give_back(connection);
    }
    match committed {
        Ok(()) => {
            announced.committed();
            Run::Done(Ok(value))
        }
        Err(error) if may_run_again => Run::Again(error.into()),
        Err(error) => Run::Done(Err(error.into())),
    }
}

/// Lets the other transaction finish. The pause is random, so that two that met do not meet again.
fn pause(rng: &Rng, runs: u32) {
    let longest = (1_u64 << runs.min(6)).min(PAUSE_MS_MAX);
    std::thread::park_timeout(Duration::from_micros(rng.below(longest * 1_000)));
}
