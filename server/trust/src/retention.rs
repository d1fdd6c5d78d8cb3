//! Retention: for how long rows are kept, and their end, which is shown before it comes.
//!
//! ```text
//! a row is written ─(so many days, as its table's data map or the tenant's owner says)─> past
//!
//! shown   a day ahead: how many rows of which table, up to when, and when they go (`retention_plan`)
//! begun   their number is noted; from here on the plan cannot be dropped
//! deleted in batches, each a transaction that counts them; one that was cut off goes on where it was
//! told    one leaf of the tenant's ledger: each table, how many rows were deleted, up to when
//! ```
//!
//! Nothing is deleted before its time, whatever was shown: the time is looked at again when the deleting begins, with the days
//! that are in force then. So an owner who sees too much in the preview chooses more days, and what was shown is dropped.
//!
//! Which tables there are, from when on a row's time counts and within which bounds an owner may choose, the data maps say;
//! nothing here knows a table. Tenants are looked at once a day, and again when something that was shown is due. The access log
//! has a key for each day and a step of its own ([`crate::access_log`]); its days are shown here too.

mod choose;
mod counted;
mod reckon;
mod run;
mod show;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use kernel::data_map::{Days, StoreKind};
use kernel::{Problem, ScopeMint, Subject, TenantId, Timestamp};
use store::{MappedTable, Row, StoreError, Stores, Tx, params};

use crate::Trust;
use crate::store::retention as sql;

pub use self::counted::{COUNTED_FOR, TENANTS_COUNTED_MAX};
pub use self::run::{Looked, TableEnded, Turn};
pub use self::show::{Going, Shown, Timed};

/// Who is woken when something that was shown is due.
pub const RETENTION: &str = "retention";
/// How long before it is deleted it is shown what will be.
pub const SHOWN_AHEAD: Duration = Duration::from_secs(24 * 3_600);
/// How often every tenant is looked at.
pub const SWEEP_INTERVAL: Duration = Duration::from_secs(24 * 3_600);
/// Rows that one transaction deletes, so that others get their turn.
pub const ROWS_AT_ONCE: usize = 1_000;
/// Transactions that delete, of one tenant in one step: then other tenants get their turn, and it goes on in the next step.
pub const BATCHES_AT_ONCE: usize = 100;
/// Tenants that one step looks at.
pub const TENANTS_AT_ONCE: usize = 100;

/// Why days were not chosen, or rows are not ended.
#[derive(Debug, thiserror::Error)]
pub enum RetentionError {
    /// The scope sees some devices only.
    #[error("there is no such thing")]
    NotFound,
    /// There is no such table, or its days are nobody's choice.
    #[error("{0} is no table whose days can be chosen")]
    Unknown(String),
    /// Fewer or more days than may be chosen.
    #[error("rows of {table} are kept for {min} to {max} days")]
    Bounds {
        /// The table.
        table: String,
        /// The fewest days.
        min: u16,
        /// The most days.
        max: u16,
    },
    /// The store or the keys.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<RetentionError> for Problem {
    fn from(error: RetentionError) -> Self {
        match error {
            RetentionError::NotFound => Self::not_found(),
            RetentionError::Unknown(_) => Self::invalid("table", error.to_string()),
            RetentionError::Bounds { .. } => Self::invalid("days", error.to_string()),
            RetentionError::Store(error) => error.into(),
        }
    }
}

/// Retention of an installation. Cloning shares it.
#[derive(Clone)]
pub struct Retentions(Arc<Inner>);

struct Inner {
    stores: Stores,
    trust: Trust,
    mint: ScopeMint,
    /// What the instance was set up with, of the tables whose days that says: the access log's.
    instance_days: u16,
    sweep: Mutex<Sweep>,
    /// One at a time: a second runner of the same tenant would count what the first deletes.
    turn: tokio::sync::Mutex<()>,
    /// What was counted for previews.
    counts: counted::Counts,
}

/// How far the look at every tenant is.
#[derive(Clone, Copy, Default)]
struct Sweep {
    /// When the next one begins; at once where none was made yet.
    next_at: Option<Timestamp>,
    /// The tenant that it is behind.
    after: Option<TenantId>,
}

/// What a tenant's owner chose for a table.
#[derive(Clone, Copy)]
struct Chosen {
    table: u16,
    days: u16,
    at: Timestamp,
}

/// What is to be deleted next of a table.
#[derive(Clone, Copy)]
struct Plan {
    table: u16,
    /// Rows of this time or an earlier one, in what the table's column counts.
    up_to: i64,
    rows: u64,
    oldest: i64,
    shown_at: Timestamp,
    due_at: Timestamp,
    begun_at: Option<Timestamp>,
    /// Rows that are deleted of it.
    deleted: u64,
}

impl Retentions {
    /// Over these stores; `access_log_days` is for how many days the instance keeps its access log.
    #[must_use]
    pub fn new(stores: &Stores, trust: &Trust, mint: ScopeMint, access_log_days: u16) -> Self {
        let (stores, trust) = (stores.clone(), trust.clone());
        Self(Arc::new(Inner {
            stores,
            trust,
            mint,
            instance_days: access_log_days,
            sweep: Mutex::default(),
            turn: tokio::sync::Mutex::default(),
            counts: counted::Counts::default(),
        }))
    }

    /// The tables whose rows are a tenant's and end by time.
    fn timed(&self) -> Result<Vec<Ends>, StoreError> {
        let of_tenants = |table: &&'static MappedTable| table.holds(Subject::Tenant(ANY_TENANT)) && !table.is_intakes();
        let ends = |table: &'static MappedTable| table.days().map(|days| Ends { table, days });
        Ok(self.0.stores.mapped()?.iter().filter(of_tenants).filter_map(ends).collect())
    }
}

/// [`MappedTable::holds`] looks at the kind of a subject only.
const ANY_TENANT: TenantId = match TenantId::from_number(1) {
    Some(tenant) => tenant,
    None => unreachable!(),
};

/// A table whose rows end by time.
#[derive(Clone, Copy)]
struct Ends {
    table: &'static MappedTable,
    days: Days,
}

impl Ends {
    const fn number(self) -> u16 {
        self.table.map().number
    }

    /// By which people and programs call it.
    fn name(self) -> String {
        table_name(self.table)
    }

    /// After how many days its rows are past.
    fn in_force(self, chosen: &[Chosen]) -> u16 {
        chosen.iter().find(|chosen| chosen.table == self.number()).map_or(self.days.days, |chosen| chosen.days)
    }

    const fn is_in(self, store: StoreKind) -> bool {
        matches!((self.table.map().store, store), (StoreKind::Tenant, StoreKind::Tenant) | (StoreKind::Identity, StoreKind::Identity))
    }
}

/// A table with its store, since two stores have one of the same name: `tenant.receipt`.
fn table_name(table: &MappedTable) -> String {
    format!("{}.{}", crate::page::store_name(table.map().store), table.map().name)
}

fn chosen(tx: &mut Tx<'_>, tenant: TenantId) -> Result<Vec<Chosen>, StoreError> {
    let read = |row: &Row| Ok(Chosen { table: row.get(0)?, days: row.get(1)?, at: row.get(2)? });
    tx.query(&sql::CHOICES, &params![tenant])?.iter().map(read).collect()
}

fn plans(tx: &mut Tx<'_>, tenant: TenantId) -> Result<Vec<Plan>, StoreError> {
    let read = |row: &Row| {
        Ok(Plan {
            table: row.get(0)?,
            up_to: row.get(1)?,
            rows: row.get(2)?,
            oldest: row.get(3)?,
            shown_at: row.get(4)?,
            due_at: row.get(5)?,
            begun_at: row.get(6)?,
            deleted: row.get(7)?,
        })
    };
    tx.query(&sql::PLANS, &params![tenant])?.iter().map(read).collect()
}

impl std::fmt::Debug for Retentions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Retentions")
    }
}
