//! A tenant's ledger, and the instance's own, for whoever may read the data folder. Such a reader is none of the tenant's own: each look at a tenant's
//! data is recorded before anything is answered, in its ledger, or in the instance's where it is at every tenant's at once.

use kernel::{Actor, Scope, SystemWork};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use trust::ledger::instance::Wanted;
use trust::ledger::log::ListedLeaf;
use trust::ledger::succession::Succeeded;
use trust::{LeafEntry, LeafKind};
use wire::Timestamp;
use words::sentence;

use super::perform::{Refused, said};
use super::{CheckpointFacts, LogPage, SuccessionFacts};
use crate::opened::Opened;

/// Entries of a page.
const PAGE_ENTRIES: u32 = 500;

/// Which entries of the instance's log are wanted; any where nothing is said.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InstanceEntries {
    /// Of this kind.
    pub kind: Option<String>,
    /// Recorded at this time or later.
    pub from: Option<Timestamp>,
    /// Recorded before this time.
    pub until: Option<Timestamp>,
    /// Where the page before ended.
    pub below: Option<u64>,
}

/// Entries of the instance's log, the newest first.
#[derive(Serialize, Deserialize)]
pub struct EntriesPage {
    /// The entries.
    pub entries: Vec<EntryLine>,
    /// Where the next page begins; absent behind the last.
    pub next: Option<u64>,
}

/// An entry of the instance's log.
#[derive(Serialize, Deserialize)]
pub struct EntryLine {
    /// Its id, by which its proof is asked for.
    pub leaf: String,
    /// Its place.
    pub index: Option<u64>,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// What was done.
    pub kind: String,
    /// Which kind of actor did it.
    pub actor: String,
    /// The whole entry; absent where it was altered.
    pub entry: Option<Value>,
    /// Whether it is not what was committed to.
    pub is_altered: bool,
}

pub(super) async fn checkpoint(opened: &Opened, scope: &Scope) -> Result<Value, Refused> {
    let signed = opened.ledger.checkpoint(scope).await.map_err(|error| Refused::because(&error))?;
    said(&CheckpointFacts { checkpoint: signed.note, key: signed.key, size: signed.size })
}

/// Says that the instance's log is not what was signed of it. Each tenant's says so where it is asked for, and to the doctor.
pub(crate) async fn warn_where_restored(opened: &Opened) {
    if let Err(error) = opened.ledger.look_at_instance().await {
        tracing::error!(error = %error, "the instance's ledger is not signed");
    }
}

/// What it does is recorded in the log that it is done to: its first entry.
pub(super) async fn succeed(opened: &Opened, scope: Option<&Scope>, checkpoint: Option<&str>) -> Result<Value, Refused> {
    let Succeeded { succession, hand_over } = opened.ledger.succeed(scope, checkpoint).await.map_err(|error| Refused::because(&error))?;
    said(&SuccessionFacts {
        from: succession.from.to_text(),
        to: succession.to.to_text(),
        entries: succession.size,
        kept: succession.kept,
        lost: succession.lost(),
        hand_over,
    })
}

pub(super) async fn of_instance(opened: &Opened, scope: &Scope) -> Result<Value, Refused> {
    let signed = opened.ledger.instance_checkpoint(scope).await.map_err(|error| Refused::because(&error))?;
    said(&CheckpointFacts { checkpoint: signed.note, key: signed.key, size: signed.size })
}

pub(super) async fn file(opened: &Opened, scope: &Scope, from: u64) -> Result<Value, Refused> {
    // Each page: where it begins is the asker's own choice.
    record_reading(opened, scope, "ledger").await?;
    let (lines, next) = opened.ledger.file(scope, from).await.map_err(|error| Refused::because(&error))?;
    said(&LogPage { lines, next })
}

/// The operator's own log: what it tells is no tenant's, and so a look at it is recorded nowhere.
pub(super) async fn instance_list(opened: &Opened, asked: InstanceEntries) -> Result<Value, Refused> {
    let InstanceEntries { kind, from, until, below } = asked;
    let kind = kind.map(|text| LeafKind::from_text(&text).ok_or_else(|| no_kind(&text))).transpose()?;
    let wanted = Wanted { below, kind, from, until };
    let listed = opened.ledger.instance_entries(wanted, PAGE_ENTRIES + 1).await.map_err(|error| Refused::because(&error))?;
    let next = listed.get(PAGE_ENTRIES as usize).and(listed.get(PAGE_ENTRIES as usize - 1)).and_then(|last| last.index);
    let entries = listed.into_iter().take(PAGE_ENTRIES as usize).map(line).collect();
    said(&EntriesPage { entries, next })
}

fn line(leaf: ListedLeaf) -> EntryLine {
    EntryLine {
        leaf: leaf.leaf.to_string(),
        index: leaf.index,
        recorded_at: leaf.recorded_at,
        kind: leaf.kind.text().to_owned(),
        actor: leaf.actor_kind,
        entry: leaf.opened.map(|(_, entry)| entry),
        is_altered: leaf.is_altered,
    }
}

fn no_kind(text: &str) -> Refused {
    let known: Vec<_> = LeafKind::ALL.iter().map(|kind| kind.text()).collect();
    let known = known.join(", ");
    Refused::saying(sentence!(
        "there are no entries of kind {text}; the kinds are {known}",
        "nie ma wpisów rodzaju {text}; są rodzaje {known}"
    ))
}

/// What `purser verify proof` takes.
pub(super) async fn instance_proof(opened: &Opened, leaf: &str, size: Option<u64>) -> Result<Value, Refused> {
    let leaf = leaf.parse().map_err(|_not_an_id| {
        Refused::saying(sentence!(
            "{leaf} is no entry's id; `purser ledger instance list` shows them",
            "{leaf} nie jest identyfikatorem wpisu; pokazuje je `purser ledger instance list`"
        ))
    })?;
    let proven = opened.ledger.instance_proof(leaf, size).await.map_err(|error| Refused::because(&error))?;
    proven.to_answer().map_err(|error| Refused::because(&error))
}

pub(super) async fn instance_checkpoint(opened: &Opened) -> Result<Value, Refused> {
    let signed = opened.ledger.instance_signed().await.map_err(|error| Refused::because(&error))?;
    said(&CheckpointFacts { checkpoint: signed.note, key: signed.key, size: signed.size })
}

/// Where it cannot be recorded, nothing is read.
pub(super) async fn record_reading(opened: &Opened, scope: &Scope, what: &'static str) -> Result<(), Refused> {
    let (keys, acting) = (opened.trust.keyring(), scope.clone());
    let entry = LeafEntry { kind: LeafKind::ReadOnHost, subject: None, payload: json!({ "what": what }) };
    let store = opened.stores.tenant(scope);
    let recorded = store.write(move |tx| trust::ledger::record(tx, &*keys, &acting, entry.clone()).map(|_| ()));
    recorded.await.map_err(|error: store::StoreError| Refused::because(&error))
}

/// As [`record_reading`], of a look at every tenant at once: thousands of leaves would say no more than one.
pub(super) async fn record_reading_of_all(opened: &Opened, what: &'static str) -> Result<(), Refused> {
    let keys = opened.trust.keyring();
    let entry = LeafEntry { kind: LeafKind::ReadOnHost, subject: None, payload: json!({ "what": what }) };
    let actor = Actor::System(SystemWork::HostAdministration);
    let write = opened.stores.system().write(move |tx| trust::ledger::record_instance(tx, &*keys, actor, entry.clone()).map(|_| ()));
    write.await.map_err(|error: store::StoreError| Refused::because(&error))
}
