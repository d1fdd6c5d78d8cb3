//! What `inventory` writes when a report arrives.

use std::time::Duration;

use axum::http::StatusCode;
use devices::{DeviceError, DeviceFacts, EXTERNAL_NAME_CHARS_MAX, ReportedOs, TouchReport};
use kernel::data_map::StoreKind;
use kernel::{DeviceId, Scope, Subject};
use serde_json::json;
use store::StoreError;
use wire::Identifying;
use wire::report::ExternalName;
use wire::state::Kind;

use crate::machine::Machine;
use crate::world::{Tenant, World, on_both_engines};

pub(crate) fn debian(name: &str, version: &str) -> DeviceFacts {
    DeviceFacts {
        name: Some(name.to_owned()),
        os: Some(ReportedOs {
            id: "debian".to_owned(),
            version_id: Some(version.to_owned()),
            pretty_name: Some(format!("Debian GNU/Linux {version}")),
        }),
        packages: Some(974),
        updates_pending: Some(12),
        updates_security: Some(3),
        kinds_off: vec![Kind::Hardware, Kind::Network],
    }
}

pub(crate) async fn touch(world: &World, tenant: &Tenant, device: DeviceId, facts: Option<DeviceFacts>) -> Result<(), StoreError> {
    let (devices, scope) = (world.devices.clone(), world.scope(tenant.tenant));
    let report = TouchReport { at: world.clock.now(), facts };
    let touched = world.stores.tenant(&scope.clone()).write(move |tx| devices.touch(tx, &scope, device, &report)).await?;
    world.devices.applied(touched);
    Ok(())
}

#[test]
fn a_report_shows_in_the_device_at_once_and_after_a_restart() {
    on_both_engines(async |world| {
        let tenant = world.tenant("Ada's fleet").await;
        let token = world.enrolment_token(&tenant, None, &[("env", "prod")]).await;
        let device = Machine::new(1, "web-1").join(&world, &token).await;
        world.device(&tenant, device).await;
        world.hand.advance(Duration::from_secs(60));
        touch(&world, &tenant, device, Some(debian("web-1.example.org", "12"))).await.unwrap();
        let seen = world.device(&tenant, device).await;
        assert_eq!(seen["name"], "web-1.example.org");
        assert_eq!(seen["os"], json!({ "id": "debian", "version_id": "12", "pretty_name": "Debian GNU/Linux 12" }));
        assert_eq!(seen["last_seen_at"], world.clock.now().to_string());
        assert_eq!((&seen["packages"], &seen["updates_pending"], &seen["updates_security"]), (&json!(974), &json!(12), &json!(3)));
        assert_eq!((&seen["not_collected"], &seen["labels"]), (&json!(["hardware", "network"]), &json!({ "env": "prod" })));
        assert_eq!(world.restarted().device(&tenant, device).await, seen);
    });
}

#[test]
fn what_a_report_no_longer_says_is_forgotten() {
    on_both_engines(async |world| {
        let tenant = world.tenant("Ada's fleet").await;
        let token = world.enrolment_token(&tenant, None, &[]).await;
        let device = Machine::new(1, "web-1").join(&world, &token).await;
        touch(&world, &tenant, device, Some(debian("web-1", "12"))).await.unwrap();
        touch(&world, &tenant, device, Some(DeviceFacts { kinds_off: vec![Kind::HostName, Kind::Os], ..DeviceFacts::default() }))
            .await
            .unwrap();
        for world in [&world, &world.restarted()] {
            let seen = world.device(&tenant, device).await;
            assert_eq!((&seen["name"], &seen["os"], &seen["packages"]), (&json!(null), &json!(null), &json!(null)));
            assert_eq!(seen["not_collected"], json!(["host-name", "os"]));
            assert_eq!(world.names(&tenant, "q=web").await, Vec::<String>::new());
        }
    });
}

#[test]
fn an_older_time_does_not_make_a_device_older() {
    on_both_engines(async |world| {
        let tenant = world.tenant("Ada's fleet").await;
        let token = world.enrolment_token(&tenant, None, &[]).await;
        let device = Machine::new(1, "web-1").join(&world, &token).await;
        world.device(&tenant, device).await;
        let early = world.clock.now();
        world.hand.advance(Duration::from_secs(60));
        let late = world.clock.now();
        touch(&world, &tenant, device, None).await.unwrap();
        world.hand.set(early);
        touch(&world, &tenant, device, None).await.unwrap();
        world.devices.seen(tenant.tenant, device, early);
        assert_eq!(world.device(&tenant, device).await["last_seen_at"], late.to_string());
        assert_eq!(world.restarted().device(&tenant, device).await["last_seen_at"], late.to_string());
    });
}

#[test]
fn facts_of_an_unknown_device_are_refused() {
    on_both_engines(async |world| {
        let tenant = world.tenant("Ada's fleet").await;
        let unknown = DeviceId::from_random(99);
        let refused = touch(&world, &tenant, unknown, Some(DeviceFacts::default())).await;
        assert!(matches!(refused, Err(StoreError::NotFound)), "{refused:?}");
    });
}

#[test]
fn first_reports_of_one_new_device_at_the_same_moment_make_one_device() {
    on_both_engines(async |world| {
        let tenant = world.tenant("Ada's fleet").await;
        let scope = world.scope(tenant.tenant);
        for printer in 0..5 {
            let name = ExternalName(Identifying::new(format!("printer-{printer}")));
            let mut reports = tokio::task::JoinSet::new();
            for _ in 0..8 {
                let (devices, scope, name) = (world.devices.clone(), scope.clone(), name.clone());
                reports.spawn(async move { devices.device_of_external_name(&scope, &name).await });
            }
            let made: Vec<_> = reports.join_all().await.into_iter().map(Result::unwrap).collect();
            assert!(made.iter().all(|device| *device == made[0]), "{made:?}");
        }
    });
}

#[test]
fn a_script_names_its_devices_itself_and_the_name_stays_one_way() {
    on_both_engines(async |world| {
        let tenant = world.tenant("Ada's fleet").await;
        let scope = world.scope(tenant.tenant);
        let named = |text: &str| ExternalName(Identifying::new(text.to_owned()));
        let first = world.devices.device_of_external_name(&scope, &named("printer-3")).await.unwrap();
        assert_eq!(world.devices.device_of_external_name(&scope, &named("printer-3")).await.unwrap(), first);
        assert_ne!(world.devices.device_of_external_name(&scope, &named("printer-4")).await.unwrap(), first);
        assert_eq!(world.device(&tenant, first).await["name"], json!(null));
        for text in ["", "with space", &"a".repeat(EXTERNAL_NAME_CHARS_MAX + 1)] {
            let refused = world.devices.device_of_external_name(&scope, &named(text)).await;
            assert!(matches!(refused, Err(DeviceError::Invalid { field: "device", .. })), "{text:?}");
        }
        assert!(world.devices.device_of_external_name(&scope, &named(&"a".repeat(EXTERNAL_NAME_CHARS_MAX))).await.is_ok());
        world.devices.retire(&scope, first).await.unwrap();
        let refused = world.devices.device_of_external_name(&scope, &named("printer-3")).await;
        assert!(matches!(refused, Err(DeviceError::Retired)));
        assert_eq!(world.get("/devices/summary", tenant.bearer()).await.status, StatusCode::OK);
    });
}

/// What an erasure deletes of a device.
async fn delete_rows(world: &World, scope: &Scope, device: DeviceId) {
    let subject = Subject::Device(scope.tenant(), device);
    let mapped = world.stores.mapped().expect("the data maps").iter();
    let tables: Vec<_> = mapped.filter(|table| table.map().store == StoreKind::Tenant && table.holds(subject)).collect();
    assert!(!tables.is_empty());
    let delete = move |tx: &mut store::Tx<'_>| tables.iter().try_for_each(|table| table.delete(tx, subject).map(|_| ()));
    world.stores.tenant(scope).write(delete).await.expect("deleted");
}

#[test]
fn a_device_of_a_script_does_not_come_back_after_its_erasure_until_somebody_lets_its_name_in_again() {
    on_both_engines(async |world| {
        let tenant = world.tenant("Ada's fleet").await;
        let (scope, other) = (world.scope(tenant.tenant), world.scope(world.tenant("Bob's fleet").await.tenant));
        let named = |text: &str| ExternalName(Identifying::new(text.to_owned()));
        let erased = world.devices.device_of_external_name(&scope, &named("printer-3")).await.unwrap();
        let kept = world.devices.device_of_external_name(&scope, &named("printer-4")).await.unwrap();
        let readmit = async |name: &str| world.post("/devices/readmit", tenant.bearer(), json!({ "device": name })).await.status;
        assert_eq!(readmit("printer-3").await, StatusCode::NOT_FOUND, "it is not barred");
        // What an erasure does: bars, then deletes the rows, then bars again.
        world.devices.bar_erased(tenant.tenant, erased).await.unwrap();
        delete_rows(&world, &scope, erased).await;
        world.devices.bar_erased(tenant.tenant, erased).await.unwrap();
        for devices in [world.devices.clone(), world.restarted().devices] {
            let refused = devices.device_of_external_name(&scope, &named("printer-3")).await;
            assert!(matches!(refused, Err(DeviceError::Erased)), "{refused:?}");
            assert_eq!(devices.device_of_external_name(&scope, &named("printer-4")).await.unwrap(), kept);
            assert!(devices.device_of_external_name(&other, &named("printer-3")).await.is_ok(), "another tenant's is another");
        }
        assert_eq!(readmit("printer-3").await, StatusCode::NO_CONTENT);
        let anew = world.devices.device_of_external_name(&scope, &named("printer-3")).await.unwrap();
        assert_ne!(anew, erased, "it is a new device");
        assert_eq!(readmit("printer-3").await, StatusCode::NOT_FOUND);
    });
}
