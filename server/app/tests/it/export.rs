//! Exports of a whole server's tenant, device and user: what is held is in them, what opens something is not, and
//! nothing of anybody else.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use app::host::{ExportFacts, ImportFacts, Installation, Request};
use kernel::{DeviceId, Rng, Scope, ScopeMint, Subject, SystemWork, TenantId, UserId};
use seal::export_file::{ExportError, MANIFEST_FILE, MARKS_SUFFIX, Manifest, SIGNATURE_FILE, TableVerifier};
use serde_json::{Value, json};
use store::testing::TestDatabase;
use store::{StoreKind, Tx, Type, params};
use trust::{ExportFailure, ExportProgress};
use wire::Identifying;
use wire::report::Report;
use wire::state::{Hardware, Interface, Network};

use crate::client::Credential;
use crate::device::{Device, full, state};
use crate::integrity::{mail, tamper};
use crate::rights::lived_with;
use crate::world::{PASSWORD, Tenant, World, on_both_engines};

store::statements! {
    registry = SYSTEM;
    store = System;
    /// An erasure of a tenant that has begun.
    BEGUN_ERASURE = "INSERT INTO erasure (erasure_id, tenant_id, subject_kind, subject_id, state, requested_at, due_at, deadline_at, \
                     actor_kind, progress) VALUES ($1, $2, 'tenant', $2, 'running', 0, 0, 0, 'system', '{}')" (BigInt, BigInt);
    /// Calls it off.
    CANCELLED_ERASURE = "UPDATE erasure SET state = 'cancelled' WHERE erasure_id = $1" (BigInt);
}

store::statements! {
    store = Identity;
    /// Removes a tenant's accounts.
    REMOVE_ACCOUNTS = "DELETE FROM user_account WHERE tenant_id = $1" (BigInt);
}

/// An export, read back and verified.
pub(crate) struct Export {
    folder: tempfile::TempDir,
    pub(crate) manifest: Manifest,
    /// The text of each file.
    files: BTreeMap<String, String>,
}

impl Export {
    pub(crate) async fn of(world: &World, subject: Subject) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("export");
        let (device, user) = match subject {
            Subject::Tenant(_) => (None, None),
            Subject::Device(_, device) => (Some(device.to_string()), None),
            Subject::User(_, user) => (None, Some(user.to_string())),
        };
        let asked = Request::Export { tenant: subject.tenant().to_string(), device, user, folder: path.clone(), ticket: 1 };
        let exported: ExportFacts = Installation::Own(Box::new(world.opened.clone())).ask(asked).await.expect("exported");
        let key = world.opened.ledger().key(subject.tenant());
        let read = |file: &str| std::fs::read(path.join(file)).expect("a file");
        let signature = String::from_utf8(read(SIGNATURE_FILE)).expect("text");
        let manifest = Manifest::verify(&read(MANIFEST_FILE), &signature, Some(&key)).expect("signed");
        assert_eq!((&manifest.digest, manifest.rows()), (&exported.digest, exported.rows));
        let text = |file: &str| String::from_utf8(read(file)).expect("text");
        let files = manifest.tables.iter().map(|table| (table.file.clone(), text(&table.file))).collect();
        let export = Self { folder, manifest, files };
        for table in export.manifest.tables.iter().map(|table| table.file.as_str()) {
            assert_eq!(export.verify(table, &export.files[table]), Ok(()), "{table}");
        }
        export
    }

    fn verify(&self, file: &str, text: &str) -> Result<(), ExportError> {
        let table = self.manifest.tables.iter().find(|table| table.file == file).expect("a table");
        let marks = std::fs::read_to_string(self.path().join(format!("{file}{MARKS_SUFFIX}"))).expect("marks");
        let mut verifier = TableVerifier::of(table);
        let mut marks = marks.lines();
        for line in text.lines() {
            verifier.take(line.as_bytes(), marks.next())?;
        }
        verifier.end()
    }

    pub(crate) fn path(&self) -> std::path::PathBuf {
        self.folder.path().join("export")
    }

    fn rows(&self, file: &str) -> Vec<Value> {
        self.files[file].lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    }

    /// Which files have this text.
    fn with(&self, text: &str) -> BTreeSet<&str> {
        self.files.iter().filter(|(_, content)| content.contains(text)).map(|(file, _)| file.as_str()).collect()
    }
}

pub(crate) fn host(tenant: TenantId) -> Scope {
    ScopeMint::for_app().system(tenant, SystemWork::HostAdministration)
}

/// A tenant's life, with a text of its own in everything that it can name.
pub(crate) struct Lived {
    pub(crate) tenant: Tenant,
    pub(crate) number: TenantId,
    pub(crate) device: Device,
    pub(crate) neighbour: Device,
    pub(crate) user: UserId,
}

pub(crate) async fn live(world: &World, mark: &str) -> Lived {
    let tenant = world.tenant(&format!("Company {mark}")).await;
    let device = world.enrol(&tenant, &format!("host-{mark}-a")).await;
    let neighbour = world.enrol(&tenant, &format!("host-{mark}-b")).await;
    let mut reported = state(&format!("host-{mark}-a"), &[("openssl", "3.0.14-1"), (&format!("tool-{mark}"), "1.0-1")]);
    reported.hardware = Some(Hardware { serial_number: Some(Identifying::new(format!("serial-{mark}"))), ..Hardware::default() });
    let addresses = vec![Identifying::new("198.51.100.7".to_owned())];
    reported.network = Some(Network { interfaces: vec![Interface { name: format!("if-{mark}"), up: true, mac_address: None, addresses }] });
    reported.canonicalise();
    world.report(&device, 1, &reported).await;
    world.check_in(&device, 2, &reported).await;
    let changed = state(&format!("host-{mark}-a"), &[("openssl", "3.0.15-1"), (&format!("later-{mark}"), "2.0-1")]);
    world.report(&device, 3, &changed).await;
    world.report(&neighbour, 1, &state(&format!("host-{mark}-b"), &[(&format!("neighbours-{mark}"), "1.0-1")])).await;
    // Still in the intake when the export begins.
    world.check_in(&device, 4, &changed).await;
    let members = json!({ "name": format!("group-{mark}"), "kind": "manual", "members": [device.device] });
    world.done(&tenant.owner, "POST", "/api/v1/groups", Some(members)).await;
    let query = json!({ "name": format!("others-{mark}"), "kind": "query", "selector": format!("label:site=site-{mark}") });
    world.done(&tenant.owner, "POST", "/api/v1/groups", Some(query)).await;
    let labels = json!({ "labels": { "site": format!("site-{mark}") } });
    world.done(&tenant.owner, "PATCH", &format!("/api/v1/devices/{}", device.device), Some(labels)).await;
    world.done(&tenant.owner, "POST", "/api/v1/tokens", Some(json!({ "name": format!("token-{mark}"), "kind": "telemetry" }))).await;
    let number: TenantId = tenant.number.parse().expect("a tenant");
    mail(world, number).await;
    lived_with(world, number, mark).await;
    let choice = json!({ "table": "tenant.receipt", "days": 30 });
    world.done(&tenant.owner, "PATCH", "/api/v1/trust/retention", Some(choice)).await;
    let plan = "INSERT INTO retention_plan (tenant_id, table_number, up_to, row_count, oldest, shown_at, due_at, deleted_count) VALUES ($1, 502, 1, 2, 1, 2, 3, 0)";
    tamper(world, StoreKind::Tenant, number, plan.to_owned(), vec![(Type::BigInt, store::Value::from(number))]).await;
    let after_a_loss = Report {
        follows: Some(5),
        ..full(6, &state(&format!("host-{mark}-b"), &[(&format!("neighbours-{mark}"), "1.0-1")]), world.clock.now())
    };
    world.done(&neighbour.credential, "POST", "/api/v1/agent/reports", Some(json!(after_a_loss))).await;
    let name = serde_json::from_value(json!(format!("script-{mark}"))).expect("a name");
    let script = Report { device: Some(name), ..full(1, &state(&format!("host-{mark}-d"), &[]), world.clock.now()) };
    let receipt = world.done(&tenant.telemetry, "POST", "/api/v1/agent/reports", Some(json!(script))).await;
    let scripts: DeviceId = receipt["device"].as_str().expect("a device").parse().expect("an id");
    let erased = world.enrol(&tenant, &format!("host-{mark}-c")).await;
    let erasures = world.opened.erasures();
    for device in [erased.device, scripts] {
        let asked = erasures.request(&host(number), Subject::Device(number, device), Duration::ZERO).await.expect("asked for");
        erasures.run(asked.id).await.expect("erased");
    }
    world.opened.identity().recover_user(number, &tenant.email).await.expect("a link");
    world.people_and_keys(&tenant, mark).await;
    world.opened.vulnerabilities().reconcile_step().await.expect("counted");
    let me = world.done(&tenant.owner, "GET", "/api/v1/session", None).await;
    let user = me["user"].as_str().expect("a user").parse().expect("an id");
    Lived { tenant, number, device, neighbour, user }
}

#[tokio::test(flavor = "multi_thread")]
async fn promise_op_26_an_export_of_a_tenant_holds_a_row_of_every_table_that_has_any_and_names_every_other() {
    on_both_engines(async |world| {
        let lived = live(&world, "quokka").await;
        let export = Export::of(&world, Subject::Tenant(lived.number)).await;
        // By construction: whatever is registered is in one list or the other.
        let named = |store: &str, table: &str| format!("{store}.{table}");
        let exported: BTreeSet<String> = export.manifest.tables.iter().map(|table| named(&table.store, &table.table)).collect();
        let left_out: BTreeSet<String> = export.manifest.left_out.iter().map(|table| named(&table.store, &table.table)).collect();
        assert!(exported.is_disjoint(&left_out));
        let tables = world.opened.stores().mapped().expect("tables");
        let registered = tables.iter().map(|table| format!("{:?}.{}", table.map().store, table.map().name).to_lowercase());
        assert_eq!(exported.union(&left_out).cloned().collect::<BTreeSet<_>>(), registered.collect());
        assert!(export.manifest.left_out.iter().all(|table| !table.reason.is_empty()));
        // Nobody's life left a table empty, so each of them has been tried.
        let empty: Vec<_> = export.manifest.tables.iter().filter(|table| table.rows == 0).map(|table| &table.file).collect();
        assert!(empty.is_empty(), "no row was planted in {empty:?}");
        // As many rows as there are, but for what the export itself has recorded.
        for table in
            tables.iter().filter(|table| exported.contains(&format!("{:?}.{}", table.map().store, table.map().name).to_lowercase()))
        {
            let subject = Subject::Tenant(lived.number);
            let count = move |tx: &mut Tx<'_>| table.count(tx, subject);
            let counted: u64 = match table.map().store {
                StoreKind::Tenant => world.opened.stores().tenant(&host(lived.number)).read(count).await.expect("counted"),
                _ => world.opened.stores().identity().read(count).await.expect("counted"),
            };
            let own = u64::from(table.map().name == "ledger_leaf");
            let file = format!("{}.{}.jsonl", format!("{:?}", table.map().store).to_lowercase(), table.map().name);
            assert_eq!(export.rows(&file).len() as u64 + own, counted, "{file}");
        }
        // Sealed texts are told as they were written.
        for (text, file) in [
            ("Company quokka", "identity.tenant.jsonl"),
            (lived.tenant.email.as_str(), "identity.user_account.jsonl"),
            ("token-quokka", "identity.access_token.jsonl"),
            ("\"env\":\"prod\"", "identity.enrolment_token.jsonl"),
            ("host-quokka-a", "tenant.device.jsonl"),
            ("site-quokka", "tenant.device.jsonl"),
            ("group-quokka", "tenant.device_group.jsonl"),
            ("label:site=site-quokka", "tenant.device_group.jsonl"),
            ("serial-quokka", "tenant.device_state.jsonl"),
            ("tool-quokka", "tenant.package_history.jsonl"),
            ("neighbours-quokka", "tenant.image.jsonl"),
            ("\"kind\":\"device-enrolled\"", "tenant.ledger_leaf.jsonl"),
        ] {
            // A state that was replaced is gone; its history is not.
            let replaced = text == "serial-quokka";
            assert_eq!(export.with(text).contains(file), !replaced, "{text} in {file}: {:?}", export.with(text));
        }
        assert!(export.manifest.tables.iter().all(|table| table.altered_values == 0));
        assert_eq!(export.with("host-quokka-c"), BTreeSet::new(), "what was erased is gone");
        assert_eq!(export.rows("tenant.receipt.jsonl").len(), 6, "what waited in the intake was folded first");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_opens_nothing_and_holds_nothing_of_another_tenant() {
    on_both_engines(async |world| {
        let (lived, other) = (live(&world, "quokka").await, live(&world, "wombat").await);
        for subject in
            [Subject::Tenant(lived.number), Subject::Device(lived.number, lived.device.device), Subject::User(lived.number, lived.user)]
        {
            let export = Export::of(&world, subject).await;
            for text in ["wombat", &other.tenant.number, &other.device.device.to_string(), &other.tenant.totp_secret] {
                assert_eq!(export.with(text), BTreeSet::new(), "{text} is another tenant's");
            }
            let mut secrets = vec!["argon2id".to_owned(), PASSWORD.to_owned(), lived.tenant.totp_secret.clone(), "token_digest".to_owned()];
            for credential in [&lived.tenant.owner, &lived.tenant.api, &lived.tenant.telemetry, &lived.device.credential] {
                if let Credential::Bearer(secret) | Credential::Session(secret) = credential {
                    secrets.push(secret.clone());
                }
            }
            for secret in secrets {
                assert_eq!(export.with(&secret), BTreeSet::new(), "{secret} opens something");
            }
            let mode = |path: &Path| std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(path).expect("it is there").permissions());
            assert_eq!(mode(&export.path()) & 0o777, 0o700);
            for entry in std::fs::read_dir(export.path()).expect("a folder").flatten() {
                assert_eq!(mode(&entry.path()) & 0o777, 0o600, "{:?}", entry.file_name());
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn promise_me_19_an_export_of_a_device_holds_its_rows_what_they_point_to_and_the_ledgers_entries_about_it() {
    on_both_engines(async |world| {
        let lived = live(&world, "quokka").await;
        let export = Export::of(&world, Subject::Device(lived.number, lived.device.device)).await;
        for (text, file) in [
            ("host-quokka-a", "tenant.device.jsonl"),
            ("later-quokka", "tenant.image.jsonl"),
            ("group-quokka", "tenant.device_group.jsonl"),
            ("\"env\":\"prod\"", "identity.enrolment_token.jsonl"),
            ("device-enrolled", "tenant.ledger_leaf.jsonl"),
            ("labels-changed", "tenant.ledger_leaf.jsonl"),
        ] {
            assert!(export.with(text).contains(file), "{text} in {file}");
        }
        let foreign = [
            "host-quokka-b".to_owned(),
            "neighbours-quokka".to_owned(),
            "others-quokka".to_owned(),
            lived.neighbour.device.to_string(),
            lived.tenant.email.clone(),
        ];
        for text in foreign {
            assert_eq!(export.with(&text), BTreeSet::new(), "{text} is not the device's");
        }
        assert_eq!(export.rows("tenant.receipt.jsonl").len(), 4);
        let left_out = |table: &str| export.manifest.left_out.iter().any(|left| left.table == table);
        assert!(left_out("user_account") && left_out("exposure_day") && left_out("keyring_key"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_of_a_user_holds_the_account_its_sessions_and_what_it_did() {
    on_both_engines(async |world| {
        let lived = live(&world, "quokka").await;
        let export = Export::of(&world, Subject::User(lived.number, lived.user)).await;
        assert!(export.with(&lived.tenant.email).contains("identity.user_account.jsonl"));
        assert_eq!(export.rows("identity.session.jsonl").len(), 1);
        assert_eq!(export.rows("identity.one_time_link.jsonl").len(), 2, "the set-up and the recovery");
        // Whom it is about, and who did it.
        for kind in ["setup-finished", "group-changed", "token-created"] {
            assert!(export.with(kind).contains("tenant.ledger_leaf.jsonl"), "{kind}");
        }
        for text in ["host-quokka", "tool-quokka", "serial-quokka", "device-enrolled"] {
            assert_eq!(export.with(text), BTreeSet::new(), "{text} is not the user's");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn promise_me_5_an_export_of_a_user_is_of_the_identity_store_alone_but_for_the_ledgers_entries_and_mails_to_them() {
    on_both_engines(async |world| {
        let lived = live(&world, "quokka").await;
        let export = Export::of(&world, Subject::User(lived.number, lived.user)).await;
        let with_rows: BTreeSet<_> =
            export.manifest.tables.iter().filter(|table| table.rows > 0).map(|table| table.file.as_str()).collect();
        let expected = [
            "identity.one_time_link.jsonl",
            "identity.role_grant.jsonl",
            "identity.session.jsonl",
            "identity.user_account.jsonl",
            "tenant.ledger_leaf.jsonl",
            "tenant.mail.jsonl",
        ];
        assert_eq!(with_rows, BTreeSet::from(expected));
        let own = export.rows("tenant.ledger_leaf.jsonl");
        let user = json!(lived.user.to_string());
        let is_about =
            |row: &Value| [&row["subject_id"], &row["actor_id"]].into_iter().any(|id| id_of_number(id) == Some(lived.user.number()));
        assert!(own.iter().all(is_about), "an entry is not about the user {user}");
    })
    .await;
}

/// Ids beyond 2^53 are texts.
fn id_of_number(id: &Value) -> Option<i64> {
    id.as_i64().or_else(|| id.as_str()?.parse().ok())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_is_recorded_and_one_that_is_of_nobody_or_goes_where_something_is_leaves_nothing() {
    on_both_engines(async |world| {
        let lived = live(&world, "quokka").await;
        let export = Export::of(&world, Subject::Device(lived.number, lived.device.device)).await;
        let leaves = world.opened.ledger().leaves(&host(lived.number), None, 1).await.expect("leaves");
        let entry = leaves[0].opened.clone().expect("it opens").1;
        assert_eq!(entry["kind"], "data-exported");
        assert_eq!(entry["payload"]["digest"], json!(export.manifest.digest));
        assert_eq!(entry["payload"]["id"], json!(lived.device.device));
        assert_eq!(entry["payload"]["rows"], json!(export.manifest.rows()));

        let folder = tempfile::tempdir().expect("a folder");
        let attempt = async |scope: &Scope, subject, path: &Path| {
            world.opened.exports().export(scope, subject, path, &ExportProgress::default()).await.err()
        };
        let (scope, path) = (host(lived.number), folder.path().join("export"));
        let nobody = Subject::User(lived.number, UserId::from_random(77 << 1));
        assert!(matches!(attempt(&scope, nobody, &path).await, Some(ExportFailure::NotFound("user"))));
        let foreign = Subject::Tenant(TenantId::from_random(77 << 1));
        assert!(matches!(attempt(&scope, foreign, &path).await, Some(ExportFailure::NotFound("tenant"))));
        assert!(!path.exists(), "nothing is left of it");
        let there = folder.path();
        assert!(matches!(attempt(&scope, Subject::Tenant(lived.number), there).await, Some(ExportFailure::FolderExists(_))));
        assert!(there.exists(), "what was there before stays");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_destroyed_key_is_told_as_an_erasure_and_no_row_is_missing() {
    on_both_engines(async |world| {
        let lived = live(&world, "quokka").await;
        let before = Export::of(&world, Subject::Tenant(lived.number)).await;
        destroy(&world, Subject::Device(lived.number, lived.device.device)).await;
        let after = Export::of(&world, Subject::Tenant(lived.number)).await;
        assert_eq!(after.rows("tenant.device.jsonl").len(), before.rows("tenant.device.jsonl").len());
        let device = lived.device.device.to_string();
        let row = after.rows("tenant.device.jsonl").into_iter().find(|row| row["device_id"] == json!(device)).expect("its row");
        assert_eq!(row["card"], json!({ "$erased": true }));
        let table = |file: &str| after.manifest.tables.iter().find(|table| table.file == file).expect("a table");
        assert_eq!((table("tenant.device.jsonl").erased_values, table("tenant.device.jsonl").altered_values), (1, 0));
        assert!(table("tenant.ledger_leaf.jsonl").erased_values > 0);
        assert_eq!(after.with("host-quokka-a"), BTreeSet::new());
    })
    .await;
}

async fn destroy(world: &World, subject: Subject) {
    world.opened.trust().destroy_and_tell(world.opened.stores(), None, subject).await.expect("destroyed");
}

pub(crate) async fn import(world: &World, export: &Export) -> Result<ImportFacts, String> {
    import_of(world, export.path(), &export.manifest.key).await
}

pub(crate) async fn import_of(world: &World, path: std::path::PathBuf, key: &str) -> Result<ImportFacts, String> {
    let asked = Request::Import { folder: path, key: Some(key.to_owned()) };
    Installation::Own(Box::new(world.opened.clone())).ask(asked).await.map_err(|error| error.to_string())
}

/// Another server on the same engine, for a moment.
pub(crate) async fn elsewhere(world: &World, test: impl AsyncFn(&World)) {
    let folder = tempfile::tempdir().expect("a folder");
    let database = if world.database_url.is_some() { TestDatabase::make().await } else { None };
    let other = World::of_chance(folder.path().join("data"), database.as_ref().map(|database| database.url.clone()), Rng::seeded(12)).await;
    test(&other).await;
    other.opened.clone().close().await;
    drop(other);
    if let Some(database) = database {
        database.remove().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_taken_in_elsewhere_gives_an_export_of_equal_digests_and_every_value_lies_under_new_keys() {
    on_both_engines(async |world| {
        let lived = live(&world, "quokka").await;
        destroy(&world, Subject::Device(lived.number, lived.neighbour.device)).await;
        let export = Export::of(&world, Subject::Tenant(lived.number)).await;
        elsewhere(&world, async |other| {
            let facts = import(other, &export).await.expect("taken in");
            assert_eq!((facts.tenant, facts.rows), (lived.tenant.number.clone(), export.manifest.rows()));
            let again = Export::of(other, Subject::Tenant(lived.number)).await;
            for (before, after) in export.manifest.tables.iter().zip(&again.manifest.tables) {
                assert_eq!(after, before, "{}", before.file);
            }
            assert_eq!(again.manifest.digest, export.manifest.digest);
            assert_ne!(again.manifest.key, export.manifest.key, "another installation has signed it");
            // What was erased stays erased, and everything else opens in its place.
            let checked = other.opened.integrity().check(&host(lived.number)).await.expect("looked through");
            assert_eq!(checked.findings, []);
            assert!(checked.erased > 0);
            // What the old installation told the ledger of its stamps counts for nothing here.
            other.opened.integrity().settle(&host(lived.number)).await.expect("settled");
            let settled = other.opened.integrity().check(&host(lived.number)).await.expect("looked through");
            assert_eq!((settled.findings, settled.compared, settled.uncompared), (vec![], checked.compared, 0));
            // The owner finds a way back in, and nothing else opens.
            let session = json!({ "email": lived.tenant.email, "password": PASSWORD, "totp_code": "000000" });
            assert_eq!(other.send(&Credential::None, "POST", "/api/v1/session", Some(session)).await.status, 401);
            assert_eq!(other.send(&lived.tenant.owner, "GET", "/api/v1/session", None).await.status, 401);
            assert_eq!(other.send(&lived.tenant.api, "GET", "/api/v1/devices", None).await.status, 401);
            other.opened.identity().recover_user(lived.number, &lived.tenant.email).await.expect("the account is found");
        })
        .await;
    })
    .await;
}

/// No number and no key of a tenant that was not taken in.
async fn nothing_is_left_but(world: &World, stays: TenantId, refused: TenantId) {
    assert_eq!(world.opened.stores().tenants().await.expect("tenants"), [stays]);
    let keys = world.opened.trust().keyring_status(refused).await;
    assert!(matches!(keys, Err(trust::TrustError::Key(kernel::KeyError::Missing))), "{keys:?}");
    assert!(!world.data.join("tenants").join(format!("{}.db", refused.number())).exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_waits_until_no_erasure_of_the_tenant_is_open() {
    on_both_engines(async |world| {
        let lived = live(&world, "quokka").await;
        let export = Export::of(&world, Subject::Tenant(lived.number)).await;
        elsewhere(&world, async |other| {
            let (number, id) = (lived.number, kernel::ErasureId::from_random(5 << 1));
            let begin = move |tx: &mut Tx<'_>| tx.execute(&BEGUN_ERASURE, &params![id, number]).map(|_| ());
            other.opened.stores().system().write(begin).await.map_err(|error: store::StoreError| error).expect("noted");
            let refused = import(other, &export).await.err().expect("refused");
            assert!(refused.contains(&id.to_string()) && refused.contains("open here"), "{refused}");
            assert_eq!(other.opened.stores().tenants().await.expect("tenants"), [], "nothing of it is there");
            let end = move |tx: &mut Tx<'_>| tx.execute(&CANCELLED_ERASURE, &params![id]).map(|_| ());
            other.opened.stores().system().write(end).await.map_err(|error: store::StoreError| error).expect("noted");
            import(other, &export).await.expect("taken in");
        })
        .await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_refuses_a_tenant_that_there_is_and_an_export_that_is_not_what_was_exported() {
    on_both_engines(async |world| {
        let lived = live(&world, "quokka").await;
        let export = Export::of(&world, Subject::Tenant(lived.number)).await;
        let refused = import(&world, &export).await.err().expect("refused");
        assert!(refused.contains("an import never changes a tenant"), "{refused}");
        let device = Export::of(&world, Subject::Device(lived.number, lived.device.device)).await;
        elsewhere(&world, async |other| {
            let refused = import(other, &device).await.err().expect("refused");
            assert!(refused.contains("only a whole tenant"), "{refused}");
            let file = export.path().join("tenant.device.jsonl");
            let text = std::fs::read_to_string(&file).expect("a file");
            std::fs::write(&file, text.replace("host-quokka-a", "host-quokka-z")).expect("changed");
            let refused = import(other, &export).await.err().expect("refused");
            assert!(refused.contains("tenant.device.jsonl, line "), "{refused}");
            assert_eq!(other.opened.stores().tenants().await.expect("tenants"), [], "nothing of it is there");
            std::fs::write(&file, text).expect("put back");
            // Somebody has an account of the same address here: then nothing is taken in, and once that is gone, all of it is.
            let namesake = other.tenant("Company quokka").await;
            assert_eq!(namesake.email, lived.tenant.email);
            let refused = import(other, &export).await.err().expect("refused");
            assert!(refused.contains("in another tenant"), "{refused}");
            assert!(other.opened.identity().settings(lived.number).await.is_err(), "nothing of it is to be seen");
            let number: TenantId = namesake.number.parse().expect("a tenant");
            nothing_is_left_but(other, number, lived.number).await;
            let removed = other.opened.stores().identity().write(move |tx| tx.execute(&REMOVE_ACCOUNTS, &params![number]));
            assert_eq!(removed.await.map_err(|error: store::StoreError| error).expect("removed"), 1);
            import(other, &export).await.expect("taken in");
            let refused = import(other, &export).await.err().expect("refused");
            assert!(refused.contains("an import never changes a tenant"), "{refused}");
        })
        .await;
    })
    .await;
}
