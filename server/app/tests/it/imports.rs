//! Imports that meet each other, or fail: what lives stays, and nothing is left of what was not taken in.

use std::sync::Arc;

use kernel::{Subject, TenantId};
use store::{StoreError, Tx, params};
use trust::ImportFailure;
use trust::import::{StandIns, Verified};

use crate::doctor::as_owner;
use crate::export::{Export, elsewhere, host, import, live};
use crate::world::{World, on_both_engines};

store::statements! {
    store = Identity;
    /// A tenant comes to life.
    COME_TO_LIFE = "INSERT INTO tenant (tenant_id, name, stale_after_seconds, lost_after_seconds, created_at, version) \
                    VALUES ($1, $2, 1, 2, 3, 1)" (BigInt, Blob);
}

/// As if the instance's ledger could not be written to, and as if it could again.
async fn rename(world: &World, from: &str, to: &str) {
    let change = |schema: &str| format!("ALTER TABLE {schema}{from} RENAME TO {to}");
    as_owner(world, "system.db", &change(""), &change("purser_system.")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_imports_at_once_one_takes_the_tenant_in_and_the_other_changes_nothing_of_it() {
    on_both_engines(async |world| {
        let lived = live(&world, "quokka").await;
        let export = Export::of(&world, Subject::Tenant(lived.number)).await;
        elsewhere(&world, async |other| {
            let (one, two) = tokio::join!(import(other, &export), import(other, &export));
            let refused = match (one, two) {
                (Ok(_), Err(refused)) | (Err(refused), Ok(_)) => refused,
                (one, two) => panic!("one of two: {:?}, {:?}", one.err(), two.err()),
            };
            assert!(refused.contains("an import never changes a tenant"), "{refused}");
            let again = Export::of(other, Subject::Tenant(lived.number)).await;
            assert_eq!(again.manifest.digest, export.manifest.digest);
        })
        .await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_fails_touches_nothing_of_a_tenant_that_came_to_life_meanwhile() {
    on_both_engines(async |world| {
        let lived = live(&world, "quokka").await;
        let export = Export::of(&world, Subject::Tenant(lived.number)).await;
        elsewhere(&world, async |other| {
            let (stores, number) = (other.opened.stores().clone(), lived.number);
            let stand_ins: StandIns = Arc::new(move |_, _, _| {
                let come = move |tx: &mut Tx<'_>| tx.execute(&COME_TO_LIFE, &params![number, vec![0_u8; 64]]).map(|_| ());
                stores.identity().write_now(come)?;
                Err(StoreError::Misuse("somebody was faster".into()))
            });
            let verified = Verified::of(&export.path(), None).expect("whole");
            let failed = other.opened.exports().import(&host(number), verified, stand_ins).await;
            assert!(matches!(failed, Err(ImportFailure::Store(StoreError::Misuse(_)))), "{failed:?}");
            assert!(is_there(other, number).await, "its keys and its number are there");
        })
        .await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_the_ledger_cannot_be_told_of_leaves_nothing_and_the_same_command_takes_it_in_later() {
    on_both_engines(async |world| {
        let lived = live(&world, "quokka").await;
        let export = Export::of(&world, Subject::Tenant(lived.number)).await;
        elsewhere(&world, async |other| {
            rename(other, "instance_ledger_leaf", "hidden_leaf").await;
            let failed = import(other, &export).await.err().expect("it fails");
            assert!(failed.contains("instance_ledger_leaf"), "what it failed by is said: {failed}");
            rename(other, "hidden_leaf", "instance_ledger_leaf").await;
            assert_eq!(other.opened.stores().tenants().await.expect("tenants"), []);
            assert!(!is_there(other, lived.number).await, "no number and no key");
            assert!(other.opened.identity().settings(lived.number).await.is_err(), "nothing of it is to be seen");
            import(other, &export).await.expect("taken in");
            assert_eq!(Export::of(other, Subject::Tenant(lived.number)).await.manifest.digest, export.manifest.digest);
        })
        .await;
    })
    .await;
}

async fn is_there(world: &World, tenant: TenantId) -> bool {
    let numbers = world.opened.stores().tenants().await.expect("tenants");
    numbers.contains(&tenant) && world.opened.trust().keyring_status(tenant).await.is_ok()
}
