//! Groups: listed by hand and chosen by a query.

use axum::http::{Method, StatusCode};
use devices::DeviceError;
use devices::groups::{GroupChange, GroupContent};
use devices::selector::SELECTOR_TERMS_MAX;
use identity::Name;
use kernel::{Actor, DeviceId, DeviceScope, GroupId, PageRequest, UserId};
use serde_json::{Value, json};

use crate::machine::Machine;
use crate::world::{Reply, Tenant, World, on_both_engines};

async fn fleet(world: &World) -> (Tenant, Vec<DeviceId>) {
    let tenant = world.tenant("Ada's fleet").await;
    let token = world.enrolment_token(&tenant, None, &[("env", "prod")]).await;
    let mut devices = Vec::new();
    for (number, name) in [(1, "alpha"), (2, "beta"), (3, "gamma")] {
        devices.push(Machine::new(number, name).join(world, &token).await);
    }
    (tenant, devices)
}

async fn make(world: &World, tenant: &Tenant, group: Value) -> Reply {
    world.post("/groups", tenant.bearer(), group).await
}

fn id(reply: &Reply) -> String {
    assert_eq!(reply.status, StatusCode::CREATED, "{reply:?}");
    reply.body["group"].as_str().expect("an id").to_owned()
}

#[test]
fn a_manual_group_has_the_devices_it_lists() {
    on_both_engines(async |world| {
        let (tenant, devices) = fleet(&world).await;
        let group = id(&make(&world, &tenant, json!({ "name": "Row 1", "kind": "manual", "members": [devices[0], devices[2]] })).await);
        for world in [&world, &world.restarted()] {
            assert_eq!(world.names(&tenant, &format!("group={group}")).await, ["alpha", "gamma"]);
            let shown = world.get(&format!("/groups/{group}"), tenant.bearer()).await.body;
            assert_eq!((&shown["name"], &shown["kind"], &shown["devices"]), (&json!("Row 1"), &json!("manual"), &json!(2)));
        }
        let change = json!({ "name": "Row 2", "members": [devices[1]] });
        let changed = world.call(Method::PATCH, &format!("/groups/{group}"), tenant.bearer(), Some(change)).await;
        assert_eq!((&changed.body["name"], &changed.body["devices"]), (&json!("Row 2"), &json!(1)));
        assert_eq!(world.restarted().names(&tenant, &format!("selector=not+group:{group}")).await, ["alpha", "gamma"]);
    });
}

#[test]
fn a_query_group_has_whoever_its_selector_chooses_now() {
    on_both_engines(async |world| {
        let (tenant, devices) = fleet(&world).await;
        let group = id(&make(&world, &tenant, json!({ "name": "Production", "kind": "query", "selector": "label:env=prod" })).await);
        assert_eq!(world.names(&tenant, &format!("group={group}")).await, ["alpha", "beta", "gamma"]);
        let path = format!("/devices/{}", devices[0]);
        world.call(Method::PATCH, &path, tenant.bearer(), Some(json!({ "labels": {} }))).await;
        assert_eq!(world.names(&tenant, &format!("group={group}")).await, ["beta", "gamma"]);
        assert_eq!(world.restarted().names(&tenant, &format!("group={group}")).await, ["beta", "gamma"]);
        let outer = json!({ "name": "Outer", "kind": "query", "selector": format!("group:{group} and name:beta") });
        let outer = id(&make(&world, &tenant, outer).await);
        assert_eq!(world.names(&tenant, &format!("group={outer}")).await, ["beta"]);
    });
}

#[test]
fn a_group_that_another_names_stays_until_that_one_lets_go() {
    on_both_engines(async |world| {
        let (tenant, _) = fleet(&world).await;
        let inner = id(&make(&world, &tenant, json!({ "name": "Inner", "kind": "query", "selector": "all" })).await);
        let outer = id(&make(&world, &tenant, json!({ "name": "Outer", "kind": "query", "selector": format!("group:{inner}") })).await);
        let delete = async |group: &str| world.call(Method::DELETE, &format!("/groups/{group}"), tenant.bearer(), None).await.status;
        assert_eq!(delete(&inner).await, StatusCode::CONFLICT);
        assert_eq!(delete(&outer).await, StatusCode::NO_CONTENT);
        assert_eq!(delete(&inner).await, StatusCode::NO_CONTENT);
        assert_eq!(delete(&inner).await, StatusCode::NOT_FOUND);
        assert_eq!(world.get("/groups", tenant.bearer()).await.body["items"], json!([]));
        assert_eq!(world.restarted().get("/groups", tenant.bearer()).await.body["items"], json!([]));
        assert_eq!(world.leaves(&tenant).await.iter().filter(|kind| *kind == "group-changed").count(), 4);
    });
}

#[test]
fn groups_never_name_each_other() {
    on_both_engines(async |world| {
        let (tenant, _) = fleet(&world).await;
        let first = id(&make(&world, &tenant, json!({ "name": "First", "kind": "query", "selector": "all" })).await);
        let second = id(&make(&world, &tenant, json!({ "name": "Second", "kind": "query", "selector": format!("group:{first}") })).await);
        for selector in [format!("group:{first}"), format!("group:{second}"), "group:grp_0000000000001".to_owned()] {
            let change = json!({ "selector": selector });
            let refused = world.call(Method::PATCH, &format!("/groups/{first}"), tenant.bearer(), Some(change)).await;
            assert_eq!((refused.status, &refused.body["field"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("selector")), "{selector}");
        }
    });
}

#[test]
fn groups_nest_to_their_limit_and_no_deeper() {
    on_both_engines(async |world| {
        let (tenant, _) = fleet(&world).await;
        let mut selector = "all".to_owned();
        for depth in 1..=devices::GROUP_DEPTH_MAX {
            let group = id(&make(&world, &tenant, json!({ "name": format!("{depth}"), "kind": "query", "selector": selector })).await);
            assert_eq!(world.names(&tenant, &format!("group={group}")).await.len(), 3, "depth {depth}");
            selector = format!("group:{group}");
        }
        let refused = make(&world, &tenant, json!({ "name": "deeper", "kind": "query", "selector": selector })).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    });
}

#[test]
fn groups_that_name_the_next_as_often_as_they_can_answer() {
    on_both_engines(async |world| {
        let (tenant, _) = fleet(&world).await;
        let mut selector = "all".to_owned();
        for depth in 1..=devices::GROUP_DEPTH_MAX {
            let often = vec![selector; SELECTOR_TERMS_MAX].join(" or ");
            let group = id(&make(&world, &tenant, json!({ "name": format!("{depth}"), "kind": "query", "selector": often })).await);
            assert_eq!(world.names(&tenant, &format!("group={group}")).await.len(), 3, "depth {depth}");
            let changed = world.call(Method::PATCH, &format!("/groups/{group}"), tenant.bearer(), Some(json!({ "selector": often }))).await;
            assert_eq!((changed.status, &changed.body["devices"]), (StatusCode::OK, &json!(3)));
            selector = format!("group:{group}");
        }
        let page = world.get("/groups", tenant.bearer()).await.body;
        assert!(page["items"].as_array().unwrap().iter().all(|group| group["devices"] == 3), "{page}");
    });
}

#[test]
fn a_group_names_the_field_that_is_not_acceptable() {
    on_both_engines(async |world| {
        let (tenant, devices) = fleet(&world).await;
        let other = world.tenant("Eve's fleet").await;
        let token = world.enrolment_token(&other, None, &[]).await;
        let foreign = Machine::new(7, "eve").join(&world, &token).await;
        for (field, group) in [
            ("name", json!({ "name": "", "kind": "manual" })),
            ("selector", json!({ "name": "a", "kind": "query" })),
            ("selector", json!({ "name": "a", "kind": "query", "selector": "os:" })),
            ("selector", json!({ "name": "a", "kind": "manual", "selector": "all" })),
            ("members", json!({ "name": "a", "kind": "query", "selector": "all", "members": [] })),
            ("members", json!({ "name": "a", "kind": "manual", "members": [devices[0], foreign] })),
        ] {
            let refused = make(&world, &tenant, group).await;
            assert_eq!((refused.status, &refused.body["field"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!(field)));
        }
    });
}

#[test]
fn who_reaches_some_devices_sees_the_groups_that_have_one_of_them_and_changes_none() {
    on_both_engines(async |world| {
        let (tenant, _) = fleet(&world).await;
        let prod = id(&make(&world, &tenant, json!({ "name": "Production", "kind": "query", "selector": "label:env=prod" })).await);
        let empty = id(&make(&world, &tenant, json!({ "name": "Vault", "kind": "query", "selector": "label:site=vault" })).await);
        let (prod, empty): (GroupId, GroupId) = (prod.parse().unwrap(), empty.parse().unwrap());
        let scoped = |selector: &str| {
            let (actor, devices) = (Actor::User(UserId::from_random(2)), DeviceScope::AnyOf([selector.into()].into()));
            world.identity.mint().mint(tenant.tenant, actor, kernel::Permission::ALL, devices)
        };
        let (beta, nothing) = (scoped("name:beta"), scoped("name:nobody"));
        let seen = world.devices.list_groups(&beta, PageRequest { cursor: None, limit: 10 }).await.unwrap().items;
        assert_eq!(seen.iter().map(|group| (group.group, group.devices)).collect::<Vec<_>>(), [(prod, 1)]);
        assert_eq!(world.devices.list_groups(&nothing, PageRequest { cursor: None, limit: 10 }).await.unwrap().items, []);
        assert!(matches!(world.devices.group(&beta, empty).await, Err(DeviceError::NotFound)));
        assert!(world.devices.group(&world.scope(tenant.tenant), empty).await.is_ok(), "the control");
        // A group that roles are given on would let in whom it is widened for.
        let name: Name = "Mine".parse().unwrap();
        let content = GroupContent::Query { selector: "not name:nobody".parse().unwrap() };
        let refused = [
            world.devices.create_group(&beta, name.clone(), content).await.err(),
            world.devices.change_group(&beta, prod, GroupChange { name: Some(name), ..GroupChange::default() }).await.err(),
            world.devices.change_group(&beta, GroupId::from_random(8), GroupChange::default()).await.err(),
            world.devices.delete_group(&beta, prod).await.err(),
        ];
        assert!(refused.iter().all(|refused| matches!(refused, Some(DeviceError::NotOnAllDevices))), "{refused:?}");
    });
}
