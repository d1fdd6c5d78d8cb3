//! What is acknowledged survives.

use std::path::Path;

use kernel::Rng;
use store::testing::on_sqlite;
use store::{StoreConfig, Stores, params};

use crate::fixture::{INSERT_THING, SCHEMAS, THINGS};

/// Copies a data folder as a crash would leave it: what lies in files at this moment, without a checkpoint or close.
fn copy_as_after_a_crash(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.file_type().expect("a type").is_dir() {
            copy_as_after_a_crash(&entry.path(), &target);
        } else if !entry.file_name().to_string_lossy().ends_with("-shm") {
            std::fs::copy(entry.path(), target).expect("copied");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn writes_that_shared_a_commit_are_all_in_the_file_when_they_are_acknowledged() {
    on_sqlite(SCHEMAS, |stores, env| async move {
        let tenant = env.new_tenant(&stores).await;
        let db = stores.tenant(&env.system_scope(tenant));
        let writes: Vec<_> = (0..500_i64)
            .map(|id| {
                let db = db.clone();
                let insert =
                    move |tx: &mut store::Tx<'_>| tx.execute(&INSERT_THING, &params![tenant, id, id.to_string(), 0.0, vec![0_u8], true]);
                tokio::spawn(async move { db.write(insert).await })
            })
            .collect();
        for write in writes {
            write.await.expect("no panic").expect("acknowledged");
        }
        let copy = env.dir.with_file_name("copy");
        copy_as_after_a_crash(&env.dir, &copy);
        let restored =
            Stores::open(StoreConfig::embedded(copy), SCHEMAS.to_vec(), env.clock.clone(), Rng::seeded(9)).await.expect("opened");
        let kept = restored.tenant(&env.system_scope(tenant)).read(move |tx| tx.query(&THINGS, &params![tenant])).await.expect("read");
        assert_eq!(kept.len(), 500);
        restored.close().await;
    })
    .await;
}

/// More tenants than files are kept open.
const MANY_TENANTS: usize = 200;
/// A write-ahead log longer than this does not outlive the connection.
const LONG_LOG_BYTES: usize = 300 * 1024;

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_makes_room_for_another_keeps_what_was_written_in_its_log_and_a_long_log_is_copied() {
    on_sqlite(SCHEMAS, |stores, env| async move {
        let mut tenants = Vec::new();
        for number in 0..MANY_TENANTS {
            let tenant = env.new_tenant(&stores).await;
            let body = vec![7_u8; if number == 0 { LONG_LOG_BYTES } else { 1 }];
            let insert = move |tx: &mut store::Tx<'_>| tx.execute(&INSERT_THING, &params![tenant, 1_i64, "a", 0.0, body.clone(), true]);
            stores.tenant(&env.system_scope(tenant)).write(insert).await.expect("written");
            tenants.push(tenant);
        }
        let log = |place: usize| env.dir.join("tenants").join(format!("{}.db-wal", tenants[place].number()));
        assert!(!log(0).exists(), "a long log is copied into its file");
        assert!(log(1).metadata().is_ok_and(|log| log.len() > 0), "a short one is left");
        let copy = env.dir.with_file_name("copy");
        copy_as_after_a_crash(&env.dir, &copy);
        let restored =
            Stores::open(StoreConfig::embedded(copy), SCHEMAS.to_vec(), env.clock.clone(), Rng::seeded(9)).await.expect("opened");
        for stores in [&stores, &restored] {
            for tenant in &tenants {
                let tenant = *tenant;
                let kept = stores.tenant(&env.system_scope(tenant)).read(move |tx| tx.query(&THINGS, &params![tenant])).await;
                assert_eq!(kept.expect("read").len(), 1);
            }
        }
        restored.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_store_answers_that_it_is_closed() {
    on_sqlite(SCHEMAS, |stores, env| async move {
        let tenant = env.new_tenant(&stores).await;
        let db = stores.tenant(&env.system_scope(tenant));
        stores.clone().close().await;
        let late = db.read(move |tx| tx.query(&THINGS, &params![tenant])).await;
        assert!(late.expect_err("closed").to_string().contains("closed"));
        let late = db.write(move |tx| tx.execute(&INSERT_THING, &params![tenant, 1_i64, "a", 0.0, vec![0_u8], true])).await;
        assert!(late.expect_err("closed").to_string().contains("closed"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_data_folder_is_its_owners_only() {
    use std::os::unix::fs::PermissionsExt;
    on_sqlite(SCHEMAS, |_stores, env| async move {
        let mode = std::fs::metadata(&env.dir).expect("a folder").permissions().mode();
        assert_eq!(mode & 0o077, 0, "{mode:o}");
    })
    .await;
}
