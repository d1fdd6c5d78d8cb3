//! Handles to stores: [`Db`] for the node-wide ones, [`TenantDb`] for one tenant's, and for the advisory master
//! [`MasterReader`] and [`MasterWriter`]. All run closures in transactions.

use std::any::Any;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;

use kernel::TenantId;
use tokio::sync::oneshot;

use crate::StoreError;
use crate::home::Home;
use crate::parked::wait;
use crate::shared::{Backend, Shared};
use crate::sqlite::{Order, Work, closed};
use crate::tx::{Isolation, Surroundings, Tx};

/// A node-wide store.
#[derive(Clone)]
pub struct Db(pub(crate) Handle);

/// One tenant's store. It cannot be had without a [`Scope`](kernel::Scope), and reaches no other tenant's rows.
#[derive(Clone)]
pub struct TenantDb(pub(crate) Handle);

/// The advisory master as everybody sees it: it can be read.
#[derive(Clone)]
pub struct MasterReader(pub(crate) Handle);

/// The advisory master for the one who fills it: on PostgreSQL the only door of the only role that may write it.
#[derive(Clone)]
pub struct MasterWriter(pub(crate) Handle);

#[derive(Clone)]
pub(crate) struct Handle {
    pub(crate) shared: Arc<Shared>,
    pub(crate) home: Home,
}

impl fmt::Debug for Db {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Db({:?})", self.0.home)
    }
}

impl fmt::Debug for TenantDb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TenantDb({:?})", self.0.home)
    }
}

impl fmt::Debug for MasterReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterReader")
    }
}

impl fmt::Debug for MasterWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterWriter")
    }
}

macro_rules! reads {
    ($handle:ident) => {
        impl $handle {
            /// Runs a closure that reads, in a transaction that sees one state of the store.
            ///
            /// # Errors
            /// The closure's own; [`StoreError::NotFound`] where an embedded tenant has no store.
            pub async fn read<T, E>(&self, work: impl FnOnce(&mut Tx<'_>) -> Result<T, E> + Send + 'static) -> Result<T, E>
            where
                T: Send + 'static,
                E: From<StoreError> + Send + 'static,
            {
                self.0.read(work).await
            }

            /// As `read`, for threads that may block: never on an asynchronous worker.
            ///
            /// # Errors
            /// As `read`.
            pub fn read_now<T, E>(&self, work: impl FnOnce(&mut Tx<'_>) -> Result<T, E>) -> Result<T, E>
            where
                E: From<StoreError>,
            {
                self.0.read_now(work)
            }
        }
    };
}

macro_rules! writes {
    ($handle:ident) => {
        impl $handle {
            /// Runs a closure that writes; what it wrote is durable when this returns, or undone where it fails.
            ///
            /// The closure may run again: on PostgreSQL after a conflict with another transaction. So it must not
            /// act outside of the transaction. On SQLite, closures of one file share a commit; an error undoes its own only.
            ///
            /// # Errors
            /// The closure's own; [`StoreError::Busy`] where too much waits; [`StoreError::Unavailable`] where the commit
            /// failed, or where the connection broke during it, so that nobody knows whether it happened.
            pub async fn write<T, E>(&self, work: impl FnMut(&mut Tx<'_>) -> Result<T, E> + Send + 'static) -> Result<T, E>
            where
                T: Send + 'static,
                E: From<StoreError> + Send + 'static,
            {
                self.0.write(work).await
            }

            /// As `write`, for threads that may block: never on an asynchronous worker. Inside another transaction's
            /// closure only for a store below it (a tenant's closure may write the keyring, never the reverse).
            ///
            /// # Errors
            /// As `write`.
            pub fn write_now<T, E>(&self, work: impl FnMut(&mut Tx<'_>) -> Result<T, E> + Send + 'static) -> Result<T, E>
            where
                T: Send + 'static,
                E: From<StoreError> + Send + 'static,
            {
                self.0.write_now(work)
            }

            /// Leaves nothing in the store's files of what was deleted or written over before: the second line behind a destroyed key.
            /// What the disk below still holds of a file's freed blocks is out of reach.
            ///
            /// # Errors
            /// [`StoreError::Busy`] where somebody reads an older state for longer than a writer waits: try again.
            pub async fn compact(&self) -> Result<Compacted, StoreError> {
                self.0.compact().await
            }
        }
    };
}

reads!(Db);
writes!(Db);
reads!(TenantDb);
writes!(TenantDb);
reads!(MasterReader);
writes!(MasterWriter);

/// What [`Db::compact`] came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compacted {
    /// The file's pages hold zeros where something was deleted, and its write-ahead log is empty.
    Files,
    /// Nothing was done: old row versions, their pages and its log are the PostgreSQL server's. The runtime role owns no table, so it may
    /// order no VACUUM, and even that leaves freed bytes in a page until others are written over them.
    LeftToServer,
}

impl TenantDb {
    /// The tenant.
    #[must_use]
    pub const fn tenant(&self) -> TenantId {
        match self.0.home {
            Home::Tenant(tenant) => tenant,
            _ => unreachable!(),
        }
    }
}

/// What a closure came to: its result, or its panic, which goes on in the task that asked.
type Came<T, E> = Result<Result<T, E>, Box<dyn Any + Send>>;

fn unwrap_panic<T, E>(came: Came<T, E>) -> Result<T, E> {
    came.unwrap_or_else(|panic| resume_unwind(panic))
}

impl Handle {
    fn surroundings(&self, is_writing: bool, isolation: Isolation) -> Surroundings {
        let Shared { clock, rng, stamps, .. } = &*self.shared;
        Surroundings { home: self.home, clock: clock.clone(), rng: rng.clone(), is_writing, isolation, stamps: Arc::clone(stamps) }
    }

    pub(crate) async fn read<T, E>(&self, work: impl FnOnce(&mut Tx<'_>) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let permit = self.shared.room(self.home, false).await?;
        let handle = self.clone();
        let done = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            handle.read_now(work)
        });
        unwrap_panic(done.await.map_err(tokio::task::JoinError::into_panic))
    }

    pub(crate) async fn write<T, E>(&self, work: impl FnMut(&mut Tx<'_>) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        match &self.shared.backend {
            Backend::Sqlite(_) => {
                let answer = self.order(work)?;
                unwrap_panic(answer.await.map_err(|_| closed())?)
            }
            Backend::Postgres(_) => {
                let permit = self.shared.room(self.home, true).await?;
                let handle = self.clone();
                let done = tokio::task::spawn_blocking(move || {
                    let _permit = permit;
                    handle.write_now(work)
                });
                unwrap_panic(done.await.map_err(tokio::task::JoinError::into_panic))
            }
        }
    }

    pub(crate) fn read_now<T, E: From<StoreError>>(&self, work: impl FnOnce(&mut Tx<'_>) -> Result<T, E>) -> Result<T, E> {
        let surroundings = self.surroundings(false, Isolation::Snapshot);
        match &self.shared.backend {
            Backend::Sqlite(sqlite) => sqlite.read(&surroundings, work),
            Backend::Postgres(postgres) => postgres.read(&surroundings, work),
        }
    }

    pub(crate) fn write_now<T, E>(&self, work: impl FnMut(&mut Tx<'_>) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.write_isolated(Isolation::Snapshot, work)
    }

    /// As `write_now`, for counters and upserts that everybody wants at once: waits for others instead of running again.
    pub(crate) fn write_waiting<T, E>(&self, work: impl FnMut(&mut Tx<'_>) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.write_isolated(Isolation::Waiting, work)
    }

    fn write_isolated<T, E>(&self, isolation: Isolation, work: impl FnMut(&mut Tx<'_>) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        match &self.shared.backend {
            Backend::Sqlite(_) => unwrap_panic(wait(self.order(work)?).map_err(|_| closed())?),
            Backend::Postgres(postgres) => postgres.write(&self.shared, &self.surroundings(true, isolation), work),
        }
    }

    pub(crate) async fn compact(&self) -> Result<Compacted, StoreError> {
        match &self.shared.backend {
            Backend::Sqlite(sqlite) => {
                sqlite.compact(self.home)?.await.map_err(|_| closed())??;
                Ok(Compacted::Files)
            }
            Backend::Postgres(_) => Ok(Compacted::LeftToServer),
        }
    }

    /// Queues a closure for its writer.
    fn order<T, E>(
        &self,
        work: impl FnMut(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<oneshot::Receiver<Came<T, E>>, StoreError>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let Backend::Sqlite(sqlite) = &self.shared.backend else {
            return Err(StoreError::Misuse("only the embedded engine has writers".into()));
        };
        let (answer, answered) = oneshot::channel();
        let work = Box::new(Closure { work, came: None, answer });
        sqlite.send(
            self.home,
            Order::Write { surroundings: self.surroundings(true, Isolation::Snapshot), work, shared: Arc::clone(&self.shared) },
        )?;
        Ok(answered)
    }
}

struct Closure<F, T, E> {
    work: F,
    came: Option<Came<T, E>>,
    answer: oneshot::Sender<Came<T, E>>,
}

impl<F, T, E> Work for Closure<F, T, E>
where
    F: FnMut(&mut Tx<'_>) -> Result<T, E> + Send,
    T: Send,
    E: From<StoreError> + Send,
{
    fn run(&mut self, tx: &mut Tx<'_>) -> bool {
        let mut came = catch_unwind(AssertUnwindSafe(|| {
            let value = (self.work)(tx)?;
            if !tx.has_failed() {
                tx.put_stamps()?;
            }
            Ok(value)
        }));
        if tx.has_failed() && matches!(came, Ok(Ok(_))) {
            came = Ok(Err(StoreError::Aborted.into()));
        }
        let stays = matches!(came, Ok(Ok(_)));
        self.came = Some(came);
        stays
    }

    fn finish(self: Box<Self>, committed: Result<(), StoreError>) {
        let came = match committed {
            Ok(()) => self.came.unwrap_or_else(|| Ok(Err(closed().into()))),
            Err(error) => Ok(Err(error.into())),
        };
        // Who asked may have gone away: what was committed stays.
        let _ = self.answer.send(came);
    }
}
