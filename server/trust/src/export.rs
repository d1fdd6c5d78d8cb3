//! Export: everything that is held of a tenant, a device or a user, in a folder of JSON lines with a signed manifest.
//!
//! Which tables there are, whose their rows are and how their values are sealed is read from the data maps, so a new
//! table is exported without a line here. What is left out stands in the manifest with its reason (`plan`): every
//! registered table is in one list or the other. How values are told: `content`. How the folder is written, and how a
//! half one is told from a whole one: `folder`; one that waits to be fetched is `sealed`, and `archive` makes one file of it. Its format and
//! how it is verified offline: [`seal::export_file`]; a folder and an archive are read alike by [`source`].
//!
//! Each store is read in one transaction, so that its tables agree with each other, a page of rows at a time. Rows that a
//! device's or user's own rows point to (the packages that it shares with others, the groups that it is in) are
//! exported with them; the tenant's store is read first, since its rows point into the identity store, never the reverse.
//! An export is recorded in the tenant's ledger before its manifest is there: one that cannot be recorded is never whole.

pub(crate) mod archive;
pub(crate) mod content;
mod folder;
pub(crate) mod plan;
pub(crate) mod sealed;
pub mod source;

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use kernel::{DeviceScope, KeyRing, Scope, Subject, Timestamp};
use seal::export_file::{ExportSubject, Manifest, TableFile, VERSION, whole_digest};
use serde_json::json;
use serde_json::value::RawValue;
use store::{MappedTable, Row, StoreError, StoreKind, Stores, Tx, Value};

use self::content::is_sealed;
use self::folder::{Folder, TableWriter, Written};
use self::plan::Share;
use self::sealed::SealedFolder;
use crate::error::LedgerError;
use crate::ledger::{Effect, EffectKind, Intent, Outcome};
use crate::{LeafEntry, LeafKind, Ledger, Trust, ledger};

/// Rows that lie in memory at a time.
pub const PAGE_ROWS: usize = 100;

/// Makes exports. Cloning shares it.
#[derive(Clone)]
pub struct Exports {
    pub(crate) stores: Stores,
    pub(crate) trust: Trust,
    ledger: Ledger,
    /// Held by the import that runs.
    pub(crate) importing: Arc<tokio::sync::Mutex<()>>,
}

/// How far an export is, and whether it is to go on. Cloning shares it.
#[derive(Clone, Debug, Default)]
pub struct ExportProgress(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    tables: AtomicU64,
    rows: AtomicU64,
    bytes: AtomicU64,
    is_cancelled: AtomicBool,
}

impl ExportProgress {
    /// Tables whose files are written.
    #[must_use]
    pub fn tables(&self) -> u64 {
        self.0.tables.load(Ordering::Relaxed)
    }

    /// Rows that are written.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.0.rows.load(Ordering::Relaxed)
    }

    /// Bytes of these rows.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.0.bytes.load(Ordering::Relaxed)
    }

    /// The export ends at its next row or page of rows, and nothing is left of it.
    pub fn cancel(&self) {
        self.0.is_cancelled.store(true, Ordering::Relaxed);
    }

    fn row(&self, bytes: usize) -> Result<(), ExportFailure> {
        self.0.rows.fetch_add(1, Ordering::Relaxed);
        self.0.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
        self.goes_on()
    }

    fn goes_on(&self) -> Result<(), ExportFailure> {
        if self.0.is_cancelled.load(Ordering::Relaxed) { Err(ExportFailure::Cancelled) } else { Ok(()) }
    }
}

/// An export that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exported {
    /// What is in it, as its manifest says.
    pub manifest: Manifest,
}

/// What is held of a subject is written to a folder.
#[derive(Clone, Copy, Debug)]
struct WriteExport {
    subject: Subject,
    /// Random: each export is an act of its own.
    number: i64,
}

impl Effect for WriteExport {
    const KIND: EffectKind = EffectKind::Export;

    fn facts(&self) -> serde_json::Value {
        let (tenant, of) = (self.subject.tenant().to_string(), self.subject.kind());
        json!({ "tenant": tenant, "of": of, "id": id_of(self.subject), "export": self.number })
    }
}

/// Why an export was not made.
#[derive(Debug, thiserror::Error)]
pub enum ExportFailure {
    /// Nothing is held of the subject, or it is out of the scope's sight.
    #[error("nothing is held of this {0}")]
    NotFound(&'static str),
    /// The folder is there already.
    #[error("{} is there already: an export is written to a new folder", .0.display())]
    FolderExists(PathBuf),
    /// The folder cannot be written.
    #[error("{} cannot be written; it is the server that writes it, as its own user", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// It was called off while it was made.
    #[error("the export was called off")]
    Cancelled,
    /// A value is not what the data map says.
    #[error("a value cannot be told as JSON")]
    Json(#[from] serde_json::Error),
    /// The ledger.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// Store or keys.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A file, before it is known which folder.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl Exports {
    /// Over stores, keys and the ledger.
    #[must_use]
    pub fn new(stores: &Stores, trust: &Trust, ledger: &Ledger) -> Self {
        Self { stores: stores.clone(), trust: trust.clone(), ledger: ledger.clone(), importing: Arc::default() }
    }

    /// Writes everything that is held of a subject to a new folder. What waits in the intake must be folded before.
    ///
    /// # Errors
    /// [`ExportFailure`]; nothing is left of an export that failed.
    pub async fn export(&self, scope: &Scope, subject: Subject, path: &Path, progress: &ExportProgress) -> Result<Exported, ExportFailure> {
        let in_folder = |source: io::Error| match source.kind() {
            io::ErrorKind::AlreadyExists => ExportFailure::FolderExists(path.to_owned()),
            _ => ExportFailure::Folder { path: path.to_owned(), source },
        };
        sees(scope, subject)?;
        let making = async {
            let folder = Folder::make(path)?;
            let written = self.write(scope, subject, &folder, progress).await;
            if written.is_err() {
                // However large it is, nobody else waits for it.
                let removed = tokio::task::spawn_blocking(move || folder.remove()).await;
                removed.map_err(|error| StoreError::Unavailable(error.to_string()))?;
            }
            written
        };
        self.telling(scope, subject, making).await.map_err(|error| match error {
            ExportFailure::Io(source) => in_folder(source),
            other => other,
        })
    }

    /// As [`Exports::export`], to a new folder that is sealed. What is left of one that failed is the caller's to remove, with its key.
    pub(crate) async fn export_sealed(
        &self,
        scope: &Scope,
        subject: Subject,
        sealed: SealedFolder,
        progress: &ExportProgress,
    ) -> Result<Exported, ExportFailure> {
        sees(scope, subject)?;
        let making = async {
            let folder = Folder::make_sealed(sealed)?;
            self.write(scope, subject, &folder, progress).await
        };
        self.telling(scope, subject, making).await
    }

    /// Told of before and after, in the instance's ledger: the tenant's own is in what is exported, and would be another one each time.
    async fn telling(
        &self,
        scope: &Scope,
        subject: Subject,
        making: impl Future<Output = Result<Exported, ExportFailure>>,
    ) -> Result<Exported, ExportFailure> {
        let (keys, actor) = (self.trust.keyring(), scope.actor());
        let effect = WriteExport { subject, number: (self.stores.rng().bits() >> 1).cast_signed() };
        let intend = move |tx: &mut Tx<'_>| ledger::intend_instance(tx, &*keys, actor, effect);
        let intent: Intent<WriteExport> = self.stores.system().write(intend).await.map_err(|error: StoreError| error)?;
        let exported = making.await;
        let outcome = exported.as_ref().map_or(Outcome::Failed { why: "not-written" }, |exported| Outcome::Done {
            facts: json!({ "digest": exported.manifest.digest, "rows": exported.manifest.rows() }),
        });
        intent.tell(&self.stores, self.trust.keyring(), None, outcome).await?;
        exported
    }

    async fn write(&self, scope: &Scope, subject: Subject, folder: &Folder, progress: &ExportProgress) -> Result<Exported, ExportFailure> {
        let begun_at = self.now();
        let ledger_checkpoint = match self.ledger.checkpoint(scope).await {
            Ok(signed) => Some(signed.note),
            // Whose data they are gets them all the same.
            Err(LedgerError::RolledBack { .. } | LedgerError::Rewritten { .. }) => None,
            Err(error) => return Err(error.into()),
        };
        let tables = self.stores.mapped()?;
        let mut work = Work {
            subject,
            tables,
            keys: self.trust.keyring(),
            folder: folder.clone(),
            progress: progress.clone(),
            pointed: BTreeMap::new(),
        };
        let mut written = Vec::new();
        for store in [StoreKind::Tenant, StoreKind::Identity] {
            let read = move |tx: &mut Tx<'_>| work.store(tx, store).map(|files| (work, files));
            let (again, files) = match store {
                StoreKind::Tenant => self.stores.tenant(scope).read(read).await?,
                _ => self.stores.identity().read(read).await?,
            };
            work = again;
            written.extend(files);
        }
        let manifest = self.manifest(subject, begun_at, ledger_checkpoint, written)?;
        if manifest.rows() == 0 {
            return Err(ExportFailure::NotFound(subject.kind()));
        }
        let (bytes, signature) = manifest.sign(&self.trust.log_origin(Some(subject.tenant())), self.trust.log_key());
        self.record(scope, subject, &manifest).await?;
        let folder = folder.clone();
        let finished = tokio::task::spawn_blocking(move || folder.finish(&bytes, &signature)).await;
        finished.map_err(|error| StoreError::Unavailable(error.to_string()))??;
        Ok(Exported { manifest })
    }

    fn manifest(
        &self,
        subject: Subject,
        begun_at: Timestamp,
        ledger_checkpoint: Option<String>,
        written: Vec<(&'static MappedTable, Written)>,
    ) -> Result<Manifest, StoreError> {
        let left_out = self.stores.mapped()?.iter().filter_map(|table| match plan::share(table, subject) {
            Share::None(reason) => Some(plan::left_out(table, reason)),
            Share::Own | Share::Entries | Share::PointedTo => None,
        });
        let mut files: Vec<TableFile> = written.into_iter().map(|(table, written)| file(table, written)).collect();
        files.sort_by(|left, right| left.file.cmp(&right.file));
        Ok(Manifest {
            version: VERSION,
            key: self.ledger.key(subject.tenant()).to_text(),
            subject: ExportSubject { kind: subject.kind().into(), id: id_of(subject), tenant: subject.tenant().to_string() },
            begun_at: begun_at.to_string(),
            ended_at: self.now().to_string(),
            ledger_checkpoint,
            digest: whole_digest(&files),
            tables: files,
            left_out: left_out.collect(),
        })
    }

    async fn record(&self, scope: &Scope, subject: Subject, manifest: &Manifest) -> Result<(), StoreError> {
        let about = (!matches!(subject, Subject::Tenant(_))).then(|| subject.number());
        let payload = json!({
            "of": subject.kind(), "id": id_of(subject), "tables": manifest.tables.len(), "rows": manifest.rows(), "digest": manifest.digest,
        });
        let (keys, acting) = (self.trust.keyring(), scope.clone());
        let entry = LeafEntry { kind: LeafKind::DataExported, subject: about, payload };
        self.stores.tenant(scope).write(move |tx| ledger::record(tx, &*keys, &acting, entry.clone()).map(|_| ())).await
    }

    fn now(&self) -> Timestamp {
        self.stores.clock().now()
    }
}

/// Who sees some devices only has nothing exported.
fn sees(scope: &Scope, subject: Subject) -> Result<(), ExportFailure> {
    let sees_all = subject.tenant() == scope.tenant() && *scope.devices() == DeviceScope::All;
    if sees_all { Ok(()) } else { Err(ExportFailure::NotFound(subject.kind())) }
}

pub(crate) fn id_of(subject: Subject) -> String {
    match subject {
        Subject::Tenant(tenant) => tenant.to_string(),
        Subject::Device(_, device) => device.to_string(),
        Subject::User(_, user) => user.to_string(),
    }
}

fn file(table: &MappedTable, written: Written) -> TableFile {
    let map = table.map();
    TableFile {
        file: plan::file_of(table),
        store: plan::store_name(map.store).into(),
        table: map.name.into(),
        purpose: map.purpose.into(),
        retention: plan::retention_name(map.retention),
        rows: written.rows,
        erased_values: written.erased,
        altered_values: written.altered,
        sha256: written.sha256,
        columns: plan::columns(table),
    }
}

/// What the transactions of an export do, one after the other.
struct Work {
    subject: Subject,
    tables: &'static [MappedTable],
    keys: Arc<dyn KeyRing>,
    folder: Folder,
    progress: ExportProgress,
    /// Numbers that the subject's own rows point to, by the column that has them.
    pointed: BTreeMap<&'static str, BTreeSet<i64>>,
}

type Files = Vec<(&'static MappedTable, Written)>;

impl Work {
    /// The files of a store's tables. Rows that are pointed to come after those that point.
    fn store(&mut self, tx: &mut Tx<'_>, store: StoreKind) -> Result<Files, ExportFailure> {
        let mut files = Vec::new();
        let shares: Vec<_> =
            self.tables.iter().filter(|table| table.map().store == store).map(|table| (table, plan::share(table, self.subject))).collect();
        for (table, share) in &shares {
            match share {
                Share::Own => files.push((*table, self.own(tx, table)?)),
                Share::Entries => files.push((*table, self.entries(tx, table)?)),
                Share::PointedTo | Share::None(_) => continue,
            }
            self.progress.0.tables.fetch_add(1, Ordering::Relaxed);
        }
        for (table, _) in shares.iter().filter(|(_, share)| *share == Share::PointedTo) {
            files.push((*table, self.pointed_to(tx, table)?));
            self.progress.0.tables.fetch_add(1, Ordering::Relaxed);
        }
        Ok(files)
    }

    fn own(&mut self, tx: &mut Tx<'_>, table: &'static MappedTable) -> Result<Written, ExportFailure> {
        let mut out = self.folder.table(&plan::file_of(table))?;
        // Rows stand in the order of what tells them apart. Where that opens something, as a link of one use does, and so is
        // random and left out, they stand in the order of their lines; such rows are few.
        let mut unordered = plan::orders_by_what_is_left_out(table).then(Vec::new);
        let mut last: Option<Row> = None;
        loop {
            let page = table.page(tx, self.subject, last.as_ref(), PAGE_ROWS)?;
            for row in &page {
                self.note_pointers(table, row);
                let line = self.line(&mut out, table, row)?;
                match &mut unordered {
                    Some(lines) => lines.push(line),
                    None => out.line(&line)?,
                }
            }
            let is_full = page.len() == PAGE_ROWS;
            last = page.into_iter().next_back();
            if !is_full {
                break;
            }
        }
        let mut lines = unordered.unwrap_or_default();
        lines.sort_unstable();
        lines.iter().try_for_each(|line| out.line(line))?;
        Ok(out.end()?)
    }

    /// The entries about the subject, and of what it did: looked for in the whole ledger, which is sorted by neither.
    fn entries(&mut self, tx: &mut Tx<'_>, table: &'static MappedTable) -> Result<Written, ExportFailure> {
        let mut out = self.folder.table(&plan::file_of(table))?;
        let place = |name: &str| table.place_of(name).ok_or_else(|| StoreError::Misuse(format!("a leaf has no {name}")));
        let (subject_id, actor_id, actor_kind) = (place("subject_id")?, place("actor_id")?, place("actor_kind")?);
        let (number, kind) = (Some(self.subject.number()), self.subject.kind());
        let whole = Subject::Tenant(self.subject.tenant());
        let mut last: Option<Row> = None;
        loop {
            // Most of them may be about others.
            self.progress.goes_on()?;
            let page = table.page(tx, whole, last.as_ref(), PAGE_ROWS)?;
            for row in &page {
                let is_actor = row.get::<Option<i64>>(actor_id)? == number && row.get::<String>(actor_kind)? == kind;
                if is_actor || row.get::<Option<i64>>(subject_id)? == number {
                    let line = self.line(&mut out, table, row)?;
                    out.line(&line)?;
                }
            }
            let is_full = page.len() == PAGE_ROWS;
            last = page.into_iter().next_back();
            if !is_full {
                return Ok(out.end()?);
            }
        }
    }

    fn pointed_to(&mut self, tx: &mut Tx<'_>, table: &'static MappedTable) -> Result<Written, ExportFailure> {
        let mut out = self.folder.table(&plan::file_of(table))?;
        let column = table.map().bound_to.unwrap_or_default();
        for number in self.pointed.get(column).cloned().unwrap_or_default() {
            if let Some(row) = table.row_of(tx, self.subject.tenant(), number)? {
                let line = self.line(&mut out, table, &row)?;
                out.line(&line)?;
            }
        }
        Ok(out.end()?)
    }

    fn note_pointers(&mut self, table: &'static MappedTable, row: &Row) {
        if matches!(self.subject, Subject::Tenant(_)) {
            return;
        }
        for ((name, _), value) in table.columns().iter().zip(row.values()) {
            let points = *name != "tenant_id" && self.tables.iter().any(|other| other.map().bound_to == Some(*name));
            if let (true, Value::Int(number)) = (points, value) {
                self.pointed.entry(*name).or_default().insert(*number);
            }
        }
    }

    fn line(&self, out: &mut TableWriter, table: &'static MappedTable, row: &Row) -> Result<Vec<u8>, ExportFailure> {
        let mut line: BTreeMap<&str, Box<RawValue>> = BTreeMap::new();
        for column in table.map().columns.iter().filter(|column| plan::column_left_out(column).is_none()) {
            let Some(value) = table.place_of(column.name).and_then(|place| row.values().get(place)) else { continue };
            let told = if is_sealed(column.storage) { self.opened(out, table, row, column)? } else { content::plain(column.name, value)? };
            line.insert(column.name, told);
        }
        let line = serde_json::to_vec(&line)?;
        self.progress.row(line.len())?;
        Ok(line)
    }

    fn opened(
        &self,
        out: &mut TableWriter,
        table: &'static MappedTable,
        row: &Row,
        column: &kernel::data_map::Column,
    ) -> Result<Box<RawValue>, ExportFailure> {
        let Some(opened) = content::open(&*self.keys, table, self.subject.tenant(), row, column)? else {
            return Ok(RawValue::NULL.to_owned());
        };
        out.erased += u64::from(matches!(opened, content::Opened::Erased));
        out.altered += u64::from(matches!(opened, content::Opened::Altered));
        Ok(content::opened(&opened)?)
    }
}
