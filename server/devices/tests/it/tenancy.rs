//! What belongs to another tenant looks like what does not exist.

use axum::http::{Method, StatusCode};
use kernel::{Access, DeviceId, GroupId};
use serde_json::{Value, json};

use crate::machine::Machine;
use crate::world::{As, on_both_engines};

#[test]
fn another_tenants_id_is_answered_like_a_random_one_on_every_route() {
    on_both_engines(async |world| {
        let ada = world.tenant("Ada's fleet").await;
        let eve = world.tenant("Eve's fleet").await;
        let token = world.enrolment_token(&ada, None, &[]).await;
        let device = Machine::new(1, "web-1").join(&world, &token).await.to_string();
        let group = world.post("/groups", ada.bearer(), json!({ "name": "Row 1", "kind": "query", "selector": "all" })).await.body;
        let group = group["group"].as_str().unwrap().to_owned();
        let (random_device, random_group) = (DeviceId::from_random(987).to_string(), GroupId::from_random(987).to_string());
        let with_id: Vec<_> = world.routes.iter().filter(|route| route.path.contains('{')).collect();
        assert_eq!(with_id.len(), 8);
        for route in with_id {
            let template = route.path.strip_prefix("/api/v1").unwrap();
            let method = Method::from_bytes(route.method.name().as_bytes()).unwrap();
            let body = match route.id {
                "changeDevice" => Some(json!({ "labels": {} })),
                "changeGroup" => Some(json!({ "name": "Mine" })),
                _ => None,
            };
            let mut answers = Vec::new();
            for (device, group) in [(&device, &group), (&random_device, &random_group)] {
                let path = template.replace("{device}", device).replace("{group}", group);
                let mut answer = world.call(method.clone(), &path, eve.bearer(), body.clone()).await;
                answer.body.as_object_mut().unwrap().remove("request");
                answers.push((answer.status, answer.body.to_string()));
            }
            assert_eq!(answers[0], answers[1], "{} {}", route.method.name(), route.path);
            assert_eq!(answers[0].0, StatusCode::NOT_FOUND, "{} {}", route.method.name(), route.path);
        }
        assert_eq!(world.names(&eve, "").await, Vec::<String>::new());
        for (query, random) in
            [(format!("group={group}"), format!("group={random_group}")), (format!("q={device}"), format!("q={random_device}"))]
        {
            let theirs = world.get(&format!("/devices?{query}"), eve.bearer()).await;
            let nobodys = world.get(&format!("/devices?{random}"), eve.bearer()).await;
            assert_eq!(theirs.status, nobodys.status);
        }
        assert_eq!(world.names(&ada, "").await, ["web-1"], "untouched");
    });
}

#[test]
fn no_route_but_the_agents_three_opens_without_a_valid_credential() {
    on_both_engines(async |world| {
        let is_public = |route: &&web::RouteEntry| route.access == Access::Public && route.path.starts_with("/api/v1/");
        let public: Vec<_> = world.routes.iter().filter(is_public).map(|route| route.id).collect();
        assert_eq!(public, ["issueChallenge", "enrolDevice", "issueAccessToken"]);
        for route in world.routes.iter().filter(|route| route.access != Access::Public) {
            let path = route.path.strip_prefix("/api/v1").unwrap();
            let path = path.replace("{device}", "dev_0000000000001").replace("{group}", "grp_0000000000001");
            for who in [As::Nobody, As::Bearer("prs_dev_AAAA"), As::Bearer("prs_api_unknown")] {
                let method = Method::from_bytes(route.method.name().as_bytes()).unwrap();
                let answer = world.call(method, &path, who, Some(Value::Null)).await;
                assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{} {}", route.method.name(), route.path);
            }
        }
    });
}

#[test]
fn one_machine_may_be_a_device_of_two_tenants_without_either_knowing() {
    on_both_engines(async |world| {
        let (ada, eve) = (world.tenant("Ada's fleet").await, world.tenant("Eve's fleet").await);
        let (of_ada, of_eve) = (world.enrolment_token(&ada, None, &[]).await, world.enrolment_token(&eve, None, &[]).await);
        let first = Machine::new(1, "web-1").join(&world, &of_ada).await;
        let second = Machine::new(1, "web-1").join(&world, &of_eve).await;
        assert_ne!(first, second);
        assert_eq!(world.device(&eve, second).await.get("cloned_from"), None);
    });
}
