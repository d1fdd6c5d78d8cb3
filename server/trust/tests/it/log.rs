//! The log over a tenant's ledger: its order, its proofs, and what happens where the data are not what was signed.

use std::time::Duration;

use kernel::{Actor, DeviceId, DeviceScope, KeyRef, LeafId, Permission, Scope, ScopeMint, TenantId, UserId};
use seal::checkpoint::Proof;
use seal::leaf::leaf_hash;
use seal::log_file::{LogError, Verified, Verifier};
use seal::merkle::is_consistent;
use seal::note::NoteKey;
use serde_json::json;
use store::params;
use trust::ledger::log::{FILE_LEAVES_MAX, SignedCheckpoint};
use trust::ledger::{self, SEQUENCED_AT_ONCE};
use trust::{LeafEntry, LeafKind, Ledger, LedgerError, Trust};

use crate::setup::{House, destroy, on_both_engines};

store::statements! {
    store = Tenant;
    /// Removes a leaf, as somebody with the database's password could.
    REMOVE_LEAF = "DELETE FROM ledger_leaf WHERE tenant_id = $1 AND sequence = $2" (BigInt, BigInt);
    /// Removes every leaf from a place on.
    REMOVE_LEAVES_FROM = "DELETE FROM ledger_leaf WHERE tenant_id = $1 AND sequence >= $2" (BigInt, BigInt);
    /// Moves a leaf.
    MOVE_LEAF = "UPDATE ledger_leaf SET sequence = $3 WHERE tenant_id = $1 AND sequence = $2" (BigInt, BigInt, BigInt);
    /// Puts another leaf's commitment in its place.
    ALTER_LEAF = "UPDATE ledger_leaf SET commitment = $3, sealed = NULL WHERE tenant_id = $1 AND sequence = $2" (BigInt, BigInt, Blob);
    /// Puts another leaf's entry in a leaf's place.
    SWAP_ENTRY = "UPDATE ledger_leaf SET sealed = (SELECT o.sealed FROM ledger_leaf o WHERE o.tenant_id = $1 AND o.sequence = $3) \
        WHERE tenant_id = $1 AND sequence = $2" (BigInt, BigInt, BigInt);
    /// Makes a leaf one about a device.
    REDIRECT = "UPDATE ledger_leaf SET kind = 'device-retired', subject_id = $3 WHERE tenant_id = $1 AND sequence = $2"
        (BigInt, BigInt, BigInt);
    /// Says that a leaf is older than it is.
    BACKDATE = "UPDATE ledger_leaf SET recorded_at = recorded_at - 1 WHERE tenant_id = $1 AND sequence = $2" (BigInt, BigInt);
    /// Forgets the tree.
    REMOVE_TILES = "DELETE FROM ledger_tile WHERE tenant_id = $1" (BigInt);
    /// Forgets what the log was.
    REMOVE_CHECKPOINTS = "DELETE FROM ledger_checkpoint WHERE tenant_id = $1" (BigInt);
    /// Changes what the log was at the end of a day.
    ALTER_DAY = "UPDATE ledger_checkpoint SET root = $3 WHERE tenant_id = $1 AND size = $2" (BigInt, BigInt, Blob);
    /// Forgets every leaf's place.
    UNPLACE = "UPDATE ledger_leaf SET sequence = NULL WHERE tenant_id = $1" (BigInt);
}

fn tenant() -> TenantId {
    TenantId::from_random(1 << 1)
}

fn owner() -> Scope {
    ScopeMint::for_app().mint(tenant(), Actor::User(UserId::from_random(9 << 1)), &[Permission::LedgerRead], DeviceScope::All)
}

async fn furnished(house: &House) -> (Trust, Ledger) {
    let trust = house.trust().await;
    trust.create_tenant(tenant()).await.expect("created");
    house.stores.create_tenant(tenant()).await.expect("created");
    let ledger = Ledger::new(&house.stores, &trust, ScopeMint::for_app());
    (trust, ledger)
}

async fn record(house: &House, trust: &Trust, count: usize) -> Vec<LeafId> {
    let keys = trust.keyring();
    let entry = |number: usize| LeafEntry { kind: LeafKind::TokenCreated, subject: Some(41), payload: json!({ "number": number }) };
    let write = move |tx: &mut store::Tx<'_>| {
        (0..count)
            .map(|number| ledger::record(tx, &*keys, &owner(), entry(number)).map(|told| told.leaf()))
            .collect::<Result<Vec<_>, store::StoreError>>()
    };
    house.stores.tenant(&owner()).write(write).await.expect("recorded")
}

async fn change(house: &House, statement: &'static store::Statement, values: Vec<store::Value>) {
    house.stores.tenant(&owner()).write(move |tx| tx.execute(statement, &values).map(|_| ())).await.expect("changed");
}

/// The log's file, read in pages, and verified by the key alone.
async fn verify(ledger: &Ledger, key: &NoteKey) -> Result<Verified, LogError> {
    let (mut verifier, mut from) = (None::<Verifier>, Some(0));
    while let Some(place) = from {
        let (lines, next) = ledger.file(&owner(), place).await.expect("read");
        for line in lines {
            let line = serde_json::to_string(&line).expect("JSON");
            match &mut verifier {
                None => verifier = Some(Verifier::begin(&line, Some(key))?),
                Some(verifier) => verifier.take(&line)?,
            }
        }
        from = next;
    }
    verifier.expect("a head").end()
}

async fn checkpoint(ledger: &Ledger) -> SignedCheckpoint {
    ledger.checkpoint(&owner()).await.expect("signed")
}

#[test]
fn each_recorded_leaf_has_a_proof_that_the_logs_key_alone_verifies() {
    on_both_engines(async |house| {
        let (trust, ledger) = furnished(&house).await;
        assert_eq!(checkpoint(&ledger).await.size, 0, "an empty log is signed as well");
        // Past one tile, and past what one transaction puts in order.
        let leaves = record(&house, &trust, 300).await;
        let key = ledger.key(tenant());
        for (index, leaf) in leaves.iter().enumerate().filter(|(index, _)| index % 43 == 0) {
            let proven = ledger.proof(&owner(), *leaf, None).await.expect("proven");
            assert_eq!(proven.key, key.to_text());
            let proof = Proof::from_text(&proven.proof).expect("a proof");
            assert_eq!(proof.verify(leaf_hash(&proven.leaf.commitment), &key).expect("it holds").size, 300);
            assert_eq!(proven.leaf.index, Some(proof.index));
            let (_, entry) = proven.leaf.opened.expect("not erased");
            assert_eq!(entry["payload"]["number"], index);
        }
        let unknown = ledger.proof(&owner(), LeafId::from_random(1 << 40), None).await;
        assert!(matches!(unknown, Err(LedgerError::NotFound)), "{unknown:?}");
    });
}

#[test]
fn a_leaf_is_proven_in_each_tree_that_it_was_ever_in_and_in_no_other() {
    on_both_engines(async |house| {
        let (trust, ledger) = furnished(&house).await;
        record(&house, &trust, 300).await;
        let kept = checkpoint(&ledger).await;
        let leaf = ledger.leaves(&owner(), Some(258), 1).await.expect("read")[0].leaf;
        record(&house, &trust, 70).await;
        for size in [258, 300, 370] {
            let proven = ledger.proof(&owner(), leaf, Some(size)).await.expect("proven");
            let proof = Proof::from_text(&proven.proof).expect("a proof");
            let held = proof.verify(leaf_hash(&proven.leaf.commitment), &ledger.key(tenant())).expect("it holds");
            assert_eq!(held.size, size);
            assert!(size != 300 || proof.checkpoint == kept.note, "the checkpoint that was kept");
        }
        for size in [0, 257, 371] {
            let refused = ledger.proof(&owner(), leaf, Some(size)).await;
            assert!(matches!(refused, Err(LedgerError::NotFound)), "{size}: {refused:?}");
        }
    });
}

#[test]
fn the_log_as_a_file_is_whole_and_ends_with_what_was_signed() {
    on_both_engines(async |house| {
        let (trust, ledger) = furnished(&house).await;
        let key = ledger.key(tenant());
        let count = FILE_LEAVES_MAX as usize + SEQUENCED_AT_ONCE;
        record(&house, &trust, count - 1).await;
        checkpoint(&ledger).await;
        record(&house, &trust, 1).await;
        let found = verify(&ledger, &key).await.expect("whole");
        assert_eq!((found.leaves, found.erased), (count as u64, 0));
        assert_eq!(found.origin, trust.log_origin(Some(tenant())));
    });
}

#[test]
fn later_checkpoints_grow_out_of_earlier_ones_and_no_leaf_changes_its_place() {
    on_both_engines(async |house| {
        let (trust, ledger) = furnished(&house).await;
        let mut earlier: Vec<SignedCheckpoint> = Vec::new();
        for count in [1, 2, 253, 1, 300] {
            record(&house, &trust, count).await;
            let now = checkpoint(&ledger).await;
            for old in &earlier {
                let (head, hashes) = ledger.consistency(&owner(), old.size).await.expect("proven");
                assert!(is_consistent(old.size, head.size, (old.root, head.root), &hashes), "{} to {}", old.size, head.size);
            }
            earlier.push(now);
        }
        let beyond = ledger.consistency(&owner(), 558).await;
        assert!(matches!(beyond, Err(LedgerError::NotFound)), "{beyond:?}");
    });
}

#[test]
fn an_erased_leaf_leaves_the_log_whole() {
    on_both_engines(async |house| {
        let (trust, ledger) = furnished(&house).await;
        let (device, keys) = (DeviceId::from_random(5 << 1), trust.keyring());
        record(&house, &trust, 3).await;
        let entry = LeafEntry { kind: LeafKind::DeviceRetired, subject: Some(device.number()), payload: json!({}) };
        let write = move |tx: &mut store::Tx<'_>| ledger::record(tx, &*keys, &owner(), entry.clone()).map(|told| told.leaf());
        let leaf = house.stores.tenant(&owner()).write(write).await.expect("recorded");
        let before = checkpoint(&ledger).await;
        destroy(&house.stores, &trust, KeyRef::Device(tenant(), device)).await.expect("destroyed");
        let found = verify(&ledger, &ledger.key(tenant())).await.expect("whole");
        assert_eq!((found.leaves, found.erased), (4, 1));
        assert_eq!(checkpoint(&ledger).await, before);
        let proven = ledger.proof(&owner(), leaf, None).await.expect("its place is proven still");
        assert_eq!(proven.leaf.opened, None);
    });
}

#[test]
fn a_leaf_that_was_deleted_moved_or_altered_in_the_database_is_found_with_its_place() {
    on_both_engines(async |house| {
        let (trust, ledger) = furnished(&house).await;
        let key = ledger.key(tenant());
        record(&house, &trust, 10).await;
        checkpoint(&ledger).await;
        change(&house, &ALTER_LEAF, params![tenant(), 4_i64, [7_u8; 32]].to_vec()).await;
        let refused = ledger.file(&owner(), 0).await;
        assert!(matches!(refused, Err(LedgerError::Altered { index: 4 })), "an emptied leaf is no erased one: {refused:?}");
        change(&house, &REMOVE_LEAF, params![tenant(), 4_i64].to_vec()).await;
        assert_eq!(verify(&ledger, &key).await, Err(LogError::Missing { expected: 4, found: 5 }));
        change(&house, &MOVE_LEAF, params![tenant(), 9_i64, 4_i64].to_vec()).await;
        assert_eq!(verify(&ledger, &key).await, Err(LogError::Truncated { from: 9, to: 10 }), "the last one in its place");
    });
}

#[test]
fn nothing_is_signed_of_data_that_were_rolled_back_or_rewritten() {
    on_both_engines(async |house| {
        let (trust, ledger) = furnished(&house).await;
        record(&house, &trust, 10).await;
        assert_eq!(checkpoint(&ledger).await.size, 10);
        // Rewritten as a whole: another order, a tree that fits it.
        change(&house, &REMOVE_TILES, params![tenant()].to_vec()).await;
        change(&house, &REMOVE_CHECKPOINTS, params![tenant()].to_vec()).await;
        change(&house, &REMOVE_LEAF, params![tenant(), 0_i64].to_vec()).await;
        change(&house, &UNPLACE, params![tenant()].to_vec()).await;
        record(&house, &trust, 3).await;
        let refused = ledger.checkpoint(&owner()).await;
        assert!(matches!(refused, Err(LedgerError::Rewritten { signed: 10 })), "{refused:?}");
        // Rolled back: fewer than were signed.
        change(&house, &REMOVE_TILES, params![tenant()].to_vec()).await;
        change(&house, &REMOVE_CHECKPOINTS, params![tenant()].to_vec()).await;
        change(&house, &REMOVE_LEAVES_FROM, params![tenant(), 4_i64].to_vec()).await;
        change(&house, &UNPLACE, params![tenant()].to_vec()).await;
        let refused = ledger.checkpoint(&owner()).await;
        assert!(matches!(refused, Err(LedgerError::RolledBack { signed: 10, found: 4 })), "{refused:?}");
        let file = ledger.file(&owner(), 0).await;
        assert!(matches!(file, Err(LedgerError::RolledBack { .. })), "no other door signs it either: {file:?}");
    });
}

#[test]
fn a_leaf_whose_entry_was_altered_is_listed_as_such_hides_no_other_and_is_in_no_file_as_if_erased() {
    on_both_engines(async |house| {
        let (trust, ledger) = furnished(&house).await;
        record(&house, &trust, 4).await;
        checkpoint(&ledger).await;
        change(&house, &SWAP_ENTRY, params![tenant(), 2_i64, 1_i64].to_vec()).await;
        let leaves = ledger.leaves(&owner(), None, 10).await.expect("read");
        let seen: Vec<_> = leaves.iter().map(|leaf| (leaf.index, leaf.is_altered, leaf.opened.is_some())).collect();
        assert_eq!(seen, [(Some(3), false, true), (Some(2), true, false), (Some(1), false, true), (Some(0), false, true)]);
        let refused = ledger.file(&owner(), 0).await;
        assert!(matches!(refused, Err(LedgerError::Altered { index: 2 })), "{refused:?}");

        // Made to lie under the key of a device that there never was.
        change(&house, &REDIRECT, params![tenant(), 0_i64, 98_i64].to_vec()).await;
        let leaves = ledger.leaves(&owner(), None, 10).await.expect("read");
        assert_eq!(leaves.iter().filter(|leaf| leaf.is_altered).map(|leaf| leaf.index).collect::<Vec<_>>(), [Some(2), Some(0)]);
    });
}

#[test]
fn a_leaf_that_was_made_to_be_about_somebody_who_was_erased_is_altered_and_not_erased() {
    on_both_engines(async |house| {
        let (trust, ledger) = furnished(&house).await;
        let device = DeviceId::from_random(5 << 1);
        let keys = trust.keyring();
        let entry = LeafEntry { kind: LeafKind::DeviceRetired, subject: Some(device.number()), payload: json!({}) };
        let write = move |tx: &mut store::Tx<'_>| ledger::record(tx, &*keys, &owner(), entry.clone()).map(|told| told.leaf());
        house.stores.tenant(&owner()).write(write).await.expect("recorded");
        house.hand.advance(Duration::from_millis(1));
        record(&house, &trust, 2).await;
        checkpoint(&ledger).await;
        destroy(&house.stores, &trust, KeyRef::Device(tenant(), device)).await.expect("destroyed");
        change(&house, &REDIRECT, params![tenant(), 1_i64, device.number()].to_vec()).await;
        let leaves = ledger.leaves(&owner(), None, 10).await.expect("read");
        let seen: Vec<_> = leaves.iter().map(|leaf| (leaf.index, leaf.is_altered, leaf.opened.is_some())).collect();
        assert_eq!(seen, [(Some(2), false, true), (Some(1), true, false), (Some(0), false, false)]);
        let refused = ledger.file(&owner(), 0).await;
        assert!(matches!(refused, Err(LedgerError::Altered { index: 1 })), "{refused:?}");
        // Nor is the erased one believed any more where its columns say something else.
        change(&house, &BACKDATE, params![tenant(), 0_i64].to_vec()).await;
        let refused = ledger.file(&owner(), 0).await;
        assert!(matches!(refused, Err(LedgerError::Altered { index: 0 })), "{refused:?}");
    });
}

#[test]
fn a_leaf_whose_columns_in_clear_were_changed_is_altered() {
    on_both_engines(async |house| {
        let (trust, ledger) = furnished(&house).await;
        record(&house, &trust, 2).await;
        checkpoint(&ledger).await;
        change(&house, &BACKDATE, params![tenant(), 1_i64].to_vec()).await;
        let leaves = ledger.leaves(&owner(), None, 10).await.expect("read");
        assert_eq!(leaves.iter().map(|leaf| leaf.is_altered).collect::<Vec<_>>(), [true, false]);
    });
}

#[test]
fn the_end_of_a_day_that_was_changed_in_the_database_is_not_signed() {
    on_both_engines(async |house| {
        let (trust, ledger) = furnished(&house).await;
        let key = ledger.key(tenant());
        record(&house, &trust, 5).await;
        checkpoint(&ledger).await;
        house.hand.advance(Duration::from_secs(24 * 3_600));
        record(&house, &trust, 5).await;
        let found = verify(&ledger, &key).await.expect("whole");
        assert_eq!((found.leaves, found.checkpoints), (10, 2), "each day's end is signed");
        change(&house, &ALTER_DAY, params![tenant(), 5_i64, [7_u8; 32]].to_vec()).await;
        let refused = ledger.file(&owner(), 0).await;
        assert!(matches!(refused, Err(LedgerError::Rewritten { signed: 5 })), "{refused:?}");
    });
}

#[test]
fn sequencers_at_the_same_time_give_each_leaf_one_place() {
    on_both_engines(async |house| {
        let (trust, ledger) = furnished(&house).await;
        for _ in 0..5 {
            record(&house, &trust, 40).await;
            let sequencers: Vec<_> = (0..4)
                .map(|_| {
                    let ledger = ledger.clone();
                    tokio::spawn(async move { ledger.sequence_tenant(&owner()).await })
                })
                .collect();
            for sequencer in sequencers {
                // Who was slower is told so, and nothing else goes wrong.
                match sequencer.await.expect("no panic") {
                    Ok(_) | Err(LedgerError::Store(store::StoreError::Conflict { .. })) => {}
                    Err(other) => panic!("{other}"),
                }
            }
        }
        assert_eq!(verify(&ledger, &ledger.key(tenant())).await.expect("whole").leaves, 200);
    });
}

#[test]
fn the_sequencer_is_woken_by_a_record_and_settles_when_all_is_in_place() {
    on_both_engines(async |house| {
        let (trust, ledger) = furnished(&house).await;
        record(&house, &trust, 3).await;
        assert_eq!(ledger.sequence_step().await.expect("stepped"), 1);
        let leaves = ledger.leaves(&owner(), None, 10).await.expect("read");
        assert_eq!(leaves.iter().map(|leaf| leaf.index).collect::<Vec<_>>(), [Some(2), Some(1), Some(0)]);
        let below = ledger.leaves(&owner(), Some(2), 1).await.expect("read");
        assert_eq!(below.iter().map(|leaf| leaf.index).collect::<Vec<_>>(), [Some(1)]);
        if house.stores.engine() == store::Engine::Embedded {
            assert_eq!(ledger.sequence_step().await.expect("stepped"), 0);
        }
    });
}

#[test]
fn who_sees_some_devices_only_reads_no_ledger() {
    on_both_engines(async |house| {
        let (_, ledger) = furnished(&house).await;
        let some = DeviceScope::AnyOf(["os:windows".into()].into());
        let scope = ScopeMint::for_app().mint(tenant(), Actor::User(UserId::from_random(9 << 1)), &[Permission::LedgerRead], some);
        for refused in [
            ledger.checkpoint(&scope).await.map(|_| ()),
            ledger.leaves(&scope, None, 10).await.map(|_| ()),
            ledger.proof(&scope, LeafId::from_random(4), None).await.map(|_| ()),
            ledger.consistency(&scope, 0).await.map(|_| ()),
            ledger.file(&scope, 0).await.map(|_| ()),
        ] {
            assert!(matches!(refused, Err(LedgerError::NotFound)), "{refused:?}");
        }
    });
}
