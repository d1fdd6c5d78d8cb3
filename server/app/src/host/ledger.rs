//! A tenant's ledger, for whoever may read the data folder. Such a reader is none of the tenant's own: each look at a tenant's
//! data is recorded before anything is answered, in its ledger, or in the instance's where it is at every tenant's at once.

use kernel::{Actor, Scope, SystemWork};
use serde_json::{Value, json};
use trust::ledger::succession::Succeeded;
use trust::{LeafEntry, LeafKind};

use super::perform::{Refused, said};
use super::{CheckpointFacts, LogPage, SuccessionFacts};
use crate::opened::Opened;

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
