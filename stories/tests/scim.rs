//! The directory's routes as others read the specification: scim2-tester asks the real server, and every check is a success.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use stories::installation::{Installation, string};

/// Checks that the tester makes: one whose name is missing was not made.
const CHECKS: [&str; 19] = [
    "access_invalid_resource_type",
    "access_invalid_schema",
    "access_schema_by_id",
    "check_add_attribute",
    "check_remove_attribute",
    "check_replace_attribute",
    "object_creation",
    "object_deletion",
    "object_list_with_attributes",
    "object_query",
    "object_query_with_attributes",
    "object_query_without_id",
    "object_replacement",
    "query_all_resource_types",
    "query_all_schemas",
    "query_resource_type_by_id",
    "random_url",
    "search_with_attributes",
    "service_provider_config_endpoint",
];

#[test]
fn every_check_of_scim2_tester_is_a_success() {
    let installation = Installation::new();
    let mut server = installation.serve();
    let (tenant, _link) = installation.tenant("Story");
    let arguments = ["token", "create", "--tenant", &tenant, "--name", "Directory", "--kind", "api", "--permission", "directory:write"];
    let made = installation.purser_json(&arguments);
    let authority = installation.folder().join("authority.pem");
    std::fs::write(&authority, installation.authority()).expect("the authority can be written");
    let driver = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/directory/tester.py");
    let asked = Command::new(tester())
        .arg(driver)
        .arg(installation.url() + "/scim/v2")
        .arg(string(&made["secret"]))
        .arg(authority)
        .output()
        .expect("the tester runs");
    let told = String::from_utf8_lossy(&asked.stdout);
    assert!(asked.status.success(), "{told}{}", String::from_utf8_lossy(&asked.stderr));
    let results: Vec<Value> = told.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let others: Vec<_> = results.iter().filter(|result| result["status"] != "SUCCESS").collect();
    assert!(others.is_empty(), "{others:#?}");
    let of = |kind: &str| results.iter().filter(|result| result["of"] == kind).count();
    assert!(of("User") > 20 && of("Group") > 15, "both types are asked for: {} and {}", of("User"), of("Group"));
    let made: BTreeSet<&str> = results.iter().filter_map(|result| result["check"].as_str()).collect();
    let missing: Vec<_> = CHECKS.iter().filter(|check| !made.contains(**check)).collect();
    assert!(missing.is_empty(), "{missing:?} of {made:?}");
    assert!(server.end(rustix::process::Signal::TERM).success());
}

/// `scripts/test` installs it; by hand: `source scripts/environment; need_scim2_tester`.
fn tester() -> PathBuf {
    let cache = std::env::var_os("PURSER_CACHE")
        .map_or_else(|| PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".cache/purser"), PathBuf::from);
    let path = cache.join("tools/scim2-tester/bin/python");
    assert!(path.is_file(), "{} is not there: scripts/test installs it", path.display());
    path
}
