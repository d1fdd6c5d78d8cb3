//! What holds for every route, taken from the route table so that none can be forgotten.
//!
//! Each route is asked with ids of the first tenant by the second tenant's credentials, and again with random ids: both
//! answers must be the same to the last byte, but for the request's own id. "Not yours" and "does not exist" look alike.

use std::collections::BTreeMap;
use std::time::Duration;

use kernel::{Access, Rng, ScopeMint, Subject, SystemWork};
use serde_json::{Value, json};
use web::{Method, RouteEntry, WebApp};

use crate::client::{Answer, Credential, send, send_bytes};
use crate::device::{Device, state};
use crate::world::{Tenant, World, on_both_engines};

/// Ids of one tenant's things, by the name of their path parameter.
pub(crate) type Ids = BTreeMap<&'static str, String>;

/// Path parameters that name nothing of a tenant: they mean the same to everybody.
pub(crate) const SHARED_PARAMETERS: &[&str] = &["cve", "feed", "manager", "resource_type", "schema"];

pub(crate) struct Furnished {
    pub(crate) tenant: Tenant,
    pub(crate) device: Device,
    /// The credential of its directory.
    pub(crate) directory: Credential,
    pub(crate) ids: Ids,
}

/// A request for a client certificate, of a key that nobody has any more.
pub(crate) const CERTIFICATE_REQUEST: &str = "\
-----BEGIN CERTIFICATE REQUEST-----\n\
MIG7MGICAQAwADBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABCWiFDECdVEpFlm+\n\
lixebej/A96yjHJ3+q1uKWwHSK6nxxVB4LJMuad5e63M053r0hCtlMWJy1o/0qJP\n\
+GfyZJygADAKBggqhkjOPQQDAgNJADBGAiEAxvgh55kCXr0nC21PgG5JH+Y9DP0O\n\
OzfzyRxXc7QeKRACIQDmkA688kl5qZ7WTU2rQCrAouM0sacwu273zrWHSZzpPg==\n\
-----END CERTIFICATE REQUEST-----\n";

/// A tenant with one of everything that has an id.
pub(crate) async fn furnished(world: &World, name: &str) -> Furnished {
    let tenant = world.tenant(name).await;
    import_advisory(world, &tenant).await;
    let device = world.enrol(&tenant, &format!("host-of-{}", name.to_lowercase())).await;
    let package = format!("only-at-{}", name.to_lowercase());
    world.report(&device, 1, &state("planted", &[("openssl", "3.0.14-1~deb12u2"), (&package, "1.0-1")])).await;
    let group = json!({ "name": "Web servers", "kind": "manual", "members": [device.device] });
    let group = world.done(&tenant.owner, "POST", "/api/v1/groups", Some(group)).await;
    let spare = world.enrol(&tenant, "spare").await;
    let scope = ScopeMint::for_app().system(spare.tenant, SystemWork::HostAdministration);
    let subject = Subject::Device(spare.tenant, spare.device);
    let erasure = world.opened.erasures().request(&scope, subject, Duration::ZERO).await.expect("taken on");
    world.opened.erasures().run(erasure.id).await.expect("erased");
    let export = exported(world, &tenant).await;
    let (_, user) = world.person(&tenant, &format!("bob@{}.example", name.to_lowercase()), json!([{ "role": "technician" }])).await;
    let (_, passkey) = world.add_passkey(&tenant.owner, &world.next_code(&tenant), "Key on a ring").await;
    let invitation = text(&world.invite(&tenant, json!([])).await["user"]);
    let code = world.next_code(&tenant);
    let provider = json!({ "issuer": "https://localhost:1", "client_id": "purser", "rules": { "name": "Directory" }, "totp_code": code });
    let provider = text(&world.done(&tenant.owner, "POST", "/api/v1/sign-on/providers", Some(provider)).await["provider"]);
    let first = async |path: &str, id: &str| world.done(&tenant.owner, "GET", path, None).await["items"][0][id].clone();
    let token = text(&first("/api/v1/tokens", "token").await);
    let (directory, kept, people_group) = directory(world, &tenant).await;
    let request = json!({ "certificate_request": CERTIFICATE_REQUEST });
    let certificate = world.done(&tenant.owner, "POST", &format!("/api/v1/tokens/{token}/certificates"), Some(request)).await;
    let ids = Ids::from([
        ("certificate", text(&certificate["certificate"])),
        ("device", device.device.to_string()),
        ("group", text(&group["group"])),
        ("token", token),
        ("enrolment_token", text(&first("/api/v1/enrolment-tokens", "enrolment_token").await)),
        ("erasure", erasure.id.to_string()),
        ("export", export),
        ("user", user),
        ("provider", provider),
        ("invitation", invitation),
        ("directory_user", kept),
        ("people_group", people_group),
        ("resource_type", "User".into()),
        ("schema", "urn:ietf:params:scim:schemas:core:2.0:User".into()),
        ("passkey", passkey),
        ("session", text(&first("/api/v1/account/sessions", "session").await)),
        ("leaf", text(&first("/api/v1/ledger/leaves", "leaf").await)),
        ("cve", "CVE-2024-0001".into()),
        ("feed", "cisa-kev".into()),
        ("manager", "dpkg".into()),
        ("name", package),
    ]);
    Furnished { tenant, device, directory, ids }
}

/// A directory's credential, somebody whom it keeps, and a group with them in it.
async fn directory(world: &World, tenant: &Tenant) -> (Credential, String, String) {
    let expires_at = world.clock.now().plus(Duration::from_secs(30 * 86_400));
    let token = json!({ "name": "Directory", "kind": "api", "permissions": ["directory:write"], "expires_at": expires_at });
    let token = world.done(&tenant.owner, "POST", "/api/v1/tokens", Some(token)).await;
    let directory = Credential::Bearer(text(&token["secret"]));
    let kept = world.done(&directory, "POST", "/scim/v2/Users", Some(json!({ "userName": "kept@example.org" }))).await;
    let group = json!({ "displayName": "Crew", "members": [{ "value": kept["id"] }] });
    let group = world.done(&directory, "POST", "/scim/v2/Groups", Some(group)).await;
    (directory, text(&kept["id"]), text(&group["id"]))
}

/// An advisory about what both tenants' devices run, so that the flaw has an address of its own.
async fn import_advisory(world: &World, tenant: &Tenant) {
    let events = json!([{ "introduced": "0" }, { "fixed": "3.0.15-1~deb12u1" }]);
    let affected =
        json!({ "package": { "ecosystem": "Debian:12", "name": "openssl" }, "ranges": [{ "type": "ECOSYSTEM", "events": events }] });
    let advisory = json!({ "id": "CVE-2024-0001", "modified": "2025-01-01T00:00:00Z", "affected": [affected] }).to_string().into_bytes();
    let path = "/api/v1/feeds/import?name=advisory.json";
    let imported = send_bytes(&world.site, &tenant.owner, "POST", path, Some("application/octet-stream"), advisory).await;
    assert_eq!(imported.status, 200, "{}", imported.text());
}

fn text(value: &Value) -> String {
    value.as_str().expect("an id").to_owned()
}

/// An export of the tenant that its owner can fetch.
pub(crate) async fn exported(world: &World, tenant: &Tenant) -> String {
    let me = world.done(&tenant.owner, "GET", "/api/v1/session", None).await["user"].as_str().expect("a user").parse().expect("an id");
    let number = tenant.number.parse().expect("a tenant");
    let owner = ScopeMint::for_app().mint(number, kernel::Actor::User(me), kernel::Permission::ALL, kernel::DeviceScope::All);
    let export = world.opened.archives().request(&owner, Subject::Tenant(number)).await.expect("taken on");
    world.opened.make_next_export().await.expect("made");
    export.id.to_string()
}

/// Ids of the same kinds that nobody has.
pub(crate) fn random(ids: &Ids) -> Ids {
    let rng = Rng::system();
    let mut random = ids.clone();
    random.insert("certificate", kernel::CertificateId::from_random(rng.bits()).to_string());
    random.insert("device", kernel::DeviceId::from_random(rng.bits()).to_string());
    random.insert("erasure", kernel::ErasureId::from_random(rng.bits()).to_string());
    random.insert("export", kernel::ExportId::from_random(rng.bits()).to_string());
    random.insert("group", kernel::GroupId::from_random(rng.bits()).to_string());
    random.insert("leaf", kernel::LeafId::from_random(rng.bits()).to_string());
    random.insert("provider", kernel::ProviderId::from_random(rng.bits()).to_string());
    random.insert("name", "at-nobody".into());
    random.insert("directory_user", kernel::UserId::from_random(rng.bits()).to_string());
    random.insert("people_group", kernel::PeopleGroupId::from_random(rng.bits()).to_string());
    random.insert("user", kernel::UserId::from_random(rng.bits()).to_string());
    random.insert("invitation", kernel::UserId::from_random(rng.bits()).to_string());
    random.insert("passkey", kernel::PasskeyId::from_random(rng.bits()).to_string());
    random.insert("session", kernel::SessionId::from_random(rng.bits()).to_string());
    random.insert("token", kernel::TokenId::from_random(rng.bits()).to_string());
    random.insert("enrolment_token", kernel::EnrolmentTokenId::from_random(rng.bits()).to_string());
    random
}

/// An answer without the request's own id, and without the ids that were asked for: an answer may repeat a question.
pub(crate) fn anonymous(answer: Answer, ids: &Ids) -> (u16, Vec<(String, Vec<u8>)>, String) {
    let (status, headers, mut text) = answer.without_request_id();
    for (name, id) in ids.iter().filter(|(name, _)| !SHARED_PARAMETERS.contains(name)) {
        text = text.replace(id, name);
    }
    (status, headers, text)
}

pub(crate) fn filled(route: &RouteEntry, ids: &Ids) -> String {
    let mut path = route.path.clone();
    for parameter in parameters(&route.path) {
        let id = ids.get(parameter).unwrap_or_else(|| panic!("{} has a parameter {parameter}: say in this test what it names", route.path));
        path = path.replace(&format!("{{{parameter}}}"), id);
    }
    path
}

pub(crate) fn parameters(path: &str) -> impl Iterator<Item = &str> {
    path.split('{').skip(1).filter_map(|rest| rest.split('}').next())
}

/// Bodies that carry ids, and bodies that are well-formed, so that a request gets as far as its rights let it.
fn body(route: &RouteEntry, ids: &Ids) -> Option<Value> {
    let has_body = matches!(route.method, Method::Post | Method::Put | Method::Patch);
    has_body.then(|| match route.id {
        "createGroup" => json!({ "name": "Taken", "kind": "manual", "members": [ids["device"]] }),
        "changeGroup" => json!({ "members": [ids["device"]] }),
        "changeDevice" => json!({ "labels": { "env": "stolen" } }),
        "createToken" => json!({ "name": "Another", "kind": "telemetry" }),
        "createEnrolmentToken" => json!({ "name": "Another", "expires_at": "2026-01-02T00:00:00Z" }),
        "requestErasure" => json!({ "subject": "device", "id": ids["device"], "totp_code": "000000" }),
        "requestExport" => json!({ "subject": "device", "id": ids["device"], "totp_code": "000000" }),
        "invite" => json!({ "note": "Another", "roles": [], "totp_code": "000000" }),
        "addDirectoryUser" | "replaceDirectoryUser" => json!({ "userName": "taken@example.org" }),
        "addPeopleGroup" | "replacePeopleGroup" => json!({ "displayName": "Taken", "members": [{ "value": ids["directory_user"] }] }),
        "changeDirectoryUser" | "changePeopleGroup" => {
            json!({ "Operations": [{ "op": "replace", "path": "displayName", "value": "Stolen" }] })
        }
        "changeDirectory" => json!({ "provider": ids["provider"], "totp_code": "000000" }),
        "changeRoles" | "changeGroupRoles" => json!({ "roles": [], "totp_code": "000000" }),
        "renamePasskey" => json!({ "name": "Stolen" }),
        "changeSignOnProvider" => json!({ "rules": { "name": "Taken" }, "totp_code": "000000" }),
        "removeSignOnProvider" => json!({ "totp_code": "000000" }),
        "switchFeed" => json!({ "enabled": true }),
        _ => json!({}),
    })
}

pub(crate) async fn ask(world: &World, credential: &Credential, route: &RouteEntry, ids: &Ids) -> Answer {
    ask_at(&world.site, credential, route, ids).await
}

/// As [`ask`], at another door.
pub(crate) async fn ask_at(site: &WebApp, credential: &Credential, route: &RouteEntry, ids: &Ids) -> Answer {
    send(site, credential, route.method.name(), &filled(route, ids), body(route, ids)).await
}

/// Routes that act on something outside of the tenant, or end the session that asks; none takes an id of a tenant's thing.
pub(crate) const NOT_ASKED: &[&str] = &["fetchFeed", "signOut"];

pub(crate) fn named_by_id(route: &RouteEntry) -> bool {
    let has_id = parameters(&route.path).any(|parameter| !SHARED_PARAMETERS.contains(&parameter));
    has_id || matches!(route.id, "createGroup" | "requestErasure" | "requestExport")
}

#[tokio::test(flavor = "multi_thread")]
async fn another_tenants_ids_are_answered_like_ids_that_do_not_exist_on_every_route() {
    on_both_engines(async |world| {
        let (first, second) = (furnished(&world, "First").await, furnished(&world, "Second").await);
        let mut asked = 0;
        for route in world.site.route_table.iter().filter(|route| named_by_id(route)) {
            for credential in
                [&second.tenant.owner, &second.tenant.api, &second.tenant.telemetry, &second.device.credential, &second.directory]
            {
                let theirs = ask(&world, credential, route, &first.ids).await;
                let nobody = random(&first.ids);
                let nobodys = ask(&world, credential, route, &nobody).await;
                assert!((400..500).contains(&theirs.status), "{} {}: {}", route.method.name(), route.path, theirs.text());
                assert_eq!(anonymous(theirs, &first.ids), anonymous(nobodys, &nobody), "{} {}", route.method.name(), route.path);
                asked += 1;
            }
        }
        assert!(asked >= 5 * 18, "the routes with ids are found: {asked}");
        // The control: the same routes answer their own tenant, and nothing of the first tenant has changed.
        for route in world.site.route_table.iter().filter(|route| named_by_id(route) && route.method == Method::Get) {
            let who = if matches!(route.access, Access::Program(_)) { &first.directory } else { &first.tenant.owner };
            let own = ask(&world, who, route, &first.ids).await;
            assert_eq!(own.status, 200, "{} {}: {}", route.method.name(), route.path, own.text());
        }
        let device = world.done(&first.tenant.owner, "GET", &format!("/api/v1/devices/{}", first.ids["device"]), None).await;
        assert_eq!((&device["labels"], &device["name"]), (&json!({ "env": "prod" }), &json!("planted")));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_hold_nothing_of_another_tenant() {
    on_both_engines(async |world| {
        let (first, second) = (furnished(&world, "First").await, furnished(&world, "Second").await);
        let ids: Vec<&String> =
            ["device", "group", "token", "enrolment_token", "user", "invitation", "passkey", "directory_user", "people_group"]
                .iter()
                .map(|name| &first.ids[name])
                .collect();
        let is_list = |route: &&RouteEntry| {
            route.method == Method::Get && !named_by_id(route) && matches!(route.access, Access::Person(_) | Access::Program(_))
        };
        for route in world.site.route_table.iter().filter(is_list) {
            let who = if matches!(route.access, Access::Program(_)) { &second.directory } else { &second.tenant.owner };
            let answer = ask(&world, who, route, &second.ids).await;
            let found: Vec<_> = ids.iter().filter(|id| answer.text().contains(id.as_str())).collect();
            assert!(found.is_empty(), "{} shows {found:?}", route.path);
            assert!(!answer.text().contains(&first.tenant.email), "{}", route.path);
        }
    })
    .await;
}

/// Promise OP-8: what a report script holds opens the report routes and nothing else.
#[tokio::test(flavor = "multi_thread")]
async fn a_telemetry_token_opens_report_routes_and_no_other() {
    on_both_engines(async |world| {
        let first = furnished(&world, "First").await;
        let mut opened = Vec::new();
        for route in world.site.route_table.iter().filter(|route| route.access != Access::Public) {
            let answer = ask(&world, &first.tenant.telemetry, route, &first.ids).await;
            if route.access == Access::Report {
                assert!(!matches!(answer.status, 401 | 403), "{}: {}", route.path, answer.text());
                opened.push(route.id);
            } else {
                assert_eq!(answer.status, 403, "{} {}: {}", route.method.name(), route.path, answer.text());
            }
        }
        assert_eq!(opened, ["sendReport"]);
    })
    .await;
}

/// Each kind of credential opens the routes of its kind only, and no credential opens only the public ones.
#[tokio::test(flavor = "multi_thread")]
async fn every_route_refuses_credentials_of_another_kind() {
    on_both_engines(async |world| {
        let first = furnished(&world, "First").await;
        for route in world.site.route_table.iter().filter(|route| !NOT_ASKED.contains(&route.id)) {
            let nobody = ask(&world, &Credential::None, route, &first.ids).await;
            let made_up =
                ask(&world, &Credential::Bearer("prs_api_0123456789abcdefghijklmnopqrstuvwxyzABC".into()), route, &first.ids).await;
            let device = ask(&world, &first.device.credential, route, &first.ids).await;
            match route.access {
                Access::Public => {}
                Access::Person(_) => assert_eq!([nobody.status, made_up.status, device.status], [401, 401, 403], "{}", route.path),
                Access::Program(_) => {
                    // A browser's session is not looked at here, so it is as good as nothing.
                    let owner = ask(&world, &first.tenant.owner, route, &first.ids).await;
                    let others = ask(&world, &first.tenant.api, route, &first.ids).await;
                    let statuses = [nobody.status, made_up.status, device.status, owner.status, others.status];
                    assert_eq!(statuses, [401, 401, 403, 401, 403], "{}", route.path);
                }
                Access::Device | Access::Report => {
                    assert_eq!([nobody.status, made_up.status], [401, 401], "{}", route.path);
                    assert!(!matches!(device.status, 401 | 403), "{}: {}", route.path, device.text());
                    // A browser's session is not looked at here, so it is as good as nothing.
                    let people = [
                        ask(&world, &first.tenant.owner, route, &first.ids).await,
                        ask(&world, &first.tenant.api, route, &first.ids).await,
                    ];
                    assert_eq!(people.map(|answer| answer.status), [401, 403], "{}", route.path);
                }
            }
        }
    })
    .await;
}
