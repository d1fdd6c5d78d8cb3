//! Import: a tenant taken in from its export, with the ids that it had, under new keys.
//!
//! First everything is verified: the manifest's signature, each file's digest, that each table and column is known. Only
//! then is anything written, to a tenant that no account knows of yet: the identity store's rows come last, in one
//! transaction, and make it a tenant. An import that was cut off before is begun anew by the same command.
//!
//! What an export leaves out is made anew: domains give their own stand-ins ([`StandIn`]); what else opens something
//! becomes random bytes, which open nothing; a keyed hash becomes empty. What was erased stays erased: its key is made
//! and destroyed. The ledger comes as it was, entries, salts and tree, so that its root is the old one; from then on the
//! new installation signs it. The import itself is recorded in the instance's ledger, so that the tenant's stays equal.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use kernel::data_map::{Column, DataClass, Storage};
use kernel::{Actor, KeyError, KeyRef, KeyRing, LeafId, Rng, Scope, Subject, TenantId, Timestamp};
use seal::export_file::{ExportError, MANIFEST_BYTES_MAX, MANIFEST_FILE, MARKS_SUFFIX, Manifest, SIGNATURE_FILE, TableFile, TableVerifier};
use seal::note::NoteKey;
use serde_json::json;
use serde_json::value::RawValue;
use store::{MappedTable, StoreError, StoreKind, TenantDb, Type, Value};
use zeroize::Zeroizing;

use crate::data_map::place;
use crate::export::content::{self, Told, is_entry, is_sealed};
use crate::export::plan::{self, Share};
use crate::ledger::stored::Clear;
use crate::{Exports, LeafEntry, LeafKind, TrustError, ledger};

/// Rows that one transaction writes.
const BATCH_ROWS: usize = 500;
/// Longest line that is read, in bytes: a row with the largest content, and what stands around it.
pub const LINE_BYTES_MAX: u64 = 160 * 1024 * 1024;
/// Length of what stands in the place of an erased value: it opens nothing, for its key is destroyed.
const ERASED_BYTES: usize = 64;

/// What stands in for a value that an export leaves out.
#[derive(Debug)]
pub enum StandIn {
    /// This, as it is.
    Stored(Value),
    /// This, sealed like any value of the column.
    Sealed(Zeroizing<Vec<u8>>),
}

/// A row as a line tells it.
pub type ToldRow = BTreeMap<String, Box<RawValue>>;
/// What a domain gives for a table's column of a row; nothing where it is none of its own.
pub type StandIns = Arc<dyn Fn(&str, &str, &ToldRow) -> Result<Option<StandIn>, StoreError> + Send + Sync>;

/// Why a tenant was not taken in. Nothing of it is to be seen then.
#[derive(Debug, thiserror::Error)]
pub enum ImportFailure {
    /// A file cannot be read.
    #[error("{} cannot be read", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The export is not what was exported.
    #[error(transparent)]
    Export(#[from] ExportError),
    /// It is of a device or user.
    #[error("this is the export of a {0}: only a whole tenant is taken in")]
    NotATenant(String),
    /// The export has values that did not open.
    #[error("{0} values of the export did not open when it was made, so they cannot be taken in")]
    Altered(u64),
    /// The tables are not those of this program.
    #[error("{what} is not known here, or missing: the export is of another version of the program")]
    OtherVersion {
        /// Which table or column.
        what: String,
    },
    /// A line says something that its table cannot hold.
    #[error("{file}, line {line}: {column} has no value that can be taken in")]
    Value {
        /// The file.
        file: String,
        /// The line.
        line: u64,
        /// The column.
        column: String,
    },
    /// There was such a tenant, and it was erased.
    #[error("this tenant was erased here: its number is used up")]
    Erased,
    /// Something of it is here already, in another tenant.
    #[error("an account or row of the export is here already, in another tenant ({0})")]
    Taken(String),
    /// Store or keys.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Keys.
    #[error(transparent)]
    Trust(TrustError),
}

impl From<TrustError> for ImportFailure {
    fn from(error: TrustError) -> Self {
        match error {
            TrustError::Key(KeyError::Missing) => Self::Erased,
            TrustError::Store(error) => Self::Store(error),
            other => Self::Trust(other),
        }
    }
}

/// A tenant that was taken in.
#[derive(Clone, Debug)]
pub struct Imported {
    /// The tenant.
    pub tenant: TenantId,
    /// How many rows.
    pub rows: u64,
    /// The digest of the export.
    pub digest: String,
}

/// A verified export.
#[derive(Clone, Debug)]
pub struct Verified {
    folder: PathBuf,
    manifest: Manifest,
    tenant: TenantId,
}

impl Verified {
    /// The tenant.
    #[must_use]
    pub const fn tenant(&self) -> TenantId {
        self.tenant
    }

    /// Verifies an export of a tenant, each byte of it. Blocks.
    ///
    /// # Errors
    /// [`ImportFailure`].
    pub fn of(folder: &Path, key: Option<&NoteKey>) -> Result<Self, ImportFailure> {
        let manifest = Manifest::verify(small(&folder.join(MANIFEST_FILE))?.as_bytes(), &small(&folder.join(SIGNATURE_FILE))?, key)?;
        if manifest.subject.kind != "tenant" {
            return Err(ImportFailure::NotATenant(manifest.subject.kind));
        }
        let tenant = manifest.subject.tenant.parse().map_err(|_| ExportError::NotAManifest)?;
        let altered: u64 = manifest.tables.iter().map(|table| table.altered_values).sum();
        if altered > 0 {
            return Err(ImportFailure::Altered(altered));
        }
        for table in &manifest.tables {
            each_line(folder, table, |_, _| Ok(()))?;
        }
        Ok(Self { folder: folder.to_owned(), manifest, tenant })
    }
}

fn small(path: &Path) -> Result<String, ImportFailure> {
    let mut text = String::new();
    let read = File::open(path).and_then(|file| file.take(MANIFEST_BYTES_MAX).read_to_string(&mut text));
    read.map(|_| text).map_err(|source| ImportFailure::File { path: path.to_owned(), source })
}

/// Hands each line over. It is verified whenever it is read: nobody may change the file between two readings.
fn each_line(folder: &Path, table: &TableFile, mut each: impl FnMut(u64, &[u8]) -> Result<(), ImportFailure>) -> Result<(), ImportFailure> {
    let path = folder.join(&table.file);
    let cannot = |source| ImportFailure::File { path: path.clone(), source };
    let mut lines = BufReader::new(File::open(&path).map_err(cannot)?);
    let mut marks = File::open(folder.join(format!("{}{MARKS_SUFFIX}", table.file))).ok().map(|file| BufReader::new(file).lines());
    let (mut verifier, mut line) = (TableVerifier::of(table), Vec::new());
    for number in 1.. {
        line.clear();
        if lines.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut line).map_err(cannot)? == 0 {
            break;
        }
        let content = line.strip_suffix(b"\n").unwrap_or(b"");
        verifier.take(content, marks.as_mut().and_then(Iterator::next).and_then(Result::ok).as_deref())?;
        each(number, content)?;
    }
    Ok(verifier.end()?)
}

impl Exports {
    /// Takes a tenant in. The caller has seen that no account knows of it.
    ///
    /// # Errors
    /// [`ImportFailure`].
    pub async fn import(&self, scope: &Scope, verified: Verified, stand_ins: StandIns) -> Result<Imported, ImportFailure> {
        let (tenant, tables) = (verified.tenant, self.stores.mapped()?);
        let files = known(tables, &verified.manifest, tenant)?;
        self.trust.create_tenant(tenant).await?;
        self.make_keys(&verified, &files).await?;
        self.stores.create_tenant(tenant).await?;
        self.clear(scope, tables).await?;
        let reader = Reader { tenant, keys: self.trust.keyring(), rng: self.stores.rng().clone(), stand_ins };
        for (table, file) in files.iter().filter(|(table, _)| table.map().store == StoreKind::Tenant) {
            self.tenant_rows(scope, &reader, &verified, table, file).await?;
        }
        let mut last = Vec::new();
        for (table, file) in files.iter().filter(|(table, _)| table.map().store == StoreKind::Identity) {
            let (reader, verified, table, file) = (reader.clone(), verified.clone(), *table, file.clone());
            let rows = blocking(move || reader.rows(&verified.folder, table, &file)).await?;
            last.push((table, rows));
        }
        let written = self
            .stores
            .identity()
            .write(move |tx| last.iter().try_for_each(|(table, rows)| rows.iter().try_for_each(|row| table.insert(tx, row))));
        written.await.map_err(|error: StoreError| match error {
            StoreError::Conflict { constraint } => ImportFailure::Taken(constraint),
            other => other.into(),
        })?;
        let (rows, digest) = (verified.manifest.rows(), verified.manifest.digest);
        self.record_import(tenant, rows, &digest, &verified.manifest.key).await?;
        Ok(Imported { tenant, rows, digest })
    }

    /// Every key that a row lies under, and the end of those whose rows are erased.
    async fn make_keys(&self, verified: &Verified, files: &[(&'static MappedTable, TableFile)]) -> Result<(), ImportFailure> {
        let (verified, files, tenant) = (verified.clone(), files.to_vec(), verified.tenant);
        let needed = blocking(move || keys_of(&verified, &files, tenant)).await?;
        let (keys, erased) = (self.trust.keyring(), needed.erased);
        let asked = erased.clone();
        let gone: BTreeSet<KeyRef> =
            blocking(move || Ok(asked.into_iter().filter(|key| keys.was_destroyed(*key).unwrap_or(false)).collect())).await?;
        let missing: Vec<KeyRef> = needed.used.union(&erased).filter(|key| !gone.contains(key)).copied().collect();
        self.trust.ensure_all(missing).await?;
        for key in erased.difference(&gone) {
            if let Some(subject) = Subject::of_key(*key) {
                self.trust.destroy_and_tell(&self.stores, None, subject).await?;
            }
        }
        Ok(())
    }

    /// Removes what an import that was cut off has written.
    async fn clear(&self, scope: &Scope, tables: &'static [MappedTable]) -> Result<(), StoreError> {
        let subject = Subject::Tenant(scope.tenant());
        self.stores
            .tenant(scope)
            .write(move |tx| {
                let of_tenant = tables.iter().filter(|table| table.map().store == StoreKind::Tenant);
                of_tenant
                    .filter(|table| plan::share(table, subject) == Share::Own)
                    .try_for_each(|table| table.delete(tx, subject).map(|_| ()))
            })
            .await
    }

    async fn tenant_rows(
        &self,
        scope: &Scope,
        reader: &Reader,
        verified: &Verified,
        table: &'static MappedTable,
        file: &TableFile,
    ) -> Result<(), ImportFailure> {
        let (store, reader, folder, file) = (self.stores.tenant(scope), reader.clone(), verified.folder.clone(), file.clone());
        blocking(move || {
            let mut batch = Vec::new();
            each_line(&folder, &file, |number, line| {
                batch.push(reader.row(table, &Line::read(&file, number, line)?)?);
                if batch.len() == BATCH_ROWS { insert(&store, table, std::mem::take(&mut batch)) } else { Ok(()) }
            })?;
            insert(&store, table, batch)
        })
        .await
    }

    async fn record_import(&self, tenant: TenantId, rows: u64, digest: &str, key: &str) -> Result<(), StoreError> {
        let keys = self.trust.keyring();
        let actor = Actor::System(kernel::SystemWork::HostAdministration);
        let payload = json!({ "rows": rows, "digest": digest, "signed_by": key });
        let entry = LeafEntry { kind: LeafKind::TenantImported, subject: Some(tenant.number()), payload };
        self.stores.system().write(move |tx| ledger::record_instance(tx, &*keys, actor, entry.clone()).map(|_| ())).await
    }
}

fn insert(store: &TenantDb, table: &'static MappedTable, rows: Vec<Vec<Value>>) -> Result<(), ImportFailure> {
    let written: Result<(), StoreError> = store.write_now(move |tx| rows.iter().try_for_each(|row| table.insert(tx, row)));
    Ok(written?)
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, ImportFailure> + Send + 'static) -> Result<T, ImportFailure> {
    tokio::task::spawn_blocking(work).await.map_err(|error| StoreError::Unavailable(error.to_string()))?
}

/// Each table that a tenant has, with its file, in the order of the data maps; each must be there, with the very columns.
fn known(
    tables: &'static [MappedTable],
    manifest: &Manifest,
    tenant: TenantId,
) -> Result<Vec<(&'static MappedTable, TableFile)>, ImportFailure> {
    let other = |what: &str| ImportFailure::OtherVersion { what: what.to_owned() };
    let mut files: BTreeMap<&str, &TableFile> = manifest.tables.iter().map(|table| (table.file.as_str(), table)).collect();
    let mut found = Vec::new();
    for table in tables.iter().filter(|table| plan::share(table, Subject::Tenant(tenant)) == Share::Own) {
        let name = plan::file_of(table);
        let file = files.remove(name.as_str()).ok_or_else(|| other(&name))?;
        let columns: BTreeSet<&str> = file.columns.iter().map(|column| column.name.as_str()).collect();
        let own: BTreeSet<&str> = table.map().columns.iter().map(|column| column.name).collect();
        if let Some(column) = columns.symmetric_difference(&own).next() {
            return Err(other(&format!("{name}, {column}")));
        }
        found.push((table, file.clone()));
    }
    files.keys().next().map_or(Ok(found), |file| Err(other(file)))
}

#[derive(Default)]
struct Needed {
    used: BTreeSet<KeyRef>,
    erased: BTreeSet<KeyRef>,
}

fn keys_of(verified: &Verified, files: &[(&'static MappedTable, TableFile)], tenant: TenantId) -> Result<Needed, ImportFailure> {
    let mut needed = Needed::default();
    for (table, file) in files {
        each_line(&verified.folder, file, |number, line| {
            let row = Line::read(file, number, line)?;
            for column in table.map().columns.iter().filter(|column| is_sealed(column.storage)) {
                let (key, _) = row.lock_of(table, tenant, column)?;
                let is_erased = match plan::column_left_out(column) {
                    Some(_) => false,
                    None => row.told(table, column)? == Told::Erased,
                };
                if is_erased {
                    needed.erased.insert(key)
                } else {
                    needed.used.insert(key)
                };
            }
            Ok(())
        })?;
    }
    // A column that is left out is sealed under the key of its row, which may be destroyed.
    needed.used = needed.used.difference(&needed.erased).copied().collect();
    Ok(needed)
}

/// A row as its line tells it.
struct Line<'f> {
    file: &'f TableFile,
    number: u64,
    row: ToldRow,
}

impl<'f> Line<'f> {
    fn read(file: &'f TableFile, number: u64, line: &[u8]) -> Result<Self, ImportFailure> {
        let row = serde_json::from_slice(line).map_err(|_| ImportFailure::Value {
            file: file.file.clone(),
            line: number,
            column: "{}".into(),
        })?;
        Ok(Self { file, number, row })
    }

    fn refused(&self, column: &str) -> ImportFailure {
        ImportFailure::Value { file: self.file.file.clone(), line: self.number, column: column.to_owned() }
    }

    fn value(&self, table: &'static MappedTable, column: &str) -> Result<Value, ImportFailure> {
        let kind = table.columns().iter().find(|(name, _)| *name == column).map(|(_, kind)| *kind);
        let json = self.row.get(column);
        let value = kind.zip(json).and_then(|(kind, json)| content::value_of(column, kind, json));
        value.ok_or_else(|| self.refused(column))
    }

    fn told(&self, table: &'static MappedTable, column: &Column) -> Result<Told, ImportFailure> {
        let json = self.row.get(column.name).ok_or_else(|| self.refused(column.name))?;
        content::told(json, is_entry(table.map().number, column)).ok_or_else(|| self.refused(column.name))
    }

    /// What an entry of the ledger says in clear.
    fn clear(&self, table: &'static MappedTable) -> Result<Clear, ImportFailure> {
        let id = |name: &str| match self.value(table, name)? {
            Value::Null => Ok(None),
            Value::Int(number) => Ok(Some(number)),
            _ => Err(self.refused(name)),
        };
        let number = |name: &str| id(name)?.ok_or_else(|| self.refused(name));
        let text = |name: &str| match self.value(table, name)? {
            Value::Text(text) => Ok(text),
            _ => Err(self.refused(name)),
        };
        let commitment = match self.value(table, "commitment")? {
            Value::Blob(bytes) => bytes.try_into().map_err(|_| self.refused("commitment"))?,
            _ => return Err(self.refused("commitment")),
        };
        Ok(Clear {
            leaf: LeafId::from_number(number("leaf_id")?).ok_or_else(|| self.refused("leaf_id"))?,
            kind: LeafKind::from_text(&text("kind")?).ok_or_else(|| self.refused("kind"))?,
            actor_kind: text("actor_kind")?,
            actor_id: id("actor_id")?,
            subject: id("subject_id")?,
            at: Timestamp::from_micros(number("recorded_at")?),
            commitment,
        })
    }

    fn lock_of(&self, table: &'static MappedTable, tenant: TenantId, column: &Column) -> Result<(KeyRef, kernel::Place), ImportFailure> {
        let number = |name: &str| match self.value(table, name) {
            Ok(Value::Int(number)) => Ok(number),
            _ => Err(StoreError::Corrupt(format!("{}, line {}: {name} is no number", self.file.file, self.number))),
        };
        if !is_entry(table.map().number, column) {
            return Ok(content::lock_of(table, tenant, column, number)?);
        }
        let clear = self.clear(table)?;
        Ok(ledger::lock_of(tenant, clear.leaf, clear.kind, clear.subject))
    }
}

/// Makes rows of lines.
#[derive(Clone)]
struct Reader {
    tenant: TenantId,
    keys: Arc<dyn KeyRing>,
    rng: Rng,
    stand_ins: StandIns,
}

impl Reader {
    /// All rows of a file, sealed: for those of accounts, of which a tenant has few.
    fn rows(&self, folder: &Path, table: &'static MappedTable, file: &TableFile) -> Result<Vec<Vec<Value>>, ImportFailure> {
        let mut rows = Vec::new();
        each_line(folder, file, |number, line| {
            rows.push(self.row(table, &Line::read(file, number, line)?)?);
            Ok(())
        })?;
        Ok(rows)
    }

    fn row(&self, table: &'static MappedTable, line: &Line<'_>) -> Result<Vec<Value>, ImportFailure> {
        let value = |(name, _): &(&'static str, Type)| {
            let column = table.map().columns.iter().find(|column| column.name == *name).ok_or_else(|| line.refused(name))?;
            match (plan::column_left_out(column), is_sealed(column.storage)) {
                (Some(_), _) => self.stand_in(table, line, column),
                (None, true) => match line.told(table, column)? {
                    Told::Nothing => Ok(Value::Null),
                    Told::Erased => Ok(Value::from(self.rng.bytes::<ERASED_BYTES>())),
                    Told::Content(content) => self.seal(table, line, column, &Zeroizing::new(content)),
                },
                (None, false) => line.value(table, name),
            }
        };
        let row: Vec<Value> = table.columns().iter().map(value).collect::<Result<_, _>>()?;
        // The ids are kept, so whoever wrote the file must not reach another tenant's rows.
        match table.place_of("tenant_id").map(|place| &row[place]) {
            Some(Value::Int(number)) if *number == self.tenant.number() => Ok(row),
            _ => Err(line.refused("tenant_id")),
        }
    }

    fn seal(&self, table: &'static MappedTable, line: &Line<'_>, column: &Column, content: &[u8]) -> Result<Value, ImportFailure> {
        let (key, place) = line.lock_of(table, self.tenant, column)?;
        match self.keys.seal(key, place, content) {
            Ok(sealed) => Ok(Value::from(sealed)),
            Err(KeyError::Missing) => Ok(Value::from(self.rng.bytes::<ERASED_BYTES>())),
            Err(error) => Err(StoreError::Key(error).into()),
        }
    }

    fn stand_in(&self, table: &'static MappedTable, line: &Line<'_>, column: &Column) -> Result<Value, ImportFailure> {
        let name = table.map().name;
        if table.map().number == place::LEDGER_LEAF && column.storage == Storage::KeyedHash {
            let binding = line.clear(table)?.binding(&*self.keys, self.tenant).map_err(StoreError::Key)?;
            return Ok(Value::from(binding));
        }
        match (self.stand_ins)(name, column.name, &line.row)? {
            Some(StandIn::Stored(value)) => Ok(value),
            Some(StandIn::Sealed(content)) => self.seal(table, line, column, &content),
            None if column.storage == Storage::Digest && column.class == DataClass::Secret => Ok(Value::from(self.rng.bytes::<32>())),
            None if column.storage == Storage::KeyedHash => Ok(Value::Null),
            None => Err(StoreError::Misuse(format!("nothing stands in for {name}.{}", column.name)).into()),
        }
    }
}
