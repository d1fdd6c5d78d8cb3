//! Rights requests: answered in time, and closed with evidence that can be looked up.

use std::sync::Arc;
use std::time::Duration;

use kernel::{
    Actor, DeviceId, DeviceScope, ErasureId, Permission, RightsRequestId, Scope, ScopeMint, Subject, TenantId, Timestamp, UserId,
};
use serde_json::json;
use store::Tx;
use trust::erasure::{Doing, Domains, Telling};
use trust::ledger::record;
use trust::rights::{About, Act, EVENTS_MAX, Evidence, Kind, NewRequest, Request, RightsError, State, TEXT_CHARS_MAX};
use trust::{Erasures, LeafEntry, LeafKind, Ledger, Rights, Trust};

use crate::setup::{House, on_both_engines};

const MICRO: Duration = Duration::from_micros(1);
const DIGEST: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

struct Nothing;

impl Domains for Nothing {
    fn is_last_owner(&self, _tenant: TenantId, _user: UserId) -> Telling<'_> {
        Box::pin(async { Ok(false) })
    }
    fn bar(&self, _subject: Subject) -> Doing<'_> {
        Box::pin(async { Ok(()) })
    }
    fn settle(&self, _subject: Subject) -> Doing<'_> {
        Box::pin(async { Ok(()) })
    }
    fn forget(&self, _subject: Subject) -> Doing<'_> {
        Box::pin(async { Ok(()) })
    }
}

fn tenant(number: u64) -> TenantId {
    TenantId::from_random(number << 1)
}

fn owner_of(number: u64) -> Scope {
    let owner = Actor::User(UserId::from_random(9 << 1));
    ScopeMint::for_app().mint(tenant(number), owner, &[Permission::SettingsManage], DeviceScope::All)
}

fn owner() -> Scope {
    owner_of(1)
}

fn user() -> UserId {
    UserId::from_random(40 << 1)
}

async fn furnished(house: &House) -> (Trust, Erasures, Rights) {
    let trust = house.trust().await;
    for number in [1, 2] {
        trust.create_tenant(tenant(number)).await.expect("keys");
        house.stores.create_tenant(tenant(number)).await.expect("a store");
    }
    let ledger = Ledger::new(&house.stores, &trust, ScopeMint::for_app());
    let erasures = Erasures::new(&house.stores, &trust, &ledger, ScopeMint::for_app(), Arc::new(Nothing));
    let rights = Rights::new(&house.stores, &trust, &ledger, &erasures);
    (trust, erasures, rights)
}

fn asked(kind: Kind, about: About) -> NewRequest {
    NewRequest { kind, about, text: "What do you hold of me?".into(), received_at: None }
}

async fn open(rights: &Rights, kind: Kind, about: About) -> Request {
    rights.open(&owner(), asked(kind, about)).await.expect("taken in")
}

/// What an export leaves in the ledger.
async fn export(house: &House, trust: &Trust, of: &str, id: &str) {
    let (keys, payload) = (trust.keyring(), json!({ "of": of, "id": id, "digest": DIGEST }));
    let entry = LeafEntry { kind: LeafKind::DataExported, subject: None, payload };
    let write = move |tx: &mut Tx<'_>| record(tx, &*keys, &owner(), entry.clone()).map(|_| ());
    house.stores.tenant(&owner()).write(write).await.expect("recorded");
}

fn at(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

#[test]
fn a_request_is_answered_within_a_month_or_three_where_that_is_said_in_time() {
    on_both_engines(async |house| {
        let (_trust, _erasures, rights) = furnished(&house).await;
        house.hand.advance(at("2027-03-01T12:00:00Z").since(house.stores.clock().now()));
        let received_at = Some(at("2027-01-31T09:00:00Z"));
        let new = NewRequest { received_at, ..asked(Kind::Access, About::User(user())) };
        let late = rights.open(&owner(), new).await.expect("taken in");
        assert_eq!(late.due_at, at("2027-02-28T09:00:00Z"), "to the last day of a shorter month");
        assert!(late.is_overdue(house.stores.clock().now()));
        let refused = rights.extend(&owner(), late.id, "Too late").await;
        assert!(matches!(refused, Err(RightsError::Extension)), "the month is over: {refused:?}");

        let request = open(&rights, Kind::Access, About::User(user())).await;
        assert_eq!(request.due_at, at("2027-04-01T12:00:00Z"));
        house.hand.advance(request.due_at.since(house.stores.clock().now()));
        assert!(!request.is_overdue(house.stores.clock().now()), "the last moment is in time");
        let extended = rights.extend(&owner(), request.id, "Many devices").await.expect("put off").request;
        assert_eq!(extended.due_at, at("2027-06-01T12:00:00Z"), "two months more");
        let twice = rights.extend(&owner(), request.id, "Even more").await;
        assert!(matches!(twice, Err(RightsError::Extension)), "{twice:?}");
        assert!(extended.is_overdue(extended.due_at.plus(MICRO)));
    });
}

#[test]
fn however_much_was_noted_of_a_request_it_can_be_closed() {
    on_both_engines(async |house| {
        let (_trust, _erasures, rights) = furnished(&house).await;
        let request = open(&rights, Kind::Objection, About::Named("Anna".into())).await;
        for number in 1..EVENTS_MAX {
            rights.note(&owner(), request.id, &format!("Call {number}")).await.expect("noted");
        }
        let one_more = rights.note(&owner(), request.id, "And another").await;
        assert!(matches!(one_more, Err(RightsError::Full)), "{one_more:?}");
        let closed = rights.refuse(&owner(), request.id, "We cannot tell who is asking").await.expect("closed");
        assert_eq!((closed.request.state, closed.events.len()), (State::Refused, EVENTS_MAX + 1));
    });
}

#[test]
fn access_is_given_by_an_export_that_the_ledger_knows() {
    on_both_engines(async |house| {
        let (trust, _erasures, rights) = furnished(&house).await;
        export(&house, &trust, "user", &user().to_string()).await;
        house.hand.advance(MICRO);
        let request = open(&rights, Kind::Access, About::User(user())).await;
        let tried = async || rights.fulfil_by_export(&owner(), request.id, DIGEST).await;
        assert!(matches!(tried().await, Err(RightsError::NoExport)), "one from before the request");
        let other = UserId::from_random(41 << 1);
        export(&house, &trust, "user", &other.to_string()).await;
        assert!(matches!(tried().await, Err(RightsError::NoExport)), "one of somebody else");
        let word = rights.fulfil_by_text(&owner(), request.id, "We sent a letter").await;
        assert!(matches!(word, Err(RightsError::WrongEvidence(_))), "nobody's word for it: {word:?}");
        export(&house, &trust, "user", &user().to_string()).await;
        let wrong = rights.fulfil_by_export(&owner(), request.id, &DIGEST.replace('9', "8")).await;
        assert!(matches!(wrong, Err(RightsError::NoExport)), "another digest: {wrong:?}");
        let whole = tried().await.expect("closed");
        assert_eq!((whole.request.state, whole.request.closed_at), (State::Fulfilled, Some(house.stores.clock().now())));
        assert!(matches!(whole.request.evidence, Some(Evidence::Export(_))));
        let acts: Vec<Act> = whole.events.iter().map(|event| event.act).collect();
        assert_eq!(acts, [Act::Opened, Act::Fulfilled]);
        assert_eq!(whole.events[1].actor_id, Some(UserId::from_random(9 << 1).number()));
        assert!(matches!(rights.note(&owner(), request.id, "more").await, Err(RightsError::Closed)));
    });
}

#[test]
fn erasure_is_shown_by_an_erasure_that_is_done_and_of_the_same_subject() {
    on_both_engines(async |house| {
        let (_trust, erasures, rights) = furnished(&house).await;
        let device = DeviceId::from_random(50 << 1);
        let request = open(&rights, Kind::Erasure, About::Device(device)).await;
        let unknown = rights.fulfil_by_erasure(&owner(), request.id, ErasureId::from_random(7)).await;
        assert!(matches!(unknown, Err(RightsError::NoErasure)), "{unknown:?}");
        let by_export = rights.fulfil_by_export(&owner(), request.id, DIGEST).await;
        assert!(matches!(by_export, Err(RightsError::WrongEvidence(_))), "{by_export:?}");
        let whole = erasures.request(&owner(), Subject::Tenant(tenant(1)), Duration::ZERO).await.expect("taken on");
        let undone = rights.fulfil_by_erasure(&owner(), request.id, whole.id).await;
        assert!(matches!(undone, Err(RightsError::NoErasure)), "not done, and of another subject: {undone:?}");
        let refused = rights.refuse(&owner(), request.id, "The law has us keep it").await.expect("refused").request;
        assert_eq!((refused.state, refused.evidence), (State::Refused, Some(Evidence::Text)));
    });
}

#[test]
fn what_cannot_be_looked_up_is_told_in_words() {
    on_both_engines(async |house| {
        let (_trust, _erasures, rights) = furnished(&house).await;
        for kind in [Kind::Rectification, Kind::Restriction, Kind::Objection] {
            let request = open(&rights, kind, About::User(user())).await;
            let closed = rights.fulfil_by_text(&owner(), request.id, "Done as asked").await.expect("closed");
            assert_eq!(closed.request.state, State::Fulfilled, "{kind:?}");
        }
        let stranger = open(&rights, Kind::Access, About::Named("Żaneta Kos".into())).await;
        let closed = rights.fulfil_by_text(&owner(), stranger.id, "Nothing is held of her").await.expect("closed").request;
        assert_eq!(closed.about, About::Named("Żaneta Kos".into()));
        let request = open(&rights, Kind::Objection, About::User(user())).await;
        for text in [String::new(), " \n".into(), "x".repeat(TEXT_CHARS_MAX + 1)] {
            assert!(matches!(rights.refuse(&owner(), request.id, &text).await, Err(RightsError::Text)), "a refusal has its reason");
        }
        rights.refuse(&owner(), request.id, &"x".repeat(TEXT_CHARS_MAX)).await.expect("refused");
    });
}

#[test]
fn nobody_sees_requests_of_another_tenant_or_of_some_devices_only() {
    on_both_engines(async |house| {
        let (_trust, _erasures, rights) = furnished(&house).await;
        let request = open(&rights, Kind::Access, About::User(user())).await;
        assert_eq!(rights.list(&owner(), None, 10).await.expect("listed"), std::slice::from_ref(&request));
        assert_eq!(rights.list(&owner(), Some(request.id), 10).await.expect("listed"), []);
        assert_eq!(rights.list(&owner_of(2), None, 10).await.expect("listed"), []);
        assert!(matches!(rights.read(&owner_of(2), request.id).await, Err(RightsError::NotFound)));
        assert!(matches!(rights.note(&owner_of(2), request.id, "x").await, Err(RightsError::NotFound)));
        let some = DeviceScope::One(DeviceId::from_random(4));
        let narrow = ScopeMint::for_app().mint(tenant(1), Actor::User(user()), &[Permission::SettingsManage], some);
        assert!(matches!(rights.list(&narrow, None, 10).await, Err(RightsError::NotFound)));
        assert!(matches!(rights.read(&owner(), RightsRequestId::from_random(1)).await, Err(RightsError::NotFound)));
        let ahead = house.stores.clock().now().plus(MICRO);
        let future = rights.open(&owner(), NewRequest { received_at: Some(ahead), ..asked(Kind::Access, About::User(user())) }).await;
        assert!(matches!(future, Err(RightsError::Future)), "{future:?}");
    });
}
