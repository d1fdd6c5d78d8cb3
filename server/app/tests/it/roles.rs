//! The authorization matrix: every route of the route table, asked by each ready-made role, with what the code says that the
//! role may; and what a role on some devices sees, everywhere.

use std::collections::BTreeMap;
use std::time::Duration;

use identity::role::Role;
use kernel::{Access, Permission, ScopeMint, Subject, SystemWork};
use serde_json::{Value, json};
use trust::ErasureError;
use web::{Method, RouteEntry};

use crate::client::{Answer, Credential};
use crate::device::{Device, state};
use crate::routes::{Furnished, Ids, NOT_ASKED, SHARED_PARAMETERS, anonymous, ask, furnished, named_by_id, parameters, random};
use crate::world::{World, on_both_engines};

/// What the router says to who may not. Behind it some acts ask for more than the route's permission, in words of their own.
const NOT_FOR_THIS: &str = "The credential is valid, but not for this.";

/// Whether a credential was let in, whatever else was wrong with the request.
fn is_let_in(answer: &Answer) -> bool {
    answer.status != 401 && !(answer.status == 403 && answer.text().contains(NOT_FOR_THIS))
}

fn needed(route: &RouteEntry) -> Option<Permission> {
    match route.access {
        Access::Person(permission) => Some(permission),
        _ => None,
    }
}

/// Promises OR-8, OR-13, OR-23.
#[tokio::test(flavor = "multi_thread")]
async fn promise_or_23_each_ready_made_role_opens_the_routes_of_its_permissions_and_no_other() {
    on_both_engines(async |world| {
        let first = furnished(&world, "First").await;
        let mut asked = 0;
        // From the one that may least, so that what the later ones remove is there for the earlier.
        for role in Role::ALL.iter().rev() {
            let email = format!("{}-of@first.example", role.text());
            let (person, _) = world.person(&first.tenant, &email, json!([{ "role": role.text() }])).await;
            for route in world.site.route_table.iter().filter(|route| !NOT_ASKED.contains(&route.id)) {
                let Some(permission) = needed(route) else { continue };
                let answer = ask(&world, &person, route, &first.ids).await;
                let may = role.permissions().contains(&permission);
                assert_eq!(is_let_in(&answer), may, "{role:?} {}: {} {}", route.id, answer.status, answer.text());
                assert!(answer.status < 500, "{role:?} {}: {}", route.id, answer.text());
                asked += 1;
            }
        }
        assert!(asked >= 7 * 60, "the routes are found: {asked}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_tenants_ids_are_answered_like_ids_that_do_not_exist_whatever_the_role() {
    on_both_engines(async |world| {
        let (first, second) = (furnished(&world, "First").await, furnished(&world, "Second").await);
        for role in Role::ALL {
            let email = format!("{}-of@second.example", role.text());
            let (person, _) = world.person(&second.tenant, &email, json!([{ "role": role.text() }])).await;
            for route in world.site.route_table.iter().filter(|route| named_by_id(route) && needed(route).is_some()) {
                look_alike(&world, &person, route, &first.ids, &random(&first.ids)).await;
            }
        }
    })
    .await;
}

/// Asks for what is out of sight and for what does not exist: to the last byte one answer.
async fn look_alike(world: &World, person: &Credential, route: &RouteEntry, hidden: &Ids, nobodys: &Ids) {
    let of_hidden = ask(world, person, route, hidden).await;
    let of_nobodys = ask(world, person, route, nobodys).await;
    assert!((400..500).contains(&of_hidden.status), "{} {}: {}", route.method.name(), route.path, of_hidden.text());
    assert_eq!(anonymous(of_hidden, hidden), anonymous(of_nobodys, nobodys), "{} {}", route.method.name(), route.path);
}

/// A tenant with one device in sight of who works at `near`, and one that is not.
struct TwoSites {
    first: Furnished,
    far: Ids,
}

async fn two_sites(world: &World) -> TwoSites {
    let first = furnished(world, "First").await;
    let device = world.enrol(&first.tenant, "host-far-away").await;
    world.report(&device, 1, &state("far-away", &[("openssl", "3.0.13-1~deb12u1"), ("only-far-away", "1.0-1")])).await;
    for (device, site) in [(&first.device, "near"), (&device, "far")] {
        let labels = json!({ "labels": { "site": site } });
        world.done(&first.tenant.owner, "PATCH", &format!("/api/v1/devices/{}", device.device), Some(labels)).await;
    }
    // One that has both shows no more of the far one than its name.
    let both = format!("label:site=near or device:{}", device.device);
    world.done(&first.tenant.owner, "POST", "/api/v1/groups", Some(json!({ "name": "Both", "kind": "query", "selector": both }))).await;
    let group = json!({ "name": "Far group", "kind": "manual", "members": [device.device] });
    let group = world.done(&first.tenant.owner, "POST", "/api/v1/groups", Some(group)).await;
    let mut far = first.ids.clone();
    far.insert("device", device.device.to_string());
    far.insert("group", group["group"].as_str().expect("an id").to_owned());
    far.insert("name", "only-far-away".into());
    TwoSites { first, far }
}

/// Everything that a list route answers, page by page.
async fn every_page(world: &World, person: &Credential, path: &str) -> String {
    let (mut all, mut next) = (String::new(), None::<String>);
    loop {
        let joint = if path.contains('?') { '&' } else { '?' };
        let page = next.map_or_else(|| path.to_owned(), |cursor| format!("{path}{joint}cursor={cursor}"));
        let answer = world.send(person, "GET", &page, None).await;
        all.push_str(&answer.text());
        next = (answer.status == 200).then(|| answer.json()["next"].as_str().map(str::to_owned)).flatten();
        if next.is_none() {
            return all;
        }
    }
}

/// Promise OR-13: a role on some devices sees and touches those, in lists, counts, searches and errors alike.
#[tokio::test(flavor = "multi_thread")]
async fn promise_or_13_who_works_on_some_devices_meets_no_other_on_any_route() {
    on_both_engines(async |world| {
        let TwoSites { first, far } = two_sites(&world).await;
        let roles = json!([{ "role": "admin", "devices": "label:site=near" }]);
        let (near, _) = world.person(&first.tenant, "near@first.example", roles).await;
        let traces = [far["device"].as_str(), &far["group"], "far-away", "Far group", "only-far"];
        let in_sight = |text: &str| traces.iter().any(|trace| text.contains(trace));
        let (mut lists, mut named) = (0, 0);
        for route in world.site.route_table.iter().filter(|route| !NOT_ASKED.contains(&route.id)) {
            let Some(permission) = needed(route) else { continue };
            if !permission.is_about_devices() && permission != Permission::SelfManage {
                let answer = ask(&world, &near, route, &first.ids).await;
                assert!(!is_let_in(&answer), "{}: {} is the whole tenant's: {}", route.id, permission.text(), answer.text());
            } else if parameters(&route.path).any(|parameter| matches!(parameter, "device" | "group" | "name")) {
                // What is near must exist in both, so that the far one is all that differs.
                look_alike(&world, &near, route, &far, &random(&far)).await;
                named += 1;
            } else if route.method == Method::Get && parameters(&route.path).all(|parameter| SHARED_PARAMETERS.contains(&parameter)) {
                let path = crate::routes::filled(route, &first.ids);
                let (theirs, owners) = (every_page(&world, &near, &path).await, every_page(&world, &first.tenant.owner, &path).await);
                assert!(!in_sight(&theirs), "{} shows what is far: {theirs}", route.id);
                lists += u32::from(in_sight(&owners));
            }
        }
        assert!(lists >= 4 && named >= 12, "the control: far things are in {lists} lists that all see, and {named} routes name one");
        hidden_things_are_asked_for_like_none(&world, &near, &far).await;
        near_is_whole(&world, &first, &near).await;
    })
    .await;
}

/// Searches, filters, selectors and cursors that name what is far are answered like those that name nothing.
async fn hidden_things_are_asked_for_like_none(world: &World, near: &Credential, far: &Ids) {
    let nobodys = random(far);
    let paths = |ids: &Ids| {
        let (device, group, name) = (&ids["device"], &ids["group"], &ids["name"]);
        [
            format!("/api/v1/devices?group={group}"),
            format!("/api/v1/devices?selector=group:{group}"),
            format!("/api/v1/devices?selector=not+group:{group}"),
            format!("/api/v1/devices/summary?selector=not+group:{group}"),
            format!("/api/v1/devices?cursor={device}"),
            format!("/api/v1/devices?q={device}"),
            format!("/api/v1/devices?selector=device:{device}"),
            format!("/api/v1/packages?q={name}"),
            format!("/api/v1/vulnerabilities?q={name}"),
            format!("/api/v1/packages/dpkg/{name}/devices"),
        ]
    };
    for (hidden, unknown) in paths(far).iter().zip(paths(&nobodys)) {
        let of_hidden = anonymous(world.send(near, "GET", hidden, None).await, far);
        let of_unknown = anonymous(world.send(near, "GET", &unknown, None).await, &nobodys);
        assert_eq!(of_hidden, of_unknown, "{hidden}");
    }
    let own = world.done(near, "GET", "/api/v1/groups", None).await;
    let both = own["items"].as_array().expect("items").iter().find(|group| group["name"] == "Both").expect("in sight");
    assert_eq!((&both["devices"], both.get("selector")), (&json!(1), None));
}

/// What is in sight is there, is counted alone, and can be touched; searches, selectors and groups find nothing else.
async fn near_is_whole(world: &World, first: &Furnished, near: &Credential) {
    let Device { device, .. } = &first.device;
    let summary = world.done(near, "GET", "/api/v1/devices/summary", None).await;
    assert_eq!((&summary["total"], &summary["by_os"][0]["count"]), (&json!(1), &json!(1)));
    let all = world.done(&first.tenant.owner, "GET", "/api/v1/devices/summary", None).await;
    assert_eq!(all["total"], json!(2), "the control");
    let preview = world.done(&first.tenant.owner, "GET", "/api/v1/devices/summary?selector=label:site=far", None).await;
    assert_eq!(preview["total"], json!(1), "what a role on those devices would reach");
    for query in ["q=far", "selector=not+name:nobody", "label=site", "os=debian"] {
        let found = world.done(near, "GET", &format!("/api/v1/devices?{query}"), None).await;
        let devices: Vec<&Value> = found["items"].as_array().expect("items").iter().map(|row| &row["device"]).collect();
        assert!(devices.iter().all(|found| **found == json!(device)), "{query}: {found}");
    }
    let packages = world.done(near, "GET", "/api/v1/packages?q=only", None).await;
    assert_eq!(packages["items"].as_array().map(Vec::len), Some(1), "{packages}");
    let devices = world.done(near, "GET", "/api/v1/packages/dpkg/openssl/devices", None).await;
    assert_eq!(devices["items"].as_array().map(Vec::len), Some(1), "{devices}");
    let history = world.send(near, "GET", "/api/v1/vulnerabilities/exposure/history", None).await;
    assert_eq!(history.status, 403, "the days' counts are of every device: {}", history.text());
    world.done(near, "PATCH", &format!("/api/v1/devices/{device}"), Some(json!({ "labels": { "site": "near", "env": "test" } }))).await;
    // An act that takes the device out of sight is answered as it was done.
    let moved = world.done(near, "PATCH", &format!("/api/v1/devices/{device}"), Some(json!({ "labels": { "site": "south" } }))).await;
    assert_eq!(moved["labels"], json!({ "site": "south" }));
    assert_eq!(world.send(near, "GET", &format!("/api/v1/devices/{device}"), None).await.status, 404);
}

/// An organisation keeps an owner: the last one's account is not erased, at the request and when its time has come.
#[tokio::test(flavor = "multi_thread")]
async fn the_last_owners_account_is_not_erased() {
    on_both_engines(async |world| {
        let tenant = world.tenant("First").await;
        let (number, scope) = (tenant.number.parse().expect("a tenant"), ScopeMint::for_app());
        let scope = scope.system(number, SystemWork::HostAdministration);
        let (_, other) = world.person(&tenant, "other@first.example", json!([{ "role": "owner" }])).await;
        let me = world.done(&tenant.owner, "GET", "/api/v1/session", None).await["user"].as_str().expect("an id").to_owned();
        let (me, other_id) = (me.parse().expect("an id"), other.parse().expect("an id"));
        let erasures = world.opened.erasures();
        let waiting =
            erasures.request(&scope, Subject::User(number, other_id), Duration::from_secs(600)).await.expect("another owner is there");
        // While it waits, the other one steps down.
        let own = world.done(&tenant.owner, "GET", "/api/v1/session", None).await["user"].as_str().expect("an id").to_owned();
        let body = json!({ "roles": [{ "role": "auditor" }], "totp_code": world.next_code(&tenant) });
        world.done(&tenant.owner, "PUT", &format!("/api/v1/people/{own}/roles"), Some(body)).await;
        assert!(matches!(erasures.request(&scope, Subject::User(number, other_id), Duration::ZERO).await, Err(ErasureError::LastOwner)));
        world.hand.advance(Duration::from_secs(600));
        assert!(matches!(erasures.run(waiting.id).await, Err(ErasureError::LastOwner)), "much may have happened since it was asked for");
        assert_eq!(world.opened.identity().owners(number, None).await.expect("owners"), [other_id]);
        erasures.request(&scope, Subject::User(number, me), Duration::ZERO).await.expect("who is no owner may go");
    })
    .await;
}

/// Who may see a device, and why, is told from what bounds the lists.
#[tokio::test(flavor = "multi_thread")]
async fn who_may_see_a_device_is_told_with_the_reason_and_agrees_with_what_they_see() {
    on_both_engines(async |world| {
        let TwoSites { first, far } = two_sites(&world).await;
        let of = |role: &str, devices: &str| json!([{ "role": role, "devices": devices }]);
        let (near, near_id) = world.person(&first.tenant, "near@first.example", of("technician", "label:site=near")).await;
        let (both, both_id) = world.person(&first.tenant, "both@first.example", of("auditor", "label:site")).await;
        let (_, nobody) = world.person(&first.tenant, "nobody@first.example", json!([{ "role": "billing" }])).await;
        let seers = async |device: &str| {
            let path = format!("/api/v1/devices/{device}/people");
            let answer = world.done(&first.tenant.owner, "GET", &path, None).await;
            let rows = answer["items"].as_array().expect("items").iter();
            rows.map(|row| (row["user"].as_str().expect("an id").to_owned(), row.clone())).collect::<BTreeMap<_, _>>()
        };
        let (of_near, of_far) = (seers(&first.ids["device"]).await, seers(&far["device"]).await);
        assert_eq!(of_near[&near_id]["because_of"], of("technician", "label:site=near"));
        assert_eq!(of_near[&near_id]["permissions"], json!(["devices:read", "devices:write", "inventory:read", "vulnerabilities:read"]));
        assert!(!of_far.contains_key(&near_id) && of_far.contains_key(&both_id), "{of_far:?}");
        assert!(!of_near.contains_key(&nobody) && !of_far.contains_key(&nobody));
        for (person, id) in [(&near, &near_id), (&both, &both_id)] {
            for (device, told) in [(&first.ids["device"], &of_near), (&far["device"], &of_far)] {
                let seen = world.send(person, "GET", &format!("/api/v1/devices/{device}"), None).await.status == 200;
                assert_eq!(seen, told.contains_key(id), "{id} and {device}");
            }
        }
    })
    .await;
}
