//! Gatherings: how a log of many holds single logs' checkpoints without naming one of them.
//!
//! An instance's log gets one leaf for the checkpoints of many tenants. Its entry holds the root of a Merkle tree over
//! *blinded* checkpoints, `SHA-256(salt ‖ SHA-256(context ‖ checkpoint))`, each with a random salt of its own that only its
//! tenant gets. Random leaves fill the tree up to a power of two, and leaves stand in the order of their hashes: neither their
//! number nor their order tells whose logs they are, or how many there are.
//!
//! A tenant opens its own leaf, and shows with [`Gathered`] that its checkpoint is in the instance's log: verified with the
//! two logs' keys and nothing else.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::checkpoint::{Checkpoint, CheckpointError, Proof};
use crate::hash::{self, DIGEST_BYTES};
use crate::hex;
use crate::leaf::{commit, leaf_hash};
use crate::merkle::{self, Hash, root_by_inclusion};
use crate::note::NoteKey;

/// Fewest leaves of a gathering's tree, so that an instance with one tenant looks like one with sixteen.
pub const LEAVES_MIN: usize = 16;
/// The kind of the entry whose leaf holds a gathering's root.
pub const KIND: &str = "checkpoints-gathered";

const CONTEXT: &[u8] = b"purser gathered checkpoint v1\n";

/// A checkpoint, blinded: whoever has the salt can open it, and nobody else learns which it is.
#[must_use]
pub fn blinded(salt: [u8; DIGEST_BYTES], checkpoint: &Checkpoint) -> [u8; DIGEST_BYTES] {
    hash::commitment(salt, hash::sha256(&[CONTEXT, checkpoint.to_text().as_bytes()].concat()))
}

/// A tree over blinded checkpoints.
#[derive(Clone, Debug)]
pub struct Gathering {
    leaves: Vec<[u8; DIGEST_BYTES]>,
    /// Hashes of every level, the leaves' first.
    levels: Vec<Vec<Hash>>,
}

/// Where a blinded checkpoint stands in a gathering.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seat {
    /// Its place among the leaves.
    pub index: u64,
    /// The proof that it is there.
    pub hashes: Vec<Hash>,
}

impl Gathering {
    /// Over these, filled up with what `filler` gives: random digests.
    #[must_use]
    pub fn of(blinded: Vec<[u8; DIGEST_BYTES]>, mut filler: impl FnMut() -> [u8; DIGEST_BYTES]) -> Self {
        let mut leaves = blinded;
        let size = leaves.len().max(LEAVES_MIN).next_power_of_two();
        leaves.resize_with(size, &mut filler);
        leaves.sort_unstable();
        let mut levels = vec![leaves.iter().map(leaf_hash).collect::<Vec<Hash>>()];
        while let Some(below) = levels.last().filter(|below| below.len() > 1) {
            let (pairs, _) = below.as_chunks::<2>();
            levels.push(pairs.iter().map(|[left, right]| merkle::node_hash(left, right)).collect());
        }
        Self { leaves, levels }
    }

    /// How many leaves its tree has, those that fill it up included.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.leaves.len() as u64
    }

    /// What the entry of its leaf says.
    #[must_use]
    pub fn payload(&self) -> Value {
        let root = self.levels.last().and_then(|top| top.first()).copied().unwrap_or_else(|| merkle::root(&[]));
        json!({ "root": hex::encode(&root), "size": self.size() })
    }

    /// Where a blinded checkpoint stands.
    #[must_use]
    pub fn seat(&self, blinded: &[u8; DIGEST_BYTES]) -> Option<Seat> {
        let index = self.leaves.binary_search(blinded).ok()? as u64;
        let node = &mut |level: u32, index: u64| {
            let at = usize::try_from(level).ok().zip(usize::try_from(index).ok());
            at.and_then(|(level, index)| self.levels.get(level)?.get(index).copied()).ok_or(())
        };
        let hashes = merkle::inclusion_proof(index, self.size(), node).ok()?;
        Some(Seat { index, hashes })
    }
}

/// The proof that a tenant's checkpoint is in the instance's log: whole, to be saved to a file. Hashes are in hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gathered {
    /// The tenant's checkpoint, a signed note.
    pub checkpoint: String,
    /// The key of the tenant's log.
    pub key: String,
    /// By which the tenant opens its leaf of the gathering.
    pub salt: String,
    /// Its place in the gathering.
    pub index: u64,
    /// The proof that it is there.
    pub hashes: Vec<String>,
    /// The salt of the gathering's own leaf in the instance's log.
    pub gathering_salt: String,
    /// The entry of that leaf; its payload has the gathering's root and size.
    pub gathering: Value,
    /// The proof that it is in the instance's log (C2SP tlog-proof), with that log's checkpoint in it.
    pub proof: String,
    /// The key of the instance's log.
    pub instance_key: String,
}

/// What a [`Gathered`] was found to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// The tenant's checkpoint.
    pub checkpoint: Checkpoint,
    /// The checkpoint of the instance's log that holds it.
    pub instance: Checkpoint,
    /// The place of the gathering in the instance's log.
    pub index: u64,
}

/// Why a [`Gathered`] is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum GatheredError {
    /// The tenant's checkpoint.
    #[error("the tenant's checkpoint is not accepted: {0}")]
    Checkpoint(CheckpointError),
    /// The proof in the instance's log.
    #[error("the gathering is not proven to be in the instance's log: {0}")]
    Instance(CheckpointError),
    /// The entry is not what was committed to, or no gathering.
    #[error("the gathering's entry was altered: it is not what its place in the instance's log commits to")]
    Altered,
    /// The checkpoint is not in the gathering.
    #[error("the tenant's checkpoint is not in this gathering: the instance's log holds another one, or none")]
    NotGathered,
}

impl Gathered {
    /// Verifies it with the keys of both logs.
    ///
    /// # Errors
    /// [`GatheredError`].
    pub fn verify(&self, key: &NoteKey, instance_key: &NoteKey) -> Result<Held, GatheredError> {
        let checkpoint = Checkpoint::verify(&self.checkpoint, key).map_err(GatheredError::Checkpoint)?;
        let gathering_salt = hex::decode(&self.gathering_salt).ok_or(GatheredError::Altered)?;
        let commitment = commit(gathering_salt, &self.gathering).map_err(|_fraction| GatheredError::Altered)?;
        let proof = Proof::from_text(&self.proof).map_err(GatheredError::Instance)?;
        let instance = match proof.verify(leaf_hash(&commitment), instance_key) {
            Ok(instance) => instance,
            Err(CheckpointError::NotIncluded) => return Err(GatheredError::Altered),
            Err(other) => return Err(GatheredError::Instance(other)),
        };
        match self.root(&checkpoint) {
            Some(root) if self.gathering["kind"] == KIND && self.gathering["payload"]["root"] == hex::encode(&root) => {
                Ok(Held { checkpoint, instance, index: proof.index })
            }
            _ => Err(GatheredError::NotGathered),
        }
    }

    /// The gathering's root that follows from the tenant's leaf.
    fn root(&self, checkpoint: &Checkpoint) -> Option<Hash> {
        let size = self.gathering["payload"]["size"].as_u64()?;
        let hashes: Vec<Hash> = self.hashes.iter().map(|hash| hex::decode(hash)).collect::<Option<_>>()?;
        root_by_inclusion(leaf_hash(&blinded(hex::decode(&self.salt)?, checkpoint)), self.index, size, &hashes)
    }
}
