//! Statements in one PostgreSQL transaction, each waited for on a thread that may block.

use std::collections::HashMap;
use std::error::Error;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Waker};

use bytes::BytesMut;
use futures_core::Stream;
use tokio_postgres::types::{IsNull, ToSql, Type as PgType, to_sql_checked};
use tokio_postgres::{Client, Row as PgRow, Statement as Prepared};

use crate::StoreError;
use crate::parked::wait;
use crate::postgres::failure::{failure, has_ended, may_run_again};
use crate::statement::Statement;
use crate::tx::{Isolation, Surroundings};
use crate::value::{Row, Type, Value};

/// Statements sent before the first of them is answered.
const PIPELINED_STATEMENTS_MAX: usize = 256;

type Answer<T> = Pin<Box<dyn Future<Output = Result<T, tokio_postgres::Error>> + Send>>;

/// One connection, with what was prepared on it.
pub(crate) struct Connection {
    client: Arc<Client>,
    prepared: HashMap<usize, Prepared>,
}

/// One transaction on a connection.
pub(crate) struct Session {
    connection: Connection,
    /// `BEGIN`, sent but not waited for: the first statement travels with it.
    begun: Option<Answer<()>>,
    may_run_again: bool,
    has_answered: bool,
}

const fn pg_type(kind: Type) -> PgType {
    match kind {
        Type::BigInt => PgType::INT8,
        Type::Double => PgType::FLOAT8,
        Type::Text => PgType::TEXT,
        Type::Blob => PgType::BYTEA,
        Type::Boolean => PgType::BOOL,
    }
}

impl ToSql for Value {
    fn to_sql(&self, kind: &PgType, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Int(number) => number.to_sql(kind, out),
            Self::Double(number) => number.to_sql(kind, out),
            Self::Text(text) => text.to_sql(kind, out),
            Self::Blob(bytes) => bytes.as_slice().to_sql(kind, out),
            Self::Bool(truth) => truth.to_sql(kind, out),
        }
    }

    fn accepts(kind: &PgType) -> bool {
        [PgType::INT8, PgType::FLOAT8, PgType::TEXT, PgType::BYTEA, PgType::BOOL].contains(kind)
    }

    to_sql_checked!();
}

/// Sends a request without waiting for its answer: a future of the driver sends when it is polled first, in order.
fn send<T>(mut answer: Answer<T>) -> Answer<T>
where
    T: Send + 'static,
{
    match answer.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        std::task::Poll::Ready(done) => Box::pin(std::future::ready(done)),
        std::task::Poll::Pending => answer,
    }
}

impl Connection {
    pub(crate) fn new(client: Client) -> Self {
        Self { client: Arc::new(client), prepared: HashMap::new() }
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    fn batch(&self, sql: String) -> Answer<()> {
        let client = Arc::clone(&self.client);
        Box::pin(async move { client.batch_execute(&sql).await })
    }

    /// Begins a transaction; its first statement travels along.
    pub(crate) fn begin(self, surroundings: &Surroundings) -> Session {
        let mode = if surroundings.is_writing { "READ WRITE" } else { "READ ONLY" };
        let level = match surroundings.isolation {
            Isolation::Snapshot => "REPEATABLE READ",
            Isolation::Waiting => "READ COMMITTED",
        };
        // A tenant's number is digits: no text of a user is ever in here.
        let tenant = surroundings
            .home
            .tenant()
            .map_or_else(String::new, |tenant| format!("; SELECT set_config('purser.tenant', '{}', true)", tenant.number()));
        let begun = send(self.batch(format!("BEGIN ISOLATION LEVEL {level}, {mode}{tenant}")));
        Session { connection: self, begun: Some(begun), may_run_again: false, has_answered: false }
    }
}

impl Session {
    /// Whether the transaction failed for a reason that running it again takes away.
    pub(crate) const fn may_run_again(&self) -> bool {
        self.may_run_again
    }

    fn refused(&mut self, doing: &str, error: &tokio_postgres::Error) -> StoreError {
        // A pooled connection that ended while it lay idle has done nothing yet.
        self.may_run_again |= may_run_again(error) || (has_ended(error) && !self.has_answered);
        failure(doing, error)
    }

    /// Waits for `BEGIN`, if nobody has yet.
    fn settle_begin(&mut self) -> Result<(), StoreError> {
        let Some(begun) = self.begun.take() else { return Ok(()) };
        wait(begun).map_err(|error| self.refused("beginning a transaction", &error))
    }

    fn prepare(&mut self, statement: &'static Statement) -> Result<Prepared, StoreError> {
        let address = std::ptr::from_ref(statement).addr();
        if let Some(prepared) = self.connection.prepared.get(&address) {
            return Ok(prepared.clone());
        }
        let types: Vec<PgType> = statement.params.iter().copied().map(pg_type).collect();
        let prepared = wait(self.connection.client.prepare_typed(statement.sql, &types));
        let prepared = prepared.map_err(|error| self.refused(statement.name, &error))?;
        check_columns(statement, &prepared)?;
        self.connection.prepared.insert(address, prepared.clone());
        Ok(prepared)
    }

    fn run(&self, prepared: &Prepared, params: &[Value]) -> Answer<u64> {
        let client = Arc::clone(&self.connection.client);
        let prepared = prepared.clone();
        let params = params.to_vec();
        Box::pin(async move { client.execute_raw(&prepared, params.iter()).await })
    }

    pub(crate) fn execute(&mut self, statement: &'static Statement, params: &[Value]) -> Result<u64, StoreError> {
        let prepared = self.prepare(statement)?;
        let answer = send(self.run(&prepared, params));
        self.settle_begin()?;
        let done = wait(answer).map_err(|error| self.refused(statement.name, &error));
        self.has_answered = true;
        done
    }

    pub(crate) fn execute_many(&mut self, statement: &'static Statement, rows: &[impl AsRef<[Value]>]) -> Result<u64, StoreError> {
        if rows.is_empty() {
            return Ok(0);
        }
        let prepared = self.prepare(statement)?;
        let mut changed = 0;
        for chunk in rows.chunks(PIPELINED_STATEMENTS_MAX) {
            let answers: Vec<_> = chunk.iter().map(|row| send(self.run(&prepared, row.as_ref()))).collect();
            self.settle_begin()?;
            for answer in answers {
                // The first error counts; what was sent after it is refused by the server and not waited for.
                changed += wait(answer).map_err(|error| self.refused(statement.name, &error))?;
                self.has_answered = true;
            }
        }
        Ok(changed)
    }

    /// Runs a statement once for each row of parameters, without waiting for each other, and gives all that they give.
    pub(crate) fn query_many(
        &mut self,
        statement: &'static Statement,
        rows: &[impl AsRef<[Value]>],
        found: &mut Vec<Row>,
    ) -> Result<(), StoreError> {
        if rows.is_empty() {
            return Ok(());
        }
        let prepared = self.prepare(statement)?;
        for chunk in rows.chunks(PIPELINED_STATEMENTS_MAX) {
            let answers: Vec<_> = chunk.iter().map(|row| send(self.ask(&prepared, row.as_ref()))).collect();
            self.settle_begin()?;
            for answer in answers {
                // As in `execute_many`.
                let given = wait(answer).map_err(|error| self.refused(statement.name, &error))?;
                self.has_answered = true;
                for row in &given {
                    found.push(row_of(statement, row)?);
                }
            }
        }
        Ok(())
    }

    fn ask(&self, prepared: &Prepared, params: &[Value]) -> Answer<Vec<PgRow>> {
        let client = Arc::clone(&self.connection.client);
        let prepared = prepared.clone();
        let params = params.to_vec();
        Box::pin(async move {
            let params: Vec<&(dyn ToSql + Sync)> = params.iter().map(|value| value as &(dyn ToSql + Sync)).collect();
            client.query(&prepared, &params).await
        })
    }

    pub(crate) fn query_each(
        &mut self,
        statement: &'static Statement,
        params: &[Value],
        take: &mut dyn FnMut(Row) -> bool,
    ) -> Result<(), StoreError> {
        let prepared = self.prepare(statement)?;
        let client = Arc::clone(&self.connection.client);
        let asked = {
            let params = params.to_vec();
            send(Box::pin(async move { client.query_raw(&prepared, params.iter()).await }))
        };
        self.settle_begin()?;
        let rows = wait(asked).map_err(|error| self.refused(statement.name, &error))?;
        self.has_answered = true;
        let mut rows = pin!(rows);
        while let Some(found) = wait(poll_fn(|context| rows.as_mut().poll_next(context))) {
            let found = found.map_err(|error| self.refused(statement.name, &error))?;
            if !take(row_of(statement, &found)?) {
                break;
            }
        }
        Ok(())
    }

    /// Commits; the connection is given back where it can serve again.
    pub(crate) fn commit(mut self) -> (Result<(), StoreError>, bool, Option<Connection>) {
        let done = self.settle_begin().and_then(|()| {
            wait(self.connection.batch("COMMIT".into())).map_err(|error| {
                self.may_run_again |= may_run_again(&error);
                failure("committing", &error)
            })
        });
        let may_run_again = self.may_run_again;
        let connection = done.is_ok().then_some(self.connection);
        (done, may_run_again, connection)
    }

    /// Ends a transaction that read, without waiting for it: the next request on the connection comes after.
    pub(crate) fn end_reading(self) -> Connection {
        drop(send(self.connection.batch("COMMIT".into())));
        self.connection
    }

    /// Undoes everything; the connection is given back where that worked.
    pub(crate) fn undo(self) -> Option<Connection> {
        wait(self.connection.batch("ROLLBACK".into())).is_ok().then_some(self.connection)
    }
}

/// The statement must give what it declares: names, order and types of its columns.
fn check_columns(statement: &'static Statement, prepared: &Prepared) -> Result<(), StoreError> {
    let found = prepared.columns();
    if found.len() != statement.columns.len() || !found.iter().zip(statement.columns).all(|(column, (name, _))| column.name() == *name) {
        let names: Vec<_> = found.iter().map(tokio_postgres::Column::name).collect();
        return Err(StoreError::Misuse(format!("{} gives the columns {names:?}, which are not those it declares", statement.name)));
    }
    for (column, (name, declared)) in found.iter().zip(statement.columns) {
        if *column.type_() != pg_type(*declared) {
            let got = column.type_().name().to_owned();
            return Err(StoreError::Mismatch { statement: statement.name, what: format!("column {name}"), expected: *declared, got });
        }
    }
    Ok(())
}

fn row_of(statement: &'static Statement, found: &PgRow) -> Result<Row, StoreError> {
    let value = |index: usize, declared: Type| {
        Ok::<_, tokio_postgres::Error>(match declared {
            Type::BigInt => found.try_get::<_, Option<i64>>(index)?.map_or(Value::Null, Value::Int),
            Type::Double => found.try_get::<_, Option<f64>>(index)?.map_or(Value::Null, Value::Double),
            Type::Text => found.try_get::<_, Option<String>>(index)?.map_or(Value::Null, Value::Text),
            Type::Blob => found.try_get::<_, Option<Vec<u8>>>(index)?.map_or(Value::Null, Value::Blob),
            Type::Boolean => found.try_get::<_, Option<bool>>(index)?.map_or(Value::Null, Value::Bool),
        })
    };
    let values = statement.columns.iter().enumerate().map(|(index, (_, declared))| value(index, *declared));
    values.collect::<Result<_, _>>().map(Row).map_err(|error| failure(statement.name, &error))
}
