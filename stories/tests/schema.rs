//! The API against its own document: schemathesis sends what the document allows and what it does not, and the server
//! must neither fail nor answer otherwise than documented.

use std::path::PathBuf;
use std::process::Command;

use stories::installation::{Installation, string};
use stories::person::Person;

/// Requests of each kind for each operation: all of them together take about a minute.
const EXAMPLES_MAX: &str = "12";
/// The same for each role that is not the owner's.
const EXAMPLES_OF_ROLE_MAX: &str = "2";
/// The ready-made roles but the owner's, who is asked more.
const OTHER_ROLES: [&str; 6] = ["admin", "operator", "technician", "auditor", "requester", "billing"];
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
    run(&installation, &[format!("authorization: Bearer {}", string(&made["secret"]))], EXAMPLES_MAX);
    assert!(server.end(rustix::process::Signal::TERM).success());
}

#[test]
fn with_a_session_no_answer_is_a_failure_or_undocumented() {
    let installation = Installation::new();
    let mut server = installation.serve();
    let (tenant, link) = installation.tenant("Story");
    let device = installation.join(&tenant, "agent", "");
    let owner = Person::set_up(&installation, &link, "owner@example.org");
    // Chance never finds the id of a device: this run is about one that is there, the other about ids that are not.
    std::fs::write(installation.folder().join("schemathesis.toml"), format!("[parameters]\n\"path.device\" = \"{device}\"\n"))
        .expect("a file");
    run(&installation, &in_a_browser(&installation, &owner), EXAMPLES_MAX);
    assert!(server.end(rustix::process::Signal::TERM).success());
}

#[test]
fn with_a_session_of_each_other_role_no_answer_is_a_failure_or_undocumented() {
    let installation = Installation::new();
    let mut server = installation.serve();
    let (tenant, link) = installation.tenant("Story");
    let device = installation.join(&tenant, "agent", "");
    let owner = Person::set_up(&installation, &link, "owner@example.org");
    let people = owner.invite(&installation, &OTHER_ROLES);
    assert_eq!(people.len(), OTHER_ROLES.len());
    std::fs::write(installation.folder().join("schemathesis.toml"), format!("[parameters]\n\"path.device\" = \"{device}\"\n"))
        .expect("a file");
    for (role, person) in OTHER_ROLES.iter().zip(people) {
        println!("as {role}");
        run(&installation, &in_a_browser(&installation, &person), EXAMPLES_OF_ROLE_MAX);
        // A session that was over would have met nothing but refusals.
        assert!(person.session(&installation).is_object(), "{role}");
    }
    assert!(server.end(rustix::process::Signal::TERM).success());
}

/// As the console does: a request of the same origin.
fn in_a_browser(installation: &Installation, person: &Person) -> [String; 3] {
    [format!("cookie: {}", person.cookie), format!("origin: {}", installation.url()), "sec-fetch-site: same-origin".into()]
}

fn token_create(tenant: &str) -> Vec<&str> {
    let mut arguments = vec!["token", "create", "--tenant", tenant, "--name", "Schema", "--kind", "api"];
    arguments.extend(EVERYTHING.iter().flat_map(|permission| ["--permission", permission]));
    arguments
}

fn run(installation: &Installation, headers: &[String], examples_max: &str) {
    let document = installation.url() + "/api/openapi.json";
    let authority = installation.folder().join("authority.pem");
    std::fs::write(&authority, installation.authority()).expect("the authority can be written");
    // One worker: the parser of Python 3.11 fails now and then where two threads use it.
    let mut command = Command::new(schemathesis());
    command.arg("run").arg(&document).args(["--checks", CHECKS, "--max-examples", examples_max, "--seed", "1", "--workers", "1"]);
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
