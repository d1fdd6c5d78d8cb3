//! `purser verify`: what an installation has given out, checked with nothing but the file and a key.
//!
//! One file for each thing that is verified; `kept`: what the reader has kept outside; `reasons`: why something is not accepted, for people.

mod gathered;
mod kept;
mod log;
mod policy;
mod proof;
pub(crate) mod reasons;
mod receipt;

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Error;
use seal::note::NoteKey;
use serde_json::{Value, json};
use words::{Language, Sentence, sentence};

use self::reasons::of_note;
pub(crate) use self::receipt::holds as receipt_holds;
use crate::cli::{Output, OutputArguments, VerifyCommand};
use crate::input::cannot_read;
use crate::speech::{Saying as _, failed};
use crate::{output, speech};

/// Longest file with a proof or a checkpoint that is read, in bytes.
const SMALL_FILE_BYTES_MAX: u64 = 1024 * 1024;

pub(crate) fn run(command: &VerifyCommand) -> Result<ExitCode, Error> {
    match command {
        VerifyCommand::Log(arguments) => log::run(arguments),
        VerifyCommand::Proof(arguments) => proof::run(arguments),
        VerifyCommand::Gathered(arguments) => gathered::run(arguments),
        VerifyCommand::Receipt(arguments) => receipt::run(arguments),
        VerifyCommand::Policy(arguments) => policy::run(arguments),
        VerifyCommand::Export(arguments) => crate::verify_export::run(arguments),
        VerifyCommand::Store(arguments) => crate::verify_store::run(arguments),
        VerifyCommand::Backup(arguments) => crate::verify_backup::run(arguments),
    }
}

pub(crate) fn tell(output: OutputArguments, facts: &Value, sentence: &Sentence) -> Result<(), Error> {
    match output.output {
        Output::Json => output::json(facts),
        Output::Table => {
            speech::answer(sentence);
            Ok(())
        }
    }
}

pub(crate) fn refuse(output: OutputArguments, sentence: &Sentence) -> Result<ExitCode, Error> {
    match output.output {
        Output::Json => output::json(&json!({ "result": "broken", "reason": sentence.text(Language::English) }))?,
        Output::Table => speech::answer(sentence),
    }
    Ok(ExitCode::FAILURE)
}

/// Whose log it is, a file cannot prove by itself.
pub(crate) fn warn_without_key(is_given: bool) {
    if !is_given {
        speech::remark(&sentence!(
            "The key was taken from the file itself. With --key, and one that you got before, you know whose log it is",
            "Klucz wzięto z samego pliku. Z opcją --key i kluczem otrzymanym wcześniej wiadomo, czyj to dziennik"
        ));
    }
}

pub(crate) fn key_of(text: &str) -> Result<NoteKey, Error> {
    NoteKey::from_text(text).map_err(|error| failed(of_note(error)))
}

pub(crate) fn small_file(path: &Path) -> Result<String, Error> {
    let cannot = || cannot_read(path);
    if fs::metadata(path).saying(cannot)?.len() > SMALL_FILE_BYTES_MAX {
        let is_too_long = sentence!("{path} is too long to be that", "{path} jest na to za długi", path = path.display());
        return Err(failed(is_too_long));
    }
    fs::read_to_string(path).saying(cannot)
}
