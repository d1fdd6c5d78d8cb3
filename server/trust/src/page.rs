//! The Trust page: what is promised and how it stands, what is stored and for how long, and, for a tenant, how its own data fare.
//!
//! Nothing on it is written for it. Promises come from their files, tables from the data maps, results from the doctor, and what a
//! tenant sees from its own keyring and ledger. What it says has a version: a digest over promises and tables, announced in
//! `promises/CHANGES.toml` and signed by the instance.

use std::sync::Arc;

use kernel::data_map::{Choice, Column, DataClass, Erasure, Retention, Storage, StoreKind, Table};
use kernel::{KeyRing, Scope, Timestamp};
use seal::checkpoint::Checkpoint;
use seal::hash::{DIGEST_BYTES, sha256};
use seal::hex;
use serde_json::{Value, json};
use store::{Breach, Engine, Stores};
use words::{Language, Sentence};

use crate::doctor::{Doctor, Outcome};
use crate::epochs::KeyringStatus;
use crate::error::LedgerError;
use crate::ledger::log::{ListedLeaf, SignedCheckpoint};
use crate::promises::{Promise, polish_purpose, promises};
use crate::{LeafKind, Ledger, Retentions, Trust, TrustError};

/// What a signature of the page's version is over, so that it is none of anything else.
const SIGNING_CONTEXT: &str = "purser trust page";
/// Readings by the host's administrator that a tenant's page lists.
pub const HOST_READS_MAX: u32 = 50;
/// Most breaches of a tenant that are shown, the newest.
pub const BREACHES_MAX: u32 = 50;

/// Whom to ask, as URIs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contacts {
    /// About privacy.
    pub privacy: Option<String>,
    /// About a weakness.
    pub security: Option<String>,
}

/// The page. Cloning shares it.
#[derive(Clone)]
pub struct TrustPage(Arc<Inner>);

struct Inner {
    stores: Stores,
    trust: Trust,
    ledger: Ledger,
    doctor: Doctor,
    tables: Vec<&'static Table>,
    contacts: Contacts,
    /// For how many days the rows are kept whose days the instance's set-up says.
    instance_days: u16,
    /// Of what is promised and kept: it stays as long as the program runs.
    digest: [u8; DIGEST_BYTES],
}

/// How one thing stands for one tenant, looked at now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Own {
    /// No row of another tenant is seen, and storage keeps tenants apart.
    pub apart: Outcome,
    /// The ledger is what was signed of it.
    pub ledger: Outcome,
    /// The keys open what they seal.
    pub keys: Outcome,
}

/// How a tenant's data fare.
#[derive(Clone, Debug)]
pub struct TenantPage {
    /// What was looked at now.
    pub own: Own,
    /// How its rows are kept apart from others'.
    pub engine: Engine,
    /// What its ledger is now; nothing where it is not what was signed.
    pub checkpoint: Option<SignedCheckpoint>,
    /// Its part of the keyring.
    pub keyring: KeyringStatus,
    /// Readings by the host's administrator, the newest first.
    pub host_reads: Vec<ListedLeaf>,
    /// Breaches of security that it was told of, the newest first.
    pub breaches: Vec<ListedLeaf>,
    /// Of each kind of entry that is evidence of a promise, the newest.
    pub evidence: Vec<ListedLeaf>,
}

impl TrustPage {
    /// The page over these tables, which are every crate's.
    #[must_use]
    pub fn new(
        stores: &Stores,
        trust: &Trust,
        ledger: &Ledger,
        doctor: &Doctor,
        tables: Vec<&'static Table>,
        contacts: Contacts,
        retentions: &Retentions,
    ) -> Self {
        let (stores, trust, ledger, doctor) = (stores.clone(), trust.clone(), ledger.clone(), doctor.clone());
        let digest = policy_digest(promises(), &tables);
        let instance_days = retentions.instance_days();
        Self(Arc::new(Inner { stores, trust, ledger, doctor, tables, contacts, instance_days, digest }))
    }

    /// Whom to ask.
    #[must_use]
    pub fn contacts(&self) -> &Contacts {
        &self.0.contacts
    }

    pub(crate) fn doctor(&self) -> &Doctor {
        &self.0.doctor
    }

    pub(crate) fn tables(&self) -> &[&'static Table] {
        &self.0.tables
    }

    pub(crate) fn instance_days(&self) -> u16 {
        self.0.instance_days
    }

    /// The digest of what the page says.
    #[must_use]
    pub fn digest(&self) -> [u8; DIGEST_BYTES] {
        self.0.digest
    }

    /// The instance's signature over the page's version, and the key that made it.
    pub(crate) fn signed(&self, version: u32) -> (String, String) {
        let signature = self.0.trust.sign_as_instance(SIGNING_CONTEXT, &[&version.to_be_bytes(), &self.digest()]);
        (signature.0, self.0.trust.instance_keys().current.to_string())
    }

    /// How a tenant's data fare, looked at now.
    ///
    /// # Errors
    /// Store and keys.
    pub async fn of_tenant(&self, scope: &Scope) -> Result<TenantPage, LedgerError> {
        let inner = &self.0;
        let checkpoint = match inner.ledger.checkpoint(scope).await {
            Ok(signed) => Some(signed),
            Err(LedgerError::RolledBack { .. } | LedgerError::Rewritten { .. } | LedgerError::Altered { .. }) => None,
            Err(other) => return Err(other),
        };
        let is_signed =
            checkpoint.as_ref().is_some_and(|signed| Checkpoint::verify(&signed.note, &inner.ledger.key(scope.tenant())).is_ok());
        let mut unseparated = inner.stores.breaches(&[scope.tenant()]).await?;
        let of_tenants: Vec<&'static Table> = inner.tables.iter().copied().filter(|table| table.store == StoreKind::Tenant).collect();
        unseparated.extend(inner.stores.foreign_rows(scope, &of_tenants).await?);
        let keyring = inner.trust.keyring_status(scope.tenant()).await.map_err(store_error)?;
        let mut evidence = Vec::new();
        for kind in evidence_kinds() {
            evidence.extend(inner.ledger.newest_of_kind(scope, kind, 1).await?);
        }
        let own = Own {
            apart: said(unseparated.iter().all(|breach: &Breach| *breach == Breach::NoFile)),
            ledger: said(is_signed && !evidence.iter().any(|leaf| leaf.is_altered)),
            keys: self.keys_hold(scope).await,
        };
        let host_reads = inner.ledger.newest_of_kind(scope, LeafKind::ReadOnHost, HOST_READS_MAX).await?;
        let breaches = inner.ledger.newest_of_kind(scope, LeafKind::BreachTold, BREACHES_MAX).await?;
        Ok(TenantPage { own, engine: inner.stores.engine(), checkpoint, keyring, host_reads, breaches, evidence })
    }

    /// Whether the tenant's key opens what it seals; unknown where that cannot be tried.
    async fn keys_hold(&self, scope: &Scope) -> Outcome {
        let (keys, tenant, trial): (Arc<dyn KeyRing>, _, [u8; 32]) = (self.0.trust.keyring(), scope.tenant(), self.0.stores.rng().bytes());
        let tried = tokio::task::spawn_blocking(move || {
            let (key, place) = (kernel::KeyRef::Tenant(tenant), kernel::Place { table: 0, column: 0, row: 0 });
            let sealed = keys.seal(key, place, &trial).ok()?;
            Some(keys.open(key, place, &sealed).is_ok_and(|opened| *opened == trial))
        });
        tried.await.ok().flatten().map_or(Outcome::Unknown, said)
    }
}

const fn said(is_so: bool) -> Outcome {
    if is_so { Outcome::Ok } else { Outcome::Failed }
}

fn store_error(error: TrustError) -> LedgerError {
    match error {
        TrustError::Store(error) => error.into(),
        TrustError::Key(error) => LedgerError::Store(error.into()),
        other => LedgerError::Store(store::StoreError::Unavailable(other.to_string())),
    }
}

/// The kinds of entries that promises name as their evidence, each once.
fn evidence_kinds() -> Vec<LeafKind> {
    let mut kinds: Vec<LeafKind> = promises().iter().filter_map(|promise| LeafKind::from_text(promise.leaf.as_deref()?)).collect();
    kinds.sort_by_key(|kind| kind.text());
    kinds.dedup();
    kinds
}

/// A digest over everything that is said: promises, and each table with purpose, columns, retention and erasure.
#[must_use]
pub fn policy_digest(promises: &[Promise], tables: &[&'static Table]) -> [u8; DIGEST_BYTES] {
    let promises: Vec<Value> =
        promises.iter().map(|promise| json!([promise.code, format!("{:?}", promise.kind), both(&promise.sentence())])).collect();
    let mut tables: Vec<Value> = tables.iter().map(|table| table_as_said(table)).collect();
    tables.sort_by_cached_key(ToString::to_string);
    sha256(json!([promises, tables]).to_string().as_bytes())
}

fn both(sentence: &Sentence) -> [String; 2] {
    [Language::English, Language::Polish].map(|language| sentence.text(language).to_owned())
}

fn table_as_said(table: &Table) -> Value {
    let column = |column: &Column| json!([column.name, class(column.class), storage(column.storage)]);
    json!([
        store_name(table.store),
        table.name,
        both(&purpose(table)),
        retention(table.retention),
        erasure(table.erasure),
        table.columns.iter().map(column).collect::<Vec<_>>(),
    ])
}

/// What a table is for. In English alone where nobody has translated it yet, which a test forbids.
pub(crate) fn purpose(table: &Table) -> Sentence {
    Sentence::new(table.purpose, polish_purpose(store_name(table.store), table.name).unwrap_or(table.purpose))
}

/// A store's name, as programs read it.
#[must_use]
pub const fn store_name(store: StoreKind) -> &'static str {
    match store {
        StoreKind::System => "system",
        StoreKind::Identity => "identity",
        StoreKind::Keyring => "keyring",
        StoreKind::Master => "master",
        StoreKind::Tenant => "tenant",
    }
}

pub(crate) const fn class(class: DataClass) -> &'static str {
    match class {
        DataClass::Public => "public",
        DataClass::Configuration => "configuration",
        DataClass::Identifying => "identifying",
        DataClass::Personal => "personal",
        DataClass::Secret => "secret",
    }
}

pub(crate) const fn storage(storage: Storage) -> &'static str {
    match storage {
        Storage::Clear => "clear",
        Storage::KeyedHash => "keyed-hash",
        Storage::Digest => "digest",
        Storage::SealedTenant => "sealed-tenant",
        Storage::SealedDevice => "sealed-device",
        Storage::SealedUser => "sealed-user",
        Storage::SealedSubject => "sealed-subject",
        Storage::SealedInstance => "sealed-instance",
    }
}

/// How long rows live: a word, or the number of days with `days-` before it, their bounds and from when on they count.
pub(crate) fn retention(retention: Retention) -> String {
    match retention {
        Retention::WithSubject => "with-subject".into(),
        Retention::Days(days) => match days.choice {
            Choice::Owner { min, max } => format!("days-{}-chosen-{min}-{max}-after-{}", days.days, days.since),
            Choice::Nobody | Choice::Instance => format!("days-{}-after-{}", days.days, days.since),
        },
        Retention::Transient => "transient".into(),
        Retention::Instance => "instance".into(),
    }
}

/// The same without the number: `with-subject`, `days`, `transient` or `instance`.
#[must_use]
pub const fn retention_word(retention: Retention) -> &'static str {
    match retention {
        Retention::WithSubject => "with-subject",
        Retention::Days(_) => "days",
        Retention::Transient => "transient",
        Retention::Instance => "instance",
    }
}

pub(crate) const fn erasure(erasure: Erasure) -> &'static str {
    match erasure {
        Erasure::Device => "device",
        Erasure::User => "user",
        Erasure::Tenant => "tenant",
        Erasure::Never => "never",
    }
}

/// When the newest result of these was made.
pub(crate) fn newest(times: impl Iterator<Item = Timestamp>) -> Option<Timestamp> {
    times.max()
}

/// The digest in hexadecimal.
pub(crate) fn digest_text(digest: [u8; DIGEST_BYTES]) -> String {
    hex::encode(&digest)
}

#[cfg(test)]
mod tests {
    use kernel::data_map::Days;

    use super::*;

    const DAYS: Days = Days::after("n", 400);

    static BEFORE: Table = Table {
        name: "exposure_day",
        number: 1,
        store: StoreKind::Tenant,
        purpose: "Counts.",
        retention: Retention::Days(DAYS),
        erasure: Erasure::Tenant,
        bound_to: None,
        columns: &[Column { name: "n", number: 1, class: DataClass::Configuration, storage: Storage::Clear, meaning: "A number." }],
    };

    #[test]
    fn promise_md_15_another_retention_class_storage_or_purpose_is_another_policy() {
        static RETENTION: Table = Table { retention: Retention::Days(Days::after("n", 401)), ..BEFORE };
        static BOUNDS: Table = Table { retention: Retention::Days(DAYS.or_from(30, 400)), ..BEFORE };
        static ERASURE: Table = Table { erasure: Erasure::Never, ..BEFORE };
        static PURPOSE: Table = Table { purpose: "Counts and more.", ..BEFORE };
        static CLASS: Table = Table {
            columns: &[Column { name: "n", number: 1, class: DataClass::Personal, storage: Storage::Clear, meaning: "A number." }],
            ..BEFORE
        };
        let digest = |table| policy_digest(promises(), &[table]);
        for changed in [&RETENTION, &BOUNDS, &ERASURE, &PURPOSE, &CLASS] {
            assert_ne!(digest(&BEFORE), digest(changed), "{changed:?}");
        }
        assert_ne!(policy_digest(&promises()[1..], &[&BEFORE]), digest(&BEFORE), "a promise that goes is a change too");
        assert_eq!(retention(RETENTION.retention), "days-401-after-n");
    }

    #[test]
    fn the_order_in_which_crates_register_tables_changes_nothing() {
        static OTHER: Table = Table { name: "other", ..BEFORE };
        assert_eq!(policy_digest(promises(), &[&BEFORE, &OTHER]), policy_digest(promises(), &[&OTHER, &BEFORE]));
    }
}
