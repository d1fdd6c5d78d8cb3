use seal::checkpoint::{Checkpoint, CheckpointError};
use seal::merkle::{Hash, consistency_proof, leaf_hash, root};
use seal::note::{NoteError, NoteKey};
use seal::sign::SigningKey;
use seal::witness::{Cosigned, WitnessError, WitnessKey, accept};

const ORIGIN: &str = "purser.log/test/7";
const WITNESS: &str = "witness.example/w1";
const SECONDS: u64 = 1_790_000_000;

fn log() -> SigningKey {
    SigningKey::from_seed([5; 32])
}

fn log_key() -> NoteKey {
    NoteKey::new(ORIGIN, log().public()).expect("a name")
}

fn witness() -> SigningKey {
    SigningKey::from_seed([6; 32])
}

fn witness_key() -> WitnessKey {
    WitnessKey::new(WITNESS, witness().public()).expect("a name")
}

/// A history: leaves of which the one at `other` is another.
fn history(size: u8, other: Option<u8>) -> Vec<Hash> {
    (0..size).map(|number| leaf_hash(&[number, u8::from(other == Some(number))])).collect()
}

fn signed(leaves: &[Hash]) -> String {
    Checkpoint { origin: ORIGIN.into(), size: leaves.len() as u64, root: root(leaves) }.sign(&log())
}

fn cosigned(leaves: &[Hash]) -> Cosigned {
    Cosigned { size: leaves.len() as u64, root: root(leaves) }
}

fn proof(old: usize, leaves: &[Hash]) -> Vec<Hash> {
    let node = &mut |level: u32, index: u64| {
        let (width, index) = (1_usize << level, usize::try_from(index).expect("small"));
        Ok::<_, ()>(root(&leaves[index * width..(index + 1) * width]))
    };
    consistency_proof(old as u64, leaves.len() as u64, node).expect("known")
}

#[test]
fn what_grew_out_of_what_was_cosigned_is_accepted() {
    let leaves = history(40, None);
    let mut before = Cosigned::default();
    for size in [0, 1, 1, 7, 8, 31, 40] {
        let proof = proof(usize::try_from(before.size).expect("small"), &leaves[..size]);
        let now = accept(before, &signed(&leaves[..size]), &log_key(), &proof).expect("it grew");
        assert_eq!(now.size, size as u64);
        before = Cosigned { size: now.size, root: now.root };
    }
}

#[test]
fn fewer_leaves_others_and_more_that_did_not_grow_out_of_them_are_refused_with_their_places() {
    let (leaves, others) = (history(40, None), history(40, Some(3)));
    let before = cosigned(&leaves[..20]);
    let answer = |checkpoint: &str, proof: &[Hash]| accept(before, checkpoint, &log_key(), proof);
    assert_eq!(answer(&signed(&leaves[..19]), &[]), Err(WitnessError::Shrunk { cosigned: 20, now: 19 }));
    assert_eq!(answer(&signed(&others[..20]), &[]), Err(WitnessError::Forked { size: 20 }));
    let refused = WitnessError::Inconsistent { cosigned: 20, now: 40 };
    assert_eq!(answer(&signed(&others), &proof(20, &others)), Err(refused), "the other history's own proof");
    assert_eq!(answer(&signed(&leaves), &[]), Err(refused), "no proof");
    let messages =
        [WitnessError::Shrunk { cosigned: 20, now: 19 }, WitnessError::Forked { size: 20 }, refused].map(|error| error.to_string());
    assert!(messages[0].contains("leaves 19 to 20 are gone"), "{messages:?}");
    assert!(messages.iter().all(|message| message.contains("20")), "each names the place: {messages:?}");
}

#[test]
fn a_checkpoint_that_the_log_did_not_sign_is_refused() {
    let note = signed(&history(3, None));
    let altered = accept(Cosigned::default(), &note.replacen("\n3\n", "\n4\n", 1), &log_key(), &[]);
    assert_eq!(altered, Err(WitnessError::Checkpoint(CheckpointError::Note(NoteError::Altered))));
}

#[test]
fn a_cosigned_checkpoint_is_verified_with_the_keys_of_its_log_and_its_witness() {
    let note = WitnessKey::cosign(WITNESS, &witness(), &signed(&history(3, None)), SECONDS).expect("a note");
    assert_eq!(witness_key().verify(&note), Ok(SECONDS));
    assert_eq!(Checkpoint::verify(&note, &log_key()).expect("the log's signature stands as well").size, 3);
    let twice = WitnessKey::cosign("other", &SigningKey::from_seed([7; 32]), &note, SECONDS + 1).expect("a note");
    assert_eq!(witness_key().verify(&twice), Ok(SECONDS), "a second witness does no harm");
}

#[test]
fn a_cosignature_of_another_text_time_name_or_key_is_none() {
    let note = WitnessKey::cosign(WITNESS, &witness(), &signed(&history(3, None)), SECONDS).expect("a note");
    let key = witness_key();
    assert_eq!(key.verify(&note.replacen("\n3\n", "\n4\n", 1)), Err(NoteError::Altered));
    assert_eq!(key.verify(&signed(&history(3, None))), Err(NoteError::NotSigned));
    let other = WitnessKey::new(WITNESS, SigningKey::from_seed([8; 32]).public()).expect("a name");
    assert_eq!(other.verify(&note), Err(NoteError::NotSigned));
    let named = WitnessKey::new("witness.example/w2", witness().public()).expect("a name");
    assert_eq!(named.verify(&note), Err(NoteError::NotSigned));
    // An ordinary signature by the witness's key, as a log makes it, vouches for no time.
    let plain = format!("{}{}", signed(&[]), NoteKey::signature_line(WITNESS, &witness(), "text\n"));
    assert_eq!(key.verify(&plain), Err(NoteError::NotSigned));
}

#[test]
fn a_witnesses_key_is_told_from_a_logs() {
    let text = witness_key().to_text();
    assert_eq!(WitnessKey::from_text(&text), Ok(witness_key()));
    assert_eq!(NoteKey::from_text(&text), Err(NoteError::NotAKey));
    let as_log = NoteKey::new(WITNESS, witness().public()).expect("a name").to_text();
    assert_eq!(WitnessKey::from_text(&as_log), Err(NoteError::NotAKey));
    assert!(WitnessKey::new("two words", witness().public()).is_err());
}
