//! Access tokens: a quarter of an hour for one device.

use std::time::Duration;

use axum::http::StatusCode;
use identity::access_policy::{AccessPolicy, AllowLists, Asking};
use identity::network::Networks;
use kernel::limits::{ACCESS_TOKEN_LIFETIME, CHALLENGE_LIFETIME};
use kernel::{Access, Authenticator as _, Denied, DeviceId, Permission, Presented, SecretText, Source, TenantId};

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

#[test]
fn promise_gl_9_from_a_network_that_is_not_listed_no_device_joins_signs_in_or_reports() {
    on_both_engines(async |world| {
        let tenant = world.tenant("Ada's fleet").await;
        let joining = world.enrolment_token(&tenant, None, &[]).await;
        let (mut machine, newcomer) = (Machine::new(1, "web-1"), Machine::new(2, "web-2"));
        machine.join(&world, &joining).await;
        let token = machine.access_token(&world).await.access_token;
        let lists = AllowLists { agents: Networks::parse(&["192.0.2.0/24".to_owned()]).unwrap(), ..AllowLists::default() };
        let policy = AccessPolicy { networks: lists, ..AccessPolicy::default() };
        let asking = Asking { source: Source::Host, lock_me_out: false };
        world.identity.change_access_policy(&world.scope(tenant.tenant), policy, asking).await.unwrap();
        for refused in [
            machine.sign_in(&world).await,
            newcomer.ask_to_join(&world, &joining).await,
            newcomer.ask_to_join_as_copy(&world, &machine).await,
        ] {
            assert_eq!(refused.status, StatusCode::FORBIDDEN, "{refused:?}");
            assert_eq!(refused.body["type"], "https://purser.dev/problems/source-not-allowed");
        }
        assert!(!world.opens(&token).await);
        let presented = Presented::Bearer(SecretText::new(token.clone()));
        let from = async |address: &str| {
            let source = Source::Network(address.parse().unwrap());
            world.devices.authenticate(&presented, Access::Report, source.into()).await.map(|_scope| ())
        };
        assert_eq!((from("192.0.2.9").await, from("192.0.3.9").await), (Ok(()), Err(Denied::Source)));
        world.identity.clear_allow_lists(tenant.tenant).await.unwrap();
        assert!(world.opens(&token).await);
        assert_eq!(newcomer.ask_to_join(&world, &joining).await.status, StatusCode::OK);
    });
}
