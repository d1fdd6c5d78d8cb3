//! The API against its own document: schemathesis sends what the document allows and what it does not, and the server
//! must neither fail nor answer otherwise than documented.

mod fuzzer;
mod injection;

use fuzzer::run;
use stories::installation::{Installation, string};
use stories::person::Person;

/// Requests of each kind for each operation: all of them together take about a minute.
const EXAMPLES_MAX: &str = "12";
/// The same for each role that is not the owner's.
const EXAMPLES_OF_ROLE_MAX: &str = "2";
/// The ready-made roles but the owner's, who is asked more.
const OTHER_ROLES: [&str; 6] = ["admin", "operator", "technician", "auditor", "requester", "billing"];
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
