//! Access tokens: a quarter of an hour for one device.

use std::time::Duration;

use axum::http::StatusCode;
use kernel::limits::{ACCESS_TOKEN_LIFETIME, CHALLENGE_LIFETIME};
use kernel::{Access, Denied, DeviceId, Permission, TenantId};

use crate::machine::Machine;
use crate::world::{Reply, World, on_both_engines};

async fn enrolled(world: &World) -> Machine {
    let tenant = world.tenant("Ada's fleet").await;
    let token = world.enrolment_token(&tenant, None, &[]).await;
    let mut machine = Machine::new(1, "web-1");
    machine.join(world, &token).await;
    machine
}

#[test]
fn a_token_opens_devices_routes_until_it_expires() {
    on_both_engines(async |world| {
        let machine = enrolled(&world).await;
        let token = machine.access_token(&world).await;
        assert_eq!(token.server_time, world.clock.now());
        assert_eq!(token.expires_at, world.clock.now().plus(ACCESS_TOKEN_LIFETIME));
        let scope = world.authenticate(&token.access_token, Access::Report).await.unwrap();
        assert_eq!(Some((scope.tenant(), scope.acting_device().unwrap())), machine.enrolled);
        world.hand.advance(ACCESS_TOKEN_LIFETIME - Duration::from_micros(1));
        assert!(world.opens(&token.access_token).await);
        world.hand.advance(Duration::from_micros(1));
        assert!(!world.opens(&token.access_token).await);
    });
}

#[test]
fn a_token_opens_no_route_of_people() {
    on_both_engines(async |world| {
        let token = enrolled(&world).await.access_token(&world).await.access_token;
        for permission in Permission::ALL {
            assert_eq!(world.authenticate(&token, Access::Person(*permission)).await, Err(Denied::Forbidden));
        }
    });
}

#[test]
fn a_token_that_was_altered_opens_nothing() {
    on_both_engines(async |world| {
        let token = enrolled(&world).await.access_token(&world).await.access_token;
        for position in 8..token.len() {
            let mut altered = token.clone().into_bytes();
            altered[position] = if altered[position] == b'A' { b'B' } else { b'A' };
            let altered = String::from_utf8(altered).unwrap();
            assert_eq!(world.authenticate(&altered, Access::Device).await, Err(Denied::Unauthenticated), "character {position}");
        }
    });
}

#[test]
fn a_challenge_is_good_for_a_minute() {
    on_both_engines(async |world| {
        let machine = enrolled(&world).await;
        let challenge = machine.challenge(&world).await.challenge;
        world.hand.advance(CHALLENGE_LIFETIME - Duration::from_micros(1));
        assert_eq!(machine.answer_challenge(&world, &challenge).await.status, StatusCode::OK);
        world.hand.advance(Duration::from_micros(1));
        assert_eq!(machine.answer_challenge(&world, &challenge).await.status, StatusCode::UNAUTHORIZED);
    });
}

#[test]
fn an_unknown_tenant_an_unknown_device_a_wrong_key_and_a_foreign_challenge_get_the_same_answer() {
    on_both_engines(async |world| {
        let machine = enrolled(&world).await;
        let (tenant, device) = machine.enrolled.unwrap();
        let unknown_tenant = Machine { enrolled: Some((TenantId::from_random(99), device)), ..machine.clone() };
        let unknown_device = Machine { enrolled: Some((tenant, DeviceId::from_random(99))), ..machine.clone() };
        let mut wrong_key = machine.clone();
        wrong_key.make_new_key(99);
        let challenge = machine.challenge(&world).await.challenge;
        let foreign = format!("{}{}", challenge.split_at(challenge.len() - 4).0, "0000");
        let mut answers = Vec::new();
        for (who, challenge) in [
            (&unknown_tenant, challenge.as_str()),
            (&unknown_device, challenge.as_str()),
            (&wrong_key, challenge.as_str()),
            (&machine, foreign.as_str()),
            (&machine, "nonsense"),
        ] {
            let Reply { status, mut body } = who.answer_challenge(&world, challenge).await;
            body.as_object_mut().unwrap().remove("request");
            answers.push((status, body.to_string()));
        }
        assert_eq!(answers[0].0, StatusCode::UNAUTHORIZED);
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:#?}");
    });
}
