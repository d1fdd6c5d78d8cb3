//! `purser verify`: what an installation has given out, checked with nothing but the file and a key.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::ExitCode;

use anyhow::Error;
use seal::checkpoint::{CheckpointError, Proof};
use seal::hex;
use seal::leaf::{commit, leaf_hash};
use seal::log_file::{LINE_BYTES_MAX, LogError, Verifier};
use seal::note::{NoteError, NoteKey};
use serde::Deserialize;
use serde_json::{Value, json};
use wire::Timestamp;
use words::{Sentence, sentence};

use crate::cli::{Output, OutputArguments, VerifyCommand, VerifyLogArguments, VerifyProofArguments};
use crate::input::cannot_read;
use crate::speech::{Saying as _, failed};
use crate::{output, speech};

/// Longest file with a proof or a checkpoint that is read, in bytes.
const SMALL_FILE_BYTES_MAX: u64 = 1024 * 1024;

pub(crate) fn run(command: &VerifyCommand) -> Result<ExitCode, Error> {
    match command {
        VerifyCommand::Log(arguments) => log(arguments),
        VerifyCommand::Proof(arguments) => proof(arguments),
    }
}

fn log(arguments: &VerifyLogArguments) -> Result<ExitCode, Error> {
    let key = arguments.key.as_deref().map(key_of).transpose()?;
    let kept = arguments.against.as_deref().map(small_file).transpose()?;
    let cannot = || cannot_read(&arguments.file);
    let mut lines = BufReader::new(File::open(&arguments.file).saying(cannot)?);
    let mut verifier: Option<Verifier> = None;
    let mut line = String::new();
    let found = loop {
        line.clear();
        // One byte more than is read, so that a longer line is seen to be one.
        let read = lines.by_ref().take(LINE_BYTES_MAX as u64 + 2).read_line(&mut line).saying(cannot)?;
        let text = line.trim_end_matches('\n');
        let taken = match (&mut verifier, read) {
            (None, _) => begin(text, key.as_ref(), kept.as_deref()).map(|begun| verifier = Some(begun)),
            (Some(_), 0) => break verifier.map_or(Err(LogError::NotALog), Verifier::end),
            (Some(verifier), _) => verifier.take(text),
        };
        if let Err(error) = taken {
            break Err(error);
        }
    };
    match found {
        Ok(found) => {
            let (leaves, erased, checkpoints) = (found.leaves, found.erased, found.checkpoints);
            let facts = json!({
                "result": "ok", "log": found.origin, "leaves": leaves, "erased": erased, "checkpoints": checkpoints,
                "key_given": key.is_some(), "checkpoint_given": kept.is_some(),
            });
            let whole = sentence!(
                "The log is whole: {leaves} entries, {erased} of them erased, {checkpoints} checkpoints. It is {origin}",
                "Dziennik jest cały: wpisy {leaves}, w tym usunięte {erased}, punkty kontrolne {checkpoints}. To {origin}",
                origin = found.origin
            );
            tell(arguments.output, &facts, &whole)?;
            warn_without_key(key.is_some());
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => refuse(arguments.output, &error.to_string(), &of_log(&error)),
    }
}

fn begin(first: &str, key: Option<&NoteKey>, kept: Option<&str>) -> Result<Verifier, LogError> {
    let mut verifier = Verifier::begin(first, key)?;
    kept.map_or(Ok(()), |kept| verifier.against(kept))?;
    Ok(verifier)
}

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

fn proof(arguments: &VerifyProofArguments) -> Result<ExitCode, Error> {
    let given = arguments.key.as_deref().map(key_of).transpose()?;
    let text = small_file(&arguments.file)?;
    let not_an_answer = || {
        let path = arguments.file.display();
        sentence!("{path} is not a saved answer with a proof", "{path} nie zawiera zapisanej odpowiedzi z dowodem")
    };
    let proven: Proven = serde_json::from_str(&text).saying(not_an_answer)?;
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
        return refuse(arguments.output, "the entry was altered", &altered);
    }
    let read = Proof::from_text(&proven.proof).and_then(|proof| match proven.leaf.agrees(&proof) {
        true => Ok(proof),
        false => Err(CheckpointError::NotIncluded),
    });
    let verified = read.and_then(|proof| proof.verify(leaf_hash(&commitment), &key).map(|checkpoint| (proof.index, checkpoint)));
    match verified {
        Ok((index, checkpoint)) => {
            let (size, origin, is_erased) = (checkpoint.size, &checkpoint.origin, proven.leaf.entry.is_none());
            let facts = json!({
                "result": "ok", "log": origin, "index": index, "size": size, "erased": is_erased, "key_given": given.is_some(),
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
        Err(error) => refuse(arguments.output, &error.to_string(), &of_checkpoint(error)),
    }
}

fn tell(output: OutputArguments, facts: &Value, sentence: &Sentence) -> Result<(), Error> {
    match output.output {
        Output::Json => output::json(facts),
        Output::Table => {
            speech::answer(sentence);
            Ok(())
        }
    }
}

fn refuse(output: OutputArguments, reason: &str, sentence: &Sentence) -> Result<ExitCode, Error> {
    match output.output {
        Output::Json => output::json(&json!({ "result": "broken", "reason": reason }))?,
        Output::Table => speech::answer(sentence),
    }
    Ok(ExitCode::FAILURE)
}

/// Whose log it is, a file cannot prove by itself.
fn warn_without_key(is_given: bool) {
    if !is_given {
        speech::remark(&sentence!(
            "The key was taken from the file itself. With --key, and one that you got before, you know whose log it is",
            "Klucz wzięto z samego pliku. Z opcją --key i kluczem otrzymanym wcześniej wiadomo, czyj to dziennik"
        ));
    }
}

fn key_of(text: &str) -> Result<NoteKey, Error> {
    NoteKey::from_text(text).map_err(|error| failed(of_note(error)))
}

fn small_file(path: &Path) -> Result<String, Error> {
    let cannot = || cannot_read(path);
    if fs::metadata(path).saying(cannot)?.len() > SMALL_FILE_BYTES_MAX {
        let is_too_long = sentence!("{path} is too long to be that", "{path} jest na to za długi", path = path.display());
        return Err(failed(is_too_long));
    }
    fs::read_to_string(path).saying(cannot)
}

fn of_note(error: NoteError) -> Sentence {
    match error {
        NoteError::NotANote => sentence!("{error}", "to nie jest podpisana notatka: tekst, pusty wiersz i wiersze z podpisami"),
        NoteError::NotAKey => sentence!("{error}", "to nie jest klucz: nazwa, identyfikator i klucz, połączone plusami"),
        NoteError::NotSigned => sentence!("{error}", "nie ma podpisu tego klucza"),
        NoteError::Altered => sentence!("{error}", "podpis się nie zgadza: notatkę zmieniono"),
    }
}

fn of_checkpoint(error: CheckpointError) -> Sentence {
    match error {
        CheckpointError::Note(error) => of_note(error),
        CheckpointError::NotACheckpoint => {
            sentence!("{error}", "podpisany tekst nie jest punktem kontrolnym: źródło, rozmiar i korzeń, po jednym wierszu")
        }
        CheckpointError::OtherLog => sentence!("{error}", "punkt kontrolny jest z innego dziennika niż klucz"),
        CheckpointError::NotAProof => sentence!("{error}", "to nie jest dowód przynależności (c2sp.org/tlog-proof@v1)"),
        CheckpointError::NotIncluded => sentence!("{error}", "dowód się nie zgadza: to nie jest wpis o tym numerze"),
    }
}

fn of_log(error: &LogError) -> Sentence {
    match error {
        LogError::NotALine { line } => sentence!("{error}", "wiersz {line} nie jest wierszem pliku dziennika"),
        LogError::NotALog => sentence!("{error}", "to nie jest plik dziennika w znanej wersji"),
        LogError::Key(error) => of_note(*error),
        LogError::OtherKey => sentence!("{error}", "to plik innego dziennika niż ten, którego klucz podano"),
        LogError::Missing { expected, found } => sentence!("{error}", "brakuje wpisu {expected}: na jego miejscu stoi wpis {found}"),
        LogError::Altered { index } => sentence!("{error}", "wpis {index} został zmieniony: nie jest tym, o czym mówi jego zobowiązanie"),
        LogError::Checkpoint { after, why } => {
            let polish = of_checkpoint(*why);
            let polish = polish.text(words::Language::Polish);
            sentence!("{error}", "punkt kontrolny po wpisach w liczbie {after} jest nie do przyjęcia: {polish}")
        }
        LogError::Truncated { from, to } => sentence!("{error}", "brakuje wpisów od {from} do {to}: tyle dziennik podpisał"),
        LogError::Unsigned { from } => sentence!("{error}", "wpisów od {from} nie podpisuje żaden punkt kontrolny"),
        LogError::Rewritten { from, to } => {
            sentence!("{error}", "między wpisem {from} a {to} dziennik napisano na nowo: jego korzeń nie jest tym, który podpisano")
        }
    }
}
