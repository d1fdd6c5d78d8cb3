//! Reads and writes.

use store::testing::{both_engines, on_sqlite};
use store::{StoreError, Value, params};

use crate::fixture::{INSERT_NOTE, INSERT_THING, NOTES, SCHEMAS, THING, THINGS};

#[tokio::test(flavor = "multi_thread")]
async fn what_was_written_is_read_again_with_its_types() {
    both_engines(SCHEMAS, |stores, env| async move {
        let tenant = env.new_tenant(&stores).await;
        let db = stores.tenant(&env.system_scope(tenant));
        let written = db
            .write(move |tx| {
                tx.execute(&INSERT_THING, &params![tenant, i64::MIN, "Żółw", -0.5, vec![0_u8, 255], true])?;
                tx.execute(&INSERT_THING, &params![tenant, i64::MAX, None::<String>, None::<f64>, None::<Vec<u8>>, None::<bool>])
            })
            .await;
        assert_eq!(written.expect("written"), 1);
        let rows = db
            .read(move |tx| {
                let first = tx.query_one(&THING, &params![tenant, i64::MIN])?;
                let second = tx.query_one(&THING, &params![tenant, i64::MAX])?;
                Ok::<_, StoreError>((first, second))
            })
            .await
            .expect("read");
        assert_eq!(rows.0.values(), params!["Żółw", -0.5, vec![0_u8, 255], true, 1_i64]);
        assert_eq!(rows.1.values(), [Value::Null, Value::Null, Value::Null, Value::Null, Value::Int(1)]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_undoes_its_own_closure_only() {
    both_engines(SCHEMAS, |stores, env| async move {
        let tenant = env.new_tenant(&stores).await;
        let db = stores.tenant(&env.system_scope(tenant));
        let writes: Vec<_> = (0..200_i64)
            .map(|number| {
                let db = db.clone();
                tokio::spawn(async move {
                    db.write(move |tx| {
                        tx.execute(&INSERT_THING, &params![tenant, number, number.to_string(), 0.0, vec![0_u8], false])?;
                        if number % 3 == 0 { Err(StoreError::NotOwner) } else { Ok(number) }
                    })
                    .await
                })
            })
            .collect();
        for (number, write) in (0..).zip(writes) {
            let answer = write.await.expect("no panic");
            assert_eq!(answer.is_err(), number % 3 == 0, "{number}: {answer:?}");
        }
        let kept = db.read(move |tx| tx.query(&THINGS, &params![tenant])).await.expect("read");
        let kept: Vec<i64> = kept.iter().map(|row| row.get(0).expect("an id")).collect();
        assert_eq!(kept, (0..200).filter(|number| number % 3 != 0).collect::<Vec<i64>>());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_failed_statement_nothing_of_the_transaction_stays() {
    both_engines(SCHEMAS, |stores, _env| async move {
        let swallowed = stores
            .system()
            .write(|tx| {
                tx.execute(&INSERT_NOTE, &params![1_i64, "one"])?;
                let conflict = tx.execute(&INSERT_NOTE, &params![1_i64, "one again"]);
                assert!(matches!(conflict, Err(StoreError::Conflict { .. })), "{conflict:?}");
                assert!(matches!(tx.execute(&INSERT_NOTE, &params![2_i64, "two"]), Err(StoreError::Aborted)));
                Ok::<_, StoreError>(())
            })
            .await;
        assert!(matches!(swallowed, Err(StoreError::Aborted)), "{swallowed:?}");
        assert_eq!(stores.system().read(|tx| tx.query(&NOTES, &params![])).await.expect("read"), []);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_goes_on_in_the_task_that_asked_and_undoes_its_own_closure() {
    both_engines(SCHEMAS, |stores, _env| async move {
        let db = stores.system().clone();
        let panicked = tokio::spawn(async move {
            db.write(|tx| -> Result<(), StoreError> {
                tx.execute(&INSERT_NOTE, &params![1_i64, "one"])?;
                panic!("a bug of the domain");
            })
            .await
        });
        assert!(panicked.await.expect_err("the panic arrives").is_panic());
        stores.system().write(|tx| tx.execute(&INSERT_NOTE, &params![1_i64, "one"])).await.expect("the store goes on");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_of_another_store_or_type_is_refused() {
    both_engines(SCHEMAS, |stores, env| async move {
        let tenant = env.new_tenant(&stores).await;
        let elsewhere = stores.system().read(move |tx| tx.query(&THINGS, &params![tenant])).await;
        assert!(matches!(elsewhere, Err(StoreError::Misuse(_))), "{elsewhere:?}");
        let mistyped = stores.system().write(|tx| tx.execute(&INSERT_NOTE, &params!["1", "one"])).await;
        assert!(matches!(mistyped, Err(StoreError::Mismatch { .. })), "{mistyped:?}");
        let written_while_reading = stores.system().read(|tx| tx.execute(&INSERT_NOTE, &params![1_i64, "one"])).await;
        assert!(matches!(written_while_reading, Err(StoreError::Misuse(_))), "{written_while_reading:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_are_handed_over_one_by_one_until_one_is_refused() {
    both_engines(SCHEMAS, |stores, env| async move {
        let tenant = env.new_tenant(&stores).await;
        let db = stores.tenant(&env.system_scope(tenant));
        let rows: Vec<_> = (0..2_000_i64).map(|id| params![tenant, id, id.to_string(), 1.0, vec![1_u8], true]).collect();
        assert_eq!(db.write(move |tx| tx.execute_many(&INSERT_THING, &rows)).await.expect("written"), 2_000);
        let (sum, stopped, after) = db
            .read(move |tx| {
                let mut sum = 0;
                tx.query_each(&THINGS, &params![tenant], |row| {
                    sum += row.get::<i64>(0)?;
                    Ok::<_, StoreError>(())
                })?;
                let stopped = tx.query_each(&THINGS, &params![tenant], |_| Err(StoreError::NotOwner));
                // The transaction itself is well: what refused the row was not a statement.
                let after = tx.query(&THINGS, &params![tenant])?.len();
                Ok::<_, StoreError>((sum, stopped.is_err(), after))
            })
            .await
            .expect("read");
        assert_eq!((sum, stopped, after), ((0..2_000).sum::<i64>(), true, 2_000));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_conflict_among_many_rows_undoes_them_all() {
    both_engines(SCHEMAS, |stores, _env| async move {
        let rows: Vec<_> = (0..600_i64).map(|number| params![number % 599, "note"]).collect();
        let refused = stores.system().write(move |tx| tx.execute_many(&INSERT_NOTE, &rows)).await;
        assert!(matches!(refused, Err(StoreError::Conflict { .. })), "{refused:?}");
        assert_eq!(stores.system().read(|tx| tx.query(&NOTES, &params![])).await.expect("read"), []);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_that_one_engine_cannot_hold_is_refused_by_both() {
    both_engines(SCHEMAS, |stores, _env| async move {
        let refused = stores.system().write(|tx| tx.execute(&INSERT_NOTE, &params![1_i64, "a\0b"])).await;
        assert!(matches!(refused, Err(StoreError::Mismatch { .. })), "{refused:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closure_may_use_the_keyring_and_threads_that_may_block_need_no_runtime() {
    both_engines(SCHEMAS, |stores, env| async move {
        let tenant = env.new_tenant(&stores).await;
        let (db, system) = (stores.tenant(&env.system_scope(tenant)), stores.system().clone());
        let below = system.clone();
        db.write(move |tx| {
            below.write_now(|tx| tx.execute(&INSERT_NOTE, &params![1_i64, "from a tenant's closure"]))?;
            tx.execute(&INSERT_THING, &params![tenant, 1_i64, "a", 0.0, vec![0_u8], true])
        })
        .await
        .expect("written");
        let read = std::thread::spawn(move || system.read_now(|tx| tx.query(&NOTES, &params![])));
        assert_eq!(read.join().expect("no panic").expect("read").len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_is_opened_again_has_what_was_acknowledged() {
    both_engines(SCHEMAS, |stores, env| async move {
        let tenant = env.new_tenant(&stores).await;
        let rows = (0..1_000_i64).map(move |id| params![tenant, id, id.to_string(), 1.0, vec![1_u8; 10], true]);
        let rows: Vec<_> = rows.collect();
        stores.tenant(&env.system_scope(tenant)).write(move |tx| tx.execute_many(&INSERT_THING, &rows)).await.expect("written");
        stores.close().await;
        let stores = env.reopen().await;
        assert_eq!(stores.tenants().await.expect("listed"), [tenant]);
        let kept = stores.tenant(&env.system_scope(tenant)).read(move |tx| tx.query(&THINGS, &params![tenant])).await;
        assert_eq!(kept.expect("read").len(), 1_000);
        stores.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_data_folder_serves_one_process_at_a_time() {
    on_sqlite(SCHEMAS, |_stores, env| async move {
        let config = store::StoreConfig::embedded(env.dir.clone());
        let second = store::Stores::open(config, SCHEMAS.to_vec(), env.clock.clone(), env.rng.clone()).await;
        let refused = second.expect_err("the folder is in use").to_string();
        assert!(refused.contains("in use"), "{refused}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_that_was_never_made_has_no_store() {
    on_sqlite(SCHEMAS, |stores, env| async move {
        let tenant = kernel::TenantId::from_random(99);
        let read = stores.tenant(&env.system_scope(tenant)).read(move |tx| tx.query(&THINGS, &params![tenant])).await;
        assert!(matches!(read, Err(StoreError::NotFound)), "{read:?}");
    })
    .await;
}
