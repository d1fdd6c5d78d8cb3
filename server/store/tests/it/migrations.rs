//! Migrations: lazily at open, with a sweeper; expand, then contract.

use store::testing::both_engines;
use store::{Migration, Schema, StoreError, StoreKind, params};

const FIRST: Migration = Migration {
    version: 1,
    name: "shelf",
    sql: "CREATE TABLE shelf (tenant_id BIGINT NOT NULL, id BIGINT NOT NULL, PRIMARY KEY (tenant_id, id));",
};
const SECOND: Migration =
    Migration { version: 2, name: "shelf_label", sql: "ALTER TABLE shelf ADD COLUMN label TEXT; UPDATE shelf SET label = 'old';" };
const OLD: &[Migration] = &[FIRST];
const NEW: &[Migration] = &[FIRST, SECOND];
const ALTERED: &[Migration] =
    &[Migration { version: 1, name: "shelf", sql: "CREATE TABLE shelf (tenant_id BIGINT NOT NULL, PRIMARY KEY (tenant_id));" }];

store::statements! {
    store = Tenant;
    INSERT_SHELF = "INSERT INTO shelf (tenant_id, id) VALUES ($1, $2)" (BigInt, BigInt);
    LABELS = "SELECT label FROM shelf WHERE tenant_id = $1 ORDER BY id" (BigInt) -> (label: Text);
}

fn schemas(migrations: &'static [Migration]) -> Vec<Schema> {
    vec![Schema::unregistered("shelves", StoreKind::Tenant, migrations, STATEMENTS)]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenants_store_migrates_when_it_is_opened_and_the_sweeper_opens_the_rest() {
    both_engines(schemas(OLD), |stores, env| async move {
        let (first, second) = (env.new_tenant(&stores).await, env.new_tenant(&stores).await);
        for tenant in [first, second] {
            stores
                .tenant(&env.system_scope(tenant))
                .write(move |tx| tx.execute(&INSERT_SHELF, &params![tenant, 1_i64]))
                .await
                .expect("written");
        }
        stores.close().await;
        let stores = env.reopen_with(schemas(NEW)).await.expect("opened");
        let rows = stores.tenant(&env.system_scope(first)).read(move |tx| tx.query(&LABELS, &params![first])).await.expect("read");
        assert_eq!(rows[0].values(), params!["old"]);
        let swept = stores.migrate_all().await.expect("swept");
        assert_eq!((swept.current, swept.failed.len()), (2, 0));
        let rows = stores.tenant(&env.system_scope(second)).read(move |tx| tx.query(&LABELS, &params![second])).await.expect("read");
        assert_eq!(rows[0].values(), params!["old"]);
        stores.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn data_of_a_newer_program_are_refused() {
    both_engines(schemas(NEW), |stores, env| async move {
        let tenant = env.new_tenant(&stores).await;
        stores.close().await;
        let refused = match env.reopen_with(schemas(OLD)).await {
            Err(error) => error,
            Ok(stores) => {
                let read = stores.tenant(&env.system_scope(tenant)).read(move |tx| tx.query(&LABELS, &params![tenant])).await;
                stores.close().await;
                read.expect_err("the tenant's store is newer")
            }
        };
        assert!(matches!(refused, StoreError::Newer { found: 2, known: 1, .. }), "{refused:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_migration_that_was_altered_after_it_was_applied_is_refused() {
    both_engines(schemas(OLD), |stores, env| async move {
        let tenant = env.new_tenant(&stores).await;
        stores.close().await;
        let refused = match env.reopen_with(schemas(ALTERED)).await {
            Err(error) => error,
            Ok(stores) => {
                let swept = stores.migrate_all().await.expect("the sweep goes on");
                assert_eq!(swept.failed.len(), 1);
                let read = stores.tenant(&env.system_scope(tenant)).read(move |tx| tx.query(&LABELS, &params![tenant])).await;
                stores.close().await;
                read.expect_err("the migration was altered")
            }
        };
        assert!(refused.to_string().contains("was altered"), "{refused}");
    })
    .await;
}
