//! An erasure as it is stored.

use std::collections::BTreeMap;

use kernel::{ErasureId, LeafId, Subject, TenantId, Timestamp};
use serde::{Deserialize, Serialize};
use store::{Row, StoreError};

/// How far an erasure is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Its delay is not over.
    Waiting,
    /// It has begun, and cannot be called off.
    Running,
    /// It is done.
    Done,
    /// It was called off.
    Cancelled,
}

impl State {
    /// The text form.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Done => "done",
            Self::Cancelled => "cancelled",
        }
    }

    fn from_text(text: &str) -> Option<Self> {
        [Self::Waiting, Self::Running, Self::Done, Self::Cancelled].into_iter().find(|state| state.text() == text)
    }
}

/// An erasure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Erasure {
    /// Its id.
    pub id: ErasureId,
    /// Whose data.
    pub subject: Subject,
    /// How far it is.
    pub state: State,
    /// When it was asked for.
    pub requested_at: Timestamp,
    /// When it begins unless it is called off.
    pub due_at: Timestamp,
    /// By when it must be done.
    pub deadline_at: Timestamp,
    /// Kind and number of who asked for it.
    pub requested_by: (String, Option<i64>),
    /// When it began.
    pub begun_at: Option<Timestamp>,
    /// When it was done, or called off.
    pub finished_at: Option<Timestamp>,
    /// When it was told that it is late.
    pub alarmed_at: Option<Timestamp>,
    /// What is known so far.
    pub progress: Progress,
    /// Why the last attempt did not get on.
    pub failure: Option<String>,
}

/// What later steps, and the receipt, must know of earlier ones; noted before what it tells of is destroyed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Progress {
    /// Rows by table, as counted before they were deleted.
    pub rows: BTreeMap<String, u64>,
    /// Digests of the keys, in hexadecimal.
    pub keys: Vec<String>,
    /// Of a tenant: how many keys its devices and users had.
    pub other_keys: u64,
    /// Of a tenant: SHA-256 over the digests of those, in hexadecimal.
    pub digest_of_other_keys: Option<String>,
    /// The epoch that wrapped them.
    pub epoch_before: Option<i64>,
    /// The epoch that came after it; none for a tenant, whose epochs all end.
    pub epoch_after: Option<i64>,
    /// A text sealed under the key before it was destroyed, in hexadecimal.
    pub marker: Option<String>,
    /// When the key was destroyed, in microseconds.
    pub key_destroyed_at: Option<i64>,
    /// The leaf that holds the receipt.
    pub receipt: Option<i64>,
}

impl Erasure {
    pub(super) fn of(row: &Row) -> Result<Self, StoreError> {
        let broken = || StoreError::Corrupt("an erasure's row".into());
        let tenant: TenantId = row.get(1)?;
        let progress: String = row.get(13)?;
        Ok(Self {
            id: row.get(0)?,
            subject: Subject::of(tenant, &row.get::<String>(2)?, row.get(3)?).ok_or_else(broken)?,
            state: State::from_text(&row.get::<String>(4)?).ok_or_else(broken)?,
            requested_at: row.get(5)?,
            due_at: row.get(6)?,
            deadline_at: row.get(7)?,
            requested_by: (row.get(8)?, row.get(9)?),
            begun_at: row.get(10)?,
            finished_at: row.get(11)?,
            alarmed_at: row.get(12)?,
            progress: serde_json::from_str(&progress).map_err(|_| broken())?,
            failure: row.get(14)?,
        })
    }

    /// The leaf that holds the receipt, once it is done: of the tenant's ledger, or of the instance's where the tenant is gone.
    #[must_use]
    pub fn receipt(&self) -> Option<LeafId> {
        self.progress.receipt.and_then(LeafId::from_number)
    }
}
