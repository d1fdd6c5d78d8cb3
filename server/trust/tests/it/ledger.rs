use kernel::{Actor, DeviceId, KeyRef, LeafId, Permission, Scope, ScopeMint, SystemWork, TenantId, UserId};
use serde_json::{Value, json};
use store::StoreError;
use trust::ledger::{self, PAYLOAD_BYTES_MAX};
use trust::{Leaf, LeafEntry, LeafKind, Trust};

use crate::setup::{House, destroy, on_both_engines};

fn tenant() -> TenantId {
    TenantId::from_random(1 << 1)
}

fn scope(actor: Actor) -> Scope {
    ScopeMint::for_app().mint(tenant(), actor, &[Permission::TokensManage], kernel::DeviceScope::All)
}

fn owner() -> Scope {
    scope(Actor::User(UserId::from_random(9 << 1)))
}

/// A house with one tenant.
async fn furnished(house: &House) -> Trust {
    let trust = house.trust().await;
    trust.create_tenant(tenant()).await.expect("created");
    house.stores.create_tenant(tenant()).await.expect("created");
    trust
}

async fn record(house: &House, trust: &Trust, scope: &Scope, entry: LeafEntry) -> Result<LeafId, StoreError> {
    let (keys, acting) = (trust.keyring(), scope.clone());
    house.stores.tenant(scope).write(move |tx| ledger::record(tx, &*keys, &acting, entry.clone()).map(|told| told.leaf())).await
}

async fn read(house: &House, trust: &Trust, leaf: LeafId) -> Option<Leaf> {
    let keys = trust.keyring();
    house.stores.tenant(&owner()).read(move |tx| ledger::read(tx, &*keys, &owner(), leaf)).await.expect("read")
}

fn token_created(payload: Value) -> LeafEntry {
    LeafEntry { kind: LeafKind::TokenCreated, subject: Some(41), payload }
}

#[test]
fn a_recorded_act_is_read_back_with_its_actor_subject_and_time() {
    on_both_engines(async |house| {
        let trust = furnished(&house).await;
        let leaf = record(&house, &trust, &owner(), token_created(json!({"kind": "telemetry", "uses": 3}))).await.expect("recorded");
        let read = read(&house, &trust, leaf).await.expect("it is there");
        assert_eq!(read.kind, LeafKind::TokenCreated);
        assert_eq!(
            read.entry,
            Some(json!({
                "version": 1,
                "kind": "token-created",
                "at": house.stores.clock().now().micros(),
                "actor": {"kind": "user", "id": 9},
                "subject": 41,
                "payload": {"kind": "telemetry", "uses": 3},
            }))
        );
    });
}

#[test]
fn two_leaves_of_the_same_act_show_no_likeness() {
    on_both_engines(async |house| {
        let trust = furnished(&house).await;
        let mut commitments = Vec::new();
        for _ in 0..2 {
            let leaf = record(&house, &trust, &owner(), token_created(json!({}))).await.expect("recorded");
            commitments.push(read(&house, &trust, leaf).await.expect("it is there").commitment);
        }
        assert_ne!(commitments[0], commitments[1]);
    });
}

#[test]
fn a_transaction_that_is_undone_leaves_no_leaf() {
    on_both_engines(async |house| {
        let trust = furnished(&house).await;
        let keys = trust.keyring();
        let (sender, receiver) = std::sync::mpsc::channel();
        let undone: Result<(), StoreError> = house
            .stores
            .tenant(&owner())
            .write(move |tx| {
                let told = ledger::record(tx, &*keys, &owner(), token_created(json!({})))?;
                sender.send(told.leaf()).expect("the test listens");
                Err(StoreError::NotFound)
            })
            .await;
        assert!(matches!(undone, Err(StoreError::NotFound)));
        let leaf = receiver.recv().expect("the closure ran");
        assert_eq!(read(&house, &trust, leaf).await, None);
    });
}

#[test]
fn erasing_a_device_erases_what_was_recorded_about_it_and_leaves_the_commitment() {
    on_both_engines(async |house| {
        let trust = furnished(&house).await;
        let device = DeviceId::from_random(5 << 1);
        let about_device = LeafEntry { kind: LeafKind::DeviceEnrolled, subject: Some(device.number()), payload: json!({"name": "web-01"}) };
        let erased = record(&house, &trust, &owner(), about_device).await.expect("recorded");
        let kept = record(&house, &trust, &owner(), token_created(json!({}))).await.expect("recorded");
        let before = read(&house, &trust, erased).await.expect("it is there");
        assert!(before.entry.is_some());
        destroy(&house.stores, &trust, KeyRef::Device(tenant(), device)).await.expect("destroyed");
        let after = read(&house, &trust, erased).await.expect("the leaf stays");
        assert_eq!(after, Leaf { entry: None, ..before });
        assert!(read(&house, &trust, kept).await.expect("it is there").entry.is_some());
    });
}

#[test]
fn where_the_key_of_its_subject_was_destroyed_an_act_is_refused() {
    on_both_engines(async |house| {
        let trust = furnished(&house).await;
        let device = DeviceId::from_random(5 << 1);
        let retire = || LeafEntry { kind: LeafKind::DeviceRetired, subject: Some(device.number()), payload: json!({}) };
        record(&house, &trust, &owner(), retire()).await.expect("recorded");
        destroy(&house.stores, &trust, KeyRef::Device(tenant(), device)).await.expect("destroyed");
        assert!(matches!(record(&house, &trust, &owner(), retire()).await, Err(StoreError::Key(_))));
    });
}

#[test]
fn a_payload_past_its_limit_or_with_fractions_is_refused() {
    on_both_engines(async |house| {
        let trust = furnished(&house).await;
        // Two quotation marks belong to the JSON of a text.
        let text = |bytes: usize| token_created(Value::String("x".repeat(bytes - 2)));
        record(&house, &trust, &owner(), text(PAYLOAD_BYTES_MAX)).await.expect("at the limit");
        let beyond = record(&house, &trust, &owner(), text(PAYLOAD_BYTES_MAX + 1)).await;
        assert!(matches!(beyond, Err(StoreError::TooLarge { .. })));
        let fraction = record(&house, &trust, &owner(), token_created(json!({"epss": 0.5}))).await;
        assert!(matches!(fraction, Err(StoreError::Misuse(_))));
    });
}

#[test]
fn a_leaf_of_another_tenant_does_not_exist() {
    on_both_engines(async |house| {
        let trust = furnished(&house).await;
        let other = TenantId::from_random(2 << 1);
        trust.create_tenant(other).await.expect("created");
        house.stores.create_tenant(other).await.expect("created");
        let leaf = record(&house, &trust, &owner(), token_created(json!({}))).await.expect("recorded");
        let stranger = ScopeMint::for_app().system(other, SystemWork::Reconciler);
        let (keys, asking) = (trust.keyring(), stranger.clone());
        let found: Result<Option<Leaf>, StoreError> =
            house.stores.tenant(&stranger).read(move |tx| ledger::read(tx, &*keys, &asking, leaf)).await;
        assert_eq!(found.expect("read"), None);
    });
}

#[test]
fn an_act_of_the_instance_is_recorded_in_its_own_ledger() {
    on_both_engines(async |house| {
        let trust = house.trust().await;
        let entry = LeafEntry { kind: LeafKind::FeedImported, subject: None, payload: json!({"feed": "kev", "records": 3}) };
        let (keys, recorded) = (trust.keyring(), entry.clone());
        let actor = Actor::System(SystemWork::Feeds);
        let leaf: LeafId = house
            .stores
            .system()
            .write(move |tx| ledger::record_instance(tx, &*keys, actor, recorded.clone()).map(|told| told.leaf()))
            .await
            .expect("recorded");
        let keys = trust.keyring();
        let read: Result<Option<Leaf>, StoreError> = house.stores.system().read(move |tx| ledger::read_instance(tx, &*keys, leaf)).await;
        let read = read.expect("read").expect("it is there");
        let told = read.entry.expect("nothing was erased");
        assert_eq!((&told["payload"], &told["actor"]["kind"]), (&entry.payload, &json!("system-feeds")));
    });
}
