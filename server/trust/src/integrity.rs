//! Whether a tenant's stores hold what was written: every sealed value of every registered table is opened in its place, and
//! every entry of the ledger is compared with the tree that was built of it.
//!
//! A sealed value is bound to its tenant, table, row and column. So a flipped bit, values of two rows that were
//! exchanged, and a row that came from another tenant do not open, and are named by table, row and column. The ledger
//! is compared with the largest tree that was ever signed of it, which is remembered apart from the data.
//!
//! An older value is sealed for the very place as the newest is. So each is compared with the stamp of its place, which the
//! transaction that wrote it has made (`store::stamps`), and the stamps with what the ledger was told of them (`settling`): a row
//! or a table that was put back is named, a row that was removed, and one that is there again.
//!
//! What this does not find: a clear column that was changed, and a row that was put back with its fresh stamp to what was settled last, or
//! to what was written between the same two settlings as the newest, before [`GENERATIONS_BACK`](store::stamps::GENERATIONS_BACK) more
//! are done. Of the ledger's entries all of these are found. What was put back on purpose is accepted (`accepting`).

mod accepting;
mod settling;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use kernel::{KeyError, KeyRing, Scope, ScopeMint, Subject, TenantId};
use seal::leaf::leaf_hash;
use store::stamps::{StampPlace, StampProblem, StampedPlace, StampsSeen};
use store::{MappedTable, Row, StoreError, StoreKind, Stores, Tx, Value, params};
use tokio::sync::Mutex;

use crate::error::LedgerError;
use crate::export::content::{self, Opened, is_sealed};
use crate::export::plan::store_name;
use crate::ledger::tree::{Log, Tiles};
use crate::ledger::{Stored, Whose};
use crate::store as sql;
use crate::{Ledger, Trust};

pub use self::accepting::{AcceptError, REASON_CHARS_MAX};
use self::settling::{ToldOfStore, stamped_tables};

/// Rows that lie in memory at a time.
const PAGE_ROWS: usize = 100;
/// Most findings that are named for one tenant; more are counted.
pub const FINDINGS_MAX: usize = 1_000;

/// Looks through stores. Cloning shares it.
#[derive(Clone)]
pub struct Integrity {
    stores: Stores,
    trust: Trust,
    ledger: Ledger,
    mint: ScopeMint,
    /// Held while a tenant's stamps are settled.
    settling: Arc<Mutex<()>>,
    is_stopping: Arc<AtomicBool>,
}

/// Something that is not what was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// `STORE.TABLE`.
    pub table: String,
    /// Which row: the column that its values are bound to, and its value there.
    pub row: String,
    /// Which column; empty where it is the row as a whole.
    pub column: &'static str,
    /// What is wrong with it.
    pub what: What,
}

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// The value does not open: it was changed, moved from another row or column, or comes from another tenant.
    Altered,
    /// An entry is not the one that the ledger's tree has at its place.
    NotInTree,
    /// There is no entry at a place of the ledger's tree.
    Missing,
    /// The value opens, but it is not the one that was written last.
    PutBack,
    /// There is a value where none was written, or where the last one was removed.
    Unknown,
    /// There is no value where one was written.
    Removed,
    /// Its stamp, which says what was written last, is not of our making.
    Restamped,
    /// The stamps of a table are not those that were settled: they were put back, and maybe the table with them.
    StampsPutBack,
    /// The ledger was told of later stamps than those that are there.
    StampsBehind,
    /// The ledger holds less than was signed of it.
    RolledBack,
    /// The ledger is not what was signed of it.
    Rewritten,
}

/// What a look through a tenant's stores has found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// Rows that were read.
    pub rows: u64,
    /// Sealed values that were opened.
    pub values: u64,
    /// Values whose key was destroyed.
    pub erased: u64,
    /// Values that were compared with what was written last.
    pub compared: u64,
    /// Values of which it is not known yet what was written last.
    pub uncompared: u64,
    /// How many things are wrong.
    pub findings_total: u64,
    /// The first of them, up to [`FINDINGS_MAX`].
    pub findings: Vec<Finding>,
}

impl Checked {
    fn find(&mut self, finding: Finding) {
        self.findings_total += 1;
        if self.findings.len() < FINDINGS_MAX {
            self.findings.push(finding);
        }
    }
}

impl Integrity {
    /// Over stores, keys and the ledger.
    #[must_use]
    pub fn new(stores: &Stores, trust: &Trust, ledger: &Ledger, mint: ScopeMint) -> Self {
        Self {
            stores: stores.clone(),
            trust: trust.clone(),
            ledger: ledger.clone(),
            mint,
            settling: Arc::default(),
            is_stopping: Arc::default(),
        }
    }

    /// Looks through everything of the scope's tenant.
    ///
    /// # Errors
    /// Store and keyring, where they cannot be read; what is wrong in them is no error.
    pub async fn check(&self, scope: &Scope) -> Result<Checked, StoreError> {
        let mut checked = Checked::default();
        let signed = match self.ledger.checkpoint(scope).await {
            Ok(_) => None,
            Err(LedgerError::RolledBack { signed, found }) => Some((What::RolledBack, format!("{found} of {signed} entries"))),
            Err(LedgerError::Rewritten { signed }) => Some((What::Rewritten, format!("the first {signed} entries"))),
            // A tree that cannot be put together again is looked at leaf by leaf below.
            Err(LedgerError::Store(StoreError::Corrupt(_))) => Some((What::Rewritten, "its tree".to_owned())),
            Err(LedgerError::Store(error)) => return Err(error),
            Err(error) => return Err(StoreError::Unavailable(error.to_string())),
        };
        if let Some((what, row)) = signed {
            checked.find(Finding { table: "tenant.ledger_leaf".into(), row, column: "", what });
        }
        self.look(scope, checked).await
    }

    /// As [`Integrity::check`], of stores that lie in a copy of the data: they are compared with themselves alone, and nothing is
    /// signed. How their ledger stands to the present one: [`Ledger::compare_copied`].
    ///
    /// # Errors
    /// As [`Integrity::check`].
    pub async fn check_copied(&self, scope: &Scope) -> Result<Checked, StoreError> {
        self.look(scope, Checked::default()).await
    }

    /// Opens every entry of the instance's ledger, and compares it with the tree. Of a copy or of the present.
    ///
    /// # Errors
    /// As [`Integrity::check`].
    pub async fn check_instance(&self) -> Result<Checked, StoreError> {
        let keys = self.trust.keyring();
        let read = move |tx: &mut Tx<'_>| {
            let mut checked = Checked::default();
            instance_entries(tx, &*keys, &mut checked)?;
            tree(tx, Log::Instance, &mut checked)?;
            Ok::<_, StoreError>(checked)
        };
        self.stores.system().read(read).await
    }

    async fn look(&self, scope: &Scope, mut checked: Checked) -> Result<Checked, StoreError> {
        let (tables, keys, tenant) = (self.stores.mapped()?, self.trust.keyring(), scope.tenant());
        // Before the stores are read: what is settled meanwhile is ahead of it, never behind. An altered leaf is named below.
        let told = match self.told(scope).await {
            Err(StoreError::Corrupt(_) | StoreError::Key(_)) => None,
            other => other?,
        };
        for store in [StoreKind::Tenant, StoreKind::Identity] {
            let told = told.as_ref().and_then(|told| told.of_store(store)).cloned();
            let look = Look { tables, keys: Arc::clone(&keys), tenant, store, told };
            let read = move |tx: &mut Tx<'_>| look.through(tx, checked);
            checked = match store {
                StoreKind::Tenant => self.stores.tenant(scope).read(read).await?,
                _ => self.stores.identity().read(read).await?,
            };
        }
        Ok(checked)
    }
}

struct Look {
    tables: &'static [MappedTable],
    keys: Arc<dyn KeyRing>,
    tenant: TenantId,
    store: StoreKind,
    told: Option<ToldOfStore>,
}

impl Look {
    fn through(&self, tx: &mut Tx<'_>, mut checked: Checked) -> Result<Checked, StoreError> {
        let mut stamps = match StampsSeen::begin(tx, self.tenant) {
            // A head that was altered is named as any row; without a key nothing opens.
            Err(StoreError::Key(_) | StoreError::Corrupt(_)) => None,
            other => Some(other?),
        };
        for table in self.tables.iter().filter(|table| table.map().store == self.store && table.map().bound_to.is_some()) {
            self.table(tx, table, stamps.as_mut(), &mut checked)?;
        }
        if let Some(stamps) = stamps {
            self.stamps(tx, &stamps, &mut checked)?;
        }
        if self.store == StoreKind::Tenant {
            tree(tx, Log::Tenant(self.tenant), &mut checked)?;
        }
        Ok(checked)
    }

    fn table(
        &self,
        tx: &mut Tx<'_>,
        table: &'static MappedTable,
        mut stamps: Option<&mut StampsSeen>,
        checked: &mut Checked,
    ) -> Result<(), StoreError> {
        let mut last: Option<Row> = None;
        loop {
            let page = table.page(tx, Subject::Tenant(self.tenant), last.as_ref(), PAGE_ROWS)?;
            for row in &page {
                let altered = self.row(table, row, checked)?;
                let compared = stamps.as_mut().map_or(Ok(Vec::new()), |stamps| stamps.row(tx, table, row))?;
                // What does not open needs no second name.
                compared.into_iter().filter(|found| !altered.contains(&found.place.column)).for_each(|found| self.name(found, checked));
            }
            let is_full = page.len() == PAGE_ROWS;
            last = page.into_iter().next_back();
            if !is_full {
                return Ok(());
            }
        }
    }

    /// Opens a row's values: the columns whose values do not open.
    fn row(&self, table: &'static MappedTable, row: &Row, checked: &mut Checked) -> Result<Vec<u16>, StoreError> {
        checked.rows += 1;
        let mut altered = Vec::new();
        for column in table.map().columns.iter().filter(|column| is_sealed(column.storage)) {
            match content::open(&*self.keys, table, self.tenant, row, column)? {
                None => {}
                Some(Opened::Content(_) | Opened::Entry(..)) => checked.values += 1,
                Some(Opened::Erased) => checked.erased += 1,
                Some(Opened::Altered) => {
                    altered.push(column.number);
                    checked.find(Finding { table: table_name(table), row: row_name(table, row), column: column.name, what: What::Altered });
                }
            }
        }
        Ok(altered)
    }

    /// What is missing, and whether the stamps are those that were settled and told of.
    fn stamps(&self, tx: &mut Tx<'_>, stamps: &StampsSeen, checked: &mut Checked) -> Result<(), StoreError> {
        checked.compared += stamps.compared;
        checked.uncompared += stamps.unknown;
        let tables: Vec<&'static MappedTable> = stamped_tables(self.tables, self.store).collect();
        let (missing, put_back) = stamps.end(tx, &tables, FINDINGS_MAX)?;
        missing.into_iter().for_each(|found| self.name(found, checked));
        let generation = stamps.head().map_or(0, |head| head.generation);
        for number in put_back {
            let row = format!("settled {generation} times");
            checked.find(Finding { table: self.table_named(number), row, column: "", what: What::StampsPutBack });
        }
        let Some(told) = &self.told else { return Ok(()) };
        if generation < told.generation {
            let (table, row) = (format!("{}.stamp_head", store_name(self.store)), format!("{generation} of {} settlings", told.generation));
            checked.find(Finding { table, row, column: "", what: What::StampsBehind });
        }
        Ok(())
    }

    fn name(&self, found: StampedPlace, checked: &mut Checked) {
        let StampedPlace { place: StampPlace { table: number, row, column }, problem } = found;
        let table = self.tables.iter().find(|table| table.map().number == number);
        let bound_to = table.and_then(|table| table.map().bound_to).unwrap_or_default();
        let columns = table.map_or(&[][..], |table| table.map().columns);
        let column = columns.iter().find(|known| known.number == column).map_or("", |known| known.name);
        let what = match problem {
            StampProblem::PutBack => What::PutBack,
            StampProblem::Unknown => What::Unknown,
            StampProblem::Removed => What::Removed,
            StampProblem::Forged => What::Restamped,
        };
        checked.find(Finding { table: self.table_named(number), row: row_named(bound_to, &Value::Int(row)), column, what });
    }

    fn table_named(&self, number: u16) -> String {
        let table = self.tables.iter().find(|table| table.map().number == number);
        table.map_or_else(|| format!("{}.{number}", store_name(self.store)), table_name)
    }
}

/// Each entry's commitment is the one at its place of the tree, and there is one for every place.
fn tree(tx: &mut Tx<'_>, log: Log, checked: &mut Checked) -> Result<(), StoreError> {
    let size = log.head(tx)?.map_or(0, |head| head.size);
    let mut expected = 0;
    while expected < size {
        let rows = leaves_from(tx, log, expected)?;
        let mut leaves = Vec::new();
        for row in &rows {
            leaves.push((row.get::<i64>(1)?.unsigned_abs(), row.get::<[u8; 32]>(7)?));
        }
        let mut tiles = Tiles::of(log, tx);
        for (place, commitment) in leaves.iter().filter(|(place, _)| *place < size) {
            // Two entries at one place stand one behind the other: the second is none of the tree's.
            while expected < *place {
                checked.find(at_place(log, expected, What::Missing));
                expected += 1;
            }
            let is_in_tree = match tiles.node(0, *place) {
                Ok(hash) => hash == leaf_hash(commitment),
                Err(StoreError::Corrupt(_)) => false,
                Err(error) => return Err(error),
            };
            if !is_in_tree {
                checked.find(at_place(log, *place, What::NotInTree));
            }
            expected = expected.max(*place + 1);
        }
        if rows.len() < PAGE_ROWS {
            while expected < size {
                checked.find(at_place(log, expected, What::Missing));
                expected += 1;
            }
        }
    }
    Ok(())
}

/// Those of the instance are under its own key, which no erasure destroys.
fn instance_entries(tx: &mut Tx<'_>, keys: &dyn KeyRing, checked: &mut Checked) -> Result<(), StoreError> {
    let mut next = Some(0);
    while let Some(from) = next {
        let rows = leaves_from(tx, Log::Instance, from)?;
        for row in &rows {
            let place = row.get::<i64>(1)?.unsigned_abs();
            next = Some(place + 1);
            checked.rows += 1;
            match Stored::of(row, Whose::Instances).and_then(|stored| stored.open(keys)) {
                Ok(_) => checked.values += 1,
                Err(StoreError::Corrupt(_) | StoreError::Key(KeyError::Altered { .. })) => {
                    checked.find(at_place(Log::Instance, place, What::Altered));
                }
                Err(error) => return Err(error),
            }
        }
        next = next.filter(|_| rows.len() == PAGE_ROWS);
    }
    Ok(())
}

fn leaves_from(tx: &mut Tx<'_>, log: Log, place: u64) -> Result<Vec<Row>, StoreError> {
    let from = i64::try_from(place).unwrap_or(i64::MAX);
    match log {
        Log::Tenant(tenant) => tx.query(&sql::LEAVES_FROM, &params![tenant, from, PAGE_ROWS as i64]),
        Log::Instance => tx.query(&sql::cases::INSTANCE_LEAVES_FROM, &params![from, PAGE_ROWS as i64]),
    }
}

fn at_place(log: Log, place: u64, what: What) -> Finding {
    let table = match log {
        Log::Tenant(_) => "tenant.ledger_leaf",
        Log::Instance => "system.instance_ledger_leaf",
    };
    Finding { table: table.into(), row: format!("sequence {place}"), column: "", what }
}

fn table_name(table: &MappedTable) -> String {
    format!("{:?}.{}", table.map().store, table.map().name).to_lowercase()
}

fn row_name(table: &MappedTable, row: &Row) -> String {
    let column = table.map().bound_to.unwrap_or_default();
    let value = table.place_of(column).and_then(|place| row.values().get(place)).cloned().unwrap_or(Value::Null);
    row_named(column, &value)
}

fn row_named(column: &str, value: &Value) -> String {
    let told = content::plain(column, value).map_or_else(|_| String::new(), |json| json.get().trim_matches('"').to_owned());
    format!("{column} {told}")
}
