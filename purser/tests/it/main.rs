//! The program's commands that need no server, run as a user runs them.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

const STATUS: &str = "\
Package: base-files\nStatus: install ok installed\nArchitecture: amd64\nVersion: 12.4+deb12u11\n
Package: libssl3\nStatus: install ok installed\nArchitecture: amd64\nSource: openssl\nVersion: 3.0.14-1~deb12u2\n
Package: bash\nStatus: install ok installed\nArchitecture: amd64\nVersion: 5.2.15-2+b2\n";

const ADVISORY: &str = r#"{"id": "CVE-2024-0001", "modified": "2025-01-01T00:00:00Z", "affected": [{"package": {"ecosystem": "Debian:12",
    "name": "openssl"}, "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "3.0.15-1~deb12u1"}]}]}]}"#;

fn purser(arguments: &[&str]) -> Output {
    purser_where(arguments, "C")
}

fn purser_where(arguments: &[&str], locale: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_purser"));
    for variable in ["DATA", "DATABASE", "LISTEN", "OFFLINE", "PASSPHRASE_FILE", "PUBLIC_URL"] {
        command.env_remove(format!("PURSER_{variable}"));
    }
    command.args(arguments).env("LC_ALL", locale).output().expect("purser runs")
}

fn said(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

struct Scratch(tempfile::TempDir);

impl Scratch {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn file(&self, name: &str, content: &[u8]) -> String {
        let path = self.0.path().join(name);
        fs::write(&path, content).expect("a file");
        path.display().to_string()
    }
}

/// The shared test data beside the repository, where they are.
fn shared(name: &str) -> Option<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/advisories").join(name);
    if !path.exists() {
        println!("skipped: {name} of the shared data is not here");
        return None;
    }
    Some(path.display().to_string())
}

#[test]
fn a_scan_names_package_version_source_flaw_and_mending_version() {
    let scratch = Scratch::new();
    let (status, advisory) = (scratch.file("status", STATUS.as_bytes()), scratch.file("advisory.json", ADVISORY.as_bytes()));
    let output = purser(&["scan", "--dpkg-status", &status, "--advisories", &advisory, "--output", "json"]);
    assert!(output.status.success(), "{}", said(&output.stderr));
    let rows: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let expected = serde_json::json!([{
        "package": "libssl3", "version": "3.0.14-1~deb12u2", "source": "openssl", "source_version": "3.0.14-1~deb12u2",
        "cve": "CVE-2024-0001", "fixed_version": "3.0.15-1~deb12u1"
    }]);
    assert_eq!(rows, expected);
    let table = purser(&["scan", "--dpkg-status", &status, "--advisories", &advisory]);
    assert!(said(&table.stdout).contains("libssl3  3.0.14-1~deb12u2  openssl  CVE-2024-0001"), "{}", said(&table.stdout));
    // A status file says nothing of the kernel that runs.
    for remark in ["rests on 1 advisory for Debian:12", "the running kernel is not covered: the booted kernel is not collected"] {
        assert!(said(&table.stderr).contains(remark), "{}", said(&table.stderr));
    }
}

#[test]
fn a_status_file_and_advisories_may_be_packed_and_lie_in_a_folder() {
    let scratch = Scratch::new();
    let status = scratch.file("status.zst", &zstd::encode_all(STATUS.as_bytes(), 1).expect("packed"));
    let folder = scratch.0.path().join("advisories");
    fs::create_dir(&folder).expect("a folder");
    fs::write(folder.join("advisory.json.zst"), zstd::encode_all(ADVISORY.as_bytes(), 1).expect("packed")).expect("a file");
    fs::write(folder.join("README"), "About these files.").expect("a file");
    let folder = folder.display().to_string();
    let output = purser(&["scan", "--dpkg-status", &status, "--advisories", &folder, "--output", "json"]);
    assert!(output.status.success(), "{}", said(&output.stderr));
    assert!(said(&output.stdout).contains("CVE-2024-0001"));
    assert!(said(&output.stderr).contains("passed over: "), "{}", said(&output.stderr));
    // A file that is named must be one.
    let readme = Path::new(&folder).join("README").display().to_string();
    assert_eq!(purser(&["scan", "--dpkg-status", &status, "--advisories", &readme]).status.code(), Some(1));
}

#[test]
fn without_advisories_nothing_says_that_nothing_is_vulnerable() {
    let scratch = Scratch::new();
    let status = scratch.file("status", STATUS.as_bytes());
    let output = purser(&["scan", "--dpkg-status", &status, "--os", "debian:12"]);
    assert!(said(&output.stderr).contains("3 packages not covered: no advisories for Debian:12"), "{}", said(&output.stderr));
    let output = purser(&["scan", "--dpkg-status", &status, "--os", "haiku:1"]);
    assert!(
        said(&output.stderr).contains("3 packages not covered: no source of advisories is known for haiku 1"),
        "{}",
        said(&output.stderr)
    );
}

#[test]
fn a_file_that_is_no_status_file_is_said_in_one_sentence() {
    let scratch = Scratch::new();
    let file = scratch.file("notes", b"nothing of the kind");
    let output = purser(&["scan", "--dpkg-status", &file]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(said(&output.stderr).lines().count(), 1, "{}", said(&output.stderr));
}

#[test]
fn the_order_of_versions_is_checked_line_by_line() {
    let scratch = Scratch::new();
    let good = scratch.file("good.tsv", b"1.0~rc1\t1.0\t-1\n1:0\t2\t1\n1.0\t1.0\t0\n");
    let output = purser(&["versions", "check", "--ecosystem", "deb", &good]);
    assert_eq!((output.status.code(), said(&output.stdout).as_str()), (Some(0), "3 of 3 agree\n"));
    let bad = scratch.file("bad.tsv", b"1.0~rc1\t1.0\t1\n");
    let output = purser(&["versions", "check", "--ecosystem", "deb", &bad]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(said(&output.stdout), "0 of 1 agree\nline 1: 1.0~rc1 against 1.0: expected 1, found -1\n");
    assert_eq!(purser(&["versions", "check", "--ecosystem", "klingon", &good]).status.code(), Some(2));
}

#[test]
fn dpkgs_own_answers_are_ours() {
    let Some(vectors) = shared("version-vectors/deb.tsv.zst") else { return };
    let output = purser(&["versions", "check", "--ecosystem", "deb", &vectors]);
    assert_eq!((output.status.code(), said(&output.stdout).as_str()), (Some(0), "5792 of 5792 agree\n"));
}

#[test]
fn the_worked_example_is_part_of_the_scan() {
    let names = ["debian12-dpkg-status.zst", "debian12-changelog-osv.jsonl.zst", "example-expected-debian12.tsv"];
    let [Some(status), Some(advisories), Some(expected)] = names.map(shared) else { return };
    let output = purser(&["scan", "--dpkg-status", &status, "--advisories", &advisories, "--output", "json"]);
    let rows: Vec<Value> = serde_json::from_slice(&output.stdout).expect("JSON");
    let line = |row: &Value| {
        let fields = ["package", "version", "source", "source_version", "cve", "fixed_version"];
        fields.map(|field| row[field].as_str().unwrap_or_default().to_owned()).join("\t")
    };
    let found: Vec<String> = rows.iter().map(line).collect();
    let expected = fs::read_to_string(expected).expect("the example");
    let expected: Vec<&str> = expected.lines().skip(1).collect();
    assert_eq!(expected.len(), 123);
    let missing: Vec<_> = expected.iter().filter(|line| !found.iter().any(|found| found == *line)).collect();
    assert!(missing.is_empty(), "{missing:?}");
    println!("{} rows, the {} of the example among them", found.len(), expected.len());
}

#[test]
fn a_command_without_an_installation_says_how_to_make_one() {
    let scratch = Scratch::new();
    let data = scratch.0.path().join("data").display().to_string();
    for arguments in [&["serve"][..], &["health"], &["tenant", "list"], &["feeds", "list"]] {
        let output = purser(&[arguments, &["--data", &data]].concat());
        assert_eq!(output.status.code(), Some(1));
        assert_eq!(
            said(&output.stderr),
            format!("purser: there is no installation in {data}: make one with `purser init --data {data}`\n")
        );
    }
}

#[test]
fn the_language_is_the_one_asked_for_else_that_of_the_environment() {
    let scratch = Scratch::new();
    let data = scratch.0.path().join("data").display().to_string();
    let missing = |arguments: &[&str], locale| said(&purser_where(&[&["health", "--data", &data], arguments].concat(), locale).stderr);
    let english = format!("purser: there is no installation in {data}: make one with `purser init --data {data}`\n");
    let polish = format!("purser: w {data} nie ma instalacji: utwórz ją poleceniem `purser init --data {data}`\n");
    assert_eq!(missing(&[], "C.UTF-8"), english);
    assert_eq!(missing(&[], "pl_PL.UTF-8"), polish);
    assert_eq!(missing(&["--language", "en"], "pl_PL.UTF-8"), english);
    assert_eq!(missing(&["--language", "pl"], "C.UTF-8"), polish);
    assert_eq!(purser(&["--language", "tlh", "health"]).status.code(), Some(2));
}

#[test]
fn help_is_answered_in_polish_however_it_is_asked_for() {
    for arguments in [&["scan", "--help"][..], &["help", "scan"], &["scan", "-h"]] {
        let output = purser_where(arguments, "pl_PL.UTF-8");
        assert_eq!(output.status.code(), Some(0));
        assert!(said(&output.stdout).contains("Użycie: purser scan [OPCJE]"), "{arguments:?}: {}", said(&output.stdout));
    }
    let wrong = purser_where(&["scan", "--output", "yaml"], "pl_PL.UTF-8");
    assert_eq!(wrong.status.code(), Some(2));
    assert!(said(&wrong.stderr).starts_with("purser: niewłaściwa wartość „yaml” dla „--output <FORMAT>”\n"), "{}", said(&wrong.stderr));
}

#[test]
fn a_scan_has_polish_headings_and_reasons_and_the_same_json() {
    let scratch = Scratch::new();
    let (status, advisory) = (scratch.file("status", STATUS.as_bytes()), scratch.file("advisory.json", ADVISORY.as_bytes()));
    let arguments = ["scan", "--dpkg-status", &status, "--advisories", &advisory];
    let table = purser_where(&arguments, "pl_PL.UTF-8");
    assert!(said(&table.stdout).starts_with("PAKIET   WERSJA"), "{}", said(&table.stdout));
    assert!(said(&table.stderr).contains("1 wiersz; porównane pakiety: 3"), "{}", said(&table.stderr));
    let nothing = purser_where(&["scan", "--dpkg-status", &status, "--os", "debian:13"], "pl_PL.UTF-8");
    assert!(said(&nothing.stderr).contains("3 pakiety bez pokrycia: nie podano ostrzeżeń dla Debian:13"), "{}", said(&nothing.stderr));
    let json = |locale| said(&purser_where(&[&arguments[..], &["--output", "json"]].concat(), locale).stdout);
    assert_eq!(json("pl_PL.UTF-8"), json("C"));
}

#[test]
fn a_database_that_init_was_not_told_of_is_refused_and_another_than_it_was_told_of_too() {
    let scratch = Scratch::new();
    let data = scratch.0.path().join("data").display().to_string();
    let made = purser(&["init", "--offline", "--data", &data]);
    assert!(made.status.success(), "{}", said(&made.stderr));
    let refused = purser(&["serve", "--data", &data, "--database", "postgres://owner:hunter2@127.0.0.1:1/x"]);
    assert_eq!(refused.status.code(), Some(1));
    let text = said(&refused.stderr);
    assert!(text.contains("keeps its data in embedded storage") && !text.contains("hunter2"), "{text}");
    assert!(purser(&["tenant", "list", "--data", &data]).status.success(), "the installation is as it was");
}

#[test]
fn an_offline_installation_says_that_files_are_to_be_imported() {
    let scratch = Scratch::new();
    let data = scratch.0.path().join("data").display().to_string();
    assert!(purser(&["init", "--offline", "--data", &data]).status.success());
    let listed = purser(&["feeds", "list", "--data", &data]);
    assert!(said(&listed.stdout).lines().skip(1).all(|line| line.contains("off: import files")), "{}", said(&listed.stdout));
    let fetched = purser(&["feeds", "fetch", "--all", "--data", &data]);
    assert_eq!(fetched.status.code(), Some(1));
    let sentence = "fetching is switched off on this installation (--offline): import files with `purser feeds import`\n";
    assert_eq!((said(&fetched.stdout).as_str(), said(&fetched.stderr).as_str()), ("", sentence));
    let json = purser(&["feeds", "fetch", "cisa-kev", "--data", &data, "--output", "json"]);
    let json: Value = serde_json::from_slice(&json.stdout).expect("JSON");
    assert_eq!(json, serde_json::json!([{ "feed": "cisa-kev", "fetched": { "outcome": "offline" } }]));
}
