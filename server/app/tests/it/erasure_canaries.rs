//! Whatever is stored of a subject is sealed, so a search of the files finds nothing before an erasure either. The question is what the
//! keys that are left still open: every sealed value of every table, every blob, every ledger entry, every page of the API, before and
//! after, and in a backup from before that is read with the keyring from after.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use kernel::data_map::{Storage, StoreKind};
use kernel::{DeviceId, KeyRef, KeyRing, Place, Scope, ScopeMint, Subject, SystemWork, TenantId, UserId};
use serde_json::json;
use store::{MappedTable, Row, StoreError, Tx};
use wire::Identifying;
use wire::state::{Hardware, Interface, Network};

use crate::canaries::{Canaries, LOG, listen_to_the_log, stored_bytes};
use crate::client::Credential;
use crate::device::state;
use crate::world::{Tenant, World, on_both_engines};

/// Rows that are read at once.
const PAGE_ROWS: usize = 500;

fn tenant_of(tenant: &Tenant) -> TenantId {
    tenant.number.parse().expect("a tenant")
}

fn scope_of(tenant: TenantId) -> Scope {
    ScopeMint::for_app().system(tenant, SystemWork::HostAdministration)
}

/// Everything of a tenant that the keyring opens.
async fn opened_bytes(world: &World, tenant: TenantId) -> Vec<u8> {
    let (stores, keys, scope) = (world.opened.stores(), world.opened.trust().keyring(), scope_of(tenant));
    let mut opened = Vec::new();
    let is_read = |store: StoreKind| matches!(store, StoreKind::Tenant | StoreKind::Identity | StoreKind::System);
    for table in stores.mapped().expect("tables").iter().filter(|table| is_read(table.map().store) && !table.is_intakes()) {
        let keys = Arc::clone(&keys);
        let read = move |tx: &mut Tx<'_>| rows_of(tx, &*keys, table, tenant);
        let found = match table.map().store {
            StoreKind::Tenant => stores.tenant(&scope).read(read).await,
            StoreKind::Identity => stores.identity().read(read).await,
            _ => stores.system().read(read).await,
        };
        match found {
            Err(StoreError::NotFound) => {}
            found => opened.extend(found.expect("rows")),
        }
    }
    for name in stores.blobs().names(&scope).await.expect("names") {
        if let Ok(Some(bytes)) = stores.blobs().get(&scope, &keys, &name).await {
            opened.extend(bytes);
        }
    }
    opened
}

fn rows_of(tx: &mut Tx<'_>, keys: &dyn KeyRing, table: &'static MappedTable, tenant: TenantId) -> Result<Vec<u8>, StoreError> {
    let (mut opened, mut after) = (Vec::new(), None::<Row>);
    loop {
        let page = table.page(tx, Subject::Tenant(tenant), after.as_ref(), PAGE_ROWS)?;
        let Some(last) = page.last() else { return Ok(opened) };
        after = Some(last.clone());
        for row in &page {
            for column in table.map().columns {
                let place = table.place_of(column.name).expect("a column");
                let number = |name: &str| table.place_of(name).and_then(|place| row.get::<i64>(place).ok());
                let Some(bound) = table.map().bound_to.and_then(number) else { continue };
                let device = || number("device_id").and_then(DeviceId::from_number).map(|device| KeyRef::Device(tenant, device));
                let user = || number("user_id").and_then(UserId::from_number).map(|user| KeyRef::User(tenant, user));
                let subject = number("subject_id");
                let candidates: Vec<KeyRef> = match column.storage {
                    Storage::SealedTenant => vec![KeyRef::Tenant(tenant)],
                    Storage::SealedDevice => device().into_iter().collect(),
                    Storage::SealedUser => user().into_iter().collect(),
                    // Whichever opens it: no kind is known here.
                    Storage::SealedSubject => [
                        subject.and_then(DeviceId::from_number).map(|device| KeyRef::Device(tenant, device)),
                        subject.and_then(UserId::from_number).map(|user| KeyRef::User(tenant, user)),
                        Some(KeyRef::Tenant(tenant)),
                    ]
                    .into_iter()
                    .flatten()
                    .collect(),
                    _ => continue,
                };
                let Ok(sealed) = row.get::<Vec<u8>>(place) else { continue };
                let at = Place { table: table.map().number, column: column.number, row: bound };
                opened.extend(candidates.into_iter().filter_map(|key| keys.open(key, at, &sealed).ok()).flat_map(|bytes| bytes.to_vec()));
                opened.push(0);
            }
        }
    }
}

/// What the API shows of a tenant.
async fn shown(world: &World, credential: &Credential) -> Vec<u8> {
    let mut shown = Vec::new();
    for path in ["devices", "groups", "packages", "vulnerabilities", "ledger/leaves?limit=500", "tokens", "erasures", "updates/summary"] {
        shown.extend(world.send(credential, "GET", &format!("/api/v1/{path}"), None).await.text().into_bytes());
    }
    shown
}

/// A device whose names are everywhere where a device's names can be.
async fn planted(world: &World, tenant: &Tenant, canaries: &mut Canaries) -> (crate::device::Device, wire::state::State) {
    // A name that is left is written over at once; the later one stays.
    let device = world.enrol(tenant, "before.example").await;
    let mut reported = state("before.example", &[("bash", "5.2.15-2")]);
    let package = canaries.plant("a package that only it has", "kanarie-private-tool");
    reported.packages.as_mut().expect("packages").extend(state("", &[(&package, "1.0-1")]).packages.expect("packages"));
    let serial_number = Identifying::new(canaries.plant("serial number", "SN-KANARIE-9F3X8"));
    reported.hardware = Some(Hardware { serial_number: Some(serial_number), ..Hardware::default() });
    let mac_address = Some(Identifying::new(canaries.plant("hardware address", "02:ca:4a:21:e9:18")));
    let addresses = vec![Identifying::new(canaries.plant("address", "198.51.100.218"))];
    reported.network = Some(Network { interfaces: vec![Interface { name: "eth0".into(), up: true, mac_address, addresses }] });
    reported.canonicalise();
    world.report(&device, 1, &reported).await;
    let moved = canaries.plant("host name", "db-kanarie-22.intern.example");
    reported.host_name = Some(Identifying::new(moved));
    world.report(&device, 2, &reported).await;
    world.check_in(&device, 3, &reported).await;
    let label = canaries.plant("label", "kanarie-standort-21");
    let path = format!("/api/v1/devices/{}", device.device);
    world.done(&tenant.owner, "PATCH", &path, Some(json!({ "labels": { "site": label } }))).await;
    (device, reported)
}

fn names<'a>(canaries: &'a Canaries, but: &[&str]) -> BTreeSet<&'a str> {
    canaries.0.iter().map(|(what, _)| *what).filter(|what| !but.contains(what)).collect()
}

async fn erase(world: &World, tenant: &Tenant, subject: Subject) {
    let erasures = world.opened.erasures();
    erasures.request(&scope_of(tenant_of(tenant)), subject, Duration::ZERO).await.expect("it is taken on");
    assert_eq!(erasures.run_due().await.expect("it runs"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn promise_op_27_of_an_erased_device_the_keys_that_are_left_open_nothing_anywhere() {
    listen_to_the_log();
    on_both_engines(async |world| {
        let tenant = world.tenant("Example").await;
        let stays = world.enrol(&tenant, "stays.example").await;
        world.report(&stays, 1, &state("stays.example", &[("bash", "5.2.15-2")])).await;
        let mut canaries = Canaries::default();
        let (gone, _) = planted(&world, &tenant, &mut canaries).await;
        world.opened.inventory().fold().await.expect("it folds");
        world.opened.inventory().save_snapshots().await.expect("snapshots");
        let number = tenant_of(&tenant);

        let before = canaries.found_in(&opened_bytes(&world, number).await);
        assert_eq!(before, names(&canaries, &[]), "the control: the keys open every marker before");
        let backup = Backup::take(&world, number);

        erase(&world, &tenant, Subject::Device(number, gone.device)).await;

        let opened = opened_bytes(&world, number).await;
        assert!(opened.len() > 1_000, "the others' data open as before");
        assert_eq!(canaries.found_in(&opened), BTreeSet::new(), "what the keys open");
        assert_eq!(canaries.found_in(&shown(&world, &tenant.owner).await), BTreeSet::new(), "what is shown");
        world.opened.inventory().save_snapshots().await.expect("snapshots");
        assert_eq!(canaries.found_in(&opened_bytes(&world, number).await), BTreeSet::new(), "with the next snapshot");
        for (place, bytes) in stored_bytes(&world).await {
            assert_eq!(canaries.found_in(&bytes), BTreeSet::new(), "{place}");
        }
        let log = LOG.0.lock().expect("the log").clone();
        assert_eq!(canaries.found_in(&log), BTreeSet::new(), "the log");

        if let Some(backup) = backup {
            // A package set names no device; it is among the survivors that the receipt lists.
            let found = canaries.found_in(&backup.opened(&world, number));
            assert_eq!(found.difference(&BTreeSet::from(["a package that only it has"])).count(), 0, "a backup from before: {found:?}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_an_erased_user_the_keys_that_are_left_open_nothing_anywhere() {
    on_both_engines(async |world| {
        let tenant = world.tenant("Kanarienvogel Werke").await;
        let mut canaries = Canaries::default();
        canaries.plant("e-mail address", &tenant.email);
        let number = tenant_of(&tenant);
        assert_eq!(canaries.found_in(&opened_bytes(&world, number).await), names(&canaries, &[]), "the control");
        let session = world.done(&tenant.owner, "GET", "/api/v1/session", None).await;
        let user: UserId = session["user"].as_str().expect("a user").parse().expect("an id");
        let (other, _) = world.person(&tenant, "other@example.org", json!([{ "role": "owner" }])).await;
        erase(&world, &tenant, Subject::User(number, user)).await;
        assert_eq!(canaries.found_in(&opened_bytes(&world, number).await), BTreeSet::new());
        assert_eq!(canaries.found_in(&shown(&world, &other).await), BTreeSet::new());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_an_erased_tenant_the_keys_that_are_left_open_nothing_and_its_files_are_gone() {
    on_both_engines(async |world| {
        let tenant = world.tenant("Kanarienvogel Werke").await;
        let mut canaries = Canaries::default();
        canaries.plant("tenant name", "Kanarienvogel Werke");
        canaries.plant("e-mail address", &tenant.email);
        planted(&world, &tenant, &mut canaries).await;
        world.opened.inventory().fold().await.expect("it folds");
        world.opened.inventory().save_snapshots().await.expect("snapshots");
        let number = tenant_of(&tenant);
        assert_eq!(canaries.found_in(&opened_bytes(&world, number).await), names(&canaries, &[]), "the control");
        let backup = Backup::take(&world, number);
        erase(&world, &tenant, Subject::Tenant(number)).await;
        assert_eq!(canaries.found_in(&opened_bytes(&world, number).await), BTreeSet::new());
        if world.database_url.is_none() {
            let numbered = number.number().to_string();
            for (place, _) in stored_bytes(&world).await {
                assert!(!place.contains(&numbered), "{place} is still there");
            }
        }
        if let Some(backup) = backup {
            assert_eq!(canaries.found_in(&backup.opened(&world, number)), BTreeSet::new(), "a backup from before");
        }
    })
    .await;
}

/// A copy of an embedded tenant's file from before.
struct Backup {
    folder: tempfile::TempDir,
}

impl Backup {
    /// Nothing on PostgreSQL, whose backups are its own.
    fn take(world: &World, tenant: TenantId) -> Option<Self> {
        let file = world.data.join("tenants").join(format!("{}.db", tenant.number()));
        if world.database_url.is_some() {
            return None;
        }
        let folder = tempfile::tempdir().expect("a folder");
        for ending in ["", "-wal"] {
            let from = format!("{}{ending}", file.display());
            if std::path::Path::new(&from).exists() {
                std::fs::copy(&from, folder.path().join(format!("copy.db{ending}"))).expect("copied");
            }
        }
        Some(Self { folder })
    }

    /// What the keyring of now opens of it.
    fn opened(&self, world: &World, tenant: TenantId) -> Vec<u8> {
        let (keys, copy) =
            (world.opened.trust().keyring(), rusqlite::Connection::open(self.folder.path().join("copy.db")).expect("a copy"));
        let mut opened = Vec::new();
        let mut sealed_values = 0;
        let tables = world.opened.stores().mapped().expect("tables").iter().filter(|table| table.map().store == StoreKind::Tenant);
        for table in tables {
            let Some(bound) = table.map().bound_to else { continue };
            for column in table.map().columns.iter().filter(|column| is_sealed(column.storage)) {
                let whose =
                    ["device_id", "user_id", "subject_id"].into_iter().find(|name| table.place_of(name).is_some()).unwrap_or("NULL");
                let sql = format!("SELECT {bound}, {whose}, {} FROM {}", column.name, table.map().name);
                let mut statement = copy.prepare(&sql).expect("SQL");
                let rows =
                    statement.query_map([], |row| Ok((row.get(0)?, row.get::<_, Option<i64>>(1)?, row.get::<_, Option<Vec<u8>>>(2)?)));
                for row in rows.expect("rows") {
                    let (bound, whose, Some(sealed)): (i64, _, Option<Vec<u8>>) = row.expect("a row") else { continue };
                    sealed_values += 1;
                    let at = Place { table: table.map().number, column: column.number, row: bound };
                    let device = whose.and_then(DeviceId::from_number).map(|device| KeyRef::Device(tenant, device));
                    let user = whose.and_then(UserId::from_number).map(|user| KeyRef::User(tenant, user));
                    let candidates = [device, user, Some(KeyRef::Tenant(tenant))].into_iter().flatten();
                    opened.extend(candidates.filter_map(|key| keys.open(key, at, &sealed).ok()).flat_map(|bytes| bytes.to_vec()));
                }
            }
        }
        assert!(sealed_values > 5, "the copy holds what was sealed: {sealed_values}");
        opened
    }
}

const fn is_sealed(storage: Storage) -> bool {
    matches!(storage, Storage::SealedTenant | Storage::SealedDevice | Storage::SealedUser | Storage::SealedSubject)
}
