//! The embedded engine: one SQLite file per store and per tenant.

mod open;
mod readers;
mod recent;
pub(crate) mod session;
pub(crate) mod whole;
mod writer;

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use kernel::Clock;
use rusqlite::Connection;
use tokio::sync::oneshot;

use self::open::Opener;
pub(crate) use self::readers::READS_AT_ONCE;
use self::readers::Readers;
use self::session::failure;
use self::writer::Writers;
pub(crate) use self::writer::{Order, Work, closed};
use crate::StoreError;
use crate::home::Home;
use crate::parked::wait;
use crate::plan::Plans;
use crate::tx::{Session, Surroundings, Tx};

/// The engine.
#[derive(Debug)]
pub(crate) struct Sqlite {
    opener: Arc<Opener>,
    writers: Writers,
    readers: Readers,
    /// Held as long as the store is open, so that two processes never share a data folder.
    lock: Mutex<Option<std::fs::File>>,
}

impl Sqlite {
    /// Opens the data folder: makes it where there is none, takes its lock, starts the writers, migrates the node-wide files.
    pub(crate) fn open(data: &Path, plans: Arc<Plans>, clock: Clock) -> Result<Self, StoreError> {
        make_private_folder(data)?;
        make_private_folder(&data.join("tenants"))?;
        let lock = lock(data)?;
        let opener = Arc::new(Opener { data: data.to_owned(), plans, clock });
        let writers = Writers::start(&opener)?;
        let engine = Self { opener, writers, readers: Readers::default(), lock: Mutex::new(Some(lock)) };
        for home in Home::NODE_WIDE {
            engine.create(home)?;
        }
        Ok(engine)
    }

    pub(crate) fn send(&self, home: Home, order: Order) -> Result<(), StoreError> {
        self.writers.send(home, order)
    }

    /// Makes a home's file where there is none; migrates it.
    pub(crate) fn create(&self, home: Home) -> Result<(), StoreError> {
        self.open_by_writer(home, true)
    }

    /// Migrates a home's file where needed.
    pub(crate) fn migrate(&self, home: Home) -> Result<(), StoreError> {
        self.open_by_writer(home, false)
    }

    /// Leaves nothing in the write-ahead log of a home's file.
    pub(crate) fn compact(&self, home: Home) -> Result<oneshot::Receiver<Result<(), StoreError>>, StoreError> {
        let (answer, answered) = oneshot::channel();
        self.writers.send(home, Order::Compact { home, answer })?;
        Ok(answered)
    }

    /// Removes a home's file, its bytes written over. A transaction that reads it meanwhile may find zeros where rows were.
    pub(crate) fn remove(&self, home: Home) -> Result<(), StoreError> {
        let (answer, answered) = oneshot::channel();
        self.writers.send(home, Order::Remove { home, answer })?;
        let removed = wait(answered).map_err(|_| closed())?;
        self.readers.forget(home);
        removed
    }

    fn open_by_writer(&self, home: Home, create: bool) -> Result<(), StoreError> {
        let (answer, answered) = oneshot::channel();
        self.writers.send(home, Order::Open { home, create, answer })?;
        wait(answered).map_err(|_| closed())?
    }

    /// Runs a closure that reads, on this thread.
    pub(crate) fn read<T, E: From<StoreError>>(
        &self,
        surroundings: &Surroundings,
        work: impl FnOnce(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let home = surroundings.home;
        let connection = self.reader(home)?;
        let begin = |sql: &'static str| connection.prepare_cached(sql).and_then(|mut statement| statement.execute([]));
        begin("BEGIN").map_err(|error| failure("beginning to read", &error))?;
        let result = {
            let mut tx = Tx::new(Session::Sqlite(&connection), surroundings);
            work(&mut tx)
        };
        // A connection that cannot end its transaction is closed instead of pooled.
        if begin("COMMIT").is_ok() {
            self.readers.give_back(home, connection);
        }
        result
    }

    fn reader(&self, home: Home) -> Result<Connection, StoreError> {
        if let Ok(connection) = self.readers.take(&self.opener, home)? {
            return Ok(connection);
        }
        self.migrate(home)?;
        self.readers.take(&self.opener, home)?.map_err(|_| StoreError::Corrupt("a file that was just migrated is not migrated".into()))
    }

    /// Finishes what waits and closes every file.
    pub(crate) fn close(&self) {
        self.readers.end();
        self.writers.end();
        self.lock.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}

/// Only the program's own user may look into the data folder.
fn make_private_folder(folder: &Path) -> Result<(), StoreError> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(|error| StoreError::Setup(format!("the folder {} cannot be made: {error}", folder.display())))
}

fn lock(data: &Path) -> Result<std::fs::File, StoreError> {
    let path = data.join("lock");
    let file = std::fs::OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(|error| StoreError::Setup(format!("the file {} cannot be opened: {error}", path.display())))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => {
            Err(StoreError::Setup(format!("the data folder {} is in use by another purser", data.display())))
        }
        Err(std::fs::TryLockError::Error(error)) => {
            Err(StoreError::Setup(format!("the file {} cannot be locked: {error}", path.display())))
        }
    }
}
