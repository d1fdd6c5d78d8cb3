//! `purser verify proof`: that an entry is in a log.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Error;
use seal::checkpoint::{CheckpointError, Proof};
use seal::leaf::{commit, leaf_hash};
use seal::{hex, json};
use serde::Deserialize;
use serde_json::{Value, json};
use wire::Timestamp;
use words::{Sentence, sentence};

use super::kept::{vouched, witness_of};
use super::reasons::of_checkpoint;
use super::{key_of, refuse, small_file, tell, warn_without_key};
use crate::cli::{KeptArguments, VerifyProofArguments};
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

/// What a saved answer proves.
pub(super) struct Holds {
    /// The entry; nothing where it was erased since.
    pub(super) entry: Option<Value>,
    /// Its place in the log.
    index: u64,
    /// How many entries the log had.
    size: u64,
    /// The log.
    pub(super) origin: String,
    witnessed_at: Option<u64>,
    pub(super) key_given: bool,
}

impl Holds {
    /// For programs.
    pub(super) fn facts(&self) -> Value {
        let Self { index, size, origin, witnessed_at, key_given, entry } = self;
        json!({
            "result": "ok", "log": origin, "index": index, "size": size, "erased": entry.is_none(), "key_given": key_given,
            "witnessed_at": witnessed_at,
        })
    }
}

pub(super) fn run(arguments: &VerifyProofArguments) -> Result<ExitCode, Error> {
    let holds = match check(&arguments.file, &arguments.kept)? {
        Ok(holds) => holds,
        Err(refused) => return refuse(arguments.output, &refused),
    };
    let Holds { index, size, origin, .. } = &holds;
    let told = match holds.entry {
        None => sentence!(
            "The place holds: something that was erased since is number {index} of the {size} that {origin} has signed",
            "Miejsce się zgadza: coś, co później usunięto, ma numer {index} spośród {size}, które podpisał {origin}"
        ),
        Some(_) => sentence!(
            "The proof holds: the entry is number {index} of the {size} that {origin} has signed",
            "Dowód się zgadza: to wpis numer {index} spośród {size}, które podpisał {origin}"
        ),
    };
    tell(arguments.output, &holds.facts(), &told)?;
    warn_without_key(holds.key_given);
    Ok(ExitCode::SUCCESS)
}

/// What a saved answer proves, or why it proves nothing.
pub(super) fn check(file: &Path, outside: &KeptArguments) -> Result<Result<Holds, Sentence>, Error> {
    let given = outside.key.as_deref().map(key_of).transpose()?;
    let kept = outside.against.as_deref().map(small_file).transpose()?;
    let witness = witness_of(outside.witness_key.as_deref())?;
    let text = small_file(file)?;
    let not_an_answer = || {
        let path = file.display();
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
        return Ok(Err(sentence!(
            "the entry was altered: it is not what its commitment says",
            "wpis został zmieniony: nie jest tym, o czym mówi jego zobowiązanie"
        )));
    }
    let read = Proof::from_text(&proven.proof).and_then(|proof| match proven.leaf.agrees(&proof) {
        true => Ok(proof),
        false => Err(CheckpointError::NotIncluded),
    });
    let verified = read.and_then(|proof| proof.verify(leaf_hash(&commitment), &key).map(|checkpoint| (proof, checkpoint)));
    let (proof, checkpoint) = match verified {
        Ok(verified) => verified,
        Err(error) => return Ok(Err(of_checkpoint(error))),
    };
    let vouched = vouched((&checkpoint, &proof.checkpoint), kept.as_deref(), &key, witness.as_ref());
    Ok(vouched.map(|witnessed_at| Holds {
        entry: proven.leaf.entry,
        index: proof.index,
        size: checkpoint.size,
        origin: checkpoint.origin,
        witnessed_at,
        key_given: given.is_some(),
    }))
}
