//! Retiring, restoring, labels.

use std::time::Duration;

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::machine::Machine;
use crate::world::on_both_engines;

#[test]
fn a_retired_device_is_shut_out_at_once_and_stays_so_after_a_restart() {
    on_both_engines(async |world| {
        let tenant = world.tenant("Ada's fleet").await;
        let token = world.enrolment_token(&tenant, None, &[]).await;
        let mut machine = Machine::new(1, "web-1");
        let device = machine.join(&world, &token).await;
        let access_token = machine.access_token(&world).await.access_token;
        assert!(world.opens(&access_token).await);

        let retired = world.call(Method::POST, &format!("/devices/{device}/retire"), tenant.bearer(), None).await;
        assert_eq!((retired.status, &retired.body["status"]), (StatusCode::OK, &json!("retired")));
        assert!(!world.opens(&access_token).await);
        assert!(!world.restarted().opens(&access_token).await);
        let told = machine.sign_in(&world).await;
        assert_eq!((told.status, &told.body["type"]), (StatusCode::FORBIDDEN, &json!("https://purser.dev/problems/device-retired")));

        assert_eq!(world.names(&tenant, "").await, Vec::<String>::new(), "out of the list");
        assert_eq!(world.names(&tenant, "status=retired").await, ["web-1"]);
        assert_eq!(world.names(&tenant, "selector=status:retired").await, ["web-1"]);
        assert!(world.devices.visible(&world.scope(tenant.tenant)).await.unwrap().is_empty());
        assert_eq!(world.devices.visible_with_retired(&world.scope(tenant.tenant)).await.unwrap().len(), 1);
    });
}

#[test]
fn a_restored_device_signs_in_again_with_the_key_it_had() {
    on_both_engines(async |world| {
        let tenant = world.tenant("Ada's fleet").await;
        let token = world.enrolment_token(&tenant, None, &[]).await;
        let mut machine = Machine::new(1, "web-1");
        let device = machine.join(&world, &token).await;
        for _ in 0..2 {
            assert_eq!(world.call(Method::POST, &format!("/devices/{device}/retire"), tenant.bearer(), None).await.status, StatusCode::OK);
        }
        let restored = world.call(Method::POST, &format!("/devices/{device}/restore"), tenant.bearer(), None).await;
        assert_eq!((restored.status, &restored.body["status"]), (StatusCode::OK, &json!("fresh")));
        assert!(world.opens(&machine.access_token(&world).await.access_token).await);
        let mut leaves = world.leaves(&tenant).await;
        leaves.sort();
        assert_eq!(leaves, ["device-enrolled", "device-restored", "device-retired"], "doing it twice is one act");
    });
}

#[test]
fn what_a_device_was_given_before_it_was_retired_stays_ended_when_it_is_restored_and_after_a_restart() {
    on_both_engines(async |world| {
        let tenant = world.tenant("Ada's fleet").await;
        let token = world.enrolment_token(&tenant, None, &[]).await;
        let mut machine = Machine::new(1, "web-1");
        let device = machine.join(&world, &token).await;
        let before = machine.access_token(&world).await.access_token;
        for act in ["retire", "restore"] {
            world.hand.advance(Duration::from_secs(1));
            let done = world.call(Method::POST, &format!("/devices/{device}/{act}"), tenant.bearer(), None).await;
            assert_eq!(done.status, StatusCode::OK, "{act}");
        }
        let after = machine.access_token(&world).await.access_token;
        for world in [&world, &world.restarted()] {
            assert!(!world.opens(&before).await, "given before it was retired");
            assert!(world.opens(&after).await, "given after it was restored");
        }
    });
}

#[test]
fn a_retired_machine_enrolled_again_is_back_in_service() {
    on_both_engines(async |world| {
        let tenant = world.tenant("Ada's fleet").await;
        let token = world.enrolment_token(&tenant, None, &[]).await;
        let mut machine = Machine::new(1, "web-1");
        let device = machine.join(&world, &token).await;
        world.call(Method::POST, &format!("/devices/{device}/retire"), tenant.bearer(), None).await;
        let copy_of_retired = machine.copied_to(42);
        assert_eq!(copy_of_retired.ask_to_join_as_copy(&world, &machine).await.status, StatusCode::FORBIDDEN);
        machine.make_new_key(5);
        assert_eq!(machine.join(&world, &token).await, device);
        assert_eq!(world.device(&tenant, device).await["status"], "fresh");
        assert!(world.opens(&machine.access_token(&world).await.access_token).await);
    });
}

#[test]
fn labels_are_replaced_as_a_whole_and_found_by_the_list() {
    on_both_engines(async |world| {
        let tenant = world.tenant("Ada's fleet").await;
        let token = world.enrolment_token(&tenant, None, &[("env", "prod")]).await;
        let device = Machine::new(1, "web-1").join(&world, &token).await;
        let path = format!("/devices/{device}");
        assert_eq!(world.names(&tenant, "label=env%3Dprod").await, ["web-1"]);
        let labels = json!({ "labels": { "owner": "Ada Lovelace" } });
        let changed = world.call(Method::PATCH, &path, tenant.bearer(), Some(labels)).await;
        assert_eq!(changed.body["labels"], json!({ "owner": "Ada Lovelace" }));
        assert_eq!(world.names(&tenant, "label=env").await, Vec::<String>::new());
        assert_eq!(world.names(&tenant, "label=owner").await, ["web-1"]);
        assert_eq!(world.restarted().names(&tenant, "label=owner").await, ["web-1"]);
        let refused = world.call(Method::PATCH, &path, tenant.bearer(), Some(json!({ "labels": { "Owner": "x" } }))).await;
        assert_eq!((refused.status, &refused.body["field"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("labels")));
        assert_eq!(world.leaves(&tenant).await.iter().filter(|kind| *kind == "labels-changed").count(), 1);
        assert_ne!(world.device(&tenant, device).await, Value::Null);
    });
}
