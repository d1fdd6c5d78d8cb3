//! `purser verify policy`: that an installation signed what its policy says.

use std::process::ExitCode;

use anyhow::Error;
use seal::json;
use seal::policy_note::{PolicyNote, PolicyNoteError};
use serde::Deserialize;
use serde_json::json;
use wire::Timestamp;
use words::{Sentence, sentence};

use super::reasons::of_note;
use super::{key_of, refuse, small_file, tell, warn_without_key};
use crate::cli::VerifyPolicyArguments;
use crate::output::when;
use crate::speech::{Saying as _, failed};

/// What the API answers, as far as it is verified.
#[derive(Deserialize)]
struct Saved {
    version: u32,
    content: String,
    note: String,
    key: String,
}

pub(super) fn run(arguments: &VerifyPolicyArguments) -> Result<ExitCode, Error> {
    let given = arguments.key.as_deref().map(key_of).transpose()?;
    let text = small_file(&arguments.file)?;
    let not_an_answer = || {
        let path = arguments.file.display();
        sentence!("{path} is not a saved answer with a policy", "{path} nie zawiera zapisanej odpowiedzi z polityką")
    };
    // Read as JSON that says each thing once: two readers must not see two policies.
    let saved: Saved =
        json::parse(&text).map_err(Error::from).and_then(|value| Ok(serde_json::from_value(value)?)).saying(not_an_answer)?;
    let key = match &given {
        Some(key) => key.clone(),
        None => key_of(&saved.key)?,
    };
    let verified = match PolicyNote::verify(&saved.note, &key, saved.content.as_bytes()) {
        Ok(verified) => verified,
        Err(error) => return refuse(arguments.output, &of_policy(error)),
    };
    if verified.version != saved.version {
        return Err(failed(not_an_answer()));
    }
    let (version, name, made_at) = (verified.version, &verified.name, Timestamp::from_micros(verified.made_at_micros));
    let facts = json!({ "result": "ok", "policy": name, "version": version, "made_at": made_at, "key_given": given.is_some() });
    let made = when(made_at);
    let told = sentence!(
        "The policy is whole: {name} has signed version {version} of {made}, and this is its content",
        "Polityka jest cała: {name} podpisał wersję {version} z {made}, a to jest jej treść"
    );
    tell(arguments.output, &facts, &told)?;
    warn_without_key(given.is_some());
    Ok(ExitCode::SUCCESS)
}

fn of_policy(error: PolicyNoteError) -> Sentence {
    match error {
        PolicyNoteError::Note(error) => of_note(error),
        PolicyNoteError::NotAPolicy => {
            sentence!("{error}", "podpisany tekst nie jest wersją polityki: nazwa, wersja, czas i skrót, po jednym wierszu")
        }
        PolicyNoteError::OtherKey => sentence!("{error}", "notatka jest z polityki innej instalacji niż klucz"),
        PolicyNoteError::OtherContent => sentence!("{error}", "treść jest inna niż ta, którą podpisano: zmieniono ją"),
    }
}
