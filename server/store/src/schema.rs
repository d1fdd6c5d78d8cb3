//! What a domain registers: its tables, how they came to be, and its statements.

use kernel::data_map::{StoreKind, Table};

use crate::statement::Statement;

/// One step of a schema. Steps never change once they are released: they expand, and a later one contracts.
#[derive(Debug)]
pub struct Migration {
    /// 1, 2, 3, … within its domain and store.
    pub version: u32,
    /// Its name, as in the file's name.
    pub name: &'static str,
    /// Neutral SQL: BIGINT, DOUBLE, TEXT, BLOB, BOOLEAN; each engine's dialect is made of it.
    pub sql: &'static str,
}

/// What one domain keeps in one store.
#[derive(Clone, Copy, Debug)]
pub struct Schema {
    /// The crate's name.
    pub domain: &'static str,
    /// The store.
    pub store: StoreKind,
    /// Steps in order of their versions.
    pub migrations: &'static [Migration],
    /// The data map.
    pub tables: &'static [Table],
    /// The registry.
    pub statements: &'static [&'static Statement],
}
