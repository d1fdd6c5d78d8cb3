//! Telling others what a transaction left to do: a wake row in the system store before the commit, a notice in the
//! process after it.
//!
//! The two stores cannot commit together. So the wake row is durable first: a wake without a mark is harmless, a mark
//! without a wake would be lost by a crash. And a wake may only be settled where no marking transaction stands between
//! its wake row and its commit. Embedded, this process knows those transactions and counts them; so it also knows that
//! a row is there already, and writes it once, not with each mark. On PostgreSQL other nodes mark too: there each
//! mark renews its row, and settling takes two steps with a pause that is longer than any commit ([`crate::wakes`]);
//! only a mark of another node in just that moment waits for that pause.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

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

/// What this process knows of one wake row.
#[derive(Debug, Default)]
struct Known {
    /// The row is there.
    is_written: bool,
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
        let is_embedded = matches!(shared.backend, Backend::Sqlite(_));
        let mut rows: Vec<(String, Timestamp)> = news.wakes.iter().map(|(kind, due_at)| ((*kind).to_owned(), *due_at)).collect();
        for subscriber in &news.marked {
            let is_written = announcer.rely_on(&mut announced, (tenant, subscriber));
            if !(is_embedded && is_written) {
                rows.push((mark_kind(subscriber), shared.clock.now()));
            }
        }
        if !rows.is_empty() {
            write_rows(shared, tenant, rows)?;
            announcer.mark_written(&announced.relied_on);
        }
        Ok(announced)
    }

    /// Counts a transaction that relies on a row; whether the row is there.
    fn rely_on(&self, announced: &mut Announced<'_>, key: (TenantId, &'static str)) -> bool {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let row = known.entry(key).or_default();
        row.relying += 1;
        announced.relied_on.push(key);
        row.is_written
    }

    fn mark_written(&self, keys: &[(TenantId, &'static str)]) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        for key in keys {
            if let Some(row) = known.get_mut(key) {
                row.is_written = true;
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
    shared.handle(Home::System).write_now(move |tx| {
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
