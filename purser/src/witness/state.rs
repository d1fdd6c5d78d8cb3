//! A witness's file: its secret key, and what it has cosigned last of each log. Mode 0600; written beside, flushed, renamed.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::Error;
use seal::note::NoteKey;
use seal::sign::{SEED_BYTES, SigningKey};
use seal::succession::{Succession, family};
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

#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Log {
    key: String,
    size: u64,
    root: String,
    /// The cosigned checkpoint; nothing of a log that was only added.
    cosigned: Option<String>,
    /// The owner's own key, on whose word alone the log may have a successor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    owner: Option<String>,
    /// The successor's key, where the log has ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    successor: Option<String>,
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

    /// The owner's key of a log; nothing where none was given.
    pub(super) fn owner(&self, key: &NoteKey) -> Result<Option<NoteKey>, Error> {
        let owner = self.content.logs.get(key.name()).and_then(|log| log.owner.as_deref());
        owner.map(|owner| NoteKey::from_text(owner).map_err(|_error| failed(not_a_witness(&self.path)))).transpose()
    }

    /// The key of a log's successor, where it has ended.
    pub(super) fn successor(&self, key: &NoteKey) -> Option<&str> {
        self.content.logs.get(key.name())?.successor.as_deref()
    }

    /// Adds a log, and its owner's key, once. What is there stays as it is; another key of the same name or owner is refused.
    pub(super) fn add(&mut self, key: &NoteKey, owner: Option<&NoteKey>) -> Result<(), Error> {
        let (text, owner, name) = (key.to_text(), owner.map(NoteKey::to_text), key.name());
        if let Some(known) = self.content.logs.get_mut(name) {
            if known.key != text {
                return Err(failed(sentence!("{name} was added under another key", "{name} dodano pod innym kluczem")));
            }
            if known.owner.is_some() && owner.is_some() && known.owner != owner {
                return Err(failed(sentence!("{name} has another owner's key already", "{name} ma już inny klucz właściciela")));
            }
            known.owner = known.owner.take().or(owner);
            return self.write();
        }
        // Under a new name nothing would be remembered of what was cosigned: a log goes on under another one by its owner's word only.
        if let Some(known) = self.content.logs.keys().find(|known| family(known).0 == family(name).0) {
            return Err(failed(sentence!(
                "{name} is of one family with {known}, which this witness cosigns: a ledger goes on under another name where entries are lost, and its owner signs what is lost. Ask for that hand-over: purser witness succeed SIGNED",
                "{name} należy do jednej rodziny z {known}, który ten świadek podpisuje: dziennik ma nową nazwę, gdy utracono wpisy, a właściciel podpisuje, które. Poproś o to przekazanie: purser witness succeed PODPISANE"
            )));
        }
        let Cosigned { size, root } = Cosigned::default();
        let log = Log { key: text, size, root: hex::encode(&root), cosigned: None, owner, successor: None };
        self.content.logs.insert(name.to_owned(), log);
        self.write()
    }

    /// Goes on with a log's successor, of the same owner, from what was cosigned of the old one and is kept; on the disk when it returns.
    pub(super) fn succeed(&mut self, succession: &Succession, first: Cosigned) -> Result<(), Error> {
        let (name, key) = (succession.to.name(), succession.to.to_text());
        if self.content.logs.contains_key(name) {
            return Err(failed(sentence!("{name} is cosigned already", "{name} jest już podpisywany")));
        }
        let old = self.content.logs.get_mut(succession.from.name());
        let owner = old.and_then(|old| {
            old.successor = Some(key.clone());
            old.owner.clone()
        });
        let log = Log { key, size: first.size, root: hex::encode(&first.root), cosigned: None, owner, successor: None };
        self.content.logs.insert(name.to_owned(), log);
        self.write()
    }

    /// Remembers what is about to be cosigned; on the disk when it returns.
    pub(super) fn remember(&mut self, key: &NoteKey, seen: Cosigned, note: &str) -> Result<(), Error> {
        let Some(log) = self.content.logs.get_mut(key.name()) else { return Err(failed(not_a_witness(&self.path))) };
        *log = Log { size: seen.size, root: hex::encode(&seen.root), cosigned: Some(note.to_owned()), ..std::mem::take(log) };
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
        state.add(&log(), None).expect("added");
        let seen = Cosigned { size: 7, root: [7; 32] };
        state.remember(&log(), seen, "a note").expect("remembered");
        state.add(&log(), None).expect("added again, which forgets nothing");
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
        state.add(&log(), None).expect("added");
        let other = NoteKey::new(log().name(), SigningKey::from_seed([6; 32]).public()).expect("a name");
        assert!(state.add(&other, None).is_err());
        assert_eq!(state.seen(&other), None);
    }

    #[test]
    fn an_owners_key_is_given_once_and_the_successor_has_it_too() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("witness.json");
        let mut state = State::create(&path, "w", Zeroizing::new(SEED)).expect("made");
        let key = |name: &str, seed: u8| NoteKey::new(name, SigningKey::from_seed([seed; 32]).public()).expect("a name");
        let (owner, successor) = (key("owner.example", 9), key("purser.log/test/7/2", 5));
        state.add(&log(), None).expect("added");
        state.add(&log(), Some(&owner)).expect("given later");
        assert!(state.add(&log(), Some(&key("owner.example", 8))).is_err(), "another owner");
        let seen = Cosigned { size: 7, root: [7; 32] };
        state.remember(&log(), seen, "a note").expect("remembered, and the owner's key with it");
        let succession = Succession { from: log(), size: 9, root: [9; 32], kept: 7, kept_root: [7; 32], to: successor.clone() };
        state.succeed(&succession, seen).expect("succeeded");
        drop(state);
        let mut state = State::open(&path).expect("opened");
        assert_eq!(state.successor(&log()), Some(successor.to_text().as_str()));
        assert_eq!((state.seen(&successor), state.successor(&successor)), (Some(seen), None));
        assert_eq!(state.owner(&successor).expect("a key"), Some(owner));
        assert!(state.succeed(&succession, seen).is_err(), "once");
    }

    #[test]
    fn a_log_under_the_name_of_a_successor_is_not_simply_added_beside_the_one_that_is_known() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut state = State::create(&folder.path().join("witness.json"), "w", Zeroizing::new(SEED)).expect("made");
        let key = |name: &str| NoteKey::new(name, SigningKey::from_seed([5; 32]).public()).expect("a name");
        let (second, third) = (key("purser.log/test/7/2"), key("purser.log/test/7/3"));
        state.add(&second, None).expect("this witness is new, and the log is not");
        for other in [&log(), &third] {
            let refused = state.add(other, None).expect_err("refused");
            assert!(refused.to_string().contains("purser witness succeed"), "{refused}");
        }
        state.add(&key("purser.log/test/8"), None).expect("another log");
        state.add(&second, None).expect("the same one");
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
