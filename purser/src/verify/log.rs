//! `purser verify log`: a whole log, by itself and against what was kept of it.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Error;
use seal::checkpoint::Checkpoint;
use seal::log_file::{LINE_BYTES_MAX, LogError, Verified, Verifier};
use seal::note::NoteKey;
use seal::succession::{Succession, SuccessionError};
use seal::witness::Cosigned;
use serde_json::{Value, json};
use words::{Language, Sentence, sentence};

use super::kept::{cosigned, witness_of};
use super::reasons::of_log;
use super::{key_of, refuse, small_file, tell, warn_without_key};
use crate::cli::VerifyLogArguments;
use crate::input::cannot_read;
use crate::owner::{hand_over_of, said};
use crate::speech;
use crate::speech::Saying as _;

/// With what a log's file begins, and a checkpoint does not.
const LOG_BEGINS: &[u8] = b"{";

pub(super) fn run(arguments: &VerifyLogArguments) -> Result<ExitCode, Error> {
    let key = arguments.key.as_deref().map(key_of).transpose()?;
    let owner = arguments.owner_key.as_deref().map(key_of).transpose()?;
    let hand_overs = arguments.hand_over.iter().map(|path| Ok(hand_over_of(&small_file(path)?))).collect::<Result<Vec<_>, Error>>()?;
    let word = owner.as_ref().map(|owner| Word { owner, hand_overs: &hand_overs });
    let witness = witness_of(arguments.witness_key.as_deref())?;
    let (logs, notes): (Vec<_>, Vec<_>) = arguments
        .against
        .iter()
        .map(|path| Ok((path, is_log(path)?)))
        .collect::<Result<Vec<_>, Error>>()?
        .into_iter()
        .partition(|(_, is)| *is);
    let notes: Vec<String> = notes.into_iter().map(|(path, _)| small_file(path)).collect::<Result<_, _>>()?;
    let found = match look(&arguments.file, key.as_ref(), word, &notes)? {
        Ok(found) => found,
        Err(error) => return refuse(arguments.output, &of_log(&error)),
    };
    for (path, _) in &logs {
        if let Err(refused) = compare(&arguments.file, path, &found)? {
            return refuse(arguments.output, &refused);
        }
    }
    let mut witnessed_at = None;
    for note in notes.iter().chain(found.newest.iter().filter(|_| notes.is_empty())) {
        match witness.as_ref().map(|witness| cosigned(note, witness)).transpose() {
            Ok(seconds) => witnessed_at = seconds.max(witnessed_at),
            Err(refused) => return refuse(arguments.output, &refused),
        }
    }
    let Verified { origin, leaves, erased, checkpoints, successions } = found.verified;
    let gaps: Vec<_> = successions.iter().map(|one| gap(one, &found.handed_over)).collect();
    let facts = json!({
        "result": "ok", "log": origin, "leaves": leaves, "erased": erased, "checkpoints": checkpoints,
        "key_given": key.is_some(), "checkpoint_given": !arguments.against.is_empty(), "witnessed_at": witnessed_at,
        "successions": gaps,
    });
    let whole = sentence!(
        "The log is whole: {leaves} entries, {erased} of them erased, {checkpoints} checkpoints. It is {origin}",
        "Dziennik jest cały: wpisy {leaves}, w tym usunięte {erased}, punkty kontrolne {checkpoints}. To {origin}"
    );
    tell(arguments.output, &facts, &whole)?;
    for one in &successions {
        speech::remark(&said(one));
        if !found.handed_over.contains(one) {
            speech::remark(&sentence!(
                "Whether the owner knows of that is not shown: give the hand-over that the owner has signed, --hand-over FILE --owner-key KEY",
                "Nie pokazano, czy właściciel o tym wie: podaj podpisane przez niego przekazanie, --hand-over PLIK --owner-key KLUCZ"
            ));
        }
    }
    warn_without_key(key.is_some());
    Ok(ExitCode::SUCCESS)
}

/// The owner's word that the log goes on with others.
#[derive(Clone, Copy)]
struct Word<'a> {
    owner: &'a NoteKey,
    hand_overs: &'a [String],
}

/// What is lost of a log before.
fn gap(one: &Succession, handed_over: &[Succession]) -> Value {
    json!({
        "from": one.from.to_text(), "entries": one.size, "kept": one.kept, "lost": one.lost(), "owner_signed": handed_over.contains(one),
    })
}

/// A log that was found to be whole.
struct Found {
    verified: Verified,
    /// What the owner's word was given for.
    handed_over: Vec<Succession>,
    /// How many entries it keeps of each of those logs.
    kept_of: Vec<(NoteKey, u64)>,
    /// Its own key, which is the given one where one was given.
    key: NoteKey,
    /// Its last checkpoint.
    newest: Option<String>,
}

fn look(file: &Path, key: Option<&NoteKey>, word: Option<Word<'_>>, kept: &[String]) -> Result<Result<Found, LogError>, Error> {
    let mut lines = Lines::open(file)?;
    let mut verifier = match Verifier::begin(lines.next()?.unwrap_or_default(), key) {
        Ok(verifier) => verifier,
        Err(error) => return Ok(Err(error)),
    };
    let mut handed_over = Vec::new();
    for hand_over in word.iter().flat_map(|word| word.hand_overs) {
        if let Err(error) = word.map_or(Ok(()), |word| verifier.succeeds(hand_over, word.owner)) {
            return Ok(Err(error));
        }
        handed_over.extend(Succession::verify(hand_over));
    }
    let kept_of = handed_over.iter().filter_map(|one| Some((one.from.clone(), verifier.kept_of(&one.from)?))).collect();
    if let Err(error) = kept.iter().try_for_each(|kept| verifier.against(kept)) {
        return Ok(Err(error));
    }
    while let Some(line) = lines.next()? {
        if let Err(error) = verifier.take(line) {
            return Ok(Err(error));
        }
    }
    let (key, newest) = (verifier.key().clone(), verifier.newest_checkpoint().map(ToOwned::to_owned));
    Ok(verifier.end().map(|verified| Found { verified, handed_over, kept_of, key, newest }))
}

/// Compares two logs leaf by leaf. The other one must be whole too: only what the log's key has signed shows two histories.
fn compare(file: &Path, kept: &Path, found: &Found) -> Result<Result<(), Sentence>, Error> {
    // A log that this one goes on with is compared as far as it is kept.
    let own = own_key(kept)?;
    let predecessor = found.kept_of.iter().find(|(key, _)| Some(key) == own.as_ref());
    let (key, limit) = predecessor.map_or((&found.key, u64::MAX), |(key, limit)| (key, *limit));
    let other = match look(kept, Some(key), None, &[])? {
        Ok(other) => other,
        Err(error) => {
            let polish = of_log(&error);
            let (polish, path) = (polish.text(Language::Polish), kept.display());
            return Ok(Err(sentence!("{path}, which was kept, is not whole: {error}", "przechowany {path} nie jest cały: {polish}")));
        }
    };
    if let Some(one) = found.handed_over.iter().find(|one| one.from == *key)
        && let Err(error) = covers(one, other.newest.as_deref())
    {
        return Ok(Err(of_log(&LogError::HandOver(error))));
    }
    let (mut shown, mut before) = (Leaves::open(file, &found.key)?, Leaves::open(kept, key)?);
    for index in 0..other.verified.leaves.min(limit) {
        let error = match (shown.next()?, before.next()?) {
            (Some(now), Some(then)) if now == then => continue,
            (Some(_), Some(_)) => LogError::Forked { index },
            _ => LogError::Truncated { from: index, to: other.verified.leaves },
        };
        return Ok(Err(of_log(&error)));
    }
    Ok(Ok(()))
}

/// Whether a log that was kept is no longer than its hand-over says that it was.
fn covers(one: &Succession, newest: Option<&str>) -> Result<(), SuccessionError> {
    let checkpoint = newest.and_then(|note| Checkpoint::verify(note, &one.from).ok());
    checkpoint.map_or(Ok(()), |Checkpoint { size, root, .. }| one.covers(Cosigned { size, root }))
}

/// The key that a log's file says is its own.
fn own_key(path: &Path) -> Result<Option<NoteKey>, Error> {
    let mut lines = Lines::open(path)?;
    let verifier = Verifier::begin(lines.next()?.unwrap_or_default(), None);
    Ok(verifier.ok().map(|verifier| verifier.key().clone()))
}

fn is_log(path: &Path) -> Result<bool, Error> {
    let cannot = || cannot_read(path);
    let mut begins = Vec::new();
    File::open(path).saying(cannot)?.take(LOG_BEGINS.len() as u64).read_to_end(&mut begins).saying(cannot)?;
    Ok(begins == LOG_BEGINS)
}

/// The lines of a file, of which none is longer than a log's may be by more than a byte.
struct Lines {
    path: PathBuf,
    file: BufReader<File>,
    line: String,
}

impl Lines {
    fn open(path: &Path) -> Result<Self, Error> {
        let file = File::open(path).saying(|| cannot_read(path))?;
        Ok(Self { path: path.to_owned(), file: BufReader::new(file), line: String::new() })
    }

    fn next(&mut self) -> Result<Option<&str>, Error> {
        self.line.clear();
        // One byte more than is read, so that a longer line is seen to be one.
        let read = self.file.by_ref().take(LINE_BYTES_MAX as u64 + 2).read_line(&mut self.line).saying(|| cannot_read(&self.path))?;
        Ok((read > 0).then(|| self.line.trim_end_matches('\n')))
    }
}

/// The commitments of a log that was found to be whole.
struct Leaves {
    lines: Lines,
    verifier: Option<Verifier>,
}

impl Leaves {
    fn open(path: &Path, key: &NoteKey) -> Result<Self, Error> {
        let mut lines = Lines::open(path)?;
        let verifier = Verifier::begin(lines.next()?.unwrap_or_default(), Some(key)).ok();
        Ok(Self { lines, verifier })
    }

    /// The next one; nothing behind the last, and nothing where the file is another one meanwhile.
    fn next(&mut self) -> Result<Option<[u8; 32]>, Error> {
        let Some(verifier) = &mut self.verifier else { return Ok(None) };
        let before = verifier.newest_leaf().map(|(index, _)| index);
        while let Some(line) = self.lines.next()? {
            if verifier.take(line).is_err() {
                return Ok(None);
            }
            match verifier.newest_leaf() {
                Some((index, commitment)) if Some(index) != before => return Ok(Some(commitment)),
                _ => {}
            }
        }
        Ok(None)
    }
}
