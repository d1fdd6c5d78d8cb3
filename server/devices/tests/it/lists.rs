//! Lists: filters, order, pages, counts, sets.

use std::time::Duration;

use axum::http::StatusCode;
use devices::DeviceFacts;
use devices::list::SEARCH_BYTES_MAX;
use kernel::{Actor, DeviceId, DeviceScope, UserId};
use serde_json::json;

use crate::machine::Machine;
use crate::reports::{debian, touch};
use crate::world::{Tenant, World, on_both_engines};

/// Four devices: `alpha` (debian 12, prod), `Beta` (debian 11, prod), `gamma` (debian 12, test), and one without a name.
async fn fleet(world: &World) -> (Tenant, Vec<DeviceId>) {
    let tenant = world.tenant("Ada's fleet").await;
    let prod = world.enrolment_token(&tenant, None, &[("env", "prod")]).await;
    let test = world.enrolment_token(&tenant, None, &[("env", "test")]).await;
    let mut devices = Vec::new();
    for (number, name, token, version) in [(1, "alpha", &prod, "12"), (2, "Beta", &prod, "11"), (3, "gamma", &test, "12")] {
        let device = Machine::new(number, name).join(world, token).await;
        touch(world, &tenant, device, Some(debian(name, version))).await.expect("written");
        world.hand.advance(Duration::from_secs(1));
        devices.push(device);
    }
    let mut nameless = Machine { name: None, ..Machine::new(4, "") };
    devices.push(nameless.join(world, &test).await);
    (tenant, devices)
}

#[test]
fn a_list_is_in_the_order_of_names_in_any_case_and_nameless_devices_come_last() {
    on_both_engines(async |world| {
        let (tenant, _) = fleet(&world).await;
        assert_eq!(world.names(&tenant, "").await, ["alpha", "Beta", "gamma", "-"]);
        assert_eq!(world.names(&tenant, "sort=name").await, ["alpha", "Beta", "gamma", "-"]);
        assert_eq!(world.names(&tenant, "sort=last_seen").await, ["gamma", "Beta", "alpha", "-"]);
    });
}

#[test]
fn every_filter_narrows_the_list() {
    on_both_engines(async |world| {
        let (tenant, devices) = fleet(&world).await;
        for (query, names) in [
            ("q=MM", vec!["gamma"]),
            ("q=b", vec!["Beta"]),
            (&format!("q={}", "a".repeat(SEARCH_BYTES_MAX)), vec![]),
            (&format!("q={}", devices[0]), vec!["alpha"]),
            ("os=debian", vec!["alpha", "Beta", "gamma"]),
            ("os=debian/12", vec!["alpha", "gamma"]),
            ("os=debian%2F11&label=env%3Dprod", vec!["Beta"]),
            ("label=env", vec!["alpha", "Beta", "gamma", "-"]),
            ("label=env%3Dprod", vec!["alpha", "Beta"]),
            ("status=fresh", vec!["alpha", "Beta", "gamma", "-"]),
            ("status=stale", vec![]),
            ("selector=os:debian+and+not+label:env%3Dprod", vec!["gamma"]),
            ("selector=name:%22bet%22+or+name:GAM", vec!["Beta", "gamma"]),
            (&format!("selector=device:{}", devices[2]), vec!["gamma"]),
            ("selector=all", vec!["alpha", "Beta", "gamma", "-"]),
            ("selector=not+os:debian", vec!["-"]),
        ] {
            assert_eq!(world.names(&tenant, query).await, names, "{query}");
        }
    });
}

#[test]
fn a_filter_that_cannot_be_read_names_its_parameter() {
    on_both_engines(async |world| {
        let (tenant, _) = fleet(&world).await;
        for (field, query) in [
            ("selector", "selector=colour:red"),
            ("selector", "selector=group:grp_0000000000001"),
            ("group", "group=grp_0000000000001"),
            ("label", "label=Env"),
            ("cursor", "cursor=nonsense"),
            ("cursor", "cursor=dev_0000000000001"),
            ("cursor", "sort=last_seen&cursor=dev_0000000000001"),
            ("q", &format!("q={}", "a".repeat(SEARCH_BYTES_MAX + 1))),
            ("limit", "limit=0"),
        ] {
            let refused = world.get(&format!("/devices?{query}"), tenant.bearer()).await;
            assert_eq!((refused.status, &refused.body["field"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!(field)), "{query}");
        }
    });
}

#[test]
fn pages_follow_each_other_without_gap_or_repetition_in_both_orders() {
    on_both_engines(async |world| {
        let (tenant, _) = fleet(&world).await;
        for sort in ["name", "last_seen"] {
            let whole = world.names(&tenant, &format!("sort={sort}")).await;
            for limit in 1..=4 {
                let mut names = Vec::new();
                let mut cursor = String::new();
                loop {
                    let page = world.get(&format!("/devices?sort={sort}&limit={limit}{cursor}"), tenant.bearer()).await.body;
                    let rows = page["items"].as_array().unwrap();
                    assert!(rows.len() <= limit);
                    names.extend(rows.iter().map(|device| device["name"].as_str().unwrap_or("-").to_owned()));
                    let Some(next) = page["next"].as_str() else { break };
                    assert!(!next.contains("alpha") && !next.contains("eta"), "a cursor holds no name");
                    cursor = format!("&cursor={next}");
                }
                assert_eq!(names, whole, "{sort}, {limit} a page");
            }
        }
    });
}

#[test]
fn silence_makes_devices_stale_and_lost_as_the_tenant_has_set_it() {
    on_both_engines(async |world| {
        let (tenant, devices) = fleet(&world).await;
        let begun = world.clock.now();
        let counts = async || {
            let body = world.get("/devices/summary", tenant.bearer()).await.body;
            ["total", "fresh", "stale", "lost", "retired"].map(|key| body[key].as_u64().unwrap())
        };
        assert_eq!(counts().await, [4, 4, 0, 0, 0]);
        world.hand.set(begun.plus(Duration::from_secs(10_800)));
        touch(&world, &tenant, devices[1], None).await.unwrap();
        assert_eq!(counts().await, [4, 1, 3, 0, 0], "the nameless one counts from its enrolment");
        assert_eq!(world.names(&tenant, "status=fresh").await, ["Beta"]);
        assert_eq!(world.names(&tenant, "selector=stale:yes+and+os:debian").await, ["alpha", "gamma"]);
        world.hand.set(begun.plus(Duration::from_secs(604_800)));
        assert_eq!(counts().await, [4, 0, 1, 3, 0]);
        assert_eq!(world.device(&tenant, devices[0]).await["status"], "lost");
        world.devices.retire(&world.scope(tenant.tenant), devices[0]).await.unwrap();
        assert_eq!(counts().await, [3, 0, 1, 2, 1]);
        let by_os = world.get("/devices/summary", tenant.bearer()).await.body["by_os"].clone();
        assert_eq!(by_os, json!([{ "os": "debian", "count": 2 }]));
    });
}

#[test]
fn a_scope_sees_its_own_devices_in_every_list_count_and_set() {
    on_both_engines(async |world| {
        let (tenant, devices) = fleet(&world).await;
        let scoped = |devices: DeviceScope| {
            let actor = Actor::User(UserId::from_random(2));
            world.identity.mint().mint(tenant.tenant, actor, kernel::Permission::ALL, devices)
        };
        let prod = scoped(DeviceScope::AnyOf(["label:env=prod".into()].into()));
        assert_eq!(world.devices.visible(&prod).await.unwrap().len(), 2);
        assert_eq!(world.devices.summary(&prod, None).await.unwrap().total, 2);
        assert_eq!(world.devices.select(&prod, "os:debian/12").await.unwrap().len(), 1);
        assert!(world.devices.get(&prod, devices[0]).await.is_ok());
        assert!(world.devices.get(&prod, devices[2]).await.is_err());
        assert!(world.devices.retire(&prod, devices[2]).await.is_err());
        let one = scoped(DeviceScope::One(devices[2]));
        assert_eq!(world.devices.visible(&one).await.unwrap().len(), 1);
        for nothing in [DeviceScope::None, DeviceScope::AnyOf(["broken(".into(), "not group:grp_0000000000001".into()].into())] {
            assert!(world.devices.visible(&scoped(nothing)).await.unwrap().is_empty(), "what cannot be understood shows nothing");
        }
    });
}

#[test]
fn ordinals_stay_and_grow() {
    on_both_engines(async |world| {
        let (tenant, devices) = fleet(&world).await;
        let scope = world.scope(tenant.tenant);
        let ordinals = world.devices.ordinals(&scope).await.unwrap();
        let before: Vec<_> = devices.iter().map(|device| ordinals.of(*device).unwrap()).collect();
        let token = world.enrolment_token(&tenant, None, &[]).await;
        let late = Machine::new(9, "delta").join(&world, &token).await;
        assert_eq!(ordinals.of(late), Some(4), "who holds the table sees who joins later");
        assert_eq!(devices.iter().map(|device| ordinals.of(*device).unwrap()).collect::<Vec<_>>(), before);
        let names = world.devices.names(&scope, vec![4, before[0], 99]).await.unwrap();
        assert_eq!(names, [Some((late, Some("delta".to_owned()))), Some((devices[0], Some("alpha".to_owned()))), None]);
        touch(&world, &tenant, late, Some(DeviceFacts::default())).await.unwrap();
        assert_eq!(world.devices.ordinals(&scope).await.unwrap().count(), 5);
    });
}
