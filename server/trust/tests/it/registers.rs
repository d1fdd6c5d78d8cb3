//! Who else processes data: told of beforehand, in force by the register only.

use std::collections::BTreeSet;
use std::time::Duration;

use kernel::data_map::DataClass;
use kernel::{Actor, ScopeMint, SystemWork, TenantId};
use store::StoreError;
use trust::announcements::{ANNOUNCED_AT_ONCE, Announcements, Settled};
use trust::ledger::Ledger;
use trust::registers::notice::{NoticeStep, TOLD_AT_ONCE};
use trust::registers::{
    Effective, Facts, NOTICE_DAYS_DEFAULT, NOTICE_DAYS_MAX, NOTICE_DAYS_MIN, RegisterError, Registers, State, SubProcessorKey, VERSIONS_MAX,
};
use trust::{LeafKind, Trust};

use crate::setup::{House, on_both_engines};

const HOST: Actor = Actor::System(SystemWork::HostAdministration);
const DAY: Duration = Duration::from_secs(24 * 3_600);

fn key(text: &str) -> SubProcessorKey {
    text.parse().expect("a key")
}

fn facts() -> Facts {
    Facts {
        name: "Example Mail GmbH".into(),
        data_classes: BTreeSet::from([DataClass::Personal]),
        data: "Addresses of owners".into(),
        people: "On-call engineers".into(),
        locations: vec!["DE".into()],
        operations: "Delivers mail".into(),
        compliance: "Data processing agreement; ISO 27001".into(),
        requires_second_factor: true,
    }
}

fn tenant(number: usize) -> TenantId {
    TenantId::from_random((number as u64 + 1) << 1)
}

/// The registers of a house with so many tenants.
async fn furnished(house: &House, tenants: usize) -> (Trust, Registers) {
    let trust = house.trust().await;
    for number in 0..tenants {
        trust.create_tenant(tenant(number)).await.expect("keys");
        house.stores.create_tenant(tenant(number)).await.expect("a store");
    }
    let registers = Registers::new(&house.stores, &trust, ScopeMint::for_app());
    (trust, registers)
}

/// Settles what is announced, as the worker does that hands it over.
async fn hand_over(house: &House) -> usize {
    let announcements = Announcements::new(&house.stores);
    let due = announcements.due(ANNOUNCED_AT_ONCE).await.expect("read");
    for open in &due {
        announcements.settle(open, Settled::Handed, 1).await.expect("settled");
    }
    due.len()
}

/// Tells the few tenants of a test, hands that over, and begins the notice.
async fn begin_notice(house: &House, registers: &Registers) {
    while let NoticeStep::Told(_) = registers.notice_step().await.expect("told") {}
    hand_over(house).await;
    // The last of the steps before may have been the one that found nobody to wait for.
    registers.notice_step().await.expect("begun");
}

async fn state(registers: &Registers, version: i64) -> State {
    let listed = registers.list().await.expect("the register");
    listed.into_iter().find(|listed| listed.version.version == version).expect("a version").state
}

/// An integration that sends data out: it demands the leave, as each one has to.
fn send_out(leave: &Effective) -> i64 {
    leave.version()
}

async fn is_refused(registers: &Registers, name: &str) -> bool {
    matches!(registers.require_effective(&key(name), DataClass::Personal).await, Err(RegisterError::NotEffective(refused)) if refused == key(name))
}

/// Names of what a tenant's ledger says it was told of.
async fn told(house: &House, trust: &Trust, number: usize) -> Vec<String> {
    let ledger = Ledger::new(&house.stores, trust, ScopeMint::for_app());
    let scope = ScopeMint::for_app().system(tenant(number), SystemWork::Reconciler);
    ledger.sequence_tenant(&scope).await.expect("in order");
    let leaves = ledger.leaves(&scope, None, 100).await.expect("leaves");
    let announced = leaves.into_iter().filter(|leaf| leaf.kind == LeafKind::SubProcessorAnnounced);
    announced.map(|leaf| leaf.opened.expect("it opens").1["payload"]["name"].as_str().expect("a name").to_owned()).collect()
}

#[test]
fn promise_me_9_an_entry_that_requires_no_second_factor_cannot_be_announced_and_never_takes_effect() {
    on_both_engines(async |house| {
        let (_trust, registers) = furnished(&house, 1).await;
        let without = Facts { requires_second_factor: false, ..facts() };
        registers.propose(HOST, key("lax"), without).await.expect("proposed");
        let refused = registers.announce(HOST, key("lax"), NOTICE_DAYS_DEFAULT).await;
        assert!(matches!(&refused, Err(RegisterError::NoSecondFactor(lax)) if *lax == key("lax")), "{refused:?}");
        assert_eq!(registers.notice_step().await.expect("looked"), NoticeStep::Idle);
        house.hand.advance(DAY * 400);
        assert_eq!(state(&registers, 1).await, State::Proposed);
        assert!(is_refused(&registers, "lax").await);
        // The same entry with it can be.
        registers.propose(HOST, key("lax"), facts()).await.expect("proposed");
        assert_eq!(registers.announce(HOST, key("lax"), NOTICE_DAYS_DEFAULT).await.expect("announced"), 2);
    });
}

#[test]
fn data_of_a_class_that_the_entry_does_not_name_go_to_nobody() {
    on_both_engines(async |house| {
        let (_trust, registers) = furnished(&house, 1).await;
        let name = key("example-mail");
        registers.propose(HOST, name.clone(), facts()).await.expect("proposed");
        registers.announce(HOST, name.clone(), NOTICE_DAYS_MIN).await.expect("announced");
        begin_notice(&house, &registers).await;
        house.hand.advance(DAY);
        assert!(registers.require_effective(&name, DataClass::Personal).await.is_ok(), "what its entry names");
        let refused = registers.require_effective(&name, DataClass::Secret).await;
        assert!(matches!(refused, Err(RegisterError::NotCovered { class: DataClass::Secret, .. })), "{refused:?}");
        // A version that names it changes nothing before it is in effect.
        let more = Facts { data_classes: BTreeSet::from([DataClass::Personal, DataClass::Secret]), ..facts() };
        registers.propose(HOST, name.clone(), more).await.expect("proposed");
        registers.announce(HOST, name.clone(), NOTICE_DAYS_MIN).await.expect("announced");
        begin_notice(&house, &registers).await;
        assert!(registers.require_effective(&name, DataClass::Secret).await.is_err());
        house.hand.advance(DAY);
        assert!(registers.require_effective(&name, DataClass::Secret).await.is_ok());
    });
}

#[test]
fn data_go_out_to_whoever_is_in_effect_and_to_nobody_else() {
    on_both_engines(async |house| {
        let (_trust, registers) = furnished(&house, 1).await;
        assert_eq!(registers.list().await.expect("the register"), [], "an installation begins with none");
        assert!(is_refused(&registers, "example-mail").await, "there is no entry");
        registers.propose(HOST, key("example-mail"), facts()).await.expect("proposed");
        assert!(is_refused(&registers, "example-mail").await, "it is only proposed");
        registers.announce(HOST, key("example-mail"), NOTICE_DAYS_MIN).await.expect("announced");
        house.hand.advance(DAY * 10);
        assert!(is_refused(&registers, "example-mail").await, "nobody was told yet, however long that takes");
        begin_notice(&house, &registers).await;
        house.hand.advance(DAY - Duration::from_micros(1));
        assert!(is_refused(&registers, "example-mail").await, "the notice is not over");
        assert_eq!(state(&registers, 1).await, State::Announced);
        house.hand.advance(Duration::from_micros(1));
        assert_eq!(send_out(&registers.require_effective(&key("example-mail"), DataClass::Personal).await.expect("in effect")), 1);
        assert!(is_refused(&registers, "example-post").await, "another entry");
        registers.end(HOST, key("example-mail")).await.expect("ended");
        assert!(is_refused(&registers, "example-mail").await, "it has ended");
        assert_eq!(state(&registers, 1).await, State::Ended);
        let again = registers.end(HOST, key("example-mail")).await;
        assert!(matches!(again, Err(RegisterError::Unknown(_))), "{again:?}");
    });
}

#[test]
fn every_tenant_is_told_before_an_entry_takes_effect_and_the_notice_counts_from_the_last_of_them() {
    on_both_engines(async |house| {
        let (trust, registers) = furnished(&house, TOLD_AT_ONCE + 1).await;
        registers.propose(HOST, key("example-mail"), facts()).await.expect("proposed");
        registers.announce(HOST, key("example-mail"), NOTICE_DAYS_MIN).await.expect("announced");
        assert_eq!(registers.notice_step().await.expect("told"), NoticeStep::Told(TOLD_AT_ONCE));
        house.hand.advance(DAY * 5);
        assert_eq!(state(&registers, 1).await, State::Announced, "one tenant was not told");
        assert_eq!(registers.list().await.expect("the register")[0].version.effective_at, None);
        assert_eq!(registers.notice_step().await.expect("told"), NoticeStep::Told(1));
        house.hand.advance(DAY * 5);
        assert_eq!(
            registers.notice_step().await.expect("looked"),
            NoticeStep::Waiting(TOLD_AT_ONCE as u64 + 1),
            "no mail lies in an outbox"
        );
        assert_eq!(registers.list().await.expect("the register")[0].version.effective_at, None, "however long that takes");
        assert_eq!(hand_over(&house).await, TOLD_AT_ONCE + 1, "each tenant is told by mail too");
        assert_eq!(registers.notice_step().await.expect("begun"), NoticeStep::Begun);
        assert_eq!(registers.notice_step().await.expect("looked"), NoticeStep::Idle);
        for number in [0, TOLD_AT_ONCE - 1, TOLD_AT_ONCE] {
            assert_eq!(told(&house, &trust, number).await, ["Example Mail GmbH"], "tenant {number}, once");
        }
        let effective_at = registers.list().await.expect("the register")[0].version.effective_at.expect("known now");
        assert_eq!(effective_at, house.stores.clock().now().plus(DAY));
    });
}

#[test]
fn a_tenant_that_cannot_be_told_holds_up_the_effect_and_no_other_tenant() {
    on_both_engines(async |house| {
        let (trust, registers) = furnished(&house, 0).await;
        for number in [0, 1] {
            house.stores.create_tenant(tenant(number)).await.expect("a store");
        }
        trust.create_tenant(tenant(1)).await.expect("keys");
        registers.propose(HOST, key("example-mail"), facts()).await.expect("proposed");
        registers.announce(HOST, key("example-mail"), NOTICE_DAYS_MIN).await.expect("announced");
        assert_eq!(registers.notice_step().await.expect("told"), NoticeStep::Told(1), "the one that has keys");
        assert!(registers.notice_step().await.is_err(), "one is left that cannot be told");
        hand_over(&house).await;
        assert!(registers.notice_step().await.is_err(), "and no notice begins without it");
        trust.create_tenant(tenant(0)).await.expect("keys");
        assert_eq!(registers.notice_step().await.expect("told"), NoticeStep::Told(1));
        hand_over(&house).await;
        assert_eq!(registers.notice_step().await.expect("begun"), NoticeStep::Begun);
        assert_eq!((told(&house, &trust, 0).await.len(), told(&house, &trust, 1).await.len()), (1, 1));
    });
}

#[test]
fn an_entry_that_waits_for_its_mails_holds_no_other_up() {
    on_both_engines(async |house| {
        let (_trust, registers) = furnished(&house, 1).await;
        for name in ["a", "b"] {
            registers.propose(HOST, key(name), facts()).await.expect("proposed");
            registers.announce(HOST, key(name), NOTICE_DAYS_MIN).await.expect("announced");
        }
        assert_eq!(registers.notice_step().await.expect("told"), NoticeStep::Told(1));
        assert_eq!(registers.notice_step().await.expect("told"), NoticeStep::Told(1), "of the other");
        assert_eq!(registers.notice_step().await.expect("looked"), NoticeStep::Waiting(2));
        let announcements = Announcements::new(&house.stores);
        let due = announcements.due(10).await.expect("read");
        let of_b = due.iter().find(|open| open.announcement.reference.as_text() == "b.1").expect("announced");
        announcements.settle(of_b, Settled::Nobody, 0).await.expect("settled");
        assert_eq!(registers.notice_step().await.expect("begun"), NoticeStep::Begun);
        house.hand.advance(DAY);
        assert!(is_refused(&registers, "a").await);
        assert_eq!(send_out(&registers.require_effective(&key("b"), DataClass::Personal).await.expect("in effect")), 1);
        let announced = registers.announced(&of_b.announcement.reference).await.expect("read").expect("a version");
        assert_eq!((announced.facts, announced.notice_days), (facts(), NOTICE_DAYS_MIN));
    });
}

#[test]
fn a_new_version_goes_the_same_way_while_the_one_before_stays_in_effect() {
    on_both_engines(async |house| {
        let (_trust, registers) = furnished(&house, 1).await;
        let name = key("example-mail");
        registers.propose(HOST, name.clone(), facts()).await.expect("proposed");
        registers.announce(HOST, name.clone(), NOTICE_DAYS_MIN).await.expect("announced");
        let again = registers.announce(HOST, name.clone(), NOTICE_DAYS_MIN).await;
        assert!(matches!(again, Err(RegisterError::Announced(_))), "{again:?}");
        begin_notice(&house, &registers).await;
        house.hand.advance(DAY);
        let moved = Facts { locations: vec!["DE".into(), "US".into()], ..facts() };
        assert_eq!(registers.propose(HOST, name.clone(), moved).await.expect("proposed"), 2);
        registers.announce(HOST, name.clone(), NOTICE_DAYS_MIN + 1).await.expect("announced");
        begin_notice(&house, &registers).await;
        assert_eq!((state(&registers, 1).await, state(&registers, 2).await), (State::Effective, State::Announced));
        assert_eq!(registers.require_effective(&name, DataClass::Personal).await.expect("in effect").version(), 1);
        house.hand.advance(DAY * 2);
        assert_eq!((state(&registers, 1).await, state(&registers, 2).await), (State::Superseded, State::Effective));
        assert_eq!(registers.require_effective(&name, DataClass::Personal).await.expect("in effect").version(), 2);
        let locations: Vec<usize> =
            registers.list().await.expect("listed").iter().map(|listed| listed.version.facts.locations.len()).collect();
        assert_eq!(locations, [1, 2], "the version before says what it said");
    });
}

#[test]
fn a_notice_has_limits_and_so_has_the_register() {
    on_both_engines(async |house| {
        let (_trust, registers) = furnished(&house, 0).await;
        registers.propose(HOST, key("a"), facts()).await.expect("proposed");
        for wrong in [NOTICE_DAYS_MIN - 1, NOTICE_DAYS_MAX + 1] {
            assert!(matches!(registers.announce(HOST, key("a"), wrong).await, Err(RegisterError::Notice)), "{wrong}");
        }
        registers.announce(HOST, key("a"), NOTICE_DAYS_MAX).await.expect("announced");
        for _ in 1..VERSIONS_MAX {
            registers.propose(HOST, key("b"), facts()).await.expect("proposed");
        }
        assert!(matches!(registers.propose(HOST, key("b"), facts()).await, Err(RegisterError::Full)));
        assert_eq!(registers.list().await.expect("the register").len(), VERSIONS_MAX);
    });
}

#[test]
fn each_change_of_the_register_is_in_the_instances_ledger() {
    on_both_engines(async |house| {
        let (trust, registers) = furnished(&house, 0).await;
        registers.propose(HOST, key("a"), facts()).await.expect("proposed");
        registers.announce(HOST, key("a"), NOTICE_DAYS_DEFAULT).await.expect("announced");
        registers.end(HOST, key("a")).await.expect("ended");
        registers.announce(HOST, key("nobody"), NOTICE_DAYS_DEFAULT).await.expect_err("there is no such entry");
        let keys = trust.keyring();
        let read = move |tx: &mut store::Tx<'_>| {
            let rows = tx.query(&crate::access_log::system::LEAVES, &store::params![LeafKind::SubProcessorChanged.text()])?;
            let mut acts = BTreeSet::new();
            for row in rows {
                let leaf = trust::ledger::read_instance(tx, &*keys, row.get(0)?)?.expect("it is there");
                acts.insert(leaf.entry.expect("it opens")["payload"].to_string());
            }
            Ok::<_, StoreError>(acts)
        };
        let acts = house.stores.system().read(read).await.expect("read");
        let expected = ["proposed", "announced", "ended"].map(|act| format!(r#"{{"act":"{act}","sub_processor":"a","version":1}}"#));
        assert_eq!(acts, BTreeSet::from(expected));
    });
}
