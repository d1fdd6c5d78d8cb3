//! Whether a copy of the data can be put back, and undoes no erasure, for whoever may read the data folder.
//!
//! The copy is never changed: its files are copied once more into a scratch folder ([`scratch`]), one tenant's at a time, and opened
//! there by the present keyring, as the server would open them once they are put back. No key is ever written there.

mod keys_within;
pub(crate) mod scratch;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use kernel::{KeyRef, Scope, ScopeMint, TenantId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::{Copied, CopiedFile, CopiedStore, Engine, StoreConfig, StoreError, Stores};
use trust::integrity::Checked;
use trust::ledger::copied::{CopiedLog, Standing};
use trust::{Integrity, Ledger, LedgerError, RootSource};
use wire::Timestamp;
use words::sentence;

use self::keys_within::Unknown;
use self::scratch::Scratch;
use super::integrity::{StoreFinding, StoreLine, finding, line};
use super::ledger::record_reading_of_all;
use super::perform::{Refused, host_scope, said};
use crate::opened::{Opened, all_schemas, free_bytes, schemas};

/// What a look at a copy has found.
#[derive(Serialize, Deserialize)]
pub struct BackupFacts {
    /// The copy.
    pub folder: PathBuf,
    /// Files of stores that were looked at.
    pub files: u64,
    /// Those of them that the first start after a restore would migrate, since an earlier version wrote them.
    pub files_to_migrate: u64,
    /// Tenants that there are now and that the copy does not know.
    pub tenants_since: u64,
    /// The instance's ledger; absent where the stores could not be opened.
    pub instance: Option<LedgerInCopy>,
    /// Each tenant that the copy holds.
    pub tenants: Vec<TenantInCopy>,
    /// What is wrong with the copy as a whole.
    pub findings: Vec<BackupFinding>,
    /// How many things are wrong, with those of the tenants.
    pub findings_total: u64,
}

/// Something that is wrong with a copy as a whole.
#[derive(Serialize, Deserialize)]
pub struct BackupFinding {
    /// `key`, `caches`, `missing`, `damaged`, `foreign`, `other-installation`.
    pub what: String,
    /// The file, below the folder.
    pub place: String,
    /// Which key it is, or what is wrong.
    pub detail: String,
}

/// A ledger in a copy.
#[derive(Serialize, Deserialize)]
pub struct LedgerInCopy {
    /// How many entries it has.
    pub entries: u64,
    /// When the newest of them was put in its place.
    pub newest_at: Option<Timestamp>,
    /// How many more there are now.
    pub behind: u64,
    /// How it stands to the present one: `begins`, `ahead`, `unproven`; `parts`, `not-signed`, `damaged`, `empty`.
    pub standing: String,
    /// Where it parts.
    pub parts_at: Option<u64>,
    /// How many of its entries are not what was written; of the instance's only, a tenant's are among its rows.
    pub entries_wrong: u64,
    /// The first of them.
    pub findings: Vec<StoreFinding>,
    /// How many things are wrong with it.
    pub findings_total: u64,
}

/// A tenant in a copy.
#[derive(Serialize, Deserialize)]
pub struct TenantInCopy {
    /// Whether it was erased since: its keys are destroyed, and nothing of it opens.
    pub is_erased: bool,
    /// What its rows are.
    #[serde(flatten)]
    pub store: StoreLine,
    /// Its ledger; absent where it was erased, or its store is not whole.
    pub ledger: Option<LedgerInCopy>,
}

/// Where an installation keeps its caches.
const CACHES: &str = "blobs";
/// What a look leaves free on the disk of the data, in bytes.
const FREE_BYTES_MIN: u64 = 1 << 30;

/// A look that goes on.
struct Look<'o> {
    opened: &'o Opened,
    copied: Arc<Copied>,
    facts: BackupFacts,
}

pub(super) async fn verify(opened: &Opened, folder: &Path) -> Result<Value, Refused> {
    let folder = usable(opened, folder)?;
    // It opens everything, though it shows nothing of it.
    record_reading_of_all(opened, "backup").await?;
    let scratch = Scratch::make(opened.config.data.path())?;
    let copied = Copied::new(&all_schemas(), folder.clone(), scratch.path().to_owned()).map_err(|error| Refused::because(&error))?;
    let facts = BackupFacts {
        folder: folder.clone(),
        files: 0,
        files_to_migrate: 0,
        tenants_since: 0,
        instance: None,
        tenants: Vec::new(),
        findings: Vec::new(),
        findings_total: 0,
    };
    let mut look = Look { opened, copied: Arc::new(copied), facts };
    look.keys().await?;
    look.caches();
    look.settings();
    if look.node_wide().await? {
        look.stores(scratch.path()).await?;
    }
    said(&look.facts.summed())
}

/// The folder, without links in its path.
fn usable(opened: &Opened, folder: &Path) -> Result<PathBuf, Refused> {
    if opened.stores.engine() == Engine::Postgres {
        return Err(Refused::saying(sentence!(
            "this installation keeps its data on PostgreSQL, and this command reads copies of embedded storage only. Restore the dump into a \
             scratch database, put the keyring's second copy back into it with `purser keys restore`, and run `purser verify store` there; \
             then drop that database, since it holds keys. The guide has the steps",
            "ta instalacja trzyma dane w PostgreSQL, a to polecenie czyta tylko kopie wbudowanej bazy. Odtwórz zrzut w bazie próbnej, przywróć \
             do niej drugą kopię pęku kluczy poleceniem `purser keys restore` i uruchom tam `purser verify store`; potem usuń tę bazę, bo są \
             w niej klucze. Kroki opisuje podręcznik"
        )));
    }
    let found = folder.canonicalize().and_then(|path| path.metadata().map(|facts| (path, facts.is_dir())));
    let (path, is_folder) = found.map_err(|error| {
        let path = folder.display();
        Refused::saying(sentence!("{path} cannot be read: {error}", "nie można odczytać {path}: {error}"))
    })?;
    if !is_folder {
        return Err(Refused::saying(sentence!(
            "{path} is no folder: unpack the copy first, and name the folder in which system.db lies",
            "{path} nie jest katalogiem: najpierw rozpakuj kopię i podaj katalog, w którym leży system.db",
            path = path.display()
        )));
    }
    if opened.config.data.path().canonicalize().is_ok_and(|data| data.starts_with(&path) || path.starts_with(&data)) {
        return Err(Refused::saying(sentence!(
            "{path} is not apart from the data folder; name a copy. What the data folder itself holds is looked at by `purser verify store`",
            "{path} nie jest osobno od katalogu danych; podaj kopię. Sam katalog danych sprawdza `purser verify store`",
            path = path.display()
        )));
    }
    Ok(path)
}

impl Look<'_> {
    /// What undoes erasures.
    async fn keys(&mut self) -> Result<(), Refused> {
        let folder = self.facts.folder.clone();
        let passphrase = match &self.opened.config.root {
            RootSource::PassphraseFile { path } => Some(path.clone()),
            _ => None,
        };
        let look = tokio::task::spawn_blocking(move || keys_within::look(&folder, passphrase.as_deref())).await;
        let found = look.map_err(|error| Refused::because(&error))?.map_err(|unknown| match unknown {
            Unknown::TooMany => Refused::saying(sentence!(
                "the folder holds too many files to look through: name the one in which the copy's system.db lies",
                "katalog zawiera zbyt wiele plików, by je przejrzeć: podaj ten, w którym leży system.db kopii"
            )),
            Unknown::Unreadable(path, error) => Refused::saying(sentence!(
                "{path} cannot be read: {error}. Who reads it is the server, where one runs",
                "nie można odczytać {path}: {error}. Czyta go serwer, o ile działa",
                path = path.display()
            )),
        })?;
        for (path, kind) in found {
            self.find("key", &path, kind.text());
        }
        Ok(())
    }

    /// Caches lie under their tenant's key, which outlives a device's: in a copy they tell of devices that were erased since.
    fn caches(&mut self) {
        let folder = self.facts.folder.join(CACHES);
        let tenants = std::fs::read_dir(&folder).into_iter().flatten().flatten();
        let holds_any = |tenant: std::fs::DirEntry| std::fs::read_dir(tenant.path()).map_or(true, |mut entries| entries.next().is_some());
        if tenants.into_iter().any(holds_any) {
            self.find("caches", &folder, "");
        }
    }

    /// Without these the server would be another one for its agents.
    fn settings(&mut self) {
        let data = self.opened.config.data.path();
        let mut names = vec![PathBuf::from("settings.toml")];
        let certificates = std::fs::read_dir(self.opened.config.data.tls()).into_iter().flatten().flatten();
        names.extend(certificates.filter_map(|entry| entry.path().strip_prefix(data).map(Path::to_owned).ok()));
        names.sort();
        for name in names.into_iter().filter(|name| data.join(name).exists()) {
            let path = self.facts.folder.join(name);
            if !path.exists() {
                self.find("missing", &path, "");
            }
        }
    }

    /// Whether the two that are opened below are whole.
    async fn node_wide(&mut self) -> Result<bool, Refused> {
        let mut is_whole = true;
        for store in CopiedStore::NODE_WIDE {
            let is_opened = matches!(store, CopiedStore::System | CopiedStore::Identity);
            let is_sound = self.bring(store).await?;
            is_whole &= is_sound || !is_opened;
            if !is_opened {
                self.copied.put_away(store).map_err(|error| Refused::because(&error))?;
            }
        }
        Ok(is_whole)
    }

    /// Brings a file; whether it can be opened.
    async fn bring(&mut self, store: CopiedStore) -> Result<bool, Refused> {
        self.has_room(store)?;
        let copied = Arc::clone(&self.copied);
        let brought = tokio::task::spawn_blocking(move || copied.bring(store)).await.map_err(|error| Refused::because(&error))?;
        let path = store.file(&self.facts.folder);
        let (what, detail) = match brought.map_err(|error| Refused::because(&error))? {
            CopiedFile::Whole { migrations } => {
                self.facts.files += 1;
                self.facts.files_to_migrate += u64::from(migrations > 0);
                return Ok(true);
            }
            CopiedFile::Missing => ("missing", String::new()),
            CopiedFile::Damaged(reason) => ("damaged", reason),
            CopiedFile::Foreign(reason) => ("foreign", reason),
        };
        self.find(what, &path, &detail);
        Ok(false)
    }

    /// The scratch folder is on the disk of the data: what a look takes must leave every tenant room to write.
    fn has_room(&self, store: CopiedStore) -> Result<(), Refused> {
        let needed = needed_for(self.copied.bytes(store));
        let free = free_bytes(self.opened.config.data.path()).map_err(|error| Refused::because(&error))?;
        if free >= needed {
            return Ok(());
        }
        Err(Refused::saying(sentence!(
            "{path} of the copy is looked at in the data folder, where {needed} bytes must be free for that and for the server itself, and {free} \
             are. Make room, or restore the copy on another machine and run `purser verify store` there",
            "{path} z kopii jest sprawdzany w katalogu danych, gdzie na to i na sam serwer musi być wolnych {needed} bajtów, a jest {free}. Zrób \
             miejsce albo odtwórz kopię na innej maszynie i uruchom tam `purser verify store`",
            path = store.file(&self.facts.folder).display()
        )))
    }

    async fn stores(&mut self, scratch: &Path) -> Result<(), Refused> {
        let (clock, rng) = (self.opened.stores.clock().clone(), self.opened.stores.rng().clone());
        let copy = match Stores::open(StoreConfig::embedded(scratch.to_owned()), schemas(), clock, rng).await {
            Ok(copy) => copy,
            Err(error @ (StoreError::Unavailable(_) | StoreError::Busy(_))) => return Err(Refused::because(&error)),
            Err(error) => {
                let folder = self.facts.folder.clone();
                self.find("damaged", &folder, &error.to_string());
                return Ok(());
            }
        };
        copy.stamp_with(self.opened.trust.keyring());
        let looked = self.through(&copy).await;
        copy.close().await;
        looked
    }

    async fn through(&mut self, copy: &Stores) -> Result<(), Refused> {
        let mint = ScopeMint::for_app();
        let ledger = Ledger::new(copy, &self.opened.trust, mint.clone());
        let integrity = Integrity::new(copy, &self.opened.trust, &ledger, mint);
        let because = |error: StoreError| Refused::because(&error);
        let instance = self.opened.ledger.compare_copied(copy, None).await.map_err(|error| Refused::because(&error))?;
        if instance.standing == (Standing::Parts { at: 0 }) {
            // Nothing in it opens by these keys.
            let folder = self.facts.folder.clone();
            self.find("other-installation", &folder, "");
            return Ok(());
        }
        let checked = integrity.check_instance().await.map_err(because)?;
        self.facts.instance = Some(in_copy(instance, checked));
        let (held, now) = (copy.tenants().await.map_err(because)?, self.opened.stores.tenants().await.map_err(because)?);
        let known: BTreeSet<TenantId> = held.iter().copied().collect();
        self.facts.tenants_since = now.iter().filter(|tenant| !known.contains(tenant)).count() as u64;
        for tenant in held {
            let scope = host_scope(tenant);
            let line = self.tenant(copy, &integrity, &scope).await?;
            self.facts.tenants.push(line);
        }
        Ok(())
    }

    async fn tenant(&mut self, copy: &Stores, integrity: &Integrity, scope: &Scope) -> Result<TenantInCopy, Refused> {
        let (keys, tenant) = (self.opened.trust.keyring(), scope.tenant());
        let asked = tokio::task::spawn_blocking(move || keys.was_destroyed(KeyRef::Tenant(tenant))).await;
        let is_erased = asked.map_err(|error| Refused::because(&error))?.map_err(|error| Refused::because(&error))?;
        let nothing = |is_erased| TenantInCopy { is_erased, store: line(tenant, Checked::default()), ledger: None };
        // The keyring knows its other keys no more, so that nobody could tell an erased value from an altered one.
        if is_erased || !self.bring(CopiedStore::Tenant(tenant)).await? {
            return Ok(nothing(is_erased));
        }
        let looked = match self.opened.ledger.compare_copied(copy, Some(scope)).await {
            Ok(log) => integrity.check_copied(scope).await.map(|checked| (log, checked)),
            Err(LedgerError::Store(error)) => Err(error),
            Err(error) => return Err(Refused::because(&error)),
        };
        copy.remove_tenant(scope).await.map_err(|error| Refused::because(&error))?;
        match looked {
            Ok((log, checked)) => {
                Ok(TenantInCopy { is_erased, store: line(tenant, checked), ledger: Some(in_copy(log, Checked::default())) })
            }
            // A value of a shape that nothing writes: it is this tenant's, and says nothing of the others.
            Err(StoreError::Corrupt(reason)) => {
                let path = CopiedStore::Tenant(tenant).file(&self.facts.folder);
                self.find("damaged", &path, &reason);
                Ok(nothing(false))
            }
            Err(error) => Err(Refused::because(&error)),
        }
    }

    fn find(&mut self, what: &str, path: &Path, detail: &str) {
        let place = path.strip_prefix(&self.facts.folder).unwrap_or(path).display().to_string();
        self.facts.findings.push(BackupFinding { what: what.into(), place, detail: detail.into() });
    }
}

impl BackupFacts {
    fn summed(mut self) -> Self {
        let logs = self.instance.iter().chain(self.tenants.iter().filter_map(|tenant| tenant.ledger.as_ref()));
        let of_logs: u64 = logs.map(|log| log.findings_total).sum();
        let of_rows: u64 = self.tenants.iter().map(|tenant| tenant.store.findings_total).sum();
        self.findings_total = self.findings.len() as u64 + of_logs + of_rows;
        self
    }
}

/// How many bytes must be free before so many are brought.
const fn needed_for(bytes: u64) -> u64 {
    bytes.saturating_add(FREE_BYTES_MIN)
}

fn in_copy(log: CopiedLog, checked: Checked) -> LedgerInCopy {
    let (standing, parts_at) = match log.standing {
        Standing::Begins => ("begins", None),
        Standing::Ahead => ("ahead", None),
        Standing::Unproven => ("unproven", None),
        Standing::Parts { at } => ("parts", Some(at)),
        Standing::NotSigned => ("not-signed", None),
        Standing::Damaged => ("damaged", None),
        Standing::Empty => ("empty", None),
    };
    let CopiedLog { entries, newest_at, behind, .. } = log;
    let (standing, entries_wrong) = (standing.to_owned(), checked.findings_total);
    let findings_total = entries_wrong + u64::from(log.standing.is_finding());
    let findings = checked.findings.into_iter().map(finding).collect();
    LedgerInCopy { entries, newest_at, behind, standing, parts_at, entries_wrong, findings, findings_total }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_brought_leaves_the_server_its_room() {
        assert_eq!((needed_for(0), needed_for(1), needed_for(u64::MAX)), (FREE_BYTES_MIN, FREE_BYTES_MIN + 1, u64::MAX));
    }
}
