//! A tenant's settings.

use axum::http::{Method, StatusCode};
use serde_json::json;

use crate::world::on_both_engines;

#[test]
fn settings_are_changed_one_by_one_and_keep_their_limits() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        let before = world.get("/settings", owner.session()).await.body;
        assert_eq!(
            before,
            json!({ "tenant_name": "Ada's fleet", "stale_after_seconds": 10_800, "lost_after_seconds": 604_800, "preset": "nist" })
        );
        let changed = world.call(Method::PATCH, "/settings", owner.session(), Some(json!({ "stale_after_seconds": 600 }))).await;
        assert_eq!(
            changed.body,
            json!({ "tenant_name": "Ada's fleet", "stale_after_seconds": 600, "lost_after_seconds": 604_800, "preset": "nist" })
        );
        for (field, change) in [
            ("stale_after_seconds", json!({ "stale_after_seconds": 599 })),
            ("lost_after_seconds", json!({ "lost_after_seconds": 600 })),
            ("lost_after_seconds", json!({ "lost_after_seconds": 31_622_401 })),
            ("tenant_name", json!({ "tenant_name": "" })),
        ] {
            let refused = world.call(Method::PATCH, "/settings", owner.session(), Some(change)).await;
            assert_eq!((refused.status, &refused.body["field"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!(field)));
        }
        let renamed = world.call(Method::PATCH, "/settings", owner.session(), Some(json!({ "tenant_name": "Ada & Co" }))).await;
        assert_eq!(renamed.body["tenant_name"], "Ada & Co");
        assert_eq!(world.get("/settings", owner.session()).await.body, renamed.body);
    });
}
