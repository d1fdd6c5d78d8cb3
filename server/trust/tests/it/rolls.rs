//! Rolls that are due, and what the ledger tells of them.

use kernel::{DeviceId, KeyRef, ScopeMint, SystemWork, TenantId};
use trust::Trust;

use crate::setup::{House, destroy, on_both_engines, rolling};

store::statements! {
    store = Keyring;
    /// Makes an epoch's key one that does not open.
    DAMAGE_EPOCH = "UPDATE keyring_epoch SET wrapped = $2 WHERE tenant_id = $1" (BigInt, Blob);
    /// Takes back that the ledger was told.
    FORGET_TELLING = "UPDATE keyring_epoch SET told_at = NULL WHERE tenant_id = $1" (BigInt);
}

store::statements! {
    registry = LEAVES_STATEMENTS;
    store = Tenant;
    /// What the ledger tells of rolls.
    TOLD = "SELECT leaf_id FROM ledger_leaf WHERE tenant_id = $1 AND kind = 'epoch-rolled' ORDER BY leaf_id" (BigInt) -> (leaf_id: BigInt);
}

fn tenant(number: u64) -> TenantId {
    TenantId::from_random(number << 1)
}

fn device(of: TenantId) -> KeyRef {
    KeyRef::Device(of, DeviceId::from_random(77 << 1))
}

/// Tenants 1 to `count`, each with a device whose key was destroyed.
async fn furnished(house: &House, count: u64) -> Trust {
    let trust = house.trust().await;
    for tenant in (1..=count).map(tenant) {
        trust.create_tenant(tenant).await.expect("created");
        house.stores.create_tenant(tenant).await.expect("created");
        trust.ensure_all(vec![device(tenant)]).await.expect("made");
        destroy(&house.stores, &trust, device(tenant)).await.expect("destroyed");
    }
    trust
}

/// How many leaves of a tenant's ledger tell of a roll.
async fn told(house: &House, of: TenantId) -> usize {
    let scope = ScopeMint::for_app().system(of, SystemWork::Reconciler);
    let read = move |tx: &mut store::Tx<'_>| tx.query(&TOLD, &store::params![of]).map(|rows| rows.len());
    house.stores.tenant(&scope).read(read).await.expect("read")
}

async fn settle(house: &House, trust: &Trust, page: usize) -> (usize, Vec<TenantId>) {
    let settled = trust.settle_epochs(&house.stores, &ScopeMint::for_app(), page).await.expect("looked");
    (settled.tenants, settled.failed.into_iter().map(|(tenant, _)| tenant).collect())
}

#[test]
fn what_is_due_is_rolled_and_told_of_once() {
    on_both_engines(async |house| {
        let trust = furnished(&house, 2).await;
        assert_eq!(settle(&house, &trust, 10).await, (2, vec![]));
        assert_eq!((told(&house, tenant(1)).await, told(&house, tenant(2)).await), (1, 1));
        assert_eq!(trust.keyring_status(tenant(1)).await.expect("read").epoch, 2);
        assert_eq!(settle(&house, &trust, 10).await, (0, vec![]), "nothing is due any more");
        assert_eq!(trust.keyring_status(tenant(1)).await.expect("read").epoch, 2);
    });
}

#[test]
fn a_roll_is_told_of_though_the_process_died_before_it_told() {
    on_both_engines(async |house| {
        let trust = furnished(&house, 1).await;
        trust.roll_epoch(&rolling(&house.stores, &trust, tenant(1)).await).await.expect("rolled, and then it died");
        assert_eq!(told(&house, tenant(1)).await, 0);
        let next = house.trust().await;
        assert_eq!(settle(&house, &next, 10).await, (1, vec![]));
        assert_eq!(told(&house, tenant(1)).await, 1);
        assert_eq!(next.keyring_status(tenant(1)).await.expect("read").epoch, 2, "nothing is rolled only because it was not told of");
    });
}

#[test]
fn a_process_that_died_after_it_told_does_not_tell_twice() {
    on_both_engines(async |house| {
        let trust = furnished(&house, 1).await;
        settle(&house, &trust, 10).await;
        let forget = |tx: &mut store::Tx<'_>| tx.execute(&FORGET_TELLING, &store::params![tenant(1)]);
        house.stores.keyring().write(forget).await.expect("as if it had died between the two stores");
        assert_eq!(settle(&house, &trust, 10).await, (1, vec![]));
        assert_eq!(told(&house, tenant(1)).await, 1);
    });
}

#[test]
fn tenants_whose_keys_are_damaged_keep_no_other_one_waiting_and_stay_due() {
    on_both_engines(async |house| {
        let trust = furnished(&house, 4).await;
        for broken in [tenant(1), tenant(2)] {
            let damage = move |tx: &mut store::Tx<'_>| tx.execute(&DAMAGE_EPOCH, &store::params![broken, vec![0_u8; 72]]);
            house.stores.keyring().write(damage).await.expect("damaged");
        }
        // Pages of one: a page full of broken tenants must not be the last.
        assert_eq!(settle(&house, &trust, 1).await, (2, vec![tenant(1), tenant(2)]));
        assert_eq!(trust.rolls_due(None, 10).await.expect("read"), [tenant(1), tenant(2)]);
        assert_eq!((told(&house, tenant(3)).await, told(&house, tenant(4)).await), (1, 1));
    });
}

#[test]
fn an_erased_tenant_has_no_epoch_that_could_be_due() {
    on_both_engines(async |house| {
        let trust = furnished(&house, 1).await;
        destroy(&house.stores, &trust, KeyRef::Tenant(tenant(1))).await.expect("destroyed");
        assert_eq!(trust.rolls_due(None, 10).await.expect("read"), []);
        assert_eq!(settle(&house, &trust, 10).await, (0, vec![]));
        assert_eq!(told(&house, tenant(1)).await, 0);
    });
}

#[test]
fn a_page_of_what_is_due_goes_on_behind_a_tenant() {
    on_both_engines(async |house| {
        let trust = furnished(&house, 3).await;
        assert_eq!(trust.rolls_due(None, 2).await.expect("read"), [tenant(1), tenant(2)]);
        assert_eq!(trust.rolls_due(Some(tenant(2)), 2).await.expect("read"), [tenant(3)]);
        assert_eq!(trust.rolls_due(Some(tenant(3)), 2).await.expect("read"), []);
    });
}
