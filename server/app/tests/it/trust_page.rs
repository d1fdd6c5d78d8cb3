//! The Trust page: generated, versioned, without a number of anybody's on its public part.

use std::time::Duration;

use app::opened::schemas;
use kernel::data_map::Table;
use serde_json::{Value, json};
use trust::promises::{changes, polish_purpose};

use crate::client::Credential;
use crate::world::{World, on_both_engines};

/// Set to write the digest of the newest version, which a person has announced, into `promises/CHANGES.toml`.
const UPDATE_VARIABLE: &str = "UPDATE_POLICY";

fn tables() -> Vec<&'static Table> {
    store::SCHEMAS.iter().copied().chain(schemas()).flat_map(|schema| schema.tables).collect()
}

async fn page(world: &World) -> Value {
    world.done(&Credential::None, "GET", "/api/v1/trust", None).await
}

#[test]
fn every_table_says_in_both_languages_what_it_is_for() {
    for table in tables() {
        let store = trust::page::store_name(table.store);
        let polish = polish_purpose(store, table.name).unwrap_or_else(|| panic!("promises/PURPOSES.toml lacks \"{store}.{}\"", table.name));
        assert!(polish != table.purpose && table.purpose.ends_with('.') && polish.ends_with('.'), "{store}.{}", table.name);
    }
}

/// Whoever changes a promise, a retention, an erasure or a column changes what people were told.
#[tokio::test(flavor = "multi_thread")]
async fn promise_me_20_what_the_page_says_is_the_version_that_was_announced() {
    let folder = tempfile::tempdir().expect("a folder");
    let world = World::new(folder.path().join("data"), None).await;
    let digest: String = world.opened.trust_page().digest().iter().map(|byte| format!("{byte:02x}")).collect();
    let newest = changes().last().expect("the first version is announced");
    if std::env::var_os(UPDATE_VARIABLE).is_some() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../promises/CHANGES.toml");
        let text = std::fs::read_to_string(&path).expect("the list of changes");
        std::fs::write(&path, text.replace(&newest.digest, &digest)).expect("the file is written");
        return world.opened.close().await;
    }
    assert_eq!(
        newest.digest, digest,
        "what is said of privacy has changed: announce a new version in promises/CHANGES.toml; {UPDATE_VARIABLE}=1 writes its digest"
    );
    let version = &page(&world).await["version"];
    assert_eq!((&version["number"], &version["is_announced"]), (&json!(newest.version), &json!(true)));
    assert_eq!(version["digest"], json!(digest));
    world.opened.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_public_page_shows_each_promise_with_its_live_result_and_holds_no_number_of_anybody() {
    on_both_engines(async |world| {
        let before = page(&world).await;
        world.opened.doctor().examine_due().await.expect("kept");
        let tenant = world.tenant("Example").await;
        let page = page(&world).await;
        let standing = |page: &Value, code: &str| {
            let all = page["promises"].as_array().expect("a list").clone();
            all.into_iter().find(|promise| promise["code"] == code).expect("a promise")
        };
        assert_eq!(standing(&before, "OR-4")["standing"], "unknown", "nobody has looked yet");
        let apart = standing(&page, "OR-4");
        assert_eq!((&apart["standing"], &apart["check"], &apart["kind"]), (&json!("ok"), &json!("tenants-apart"), &json!("enforced")));
        assert_eq!(apart["checked_at"], json!(world.clock.now()));
        assert!(apart["sentence"]["pl"].as_str().is_some_and(|text| text.contains("organizacje")), "{apart}");
        assert!(apart["proved_by"].as_array().is_some_and(|tests| tests.len() > 3));
        let tested = standing(&page, "OP-2");
        assert_eq!((&tested["standing"], &tested["checked_at"]), (&json!("proven-by-tests"), &Value::Null), "never ok");
        assert_eq!(page["tables"].as_array().map(Vec::len), Some(tables().len()));
        let all = page.to_string();
        assert!(!all.contains(&tenant.number), "nothing of a tenant");
        assert!(page["promises"].as_array().is_some_and(|all| all.iter().all(|promise| promise["evidence"].is_null())), "and no counts");
        world.hand.advance(trust::doctor::FRESH_TIME + Duration::from_secs(1));
        assert_eq!(standing(&self::page(&world).await, "OR-4")["standing"], "unknown", "nobody knows what is too old");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_sees_how_its_own_data_fare_and_each_read_of_them_from_outside() {
    on_both_engines(async |world| {
        let (first, second) = (world.tenant("First").await, world.tenant("Second").await);
        let own = |tenant: &crate::world::Tenant| {
            let (world, credential) = (&world, tenant.owner.clone());
            async move { world.done(&credential, "GET", "/api/v1/trust/tenant", None).await }
        };
        let before = own(&first).await;
        assert_eq!([&before["apart"], &before["ledger"], &before["keys"]], [&json!("ok"), &json!("ok"), &json!("ok")], "{before}");
        assert_eq!((&before["host_reads"], &before["keyring"]["epoch"]), (&json!([]), &json!(1)));
        assert!(before["checkpoint"]["size"].as_u64() > Some(3));
        // The auditor's walk: a promise, its evidence, the proof of that.
        let evidence = before["evidence"].as_array().expect("a list").iter().find(|one| one["code"] == "OP-7").expect("tokens were made");
        let leaf = evidence["entry"]["leaf"].as_str().expect("an id");
        let proof = world.done(&first.owner, "GET", &format!("/api/v1/ledger/leaves/{leaf}/proof"), None).await;
        assert!(proof["proof"].as_str().is_some_and(|text| text.starts_with("c2sp.org/tlog-proof@v1")), "{proof}");
        let tenant = first.number.clone();
        let reading = app::host::Request::LedgerFile { tenant, from: 0 };
        world.as_host(reading).await;
        let after = own(&first).await;
        assert_eq!(after["host_reads"].as_array().map(Vec::len), Some(1));
        assert_eq!((&after["host_reads"][0]["kind"], &after["host_reads"][0]["what"]), (&json!("read-on-host"), &json!("ledger")));
        assert_eq!(own(&second).await["host_reads"], json!([]), "it is the first one's alone");
        let refused = world.send(&first.telemetry, "GET", "/api/v1/trust/tenant", None).await;
        assert_eq!(refused.status, 403);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn promise_gl_4_the_contact_is_on_the_page_and_in_security_txt_and_without_one_there_is_no_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let world = World::new(folder.path().join("data"), None).await;
    assert_eq!(page(&world).await["privacy_contact"], Value::Null);
    assert_eq!(world.send(&Credential::None, "GET", "/.well-known/security.txt", None).await.status, 404);
    world.opened.close().await;

    let folder = tempfile::tempdir().expect("a folder");
    let world = World::with_contacts(folder.path().join("data"), "privacy@example.org", "https://example.org/security").await;
    let shown = page(&world).await;
    assert_eq!(shown["privacy_contact"], "mailto:privacy@example.org");
    assert_eq!(shown["security_contact"], "https://example.org/security");
    let answer = world.send(&Credential::None, "GET", "/.well-known/security.txt", None).await;
    assert_eq!(answer.headers["content-type"], "text/plain; charset=utf-8");
    assert_eq!(
        answer.text(),
        "Contact: https://example.org/security\nContact: mailto:privacy@example.org\nExpires: 2026-01-31T00:00:00Z\n\
         Preferred-Languages: en, pl\nCanonical: https://localhost:8443/.well-known/security.txt\nPolicy: https://localhost:8443/trust\n"
    );
    world.opened.close().await;
}
