//! The API against its own document: schemathesis sends what the document allows and what it does not, and the server
//! must neither fail nor answer otherwise than documented.

use std::path::PathBuf;
use std::process::Command;

use serde_json::json;
use stories::api::Api;
use stories::installation::{Installation, string};
use stories::repository;

/// Requests of each kind for each operation: all of them together take about a minute.
const EXAMPLES_MAX: &str = "12";
/// What every answer is held against; whether a valid request is accepted is for other tests, which know what exists.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,\
                      response_headers_conformance,negative_data_rejection";
const EVERYTHING: [&str; 13] = [
    "devices:read",
    "devices:write",
    "enrolment:manage",
    "erasure:manage",
    "feeds:manage",
    "feeds:read",
    "inventory:read",
    "ledger:read",
    "people:read",
    "settings:manage",
    "tokens:manage",
    "trust:read",
    "vulnerabilities:read",
];

#[test]
fn with_an_api_token_no_answer_is_a_failure_or_undocumented() {
    let installation = Installation::new();
    let mut server = installation.serve();
    let (tenant, _link) = installation.tenant("Story");
    let _device = installation.join(&tenant, "agent", "");
    let made = installation.purser_json(&token_create(&tenant));
    run(&installation, &[format!("authorization: Bearer {}", string(&made["secret"]))]);
    assert!(server.end(rustix::process::Signal::TERM).success());
}

#[test]
fn with_a_session_no_answer_is_a_failure_or_undocumented() {
    let installation = Installation::new();
    let mut server = installation.serve();
    let (tenant, link) = installation.tenant("Story");
    let device = installation.join(&tenant, "agent", "");
    let cookie = sign_in(&installation, &link);
    // Chance never finds the id of a device: this run is about one that is there, the other about ids that are not.
    std::fs::write(installation.folder().join("schemathesis.toml"), format!("[parameters]\n\"path.device\" = \"{device}\"\n"))
        .expect("a file");
    // As the console does: a request of the same origin.
    run(&installation, &[format!("cookie: {cookie}"), format!("origin: {}", installation.url()), "sec-fetch-site: same-origin".into()]);
    assert!(server.end(rustix::process::Signal::TERM).success());
}

fn token_create(tenant: &str) -> Vec<&str> {
    let mut arguments = vec!["token", "create", "--tenant", tenant, "--name", "Schema", "--kind", "api"];
    arguments.extend(EVERYTHING.iter().flat_map(|permission| ["--permission", permission]));
    arguments
}

/// Sets the owner up by the API, as the console does, and gives the session's cookie.
fn sign_in(installation: &Installation, link: &str) -> String {
    let link = link.rsplit('#').next().unwrap_or_default();
    let api = Api::new(installation.port, &installation.authority(), None);
    let begun = api.post("/setup/begin", &json!({ "link": link }));
    assert_eq!(begun.status, 200, "{}", begun.body);
    let code = one_time_code(&string(&begun.body["totp_secret"]));
    let owner = json!({ "link": link, "email": "owner@example.org", "password": "correct horse battery staple", "totp_code": code });
    let finished = api.post("/setup/finish", &owner);
    assert_eq!(finished.status, 204, "{}", finished.body);
    let cookie = finished.headers.iter().find(|(name, _)| name == "set-cookie").map(|(_, value)| value.as_str());
    cookie.and_then(|cookie| cookie.split(';').next()).expect("finishing the set-up signs in").to_owned()
}

/// The owner's authenticator: the one that the browser journeys use too.
fn one_time_code(secret: &str) -> String {
    let program = "const { totp } = await import(process.argv[1]); console.log(totp(process.argv[2]));";
    let module = repository().join("console/e2e/totp.mjs");
    let output = Command::new("node").args(["--input-type=module", "-e", program]).arg(module).arg(secret).output().expect("node runs");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

fn run(installation: &Installation, headers: &[String]) {
    let document = installation.url() + "/api/openapi.json";
    let authority = installation.folder().join("authority.pem");
    std::fs::write(&authority, installation.authority()).expect("the authority can be written");
    // One worker: the parser of Python 3.11 fails now and then where two threads use it.
    let mut command = Command::new(schemathesis());
    command.arg("run").arg(&document).args(["--checks", CHECKS, "--max-examples", EXAMPLES_MAX, "--seed", "1", "--workers", "1"]);
    command.args(["--phases", "examples,coverage,fuzzing", "--continue-on-failure", "--warnings", "off", "--no-color"]);
    // A connection kept from before may end in the moment in which it is used again; a second time it must not.
    command.args(["--request-retries", "1"]);
    command.arg("--tls-verify").arg(authority).current_dir(installation.folder());
    // Signing out would end the session that the other requests need; a fetch asks publishers on the internet.
    command.args(["--exclude-operation-id", "signOut", "--exclude-operation-id", "fetchFeed"]);
    for header in headers {
        command.args(["--header", header]);
    }
    let status = command.status().expect("schemathesis runs");
    assert!(status.success(), "schemathesis ended with {status}");
}

/// `scripts/test` installs it; by hand: `source scripts/environment; need_schemathesis`.
fn schemathesis() -> PathBuf {
    let cache = std::env::var_os("PURSER_CACHE")
        .map_or_else(|| PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".cache/purser"), PathBuf::from);
    let path = cache.join("tools/schemathesis/bin/schemathesis");
    assert!(path.is_file(), "{} is not there: scripts/test installs it", path.display());
    path
}
