use seal::checkpoint::{Checkpoint, CheckpointError, Proof};
use seal::gathering::{Gathered, GatheredError, Gathering, LEAVES_MIN, blinded};
use seal::hex::encode;
use seal::leaf::{commit, leaf_hash};
use seal::merkle::{inclusion_proof, root};
use seal::note::NoteKey;
use seal::sign::SigningKey;
use serde_json::json;

const TENANT: &str = "purser.log/test/7";
const INSTANCE: &str = "purser.log/test/instance";

fn signing() -> SigningKey {
    SigningKey::from_seed([5; 32])
}

fn key(origin: &str) -> NoteKey {
    NoteKey::new(origin, signing().public()).expect("a name")
}

fn checkpoint(number: u8) -> Checkpoint {
    Checkpoint { origin: TENANT.into(), size: u64::from(number), root: [number; 32] }
}

/// A gathering of so many checkpoints.
fn gathering(count: u8) -> Gathering {
    let mut filler = 0;
    Gathering::of((0..count).map(|number| blinded([number; 32], &checkpoint(number))).collect(), || {
        filler += 1;
        [filler; 32]
    })
}

/// The proof of one of them, in an instance's log of three leaves.
fn gathered(count: u8, number: u8) -> Gathered {
    let gathering = gathering(count);
    let seat = gathering.seat(&blinded([number; 32], &checkpoint(number))).expect("it is there");
    let entry = json!({ "kind": "checkpoints-gathered", "payload": gathering.payload() });
    let leaves = [[1; 32], commit([9; 32], &entry).expect("whole numbers"), [2; 32]].map(|commitment| leaf_hash(&commitment));
    let node = &mut |level: u32, index: u64| match (level, usize::try_from(index)) {
        (0, Ok(index)) => leaves.get(index).copied().ok_or(()),
        _ => Ok(root(&leaves[..2])),
    };
    let hashes = inclusion_proof(1, 3, node).expect("known");
    let instance = Checkpoint { origin: INSTANCE.into(), size: 3, root: root(&leaves) }.sign(&signing());
    Gathered {
        checkpoint: checkpoint(number).sign(&signing()),
        key: key(TENANT).to_text(),
        salt: encode(&[number; 32]),
        index: seat.index,
        hashes: seat.hashes.iter().map(|hash| encode(hash)).collect(),
        gathering_salt: encode(&[9; 32]),
        gathering: entry,
        proof: Proof { index: 1, hashes, checkpoint: instance }.to_text(),
        instance_key: key(INSTANCE).to_text(),
    }
}

fn verify(gathered: &Gathered) -> Result<u64, GatheredError> {
    gathered.verify(&key(TENANT), &key(INSTANCE)).map(|held| held.index)
}

#[test]
fn each_checkpoint_of_a_gathering_is_proven_with_the_keys_of_both_logs() {
    for count in [1, 2, 16, 17, 40] {
        for number in 0..count {
            assert_eq!(verify(&gathered(count, number)), Ok(1), "{number} of {count}");
        }
    }
}

#[test]
fn how_many_checkpoints_there_are_shows_as_a_power_of_two_only() {
    for (count, size) in [(0, LEAVES_MIN), (1, LEAVES_MIN), (16, LEAVES_MIN), (17, 32), (33, 64)] {
        assert_eq!(gathering(count).size(), size as u64, "{count}");
    }
}

#[test]
fn without_its_salt_a_checkpoint_cannot_be_told_from_another() {
    let one = blinded([1; 32], &checkpoint(4));
    assert_ne!(one, blinded([2; 32], &checkpoint(4)));
    assert_eq!(gathering(3).seat(&one), None, "with another salt it is in no gathering");
}

#[test]
fn another_checkpoint_salt_place_entry_or_log_is_refused() {
    let good = gathered(20, 6);
    let other = gathered(20, 7);
    for (changed, expected) in [
        (Gathered { checkpoint: other.checkpoint.clone(), ..good.clone() }, GatheredError::NotGathered),
        (Gathered { salt: other.salt.clone(), ..good.clone() }, GatheredError::NotGathered),
        (Gathered { index: other.index, ..good.clone() }, GatheredError::NotGathered),
        (Gathered { hashes: other.hashes.clone(), ..good.clone() }, GatheredError::NotGathered),
        (Gathered { gathering: gathered(19, 6).gathering, ..good.clone() }, GatheredError::Altered),
        (Gathered { gathering_salt: encode(&[8; 32]), ..good.clone() }, GatheredError::Altered),
        (
            Gathered { proof: good.proof.replace("instance", "other"), ..good.clone() },
            GatheredError::Instance(CheckpointError::NotIncluded),
        ),
        (
            Gathered { checkpoint: good.checkpoint.replace("/7", "/8"), ..good.clone() },
            GatheredError::Checkpoint(CheckpointError::NotIncluded),
        ),
    ] {
        let refused = verify(&changed).expect_err("changed");
        assert_eq!(std::mem::discriminant(&refused), std::mem::discriminant(&expected), "{refused}");
    }
    assert_eq!(verify(&good), Ok(1));
}
