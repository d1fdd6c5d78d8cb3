//! The main job: a host joins, and a moment later its packages and vulnerabilities are what its own tools say.

#![expect(clippy::unwrap_used, reason = "a test ends at what it does not expect")]

use std::collections::BTreeSet;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};
use stories::api::Api;
use stories::installation::{Installation, expect_success, string, text};
use stories::shared_advisories;
use stories::wait::until;
use wire::Timestamp;
use wire::state::Kind;

/// How long the server may take to work in what was sent or imported, in an unoptimised build.
const WORKED_TIME_MAX: Duration = Duration::from_secs(120);
const READER: [&str; 3] = ["devices:read", "inventory:read", "vulnerabilities:read"];

/// What `dpkg-query` says of a package, in the shape in which the API says it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Installed {
    name: String,
    architecture: String,
    version: String,
    source: String,
    source_version: String,
    held: bool,
    incomplete: bool,
    installed_at_seconds: i64,
}

const DPKG_QUERY_FORMAT: &str = "${Package}\t${Architecture}\t${Version}\t${source:Package}\t${source:Version}\t${db:Status-Want}\t\
                                 ${db:Status-Eflag}\t${db:Status-Status}\t${db-fsys:Last-Modified}\n";

fn dpkg_query() -> BTreeSet<Installed> {
    let output = Command::new("dpkg-query").args(["-W", "-f", DPKG_QUERY_FORMAT]).output().unwrap();
    expect_success(&["dpkg-query"], &output);
    let packages = text(&output.stdout).lines().filter_map(installed).collect::<Vec<_>>();
    let count = packages.len();
    let packages = BTreeSet::from_iter(packages);
    assert_eq!(packages.len(), count, "dpkg-query names a package twice");
    packages
}

fn installed(line: &str) -> Option<Installed> {
    let [name, architecture, version, source, source_version, want, error, status, modified] =
        line.split('\t').collect::<Vec<_>>().try_into().unwrap();
    if matches!(status, "not-installed" | "config-files") {
        return None;
    }
    Some(Installed {
        name: name.into(),
        architecture: architecture.into(),
        version: version.into(),
        source: source.into(),
        source_version: source_version.into(),
        held: want == "hold",
        incomplete: error == "reinstreq" || matches!(status, "half-installed" | "unpacked" | "half-configured"),
        installed_at_seconds: modified.parse().unwrap(),
    })
}

fn from_api(package: &Value) -> Installed {
    assert_eq!(package["manager"], "dpkg", "{package}");
    let field = |name: &str| string(&package[name]);
    Installed {
        name: field("name"),
        architecture: field("architecture"),
        version: field("version"),
        source: field("source"),
        source_version: field("source_version"),
        held: package["held"].as_bool().unwrap(),
        incomplete: package["incomplete"].as_bool().unwrap(),
        installed_at_seconds: time(&package["installed_at"]).seconds(),
    }
}

fn time(value: &Value) -> Timestamp {
    serde_json::from_value(value.clone()).unwrap()
}

/// When the list of a package's files was written, which its installation does.
fn list_written_seconds(package: &Installed) -> i64 {
    let info = Path::new("/var/lib/dpkg/info");
    let paths = [info.join(format!("{}.list", package.name)), info.join(format!("{}:{}.list", package.name, package.architecture))];
    paths.iter().find_map(|path| std::fs::metadata(path).ok()).unwrap().mtime()
}

#[test]
fn the_packages_of_this_host_are_at_the_server_field_by_field_as_dpkg_says_them() {
    let installation = Installation::new();
    let mut server = installation.serve();
    let (tenant, _link) = installation.tenant("Story");
    let device = installation.join(&tenant, "agent", "");
    let api = installation.api(&tenant, &READER);

    let (items, pages) = until("the packages", WORKED_TIME_MAX, || {
        let (items, pages) = api.every(&format!("/devices/{device}/packages"), 100);
        if items.is_empty() { Err("none yet".into()) } else { Ok((items, pages)) }
    });
    let from_dpkg = dpkg_query();
    let at_server: BTreeSet<Installed> = items.iter().map(from_api).collect();
    let (only_dpkg, only_server): (Vec<_>, Vec<_>) =
        (from_dpkg.difference(&at_server).collect(), at_server.difference(&from_dpkg).collect());
    assert!(only_dpkg.is_empty() && only_server.is_empty(), "dpkg-query: {only_dpkg:#?}\nserver: {only_server:#?}");
    assert_eq!(items.len(), from_dpkg.len());
    for package in &at_server {
        assert_eq!(package.installed_at_seconds, list_written_seconds(package), "{package:?}");
    }
    println!("{} packages over {pages} pages, 8 fields each: identical to dpkg-query", items.len());

    let row = api.read(&format!("/devices/{device}"));
    assert_eq!(row["packages"], json!(items.len()));
    let state = api.read(&format!("/devices/{device}/state"));
    let copy = std::fs::read_to_string(installation.folder().join("agent/inspection-copy.json")).unwrap();
    assert_eq!(state["state"], serde_json::from_str::<Value>(&copy).unwrap(), "the server holds what the inspection copy shows");
    assert!(server.end(rustix::process::Signal::TERM).success());
}

#[test]
fn before_the_import_nothing_is_covered_and_afterwards_the_findings_are_those_of_purser_scan() {
    let Some(advisories) = shared_advisories() else { return };
    let installation = Installation::new();
    let mut server = installation.serve();
    let (tenant, _link) = installation.tenant("Story");
    let device = installation.join(&tenant, "agent", "");
    let api = installation.api(&tenant, &READER);
    let path = format!("/devices/{device}/vulnerabilities");

    let before = until("the first answer", WORKED_TIME_MAX, || {
        let answer = api.read(&path);
        if answer["reason"] == "not-reported" { Err(answer.to_string()) } else { Ok(answer) }
    });
    assert_eq!((&before["answer"], &before["reason"]), (&json!("not-covered"), &json!("no-advisories")), "{before}");
    assert_eq!(before["items"], json!([]));
    println!("before the import: {} ({})", string(&before["answer"]), string(&before["detail"]));

    let taken = import(&installation, &advisories);
    import_again(&installation, &taken);

    let mut scan = vec!["scan".to_owned(), "--output".into(), "json".into()];
    for file in &taken {
        scan.extend(["--advisories".into(), file.display().to_string()]);
    }
    let output = Command::new(stories::program("purser")).args(&scan).output().unwrap();
    expect_success(&["scan"], &output);
    let scanned = rows(&serde_json::from_slice(&output.stdout).unwrap());
    assert!(!scanned.is_empty(), "this host has nothing to find: {}", text(&output.stderr));
    until("the findings of purser scan", WORKED_TIME_MAX, || {
        let answer = api.read(&path);
        let found = rows(&answer["items"]);
        let (missing, more) = (scanned.difference(&found).count(), found.difference(&scanned).count());
        if (missing, more) == (0, 0) && answer["answer"] == "affected" {
            return Ok(());
        }
        let example = scanned.symmetric_difference(&found).next();
        Err(format!("{}: {missing} missing, {more} too many, as {example:?}", answer["answer"]))
    });
    println!("{} findings at the server, each a row of purser scan, none more, none fewer", scanned.len());
    one_flaw_names_the_device(&api, &device, &scanned);
    assert!(server.end(rustix::process::Signal::TERM).success());
}

type Row = (String, String, String, String, Option<String>);

fn rows(items: &Value) -> BTreeSet<Row> {
    let row = |item: &Value| {
        let field = |name: &str| string(&item[name]);
        (field("cve"), field("package"), field("version"), field("source"), item["fixed_version"].as_str().map(ToOwned::to_owned))
    };
    items.as_array().unwrap().iter().map(row).collect()
}

/// Every named source: its records, whole or refused one by one. What is of another format is refused as a file, with its
/// reason. The files that were taken.
fn import(installation: &Installation, advisories: &Path) -> Vec<PathBuf> {
    const NAMED: [(&str, u64); 7] = [
        ("almalinux-osv.jsonl.zst", 4_562),
        ("cisa-kev.jsonl.zst", 1_113),
        ("debian12-changelog-osv.jsonl.zst", 9_234),
        ("epss-2026-08-16.csv.zst", 287_890),
        ("go-vulndb-osv.jsonl.zst", 3_449),
        ("pypa-osv-yaml.tar.zst", 2_111),
        ("rustsec-osv.jsonl.zst", 597),
    ];
    let mut taken = Vec::new();
    for (name, expected) in NAMED {
        let path = advisories.join(name);
        let line = &import_file(installation, &path)["imported"];
        let count = |field: &str| line[field].as_u64().unwrap();
        let (read, refused) = (count("records_read"), count("refused_total"));
        println!(
            "{name}: {read} read, {} new, {} changed, {} same, {refused} refused",
            count("added"),
            count("updated"),
            count("unchanged")
        );
        assert_eq!(read + refused, expected, "{name}: every record is taken or refused");
        assert_eq!(count("added") + count("updated") + count("unchanged"), read, "{name}: every record taken is accounted for");
        for refusal in line["refused"].as_array().unwrap() {
            println!("    refused: {refusal}");
        }
        taken.push(path);
    }
    for name in [
        "alpine-secdb-2020.jsonl.zst",
        "com.ubuntu.lunar.usn.oval.xml.bz2",
        "debian-dsa-dla-list.jsonl.zst",
        "retirejs-jsrepository-v4.json.zst",
    ] {
        let output = installation.purser(&["feeds", "import", &advisories.join(name).display().to_string()]);
        assert!(!output.status.success(), "{name} is of another format");
        println!("{name} is refused: {}", text(&output.stderr).trim());
    }
    taken
}

fn import_again(installation: &Installation, files: &[PathBuf]) {
    for file in files {
        let line = &import_file(installation, file)["imported"];
        assert_eq!((&line["added"], &line["updated"]), (&json!(0), &json!(0)), "{}: a second import changes nothing", file.display());
    }
    println!("imported a second time: 0 new, 0 changed in each of {} files", files.len());
}

fn import_file(installation: &Installation, path: &Path) -> Value {
    let answer = installation.purser_json(&["feeds", "import", &path.display().to_string()]);
    answer[0].clone()
}

fn one_flaw_names_the_device(api: &Api, device: &str, scanned: &BTreeSet<Row>) {
    let (cve, package, version, _, fixed_version) = scanned.iter().find(|row| row.0.starts_with("CVE-")).unwrap();
    let (devices, _) = api.every(&format!("/vulnerabilities/{cve}/devices"), 50);
    let [exposed] = devices.as_slice() else { panic!("{cve} concerns {} devices", devices.len()) };
    assert_eq!(exposed["device"], json!(device));
    let packages = exposed["packages"].as_array().unwrap();
    let named = packages.iter().find(|item| item["name"] == json!(package)).unwrap();
    assert_eq!((&named["version"], &named["fixed_version"]), (&json!(version), &json!(fixed_version)));
}

#[test]
fn a_kind_that_the_host_switches_off_is_said_to_be_so_and_never_shown_as_empty() {
    let installation = Installation::new();
    let mut server = installation.serve();
    let (tenant, _link) = installation.tenant("Story");
    let device = installation.join(&tenant, "agent", "");
    let api = installation.api(&tenant, &READER);
    for kind in Kind::ALL {
        let name = kind.name();
        installation.report("agent", &format!("kinds_off = [\"{name}\"]\n"));
        let copy = std::fs::read_to_string(installation.folder().join("agent/inspection-copy.json")).unwrap();
        let field = name.replace('-', "_");
        assert_eq!(serde_json::from_str::<Value>(&copy).unwrap().get(&field), None, "{name} is not in what is sent");
        let state = until("the report", WORKED_TIME_MAX, || {
            let state = api.read(&format!("/devices/{device}/state"));
            if state["switched_off"].as_array().is_some_and(|off| off.contains(&json!(name))) {
                Ok(state)
            } else {
                Err(state["switched_off"].to_string())
            }
        });
        assert_eq!(state["state"].get(&field), None, "{name} is erased at the server");
        let row = api.read(&format!("/devices/{device}"));
        assert!(row["not_collected"].as_array().unwrap().contains(&json!(name)), "{name}: {row}");
        let off = |answer: Value| {
            assert_eq!((&answer["collected"], &answer["reason"]), (&json!(false), &json!("switched-off")), "{name}: {answer}")
        };
        match kind {
            Kind::Packages => {
                off(api.read(&format!("/devices/{device}/packages")));
                assert_eq!(row["packages"], Value::Null);
                not_covered(&api, &device, "packages-not-collected");
            }
            Kind::Updates => {
                off(api.read(&format!("/devices/{device}/updates")));
                assert_eq!(row["updates_pending"], Value::Null);
            }
            Kind::Os => {
                assert_eq!(row["os"], Value::Null);
                not_covered(&api, &device, "os-not-collected");
            }
            Kind::HostName => assert_eq!(row["name"], Value::Null),
            Kind::Kernel | Kind::Hardware | Kind::Network => {}
        }
        println!("{name}: not in the report, erased at the server, said to be switched off");
    }
    installation.report("agent", "");
    until("everything to be back", WORKED_TIME_MAX, || {
        let row = api.read(&format!("/devices/{device}"));
        if row["not_collected"] == json!([]) && row["packages"].is_u64() { Ok(()) } else { Err(row.to_string()) }
    });
    assert!(server.end(rustix::process::Signal::TERM).success());
}

fn not_covered(api: &Api, device: &str, reason: &str) {
    until(reason, WORKED_TIME_MAX, || {
        let answer = api.read(&format!("/devices/{device}/vulnerabilities"));
        if answer["answer"] == "not-covered" && answer["reason"] == reason { Ok(()) } else { Err(answer.to_string()) }
    });
}
