//! The policy on how data are treated, as this installation keeps it: in versions that are signed, and that every tenant is told of.
//!
//! It is generated: every promise from its file, and every table from its data map, with the days for which rows are kept *here*.
//! Where what is generated differs from the newest version that is kept, there is a new one, whether a release brought the change
//! or somebody who set the instance up anew; so no change is without a version, a line in the instance's ledger, and one in the
//! ledger of every tenant, whose owners are told. Who else processes data stands in a register that announces its own changes with
//! a notice ([`crate::registers`]).
//!
//! A version is signed as a note ([`seal::policy_note`]); `purser verify policy` needs nothing but the saved answer.

use std::sync::Arc;

use kernel::data_map::{Choice, Retention, Table};
use kernel::{Actor, KeyRef, ScopeMint, SystemWork, TenantId, Timestamp};
use seal::hash::{DIGEST_BYTES, sha256};
use seal::hex;
use seal::note::NoteKey;
use seal::policy_note::PolicyNote;
use serde_json::{Value, json};
use store::{Row, StoreError, Stores, Tx, params};
use words::{Language, Sentence, counted_en, counted_pl, sentence};

use crate::announcements::{Announcement, AnnouncementKind, Reference, announce_to, not_announced_to};
use crate::ledger::{LeafEntry, LeafKind, record_instance, record_once};
use crate::page::{self, purpose};
use crate::promises::{Promise, changes, promises};
use crate::store::policy as sql;
use crate::{Retentions, Trust};

/// Versions that are listed, the newest first.
pub const VERSIONS_LISTED_MAX: u32 = 50;
/// Tenants that one step tells.
pub const TOLD_AT_ONCE: usize = 100;

/// The policy. Cloning shares it.
#[derive(Clone)]
pub struct Policies(Arc<Inner>);

struct Inner {
    stores: Stores,
    trust: Trust,
    mint: ScopeMint,
    /// As it is generated: it stays as long as the program runs.
    content: String,
    announced: u32,
}

/// A version of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// Its number.
    pub version: u32,
    /// The version that the program's makers announced, of which it is.
    pub announced: u32,
    /// SHA-256 of its content.
    pub digest: [u8; DIGEST_BYTES],
    /// When it was made.
    pub made_at: Timestamp,
    /// When the last tenant was told.
    pub told_at: Option<Timestamp>,
    /// What changed, in English and in Polish.
    pub said: Vec<[String; 2]>,
}

/// The newest version, whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// Its number.
    pub version: u32,
    /// When it was made.
    pub made_at: Timestamp,
    /// What it says, as JSON.
    pub content: String,
    /// SHA-256 of that.
    pub digest: [u8; DIGEST_BYTES],
    /// The signed note.
    pub note: String,
    /// The key that it is verified with: name, id and key.
    pub key: String,
}

/// What a step did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyStep {
    /// There is a new version.
    Changed(u32),
    /// So many tenants were told.
    Told(usize),
    /// Nothing.
    Idle,
}

/// The newest version as it is kept.
struct Newest {
    version: u32,
    announced: u32,
    digest: [u8; DIGEST_BYTES],
    content: String,
    made_at: Timestamp,
}

/// A version that not every tenant was told of.
struct Untold {
    version: u32,
    announced: u32,
    digest: [u8; DIGEST_BYTES],
    made_at: Timestamp,
}

impl Policies {
    /// The policy over these tables, which are every crate's.
    #[must_use]
    pub fn new(stores: &Stores, trust: &Trust, mint: ScopeMint, tables: &[&'static Table], retentions: &Retentions) -> Self {
        let content = content(promises(), tables, retentions.instance_days()).to_string();
        let announced = changes().last().map_or(0, |change| change.version);
        Self(Arc::new(Inner { stores: stores.clone(), trust: trust.clone(), mint, content, announced }))
    }

    /// The newest version, signed; nothing before the first step.
    ///
    /// # Errors
    /// The store's.
    pub async fn signed(&self) -> Result<Option<Signed>, StoreError> {
        let Some(newest) = self.0.stores.system().read(newest).await? else { return Ok(None) };
        let name = self.note_name();
        let signed = PolicyNote { name, version: newest.version, made_at_micros: newest.made_at.micros(), digest: newest.digest };
        let key = self.0.trust.log_key();
        let named = NoteKey::new(&signed.name, key.public()).map_err(|error| StoreError::Misuse(error.to_string()))?;
        let note = signed.sign(key);
        let Newest { version, made_at, content, digest, .. } = newest;
        Ok(Some(Signed { version, made_at, content, digest, note, key: named.to_text() }))
    }

    /// The versions, the newest first.
    ///
    /// # Errors
    /// The store's.
    pub async fn versions(&self) -> Result<Vec<Version>, StoreError> {
        let read = |tx: &mut Tx<'_>| tx.query(&sql::POLICIES, &params![VERSIONS_LISTED_MAX])?.iter().map(version).collect();
        self.0.stores.system().read(read).await
    }

    /// Makes a new version where what is generated is not the newest, else tells some tenants of the oldest that not all were told of:
    /// one that was replaced meanwhile was in force too. May run twice: a tenant is told once.
    ///
    /// # Errors
    /// The stores': a tenant that cannot be told is told by a later step, and holds up no other.
    pub async fn step(&self) -> Result<PolicyStep, StoreError> {
        let kept = self.0.stores.system().read(newest).await?;
        match kept {
            Some(kept) if kept.content == self.0.content && kept.announced == self.0.announced => self.tell().await,
            before => self.change(before).await.map(PolicyStep::Changed),
        }
    }

    async fn change(&self, before: Option<Newest>) -> Result<u32, StoreError> {
        let (content, announced) = (self.0.content.clone(), self.0.announced);
        let version = before.as_ref().map_or(1, |before| before.version + 1);
        let digest = sha256(content.as_bytes());
        let said: Vec<[String; 2]> = what_changed(before.as_ref(), announced, &content).iter().map(both).collect();
        let keys = self.0.trust.keyring();
        let payload = json!({ "version": version, "announced": announced, "sha256": hex::encode(&digest), "said": said });
        let said = json!(said).to_string();
        let insert = move |tx: &mut Tx<'_>| {
            let now = tx.now();
            tx.execute(&sql::INSERT_POLICY, &params![version, announced, digest, &content, &said, now])?;
            let entry = LeafEntry { kind: LeafKind::PolicyChanged, subject: None, payload: payload.clone() };
            record_instance(tx, &*keys, Actor::System(SystemWork::Reconciler), entry).map(|_| ())
        };
        self.0.stores.system().write(insert).await?;
        tracing::info!(policy.version = version, "the policy on how data are treated has a new version; every tenant is told");
        Ok(version)
    }

    async fn tell(&self) -> Result<PolicyStep, StoreError> {
        let mut failed = None;
        for version in self.0.stores.system().read(untold).await? {
            match self.tell_of(&version).await {
                Ok(0) => {}
                Ok(told) => return Ok(PolicyStep::Told(told)),
                // Who cannot be told of this one holds up nobody who can be told of the next.
                Err(error) => failed = Some(error),
            }
        }
        failed.map_or(Ok(PolicyStep::Idle), Err)
    }

    /// Tells some tenants of a version: how many. An error where there are some, and none of them could be told.
    async fn tell_of(&self, untold: &Untold) -> Result<usize, StoreError> {
        let announcement = announcement(untold)?;
        let tenants = not_announced_to(&self.0.stores, announcement.kind, announcement.reference.clone()).await?;
        let (mut told, mut failed) = (Vec::new(), None);
        for tenant in &tenants {
            match self.tell_one(*tenant, untold).await {
                Ok(()) => told.push(*tenant),
                // It holds up no other, and the version is not told before it was told too.
                Err(error) => {
                    tracing::error!(tenant.id = %tenant, error = %error, "a tenant cannot be told of the policy's new version");
                    failed = Some(error);
                }
            }
            if told.len() == TOLD_AT_ONCE {
                break;
            }
        }
        if let Some(error) = failed.filter(|_| told.is_empty()) {
            return Err(error);
        }
        let (count, is_last, version) = (told.len(), told.len() == tenants.len(), untold.version);
        let write = move |tx: &mut Tx<'_>| {
            announce_to(tx, &told, &announcement)?;
            if is_last {
                let now = tx.now();
                tx.execute(&sql::TOLD_OF_POLICY, &params![version, now])?;
            }
            Ok::<_, StoreError>(())
        };
        self.0.stores.system().write(write).await?;
        Ok(count)
    }

    async fn tell_one(&self, tenant: TenantId, untold: &Untold) -> Result<(), StoreError> {
        let scope = self.0.mint.system(tenant, SystemWork::Reconciler);
        let payload = json!({ "version": untold.version, "announced": untold.announced, "sha256": hex::encode(&untold.digest) });
        let (keys, entry) = (self.0.trust.keyring(), LeafEntry { kind: LeafKind::PolicyAnnounced, subject: None, payload });
        let (store, act) = (self.0.stores.tenant(&scope), untold.version.to_string());
        let tell = move |tx: &mut Tx<'_>| {
            // Erased meanwhile: there is nobody left to be told.
            if keys.was_destroyed(KeyRef::Tenant(tenant))? {
                return Ok(());
            }
            record_once(tx, &*keys, &scope, entry.clone(), act.as_bytes()).map(|_| ())
        };
        store.write(tell).await
    }

    /// By which its notes are told from others of the same key.
    fn note_name(&self) -> String {
        self.0.trust.log_origin(None).replacen("purser.log/", "purser.policy/", 1).trim_end_matches("/instance").to_owned()
    }
}

fn announcement(untold: &Untold) -> Result<Announcement, StoreError> {
    let reference: Reference = untold.version.to_string().parse().map_err(|error| StoreError::Misuse(format!("{error}")))?;
    let facts = [("version".to_owned(), i64::from(untold.version)), ("made_at".to_owned(), untold.made_at.micros())];
    Ok(Announcement { kind: AnnouncementKind::DataPolicyChanged, reference, facts: facts.into_iter().collect() })
}

/// What is said: every promise, and every table as it is kept here.
fn content(promises: &[Promise], tables: &[&'static Table], instance_days: u16) -> Value {
    let promise =
        |promise: &Promise| json!({ "code": promise.code, "kind": promise.kind.text(), "sentence": in_both(&promise.sentence()) });
    let mut tables = tables.to_vec();
    tables.sort_by_key(|table| (table.store, table.number));
    let tables: Vec<Value> = tables.into_iter().map(|table| table_as_kept(table, instance_days)).collect();
    json!({ "format": 1, "promises": promises.iter().map(promise).collect::<Vec<_>>(), "tables": tables })
}

fn table_as_kept(table: &Table, instance_days: u16) -> Value {
    let days = match table.retention {
        Retention::Days(days) => Some(days),
        Retention::WithSubject | Retention::Transient | Retention::Instance => None,
    };
    let bounds = days.and_then(|days| match days.choice {
        Choice::Owner { min, max } => Some([min, max]),
        Choice::Nobody | Choice::Instance => None,
    });
    let columns = table.columns.iter();
    let columns = columns.map(|column| json!([column.name, page::class(column.class), page::storage(column.storage)]));
    json!({
        "table": name_of(table),
        "purpose": in_both(&purpose(table)),
        "retention": page::retention_word(table.retention),
        "days": days.map(|days| if days.choice == Choice::Instance { instance_days } else { days.days }),
        "days_since": days.map(|days| days.since),
        "days_to_choose": bounds,
        "erasure": page::erasure(table.erasure),
        "columns": columns.collect::<Vec<_>>(),
    })
}

fn name_of(table: &Table) -> String {
    format!("{}.{}", page::store_name(table.store), table.name)
}

/// What differs from the version before: what the program's makers announced since, and each table that is kept for another time.
fn what_changed(before: Option<&Newest>, announced: u32, content: &str) -> Vec<Sentence> {
    let Some(before) = before else {
        return vec![sentence!("The first version.", "Pierwsza wersja.")];
    };
    let is_new = |version: u32| version > before.announced && version <= announced;
    let mut said: Vec<Sentence> = changes().iter().filter(|change| is_new(change.version)).map(crate::promises::Change::sentence).collect();
    let parse = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_default();
    let (old, new) = (parse(&before.content), parse(content));
    for table in new["tables"].as_array().into_iter().flatten() {
        let days_before = old["tables"].as_array().and_then(|tables| tables.iter().find(|one| one["table"] == table["table"]));
        if let (Some(days_before), Some(days)) = (days_before.and_then(|before| before["days"].as_u64()), table["days"].as_u64())
            && days != days_before
        {
            let name = table["table"].as_str().unwrap_or_default();
            let (en, pl) = (counted_en(days, "day", "days"), counted_pl(days, "dzień", "dni", "dni"));
            said.push(sentence!(
                "{name} is kept for {en} instead of {days_before}.",
                "{name} jest przechowywane {pl} zamiast {days_before}."
            ));
        }
    }
    if said.is_empty() {
        said.push(sentence!("Tables or columns were added or described anew.", "Dodano albo opisano na nowo tabele lub kolumny."));
    }
    said
}

fn both(sentence: &Sentence) -> [String; 2] {
    [Language::English, Language::Polish].map(|language| sentence.text(language).to_owned())
}

fn in_both(sentence: &Sentence) -> Value {
    let [en, pl] = both(sentence);
    json!({ "en": en, "pl": pl })
}

fn newest(tx: &mut Tx<'_>) -> Result<Option<Newest>, StoreError> {
    let read = |row: Row| {
        Ok(Newest { version: row.get(0)?, announced: row.get(1)?, digest: row.get(2)?, content: row.get(3)?, made_at: row.get(4)? })
    };
    tx.query_optional(&sql::NEWEST_POLICY, &[])?.map(read).transpose()
}

fn untold(tx: &mut Tx<'_>) -> Result<Vec<Untold>, StoreError> {
    let read = |row: &Row| Ok(Untold { version: row.get(0)?, announced: row.get(1)?, digest: row.get(2)?, made_at: row.get(3)? });
    tx.query(&sql::UNTOLD_POLICIES, &[])?.iter().map(read).collect()
}

fn version(row: &Row) -> Result<Version, StoreError> {
    let said: String = row.get(3)?;
    let said = serde_json::from_str(&said).map_err(|_| StoreError::Corrupt("what is said of a version of the policy".into()))?;
    Ok(Version { version: row.get(0)?, announced: row.get(1)?, digest: row.get(2)?, said, made_at: row.get(4)?, told_at: row.get(5)? })
}

impl std::fmt::Debug for Policies {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Policies")
    }
}
