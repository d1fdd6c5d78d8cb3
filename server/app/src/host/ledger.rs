//! A tenant's ledger, for whoever may read the data folder. Such a reader is none of the tenant's own: each look at its
//! entries is recorded in the ledger itself, before anything is answered.

use kernel::Scope;
use serde_json::{Value, json};
use trust::{LeafEntry, LeafKind};

use super::perform::{Refused, said};
use super::{CheckpointFacts, LogPage};
use crate::opened::Opened;

pub(super) async fn checkpoint(opened: &Opened, scope: &Scope) -> Result<Value, Refused> {
    let signed = opened.ledger.checkpoint(scope).await.map_err(|error| Refused::because(&error))?;
    said(&CheckpointFacts { checkpoint: signed.note, key: signed.key, size: signed.size })
}

pub(super) async fn file(opened: &Opened, scope: &Scope, from: u64) -> Result<Value, Refused> {
    if from == 0 {
        record_reading(opened, scope, "ledger").await?;
    }
    let (lines, next) = opened.ledger.file(scope, from).await.map_err(|error| Refused::because(&error))?;
    said(&LogPage { lines, next })
}

/// Where it cannot be recorded, nothing is read.
async fn record_reading(opened: &Opened, scope: &Scope, what: &'static str) -> Result<(), Refused> {
    let (keys, acting) = (opened.trust.keyring(), scope.clone());
    let entry = LeafEntry { kind: LeafKind::ReadOnHost, subject: None, payload: json!({ "what": what }) };
    let store = opened.stores.tenant(scope);
    let recorded = store.write(move |tx| trust::ledger::record(tx, &*keys, &acting, entry.clone()).map(|_| ()));
    recorded.await.map_err(|error: store::StoreError| Refused::because(&error))
}
