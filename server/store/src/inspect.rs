//! Looks at what lies in the live stores, as the doctor asks: which tables and columns there are, what their values look like, and
//! whether tenants are kept apart. It reads only, and tells no value to anybody but its caller.
//!
//! Its statements are made of the data maps' own names, so they stand in no registry: each is made once, and lives as long as
//! the program.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::{LazyLock, Mutex, PoisonError};

use kernel::data_map::{Storage, StoreKind, Table};
use kernel::{Scope, TenantId};

use crate::data_map::{INTAKE, INTAKE_HEAD, STORE_MIGRATION};
use crate::handle::Handle;
use crate::home::Home;
use crate::statement::Statement;
use crate::stores::{Engine, Stores};
use crate::tx::Tx;
use crate::value::{Type, Value};
use crate::{StoreError, params};

/// A column as the engine lists it: the store, the table, the column.
pub type LiveColumn = (StoreKind, String, String);

/// What keeps tenants apart, and is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Breach {
    /// Others than the program's own user may look into a folder of the stores.
    FolderOpen,
    /// Others than the program's own user may read a store's file.
    FileOpen,
    /// A tenant has no file of its own.
    NoFile,
    /// A tenant's transaction sees rows of another in this table.
    ForeignRows(&'static str),
    /// Row-level security of this table is off, or not forced, or its one policy is not the one that we make.
    RowSecurity(String),
    /// The role that serves may bypass row-level security, or owns tables.
    Role,
}

impl Breach {
    /// The text form, for programs.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::FolderOpen => "folder-open".into(),
            Self::FileOpen => "file-open".into(),
            Self::NoFile => "no-file".into(),
            Self::ForeignRows(table) => format!("foreign-rows:{table}"),
            Self::RowSecurity(table) => format!("row-security:{table}"),
            Self::Role => "role".into(),
        }
    }
}

const SQLITE_COLUMNS: &str = "SELECT m.name AS table_name, c.name AS column_name FROM sqlite_schema m JOIN pragma_table_info(m.name) c \
                              WHERE m.type = 'table' ORDER BY m.name, c.cid";
const POSTGRES_COLUMNS: &str = "SELECT CAST(c.relname AS TEXT) AS table_name, CAST(a.attname AS TEXT) AS column_name \
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid \
     WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped \
     ORDER BY c.relname, a.attnum";
/// Tables of tenants that are not as `setup` makes them. Another policy beside ours would open what ours closes.
const UNPROTECTED: &str = "SELECT CAST(c.relname AS TEXT) AS table_name \
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
     WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p') AND c.relname <> 'store_migration' \
       AND NOT (c.relrowsecurity AND c.relforcerowsecurity \
                AND 1 = (SELECT count(*) FROM pg_policy p WHERE p.polrelid = c.oid) \
                AND EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'own_tenant' AND p.polcmd = '*' \
                            AND pg_get_expr(p.polqual, p.polrelid) LIKE '(tenant_id = (NULLIF(current_setting(''purser.tenant''%' \
                            AND pg_get_expr(p.polqual, p.polrelid) NOT LIKE '% OR %' \
                            AND pg_get_expr(p.polqual, p.polrelid) = pg_get_expr(p.polwithcheck, p.polrelid))) \
     ORDER BY c.relname";
/// Whether the role of this connection could look past row-level security or switch it off.
const ROLE: &str = "SELECT r.rolsuper OR r.rolbypassrls OR EXISTS (SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
     WHERE n.nspname = current_schema() AND pg_has_role(r.oid, c.relowner, 'MEMBER')) AS is_mighty \
     FROM pg_roles r WHERE r.rolname = current_user";

static MADE: LazyLock<Mutex<HashMap<String, &'static Statement>>> = LazyLock::new(Mutex::default);

/// A statement of this text; the same one each time, since the engines know statements by their address.
fn made(
    name: &'static str,
    store: StoreKind,
    sql: String,
    params: &'static [Type],
    columns: &[(&'static str, Type)],
) -> &'static Statement {
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    made.entry(format!("{store:?} {sql}")).or_insert_with(|| {
        let (sql, columns) = (String::leak(sql), Vec::leak(columns.to_vec()));
        Box::leak(Box::new(Statement { name, store, sql, params, columns }))
    })
}

impl Stores {
    /// Every column of every table in the node-wide stores, as the engine lists them.
    ///
    /// # Errors
    /// As [`crate::Db::read`].
    pub async fn live_columns(&self) -> Result<BTreeSet<LiveColumn>, StoreError> {
        let mut found = BTreeSet::new();
        for home in Home::NODE_WIDE {
            found.extend(self.columns_in(self.handle(home)).await?);
        }
        Ok(found)
    }

    /// Every column of every table in a tenant's store, as the engine lists them.
    ///
    /// # Errors
    /// As [`crate::TenantDb::read`].
    pub async fn live_columns_of(&self, scope: &Scope) -> Result<BTreeSet<LiveColumn>, StoreError> {
        self.columns_in(self.handle(Home::Tenant(scope.tenant()))).await
    }

    async fn columns_in(&self, handle: Handle) -> Result<BTreeSet<LiveColumn>, StoreError> {
        let store = handle.home.kind().store();
        let sql = match self.engine() {
            Engine::Embedded => SQLITE_COLUMNS,
            Engine::Postgres => POSTGRES_COLUMNS,
        };
        let statement = made("LIVE_COLUMNS", store, sql.into(), &[], &[("table_name", Type::Text), ("column_name", Type::Text)]);
        let rows = handle.read(move |tx| tx.query(statement, &[])).await?;
        let columns = rows.iter().map(|row| Ok((store, row.get(0)?, row.get(1)?))).collect::<Result<Vec<LiveColumn>, StoreError>>()?;
        Ok(columns.into_iter().filter(|(_, table, _)| table != STORE_MIGRATION.name).collect())
    }

    /// What lies in the columns of a table that are not stored in clear: of up to `max` rows from a random place on, each column's
    /// name and its values. A tenant's table needs the tenant's scope.
    ///
    /// # Errors
    /// [`StoreError::Misuse`] for a tenant's table without a scope; as [`crate::Db::read`].
    pub async fn sample(
        &self,
        table: &'static Table,
        scope: Option<&Scope>,
        max: u32,
    ) -> Result<Vec<(&'static str, Storage, Vec<Vec<u8>>)>, StoreError> {
        let columns: Vec<_> = table.columns.iter().filter(|column| column.storage != Storage::Clear).collect();
        if columns.is_empty() {
            return Ok(Vec::new());
        }
        let names: Vec<(&'static str, Type)> = columns.iter().map(|column| (column.name, Type::Blob)).collect();
        let list = names.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
        let name = table.name;
        let home = home_of(table, scope)?;
        let (count, rows) = match home.tenant() {
            Some(_) => (
                made(
                    "COUNT",
                    table.store,
                    format!("SELECT COUNT(*) AS rows FROM {name} WHERE tenant_id = $1"),
                    &[Type::BigInt],
                    &[("rows", Type::BigInt)],
                ),
                made(
                    "SAMPLE",
                    table.store,
                    format!("SELECT {list} FROM {name} WHERE tenant_id = $1 LIMIT $2 OFFSET $3"),
                    &[Type::BigInt, Type::BigInt, Type::BigInt],
                    &names,
                ),
            ),
            None => (
                made("COUNT", table.store, format!("SELECT COUNT(*) AS rows FROM {name}"), &[], &[("rows", Type::BigInt)]),
                made("SAMPLE", table.store, format!("SELECT {list} FROM {name} LIMIT $1 OFFSET $2"), &[Type::BigInt, Type::BigInt], &names),
            ),
        };
        let of_tenant: Vec<Value> = home.tenant().map(Value::from).into_iter().collect();
        let handle = self.handle(home);
        let read = handle.read(move |tx| {
            let all: i64 = tx.query_one(count, &of_tenant)?.get(0)?;
            let from = tx.rng().below((all - i64::from(max)).max(0).unsigned_abs() + 1);
            let place: Vec<Value> = of_tenant.into_iter().chain(params![i64::from(max), i64::try_from(from).unwrap_or(0)]).collect();
            tx.query(rows, &place)
        });
        let rows = read.await?;
        let values =
            |index: usize| rows.iter().filter_map(|row| row.get::<Option<Vec<u8>>>(index).transpose()).collect::<Result<Vec<_>, _>>();
        columns.iter().enumerate().map(|(index, column)| Ok((column.name, column.storage, values(index)?))).collect()
    }

    /// What does not keep tenants apart, of the stores as a whole: files and folders, or roles and policies.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] where a folder cannot be read; as [`crate::Db::read`].
    pub async fn breaches(&self, tenants: &[TenantId]) -> Result<BTreeSet<Breach>, StoreError> {
        match self.engine() {
            Engine::Embedded => {
                let (data, tenants) = (self.folder().to_owned(), tenants.to_vec());
                let looked = tokio::task::spawn_blocking(move || breaches_of_files(&data, &tenants)).await;
                let looked = looked.map_err(|error| StoreError::Unavailable(error.to_string()))?;
                looked.map_err(|error| StoreError::Unavailable(format!("the data folder cannot be looked at: {error}")))
            }
            Engine::Postgres => {
                // Row-level security asks for some tenant; the catalogue is the same for all.
                let any = tenants.first().copied().or_else(|| TenantId::from_number(1));
                let Some(any) = any else { return Ok(BTreeSet::new()) };
                let unprotected = made("UNPROTECTED", StoreKind::Tenant, UNPROTECTED.into(), &[], &[("table_name", Type::Text)]);
                let role = made("ROLE", StoreKind::Tenant, ROLE.into(), &[], &[("is_mighty", Type::Boolean)]);
                let handle = self.handle(Home::Tenant(any));
                let looked = handle.read(move |tx| {
                    let tables = tx.query(unprotected, &[])?;
                    let tables =
                        tables.iter().map(|row| Ok(Breach::RowSecurity(row.get(0)?))).collect::<Result<BTreeSet<_>, StoreError>>()?;
                    let is_mighty: bool = tx.query_one(role, &[])?.get(0)?;
                    Ok::<_, StoreError>(tables.into_iter().chain(is_mighty.then_some(Breach::Role)).collect())
                });
                looked.await
            }
        }
    }

    /// Tables in which a tenant's transaction sees rows of another.
    ///
    /// # Errors
    /// As [`crate::TenantDb::read`].
    pub async fn foreign_rows(&self, scope: &Scope, tables: &[&'static Table]) -> Result<BTreeSet<Breach>, StoreError> {
        let (tenant, tables) = (scope.tenant(), tables.to_vec());
        let handle = self.handle(Home::Tenant(tenant));
        let read = handle.read(move |tx| {
            let mut found = BTreeSet::new();
            for table in tables {
                if sees_others(tx, table, tenant)? {
                    found.insert(Breach::ForeignRows(table.name));
                }
            }
            Ok::<_, StoreError>(found)
        });
        read.await
    }
}

fn sees_others(tx: &mut Tx<'_>, table: &'static Table, tenant: TenantId) -> Result<bool, StoreError> {
    // Two ranges of the primary key, instead of one comparison that reads every row.
    for side in ["<", ">"] {
        let sql = format!("SELECT tenant_id FROM {} WHERE tenant_id {side} $1 LIMIT 1", table.name);
        let statement = made("FOREIGN_ROWS", table.store, sql, &[Type::BigInt], &[("tenant_id", Type::BigInt)]);
        if tx.query_optional(statement, &params![tenant])?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

fn home_of(table: &Table, scope: Option<&Scope>) -> Result<Home, StoreError> {
    Ok(match table.store {
        StoreKind::System if [INTAKE.name, INTAKE_HEAD.name].contains(&table.name) => Home::Intake,
        StoreKind::System => Home::System,
        StoreKind::Identity => Home::Identity,
        StoreKind::Keyring => Home::Keyring,
        StoreKind::Master => Home::Master,
        StoreKind::Tenant => match scope {
            Some(scope) => Home::Tenant(scope.tenant()),
            None => return Err(StoreError::Misuse("a tenant's table is looked at with its tenant's scope".into())),
        },
    })
}

fn breaches_of_files(data: &Path, tenants: &[TenantId]) -> std::io::Result<BTreeSet<Breach>> {
    let mut found = BTreeSet::new();
    for folder in [data.to_owned(), data.join("tenants")] {
        if is_open_to_others(&folder)? {
            found.insert(Breach::FolderOpen);
        }
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            let is_store = path.file_name().is_some_and(|name| name.to_string_lossy().contains(".db"));
            // A write-ahead log may go while we look.
            if is_store && is_open_to_others(&path).unwrap_or(false) {
                found.insert(Breach::FileOpen);
            }
        }
    }
    if tenants.iter().any(|tenant| !Home::Tenant(*tenant).file(data).is_file()) {
        found.insert(Breach::NoFile);
    }
    Ok(found)
}

fn is_open_to_others(path: &Path) -> std::io::Result<bool> {
    Ok(fs::metadata(path)?.permissions().mode() & 0o077 != 0)
}
