//! Texts that would be SQL, markup or commands, in every part of an address that carries a text.

use std::collections::BTreeMap;

use serde_json::Value;
use web::Method;

use crate::client::Answer;
use crate::routes::{Furnished, furnished, parameters};
use crate::world::{World, on_both_engines};

const PAYLOADS: [&str; 24] = [
    "'",
    "\"",
    "' OR '1'='1",
    "' OR 1=1 --",
    "1; DROP TABLE device; --",
    "'; DELETE FROM device_state; --",
    "' UNION SELECT user_id, email, password_hash FROM user_account --",
    "$1",
    "?1",
    "\\'; SELECT pg_sleep(30); --",
    "'||(SELECT sqlite_version())||'",
    "1) OR (SELECT count(*) FROM sqlite_schema) > 0 --",
    "%' OR name LIKE '%",
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "javascript:alert(1)",
    "{{7*7}}",
    "${jndi:ldap://localhost/a}",
    "../../../../etc/passwd",
    "..%2f..%2fetc%2fpasswd",
    "$(touch /tmp/purser)",
    "\u{0}",
    "\u{202e}\u{feff}\u{1f4a3}",
    "\r\nset-cookie: a=b",
];

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// The names of each route's query parameters, from the document that the server itself serves.
async fn queries(world: &World, furnished: &Furnished) -> BTreeMap<String, Vec<String>> {
    let document = world.done(&furnished.tenant.owner, "GET", "/api/openapi.json", None).await;
    let operations = document["paths"].as_object().expect("paths").values().flat_map(|path| path.as_object().expect("methods").values());
    let of = |operation: &Value| {
        let all = operation["parameters"].as_array().into_iter().flatten();
        let names =
            all.filter(|parameter| parameter["in"] == "query").map(|parameter| parameter["name"].as_str().expect("a name").to_owned());
        Some((operation["operationId"].as_str()?.to_owned(), names.collect()))
    };
    operations.filter_map(of).collect()
}

fn is_harmless(what: &str, answer: &Answer) {
    let (status, headers, text) = answer.clone().without_request_id();
    let header = |name: &str| headers.iter().find(|(known, _)| known == name).map(|(_, value)| String::from_utf8_lossy(value).into_owned());
    assert!(status < 500, "{what}: {status} {text}");
    let media = header("content-type").unwrap_or_default();
    assert!(
        media.is_empty() || media.starts_with("application/") && media.contains("json") || media.starts_with("text/plain"),
        "{what}: {media}"
    );
    assert_eq!(header("x-content-type-options").as_deref(), Some("nosniff"), "{what}");
    assert!(header("content-security-policy").is_some_and(|policy| policy.starts_with("default-src 'none'")), "{what}");
    assert!(headers.iter().all(|(_, value)| !value.starts_with(b"a=b")), "{what}: a header was smuggled in");
}

/// What the owner sees of everything that an attack could have changed.
async fn seen(world: &World, furnished: &Furnished) -> Vec<Value> {
    let mut seen = Vec::new();
    for path in ["devices", "groups", "tokens", "enrolment-tokens", "packages", "settings"] {
        seen.push(world.done(&furnished.tenant.owner, "GET", &format!("/api/v1/{path}"), None).await);
    }
    seen
}

#[tokio::test(flavor = "multi_thread")]
async fn no_text_in_an_address_is_taken_for_sql_or_markup() {
    on_both_engines(async |world| {
        let (first, second) = (furnished(&world, "First").await, furnished(&world, "Second").await);
        let (queries, before) = (queries(&world, &first).await, seen(&world, &first).await);
        let mut asked = 0;
        for route in world.site.route_table.iter().filter(|route| route.method == Method::Get) {
            let whole =
                parameters(&route.path).fold(route.path.clone(), |path, name| path.replace(&format!("{{{name}}}"), &first.ids[name]));
            for payload in PAYLOADS.map(encoded) {
                let in_path = parameters(&route.path).map(|attacked| {
                    parameters(&route.path).fold(route.path.clone(), |path, name| {
                        path.replace(&format!("{{{name}}}"), if name == attacked { &payload } else { &first.ids[name] })
                    })
                });
                let in_query = queries.get(route.id).into_iter().flatten().map(|name| format!("{whole}?{name}={payload}"));
                for path in in_path.chain(in_query) {
                    let answer = world.send(&first.tenant.owner, "GET", &path, None).await;
                    is_harmless(&path, &answer);
                    for foreign in [&second.ids["device"], &second.ids["group"], &second.tenant.email] {
                        assert!(!answer.text().contains(foreign.as_str()), "{path} shows another tenant's {foreign}");
                    }
                    asked += 1;
                }
            }
        }
        assert!(asked > 30 * PAYLOADS.len(), "parameters are found: {asked}");
        assert_eq!(seen(&world, &first).await, before, "nothing has changed");
    })
    .await;
}
