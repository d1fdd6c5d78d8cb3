//! A log in a file: a line of JSON for each thing, verified offline.
//!
//! ```text
//! {"purser-log":1,"key":"purser.log/…+id+key"}
//! {"index":0,"commitment":"…","salt":"…","entry":{…}}      an erased leaf has neither salt nor entry
//! {"checkpoint":"…a signed note…"}                          after the leaf that it ends with; the last line is one
//! ```
//!
//! [`Verifier`] takes the lines one by one and keeps about log₂ of the log in memory. What it finds wrong it names by the
//! leaf's index; where only a root does not match, by the leaves between the last checkpoint that did and this one.
//!
//! A log may be the successor of one that lost entries ([`crate::succession`]): the file has the hand-over as an entry. Whoever kept
//! something of the old log gives the hand-over with the owner's signature, and then what is kept is compared, and what is lost is named.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::checkpoint::{Checkpoint, CheckpointError};
use crate::hash::DIGEST_BYTES;
use crate::json::{self, JsonError};
use crate::leaf::{commit, leaf_hash};
use crate::merkle::{Hash, node_hash};
use crate::note::{NoteError, NoteKey};
use crate::succession::{LEAF_KIND, Succession, SuccessionError};
use crate::witness::Cosigned;
use crate::{hex, merkle};

/// The form of the file.
pub const VERSION: u32 = 1;
/// Longest line that is read, in bytes: an entry of the largest payload, and what stands around it.
pub const LINE_BYTES_MAX: usize = 256 * 1024;

/// A line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub enum Line {
    /// The first one.
    Head {
        /// [`VERSION`].
        #[serde(rename = "purser-log")]
        version: u32,
        /// The log's key, as people hand it on.
        key: String,
    },
    /// A leaf.
    Leaf {
        /// Its place, from zero on.
        index: u64,
        /// What the tree holds, in hexadecimal.
        commitment: String,
        /// The salt; absent where the entry was erased.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        salt: Option<String>,
        /// What happened; absent where it was erased.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        entry: Option<Value>,
    },
    /// What the log has signed of itself.
    Checkpoint {
        /// A signed note.
        checkpoint: String,
    },
}

/// What is wrong with a log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LogError {
    /// A line is not one of this form.
    #[error("line {line} is not one of a log's file")]
    NotALine {
        /// Which, from one on.
        line: u64,
    },
    /// A line names something twice.
    #[error("line {line} names something twice: two readers could read it differently")]
    Twice {
        /// Which, from one on.
        line: u64,
    },
    /// The file does not begin with a head of this version.
    #[error("this is not a log's file of version {VERSION}")]
    NotALog,
    /// The key in it is no key.
    #[error("the log's key cannot be read")]
    Key(#[from] NoteError),
    /// The log is another one than the key that was asked for.
    #[error("the file is of another log than the one whose key was given")]
    OtherKey,
    /// A leaf is not the next one.
    #[error("leaf {expected} is missing: leaf {found} stands in its place")]
    Missing {
        /// Which should stand there.
        expected: u64,
        /// Which does.
        found: u64,
    },
    /// A leaf is not what its commitment says.
    #[error("leaf {index} was altered: it is not what its commitment says")]
    Altered {
        /// Which.
        index: u64,
    },
    /// A checkpoint is not signed by the log.
    #[error("the checkpoint after leaf {after} is not accepted: {why}")]
    Checkpoint {
        /// How many leaves stand before it.
        after: u64,
        /// Why.
        why: CheckpointError,
    },
    /// A checkpoint is of more leaves than stand before it.
    #[error("leaves {from} to {to} are missing: the log has signed {to} leaves")]
    Truncated {
        /// The first that is missing.
        from: u64,
        /// How many there should be.
        to: u64,
    },
    /// Leaves stand after the last checkpoint, or a checkpoint is out of its place.
    #[error("leaves from {from} on are signed by no checkpoint")]
    Unsigned {
        /// The first.
        from: u64,
    },
    /// A hand-over is not accepted, or is none to this log.
    #[error("the hand-over is not accepted: {0}")]
    HandOver(SuccessionError),
    /// The hand-over that was given is not in the log.
    #[error("the log does not have the hand-over in it that was given")]
    NotHandedOver,
    /// Another log under the same key has another leaf in a place.
    #[error("there are two histories: leaf {index} is another one than in the log that was kept, and the log's key has signed both")]
    Forked {
        /// Where they part.
        index: u64,
    },
    /// The root is another than the signed one.
    #[error("between leaf {from} and leaf {to} the log was rewritten: its root is not the one that was signed")]
    Rewritten {
        /// The first leaf that may be another.
        from: u64,
        /// The leaf behind the last.
        to: u64,
    },
}

/// What a log was found to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Which log.
    pub origin: String,
    /// How many leaves.
    pub leaves: u64,
    /// How many of them are erased, so that only their place and commitment are known.
    pub erased: u64,
    /// How many checkpoints.
    pub checkpoints: u64,
    /// The logs that it goes on with, the newest last, as its own entries say; the owner's word for it is another question.
    pub successions: Vec<Succession>,
}

/// Verifies a log's file line by line.
#[derive(Debug)]
pub struct Verifier {
    key: NoteKey,
    /// Checkpoints kept from earlier, the smallest last: the log must still begin with their leaves.
    kept: Vec<Checkpoint>,
    lines: u64,
    subtrees: Vec<Hash>,
    /// How many leaves the file's last checkpoint is of that matched.
    signed: u64,
    /// How many leaves the last kept one is of that matched.
    held: u64,
    newest_leaf: Option<[u8; DIGEST_BYTES]>,
    newest_checkpoint: Option<String>,
    /// Hand-overs with the owner's signature, the newest last.
    handed_over: Vec<Succession>,
    found: Verified,
}

impl Verifier {
    /// Begins with the first line. With a key, the log must be that key's; else the file's own is taken, which proves no more
    /// than that the file is of one piece.
    ///
    /// # Errors
    /// [`LogError`].
    pub fn begin(first_line: &str, key: Option<&NoteKey>) -> Result<Self, LogError> {
        let Ok(Line::Head { version: VERSION, key: text }) = line_of(first_line, 1) else { return Err(LogError::NotALog) };
        let own = NoteKey::from_text(&text)?;
        if key.is_some_and(|key| *key != own) {
            return Err(LogError::OtherKey);
        }
        let found = Verified { origin: own.name().to_owned(), leaves: 0, erased: 0, checkpoints: 0, successions: Vec::new() };
        Ok(Self {
            key: own,
            kept: Vec::new(),
            lines: 1,
            subtrees: Vec::new(),
            signed: 0,
            held: 0,
            newest_leaf: None,
            newest_checkpoint: None,
            handed_over: Vec::new(),
            found,
        })
    }

    /// Takes the owner's word that the log goes on with another one: a hand-over that both have signed. Said before what was kept of
    /// the other one, and of several the newest first.
    ///
    /// # Errors
    /// [`LogError::HandOver`]; where what is kept is not what the hand-over says, that comes with the leaves.
    pub fn succeeds(&mut self, hand_over: &str, owner: &NoteKey) -> Result<(), LogError> {
        let succession = Succession::verify_endorsed(hand_over, owner).map_err(LogError::HandOver)?;
        let next = self.handed_over.first().map_or(&self.key, |next| &next.from);
        if succession.to != *next {
            return Err(LogError::HandOver(SuccessionError::OtherLog));
        }
        let (kept, origin) = (succession.kept, succession.from.name().to_owned());
        let kept_root = Checkpoint { origin, size: kept, root: succession.kept_root };
        let from = succession.from.clone();
        self.handed_over.insert(0, succession);
        // What a later hand-over lost of it cannot be compared.
        if self.kept_of(&from) == Some(kept) { self.keep(kept_root) } else { Ok(()) }
    }

    /// Of how many entries of a log, itself or one that it goes on with, this one says that they are its own; nothing for another log.
    #[must_use]
    pub fn kept_of(&self, key: &NoteKey) -> Option<u64> {
        if self.key == *key {
            return Some(u64::MAX);
        }
        let first = self.handed_over.iter().position(|succession| succession.from == *key)?;
        self.handed_over.iter().skip(first).map(|succession| succession.kept).min()
    }

    /// Demands that the log still begins with the leaves of a checkpoint that somebody kept: a signed note. Said before the
    /// first leaf is taken, as often as there are checkpoints: the more, the closer a rewriting is found.
    ///
    /// # Errors
    /// [`LogError::Checkpoint`] where the note is not this log's.
    pub fn against(&mut self, kept: &str) -> Result<(), LogError> {
        if let Some(checkpoint) = self.of_predecessor(kept)? {
            // What is lost of it cannot be compared.
            return if Some(checkpoint.size) <= self.kept_of_origin(&checkpoint.origin) { self.keep(checkpoint) } else { Ok(()) };
        }
        let checkpoint = Checkpoint::verify(kept, &self.key).map_err(|why| LogError::Checkpoint { after: self.found.leaves, why })?;
        self.keep(checkpoint)
    }

    /// A checkpoint of a log that this one goes on with.
    fn of_predecessor(&self, kept: &str) -> Result<Option<Checkpoint>, LogError> {
        let found = self.handed_over.iter().find_map(|succession| Some((succession, Checkpoint::verify(kept, &succession.from).ok()?)));
        let Some((succession, checkpoint)) = found else { return Ok(None) };
        succession.covers(Cosigned { size: checkpoint.size, root: checkpoint.root }).map_err(LogError::HandOver)?;
        Ok(Some(checkpoint))
    }

    fn kept_of_origin(&self, origin: &str) -> Option<u64> {
        self.kept_of(&self.handed_over.iter().find(|succession| succession.from.name() == origin)?.from)
    }

    fn keep(&mut self, checkpoint: Checkpoint) -> Result<(), LogError> {
        let place = self.kept.partition_point(|other| other.size > checkpoint.size);
        self.kept.insert(place, checkpoint);
        self.compare_with_kept()
    }

    /// The log's key.
    #[must_use]
    pub fn key(&self) -> &NoteKey {
        &self.key
    }

    /// The newest leaf: its place and commitment.
    #[must_use]
    pub fn newest_leaf(&self) -> Option<(u64, [u8; DIGEST_BYTES])> {
        self.newest_leaf.map(|commitment| (self.found.leaves - 1, commitment))
    }

    /// The last checkpoint that was taken: a signed note.
    #[must_use]
    pub fn newest_checkpoint(&self) -> Option<&str> {
        self.newest_checkpoint.as_deref()
    }

    /// Takes the next line.
    ///
    /// # Errors
    /// [`LogError`], with the place.
    pub fn take(&mut self, line: &str) -> Result<(), LogError> {
        self.lines += 1;
        match line_of(line, self.lines)? {
            Line::Leaf { index, commitment, salt, entry } => self.leaf(index, &commitment, salt.as_deref(), entry.as_ref()),
            Line::Checkpoint { checkpoint } => self.checkpoint(&checkpoint),
            Line::Head { .. } => Err(LogError::NotALine { line: self.lines }),
        }
    }

    fn leaf(&mut self, index: u64, commitment: &str, salt: Option<&str>, entry: Option<&Value>) -> Result<(), LogError> {
        let expected = self.found.leaves;
        if index != expected {
            return Err(LogError::Missing { expected, found: index });
        }
        let altered = LogError::Altered { index };
        let commitment: [u8; DIGEST_BYTES] = hex::decode(commitment).ok_or_else(|| altered.clone())?;
        match (salt.map(hex::decode), entry) {
            (Some(Some(salt)), Some(entry)) if commit(salt, entry) == Ok(commitment) => {}
            (None, None) => self.found.erased += 1,
            _ => return Err(altered),
        }
        let hand_over = entry.filter(|entry| entry["kind"] == LEAF_KIND).and_then(|entry| entry["payload"]["hand_over"].as_str());
        self.found.successions.extend(hand_over.and_then(|note| Succession::verify(note).ok()));
        self.append(leaf_hash(&commitment));
        self.found.leaves += 1;
        self.newest_leaf = Some(commitment);
        self.compare_with_kept()
    }

    /// The file's own checkpoints are no bound for where it parts from what was kept: they may be of another history.
    fn compare_with_kept(&mut self) -> Result<(), LogError> {
        while let Some(kept) = self.kept.pop_if(|kept| kept.size == self.found.leaves) {
            if kept.root != self.root() {
                return Err(LogError::Rewritten { from: self.held, to: kept.size });
            }
            self.held = kept.size;
        }
        Ok(())
    }

    fn checkpoint(&mut self, note: &str) -> Result<(), LogError> {
        let leaves = self.found.leaves;
        let checkpoint = Checkpoint::verify(note, &self.key).map_err(|why| LogError::Checkpoint { after: leaves, why })?;
        if checkpoint.size > leaves {
            return Err(LogError::Truncated { from: leaves, to: checkpoint.size });
        }
        if checkpoint.size < leaves {
            return Err(LogError::Unsigned { from: checkpoint.size });
        }
        if checkpoint.root != self.root() {
            return Err(LogError::Rewritten { from: self.signed, to: leaves });
        }
        self.signed = leaves;
        self.newest_checkpoint = Some(note.to_owned());
        self.found.checkpoints += 1;
        Ok(())
    }

    /// What the file is, after its last line.
    ///
    /// # Errors
    /// [`LogError::Unsigned`] where it does not end with a checkpoint, [`LogError::Truncated`] where it ends before the one
    /// that was kept.
    pub fn end(self) -> Result<Verified, LogError> {
        if let Some(kept) = self.kept.first() {
            return Err(LogError::Truncated { from: self.found.leaves, to: kept.size });
        }
        if self.found.checkpoints == 0 || self.signed != self.found.leaves {
            return Err(LogError::Unsigned { from: self.signed });
        }
        if self.handed_over.iter().any(|given| !self.found.successions.contains(given)) {
            return Err(LogError::NotHandedOver);
        }
        Ok(self.found)
    }

    fn append(&mut self, leaf: Hash) {
        let mut hash = leaf;
        // As in `merkle::root`: each trailing one of the index is a complete subtree that waits on the left.
        for _ in 0..self.found.leaves.trailing_ones() {
            if let Some(left) = self.subtrees.pop() {
                hash = node_hash(&left, &hash);
            }
        }
        self.subtrees.push(hash);
    }

    fn root(&self) -> Hash {
        self.subtrees.iter().rev().copied().reduce(|right, left| node_hash(&left, &right)).unwrap_or_else(|| merkle::root(&[]))
    }
}

fn line_of(text: &str, line: u64) -> Result<Line, LogError> {
    if text.len() > LINE_BYTES_MAX {
        return Err(LogError::NotALine { line });
    }
    let value = json::parse(text).map_err(|error| match error {
        JsonError::Twice => LogError::Twice { line },
        JsonError::NotJson => LogError::NotALine { line },
    })?;
    serde_json::from_value(value).map_err(|_other_shape| LogError::NotALine { line })
}
