//! Breaches: clocks that run, tenants that are computed, and nobody told but those.

use std::collections::BTreeSet;
use std::time::Duration;

use kernel::{Actor, CaseId, DeviceScope, LeafId, Permission, Scope, ScopeMint, Subject, SystemWork, TenantId, Timestamp, TokenId, UserId};
use serde_json::{Value, json};
use store::{Engine, StoreError, Tx, params};
use trust::announcements::{Announcements, Settled};
use trust::cases::affected::EVIDENCE_MAX;
use trust::cases::overdue;
use trust::cases::telling::{Message, TOLD_AT_ONCE, TellStep};
use trust::cases::{
    Act, Acts, Affected, CUSTOMERS_HOURS_DEFAULT, CUSTOMERS_HOURS_MAX, CaseError, CaseState, Cases, Criteria, CriteriaError, NewCase,
    Question, Reason, Regime, Step, StepState, TEXT_CHARS_MAX, Who,
};
use trust::ledger::{Effect, EffectKind, intend, intend_instance, record, record_instance};
use trust::{Doctor, LeafEntry, LeafKind, Ledger, Outcome, Trust};

use crate::setup::{House, on_both_engines};

store::statements! {
    store = Tenant;
    /// Hides a reading: it was something else, says the row.
    DISGUISE = "UPDATE ledger_leaf SET kind = 'token-created' WHERE tenant_id = $1 AND kind = 'read-on-host'" (BigInt);
    /// Removes every trace of a reading.
    REMOVE_READING = "DELETE FROM ledger_leaf WHERE tenant_id = $1 AND kind = 'read-on-host'" (BigInt);
    /// Forgets the tree.
    REMOVE_TILES = "DELETE FROM ledger_tile WHERE tenant_id = $1" (BigInt);
    /// Forgets what the log was.
    REMOVE_CHECKPOINTS = "DELETE FROM ledger_checkpoint WHERE tenant_id = $1" (BigInt);
    /// Forgets every leaf's place.
    UNPLACE = "UPDATE ledger_leaf SET sequence = NULL WHERE tenant_id = $1" (BigInt);
    /// Says that a reading was long ago.
    BACKDATE_READING = "UPDATE ledger_leaf SET recorded_at = 5 WHERE tenant_id = $1 AND kind = 'read-on-host'" (BigInt);
}

store::statements! {
    registry = SYSTEM_STATEMENTS;
    store = System;
    /// Says that another tenant was affected.
    MISTAKE_TENANT = "UPDATE breach_affected SET tenant_id = $2 WHERE tenant_id = $1" (BigInt, BigInt);
    /// What the instance's ledger tells of steps that are overdue.
    OVERDUE = "SELECT leaf_id FROM instance_ledger_leaf WHERE kind = 'breach-step-overdue' ORDER BY leaf_id" () -> (leaf_id: BigInt);
}

const HOST: Actor = Actor::System(SystemWork::HostAdministration);
const HOUR: Duration = Duration::from_secs(3_600);
const MICRO: Duration = Duration::from_micros(1);

fn tenant(number: usize) -> TenantId {
    TenantId::from_random((number as u64 + 1) << 1)
}

fn user(number: u64) -> UserId {
    UserId::from_random((number + 1) << 1)
}

fn host_scope(number: usize) -> Scope {
    ScopeMint::for_app().system(tenant(number), SystemWork::HostAdministration)
}

fn own_scope(number: usize) -> Scope {
    ScopeMint::for_app().mint(tenant(number), Actor::User(user(number as u64)), &[Permission::LedgerRead], DeviceScope::All)
}

async fn furnished(house: &House, tenants: usize) -> (Trust, Cases) {
    let trust = house.trust().await;
    for number in 0..tenants {
        trust.create_tenant(tenant(number)).await.expect("keys");
        house.stores.create_tenant(tenant(number)).await.expect("a store");
        enter(house, &trust, &own_scope(number), LeafKind::TenantCreated, None).await;
    }
    let ledger = Ledger::new(&house.stores, &trust, ScopeMint::for_app());
    let cases = Cases::new(&house.stores, &trust, &ledger, ScopeMint::for_app());
    (trust, cases)
}

async fn enter(house: &House, trust: &Trust, scope: &Scope, kind: LeafKind, subject: Option<i64>) -> LeafId {
    let (keys, acting) = (trust.keyring(), scope.clone());
    let entry = LeafEntry { kind, subject, payload: json!({}) };
    let write = move |tx: &mut Tx<'_>| record(tx, &*keys, &acting, entry.clone()).map(|told| told.leaf());
    house.stores.tenant(scope).write(write).await.expect("recorded")
}

async fn enter_for_all(house: &House, trust: &Trust, kind: LeafKind) {
    let keys = trust.keyring();
    let entry = LeafEntry { kind, subject: None, payload: json!({}) };
    let write = move |tx: &mut Tx<'_>| record_instance(tx, &*keys, HOST, entry.clone()).map(|_| ());
    house.stores.system().write(write).await.expect("recorded");
}

/// The keyring is copied.
#[derive(Clone)]
struct Copying;

impl Effect for Copying {
    const KIND: EffectKind = EffectKind::KeyringCopy;

    fn facts(&self) -> Value {
        json!({})
    }
}

/// A tenant's data are written to a folder.
#[derive(Clone)]
struct Exporting(TenantId);

impl Effect for Exporting {
    const KIND: EffectKind = EffectKind::Export;

    fn facts(&self) -> Value {
        json!({ "tenant": self.0.to_string() })
    }
}

async fn intend_for_all(house: &House, trust: &Trust, effect: impl Effect) {
    let keys = trust.keyring();
    let write = move |tx: &mut Tx<'_>| intend_instance(tx, &*keys, HOST, effect.clone()).map(|_| ());
    let intended: Result<(), StoreError> = house.stores.system().write(write).await;
    intended.expect("recorded");
}

/// So many announcements are settled, as the worker does when their mails have gone, or not.
async fn mails_go(house: &House, count: usize, how: Settled) {
    let announcements = Announcements::new(&house.stores);
    for open in announcements.due(count).await.expect("read") {
        announcements.settle(&open, how, 1).await.expect("settled");
    }
}

async fn change(house: &House, number: usize, statement: &'static store::Statement) {
    let write = move |tx: &mut Tx<'_>| tx.execute(statement, &params![tenant(number)]);
    let changed: Result<u64, StoreError> = house.stores.tenant(&host_scope(number)).write(write).await;
    assert!(changed.expect("changed") > 0, "there was a reading");
}

fn now(house: &House) -> Timestamp {
    house.stores.clock().now()
}

fn reads_by_host(from: Timestamp, until: Timestamp) -> Criteria {
    Criteria { question: Question::Acts { by: Some(Who::Host), acts: Acts::Reads }, from, until }
}

fn new_case(house: &House, regimes: &[Regime]) -> NewCase {
    NewCase {
        about: "A backup was found on a public share.".into(),
        regimes: regimes.iter().copied().collect(),
        aware_at: now(house),
        customers_hours: CUSTOMERS_HOURS_DEFAULT,
    }
}

fn message() -> Message {
    Message { english: "A backup was copied.".into(), polish: "Skopiowano kopię zapasową.".into() }
}

/// Numbers of tenants, for comparing.
fn numbers(affected: &[Affected]) -> Vec<usize> {
    affected.iter().map(|one| usize::try_from(one.tenant.number()).expect("small") - 1).collect()
}

async fn computed(cases: &Cases, criteria: Criteria) -> Vec<(usize, Reason)> {
    let answer = cases.compute(criteria).await.expect("asked");
    numbers(&answer.affected).into_iter().zip(answer.affected.iter().map(|one| one.reason)).collect()
}

/// What a tenant's ledger says that it was told.
async fn told(house: &House, trust: &Trust, number: usize) -> Vec<Value> {
    let ledger = Ledger::new(&house.stores, trust, ScopeMint::for_app());
    let leaves = ledger.newest_of_kind(&own_scope(number), LeafKind::BreachTold, 10).await.expect("leaves");
    leaves.into_iter().map(|leaf| leaf.opened.expect("it opens").1["payload"].clone()).collect()
}

async fn tell_all(cases: &Cases) {
    while cases.tell_step().await.expect("told") != TellStep::Idle {}
}

async fn steps(cases: &Cases, id: CaseId) -> Vec<(Step, StepState)> {
    cases.read(id).await.expect("a case").steps.into_iter().map(|line| (line.step, line.state)).collect()
}

#[test]
fn promise_me_11_the_affected_tenants_are_those_whose_ledgers_say_so() {
    on_both_engines(async |house| {
        let (trust, cases) = furnished(&house, 6).await;
        // Before the window, in it, at its very end, behind it; and a tenant's own export in it.
        enter(&house, &trust, &host_scope(0), LeafKind::ReadOnHost, None).await;
        house.hand.advance(HOUR);
        let from = now(&house);
        enter(&house, &trust, &host_scope(1), LeafKind::ReadOnHost, None).await;
        enter(&house, &trust, &own_scope(2), LeafKind::DataExported, None).await;
        enter(&house, &trust, &host_scope(3), LeafKind::TokenCreated, Some(7)).await;
        house.hand.advance(HOUR);
        let until = now(&house);
        let last = enter(&house, &trust, &host_scope(4), LeafKind::DataExported, None).await;
        house.hand.advance(MICRO);
        enter(&house, &trust, &host_scope(5), LeafKind::ReadOnHost, None).await;

        let criteria = reads_by_host(from, until);
        assert_eq!(computed(&cases, criteria).await, [(1, Reason::Entries), (4, Reason::Entries)], "the planted ones, and no other");
        let answer = cases.compute(criteria).await.expect("asked");
        assert_eq!(answer.tenants, 6);
        let evidence = &answer.affected[1].evidence;
        assert_eq!((evidence.len(), evidence[0].entry.leaf, evidence[0].entry.index), (1, last, 1), "behind the tenant's making");
        assert_eq!(evidence[0].entry.kind, "data-exported");

        let by_anybody = Criteria { question: Question::Acts { by: None, acts: Acts::Reads }, ..criteria };
        assert_eq!(computed(&cases, by_anybody).await.len(), 3, "the tenant's own export too");
        let any = Criteria { question: Question::Acts { by: Some(Who::Host), acts: Acts::Any }, ..criteria };
        assert_eq!(computed(&cases, any).await.len(), 3, "and the token that the host made");
        let access = Criteria { question: Question::Acts { by: Some(Who::Host), acts: Acts::Access }, ..criteria };
        assert_eq!(computed(&cases, access).await, [(3, Reason::Entries)]);
    });
}

#[test]
fn the_same_question_has_the_same_answer_however_the_ledgers_grow() {
    on_both_engines(async |house| {
        let (trust, cases) = furnished(&house, 3).await;
        let from = now(&house);
        for _ in 0..=EVIDENCE_MAX {
            enter(&house, &trust, &host_scope(1), LeafKind::ReadOnHost, None).await;
        }
        let criteria = reads_by_host(from, now(&house));
        let id = cases.open(HOST, new_case(&house, &[Regime::Gdpr])).await.expect("opened");
        let first = cases.assess(HOST, id, criteria).await.expect("assessed");
        let affected = cases.affected(id, None, 10).await.expect("affected");
        assert_eq!(affected[0].found, EVIDENCE_MAX as u64 + 1);
        assert_eq!(affected[0].evidence.len(), EVIDENCE_MAX);
        house.hand.advance(HOUR);
        for number in 0..3 {
            enter(&house, &trust, &host_scope(number), LeafKind::ReadOnHost, None).await;
        }
        let again = cases.assess(HOST, id, criteria).await.expect("assessed again");
        assert_eq!((again.number, again.digest), (2, first.digest));
        assert_eq!(numbers(&cases.affected(id, None, 10).await.expect("affected")), [1]);
        let other = reads_by_host(from, now(&house));
        assert_ne!(cases.assess(HOST, id, other).await.expect("another question").digest, first.digest);
        assert_eq!(cases.read(id).await.expect("a case").assessment.expect("assessed").affected, 3);
    });
}

#[test]
fn whoever_hides_entries_in_the_database_makes_their_tenant_affected() {
    on_both_engines(async |house| {
        let (trust, cases) = furnished(&house, 4).await;
        let from = now(&house);
        let ledger = Ledger::new(&house.stores, &trust, ScopeMint::for_app());
        for number in 0..3 {
            enter(&house, &trust, &host_scope(number), LeafKind::ReadOnHost, None).await;
            enter(&house, &trust, &own_scope(number), LeafKind::TokenCreated, Some(7)).await;
            ledger.checkpoint(&host_scope(number)).await.expect("signed");
        }
        let criteria = reads_by_host(from, now(&house));
        change(&house, 0, &DISGUISE).await;
        change(&house, 1, &REMOVE_READING).await;
        change(&house, 2, &BACKDATE_READING).await;
        let expected = [(0, Reason::Unclear), (1, Reason::Unclear), (2, Reason::Unclear)];
        assert_eq!(computed(&cases, criteria).await, expected, "and the fourth, which nobody touched, is not");
    });
}

#[test]
fn a_tenant_whose_store_is_gone_is_affected_unless_it_was_erased() {
    on_both_engines(async |house| {
        let (trust, cases) = furnished(&house, 3).await;
        let criteria = reads_by_host(now(&house), now(&house));
        trust.destroy_and_tell(&house.stores, None, Subject::Tenant(tenant(1))).await.expect("destroyed");
        for number in [0, 1] {
            house.stores.remove_tenant(&host_scope(number)).await.expect("its file is gone, where it has one");
        }
        let expected = match house.stores.engine() {
            Engine::Embedded => vec![(0, Reason::Unreadable)],
            // There is no file that could go.
            Engine::Postgres => Vec::new(),
        };
        assert_eq!(computed(&cases, criteria).await, expected);
    });
}

#[test]
fn a_ledger_that_lost_entries_tells_nothing_of_them_so_its_tenant_is_affected() {
    on_both_engines(async |house| {
        let (trust, cases) = furnished(&house, 2).await;
        let (from, ledger) = (now(&house), Ledger::new(&house.stores, &trust, ScopeMint::for_app()));
        enter(&house, &trust, &host_scope(0), LeafKind::ReadOnHost, None).await;
        ledger.checkpoint(&host_scope(0)).await.expect("signed");
        for statement in [&REMOVE_READING, &REMOVE_TILES, &REMOVE_CHECKPOINTS, &UNPLACE] {
            change(&house, 0, statement).await;
        }
        house.hand.advance(HOUR);
        ledger.succeed(Some(&host_scope(0)), None).await.expect("a successor goes on");
        let criteria = reads_by_host(from, now(&house));
        assert_eq!(computed(&cases, criteria).await, [(0, Reason::Lost)], "its successor is whole, and has nothing of it");
        house.hand.advance(HOUR);
        let later = reads_by_host(now(&house), now(&house));
        assert_eq!(computed(&cases, later).await, [], "what came after the loss is known");
        let token = TokenId::from_random(99 << 1);
        let stolen = Criteria { question: Question::Acts { by: Some(Who::Token(token)), acts: Acts::Any }, ..later };
        assert_eq!(computed(&cases, stolen).await, [(0, Reason::Lost)], "the entry that it is theirs may have been among them");
        enter(&house, &trust, &own_scope(1), LeafKind::TokenCreated, Some(token.number())).await;
        let stolen = Criteria { until: now(&house), ..stolen };
        assert_eq!(computed(&cases, stolen).await, [(1, Reason::Entries)], "it is another's");
    });
}

#[test]
fn what_concerned_everybody_concerns_who_was_there() {
    on_both_engines(async |house| {
        let (trust, cases) = furnished(&house, 2).await;
        house.hand.advance(HOUR);
        let from = now(&house);
        enter_for_all(&house, &trust, LeafKind::ReadOnHost).await;
        house.hand.advance(HOUR);
        let until = now(&house);
        house.hand.advance(HOUR);
        trust.create_tenant(tenant(2)).await.expect("keys");
        house.stores.create_tenant(tenant(2)).await.expect("a store");
        enter(&house, &trust, &own_scope(2), LeafKind::TenantCreated, None).await;
        let criteria = reads_by_host(from, until);
        assert_eq!(computed(&cases, criteria).await, [(0, Reason::EveryTenant), (1, Reason::EveryTenant)]);
        assert_eq!(computed(&cases, reads_by_host(from.minus(HOUR), from.minus(MICRO))).await, [], "before that, nobody");
        let taken = Criteria { question: Question::Everything, ..criteria };
        assert_eq!(computed(&cases, taken).await, [(0, Reason::Existed), (1, Reason::Existed)], "who came later was not taken");
    });
}

#[test]
fn what_was_begun_outside_of_any_transaction_counts_whether_or_not_its_end_was_told() {
    on_both_engines(async |house| {
        let (trust, cases) = furnished(&house, 2).await;
        house.hand.advance(HOUR);
        let from = now(&house);
        intend_for_all(&house, &trust, Copying).await;
        let copied = reads_by_host(from, now(&house));
        assert_eq!(computed(&cases, copied).await, [(0, Reason::EveryTenant), (1, Reason::EveryTenant)], "its keys open everything");
        house.hand.advance(HOUR);
        let from = now(&house);
        intend_for_all(&house, &trust, Exporting(tenant(1))).await;
        let exported = reads_by_host(from, now(&house));
        assert_eq!(computed(&cases, exported).await, [(1, Reason::EveryTenant)], "of the one that it names");
        house.hand.advance(HOUR);
        let from = now(&house);
        let (keys, scope) = (trust.keyring(), host_scope(0));
        let write = move |tx: &mut Tx<'_>| intend(tx, &*keys, &scope, Exporting(tenant(0))).map(|_| ());
        let intended: Result<(), StoreError> = house.stores.tenant(&host_scope(0)).write(write).await;
        intended.expect("recorded");
        assert_eq!(computed(&cases, reads_by_host(from, now(&house))).await, [(0, Reason::Entries)], "in its own ledger");
    });
}

#[test]
fn of_a_stolen_credential_the_tenant_is_affected_whatever_it_was_used_for() {
    on_both_engines(async |house| {
        let (trust, cases) = furnished(&house, 3).await;
        let token = TokenId::from_random(99 << 1);
        enter(&house, &trust, &own_scope(1), LeafKind::TokenCreated, Some(token.number())).await;
        house.hand.advance(HOUR * 48);
        let (from, until) = (now(&house).minus(HOUR), now(&house));
        let by = |who| Criteria { question: Question::Acts { by: Some(who), acts: Acts::Reads }, from, until };
        // Its reading leaves no entry; that it is theirs is an entry.
        assert_eq!(computed(&cases, by(Who::Token(token))).await, [(1, Reason::Entries)]);
        assert_eq!(computed(&cases, by(Who::Token(TokenId::from_random(98 << 1)))).await, []);
        assert_eq!(computed(&cases, by(Who::User(user(2)))).await, [(2, Reason::Entries)], "who signed in there");
    });
}

#[test]
fn a_window_that_is_not_over_is_no_question() {
    on_both_engines(async |house| {
        let (_trust, cases) = furnished(&house, 1).await;
        let at = now(&house);
        let future = cases.compute(reads_by_host(at, at.plus(MICRO))).await;
        assert!(matches!(future, Err(CaseError::Criteria(CriteriaError::Future))), "{future:?}");
        let reversed = cases.compute(reads_by_host(at, at.minus(MICRO))).await;
        assert!(matches!(reversed, Err(CaseError::Criteria(CriteriaError::Window))), "{reversed:?}");
        assert!(cases.compute(reads_by_host(at, at)).await.is_ok());
    });
}

#[test]
fn promise_me_11_a_step_that_is_not_taken_in_time_is_escalated_once() {
    on_both_engines(async |house| {
        let (trust, cases) = furnished(&house, 1).await;
        let id = cases.open(HOST, new_case(&house, &[Regime::Gdpr, Regime::Nis2])).await.expect("opened");
        let doctor = Doctor::new(&house.stores, &trust, vec![overdue::check(&house.stores)]);
        let looked = async || doctor.examine("breach-clocks").await.expect("looked").expect("there is one").observation.outcome;
        house.hand.advance(HOUR * 24);
        assert_eq!(cases.escalate_step().await.expect("looked"), 0, "the last moment is in time");
        assert_eq!(looked().await, Outcome::Ok);
        house.hand.advance(MICRO);
        assert_eq!(cases.escalate_step().await.expect("looked"), 2, "customers, and NIS2's early warning");
        assert_eq!(looked().await, Outcome::Failed);
        assert_eq!(cases.escalate_step().await.expect("looked"), 0, "once each");
        cases.done(HOST, id, Step::GdprAuthority, "Reported by form", None).await.expect("done");
        house.hand.advance(HOUR * 48);
        assert_eq!(cases.escalate_step().await.expect("looked"), 1, "NIS2's notification; the authority was told");
        let leaves = house.stores.system().read(|tx| tx.query(&OVERDUE, &[])).await.expect("read");
        assert_eq!(leaves.len(), 3, "the instance's ledger tells of each");
        let history = cases.read(id).await.expect("a case").events;
        let overdue: Vec<_> = history.iter().filter(|event| event.act == Act::Overdue).filter_map(|event| event.step).collect();
        assert_eq!(BTreeSet::from_iter(overdue), BTreeSet::from([Step::Customers, Step::Nis2EarlyWarning, Step::Nis2Notification]));
        house.hand.advance(HOUR * 24 * 40);
        assert_eq!(cases.escalate_step().await.expect("looked"), 1, "a month later, the final report");
    });
}

#[test]
fn promise_gl_27_every_affected_tenant_is_told_once_and_nobody_else() {
    on_both_engines(async |house| {
        let count = TOLD_AT_ONCE + 2;
        let (trust, cases) = furnished(&house, count).await;
        let from = now(&house);
        // All but the first.
        for number in 1..count {
            enter(&house, &trust, &host_scope(number), LeafKind::ReadOnHost, None).await;
        }
        let id = cases.open(HOST, new_case(&house, &[Regime::Gdpr])).await.expect("opened");
        let early = cases.tell(HOST, id, &message()).await;
        assert!(matches!(early, Err(CaseError::NotAssessed(_))), "{early:?}");
        cases.assess(HOST, id, reads_by_host(from, now(&house))).await.expect("assessed");
        assert_eq!(cases.tell_step().await.expect("looked"), TellStep::Idle, "nobody said what to tell");
        cases.tell(HOST, id, &message()).await.expect("begun");
        assert_eq!(cases.tell_step().await.expect("told"), TellStep::Told(TOLD_AT_ONCE));
        assert_eq!(cases.read(id).await.expect("a case").case.state, CaseState::Assessing, "one was not told yet");
        let again = cases.assess(HOST, id, reads_by_host(from, from)).await;
        assert!(matches!(again, Err(CaseError::Telling(_))), "{again:?}");
        tell_all(&cases).await;
        assert_eq!(cases.read(id).await.expect("a case").case.state, CaseState::Notified);
        let customers = async || steps(&cases, id).await.into_iter().find(|(step, _)| *step == Step::Customers).map(|(_, state)| state);
        assert_eq!(
            (cases.settle_customers_step().await.expect("looked"), customers().await),
            (0, Some(StepState::Open)),
            "no mail has gone"
        );
        mails_go(&house, count - 2, Settled::Sent).await;
        assert_eq!((cases.settle_customers_step().await.expect("looked"), customers().await), (0, Some(StepState::Open)), "one waits");
        mails_go(&house, 1, Settled::Sent).await;
        assert_eq!((cases.settle_customers_step().await.expect("looked"), customers().await), (1, Some(StepState::Done)));
        assert_eq!(told(&house, &trust, 0).await, Vec::<Value>::new(), "it was not affected");
        for number in [1, TOLD_AT_ONCE, count - 1] {
            let said = told(&house, &trust, number).await;
            assert_eq!(said.len(), 1, "tenant {number}, once");
            assert_eq!(said[0]["said"]["pl"], "Skopiowano kopię zapasową.");
            assert_eq!(said[0]["evidence"][0]["entry"]["kind"], "read-on-host");
        }
        // Another question finds one more: the others are not told again.
        enter(&house, &trust, &host_scope(0), LeafKind::ReadOnHost, None).await;
        cases.assess(HOST, id, reads_by_host(from, now(&house))).await.expect("assessed again");
        assert_eq!(customers().await, Some(StepState::Open), "there are more of them");
        cases.tell(HOST, id, &message()).await.expect("begun");
        assert_eq!(cases.tell_step().await.expect("told"), TellStep::Told(1));
        tell_all(&cases).await;
        assert_eq!((told(&house, &trust, 0).await.len(), told(&house, &trust, 1).await.len()), (1, 1));
        mails_go(&house, 1, Settled::Sent).await;
        assert_eq!((cases.settle_customers_step().await.expect("looked"), customers().await), (1, Some(StepState::Done)));
    });
}

#[test]
fn a_tenant_that_cannot_be_told_holds_up_neither_the_others_nor_another_case() {
    on_both_engines(async |house| {
        let (trust, cases) = furnished(&house, 3).await;
        let from = now(&house);
        for number in 0..3 {
            enter(&house, &trust, &host_scope(number), LeafKind::ReadOnHost, None).await;
        }
        let mut begun = Vec::new();
        for _ in 0..2 {
            let id = cases.open(HOST, new_case(&house, &[Regime::Gdpr])).await.expect("opened");
            cases.assess(HOST, id, reads_by_host(from, now(&house))).await.expect("assessed");
            cases.tell(HOST, id, &message()).await.expect("begun");
            begun.push(id);
        }
        begun.sort_unstable();
        // Of both cases: there is no such tenant, so nothing can be entered in its ledger.
        house.stores.system().write(|tx| tx.execute(&MISTAKE_TENANT, &params![tenant(0), tenant(9)]).map(|_| ())).await.expect("changed");
        let steps = [cases.tell_step().await.expect("told"), cases.tell_step().await.expect("told")];
        assert_eq!(steps, [TellStep::Told(2), TellStep::Told(2)], "of the one case and of the other");
        assert!(cases.tell_step().await.is_err(), "one is left that cannot be told");
        assert_eq!(cases.read(begun[0]).await.expect("a case").case.state, CaseState::Assessing, "so the case is not notified");
        trust.create_tenant(tenant(9)).await.expect("keys");
        house.stores.create_tenant(tenant(9)).await.expect("a store");
        tell_all(&cases).await;
        for id in begun {
            assert_eq!(cases.read(id).await.expect("a case").case.state, CaseState::Notified);
        }
        assert_eq!([told(&house, &trust, 1).await.len(), told(&house, &trust, 9).await.len()], [2, 2], "of each case once");
    });
}

#[test]
fn customers_are_told_of_when_their_mails_have_gone_and_not_when_all_of_a_tenants_were_given_up() {
    on_both_engines(async |house| {
        let (trust, cases) = furnished(&house, 2).await;
        let from = now(&house);
        for number in 0..2 {
            enter(&house, &trust, &host_scope(number), LeafKind::ReadOnHost, None).await;
        }
        let id = cases.open(HOST, new_case(&house, &[Regime::Gdpr])).await.expect("opened");
        cases.assess(HOST, id, reads_by_host(from, now(&house))).await.expect("assessed");
        cases.tell(HOST, id, &message()).await.expect("begun");
        tell_all(&cases).await;
        mails_go(&house, 1, Settled::Nobody).await;
        mails_go(&house, 1, Settled::GivenUp).await;
        assert_eq!(cases.settle_customers_step().await.expect("looked"), 0, "nobody there was reached");
        house.hand.advance(HOUR * 24 + MICRO);
        assert_eq!(cases.escalate_step().await.expect("looked"), 1, "so the step is overdue after its day");
        cases.waive(HOST, id, Step::Customers, "Their owner was told on the telephone").await.expect("waived");
        assert!(steps(&cases, id).await.contains(&(Step::Customers, StepState::Waived)));
    });
}

#[test]
fn a_case_is_closed_when_every_step_is_done_with_evidence_or_waived_with_a_reason() {
    on_both_engines(async |house| {
        let (_trust, cases) = furnished(&house, 1).await;
        let id = cases.open(HOST, new_case(&house, &[Regime::Cra, Regime::Gdpr])).await.expect("opened");
        let all = [Step::CraEarlyWarning, Step::Customers, Step::CraNotification, Step::GdprAuthority, Step::CraFinalReport];
        assert_eq!(steps(&cases, id).await, all.map(|step| (step, StepState::Open)), "the first due first");
        let refused = cases.close(HOST, id, "Over").await;
        assert!(matches!(&refused, Err(CaseError::Open(open)) if *open == all), "{refused:?}");
        let foreign = cases.done(HOST, id, Step::Nis2Notification, "x", None).await;
        assert!(matches!(foreign, Err(CaseError::NoStep(..))), "{foreign:?}");
        let untold = cases.done(HOST, id, Step::Customers, "We rang them up", None).await;
        assert!(matches!(untold, Err(CaseError::ByTelling)), "{untold:?}");
        let empty = cases.done(HOST, id, Step::GdprAuthority, " ", None).await;
        assert!(matches!(empty, Err(CaseError::Text)), "{empty:?}");
        let long = "x".repeat(TEXT_CHARS_MAX + 1);
        assert!(matches!(cases.waive(HOST, id, Step::Customers, &long).await, Err(CaseError::Text)));
        let short = cases.done(HOST, id, Step::GdprAuthority, "Receipt", Some(&"a".repeat(63))).await;
        assert!(matches!(short, Err(CaseError::Document)), "{short:?}");
        let document = "AB".repeat(32);
        cases.done(HOST, id, Step::GdprAuthority, &"x".repeat(TEXT_CHARS_MAX), Some(&document)).await.expect("done");
        let twice = cases.done(HOST, id, Step::GdprAuthority, "again", None).await;
        assert!(matches!(twice, Err(CaseError::Settled(..))), "{twice:?}");
        cases.waive(HOST, id, Step::Customers, "Nobody's data were read").await.expect("waived");
        for step in [Step::CraEarlyWarning, Step::CraNotification] {
            cases.done(HOST, id, step, "Reported to the CSIRT", None).await.expect("done");
        }
        let refused = cases.close(HOST, id, "Over").await;
        assert!(matches!(&refused, Err(CaseError::Open(open)) if *open == [Step::CraFinalReport]), "{refused:?}");
        cases.done(HOST, id, Step::CraFinalReport, "Report 17", None).await.expect("done");
        cases.close(HOST, id, "The share is gone").await.expect("closed");
        let late = cases.waive(HOST, id, Step::Customers, "x").await;
        assert!(matches!(late, Err(CaseError::Closed(_))), "{late:?}");
        let whole = cases.read(id).await.expect("a case");
        assert_eq!((whole.case.state, whole.case.closed_at), (CaseState::Closed, Some(now(&house))));
        let acts: Vec<Act> = whole.events.iter().map(|event| event.act).collect();
        assert_eq!(acts, [Act::Opened, Act::Done, Act::Waived, Act::Done, Act::Done, Act::Done, Act::Closed]);
        assert_eq!(whole.events[1].said.as_ref().and_then(|said| said.document.clone()), Some(document.to_lowercase()));
        assert!(whole.events.iter().all(|event| event.actor_kind.starts_with("system")));
    });
}

#[test]
fn a_case_is_opened_under_a_law_by_somebody_who_is_aware_of_it() {
    on_both_engines(async |house| {
        let (_trust, cases) = furnished(&house, 1).await;
        assert!(matches!(cases.open(HOST, new_case(&house, &[])).await, Err(CaseError::NoRegime)));
        let good = || new_case(&house, &[Regime::Gdpr]);
        for customers_hours in [0, CUSTOMERS_HOURS_MAX + 1] {
            let refused = cases.open(HOST, NewCase { customers_hours, ..good() }).await;
            assert!(matches!(refused, Err(CaseError::CustomersHours)), "{refused:?}");
        }
        let ahead = NewCase { aware_at: now(&house).plus(MICRO), ..good() };
        assert!(matches!(cases.open(HOST, ahead).await, Err(CaseError::Future)));
        assert_eq!(cases.list().await.expect("listed"), []);
        let id = cases.open(HOST, NewCase { customers_hours: CUSTOMERS_HOURS_MAX, ..good() }).await.expect("opened");
        let listed = cases.list().await.expect("listed");
        assert_eq!((listed.len(), listed[0].case.id, listed[0].case.about.as_str()), (1, id, "A backup was found on a public share."));
        let unknown = cases.read(CaseId::from_random(1)).await;
        assert!(matches!(unknown, Err(CaseError::Unknown(_))), "{unknown:?}");
    });
}
