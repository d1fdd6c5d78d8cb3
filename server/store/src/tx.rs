//! A transaction, in which domain code runs as plain blocking Rust on either engine.

use std::collections::HashSet;
use std::sync::Arc;

use kernel::data_map::StoreKind;
use kernel::{Clock, Rng, TenantId};
use wire::Timestamp;

use crate::StoreError;
use crate::home::Home;
use crate::postgres::PostgresSession;
use crate::sqlite;
use crate::stamps::{Plan, Stamps, Unstamped};
use crate::statement::Statement;
use crate::value::{Row, Value};

/// What a transaction has around it.
#[derive(Clone, Debug)]
pub(crate) struct Surroundings {
    pub(crate) home: Home,
    pub(crate) clock: Clock,
    pub(crate) rng: Rng,
    pub(crate) is_writing: bool,
    pub(crate) isolation: Isolation,
    pub(crate) stamps: Arc<Stamps>,
}

/// What a transaction sees of others that commit meanwhile, on PostgreSQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Isolation {
    /// Nothing; and it runs again where it changes what they changed.
    Snapshot,
    /// Each statement sees what is committed, and waits for rows that others hold: for counters and upserts that
    /// everybody wants at once, and that depend on nothing read before.
    Waiting,
}

/// The engine's side of a transaction.
pub(crate) enum Session<'a> {
    Sqlite(&'a rusqlite::Connection),
    Postgres(&'a mut PostgresSession),
}

/// What others must learn when a transaction commits.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct News {
    pub(crate) marked: Vec<&'static str>,
    pub(crate) wakes: Vec<(&'static str, Timestamp)>,
}

impl News {
    pub(crate) const fn is_empty(&self) -> bool {
        self.marked.is_empty() && self.wakes.is_empty()
    }

    /// Takes in the news of another transaction of the same home.
    pub(crate) fn merge(&mut self, other: Self) {
        for subscriber in other.marked {
            if !self.marked.contains(&subscriber) {
                self.marked.push(subscriber);
            }
        }
        self.wakes.extend(other.wakes);
    }
}

/// A transaction. All its reads see one state of the store; its writes become durable together or not at all.
pub struct Tx<'a> {
    session: Session<'a>,
    surroundings: &'a Surroundings,
    pub(crate) news: News,
    /// What this transaction has marked: once is enough.
    pub(crate) has_marked: HashSet<(&'static str, i64)>,
    /// What it has written that is to be stamped before it commits.
    pub(crate) unstamped: Unstamped,
    has_failed: bool,
}

impl<'a> Tx<'a> {
    pub(crate) fn new(session: Session<'a>, surroundings: &'a Surroundings) -> Self {
        Self { session, surroundings, news: News::default(), has_marked: HashSet::new(), unstamped: Unstamped::new(), has_failed: false }
    }

    /// The tenant whose rows these are; none in the node-wide stores.
    #[must_use]
    pub const fn tenant(&self) -> Option<TenantId> {
        self.surroundings.home.tenant()
    }

    /// The time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.surroundings.clock.now()
    }

    /// Chance.
    #[must_use]
    pub const fn rng(&self) -> &Rng {
        &self.surroundings.rng
    }

    /// Whether a statement failed, so that nothing of the transaction may stay.
    pub(crate) const fn has_failed(&self) -> bool {
        self.has_failed
    }

    pub(crate) fn stamps(&self) -> &'a Stamps {
        &self.surroundings.stamps
    }

    /// The store whose statements run here.
    pub(crate) const fn store(&self) -> StoreKind {
        self.surroundings.home.kind().store()
    }

    pub(crate) const fn clock(&self) -> &Clock {
        &self.surroundings.clock
    }

    /// The tenant, or an error for the code that needs one.
    pub(crate) fn tenant_needed(&self) -> Result<TenantId, StoreError> {
        self.tenant().ok_or_else(|| StoreError::Misuse("this needs a tenant's transaction".into()))
    }

    /// Runs a statement and gives the number of rows that it changed.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where a constraint forbids it. After any error the transaction can only be undone,
    /// on both engines: use `ON CONFLICT` where a conflict is expected.
    pub fn execute(&mut self, statement: &'static Statement, params: &[Value]) -> Result<u64, StoreError> {
        self.check(statement, params, true)?;
        if let Some(plan) = self.stamps().plan(statement)? {
            return self.execute_planned(plan, &[params]);
        }
        self.execute_unplanned(statement, params)
    }

    /// As whoever has the database's password would: nothing is stamped.
    ///
    /// # Errors
    /// As [`Tx::execute`].
    #[cfg(feature = "testing")]
    pub fn tamper(&mut self, statement: &'static Statement, params: &[Value]) -> Result<u64, StoreError> {
        self.execute_unstamped(statement, params)
    }

    /// As [`Tx::execute`], of what is deleted together with its stamps.
    pub(crate) fn execute_unstamped(&mut self, statement: &'static Statement, params: &[Value]) -> Result<u64, StoreError> {
        self.check(statement, params, true)?;
        self.execute_unplanned(statement, params)
    }

    fn execute_unplanned(&mut self, statement: &'static Statement, params: &[Value]) -> Result<u64, StoreError> {
        let done = match &mut self.session {
            Session::Sqlite(connection) => sqlite::session::execute(connection, statement, params),
            Session::Postgres(session) => session.execute(statement, params),
        };
        self.settle(done)
    }

    /// Runs a statement once for each row of parameters and gives the number of rows changed in all; on PostgreSQL
    /// the runs are sent without waiting for each other.
    ///
    /// # Errors
    /// As [`Tx::execute`]; the first error counts.
    pub fn execute_many(
        &mut self,
        statement: &'static Statement,
        rows: impl IntoIterator<Item = impl AsRef<[Value]>>,
    ) -> Result<u64, StoreError> {
        let rows: Vec<_> = rows.into_iter().collect();
        for row in &rows {
            self.check(statement, row.as_ref(), true)?;
        }
        if let Some(plan) = self.stamps().plan(statement)? {
            return self.execute_planned(plan, &rows);
        }
        let done = match &mut self.session {
            Session::Sqlite(connection) => sqlite::session::execute_many(connection, statement, &rows),
            Session::Postgres(session) => session.execute_many(statement, &rows),
        };
        self.settle(done)
    }

    /// Runs a statement that writes what is stamped, and notes what it wrote.
    fn execute_planned(&mut self, plan: &'static Plan, rows: &[impl AsRef<[Value]>]) -> Result<u64, StoreError> {
        let mut written = Vec::new();
        let done = match &mut self.session {
            Session::Sqlite(connection) => rows.iter().try_for_each(|row| {
                let mut take = |row| {
                    written.push(row);
                    true
                };
                sqlite::session::query_each(connection, &plan.statement, row.as_ref(), &mut take)
            }),
            Session::Postgres(session) => session.query_many(&plan.statement, rows, &mut written),
        };
        self.settle(done)?;
        let changed = written.len() as u64;
        let noted = self.note_written(plan, written);
        self.settle(noted)?;
        Ok(changed)
    }

    /// Runs a query and gives all its rows. Bound them with LIMIT, or use [`Tx::query_each`].
    ///
    /// # Errors
    /// [`StoreError::Mismatch`] where a column is not of its declared type.
    pub fn query(&mut self, statement: &'static Statement, params: &[Value]) -> Result<Vec<Row>, StoreError> {
        let mut rows = Vec::new();
        self.query_each(statement, params, |row| {
            rows.push(row);
            Ok::<(), StoreError>(())
        })?;
        Ok(rows)
    }

    /// Runs a query and hands each row over as it comes: for reading more than should lie in memory as rows.
    ///
    /// # Errors
    /// As [`Tx::query`], and the first error of `each`, which ends the query.
    pub fn query_each<E: From<StoreError>>(
        &mut self,
        statement: &'static Statement,
        params: &[Value],
        each: impl FnMut(Row) -> Result<(), E>,
    ) -> Result<(), E> {
        self.check(statement, params, false)?;
        let mut refused = None;
        let mut each = each;
        let mut take = |row| match each(row) {
            Ok(()) => true,
            Err(error) => {
                refused = Some(error);
                false
            }
        };
        let done = match &mut self.session {
            Session::Sqlite(connection) => sqlite::session::query_each(connection, statement, params, &mut take),
            Session::Postgres(session) => session.query_each(statement, params, &mut take),
        };
        self.settle(done)?;
        refused.map_or(Ok(()), Err)
    }

    /// Runs a query of at most one row.
    ///
    /// # Errors
    /// As [`Tx::query`]; [`StoreError::Corrupt`] for more than one row.
    pub fn query_optional(&mut self, statement: &'static Statement, params: &[Value]) -> Result<Option<Row>, StoreError> {
        let mut rows = self.query(statement, params)?;
        if rows.len() > 1 {
            return Err(StoreError::Corrupt(format!("{} gave {} rows where one at most was expected", statement.name, rows.len())));
        }
        Ok(rows.pop())
    }

    /// Runs a query of exactly one row.
    ///
    /// # Errors
    /// As [`Tx::query_optional`]; [`StoreError::NotFound`] for no row.
    pub fn query_one(&mut self, statement: &'static Statement, params: &[Value]) -> Result<Row, StoreError> {
        self.query_optional(statement, params)?.ok_or(StoreError::NotFound)
    }

    fn check(&self, statement: &'static Statement, params: &[Value], needs_writing: bool) -> Result<(), StoreError> {
        if self.has_failed {
            return Err(StoreError::Aborted);
        }
        let store = self.surroundings.home.kind().store();
        if statement.store != store {
            return Err(StoreError::Misuse(format!("{} is a statement of {:?}, not of {store:?}", statement.name, statement.store)));
        }
        if needs_writing && !self.surroundings.is_writing {
            return Err(StoreError::Misuse(format!("{} writes in a transaction that reads", statement.name)));
        }
        if needs_writing && !statement.columns.is_empty() {
            return Err(StoreError::Misuse(format!("{} gives columns: query it", statement.name)));
        }
        if !needs_writing && statement.columns.is_empty() {
            return Err(StoreError::Misuse(format!("{} declares no columns to query", statement.name)));
        }
        check_params(statement, params)
    }

    /// Remembers a failure: PostgreSQL refuses everything after one, so SQLite does too.
    fn settle<T>(&mut self, done: Result<T, StoreError>) -> Result<T, StoreError> {
        self.has_failed |= done.is_err();
        done
    }

    pub(crate) const fn is_embedded(&self) -> bool {
        matches!(self.session, Session::Sqlite(_))
    }
}

fn check_params(statement: &'static Statement, params: &[Value]) -> Result<(), StoreError> {
    if params.len() != statement.params.len() {
        let (expected, got) = (statement.params.len(), params.len());
        return Err(StoreError::Misuse(format!("{} takes {expected} parameters, not {got}", statement.name)));
    }
    for (number, (value, declared)) in (1..).zip(params.iter().zip(statement.params)) {
        if !value.fits(*declared) {
            let what = format!("parameter {number}");
            return Err(StoreError::Mismatch { statement: statement.name, what, expected: *declared, got: value.kind_text().into() });
        }
        // PostgreSQL cannot store it, so that SQLite must not.
        if matches!(value, Value::Text(text) if text.contains('\0')) {
            let what = format!("parameter {number}");
            return Err(StoreError::Mismatch { statement: statement.name, what, expected: *declared, got: "a text with U+0000".into() });
        }
    }
    Ok(())
}
