//! The doors, by HTTP.

use std::sync::Arc;

use kernel::{Authenticator, Denied, Presented, Scope};
use serde_json::{Value, json};
use tower::ServiceExt;
use web::WebApp;

use crate::house::{House, deb, debian, on_both_engines};
use crate::support::osv;

/// Everybody with a bearer token is the owner: rights are the router's business, and tested there.
struct Owner(Scope);

impl Authenticator for Owner {
    fn authenticate<'a>(
        &'a self,
        presented: &'a Presented,
        _access: kernel::Access,
        _origin: kernel::Origin,
    ) -> kernel::authenticator::Authenticated<'a> {
        let answer = if matches!(presented, Presented::Bearer(_)) { Ok(self.0.clone()) } else { Err(Denied::Unauthenticated) };
        Box::pin(async move { answer })
    }
}

fn app(house: &House) -> WebApp {
    let owner = Arc::new(Owner(house.owner()));
    web::Web::builder(house.env.clock.clone(), house.env.rng.clone(), owner).mount(house.vulnerabilities.routes()).build()
}

async fn call(app: &WebApp, method: &str, path: &str, body: impl Into<axum::body::Body>) -> (u16, Value) {
    let request = axum::http::Request::builder()
        .method(method)
        .uri(format!("/api/v1{path}"))
        .header("authorization", "Bearer x")
        .header("content-type", if method == "POST" { "application/octet-stream" } else { "application/json" })
        .body(body.into())
        .expect("a request");
    let response = app.router.clone().oneshot(request).await.expect("answered");
    let status = response.status().as_u16();
    let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.expect("a body");
    (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
}

#[test]
fn a_document_is_imported_and_the_fleets_exposure_shown() {
    on_both_engines(async |house| {
        let app = app(&house);
        let device = house.device(debian(vec![deb("zlib", "1")])).await;

        let record = osv("CVE-2024-1111", "Debian:12", "zlib", "2");
        let (status, report) = call(&app, "POST", "/feeds/import?name=a.json", record.clone()).await;
        assert_eq!((status, &report["feed"], &report["added"]), (200, &json!("osv-debian"), &json!(1)), "{report}");
        let (status, problem) = call(&app, "POST", "/feeds/import?name=a.json", "{\"id\":").await;
        assert_eq!((status, &problem["detail"]), (422, &json!("record 1 is not well-formed JSON: it is cut short")));

        let (status, list) = call(&app, "GET", "/vulnerabilities?sort=devices&q=zlib&limit=10", "").await;
        assert_eq!(status, 200, "{list}");
        assert_eq!(
            list["items"][0],
            json!({
                "cve": "CVE-2024-1111", "advisories": ["CVE-2024-1111"], "summary": null, "severity": "unknown", "kev": false,
                "epss": null, "epss_percentile": null, "devices_exposed": 1, "packages": ["zlib"], "fixed_versions": ["2"],
                "fix_available_devices": 0, "waits_for_reboot_devices": 0, "class": "software",
            })
        );
        assert_eq!(
            list["coverage"],
            json!({
                "covered_devices": 1,
                "not_covered": [],
                "partly": [{
                    "reason": "kernel-not-collected", "detail": "the booted kernel is not collected", "devices": 1, "packages": 0,
                }],
                "basis": [{
                    "ecosystem": "Debian:12", "feed": "osv-debian", "advisories": 1, "newest_at": "2024-01-02T03:04:05Z", "devices": 1,
                }],
            })
        );

        let (_, detail) = call(&app, "GET", "/vulnerabilities/CVE-2024-1111", "").await;
        assert_eq!(
            detail["affected"][0]["versions"][0],
            json!({ "source_version": "1", "fixed_version": "2", "devices": 1, "fix_available": 0 })
        );
        assert_eq!(detail["provenance"][0]["document_sha256"], report["document_sha256"]);
        let (_, devices) = call(&app, "GET", "/vulnerabilities/CVE-2024-1111/devices", "").await;
        assert_eq!(devices["items"][0]["device"], json!(device.to_string()), "{devices}");
        let (_, own) = call(&app, "GET", &format!("/devices/{device}/vulnerabilities"), "").await;
        assert_eq!((&own["answer"], &own["items"][0]["package"]), (&json!("affected"), &json!("zlib")));
        assert_eq!(own["detail"], json!("the booted kernel is not collected"), "{own}");
        assert_eq!((&own["partly"][0]["reason"], &own["basis"][0]["advisories"]), (&json!("kernel-not-collected"), &json!(1)));
        let (_, packages) = call(&app, "GET", "/vulnerabilities/packages", "").await;
        assert_eq!(packages["items"][0]["source"], json!("zlib"));
        assert_eq!(call(&app, "GET", "/vulnerabilities/CVE-1999-9999", "").await.0, 404);

        let (_, feeds) = call(&app, "GET", "/feeds", "").await;
        let debian =
            feeds["items"].as_array().and_then(|feeds| feeds.iter().find(|feed| feed["feed"] == "osv-debian")).expect("in the catalogue");
        assert_eq!((&debian["state"], &debian["records"]), (&json!("imported"), &json!(1)));
        assert_eq!(call(&app, "PUT", "/feeds/osv-debian", r#"{"enabled":false}"#).await.0, 204);
        assert_eq!(call(&app, "PUT", "/feeds/unknown", r#"{"enabled":false}"#).await.0, 404);
        assert_eq!(call(&app, "POST", "/feeds/unknown/fetch", "").await.0, 404);

        house.vulnerabilities.reconcile_step().await.expect("stepped");
        let (_, history) = call(&app, "GET", "/vulnerabilities/exposure/history?days=7", "").await;
        assert_eq!(history, json!([{ "day": "2026-01-01", "cves": 1, "devices_exposed": 1, "kev": 0 }]));
        assert_eq!(call(&app, "GET", "/vulnerabilities/exposure/history?days=0", "").await.0, 422);
        assert_eq!(call(&app, "GET", "/vulnerabilities?cursor=x", "").await.0, 422);
    });
}
