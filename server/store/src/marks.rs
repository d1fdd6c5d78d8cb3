//! Dirty marks: news that travel up. A change upserts a mark for each subscriber in its own transaction; the
//! subscriber's reconciler reads the state afresh, moves one step, and clears the mark where it was not set anew.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use kernel::{Scope, TenantId};
use wire::Timestamp;

use crate::handle::TenantDb;
use crate::home::Home;
use crate::shared::Shared;
use crate::store::{DELETE_MARK, MARKS_OF, UPSERT_MARK};
use crate::tx::Tx;
use crate::{StoreError, params};

/// A mark as it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// What changed.
    pub subject: i64,
    /// Random, new with every marking.
    pub generation: i64,
}

/// The marks of every tenant.
#[derive(Clone)]
pub struct Marks {
    shared: Arc<Shared>,
    changes: Arc<tokio::sync::Mutex<tokio::sync::watch::Receiver<u64>>>,
    marked: Arc<Mutex<BTreeSet<(TenantId, &'static str)>>>,
}

impl Tx<'_> {
    /// Marks a subject as changed for a subscriber. The mark lies in this transaction; at its commit, waiting
    /// reconcilers of this process wake, and the system store names the tenant as one with work.
    ///
    /// # Errors
    /// [`StoreError::Misuse`] outside of a tenant's store; else as [`Tx::execute`].
    pub fn mark(&mut self, subscriber: &'static str, subject: i64) -> Result<(), StoreError> {
        let tenant = self.tenant_needed()?;
        let generation = (self.rng().bits() >> 1).cast_signed();
        let now = self.now();
        self.execute(&UPSERT_MARK, &params![tenant, subscriber, subject, generation, now])?;
        self.news.marked.push(subscriber);
        Ok(())
    }

    /// Names the tenant as one that has work of this kind at a time: a timer. Harmless where the transaction is undone.
    ///
    /// # Errors
    /// [`StoreError::Misuse`] outside of a tenant's store.
    pub fn wake(&mut self, kind: &'static str, due_at: Timestamp) -> Result<(), StoreError> {
        self.tenant_needed()?;
        self.news.wakes.push((kind, due_at));
        Ok(())
    }
}

impl Marks {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        let changes = Arc::new(tokio::sync::Mutex::new(shared.announcer.subscribe()));
        Self { shared, changes, marked: Arc::default() }
    }

    /// The marks for a subscriber in a tenant, oldest first.
    ///
    /// # Errors
    /// As [`TenantDb::read`].
    pub async fn pending(&self, scope: &Scope, subscriber: &'static str, max: usize) -> Result<Vec<Mark>, StoreError> {
        let tenant = scope.tenant();
        let limit = i64::try_from(max).unwrap_or(i64::MAX);
        TenantDb(self.shared.handle(Home::Tenant(tenant)))
            .read(move |tx| {
                let rows = tx.query(&MARKS_OF, &params![tenant, subscriber, limit])?;
                rows.iter().map(|row| Ok(Mark { subject: row.get(0)?, generation: row.get(1)? })).collect()
            })
            .await
    }

    /// Removes marks that were not set anew since they were read.
    ///
    /// # Errors
    /// As [`TenantDb::write`].
    pub async fn clear(&self, scope: &Scope, subscriber: &'static str, marks: &[Mark]) -> Result<(), StoreError> {
        let tenant = scope.tenant();
        let marks = marks.to_vec();
        TenantDb(self.shared.handle(Home::Tenant(tenant)))
            .write(move |tx| {
                let rows = marks.iter().map(|mark| params![tenant, subscriber, mark.subject, mark.generation]);
                tx.execute_many(&DELETE_MARK, rows).map(|_| ())
            })
            .await
    }

    /// Tenants that have marks for a subscriber.
    ///
    /// # Errors
    /// As [`Db::read`](crate::Db::read).
    pub async fn tenants_with(&self, subscriber: &'static str, max: usize) -> Result<Vec<TenantId>, StoreError> {
        let marked = self.marked.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(marked.iter().filter(|(_, of)| *of == subscriber).take(max).map(|(tenant, _)| *tenant).collect())
    }

    /// Waits until a transaction commits a mark or a wake in this process.
    pub async fn wait(&self) {
        let mut changes = self.changes.lock().await;
        // The sender lives as long as `shared`.
        let _ = changes.changed().await;
    }
}
