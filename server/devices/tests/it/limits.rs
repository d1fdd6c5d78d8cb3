//! The limits of a tenant, at their edges. What would take long to make by the doors is put into the tables.

use axum::http::StatusCode;
use devices::enrol::CLONES_MAX;
use devices::groups::GroupContent;
use devices::{DeviceError, GROUP_MEMBERS_MAX, GROUPS_MAX};
use kernel::{DeviceId, GroupId};
use serde_json::json;
use store::{StoreError, params};

use crate::machine::Machine;
use crate::world::on_both_engines;

store::statements! {
    store = Tenant;
    /// A copy of a device, with nothing else in it.
    INSERT_COPY = "INSERT INTO device (tenant_id, device_id, version, service, cloned_from, enrolled_at, key_set_at, kinds_off, card, \
        card_version) VALUES ($1, $2, 1, 'enrolled', $3, 0, 0, '', $4, 1)"
        (BigInt, BigInt, BigInt, Blob);
    /// A group with nothing in it.
    INSERT_EMPTY_GROUP = "INSERT INTO device_group (tenant_id, group_id, version, kind, name, created_at) VALUES ($1, $2, 1, 'manual', $3, 0)"
        (BigInt, BigInt, Blob);
}

#[test]
fn a_device_is_copied_as_often_as_its_limit_says_and_not_once_more() {
    on_both_engines(async |world| {
        let tenant = world.tenant("Ada's fleet").await;
        let token = world.enrolment_token(&tenant, None, &[]).await;
        let mut original = Machine::new(1, "golden");
        let first = original.join(&world, &token).await;
        world.device(&tenant, first).await;
        let number = tenant.tenant;
        let copies = move |tx: &mut store::Tx<'_>| {
            let copy = |index: i64| params![number, DeviceId::from_number(1 + index).expect("an id"), first, Vec::<u8>::new()];
            tx.execute_many(&INSERT_COPY, (0..CLONES_MAX - 1).map(copy))
        };
        world.stores.tenant(&world.scope(number)).write::<_, StoreError>(copies).await.unwrap();
        let copy = |hardware: u8| {
            let mut copy = original.copied_to(hardware);
            copy.make_new_key(hardware);
            copy
        };
        let last = copy(42).ask_to_join(&world, &token).await;
        assert_eq!(last.status, StatusCode::OK, "{last:?}");
        let refused = copy(43).ask_to_join(&world, &token).await;
        assert_eq!(refused.status, StatusCode::CONFLICT, "{refused:?}");
    });
}

#[test]
fn a_tenant_has_as_many_groups_as_its_limit_says_and_not_one_more() {
    on_both_engines(async |world| {
        let tenant = world.tenant("Ada's fleet").await;
        world.names(&tenant, "").await;
        let number = tenant.tenant;
        let groups = move |tx: &mut store::Tx<'_>| {
            let ids = (1..GROUPS_MAX).map(|index| GroupId::from_number(i64::try_from(index).expect("small")).expect("an id"));
            tx.execute_many(&INSERT_EMPTY_GROUP, ids.map(|group| params![number, group, Vec::<u8>::new()]))
        };
        world.stores.tenant(&world.scope(number)).write::<_, StoreError>(groups).await.unwrap();
        let last = world.post("/groups", tenant.bearer(), json!({ "name": "last", "kind": "manual" })).await;
        assert_eq!(last.status, StatusCode::CREATED, "{last:?}");
        let refused = world.post("/groups", tenant.bearer(), json!({ "name": "one more", "kind": "manual" })).await;
        assert_eq!(refused.body["type"], "https://purser.dev/problems/limit-reached", "{refused:?}");
    });
}

#[test]
fn a_group_lists_as_many_members_as_its_limit_says_and_not_one_more() {
    on_both_engines(async |world| {
        let tenant = world.tenant("Ada's fleet").await;
        let token = world.enrolment_token(&tenant, None, &[]).await;
        let device = Machine::new(1, "web-1").join(&world, &token).await;
        let scope = world.scope(tenant.tenant);
        // One device again and again: it is a member once.
        let make = async |members: usize| {
            let content = GroupContent::Manual { members: vec![device; members] };
            world.devices.create_group(&scope, "Row 1".parse().unwrap(), content).await
        };
        assert_eq!(make(GROUP_MEMBERS_MAX).await.unwrap().devices, 1);
        assert!(matches!(make(GROUP_MEMBERS_MAX + 1).await, Err(DeviceError::Invalid { field: "members", .. })));
    });
}
