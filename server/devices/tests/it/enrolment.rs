//! Machines join, come back, and are copied.

use std::time::Duration;

use axum::http::StatusCode;
use serde_json::json;

use crate::machine::Machine;
use crate::world::{CERTIFICATE, on_both_engines};

#[test]
fn a_machine_joins_with_a_token_and_is_seen_with_its_name_and_the_tokens_labels() {
    on_both_engines(async |world| {
        let tenant = world.tenant("Ada's fleet").await;
        let token = world.enrolment_token(&tenant, None, &[("env", "prod")]).await;
        let device = Machine::new(1, "web-1").join(&world, &token).await;
        let seen = world.device(&tenant, device).await;
        assert_eq!((&seen["name"], &seen["status"], &seen["labels"]), (&json!("web-1"), &json!("fresh"), &json!({ "env": "prod" })));
        assert_eq!((&seen["os"], &seen["last_seen_at"], &seen["packages"]), (&json!(null), &json!(null), &json!(null)));
        assert_eq!(world.leaves(&tenant).await, ["device-enrolled"]);
    });
}

#[test]
fn a_machine_that_reports_no_name_has_none() {
    on_both_engines(async |world| {
        let tenant = world.tenant("Ada's fleet").await;
        let token = world.enrolment_token(&tenant, None, &[]).await;
        let mut machine = Machine { name: None, ..Machine::new(1, "") };
        let device = machine.join(&world, &token).await;
        assert_eq!(world.device(&tenant, device).await["name"], json!(null));
    });
}

#[test]
fn a_token_that_is_used_up_lets_no_other_machine_in_but_answers_the_one_that_lost_its_answer() {
    on_both_engines(async |world| {
        let tenant = world.tenant("Ada's fleet").await;
        let token = world.enrolment_token(&tenant, Some(1), &[]).await;
        let mut first = Machine::new(1, "web-1");
        let device = first.join(&world, &token).await;
        assert_eq!(first.join(&world, &token).await, device);
        let refused = Machine::new(2, "web-2").ask_to_join(&world, &token).await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
        assert_eq!(refused.body["type"], "https://purser.dev/problems/enrolment-refused");
        assert_eq!(world.leaves(&tenant).await.len(), 1, "one enrolment");
    });
}

#[test]
fn a_machine_that_did_not_sign_what_it_claims_is_refused() {
    on_both_engines(async |world| {
        let tenant = world.tenant("Ada's fleet").await;
        let token = world.enrolment_token(&tenant, None, &[]).await;
        // The signature covers the system id: one made for another system does not fit.
        let forged = Machine::new(1, "web-1").ask_with_signature_of(&world, &token, &Machine::new(2, "web-2")).await;
        assert_eq!(forged.status, StatusCode::UNAUTHORIZED, "{forged:?}");
    });
}

#[test]
fn the_same_machine_enrolled_again_keeps_its_device_and_gets_a_new_key() {
    on_both_engines(async |world| {
        let tenant = world.tenant("Ada's fleet").await;
        let token = world.enrolment_token(&tenant, None, &[("env", "prod")]).await;
        let mut machine = Machine::new(1, "web-1");
        let device = machine.join(&world, &token).await;
        let (before, old_token) = (machine.clone(), machine.access_token(&world).await);
        world.hand.advance(Duration::from_secs(1));

        machine.make_new_key(77);
        machine.name = Some("web-1-renamed".to_owned());
        let second_token = world.enrolment_token(&tenant, None, &[("site", "gdansk")]).await;
        assert_eq!(machine.join(&world, &second_token).await, device);

        let seen = world.device(&tenant, device).await;
        assert_eq!(seen["name"], "web-1-renamed");
        assert_eq!(seen["labels"], json!({ "env": "prod", "site": "gdansk" }));
        assert_eq!(before.sign_in(&world).await.status, StatusCode::UNAUTHORIZED, "the old key");
        assert!(!world.opens(&old_token.access_token).await, "a token given to the old key");
        assert!(world.opens(&machine.access_token(&world).await.access_token).await);
        assert!(!world.restarted().opens(&old_token.access_token).await, "nor after a restart");
        assert_eq!(world.names(&tenant, "").await, ["web-1-renamed"], "one device");
    });
}

#[test]
fn a_copy_of_a_golden_image_that_enrols_with_a_token_is_a_second_device() {
    on_both_engines(async |world| {
        let tenant = world.tenant("Ada's fleet").await;
        let token = world.enrolment_token(&tenant, None, &[]).await;
        let mut original = Machine::new(1, "golden");
        let first = original.join(&world, &token).await;
        let mut copy = original.copied_to(42);
        copy.make_new_key(43);
        let second = copy.join(&world, &token).await;
        assert_ne!(first, second);
        assert_eq!(world.device(&tenant, second).await["cloned_from"], first.to_string());
        assert_eq!(world.device(&tenant, first).await.get("cloned_from"), None);
        assert_eq!(copy.join(&world, &token).await, second, "and stays that");
    });
}

#[test]
fn a_copied_key_is_told_to_make_its_own_and_may_then_join_by_proving_the_copied_one() {
    on_both_engines(async |world| {
        let tenant = world.tenant("Ada's fleet").await;
        let token = world.enrolment_token(&tenant, Some(1), &[("env", "prod")]).await;
        let mut original = Machine::new(1, "golden");
        let first = original.join(&world, &token).await;

        let mut copy = original.copied_to(42);
        let told = copy.sign_in(&world).await;
        assert_eq!((told.status, &told.body["type"]), (StatusCode::CONFLICT, &json!("https://purser.dev/problems/device-cloned")));
        let with_copied_key = copy.ask_to_join(&world, &token).await;
        assert_eq!(with_copied_key.status, StatusCode::CONFLICT, "{with_copied_key:?}");

        copy.make_new_key(43);
        let joined = copy.ask_to_join_as_copy(&world, &original).await;
        let second = copy.take_in(joined);
        assert_ne!(first, second);
        let seen = world.device(&tenant, second).await;
        assert_eq!((&seen["cloned_from"], &seen["labels"]), (&json!(first.to_string()), &json!({})));
        assert!(world.opens(&copy.access_token(&world).await.access_token).await);
        assert!(world.opens(&original.access_token(&world).await.access_token).await, "the original goes on");

        let again = copy.ask_to_join_as_copy(&world, &original).await;
        assert_eq!(copy.take_in(again), second, "a lost answer makes no third device");
    });
}

#[test]
fn who_does_not_hold_the_copied_key_does_not_join_as_a_copy() {
    on_both_engines(async |world| {
        let tenant = world.tenant("Ada's fleet").await;
        let token = world.enrolment_token(&tenant, None, &[]).await;
        let mut original = Machine::new(1, "golden");
        original.join(&world, &token).await;
        let stranger = Machine { enrolled: original.enrolled, ..Machine::new(9, "stranger") };
        let refused = stranger.ask_to_join_as_copy(&world, &stranger).await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
        let itself = original.ask_to_join_as_copy(&world, &original).await;
        assert_eq!(itself.status, StatusCode::CONFLICT, "the same hardware is no copy");
    });
}

#[test]
fn a_challenge_names_the_servers_certificates() {
    on_both_engines(async |world| {
        assert_eq!(Machine::new(1, "web-1").challenge(&world).await.certificates, [CERTIFICATE]);
    });
}
