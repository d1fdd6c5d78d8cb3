//! Tenants are kept apart: by files when embedded, by forced row-level security on PostgreSQL.

use store::testing::{both_engines, on_postgres, on_sqlite};
use store::{ServingRole, StoreError, params};
use tokio_postgres::NoTls;

use crate::fixture::{DELETE_EVERYTHING, EVERY_TENANTS_THINGS, INSERT_THING, RENAME_ANYWAY, SCHEMAS, THINGS};

#[tokio::test(flavor = "multi_thread")]
async fn sql_that_names_no_tenant_reaches_the_transactions_own_only() {
    both_engines(SCHEMAS, |stores, env| async move {
        let (mine, other) = (env.new_tenant(&stores).await, env.new_tenant(&stores).await);
        for tenant in [mine, other] {
            let insert = move |tx: &mut store::Tx<'_>| tx.execute(&INSERT_THING, &params![tenant, 1_i64, "a", 0.0, vec![0_u8], true]);
            stores.tenant(&env.system_scope(tenant)).write(insert).await.expect("written");
        }
        let db = stores.tenant(&env.system_scope(mine));
        let seen = db.read(|tx| tx.query(&EVERY_TENANTS_THINGS, &params![])).await.expect("read");
        assert_eq!(seen.iter().map(|row| row.values().to_vec()).collect::<Vec<_>>(), [params![mine, 1_i64]]);
        assert_eq!(db.write(move |tx| tx.execute(&RENAME_ANYWAY, &params![other, 1_i64, "b"])).await.expect("nothing found"), 0);
        assert_eq!(db.write(|tx| tx.execute(&DELETE_EVERYTHING, &params![])).await.expect("deleted"), 1);
        let left = stores.tenant(&env.system_scope(other)).read(move |tx| tx.query(&THINGS, &params![other])).await.expect("read");
        assert_eq!(left.len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_of_another_tenant_cannot_be_written() {
    on_postgres(SCHEMAS, |stores, env| async move {
        let (mine, other) = (env.new_tenant(&stores).await, env.new_tenant(&stores).await);
        let db = stores.tenant(&env.system_scope(mine));
        let foreign = db.write(move |tx| tx.execute(&INSERT_THING, &params![other, 1_i64, "a", 0.0, vec![0_u8], true])).await;
        assert!(matches!(foreign, Err(StoreError::Engine { .. })), "{foreign:?}");
        let left = stores.tenant(&env.system_scope(other)).read(move |tx| tx.query(&THINGS, &params![other])).await.expect("read");
        assert_eq!(left, []);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_runtime_role_without_a_tenant_sees_no_row() {
    on_postgres(SCHEMAS, |stores, env| async move {
        let tenant = env.new_tenant(&stores).await;
        let insert = move |tx: &mut store::Tx<'_>| tx.execute(&INSERT_THING, &params![tenant, 1_i64, "a", 0.0, vec![0_u8], true]);
        stores.tenant(&env.system_scope(tenant)).write(insert).await.expect("written");
        let (client, connection) =
            env.database_of(ServingRole::Service).expect("PostgreSQL").connect(NoTls).await.expect("the runtime role logs in");
        let driver = tokio::spawn(connection);
        let count = "SELECT count(*) FROM purser_tenant.thing";
        for setting in ["SELECT 1", "SET purser.tenant = ''", "RESET purser.tenant"] {
            client.batch_execute(setting).await.expect("set");
            let seen: i64 = client.query_one(count, &[]).await.expect("counted").get(0);
            assert_eq!(seen, 0, "after {setting}");
        }
        // The control: the row is there for its own tenant.
        client.batch_execute(&format!("SET purser.tenant = '{}'", tenant.number())).await.expect("set");
        let seen: i64 = client.query_one(count, &[]).await.expect("counted").get(0);
        assert_eq!(seen, 1);
        drop(client);
        driver.await.expect("no panic").expect("the driver ends");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_runtime_role_cannot_change_what_protects_the_rows() {
    on_postgres(SCHEMAS, |_stores, env| async move {
        let config = env.database_of(ServingRole::Service).expect("PostgreSQL");
        let role = config.get_user().expect("a role").to_owned();
        let owner: tokio_postgres::Config = env.database_url.as_ref().expect("PostgreSQL").parse().expect("a URL");
        let owner = owner.get_user().expect("a role");
        let (client, connection) = config.connect(NoTls).await.expect("the runtime role logs in");
        let driver = tokio::spawn(connection);
        for sql in [
            "ALTER TABLE purser_tenant.thing DISABLE ROW LEVEL SECURITY".to_owned(),
            "ALTER TABLE purser_tenant.thing NO FORCE ROW LEVEL SECURITY".into(),
            "DROP POLICY own_tenant ON purser_tenant.thing".into(),
            "ALTER POLICY own_tenant ON purser_tenant.thing USING (true)".into(),
            "CREATE POLICY every_tenant ON purser_tenant.thing USING (true)".into(),
            "ALTER TABLE purser_tenant.thing ADD COLUMN x BIGINT".into(),
            "DROP TABLE purser_tenant.thing".into(),
            "TRUNCATE purser_tenant.thing".into(),
            "CREATE TABLE purser_tenant.x (id BIGINT)".into(),
            "CREATE VIEW purser_tenant.x AS SELECT 1".into(),
            "ALTER TABLE purser_tenant.thing OWNER TO CURRENT_USER".into(),
            "SELECT * FROM purser_tenant.store_migration".into(),
            "CREATE SCHEMA x".into(),
            format!("SET ROLE {owner}"),
            format!("SET SESSION AUTHORIZATION {owner}"),
            format!("SELECT set_config('role', '{owner}', false)"),
            format!("ALTER ROLE {role} BYPASSRLS"),
            format!("ALTER ROLE {role} SUPERUSER"),
            "CREATE ROLE x".into(),
            "SET row_security = off; SELECT count(*) FROM purser_tenant.thing".into(),
        ] {
            let done = client.batch_execute(&sql).await;
            assert!(done.is_err(), "the runtime role may {sql}");
        }
        drop(client);
        driver.await.expect("no panic").expect("the driver ends");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_table_of_the_tenant_store_is_protected() {
    on_postgres(SCHEMAS, |_stores, env| async move {
        let owner: tokio_postgres::Config = env.database_url.as_ref().expect("PostgreSQL").parse().expect("a URL");
        let (client, connection) = owner.connect(NoTls).await.expect("the owner logs in");
        let driver = tokio::spawn(connection);
        let question = "SELECT relname::text, relrowsecurity AND relforcerowsecurity FROM pg_class
            WHERE relnamespace = 'purser_tenant'::regnamespace AND relkind = 'r' ORDER BY 1";
        let tables = client.query(question, &[]).await.expect("listed");
        let unprotected: Vec<String> = tables.iter().filter(|row| !row.get::<_, bool>(1)).map(|row| row.get(0)).collect();
        assert_eq!(unprotected, ["store_migration"], "the list of migrations is no tenant's");
        assert!(tables.len() > 4);
        drop(client);
        driver.await.expect("no panic").expect("the driver ends");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_tenants_are_served_with_a_bounded_number_of_open_files() {
    on_sqlite(SCHEMAS, |stores, env| async move {
        let mut tenants = Vec::new();
        for _ in 0..200 {
            tenants.push(env.new_tenant(&stores).await);
        }
        for round in 0..2_i64 {
            // The first ones again: their files were closed to make room.
            for tenant in tenants.iter().take(if round == 0 { 200 } else { 30 }) {
                let tenant = *tenant;
                let insert = move |tx: &mut store::Tx<'_>| {
                    tx.execute(&INSERT_THING, &params![tenant, round, round.to_string(), 0.0, vec![0_u8], true])
                };
                let db = stores.tenant(&env.system_scope(tenant));
                db.write(insert).await.expect("written");
                assert_eq!(db.read(move |tx| tx.query(&THINGS, &params![tenant])).await.expect("read").len() as i64, round + 1);
            }
        }
        let own_folder = env.dir.to_string_lossy().into_owned();
        let descriptors =
            std::fs::read_dir("/proc/self/fd").expect("Linux").filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok());
        let open = descriptors.filter(|target| target.to_string_lossy().starts_with(&own_folder)).count();
        assert!(open < 600, "{open} descriptors are open");
    })
    .await;
}
