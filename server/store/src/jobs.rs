//! Leased background work of the instance. A job that a process took and never finished comes back when its time to
//! live has passed; so work may run twice, and must bear it.

use std::time::Duration;

use kernel::JobId;
use wire::Timestamp;

use crate::handle::Db;
use crate::store::{DELETE_JOB, INSERT_JOB, NEXT_JOB, POSTPONE_JOB, TAKE_JOB};
use crate::tx::Tx;
use crate::{StoreError, params};

/// Longest payload of a job, in bytes.
pub const JOB_PAYLOAD_BYTES_MAX: usize = 16 * 1024;

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

fn generation(tx: &Tx<'_>) -> i64 {
    (tx.rng().bits() >> 1).cast_signed()
}

impl Jobs {
    pub(crate) fn new(system: Db) -> Self {
        Self { system }
    }

    /// Adds a job in a transaction of the system store; it is due at once.
    ///
    /// # Errors
    /// [`StoreError::TooLarge`] past [`JOB_PAYLOAD_BYTES_MAX`]; else as [`Tx::execute`].
    pub fn enqueue(&self, tx: &mut Tx<'_>, kind: &'static str, payload: &str) -> Result<JobId, StoreError> {
        if payload.len() > JOB_PAYLOAD_BYTES_MAX {
            return Err(StoreError::TooLarge { what: "a job's payload in bytes", limit: JOB_PAYLOAD_BYTES_MAX as u64 });
        }
        let id = JobId::from_random(tx.rng().bits());
        let (now, generation) = (tx.now(), generation(tx));
        tx.execute(&INSERT_JOB, &params![id, kind, payload, now, generation])?;
        Ok(id)
    }

    /// Takes the job of a kind that is due for longest; it is this process's until the time to live has passed.
    ///
    /// # Errors
    /// As [`Db::write`].
    pub async fn lease(&self, kind: &'static str, ttl: Duration) -> Result<Option<Job>, StoreError> {
        self.system
            .write(move |tx| {
                let now = tx.now();
                let Some(row) = tx.query_optional(&NEXT_JOB, &params![kind, now])? else { return Ok(None) };
                let (id, attempts, seen): (JobId, i64, i64) = (row.get(0)?, row.get(2)?, row.get(3)?);
                let generation = generation(tx);
                let taken = tx.execute(&TAKE_JOB, &params![id, seen, now.plus(ttl), generation])?;
                let job = Job { id, kind, payload: row.get(1)?, attempts: attempts + 1, generation };
                Ok((taken == 1).then_some(job))
            })
            .await
    }

    /// The job is done.
    ///
    /// # Errors
    /// As [`Db::write`]; [`StoreError::NotOwner`] where the lease ran out and another took the job.
    pub async fn complete(&self, job: Job) -> Result<(), StoreError> {
        self.system.write(move |tx| still_held(tx.execute(&DELETE_JOB, &params![job.id, job.generation])?)).await
    }

    /// The job failed; it is due again at a time.
    ///
    /// # Errors
    /// As [`Jobs::complete`].
    pub async fn fail(&self, job: Job, retry_at: Timestamp) -> Result<(), StoreError> {
        self.system
            .write(move |tx| {
                let generation = generation(tx);
                still_held(tx.execute(&POSTPONE_JOB, &params![job.id, job.generation, retry_at, generation])?)
            })
            .await
    }
}

const fn still_held(changed: u64) -> Result<(), StoreError> {
    if changed == 1 { Ok(()) } else { Err(StoreError::NotOwner) }
}
