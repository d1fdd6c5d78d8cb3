//! What cannot be recorded is not done: promise OR-26.
//!
//! The ledger's tables take no row any more, as if their disk were full. Then each route that changes something is asked by
//! somebody who may; the list is compared with the route table, so that a new route cannot be forgotten.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use app::host::{Installation, Request};
use kernel::{Access, Scope, ScopeMint, Subject, SystemWork};
use serde_json::{Value, json};
use tokio_postgres::NoTls;
use web::Method;
use wire::Identifying;
use wire::report::ExternalName;

use crate::client::{Answer, Credential, send_bytes};
use crate::device::{full, state};
use crate::routes::{CERTIFICATE_REQUEST, Furnished, exported, filled, furnished};
use crate::world::{PASSWORD, World, on_both_engines};

/// Tables that the ledgers' leaves lie in, of tenants and of the instance.
const LEAVES: [&str; 2] = ["ledger_leaf", "instance_ledger_leaf"];

/// Routes that change nothing that is stored: this installation is offline, so nothing is fetched.
const CHANGE_NOTHING: &[&str] = &[
    "beginPasskey",
    "beginPasskeyConfirmation",
    "checkSignOnProvider",
    "fetchFeed",
    "finishPasskeyConfirmation",
    "searchDirectory",
    "searchDirectoryUsers",
    "searchPeopleGroups",
];

/// What a script calls a device that is erased.
const BARRED_NAME: &str = "printer-3";

/// Where a body has this for a code, it is asked with the next one: each is good once.
const NEXT_CODE: &str = "the next code";
/// Routes that tell when they were last asked.
const NOTE_THE_TIME: &[&str] = &["listSessions"];

/// What the ledger takes.
#[derive(Clone, Copy)]
enum Ledgers {
    Full,
    Free,
}

impl World {
    /// Lets the ledgers' tables take no leaf, or take them again.
    async fn make_ledgers(&self, now: Ledgers) {
        match &self.database_url {
            None => {
                let tenants =
                    fs::read_dir(self.data.join("tenants")).expect("tenants' stores").map(|entry| entry.expect("an entry").path());
                let stores = tenants.filter(|path| path.extension().is_some_and(|extension| extension == "db"));
                stores.chain([self.data.join("system.db")]).for_each(|path| make_file(&path, now));
            }
            Some(url) => make_database(url, now).await,
        }
    }
}

fn make_file(path: &Path, now: Ledgers) {
    let store = rusqlite::Connection::open(path).expect("a store");
    store.busy_timeout(Duration::from_secs(30)).expect("it waits");
    for table in LEAVES {
        let has_table = "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = ?1";
        if store.query_row(has_table, [table], |row| row.get::<_, i64>(0)).expect("read") == 0 {
            continue;
        }
        let change = match now {
            Ledgers::Full => {
                format!("CREATE TRIGGER full_{table} BEFORE INSERT ON {table} BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END")
            }
            Ledgers::Free => format!("DROP TRIGGER full_{table}"),
        };
        store.execute_batch(&change).expect("changed");
    }
}

async fn make_database(url: &str, now: Ledgers) {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.expect("the test server answers");
    let connection = tokio::spawn(connection);
    for table in LEAVES {
        let rows = client.query("SELECT schemaname::text FROM pg_tables WHERE tablename = $1", &[&table]).await.expect("read");
        assert!(!rows.is_empty(), "there is a table {table}");
        for row in rows {
            let schema: String = row.get(0);
            let change = match now {
                // It holds for rows that come, not for those that are there.
                Ledgers::Full => "ADD CONSTRAINT full_disk CHECK (false) NOT VALID",
                Ledgers::Free => "DROP CONSTRAINT full_disk",
            };
            client.batch_execute(&format!("ALTER TABLE \"{schema}\".{table} {change}")).await.expect("changed");
        }
    }
    drop(client);
    connection.await.expect("no panic").expect("the connection ends well");
}

/// Every act, with what it is asked with, in an order in which each can be done.
fn acts(world: &World, first: &Furnished) -> Vec<(&'static str, Option<Value>)> {
    let ids = &first.ids;
    let events = json!([{ "introduced": "0" }, { "fixed": "3.0.15-1~deb12u1" }]);
    let affected =
        json!({ "package": { "ecosystem": "Debian:12", "name": "openssl" }, "ranges": [{ "type": "ECOSYSTEM", "events": events }] });
    let in_an_hour = world.clock.now().plus(Duration::from_secs(3_600)).to_string();
    let lists = json!({ "people": [], "api": ["192.0.2.0/24"], "agents": [] });
    vec![
        ("changeDirectory", Some(json!({ "provider": null, "totp_code": NEXT_CODE }))),
        ("changeGroupRoles", Some(json!({ "roles": [{ "role": "auditor" }], "totp_code": NEXT_CODE }))),
        // The directory's own, which its credential asks for.
        ("addDirectoryUser", Some(json!({ "userName": "another@example.org" }))),
        ("replaceDirectoryUser", Some(json!({ "userName": "renamed@example.org" }))),
        ("changeDirectoryUser", Some(json!({ "Operations": [{ "op": "replace", "path": "active", "value": false }] }))),
        ("addPeopleGroup", Some(json!({ "displayName": "Another" }))),
        ("replacePeopleGroup", Some(json!({ "displayName": "Renamed" }))),
        ("changePeopleGroup", Some(json!({ "Operations": [{ "op": "replace", "path": "displayName", "value": "Renamed again" }] }))),
        ("removePeopleGroup", None),
        ("removeDirectoryUser", None),
        ("createToken", Some(json!({ "name": "Another", "kind": "api", "permissions": ["devices:read"], "expires_at": in_an_hour }))),
        ("changeToken", Some(json!({ "name": "Renamed", "networks": ["192.0.2.0/24"] }))),
        ("rotateToken", Some(json!({ "expires_at": in_an_hour, "overlap_seconds": 60 }))),
        ("issueCertificate", Some(json!({ "certificate_request": CERTIFICATE_REQUEST, "days": 30 }))),
        ("revokeCertificate", None),
        ("createEnrolmentToken", Some(json!({ "name": "Another", "expires_at": "2026-01-02T00:00:00Z" }))),
        ("changeAccessPolicy", Some(json!({ "token_days_max": 90, "networks": lists, "totp_code": NEXT_CODE }))),
        ("changeSettings", Some(json!({ "tenant_name": "Renamed" }))),
        ("changeRetention", Some(json!({ "table": "tenant.receipt", "days": 90 }))),
        ("changeDevice", Some(json!({ "labels": { "env": "test" } }))),
        ("retireDevice", None),
        ("restoreDevice", None),
        ("readmitDevice", Some(json!({ "device": BARRED_NAME }))),
        ("createGroup", Some(json!({ "name": "Another", "kind": "manual", "members": [ids["device"]] }))),
        ("changeGroup", Some(json!({ "name": "Renamed" }))),
        ("deleteGroup", None),
        ("revokeToken", None),
        ("revokeEnrolmentToken", None),
        ("switchFeed", Some(json!({ "enabled": true }))),
        ("importDocument", Some(json!({ "id": "CVE-2024-0002", "modified": "2025-01-01T00:00:00Z", "affected": [affected] }))),
        ("requestErasure", Some(json!({ "subject": "device", "id": ids["device"], "totp_code": NEXT_CODE }))),
        ("cancelErasure", None),
        ("requestExport", Some(json!({ "subject": "device", "id": ids["device"], "totp_code": NEXT_CODE }))),
        ("fetchExport", None),
        ("endExport", None),
        ("changeRoles", Some(json!({ "roles": [{ "role": "auditor" }], "totp_code": NEXT_CODE }))),
        ("revokeInvitation", None),
        ("invite", Some(json!({ "note": "Cyd", "totp_code": NEXT_CODE }))),
        (
            "addSignOnProvider",
            Some(json!({ "issuer": "https://localhost:2", "client_id": "b", "rules": { "name": "B" }, "totp_code": NEXT_CODE })),
        ),
        ("changeSignOnProvider", Some(json!({ "rules": { "name": "Renamed" }, "totp_code": NEXT_CODE }))),
        ("removeSignOnProvider", Some(json!({ "totp_code": NEXT_CODE }))),
        ("changeAccount", Some(json!({ "language": "pl" }))),
        // What its authenticator made is asked for when its turn comes.
        ("addPasskey", None),
        ("renamePasskey", Some(json!({ "name": "Renamed" }))),
        ("removePasskey", None),
        ("makeRecoveryCodes", Some(json!({ "totp_code": NEXT_CODE }))),
        ("endSession", None),
        ("endOtherSessions", None),
        ("endSessionsOf", None),
        // The answer begins another session, which asks from here on.
        ("changePassword", Some(json!({ "password": PASSWORD, "new_password": "vexing jorqu lanepid", "totp_code": NEXT_CODE }))),
        ("signOut", None),
    ]
}

/// Asks for an act; where the answer begins another session, that one asks from then on.
async fn act(world: &World, first: &mut Furnished, (route, body): (&'static str, Option<Value>)) -> Answer {
    let body = match route {
        "addPasskey" => Some(world.made_passkey(&first.tenant.owner, &world.next_code(&first.tenant), "Another").await.1),
        _ => with_code(world, first, body),
    };
    let answer = ask(world, first, (route, body)).await;
    if route == "changePassword" && answer.status < 300 {
        first.tenant.owner = Credential::Session(answer.session());
    }
    answer
}

fn with_code(world: &World, first: &Furnished, mut body: Option<Value>) -> Option<Value> {
    if let Some(code) = body.as_mut().and_then(|body| body.get_mut("totp_code")) {
        *code = world.next_code(&first.tenant).into();
    }
    body
}

async fn ask(world: &World, first: &Furnished, (route, body): (&'static str, Option<Value>)) -> Answer {
    let route = world.site.route_table.iter().find(|entry| entry.id == route).unwrap_or_else(|| panic!("there is a route {route}"));
    let credential = if matches!(route.access, Access::Program(_)) { &first.directory } else { &first.tenant.owner };
    let ids = &first.ids;
    let mut ids = ids.clone();
    match route.id {
        // One that is in service is as it should be: nothing is done.
        "restoreDevice" => ids.insert("device", ids["retired device"].clone()),
        "cancelErasure" => ids.insert("erasure", ids["waiting erasure"].clone()),
        _ => None,
    };
    let path = filled(route, &ids);
    match route.id {
        "importDocument" => {
            let (path, bytes) = (format!("{path}?name=more.json"), body.unwrap_or_default().to_string().into_bytes());
            send_bytes(&world.site, credential, route.method.name(), &path, Some("application/octet-stream"), bytes).await
        }
        _ => world.send(credential, route.method.name(), &path, body).await,
    }
}

/// Everything that the routes which only read tell of a tenant; the ledger's own answers are as they are signed.
async fn everything(world: &World, furnished: &Furnished) -> Vec<String> {
    let mut told = Vec::new();
    // Fetching an export is an act: it is among those that are refused.
    let reads = |route: &&web::RouteEntry| {
        route.method == Method::Get
            && route.id != "fetchExport"
            && !NOTE_THE_TIME.contains(&route.id)
            && matches!(route.access, Access::Person(_) | Access::Program(_))
    };
    for route in world.site.route_table.iter().filter(reads) {
        let who = if matches!(route.access, Access::Program(_)) { &furnished.directory } else { &furnished.tenant.owner };
        let answer = world.send(who, route.method.name(), &filled(route, &furnished.ids), None).await;
        let (status, _, text) = answer.without_request_id();
        told.push(format!("{} {status} {text}", route.id));
    }
    told
}

/// The id of another session of the owner.
async fn spare_session(world: &World, first: &Furnished) -> String {
    let account = with_code(world, first, Some(json!({ "email": first.tenant.email, "password": PASSWORD, "totp_code": NEXT_CODE })));
    let signed_in = world.send(&Credential::None, "POST", "/api/v1/session", account).await;
    let sessions = world.done(&Credential::Session(signed_in.session()), "GET", "/api/v1/account/sessions", None).await;
    let this = sessions["items"].as_array().and_then(|all| all.iter().find(|session| session["this"] == json!(true)));
    this.expect("listed")["session"].as_str().expect("an id").to_owned()
}

/// Erases a device that a script names itself, whose name is barred from then on.
async fn erase_script(world: &World, first: &Furnished, scope: &Scope) {
    let mut report = full(1, &state("script", &[("bash", "5.2")]), world.clock.now());
    report.device = Some(ExternalName(Identifying::new(BARRED_NAME.to_owned())));
    let report = serde_json::to_value(&report).expect("JSON");
    let receipt = world.done(&first.tenant.telemetry, "POST", "/api/v1/agent/reports", Some(report)).await;
    let device = receipt["device"].as_str().expect("a device").parse().expect("an id");
    let erasure = world.opened.erasures().request(scope, Subject::Device(scope.tenant(), device), Duration::ZERO).await.expect("taken on");
    world.opened.erasures().run(erasure.id).await.expect("erased");
}

#[tokio::test(flavor = "multi_thread")]
async fn promise_or_26_where_the_ledger_takes_no_leaf_no_act_is_done_and_nothing_changes() {
    on_both_engines(async |world| {
        let mut first = furnished(&world, "First").await;
        let retired = world.enrol(&first.tenant, "retired").await.device;
        world.done(&first.tenant.owner, "POST", &format!("/api/v1/devices/{retired}/retire"), None).await;
        let tenant = first.tenant.number.parse().expect("a tenant");
        let scope = ScopeMint::for_app().system(tenant, SystemWork::HostAdministration);
        let subject = Subject::Device(tenant, retired);
        let waiting = world.opened.erasures().request(&scope, subject, Duration::from_secs(3_600)).await.expect("taken on");
        erase_script(&world, &first, &scope).await;
        // An erasure ends the exports that hold what it erases.
        let export = exported(&world, &first.tenant).await;
        first.ids.extend([("export", export)]);
        first.ids.extend([("retired device", retired.to_string()), ("waiting erasure", waiting.id.to_string())]);
        first.ids.extend([("session", spare_session(&world, &first).await)]);
        let changes = world
            .site
            .route_table
            .iter()
            .filter(|route| route.method != Method::Get && matches!(route.access, Access::Person(_) | Access::Program(_)));
        let refused = acts(&world, &first);
        for route in changes.filter(|route| !CHANGE_NOTHING.contains(&route.id)) {
            assert!(refused.iter().any(|(id, _)| *id == route.id), "{}: say in this test what it is asked with", route.id);
        }
        let (before, asked_at) = (everything(&world, &first).await, world.clock.now());

        world.make_ledgers(Ledgers::Full).await;
        for one in refused {
            let id = one.0;
            let answer = act(&world, &mut first, one).await;
            // A trigger or check that refuses a row reads like a conflict; no other complaint may have come first.
            assert!(answer.status == 409 || answer.status >= 500, "{id} is refused: {} {}", answer.status, answer.text());
        }
        let account = json!({ "email": first.tenant.email, "password": PASSWORD, "totp_code": "000000" });
        let sign_in = world.send(&Credential::None, "POST", "/api/v1/session", Some(account)).await;
        assert!(sign_in.status >= 400, "nobody signs in either: {}", sign_in.text());
        // What time alone changes is no change; and back, since the codes of then are used up.
        let passed = world.clock.now().since(asked_at);
        world.hand.set(asked_at);
        for (now, then) in everything(&world, &first).await.iter().zip(&before) {
            assert_eq!(now, then, "nothing has changed");
        }
        world.hand.advance(passed);

        // The control: where the ledger takes leaves again, each of them is done.
        world.make_ledgers(Ledgers::Free).await;
        for one in acts(&world, &first) {
            let id = one.0;
            let answer = act(&world, &mut first, one).await;
            assert!(answer.status < 300, "{id}: {} {}", answer.status, answer.text());
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn promise_or_26_where_the_ledger_takes_no_leaf_no_key_is_destroyed_and_no_epoch_rolled() {
    on_both_engines(async |world| {
        let first = furnished(&world, "First").await;
        let device = world.enrol(&first.tenant, "gone").await.device;
        let tenant = first.tenant.number.parse().expect("a tenant");
        let scope = ScopeMint::for_app().system(tenant, SystemWork::HostAdministration);
        let (trust, stores, subject) = (world.opened.trust(), world.opened.stores(), Subject::Device(tenant, device));
        let before = trust.keyring_status(tenant).await.expect("read");
        world.make_ledgers(Ledgers::Full).await;
        // Told in its own ledger, or in the instance's: neither takes it.
        assert!(trust.destroy_and_tell(stores, Some(&scope), subject).await.is_err());
        assert!(trust.destroy_and_tell(stores, None, subject).await.is_err());
        assert!(trust.roll_and_tell(stores, &scope).await.is_err());
        assert_eq!(trust.keyring_status(tenant).await.expect("read"), before, "every key and the epoch are there");
        world.make_ledgers(Ledgers::Free).await;
        trust.destroy_and_tell(stores, Some(&scope), subject).await.expect("destroyed");
        trust.roll_and_tell(stores, &scope).await.expect("rolled");
        let after = trust.keyring_status(tenant).await.expect("read");
        assert_eq!((after.destroyed, after.epoch), (before.destroyed + 1, before.epoch + 1));
    })
    .await;
}

/// What whoever may read the data folder asks, that tells something of a tenant or makes something for it.
fn on_host(tenant: &str, email: &str) -> Vec<Request> {
    let (tenant, name, hour) = (tenant.to_owned(), "Made on the host".to_owned(), 3_600);
    vec![
        Request::TenantList {},
        Request::UserRecover { tenant: tenant.clone(), email: email.to_owned() },
        Request::EnrolmentCreate {
            tenant: tenant.clone(),
            name: name.clone(),
            labels: BTreeMap::new(),
            lifetime_seconds: hour,
            uses_max: None,
        },
        Request::TokenCreate {
            tenant: tenant.clone(),
            name,
            kind: "telemetry".into(),
            permissions: Vec::new(),
            devices: Vec::new(),
            networks: Vec::new(),
            requires_certificate: false,
            lifetime_seconds: None,
        },
        Request::DoctorIndex {},
        Request::ErasureList { tenant: tenant.clone() },
        Request::VerifyStore { tenant: Some(tenant.clone()) },
        Request::KeysRoll { tenant: tenant.clone() },
        Request::LedgerFile { tenant, from: 0 },
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_asked_on_the_host_is_recorded_or_refused() {
    on_both_engines(async |world| {
        let first = furnished(&world, "First").await;
        let host = Installation::Own(Box::new(world.opened.clone()));
        world.make_ledgers(Ledgers::Full).await;
        for request in on_host(&first.tenant.number, &first.tenant.email) {
            let asked = serde_json::to_string(&request).expect("JSON");
            let refused = host.ask::<Value>(request).await;
            assert!(refused.is_err(), "{asked} is refused: {refused:?}");
        }
        world.make_ledgers(Ledgers::Free).await;
        for request in on_host(&first.tenant.number, &first.tenant.email) {
            host.ask::<Value>(request).await.expect("done");
        }
        let leaves = world.done(&first.tenant.owner, "GET", "/api/v1/ledger/leaves?limit=20", None).await;
        let told: Vec<String> =
            leaves["items"].as_array().expect("leaves").iter().map(|leaf| leaf["entry"]["payload"]["what"].to_string()).collect();
        for what in ["\"index\"", "\"erasures\"", "\"ledger\""] {
            assert!(told.iter().any(|told| told == what), "{what} is told of: {told:?}");
        }
    })
    .await;
}
