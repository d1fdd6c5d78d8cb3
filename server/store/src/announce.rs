//! Telling others what a transaction left to do: a wake row in the system store before the commit, a notice in the
//! process after it.
//!
//! The two stores cannot commit together. So the wake row is durable first: a wake without a mark is harmless, a mark
//! without a wake would be lost by a crash. And a wake may only be settled where no marking transaction stands between
//! its wake row and its commit. Embedded, this process knows those transactions and counts them; so it also knows that
//! a row is there already, and writes it once, not with each mark.
//!
//! On PostgreSQL other nodes mark and settle too. There a row that this process wrote is trusted for
//! [`ROW_TRUST_TIME`], and settling takes two steps with a pause ([`crate::WAKE_QUIET_TIME`]) that is longer than that
//! time and any commit together: so a row that a mark relies on is never removed before the mark is seen. A mark of
//! one node that meets the settling of another waits for that pause at worst.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use kernel::TenantId;
use tokio::sync::{Notify, watch};
use wire::Timestamp;

use crate::home::Home;
use crate::shared::{Backend, Shared};
use crate::store::UPSERT_WAKE;
use crate::tx::News;
use crate::{StoreError, params};

/// The kind of wake that stands for a subscriber's marks.
pub(crate) fn mark_kind(subscriber: &str) -> String {
    format!("mark.{subscriber}")
}

/// How long a row that this process wrote is taken to be there, where other nodes may settle it.
const ROW_TRUST_TIME: Duration = Duration::from_secs(10);

/// What this process knows of one wake row.
#[derive(Debug, Default)]
struct Known {
    /// When the row was written, by the monotonic clock.
    written: Option<Duration>,
    /// Transactions that rely on the row and have not ended.
    relying: u32,
}

/// Knows who waits for news, and which wake rows are there.
#[derive(Debug)]
pub(crate) struct Announcer {
    changes: watch::Sender<u64>,
    once: Notify,
    known: Mutex<HashMap<(TenantId, &'static str), Known>>,
}

/// News whose transaction is about to commit.
pub(crate) struct Announced<'a> {
    announcer: &'a Announcer,
    relied_on: Vec<(TenantId, &'static str)>,
    has_news: bool,
}

impl Announcer {
    pub(crate) fn new() -> Self {
        Self { changes: watch::Sender::new(0), once: Notify::new(), known: Mutex::default() }
    }

    /// Makes sure that the news are found after a crash.
    pub(crate) fn before_commit<'a>(shared: &'a Arc<Shared>, home: Home, news: &News) -> Result<Announced<'a>, StoreError> {
        let announcer = &shared.announcer;
        let mut announced = Announced { announcer, relied_on: Vec::new(), has_news: !news.is_empty() };
        let Some(tenant) = home.tenant().filter(|_| announced.has_news) else { return Ok(announced) };
        let now = shared.clock.monotonic();
        let trusted_since = match shared.backend {
            Backend::Sqlite(_) => Duration::ZERO,
            Backend::Postgres(_) => now.saturating_sub(ROW_TRUST_TIME),
        };
        let mut rows: Vec<(String, Timestamp)> = news.wakes.iter().map(|(kind, due_at)| ((*kind).to_owned(), *due_at)).collect();
        let mut renewed = Vec::new();
        for subscriber in &news.marked {
            let written = announcer.rely_on(&mut announced, (tenant, subscriber));
            if written.is_none_or(|written| written < trusted_since) {
                renewed.push((tenant, *subscriber));
                rows.push((mark_kind(subscriber), shared.clock.now()));
            }
        }
        if !rows.is_empty() {
            write_rows(shared, tenant, rows)?;
            announcer.mark_written(&renewed, now);
        }
        Ok(announced)
    }

    /// Counts a transaction that relies on a row; when the row was written, where it was.
    fn rely_on(&self, announced: &mut Announced<'_>, key: (TenantId, &'static str)) -> Option<Duration> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let row = known.entry(key).or_default();
        row.relying += 1;
        announced.relied_on.push(key);
        row.written
    }

    fn mark_written(&self, keys: &[(TenantId, &'static str)], now: Duration) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        for key in keys {
            if let Some(row) = known.get_mut(key) {
                row.written = Some(now);
            }
        }
    }

    /// Forgets that a row is there, so that the next mark writes it anew; not where a transaction relies on it now.
    pub(crate) fn forget(&self, tenant: TenantId, subscriber: &'static str) -> bool {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let is_relied_on = known.get(&(tenant, subscriber)).is_some_and(|row| row.relying > 0);
        if !is_relied_on {
            known.remove(&(tenant, subscriber));
        }
        !is_relied_on
    }

    pub(crate) fn watch(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    pub(crate) async fn wait(&self) {
        self.once.notified().await;
    }
}

fn write_rows(shared: &Arc<Shared>, tenant: TenantId, rows: Vec<(String, Timestamp)>) -> Result<(), StoreError> {
    shared.handle(Home::System).write_waiting(move |tx| {
        for (kind, due_at) in &rows {
            let generation = (tx.rng().bits() >> 1).cast_signed();
            tx.execute(&UPSERT_WAKE, &params![tenant, kind, *due_at, generation])?;
        }
        Ok(())
    })
}

impl Announced<'_> {
    /// The transaction has committed.
    pub(crate) fn committed(self) {
        if self.has_news {
            self.announcer.changes.send_modify(|count| *count = count.wrapping_add(1));
            self.announcer.once.notify_one();
        }
    }
}

impl Drop for Announced<'_> {
    fn drop(&mut self) {
        let mut known = self.announcer.known.lock().unwrap_or_else(PoisonError::into_inner);
        for key in &self.relied_on {
            if let Some(row) = known.get_mut(key) {
                row.relying -= 1;
            }
        }
    }
}
