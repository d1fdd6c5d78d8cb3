//! What becomes of an erasure that does not get on.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use kernel::{DeviceId, KeyRef, Scope, ScopeMint, Subject, SystemWork, TenantId, UserId};
use serde_json::Value;
use trust::doctor::checks;
use trust::erasure::{ALARM, DEADLINE, Doing, Domains, State, Telling};
use trust::{Doctor, ErasureError, Erasures, LeafEntry, LeafKind, Ledger, Outcome};

use crate::setup::{House, on_both_engines};

store::statements! {
    registry = NAMED_STATEMENTS;
    store = Tenant;
    /// What an erasure has done in the middle of it: the ledger is gone, the key is there.
    DELETE_LEAVES = "DELETE FROM ledger_leaf WHERE tenant_id = $1" (BigInt);
    DELETE_TILES = "DELETE FROM ledger_tile WHERE tenant_id = $1" (BigInt);
    DELETE_CHECKPOINTS = "DELETE FROM ledger_checkpoint WHERE tenant_id = $1" (BigInt);
    /// Something of the tenant's that can be erased: a device's trace in trust's own tables.
    NAME_ERASED = "INSERT INTO erased_subject (tenant_id, subject_kind, subject_id, erased_at) VALUES ($1, 'group', 1, 0)" (BigInt);
}

store::statements! {
    store = System;
    /// What the instance's ledger tells of late erasures.
    LATE = "SELECT leaf_id FROM instance_ledger_leaf WHERE kind = 'erasure-late' ORDER BY leaf_id" () -> (leaf_id: BigInt);
}

const DELAY: Duration = Duration::from_secs(60);

/// Domains that do nothing, and for a while not even that.
#[derive(Default)]
struct Stuck(AtomicBool);

impl Stuck {
    fn answer(&self) -> Doing<'_> {
        let is_stuck = self.0.load(Ordering::SeqCst);
        Box::pin(async move { if is_stuck { Err("the domain is stuck".to_owned()) } else { Ok(()) } })
    }
}

impl Domains for Stuck {
    fn is_last_owner(&self, _tenant: TenantId, _user: UserId) -> Telling<'_> {
        Box::pin(async { Ok(false) })
    }

    fn bar(&self, _subject: Subject) -> Doing<'_> {
        self.answer()
    }

    fn settle(&self, _subject: Subject) -> Doing<'_> {
        self.answer()
    }

    fn forget(&self, _subject: Subject) -> Doing<'_> {
        self.answer()
    }
}

fn tenant(number: u64) -> TenantId {
    TenantId::from_random(number << 1)
}

fn scope(of: TenantId) -> Scope {
    ScopeMint::for_app().system(of, SystemWork::HostAdministration)
}

/// A house with a tenant of which something is stored.
async fn furnished(house: &House, domains: Arc<Stuck>) -> Erasures {
    let trust = house.trust().await;
    for of in [tenant(1), tenant(2)] {
        trust.create_tenant(of).await.expect("created");
        house.stores.create_tenant(of).await.expect("created");
        trust.ensure_all(vec![KeyRef::Device(of, DeviceId::from_random(8))]).await.expect("made");
        let name = move |tx: &mut store::Tx<'_>| tx.execute(&NAME_ERASED, &store::params![of]);
        house.stores.tenant(&scope(of)).write(name).await.expect("stored");
    }
    let ledger = Ledger::new(&house.stores, &trust, ScopeMint::for_app());
    Erasures::new(&house.stores, &trust, &ledger, ScopeMint::for_app(), domains)
}

async fn told_late(house: &House) -> usize {
    house.stores.system().read(|tx| tx.query(&LATE, &[])).await.expect("read").len()
}

#[test]
fn promise_op_27_an_erasure_that_is_not_done_after_two_days_is_told_and_goes_on_when_it_can() {
    on_both_engines(async |house| {
        let domains = Arc::new(Stuck::default());
        let erasures = furnished(&house, Arc::clone(&domains)).await;
        domains.0.store(true, Ordering::SeqCst);
        let (stuck, subject) = (scope(tenant(1)), Subject::Tenant(tenant(1)));
        let asked = erasures.request(&stuck, subject, Duration::ZERO).await.expect("it is taken on");
        assert_eq!(asked.deadline_at, asked.requested_at.plus(DEADLINE));
        assert_eq!(erasures.run_due().await.expect("it looks"), 0);
        let found = erasures.read(&stuck, asked.id).await.expect("it is there");
        assert_eq!((found.failure.as_deref(), found.alarmed_at), (Some("the domain is stuck"), None));

        house.hand.advance(ALARM - Duration::from_secs(1));
        erasures.run_due().await.expect("it looks");
        assert_eq!(told_late(&house).await, 0);
        house.hand.advance(Duration::from_secs(1));
        erasures.run_due().await.expect("it looks");
        let found = erasures.read(&stuck, asked.id).await.expect("it is there");
        assert_eq!((told_late(&house).await, found.alarmed_at.is_some()), (1, true), "it is late");
        house.hand.advance(DEADLINE - ALARM + Duration::from_secs(1));
        erasures.run_due().await.expect("it looks");
        assert_eq!(told_late(&house).await, 1, "it is told once");
        let found = erasures.read(&stuck, asked.id).await.expect("it is there");
        assert!(found.state != State::Done && found.failure.is_some(), "and is not done because its deadline is over");

        domains.0.store(false, Ordering::SeqCst);
        assert_eq!(erasures.run_due().await.expect("it goes on"), 1);
        let done = erasures.find(asked.id).await.expect("read").expect("it is there");
        assert_eq!((done.state, done.failure), (State::Done, None));
        assert!(done.finished_at > Some(done.deadline_at), "its lateness stays on it");
    });
}

#[test]
fn an_erasure_that_is_stuck_holds_no_other_up() {
    on_both_engines(async |house| {
        let domains = Arc::new(Stuck::default());
        let erasures = furnished(&house, Arc::clone(&domains)).await;
        let asked = erasures.request(&scope(tenant(1)), Subject::Tenant(tenant(1)), Duration::from_secs(60)).await.expect("taken on");
        let other = erasures.request(&scope(tenant(2)), Subject::Tenant(tenant(2)), Duration::ZERO).await.expect("taken on");
        assert_eq!(erasures.run_due().await.expect("it looks"), 1);
        let state = async |id| erasures.find(id).await.expect("read").expect("it is there").state;
        assert_eq!((state(asked.id).await, state(other.id).await), (State::Waiting, State::Done));
    });
}

#[test]
fn a_tenant_that_is_erased_has_no_key_left_that_a_copy_could_bring_back() {
    on_both_engines(async |house| {
        let erasures = furnished(&house, Arc::default()).await;
        let trust = house.trust().await;
        erasures.request(&scope(tenant(1)), Subject::Tenant(tenant(1)), Duration::ZERO).await.expect("taken on");
        assert_eq!(erasures.run_due().await.expect("it runs"), 1);
        let keys = trust.keyring();
        let (own, device) = (KeyRef::Tenant(tenant(1)), KeyRef::Device(tenant(1), DeviceId::from_random(8)));
        let gone = house.blocking(move || (keys.was_destroyed(own), keys.ensure(own).is_err(), keys.ensure(device).is_err())).await;
        assert_eq!(gone, (Ok(true), true, true), "and none is ever made again");
        assert!(trust.create_tenant(tenant(1)).await.is_err());
    });
}

#[test]
fn promise_op_27_the_doctor_names_an_erasure_that_is_late_or_does_not_get_on() {
    on_both_engines(async |house| {
        let domains = Arc::new(Stuck::default());
        let erasures = furnished(&house, Arc::clone(&domains)).await;
        let doctor = Doctor::new(&house.stores, &house.trust().await, vec![checks::erasures(&house.stores)]);
        let seen = async || doctor.examine("erasures").await.expect("kept").expect("a check").observation;
        let asked = erasures.request(&scope(tenant(1)), Subject::Tenant(tenant(1)), DELAY).await.expect("it is taken on");
        domains.0.store(true, Ordering::SeqCst);
        assert_eq!(seen().await.outcome, Outcome::Ok, "it waits");
        house.hand.advance(DELAY);
        assert_eq!((seen().await.outcome, seen().await.evidence["under_way"].as_u64()), (Outcome::Ok, Some(1)));
        erasures.run_due().await.expect("it looks");
        let id = asked.id.to_string();
        let observation = seen().await;
        assert_eq!((observation.outcome, &observation.evidence["failing"][0]), (Outcome::Warning, &Value::from(id.as_str())));
        house.hand.advance(ALARM - DELAY);
        assert_eq!(seen().await.evidence["late"][0], id.as_str());
        house.hand.advance(DEADLINE - ALARM);
        assert_eq!(seen().await.outcome, Outcome::Warning, "its time is up, and not over");
        house.hand.advance(Duration::from_micros(1));
        let observation = seen().await;
        assert_eq!((observation.outcome, &observation.evidence["overdue"][0]), (Outcome::Failed, &Value::from(id.as_str())));
        domains.0.store(false, Ordering::SeqCst);
        assert_eq!(erasures.run_due().await.expect("it goes on"), 1);
        assert_eq!(seen().await.outcome, Outcome::Ok);
    });
}

#[test]
fn the_ledger_of_a_tenant_that_is_being_erased_is_no_failure_and_hides_no_other_s() {
    on_both_engines(async |house| {
        let domains = Arc::new(Stuck::default());
        let erasures = furnished(&house, Arc::clone(&domains)).await;
        let trust = house.trust().await;
        let ledger = Ledger::new(&house.stores, &trust, ScopeMint::for_app());
        let check = checks::ledgers(&house.stores, &trust, &ledger, ScopeMint::for_app());
        let doctor = Doctor::new(&house.stores, &trust, vec![check]);
        let seen = async || doctor.examine("ledgers").await.expect("kept").expect("a check").observation;
        erasures.request(&scope(tenant(1)), Subject::Tenant(tenant(1)), Duration::ZERO).await.expect("it is taken on");
        assert_eq!((seen().await.outcome, seen().await.evidence["ledgers"].as_u64()), (Outcome::Ok, Some(3)));
        let empty = async |of: TenantId| {
            let empty = move |tx: &mut store::Tx<'_>| {
                let all = [&DELETE_LEAVES, &DELETE_TILES, &DELETE_CHECKPOINTS];
                all.into_iter().try_for_each(|statement| tx.execute(statement, &store::params![of]).map(|_| ()))
            };
            house.stores.tenant(&scope(of)).write(empty).await.expect("emptied");
        };
        empty(tenant(1)).await;
        assert_eq!(seen().await.outcome, Outcome::Failed, "what waits to be erased is whole until it begins");
        domains.0.store(true, Ordering::SeqCst);
        erasures.run_due().await.expect("it looks");
        assert_eq!((seen().await.outcome, seen().await.evidence["ledgers"].as_u64()), (Outcome::Ok, Some(2)));
        let record = |of: TenantId| {
            let (keys, acting) = (trust.keyring(), scope(of));
            move |tx: &mut store::Tx<'_>| {
                let entry = LeafEntry { kind: LeafKind::FeedSwitched, subject: None, payload: serde_json::json!({}) };
                trust::ledger::record(tx, &*keys, &acting, entry).map(|_| ())
            }
        };
        house.stores.tenant(&scope(tenant(2))).write(record(tenant(2))).await.map_err(|error: store::StoreError| error).expect("recorded");
        assert_eq!(seen().await.outcome, Outcome::Ok);
        empty(tenant(2)).await;
        assert_eq!(seen().await.outcome, Outcome::Failed, "the other's is altered");
    });
}

#[test]
fn another_tenants_erasure_can_be_neither_asked_for_nor_seen_nor_called_off() {
    on_both_engines(async |house| {
        let erasures = furnished(&house, Arc::default()).await;
        let (own, other, subject) = (scope(tenant(1)), scope(tenant(2)), Subject::Tenant(tenant(1)));
        let refused = erasures.request(&other, subject, DELAY).await;
        assert!(matches!(refused, Err(ErasureError::NotFound)), "{refused:?}");
        let asked = erasures.request(&own, subject, DELAY).await.expect("the control");
        let seen = (erasures.read(&other, asked.id).await, erasures.cancel(&other, asked.id).await);
        assert!(matches!(seen, (Err(ErasureError::NotFound), Err(ErasureError::NotFound))), "{seen:?}");
        assert_eq!(erasures.list(&other, None, 10).await.expect("read"), []);
        assert_eq!(erasures.cancel(&own, asked.id).await.expect("called off").state, State::Cancelled);
    });
}
