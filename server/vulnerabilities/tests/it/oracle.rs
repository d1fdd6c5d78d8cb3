//! A whole host against a whole feed: our scan, and an independent brute force that asks `dpkg --compare-versions`.
//!
//! The oracle shares no code with the crate: it reads the feed as plain JSON, pairs every package with every record of its
//! source, and lets dpkg decide.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::Value;
use vulnerabilities::matcher::AdvisorySet;
use vulnerabilities::profile::NotCovered;
use vulnerabilities::scan::{Host, scan};
use wire::state::{Package, PackageManager};

use crate::scanning::{os, package};
use crate::support::{advisories, shared};

/// package, version, source, source_version, cve, fixed_version
type Row = [String; 6];

#[test]
fn a_debian_12_host_has_exactly_the_rows_that_dpkg_finds() {
    let (Some(status), Some(feed)) = (shared("debian12-dpkg-status.zst"), shared("debian12-changelog-osv.jsonl.zst")) else { return };
    let packages = dpkg_status(&unpack(&status));
    assert_eq!(packages.len(), 989);
    let found = scanned(&packages, &feed);

    if let Some(example) = shared("example-expected-debian12.tsv") {
        let example = rows_of(&String::from_utf8(example).expect("UTF-8"));
        let sources: BTreeSet<&String> = example.iter().map(|row| &row[2]).collect();
        let of_sources: BTreeSet<Row> = found.iter().filter(|row| sources.contains(&row[2])).cloned().collect();
        assert_eq!((example.len(), sources.len()), (123, 4));
        assert_eq!(of_sources, example);
    }

    if Command::new("dpkg").arg("--version").output().is_err() {
        println!("SKIPPED: no dpkg on this host to ask");
        return;
    }
    let expected = brute_force(&packages, &unpack(&feed));
    println!("scan: {} rows; oracle: {} rows", found.len(), expected.len());
    assert_eq!(found.difference(&expected).collect::<Vec<_>>(), Vec::<&Row>::new(), "rows that dpkg does not find");
    assert_eq!(expected.difference(&found).collect::<Vec<_>>(), Vec::<&Row>::new(), "rows that only dpkg finds");
}

fn scanned(packages: &[Package], feed: &[u8]) -> BTreeSet<Row> {
    let set = AdvisorySet::of(advisories("debian12-changelog-osv.jsonl.zst", feed));
    let host = os("debian", "12");
    let report = scan(Host { os: Some(&host), kernel: None, packages }, &set);
    // Backports are compared all the same, but do not count as covered.
    let backports = packages.iter().filter(|package| package.version.contains("~bpo")).count();
    assert_eq!(report.not_covered.into_iter().collect::<Vec<_>>(), [(NotCovered::OtherOrigin, backports)]);
    assert_eq!(report.packages_covered, packages.len() - backports);
    let rows: BTreeSet<Row> = report
        .rows
        .iter()
        .cloned()
        .map(|row| [row.package, row.version, row.source, row.source_version, row.cve, row.fixed_version.expect("every record names one")])
        .collect();
    assert_eq!(rows.len(), report.rows.len(), "no row comes twice");
    rows
}

fn brute_force(packages: &[Package], feed: &str) -> BTreeSet<Row> {
    let mut by_source: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    for line in feed.lines() {
        let record: Value = serde_json::from_str(line).expect("JSON");
        let cves: Vec<&str> =
            record["aliases"].as_array().expect("aliases").iter().filter_map(Value::as_str).filter(|id| id.starts_with("CVE-")).collect();
        for affected in record["affected"].as_array().expect("affected") {
            assert_eq!(affected["package"]["ecosystem"], "Debian:12");
            let events = &affected["ranges"][0]["events"];
            assert_eq!(events[0]["introduced"], "0");
            let fixed = events[1]["fixed"].as_str().expect("fixed");
            let name = affected["package"]["name"].as_str().expect("name");
            by_source.entry(name.to_owned()).or_default().extend(cves.iter().map(|cve| ((*cve).to_owned(), fixed.to_owned())));
        }
    }
    let candidates: Vec<(&Package, &(String, String))> = packages
        .iter()
        .flat_map(|package| by_source.get(package.source_name()).into_iter().flatten().map(move |flaw| (package, flaw)))
        .collect();
    let questions: BTreeSet<(&str, &str)> =
        candidates.iter().map(|(package, (_, fixed))| (package.source_version(), fixed.as_str())).collect();
    let lower = ask_dpkg(&questions);
    candidates
        .into_iter()
        .filter(|(package, (_, fixed))| lower.contains(&(package.source_version(), fixed.as_str())))
        .map(|(package, (cve, fixed))| {
            [&package.name, &package.version, package.source_name(), package.source_version(), cve, fixed].map(ToString::to_string)
        })
        .collect()
}

/// The pairs whose first version is lower than the second, by one shell that runs dpkg once for each.
fn ask_dpkg<'a>(questions: &BTreeSet<(&'a str, &'a str)>) -> BTreeSet<(&'a str, &'a str)> {
    let script = r#"while read -r a b; do if dpkg --compare-versions "$a" lt "$b"; then echo 1; else echo 0; fi; done"#;
    let mut shell = Command::new("sh").args(["-c", script]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("a shell");
    let mut input = shell.stdin.take().expect("piped");
    let text: String = questions.iter().map(|(a, b)| format!("{a} {b}\n")).collect();
    let writer = std::thread::spawn(move || input.write_all(text.as_bytes()));
    let output = shell.wait_with_output().expect("the shell ends");
    writer.join().expect("no panic").expect("the shell reads");
    let answers = String::from_utf8(output.stdout).expect("UTF-8");
    assert_eq!(answers.lines().count(), questions.len());
    println!("dpkg was asked {} times", questions.len());
    questions.iter().zip(answers.lines()).filter(|(_, answer)| *answer == "1").map(|(question, _)| *question).collect()
}

fn rows_of(tsv: &str) -> BTreeSet<Row> {
    let row = |line: &str| -> Row {
        let fields: Vec<String> = line.split('\t').map(ToOwned::to_owned).collect();
        fields.try_into().expect("six columns")
    };
    tsv.lines().skip(1).map(row).collect()
}

fn dpkg_status(text: &str) -> Vec<Package> {
    text.split("\n\n").filter(|stanza| stanza.contains("Package:")).map(stanza).collect()
}

fn stanza(text: &str) -> Package {
    let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    let (name, version) = (field("Package").expect("a name"), field("Version").expect("a version"));
    let source = field("Source").map(|source| match source.split_once(" (") {
        Some((source, rest)) => (source, rest.trim_end_matches(')')),
        None => (source, version),
    });
    package(PackageManager::Dpkg, name, version, source)
}

fn unpack(bytes: &[u8]) -> String {
    String::from_utf8(zstd::decode_all(bytes).expect("zstd")).expect("UTF-8")
}
