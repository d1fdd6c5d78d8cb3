//! What every handle of one opened store shares.

use std::sync::Arc;
use std::time::Duration;

use kernel::{Clock, Rng};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::StoreError;
use crate::announce::Announcer;
use crate::handle::Handle;
use crate::home::Home;
use crate::postgres::Postgres;
use crate::sqlite::Sqlite;
use crate::stamps::Stamps;

/// How long a transaction waits for its turn before it is refused.
const TURN_WAIT_MAX: Duration = Duration::from_secs(10);

pub(crate) enum Backend {
    Sqlite(Box<Sqlite>),
    Postgres(Box<Postgres>),
}

pub(crate) struct Shared {
    pub(crate) backend: Backend,
    pub(crate) clock: Clock,
    pub(crate) rng: Rng,
    pub(crate) announcer: Announcer,
    pub(crate) stamps: Arc<Stamps>,
    /// Bounds the threads that transactions hold.
    pub(crate) turns: Arc<Semaphore>,
}

impl Shared {
    /// Waits for a turn on a blocking thread.
    pub(crate) async fn room(&self, home: Home, is_writing: bool) -> Result<OwnedSemaphorePermit, StoreError> {
        let turns = match &self.backend {
            Backend::Sqlite(_) => Arc::clone(&self.turns),
            Backend::Postgres(postgres) => postgres.turns(home.kind(), is_writing),
        };
        tokio::time::timeout(TURN_WAIT_MAX, turns.acquire_owned())
            .await
            .map_err(|_| StoreError::Busy("too many transactions are waiting"))?
            .map_err(|_| StoreError::Unavailable("the store is closed".into()))
    }

    pub(crate) fn handle(self: &Arc<Self>, home: Home) -> Handle {
        Handle { shared: Arc::clone(self), home }
    }
}
