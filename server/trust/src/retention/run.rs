//! The reconciler: shows what will be past in a day, and deletes what was shown and is past now.

use std::sync::PoisonError;

use kernel::data_map::StoreKind;
use kernel::{Scope, SystemWork, TenantId, Timestamp};
use serde_json::json;
use store::{Deleted, Past, Row, StoreError, Tx, Wake, params};

use super::reckon::{time_of, up_to};
use super::{
    BATCHES_AT_ONCE, Ends, Plan, RETENTION, ROWS_AT_ONCE, RetentionError, Retentions, SHOWN_AHEAD, SWEEP_INTERVAL, TENANTS_AT_ONCE, chosen,
    plans,
};
use crate::ledger::{self, LeafEntry, LeafKind};
use crate::store::retention as sql;

/// What a step did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Looked {
    /// Tenants that it looked at.
    pub tenants: usize,
    /// Rows that it deleted.
    pub rows: u64,
    /// Whether there is more to do at once.
    pub is_more: bool,
}

/// What one turn of a tenant did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Turn {
    /// What was deleted, and told to the ledger.
    pub ended: Vec<TableEnded>,
    /// Whether there was more than one turn deletes.
    pub is_cut_off: bool,
}

/// Rows of a table that were deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableEnded {
    /// The table: `tenant.receipt`.
    pub table: String,
    /// How many rows that were.
    pub rows: u64,
    /// Their time, or an earlier one.
    pub up_to: kernel::Timestamp,
    /// After how many days they were past.
    pub days: u16,
    /// Since when it was shown that they go.
    pub shown_at: kernel::Timestamp,
}

impl Retentions {
    /// Gives some tenants their turn: those of which something is due, and once a day all of them. A tenant whose turn fails stops
    /// no other; it has another when the next step looks at it.
    ///
    /// # Errors
    /// The system store's.
    pub async fn step(&self) -> Result<Looked, StoreError> {
        let mut looked = Looked::default();
        let wakes = self.0.stores.wakes().due(RETENTION, TENANTS_AT_ONCE).await?;
        for wake in &wakes {
            if self.look(wake.tenant, &mut looked).await {
                self.settle(wake).await?;
            }
        }
        let is_swept = self.sweep(&mut looked).await?;
        looked.is_more |= !is_swept;
        Ok(looked)
    }

    /// The turn of a wake is done with: it comes again when the next of what is shown is due. What the turn itself has shown stands in
    /// the same row of the tenant's wakes, so it must not be taken away with it.
    async fn settle(&self, wake: &Wake) -> Result<(), StoreError> {
        let (scope, tenant) = (self.0.mint.system(wake.tenant, SystemWork::Reconciler), wake.tenant);
        let next = move |tx: &mut Tx<'_>| tx.query_one(&sql::NEXT_DUE, &params![tenant])?.get::<Option<Timestamp>>(0);
        match self.0.stores.tenant(&scope).read(next).await {
            Ok(Some(due_at)) => self.0.stores.wakes().settle_until(wake, due_at).await,
            Ok(None) | Err(StoreError::NotFound) => self.0.stores.wakes().settle(wake).await,
            Err(error) => Err(error),
        }
    }

    /// One tenant's turn within a step; whether it is done with.
    async fn look(&self, tenant: TenantId, looked: &mut Looked) -> bool {
        looked.tenants += 1;
        match self.run(&self.0.mint.system(tenant, SystemWork::Reconciler)).await {
            Ok(turn) => {
                looked.rows += turn.ended.iter().map(|ended| ended.rows).sum::<u64>();
                looked.is_more |= turn.is_cut_off;
                !turn.is_cut_off
            }
            // Erased since.
            Err(RetentionError::Store(StoreError::NotFound)) => true,
            Err(error) => {
                tracing::error!(tenant.id = %tenant, error = %error, "a tenant's rows that are past their retention cannot be deleted");
                false
            }
        }
    }

    /// Looks at some tenants more, where a day is over since all were looked at; whether none is left.
    async fn sweep(&self, looked: &mut Looked) -> Result<bool, StoreError> {
        let mut sweep = *self.0.sweep.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.0.stores.clock().now();
        if sweep.next_at.is_some_and(|next_at| now < next_at) {
            return Ok(true);
        }
        let mut tenants = self.0.stores.tenants().await?;
        tenants.retain(|tenant| sweep.after.is_none_or(|after| *tenant > after));
        let is_last = tenants.len() <= TENANTS_AT_ONCE;
        tenants.truncate(TENANTS_AT_ONCE);
        for tenant in &tenants {
            self.look(*tenant, looked).await;
        }
        sweep.after = tenants.last().copied().filter(|_| !is_last);
        sweep.next_at = is_last.then(|| now.plus(SWEEP_INTERVAL));
        *self.0.sweep.lock().unwrap_or_else(PoisonError::into_inner) = sweep;
        Ok(is_last)
    }

    /// One tenant's turn: deletes what was shown and is due, then shows what will be past. May run twice.
    ///
    /// # Errors
    /// The store's and the keys'. What was deleted stays so, and the rest is done by the next turn.
    pub async fn run(&self, scope: &Scope) -> Result<Turn, RetentionError> {
        let _turn = self.0.turn.lock().await;
        let (tenant, timed) = (scope.tenant(), self.timed()?);
        let read = move |tx: &mut Tx<'_>| Ok::<_, StoreError>((chosen(tx, tenant)?, plans(tx, tenant)?));
        let (chosen, plans) = self.0.stores.tenant(scope).read(read).await?;
        let now = self.0.stores.clock().now();
        self.0.counts.forget(tenant);
        let mut turn = Turn::default();
        let (mut batches, mut done) = (BATCHES_AT_ONCE, Vec::new());
        for ends in &timed {
            let Some(plan) = plans.iter().find(|plan| plan.table == ends.number() && plan.due_at <= now) else { continue };
            let days = ends.in_force(&chosen);
            let Some(plan) = self.begin(scope, *ends, *plan, days).await? else { continue };
            let (rows, is_all) = self.delete(scope, *ends, plan.up_to, &mut batches).await?;
            if !is_all {
                turn.is_cut_off = true;
                break;
            }
            let (table, up_to) = (ends.name(), time_of(ends.days, plan.up_to));
            turn.ended.push(TableEnded { table, rows: plan.deleted + rows, up_to, days, shown_at: plan.shown_at });
            done.push(ends.number());
        }
        self.tell(scope, &turn.ended, done).await?;
        let days: Vec<(Ends, u16)> = timed.into_iter().map(|ends| (ends, ends.in_force(&chosen))).collect();
        self.show_ahead(scope, days).await?;
        Ok(turn)
    }

    /// Notes how much is deleted, before it is; nothing where nothing of what was shown is past by the days in force now.
    async fn begin(&self, scope: &Scope, ends: Ends, plan: Plan, days: u16) -> Result<Option<Plan>, StoreError> {
        if plan.begun_at.is_some() {
            return Ok(Some(plan));
        }
        let (tenant, now) = (scope.tenant(), self.0.stores.clock().now());
        let up_to = plan.up_to.min(up_to(ends.days, days, now));
        let held = self.held(scope, vec![(ends, up_to)]).await?;
        let past = held.first().filter(|(_, held)| held.past > 0).map(|(_, held)| *held);
        let (rows, oldest) = past.map_or((0, up_to), |held| (held.past, held.oldest.unwrap_or(up_to)));
        let write = move |tx: &mut Tx<'_>| match rows {
            0 => tx.execute(&sql::DROP_PLAN, &params![tenant, ends.number()]),
            _ => tx.execute(&sql::BEGIN_PLAN, &params![tenant, ends.number(), up_to, rows.cast_signed(), oldest, now]),
        };
        self.0.stores.tenant(scope).write(write).await?;
        Ok((rows > 0).then_some(Plan { up_to, rows, oldest, begun_at: Some(now), ..plan }))
    }

    /// Deletes a table's rows up to a time, as long as there are batches left: how many, and whether all are gone.
    async fn delete(&self, scope: &Scope, ends: Ends, up_to: i64, batches: &mut usize) -> Result<(u64, bool), StoreError> {
        let Some(past) = ends.table.past() else { return Ok((0, true)) };
        let (mut deleted, mut after) = (0, None);
        while *batches > 0 {
            *batches -= 1;
            let Deleted { rows, last } = self.delete_some(scope, ends, past, up_to, after.take()).await?;
            deleted += rows;
            if last.is_none() {
                return Ok((deleted, true));
            }
            after = last;
        }
        Ok((deleted, false))
    }

    /// Deletes a batch and counts it, in one transaction where the table lies with the plan. Of another store's table, what a process
    /// deleted that died before it counted is not told: a batch at most.
    async fn delete_some(&self, scope: &Scope, ends: Ends, past: Past, up_to: i64, after: Option<Row>) -> Result<Deleted, StoreError> {
        let (tenant, table) = (scope.tenant(), ends.number());
        let delete = move |tx: &mut Tx<'_>| past.delete(tx, Some(tenant), up_to, after.as_ref(), ROWS_AT_ONCE);
        let count = move |tx: &mut Tx<'_>, rows: u64| tx.execute(&sql::ADD_DELETED, &params![tenant, table, rows.cast_signed()]);
        if ends.table.map().store == StoreKind::Identity {
            let deleted = self.0.stores.identity().write(delete).await?;
            let rows = deleted.rows;
            self.0.stores.tenant(scope).write(move |tx| count(tx, rows)).await?;
            return Ok(deleted);
        }
        let delete_and_count = move |tx: &mut Tx<'_>| {
            let deleted = delete(tx)?;
            count(tx, deleted.rows)?;
            Ok::<_, StoreError>(deleted)
        };
        self.0.stores.tenant(scope).write(delete_and_count).await
    }

    /// Tells the tenant's ledger, in the transaction that ends the plans: once, however often the deleting was cut off.
    async fn tell(&self, scope: &Scope, ended: &[TableEnded], done: Vec<u16>) -> Result<(), StoreError> {
        if ended.is_empty() {
            return Ok(());
        }
        let line = |ended: &TableEnded| {
            json!({
                "table": ended.table,
                "rows": ended.rows,
                "up_to": ended.up_to.micros(),
                "days": ended.days,
                "shown_at": ended.shown_at.micros(),
            })
        };
        let payload = json!({ "tables": ended.iter().map(line).collect::<Vec<_>>() });
        let (keys, acting, tenant) = (self.0.trust.keyring(), scope.clone(), scope.tenant());
        let entry = LeafEntry { kind: LeafKind::RetentionRun, subject: None, payload };
        let tell = move |tx: &mut Tx<'_>| {
            for table in &done {
                tx.execute(&sql::DELETE_PLAN, &params![tenant, *table])?;
            }
            ledger::record(tx, keys.as_ref(), &acting, entry.clone()).map(|_| ())
        };
        self.0.stores.tenant(scope).write(tell).await
    }

    /// Shows what will be past in a day, of each table of which nothing is shown.
    async fn show_ahead(&self, scope: &Scope, days: Vec<(Ends, u16)>) -> Result<(), StoreError> {
        let (tenant, now) = (scope.tenant(), self.0.stores.clock().now());
        let due_at = now.plus(SHOWN_AHEAD);
        let planned = self.0.stores.tenant(scope).read(move |tx| plans(tx, tenant)).await?;
        let is_planned = |ends: Ends| planned.iter().any(|plan| plan.table == ends.number());
        let ahead: Vec<(Ends, i64)> =
            days.into_iter().filter(|(ends, _)| !is_planned(*ends)).map(|(ends, days)| (ends, up_to(ends.days, days, due_at))).collect();
        let times = ahead.clone();
        let mut shown = self.held(scope, ahead).await?;
        shown.retain(|(_, held)| held.past > 0);
        if shown.is_empty() {
            return Ok(());
        }
        let show = move |tx: &mut Tx<'_>| {
            for (ends, held) in &shown {
                let Some((_, up_to)) = times.iter().find(|(other, _)| other.number() == ends.number()) else { continue };
                let (rows, oldest) = (held.past.cast_signed(), held.oldest.unwrap_or(*up_to));
                tx.execute(&sql::INSERT_PLAN, &params![tenant, ends.number(), *up_to, rows, oldest, now, due_at])?;
            }
            tx.wake(RETENTION, due_at)
        };
        self.0.stores.tenant(scope).write(show).await
    }
}
