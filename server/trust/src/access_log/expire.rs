//! The end of a day's records: first its key is destroyed, then what lay under it is deleted, and the instance's ledger says
//! so. What a crash leaves in between is closed already, and is deleted and told of by the next step; only of a day without a
//! single record, whose key was destroyed just before the crash, nothing is told.

use std::collections::BTreeMap;

use kernel::{Actor, SystemWork};
use seal::hex;
use serde_json::json;
use store::{StoreError, Tx, params};

use super::AccessLog;
use crate::day::Day;
use crate::ledger::{LeafEntry, LeafKind, record_instance};
use crate::{TrustError, store as sql};

/// Segments that are deleted in one transaction, so that others get their turn.
const DELETED_AT_ONCE: i64 = 500;
/// Days that one step ends.
const DAYS_AT_ONCE: i64 = 1_000;

/// A day whose records are gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExpiredDay {
    /// The day.
    pub day: Day,
    /// How many records were deleted.
    pub records: u64,
}

/// What was deleted of a day.
#[derive(Clone, Copy, Default)]
struct Deleted {
    records: u64,
    dropped: u64,
}

impl AccessLog {
    /// Ends the days that are past their retention: destroys their keys, deletes their records, says so in the ledger.
    ///
    /// # Errors
    /// The store's and the keys'. What was destroyed stays so, and the rest is done by the next step.
    pub async fn expire(&self) -> Result<Vec<ExpiredDay>, TrustError> {
        let first_kept = Day::first_kept(self.0.stores.clock().now(), self.0.retention_days);
        let destroyed = self.0.keys.destroy_before(first_kept).await?;
        if !destroyed.is_empty() {
            self.0.trust.destroyed_something().await;
        }
        let mut days: BTreeMap<Day, Option<[u8; 32]>> =
            destroyed.into_iter().map(|destroyed| (destroyed.day, Some(destroyed.commitment))).collect();
        for day in self.days_before(first_kept).await? {
            if let std::collections::btree_map::Entry::Vacant(entry) = days.entry(day) {
                entry.insert(self.0.keys.commitment(day).await?);
            }
        }
        let mut expired = Vec::with_capacity(days.len());
        for (day, commitment) in days {
            let deleted = self.delete(day, commitment).await?;
            tracing::info!(access_log.day = %day, records = deleted.records, "a day of the access log has expired");
            expired.push(ExpiredDay { day, records: deleted.records });
        }
        Ok(expired)
    }

    async fn days_before(&self, first_kept: Day) -> Result<Vec<Day>, StoreError> {
        let read = move |tx: &mut Tx<'_>| {
            let rows = tx.query(&sql::SEGMENT_DAYS_BEFORE, &params![first_kept.number(), DAYS_AT_ONCE])?;
            rows.iter().map(|row| row.get(0).map(Day::from_number)).collect()
        };
        self.0.stores.system().read(read).await
    }

    /// Some at a time; the entry of the ledger comes with the last of them.
    async fn delete(&self, day: Day, commitment: Option<[u8; 32]>) -> Result<Deleted, StoreError> {
        let mut deleted = Deleted::default();
        loop {
            let (keys, before) = (self.0.trust.keyring(), deleted);
            let step = move |tx: &mut Tx<'_>| {
                let mut deleted = before;
                let rows = tx.query(&sql::OLDEST_SEGMENTS, &params![day.number(), DELETED_AT_ONCE])?;
                for row in &rows {
                    deleted.records += row.get::<u64>(1)?;
                    deleted.dropped += row.get::<u64>(2)?;
                    tx.execute(&sql::DELETE_SEGMENT, &params![day.number(), row.get::<i64>(0)?])?;
                }
                let is_last = (rows.len() as i64) < DELETED_AT_ONCE;
                if is_last {
                    let payload = json!({
                        "day": day.to_string(),
                        "records": deleted.records,
                        "dropped": deleted.dropped,
                        "key": commitment.map(|commitment| hex::encode(&commitment)),
                    });
                    let entry = LeafEntry { kind: LeafKind::AccessLogExpired, subject: None, payload };
                    record_instance(tx, &*keys, Actor::System(SystemWork::Reconciler), entry)?;
                }
                Ok::<_, StoreError>((deleted, is_last))
            };
            let (so_far, is_last) = self.0.stores.system().write(step).await?;
            deleted = so_far;
            if is_last {
                return Ok(deleted);
            }
        }
    }
}
