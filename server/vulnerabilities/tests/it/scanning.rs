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
fn rocky_linux_is_matched_by_the_names_of_its_sources() {
    let host = os("rocky", "9.4");
    let packages = [package(PackageManager::Rpm, "openssl-libs", "1:3.0.7-27.el9", Some(("openssl", "3.0.7-27.el9")))];
    let erratum = osv("RLSA-2024:1", "Rocky Linux:9", "openssl", "1:3.0.7-28.el9_4").replacen('{', r#"{"aliases":["CVE-2024-1111"],"#, 1);
    let report = scan(Host { os: Some(&host), kernel: None, packages: &packages }, &set(&[erratum]));
    assert_eq!(lines(&report), ["openssl-libs 1:3.0.7-27.el9 CVE-2024-1111 1:3.0.7-28.el9_4"]);
}

#[test]
fn an_erratum_of_a_module_stream_concerns_builds_of_this_stream() {
    let host = os("almalinux", "8.9");
    let rpm = |version| package(PackageManager::Rpm, "nodejs", version, None);
    let erratum = osv("ALSA-2023:1583", "AlmaLinux:8", "nodejs", "1:18.14.2-2.module_el8.7.0+3445+2d6a6d2e").replacen(
        '{',
        r#"{"related":["CVE-2024-1111"],"summary":"Important: nodejs:18 security update","#,
        1,
    );
    let known = set(&[erratum]);
    let is_affected = |version| !scan(Host { os: Some(&host), kernel: None, packages: &[rpm(version)] }, &known).rows.is_empty();
    assert!(is_affected("1:18.9.1-1.module_el8.7.0+3370+dd0cb8ad"));
    assert!(!is_affected("1:18.14.2-2.module_el8.7.0+3445+2d6a6d2e"));
    assert!(!is_affected("1:16.19.1-1.module_el8.7.0+3445+2d6a6d2e"), "another stream");
    assert!(!is_affected("1:16.20.2-1nodesource"), "no build of a module");
}

#[test]
fn what_ubuntus_paid_archive_mends_concerns_every_host_of_the_release() {
    let entry = |ecosystem: &str, events: &str| {
        format!(
            r#"{{"package":{{"ecosystem":"{ecosystem}","name":"p"}},"ranges":[{{"type":"ECOSYSTEM","events":[{{"introduced":"0"}}{events}]}}]}}"#
        )
    };
    let record = |entries: &[String]| {
        format!(
            r#"{{"id":"UBUNTU-CVE-2024-1","upstream":["CVE-2024-1111"],"modified":"2024-01-02T03:04:05Z","affected":[{}]}}"#,
            entries.join(",")
        )
    };
    let paid = |release: &str| entry(&format!("Ubuntu:Pro:{release}:LTS"), r#",{"fixed":"1-1ubuntu1~esm1"}"#);
    let found = |release: &str, version: &str, record: String| {
        let packages = [package(PackageManager::Dpkg, "p", version, None)];
        lines(&scan(Host { os: Some(&os("ubuntu", release)), kernel: None, packages: &packages }, &set(&[record])))
    };
    let row = |fixed: &str| vec![format!("p 1-1 CVE-2024-1111 {fixed}")];
    assert_eq!(found("20.04", "1-1", record(&[paid("20.04")])), row("1-1ubuntu1~esm1"), "after its free years");
    let both = || record(&[entry("Ubuntu:22.04:LTS", ""), paid("22.04")]);
    assert_eq!(found("22.04", "1-1", both()), row("1-1ubuntu1~esm1"));
    assert_eq!(found("22.04", "1-1ubuntu1~esm1", both()), Vec::<String>::new(), "mended by subscription");
    let free = record(&[entry("Ubuntu:22.04:LTS", r#",{"fixed":"1-1ubuntu0.1"}"#), paid("22.04")]);
    assert_eq!(found("22.04", "1-1", free.clone()), row("1-1ubuntu0.1"));
    assert_eq!(found("22.04", "1-1ubuntu0.1", free), Vec::<String>::new(), "mended for free");
    assert_eq!(found("24.04", "1-1", both()), Vec::<String>::new(), "another release");
    let open = record(&[entry("Ubuntu:22.04:LTS", "")]);
    assert_eq!(found("22.04", "1-1", open), row("-"));
}

fn kernel(release: &str, version: &str) -> Kernel {
    Kernel { name: "Linux".into(), release: release.into(), version: version.into(), machine: "x86_64".into(), package: None }
}

fn debians(release: &str, build: &str) -> Kernel {
    kernel(release, &format!("#1 SMP PREEMPT_DYNAMIC Debian {build} (2024-02-01)"))
}

fn signed(release: &str, version: &str) -> Package {
    package(PackageManager::Dpkg, &format!("linux-image-{release}"), version, Some(("linux-signed-amd64", &version.replace('-', "+"))))
}

fn classes(report: &ScanReport) -> Vec<(String, PackageClass)> {
    report.rows.iter().map(|row| (format!("{} {}", row.package, row.version), row.class)).collect()
}

#[test]
fn only_the_booted_kernel_is_software() {
    let host = os("debian", "12");
    let packages = [
        signed("6.1.0-18-amd64", "6.1.76-1"),
        signed("6.1.0-21-amd64", "6.1.90-1"),
        package(PackageManager::Dpkg, "linux-libc-dev", "6.1.90-1", Some(("linux", "6.1.90-1"))),
    ];
    let kernel = debians("6.1.0-21-amd64", "6.1.90-1");
    let report =
        scan(Host { os: Some(&host), kernel: Some(&kernel), packages: &packages }, &set(&[osv("X-1", "Debian:12", "linux", "6.1.94-1")]));
    assert_eq!(
        classes(&report),
        [
            ("linux-image-6.1.0-18-amd64 6.1.76-1".into(), PackageClass::KernelCompanion),
            ("linux-image-6.1.0-21-amd64 6.1.90-1".into(), PackageClass::Software),
            ("linux-libc-dev 6.1.90-1".into(), PackageClass::KernelCompanion)
        ]
    );
    assert_eq!((report.kernel_not_covered, report.waits_for_reboot), (None, 0));
}

#[test]
fn a_kernel_that_was_mended_on_the_disk_alone_is_still_affected() {
    let host = os("debian", "12");
    let known = set(&[osv("X-1", "Debian:12", "linux", "6.1.85-1")]);
    let report = |packages: &[Package], kernel: &Kernel| scan(Host { os: Some(&host), kernel: Some(kernel), packages }, &known);
    let running = ("linux-image-6.1.0-18-amd64 6.1.76-1".to_owned(), PackageClass::Software);

    let replaced = report(&[signed("6.1.0-18-amd64", "6.1.85-1")], &debians("6.1.0-18-amd64", "6.1.76-1"));
    assert_eq!((classes(&replaced), replaced.waits_for_reboot), (vec![running.clone()], 1));
    let beside = [signed("6.1.0-18-amd64", "6.1.76-1"), signed("6.1.0-21-amd64", "6.1.90-1")];
    let beside = report(&beside, &debians("6.1.0-18-amd64", "6.1.76-1"));
    assert_eq!((classes(&beside), beside.waits_for_reboot), (vec![running.clone()], 1));
    let alone = report(&[signed("6.1.0-18-amd64", "6.1.76-1")], &debians("6.1.0-18-amd64", "6.1.76-1"));
    assert_eq!((classes(&alone), alone.waits_for_reboot), (vec![running], 0));
    // The other way round: what runs is mended, what lies on the disk is not.
    let taken_back = report(&[signed("6.1.0-18-amd64", "6.1.76-1")], &debians("6.1.0-18-amd64", "6.1.85-1"));
    assert_eq!(classes(&taken_back), [("linux-image-6.1.0-18-amd64 6.1.76-1".into(), PackageClass::KernelCompanion)]);
}

#[test]
fn ubuntus_kernels_are_matched_by_the_source_of_their_flavour() {
    let host = os("ubuntu", "22.04");
    let image = package(
        PackageManager::Dpkg,
        "linux-image-6.5.0-14-generic",
        "6.5.0-21.21~22.04.1",
        Some(("linux-signed-hwe-6.5", "6.5.0-21.21~22.04.1")),
    );
    let kernel = kernel("6.5.0-14-generic", "#14~22.04.1-Ubuntu SMP PREEMPT_DYNAMIC Mon Nov 20 18:15:30 UTC 2");
    let known = set(&[
        osv("X-1", "Ubuntu:22.04:LTS", "linux-hwe-6.5", "6.5.0-15.15~22.04.1"),
        osv("X-2", "Ubuntu:22.04:LTS", "linux-hwe-6.5", "6.5.0-14.14~22.04.1"),
        osv("X-3", "Ubuntu:22.04:LTS", "linux", "9"),
    ]);
    let report = scan(Host { os: Some(&host), kernel: Some(&kernel), packages: &[image] }, &known);
    assert_eq!(lines(&report), ["linux-image-6.5.0-14-generic 6.5.0-14.14~22.04.1 X-1 6.5.0-15.15~22.04.1"]);
    assert_eq!((report.rows[0].class, report.waits_for_reboot), (PackageClass::Software, 1));
}

#[test]
fn of_rpm_kernels_side_by_side_only_the_booted_one_counts() {
    let host = os("almalinux", "9.4");
    let rpm = |name, version| package(PackageManager::Rpm, name, version, Some(("kernel", version)));
    let (old, new) = ("5.14.0-427.13.1.el9_4", "5.14.0-427.31.1.el9_4");
    let packages = [rpm("kernel", old), rpm("kernel-core", old), rpm("kernel", new), rpm("kernel-core", new)];
    let known = set(&[
        osv("ALSA-1", "AlmaLinux:9", "kernel-core", new).replacen('{', r#"{"related":["CVE-2024-1111"],"#, 1),
        osv("ALSA-2", "AlmaLinux:9", "kernel-core", "5.14.0-500.el9").replacen('{', r#"{"related":["CVE-2024-2222"],"#, 1),
    ]);
    let report = |running: &str| {
        let kernel = kernel(&format!("{running}.x86_64"), "#1 SMP PREEMPT_DYNAMIC Wed May 1 19:11:28 UTC 2024");
        let report = scan(Host { os: Some(&host), kernel: Some(&kernel), packages: &packages }, &known);
        let software = report.rows.iter().filter(|row| row.class == PackageClass::Software);
        (software.map(|row| format!("{} {}", row.cve, row.version)).collect::<Vec<_>>(), report.waits_for_reboot)
    };
    assert_eq!(report(old), (vec![format!("CVE-2024-1111 {old}"), format!("CVE-2024-2222 {old}")], 1));
    assert_eq!(report(new), (vec![format!("CVE-2024-2222 {new}")], 0));
}

#[test]
fn a_kernel_of_nobodys_build_is_not_covered_and_the_packages_are() {
    let host = os("debian", "12");
    let known = set(&[osv("X-1", "Debian:12", "linux", "6.1.85-1"), osv("X-2", "Debian:12", "zlib", "2")]);
    let reason = |packages: &[Package], kernel: Option<&Kernel>| {
        let report = scan(Host { os: Some(&host), kernel, packages }, &known);
        (report.kernel_not_covered.map(|reason| reason.name()), report.packages_covered)
    };
    let zlib = [package(PackageManager::Dpkg, "zlib", "2", None)];
    assert_eq!(reason(&zlib, Some(&debians("6.1.0-18-amd64", "6.1.76-1"))), (Some("kernel-of-no-package"), 1), "a container");
    assert_eq!(reason(&zlib, None), (Some("kernel-not-collected"), 1));
    let own = package(PackageManager::Dpkg, "linux-image-6.5.0-custom", "6.5.0-1", Some(("linux-upstream", "6.5.0-1")));
    let self_built = kernel("6.5.0-custom", "#1 SMP PREEMPT_DYNAMIC Tue Mar  5 10:00:00 UTC 2024");
    assert_eq!(reason(&[own], Some(&self_built)), (Some("kernel-version-not-read"), 1));
}

#[test]
fn silence_about_a_package_of_another_origin_is_not_counted_as_an_answer() {
    let host = os("debian", "12");
    let known = set(&[osv("X-1", "Debian:12", "nodejs", "18")]);
    let foreign = |version| Package { vendor: Some("Node Source".into()), ..package(PackageManager::Dpkg, "nodejs", version, None) };
    let packages = [foreign("16-1nodesource1"), package(PackageManager::Dpkg, "qemu", "9~bpo12+1", None)];
    let report = scan(Host { os: Some(&host), kernel: None, packages: &packages }, &known);
    assert_eq!(lines(&report), ["nodejs 16-1nodesource1 X-1 18"], "what an advisory says stands");
    assert_eq!((report.packages_covered, report.not_covered.into_iter().collect::<Vec<_>>()), (0, vec![(NotCovered::OtherOrigin, 2)]));
}

#[test]
fn a_report_names_the_advisories_that_it_rests_on() {
    let host = os("debian", "12");
    let packages = [package(PackageManager::Dpkg, "p", "1", None)];
    let withdrawn = osv("X-3", "Debian:12", "p", "2").replacen('{', r#"{"withdrawn":"2024-05-01T00:00:00Z","#, 1);
    let known = set(&[
        osv("X-1", "Debian:12", "p", "2"),
        osv("X-2", "Debian:12", "q", "2").replace("2024-01-02", "2024-03-02"),
        withdrawn,
        osv("X-4", "Debian:13", "p", "2").replace("2024-01-02", "2025-01-02"),
    ]);
    let report = scan(Host { os: Some(&host), kernel: None, packages: &packages }, &known);
    let [basis] = report.basis.as_slice() else { panic!("{:?}", report.basis) };
    assert_eq!((basis.ecosystem.as_str(), basis.advisories()), ("Debian:12", 2));
    assert_eq!(basis.newest_at().map(|time| time.to_string()).as_deref(), Some("2024-03-02T03:04:05Z"));
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
