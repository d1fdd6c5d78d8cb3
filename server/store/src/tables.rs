//! The tables that migrations make, as SQLite understands their neutral text: for the lint and for generated test data.

use rusqlite::Connection;

use crate::schema::Migration;
use crate::value::Type;

/// A table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TableShape {
    pub(crate) name: String,
    pub(crate) columns: Vec<Column>,
    pub(crate) keys: Vec<Key>,
    pub(crate) references: Vec<Reference>,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) kind: Type,
    pub(crate) is_nullable: bool,
}

/// A primary key, index or foreign key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Key {
    pub(crate) what: String,
    pub(crate) columns: Vec<String>,
}

/// A foreign key: columns here, columns there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reference {
    pub(crate) table: String,
    pub(crate) columns: Vec<(String, String)>,
}

/// The tables after all migrations, in the order in which they were made.
pub(crate) fn shapes(migrations: &[Migration]) -> Result<Vec<TableShape>, String> {
    let read = || -> rusqlite::Result<Vec<TableShape>> {
        let connection = Connection::open_in_memory()?;
        for migration in migrations {
            // The neutral text itself: SQLite takes any word as a type and tells it again.
            connection.execute_batch(migration.sql)?;
        }
        let names = column(&connection, "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY rowid", None)?;
        names.into_iter().map(|name| shape(&connection, name)).collect()
    };
    read().map_err(|error| format!("a migration is not sound: {error}"))
}

fn column(connection: &Connection, sql: &str, name: Option<&str>) -> rusqlite::Result<Vec<String>> {
    let mut query = connection.prepare(sql)?;
    query.query_map(rusqlite::params_from_iter(name), |row| row.get(0))?.collect()
}

fn shape(connection: &Connection, name: String) -> rusqlite::Result<TableShape> {
    let mut query = connection.prepare("SELECT name, type, \"notnull\", pk FROM pragma_table_info(?1) ORDER BY cid")?;
    let columns = query
        .query_map([&name], |row| {
            let kind: String = row.get(1)?;
            Ok((Column { name: row.get(0)?, kind: type_of(&kind), is_nullable: !row.get::<_, bool>(2)? }, row.get::<_, i64>(3)?))
        })?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    let mut primary: Vec<_> = columns.iter().filter(|(_, position)| *position > 0).collect();
    primary.sort_by_key(|(_, position)| *position);
    let mut keys = Vec::new();
    if !primary.is_empty() {
        let columns = primary.iter().map(|(column, _)| column.name.clone()).collect();
        keys.push(Key { what: "PRIMARY KEY".into(), columns });
    }
    for index in column(connection, "SELECT name FROM pragma_index_list(?1) WHERE origin <> 'pk' ORDER BY seq", Some(&name))? {
        let columns = column(connection, "SELECT coalesce(name, '(expression)') FROM pragma_index_info(?1) ORDER BY seqno", Some(&index))?;
        keys.push(Key { what: format!("INDEX {index}"), columns });
    }
    let references = references(connection, &name)?;
    for reference in &references {
        let columns = reference.columns.iter().map(|(here, _)| here.clone()).collect();
        keys.push(Key { what: format!("FOREIGN KEY to {}", reference.table), columns });
    }
    Ok(TableShape { name, columns: columns.into_iter().map(|(column, _)| column).collect(), keys, references })
}

fn references(connection: &Connection, name: &str) -> rusqlite::Result<Vec<Reference>> {
    let mut query = connection
        .prepare("SELECT id, \"table\", \"from\", coalesce(\"to\", \"from\") FROM pragma_foreign_key_list(?1) ORDER BY id, seq")?;
    let rows = query.query_map([name], |row| {
        Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?, (row.get::<_, String>(2)?, row.get::<_, String>(3)?)))
    })?;
    let mut found: Vec<(i64, Reference)> = Vec::new();
    for row in rows {
        let (id, table, pair) = row?;
        match found.last_mut() {
            Some((last, reference)) if *last == id => reference.columns.push(pair),
            _ => found.push((id, Reference { table, columns: vec![pair] })),
        }
    }
    Ok(found.into_iter().map(|(_, reference)| reference).collect())
}

fn type_of(declared: &str) -> Type {
    match declared.to_uppercase().split_whitespace().next().unwrap_or_default() {
        "BOOLEAN" => Type::Boolean,
        "DOUBLE" => Type::Double,
        "TEXT" => Type::Text,
        "BLOB" => Type::Blob,
        _ => Type::BigInt,
    }
}
