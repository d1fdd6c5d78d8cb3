//! Witnesses (C2SP tlog-cosignature): who is none of the log's own people, remembers what the log was, and cosigns what grew
//! out of it.
//!
//! A log could show one history to one reader and another to the next; each would find its own whole. A witness cosigns one of
//! them only: [`accept`] refuses fewer leaves than it has cosigned, another root over as many, and more that did not grow out
//! of them. So readers who demand the cosignature of one witness ([`WitnessKey::verify`]) have all been shown one history.

use crate::checkpoint::{Checkpoint, CheckpointError};
use crate::merkle::{self, Hash};
use crate::note::{self, NoteError, NoteKey};
use crate::sign::{PublicKey, SIGNATURE_BYTES, Signature, SigningKey};

/// Cosignatures of version 1 with Ed25519.
const COSIGNATURE: u8 = 4;
const TIME_BYTES: usize = 8;

/// Who cosigns checkpoints: a name and a public key. Its text is `name+id+key`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WitnessKey {
    name: String,
    public: PublicKey,
}

impl WitnessKey {
    /// A key of a name.
    ///
    /// # Errors
    /// [`NoteError::NotAKey`] for a name that no key may have: see [`NoteKey::new`].
    pub fn new(name: &str, public: PublicKey) -> Result<Self, NoteError> {
        note::check_name(name)?;
        Ok(Self { name: name.to_owned(), public })
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The key as people hand it on.
    #[must_use]
    pub fn to_text(&self) -> String {
        note::key_text(&self.name, COSIGNATURE, &self.public)
    }

    /// The key of a text.
    ///
    /// # Errors
    /// [`NoteError::NotAKey`], also for the key of a log.
    pub fn from_text(text: &str) -> Result<Self, NoteError> {
        let (name, public) = note::key_of_text(text, COSIGNATURE)?;
        Self::new(&name, public)
    }

    /// A signed checkpoint with the cosignature of this name and key: `seconds` since 1970 is when the witness saw it.
    ///
    /// # Errors
    /// [`NoteError::NotANote`].
    pub fn cosign(name: &str, key: &SigningKey, checkpoint: &str, seconds: u64) -> Result<String, NoteError> {
        let (text, _) = note::split(checkpoint)?;
        let signature = key.sign_bytes(message(text, seconds).as_bytes());
        let id = note::key_id(name, COSIGNATURE, &key.public());
        let line = note::signature_line(name, &[&id[..], &seconds.to_be_bytes(), &signature.0].concat());
        Ok(format!("{checkpoint}{line}"))
    }

    /// When this witness has cosigned a checkpoint, in seconds since 1970. Of the log's own signature this says nothing.
    ///
    /// # Errors
    /// [`NoteError`].
    pub fn verify(&self, checkpoint: &str) -> Result<u64, NoteError> {
        let (text, signatures) = note::split(checkpoint)?;
        let id = note::key_id(&self.name, COSIGNATURE, &self.public);
        let mut failure = NoteError::NotSigned;
        for bytes in note::signatures_of(signatures, &self.name, id) {
            let Some((time, signature)) = bytes.split_first_chunk::<TIME_BYTES>() else { continue };
            let Ok(signature) = <[u8; SIGNATURE_BYTES]>::try_from(signature) else { continue };
            let seconds = u64::from_be_bytes(*time);
            match self.public.verify_bytes(message(text, seconds).as_bytes(), &Signature(signature)) {
                Ok(()) => return Ok(seconds),
                Err(_) => failure = NoteError::Altered,
            }
        }
        Err(failure)
    }
}

/// What a witness signs: that at this time it had seen no other history.
fn message(text: &str, seconds: u64) -> String {
    format!("cosignature/v1\ntime {seconds}\n{text}")
}

/// What a witness has cosigned last of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cosigned {
    /// How many leaves.
    pub size: u64,
    /// The root over them.
    pub root: Hash,
}

impl Default for Cosigned {
    /// Of a log that was not cosigned yet: no leaf.
    fn default() -> Self {
        Self { size: 0, root: merkle::root(&[]) }
    }
}

/// Why a witness does not cosign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WitnessError {
    /// The checkpoint.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The log has fewer leaves.
    #[error("leaves {now} to {cosigned} are gone: the log shows {now} leaves, and {cosigned} were cosigned before")]
    Shrunk {
        /// How many were cosigned.
        cosigned: u64,
        /// How many there are.
        now: u64,
    },
    /// The log has as many leaves, but others.
    #[error("this is another history: the first {size} leaves are not those that were cosigned before")]
    Forked {
        /// How many.
        size: u64,
    },
    /// The log has more leaves, of which the first are not those that were cosigned.
    #[error(
        "this is another history, or its proof is wrong: the {now} leaves are not proven to begin with the {cosigned} that were cosigned before"
    )]
    Inconsistent {
        /// How many were cosigned.
        cosigned: u64,
        /// How many there are.
        now: u64,
    },
}

/// The checkpoint that a witness may cosign: signed by its log, and grown out of what was cosigned of it before.
///
/// # Errors
/// [`WitnessError`].
pub fn accept(before: Cosigned, checkpoint: &str, key: &NoteKey, proof: &[Hash]) -> Result<Checkpoint, WitnessError> {
    let now = Checkpoint::verify(checkpoint, key)?;
    if now.size < before.size {
        return Err(WitnessError::Shrunk { cosigned: before.size, now: now.size });
    }
    if now.size == before.size {
        return if now.root == before.root { Ok(now) } else { Err(WitnessError::Forked { size: now.size }) };
    }
    if merkle::is_consistent(before.size, now.size, (before.root, now.root), proof) {
        Ok(now)
    } else {
        Err(WitnessError::Inconsistent { cosigned: before.size, now: now.size })
    }
}
