//! The doctor: what cannot be looked at is unknown, what turns is in the ledger, what is old counts no more.

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;
use store::StoreError;
use trust::doctor::{CHECK_INTERVAL, FRESH_TIME, Standing, checks};
use trust::promises::promises;
use trust::{Check, Doctor, Ledger, Observation, Outcome};
use words::Sentence;

use crate::setup::{House, destroy, on_both_engines, rolling};

store::statements! {
    store = System;
    /// Spoils what is kept of a check.
    SPOIL = "UPDATE doctor_result SET said = $2 WHERE check_name = $1" (Text, Blob);
    /// What the instance's ledger tells, in order.
    INSTANCE_KINDS = "SELECT kind FROM instance_ledger_leaf ORDER BY recorded_at, leaf_id" () -> (kind: Text);
}

/// A check that says what it is told to.
fn told(name: &'static str, outcome: &Arc<Mutex<Outcome>>) -> Check {
    let outcome = Arc::clone(outcome);
    Check::new(name, move || {
        let outcome = *outcome.lock().expect("nobody panics with it");
        async move { Ok(Observation { outcome, evidence: json!({ "n": 1 }), said: Sentence::new("Seen.", "Widać.") }) }
    })
}

async fn kinds(house: &House) -> Vec<String> {
    let read = house.stores.system().read(|tx| {
        let rows = tx.query(&INSTANCE_KINDS, &[])?;
        rows.iter().map(|row| row.get(0)).collect::<Result<Vec<String>, StoreError>>()
    });
    read.await.expect("read")
}

#[test]
fn a_check_that_gets_worse_and_one_that_is_whole_again_are_in_the_instances_ledger() {
    on_both_engines(async |house| {
        let (trust, state) = (house.trust().await, Arc::new(Mutex::new(Outcome::Ok)));
        let doctor = Doctor::new(&house.stores, &trust, vec![told("tenants-apart", &state)]);
        let mut expected: Vec<&str> = Vec::new();
        for (outcome, leaf) in [
            (Outcome::Ok, None),
            (Outcome::Failed, Some("promise-regressed")),
            (Outcome::Failed, None),
            (Outcome::Ok, Some("promise-restored")),
            (Outcome::Unknown, Some("promise-regressed")),
        ] {
            *state.lock().expect("nobody panics with it") = outcome;
            house.hand.advance(Duration::from_secs(1));
            let examined = doctor.examine("tenants-apart").await.expect("kept").expect("there is such a check");
            assert_eq!((examined.observation.outcome, examined.checked_at), (outcome, house.stores.clock().now()));
            expected.extend(leaf);
            assert_eq!(kinds(&house).await, expected);
        }
        let results = doctor.results().await.expect("read");
        assert_eq!(results["tenants-apart"].observation.evidence, json!({ "n": 1 }));
        assert_eq!(results["tenants-apart"].observation.said, Sentence::new("Seen.", "Widać."));
        assert_eq!(doctor.examine("no-such-check").await.expect("no store is asked"), None);
    });
}

#[test]
fn since_when_it_is_so_stays_while_it_is_so() {
    on_both_engines(async |house| {
        let (trust, state) = (house.trust().await, Arc::new(Mutex::new(Outcome::Failed)));
        let doctor = Doctor::new(&house.stores, &trust, vec![told("a", &state)]);
        let first = doctor.examine("a").await.expect("kept").expect("a check");
        house.hand.advance(Duration::from_secs(60));
        let second = doctor.examine("a").await.expect("kept").expect("a check");
        assert_eq!(second.since, first.checked_at);
        *state.lock().expect("nobody panics with it") = Outcome::Ok;
        house.hand.advance(Duration::from_secs(60));
        let third = doctor.examine("a").await.expect("kept").expect("a check");
        assert_eq!(third.since, third.checked_at);
    });
}

#[test]
fn a_check_that_fails_to_look_or_breaks_off_is_unknown_and_never_ok() {
    on_both_engines(async |house| {
        let trust = house.trust().await;
        let broken = Check::new("broken", || async { Err("there is nothing to look at".into()) });
        let panicking = Check::new("panicking", || async { panic!("a check of this test breaks off") });
        let doctor = Doctor::new(&house.stores, &trust, vec![broken, panicking]);
        assert_eq!(doctor.examine_due().await.expect("kept"), 2);
        for (name, examined) in doctor.results().await.expect("read") {
            assert_eq!(examined.observation.outcome, Outcome::Unknown, "{name}");
        }
    });
}

#[test]
fn checks_are_made_when_they_are_due_and_an_old_result_counts_no_more() {
    on_both_engines(async |house| {
        let (trust, made) = (house.trust().await, Arc::new(AtomicU8::new(0)));
        let counted = Arc::clone(&made);
        let check = Check::new("tenants-apart", move || {
            counted.fetch_add(1, Ordering::Relaxed);
            async { Ok(Observation::ok(json!({}), Sentence::same("Seen."))) }
        });
        let doctor = Doctor::new(&house.stores, &trust, vec![check]);
        let promise = promises().iter().find(|promise| promise.doctor.as_deref() == Some("tenants-apart")).expect("a promise names it");
        let standing = async || doctor.standing(promise, &doctor.results().await.expect("read"));
        assert_eq!(standing().await, Standing::NotYet("tenants-apart"));
        doctor.examine_due().await.expect("kept");
        house.hand.advance(CHECK_INTERVAL - Duration::from_secs(1));
        assert_eq!(doctor.examine_due().await.expect("kept"), 0);
        house.hand.advance(Duration::from_secs(1));
        assert_eq!(doctor.examine_due().await.expect("kept"), 1);
        assert_eq!(made.load(Ordering::Relaxed), 2);
        house.hand.advance(FRESH_TIME);
        assert!(matches!(standing().await, Standing::Checked(examined) if examined.observation.outcome == Outcome::Ok));
        house.hand.advance(Duration::from_micros(1));
        assert!(matches!(standing().await, Standing::Checked(examined) if examined.observation.outcome == Outcome::Unknown));
        let proven = promises().iter().find(|promise| promise.doctor.is_none()).expect("not everything has a live check");
        assert_eq!(doctor.standing(proven, &doctor.results().await.expect("read")), Standing::ProvenByTests);
    });
}

#[test]
fn a_leaf_that_waits_too_long_and_an_epoch_that_outlives_its_key_are_failures() {
    on_both_engines(async |house| {
        let trust = house.trust().await;
        let mint = kernel::ScopeMint::for_app();
        let ledger = Ledger::new(&house.stores, &trust, mint.clone());
        let tenant = kernel::TenantId::from_number(7).expect("a number");
        house.stores.create_tenant(tenant).await.expect("made");
        trust.create_tenant(tenant).await.expect("made");
        let all = vec![checks::ledgers(&house.stores, &trust, &ledger, mint.clone()), checks::epochs(&house.stores, &trust)];
        let doctor = Doctor::new(&house.stores, &trust, all);
        let outcome = async |name| doctor.examine(name).await.expect("kept").expect("a check").observation.outcome;
        assert_eq!((outcome("ledgers").await, outcome("epochs").await), (Outcome::Ok, Outcome::Ok));
        let (keys, scope) = (trust.keyring(), mint.system(tenant, kernel::SystemWork::Reconciler));
        let acting = scope.clone();
        let store = house.stores.tenant(&scope);
        let record = store.write(move |tx| {
            let entry = trust::LeafEntry { kind: trust::LeafKind::FeedSwitched, subject: None, payload: json!({}) };
            trust::ledger::record(tx, &*keys, &acting, entry).map(|_| ())
        });
        record.await.map_err(|error: StoreError| error).expect("recorded");
        house.hand.advance(checks::LEAF_WAIT_MAX + Duration::from_micros(1));
        assert_eq!(outcome("ledgers").await, Outcome::Failed, "it waited too long, whatever looking does to it");
        assert_eq!(outcome("ledgers").await, Outcome::Ok);
        let device = kernel::KeyRef::Device(tenant, kernel::DeviceId::from_number(9).expect("a number"));
        trust.ensure_all(vec![device]).await.expect("made");
        destroy(&house.stores, &trust, device).await.expect("destroyed");
        house.hand.advance(checks::EPOCH_OVERDUE_AFTER);
        assert_eq!(outcome("epochs").await, Outcome::Ok);
        house.hand.advance(Duration::from_micros(1));
        assert_eq!(outcome("epochs").await, Outcome::Failed);
        trust.roll_epoch(&rolling(&house.stores, &trust, tenant).await).await.expect("rolled");
        assert_eq!(outcome("epochs").await, Outcome::Ok);
    });
}

#[test]
fn a_kept_result_that_is_damaged_is_unknown_and_hides_no_other() {
    on_both_engines(async |house| {
        let (trust, state) = (house.trust().await, Arc::new(Mutex::new(Outcome::Ok)));
        let doctor = Doctor::new(&house.stores, &trust, vec![told("a", &state), told("b", &state)]);
        assert_eq!(doctor.examine_due().await.expect("kept"), 2);
        let spoil = |tx: &mut store::Tx<'_>| tx.execute(&SPOIL, &store::params!["a", vec![7_u8; 64]]);
        house.stores.system().write(spoil).await.expect("spoilt");
        let results = doctor.results().await.expect("read");
        assert_eq!((results["a"].observation.outcome, results["b"].observation.outcome), (Outcome::Unknown, Outcome::Ok));
        house.hand.advance(CHECK_INTERVAL);
        assert_eq!(doctor.examine_due().await.expect("kept"), 2, "and both are made again");
        assert_eq!(doctor.results().await.expect("read")["a"].observation.outcome, Outcome::Ok);
        assert_eq!(kinds(&house).await, ["promise-restored"], "nobody can say what it was");
    });
}
