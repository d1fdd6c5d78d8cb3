//! Leased background work of the instance.

use std::time::Duration;

use kernel::JobId;
use wire::Timestamp;

use crate::StoreError;
use crate::handle::Db;
use crate::tx::Tx;

/// A job that this process holds for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// What to do.
    pub kind: &'static str,
    /// With what: ids and settings, never names or secrets.
    pub payload: String,
    /// How often it was taken, this time included.
    pub attempts: i64,
    pub(crate) generation: i64,
}

/// The queue.
#[derive(Clone, Debug)]
pub struct Jobs {
    system: Db,
}

impl Jobs {
    pub(crate) fn new(system: Db) -> Self {
        Self { system }
    }

    /// Adds a job in a transaction of the system store; it is due at once.
    ///
    /// # Errors
    /// As [`Tx::execute`].
    pub fn enqueue(&self, tx: &mut Tx<'_>, kind: &'static str, payload: &str) -> Result<JobId, StoreError> {
        let _ = (tx, kind, payload);
        Err(StoreError::Unavailable("jobs come with the next commit".into()))
    }

    /// Takes the job of a kind that is due for longest; it is this process's until the time to live has passed.
    ///
    /// # Errors
    /// As [`Db::write`].
    pub async fn lease(&self, kind: &'static str, ttl: Duration) -> Result<Option<Job>, StoreError> {
        let _ = (&self.system, kind, ttl);
        Ok(None)
    }

    /// The job is done.
    ///
    /// # Errors
    /// As [`Db::write`]; [`StoreError::NotOwner`] where the lease ran out and another has the job.
    pub async fn complete(&self, job: Job) -> Result<(), StoreError> {
        let _ = job;
        Ok(())
    }

    /// The job failed; it is due again at a time.
    ///
    /// # Errors
    /// As [`Jobs::complete`].
    pub async fn fail(&self, job: Job, retry_at: Timestamp) -> Result<(), StoreError> {
        let _ = (job, retry_at);
        Ok(())
    }
}
