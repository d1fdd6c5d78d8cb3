//! Opening a SQLite file: its settings, and its migrations.

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;
use std::sync::Arc;

use kernel::Clock;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use crate::StoreError;
use crate::dialect::sqlite_migration;
use crate::home::Home;
use crate::plan::{Applied, Plan, Plans, pending};
use crate::sqlite::session::failure;

/// Prepared statements kept by each connection.
const PREPARED_STATEMENTS_MAX: usize = 128;
/// Longest write-ahead log that a file keeps when it is closed to make room, in bytes.
pub(crate) const WAL_KEPT_BYTES_MAX: u64 = 256 * 1024;
/// Mode of a store's file: nobody but the program's own user, even where somebody opens the folder around it.
const FILE_MODE: u32 = 0o600;
/// How long a connection waits for another process that holds the file (a backup, say), in milliseconds.
const BUSY_WAIT_MS: u64 = 5_000;

/// Settings of every connection. `synchronous=FULL`: an answered write survives a power cut. `secure_delete`:
/// a deleted row is overwritten. `trusted_schema=OFF`: a file put in our place cannot call functions.
const SETTINGS: &str = "
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA secure_delete = ON;
    PRAGMA foreign_keys = ON;
    PRAGMA trusted_schema = OFF;
    PRAGMA cell_size_check = ON;
    PRAGMA temp_store = MEMORY;
    PRAGMA cache_size = -1024;
    PRAGMA journal_size_limit = 4194304;
";

const MIGRATION_TABLE: &str = "
    CREATE TABLE IF NOT EXISTS store_migration (
        domain TEXT NOT NULL,
        version INTEGER NOT NULL,
        name TEXT NOT NULL,
        digest BLOB NOT NULL,
        applied_at INTEGER NOT NULL,
        PRIMARY KEY (domain, version)
    ) STRICT;
";

/// What a connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Makes the file where there is none, and migrates it.
    Create,
    /// Migrates the file where needed.
    Write,
    /// Reads only; does not migrate.
    Read,
}

/// Closes a connection that makes room for one to another file.
///
/// The last connection of a file copies the write-ahead log into it when it closes and removes the log: three flushes of the
/// disk, and a fourth to make the log again. Where tenants take turns, that was half of the work (ingest benchmark with 2,000
/// tenants: 303 full reports a second with that copying, 672 without). So a short log is left: what lies in it is as durable, and the next opening reads it.
pub(crate) fn make_room(connection: Connection) {
    let log = connection.path().map(|path| format!("{path}-wal"));
    let length = log.and_then(|log| std::fs::metadata(log).ok()).map_or(0, |log| log.len());
    if length <= WAL_KEPT_BYTES_MAX
        && let Err(error) = connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)
    {
        tracing::warn!(reason = %failure("closing a store's file", &error), "a file's log is copied at its closing");
    }
}

/// Opens files.
#[derive(Debug)]
pub(crate) struct Opener {
    pub(crate) data: PathBuf,
    pub(crate) plans: Arc<Plans>,
    pub(crate) clock: Clock,
}

/// A reader met a file that must be migrated first.
#[derive(Debug)]
pub(crate) struct NeedsMigration;

impl Opener {
    /// Opens a home's file. [`StoreError::NotFound`] where a tenant has none.
    pub(crate) fn open(&self, home: Home, purpose: Purpose) -> Result<Result<Connection, NeedsMigration>, StoreError> {
        let file = home.file(&self.data);
        if purpose != Purpose::Create && !file.exists() {
            return Err(StoreError::NotFound);
        }
        let mut flags = OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_EXRESCODE;
        // Whoever reads the master has no means to write it; other files' readers are kept from it by `query_only`.
        let is_only_read = home == Home::Master && purpose == Purpose::Read;
        flags.insert(if is_only_read { OpenFlags::SQLITE_OPEN_READ_ONLY } else { OpenFlags::SQLITE_OPEN_READ_WRITE });
        flags.set(OpenFlags::SQLITE_OPEN_CREATE, purpose == Purpose::Create);
        let doing = "opening a store's file";
        if purpose == Purpose::Create {
            // SQLite would give it the process's mode; its logs take on the file's.
            let made = OpenOptions::new().create(true).truncate(false).write(true).mode(FILE_MODE).open(&file);
            made.map_err(|error| StoreError::Setup(format!("the file {} cannot be made: {error}", file.display())))?;
        }
        let mut connection = Connection::open_with_flags(&file, flags).map_err(|error| failure(doing, &error))?;
        connection.busy_timeout(std::time::Duration::from_millis(BUSY_WAIT_MS)).map_err(|error| failure(doing, &error))?;
        connection.set_prepared_statement_cache_capacity(PREPARED_STATEMENTS_MAX);
        connection.execute_batch(SETTINGS).map_err(|error| failure(doing, &error))?;
        let plan = self.plans.for_kind(home.kind());
        let found: i32 = connection.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(|error| failure(doing, &error))?;
        if purpose == Purpose::Read {
            if found != plan.fingerprint {
                return Ok(Err(NeedsMigration));
            }
            connection.execute_batch("PRAGMA query_only = ON").map_err(|error| failure(doing, &error))?;
        } else if found != plan.fingerprint {
            self.migrate(&mut connection, plan)?;
        }
        Ok(Ok(connection))
    }

    fn migrate(&self, connection: &mut Connection, plan: &Plan) -> Result<(), StoreError> {
        let doing = "migrating a store's file";
        let broken = |error: rusqlite::Error| failure(doing, &error);
        let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).map_err(broken)?;
        transaction.execute_batch(MIGRATION_TABLE).map_err(broken)?;
        let applied = applied(&transaction).map_err(broken)?;
        let steps: Vec<_> = plan.steps.iter().collect();
        for step in pending(&steps, &applied)? {
            for statement in sqlite_migration(step.sql) {
                transaction
                    .execute_batch(&statement)
                    .map_err(|error| failure(&format!("migration {} of {}", step.name, step.domain), &error))?;
            }
            transaction
                .execute(
                    "INSERT INTO store_migration (domain, version, name, digest, applied_at) VALUES (?1, ?2, ?3, ?4, ?5)",
                    (step.domain, step.version, step.name, step.digest.as_slice(), self.clock.now().micros()),
                )
                .map_err(broken)?;
        }
        transaction.pragma_update(None, "user_version", plan.fingerprint).map_err(broken)?;
        transaction.commit().map_err(broken)
    }
}

/// The migrations that a file says were made in it.
pub(crate) fn applied(connection: &Connection) -> rusqlite::Result<Vec<Applied>> {
    let mut query = connection.prepare("SELECT domain, version, digest FROM store_migration")?;
    let rows = query.query_map([], |row| Ok(Applied { domain: row.get(0)?, version: row.get(1)?, digest: row.get(2)? }))?;
    rows.collect()
}
