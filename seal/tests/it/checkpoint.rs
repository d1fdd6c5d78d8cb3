use seal::checkpoint::{Checkpoint, CheckpointError, PROOF_HASHES_MAX, Proof};
use seal::merkle::{Hash, inclusion_proof, leaf_hash, root};
use seal::note::{NoteError, NoteKey};
use seal::sign::SigningKey;

const SIZE: u64 = 11;

fn log() -> (Vec<Hash>, SigningKey, NoteKey) {
    let signing = SigningKey::from_seed([3; 32]);
    let key = NoteKey::new("purser.example/log/7", signing.public()).expect("a name");
    ((0..SIZE).map(|number| leaf_hash(&number.to_be_bytes())).collect(), signing, key)
}

fn proof(index: u64) -> (Proof, Hash, NoteKey) {
    let (leaves, signing, key) = log();
    let mut node = |level, at: u64| Ok::<_, ()>(root(&leaves[(at << level) as usize..((at + 1) << level) as usize]));
    let hashes = inclusion_proof(index, SIZE, &mut node).expect("known");
    let checkpoint = Checkpoint { origin: key.name().to_owned(), size: SIZE, root: root(&leaves) };
    (Proof { index, hashes, checkpoint: checkpoint.sign(&signing) }, leaves[index as usize], key)
}

#[test]
fn a_proof_survives_its_text_and_is_verified_by_the_key_alone() {
    for index in 0..SIZE {
        let (proof, leaf, key) = proof(index);
        let read = Proof::from_text(&proof.to_text()).expect("its own text");
        assert_eq!(read, proof);
        assert_eq!(read.verify(leaf, &key).expect("it holds").size, SIZE);
    }
}

#[test]
fn a_proof_holds_for_its_own_leaf_index_and_log_only() {
    let (proof, leaf, key) = proof(4);
    assert_eq!(proof.verify(leaf_hash(b"another"), &key), Err(CheckpointError::NotIncluded));
    assert_eq!(Proof { index: 5, ..proof.clone() }.verify(leaf, &key), Err(CheckpointError::NotIncluded));
    let other = SigningKey::from_seed([4; 32]);
    let other = NoteKey::new(key.name(), other.public()).expect("a name");
    assert_eq!(proof.verify(leaf, &other), Err(CheckpointError::Note(NoteError::NotSigned)));
}

#[test]
fn a_checkpoint_with_one_character_changed_is_not_accepted() {
    let (proof, leaf, key) = proof(4);
    let note = proof.checkpoint.clone();
    for (place, character) in note.char_indices().filter(|(_, character)| character.is_ascii_alphanumeric()) {
        let other = if character == 'b' { 'c' } else { 'b' };
        let mut changed = note.clone();
        changed.replace_range(place..=place, &other.to_string());
        let verified = Proof { checkpoint: changed, ..proof.clone() }.verify(leaf, &key);
        assert!(verified.is_err(), "character {place} of the checkpoint");
    }
}

#[test]
fn a_checkpoint_of_another_log_that_the_same_key_has_signed_is_refused() {
    let (_, signing, key) = log();
    let text = "purser.example/log/8\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n";
    assert_eq!(Checkpoint::verify(&NoteKey::sign(key.name(), &signing, text), &key), Err(CheckpointError::OtherLog));
}

#[test]
fn what_is_no_proof_is_said_to_be_none() {
    let (proof, ..) = proof(4);
    let text = proof.to_text();
    let too_long = Proof { hashes: vec![[0; 32]; PROOF_HASHES_MAX + 1], ..proof.clone() }.to_text();
    let longest = Proof { hashes: vec![[0; 32]; PROOF_HASHES_MAX], ..proof }.to_text();
    assert!(Proof::from_text(&longest).is_ok());
    assert!(Proof::from_text(&text.replacen("index 4", "extra YQ==\nindex 4", 1)).is_ok());
    for wrong in [
        too_long,
        text.replacen("v1", "v2", 1),
        text.replacen("index 4", "index 04", 1),
        text.replacen("index 4", "index -4", 1),
        String::new(),
    ] {
        assert_eq!(Proof::from_text(&wrong), Err(CheckpointError::NotAProof), "{wrong}");
    }
}
