//! Owners are told by mail, by a real SMTP server's account, and nobody's relay gets anything without a leave.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use app::MailSettings;
use app::host::{Request, SubProcessorFacts};
use kernel::TenantId;
use kernel::data_map::DataClass;
use notify::testing::Sink;
use serde_json::{Value, json};
use trust::Outcome;
use trust::announcements::{Announcement, AnnouncementKind, announce};
use trust::registers::SubProcessorKey;
use trust::registers::notice::NoticeStep;

use crate::world::{World, on_both_engines_with_mail};

const DAY: Duration = Duration::from_secs(24 * 3_600);

fn settings(sink: &Sink) -> MailSettings {
    let (relay, port) = ("127.0.0.1".to_owned(), Some(sink.address().port()));
    MailSettings { relay, port, sender: "Purser <purser@fleet.example>".to_owned(), ..MailSettings::default() }
}

async fn announce_entry(world: &World, entry: &str, company: &str) {
    announce_entry_of(world, entry, company, "personal").await;
}

async fn announce_entry_of(world: &World, entry: &str, company: &str, class: &str) {
    let facts = SubProcessorFacts {
        name: company.to_owned(),
        data_classes: vec![class.to_owned()],
        data: "Addresses of owners".to_owned(),
        people: "On-call engineers".to_owned(),
        locations: vec!["DE".to_owned()],
        operations: "Keeps backups".to_owned(),
        compliance: "Agreement of 2026".to_owned(),
        requires_second_factor: true,
    };
    world.as_host(Request::SubProcessorPropose { sub_processor: entry.to_owned(), facts }).await;
    world.as_host(Request::SubProcessorAnnounce { sub_processor: entry.to_owned(), notice_days: Some(1) }).await;
}

/// Tells every tenant, hands the mails to the outboxes, and begins the notice.
async fn begin_notice(world: &World) {
    while let NoticeStep::Told(_) = world.opened.registers().notice_step().await.expect("told") {}
    world.opened.hand_announcements_over().await.expect("handed over");
    assert_eq!(world.opened.registers().notice_step().await.expect("begun"), NoticeStep::Begun);
}

async fn is_in_effect(world: &World, entry: &str) -> bool {
    let key: SubProcessorKey = entry.parse().expect("a key");
    world.opened.registers().require_effective(&key, DataClass::Personal).await.is_ok()
}

async fn leaves_of(world: &World, tenant: &crate::world::Tenant, kind: &str) -> Vec<Value> {
    while world.opened.ledger().sequence_step().await.expect("in order") > 0 {}
    let page = world.done(&tenant.api, "GET", "/api/v1/ledger/leaves?limit=200", None).await;
    let leaves = page["items"].as_array().expect("leaves").clone();
    leaves.into_iter().filter(|leaf| leaf["kind"] == kind).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn promise_me_15_each_owners_mail_lies_in_the_outbox_before_the_notice_of_an_entry_begins() {
    let sink = Arc::new(Sink::start());
    on_both_engines_with_mail(settings(&sink), async |world| {
        let (one, two) = (world.tenant("One").await, world.tenant("Two").await);
        let before = sink.received().len();
        announce_entry(&world, "example-hosting", "Żółta Łódź GmbH").await;
        assert_eq!(world.opened.registers().notice_step().await.expect("told"), NoticeStep::Told(2));
        world.hand.advance(DAY * 40);
        assert_eq!(world.opened.registers().notice_step().await.expect("looked"), NoticeStep::Waiting(2));
        assert!(!is_in_effect(&world, "example-hosting").await, "nobody was mailed yet, however long that takes");
        begin_notice(&world).await;
        world.opened.send_mail().await.expect("sent");
        let received = sink.received().split_off(before);
        let mut readers: Vec<String> = received.iter().flat_map(|mail| mail.to.clone()).collect();
        readers.sort();
        assert_eq!(readers, [one.email.clone(), two.email.clone()], "each owner once");
        assert!(received.iter().all(|mail| mail.body().contains("Żółta Łódź GmbH") && !mail.header("Subject").contains("Łódź")));
        assert!(!is_in_effect(&world, "example-hosting").await, "they have it, and the notice is not over");
        let told = leaves_of(&world, &one, "mail-sent").await;
        assert_eq!(told.len(), 1, "the tenant's own ledger tells of its mail");
        world.hand.advance(DAY);
        assert!(is_in_effect(&world, "example-hosting").await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn promise_me_14_mail_goes_to_no_relay_of_somebody_else_whose_entry_is_not_in_effect() {
    let sink = Arc::new(Sink::start());
    // A tunnel's end on this very host, as its operator says: somebody else runs the relay.
    let settings = MailSettings { sub_processor: Some("example-mail".to_owned()), ..settings(&sink) };
    on_both_engines_with_mail(settings, async |world| {
        let tenant = world.tenant("One").await;
        let before = sink.commands().len();
        let is_refused = async || {
            let refused = world.opened.send_mail().await.err().unwrap_or_default();
            let tried = world.refused_as_host(Request::MailTest { address: tenant.email.clone(), language: "en".to_owned() }).await;
            let status = world.as_host(Request::MailStatus {}).await;
            let looked = world.opened.doctor().examine("mail").await.expect("kept").expect("a check").observation.outcome;
            assert_eq!(sink.commands().len(), before, "the relay was not even asked");
            assert_eq!((status["may_send"].as_bool(), looked), (Some(false), Outcome::Failed));
            assert!(tried.contains("example-mail"), "{tried}");
            refused.contains("example-mail is not in effect") || refused.contains("example-mail, who runs the relay, is not in effect")
        };
        announce_breach(&world, &tenant.number, "cas_1").await;
        world.opened.hand_announcements_over().await.expect("handed over");
        assert!(is_refused().await, "there is no entry");
        announce_entry(&world, "example-mail", "Example Mail GmbH").await;
        assert!(is_refused().await, "it is only announced");
        begin_notice(&world).await;
        assert!(is_refused().await, "its notice is not over");
        world.hand.advance(DAY);
        world.opened.send_mail().await.expect("now it may");
        assert_eq!(world.as_host(Request::MailStatus {}).await["run_by"], "example-mail");
        let sent = sink.received().iter().filter(|mail| mail.to == [tenant.email.clone()]).count();
        assert_eq!(sent, 2, "what waited goes out: the breach, and the entry itself");
        let answered = world.as_host(Request::MailTest { address: tenant.email.clone(), language: "pl".to_owned() }).await;
        assert_eq!(answered["answer"], 250);
        // It ends, and with it the leave.
        world.as_host(Request::SubProcessorEnd { sub_processor: "example-mail".to_owned() }).await;
        announce_breach(&world, &tenant.number, "cas_2").await;
        world.opened.hand_announcements_over().await.expect("handed over");
        let before = sink.commands().len();
        let refused = world.opened.send_mail().await.err().unwrap_or_default();
        assert!(refused.contains("not in effect"), "{refused}");
        assert_eq!(sink.commands().len(), before);
        sink.forget();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn promise_me_14_mail_goes_to_no_relay_whose_entry_does_not_name_personal_data() {
    let sink = Arc::new(Sink::start());
    let settings = MailSettings { sub_processor: Some("example-mail".to_owned()), ..settings(&sink) };
    on_both_engines_with_mail(settings, async |world| {
        let tenant = world.tenant("One").await;
        announce_breach(&world, &tenant.number, "cas_1").await;
        announce_entry_of(&world, "example-mail", "Example Mail GmbH", "configuration").await;
        begin_notice(&world).await;
        world.hand.advance(DAY);
        let refused = world.opened.send_mail().await.err().unwrap_or_default();
        assert!(refused.contains("does not name personal data"), "{refused}");
        assert_eq!(sink.commands().len(), 0, "the relay was not even asked");
        announce_entry(&world, "example-mail", "Example Mail GmbH").await;
        begin_notice(&world).await;
        world.hand.advance(DAY);
        world.opened.send_mail().await.expect("now it may");
        assert!(sink.received().iter().any(|mail| mail.to == [tenant.email.clone()]));
        sink.forget();
    })
    .await;
}

async fn announce_breach(world: &World, tenant: &str, case: &str) {
    let tenant: TenantId = tenant.parse().expect("a tenant");
    let facts = BTreeMap::from([("aware_at".to_owned(), world.clock.now().micros())]);
    let announcement = Announcement { kind: AnnouncementKind::BreachNotice, reference: case.parse().expect("a reference"), facts };
    let announced = world.opened.stores().system().write(move |tx| announce(tx, tenant, &announcement));
    assert!(announced.await.expect("announced"));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_breach_each_owner_of_an_affected_tenant_is_mailed_once_and_nobody_else() {
    let sink = Arc::new(Sink::start());
    on_both_engines_with_mail(settings(&sink), async |world| {
        let (hit, spared) = (world.tenant("Hit").await, world.tenant("Spared").await);
        announce_breach(&world, &hit.number, "cas_1").await;
        for _ in 0..2 {
            world.opened.hand_announcements_over().await.expect("handed over");
            world.opened.send_mail().await.expect("sent");
        }
        let received = sink.received();
        assert_eq!(received.iter().map(|mail| mail.to.clone()).collect::<Vec<_>>(), [vec![hit.email.clone()]]);
        assert!(received[0].body().contains("cas_1") && received[0].body().contains("The operator knows of it since"));
        let queue = world.as_host(Request::MailQueue { tenant: None }).await;
        assert_eq!(queue, json!([]));
        assert_eq!(leaves_of(&world, &hit, "mail-sent").await.len(), 1);
        assert_eq!(leaves_of(&world, &spared, "mail-sent").await.len(), 0);
        sink.forget();
    })
    .await;
}
