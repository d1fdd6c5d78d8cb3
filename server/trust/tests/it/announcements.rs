//! What tenants are told: announced once, handed over once, lost never.

use std::collections::BTreeMap;
use std::time::Duration;

use kernel::TenantId;
use store::{StoreError, Tx};
use trust::announcements::{
    ANNOUNCED_AT_ONCE, Announcement, AnnouncementKind, Announcements, Backlog, FACTS_MAX, Reach, Settled, announce, announce_to,
};

use crate::setup::{House, on_both_engines};

fn tenant(number: usize) -> TenantId {
    TenantId::from_random((number as u64 + 1) << 1)
}

fn announcement(reference: &str) -> Announcement {
    let facts = BTreeMap::from([("version".to_owned(), 2)]);
    Announcement { kind: AnnouncementKind::DataPolicyChanged, reference: reference.parse().expect("a reference"), facts }
}

async fn announced(house: &House, tenants: usize, announcement: &Announcement) -> Result<u64, StoreError> {
    let (tenants, announcement) = ((0..tenants).map(tenant).collect::<Vec<_>>(), announcement.clone());
    house.stores.system().write(move |tx| announce_to(tx, &tenants, &announcement)).await
}

#[test]
fn what_is_announced_twice_is_told_once() {
    on_both_engines(async |house| {
        let announcements = Announcements::new(&house.stores);
        assert_eq!(announced(&house, 2, &announcement("2")).await.expect("announced"), 2);
        house.hand.advance(Duration::from_secs(1));
        assert_eq!(announced(&house, 3, &announcement("2")).await.expect("announced"), 1, "two of them have it already");
        assert_eq!(announced(&house, 1, &announcement("3")).await.expect("announced"), 1, "another reference is another announcement");
        let due = announcements.due(10).await.expect("read");
        assert_eq!(due.len(), 4);
        assert_eq!((due[0].tenant, &due[0].announcement, due[0].attempts), (tenant(0), &announcement("2"), 0));
        announcements.settle(&due[0], Settled::Handed, 2).await.expect("settled");
        announcements.settle(&due[0], Settled::Handed, 7).await.expect("a second time");
        assert_eq!(announced(&house, 1, &announcement("2")).await.expect("announced"), 0, "what is settled is not told again");
        assert_eq!(announcements.due(10).await.expect("read").len(), 3);
        let reach = announcements.reach(AnnouncementKind::DataPolicyChanged, announcement("2").reference).await.expect("read");
        assert_eq!(reach, Reach { tenants: 3, settled: 1, mails: 2, given_up: 0 });
        let oldest = due[1].announced_at;
        assert_eq!(announcements.backlog().await.expect("read"), Backlog { announcements: 3, since: Some(oldest) });
    });
}

#[test]
fn an_announcement_is_undone_with_the_act_that_gave_the_reason() {
    on_both_engines(async |house| {
        let undone = house.stores.system().write(|tx: &mut Tx<'_>| {
            announce(tx, tenant(0), &announcement("2"))?;
            Err::<(), _>(StoreError::NotFound)
        });
        assert!(matches!(undone.await, Err(StoreError::NotFound)));
        assert_eq!(Announcements::new(&house.stores).due(10).await.expect("read"), []);
    });
}

#[test]
fn one_that_cannot_be_handed_over_lets_the_others_pass() {
    on_both_engines(async |house| {
        let announcements = Announcements::new(&house.stores);
        announced(&house, 2, &announcement("2")).await.expect("announced");
        let first = announcements.due(1).await.expect("read").remove(0);
        let later = house.stores.clock().now().plus(Duration::from_secs(60));
        announcements.postpone(&first, later).await.expect("put off");
        assert_eq!(announcements.due(10).await.expect("read").iter().map(|open| open.tenant).collect::<Vec<_>>(), [tenant(1)]);
        house.hand.advance(Duration::from_secs(60));
        let due = announcements.due(10).await.expect("read");
        let attempts: Vec<_> = due.iter().map(|open| (open.tenant, open.attempts)).collect();
        assert_eq!(attempts, [(tenant(1), 0), (tenant(0), 1)]);
    });
}

#[test]
fn a_step_announces_to_a_thousand_tenants_and_to_no_more() {
    on_both_engines(async |house| {
        assert_eq!(announced(&house, ANNOUNCED_AT_ONCE, &announcement("2")).await.expect("announced"), ANNOUNCED_AT_ONCE as u64);
        let beyond = announced(&house, ANNOUNCED_AT_ONCE + 1, &announcement("3")).await;
        assert!(matches!(beyond, Err(StoreError::TooLarge { .. })), "{beyond:?}");
        let facts = |number: usize| (0..number).map(|fact| (format!("fact-{fact}"), 1)).collect();
        let full = Announcement { facts: facts(FACTS_MAX), ..announcement("4") };
        assert_eq!(announced(&house, 1, &full).await.expect("announced"), 1);
        let too_much = Announcement { facts: facts(FACTS_MAX + 1), ..announcement("5") };
        let beyond = announced(&house, 1, &too_much).await;
        assert!(matches!(beyond, Err(StoreError::TooLarge { .. })), "{beyond:?}");
    });
}
