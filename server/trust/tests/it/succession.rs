//! A log goes on where data were restored from before, and nobody is deceived about it.

use std::time::Duration;

use kernel::{Actor, DeviceScope, Permission, Scope, ScopeMint, TenantId, UserId};
use seal::log_file::{LogError, Verified, Verifier};
use seal::merkle;
use seal::note::NoteKey;
use seal::sign::SigningKey;
use seal::succession::{Succession, SuccessionError};
use seal::witness::Cosigned;
use serde_json::json;
use store::params;
use trust::ledger::succession::Succeeded;
use trust::ledger::{self};
use trust::{LeafEntry, LeafKind, Ledger, LedgerError, Trust};

use crate::setup::{House, on_both_engines};

store::statements! {
    store = Tenant;
    /// Data from before have no leaf that came later.
    REMOVE_LEAVES_FROM = "DELETE FROM ledger_leaf WHERE tenant_id = $1 AND sequence >= $2" (BigInt, BigInt);
    /// Entries are what they were not.
    REWRITE_LEAF = "UPDATE ledger_leaf SET commitment = $3 WHERE tenant_id = $1 AND sequence = $2" (BigInt, BigInt, Blob);
    /// The tree is made anew, as it was.
    REMOVE_TILES = "DELETE FROM ledger_tile WHERE tenant_id = $1" (BigInt);
    /// The same.
    REMOVE_CHECKPOINTS = "DELETE FROM ledger_checkpoint WHERE tenant_id = $1" (BigInt);
    /// The same.
    UNPLACE = "UPDATE ledger_leaf SET sequence = NULL WHERE tenant_id = $1" (BigInt);
}

store::statements! {
    registry = ANCHORS;
    store = Keyring;
    /// The keyring remembers an older tree.
    REMEMBER = "UPDATE keyring_log_anchor SET size = $2, root = $3 WHERE tenant_id = $1" (BigInt, BigInt, Blob);
    /// The keyring is from before the log had a successor.
    FORGET_SUCCESSIONS = "DELETE FROM keyring_log_succession WHERE tenant_id = $1" (BigInt);
}

fn tenant() -> TenantId {
    TenantId::from_random(1 << 1)
}

fn owner() -> Scope {
    ScopeMint::for_app().mint(tenant(), Actor::User(UserId::from_random(9 << 1)), &[Permission::LedgerRead], DeviceScope::All)
}

/// The owner's own key, which no server has.
fn owners_key() -> (NoteKey, SigningKey) {
    let key = SigningKey::from_seed([9; 32]);
    (NoteKey::new("owner.example", key.public()).expect("a name"), key)
}

async fn furnished(house: &House) -> (Trust, Ledger) {
    let trust = house.trust().await;
    trust.create_tenant(tenant()).await.expect("created");
    house.stores.create_tenant(tenant()).await.expect("created");
    let ledger = Ledger::new(&house.stores, &trust, ScopeMint::for_app());
    (trust, ledger)
}

/// Records some leaves, a second after another.
async fn record(house: &House, trust: &Trust, count: i64) {
    for number in 0..count {
        house.hand.advance(Duration::from_secs(1));
        let keys = trust.keyring();
        let entry = LeafEntry { kind: LeafKind::TokenCreated, subject: Some(number), payload: json!({}) };
        let told = house.stores.tenant(&owner()).write(move |tx| ledger::record(tx, &*keys, &owner(), entry.clone()).map(|_| ())).await;
        told.map_err(|error: store::StoreError| error).expect("recorded");
    }
}

/// Brings the data back from when there were so many leaves; the keyring stays.
async fn restore(house: &House, leaves: i64) {
    let back = move |tx: &mut store::Tx<'_>| {
        tx.execute(&REMOVE_LEAVES_FROM, &params![tenant(), leaves])?;
        for statement in [&REMOVE_TILES, &REMOVE_CHECKPOINTS, &UNPLACE] {
            tx.execute(statement, &params![tenant()])?;
        }
        Ok::<_, store::StoreError>(())
    };
    house.stores.tenant(&owner()).write(back).await.expect("restored");
}

async fn succeed(ledger: &Ledger) -> Succeeded {
    ledger.succeed(Some(&owner()), None).await.expect("succeeded")
}

/// The log's file, as it is verified with what somebody has of the log before.
async fn verify(ledger: &Ledger, key: &NoteKey, hand_over: Option<&str>, kept: &[String]) -> Result<Verified, LogError> {
    let (lines, next) = ledger.file(&owner(), 0).await.expect("told");
    assert_eq!(next, None);
    let lines: Vec<String> = lines.iter().map(|line| serde_json::to_string(line).expect("JSON")).collect();
    let mut verifier = Verifier::begin(&lines[0], Some(key))?;
    if let Some(hand_over) = hand_over {
        verifier.succeeds(hand_over, &owners_key().0)?;
    }
    kept.iter().try_for_each(|kept| verifier.against(kept))?;
    lines[1..].iter().try_for_each(|line| verifier.take(line))?;
    verifier.end()
}

fn endorsed(succeeded: &Succeeded) -> String {
    let (name, key) = owners_key();
    Succession::endorse(&succeeded.hand_over, name.name(), &key).expect("signed")
}

#[test]
fn a_log_that_lost_entries_goes_on_under_another_name_with_what_is_left_and_says_what_is_lost() {
    on_both_engines(async |house| {
        let (trust, ledger) = furnished(&house).await;
        let old = ledger.key(tenant());
        record(&house, &trust, 6).await;
        let early = ledger.checkpoint(&owner()).await.expect("signed");
        record(&house, &trust, 4).await;
        let last = ledger.checkpoint(&owner()).await.expect("signed");
        restore(&house, 6).await;
        record(&house, &trust, 2).await;
        assert!(matches!(ledger.checkpoint(&owner()).await, Err(LedgerError::RolledBack { signed: 10, found: 8 })));
        house.hand.advance(Duration::from_secs(1));
        let succeeded = succeed(&ledger).await;
        let Succession { from, size, root, kept, kept_root, to } = succeeded.succession.clone();
        assert_eq!((from, size, root, kept, kept_root), (old, 10, last.root, 6, early.root));
        assert_eq!((to.clone(), to.name()), (ledger.key(tenant()), format!("{}/2", succeeded.succession.from.name()).as_str()));
        let now = ledger.checkpoint(&owner()).await.expect("it is signed again");
        assert_eq!(now.size, 9, "what was left, what came since, and the hand-over");
        let found = verify(&ledger, &to, None, &[]).await.expect("whole");
        assert_eq!(found.successions, [succeeded.succession], "it says so itself");
        let again = house.trust().await;
        assert_eq!(Ledger::new(&house.stores, &again, ScopeMint::for_app()).key(tenant()), to, "the keyring remembers");
    });
}

#[test]
fn what_was_kept_of_the_old_log_is_compared_with_the_owners_word_and_refused_without_it() {
    on_both_engines(async |house| {
        let (trust, ledger) = furnished(&house).await;
        record(&house, &trust, 6).await;
        let early = ledger.checkpoint(&owner()).await.expect("signed").note;
        record(&house, &trust, 4).await;
        let last = ledger.checkpoint(&owner()).await.expect("signed").note;
        restore(&house, 6).await;
        house.hand.advance(Duration::from_secs(1));
        let succeeded = succeed(&ledger).await;
        let (key, hand_over) = (ledger.key(tenant()), endorsed(&succeeded));
        for kept in [&early, &last] {
            let refused = verify(&ledger, &key, None, std::slice::from_ref(kept)).await;
            assert!(matches!(refused, Err(LogError::Checkpoint { .. })), "without a hand-over it is another log: {refused:?}");
            verify(&ledger, &key, Some(&hand_over), std::slice::from_ref(kept)).await.expect("accepted");
        }
        let bare = verify(&ledger, &key, Some(&succeeded.hand_over), &[early]).await;
        assert_eq!(bare, Err(LogError::HandOver(SuccessionError::NotEndorsed)));
        // More entries that are left than there are is a lie that is found.
        let boast = Succession { kept: 10, ..succeeded.succession.clone() };
        let boast = boast.sign(&SigningKey::from_seed([1; 32]));
        assert!(matches!(verify(&ledger, &key, Some(&boast), &[last]).await, Err(LogError::HandOver(_))));
    });
}

/// Writes one entry anew, and the tree with it, as if it had always been so.
async fn rewrite(house: &House, place: i64) {
    let rewrite = move |tx: &mut store::Tx<'_>| {
        tx.execute(&REWRITE_LEAF, &params![tenant(), place, [7_u8; 32]])?;
        Ok::<_, store::StoreError>(())
    };
    house.stores.tenant(&owner()).write(rewrite).await.expect("rewritten");
    restore(house, 1_000).await;
}

#[test]
fn of_entries_that_were_rewritten_none_is_called_kept_but_those_that_a_kept_checkpoint_vouches_for() {
    on_both_engines(async |house| {
        let (trust, ledger) = furnished(&house).await;
        record(&house, &trust, 4).await;
        let early = ledger.checkpoint(&owner()).await.expect("signed");
        record(&house, &trust, 6).await;
        let last = ledger.checkpoint(&owner()).await.expect("signed");
        rewrite(&house, 7).await;
        assert!(matches!(ledger.checkpoint(&owner()).await, Err(LedgerError::Rewritten { signed: 10 })));
        let one = succeed(&ledger).await.succession;
        assert_eq!((one.size, one.root, one.kept, one.kept_root, one.lost()), (10, last.root, 0, merkle::root(&[]), 10));

        // Its successor is rewritten too, and somebody has an early checkpoint of that one.
        let second = ledger.checkpoint(&owner()).await.expect("signed");
        record(&house, &trust, 3).await;
        ledger.checkpoint(&owner()).await.expect("signed");
        rewrite(&house, 12).await;
        let two = ledger.succeed(Some(&owner()), Some(&second.note)).await.expect("succeeded").succession;
        assert_eq!((two.size, two.kept, two.kept_root), (14, second.size, second.root));
        let seen = Cosigned { size: second.size, root: early.root };
        assert_eq!(two.covers(seen), Err(SuccessionError::NotKept { kept: 11 }), "who saw others says so");
    });
}

#[test]
fn a_keyring_that_was_restored_makes_no_second_successor_of_one_name() {
    on_both_engines(async |house| {
        let (trust, ledger) = furnished(&house).await;
        let first = ledger.key(tenant());
        record(&house, &trust, 6).await;
        let early = ledger.checkpoint(&owner()).await.expect("signed");
        record(&house, &trust, 4).await;
        ledger.checkpoint(&owner()).await.expect("signed");
        restore(&house, 6).await;
        house.hand.advance(Duration::from_secs(1));
        let one = succeed(&ledger).await;
        record(&house, &trust, 3).await;
        let cosigned = ledger.checkpoint(&owner()).await.expect("signed");

        let forget = async || {
            let forget = move |tx: &mut store::Tx<'_>| {
                tx.execute(&FORGET_SUCCESSIONS, &params![tenant()])?;
                tx.execute(&REMEMBER, &params![tenant(), 6_i64, early.root])
            };
            house.stores.keyring().write(forget).await.expect("restored");
            let ledger = Ledger::new(&house.stores, &house.trust().await, ScopeMint::for_app());
            assert_eq!(ledger.key(tenant()), first, "the keyring does not know of the successor");
            ledger
        };
        // The data do: the very successor goes on, with the hand-over that it has.
        let restored = forget().await;
        assert_eq!(succeed(&restored).await, one);
        assert_eq!(restored.key(tenant()), one.succession.to);
        assert!(matches!(restored.succeed(Some(&owner()), None).await, Err(LedgerError::NothingLost)));
        restored.checkpoint(&owner()).await.expect("signed");

        // The data lost entries of the successor too, and it ends: the next name is a new one.
        let restored = forget().await;
        restore(&house, 8).await;
        let two = restored.succeed(Some(&owner()), Some(&cosigned.note)).await.expect("succeeded").succession;
        assert_eq!((&two.from, two.size, two.kept), (&one.succession.to, cosigned.size, 6));
        assert!(two.to.name().ends_with("/3"), "{}", two.to.name());

        // Neither keyring nor data know of any successor; the checkpoint that somebody kept does.
        restored.sequence_tenant(&owner()).await.expect("in order");
        let restored = forget().await;
        restore(&house, 5).await;
        let three = restored.succeed(Some(&owner()), Some(&cosigned.note)).await.expect("succeeded").succession;
        assert_eq!((&three.from, three.size, three.kept), (&one.succession.to, cosigned.size, 0));
        assert!(three.to.name().ends_with("/3"), "the newest name that anybody here has heard of is the second: {}", three.to.name());
    });
}

#[test]
fn a_log_that_is_what_was_signed_of_it_gets_no_successor() {
    on_both_engines(async |house| {
        let (trust, ledger) = furnished(&house).await;
        assert!(matches!(ledger.succeed(Some(&owner()), None).await, Err(LedgerError::NothingLost)), "nothing was signed yet");
        record(&house, &trust, 3).await;
        let early = ledger.checkpoint(&owner()).await.expect("signed").note;
        record(&house, &trust, 3).await;
        assert!(matches!(ledger.succeed(Some(&owner()), None).await, Err(LedgerError::NothingLost)));
        assert!(matches!(ledger.succeed(Some(&owner()), Some(&early)).await, Err(LedgerError::NothingLost)));
        assert!(matches!(ledger.succeed(None, None).await, Err(LedgerError::NothingLost)), "nor does the instance's");
        let strange = seal::checkpoint::Checkpoint { origin: "other".into(), size: 9, root: [1; 32] }.sign(&owners_key().1);
        assert!(matches!(ledger.succeed(Some(&owner()), Some(&strange)).await, Err(LedgerError::NotACheckpoint(_))));
    });
}

#[test]
fn where_the_keyring_was_brought_back_too_somebodys_checkpoint_tells_what_is_lost() {
    on_both_engines(async |house| {
        let (trust, ledger) = furnished(&house).await;
        record(&house, &trust, 4).await;
        let early = ledger.checkpoint(&owner()).await.expect("signed");
        record(&house, &trust, 6).await;
        let cosigned = ledger.checkpoint(&owner()).await.expect("signed");
        restore(&house, 4).await;
        let remember = move |tx: &mut store::Tx<'_>| tx.execute(&REMEMBER, &params![tenant(), 4_i64, early.root]);
        house.stores.keyring().write(remember).await.expect("restored");
        ledger.checkpoint(&owner()).await.expect("nobody here knows of more");
        let succeeded = ledger.succeed(Some(&owner()), Some(&cosigned.note)).await.expect("succeeded").succession;
        assert_eq!((succeeded.size, succeeded.root, succeeded.kept), (10, cosigned.root, 4));
    });
}

#[test]
fn a_successor_has_successors_and_each_hand_over_is_asked_for() {
    on_both_engines(async |house| {
        let (trust, ledger) = furnished(&house).await;
        record(&house, &trust, 6).await;
        let first = ledger.checkpoint(&owner()).await.expect("signed").note;
        restore(&house, 4).await;
        house.hand.advance(Duration::from_secs(1));
        let one = succeed(&ledger).await;
        record(&house, &trust, 5).await;
        let second = ledger.checkpoint(&owner()).await.expect("signed").note;
        restore(&house, 5).await;
        house.hand.advance(Duration::from_secs(1));
        let two = succeed(&ledger).await;
        assert_eq!(two.succession.from, one.succession.to);
        assert_eq!((one.succession.kept, two.succession.kept, two.succession.size), (4, 5, 10));
        let (lines, _) = ledger.file(&owner(), 0).await.expect("told");
        let lines: Vec<String> = lines.iter().map(|line| serde_json::to_string(line).expect("JSON")).collect();
        let mut verifier = Verifier::begin(&lines[0], Some(&two.succession.to)).expect("its key");
        let owner = owners_key().0;
        assert!(verifier.succeeds(&endorsed(&one), &owner).is_err(), "the newest first");
        verifier.succeeds(&endorsed(&two), &owner).expect("accepted");
        verifier.succeeds(&endorsed(&one), &owner).expect("accepted");
        assert_eq!(verifier.kept_of(&one.succession.from), Some(4));
        [first, second].iter().for_each(|kept| verifier.against(kept).expect("of a log that it goes on with"));
        lines[1..].iter().for_each(|line| verifier.take(line).expect("its own"));
        assert_eq!(verifier.end().expect("whole").successions, [one.succession, two.succession]);
    });
}
