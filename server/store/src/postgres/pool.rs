//! A small pool of connections of the runtime role, for one store.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use tokio_postgres::{Client, Config, NoTls};

use crate::StoreError;
use crate::parked::wait;
use crate::postgres::failure::failure;
use crate::postgres::session::Connection;

/// How long a connection may take to be made.
pub(crate) const CONNECT_TIME_MAX: Duration = Duration::from_secs(10);

/// Settings of every connection of the runtime role. `pg_temp` last: a temporary table never stands in for one of ours.
const SETTINGS: &str = "SET statement_timeout = '60s'; SET lock_timeout = '10s'; SET idle_in_transaction_session_timeout = '60s'; \
    SET row_security = on; SET client_min_messages = warning; SET standard_conforming_strings = on";

/// The pool.
pub(crate) struct Pool {
    runtime: Handle,
    config: Config,
    schema: &'static str,
    idle: Mutex<Vec<Connection>>,
    idle_max: usize,
    pub(crate) turns: Arc<Semaphore>,
}

impl Pool {
    /// A pool of at most `size` transactions at once; no connection is made yet.
    pub(crate) fn new(runtime: Handle, config: Config, schema: &'static str, size: usize) -> Self {
        Self { runtime, config, schema, idle: Mutex::default(), idle_max: size, turns: Arc::new(Semaphore::new(size)) }
    }

    /// A connection: the one used last, whose caches are warm, or a new one.
    pub(crate) fn take(&self) -> Result<Connection, StoreError> {
        while let Some(connection) = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop() {
            if !connection.is_closed() {
                return Ok(connection);
            }
        }
        let client = connect(&self.runtime, &self.config)?;
        let settings = format!("{SETTINGS}; SET search_path = {}, pg_temp", self.schema);
        wait(client.batch_execute(&settings)).map_err(|error| failure("preparing a connection", &error))?;
        Ok(Connection::new(client))
    }

    pub(crate) fn give_back(&self, connection: Connection) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < self.idle_max && !connection.is_closed() {
            idle.push(connection);
        }
    }

    pub(crate) fn close(&self) {
        self.turns.close();
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

/// Connects; the connection is driven by the runtime, the client may be used from any thread.
pub(crate) fn connect(runtime: &Handle, config: &Config) -> Result<Client, StoreError> {
    let config = config.clone();
    let driver = runtime.clone();
    let connecting = runtime.spawn(async move {
        let connected = tokio::time::timeout(CONNECT_TIME_MAX, config.connect(NoTls)).await;
        let (client, connection) = connected.map_err(|_| StoreError::Unavailable("PostgreSQL does not answer".into()))?.map_err(refused)?;
        driver.spawn(async move {
            if let Err(error) = connection.await {
                tracing::warn!(reason = %failure("driving a connection", &error), "a connection to PostgreSQL broke");
            }
        });
        Ok(client)
    });
    wait(connecting).map_err(|_| StoreError::Unavailable("the store is closed".into()))?
}

fn refused(error: tokio_postgres::Error) -> StoreError {
    match error.as_db_error() {
        Some(reason) if reason.code().code().starts_with("28") || reason.code().code().starts_with("3D") => {
            StoreError::Setup(format!("PostgreSQL refuses the connection: {}", reason.message()))
        }
        Some(_) => failure("connecting", &error),
        None => {
            let cause = std::error::Error::source(&error).map_or_else(String::new, |cause| format!(": {cause}"));
            StoreError::Unavailable(format!("PostgreSQL cannot be reached ({error}{cause})"))
        }
    }
}
