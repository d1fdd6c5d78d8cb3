//! The shared sources are read completely, or refused record by record or as a whole, with counts.

use std::collections::BTreeMap;

use vulnerabilities::document::DocumentReport;
use vulnerabilities::matcher::AdvisorySet;

use crate::support::{advisories, read, shared};

fn report(name: &str) -> Option<DocumentReport> {
    let bytes = shared(name)?;
    let report = read(name, &bytes).0.expect("readable");
    let DocumentReport { advisories, known_exploited, scores, refused_total, .. } = &report;
    println!("{name}: {advisories} advisories, {known_exploited} KEV entries, {scores} EPSS scores, {refused_total} refused");
    for refused in &report.refused {
        println!("  {}: {}", refused.record, refused.reason);
    }
    Some(report)
}

#[test]
fn every_named_source_is_read_or_refused_record_by_record() {
    for (name, advisories, known_exploited, scores, refused) in [
        ("almalinux-osv.jsonl.zst", 4_562, 0, 0, 0),
        ("go-vulndb-osv.jsonl.zst", 3_449, 0, 0, 0),
        ("rustsec-osv.jsonl.zst", 597, 0, 0, 0),
        // PYSEC-2019-125 gives a date, 2019-09-12, for a version of `steam`: PEP 440 cannot order it.
        ("pypa-osv-yaml.tar.zst", 2_110, 0, 0, 1),
        ("debian12-changelog-osv.jsonl.zst", 9_234, 0, 0, 0),
        ("cisa-kev.jsonl.zst", 0, 1_113, 0, 0),
        ("epss-2026-08-16.csv.zst", 0, 0, 287_890, 0),
    ] {
        let Some(report) = report(name) else { continue };
        assert_eq!(
            (report.advisories, report.known_exploited, report.scores, report.refused_total),
            (advisories, known_exploited, scores, refused)
        );
    }
}

#[test]
fn every_other_source_is_refused_with_its_reason() {
    for (name, what) in [
        ("alpine-secdb-2020.jsonl.zst", "this is an Alpine secdb record"),
        ("debian-dsa-dla-list.jsonl.zst", "this is an entry of Debian's DSA or DLA list"),
        ("retirejs-jsrepository-v4.json.zst", "this is a RetireJS repository"),
        ("ruby-advisory-db.tar.zst", "this is a ruby-advisory-db record"),
        ("com.ubuntu.lunar.usn.oval.xml.bz2", "this is data packed with bzip2"),
        ("debian12-dpkg-status.zst", "this is neither JSON"),
        ("trivydb-feed-fixtures.tar.zst", "record "),
    ] {
        let Some(bytes) = shared(name) else { continue };
        let error = read(name, &bytes).0.expect_err(name).to_string();
        println!("{name}: {error}");
        assert!(error.starts_with(what), "{error}");
    }
}

#[test]
fn almalinux_records_that_come_twice_are_identical() {
    let Some(bytes) = shared("almalinux-osv.jsonl.zst") else { return };
    let mut by_id = BTreeMap::<String, Vec<_>>::new();
    let advisories = advisories("almalinux-osv.jsonl.zst", &bytes);
    for advisory in &advisories {
        by_id.entry(advisory.id.clone()).or_default().push(advisory);
    }
    let repeated: Vec<_> = by_id.values().filter(|records| records.len() > 1).collect();
    assert_eq!(repeated.len(), 31);
    assert!(repeated.iter().all(|records| records.windows(2).all(|pair| pair[0] == pair[1])));
    let set = AdvisorySet::of(advisories.clone());
    assert_eq!(set.len(), by_id.len());
    assert_eq!(set.ecosystems(), ["AlmaLinux:10", "AlmaLinux:8", "AlmaLinux:9"]);
}
