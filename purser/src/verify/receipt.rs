//! `purser verify receipt`: that something was erased, as far as a receipt proves it.

use std::process::ExitCode;

use anyhow::Error;
use seal::json;
use serde::Deserialize;
use serde_json::{Value, json};
use wire::Timestamp;
use wire::ids::{DeviceId, TenantId, UserId};
use words::{Sentence, sentence};

use super::proof::{self, Holds};
use super::{refuse, small_file, warn_without_key};
use crate::cli::{KeptArguments, Output, VerifyReceiptArguments};
use crate::speech::failed;
use crate::{output, speech};

/// The layout that is read.
const RECEIPT_VERSION: i64 = 1;
const MICROS_PER_HOUR: i64 = 3_600 * 1_000_000;

/// What a reader demands of a receipt.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Policy {
    /// The logs' keys that are accepted; given here, none need be given on the command line.
    #[serde(default)]
    log_keys: Vec<String>,
    /// The id of whom.
    subject: Option<String>,
    /// From the asking to the end at most.
    hours_max: Option<i64>,
    /// How the bytes may have been removed.
    #[serde(default)]
    assurance: Vec<String>,
}

/// A receipt, as the ledger's entry holds it.
#[derive(Debug, Deserialize)]
struct Receipt {
    receipt_version: i64,
    tenant: String,
    subject: Subject,
    requested_at: i64,
    finished_at: i64,
    deadline_at: i64,
    destroyed: Destroyed,
    deleted: Vec<Line>,
    survivors: Survivors,
    assurance: String,
    probe: Probe,
    does_not_prove: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Subject {
    kind: String,
    number: i64,
}

#[derive(Debug, Deserialize)]
struct Destroyed {
    keys: Vec<String>,
    other_keys: u64,
    epoch_before: Option<i64>,
    epoch_after: Option<i64>,
}

#[derive(Debug, Deserialize)]
struct Line {
    table: String,
    rows: u64,
}

#[derive(Debug, Deserialize)]
struct Survivors {
    rows: Vec<Line>,
    ledger_leaves_about_it: u64,
    #[serde(default)]
    apart: Vec<Apart>,
}

/// What stays and is no row of the tenant's.
#[derive(Debug, Deserialize)]
struct Apart {
    what: String,
    records: Option<u64>,
    last_day: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Probe {
    rows_left: u64,
    marker_opens: bool,
}

pub(super) fn run(arguments: &VerifyReceiptArguments) -> Result<ExitCode, Error> {
    match check(arguments)? {
        Ok((holds, receipt)) => tell(arguments, &holds, &receipt),
        Err(refused) => refuse(arguments.output, &refused),
    }
}

/// Whether a receipt is good, or why not.
pub(crate) fn holds(arguments: &VerifyReceiptArguments) -> Result<Result<(), Sentence>, Error> {
    Ok(check(arguments)?.map(|_| ()))
}

fn check(arguments: &VerifyReceiptArguments) -> Result<Result<(Holds, Receipt), Sentence>, Error> {
    let policy = arguments.policy.as_deref().map(small_file).transpose()?.map(|text| policy_of(&text)).transpose()?.unwrap_or_default();
    let keys: Vec<Option<String>> = match (&arguments.kept.key, policy.log_keys.as_slice()) {
        (Some(key), _) => vec![Some(key.clone())],
        (None, []) => vec![None],
        (None, keys) => keys.iter().cloned().map(Some).collect(),
    };
    let mut checked = Err(sentence!("no key is given", "nie podano klucza"));
    for key in keys {
        checked = proof::check(&arguments.file, &KeptArguments { key, ..arguments.kept.clone() })?;
        if checked.is_ok() {
            break;
        }
    }
    Ok(checked.and_then(|holds| {
        let receipt = receipt_of(&holds)?;
        receipt.fits(&policy).map(|()| (holds, receipt))
    }))
}

fn policy_of(text: &str) -> Result<Policy, Error> {
    let not_a_policy = |error: &dyn std::fmt::Display| {
        failed(sentence!(
            "the policy is not one: {error}. It may have log_keys, subject, hours_max and assurance",
            "to nie jest polityka: {error}. Może mieć log_keys, subject, hours_max i assurance"
        ))
    };
    let value = json::parse(text).map_err(|error| not_a_policy(&error))?;
    serde_json::from_value(value).map_err(|error| not_a_policy(&error))
}

fn receipt_of(holds: &Holds) -> Result<Receipt, Sentence> {
    let no_receipt = || {
        sentence!(
            "the entry is in the log, but is no receipt of an erasure that this program reads",
            "wpis jest w dzienniku, ale nie jest pokwitowaniem usunięcia, które ten program umie odczytać"
        )
    };
    let entry = holds.entry.as_ref().filter(|entry| entry["kind"] == "erased").ok_or_else(no_receipt)?;
    let receipt: Receipt = serde_json::from_value(entry["payload"].clone()).map_err(|_| no_receipt())?;
    if receipt.receipt_version == RECEIPT_VERSION { Ok(receipt) } else { Err(no_receipt()) }
}

impl Receipt {
    /// The id of whom, as people write it.
    fn id(&self) -> String {
        let number = self.subject.number;
        let id = match self.subject.kind.as_str() {
            "device" => DeviceId::from_number(number).map(|id| id.to_string()),
            "user" => UserId::from_number(number).map(|id| id.to_string()),
            _ => TenantId::from_number(number).map(|id| id.to_string()),
        };
        id.unwrap_or_default()
    }

    fn rows(&self) -> u64 {
        self.deleted.iter().fold(0, |sum: u64, line| sum.saturating_add(line.rows))
    }

    /// Whether it tells of a whole erasure, and of one that the policy accepts.
    fn fits(&self, policy: &Policy) -> Result<(), Sentence> {
        let id = self.id();
        if self.probe.rows_left > 0 || self.probe.marker_opens {
            return Err(sentence!("the receipt says itself that something is left", "pokwitowanie samo mówi, że coś pozostało"));
        }
        let ends_epoch = self.subject.kind == "tenant" || self.destroyed.epoch_after > self.destroyed.epoch_before;
        if !self.destroyed.keys.is_empty() && !ends_epoch {
            return Err(sentence!("the epoch that wrapped the key was not ended", "epoki, która opakowywała klucz, nie zakończono"));
        }
        if self.finished_at > self.deadline_at {
            return Err(sentence!("it was done after its deadline", "zakończono je po terminie"));
        }
        if let Some(hours) = policy.hours_max
            && self.finished_at.saturating_sub(self.requested_at) > hours.saturating_mul(MICROS_PER_HOUR)
        {
            return Err(sentence!(
                "it took longer than the {hours} hours of the policy",
                "trwało to dłużej niż dopuszcza polityka (godziny: {hours})"
            ));
        }
        if let Some(subject) = policy.subject.as_ref().filter(|subject| **subject != id) {
            return Err(sentence!("it is the receipt of {id}, not of {subject}", "to pokwitowanie dotyczy {id}, nie {subject}"));
        }
        let assurance = &self.assurance;
        if !policy.assurance.is_empty() && !policy.assurance.contains(assurance) {
            return Err(sentence!("the policy does not accept the assurance {assurance}", "polityka nie dopuszcza pewności {assurance}"));
        }
        Ok(())
    }
}

fn tell(arguments: &VerifyReceiptArguments, holds: &Holds, receipt: &Receipt) -> Result<ExitCode, Error> {
    let id = receipt.id();
    if matches!(arguments.output.output, Output::Json) {
        let mut facts = holds.facts();
        if let Value::Object(facts) = &mut facts {
            facts.insert("erased_subject".into(), json!(id));
            facts.insert("tenant".into(), json!(receipt.tenant));
            facts.insert("rows".into(), json!(receipt.rows()));
            facts.insert("keys".into(), json!(receipt.destroyed.other_keys.saturating_add(receipt.destroyed.keys.len() as u64)));
            facts.insert("assurance".into(), json!(receipt.assurance));
            facts.insert("does_not_prove".into(), json!(receipt.does_not_prove));
            facts.insert("stays_apart".into(), json!(receipt.survivors.apart.iter().map(|stays| &stays.what).collect::<Vec<_>>()));
        }
        output::json(&facts)?;
        return Ok(ExitCode::SUCCESS);
    }
    let (rows, tables) = (receipt.rows(), receipt.deleted.len());
    let keys = receipt.destroyed.other_keys.saturating_add(receipt.destroyed.keys.len() as u64);
    let (when, origin) = (output::when(Timestamp::from_micros(receipt.finished_at)), &holds.origin);
    let survivors = receipt.survivors.rows.iter().fold(0, |sum: u64, line| sum.saturating_add(line.rows));
    let (kinds, leaves) = (receipt.survivors.rows.len(), receipt.survivors.ledger_leaves_about_it);
    speech::answer(&sentence!(
        "The receipt holds: {id} was erased at {when}; {rows} rows of {tables} tables deleted, {keys} keys destroyed, as {origin} has signed.\nWhat stays is no row of it: {survivors} rows of {kinds} tables of its organisation; of {leaves} ledger entries about it only the places.",
        "Pokwitowanie się zgadza: {id} usunięto {when}; usunięto wiersze ({rows}) z tabel ({tables}), zniszczono klucze ({keys}), co podpisał {origin}.\nTo, co zostaje, nie jest żadnym jego wierszem: wiersze ({survivors}) z tabel ({kinds}) organizacji; z wpisów dziennika o tym ({leaves}) tylko ich miejsca."
    ));
    for stays in &receipt.survivors.apart {
        speech::answer(&stays.sentence());
    }
    for word in &receipt.does_not_prove {
        speech::answer(&not_proven(word));
    }
    for line in &receipt.deleted {
        speech::answer(&sentence!("  {table}: {rows}", "  {table}: {rows}", table = line.table, rows = line.rows));
    }
    warn_without_key(holds.key_given || arguments.kept.key.is_some());
    Ok(ExitCode::SUCCESS)
}

impl Apart {
    fn sentence(&self) -> Sentence {
        let records = self.records.unwrap_or_default();
        match (self.what.as_str(), &self.last_day) {
            ("access-log", Some(last_day)) => sentence!(
                "Stays: {records} records of the server's access log, of everybody, up to {last_day}; they hold pseudonyms of the day, and the key of each day is destroyed at the end of its retention.",
                "Zostaje: wpisy dziennika dostępu serwera ({records}, wszystkich osób, do {last_day}); zawierają pseudonimy dnia, a klucz każdego dnia jest niszczony z końcem jego przechowywania."
            ),
            ("access-log", None) => {
                sentence!("Of the server's access log nothing is there.", "W dzienniku dostępu serwera niczego nie ma.")
            }
            ("key-tombstone", _) => sentence!(
                "Stays: notes that a key was destroyed, by a random number ({records}), so that no copy of the keyring brings it back.",
                "Zostaje: odnotowanie, że klucz zniszczono, pod losowym numerem ({records}), by żadna kopia pęku kluczy go nie przywróciła."
            ),
            ("keyring-second-copy", _) => sentence!(
                "Stays, where the operator keeps a second copy of the keyring: the key in that copy, until it is in step again. `purser keys status` says whether it is.",
                "Zostaje, jeśli operator trzyma drugą kopię pęku kluczy: klucz w tej kopii, dopóki nie zostanie zaktualizowana. Czy jest, mówi `purser keys status`."
            ),
            (other, _) => sentence!("Stays: {other} ({records}).", "Zostaje: {other} ({records})."),
        }
    }
}

/// The sentence for a word of `does_not_prove`.
fn not_proven(word: &str) -> Sentence {
    match word {
        "copies-taken-before" => {
            sentence!("It does not prove that nobody had copied the data before.", "Nie dowodzi, że nikt wcześniej nie skopiował danych.")
        }
        "freed-blocks-of-the-disk" => sentence!(
            "It does not prove that a disk which writes elsewhere (SSD, copy-on-write) keeps no old block; what lies in one is sealed.",
            "Nie dowodzi, że dysk zapisujący w innym miejscu (SSD, kopiowanie przy zapisie) nie ma starego bloku; to, co w nim leży, jest zapieczętowane."
        ),
        "keyring-copies-outside" => sentence!(
            "It does not prove that no copy of the keyring from before lies outside: with the root key, such a copy opens what was destroyed.",
            "Nie dowodzi, że poza serwerem nie ma wcześniejszej kopii pęku kluczy: razem z kluczem głównym otwiera ona to, co zniszczono."
        ),
        "what-was-never-logged" => sentence!(
            "It does not prove anything of what was never logged.",
            "Nie dowodzi niczego o tym, czego nigdy nie zapisano w dzienniku."
        ),
        other => sentence!("It does not prove: {other}.", "Nie dowodzi: {other}."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn receipt(change: impl FnOnce(&mut Value)) -> Receipt {
        let mut receipt = json!({
            "receipt_version": 1, "tenant": "ten_1", "subject": { "kind": "device", "number": 7 },
            "requested_at": 0, "finished_at": MICROS_PER_HOUR, "deadline_at": 72 * MICROS_PER_HOUR,
            "destroyed": { "keys": ["00"], "other_keys": 0, "epoch_before": 1, "epoch_after": 2 },
            "deleted": [{ "table": "device", "rows": 1 }], "survivors": { "rows": [], "ledger_leaves_about_it": 1 },
            "assurance": "file-overwrite", "probe": { "rows_left": 0, "marker_opens": false }, "does_not_prove": [],
        });
        change(&mut receipt);
        serde_json::from_value(receipt).expect("a receipt")
    }

    fn fits(change: impl FnOnce(&mut Value), policy: &str) -> bool {
        receipt(change).fits(&serde_json::from_str(policy).expect("a policy")).is_ok()
    }

    #[test]
    fn a_receipt_of_a_whole_erasure_fits_and_one_that_says_otherwise_does_not() {
        assert!(fits(|_| {}, "{}"));
        assert!(!fits(|receipt| receipt["probe"]["rows_left"] = json!(1), "{}"));
        assert!(!fits(|receipt| receipt["probe"]["marker_opens"] = json!(true), "{}"));
        assert!(!fits(|receipt| receipt["destroyed"]["epoch_after"] = json!(1), "{}"));
        assert!(!fits(|receipt| receipt["destroyed"]["epoch_after"] = Value::Null, "{}"));
        assert!(!fits(|receipt| receipt["finished_at"] = json!(73 * MICROS_PER_HOUR), "{}"));
    }

    #[test]
    fn a_policy_is_held_to() {
        let device = DeviceId::from_number(7).expect("an id");
        assert!(fits(|_| {}, &format!(r#"{{"subject": "{device}", "hours_max": 1, "assurance": ["file-overwrite"]}}"#)));
        assert!(!fits(|_| {}, r#"{"subject": "dev_0000000000001"}"#));
        assert!(!fits(|_| {}, r#"{"hours_max": 0}"#));
        assert!(!fits(|_| {}, r#"{"assurance": ["hardware"]}"#));
        assert!(policy_of(r#"{"hours": 1}"#).is_err(), "a word that is no demand is no policy");
    }
}
