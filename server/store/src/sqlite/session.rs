//! Statements on one SQLite connection.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{CachedStatement, Connection};

use crate::StoreError;
use crate::dialect::sqlite_statement;
use crate::statement::Statement;
use crate::value::{Row, Type, Value};

/// SQLite's text of each registered statement, by its address: statements are static and few.
static TEXTS: LazyLock<RwLock<HashMap<usize, Arc<str>>>> = LazyLock::new(RwLock::default);

fn text(statement: &'static Statement) -> Arc<str> {
    let address = std::ptr::from_ref(statement).addr();
    if let Some(known) = TEXTS.read().unwrap_or_else(PoisonError::into_inner).get(&address) {
        return Arc::clone(known);
    }
    let made: Arc<str> = sqlite_statement(statement.sql).into();
    Arc::clone(TEXTS.write().unwrap_or_else(PoisonError::into_inner).entry(address).or_insert(made))
}

fn prepare<'c>(connection: &'c Connection, statement: &'static Statement) -> Result<CachedStatement<'c>, StoreError> {
    let prepared = connection.prepare_cached(&text(statement)).map_err(|error| failure(statement.name, &error))?;
    if prepared.parameter_count() > statement.params.len() {
        return Err(StoreError::Misuse(format!("{} uses more parameters than it declares", statement.name)));
    }
    let names: Vec<&str> = prepared.column_names().collect();
    if !statement.columns.is_empty() && !names.iter().copied().eq(statement.columns.iter().map(|(name, _)| *name)) {
        return Err(StoreError::Misuse(format!("{} gives the columns {names:?}, which are not those it declares", statement.name)));
    }
    Ok(prepared)
}

impl rusqlite::ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Int(number) => ValueRef::Integer(*number),
            Self::Double(number) => ValueRef::Real(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Blob(bytes) => ValueRef::Blob(bytes),
            Self::Bool(truth) => ValueRef::Integer(i64::from(*truth)),
        }))
    }
}

fn bind(prepared: &mut CachedStatement<'_>, statement: &'static Statement, params: &[Value]) -> Result<(), StoreError> {
    for (index, value) in (1_usize..=prepared.parameter_count()).zip(params) {
        prepared.raw_bind_parameter(index, value).map_err(|error| failure(statement.name, &error))?;
    }
    Ok(())
}

fn run(prepared: &mut CachedStatement<'_>, statement: &'static Statement, params: &[Value]) -> Result<u64, StoreError> {
    bind(prepared, statement, params)?;
    let changed = prepared.raw_execute().map_err(|error| failure(statement.name, &error))?;
    Ok(changed as u64)
}

pub(crate) fn execute(connection: &Connection, statement: &'static Statement, params: &[Value]) -> Result<u64, StoreError> {
    run(&mut prepare(connection, statement)?, statement, params)
}

pub(crate) fn execute_many(
    connection: &Connection,
    statement: &'static Statement,
    rows: &[impl AsRef<[Value]>],
) -> Result<u64, StoreError> {
    let mut prepared = prepare(connection, statement)?;
    rows.iter().try_fold(0, |changed, row| Ok(changed + run(&mut prepared, statement, row.as_ref())?))
}

pub(crate) fn query_each(
    connection: &Connection,
    statement: &'static Statement,
    params: &[Value],
    take: &mut dyn FnMut(Row) -> bool,
) -> Result<(), StoreError> {
    let mut prepared = prepare(connection, statement)?;
    bind(&mut prepared, statement, params)?;
    let mut rows = prepared.raw_query();
    while let Some(found) = rows.next().map_err(|error| failure(statement.name, &error))? {
        let mut values = Vec::with_capacity(statement.columns.len());
        for (index, (name, declared)) in statement.columns.iter().enumerate() {
            let raw = found.get_ref(index).map_err(|error| failure(statement.name, &error))?;
            values.push(value_of(raw, *declared).ok_or_else(|| StoreError::Mismatch {
                statement: statement.name,
                what: format!("column {name}"),
                expected: *declared,
                got: raw.data_type().to_string(),
            })?);
        }
        if !take(Row(values)) {
            break;
        }
    }
    Ok(())
}

fn value_of(raw: ValueRef<'_>, declared: Type) -> Option<Value> {
    Some(match (raw, declared) {
        (ValueRef::Null, _) => Value::Null,
        (ValueRef::Integer(number), Type::BigInt) => Value::Int(number),
        (ValueRef::Integer(number @ 0..=1), Type::Boolean) => Value::Bool(number == 1),
        (ValueRef::Real(number), Type::Double) => Value::Double(number),
        (ValueRef::Text(text), Type::Text) => Value::Text(str::from_utf8(text).ok()?.to_owned()),
        (ValueRef::Blob(bytes), Type::Blob) => Value::Blob(bytes.to_vec()),
        _ => return None,
    })
}

/// What SQLite refused, without values: its messages name tables and columns only.
pub(crate) fn failure(doing: &str, error: &rusqlite::Error) -> StoreError {
    use rusqlite::ErrorCode;
    let (code, reason) = match error {
        rusqlite::Error::SqliteFailure(failure, message) => (Some(failure.code), message.clone().unwrap_or_else(|| failure.to_string())),
        other => (None, other.to_string()),
    };
    match code {
        // A value of another type breaks a STRICT table as "constraint", but is no conflict.
        Some(ErrorCode::ConstraintViolation) if reason.starts_with("cannot store") => {
            StoreError::Engine { statement: doing.into(), reason }
        }
        Some(ErrorCode::ConstraintViolation) => {
            StoreError::Conflict { constraint: reason.split_once(": ").map_or(reason.clone(), |(_, names)| names.into()) }
        }
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => StoreError::Corrupt(reason),
        Some(
            ErrorCode::DiskFull
            | ErrorCode::SystemIoFailure
            | ErrorCode::CannotOpen
            | ErrorCode::ReadOnly
            | ErrorCode::DatabaseBusy
            | ErrorCode::DatabaseLocked
            | ErrorCode::PermissionDenied
            | ErrorCode::OutOfMemory,
        ) => StoreError::Unavailable(format!("{doing}: {reason}")),
        _ => StoreError::Engine { statement: doing.into(), reason },
    }
}
