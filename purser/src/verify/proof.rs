//! `purser verify proof`: that an entry is in a log.

use std::process::ExitCode;

use anyhow::Error;
use seal::checkpoint::{CheckpointError, Proof};
use seal::leaf::{commit, leaf_hash};
use seal::{hex, json};
use serde::Deserialize;
use serde_json::{Value, json};
use wire::Timestamp;
use words::sentence;

use super::kept::{vouched, witness_of};
use super::reasons::of_checkpoint;
use super::{key_of, refuse, small_file, tell, warn_without_key};
use crate::cli::VerifyProofArguments;
use crate::speech::{Saying as _, failed};

/// What the API answers for a leaf's proof, as far as it is verified.
#[derive(Deserialize)]
struct Proven {
    leaf: ProvenLeaf,
    proof: String,
    key: String,
}

#[derive(Deserialize)]
struct ProvenLeaf {
    index: Option<u64>,
    recorded_at: Timestamp,
    kind: String,
    commitment: String,
    salt: Option<String>,
    entry: Option<Value>,
    is_altered: bool,
}

impl ProvenLeaf {
    /// Whether what stands beside the entry says what the entry says; an erased one says nothing.
    fn agrees(&self, proof: &Proof) -> bool {
        let is_in_its_place = self.index == Some(proof.index) && !self.is_altered;
        is_in_its_place && self.entry.as_ref().is_none_or(|entry| entry["kind"] == self.kind && entry["at"] == self.recorded_at.micros())
    }
}

pub(super) fn run(arguments: &VerifyProofArguments) -> Result<ExitCode, Error> {
    let given = arguments.key.as_deref().map(key_of).transpose()?;
    let kept = arguments.against.as_deref().map(small_file).transpose()?;
    let witness = witness_of(arguments.witness_key.as_deref())?;
    let text = small_file(&arguments.file)?;
    let not_an_answer = || {
        let path = arguments.file.display();
        sentence!("{path} is not a saved answer with a proof", "{path} nie zawiera zapisanej odpowiedzi z dowodem")
    };
    // Read as JSON that says each thing once: two readers must not see two entries.
    let proven: Proven =
        json::parse(&text).map_err(Error::from).and_then(|value| Ok(serde_json::from_value(value)?)).saying(not_an_answer)?;
    let key = match &given {
        Some(key) => key.clone(),
        None => key_of(&proven.key)?,
    };
    let Some(commitment) = hex::decode(&proven.leaf.commitment) else { return Err(failed(not_an_answer())) };
    let is_what_it_says = match (proven.leaf.salt.as_deref().map(hex::decode), &proven.leaf.entry) {
        (Some(Some(salt)), Some(entry)) => commit(salt, entry) == Ok(commitment),
        (None, None) => true,
        _ => false,
    };
    if !is_what_it_says {
        let altered = sentence!(
            "the entry was altered: it is not what its commitment says",
            "wpis został zmieniony: nie jest tym, o czym mówi jego zobowiązanie"
        );
        return refuse(arguments.output, &altered);
    }
    let read = Proof::from_text(&proven.proof).and_then(|proof| match proven.leaf.agrees(&proof) {
        true => Ok(proof),
        false => Err(CheckpointError::NotIncluded),
    });
    let verified = read.and_then(|proof| proof.verify(leaf_hash(&commitment), &key).map(|checkpoint| (proof.index, checkpoint)));
    match verified {
        Ok((index, checkpoint)) => {
            let own = Proof::from_text(&proven.proof).map(|proof| proof.checkpoint).unwrap_or_default();
            let witnessed_at = match vouched((&checkpoint, &own), kept.as_deref(), &key, witness.as_ref()) {
                Ok(witnessed_at) => witnessed_at,
                Err(refused) => return refuse(arguments.output, &refused),
            };
            let (size, origin, is_erased) = (checkpoint.size, &checkpoint.origin, proven.leaf.entry.is_none());
            let facts = json!({
                "result": "ok", "log": origin, "index": index, "size": size, "erased": is_erased, "key_given": given.is_some(),
                "witnessed_at": witnessed_at,
            });
            let holds = if is_erased {
                sentence!(
                    "The place holds: something that was erased since is number {index} of the {size} that {origin} has signed",
                    "Miejsce się zgadza: coś, co później usunięto, ma numer {index} spośród {size}, które podpisał {origin}"
                )
            } else {
                sentence!(
                    "The proof holds: the entry is number {index} of the {size} that {origin} has signed",
                    "Dowód się zgadza: to wpis numer {index} spośród {size}, które podpisał {origin}"
                )
            };
            tell(arguments.output, &facts, &holds)?;
            warn_without_key(given.is_some());
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => refuse(arguments.output, &of_checkpoint(error)),
    }
}
