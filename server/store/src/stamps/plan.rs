//! Which statements write sealed values, and how it is asked which rows they wrote.

use std::sync::PoisonError;

use super::{Stamped, Stamps, TAG_BYTES};
use crate::StoreError;
use crate::dialect::words;
use crate::statement::Statement;
use crate::value::Type;

/// A statement that writes stamped columns.
#[derive(Debug)]
pub(crate) struct Plan {
    /// The same statement, which also gives tenant, row, and the end of each value that it wrote.
    pub(crate) statement: Statement,
    /// The table's number.
    pub(super) table: u16,
    /// Numbers of the columns.
    pub(super) columns: Vec<u16>,
    /// Whether nothing lies there afterwards.
    pub(super) is_deleting: bool,
}

impl Stamps {
    /// The plan of a statement; none for one that writes nothing that is stamped, or where there is no key yet to stamp with.
    pub(crate) fn plan(&self, statement: &'static Statement) -> Result<Option<&'static Plan>, StoreError> {
        if !self.has_keys() {
            return Ok(None);
        }
        let address = std::ptr::from_ref(statement).addr();
        if let Some(known) = self.plans.read().unwrap_or_else(PoisonError::into_inner).get(&address) {
            return Ok(*known);
        }
        // Leaked: once for each statement and opening of the stores.
        let made = self.made(statement)?.map(|plan| &*Box::leak(Box::new(plan)));
        Ok(*self.plans.write().unwrap_or_else(PoisonError::into_inner).entry(address).or_insert(made))
    }

    fn made(&self, statement: &'static Statement) -> Result<Option<Plan>, StoreError> {
        let words = words(statement.sql);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let (target, is_deleting) = match words.as_slice() {
            ["INSERT", "INTO", target, ..] | ["UPDATE", target, ..] => (target, false),
            ["DELETE", "FROM", target, ..] => (target, true),
            ["SELECT", ..] => return Ok(None),
            _ => return Err(StoreError::Misuse(format!("{} begins with none of INSERT, UPDATE, DELETE and SELECT", statement.name))),
        };
        let table = self.tables.iter().find(|table| table.store == statement.store && table.name.eq_ignore_ascii_case(target));
        let Some(table) = table else { return Ok(None) };
        let sets = |name: &str| words.windows(3).any(|three| matches!(three, ["SET" | ",", set, "="] if set.eq_ignore_ascii_case(name)));
        let is_update = words.first() == Some(&"UPDATE");
        if is_update && (sets(table.bound_to) || sets("tenant_id")) {
            return Err(StoreError::Misuse(format!("{} moves rows to which sealed values are bound", statement.name)));
        }
        let columns: Vec<_> = table.columns.iter().filter(|(name, _)| !is_update || sets(name)).copied().collect();
        Ok((!columns.is_empty()).then(|| plan(statement, table, columns, is_deleting)))
    }
}

fn plan(statement: &'static Statement, table: &Stamped, columns: Vec<(&'static str, u16)>, is_deleting: bool) -> Plan {
    let mut sql = format!("{} RETURNING tenant_id, {}", statement.sql, table.bound_to);
    let mut gives = vec![("tenant_id", Type::BigInt), (table.bound_to, Type::BigInt)];
    if !is_deleting {
        for (name, _) in &columns {
            // As `tag_of`. One engine makes NULL of the end of an empty value.
            let end =
                format!("CASE WHEN length({name}) > {TAG_BYTES} THEN substr({name}, length({name}) - {}) ELSE {name} END", TAG_BYTES - 1);
            sql.extend([", ", end.as_str(), " AS ", name]);
            gives.push((name, Type::Blob));
        }
    }
    let Statement { name, store, params, .. } = *statement;
    Plan {
        statement: Statement { name, store, sql: sql.leak(), params, columns: gives.leak() },
        table: table.number,
        columns: columns.into_iter().map(|(_, number)| number).collect(),
        is_deleting,
    }
}
