//! What the doors did, in the instance's ledger: that somebody was banned, by a pseudonym of the day, never by address; and which rules
//! of the request filter were met, how often.
//!
//! A ban begins on the thread that answers a request, which does not wait for a store: it is put aside here, and a worker writes
//! it down. A flood from many addresses must not flood the ledger: [`LEAVES_MAX`] bans of a step get a leaf each, and one more says
//! how many there were besides.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use kernel::{Actor, SystemWork, Timestamp};
use serde_json::{Value, json};
use store::StoreError;
use trust::LeafKind;
use trust::access_log::AccessLog;
use trust::ledger::{LeafEntry, record_instance};
use web::doors::{Ban, BanChange, BanLog, Banned};

use crate::opened::Opened;

/// How often bans are written down.
pub(crate) const BANS_INTERVAL: Duration = Duration::from_secs(60);
/// Bans of one step that get a leaf of their own.
pub(crate) const LEAVES_MAX: usize = 20;

/// Bans that are not in the ledger yet, and what it was told of the request filter's counts. Cloning shares them.
#[derive(Clone, Default)]
pub(crate) struct DoorLedger {
    waiting: Arc<Mutex<Waiting>>,
    /// By the rule's name.
    told: Arc<Mutex<BTreeMap<&'static str, u64>>>,
}

#[derive(Default)]
struct Waiting {
    entries: Vec<LeafEntry>,
    further: u64,
}

impl DoorLedger {
    /// What the doors tell of each ban. One that was lifted is told by whoever lifted it.
    pub(crate) fn log(&self, access_log: &AccessLog) -> BanLog {
        let (ledger, access_log) = (self.clone(), access_log.clone());
        Arc::new(move |change: &BanChange| {
            if change.is_lifted {
                return;
            }
            let mut waiting = ledger.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            if waiting.entries.len() < LEAVES_MAX {
                waiting.entries.push(entry_of(&access_log, LeafKind::BanBegun, &change.ban, change.at));
            } else {
                waiting.further += 1;
            }
        })
    }

    fn take(&self) -> Waiting {
        std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Writes down how many requests met which rule of the request filter since this was written last, where any did.
    pub(crate) async fn write_met(&self, opened: &Opened) -> Result<(), StoreError> {
        let counts = opened.filter.counts();
        let met: BTreeMap<&str, u64> = {
            let told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
            // A rule that was not told of yet has been met as often as it is counted.
            let news = counts.iter().map(|(rule, count)| (*rule, count - told.get(rule).copied().unwrap_or_default()));
            news.filter(|(_, count)| *count > 0).collect()
        };
        if met.is_empty() {
            return Ok(());
        }
        let payload = json!({ "mode": opened.filter.mode(), "rules": met });
        let entry = LeafEntry { kind: LeafKind::RequestsFiltered, subject: None, payload };
        record(opened, vec![entry], Actor::System(SystemWork::Reconciler)).await?;
        *self.told.lock().unwrap_or_else(PoisonError::into_inner) = counts;
        Ok(())
    }

    /// Writes down what waits. What cannot be written is said in the log by whoever asks, and not tried again.
    pub(crate) async fn write(&self, opened: &Opened) -> Result<(), StoreError> {
        let Waiting { mut entries, further } = self.take();
        if further > 0 {
            entries.push(LeafEntry { kind: LeafKind::BanBegun, subject: None, payload: json!({ "further": further }) });
        }
        record(opened, entries, Actor::System(SystemWork::Reconciler)).await
    }
}

/// Tells of bans that whoever administers the host lifted.
pub(crate) async fn record_lifted(opened: &Opened, bans: &[Ban]) -> Result<(), StoreError> {
    let at = opened.stores.clock().now();
    let mut entries: Vec<LeafEntry> =
        bans.iter().take(LEAVES_MAX).map(|ban| entry_of(&opened.access_log, LeafKind::BanLifted, ban, at)).collect();
    let further = bans.len().saturating_sub(LEAVES_MAX);
    if further > 0 {
        entries.push(LeafEntry { kind: LeafKind::BanLifted, subject: None, payload: json!({ "further": further }) });
    }
    record(opened, entries, Actor::System(SystemWork::HostAdministration)).await
}

async fn record(opened: &Opened, entries: Vec<LeafEntry>, actor: Actor) -> Result<(), StoreError> {
    if entries.is_empty() {
        return Ok(());
    }
    let keys = opened.trust.keyring();
    let write = opened.stores.system().write(move |tx| {
        for entry in &entries {
            record_instance(tx, &*keys, actor, entry.clone())?;
        }
        Ok::<_, StoreError>(())
    });
    write.await
}

fn entry_of(access_log: &AccessLog, kind: LeafKind, ban: &Ban, at: Timestamp) -> LeafEntry {
    let about = match ban.about {
        Banned::Peer(address) => json!({ "peer": access_log.pseudonym_of_peer(at, address) }),
        Banned::Credential(holder) => json!({ "credential": holder.map(|(_, actor)| kind_of(actor)) }),
    };
    let mut payload = json!({ "step": ban.step, "seconds": ban.ends_at.since(ban.began_at).as_secs() });
    if let (Value::Object(payload), Value::Object(about)) = (&mut payload, about) {
        payload.extend(about);
    }
    LeafEntry { kind, subject: None, payload }
}

/// Which kind of credential an actor has.
pub(crate) const fn kind_of(actor: Actor) -> &'static str {
    match actor {
        Actor::User(_) => "session",
        Actor::ApiToken(_) => "api-token",
        Actor::TelemetryToken(_) => "telemetry-token",
        Actor::Device(_) => "device",
        Actor::Operator(_) => "operator",
        Actor::System(_) => "system",
    }
}
