//! The doctor's live checks, and whether what is in memory says what is stored.

use std::collections::BTreeMap;

use inventory::Fleet;
use kernel::{ScopeMint, SystemWork};
use serde_json::Value;
use trust::Observation;
use trust::doctor::Examined;
use trust::promises::promises;
use words::{Language, sentence};

use super::perform::{Refused, said};
use super::{CheckLine, IndexLine, ledger};
use crate::opened::Opened;

/// How often a tenant is looked at again whose devices report while they are compared.
const LOOKS_MAX: usize = 10;

/// Makes one live check.
pub(super) async fn check(opened: &Opened, name: &str) -> Result<Value, Refused> {
    let examined = if opened.serving.get().is_some() {
        opened.doctor.examine(name).await.map_err(|error| Refused::because(&error))?
    } else {
        // Where no server runs, nobody has put in order what commands have done.
        opened.ledger.sequence_step().await.map_err(|error| Refused::because(&error))?;
        opened.doctor.look(name).await
    };
    let examined = examined.ok_or_else(|| {
        let known = opened.doctor.names().join(", ");
        Refused::saying(sentence!("there is no check {name}; there are {known}", "nie ma sprawdzianu {name}; są {known}"))
    })?;
    let Examined { check, observation: Observation { outcome, evidence, said: text }, since, checked_at } = examined;
    let promises = promises().iter().filter(|promise| promise.doctor.as_deref() == Some(check));
    said(&CheckLine {
        check: check.to_owned(),
        result: outcome,
        promises: promises.map(|promise| promise.code.clone()).collect(),
        evidence,
        said: text.text(Language::English).to_owned(),
        said_pl: text.text(Language::Polish).to_owned(),
        since,
        checked_at,
    })
}

/// Compares every tenant's fleet index with one that is made from the rows alone.
pub(super) async fn index(opened: &Opened) -> Result<Value, Refused> {
    let mut lines = Vec::new();
    for tenant in opened.stores.tenants().await.map_err(|error| Refused::because(&error))? {
        let scope = ScopeMint::for_app().system(tenant, SystemWork::HostAdministration);
        ledger::record_reading(opened, &scope, "index").await?;
        let held = opened.inventory.fleet(&scope).await.map_err(|error| Refused::because(&error))?;
        for look in 1.. {
            let generation = held.generation();
            let rebuilt = opened.inventory.rebuild(&scope).await.map_err(|error| Refused::because(&error))?;
            let (devices, differing) = difference(&held, &rebuilt);
            if held.generation() == generation || look == LOOKS_MAX {
                lines.push(IndexLine { tenant: tenant.to_string(), devices, differing });
                break;
            }
        }
    }
    said(&lines)
}

/// How many devices are in the first, and how many entries differ.
fn difference(held: &Fleet, rebuilt: &Fleet) -> (usize, usize) {
    let (held, rebuilt): (BTreeMap<_, _>, BTreeMap<_, _>) =
        (held.fingerprint().into_iter().collect(), rebuilt.fingerprint().into_iter().collect());
    let missing = rebuilt.keys().filter(|device| !held.contains_key(*device)).count();
    let differing = held.iter().filter(|(device, entry)| rebuilt.get(*device) != Some(*entry)).count();
    (held.len(), missing + differing)
}
