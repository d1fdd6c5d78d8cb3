//! Which OSV records are read, and which are refused for themselves.

use vulnerabilities::advisory::{Event, Urgency};
use vulnerabilities::document::{Record, RecordRefusal};
use vulnerabilities::severity::Rating;

use crate::support::{advisories, read};

/// The refusal of a record that stands beside a good one.
fn refusal(name: &str, record: &str) -> RecordRefusal {
    let good = r#"{"id":"GOOD-1","modified":"2024-01-02T03:04:05Z"}"#;
    let bytes = if name.ends_with(".yaml") {
        crate::support::tar(&[("good.json", good.as_bytes()), (name, record.as_bytes())])
    } else {
        format!("{good}\n{record}").into_bytes()
    };
    let (report, records) = read(name, &bytes);
    let mut report = report.expect("the good record is read");
    assert_eq!((records.len(), report.refused_total), (1, 1), "{records:?}");
    report.refused.remove(0).reason
}

#[test]
fn what_publishers_stretch_is_read() {
    let record = r#"{"schema_version":null,"id":"RUSTSEC-2020-1","modified":"0001-01-01T00:00:00Z","aliases":null,"related":[],
        "summary":"Important: x","severity":[{"type":"CVSS_V3","score":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],
        "affected":[{"package":{"ecosystem":"crates.io","name":"x"},"versions":null,"ranges":[
            {"type":"GIT","repo":"https://example.org","events":[{"introduced":"0"}]},
            {"type":"SEMVER","events":[{"introduced":"0.0.0-0"},{"fixed":"0.1.4"}]}],"database_specific":{"severity":3}}],
        "database_specific":{"severity":{"a":1}},"unknown":{"x":[1,2,3]}}"#;
    let [advisory] = advisories("a.json", record.as_bytes()).try_into().expect("one");
    assert_eq!(advisory.modified, None);
    assert_eq!(advisory.rating(), Rating::Critical);
    assert_eq!(advisory.stated_rating, Rating::High);
    let affected = &advisory.affected[0];
    assert_eq!(affected.ranges.len(), 1);
    assert_eq!(affected.ranges[0].events, [Event::Introduced("0.0.0-0".into()), Event::Fixed("0.1.4".into())]);
}

#[test]
fn versions_that_a_range_holds_are_not_kept_beside_it() {
    let record = r#"{"id":"X-1","modified":"2024-01-02T03:04:05Z","affected":[{"package":{"ecosystem":"Debian:12","name":"p"},
        "ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"2"},{"fixed":"3"}]}],"versions":["1","2","2.5","3","no version"]}]}"#;
    let [advisory] = advisories("a.json", record.as_bytes()).try_into().expect("one");
    assert_eq!(advisory.affected[0].versions, ["1", "3", "no version"]);
}

#[test]
fn a_package_without_versions_is_no_fault_where_commits_are_named_or_the_record_is_withdrawn() {
    let record = |more: &str, ranges: &str| {
        format!(
            r#"{{"id":"X-1","modified":"2024-01-02T03:04:05Z"{more},"affected":[{{"package":{{"ecosystem":"PyPI","name":"p"}},"ranges":[{ranges}]}}]}}"#
        )
    };
    let withdrawn = record(r#","withdrawn":"2024-01-02T03:04:05Z""#, "");
    assert!(advisories("a.json", withdrawn.as_bytes())[0].affected.is_empty());
    let commits = record("", r#"{"type":"GIT","repo":"https://example.org","events":[{"introduced":"0"}]}"#);
    assert!(advisories("a.json", commits.as_bytes())[0].affected[0].ranges.is_empty());
}

#[test]
fn an_epoch_that_stands_in_the_packages_address_alone_counts() {
    let record = |purl: &str, fixed: &str| {
        let text = crate::support::osv("RLSA-2024:1", "Rocky Linux:9", "openssl", fixed);
        text.replacen(r#""name":"openssl""#, &format!(r#""name":"openssl","purl":"{purl}""#), 1)
    };
    let events = |purl: &str, fixed: &str| advisories("a.json", record(purl, fixed).as_bytes())[0].affected[0].ranges[0].events.clone();
    let with = |fixed: &str| vec![Event::Introduced("0".into()), Event::Fixed(fixed.into())];
    let purl = "pkg:rpm/rocky-linux/openssl?distro=rocky-linux-9&epoch=1";
    assert_eq!(events(purl, "3.0.7-28.el9_4"), with("1:3.0.7-28.el9_4"));
    assert_eq!(events(purl, "1:3.0.7-28.el9_4"), with("1:3.0.7-28.el9_4"));
    assert_eq!(events("pkg:rpm/rocky-linux/openssl?epoch=0", "3.0.7-28.el9_4"), with("3.0.7-28.el9_4"));
}

#[test]
fn a_distributions_own_word_on_a_package_is_read() {
    let record = |specific: &str| {
        let text = crate::support::osv("DEBIAN-CVE-2024-1", "Debian:12", "p", "2");
        text.replacen(r#""ranges""#, &format!(r#""ecosystem_specific":{specific},"ranges""#), 1)
    };
    for (specific, urgency) in [
        (r#"{"urgency":"unimportant"}"#, Some(Urgency::Unimportant)),
        (r#"{"urgency":"not yet assigned"}"#, None),
        (r#"{"urgency":["x"],"other":1}"#, None),
        ("null", None),
    ] {
        assert_eq!(advisories("a.json", record(specific).as_bytes())[0].affected[0].urgency, urgency, "{specific}");
    }
}

#[test]
fn an_advisory_survives_its_stored_form() {
    let record = r#"{"id":"GO-2021-1","modified":"2021-01-01T00:00:00.5Z","withdrawn":"2022-01-01T00:00:00Z","aliases":["CVE-2021-1234"],
        "affected":[{"package":{"ecosystem":"Go","name":"x"},"ranges":[{"type":"SEMVER","events":[{"introduced":"0"},{"last_affected":"1.2.3"}]}],
        "versions":["2.0.0"]}],"references":[{"url":"https://example.org"}]}"#;
    let [advisory] = advisories("a.json", record.as_bytes()).try_into().expect("one");
    let stored = serde_json::to_string(&advisory).expect("JSON");
    assert_eq!(serde_json::from_str::<vulnerabilities::advisory::Advisory>(&stored).expect("JSON"), advisory);
}

#[test]
fn a_record_that_would_match_wrongly_is_refused_with_its_reason() {
    let event = |event: &str| {
        format!(
            r#"{{"id":"X-1","modified":"2024-01-02T03:04:05Z","affected":[{{"package":{{"ecosystem":"PyPI","name":"p"}},"ranges":[{{"type":"ECOSYSTEM","events":[{event}]}}]}}]}}"#
        )
    };
    assert_eq!(
        refusal("a.json", &event(r#"{"fixed":"not a version"}"#)),
        RecordRefusal::Version { package: "p".into(), version: "not a version".into() }
    );
    assert_eq!(refusal("a.json", &event(r#"{"introduced":"1","fixed":"2"}"#)), RecordRefusal::Event);
    assert_eq!(refusal("a.json", &event("{}")), RecordRefusal::Event);
    assert_eq!(refusal("a.json", &event(r#"{"fixed":"2"}"#)), RecordRefusal::RangeNotOpened { package: "p".into() });
    assert_eq!(refusal("a.json", &event("")), RecordRefusal::NoVersion { package: "p".into() });
    assert!(matches!(refusal("a.json", &event(r#"{"fixed":1.10}"#)), RecordRefusal::Shape { .. }));
    assert_eq!(refusal("a.json", r#"{"id":"X-1","affected":[]}"#), RecordRefusal::Missing { field: "modified" });
    assert_eq!(refusal("a.json", r#"{"id":"X-1","modified":"yesterday"}"#), RecordRefusal::Date { field: "modified" });
    assert_eq!(refusal("a.json", r#"{"id":"X 1","modified":"2024-01-02T03:04:05Z"}"#), RecordRefusal::Id { text: "X 1".into() });
    assert!(matches!(refusal("a.json", r#"{"cveID":"CVE-2024-1","dateAdded":"2024-01-02"}"#), RecordRefusal::Cve { .. }));
    assert!(matches!(refusal("a.json", r#"{"hello":"world"}"#), RecordRefusal::NotRead { .. }));
}

#[test]
fn yaml_says_the_same_as_json_and_a_version_keeps_its_last_zero() {
    let yaml = "id: PYSEC-1\nmodified: '2024-01-02T03:04:05Z'\naffected:\n- package: {ecosystem: PyPI, name: p}\n  ranges:\n  - type: ECOSYSTEM\n    events:\n    - introduced: '0'\n    - fixed: '1.10'\n";
    let json = r#"{"id":"PYSEC-1","modified":"2024-01-02T03:04:05Z","affected":[{"package":{"ecosystem":"PyPI","name":"p"},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"1.10"}]}]}]}"#;
    assert_eq!(advisories("a.yaml", yaml.as_bytes()), advisories("a.json", json.as_bytes()));
    // YAML holds 1.10 for the number 1.1; the version must stay as it is written.
    assert_eq!(advisories("a.yaml", yaml.replace("'1.10'", "1.10").as_bytes()), advisories("a.json", json.as_bytes()));
    let (report, _) = read("a.yaml", b"id: [unclosed");
    assert!(report.expect_err("a refusal").to_string().starts_with("record 1 is not well-formed YAML"));
}

#[test]
fn a_yaml_that_multiplies_itself_is_refused() {
    let mut yaml = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
        yaml.push_str(&format!("a{level}: &a{level} [{aliases}]\n"));
    }
    assert!(read("a.yaml", yaml.as_bytes()).0.is_err());
}

#[test]
fn kinds_may_be_mixed_in_one_archive() {
    let kev = r#"{"cveID":"CVE-2024-1234","dateAdded":"2024-01-02"}"#;
    let archive = crate::support::zip(&[("a.json", br#"{"id":"X-1","modified":"2024-01-02T03:04:05Z"}"#), ("b.json", kev.as_bytes())]);
    let (report, records) = read("a.zip", &archive);
    let report = report.expect("readable");
    assert_eq!((report.advisories, report.known_exploited), (1, 1));
    assert!(matches!(records.as_slice(), [Record::Advisory(_), Record::KnownExploited(_)]));
}
