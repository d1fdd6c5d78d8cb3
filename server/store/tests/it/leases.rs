//! Who owns a tenant.

use kernel::{Clock, Rng};
use std::time::Duration;
use store::testing::{both_engines, on_postgres};
use store::{LEASE_TIME, LEASE_USE_TIME, StoreError, params};

use crate::fixture::{INSERT_THING, SCHEMAS};

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_keeps_its_lease_and_writes_under_it() {
    both_engines(SCHEMAS, |stores, env| async move {
        let tenant = env.new_tenant(&stores).await;
        let first = stores.leases().own(tenant).await.expect("owned");
        env.clock_hand.advance(Duration::from_secs(5));
        let second = stores.leases().own(tenant).await.expect("renewed");
        assert_eq!((first.node, first.epoch), (second.node, second.epoch));
        stores
            .tenant(&env.system_scope(tenant))
            .write(move |tx| {
                tx.check_lease(&second)?;
                tx.execute(&INSERT_THING, &params![tenant, 1_i64, "a", 0.0, vec![0_u8], true])
            })
            .await
            .expect("an owner writes");
        let other_tenant = env.new_tenant(&stores).await;
        let elsewhere = stores.tenant(&env.system_scope(other_tenant)).write(move |tx| tx.check_lease(&second)).await;
        assert!(matches!(elsewhere, Err(StoreError::NotOwner)), "{elsewhere:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_holder_stops_before_its_lease_ends() {
    on_postgres(SCHEMAS, |stores, env| async move {
        let tenant = env.new_tenant(&stores).await;
        let lease = stores.leases().own(tenant).await.expect("owned");
        let check = move |tx: &mut store::Tx<'_>| tx.check_lease(&lease);
        let db = stores.tenant(&env.system_scope(tenant));
        env.clock_hand.advance(LEASE_USE_TIME - Duration::from_micros(1));
        db.write(check).await.expect("still in use");
        env.clock_hand.advance(Duration::from_micros(1));
        let late = db.write(check).await;
        assert!(matches!(late, Err(StoreError::NotOwner)), "{late:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_whose_clock_stands_still_is_fenced_off_by_its_successor() {
    on_postgres(SCHEMAS, |stores, env| async move {
        let tenant = env.new_tenant(&stores).await;
        let old = stores.leases().own(tenant).await.expect("owned");
        let (clock, hand) = Clock::manual(env.clock.now());
        let other = env.open_node(&clock, &Rng::seeded(8)).await;
        let too_early = other.leases().own(tenant).await;
        assert!(matches!(too_early, Err(StoreError::NotOwner)), "{too_early:?}");
        hand.advance(LEASE_TIME);
        let new = other.leases().own(tenant).await.expect("the lease ran out");
        assert_eq!(new.epoch, old.epoch + 1);
        let fenced = stores.tenant(&env.system_scope(tenant)).write(move |tx| tx.check_lease(&old)).await;
        assert!(matches!(fenced, Err(StoreError::NotOwner)), "{fenced:?}");
        other.tenant(&env.system_scope(tenant)).write(move |tx| tx.check_lease(&new)).await.expect("the new owner writes");
        // A node that ends gives its leases back at once.
        other.close().await;
        stores.leases().release_all().await.expect("released");
        assert_eq!(stores.leases().own(tenant).await.expect("owned again").epoch, new.epoch + 1);
    })
    .await;
}
