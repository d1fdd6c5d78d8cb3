//! A small pool of connections of one serving role, for one store.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use tokio_postgres::Client;

use crate::StoreError;
use crate::parked::wait;
use crate::postgres::failure::failure;
use crate::postgres::reach::Reach;
use crate::postgres::session::Connection;

/// How long a connection may take to be made.
pub(crate) const CONNECT_TIME_MAX: Duration = Duration::from_secs(10);

/// Settings of every connection of a serving role. `pg_temp` last: a temporary table never stands in for one of ours.
const SETTINGS: &str = "SET statement_timeout = '60s'; SET lock_timeout = '10s'; SET idle_in_transaction_session_timeout = '60s'; \
    SET row_security = on; SET client_min_messages = warning; SET standard_conforming_strings = on";

/// How long a thread waits for a connection.
pub(crate) const PLACE_TIME_MAX: Duration = Duration::from_secs(30);

/// The pool.
pub(crate) struct Pool {
    runtime: Handle,
    reach: Reach,
    schema: &'static str,
    idle: Mutex<Vec<Connection>>,
    size: usize,
    taken: Mutex<usize>,
    freed: Condvar,
    /// Turns of asynchronous callers, so that no thread waits for each of them.
    pub(crate) turns: Arc<Semaphore>,
}

/// A place in the pool, whoever asks and however, until it is dropped.
pub(crate) struct Place<'pool>(&'pool Pool);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        *self.0.taken.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        self.0.freed.notify_one();
    }
}

impl Pool {
    /// A pool of at most `size` transactions at once; no connection is made yet.
    pub(crate) fn new(runtime: Handle, reach: Reach, schema: &'static str, size: usize) -> Self {
        let (idle, taken, freed) = (Mutex::default(), Mutex::default(), Condvar::new());
        Self { runtime, reach, schema, idle, size, taken, freed, turns: Arc::new(Semaphore::new(size)) }
    }

    /// Waits until fewer transactions run than the pool has places. A closure that waits for a store below its own holds its
    /// place meanwhile; none ever waits for a store above, so somebody always goes on.
    pub(crate) fn place(&self) -> Result<Place<'_>, StoreError> {
        let taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.freed.wait_timeout_while(taken, PLACE_TIME_MAX, |taken| *taken >= self.size);
        let (mut taken, timed_out) = waited.unwrap_or_else(PoisonError::into_inner);
        if timed_out.timed_out() {
            return Err(StoreError::Busy("every connection to PostgreSQL is taken"));
        }
        *taken += 1;
        Ok(Place(self))
    }

    /// A connection: the one used last, whose caches are warm, or a new one.
    pub(crate) fn take(&self) -> Result<Connection, StoreError> {
        while let Some(connection) = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop() {
            if !connection.is_closed() {
                return Ok(connection);
            }
        }
        let client = connect(&self.runtime, &self.reach)?;
        let settings = format!("{SETTINGS}; SET search_path = {}, pg_temp", self.schema);
        wait(client.batch_execute(&settings)).map_err(|error| failure("preparing a connection", &error))?;
        Ok(Connection::new(client))
    }

    pub(crate) fn give_back(&self, connection: Connection) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < self.size && !connection.is_closed() {
            idle.push(connection);
        }
    }

    pub(crate) fn close(&self) {
        self.turns.close();
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

/// Connects; the connection is driven by the runtime, the client may be used from any thread.
pub(crate) fn connect(runtime: &Handle, reach: &Reach) -> Result<Client, StoreError> {
    let reach = reach.clone();
    let driver = runtime.clone();
    let connecting = runtime.spawn(async move {
        let connected = tokio::time::timeout(CONNECT_TIME_MAX, reach.connect()).await;
        let (client, connection) = connected.map_err(|_| StoreError::Unavailable("PostgreSQL does not answer".into()))??;
        driver.spawn(async move {
            if let Err(error) = connection.await {
                tracing::warn!(reason = %failure("driving a connection", &error), "a connection to PostgreSQL broke");
            }
        });
        Ok(client)
    });
    wait(connecting).map_err(|_| StoreError::Unavailable("the store is closed".into()))?
}
