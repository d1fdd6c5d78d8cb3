//! The doctor's checks in a whole server: each says ok where all is well, and fails where it is made to.

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use app::host::{CheckLine, Outcome, Request, ask};
use app::{Clock, Config, DataFolder, Opened, Rng, Wishes};
use store::StoreError;
use tokio_postgres::NoTls;
use trust::doctor::CHECK_INTERVAL;

use crate::world::{World, on_both_engines};

store::statements! {
    store = System;
    /// What the instance's ledger tells of promises.
    PROMISE_LEAVES = "SELECT kind FROM instance_ledger_leaf WHERE kind IN ('promise-regressed', 'promise-restored') \
                      ORDER BY recorded_at, leaf_id"
        () -> (kind: Text);
}

async fn outcomes(world: &World) -> BTreeMap<&'static str, Outcome> {
    let results = world.opened.doctor().results().await.expect("read");
    results.into_iter().map(|(name, examined)| (name, examined.observation.outcome)).collect()
}

async fn outcome(world: &World, check: &str) -> Outcome {
    world.opened.doctor().examine(check).await.expect("kept").expect("there is such a check").observation.outcome
}

/// Runs a statement as whoever owns the data: the database's owner, or anybody who can write the file.
pub(crate) async fn as_owner(world: &World, file: &str, sqlite: &str, postgres: &str) {
    match &world.database_url {
        None => rusqlite::Connection::open(world.data.join(file)).expect("a file").execute_batch(sqlite).expect("done"),
        Some(url) => {
            let (client, connection) = tokio_postgres::connect(url, NoTls).await.expect("the owner logs in");
            let driver = tokio::spawn(connection);
            client.batch_execute(postgres).await.expect("done");
            drop(client);
            driver.await.expect("no panic").expect("the driver ends");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sound_installation_fails_no_check_and_says_what_it_cannot_know() {
    on_both_engines(async |world| {
        world.tenant("Example").await;
        world.opened.doctor().examine_due().await.expect("kept");
        let mut outcomes = outcomes(&world).await;
        // Of the process itself: a test's may be looked into.
        assert_eq!(outcomes.remove("memory-private"), Some(Outcome::Failed));
        assert_eq!(outcomes.remove("second-copy"), Some(Outcome::Warning), "nobody has made one");
        let unknown: Vec<&str> = outcomes.iter().filter(|(_, outcome)| **outcome == Outcome::Unknown).map(|(name, _)| *name).collect();
        assert_eq!(unknown, ["encrypted-transport", "routes-closed"], "no server runs here");
        let others: Vec<_> = outcomes.iter().filter(|(name, outcome)| !unknown.contains(name) && **outcome != Outcome::Ok).collect();
        assert!(others.is_empty() && outcomes.len() > 8, "{outcomes:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn promise_me_12_a_setting_that_is_weakened_is_found_within_the_hour_and_the_ledger_tells_of_it() {
    on_both_engines(async |world| {
        world.tenant("Example").await;
        let doctor = world.opened.doctor();
        doctor.examine_due().await.expect("kept");
        let leaves = async || {
            let read = world.opened.stores().system().read(|tx| {
                let rows = tx.query(&PROMISE_LEAVES, &[])?;
                rows.iter().map(|row| row.get(0)).collect::<Result<Vec<String>, StoreError>>()
            });
            read.await.expect("read").into_iter().skip(1).collect::<Vec<_>>()
        };
        assert_eq!(leaves().await, Vec::<String>::new(), "the first is of this test's own process");
        let tenants = world.data.join("tenants");
        // Nobody else puts leaves in their places here, and a leaf that waits is a failure of its own.
        let examine_later = async || {
            world.opened.ledger().sequence_step().await.expect("in order");
            world.hand.advance(CHECK_INTERVAL);
            doctor.examine_due().await.expect("kept");
        };
        let weaken = async |is_weak: bool| match world.database_url {
            None => fs::set_permissions(&tenants, Permissions::from_mode(if is_weak { 0o755 } else { 0o700 })).expect("changed"),
            Some(_) => {
                let force = if is_weak { "NO FORCE" } else { "FORCE" };
                as_owner(&world, "", "", &format!("ALTER TABLE purser_tenant.device {force} ROW LEVEL SECURITY")).await;
            }
        };
        weaken(true).await;
        assert!(CHECK_INTERVAL < Duration::from_secs(3_600));
        examine_later().await;
        assert_eq!(outcomes(&world).await["tenants-apart"], Outcome::Failed);
        assert_eq!(leaves().await, ["promise-regressed"]);
        weaken(false).await;
        examine_later().await;
        assert_eq!(outcomes(&world).await["tenants-apart"], Outcome::Ok);
        assert_eq!(leaves().await, ["promise-regressed", "promise-restored"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_in_clear_where_a_sealed_one_should_be_is_found() {
    on_both_engines(async |world| {
        world.tenant("Example").await;
        assert_eq!(outcome(&world, "stored-values").await, Outcome::Ok);
        let clear = "zosia.kowalska@somewhere.example, who signs in";
        let hex: String = clear.bytes().map(|byte| format!("{byte:02x}")).collect();
        let (sqlite, postgres) = (
            format!("UPDATE user_account SET email = x'{hex}'"),
            format!("UPDATE purser_identity.user_account SET email = decode('{hex}', 'hex')"),
        );
        as_owner(&world, "identity.db", &sqlite, &postgres).await;
        assert_eq!(outcome(&world, "stored-values").await, Outcome::Failed);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn promise_me_16_a_column_that_no_data_map_lists_is_found_in_the_live_database() {
    on_both_engines(async |world| {
        world.tenant("Example").await;
        assert_eq!(outcome(&world, "schema-is-mapped").await, Outcome::Ok);
        let sqlite = "ALTER TABLE user_account ADD COLUMN shoe_size INTEGER";
        as_owner(&world, "identity.db", sqlite, "ALTER TABLE purser_identity.user_account ADD COLUMN shoe_size BIGINT").await;
        let examined = world.opened.doctor().examine("schema-is-mapped").await.expect("kept").expect("a check");
        assert_eq!(examined.observation.outcome, Outcome::Failed);
        assert_eq!(examined.observation.evidence["differing"], serde_json::json!(["user_account.shoe_size"]));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passphrase_that_others_may_read_is_found() {
    on_both_engines(async |world| {
        assert_eq!(outcome(&world, "keys-at-rest").await, Outcome::Ok);
        let passphrase = world.data.join("passphrase");
        fs::set_permissions(&passphrase, Permissions::from_mode(0o640)).expect("changed");
        assert_eq!(outcome(&world, "keys-at-rest").await, Outcome::Failed);
        fs::remove_file(&passphrase).expect("removed");
        assert_eq!(outcome(&world, "keys-at-rest").await, Outcome::Warning);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn promise_me_13_a_server_of_several_tenants_that_names_no_privacy_contact_is_warned() {
    on_both_engines(async |world| {
        world.tenant("Example").await;
        assert_eq!(outcome(&world, "privacy-contact").await, Outcome::Ok);
        world.tenant("Another").await;
        assert_eq!(outcome(&world, "privacy-contact").await, Outcome::Warning);
    })
    .await;
    let folder = tempfile::tempdir().expect("a folder");
    let opened = opened(&config(folder.path(), Some("privacy@example.org"))).await;
    for name in ["One", "Two"] {
        opened.identity().create_tenant(name).await.expect("a tenant");
    }
    let examined = opened.doctor().examine("privacy-contact").await.expect("kept").expect("a check");
    assert_eq!(examined.observation.outcome, Outcome::Ok);
    opened.close().await;
}

fn config(folder: &std::path::Path, contact: Option<&str>) -> Config {
    let privacy_contact = contact.map(|text| text.parse().expect("a contact"));
    let wishes = Wishes { listen: "127.0.0.1:0".parse().ok(), offline: true, privacy_contact, ..Wishes::default() };
    let wishes = Wishes { public_url: Some("https://localhost:8443".into()), ..wishes };
    Config::create(DataFolder::new(folder.join("data")), wishes).expect("a data folder")
}

async fn opened(config: &Config) -> Opened {
    Opened::create(config.clone(), Clock::system(), Rng::system()).await.expect("a new installation")
}

#[tokio::test(flavor = "multi_thread")]
async fn routes_and_listener_are_looked_at_while_a_server_runs_and_unknown_where_none_does() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = config(folder.path(), None);
    let running = app::start(opened(&config).await).await.expect("it starts");
    let check = async |check: &str| ask::<CheckLine>(&config, Request::DoctorCheck { check: check.into() }).await.expect("an answer");
    for name in ["routes-closed", "encrypted-transport", "certificate"] {
        let line = check(name).await;
        assert_eq!(line.result, Outcome::Ok, "{name}: {}", line.said);
    }
    let routes = check("routes-closed").await;
    assert_eq!(routes.promises, ["OP-8", "OR-8", "OR-13", "OR-23", "OR-24"]);
    assert!(routes.evidence["routes"].as_u64() > Some(30), "{}", routes.evidence);
    running.stop().await;
    for name in ["routes-closed", "encrypted-transport"] {
        assert_eq!(check(name).await.result, Outcome::Unknown, "{name}");
    }
    let opened = Opened::open(config.clone(), Clock::system(), Rng::system()).await.expect("it opens");
    let kept = opened.doctor().results().await.expect("read");
    assert_eq!(kept["routes-closed"].observation.outcome, Outcome::Ok, "without a server nothing is kept");
    opened.close().await;
    let refused = ask::<CheckLine>(&config, Request::DoctorCheck { check: "shoe-size".into() }).await.err().expect("refused").to_string();
    assert!(refused.starts_with("there is no check shoe-size; there are breach-clocks, certificate, "), "{refused}");
}
