//! How many connections a node takes of PostgreSQL, whose default is 100 for everybody.

use std::sync::{Arc, Barrier};

use store::testing::on_postgres;
use store::{
    POSTGRES_CONNECTIONS_MAX, POSTGRES_MASTER_WRITER_CONNECTIONS, POSTGRES_NODE_WIDE_CONNECTIONS, POSTGRES_TENANT_CONNECTIONS, StoreError,
};
use tokio::task::JoinSet;
use tokio_postgres::NoTls;

use crate::fixture::SCHEMAS;

/// PostgreSQL's `max_connections` where nobody has set it, less the three that it keeps for superusers.
const CONNECTIONS_BY_DEFAULT: usize = 97;
/// How often every place is taken.
const WAVES: usize = 3;

#[tokio::test(flavor = "multi_thread")]
async fn a_busy_node_takes_no_more_connections_than_it_says_and_three_nodes_fit_in_postgresqls_default() {
    on_postgres(SCHEMAS, |stores, env| async move {
        let tenant = stores.tenant(&env.system_scope(env.new_tenant(&stores).await));
        let mut work = JoinSet::new();
        // Each read goes on only when as many run as there are places; none may be left out and none be added.
        let together = |places: usize| {
            let barrier = Arc::new(Barrier::new(places));
            move || {
                let barrier = Arc::clone(&barrier);
                move |_: &mut store::Tx<'_>| {
                    barrier.wait();
                    Ok::<_, StoreError>(())
                }
            }
        };
        let meet = together(POSTGRES_TENANT_CONNECTIONS);
        for _ in 0..WAVES * POSTGRES_TENANT_CONNECTIONS {
            let (tenant, meet) = (tenant.clone(), meet());
            work.spawn(async move { tenant.read(meet).await });
        }
        // Threads that may block ask in another way, for the same places.
        for _ in 0..WAVES * POSTGRES_TENANT_CONNECTIONS {
            let (tenant, meet) = (tenant.clone(), meet());
            work.spawn_blocking(move || tenant.write_now(meet));
        }
        for db in [stores.system(), stores.identity(), stores.keyring()] {
            let meet = together(POSTGRES_NODE_WIDE_CONNECTIONS);
            for _ in 0..WAVES * POSTGRES_NODE_WIDE_CONNECTIONS {
                let (db, meet) = (db.clone(), meet());
                work.spawn(async move { db.read(meet).await });
            }
        }
        let meet = together(POSTGRES_NODE_WIDE_CONNECTIONS);
        for _ in 0..WAVES * POSTGRES_NODE_WIDE_CONNECTIONS {
            let (master, meet) = (stores.master().clone(), meet());
            work.spawn(async move { master.read(meet).await });
        }
        let meet = together(POSTGRES_MASTER_WRITER_CONNECTIONS);
        for _ in 0..WAVES * POSTGRES_MASTER_WRITER_CONNECTIONS {
            let (writer, meet) = (stores.master_writer().clone(), meet());
            work.spawn(async move { writer.write(meet).await });
        }
        while let Some(done) = work.join_next().await {
            done.expect("no panic").expect("read");
        }
        let url = env.database_url.as_ref().expect("PostgreSQL");
        let (client, connection) = tokio_postgres::connect(url, NoTls).await.expect("the owner logs in");
        let driver = tokio::spawn(connection);
        let count = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
        let taken: i64 = client.query_one(count, &[]).await.expect("counted").get(0);
        assert_eq!(usize::try_from(taken), Ok(POSTGRES_CONNECTIONS_MAX));
        const { assert!(3 * POSTGRES_CONNECTIONS_MAX <= CONNECTIONS_BY_DEFAULT) };
        drop(client);
        driver.await.expect("no panic").expect("the driver ends");
    })
    .await;
}
