//! The console's files.

use web::{ConsoleFile, ConsoleFiles, WebApp};

use crate::world::{ask, builder};

static FILES: [ConsoleFile; 2] = [
    ConsoleFile {
        path: "/assets/index-D3adB33f.js",
        content_type: "text/javascript; charset=utf-8",
        bytes: b"plain",
        gzip: Some(b"zipped"),
        etag: "\"1\"",
        is_immutable: true,
    },
    ConsoleFile { path: "/favicon.svg", content_type: "image/svg+xml", bytes: b"<svg/>", gzip: None, etag: "\"2\"", is_immutable: false },
];

const INDEX: &str = r#"<meta property="csp-nonce" nonce="__CSP_NONCE__"><style nonce="__CSP_NONCE__"></style>"#;

fn app() -> WebApp {
    builder().console(ConsoleFiles { index: INDEX, files: FILES.to_vec(), pages: &["/", "/devices", "/devices/{device}"] }).build()
}

#[tokio::test]
async fn every_page_of_the_console_answers_with_the_index_and_a_fresh_nonce() {
    let app = app();
    let mut nonces = Vec::new();
    for path in ["/", "/devices", "/devices/dev_0000000000007"] {
        let answer = ask("GET", path).of(&app).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
        let policy = answer.header("content-security-policy");
        let nonce = policy.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).expect("a nonce").to_owned();
        assert_eq!(answer.text(), INDEX.replace("__CSP_NONCE__", &nonce));
        assert!(policy.contains("script-src 'self';") && !policy.contains("unsafe"), "{policy}");
        assert!(policy.ends_with("require-trusted-types-for 'script'; trusted-types default"), "{policy}");
        nonces.push(nonce);
    }
    nonces.dedup();
    assert_eq!(nonces.len(), 3);
}

#[tokio::test]
async fn other_addresses_are_not_the_console() {
    let app = app();
    for path in ["/nothing", "/api", "/api/v1/nothing", "/devices/a/b"] {
        assert_eq!(ask("GET", path).of(&app).await.problem(), "404 not-found", "{path}");
    }
}

#[tokio::test]
async fn a_person_at_a_wrong_address_gets_the_console_and_a_program_does_not() {
    let app = app();
    let accept = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
    let answer = ask("GET", "/nothing").with("accept", accept).of(&app).await;
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (404, "text/html; charset=utf-8"));
    for (method, path) in [("GET", "/api/v1/nothing"), ("GET", "/api"), ("POST", "/nothing")] {
        assert_eq!(ask(method, path).with("accept", accept).of(&app).await.problem(), "404 not-found", "{method} {path}");
    }
}

#[tokio::test]
async fn a_hashed_file_is_cached_for_ever_and_sent_compressed_to_who_takes_that() {
    let app = app();
    let answer = ask("GET", "/assets/index-D3adB33f.js").with("accept-encoding", "br, gzip;q=0.8").of(&app).await;
    assert_eq!((answer.text().as_str(), answer.header("content-encoding")), ("zipped", "gzip"));
    assert_eq!(answer.header("cache-control"), "public, max-age=31536000, immutable");
    assert_eq!(answer.header("vary"), "accept-encoding");
    for accepted in ["identity", "gzip;q=0"] {
        let answer = ask("GET", "/assets/index-D3adB33f.js").with("accept-encoding", accepted).of(&app).await;
        assert_eq!((answer.text().as_str(), answer.header("content-encoding")), ("plain", ""));
    }
}

#[tokio::test]
async fn a_file_that_has_not_changed_is_not_sent_again() {
    let app = app();
    let answer = ask("GET", "/favicon.svg").of(&app).await;
    assert_eq!((answer.header("cache-control"), answer.header("etag")), ("no-cache", "\"2\""));
    for known in ["\"2\"", "W/\"2\"", "\"1\", \"2\"", "*"] {
        let again = ask("GET", "/favicon.svg").with("if-none-match", known).of(&app).await;
        assert_eq!((again.status.as_u16(), again.body.len()), (304, 0), "{known}");
    }
    assert_eq!(ask("GET", "/favicon.svg").with("if-none-match", "\"1\"").of(&app).await.status, 200);
}
