//! Dirty marks: news that travel up. A change inserts a mark for each subscriber in its own transaction; the
//! subscriber's reconciler reads the state afresh, moves one step, and clears the mark where it was not set anew.
//!
//! A reconciler's round: [`Marks::tenants_with`], and for each tenant [`Marks::pending`], the work, [`Marks::clear`];
//! then wait for [`MarkWatch::changed`]. No cursor over ids: such a cursor loses the row that commits late.

use std::collections::HashMap;
use std::sync::Arc;

use kernel::{Scope, TenantId};

use crate::announce::mark_kind;
use crate::handle::TenantDb;
use crate::home::Home;
use crate::shared::{Backend, Shared};
use crate::store::{ANY_MARK_OF, DELETE_MARK, INSERT_MARK, MARKS_OF, WAKE_OF};
use crate::tx::Tx;
use crate::wakes::{Wake, Wakes};
use crate::{StoreError, params};

/// Markings read at once: a subject that was marked more often is simply read again.
const MARKINGS_MAX: i64 = 10_000;

/// A subject that was marked, with the markings that were read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// What changed.
    pub subject: i64,
    /// Random, one for each transaction that marked it: who marks it anew leaves another.
    generations: Vec<i64>,
}

/// The marks of every tenant.
#[derive(Clone)]
pub struct Marks {
    shared: Arc<Shared>,
    wakes: Wakes,
}

/// Sees every commit of a mark or wake in this process from its making on, also those between two waits.
#[derive(Debug)]
pub struct MarkWatch(tokio::sync::watch::Receiver<u64>);

impl MarkWatch {
    /// Returns at once where something was committed since the last call; else when it is.
    pub async fn changed(&mut self) {
        if self.0.changed().await.is_err() {
            // The store is gone: nothing will ever change.
            std::future::pending::<()>().await;
        }
    }
}

impl Tx<'_> {
    /// Marks a subject as changed for a subscriber. The mark lies in this transaction; at its commit, waiting
    /// reconcilers of this process wake, and the system store names the tenant as one with work.
    ///
    /// # Errors
    /// [`StoreError::Misuse`] outside of a tenant's store; else as [`Tx::execute`].
    pub fn mark(&mut self, subscriber: &'static str, subject: i64) -> Result<(), StoreError> {
        let tenant = self.tenant_needed()?;
        if !self.has_marked.insert((subscriber, subject)) {
            return Ok(());
        }
        let generation = (self.rng().bits() >> 1).cast_signed();
        let now = self.now();
        self.execute(&INSERT_MARK, &params![tenant, subscriber, subject, generation, now])?;
        if !self.news.marked.contains(&subscriber) {
            self.news.marked.push(subscriber);
        }
        Ok(())
    }
}

impl Marks {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        let wakes = Wakes::new(&shared);
        Self { shared, wakes }
    }

    fn tenant(&self, tenant: TenantId) -> TenantDb {
        TenantDb(self.shared.handle(Home::Tenant(tenant)))
    }

    /// The subjects marked for a subscriber in a tenant, the longest marked first, each once.
    ///
    /// # Errors
    /// As [`TenantDb::read`].
    pub async fn pending(&self, scope: &Scope, subscriber: &'static str, max: usize) -> Result<Vec<Mark>, StoreError> {
        let tenant = scope.tenant();
        let read = move |tx: &mut Tx<'_>| {
            let rows = tx.query(&MARKS_OF, &params![tenant, subscriber, MARKINGS_MAX])?;
            rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect::<Result<Vec<(i64, i64)>, StoreError>>()
        };
        let marks = by_subject(self.tenant(tenant).read(read).await?, max);
        if marks.is_empty() && max > 0 {
            self.settle(tenant, subscriber).await?;
        }
        Ok(marks)
    }

    /// Removes the markings that were read; a subject that was marked anew since stays pending.
    ///
    /// # Errors
    /// As [`TenantDb::write`].
    pub async fn clear(&self, scope: &Scope, subscriber: &'static str, marks: &[Mark]) -> Result<(), StoreError> {
        let tenant = scope.tenant();
        let markings = marks.iter().flat_map(|mark| mark.generations.iter().map(|generation| (mark.subject, *generation)));
        let markings: Vec<(i64, i64)> = markings.collect();
        self.tenant(tenant)
            .write(move |tx| {
                let rows = markings.iter().map(|(subject, generation)| params![tenant, subscriber, *subject, *generation]);
                tx.execute_many(&DELETE_MARK, rows).map(|_| ())
            })
            .await?;
        self.settle(tenant, subscriber).await
    }

    /// Settles the wake of a subscriber that has no mark left. The order matters: the announcement is read first, and
    /// what this process knows of it is forgotten before the marks are looked for; so whoever marks in between
    /// announces anew, and the announcement that is removed is not that one.
    async fn settle(&self, tenant: TenantId, subscriber: &'static str) -> Result<(), StoreError> {
        let kind = mark_kind(subscriber);
        let found = {
            let kind = kind.clone();
            self.shared.handle(Home::System).read(move |tx| tx.query_optional(&WAKE_OF, &params![tenant, &kind])).await?
        };
        let Some(row) = found else { return Ok(()) };
        if !self.shared.announcer.forget(tenant, subscriber) {
            return Ok(());
        }
        let left = self.tenant(tenant).read(move |tx| tx.query_optional(&ANY_MARK_OF, &params![tenant, subscriber])).await?;
        if left.is_some() {
            return Ok(());
        }
        let wake = Wake { tenant, kind, due_at: row.get(0)?, generation: row.get(1)?, is_quiet: row.get(2)? };
        match self.shared.backend {
            Backend::Sqlite(_) => self.wakes.remove(&wake).await,
            // Not due yet: it is settled for now, and the pause is not over.
            Backend::Postgres(_) if wake.is_quiet && wake.due_at > self.shared.clock.now() => Ok(()),
            Backend::Postgres(_) => self.wakes.settle(&wake).await,
        }
    }

    /// Tenants that have marks for a subscriber, the longest waiting first. Some may have none (any more).
    ///
    /// # Errors
    /// As [`Db::read`](crate::Db::read).
    pub async fn tenants_with(&self, subscriber: &'static str, max: usize) -> Result<Vec<TenantId>, StoreError> {
        let wakes = self.wakes.due(&mark_kind(subscriber), max).await?;
        Ok(wakes.into_iter().map(|wake| wake.tenant).collect())
    }

    /// Sees every later commit of a mark or wake in this process: for any number of reconcilers, one each.
    #[must_use]
    pub fn watch(&self) -> MarkWatch {
        MarkWatch(self.shared.announcer.watch())
    }

    /// Waits until a transaction of this process commits a mark or wake; a commit since the last wait counts. For one
    /// waiter: where there are several, each takes a [`Marks::watch`].
    pub async fn wait(&self) {
        self.shared.announcer.wait().await;
    }
}

/// Markings, the oldest first, gathered by their subjects.
fn by_subject(markings: Vec<(i64, i64)>, max: usize) -> Vec<Mark> {
    let mut marks: Vec<Mark> = Vec::new();
    let mut places: HashMap<i64, usize> = HashMap::new();
    for (subject, generation) in markings {
        match places.get(&subject) {
            Some(place) => marks[*place].generations.push(generation),
            None if marks.len() < max => {
                places.insert(subject, marks.len());
                marks.push(Mark { subject, generations: vec![generation] });
            }
            None => {}
        }
    }
    marks
}
