//! Tenants' checkpoints in the instance's log: each tenant proves its own, and nobody can tell whose the others are.

use std::time::Duration;

use kernel::{Actor, DeviceScope, Permission, Scope, ScopeMint, TenantId, UserId};
use seal::gathering::{Gathered, GatheredError};
use seal::hex;
use seal::merkle::is_consistent;
use serde_json::json;
use store::{StoreError, params};
use trust::ledger;
use trust::ledger::log::STEP_TENANTS_MAX;
use trust::{LeafEntry, LeafKind, Ledger, LedgerError, Trust};

use crate::setup::{House, on_both_engines};

store::statements! {
    registry = TENANT;
    store = Tenant;
    /// Changes what a tenant's log was, as somebody with the database's password could.
    ALTER_TILE = "UPDATE ledger_tile SET hashes = $2 WHERE tenant_id = $1" (BigInt, Blob);
    /// How large a tenant's log is.
    SIZE = "SELECT size FROM ledger_checkpoint WHERE tenant_id = $1 ORDER BY day DESC LIMIT 1" (BigInt) -> (size: BigInt);
}

store::statements! {
    registry = SYSTEM;
    store = System;
    /// The leaves of the instance's ledger.
    INSTANCE_LEAVES = "SELECT leaf_id FROM instance_ledger_leaf ORDER BY leaf_id" () -> (leaf_id: BigInt);
}

fn owner(tenant: TenantId) -> Scope {
    ScopeMint::for_app().mint(tenant, Actor::User(UserId::from_random(9 << 1)), &[Permission::LedgerRead], DeviceScope::All)
}

async fn furnished(house: &House, tenants: u64) -> (Trust, Ledger, Vec<TenantId>) {
    let trust = house.trust().await;
    let tenants: Vec<TenantId> = (1..=tenants).map(|number| TenantId::from_random((number * 7_000_000_001) << 1)).collect();
    for tenant in &tenants {
        trust.create_tenant(*tenant).await.expect("created");
        house.stores.create_tenant(*tenant).await.expect("created");
    }
    let ledger = Ledger::new(&house.stores, &trust, ScopeMint::for_app());
    (trust, ledger, tenants)
}

/// Acts in a tenant, put in their places.
async fn act(house: &House, (trust, ledger): (&Trust, &Ledger), tenant: TenantId, count: usize) {
    let keys = trust.keyring();
    let write = move |tx: &mut store::Tx<'_>| {
        let entry = || LeafEntry { kind: LeafKind::TokenCreated, subject: Some(41), payload: json!({}) };
        (0..count).try_for_each(|_| ledger::record(tx, &*keys, &owner(tenant), entry()).map(|_| ()))
    };
    house.stores.tenant(&owner(tenant)).write(write).await.expect("recorded");
    ledger.sequence_tenant(&owner(tenant)).await.expect("placed");
}

async fn gathered(ledger: &Ledger, tenant: TenantId) -> Gathered {
    ledger.gathered(&owner(tenant)).await.expect("gathered")
}

async fn alter_tiles(house: &House, tenant: TenantId, hashes: Vec<u8>) {
    let store = house.stores.tenant(&owner(tenant));
    let written: Result<u64, StoreError> = store.write(move |tx| tx.execute(&ALTER_TILE, &params![tenant, &hashes])).await;
    written.expect("changed");
}

async fn size(house: &House, tenant: TenantId) -> i64 {
    let store = house.stores.tenant(&owner(tenant));
    let read: Result<i64, StoreError> = store.read(move |tx| tx.query_one(&SIZE, &params![tenant])?.get(0)).await;
    read.expect("read")
}

async fn instance_leaves(house: &House) -> usize {
    let read: Result<usize, StoreError> = house.stores.system().read(|tx| tx.query(&INSTANCE_LEAVES, &[]).map(|rows| rows.len())).await;
    read.expect("read")
}

#[test]
fn each_tenant_proves_its_own_checkpoint_with_the_keys_of_both_logs() {
    on_both_engines(async |house| {
        let (trust, ledger, tenants) = furnished(&house, 3).await;
        for (tenant, count) in tenants.iter().zip([1, 2, 3]) {
            act(&house, (&trust, &ledger), *tenant, count).await;
        }
        assert_eq!(ledger.gather_step().await.expect("gathered"), 3);
        for (tenant, count) in tenants.iter().zip([1, 2, 3]) {
            let proof = gathered(&ledger, *tenant).await;
            let held = proof.verify(&ledger.key(*tenant), &ledger.instance_key()).expect("it holds");
            assert_eq!((held.checkpoint.size, held.instance.size), (count, 1), "all are in one leaf");
            let now = ledger.checkpoint(&owner(*tenant)).await.expect("signed");
            assert_eq!((now.size, now.root), (held.checkpoint.size, held.checkpoint.root));
        }
        let (one, other) = (gathered(&ledger, tenants[0]).await, gathered(&ledger, tenants[1]).await);
        let mixed = Gathered { checkpoint: other.checkpoint, key: other.key, ..one };
        let refused = mixed.verify(&ledger.key(tenants[1]), &ledger.instance_key());
        assert_eq!(refused, Err(GatheredError::NotGathered), "another's place proves nothing");
    });
}

#[test]
fn the_instances_log_names_no_tenant_and_does_not_tell_how_many_there_are() {
    on_both_engines(async |house| {
        let (trust, ledger, tenants) = furnished(&house, 3).await;
        for tenant in &tenants {
            act(&house, (&trust, &ledger), *tenant, 1).await;
        }
        ledger.gather_step().await.expect("gathered");
        let proof = gathered(&ledger, tenants[0]).await;
        assert_eq!(proof.gathering["payload"]["size"], 16);
        assert_eq!(proof.gathering["subject"], json!(null));
        let told = format!("{}{}", proof.gathering, proof.proof);
        for tenant in &tenants {
            let own = gathered(&ledger, *tenant).await;
            let root = hex::encode(&ledger.checkpoint(&owner(*tenant)).await.expect("signed").root);
            for mark in [tenant.to_string(), tenant.number().to_string(), own.salt, root] {
                assert!(!told.contains(&mark), "{mark} is in {told}");
            }
        }
    });
}

#[test]
fn a_log_that_did_not_grow_is_not_looked_at_and_one_that_did_comes_in_again() {
    on_both_engines(async |house| {
        let (trust, ledger, tenants) = furnished(&house, 2).await;
        let none = ledger.gathered(&owner(tenants[0])).await;
        assert!(matches!(none, Err(LedgerError::NotFound)), "nothing was gathered yet: {none:?}");
        assert_eq!(ledger.gather_step().await.expect("gathered"), 0, "nobody did anything");
        act(&house, (&trust, &ledger), tenants[0], 1).await;
        ledger.gather_step().await.expect("gathered");
        ledger.gather_step().await.expect("gathered");
        assert_eq!(instance_leaves(&house).await, 1, "no leaf without news");
        let before = ledger.instance_checkpoint(&owner(tenants[1])).await.expect("signed");
        house.hand.advance(Duration::from_secs(3_600));
        act(&house, (&trust, &ledger), tenants[0], 2).await;
        ledger.gather_step().await.expect("gathered");
        let held = gathered(&ledger, tenants[0]).await.verify(&ledger.key(tenants[0]), &ledger.instance_key()).expect("it holds");
        assert_eq!((held.checkpoint.size, held.index), (3, 1));
        let (now, hashes) = ledger.instance_consistency(&owner(tenants[1]), before.size).await.expect("proven");
        assert!(is_consistent(before.size, now.size, (before.root, now.root), &hashes), "the instance's log only grew");
        let beyond = ledger.instance_consistency(&owner(tenants[1]), 3).await;
        assert!(matches!(beyond, Err(LedgerError::NotFound)), "{beyond:?}");
    });
}

#[test]
fn a_rewritten_log_is_not_gathered_and_keeps_no_other_out() {
    on_both_engines(async |house| {
        let (trust, ledger, tenants) = furnished(&house, 2).await;
        for tenant in &tenants {
            act(&house, (&trust, &ledger), *tenant, 2).await;
            ledger.checkpoint(&owner(*tenant)).await.expect("signed");
        }
        alter_tiles(&house, tenants[0], vec![7; 64]).await;
        act(&house, (&trust, &ledger), tenants[0], 1).await;
        ledger.gather_step().await.expect("gathered");
        let refused = ledger.gathered(&owner(tenants[0])).await;
        assert!(refused.is_err(), "nothing is proven of it");
        gathered(&ledger, tenants[1]).await.verify(&ledger.key(tenants[1]), &ledger.instance_key()).expect("the other's holds");
    });
}

#[test]
fn tenants_whose_turns_fail_take_no_turn_from_others() {
    on_both_engines(async |house| {
        let broken = STEP_TENANTS_MAX as u64 + 6;
        let (trust, ledger, tenants) = furnished(&house, broken + 1).await;
        let sound = tenants[tenants.len() - 1];
        for tenant in &tenants {
            act(&house, (&trust, &ledger), *tenant, 1).await;
        }
        for tenant in tenants.iter().filter(|tenant| **tenant != sound) {
            // Not a whole number of hashes: nothing more fits in.
            alter_tiles(&house, *tenant, vec![7; 5]).await;
        }
        // The sound one is the last to be woken.
        for tenant in &tenants {
            let (keys, tenant) = (trust.keyring(), *tenant);
            let entry = LeafEntry { kind: LeafKind::TokenCreated, subject: Some(41), payload: json!({}) };
            let write = move |tx: &mut store::Tx<'_>| ledger::record(tx, &*keys, &owner(tenant), entry.clone()).map(|_| ());
            house.stores.tenant(&owner(tenant)).write(write).await.expect("recorded");
            house.hand.advance(Duration::from_millis(1));
        }
        ledger.sequence_step().await.expect("a step");
        ledger.sequence_step().await.expect("a step");
        assert_eq!(size(&house, sound).await, 2, "its leaf is in its place");
    });
}
