//! Imports that meet each other, or fail: what lives stays, and nothing is left of what was not taken in.

use std::sync::Arc;

use kernel::{Subject, TenantId};
use store::{StoreError, Tx, params};
use trust::ImportFailure;
use trust::import::{StandIns, Verified};

use crate::export::{Export, elsewhere, host, import, live};
use crate::world::{World, on_both_engines};

store::statements! {
    store = Identity;
    /// A tenant comes to life.
    COME_TO_LIFE = "INSERT INTO tenant (tenant_id, name, stale_after_seconds, lost_after_seconds, created_at, version) \
                    VALUES ($1, $2, 1, 2, 3, 1)" (BigInt, Blob);
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

async fn is_there(world: &World, tenant: TenantId) -> bool {
    let numbers = world.opened.stores().tenants().await.expect("tenants");
    numbers.contains(&tenant) && world.opened.trust().keyring_status(tenant).await.is_ok()
}
