use seal::checkpoint::Checkpoint;
use seal::hex::encode;
use seal::leaf::{commit, leaf_hash};
use seal::log_file::{LogError, Verified, Verifier};
use seal::merkle::root;
use seal::note::NoteKey;
use seal::sign::SigningKey;
use seal::succession::Succession;
use serde_json::{Value, json};

const ORIGIN: &str = "purser.log/test/7";

struct Log {
    signing: SigningKey,
    entries: Vec<Value>,
}

impl Log {
    fn of(leaves: u64) -> Self {
        let entries = (0..leaves).map(|number| json!({"kind": "device-enrolled", "at": number})).collect();
        Self { signing: SigningKey::from_seed([5; 32]), entries }
    }

    fn key(&self) -> NoteKey {
        NoteKey::new(ORIGIN, self.signing.public()).expect("a name")
    }

    fn commitments(&self) -> Vec<[u8; 32]> {
        self.entries.iter().enumerate().map(|(index, entry)| commit([index as u8; 32], entry).expect("whole numbers")).collect()
    }

    fn checkpoint(&self, size: usize) -> String {
        let leaves: Vec<_> = self.commitments().iter().map(leaf_hash).collect();
        Checkpoint { origin: ORIGIN.into(), size: size as u64, root: root(&leaves[..size]) }.sign(&self.signing)
    }

    /// The file, with a checkpoint in the middle and one at the end; leaf 3 is erased.
    fn lines(&self) -> Vec<String> {
        let mut lines = vec![json!({"purser-log": 1, "key": self.key().to_text()}).to_string()];
        let middle = self.entries.len() / 2;
        for (index, (entry, commitment)) in self.entries.iter().zip(self.commitments()).enumerate() {
            lines.push(match index {
                3 => json!({"index": index, "commitment": encode(&commitment)}).to_string(),
                _ => json!({"index": index, "commitment": encode(&commitment), "salt": encode(&[index as u8; 32]), "entry": entry})
                    .to_string(),
            });
            if index + 1 == middle {
                lines.push(json!({"checkpoint": self.checkpoint(middle)}).to_string());
            }
        }
        lines.push(json!({"checkpoint": self.checkpoint(self.entries.len())}).to_string());
        lines
    }
}

fn verify_against(lines: &[String], kept: &[String]) -> Result<Verified, LogError> {
    let mut verifier = Verifier::begin(&lines[0], Some(&Log::of(0).key()))?;
    kept.iter().try_for_each(|kept| verifier.against(kept))?;
    lines[1..].iter().try_for_each(|line| verifier.take(line))?;
    verifier.end()
}

fn verify(lines: &[String]) -> Result<Verified, LogError> {
    verify_against(lines, &[])
}

#[test]
fn a_log_with_an_erased_leaf_is_whole() {
    let found = verify(&Log::of(20).lines()).expect("whole");
    assert_eq!(found, Verified { origin: ORIGIN.into(), leaves: 20, erased: 1, checkpoints: 2, successions: Vec::new() });
    assert_eq!(verify(&Log::of(1).lines()[..1]), Err(LogError::Unsigned { from: 0 }), "nothing signed is nothing proven");
}

#[test]
fn what_is_deleted_altered_reordered_or_cut_off_is_found_with_its_place() {
    let lines = Log::of(20).lines();
    // Line 1 is leaf 0; the checkpoint after ten leaves is line 11.
    let without =
        |line: usize| lines.iter().enumerate().filter(|(place, _)| *place != line).map(|(_, line)| line.clone()).collect::<Vec<_>>();
    assert_eq!(verify(&without(6)), Err(LogError::Missing { expected: 5, found: 6 }));
    let mut altered = lines.clone();
    altered[6] = altered[6].replace("\"at\":5", "\"at\":6");
    assert_eq!(verify(&altered), Err(LogError::Altered { index: 5 }));
    let mut reordered = lines.clone();
    reordered.swap(6, 7);
    assert_eq!(verify(&reordered), Err(LogError::Missing { expected: 5, found: 6 }));
    let mut cut_off = lines[..18].to_vec();
    assert_eq!(verify(&cut_off), Err(LogError::Unsigned { from: 10 }));
    cut_off.push(lines.last().expect("a checkpoint").clone());
    assert_eq!(verify(&cut_off), Err(LogError::Truncated { from: 16, to: 20 }));
    // Back to the checkpoint in the middle: only who kept a later one can tell.
    assert_eq!(verify(&lines[..12]).map(|found| found.leaves), Ok(10));
    assert_eq!(verify_against(&lines[..12], &[Log::of(20).checkpoint(15)]), Err(LogError::Truncated { from: 10, to: 15 }));
}

#[test]
fn a_leaf_that_is_erased_cannot_be_put_back_as_another() {
    let mut lines = Log::of(20).lines();
    lines[4] = json!({"index": 3, "commitment": encode(&[7; 32])}).to_string();
    assert_eq!(verify(&lines), Err(LogError::Rewritten { from: 0, to: 10 }));
    let mut other = Log::of(20).lines();
    let commitment = encode(&commit([9; 32], &json!({"kind": "made-up"})).expect("whole numbers"));
    other[16] = json!({"index": 14, "commitment": commitment, "salt": encode(&[9; 32]), "entry": {"kind": "made-up"}}).to_string();
    assert_eq!(verify(&other), Err(LogError::Rewritten { from: 10, to: 20 }), "what was signed before it still holds");
}

#[test]
fn a_fork_is_found_by_who_kept_a_checkpoint_and_the_closer_the_more_were_kept() {
    let kept = |sizes: &[usize]| sizes.iter().map(|size| Log::of(30).checkpoint(*size)).collect::<Vec<_>>();
    let fork_at = |place: usize| {
        let mut fork = Log::of(30);
        fork.entries[place] = json!({"kind": "another history"});
        fork.lines()
    };
    assert!(verify(&fork_at(12)).is_ok(), "by itself it is of one piece");
    assert_eq!(verify_against(&fork_at(12), &kept(&[15])), Err(LogError::Rewritten { from: 0, to: 15 }));
    assert_eq!(verify_against(&fork_at(12), &kept(&[25, 15, 5, 12])), Err(LogError::Rewritten { from: 12, to: 15 }));
    // The fork's own checkpoint after fifteen leaves is signed, and says nothing of what was kept.
    assert_eq!(verify_against(&fork_at(3), &kept(&[20])), Err(LogError::Rewritten { from: 0, to: 20 }));
    assert!(verify_against(&Log::of(30).lines(), &kept(&[0, 5, 15, 15, 30])).is_ok());
    assert_eq!(verify_against(&Log::of(20).lines(), &kept(&[5, 30])), Err(LogError::Truncated { from: 20, to: 30 }));
}

#[test]
fn a_line_that_names_something_twice_is_refused_since_two_readers_could_read_it_differently() {
    let lines = Log::of(20).lines();
    for (line, from, to) in [
        (3, "\"at\":2", "\"at\":9,\"at\":2"),
        (3, "\"index\":2", "\"index\":2,\"index\":2"),
        (3, "\"kind\"", "\"k\\u0069nd\":\"token-created\",\"kind\""),
        (11, "{\"checkpoint\"", "{\"checkpoint\":\"\",\"checkpoint\""),
    ] {
        let mut twice = lines.clone();
        twice[line] = twice[line].replacen(from, to, 1);
        assert_ne!(twice[line], lines[line], "{from}");
        assert_eq!(verify(&twice), Err(LogError::Twice { line: line as u64 + 1 }), "{to}");
    }
}

#[test]
fn a_log_of_another_key_is_refused_and_a_line_of_another_form_is_named() {
    let lines = Log::of(4).lines();
    let other = NoteKey::new(ORIGIN, SigningKey::from_seed([6; 32]).public()).expect("a name");
    assert_eq!(Verifier::begin(&lines[0], Some(&other)).map(|_| ()), Err(LogError::OtherKey));
    assert_eq!(Verifier::begin(&lines[1], None).map(|_| ()), Err(LogError::NotALog));
    let mut odd = lines;
    odd[2] = "{\"index\":1}".into();
    assert_eq!(verify(&odd), Err(LogError::NotALine { line: 3 }));
}

#[test]
fn what_a_hand_over_says_is_kept_is_compared_with_what_the_successor_begins_with() {
    let (owners, log) = (SigningKey::from_seed([9; 32]), Log::of(6));
    let owner = NoteKey::new("owner.example", owners.public()).expect("a name");
    let from = NoteKey::new("purser.log/test/6", log.signing.public()).expect("a name");
    let kept_root = root(&log.commitments().iter().map(leaf_hash).collect::<Vec<_>>());
    let verify = |kept_root| {
        let mut log = Log::of(6);
        let succession = Succession { from: from.clone(), size: 9, root: [9; 32], kept: 6, kept_root, to: log.key() };
        let hand_over = succession.sign(&log.signing);
        log.entries.push(json!({"kind": "log-succeeded", "payload": {"hand_over": hand_over}}));
        let lines = log.lines();
        let mut verifier = Verifier::begin(&lines[0], Some(&log.key()))?;
        verifier.succeeds(&Succession::endorse(&hand_over, owner.name(), &owners).expect("endorsed"), &owner)?;
        lines[1..].iter().try_for_each(|line| verifier.take(line))?;
        verifier.end().map(|found| found.successions.len())
    };
    assert_eq!(verify(kept_root), Ok(1));
    assert_eq!(verify([7; 32]), Err(LogError::Rewritten { from: 0, to: 6 }));
}
