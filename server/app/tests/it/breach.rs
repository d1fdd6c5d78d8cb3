//! A breach from end to end: the ledgers say whose data were read, and their owners are mailed, each once, and nobody else.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use app::host::{BreachQuestion, BreachRequest, Request};
use app::{Config, DataFolder, MailSettings, Opened, Rng, Wishes};
use kernel::Timestamp;
use notify::testing::Sink;
use serde_json::{Value, json};

use crate::world::{Tenant, World, on_both_engines_with_mail};

const HOUR: Duration = Duration::from_secs(3_600);

fn settings(sink: &Sink) -> MailSettings {
    let (relay, port) = ("127.0.0.1".to_owned(), Some(sink.address().port()));
    MailSettings { relay, port, sender: "Purser <purser@fleet.example>".to_owned(), ..MailSettings::default() }
}

async fn ask(world: &World, asked: BreachRequest) -> Value {
    world.as_host(Request::Breach { asked }).await
}

async fn read_on_host(world: &World, tenant: &Tenant) {
    world.as_host(Request::LedgerFile { tenant: tenant.number.clone(), from: 0 }).await;
}

/// A case about readings on the host from then on: its id.
async fn assessed(world: &World, from: Timestamp) -> String {
    let (about, regimes) = ("Somebody had the host's password".to_owned(), vec!["gdpr".to_owned()]);
    let open = BreachRequest::Open { about, regimes, aware_at: None, customers_hours: None };
    let case = ask(world, open).await["case"].as_str().expect("an id").to_owned();
    let (by, acts) = (Some("host".to_owned()), Some("reads".to_owned()));
    let question = BreachQuestion { everything: false, by, acts, from, until: None };
    ask(world, BreachRequest::Assess { case: case.clone(), question }).await;
    case
}

async fn affected(world: &World, case: &str) -> Vec<String> {
    let page = ask(world, BreachRequest::Affected { case: case.to_owned(), after: None }).await;
    let tenants = page["tenants"].as_array().expect("tenants");
    let mut numbers: Vec<String> = tenants.iter().map(|line| line["tenant"].as_str().expect("a number").to_owned()).collect();
    numbers.sort_unstable();
    numbers
}

async fn tell(world: &World, case: &str) -> Value {
    let (english, polish) = ("A copy was made.".to_owned(), "Wykonano kopię.".to_owned());
    ask(world, BreachRequest::Tell { case: case.to_owned(), english, polish }).await
}

/// Hands over, sends, and looks again after a while what became of it.
async fn deliver(world: &World) {
    world.opened.hand_announcements_over().await.expect("handed over");
    world.opened.send_mail().await.expect("sent");
    world.hand.advance(HOUR);
    world.opened.hand_announcements_over().await.expect("handed over");
    world.opened.cases().settle_customers_step().await.expect("looked");
}

/// How the step of telling customers stands.
async fn customers(world: &World, case: &str) -> String {
    let facts = ask(world, BreachRequest::Read { case: case.to_owned() }).await;
    let mut steps = facts["steps"].as_array().expect("steps").iter();
    let step = steps.find(|step| step["step"] == "customers").expect("there is one");
    step["state"].as_str().expect("a state").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn promise_gl_27_each_owner_of_a_tenant_that_the_ledger_names_is_mailed_once_and_nobody_else() {
    let sink = Arc::new(Sink::start());
    on_both_engines_with_mail(settings(&sink), async |world| {
        let (early, first) = (world.tenant("Early").await, world.tenant("First").await);
        let (spared, second) = (world.tenant("Spared").await, world.tenant("Second").await);
        read_on_host(&world, &early).await;
        world.hand.advance(HOUR);
        let from = world.clock.now();
        read_on_host(&world, &first).await;
        read_on_host(&world, &second).await;
        let case = assessed(&world, from).await;
        let mut planted = vec![first.number.clone(), second.number.clone()];
        planted.sort_unstable();
        assert_eq!(affected(&world, &case).await, planted);

        deliver(&world).await;
        assert_eq!(sink.received().len(), 0, "nobody said yet what they are told");
        assert_eq!(tell(&world, &case).await["state"], "notified");
        world.opened.hand_announcements_over().await.expect("handed over");
        world.opened.cases().settle_customers_step().await.expect("looked");
        assert_eq!(customers(&world, &case).await, "open", "their mails wait");
        deliver(&world).await;
        assert_eq!(customers(&world, &case).await, "done");
        let mut mails = BTreeMap::<String, usize>::new();
        for mail in sink.received() {
            assert!(mail.body().contains(&case), "{}", mail.body());
            mail.to.iter().for_each(|to| *mails.entry(to.clone()).or_default() += 1);
        }
        let expected = BTreeMap::from([(first.email.clone(), 1), (second.email.clone(), 1)]);
        assert_eq!(mails, expected, "neither {} nor {}", early.email, spared.email);
        sink.forget();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_that_the_breach_spared_learns_nothing_of_it() {
    let sink = Arc::new(Sink::start());
    on_both_engines_with_mail(settings(&sink), async |world| {
        let (hit, spared) = (world.tenant("Hit").await, world.tenant("Spared").await);
        let from = world.clock.now();
        read_on_host(&world, &hit).await;
        let case = assessed(&world, from).await;
        tell(&world, &case).await;
        let leaves = async |tenant: &Tenant| world.done(&tenant.api, "GET", "/api/v1/ledger/leaves?limit=200", None).await.to_string();
        let (of_hit, of_spared) = (leaves(&hit).await, leaves(&spared).await);
        assert!(of_hit.contains(&case) && of_hit.contains("A copy was made."), "{of_hit}");
        assert!(!of_spared.contains(&case) && !of_spared.contains("breach"), "{of_spared}");
        assert!(!of_hit.contains(&spared.number) && !of_hit.contains("password"), "its own case only, and not the operator's words");
        let page = async |tenant: &Tenant| world.done(&tenant.owner, "GET", "/api/v1/trust/tenant", None).await["breaches"].clone();
        let (shown, spared) = (page(&hit).await, page(&spared).await);
        let told = &shown[0]["told"];
        assert_eq!((shown.as_array().map(Vec::len), told["case"].as_str()), (Some(1), Some(case.as_str())), "the Trust page shows it");
        assert_eq!((&told["said"]["pl"], &told["reason"]), (&json!("Wykonano kopię."), &json!("entries")));
        assert_eq!(spared, json!([]), "and shows the other nothing");
        sink.forget();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_breach_that_was_told_while_no_mail_was_set_up_is_mailed_when_there_is_some() {
    let (sink, folder) = (Sink::start(), tempfile::tempdir().expect("a folder"));
    let data = folder.path().join("data");
    let world = World::new(data.clone(), None).await;
    let hit = world.tenant("Hit").await;
    let from = world.clock.now();
    read_on_host(&world, &hit).await;
    let case = assessed(&world, from).await;
    tell(&world, &case).await;
    for _ in 0..2 {
        world.opened.hand_announcements_over().await.expect("looked");
        world.opened.cases().settle_customers_step().await.expect("looked");
        world.hand.advance(HOUR);
    }
    let announced = world.as_host(Request::MailStatus {}).await["announced"].as_u64();
    assert_eq!((announced, customers(&world, &case).await.as_str()), (Some(1), "open"), "it waits for mail");

    let (stopped, clock) = (world.opened.clone(), world.clock.clone());
    drop(world);
    stopped.close().await;
    let mut config = Config::load(DataFolder::new(data), Wishes::default()).expect("settings");
    config.mail = Some(settings(&sink));
    let opened = Opened::open(config, clock, Rng::seeded(12)).await.expect("it opens again");
    opened.hand_announcements_over().await.expect("handed over");
    opened.send_mail().await.expect("sent");
    assert_eq!(sink.received().iter().map(|mail| mail.to.clone()).collect::<Vec<_>>(), [vec![hit.email]]);
    opened.close().await;
}
