//! Import: a tenant taken in from its export, with the ids that it had, under new keys.
//!
//! First everything is verified: the manifest's signature, each file's digest, that each table and column is known, that no erasure
//! of the tenant is open here. Only then is anything written, to a tenant that no account knows of yet: the identity store's rows come
//! last, in one transaction that was tried out before, and make it a tenant. One import runs at a time, and none touches a tenant that
//! an account knows of, whatever becomes of it. One that fails leaves nothing behind, no number and no key, but the tombstones of what
//! was erased. One that was cut off is begun anew by the same command.
//!
//! What an export leaves out is made anew: domains give their own stand-ins ([`StandIn`]); what else opens something
//! becomes random bytes, which open nothing; a keyed hash becomes empty. What was erased stays erased: its key is made
//! and destroyed. The ledger comes as it was, entries, salts and tree, so that its root is the old one; from then on the
//! new installation signs it. The import itself is recorded in the instance's ledger, so that the tenant's stays equal.

mod told;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use kernel::data_map::{Column, DataClass, Storage};
use kernel::{ErasureId, KeyError, KeyRef, KeyRing, LeafId, Rng, Scope, Subject, TenantId, Timestamp};
use seal::export_file::{ExportError, Manifest, TableFile};
use seal::note::NoteKey;
use serde_json::value::RawValue;
use store::{MappedTable, StoreError, StoreKind, TenantDb, Tx, Type, Value, params};
use zeroize::Zeroizing;

use crate::data_map::place;
use crate::export::content::{self, Told, is_entry, is_sealed};
use crate::export::plan::{self, Share};
use crate::export::source::{ExportSource, SourceError};
use crate::ledger::stored::Clear;
use crate::store::exports as sql;
use crate::{Exports, LeafKind, TrustError, ledger};

/// Rows that one transaction writes.
const BATCH_ROWS: usize = 500;
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

/// Why a tenant was not taken in. Nothing of it is to be seen then, unless it was there before.
#[derive(Debug, thiserror::Error)]
pub enum ImportFailure {
    /// It cannot be read, or is not what was exported.
    #[error(transparent)]
    Source(#[from] SourceError),
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
    /// It is here.
    #[error("{0} is here already: an import never changes a tenant that there is")]
    Here(TenantId),
    /// It is to be erased here, or something of it is.
    #[error("erasure {0} of this tenant, or of something of it, is open here: wait until it is done, or call it off")]
    ErasureOpen(ErasureId),
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
    source: ExportSource,
    manifest: Manifest,
    tenant: TenantId,
}

impl Verified {
    /// The tenant.
    #[must_use]
    pub const fn tenant(&self) -> TenantId {
        self.tenant
    }

    /// Verifies an export of a tenant, a folder or an archive, each byte of it. Blocks.
    ///
    /// # Errors
    /// [`ImportFailure`].
    pub fn of(path: &Path, key: Option<&NoteKey>) -> Result<Self, ImportFailure> {
        let source = ExportSource::of(path)?;
        let (manifest, note) = source.manifest()?;
        let manifest = Manifest::verify(manifest.as_bytes(), &note, key).map_err(SourceError::from)?;
        if manifest.subject.kind != "tenant" {
            return Err(ImportFailure::NotATenant(manifest.subject.kind));
        }
        let tenant = manifest.subject.tenant.parse().map_err(|_| SourceError::from(ExportError::NotAManifest))?;
        if manifest.altered_values() > 0 {
            return Err(ImportFailure::Altered(manifest.altered_values()));
        }
        for table in &manifest.tables {
            source.each_line(table, |_, _| Ok::<_, SourceError>(()))?;
        }
        Ok(Self { source, manifest, tenant })
    }

    fn each_line(&self, table: &TableFile, each: impl FnMut(u64, &[u8]) -> Result<(), ImportFailure>) -> Result<(), ImportFailure> {
        self.source.each_line(table, each)
    }
}

/// A table and its file.
type Filed = (&'static MappedTable, TableFile);
/// Rows that wait to be written, by their table.
type Rows = Vec<(&'static MappedTable, Vec<Vec<Value>>)>;

impl Exports {
    /// Takes a tenant in.
    ///
    /// # Errors
    /// [`ImportFailure`].
    pub async fn import(&self, scope: &Scope, verified: Verified, stand_ins: StandIns) -> Result<Imported, ImportFailure> {
        // Of two at once the second would clear away what the first one writes.
        let _turn = self.importing.lock().await;
        let (tenant, tables) = (verified.tenant, self.stores.mapped()?);
        // Only where it is certain that it is not: what cannot be read is not absent.
        if self.is_here(tenant).await? {
            return Err(ImportFailure::Here(tenant));
        }
        let files = known(tables, &verified.manifest, tenant)?;
        self.no_erasure_is_open(tenant).await?;
        self.trust.create_tenant(tenant).await?;
        if let Err(failure) = self.take_in(scope, &verified, &files, stand_ins).await {
            if let Err(error) = self.give_up(scope).await {
                // What it failed by comes first; the next import of it begins with what is left.
                tracing::error!(tenant.id = %tenant, error = %error, "what an import that failed has written cannot be removed");
            }
            return Err(failure);
        }
        Ok(Imported { tenant, rows: verified.manifest.rows(), digest: verified.manifest.digest })
    }

    /// Writes everything. The ledger is told before the tenant comes to life, since nothing takes that back.
    async fn take_in(&self, scope: &Scope, verified: &Verified, files: &[Filed], stand_ins: StandIns) -> Result<(), ImportFailure> {
        let prepared = self.prepare(scope, verified, files, stand_ins).await?;
        let intent = self.intend_import(&verified.manifest, verified.tenant).await?;
        let came = self.bring_to_life(prepared).await;
        self.tell_of_import(intent, came.is_ok()).await;
        came
    }

    async fn bring_to_life(&self, prepared: Prepared) -> Result<(), ImportFailure> {
        // Here and no sooner: a key that was destroyed cannot be made again by the next attempt.
        for key in prepared.erased {
            if let Some(subject) = Subject::of_key(key) {
                self.trust.destroy_and_tell(&self.stores, None, subject).await?;
            }
        }
        self.stores.identity().write(move |tx| insert_all(tx, &prepared.accounts)).await.map_err(taken)
    }

    /// Whether an account knows of the tenant: any row of the identity store is one that it lives by.
    async fn is_here(&self, tenant: TenantId) -> Result<bool, StoreError> {
        let subject = Subject::Tenant(tenant);
        let tables = self.stores.mapped()?.iter().filter(move |table| table.map().store == StoreKind::Identity && table.holds(subject));
        let look = move |tx: &mut Tx<'_>| {
            tables
                .map(|table| table.page(tx, subject, None, 1))
                .try_fold(false, |found, page| Ok::<_, StoreError>(found || !page?.is_empty()))
        };
        self.stores.identity().read(look).await
    }

    /// An erasure would take away what comes in, or has begun to take away what was there.
    async fn no_erasure_is_open(&self, tenant: TenantId) -> Result<(), ImportFailure> {
        let look = move |tx: &mut Tx<'_>| tx.query_optional(&sql::ANY_OPEN_ERASURE, &params![tenant]);
        let open = self.stores.system().read(look).await.map_err(|error: StoreError| error)?;
        open.map_or(Ok(()), |row| Err(ImportFailure::ErasureOpen(row.get(0)?)))
    }

    /// Everything but what makes it a tenant; that is tried out.
    async fn prepare(&self, scope: &Scope, verified: &Verified, files: &[Filed], stand_ins: StandIns) -> Result<Prepared, ImportFailure> {
        let tenant = verified.tenant;
        let erased = self.make_keys(verified, files).await?;
        self.stores.create_tenant(tenant).await?;
        self.clear(scope, self.stores.mapped()?).await?;
        let reader = Reader { tenant, keys: self.trust.keyring(), rng: self.stores.rng().clone(), stand_ins };
        for (table, file) in files.iter().filter(|(table, _)| table.map().store == StoreKind::Tenant) {
            self.tenant_rows(scope, &reader, verified, table, file).await?;
        }
        let mut accounts: Rows = Vec::new();
        for (table, file) in files.iter().filter(|(table, _)| table.map().store == StoreKind::Identity) {
            let (reader, verified, table, file) = (reader.clone(), verified.clone(), *table, file.clone());
            let rows = blocking(move || reader.rows(&verified, table, &file)).await?;
            accounts.push((table, rows));
        }
        let accounts = Arc::new(accounts);
        let tried = Arc::clone(&accounts);
        let trial = self.stores.identity().write(move |tx| insert_all(tx, &tried).map_err(Trial::Failed).and(Err::<(), _>(Trial::WouldDo)));
        match trial.await {
            Err(Trial::Failed(error)) => Err(taken(error)),
            Err(Trial::WouldDo) | Ok(()) => Ok(Prepared { erased, accounts }),
        }
    }

    /// Every key that a row lies under; which of them are to be destroyed, since their rows are erased.
    async fn make_keys(&self, verified: &Verified, files: &[Filed]) -> Result<Vec<KeyRef>, ImportFailure> {
        let (verified, files, tenant) = (verified.clone(), files.to_vec(), verified.tenant);
        let needed = blocking(move || keys_of(&verified, &files, tenant)).await?;
        let (keys, erased) = (self.trust.keyring(), needed.erased);
        let asked = erased.clone();
        let gone: BTreeSet<KeyRef> =
            blocking(move || Ok(asked.into_iter().filter(|key| keys.was_destroyed(*key).unwrap_or(false)).collect())).await?;
        let missing: Vec<KeyRef> = needed.used.union(&erased).filter(|key| !gone.contains(key)).copied().collect();
        self.trust.ensure_all(missing).await?;
        Ok(erased.difference(&gone).copied().collect())
    }

    /// Removes every trace of an import that failed; none where the tenant came to life meanwhile, whoever made it.
    async fn give_up(&self, scope: &Scope) -> Result<(), ImportFailure> {
        let (tenant, tables) = (scope.tenant(), self.stores.mapped()?);
        if self.is_here(tenant).await? {
            return Ok(());
        }
        let subject = Subject::Tenant(tenant);
        let is_there = self.stores.tenants().await?.contains(&tenant);
        if is_there {
            self.clear(scope, tables).await?;
            self.stores.remove_tenant(scope).await?;
        }
        let of_system = tables.iter().filter(move |table| table.map().store == StoreKind::System && table.holds(subject));
        let of_system: Vec<&'static MappedTable> = of_system.filter(|table| !table.is_intakes()).collect();
        let forget = move |tx: &mut Tx<'_>| of_system.iter().try_for_each(|table| table.delete(tx, subject).map(|_| ()));
        self.stores.system().write(forget).await.map_err(|error: StoreError| error)?;
        Ok(self.trust.forget_keys(tenant).await?)
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
        let (store, reader, verified, file) = (self.stores.tenant(scope), reader.clone(), verified.clone(), file.clone());
        blocking(move || {
            let mut batch = Vec::new();
            verified.each_line(&file, |number, line| {
                batch.push(reader.row(table, &Line::read(&file, number, line)?)?);
                if batch.len() == BATCH_ROWS { insert(&store, table, std::mem::take(&mut batch)) } else { Ok(()) }
            })?;
            insert(&store, table, batch)
        })
        .await
    }
}

/// What is ready to become a tenant.
struct Prepared {
    /// Keys that are to be destroyed.
    erased: Vec<KeyRef>,
    accounts: Arc<Rows>,
}

/// How it went to write what is not to be written yet.
enum Trial {
    WouldDo,
    Failed(StoreError),
}

impl From<StoreError> for Trial {
    fn from(error: StoreError) -> Self {
        Self::Failed(error)
    }
}

fn insert_all(tx: &mut Tx<'_>, rows: &Rows) -> Result<(), StoreError> {
    rows.iter().try_for_each(|(table, rows)| rows.iter().try_for_each(|row| table.insert(tx, row)))
}

fn taken(error: StoreError) -> ImportFailure {
    match error {
        StoreError::Conflict { constraint } => ImportFailure::Taken(constraint),
        other => other.into(),
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
fn known(tables: &'static [MappedTable], manifest: &Manifest, tenant: TenantId) -> Result<Vec<Filed>, ImportFailure> {
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

fn keys_of(verified: &Verified, files: &[Filed], tenant: TenantId) -> Result<Needed, ImportFailure> {
    let mut needed = Needed::default();
    for (table, file) in files {
        verified.each_line(file, |number, line| {
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
    fn rows(&self, verified: &Verified, table: &'static MappedTable, file: &TableFile) -> Result<Vec<Vec<Value>>, ImportFailure> {
        let mut rows = Vec::new();
        verified.each_line(file, |number, line| {
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
