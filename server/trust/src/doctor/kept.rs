//! What checks saw, in the system store: read, written, and told of in the instance's ledger where it turned.

use std::collections::BTreeMap;
use std::sync::Arc;

use kernel::{Actor, KeyError, KeyRef, KeyRing, Place, SystemWork};
use seal::hash::sha256;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::{Row, Sealed, StoreError, Stores, Tx, params};
use words::{Language, Sentence, sentence};

use super::{Examined, Observation, Outcome, Turn, turn};
use crate::data_map::place;
use crate::ledger::record_instance;
use crate::promises::promises;
use crate::store as sql;
use crate::{LeafEntry, LeafKind};

/// What lies sealed in a row.
#[derive(Serialize, Deserialize)]
struct Said {
    evidence: Value,
    en: String,
    pl: String,
}

/// The place of a check's sealed column: its row is a number made of its name.
fn place_of(check: &str) -> Place {
    let [a, b, c, d, e, f, g, h, ..] = sha256(check.as_bytes());
    let row = i64::from_be_bytes([a & 0x7f, b, c, d, e, f, g, h]);
    Place { table: place::DOCTOR_RESULT, column: place::DOCTOR_RESULT_SAID, row }
}

/// What a row tells. One that is damaged says unknown, and keeps no other from being read.
fn examined(keys: &dyn KeyRing, check: &'static str, row: &Row) -> Result<Examined, StoreError> {
    match readable(keys, check, row) {
        Err(StoreError::Corrupt(_) | StoreError::Key(KeyError::Altered { .. } | KeyError::Missing)) => {
            tracing::error!(check, "the kept result of a check is damaged; it counts as unknown until the check is made again");
            let said = sentence!("What was seen last cannot be read.", "Nie można odczytać ostatniego wyniku.");
            let observation = Observation::unknown(json!({ "cannot": "read" }), said);
            Ok(Examined { check, observation, since: row.get(3)?, checked_at: row.get(4)? })
        }
        other => other,
    }
}

fn readable(keys: &dyn KeyRing, check: &'static str, row: &Row) -> Result<Examined, StoreError> {
    let outcome = Outcome::from_text(&row.get::<String>(1)?).ok_or_else(|| StoreError::Corrupt("a result of the doctor is none".into()))?;
    let said: Said = row.get::<Sealed<Said>>(2)?.open(keys, KeyRef::Instance, place_of(check))?;
    let observation = Observation { outcome, evidence: said.evidence, said: Sentence::new(said.en, said.pl) };
    Ok(Examined { check, observation, since: row.get(3)?, checked_at: row.get(4)? })
}

/// What these checks saw last.
pub(super) async fn all(
    stores: &Stores,
    keys: &Arc<dyn KeyRing>,
    names: &[&'static str],
) -> Result<BTreeMap<&'static str, Examined>, StoreError> {
    let (keys, names) = (Arc::clone(keys), names.to_vec());
    let read = stores.system().read(move |tx| {
        let mut found = BTreeMap::new();
        for row in tx.query(&sql::DOCTOR_RESULTS, &[])? {
            let name: String = row.get(0)?;
            // A check that there is no more has no result any more.
            if let Some(check) = names.iter().find(|check| **check == name) {
                found.insert(*check, examined(&*keys, check, &row)?);
            }
        }
        Ok::<_, StoreError>(found)
    });
    read.await
}

/// Keeps what a check saw. Where it turned, the ledger says so, or nothing is kept.
pub(super) async fn keep(
    stores: &Stores,
    keys: &Arc<dyn KeyRing>,
    check: &'static str,
    observation: Observation,
) -> Result<Examined, StoreError> {
    let (keys, seen) = (Arc::clone(keys), observation.clone());
    let write = stores.system().write(move |tx| {
        let row = tx.query_optional(&sql::DOCTOR_RESULT, &params![check])?;
        let before = row.map(|row| examined(&*keys, check, &row)).transpose()?;
        let (was, is, now) = (before.as_ref().map(|before| before.observation.outcome), seen.outcome, tx.now());
        let since = before.filter(|before| before.observation.outcome == is).map_or(now, |before| before.since);
        let turned = turn(was, is);
        if let Some(turn) = turned {
            record(tx, &*keys, check, turn, (was, is))?;
        }
        let text = |language| seen.said.text(language).to_owned();
        let said = Said { evidence: seen.evidence.clone(), en: text(Language::English), pl: text(Language::Polish) };
        let said = Sealed::seal(&*keys, KeyRef::Instance, place_of(check), &said)?;
        tx.execute(&sql::PUT_DOCTOR_RESULT, &params![check, is.text(), said, since, now])?;
        Ok::<_, StoreError>((since, now, turned))
    });
    let (since, checked_at, turned) = write.await?;
    match turned {
        Some(Turn::Worse) => {
            tracing::warn!(
                check,
                result = observation.outcome.text(),
                promises = codes(check).join(" "),
                "what was promised is not kept any more, or cannot be looked at"
            );
        }
        Some(Turn::Restored) => tracing::info!(check, promises = codes(check).join(" "), "what was promised is kept again"),
        None => {}
    }
    Ok(Examined { check, observation, since, checked_at })
}

fn record(tx: &mut Tx<'_>, keys: &dyn KeyRing, check: &str, turn: Turn, (was, is): (Option<Outcome>, Outcome)) -> Result<(), StoreError> {
    let kind = match turn {
        Turn::Worse => LeafKind::PromiseRegressed,
        Turn::Restored => LeafKind::PromiseRestored,
    };
    let payload = json!({ "check": check, "promises": codes(check), "was": was.map(Outcome::text), "is": is.text() });
    record_instance(tx, keys, Actor::System(SystemWork::Reconciler), LeafEntry { kind, subject: None, payload })?;
    Ok(())
}

/// The promises that a check looks at.
fn codes(check: &str) -> Vec<&'static str> {
    promises().iter().filter(|promise| promise.doctor.as_deref() == Some(check)).map(|promise| promise.code.as_str()).collect()
}
