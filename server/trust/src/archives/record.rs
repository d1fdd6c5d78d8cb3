//! An export that was asked for, as it is stored.

use kernel::{ExportId, KeyRef, KeyRing, Place, Subject, TenantId, Timestamp, UserId};
use serde::{Deserialize, Serialize};
use store::{Row, StoreError};

use crate::data_map::place;

/// How far an export is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Its turn has not come.
    Waiting,
    /// It is being made.
    Running,
    /// It can be fetched.
    Ready,
    /// Its time to be fetched is over.
    Expired,
    /// Somebody ended it before.
    Cancelled,
    /// It ended because something in it was erased.
    Erased,
    /// It could not be made.
    Failed,
    /// It has more bytes than are stored of one.
    TooLarge,
    /// The disk that it is written to has too little room.
    NoRoom,
}

impl State {
    const ALL: [Self; 9] = [
        Self::Waiting,
        Self::Running,
        Self::Ready,
        Self::Expired,
        Self::Cancelled,
        Self::Erased,
        Self::Failed,
        Self::TooLarge,
        Self::NoRoom,
    ];

    /// The text form.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Ready => "ready",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
            Self::Erased => "erased",
            Self::Failed => "failed",
            Self::TooLarge => "too-large",
            Self::NoRoom => "no-room",
        }
    }

    fn from_text(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.text() == text)
    }

    /// Whether nothing of it is there any more, or ever will be.
    #[must_use]
    pub const fn is_over(self) -> bool {
        !matches!(self, Self::Waiting | Self::Running | Self::Ready)
    }
}

/// How much is in it, or was written so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Amount {
    /// Tables.
    pub tables: u64,
    /// Rows.
    pub rows: u64,
    /// Bytes of these rows.
    pub bytes: u64,
}

/// What whoever fetched it compares it with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// The digest of its files.
    pub digest: String,
    /// The key that signed its manifest.
    pub key: String,
    /// Values that did not open, so that nobody erases what they are of on the strength of it.
    pub altered_values: u64,
}

/// An export that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Archive {
    /// Its id.
    pub id: ExportId,
    /// Whose data.
    pub subject: Subject,
    /// Who asked for it.
    pub user: UserId,
    /// How far it is.
    pub state: State,
    /// When it was asked for.
    pub requested_at: Timestamp,
    /// How often it was begun.
    pub attempts: i64,
    /// When it can be fetched no more.
    pub expires_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// How much is in it.
    pub amount: Amount,
    /// Length of the archive, in bytes.
    pub size_bytes: Option<u64>,
    /// What it is compared with, while it can be fetched.
    pub facts: Option<Facts>,
}

impl Archive {
    pub(super) fn of(row: &Row, keys: &dyn KeyRing) -> Result<Self, StoreError> {
        let broken = || StoreError::Corrupt("an export's row".into());
        let (id, tenant): (ExportId, TenantId) = (row.get(0)?, row.get(1)?);
        let facts: Option<Vec<u8>> = row.get(14)?;
        let opened = facts.map(|sealed| keys.open(KeyRef::Tenant(tenant), facts_place(id), &sealed)).transpose()?;
        Ok(Self {
            id,
            subject: Subject::of(tenant, &row.get::<String>(2)?, row.get(3)?).ok_or_else(broken)?,
            user: row.get(4)?,
            state: State::from_text(&row.get::<String>(5)?).ok_or_else(broken)?,
            requested_at: row.get(6)?,
            attempts: row.get(7)?,
            expires_at: row.get(8)?,
            ended_at: row.get(9)?,
            amount: Amount { tables: row.get(10)?, rows: row.get(11)?, bytes: row.get(12)? },
            size_bytes: row.get(13)?,
            facts: opened.map(|facts| serde_json::from_slice(&facts)).transpose().map_err(|_| broken())?,
        })
    }

    /// Whether it can be fetched now: what the clock says, whatever the sweeper has come to.
    #[must_use]
    pub fn is_fetchable(&self, now: Timestamp) -> bool {
        self.state == State::Ready && self.expires_at.is_some_and(|expires_at| now < expires_at)
    }

    /// How it stands now: one whose time is over has expired, even where its bytes are not removed yet.
    #[must_use]
    pub fn state_at(&self, now: Timestamp) -> State {
        if self.state == State::Ready && !self.is_fetchable(now) { State::Expired } else { self.state }
    }
}

pub(super) fn facts_place(export: ExportId) -> Place {
    Place { table: place::EXPORT_ARCHIVE, column: place::EXPORT_FACTS, row: export.number() }
}
