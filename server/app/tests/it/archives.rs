//! Exports that people ask for and fetch: who may, what is in them, and that nothing is left of one that is over.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use app::{ExportSource, SourceError};
use kernel::{Actor, DeviceScope, Permission, Rng, Scope, ScopeMint, Subject, TenantId, UserId};
use seal::export_file::Manifest;
use serde_json::{Value, json};
use store::{StoreKind, Type, Value as Stored, params};
use trust::archives::{Archives, FREE_BYTES_MIN, KEPT_MAX, LIFETIME, Limits, State};
use trust::{ArchiveError, ExportFailure, ExportProgress};

use crate::client::{Answer, Credential};
use crate::export::{Export, Lived, elsewhere, host, import_of, live};
use crate::integrity::tamper;
use crate::totp;
use crate::world::{PASSWORD, Tenant, World, on_both_engines};

/// An authenticator shows the next code by then.
const A_CODE: Duration = Duration::from_secs(30);

store::statements! {
    registry = SYSTEM;
    store = System;
    /// As a process leaves it that ends while it makes an export.
    CUT_OFF = "UPDATE export_archive SET state = 'running', attempts = $2 WHERE export_id = $1" (BigInt, BigInt);
}

store::statements! {
    registry = KEYRING;
    store = Keyring;
    /// How many keys of exports there are.
    COUNT_EXPORT_KEYS = "SELECT COUNT(*) AS keys FROM keyring_export_key" () -> (keys: BigInt);
}

/// Asks for an export with the next code of the owner's second factor.
async fn ask(world: &World, tenant: &Tenant, subject: &str, id: &str) -> Answer {
    world.hand.advance(A_CODE);
    let body = json!({ "subject": subject, "id": id, "totp_code": totp::code(&tenant.totp_secret, world.clock.now()) });
    world.send(&tenant.owner, "POST", "/api/v1/exports", Some(body)).await
}

/// Asks, and the answer must be good: the address of the export.
async fn asked(world: &World, tenant: &Tenant, subject: &str, id: &str) -> String {
    let answer = ask(world, tenant, subject, id).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    format!("/api/v1/exports/{}", answer.json()["export"].as_str().expect("an id"))
}

async fn made(world: &World, tenant: &Tenant, subject: &str, id: &str) -> String {
    let path = asked(world, tenant, subject, id).await;
    assert_eq!(world.opened.make_next_export().await, Ok(Some(State::Ready)));
    path
}

async fn file_of(world: &World, credential: &Credential, path: &str) -> Answer {
    world.send(credential, "GET", &format!("{path}/file"), None).await
}

/// The folder in which exports lie until they are fetched.
pub(crate) fn sealed_files(world: &World) -> Vec<PathBuf> {
    let folders = std::fs::read_dir(world.data.join("exports")).into_iter().flatten().flatten();
    folders.flat_map(|folder| std::fs::read_dir(folder.path()).into_iter().flatten().flatten()).map(|file| file.path()).collect()
}

pub(crate) async fn export_keys(world: &World) -> i64 {
    let count = world.opened.stores().keyring().read(|tx| tx.query_one(&COUNT_EXPORT_KEYS, &[])?.get(0)).await;
    count.map_err(|error: store::StoreError| error).expect("counted")
}

/// How many of the newest entries of the ledger are this act.
pub(crate) async fn told(world: &World, lived: &Lived, kind: &str, how: Option<&str>) -> usize {
    let leaves = world.opened.ledger().leaves(&host(lived.number), None, 20).await.expect("leaves");
    // Those about what is erased do not open.
    let entries = leaves.into_iter().filter_map(|leaf| Some(leaf.opened?.1));
    entries.filter(|entry| entry["kind"] == kind && entry["payload"]["how"].as_str() == how).count()
}

async fn is_told(world: &World, lived: &Lived, kind: &str, how: Option<&str>) -> bool {
    told(world, lived, kind, how).await > 0
}

/// Ends what is due, and removes what is left of what is over.
async fn swept(world: &World) -> usize {
    let ended = world.opened.archives().expire_due().await.expect("ended");
    world.opened.archives().remove_over().await.expect("removed");
    ended
}

/// What nothing of an export is folded for.
pub(crate) async fn nothing_to_fold(_: TenantId) -> Result<(), String> {
    Ok(())
}

/// Exports of the same installation, with other limits: as another process would make them.
pub(crate) fn limited(world: &World, limits: Limits) -> Archives {
    let opened = &world.opened;
    Archives::new(opened.stores(), opened.trust(), opened.exports(), ScopeMint::for_app(), world.data.join("exports"), limits)
}

fn is_in(haystack: &[u8], needle: &str) -> bool {
    haystack.windows(needle.len()).any(|some| some == needle.as_bytes())
}

/// Saves an archive and verifies it, each byte.
fn verified(folder: &std::path::Path, archive: &[u8]) -> (PathBuf, Manifest) {
    let path = folder.join("export.tar");
    std::fs::write(&path, archive).expect("saved");
    let source = ExportSource::of(&path).expect("an export");
    let (text, note) = source.manifest().expect("a manifest");
    let manifest = Manifest::verify(text.as_bytes(), &note, None).expect("signed");
    for table in &manifest.tables {
        source.each_line(table, |_, _| Ok::<_, SourceError>(())).expect("whole");
    }
    (path, manifest)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_fetches_what_is_held_as_one_verified_file_and_nothing_of_it_lies_in_clear() {
    on_both_engines(async |world| {
        let lived = live(&world, "quokka").await;
        let path = asked(&world, &lived.tenant, "tenant", &lived.tenant.number).await;
        assert!(is_told(&world, &lived, "export-requested", None).await);
        let early = file_of(&world, &lived.tenant.owner, &path).await;
        assert_eq!((early.status, early.json()["type"].as_str()), (409, Some("https://purser.dev/problems/export-not-ready")));
        assert_eq!(world.opened.make_next_export().await, Ok(Some(State::Ready)));
        assert_eq!(world.opened.make_next_export().await, Ok(None));

        let seen = world.done(&lived.tenant.owner, "GET", &path, None).await;
        assert_eq!((seen["state"].as_str(), seen["is_yours"].as_bool()), (Some("ready"), Some(true)), "{seen}");
        let fetched = file_of(&world, &lived.tenant.owner, &path).await;
        assert_eq!(fetched.status, 200);
        let header = |name: &str| fetched.headers[name].to_str().expect("text").to_owned();
        assert_eq!((header("content-type"), header("content-length")), ("application/x-tar".into(), fetched.body.len().to_string()));
        assert_eq!(seen["size_bytes"], json!(fetched.body.len()));
        let folder = tempfile::tempdir().expect("a folder");
        let (_, manifest) = verified(folder.path(), &fetched.body);
        assert_eq!((seen["digest"].as_str(), seen["key"].as_str()), (Some(manifest.digest.as_str()), Some(manifest.key.as_str())));
        assert_eq!((seen["rows"].as_u64(), seen["tables"].as_u64()), (Some(manifest.rows()), Some(manifest.tables.len() as u64)));
        assert!(is_told(&world, &lived, "export-fetched", None).await);

        let stored = sealed_files(&world);
        assert_eq!(stored.len(), 2 + 2 * manifest.tables.len());
        for text in ["host-quokka-a", lived.tenant.email.as_str(), "purser-export"] {
            assert!(is_in(&fetched.body, text), "the control: {text} is exported");
            for file in &stored {
                assert!(!is_in(&std::fs::read(file).expect("read"), text), "{text} lies in clear in {}", file.display());
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_takes_a_fresh_code_of_a_person_of_the_tenant() {
    on_both_engines(async |world| {
        let (lived, other) = (live(&world, "quokka").await, live(&world, "wombat").await);
        let send = async |credential: &Credential, code: &str| {
            let body = json!({ "subject": "device", "id": lived.device.device, "totp_code": code });
            world.send(credential, "POST", "/api/v1/exports", Some(body)).await.status
        };
        assert_eq!(send(&lived.tenant.owner, "000000").await, 403);
        world.hand.advance(A_CODE);
        let code = |tenant: &Tenant| totp::code(&tenant.totp_secret, world.clock.now());
        assert_eq!(send(&lived.tenant.api, &code(&lived.tenant)).await, 403, "a program has no second factor");
        // The first one's access has ended by now.
        assert_eq!(send(&other.device.credential, &code(&lived.tenant)).await, 403, "a device is nobody");
        assert_eq!(send(&other.tenant.owner, &code(&other.tenant)).await, 404, "another tenant sees no such device");
        assert_eq!(send(&lived.tenant.owner, &code(&lived.tenant)).await, 201, "the control");
        assert_eq!(world.opened.make_next_export().await, Ok(Some(State::Ready)));
        assert_eq!(send(&lived.tenant.owner, &code(&lived.tenant)).await, 403, "a code is good once");
        let listed = world.done(&lived.tenant.owner, "GET", "/api/v1/exports", None).await;
        let path = format!("/api/v1/exports/{}", listed["items"][0]["export"].as_str().expect("one"));
        assert_eq!(file_of(&world, &other.tenant.owner, &path).await.status, 404);
        assert_eq!(file_of(&world, &lived.tenant.api, &path).await.status, 403);
        assert_eq!(world.done(&other.tenant.owner, "GET", "/api/v1/exports", None).await["items"], json!([]));
        let token = json!({ "name": "Exports", "kind": "api", "permissions": ["exports:manage"], "expires_at": world.clock.now().plus(std::time::Duration::from_secs(60)) });
        assert_eq!(world.send(&lived.tenant.owner, "POST", "/api/v1/tokens", Some(token)).await.status, 422);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn promise_me_19_everybody_has_the_own_data_exported_and_needs_a_permission_for_anything_else() {
    on_both_engines(async |world| {
        let lived = live(&world, "quokka").await;
        let (archives, mint) = (world.opened.archives(), ScopeMint::for_app());
        let person = |user| mint.mint(lived.number, Actor::User(user), &[Permission::SelfManage], DeviceScope::All);
        let (me, somebody) = (person(lived.user), person(UserId::from_random(78)));
        for subject in [Subject::Tenant(lived.number), Subject::Device(lived.number, lived.device.device)] {
            assert!(matches!(archives.request(&me, subject).await, Err(ArchiveError::NotFound)), "{subject}");
        }
        let own = Subject::User(lived.number, lived.user);
        assert!(matches!(archives.request(&somebody, own).await, Err(ArchiveError::NotFound)), "another's");
        let asked = archives.request(&me, own).await.expect("the own data");
        assert_eq!(world.opened.make_next_export().await, Ok(Some(State::Ready)));
        assert!(matches!(archives.read(&somebody, asked.id).await, Err(ArchiveError::NotFound)));
        assert!(matches!(archives.fetch(&somebody, asked.id).await, Err(ArchiveError::NotFound)));
        assert_eq!(archives.list(&somebody, None, 10).await.expect("a list"), []);
        assert_eq!(archives.list(&me, None, 10).await.expect("a list").len(), 1);
        let fetched = archives.fetch(&me, asked.id).await.expect("the own data");
        let mut file = Vec::new();
        (fetched.write)(&mut file).expect("written");
        assert_eq!(file.len() as u64, fetched.length);
        assert!(is_in(&file, &lived.tenant.email));
        assert!(!is_in(&file, "host-quokka-a"), "a device's name is not the user's");
        // Who manages exports sees all of them, and some devices are not all.
        let manager = |devices| mint.mint(lived.number, Actor::User(UserId::from_random(80)), &[Permission::ExportsManage], devices);
        archives.read(&manager(DeviceScope::All), asked.id).await.expect("seen");
        // Whoever asked for something else sees it as long as the right is theirs, and whose data it is at all times.
        let device = Subject::Device(lived.number, lived.device.device);
        let asks = mint.mint(lived.number, Actor::User(lived.user), &[Permission::ExportsManage], DeviceScope::All);
        let others = archives.request(&asks, device).await.expect("with the right");
        archives.read(&asks, others.id).await.expect("seen");
        assert!(matches!(archives.read(&me, others.id).await, Err(ArchiveError::NotFound)), "the right is lost");
        assert_eq!(archives.list(&me, None, 10).await.expect("a list").len(), 1);
        assert_eq!(world.opened.make_next_export().await, Ok(Some(State::Ready)));
        assert!(matches!(archives.fetch(&me, others.id).await, Err(ArchiveError::NotFound)));
        let own = archives.request(&manager(DeviceScope::All), own).await.expect("by a manager");
        archives.read(&me, own.id).await.expect("the own data");
        assert_eq!(archives.list(&me, None, 10).await.expect("a list").len(), 2);
        assert!(matches!(archives.read(&manager(DeviceScope::None), asked.id).await, Err(ArchiveError::NotFound)));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_is_fetched_for_a_day_to_the_second_though_no_sweeper_runs_and_nothing_is_left_when_one_did() {
    on_both_engines(async |world| {
        let lived = live(&world, "quokka").await;
        let path = made(&world, &lived.tenant, "device", &lived.device.device.to_string()).await;
        world.hand.advance(LIFETIME - Duration::from_secs(1));
        // The session of yesterday is over.
        let code = totp::code(&lived.tenant.totp_secret, world.clock.now());
        let account = json!({ "email": lived.tenant.email, "password": PASSWORD, "totp_code": code });
        let owner = world.send(&Credential::None, "POST", "/api/v1/session", Some(account)).await;
        let owner = Credential::Session(owner.session());
        assert_eq!(file_of(&world, &owner, &path).await.status, 200, "23:59:59");
        world.hand.advance(Duration::from_secs(1));
        let late = file_of(&world, &owner, &path).await;
        assert_eq!((late.status, late.json()["type"].as_str()), (410, Some("https://purser.dev/problems/export-over")), "24:00:00");
        let seen = world.done(&owner, "GET", &path, None).await;
        assert_eq!((seen["state"].as_str(), &seen["digest"]), (Some("expired"), &Value::Null));
        assert_eq!((export_keys(&world).await, sealed_files(&world).is_empty()), (1, false), "the control: it is still there");

        assert_eq!(swept(&world).await, 1);
        assert_eq!((export_keys(&world).await, sealed_files(&world)), (0, Vec::new()));
        assert!(is_told(&world, &lived, "export-ended", Some("expired")).await);
        // A clock that is set back brings nothing back.
        world.hand.set(world.clock.now().minus(LIFETIME));
        assert_eq!(file_of(&world, &owner, &path).await.status, 410);
        // Thirty days later nobody knows of it.
        world.hand.advance(LIFETIME * 32);
        swept(&world).await;
        let nobody = ScopeMint::for_app().mint(lived.number, Actor::User(lived.user), Permission::ALL, DeviceScope::All);
        assert_eq!(world.opened.archives().list(&nobody, None, 10).await.expect("a list"), []);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_being_fetched_when_the_day_is_over_breaks_off() {
    on_both_engines(async |world| {
        let lived = live(&world, "quokka").await;
        let me = owner(&lived);
        let asked = world.opened.archives().request(&me, Subject::Tenant(lived.number)).await.expect("taken on");
        assert_eq!(world.opened.make_next_export().await, Ok(Some(State::Ready)));
        let fetched = world.opened.archives().fetch(&me, asked.id).await.expect("it begins");
        world.hand.advance(LIFETIME);
        let mut file = Vec::new();
        assert!((fetched.write)(&mut file).is_err());
        assert!((file.len() as u64) < fetched.length);
    })
    .await;
}

pub(crate) fn owner(lived: &Lived) -> Scope {
    ScopeMint::for_app().mint(lived.number, Actor::User(lived.user), Permission::ALL, DeviceScope::All)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_that_is_ended_before_its_time_is_gone_whether_it_was_made_or_not() {
    on_both_engines(async |world| {
        let lived = live(&world, "quokka").await;
        let waiting = asked(&world, &lived.tenant, "user", &lived.user.to_string()).await;
        assert_eq!(world.done(&lived.tenant.owner, "DELETE", &waiting, None).await["state"], "cancelled");
        assert_eq!(world.opened.make_next_export().await, Ok(None));
        let ready = made(&world, &lived.tenant, "user", &lived.user.to_string()).await;
        assert_eq!(world.done(&lived.tenant.owner, "DELETE", &ready, None).await["state"], "cancelled");
        assert_eq!((export_keys(&world).await, sealed_files(&world).is_empty()), (0, false), "its key is gone at once");
        swept(&world).await;
        assert_eq!(sealed_files(&world), Vec::<PathBuf>::new());
        assert!(is_told(&world, &lived, "export-ended", Some("cancelled")).await);
        assert_eq!(file_of(&world, &lived.tenant.owner, &ready).await.status, 410);
        world.done(&lived.tenant.owner, "DELETE", &ready, None).await;

        // One that is being made stops at its next row and leaves nothing.
        let (progress, folder) = (ExportProgress::default(), tempfile::tempdir().expect("a folder"));
        progress.cancel();
        let path = folder.path().join("export");
        let stopped = world.opened.exports().export(&host(lived.number), Subject::Tenant(lived.number), &path, &progress).await;
        assert!(matches!(stopped, Err(ExportFailure::Cancelled)));
        assert!(!path.exists());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erasure_ends_every_export_of_the_tenant_and_no_other_tenants() {
    on_both_engines(async |world| {
        let (lived, other) = (live(&world, "quokka").await, live(&world, "wombat").await);
        let ready = made(&world, &lived.tenant, "tenant", &lived.tenant.number).await;
        let waiting = asked(&world, &lived.tenant, "user", &lived.user.to_string()).await;
        let others = made_for(&world, &other).await;
        let erasures = world.opened.erasures();
        let subject = Subject::Device(lived.number, lived.device.device);
        let erasure = erasures.request(&host(lived.number), subject, Duration::ZERO).await.expect("asked for");
        erasures.run(erasure.id).await.expect("erased");
        for path in [&ready, &waiting] {
            assert_eq!(world.done(&lived.tenant.owner, "GET", path, None).await["state"], "erased", "{path}");
            assert_eq!(file_of(&world, &lived.tenant.owner, path).await.status, 410);
        }
        assert_eq!(export_keys(&world).await, 1);
        assert_eq!(told(&world, &lived, "export-ended", Some("erased")).await, 2);
        assert_eq!(file_of(&world, &other.tenant.owner, &others).await.status, 200);

        let erasure = erasures.request(&host(other.number), Subject::Tenant(other.number), Duration::ZERO).await.expect("asked for");
        erasures.run(erasure.id).await.expect("erased");
        assert_eq!((export_keys(&world).await, sealed_files(&world)), (0, Vec::new()));
    })
    .await;
}

/// As [`made`], where another tenant's export waits already.
async fn made_for(world: &World, lived: &Lived) -> String {
    let path = asked(world, &lived.tenant, "tenant", &lived.tenant.number).await;
    while world.opened.make_next_export().await.expect("made").is_some() {}
    path
}

#[tokio::test(flavor = "multi_thread")]
async fn one_export_of_a_tenant_is_made_at_a_time_and_so_many_are_kept_and_no_more() {
    on_both_engines(async |world| {
        let (lived, other) = (live(&world, "quokka").await, live(&world, "wombat").await);
        let user = lived.user.to_string();
        asked(&world, &lived.tenant, "user", &user).await;
        let refused = ask(&world, &lived.tenant, "user", &user).await;
        assert_eq!((refused.status, refused.json()["type"].as_str()), (409, Some("https://purser.dev/problems/export-limit")));
        asked(&world, &other.tenant, "user", &other.user.to_string()).await;
        while world.opened.make_next_export().await.expect("made").is_some() {}
        for _ in 1..KEPT_MAX {
            made(&world, &lived.tenant, "user", &user).await;
        }
        let refused = ask(&world, &lived.tenant, "user", &user).await;
        assert!(refused.status == 409 && refused.text().contains("end one of them"), "{}", refused.text());
        let listed = world.done(&lived.tenant.owner, "GET", "/api/v1/exports", None).await;
        let first = listed["items"][0]["export"].as_str().expect("one").to_owned();
        world.done(&lived.tenant.owner, "DELETE", &format!("/api/v1/exports/{first}"), None).await;
        made(&world, &lived.tenant, "user", &user).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_that_is_too_large_ends_in_words_and_leaves_nothing() {
    on_both_engines(async |world| {
        let lived = live(&world, "quokka").await;
        let archives = limited(&world, Limits { bytes_max: 1_000, ..on_a_disk_with(u64::MAX) });
        let asked = archives.request(&owner(&lived), Subject::Tenant(lived.number)).await.expect("taken on");
        assert_eq!(archives.make_next(nothing_to_fold).await.expect("tried"), Some(State::TooLarge));
        assert_eq!(archives.read(&owner(&lived), asked.id).await.expect("read").state, State::TooLarge);
        assert_eq!((export_keys(&world).await, sealed_files(&world)), (0, Vec::new()));
        assert!(is_told(&world, &lived, "export-ended", Some("too-large")).await);
    })
    .await;
}

fn on_a_disk_with(free_bytes: u64) -> Limits {
    Limits::new(Arc::new(move |_| Ok(free_bytes)))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_for_which_the_disk_has_too_little_room_ends_in_words_and_leaves_nothing() {
    on_both_engines(async |world| {
        let lived = live(&world, "quokka").await;
        let archives = limited(&world, on_a_disk_with(FREE_BYTES_MIN));
        let asked = archives.request(&owner(&lived), Subject::Tenant(lived.number)).await.expect("taken on");
        assert_eq!(archives.make_next(nothing_to_fold).await.expect("tried"), Some(State::NoRoom));
        let path = format!("/api/v1/exports/{}", asked.id);
        assert_eq!(world.done(&lived.tenant.owner, "GET", &path, None).await["state"], "no-room");
        assert_eq!((export_keys(&world).await, sealed_files(&world)), (0, Vec::new()));
        assert!(is_told(&world, &lived, "export-ended", Some("no-room")).await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_with_values_that_did_not_open_says_how_many() {
    on_both_engines(async |world| {
        let lived = live(&world, "quokka").await;
        let device = lived.device.device.to_string();
        let path = made(&world, &lived.tenant, "device", &device).await;
        assert_eq!(world.done(&lived.tenant.owner, "GET", &path, None).await["altered_values"], 0, "the control");
        let swap = "UPDATE device SET card = $3 WHERE tenant_id = $1 AND device_id = $2".to_owned();
        let values = vec![
            (Type::BigInt, Stored::from(lived.number)),
            (Type::BigInt, Stored::from(lived.device.device)),
            (Type::Blob, Stored::from([7_u8; 64])),
        ];
        assert_eq!(tamper(&world, StoreKind::Tenant, lived.number, swap, values).await, 1);
        let path = made(&world, &lived.tenant, "device", &device).await;
        assert_eq!(world.done(&lived.tenant.owner, "GET", &path, None).await["altered_values"], 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_requests_at_once_the_ledger_is_told_of_the_one_that_is_taken_on() {
    on_both_engines(async |world| {
        let lived = live(&world, "quokka").await;
        let (archives, me, subject) = (world.opened.archives(), owner(&lived), Subject::Tenant(lived.number));
        let (one, two) = tokio::join!(archives.request(&me, subject), archives.request(&me, subject));
        assert!(one.is_ok() != two.is_ok(), "{one:?}, {two:?}");
        assert_eq!(told(&world, &lived, "export-requested", None).await, 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_that_was_cut_off_is_begun_anew_but_not_for_ever_and_strays_are_removed() {
    on_both_engines(async |world| {
        let lived = live(&world, "quokka").await;
        let cut_off = async |attempts: i64| {
            let asked = world.opened.archives().request(&owner(&lived), Subject::Tenant(lived.number)).await.expect("taken on");
            let note = move |tx: &mut store::Tx<'_>| tx.execute(&CUT_OFF, &params![asked.id, attempts]);
            world.opened.stores().system().write(note).await.map_err(|error: store::StoreError| error).expect("noted");
            let folder = world.data.join("exports").join(asked.id.to_string());
            std::fs::create_dir_all(&folder).expect("made");
            std::fs::write(folder.join("tenant.device.jsonl"), b"half of it").expect("written");
            asked.id
        };
        cut_off(1).await;
        assert_eq!(world.opened.make_next_export().await, Ok(Some(State::Ready)));
        let last = cut_off(trust::archives::ATTEMPTS_MAX).await;
        assert_eq!(world.opened.make_next_export().await, Ok(Some(State::Failed)));
        assert!(!world.data.join("exports").join(last.to_string()).exists());
        let stray = world.data.join("exports").join(kernel::ExportId::from_random(Rng::seeded(3).bits()).to_string());
        std::fs::create_dir_all(&stray).expect("made");
        std::fs::write(stray.join("tenant.device.jsonl"), b"of whom nobody knows").expect("written");
        swept(&world).await;
        assert!(!stray.exists());
        assert_eq!(export_keys(&world).await, 1, "that of the one that was made");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn promise_x_6_an_archive_that_was_fetched_and_taken_in_elsewhere_gives_an_export_of_equal_digests() {
    on_both_engines(async |world| {
        let lived = live(&world, "quokka").await;
        let path = made(&world, &lived.tenant, "tenant", &lived.tenant.number).await;
        let fetched = file_of(&world, &lived.tenant.owner, &path).await;
        let folder = tempfile::tempdir().expect("a folder");
        let (archive, manifest) = verified(folder.path(), &fetched.body);
        elsewhere(&world, async |other| {
            import_of(other, archive.clone(), &manifest.key).await.expect("taken in");
            let again = Export::of(other, Subject::Tenant(lived.number)).await;
            assert_eq!(again.manifest.tables, manifest.tables);
            assert_eq!(again.manifest.digest, manifest.digest);
        })
        .await;
        // One byte of a row, and it is refused by the place at which it differs.
        let mut changed = fetched.body.clone();
        let at = changed.windows(13).position(|some| some == b"host-quokka-a").expect("a name");
        changed[at] = b'g';
        std::fs::write(&archive, &changed).expect("changed");
        elsewhere(&world, async |other| {
            let refused = import_of(other, archive.clone(), &manifest.key).await.err().expect("refused");
            assert!(refused.contains("tenant.device.jsonl, line "), "{refused}");
        })
        .await;
    })
    .await;
}
