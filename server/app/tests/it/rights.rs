//! Requests of people about their data, through the host's door: closed by what really was done, and by nothing else.

use app::host::{Request, RightsAsked};
use kernel::{ScopeMint, SystemWork, TenantId};
use serde_json::Value;
use trust::rights::{About, Kind, NewRequest};

use crate::world::{Tenant, World, on_both_engines};

fn ask(tenant: &Tenant, asked: RightsAsked) -> Request {
    Request::Rights { tenant: tenant.number.clone(), asked }
}

async fn open(world: &World, tenant: &Tenant, kind: &str, about: &str) -> String {
    let (kind, about, text) = (kind.to_owned(), about.to_owned(), "Please".to_owned());
    let made = world.as_host(ask(tenant, RightsAsked::Open { kind, about, text, received_at: None })).await;
    made["request"].as_str().expect("an id").to_owned()
}

/// Two requests of a tenant of which something was noted.
pub(crate) async fn lived_with(world: &World, tenant: TenantId, mark: &str) {
    let (rights, scope) = (world.opened.rights(), ScopeMint::for_app().system(tenant, SystemWork::HostAdministration));
    for kind in [Kind::Access, Kind::Objection] {
        let about = About::Named(format!("Anna {mark}"));
        let new = NewRequest { kind, about, text: format!("What of {mark}?"), received_at: None };
        let request = rights.open(&scope, new).await.expect("taken in");
        rights.note(&scope, request.id, &format!("Looked for {mark}")).await.expect("noted");
    }
}

fn by_erasure(request: &str, erasure: &str) -> RightsAsked {
    RightsAsked::Fulfil { request: request.to_owned(), export: None, erasure: Some(erasure.to_owned()), text: None }
}

fn by_export(request: &str, digest: &str) -> RightsAsked {
    RightsAsked::Fulfil { request: request.to_owned(), export: Some(digest.to_owned()), erasure: None, text: None }
}

async fn erase(world: &World, tenant: &Tenant, device: &str, now: bool) -> Value {
    let (tenant, subject, id) = (tenant.number.clone(), "device".to_owned(), device.to_owned());
    world.as_host(Request::ErasureRequest { tenant, subject, id, delay_seconds: None, now }).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_that_was_mistyped_is_not_taken_for_a_name() {
    on_both_engines(async |world| {
        let tenant = world.tenant("Asked").await;
        for about in ["usr_1", "dev_01czkrrkr70f"] {
            let (kind, about, text) = ("erasure".to_owned(), about.to_owned(), "Please".to_owned());
            let refused = world.refused_as_host(ask(&tenant, RightsAsked::Open { kind, about, text, received_at: None })).await;
            assert!(refused.contains("is no id"), "{refused}");
        }
        open(&world, &tenant, "erasure", "Anna Kowalska").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_for_erasure_is_closed_by_the_erasure_that_is_done_of_that_device() {
    on_both_engines(async |world| {
        let tenant = world.tenant("Asked").await;
        let (device, other) = (world.enrol(&tenant, "hers").await.device.to_string(), world.enrol(&tenant, "his").await.device.to_string());
        let request = open(&world, &tenant, "erasure", &device).await;
        let of_other = erase(&world, &tenant, &other, true).await["erasure"].as_str().expect("an id").to_owned();
        let refused = world.refused_as_host(ask(&tenant, by_erasure(&request, &of_other))).await;
        assert!(refused.contains("there is no erasure"), "of another device: {refused}");
        let waiting = erase(&world, &tenant, &device, false).await["erasure"].as_str().expect("an id").to_owned();
        let refused = world.refused_as_host(ask(&tenant, by_erasure(&request, &waiting))).await;
        assert!(refused.contains("there is no erasure"), "it waits: {refused}");
        let done = world.opened.erasures().run(waiting.parse().expect("an id")).await.expect("erased");
        let closed = world.as_host(ask(&tenant, by_erasure(&request, &done.id.to_string()))).await;
        assert_eq!((closed["state"].as_str(), closed["evidence_id"].as_str()), (Some("fulfilled"), Some(waiting.as_str())));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_for_access_is_closed_by_the_digest_of_the_export_that_was_written() {
    on_both_engines(async |world| {
        let (tenant, foreign) = (world.tenant("Asked").await, world.tenant("Foreign").await);
        let device = world.enrol(&tenant, "hers").await.device.to_string();
        let request = open(&world, &tenant, "access", &device).await;
        let folder = tempfile::tempdir().expect("a folder");
        let (number, device) = (tenant.number.clone(), Some(device));
        let export = Request::Export { tenant: number, device, user: None, folder: folder.path().join("export"), ticket: 1 };
        let digest = world.as_host(export).await["digest"].as_str().expect("a digest").to_owned();
        let none = world.refused_as_host(ask(&tenant, by_export(&request, &"0".repeat(64)))).await;
        assert!(none.contains("the ledger has no export with this digest"), "{none}");
        let unknown = world.refused_as_host(ask(&foreign, by_export(&request, &digest))).await;
        assert!(unknown.contains("has no such request"), "{unknown}");
        let closed = world.as_host(ask(&tenant, by_export(&request, &digest))).await;
        assert_eq!((closed["state"].as_str(), closed["evidence"].as_str()), (Some("fulfilled"), Some("export")));
        let none = world.as_host(ask(&foreign, RightsAsked::List {})).await;
        assert_eq!(none.as_array().map(Vec::len), Some(0));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_processing_record_has_every_table_that_holds_something_of_people_and_every_promise() {
    on_both_engines(async |world| {
        let facts = world.as_host(Request::ProcessingRecord {}).await;
        let page = world.done(&crate::client::Credential::None, "GET", "/api/v1/trust", None).await;
        let is_of_people = |table: &&Value| {
            let mut columns = table["columns"].as_array().expect("columns").iter();
            columns.any(|column| matches!(column["class"].as_str(), Some("identifying" | "personal" | "secret")))
        };
        let named = |line: &Value| format!("{}.{}", line["store"], line["table"]);
        let mut expected: Vec<String> = page["tables"].as_array().expect("tables").iter().filter(is_of_people).map(named).collect();
        let mut listed: Vec<String> = facts["record"]["activities"].as_array().expect("activities").iter().map(named).collect();
        expected.sort_unstable();
        listed.sort_unstable();
        assert_eq!(listed, expected);
        assert!(listed.len() > 10, "{listed:?}");
        assert_eq!(facts["record"]["policy_digest"], page["version"]["digest"]);
        assert_eq!(facts["record"]["measures"].as_array().map(Vec::len), page["promises"].as_array().map(Vec::len));
        let (english, polish) = (facts["english"].as_str().expect("text"), facts["polish"].as_str().expect("text"));
        assert!(english.contains("GDPR, Art. 30") && polish.contains("RODO, art. 30"));
    })
    .await;
}
