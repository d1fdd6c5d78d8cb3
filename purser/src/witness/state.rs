//! A witness's file: its secret key, and what it has cosigned last of each log. Mode 0600; written beside, flushed, renamed.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::Error;
use seal::note::NoteKey;
use seal::sign::{SEED_BYTES, SigningKey};
use seal::witness::{Cosigned, WitnessKey};
use seal::{Zeroizing, hex, json};
use serde::{Deserialize, Serialize};
use words::{Sentence, sentence};

use super::shown_path;
use crate::input::cannot_read;
use crate::speech::{Saying as _, failed};

/// The form of the file.
const VERSION: u32 = 1;
/// Who but the owner may do something with a file.
const OTHERS: u32 = 0o077;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    #[serde(rename = "purser-witness")]
    version: u32,
    name: String,
    seed: String,
    logs: BTreeMap<String, Log>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Log {
    key: String,
    size: u64,
    root: String,
    /// The cosigned checkpoint; nothing of a log that was only added.
    cosigned: Option<String>,
}

/// A witness's file, open; no other program has it open meanwhile.
pub(super) struct State {
    path: PathBuf,
    content: Content,
    _lock: File,
}

impl State {
    /// Makes a witness, where there is none in this file.
    pub(super) fn create(path: &Path, name: &str, seed: Zeroizing<[u8; SEED_BYTES]>) -> Result<Self, Error> {
        let lock = lock(path)?;
        if fs::exists(path).saying(|| cannot_read(path))? {
            let path = shown_path(path);
            return Err(failed(sentence!("there is a witness in {path} already", "w {path} już jest świadek")));
        }
        let content = Content { version: VERSION, name: name.to_owned(), seed: hex::encode(&*seed), logs: BTreeMap::new() };
        let state = Self { path: path.to_owned(), content, _lock: lock };
        state.key()?;
        state.write()?;
        Ok(state)
    }

    pub(super) fn open(path: &Path) -> Result<Self, Error> {
        let cannot = || cannot_read(path);
        let mode = fs::metadata(path).saying(cannot)?.permissions().mode();
        if mode & OTHERS != 0 {
            let path = shown_path(path);
            return Err(failed(sentence!(
                "{path} may be read by others: run `chmod 600` on it, and consider who may have the witness's key",
                "{path} mogą czytać inni: wykonaj na nim `chmod 600` i zastanów się, kto może mieć klucz świadka"
            )));
        }
        let lock = lock(path)?;
        let text = Zeroizing::new(fs::read_to_string(path).saying(cannot)?);
        let read = json::parse(&text).map_err(Error::from).and_then(|value| Ok(serde_json::from_value::<Content>(value)?));
        let content = read.saying(|| not_a_witness(path))?;
        if content.version != VERSION {
            return Err(failed(not_a_witness(path)));
        }
        Ok(Self { path: path.to_owned(), content, _lock: lock })
    }

    /// The key that its cosignatures are verified with.
    pub(super) fn key(&self) -> Result<WitnessKey, Error> {
        WitnessKey::new(&self.content.name, self.signing()?.public()).map_err(|_error| {
            failed(sentence!(
                "a witness's name has no spaces, plus signs or control characters",
                "nazwa świadka nie ma spacji, plusów ani znaków sterujących"
            ))
        })
    }

    pub(super) fn signing(&self) -> Result<SigningKey, Error> {
        hex::decode(&self.content.seed).map(SigningKey::from_seed).ok_or_else(|| failed(not_a_witness(&self.path)))
    }

    /// Every log, and what was cosigned of it.
    pub(super) fn logs(&self) -> impl Iterator<Item = (NoteKey, Cosigned)> {
        self.content.logs.values().filter_map(|log| {
            let root = hex::decode(&log.root)?;
            Some((NoteKey::from_text(&log.key).ok()?, Cosigned { size: log.size, root }))
        })
    }

    /// What was cosigned of a log; nothing where it was not added, or under another key.
    pub(super) fn seen(&self, key: &NoteKey) -> Option<Cosigned> {
        self.logs().find(|(known, _)| known == key).map(|(_, seen)| seen)
    }

    /// The checkpoint that was cosigned last.
    pub(super) fn cosigned(&self, key: &NoteKey) -> Option<&str> {
        self.content.logs.get(key.name())?.cosigned.as_deref()
    }

    /// Adds a log. One that is there stays as it is; another key of the same name is refused.
    pub(super) fn add(&mut self, key: &NoteKey) -> Result<(), Error> {
        let text = key.to_text();
        if let Some(known) = self.content.logs.get(key.name()) {
            let name = key.name();
            let is_same = known.key == text;
            return if is_same {
                Ok(())
            } else {
                Err(failed(sentence!("{name} was added under another key", "{name} dodano pod innym kluczem")))
            };
        }
        let Cosigned { size, root } = Cosigned::default();
        self.content.logs.insert(key.name().to_owned(), Log { key: text, size, root: hex::encode(&root), cosigned: None });
        self.write()
    }

    /// Remembers what is about to be cosigned; on the disk when it returns.
    pub(super) fn remember(&mut self, key: &NoteKey, seen: Cosigned, note: &str) -> Result<(), Error> {
        let log = Log { key: key.to_text(), size: seen.size, root: hex::encode(&seen.root), cosigned: Some(note.to_owned()) };
        self.content.logs.insert(key.name().to_owned(), log);
        self.write()
    }

    fn write(&self) -> Result<(), Error> {
        let cannot = || {
            let path = shown_path(&self.path);
            sentence!("cannot write {path}", "nie można zapisać {path}")
        };
        let text = Zeroizing::new(serde_json::to_vec_pretty(&self.content).saying(cannot)?);
        let beside = self.path.with_added_extension("new");
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside).saying(cannot)?;
        file.write_all(&text).and_then(|()| file.sync_all()).saying(cannot)?;
        fs::rename(&beside, &self.path).saying(cannot)?;
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(folder).and_then(|folder| folder.sync_all()).saying(cannot)
    }
}

/// Holds a file beside the witness's own, which is renamed over: two that cosign at once could forget what one of them signed.
fn lock(path: &Path) -> Result<File, Error> {
    let beside = path.with_added_extension("lock");
    let cannot = || sentence!("cannot write {path}", "nie można zapisać {path}", path = shown_path(&beside));
    let file = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&beside).saying(cannot)?;
    file.lock().saying(cannot)?;
    Ok(file)
}

fn not_a_witness(path: &Path) -> Sentence {
    sentence!("{path} is not a witness's file", "{path} nie jest plikiem świadka", path = shown_path(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEED: [u8; SEED_BYTES] = [4; SEED_BYTES];

    fn log() -> NoteKey {
        NoteKey::new("purser.log/test/7", SigningKey::from_seed([5; 32]).public()).expect("a name")
    }

    #[test]
    fn a_witness_remembers_over_a_restart_what_it_cosigned_and_makes_no_second_one_of_itself() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("witness.json");
        let mut state = State::create(&path, "witness.example/w1", Zeroizing::new(SEED)).expect("made");
        let key = state.key().expect("a key");
        assert_eq!(state.seen(&log()), None);
        state.add(&log()).expect("added");
        let seen = Cosigned { size: 7, root: [7; 32] };
        state.remember(&log(), seen, "a note").expect("remembered");
        state.add(&log()).expect("added again, which forgets nothing");
        drop(state);
        let state = State::open(&path).expect("opened");
        assert_eq!((state.key().expect("a key"), state.seen(&log()), state.cosigned(&log())), (key, Some(seen), Some("a note")));
        drop(state);
        assert!(State::create(&path, "witness.example/w2", Zeroizing::new(SEED)).is_err());
    }

    #[test]
    fn another_key_of_the_same_name_is_another_log_and_is_not_taken_for_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut state = State::create(&folder.path().join("witness.json"), "w", Zeroizing::new(SEED)).expect("made");
        state.add(&log()).expect("added");
        let other = NoteKey::new(log().name(), SigningKey::from_seed([6; 32]).public()).expect("a name");
        assert!(state.add(&other).is_err());
        assert_eq!(state.seen(&other), None);
    }

    #[test]
    fn a_file_that_others_may_read_is_not_used() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("witness.json");
        drop(State::create(&path, "w", Zeroizing::new(SEED)).expect("made"));
        assert_eq!(fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o600);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).expect("changed");
        assert!(State::open(&path).is_err());
    }
}
