//! A copy of the embedded files is looked at without a change to it, and what is wrong with a file is said.

use std::fs;
use std::path::{Path, PathBuf};

use kernel::TenantId;
use store::testing::{TestEnv, on_sqlite};
use store::{Copied, CopiedFile, CopiedStore, Migration, Schema, StoreKind, Stores, Tx, params};

use crate::fixture::{INSERT_THING, SCHEMAS};

/// Things of so many bytes fill some pages each.
const BODY_BYTES: usize = 20_000;

/// A tenant with rows in the file and, as its connection is still open, more in its log; and a copy of the data folder.
async fn copied(stores: &Stores, env: &TestEnv) -> (TenantId, PathBuf) {
    let tenant = env.new_tenant(stores).await;
    for id in 0..5_i64 {
        let insert =
            move |tx: &mut Tx<'_>| tx.execute(&INSERT_THING, &params![tenant, id, id.to_string(), 0.0, vec![7_u8; BODY_BYTES], true]);
        stores.tenant(&env.system_scope(tenant)).write(insert).await.expect("written");
    }
    let copy = env.dir.with_file_name("copy");
    take(&env.dir, &copy);
    assert!(log(&copy, tenant).exists());
    (tenant, copy)
}

fn take(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        match entry.file_type().expect("a type").is_dir() {
            true => take(&entry.path(), &target),
            false if entry.file_name().to_string_lossy().ends_with("-shm") => {}
            false => fs::copy(entry.path(), target).map(|_| ()).expect("copied"),
        }
    }
}

fn log(copy: &Path, tenant: TenantId) -> PathBuf {
    let mut log = CopiedStore::Tenant(tenant).file(copy).into_os_string();
    log.push("-wal");
    log.into()
}

fn look_by(schemas: &[Schema], env: &TestEnv, copy: &Path, store: CopiedStore) -> CopiedFile {
    let scratch = env.dir.with_file_name("scratch");
    fs::create_dir(&scratch).expect("a folder");
    let copied = Copied::new(schemas, copy.to_owned(), scratch.clone()).expect("schemas");
    let found = copied.bring(store).expect("looked at");
    fs::remove_dir_all(&scratch).expect("removed");
    found
}

fn look(env: &TestEnv, copy: &Path, store: CopiedStore) -> CopiedFile {
    look_by(SCHEMAS, env, copy, store)
}

fn flip(path: &Path, at: usize) {
    let mut bytes = fs::read(path).expect("read");
    bytes[at] ^= 0x10;
    fs::write(path, bytes).expect("written");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_file_is_found_whole_with_its_log_and_the_copy_stays_as_it_was() {
    on_sqlite(SCHEMAS, |stores, env| async move {
        let (tenant, copy) = copied(&stores, &env).await;
        let (file, log) = (CopiedStore::Tenant(tenant).file(&copy), log(&copy, tenant));
        let before = (fs::read(&file).expect("read"), fs::read(&log).expect("read"));
        for store in CopiedStore::NODE_WIDE.into_iter().chain([CopiedStore::Tenant(tenant)]) {
            assert_eq!(look(&env, &copy, store), CopiedFile::Whole { migrations: 0 }, "{store:?}");
        }
        assert_eq!((fs::read(&file).expect("read"), fs::read(&log).expect("read")), before);
        assert!(!copy.join("system.db-shm").exists(), "nothing is written beside it");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_brought_can_be_opened_as_stores_and_holds_what_lay_in_the_log() {
    on_sqlite(SCHEMAS, |stores, env| async move {
        let (tenant, copy) = copied(&stores, &env).await;
        let scratch = env.dir.with_file_name("scratch");
        fs::create_dir(&scratch).expect("a folder");
        let copied = Copied::new(SCHEMAS, copy, scratch.clone()).expect("schemas");
        for store in [CopiedStore::System, CopiedStore::Intake, CopiedStore::Tenant(tenant)] {
            assert_eq!(copied.bring(store).expect("looked at"), CopiedFile::Whole { migrations: 0 });
        }
        copied.put_away(CopiedStore::Intake).expect("put away");
        assert!(!CopiedStore::Intake.file(&scratch).exists() && !scratch.join("keyring.db").exists());
        let config = store::StoreConfig::embedded(scratch);
        let opened = Stores::open(config, SCHEMAS.to_vec(), env.clock.clone(), env.rng.clone()).await.expect("opened");
        assert_eq!(opened.tenants().await.expect("tenants"), [tenant]);
        let things = move |tx: &mut Tx<'_>| tx.query(&crate::fixture::THINGS, &params![tenant]);
        let things: Result<_, store::StoreError> = opened.tenant(&env.system_scope(tenant)).read(things).await;
        assert_eq!(things.expect("read").len(), 5);
        opened.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_missing_empty_or_another_stores_is_said_to_be() {
    on_sqlite(SCHEMAS, |stores, env| async move {
        let (tenant, copy) = copied(&stores, &env).await;
        for end in ["db", "db-wal"] {
            fs::copy(copy.join("identity").with_extension(end), copy.join("master").with_extension(end)).expect("copied");
        }
        assert!(matches!(look(&env, &copy, CopiedStore::Master), CopiedFile::Foreign(_)), "accounts are no advisories");
        fs::remove_file(CopiedStore::Intake.file(&copy)).expect("removed");
        assert_eq!(look(&env, &copy, CopiedStore::Intake), CopiedFile::Missing);
        fs::remove_file(log(&copy, tenant)).expect("removed");
        fs::write(CopiedStore::Tenant(tenant).file(&copy), b"").expect("emptied");
        assert!(matches!(look(&env, &copy, CopiedStore::Tenant(tenant)), CopiedFile::Damaged(_)), "an empty file is no store");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_byte_that_changed_in_a_files_structure_is_damage_wherever_it_stands() {
    on_sqlite(SCHEMAS, |stores, env| async move {
        stores.close().await;
        // What its log held is in the file.
        let copy = env.dir.with_file_name("copy");
        take(&env.dir, &copy);
        let file = CopiedStore::Identity.file(&copy);
        let sound = fs::read(&file).expect("read");
        assert!(!file.with_extension("db-wal").exists());
        // The magic, the page size, the kind of the first page, and that of the last, which nobody reads to open it.
        for at in [3, 16, 100, sound.len() - 4_096] {
            flip(&file, at);
            assert!(matches!(look(&env, &copy, CopiedStore::Identity), CopiedFile::Damaged(_)), "byte {at}");
            fs::write(&file, &sound).expect("put back");
        }
        for at in (0..128).chain((128..sound.len()).step_by(97)) {
            flip(&file, at);
            // Whatever comes of it, it is said and no error.
            look(&env, &copy, CopiedStore::Identity);
            fs::write(&file, &sound).expect("put back");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_of_which_a_committed_transaction_is_lost_is_damaged_and_one_with_remains_of_an_older_is_not() {
    on_sqlite(SCHEMAS, |stores, env| async move {
        let (tenant, copy) = copied(&stores, &env).await;
        let (store, log) = (CopiedStore::Tenant(tenant), log(&copy, tenant));
        let sound = fs::read(&log).expect("read");
        // The head's page size and salt, a page in the midst, the last page.
        for at in [9, 17, 32 + 24 + 100, sound.len() - 1] {
            flip(&log, at);
            let found = look(&env, &copy, store);
            assert!(matches!(&found, CopiedFile::Damaged(why) if why.contains("log is damaged")), "byte {at}: {found:?}");
            fs::write(&log, &sound).expect("put back");
        }
        let mut remains = sound.clone();
        let frame: Vec<u8> = sound[32..].chunks(24 + 4_096).next_back().expect("a frame").to_vec();
        remains.extend(frame);
        let salt = sound.len() + 8;
        remains[salt] ^= 0xff;
        fs::write(&log, &remains).expect("written");
        assert_eq!(look(&env, &copy, store), CopiedFile::Whole { migrations: 0 }, "a frame of another salt is of an older log");
    })
    .await;
}

const FIRST: Migration = Migration {
    version: 1,
    name: "shelf",
    sql: "CREATE TABLE shelf (tenant_id BIGINT NOT NULL, id BIGINT NOT NULL, PRIMARY KEY (tenant_id, id));",
};
const SECOND: Migration = Migration { version: 2, name: "shelf_label", sql: "ALTER TABLE shelf ADD COLUMN label TEXT;" };

fn shelves(migrations: &'static [Migration]) -> Vec<Schema> {
    vec![Schema::unregistered("shelves", StoreKind::Tenant, migrations, &[])]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_an_earlier_version_is_whole_and_one_of_a_newer_is_not() {
    const OLD: &[Migration] = &[FIRST];
    const NEW: &[Migration] = &[FIRST, SECOND];
    on_sqlite(shelves(OLD), |stores, env| async move {
        let tenant = env.new_tenant(&stores).await;
        let (store, copy) = (CopiedStore::Tenant(tenant), env.dir.with_file_name("copy"));
        take(&env.dir, &copy);
        assert_eq!(look_by(&shelves(NEW), &env, &copy, store), CopiedFile::Whole { migrations: 1 });
        assert_eq!(look_by(&shelves(OLD), &env, &copy, store), CopiedFile::Whole { migrations: 0 });
        let found = look_by(&[], &env, &copy, store);
        assert!(matches!(&found, CopiedFile::Foreign(why) if why.contains("shelves")), "{found:?}");
    })
    .await;
}
