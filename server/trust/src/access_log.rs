//! The access log: what was asked of the server, without anybody's name.
//!
//! A request arrives, is answered, and [`AccessLog::note`] is told of it on the same thread. There and then the address, the
//! user and the client's description become pseudonyms under the key of the day (`day_keys`); what waits in memory,
//! is stored or can be read holds nothing else of them. Each second a worker writes what waits as one sealed segment
//! ([`AccessLog::flush`]), and once an hour it destroys the keys of days past their retention, then deletes their records
//! ([`AccessLog::expire`]).
//!
//! No request ever waits for the log. What comes when [`WAITING_RECORDS_MAX`] wait, or before the key of its day is there
//! (the worker makes it an hour ahead), is counted, and the count is stored and said.
//!
//! - [`record`]: what is kept of a request. [`read`]: reading it back. `expire`: its end.

mod expire;
pub mod read;
pub mod record;

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use kernel::Timestamp;
use seal::xaes;
use store::{StoreError, Stores, Tx, params};
use web::Accessed;

pub use self::expire::ExpiredDay;
pub use self::read::{AccessLogError, AccessPage, AccessQuery, DayInLog};
pub use self::record::AccessRecord;
use crate::day::Day;
use crate::day_keys::{DayKey, DayKeys, Pseudonym, SegmentPlace};
use crate::store as sql;
use crate::{Trust, TrustError};

/// For how many days records are kept where nobody says otherwise.
pub const RETENTION_DAYS_DEFAULT: u16 = 30;
/// The fewest days for which they can be kept.
pub const RETENTION_DAYS_MIN: u16 = 1;
/// The most days for which they can be kept.
pub const RETENTION_DAYS_MAX: u16 = 400;
/// Most records that wait in memory to be stored.
pub const WAITING_RECORDS_MAX: usize = 65_536;
/// Most records of one segment.
pub const SEGMENT_RECORDS_MAX: usize = 4_096;
/// How long before a day begins its key is made.
const KEY_AHEAD: Duration = Duration::from_secs(3_600);
/// How hard segments are packed: the fastest, as a server under load writes several each second.
const PACKING_LEVEL: i32 = 1;

/// The access log of an installation. Cloning shares it.
#[derive(Clone)]
pub struct AccessLog(Arc<Inner>);

struct Inner {
    stores: Stores,
    trust: Trust,
    keys: DayKeys,
    retention_days: u16,
    waiting: Mutex<Waiting>,
}

/// What is not stored yet.
#[derive(Default)]
struct Waiting {
    records: Vec<(Day, AccessRecord)>,
    dropped: u64,
}

/// Records that are stored together.
struct Segment {
    day: Day,
    key: Arc<DayKey>,
    records: Vec<AccessRecord>,
    dropped: u64,
}

/// A segment as it is stored.
struct SealedSegment {
    day: Day,
    number: i64,
    first_at: Timestamp,
    records: i64,
    dropped: i64,
    sealed: Vec<u8>,
}

impl AccessLog {
    /// The log of these stores, whose records are kept for so many days: from [`RETENTION_DAYS_MIN`] to
    /// [`RETENTION_DAYS_MAX`], which the caller has seen to.
    #[must_use]
    pub fn new(stores: &Stores, trust: &Trust, retention_days: u16) -> Self {
        let keys = DayKeys::new(stores.keyring().clone(), trust.root());
        Self(Arc::new(Inner { stores: stores.clone(), trust: trust.clone(), keys, retention_days, waiting: Mutex::default() }))
    }

    /// For how many days records are kept.
    #[must_use]
    pub fn retention_days(&self) -> u16 {
        self.0.retention_days
    }

    /// Takes note of a request. Neither blocks nor waits, and keeps nothing of it that names anybody.
    pub fn note(&self, accessed: &Accessed<'_>) {
        let day = Day::of(accessed.at);
        let record = self.0.keys.held(day).map(|key| AccessRecord::of(accessed, &key));
        let mut waiting = self.waiting();
        match record {
            Some(record) if waiting.records.len() < WAITING_RECORDS_MAX => waiting.records.push((day, record)),
            _ => waiting.dropped += 1,
        }
    }

    /// The pseudonym of an address on the day of a moment, as the log has it; none where that day's key is not in memory.
    #[must_use]
    pub fn pseudonym_of_peer(&self, at: Timestamp, address: IpAddr) -> Option<Pseudonym> {
        self.0.keys.held(Day::of(at)).map(|key| record::peer_pseudonym(&key, address))
    }

    /// Makes the keys that requests need soon: today's, and tomorrow's from an hour before midnight on.
    ///
    /// # Errors
    /// The store's.
    pub async fn prepare(&self) -> Result<(), TrustError> {
        let now = self.0.stores.clock().now();
        for day in [Day::of(now), Day::of(now.plus(KEY_AHEAD))] {
            self.0.keys.ensure(day).await?;
        }
        Ok(())
    }

    /// Stores what waits, and makes the keys that are needed soon: how many records were stored.
    ///
    /// # Errors
    /// The store's. What could not be stored waits on, as far as there is room.
    pub async fn flush(&self) -> Result<usize, TrustError> {
        self.prepare().await?;
        let Waiting { records, dropped } = std::mem::take(&mut *self.waiting());
        if records.is_empty() && dropped == 0 {
            return Ok(0);
        }
        if dropped > 0 {
            tracing::warn!(dropped, "requests are not in the access log: more came than can wait to be stored");
        }
        let stored = records.len();
        let segments = match self.segments(records, dropped).await {
            Ok(segments) => Arc::new(segments),
            Err((error, waiting)) => return Err(self.keep_waiting(waiting, error)),
        };
        match self.store(&segments).await {
            Ok(()) => Ok(stored),
            Err(error) => {
                let records = segments.iter().flat_map(|segment| segment.records.iter().map(|record| (segment.day, record.clone())));
                Err(self.keep_waiting(Waiting { records: records.collect(), dropped }, error))
            }
        }
    }

    /// Packs and seals segments, then stores them: whoever else writes waits for neither.
    async fn store(&self, segments: &Arc<Vec<Segment>>) -> Result<(), StoreError> {
        let (log, segments) = (self.clone(), Arc::clone(segments));
        let seal = move || segments.iter().map(|segment| log.seal(segment)).collect::<Result<Vec<_>, _>>();
        let sealed =
            tokio::task::spawn_blocking(seal).await.map_err(|_broke_off| StoreError::Unavailable("sealing broke off".into()))??;
        self.0.stores.system().write(move |tx| sealed.iter().try_for_each(|row| insert(tx, row))).await
    }

    fn seal(&self, segment: &Segment) -> Result<SealedSegment, StoreError> {
        let (rng, clock) = (self.0.stores.rng(), self.0.stores.clock());
        let number = rng.bits().cast_signed() & i64::MAX;
        let packed = record::pack(&segment.records, PACKING_LEVEL)?;
        let nonce: [u8; xaes::NONCE_BYTES] = rng.bytes();
        Ok(SealedSegment {
            day: segment.day,
            number,
            first_at: segment.records.first().map_or_else(|| clock.now(), |record| record.at),
            records: segment.records.len() as i64,
            dropped: segment.dropped.cast_signed(),
            sealed: segment.key.seal(nonce, SegmentPlace { day: segment.day, segment: number }, &packed),
        })
    }

    /// The records by their days, in segments of bounded size; the count of those that were dropped goes with today's.
    async fn segments(&self, records: Vec<(Day, AccessRecord)>, dropped: u64) -> Result<Vec<Segment>, (StoreError, Waiting)> {
        let mut by_day: BTreeMap<Day, Vec<AccessRecord>> = BTreeMap::new();
        for (day, record) in records {
            by_day.entry(day).or_default().push(record);
        }
        let today = Day::of(self.0.stores.clock().now());
        if dropped > 0 {
            by_day.entry(today).or_default();
        }
        let mut segments = Vec::new();
        let mut days = by_day.into_iter();
        while let Some((day, records)) = days.next() {
            let key = match self.0.keys.ensure(day).await {
                Ok(key) => key,
                Err(error) => {
                    let done =
                        segments.into_iter().flat_map(|Segment { day, records, .. }| records.into_iter().map(move |record| (day, record)));
                    let left = std::iter::once((day, records)).chain(days);
                    let left = left.flat_map(|(day, records)| records.into_iter().map(move |record| (day, record)));
                    return Err((error, Waiting { records: done.chain(left).collect(), dropped }));
                }
            };
            let mut dropped = if day == today { dropped } else { 0 };
            let mut rest = records;
            loop {
                let later = rest.split_off(rest.len().min(SEGMENT_RECORDS_MAX));
                segments.push(Segment { day, key: Arc::clone(&key), records: rest, dropped: std::mem::take(&mut dropped) });
                if later.is_empty() {
                    break;
                }
                rest = later;
            }
        }
        Ok(segments)
    }

    /// Puts back what was not stored, before what has come meanwhile; what has no room is dropped.
    fn keep_waiting(&self, unstored: Waiting, error: StoreError) -> TrustError {
        let mut waiting = self.waiting();
        let later = std::mem::replace(&mut *waiting, unstored);
        waiting.dropped += later.dropped;
        waiting.records.extend(later.records);
        let too_many = waiting.records.len().saturating_sub(WAITING_RECORDS_MAX);
        waiting.records.truncate(WAITING_RECORDS_MAX);
        waiting.dropped += too_many as u64;
        error.into()
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn insert(tx: &mut Tx<'_>, row: &SealedSegment) -> Result<(), StoreError> {
    let sealed = row.sealed.as_slice();
    tx.execute(&sql::INSERT_SEGMENT, &params![row.day.number(), row.number, row.first_at, row.records, row.dropped, sealed])?;
    Ok(())
}

impl std::fmt::Debug for AccessLog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AccessLog")
    }
}
