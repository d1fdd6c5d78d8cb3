//! Who the accounts belong to is kept apart from all else.

use axum::http::StatusCode;
use kernel::LeafId;
use store::{Engine, ServingRole, StoreError, Tx, params};
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Config, NoTls};

use crate::world::{PASSWORD, on_both_engines};

store::statements! {
    store = Tenant;
    /// Every leaf of a tenant.
    LEAF_IDS = "SELECT leaf_id FROM ledger_leaf WHERE tenant_id = $1 ORDER BY leaf_id" (BigInt) -> (leaf_id: BigInt);
}

/// An organisation's name, and a person's address.
const CANARIES: [&str; 2] = ["canary-mills-of-lodz", "canary.keeper@mills.example"];

async fn log_in(config: &Config) -> Client {
    let (client, connection) = config.connect(NoTls).await.expect("the role logs in");
    tokio::spawn(connection);
    client
}

#[test]
fn promise_op_6_the_services_role_cannot_open_the_identity_store() {
    on_both_engines(async |world| {
        world.owner(CANARIES[0], CANARIES[1]).await;
        if world.stores.engine() == Engine::Embedded {
            return; // a file of its own, which nobody else opens: `Stores` has one handle to it
        }
        let owner: Config = world.env.database_url.as_ref().expect("PostgreSQL").parse().expect("a URL");
        let owner = log_in(&owner).await;
        let question = "SELECT relname::text FROM pg_class WHERE relnamespace = 'purser_identity'::regnamespace AND relkind = 'r'";
        let tables: Vec<String> = owner.query(question, &[]).await.expect("listed").iter().map(|row| row.get(0)).collect();
        assert!(tables.iter().any(|table| table == "user_account") && tables.iter().any(|table| table == "tenant"), "{tables:?}");
        let service = log_in(&world.env.database_of(ServingRole::Service).expect("PostgreSQL")).await;
        let identity = log_in(&world.env.database_of(ServingRole::Identity).expect("PostgreSQL")).await;
        for table in tables {
            for sql in [format!("SELECT count(*) FROM purser_identity.{table}"), format!("DELETE FROM purser_identity.{table}")] {
                let refused = service.batch_execute(&sql).await.err().unwrap_or_else(|| panic!("the service may {sql}"));
                assert_eq!(refused.code(), Some(&SqlState::INSUFFICIENT_PRIVILEGE), "{sql}");
            }
            let control = identity.batch_execute(&format!("SELECT count(*) FROM purser_identity.{table}")).await;
            assert!(control.is_ok() || table == "store_migration", "the control, by the role that may: {control:?}");
        }
    });
}

#[test]
fn promise_op_6_what_is_sealed_in_a_tenants_ledger_names_neither_its_people_nor_its_organisation() {
    on_both_engines(async |world| {
        let owner = world.owner(CANARIES[0], CANARIES[1]).await;
        let code = world.next_code(&owner);
        assert_eq!(world.sign_in(CANARIES[1], PASSWORD, &code).await.status, StatusCode::NO_CONTENT);
        assert_eq!(world.sign_in(CANARIES[1], "another password", &code).await.status, StatusCode::UNAUTHORIZED);
        world.identity.recover_user(owner.tenant, CANARIES[1]).await.expect("made");
        let session = world.get("/session", owner.session()).await;
        let held = (session.body["tenant_name"].as_str(), session.body["email"].as_str());
        assert_eq!(held, (Some(CANARIES[0]), Some(CANARIES[1])), "the control: the identity store holds both");

        let (keys, scope) = (world.keys.clone(), world.host_scope(owner.tenant));
        let read = move |tx: &mut Tx<'_>| -> Result<Vec<String>, StoreError> {
            let ids = tx.query(&LEAF_IDS, &params![scope.tenant()])?;
            let ids = ids.iter().map(|row| row.get(0)).collect::<Result<Vec<LeafId>, _>>()?;
            let mut told = Vec::new();
            for id in ids {
                told.extend(trust::ledger::read(tx, keys.as_ref(), &scope, id)?.map(|leaf| format!("{leaf:?}")));
            }
            Ok(told)
        };
        let told = world.stores.tenant(&world.host_scope(owner.tenant)).read(read).await.expect("read");
        assert!(told.len() >= 4 && told.iter().any(|leaf| leaf.contains("SignedIn")), "the control: leaves were opened: {told:?}");
        for canary in CANARIES {
            assert!(told.iter().all(|leaf| !leaf.contains(canary)), "{canary} in {told:?}");
        }
    });
}
