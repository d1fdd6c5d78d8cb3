//! One host's packages against advisories.

use vulnerabilities::matcher::AdvisorySet;
use vulnerabilities::package_class::PackageClass;
use vulnerabilities::profile::NotCovered;
use vulnerabilities::scan::{Host, ScanReport, scan};
use wire::state::{Kernel, Os, Package, PackageManager};

use crate::support::{advisories, osv};

pub(crate) fn os(id: &str, version_id: &str) -> Os {
    Os { id: id.into(), version_id: Some(version_id.into()), codename: None, pretty_name: None, id_like: Vec::new() }
}

pub(crate) fn package(manager: PackageManager, name: &str, version: &str, source: Option<(&str, &str)>) -> Package {
    Package {
        manager,
        name: name.into(),
        architecture: "amd64".into(),
        version: version.into(),
        source: source.map(|(name, _)| name.to_owned()).filter(|source| source != name),
        source_version: source.map(|(_, version)| version.to_owned()).filter(|source| source != version),
        held: false,
        incomplete: false,
        installed_at: None,
        vendor: None,
    }
}

fn set(records: &[String]) -> AdvisorySet {
    AdvisorySet::of(advisories("a.jsonl", records.join("\n").as_bytes()))
}

fn lines(report: &ScanReport) -> Vec<String> {
    let line = |row: &vulnerabilities::scan::ScanRow| {
        format!("{} {} {} {}", row.package, row.version, row.cve, row.fixed_version.as_deref().unwrap_or("-"))
    };
    report.rows.iter().map(line).collect()
}

#[test]
fn a_row_has_exactly_the_promised_fields() {
    let host = os("debian", "12");
    let packages = [package(PackageManager::Dpkg, "libexpat1", "2.5.0-1+b1", Some(("expat", "2.5.0-1")))];
    let report = scan(Host { os: Some(&host), kernel: None, packages: &packages }, &set(&[osv("X-1", "Debian:12", "expat", "2.5.0-2")]));
    assert_eq!(
        serde_json::to_string(&report.rows).expect("JSON"),
        r#"[{"package":"libexpat1","version":"2.5.0-1+b1","source":"expat","source_version":"2.5.0-1","cve":"X-1","fixed_version":"2.5.0-2"}]"#
    );
}

#[test]
fn every_alias_that_is_a_cve_has_its_row_and_the_highest_mending_version_counts() {
    let host = os("debian", "12");
    let packages = [package(PackageManager::Dpkg, "p", "1", None), package(PackageManager::Dpkg, "p", "1", None)];
    let alias =
        |id: &str, fixed: &str, aliases: &str| osv(id, "Debian:12", "p", fixed).replacen('{', &format!(r#"{{"aliases":[{aliases}],"#), 1);
    let records = [
        alias("A-1", "2", r#""CVE-2024-1111","CVE-2024-2222","GHSA-x""#),
        alias("A-2", "10", r#""CVE-2024-2222""#),
        alias("A-3", "3", ""),
        alias("A-4", "1", r#""CVE-2024-4444""#),
    ];
    let report = scan(Host { os: Some(&host), kernel: None, packages: &packages }, &set(&records));
    assert_eq!(lines(&report), ["p 1 A-3 3", "p 1 CVE-2024-1111 2", "p 1 CVE-2024-2222 10"]);
    assert_eq!(report.packages_covered, 2);
}

#[test]
fn almalinux_is_matched_by_binary_names_and_its_errata_by_the_cves_that_they_mend() {
    let host = os("almalinux", "9.4");
    let packages = [package(PackageManager::Rpm, "openssl-libs", "1:3.0.7-27.el9", Some(("openssl", "1:3.0.7-27.el9")))];
    let erratum =
        osv("ALSA-2024:1", "AlmaLinux:9", "openssl-libs", "1:3.0.7-28.el9_4").replacen('{', r#"{"related":["CVE-2024-1111"],"#, 1);
    let report = scan(Host { os: Some(&host), kernel: None, packages: &packages }, &set(&[erratum]));
    assert_eq!(lines(&report), ["openssl-libs 1:3.0.7-27.el9 CVE-2024-1111 1:3.0.7-28.el9_4"]);
}

#[test]
fn only_the_booted_kernel_is_software() {
    let host = os("debian", "12");
    let kernel =
        Kernel { name: "Linux".into(), release: "6.1.0-21-amd64".into(), version: String::new(), machine: "x86_64".into(), package: None };
    let signed =
        |name: &str, version: &str, signed: &str| package(PackageManager::Dpkg, name, version, Some(("linux-signed-amd64", signed)));
    let packages = [
        signed("linux-image-6.1.0-18-amd64", "6.1.76-1", "6.1.76+1"),
        signed("linux-image-6.1.0-21-amd64", "6.1.90-1", "6.1.90+1"),
        package(PackageManager::Dpkg, "linux-libc-dev", "6.1.90-1", Some(("linux", "6.1.90-1"))),
    ];
    let report =
        scan(Host { os: Some(&host), kernel: Some(&kernel), packages: &packages }, &set(&[osv("X-1", "Debian:12", "linux", "6.1.94-1")]));
    let classes: Vec<(&str, PackageClass)> = report.rows.iter().map(|row| (row.package.as_str(), row.class)).collect();
    assert_eq!(
        classes,
        [
            ("linux-image-6.1.0-18-amd64", PackageClass::KernelCompanion),
            ("linux-image-6.1.0-21-amd64", PackageClass::Software),
            ("linux-libc-dev", PackageClass::KernelCompanion)
        ]
    );
}

#[test]
fn what_cannot_be_compared_is_counted_with_its_reason() {
    let packages = [package(PackageManager::Dpkg, "p", "1", None), package(PackageManager::Dpkg, "q", "1 0", None)];
    let known = set(&[osv("X-1", "Debian:12", "p", "2")]);
    let reasons = |os: Option<&Os>, advisories: &AdvisorySet| {
        let report = scan(Host { os, kernel: None, packages: &packages }, advisories);
        assert!(report.rows.len() <= 1);
        report.not_covered.into_iter().collect::<Vec<_>>()
    };
    let debian = os("debian", "12");
    assert_eq!(reasons(None, &known), [(NotCovered::OsNotCollected, 2)]);
    assert_eq!(reasons(Some(&os("arch", "1")), &known), [(NotCovered::OsNotSupported { os: "arch 1".into() }, 2)]);
    assert_eq!(reasons(Some(&debian), &AdvisorySet::default()), [(NotCovered::NoAdvisories { ecosystem: "Debian:12".into() }, 2)]);
    assert_eq!(reasons(Some(&debian), &known), [(NotCovered::VersionNotRead, 1)]);
}
