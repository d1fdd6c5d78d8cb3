//! Two sessions at once, on PostgreSQL: embedded, writers of a file never meet.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Barrier};

use store::testing::on_postgres;
use store::{ServingRole, StoreError, params};

use crate::fixture::{COUNT_UP, INSERT_THING, RENAME, SCHEMAS, THING};

#[tokio::test(flavor = "multi_thread")]
async fn an_update_that_read_an_older_row_runs_again_and_loses_nothing() {
    on_postgres(SCHEMAS, |stores, env| async move {
        let tenant = env.new_tenant(&stores).await;
        let db = stores.tenant(&env.system_scope(tenant));
        db.write(move |tx| tx.execute(&INSERT_THING, &params![tenant, 1_i64, "", 0.0, vec![0_u8], true])).await.expect("written");
        let meeting = Arc::new(Barrier::new(2));
        let runs = Arc::new(AtomicU32::new(0));
        let append = |letter: &'static str| {
            let (db, meeting, runs) = (db.clone(), Arc::clone(&meeting), Arc::clone(&runs));
            let mut is_first_run = true;
            tokio::spawn(async move {
                db.write(move |tx| {
                    runs.fetch_add(1, Ordering::SeqCst);
                    let row = tx.query_one(&THING, &params![tenant, 1_i64])?;
                    if std::mem::take(&mut is_first_run) {
                        // Both have read version 1 before either writes.
                        meeting.wait();
                    }
                    let (name, version): (String, i64) = (row.get(0)?, row.get(4)?);
                    tx.execute(&RENAME, &params![tenant, 1_i64, format!("{name}{letter}"), version])
                })
                .await
            })
        };
        let (first, second) = (append("a"), append("b"));
        assert_eq!(first.await.expect("no panic").expect("written"), 1);
        assert_eq!(second.await.expect("no panic").expect("written"), 1);
        let row = db.read(move |tx| tx.query_one(&THING, &params![tenant, 1_i64])).await.expect("read");
        let (name, version): (String, i64) = (row.get(0).expect("a name"), row.get(4).expect("a version"));
        assert!(name == "ab" || name == "ba", "{name}");
        assert_eq!((version, runs.load(Ordering::SeqCst)), (3, 3));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_with_a_version_from_an_earlier_transaction_is_refused() {
    on_postgres(SCHEMAS, |stores, env| async move {
        let tenant = env.new_tenant(&stores).await;
        let db = stores.tenant(&env.system_scope(tenant));
        db.write(move |tx| tx.execute(&INSERT_THING, &params![tenant, 1_i64, "", 0.0, vec![0_u8], true])).await.expect("written");
        let rename = |name: &'static str| db.write(move |tx| tx.execute(&RENAME, &params![tenant, 1_i64, name, 1_i64]));
        assert_eq!(rename("first").await.expect("written"), 1);
        assert_eq!(rename("second").await.expect("refused"), 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_that_change_one_row_all_succeed() {
    on_postgres(SCHEMAS, |stores, env| async move {
        let tenant = env.new_tenant(&stores).await;
        let db = stores.tenant(&env.system_scope(tenant));
        db.write(move |tx| tx.execute(&INSERT_THING, &params![tenant, 1_i64, "", 0.0, vec![0_u8], true])).await.expect("written");
        let counters: Vec<_> = (0..100)
            .map(|_| {
                let db = db.clone();
                tokio::spawn(async move { db.write(move |tx| tx.execute(&COUNT_UP, &params![tenant, 1_i64])).await })
            })
            .collect();
        for counter in counters {
            assert_eq!(counter.await.expect("no panic").expect("counted"), 1);
        }
        let row = db.read(move |tx| tx.query_one(&THING, &params![tenant, 1_i64])).await.expect("read");
        assert_eq!(row.get::<i64>(4).expect("a version"), 101);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_the_server_ends_is_replaced() {
    on_postgres(SCHEMAS, |stores, env| async move {
        let tenant = env.new_tenant(&stores).await;
        let db = stores.tenant(&env.system_scope(tenant));
        let insert = |id: i64| db.write(move |tx| tx.execute(&INSERT_THING, &params![tenant, id, id.to_string(), 0.0, vec![0_u8], true]));
        insert(1).await.expect("written");
        let (client, connection) = env
            .database_of(ServingRole::Service)
            .expect("PostgreSQL")
            .connect(tokio_postgres::NoTls)
            .await
            .expect("the runtime role logs in");
        let driver = tokio::spawn(connection);
        let ended =
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = current_user AND pid <> pg_backend_pid()";
        client.batch_execute(ended).await.expect("a role may end its own sessions");
        insert(2).await.expect("written on a new connection");
        let broken = insert(1).await;
        assert!(matches!(broken, Err(StoreError::Conflict { .. })), "{broken:?}");
        drop(client);
        driver.await.expect("no panic").expect("the driver ends");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_that_mark_one_subject_do_not_meet() {
    on_postgres(SCHEMAS, |stores, env| async move {
        let tenant = env.new_tenant(&stores).await;
        let scope = env.system_scope(tenant);
        let runs = Arc::new(AtomicU32::new(0));
        let markers: Vec<_> = (0..200)
            .map(|_| {
                let (db, runs) = (stores.tenant(&scope), Arc::clone(&runs));
                let mark = move |tx: &mut store::Tx<'_>| {
                    runs.fetch_add(1, Ordering::SeqCst);
                    tx.mark("exposure", 0)
                };
                tokio::spawn(async move { db.write(mark).await })
            })
            .collect();
        for marker in markers {
            marker.await.expect("no panic").expect("marked");
        }
        assert_eq!(runs.load(Ordering::SeqCst), 200, "no transaction had to run again");
        let pending = stores.marks().pending(&scope, "exposure", 10).await.expect("read");
        assert_eq!(pending.iter().map(|mark| mark.subject).collect::<Vec<_>>(), [0]);
        stores.marks().clear(&scope, "exposure", &pending).await.expect("cleared");
        assert_eq!(stores.marks().pending(&scope, "exposure", 10).await.expect("read"), []);
    })
    .await;
}
