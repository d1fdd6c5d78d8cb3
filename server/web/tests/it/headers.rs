//! The headers that protect a browser are on every kind of answer: whoever takes one away, or answers past the layer that sets
//! them, meets this.

use web::doors::PEER_REFUSALS;
use web::{ConsoleFile, ConsoleFiles, WebApp};

use crate::world::{Answered, ask, builder};

/// What every answer has, whatever else it is. Browsers know each of the features that are denied.
const ON_EVERY_ANSWER: [(&str, &str); 8] = [
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("x-frame-options", "DENY"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("origin-agent-cluster", "?1"),
    ("x-permitted-cross-domain-policies", "none"),
    (
        "permissions-policy",
        "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), hid=(), magnetometer=(), microphone=(), midi=(), \
         payment=(), serial=(), usb=()",
    ),
];

/// The policy of whatever is no page of the console.
const OF_NO_PAGE: &str = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/// The policy of the console's pages, in parts; the style's nonce apart.
const OF_A_PAGE: [&str; 12] = [
    "default-src 'none'",
    "script-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types default",
    "style-src 'self' 'nonce-",
];

static FILES: [ConsoleFile; 1] =
    [ConsoleFile { path: "/favicon.svg", content_type: "image/svg+xml", bytes: b"<svg/>", gzip: None, etag: "\"2\"", is_immutable: false }];

fn app(strict_transport: bool) -> WebApp {
    let files = ConsoleFiles { index: "<style nonce=\"__CSP_NONCE__\">", files: FILES.to_vec(), pages: &["/"] };
    builder().console(files).strict_transport(strict_transport).build()
}

fn assert_protected(what: &str, answer: &Answered) {
    for (name, value) in ON_EVERY_ANSWER {
        assert_eq!(answer.header(name), value, "{name} of {what}");
    }
    assert!(answer.headers.get_all("content-security-policy").iter().count() == 1, "{what}");
    let policy = answer.header("content-security-policy");
    if answer.header("content-type").starts_with("text/html") {
        let parts: Vec<&str> = policy.split("; ").collect();
        assert_eq!(parts.len(), OF_A_PAGE.len(), "{policy}");
        for part in OF_A_PAGE {
            assert!(parts.iter().any(|given| *given == part || part.ends_with('-') && given.starts_with(part)), "{part} of {what}");
        }
        assert!(!policy.contains("unsafe") && !policy.contains("http:") && !policy.contains('*'), "{policy}");
    } else {
        assert_eq!(policy, OF_NO_PAGE, "{what}");
    }
}

#[tokio::test]
async fn every_kind_of_answer_has_the_headers_that_protect_a_browser() {
    let app = app(false);
    let page = "text/html,application/xhtml+xml";
    let flooder = "203.0.113.9:1";
    for _ in 0..=PEER_REFUSALS.burst {
        ask("GET", "/nothing").from(flooder).of(&app).await;
    }
    for (what, status, asking) in [
        ("a good answer", 200, ask("GET", "/api/v1/things").token("api")),
        ("one without a body", 204, ask("POST", "/api/v1/session").json("")),
        ("the document", 200, ask("GET", "/api/openapi.json")),
        ("a page", 200, ask("GET", "/")),
        ("a page at a wrong address", 404, ask("GET", "/nothing").with("accept", page)),
        ("a file", 200, ask("GET", "/favicon.svg")),
        ("a file that has not changed", 304, ask("GET", "/favicon.svg").with("if-none-match", "\"2\"")),
        ("no credential", 401, ask("GET", "/api/v1/things")),
        ("another site", 403, ask("POST", "/api/v1/things").session().with("sec-fetch-site", "cross-site")),
        ("nothing there", 404, ask("GET", "/api/v1/nothing")),
        ("a wrong method", 405, ask("PUT", "/api/v1/things").token("api")),
        ("a wrong kind of body", 415, ask("POST", "/api/v1/things").session().body("text")),
        ("a wrong query", 422, ask("GET", "/api/v1/things?planted=1").token("api")),
        ("a ban", 429, ask("GET", "/").from(flooder)),
        ("a panic", 500, ask("GET", "/api/v1/panics")),
        ("no time", 503, ask("GET", "/api/v1/slow")),
    ] {
        let answer = asking.of(&app).await;
        assert_eq!(answer.status.as_u16(), status, "{what}: {}", answer.text());
        assert_protected(what, &answer);
        assert_eq!(answer.header("strict-transport-security"), "", "{what}: not with an authority of the instance's own");
    }
}

#[tokio::test]
async fn where_the_certificate_is_trusted_by_browsers_every_answer_says_https_only() {
    let app = app(true);
    for path in ["/", "/favicon.svg", "/api/v1/nothing", "/api/v1/things"] {
        assert_eq!(ask("GET", path).of(&app).await.header("strict-transport-security"), "max-age=31536000", "{path}");
    }
}
