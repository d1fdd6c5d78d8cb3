//! Reading the access log: the host's administrator, for one day at a time. Whoever reads it leaves an entry in the
//! instance's ledger before anything is given out.

use std::net::IpAddr;

use kernel::{Actor, KeyError, TenantId, UserId};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{StoreError, Tx, params};

use super::record::{self, peer_pseudonym, unpack, user_pseudonym};
use super::{AccessLog, AccessRecord};
use crate::day::Day;
use crate::day_keys::{DayKey, DayKeyState, Pseudonym, SegmentPlace};
use crate::ledger::{LeafEntry, LeafKind, record_instance};
use crate::{TrustError, store as sql};

/// Segments that one page reads.
const PAGE_SEGMENTS: i64 = 256;
/// Records read after which a page ends with the segment that it is in.
const PAGE_RECORDS: usize = 8_192;
/// Days that are listed.
const DAYS_MAX: i64 = 1_000;

/// What of a day is wanted.
#[derive(Clone, Copy, Debug)]
pub struct AccessQuery {
    /// The day, in UTC.
    pub day: Day,
    /// Only what came from this address.
    pub peer: Option<IpAddr>,
    /// Only what this user did.
    pub user: Option<UserId>,
    /// Only what this tenant's credentials did.
    pub tenant: Option<TenantId>,
}

/// Where a page ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessCursor {
    first_at: i64,
    segment: i64,
}

/// Records of a day, the newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessPage {
    /// Those that were wanted.
    pub records: Vec<AccessRecord>,
    /// How many requests came besides, in the time that the page covers, of which there is no record.
    pub dropped: u64,
    /// Where the next page begins; absent behind the last.
    pub next: Option<AccessCursor>,
}

/// What the log has of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayInLog {
    /// The day.
    pub day: Day,
    /// How many requests.
    pub records: u64,
    /// How many requests came besides of which there is no record.
    pub dropped: u64,
    /// The day on which its key will be destroyed and its records deleted.
    pub expires: Day,
}

/// Why the access log gives nothing.
#[derive(Debug, thiserror::Error)]
pub enum AccessLogError {
    /// The key was destroyed.
    #[error("the key of {0} was destroyed at the end of its retention: nothing of that day can be read or looked up any more")]
    Destroyed(Day),
    /// There never was a key.
    #[error("the access log has nothing of {0}")]
    Nothing(Day),
    /// The keys or the store.
    #[error(transparent)]
    Trust(#[from] TrustError),
}

impl From<StoreError> for AccessLogError {
    fn from(error: StoreError) -> Self {
        Self::Trust(error.into())
    }
}

/// What is compared with a record: pseudonyms, as there are no names in it.
struct Wanted {
    peer: Option<Pseudonym>,
    actor: Option<Pseudonym>,
    tenant: Option<TenantId>,
}

impl Wanted {
    fn of(query: &AccessQuery, key: &DayKey) -> Self {
        Self {
            peer: query.peer.map(|address| peer_pseudonym(key, address)),
            actor: query.user.map(|user| user_pseudonym(key, user)),
            tenant: query.tenant,
        }
    }

    fn has(&self, record: &AccessRecord) -> bool {
        let fits = |wanted: &Option<Pseudonym>, found: &Option<Pseudonym>| wanted.is_none() || wanted == found;
        fits(&self.peer, &record.peer) && fits(&self.actor, &record.actor) && (self.tenant.is_none() || self.tenant == record.tenant)
    }
}

impl AccessLog {
    /// A page of a day's records. The first one is recorded in the instance's ledger before it is given.
    ///
    /// # Errors
    /// Every [`AccessLogError`].
    pub async fn page(&self, actor: Actor, query: AccessQuery, cursor: Option<AccessCursor>) -> Result<AccessPage, AccessLogError> {
        let day = query.day;
        let key = match self.0.keys.open(day).await {
            Ok(key) => key,
            Err(StoreError::Key(KeyError::Missing)) => return Err(self.missing(day).await?),
            Err(error) => return Err(error.into()),
        };
        // Each page: a cursor is the asker's own choice.
        self.record_reading(actor, &query).await?;
        let wanted = Wanted::of(&query, &key);
        let from = cursor.unwrap_or(AccessCursor { first_at: i64::MAX, segment: i64::MAX });
        let read = move |tx: &mut Tx<'_>| page(tx, day, &key, &wanted, from);
        Ok(self.0.stores.system().read(read).await?)
    }

    /// Every day of which the log has something, the newest first, with what will become of it.
    ///
    /// # Errors
    /// The store's.
    pub async fn days(&self) -> Result<Vec<DayInLog>, TrustError> {
        let retention_days = i64::from(self.0.retention_days);
        let read = move |tx: &mut Tx<'_>| {
            let rows = tx.query(&sql::SEGMENT_DAYS, &params![DAYS_MAX])?;
            let day = |row: &store::Row| {
                let day = Day::from_number(row.get(0)?);
                Ok(DayInLog { day, records: row.get(2)?, dropped: row.get(3)?, expires: day.plus(retention_days + 1) })
            };
            rows.iter().map(day).collect::<Result<Vec<_>, StoreError>>()
        };
        Ok(self.0.stores.system().read(read).await?)
    }

    async fn missing(&self, day: Day) -> Result<AccessLogError, AccessLogError> {
        Ok(match self.0.keys.state(day).await? {
            Some(DayKeyState::Destroyed) => AccessLogError::Destroyed(day),
            Some(DayKeyState::Usable) | None => AccessLogError::Nothing(day),
        })
    }

    /// By what it was looked for, not for whom: the entry must not say more than the log.
    async fn record_reading(&self, actor: Actor, query: &AccessQuery) -> Result<(), StoreError> {
        let by: Vec<&str> = [("peer", query.peer.is_some()), ("user", query.user.is_some()), ("tenant", query.tenant.is_some())]
            .into_iter()
            .filter_map(|(name, is_asked)| is_asked.then_some(name))
            .collect();
        let payload = json!({ "day": query.day.to_string(), "by": by });
        let (keys, entry) = (self.0.trust.keyring(), LeafEntry { kind: LeafKind::AccessLogRead, subject: None, payload });
        self.0.stores.system().write(move |tx| record_instance(tx, &*keys, actor, entry.clone()).map(|_| ())).await
    }
}

fn page(tx: &mut Tx<'_>, day: Day, key: &DayKey, wanted: &Wanted, from: AccessCursor) -> Result<AccessPage, StoreError> {
    let rows = tx.query(&sql::SEGMENTS_BELOW, &params![day.number(), from.first_at, from.segment, PAGE_SEGMENTS])?;
    let mut page = AccessPage { records: Vec::new(), dropped: 0, next: None };
    let (mut read, mut segments) = (0, 0);
    for row in &rows {
        let (segment, first_at, dropped): (i64, i64, u64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let packed = key.open(SegmentPlace { day, segment }, &row.get::<Vec<u8>>(3)?)?;
        let records: Vec<record::AccessRecord> = unpack(&packed)?;
        (read, segments) = (read + records.len(), segments + 1);
        page.dropped += dropped;
        page.records.extend(records.into_iter().rev().filter(|record| wanted.has(record)));
        page.next = Some(AccessCursor { first_at, segment });
        if read >= PAGE_RECORDS {
            break;
        }
    }
    // Whatever is behind the last segment that was read would have been among the rows.
    if segments == rows.len() && (rows.len() as i64) < PAGE_SEGMENTS {
        page.next = None;
    }
    Ok(page)
}
