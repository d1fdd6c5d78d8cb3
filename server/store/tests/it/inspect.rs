//! The live stores are looked at: what there is, what lies in it, and whether tenants are apart.

use std::collections::BTreeSet;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;

use kernel::data_map::{Column, DataClass, Erasure, Retention, Storage, Table};
use store::testing::{both_engines, on_postgres, on_sqlite};
use store::{Breach, ServingRole, StoreKind, params};
use tokio_postgres::NoTls;

use crate::fixture::{INSERT_THING, SCHEMAS};

const fn column(number: u16, name: &'static str, storage: Storage) -> Column {
    Column { name, number, class: DataClass::Configuration, storage, meaning: "For a test." }
}

/// `thing` with its body said to be sealed.
static THING: Table = Table {
    name: "thing",
    number: 1,
    store: StoreKind::Tenant,
    purpose: "For a test.",
    retention: Retention::WithSubject,
    erasure: Erasure::Tenant,
    bound_to: None,
    columns: &[column(1, "tenant_id", Storage::Clear), column(5, "body", Storage::SealedTenant)],
};

#[tokio::test(flavor = "multi_thread")]
async fn every_live_column_is_listed_and_only_of_its_own_store() {
    both_engines(SCHEMAS, |stores, env| async move {
        let tenant = env.new_tenant(&stores).await;
        let of_tenant = stores.live_columns_of(&env.system_scope(tenant)).await.expect("listed");
        let has = |found: &BTreeSet<_>, store, table: &str, column: &str| found.contains(&(store, table.to_owned(), column.to_owned()));
        assert!(has(&of_tenant, StoreKind::Tenant, "thing", "tenant_id"), "{of_tenant:?}");
        assert!(of_tenant.iter().all(|(store, table, _)| *store == StoreKind::Tenant && table != "store_migration"));
        let node_wide = stores.live_columns().await.expect("listed");
        assert!(has(&node_wide, StoreKind::System, "intake", "tenant_id") && has(&node_wide, StoreKind::System, "tenant", "tenant_id"));
        assert!(!node_wide.iter().any(|(store, ..)| *store == StoreKind::Tenant));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sample_holds_what_lies_in_columns_that_are_not_clear() {
    both_engines(SCHEMAS, |stores, env| async move {
        let scope = env.system_scope(env.new_tenant(&stores).await);
        let tenant = scope.tenant();
        let insert = move |tx: &mut store::Tx<'_>| {
            (1..=5_i64)
                .try_for_each(|id| tx.execute(&INSERT_THING, &params![tenant, id, id.to_string(), 0.0, vec![7_u8; 3], true]).map(|_| ()))
        };
        stores.tenant(&scope).write(insert).await.expect("written");
        for (max, expected) in [(3, 3), (5, 5), (6, 5)] {
            let sample = stores.sample(&THING, Some(&scope), max).await.expect("read");
            assert_eq!(sample, [("body", Storage::SealedTenant, vec![vec![7_u8; 3]; expected])]);
        }
        assert!(stores.sample(&THING, None, 1).await.is_err(), "a tenant's table has a tenant");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tenants_that_are_apart_show_no_breach() {
    both_engines(SCHEMAS, |stores, env| async move {
        let (mine, other) = (env.new_tenant(&stores).await, env.new_tenant(&stores).await);
        for tenant in [mine, other] {
            let insert = move |tx: &mut store::Tx<'_>| tx.execute(&INSERT_THING, &params![tenant, 1_i64, "a", 0.0, vec![0_u8], true]);
            stores.tenant(&env.system_scope(tenant)).write(insert).await.expect("written");
        }
        assert_eq!(stores.breaches(&[mine, other]).await.expect("looked"), BTreeSet::new());
        assert_eq!(stores.foreign_rows(&env.system_scope(mine), &[&THING]).await.expect("looked"), BTreeSet::new());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_or_file_that_others_may_read_and_a_row_in_anothers_file_are_breaches() {
    on_sqlite(SCHEMAS, |stores, env| async move {
        let (mine, other) = (env.new_tenant(&stores).await, env.new_tenant(&stores).await);
        let tenants = env.dir.join("tenants");
        let file = tenants.join(format!("{}.db", mine.number()));
        for (path, mode, breach) in [(&tenants, 0o750, Breach::FolderOpen), (&file, 0o604, Breach::FileOpen)] {
            let sound = fs::metadata(path).expect("it is there").permissions();
            fs::set_permissions(path, Permissions::from_mode(mode)).expect("changed");
            assert_eq!(stores.breaches(&[mine, other]).await.expect("looked"), BTreeSet::from([breach]));
            fs::set_permissions(path, sound).expect("changed back");
        }
        let insert = move |tx: &mut store::Tx<'_>| tx.execute(&INSERT_THING, &params![other, 1_i64, "a", 0.0, vec![0_u8], true]);
        stores.tenant(&env.system_scope(mine)).write(insert).await.expect("nothing of SQLite's keeps it out");
        let foreign = stores.foreign_rows(&env.system_scope(mine), &[&THING]).await.expect("looked");
        assert_eq!(foreign, BTreeSet::from([Breach::ForeignRows("thing")]));
        let gone = kernel::TenantId::from_number(77).expect("a number");
        assert_eq!(stores.breaches(&[gone]).await.expect("looked"), BTreeSet::from([Breach::NoFile]));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_weakens_row_level_security_is_a_breach() {
    on_postgres(SCHEMAS, |stores, env| async move {
        let tenant = env.new_tenant(&stores).await;
        let owner: tokio_postgres::Config = env.database_url.as_ref().expect("PostgreSQL").parse().expect("a URL");
        let role = env.database_of(ServingRole::Service).expect("PostgreSQL").get_user().expect("a role").to_owned();
        let (client, connection) = owner.connect(NoTls).await.expect("the owner logs in");
        let driver = tokio::spawn(connection);
        let thing = || BTreeSet::from([Breach::RowSecurity("thing".into())]);
        let own = "tenant_id = NULLIF(current_setting('purser.tenant', true), '')::BIGINT";
        let table = "ALTER TABLE purser_tenant.thing";
        for (weaken, restore, expected) in [
            (format!("{table} NO FORCE ROW LEVEL SECURITY"), format!("{table} FORCE ROW LEVEL SECURITY"), thing()),
            (format!("{table} DISABLE ROW LEVEL SECURITY"), format!("{table} ENABLE ROW LEVEL SECURITY"), thing()),
            (
                "ALTER POLICY own_tenant ON purser_tenant.thing USING (true)".into(),
                format!("ALTER POLICY own_tenant ON purser_tenant.thing USING ({own})"),
                thing(),
            ),
            (
                "CREATE POLICY others ON purser_tenant.thing USING (true)".into(),
                "DROP POLICY others ON purser_tenant.thing".into(),
                thing(),
            ),
            (
                format!("GRANT {role} TO CURRENT_USER; GRANT CREATE ON SCHEMA purser_tenant TO {role}; {table} OWNER TO {role}"),
                format!(
                    "{table} OWNER TO CURRENT_USER; REVOKE CREATE ON SCHEMA purser_tenant FROM {role}; REVOKE {role} FROM CURRENT_USER"
                ),
                BTreeSet::from([Breach::Role]),
            ),
        ] {
            client.batch_execute(&weaken).await.expect("weakened");
            assert_eq!(stores.breaches(&[tenant]).await.expect("looked"), expected, "{weaken}");
            client.batch_execute(&restore).await.expect("restored");
            assert_eq!(stores.breaches(&[tenant]).await.expect("looked"), BTreeSet::new(), "{restore}");
        }
        drop(client);
        driver.await.expect("no panic").expect("the driver ends");
    })
    .await;
}
