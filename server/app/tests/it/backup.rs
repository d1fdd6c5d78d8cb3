//! A copy of the data as the guide has it made, and what `purser verify backup` says of it.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use app::host::{BackupFacts, Request, StoreFinding};
use app::{Config, DataFolder, Opened, Rng, Wishes};
use kernel::{DeviceId, Subject, TenantId};
use rusqlite::Connection;
use store::testing::TestDatabase;
use store::{CopiedStore, StoreKind, Value};

use crate::integrity::{host, rows, tenant};
use crate::put_back::{table, write_anew};
use crate::world::World;

/// What the guide leaves out of a copy of the data.
fn is_left_out(name: &str) -> bool {
    ["passphrase", "purser.sock", "blobs"].contains(&name) || name.starts_with("keyring.db")
}

/// Copies a data folder at rest; `whole`: with its keys.
fn take(from: &Path, to: &Path, whole: bool) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let (entry, target) = entry.map(|entry| (entry.path(), to.join(entry.file_name()))).expect("an entry");
        let name = entry.file_name().expect("a name").to_string_lossy().into_owned();
        if name.ends_with("-shm") || (!whole && is_left_out(&name)) {
            continue;
        }
        match entry.is_dir() {
            true => take(&entry, &target, whole),
            false => drop(fs::copy(entry, target).expect("copied")),
        }
    }
}

fn copy(world: &World, name: &str) -> PathBuf {
    let copy = world.data.with_file_name(name);
    take(&world.data, &copy, false);
    copy
}

async fn verify(world: &World, folder: &Path) -> BackupFacts {
    let answer = world.as_host(Request::VerifyBackup { folder: folder.to_owned() }).await;
    assert!(!world.data.join("backup-check").exists(), "nothing of it is left");
    serde_json::from_value(answer).expect("facts")
}

fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut all = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        match path.is_dir() {
            true => all.extend(files(&path)),
            false => drop(all.insert(path.clone(), fs::read(&path).expect("read"))),
        }
    }
    all
}

/// What is wrong as a whole.
fn named(facts: &BackupFacts) -> Vec<(&str, &str)> {
    facts.findings.iter().map(|found| (found.what.as_str(), found.place.as_str())).collect()
}

fn of(facts: &BackupFacts, tenant: TenantId) -> &[StoreFinding] {
    let text = tenant.to_string();
    &facts.tenants.iter().find(|line| line.store.tenant == text).expect("the tenant").store.findings
}

/// A world of two tenants, on its own files.
async fn world(folder: &Path) -> (Arc<World>, TenantId, TenantId) {
    let world = Arc::new(World::new(folder.join("data"), None).await);
    let (mine, other) = (tenant(&world, "quokka").await, tenant(&world, "wombat").await);
    world.opened.ledger().sequence_step().await.expect("in order");
    (world, mine, other)
}

/// Runs a statement on a file of a copy.
fn change(copy: &Path, store: CopiedStore, sql: &str) -> usize {
    let connection = Connection::open(store.file(copy)).expect("opened");
    connection.execute(sql, []).expect("changed")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_good_copy_is_found_good_at_once_and_later_with_its_age_and_stays_as_it_was() {
    let folder = tempfile::tempdir().expect("a folder");
    let (world, mine, _) = world(folder.path()).await;
    let copy = copy(&world, "copy");
    let before = files(&copy);
    let fresh = verify(&world, &copy).await;
    assert_eq!((fresh.findings_total, named(&fresh)), (0, vec![]));
    assert_eq!((fresh.files, fresh.files_to_migrate, fresh.tenants.len(), fresh.tenants_since), (6, 0, 2, 0));
    for line in &fresh.tenants {
        assert!(line.store.values > 20 && line.store.compared > 10 && line.store.erased == 0 && !line.is_erased);
        let ledger = line.ledger.as_ref().expect("a ledger");
        assert_eq!((ledger.standing.as_str(), ledger.behind), ("begins", 0));
        // The first tenant's people came a while before the second's.
        assert!(ledger.entries > 0 && ledger.newest_at.is_some_and(|newest| world.clock.now().since(newest) < Duration::from_secs(600)));
    }
    let ledger = fresh.instance.expect("a ledger");
    assert!(ledger.entries > 0 && ledger.standing == "begins" && ledger.findings_total == 0);

    world.hand.advance(Duration::from_secs(3_600));
    world.opened.identity().recover_user(mine, "owner@quokka.example").await.expect("a link");
    world.opened.integrity().settle(&host(mine)).await.expect("settled");
    world.opened.ledger().sequence_step().await.expect("in order");
    world.opened.ledger().checkpoint(&host(mine)).await.expect("signed");
    let third = tenant(&world, "numbat").await;
    let later = verify(&world, &copy).await;
    assert_eq!((later.findings_total, named(&later)), (0, vec![]), "that it is older is no fault of it");
    assert_eq!(later.tenants_since, 1, "{third}");
    let ledger = later.tenants.iter().find(|line| line.store.tenant == mine.to_string()).and_then(|line| line.ledger.as_ref());
    assert!(ledger.is_some_and(|ledger| ledger.behind >= 1 && ledger.newest_at < Some(world.clock.now())));
    assert_eq!(files(&copy), before, "the copy is not changed");
    let signed = world.opened.ledger().checkpoint(&host(mine)).await;
    assert!(signed.is_ok(), "nothing was signed of the copy that stands in the present ledger's way: {signed:?}");
    world.opened.clone().close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn caches_in_a_copy_are_named_since_they_may_tell_of_what_was_erased_since() {
    let folder = tempfile::tempdir().expect("a folder");
    let (world, mine, _) = world(folder.path()).await;
    let copy = copy(&world, "copy");
    let caches = copy.join("blobs").join(mine.number().to_string());
    fs::create_dir_all(&caches).expect("a folder");
    assert_eq!(named(&verify(&world, &copy).await), [], "an empty folder tells nothing");
    fs::write(caches.join("name-card-0"), b"sealed").expect("written");
    assert_eq!(named(&verify(&world, &copy).await), [("caches", "blobs")]);
    world.opened.clone().close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_that_nothing_writes_is_its_own_tenants_finding_and_hides_no_other() {
    let folder = tempfile::tempdir().expect("a folder");
    let (world, mine, other) = world(folder.path()).await;
    let copy = copy(&world, "copy");
    assert!(change(&copy, CopiedStore::Tenant(mine), "UPDATE ledger_leaf SET commitment = x'00'") > 0);
    let facts = verify(&world, &copy).await;
    assert_eq!(facts.findings.iter().map(|found| found.what.as_str()).collect::<Vec<_>>(), ["damaged"]);
    assert!(facts.tenants.iter().any(|line| line.store.tenant == other.to_string() && line.store.values > 20), "the other is looked at");
    world.opened.clone().close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_erased_since_the_copy_was_made_is_counted_and_is_no_finding() {
    let folder = tempfile::tempdir().expect("a folder");
    let (world, mine, other) = world(folder.path()).await;
    let copy = copy(&world, "copy");
    let states = table(&world, StoreKind::Tenant, "device_state");
    let Value::Int(device) = rows(&world, mine, states).await[0][states.place_of("device_id").expect("a column")] else { panic!() };
    let device = Subject::Device(mine, DeviceId::from_number(device).expect("a device"));
    for subject in [device, Subject::Tenant(other)] {
        let scope = host(subject.tenant());
        world.opened.erasures().request(&scope, subject, Duration::ZERO).await.expect("it is taken on");
    }
    assert_eq!(world.opened.erasures().run_due().await.expect("it runs"), 2);
    let facts = verify(&world, &copy).await;
    assert_eq!((facts.findings_total, named(&facts)), (0, vec![]), "{:?}", of(&facts, mine));
    let line = |tenant: TenantId| facts.tenants.iter().find(|line| line.store.tenant == tenant.to_string()).expect("the tenant");
    assert!(line(mine).store.erased > 3 && !line(mine).is_erased);
    assert!(line(other).is_erased && line(other).store.values == 0);
    world.opened.clone().close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_in_a_copy_are_found_whatever_they_are_called() {
    let folder = tempfile::tempdir().expect("a folder");
    let (world, ..) = world(folder.path()).await;
    let copy = copy(&world, "copy");
    let elsewhere = folder.path().join("second-copy");
    world.as_host(Request::KeysCopy { folder: Some(elsewhere.clone()) }).await;
    fs::create_dir_all(copy.join("a/b")).expect("a folder");
    let put = |from: PathBuf, to: &str| fs::copy(from, copy.join(to)).expect("copied");
    put(world.data.join("keyring.db"), "keyring.db");
    let keyring = Connection::open(world.data.join("keyring.db")).expect("opened");
    keyring.execute("VACUUM INTO ?1", [copy.join("tenants/9.db").to_str().expect("a path")]).expect("copied");
    put(world.data.join("keyring.db-wal"), "some-log");
    put(world.data.join("passphrase"), "a/b/letter.txt");
    put(elsewhere.join("keyring.copy"), "a/notes");
    let _socket = UnixListener::bind(copy.join("a/some.sock")).expect("a socket");
    let facts = verify(&world, &copy).await;
    let found: Vec<_> = facts.findings.iter().map(|found| (found.what.as_str(), found.place.as_str(), found.detail.as_str())).collect();
    let keys = [
        ("key", "a/b/letter.txt", "passphrase"),
        ("key", "a/notes", "keyring-copy"),
        ("key", "a/some.sock", "socket"),
        ("key", "keyring.db", "keyring"),
        ("key", "some-log", "keyring"),
        ("key", "tenants/9.db", "keyring"),
    ];
    assert_eq!(found, keys);
    assert_eq!((facts.findings_total, facts.tenants.len()), (6, 2), "the rest of it is looked at all the same");
    world.opened.clone().close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_missing_damaged_or_of_a_newer_version_is_named_by_its_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let (world, mine, other) = world(folder.path()).await;
    let copy = copy(&world, "copy");
    let path = |store: CopiedStore| store.file(&copy);
    fs::remove_file(copy.join("settings.toml")).expect("removed");
    fs::remove_dir_all(copy.join("tls")).expect("removed");
    fs::remove_file(path(CopiedStore::Intake)).expect("removed");
    fs::remove_file(path(CopiedStore::Tenant(mine))).expect("removed");
    // Its log is written into the file, and then a byte of the file is another.
    assert_eq!(change(&copy, CopiedStore::Master, "INSERT INTO store_migration VALUES ('vulnerabilities', 999, 'x', x'00', 1)"), 1);
    change(&copy, CopiedStore::Tenant(other), "UPDATE store_migration SET name = name WHERE FALSE");
    let mut bytes = fs::read(path(CopiedStore::Tenant(other))).expect("read");
    bytes[100] ^= 1;
    fs::write(path(CopiedStore::Tenant(other)), bytes).expect("written");
    let facts = verify(&world, &copy).await;
    let mut found = named(&facts);
    found.sort_unstable();
    let file = |tenant: TenantId| format!("tenants/{}.db", tenant.number());
    let (of_mine, of_other) = (file(mine), file(other));
    let (missing, certificates): (Vec<_>, Vec<_>) = found.into_iter().partition(|(_, place)| !place.starts_with("tls/"));
    let expected =
        [("damaged", &*of_other), ("foreign", "master.db"), ("missing", "intake.db"), ("missing", "settings.toml"), ("missing", &*of_mine)];
    assert_eq!(missing, expected);
    assert!(!certificates.is_empty() && certificates.iter().all(|(what, _)| *what == "missing"), "{certificates:?}");
    world.opened.clone().close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_byte_of_a_sealed_value_and_a_row_put_back_or_removed_within_the_copy_are_named_by_their_place() {
    let folder = tempfile::tempdir().expect("a folder");
    let (world, mine, other) = world(folder.path()).await;
    let states = table(&world, StoreKind::Tenant, "device_state");
    let before = rows(&world, mine, states).await;
    let place = |name: &str| states.place_of(name).expect("a column");
    let (device_at, sealed_at) =
        (place("device_id"), states.map().columns.iter().find(|column| column.name == "body").map(|_| place("body")));
    let sealed_at = sealed_at.expect("a sealed column");
    write_anew(&world, mine, states, &before[0]).await;
    world.opened.integrity().settle(&host(mine)).await.expect("settled");
    let copy = copy(&world, "copy");
    assert_eq!(verify(&world, &copy).await.findings_total, 0, "a control");
    let connection = Connection::open(CopiedStore::Tenant(mine).file(&copy)).expect("opened");
    let (Value::Int(first), Value::Int(second)) = (&before[0][device_at], &before[1][device_at]) else { panic!() };
    let Value::Blob(older) = &before[0][sealed_at] else { panic!() };
    connection.execute("UPDATE device_state SET body = ?1 WHERE device_id = ?2", (older, first)).expect("put back");
    connection.execute("DELETE FROM device_state WHERE device_id = ?1", [second]).expect("removed");
    drop(connection);
    let connection = Connection::open(CopiedStore::Tenant(other).file(&copy)).expect("opened");
    let sealed: Vec<u8> = connection.query_row("SELECT body FROM device_state LIMIT 1", [], |row| row.get(0)).expect("a row");
    // What lies in the log is written into the file when the last connection closes.
    drop(connection);
    let mut bytes = fs::read(CopiedStore::Tenant(other).file(&copy)).expect("read");
    let at = bytes.windows(64).position(|window| window == &sealed[..64]).expect("the value lies in the file");
    bytes[at + 40] ^= 1;
    fs::write(CopiedStore::Tenant(other).file(&copy), bytes).expect("written");
    let facts = verify(&world, &copy).await;
    let told = |tenant| of(&facts, tenant).iter().map(|found| (found.table.clone(), found.what.clone())).collect::<Vec<_>>();
    let of_states = |what: &str| ("tenant.device_state".to_owned(), what.to_owned());
    assert_eq!(told(mine), [of_states("put-back"), of_states("removed")]);
    assert_eq!(told(other), [of_states("altered")]);
    assert_eq!((facts.findings_total, named(&facts)), (3, vec![]));
    world.opened.clone().close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_of_two_moments_and_a_file_of_another_tenant_are_no_copy() {
    let folder = tempfile::tempdir().expect("a folder");
    let (world, mine, other) = world(folder.path()).await;
    let before = copy(&world, "before");
    let accounts = table(&world, StoreKind::Identity, "user_account");
    let account = rows(&world, mine, accounts).await.remove(0);
    write_anew(&world, mine, accounts, &account).await;
    world.opened.integrity().settle(&host(mine)).await.expect("settled");
    let after = copy(&world, "after");
    assert_eq!(verify(&world, &after).await.findings_total, 0, "a control");
    for name in ["identity.db", "identity.db-wal"] {
        let _is_gone = fs::remove_file(after.join(name));
        if before.join(name).exists() {
            fs::copy(before.join(name), after.join(name)).expect("copied");
        }
    }
    let facts = verify(&world, &after).await;
    assert!(
        of(&facts, mine).iter().any(|found| found.what == "stamps-behind" && found.table == "identity.stamp_head"),
        "{:?}",
        of(&facts, mine)
    );
    let file = |tenant| CopiedStore::Tenant(tenant).file(&before);
    let log = |tenant| PathBuf::from(format!("{}-wal", file(tenant).display()));
    let _is_gone = fs::remove_file(log(mine));
    fs::copy(file(other), file(mine)).expect("copied");
    if log(other).exists() {
        fs::copy(log(other), log(mine)).expect("copied");
    }
    let facts = verify(&world, &before).await;
    let line = facts.tenants.iter().find(|line| line.store.tenant == mine.to_string()).expect("the tenant");
    assert_eq!(line.ledger.as_ref().map(|ledger| ledger.standing.as_str()), Some("empty"));
    assert!(facts.findings_total > 0);
    world.opened.clone().close().await;
}

/// Opens a copy that has its keys, as somebody who runs it apart.
async fn open(world: &World, data: PathBuf) -> World {
    let wishes = Wishes { offline: true, ..Wishes::default() };
    let config = Config::load(DataFolder::new(data.clone()), wishes).expect("settings");
    let opened = Opened::open(config, world.clock.clone(), Rng::seeded(77)).await.expect("opened");
    World { site: app::site(&opened), opened, hand: world.hand.clone(), clock: world.clock.clone(), data, database_url: None }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_that_went_on_otherwise_and_an_entry_that_is_not_the_trees_are_named_by_their_place() {
    let folder = tempfile::tempdir().expect("a folder");
    let (world, mine, other) = world(folder.path()).await;
    let forked = world.data.with_file_name("forked");
    take(&world.data, &forked, true);
    let checkpoint = world.opened.ledger().checkpoint(&host(mine)).await.expect("signed");
    let apart = open(&world, forked.clone()).await;
    for world in [&world, &apart] {
        world.opened.identity().recover_user(mine, "owner@quokka.example").await.expect("a link");
        world.opened.ledger().sequence_step().await.expect("in order");
    }
    world.opened.ledger().checkpoint(&host(mine)).await.expect("signed");
    apart.opened.clone().close().await;
    for name in ["keyring.db", "keyring.db-wal", "passphrase"] {
        let _is_gone = fs::remove_file(forked.join(name));
    }
    for (from, to) in [(1, 1_000_000), (2, 1), (1_000_000, 2)] {
        let sql = format!("UPDATE ledger_leaf SET sequence = {to} WHERE sequence = {from}");
        assert_eq!(change(&forked, CopiedStore::Tenant(other), &sql), 1);
    }
    let facts = verify(&world, &forked).await;
    let ledger = |tenant: TenantId| {
        let line = facts.tenants.iter().find(|line| line.store.tenant == tenant.to_string()).expect("the tenant");
        line.ledger.as_ref().expect("a ledger")
    };
    assert_eq!((ledger(mine).standing.as_str(), ledger(mine).parts_at), ("parts", Some(checkpoint.size)));
    assert_eq!(ledger(other).standing, "begins", "its tree is the present one's beginning");
    let places: Vec<_> = of(&facts, other).iter().map(|found| (found.what.as_str(), found.row.as_str())).collect();
    assert_eq!(places, [("not-in-tree", "sequence 1"), ("not-in-tree", "sequence 2")]);
    world.opened.clone().close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_of_the_instances_ledger_that_was_altered_is_named_by_its_place() {
    let folder = tempfile::tempdir().expect("a folder");
    let (world, ..) = world(folder.path()).await;
    let copy = copy(&world, "copy");
    let sql = "UPDATE instance_ledger_leaf SET recorded_at = recorded_at + 1 WHERE sequence = 1";
    assert_eq!(change(&copy, CopiedStore::System, sql), 1);
    let facts = verify(&world, &copy).await;
    let ledger = facts.instance.as_ref().expect("a ledger");
    let found: Vec<_> = ledger.findings.iter().map(|found| (found.what.as_str(), found.table.as_str(), found.row.as_str())).collect();
    assert_eq!(found, [("altered", "system.instance_ledger_leaf", "sequence 1")]);
    assert_eq!(facts.findings_total, 1);
    let sql = "UPDATE instance_ledger_checkpoint SET root = zeroblob(32)";
    assert!(change(&copy, CopiedStore::System, sql) > 0);
    assert_eq!(verify(&world, &copy).await.instance.expect("a ledger").standing, "damaged");
    world.opened.clone().close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_of_another_installation_is_called_that_and_nothing_more() {
    let folder = tempfile::tempdir().expect("a folder");
    let (world, ..) = world(folder.path()).await;
    let other = Arc::new(World::of_chance(folder.path().join("other/data"), None, Rng::seeded(12)).await);
    tenant(&other, "numbat").await;
    other.opened.ledger().sequence_step().await.expect("in order");
    let copy = copy(&other, "copy");
    let facts = verify(&world, &copy).await;
    assert_eq!((named(&facts), facts.findings_total, facts.tenants.len()), (vec![("other-installation", "")], 1, 0));
    other.opened.clone().close().await;
    world.opened.clone().close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_present_data_are_the_older_ones_a_copy_with_all_that_was_signed_is_good_and_an_older_one_unproven() {
    let folder = tempfile::tempdir().expect("a folder");
    let (world, mine, _) = world(folder.path()).await;
    world.opened.ledger().checkpoint(&host(mine)).await.expect("signed");
    let present = folder.path().join("present");
    take(&world.data, &present, true);
    let older = copy(&world, "older");
    for _ in 0..2 {
        world.opened.identity().recover_user(mine, "owner@quokka.example").await.expect("a link");
        world.opened.ledger().sequence_step().await.expect("in order");
    }
    world.opened.ledger().checkpoint(&host(mine)).await.expect("signed");
    let newer = copy(&world, "newer");
    world.opened.clone().close().await;
    for name in ["keyring.db", "keyring.db-wal"] {
        let _is_gone = fs::remove_file(present.join(name));
        if world.data.join(name).exists() {
            fs::copy(world.data.join(name), present.join(name)).expect("copied");
        }
    }
    let put_back = open(&world, present).await;
    assert!(put_back.opened.ledger().checkpoint(&host(mine)).await.is_err(), "entries that were signed are lost");
    for (copy, expected) in [(&newer, "ahead"), (&older, "unproven")] {
        let facts = verify(&put_back, copy).await;
        let line = facts.tenants.iter().find(|line| line.store.tenant == mine.to_string()).expect("the tenant");
        let ledger = line.ledger.as_ref().expect("a ledger");
        assert_eq!((ledger.standing.as_str(), ledger.findings_total), (expected, 0));
    }
    put_back.opened.clone().close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_copy_is_refused_with_what_to_do_and_what_a_process_that_died_has_left_goes_at_the_next_start() {
    let folder = tempfile::tempdir().expect("a folder");
    let world = World::new(folder.path().join("data"), None).await;
    let refused = async |folder: &Path| world.refused_as_host(Request::VerifyBackup { folder: folder.to_owned() }).await;
    assert!(refused(&world.data).await.contains("not apart from the data folder"));
    assert!(refused(folder.path()).await.contains("not apart from the data folder"));
    assert!(refused(&world.data.join("tenants")).await.contains("not apart from the data folder"));
    let file = folder.path().join("copy.tar");
    fs::write(&file, b"x").expect("written");
    assert!(refused(&file).await.contains("unpack the copy first"));
    assert!(refused(&folder.path().join("nowhere")).await.contains("cannot be read"));
    let copy = copy(&world, "copy");
    let left = world.data.join("backup-check");
    fs::create_dir(&left).expect("a folder");
    fs::write(left.join("system.db"), b"x").expect("written");
    assert!(refused(&copy).await.contains("being looked at already"));
    world.opened.clone().close().await;
    let (data, clock, hand) = (world.data.clone(), world.clock.clone(), world.hand.clone());
    drop(world);
    let config = Config::load(DataFolder::new(data.clone()), Wishes::default()).expect("settings");
    let opened = Opened::open(config, clock.clone(), Rng::seeded(5)).await.expect("opened");
    assert!(!left.exists());
    let world = World { site: app::site(&opened), opened, hand, clock, data, database_url: None };
    for _ in ["no log has an entry in its place", "the present one has"] {
        let facts = verify(&world, &copy).await;
        assert_eq!((facts.findings_total, facts.instance.map(|ledger| ledger.entries)), (0, Some(0)), "a copy of before the first start");
        world.opened.ledger().sequence_step().await.expect("in order");
    }
    world.opened.close().await;
    let Some(database) = TestDatabase::make().await else { return };
    let world = World::new(folder.path().join("postgres/data"), Some(database.url.clone())).await;
    let refused = world.refused_as_host(Request::VerifyBackup { folder: copy }).await;
    assert!(refused.contains("PostgreSQL") && refused.contains("purser verify store"), "{refused}");
    world.opened.close().await;
    database.remove().await;
}
