//! The policy in versions: signed, and each tenant is told of each once.

use std::time::Duration;

use kernel::data_map::Table;
use kernel::{ScopeMint, SystemWork, TenantId};
use seal::note::NoteKey;
use seal::policy_note::{PolicyNote, PolicyNoteError};
use serde_json::{Value, json};
use trust::announcements::{AnnouncementKind, Announcements};
use trust::policy::{PolicyStep, TOLD_AT_ONCE};
use trust::{LeafKind, Ledger, Policies, Retentions, SCHEMAS, Trust};

use crate::setup::{House, on_both_engines};

fn tenant(number: usize) -> TenantId {
    TenantId::from_random((number as u64 + 1) << 1)
}

/// The policy of an installation that keeps its access log for so many days.
fn policies(house: &House, trust: &Trust, access_log_days: u16) -> Policies {
    let mint = ScopeMint::for_app();
    let tables: Vec<&'static Table> = SCHEMAS.iter().flat_map(|schema| schema.tables).collect();
    let retentions = Retentions::new(&house.stores, trust, mint.clone(), access_log_days);
    Policies::new(&house.stores, trust, mint, &tables, &retentions)
}

async fn furnished(house: &House, tenants: usize) -> Trust {
    let trust = house.trust().await;
    for number in 0..tenants {
        trust.create_tenant(tenant(number)).await.expect("keys");
        house.stores.create_tenant(tenant(number)).await.expect("a store");
    }
    trust
}

async fn settle(policies: &Policies) {
    while policies.step().await.expect("a step") != PolicyStep::Idle {}
}

/// What a tenant's ledger says that it was told.
async fn told(house: &House, trust: &Trust, number: usize) -> Vec<Value> {
    let ledger = Ledger::new(&house.stores, trust, ScopeMint::for_app());
    let scope = ScopeMint::for_app().system(tenant(number), SystemWork::Reconciler);
    ledger.sequence_tenant(&scope).await.expect("in order");
    let leaves = ledger.leaves(&scope, None, 100).await.expect("leaves");
    let announced = leaves.into_iter().rev().filter(|leaf| leaf.kind == LeafKind::PolicyAnnounced);
    announced.map(|leaf| leaf.opened.expect("it opens").1["payload"]["version"].clone()).collect()
}

#[test]
fn promise_me_20_whoever_sets_up_another_retention_makes_a_version_of_which_every_tenant_is_told() {
    on_both_engines(async |house| {
        let trust = furnished(&house, 2).await;
        let before = policies(&house, &trust, 30);
        assert_eq!(before.step().await.expect("a step"), PolicyStep::Changed(1));
        settle(&before).await;
        // The same again is no change, in another process either.
        assert_eq!(policies(&house, &trust, 30).step().await.expect("a step"), PolicyStep::Idle);
        house.hand.advance(Duration::from_secs(60));
        let after = policies(&house, &trust, 60);
        assert_eq!(after.step().await.expect("a step"), PolicyStep::Changed(2));
        settle(&after).await;
        let versions = after.versions().await.expect("versions");
        let said: Vec<(u32, &str, bool)> =
            versions.iter().map(|one| (one.version, one.said[0][0].as_str(), one.told_at.is_some())).collect();
        assert_eq!(said, [(2, "system.access_log_segment is kept for 60 days instead of 30.", true), (1, "The first version.", true)]);
        assert_eq!(versions[0].said[0][1], "system.access_log_segment jest przechowywane 60 dni zamiast 30.");
        for number in 0..2 {
            assert_eq!(told(&house, &trust, number).await, [json!(1), json!(2)]);
        }
        let reach = Announcements::new(&house.stores).reach(AnnouncementKind::DataPolicyChanged, "2".parse().expect("a reference")).await;
        assert_eq!(reach.expect("reach").tenants, 2, "their owners are told too");
    });
}

#[test]
fn promise_me_20_a_version_that_is_replaced_before_everybody_was_told_of_it_is_told_of_all_the_same() {
    on_both_engines(async |house| {
        let trust = furnished(&house, TOLD_AT_ONCE + 1).await;
        let before = policies(&house, &trust, 30);
        before.step().await.expect("a step");
        assert_eq!(before.step().await.expect("a step"), PolicyStep::Told(TOLD_AT_ONCE));
        let after = policies(&house, &trust, 60);
        assert_eq!(after.step().await.expect("a step"), PolicyStep::Changed(2));
        settle(&after).await;
        for number in [0, TOLD_AT_ONCE] {
            // Of one moment, in any order.
            let mut told = told(&house, &trust, number).await;
            told.sort_by_key(Value::as_u64);
            assert_eq!(told, [json!(1), json!(2)]);
        }
        assert!(after.versions().await.expect("versions").iter().all(|version| version.told_at.is_some()));
    });
}

#[test]
fn promise_me_20_a_version_is_signed_and_another_content_is_not() {
    on_both_engines(async |house| {
        let trust = furnished(&house, 0).await;
        let policies = policies(&house, &trust, 30);
        assert_eq!(policies.signed().await.expect("read"), None, "before the first version");
        policies.step().await.expect("a step");
        let signed = policies.signed().await.expect("read").expect("a version");
        let key = NoteKey::from_text(&signed.key).expect("a key");
        let read = PolicyNote::verify(&signed.note, &key, signed.content.as_bytes()).expect("signed");
        assert_eq!((read.version, read.made_at_micros), (1, signed.made_at.micros()));
        let altered = signed.content.replace("\"days\":30,", "\"days\":3000,");
        assert_ne!(altered, signed.content);
        assert_eq!(PolicyNote::verify(&signed.note, &key, altered.as_bytes()), Err(PolicyNoteError::OtherContent));
    });
}

#[test]
fn a_tenant_that_cannot_be_told_holds_up_no_other_and_is_told_when_it_can_be() {
    on_both_engines(async |house| {
        let trust = house.trust().await;
        for number in [0, 1, 2] {
            house.stores.create_tenant(tenant(number)).await.expect("a store");
        }
        // The first of them has no keys, so nothing can be entered in its ledger.
        for number in [1, 2] {
            trust.create_tenant(tenant(number)).await.expect("keys");
        }
        let policies = policies(&house, &trust, 30);
        policies.step().await.expect("a step");
        assert_eq!(policies.step().await.expect("a step"), PolicyStep::Told(2), "the others");
        assert!(policies.step().await.is_err(), "one is left that cannot be told");
        assert_eq!(policies.versions().await.expect("versions")[0].told_at, None);
        trust.create_tenant(tenant(0)).await.expect("keys");
        assert_eq!(policies.step().await.expect("a step"), PolicyStep::Told(1));
        assert!(policies.versions().await.expect("versions")[0].told_at.is_some());
        for number in [0, 1, 2] {
            assert_eq!(told(&house, &trust, number).await, [json!(1)], "tenant {number}, once");
        }
    });
}

#[test]
fn a_step_tells_some_tenants_and_one_that_is_cut_off_tells_none_twice() {
    on_both_engines(async |house| {
        let trust = furnished(&house, TOLD_AT_ONCE + 1).await;
        let policies = policies(&house, &trust, 30);
        policies.step().await.expect("a step");
        assert_eq!(policies.step().await.expect("a step"), PolicyStep::Told(TOLD_AT_ONCE));
        assert_eq!(policies.versions().await.expect("versions")[0].told_at, None, "one is not told yet");
        assert_eq!(policies.step().await.expect("a step"), PolicyStep::Told(1));
        assert_eq!(policies.step().await.expect("a step"), PolicyStep::Idle);
        assert_eq!(policies.versions().await.expect("versions")[0].told_at, Some(house.stores.clock().now()));
        assert_eq!(told(&house, &trust, 0).await, [json!(1)]);
        // A tenant that comes later is told of what comes later.
        assert_eq!(told(&house, &trust, TOLD_AT_ONCE).await, [json!(1)]);
    });
}
