//! What a domain registers: its tables, how they came to be, and its statements.

use kernel::data_map::{StoreKind, Table};

use crate::registered;
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

/// What one domain keeps in one store. [`Schema::new`] makes it, and nothing else does:
///
/// ```compile_fail,E0639
/// # use store::{Schema, StoreKind};
/// static SCHEMA: Schema = Schema { domain: "letters", store: StoreKind::Tenant, migrations: &[], tables: &[], statements: &[] };
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
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

impl Schema {
    /// A domain's tables in one store. Every table and column that the migrations make is in the data map, or it does not
    /// compile: so what runs over the data maps (export, erasure, retention, the Trust page) covers it.
    ///
    /// ```
    /// # use kernel::data_map::{Column, DataClass, Erasure, Retention, Storage, Table};
    /// # use store::{Migration, Schema, StoreKind};
    /// # const fn column(number: u16, name: &'static str) -> Column {
    /// #     Column { name, number, class: DataClass::Configuration, storage: Storage::Clear, meaning: "A number." }
    /// # }
    /// const LETTER: Table = Table {
    ///     name: "letter",
    ///     number: 990,
    ///     store: StoreKind::Tenant,
    ///     purpose: "Letters.",
    ///     retention: Retention::WithSubject,
    ///     erasure: Erasure::Tenant,
    ///     bound_to: None,
    ///     columns: &[column(1, "tenant_id"), column(2, "letter_id")],
    /// };
    /// const MADE: &[Migration] =
    ///     &[Migration { version: 1, name: "letter", sql: "CREATE TABLE letter (tenant_id BIGINT, letter_id BIGINT)" }];
    ///
    /// static SCHEMA: Schema = Schema::new("letters", StoreKind::Tenant, MADE, &[LETTER], &[]);
    /// # assert_eq!(SCHEMA.tables.len(), 1);
    /// ```
    ///
    /// The same without its table:
    ///
    /// ```compile_fail,E0080
    /// # use store::{Migration, Schema, StoreKind};
    /// const MADE: &[Migration] =
    ///     &[Migration { version: 1, name: "letter", sql: "CREATE TABLE letter (tenant_id BIGINT, letter_id BIGINT)" }];
    ///
    /// static SCHEMA: Schema = Schema::new("letters", StoreKind::Tenant, MADE, &[], &[]);
    /// ```
    ///
    /// A table without a retention is no table at all:
    ///
    /// ```compile_fail,E0063
    /// # use kernel::data_map::{Erasure, StoreKind, Table};
    /// const LETTER: Table = Table {
    ///     name: "letter",
    ///     number: 990,
    ///     store: StoreKind::Tenant,
    ///     purpose: "Letters.",
    ///     erasure: Erasure::Tenant,
    ///     bound_to: None,
    ///     columns: &[],
    /// };
    /// ```
    ///
    /// # Panics
    /// Where a table or column is in no data map, or a data map does not fit its own columns.
    #[must_use]
    pub const fn new(
        domain: &'static str,
        store: StoreKind,
        migrations: &'static [Migration],
        tables: &'static [Table],
        statements: &'static [&'static Statement],
    ) -> Self {
        registered::check(migrations, tables);
        Self { domain, store, migrations, tables, statements }
    }

    /// A schema whose tables are in no data map, for tests of what does not look at it.
    #[cfg(any(test, feature = "testing"))]
    #[must_use]
    pub const fn unregistered(
        domain: &'static str,
        store: StoreKind,
        migrations: &'static [Migration],
        statements: &'static [&'static Statement],
    ) -> Self {
        Self { domain, store, migrations, tables: &[], statements }
    }

    /// The same as it was when it had only so many migrations, for tests of those that came later.
    #[cfg(any(test, feature = "testing"))]
    #[must_use]
    pub fn before(self, migrations: usize) -> Self {
        Self { migrations: &self.migrations[..migrations], ..self }
    }
}
