//! Checkpoints (C2SP tlog-checkpoint): what a log signs of its tree, and the proofs that go with one.
//!
//! A checkpoint is a signed note of three lines: the log's origin, the number of its leaves, the root in base 64. A proof
//! (C2SP tlog-proof) is a text that holds a leaf's index, its inclusion proof and the checkpoint, and so can be verified
//! without the log, with nothing but the log's key.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use crate::merkle::{Hash, root_by_inclusion};
use crate::note::{NoteError, NoteKey};
use crate::sign::SigningKey;

/// First line of a proof's text.
const PROOF_LINE: &str = "c2sp.org/tlog-proof@v1";
/// Most hashes of a proof: the height of the largest tree.
pub const PROOF_HASHES_MAX: usize = 64;

/// What is said of a log at a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log; also the name of its key.
    pub origin: String,
    /// How many leaves it has.
    pub size: u64,
    /// The root over them.
    pub root: Hash,
}

/// Why a checkpoint or a proof is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// The note around it.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// The signed text is no checkpoint.
    #[error("the signed text is not a checkpoint: origin, size and root, a line each")]
    NotACheckpoint,
    /// It is of another log than its key.
    #[error("the checkpoint is of another log than the key")]
    OtherLog,
    /// The text is no proof.
    #[error("this is not a proof of inclusion (c2sp.org/tlog-proof@v1)")]
    NotAProof,
    /// The proof does not lead from the leaf to the root.
    #[error("the proof does not hold: this is not the leaf of that index in the log")]
    NotIncluded,
}

impl Checkpoint {
    /// The text that is signed.
    #[must_use]
    pub fn to_text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, BASE64_STANDARD.encode(self.root))
    }

    /// The signed note.
    #[must_use]
    pub fn sign(&self, key: &SigningKey) -> String {
        NoteKey::sign(&self.origin, key, &self.to_text())
    }

    /// The checkpoint of a note that its log has signed.
    ///
    /// # Errors
    /// [`CheckpointError`].
    pub fn verify(note: &str, key: &NoteKey) -> Result<Self, CheckpointError> {
        let checkpoint = Self::from_text(key.verify(note)?)?;
        if checkpoint.origin == key.name() { Ok(checkpoint) } else { Err(CheckpointError::OtherLog) }
    }

    /// The checkpoint that a text says, signed or not.
    ///
    /// # Errors
    /// [`CheckpointError::NotACheckpoint`].
    pub fn from_text(text: &str) -> Result<Self, CheckpointError> {
        let mut lines = text.lines();
        let (Some(origin), Some(size), Some(root)) = (lines.next(), lines.next(), lines.next()) else {
            return Err(CheckpointError::NotACheckpoint);
        };
        Ok(Self {
            origin: Some(origin).filter(|origin| !origin.is_empty()).ok_or(CheckpointError::NotACheckpoint)?.to_owned(),
            size: decimal(size).ok_or(CheckpointError::NotACheckpoint)?,
            root: hash_of_text(root).ok_or(CheckpointError::NotACheckpoint)?,
        })
    }
}

/// A proof that a leaf is in a log, to be verified by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// The leaf's place in the log, from zero on.
    pub index: u64,
    /// The inclusion proof.
    pub hashes: Vec<Hash>,
    /// The checkpoint, a signed note.
    pub checkpoint: String,
}

impl Proof {
    /// The text form.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = format!("{PROOF_LINE}\nindex {}\n", self.index);
        for hash in &self.hashes {
            text.push_str(&BASE64_STANDARD.encode(hash));
            text.push('\n');
        }
        text.push('\n');
        text.push_str(&self.checkpoint);
        text
    }

    /// The proof of a text. An `extra` line is passed over: it is another application's.
    ///
    /// # Errors
    /// [`CheckpointError::NotAProof`].
    pub fn from_text(text: &str) -> Result<Self, CheckpointError> {
        let (head, checkpoint) = text.split_once("\n\n").ok_or(CheckpointError::NotAProof)?;
        let mut lines = head.lines().filter(|line| !line.starts_with("extra "));
        if lines.next() != Some(PROOF_LINE) {
            return Err(CheckpointError::NotAProof);
        }
        let index = lines.next().and_then(|line| line.strip_prefix("index ")).and_then(decimal).ok_or(CheckpointError::NotAProof)?;
        let hashes: Option<Vec<Hash>> = lines.map(hash_of_text).collect();
        let hashes = hashes.filter(|hashes| hashes.len() <= PROOF_HASHES_MAX).ok_or(CheckpointError::NotAProof)?;
        Ok(Self { index, hashes, checkpoint: checkpoint.to_owned() })
    }

    /// The checkpoint that the leaf is proven to be in.
    ///
    /// # Errors
    /// [`CheckpointError`].
    pub fn verify(&self, leaf: Hash, key: &NoteKey) -> Result<Checkpoint, CheckpointError> {
        let checkpoint = Checkpoint::verify(&self.checkpoint, key)?;
        match root_by_inclusion(leaf, self.index, checkpoint.size, &self.hashes) {
            Some(root) if root == checkpoint.root => Ok(checkpoint),
            _ => Err(CheckpointError::NotIncluded),
        }
    }
}

/// A number as the formats write it: no sign, no leading zero.
fn decimal(text: &str) -> Option<u64> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    if is_plain { text.parse().ok() } else { None }
}

fn hash_of_text(text: &str) -> Option<Hash> {
    BASE64_STANDARD.decode(text).ok()?.try_into().ok()
}
