//! `purser witness`: remembers what logs were, and cosigns what grew out of it; see [`seal::witness`].
//!
//! It runs for somebody who is none of the log's own people, on another machine, by hand or by a timer. `state`: its key and
//! memory; `ask`: what it asks of a server. The memory is on the disk before a cosignature leaves.

mod ask;
mod state;

use std::path::Path;
use std::process::ExitCode;

use anyhow::Error;
use kernel::{Clock, Rng};
use seal::json;
use seal::merkle::Hash;
use seal::note::NoteKey;
use seal::succession::Succession;
use seal::witness::{Cosigned, WitnessError, WitnessKey, accept};
use seal::{Zeroizing, hex};
use serde::Deserialize;
use serde_json::{Value, json};
use words::{Language, Sentence, sentence};

use self::ask::{Asked, Server};
use self::state::State;
use crate::cli::{CosignArguments, Output, OutputArguments, StateArguments, WitnessCommand};
use crate::owner::{hand_over_of, said};
use crate::speech::{Saying as _, failed};
use crate::verify::reasons::{of_checkpoint, of_note, of_succession};
use crate::verify::{key_of, small_file};
use crate::{output, speech};

/// Exit code where the server cannot be reached.
const NETWORK_AWAY: u8 = 3;
const MICROS_PER_SECOND: i64 = 1_000_000;

/// What the API answers for a consistency proof or a checkpoint, as far as a witness looks at it.
struct Shown {
    checkpoint: String,
    key: String,
    hashes: Vec<Hash>,
}

#[derive(Deserialize)]
struct Consistency {
    now: Now,
    hashes: Vec<String>,
}

#[derive(Deserialize)]
struct Now {
    checkpoint: String,
    key: String,
}

pub(crate) fn run(command: WitnessCommand) -> Result<ExitCode, Error> {
    match command {
        WitnessCommand::Init { state, name } => init(&state, &name)?,
        WitnessCommand::Add { state, key, owner_key } => add(&state, &key, owner_key.as_deref())?,
        WitnessCommand::Succeed { state, file } => succeed(&state, &file)?,
        WitnessCommand::Status { state, output } => status(&state, output)?,
        WitnessCommand::Cosign(arguments) => return cosign(&arguments),
    }
    Ok(ExitCode::SUCCESS)
}

fn init(state: &StateArguments, name: &str) -> Result<(), Error> {
    let made = State::create(&state.state, name, Zeroizing::new(Rng::system().bytes()))?;
    println!("{}", made.key()?.to_text());
    speech::remark(&sentence!(
        "This key is for whoever verifies what the witness has cosigned: purser verify ... --witness-key KEY",
        "Ten klucz jest dla tych, którzy sprawdzają, co świadek podpisał: purser verify ... --witness-key KLUCZ"
    ));
    Ok(())
}

fn add(state: &StateArguments, key: &str, owner: Option<&str>) -> Result<(), Error> {
    let (key, owner, mut state) = (key_of(key)?, owner.map(key_of).transpose()?, State::open(&state.state)?);
    state.add(&key, owner.as_ref())?;
    speech::answer(&sentence!("{name} is cosigned from now on", "{name} jest odtąd podpisywany", name = key.name()));
    Ok(())
}

/// From here on the old log is cosigned no more, whoever shows it.
fn succeed(state: &StateArguments, file: &Path) -> Result<(), Error> {
    let mut state = State::open(&state.state)?;
    let note = hand_over_of(&small_file(file)?);
    let old = Succession::verify(&note).map_err(|error| failed(of_succession(error)))?.from;
    let seen = known(&state, &old)?;
    let owner = state.owner(&old)?.ok_or_else(|| {
        let key = old.to_text();
        failed(sentence!(
            "this witness does not know the owner's key, so nobody's word counts. Get it from the owner, by another way than this file: purser witness add --key {key} --owner-key OWNERKEY",
            "ten świadek nie zna klucza właściciela, więc niczyje słowo się nie liczy. Weź go od właściciela inną drogą niż ten plik: purser witness add --key {key} --owner-key KLUCZ"
        ))
    })?;
    let taken = Succession::take_over(&note, &old, &owner, seen);
    let (succession, first) = taken.map_err(|error| failed(of_succession(error)))?;
    state.succeed(&succession, first)?;
    speech::answer(&said(&succession));
    if let Some(last) = seen.size.checked_sub(1).filter(|last| *last >= succession.kept) {
        let (kept, cosigned) = (succession.kept, seen.size);
        speech::remark(&sentence!(
            "This witness cosigned {cosigned} entries of it: entries {kept} to {last} of those are lost. It remembers one root only, so whether the first {kept} are those that it cosigned shows a file of the old log: purser verify log ... --against OLD",
            "Ten świadek podpisał jego wpisy w liczbie {cosigned}: wpisy od {kept} do {last} z nich są utracone. Pamięta tylko jeden korzeń, więc czy pierwsze {kept} są tymi, które podpisał, pokaże plik starego dziennika: purser verify log ... --against STARY"
        ));
    }
    Ok(())
}

fn status(state: &StateArguments, form: OutputArguments) -> Result<(), Error> {
    let state = State::open(&state.state)?;
    let key = state.key()?.to_text();
    if form.output == Output::Json {
        let logs: Vec<Value> = state
            .logs()
            .map(|(key, seen)| json!({ "log": key.name(), "key": key.to_text(), "size": seen.size, "root": hex::encode(&seen.root) }))
            .collect();
        return output::json(&json!({ "key": key, "logs": logs }));
    }
    println!("{key}");
    let headings = [sentence!("log", "dziennik"), sentence!("entries", "wpisy")];
    output::table(headings, state.logs().map(|(key, seen)| [key.name().to_owned(), seen.size.to_string()]))
}

fn cosign(arguments: &CosignArguments) -> Result<ExitCode, Error> {
    let mut state = State::open(&arguments.state.state)?;
    let shown = match (&arguments.file, &arguments.server) {
        (Some(file), _) => consistency(&small_file(file)?)?,
        (None, Some(url)) => {
            let server = Server::new(url, arguments.token_file.as_deref(), arguments.ca.as_deref())?;
            match shown_by(&server, arguments.instance, &state)? {
                Asked::Answer(shown) => shown,
                Asked::Away(why) => {
                    speech::remark(&why);
                    return Ok(ExitCode::from(NETWORK_AWAY));
                }
            }
        }
        (None, None) => return Err(failed(sentence!("give a file or --server", "podaj plik albo --server"))),
    };
    let key = key_of(&shown.key)?;
    let before = known(&state, &key)?;
    let now = match accept(before, &shown.checkpoint, &key, &shown.hashes) {
        Ok(now) => now,
        Err(error) => return refuse(arguments.output, &of_witness(error), &shown.checkpoint, state.cosigned(&key)),
    };
    let seconds = Clock::system().now().micros().div_euclid(MICROS_PER_SECOND).unsigned_abs();
    let own = state.key()?;
    let note = WitnessKey::cosign(own.name(), &state.signing()?, &shown.checkpoint, seconds).map_err(|error| failed(of_note(error)))?;
    // On the disk before it is shown: what was cosigned is never contradicted, whatever happens now.
    state.remember(&key, Cosigned { size: now.size, root: now.root }, &note)?;
    match arguments.output.output {
        Output::Json => output::json(&json!({ "result": "ok", "log": now.origin, "size": now.size, "checkpoint": note }))?,
        Output::Table => print!("{note}"),
    }
    Ok(ExitCode::SUCCESS)
}

/// Asks what the log is now, and, where it has grown, for the proof that it grew out of what was cosigned.
fn shown_by(server: &Server, is_instance: bool, state: &State) -> Result<Asked<Shown>, Error> {
    let path = if is_instance { "/api/v1/ledger/instance" } else { "/api/v1/ledger" };
    let text = match server.get(&format!("{path}/checkpoint"))? {
        Asked::Answer(text) => text,
        Asked::Away(why) => return Ok(Asked::Away(why)),
    };
    let now: Now = json::parse(&text).map_err(Error::from).and_then(|value| Ok(serde_json::from_value(value)?)).saying(not_an_answer)?;
    let key = key_of(&now.key)?;
    let (size, before) = (size_of(&now.checkpoint, &key)?, known(state, &key)?);
    if size <= before.size {
        // It did not grow: the checkpoint alone shows whether it is the one of before.
        return Ok(Asked::Answer(Shown { checkpoint: now.checkpoint, key: now.key, hashes: Vec::new() }));
    }
    Ok(match server.get(&format!("{path}/consistency?from={}", before.size))? {
        Asked::Answer(text) => Asked::Answer(consistency(&text)?),
        Asked::Away(why) => Asked::Away(why),
    })
}

fn consistency(text: &str) -> Result<Shown, Error> {
    let read = json::parse(text).map_err(Error::from).and_then(|value| Ok(serde_json::from_value::<Consistency>(value)?));
    let Consistency { now, hashes } = read.saying(not_an_answer)?;
    let hashes = hashes.iter().map(|hash| hex::decode(hash)).collect::<Option<Vec<Hash>>>().ok_or_else(|| failed(not_an_answer()))?;
    Ok(Shown { checkpoint: now.checkpoint, key: now.key, hashes })
}

fn size_of(checkpoint: &str, key: &NoteKey) -> Result<u64, Error> {
    let read = seal::checkpoint::Checkpoint::verify(checkpoint, key);
    read.map(|checkpoint| checkpoint.size).map_err(|error| failed(of_checkpoint(error)))
}

/// What was cosigned of a log, which must be one that was added, under the same key.
fn known(state: &State, key: &NoteKey) -> Result<Cosigned, Error> {
    if let Some(successor) = state.successor(key) {
        let name = key.name();
        return Err(failed(sentence!(
            "{name} has ended, on its owner's word; the key of its successor is {successor}",
            "{name} skończył się, jak potwierdził właściciel; klucz następcy: {successor}"
        )));
    }
    state.seen(key).ok_or_else(|| {
        let (name, key) = (key.name(), key.to_text());
        failed(sentence!(
            "{name} under this key is no log that was added. If its owner gave you this very key: purser witness add --key {key}",
            "{name} o tym kluczu nie jest dodanym dziennikiem. Jeśli właściciel podał właśnie ten klucz: purser witness add --key {key}"
        ))
    })
}

/// Says why, with both checkpoints: each is signed by the log, and together they are the evidence.
fn refuse(form: OutputArguments, why: &Sentence, shown: &str, cosigned: Option<&str>) -> Result<ExitCode, Error> {
    match form.output {
        Output::Json => {
            let reason = why.text(Language::English);
            output::json(&json!({ "result": "refused", "reason": reason, "shown": shown, "cosigned": cosigned }))?;
        }
        Output::Table => {
            speech::answer(why);
            speech::remark(&sentence!(
                "Not cosigned. The checkpoint that was shown and the one that was cosigned are in the answer of --output json: keep both",
                "Nie podpisano. Pokazany i wcześniej podpisany punkt kontrolny są w odpowiedzi z --output json: zachowaj oba"
            ));
        }
    }
    Ok(ExitCode::FAILURE)
}

fn not_an_answer() -> Sentence {
    sentence!(
        "this is not an answer of the ledger's API with a checkpoint and its proof",
        "to nie jest odpowiedź API dziennika z punktem kontrolnym i dowodem"
    )
}

fn of_witness(error: WitnessError) -> Sentence {
    match error {
        WitnessError::Checkpoint(error) => of_checkpoint(error),
        WitnessError::Shrunk { cosigned, now } => sentence!(
            "{error}",
            "brakuje wpisów od {now} do {cosigned}: dziennik pokazuje wpisy w liczbie {now}, a wcześniej podpisano {cosigned}"
        ),
        WitnessError::Forked { size } => {
            sentence!("{error}", "to inna historia: pierwsze wpisy w liczbie {size} nie są tymi, które podpisano wcześniej")
        }
        WitnessError::Inconsistent { cosigned, now } => sentence!(
            "{error}",
            "to inna historia albo zły dowód: nie dowiedziono, że wpisy w liczbie {now} zaczynają się od {cosigned}, które podpisano wcześniej"
        ),
    }
}

/// A path for people.
fn shown_path(path: &Path) -> String {
    path.display().to_string()
}
