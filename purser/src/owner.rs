//! `purser owner`: a key of the owner's own, by which a ledger that lost entries hands over to its successor; see
//! [`seal::succession`]. It runs on a machine that is not the server's.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;
use std::process::ExitCode;

use anyhow::Error;
use kernel::Rng;
use seal::note::NoteKey;
use seal::sign::SigningKey;
use seal::succession::Succession;
use seal::{Zeroizing, hex, json};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use words::{Sentence, sentence};

use crate::cli::OwnerCommand;
use crate::input::cannot_read;
use crate::speech;
use crate::speech::{Saying as _, failed};
use crate::verify::reasons::of_succession;
use crate::verify::small_file;

/// The form of the file.
const VERSION: u32 = 1;
/// Who but the owner may do something with a file.
const OTHERS: u32 = 0o077;
/// How an entry of the ledger calls the hand-over.
const HAND_OVER: &str = "hand_over";

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    #[serde(rename = "purser-owner")]
    version: u32,
    name: String,
    seed: String,
}

pub(crate) fn run(command: &OwnerCommand) -> Result<ExitCode, Error> {
    match command {
        OwnerCommand::Init { state, name } => init(&state.state, name)?,
        OwnerCommand::Sign { state, file } => sign(&state.state, file)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn init(path: &Path, name: &str) -> Result<(), Error> {
    let seed = Zeroizing::new(Rng::system().bytes());
    let key = key_of(name, &SigningKey::from_seed(*seed))?;
    let content = Content { version: VERSION, name: name.to_owned(), seed: hex::encode(&*seed) };
    let cannot = || sentence!("cannot write {path}", "nie można zapisać {path}", path = path.display());
    let text = Zeroizing::new(serde_json::to_vec_pretty(&content).saying(cannot)?);
    // Never over another key: what was signed with it could not be signed again.
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).saying(cannot)?;
    file.write_all(&text).and_then(|()| file.sync_all()).saying(cannot)?;
    println!("{}", key.to_text());
    speech::remark(&sentence!(
        "This key is for your witness (purser witness add ... --owner-key KEY) and for whoever verifies. Keep the file away from the server, and a copy of it",
        "Ten klucz jest dla świadka (purser witness add ... --owner-key KLUCZ) i dla sprawdzających. Plik trzymaj z dala od serwera i miej jego kopię"
    ));
    Ok(())
}

fn sign(path: &Path, file: &Path) -> Result<(), Error> {
    let (name, key) = open(path)?;
    let note = hand_over_of(&small_file(file)?);
    let succession = Succession::verify(&note).map_err(|error| failed(of_succession(error)))?;
    let signed = Succession::endorse(&note, &name, &key).map_err(|error| failed(of_succession(error)))?;
    print!("{signed}");
    speech::remark(&said(&succession));
    Ok(())
}

/// What is lost and what is kept.
pub(crate) fn said(succession: &Succession) -> Sentence {
    let Succession { from, size, kept, to, .. } = succession;
    let (from, to) = (from.name(), to.name());
    if *kept == 0 {
        return sentence!(
            "{to} goes on with {from}: its {size} entries are lost or were rewritten, all of them as far as is known",
            "{to} jest następcą {from}: jego wpisy w liczbie {size} utracono albo napisano na nowo, o ile wiadomo wszystkie"
        );
    }
    let last = size - 1;
    sentence!(
        "{to} goes on with {from}: entries {kept} to {last} of that are lost, those before are kept",
        "{to} jest następcą {from}: wpisy od {kept} do {last} z tamtego są utracone, wcześniejsze zachowano"
    )
}

/// The note itself, or the one in an entry that was saved as JSON.
pub(crate) fn hand_over_of(text: &str) -> String {
    let found = json::parse(text).ok().and_then(|value| found_in(&value));
    found.unwrap_or_else(|| text.to_owned())
}

fn found_in(value: &Value) -> Option<String> {
    match value {
        Value::Object(fields) => match fields.get(HAND_OVER) {
            Some(Value::String(note)) => Some(note.clone()),
            _ => fields.values().find_map(found_in),
        },
        Value::Array(values) => values.iter().find_map(found_in),
        _ => None,
    }
}

fn open(path: &Path) -> Result<(String, SigningKey), Error> {
    let cannot = || cannot_read(path);
    if fs::metadata(path).saying(cannot)?.permissions().mode() & OTHERS != 0 {
        let path = path.display();
        return Err(failed(sentence!(
            "{path} may be read by others: run `chmod 600` on it, and consider who may have the owner's key",
            "{path} mogą czytać inni: wykonaj na nim `chmod 600` i zastanów się, kto może mieć klucz właściciela"
        )));
    }
    let text = Zeroizing::new(small_file(path)?);
    let not_one = || sentence!("{path} is not an owner's file", "{path} nie jest plikiem właściciela", path = path.display());
    let read = json::parse(&text).map_err(Error::from).and_then(|value| Ok(serde_json::from_value::<Content>(value)?));
    let content = read.saying(not_one)?;
    let key = hex::decode(&content.seed).map(SigningKey::from_seed).filter(|_| content.version == VERSION);
    let key = key.ok_or_else(|| failed(not_one()))?;
    key_of(&content.name, &key)?;
    Ok((content.name, key))
}

fn key_of(name: &str, key: &SigningKey) -> Result<NoteKey, Error> {
    NoteKey::new(name, key.public()).map_err(|_error| {
        failed(sentence!(
            "an owner's name has no spaces, plus signs or control characters",
            "nazwa właściciela nie ma spacji, plusów ani znaków sterujących"
        ))
    })
}
