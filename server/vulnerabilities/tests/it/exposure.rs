//! What a fleet is told about its exposure.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use kernel::{DeviceId, DeviceScope, Scope};
use vulnerabilities::package_class::PackageClass;
use vulnerabilities::profile::NotCovered;
use vulnerabilities::severity::Rating;
use vulnerabilities::{Finding, FindingFilter, FindingSort, VulnerabilitiesError};
use wire::state::State;

use crate::house::{House, booted, deb, deb_of, debian, host, on_both_engines, pending};
use crate::support::osv;

pub(crate) async fn findings(house: &House, scope: &Scope) -> Vec<Finding> {
    let found = house.vulnerabilities.findings(scope, &FindingFilter::default(), FindingSort::Kev, None, 1_000).await.expect("found");
    found.into_iter().map(|(_, finding)| finding).collect()
}

/// Name, devices, devices with a fix available.
pub(crate) async fn summary(house: &House, scope: &Scope) -> Vec<(String, u64, u64)> {
    let all = findings(house, scope).await;
    all.into_iter().map(|finding| (finding.cve.to_string(), finding.devices_exposed, finding.fix_available_devices)).collect()
}

pub(crate) fn cve(id: &str, package: &str, fixed: &str) -> String {
    osv(&format!("D-{id}"), "Debian:12", package, fixed).replacen('{', &format!(r#"{{"aliases":["{id}"],"#), 1) + "\n"
}

#[test]
fn a_finding_counts_the_devices_and_those_that_can_be_mended_now() {
    on_both_engines(async |house| {
        let mut mendable = debian(vec![deb_of("libexpat1", "2.5.0-1", ("expat", "2.5.0-1")), deb("zlib", "1.2-1")]);
        mendable.updates = Some(pending(&[("libexpat1", "2.5.0-1", "2.5.0-3")]));
        let mut almost = debian(vec![deb_of("libexpat1", "2.5.0-1", ("expat", "2.5.0-1"))]);
        almost.updates = Some(pending(&[("libexpat1", "2.5.0-1", "2.5.0-1.1")]));
        house.device(mendable).await;
        house.device(almost).await;
        house.device(debian(vec![deb_of("libexpat1", "2.5.0-2", ("expat", "2.5.0-2"))])).await;
        house
            .import(
                "a.jsonl",
                &(cve("CVE-2024-1111", "expat", "2.5.0-2") + &cve("CVE-2024-2222", "expat", "3") + &cve("CVE-2024-3333", "zlib", "1.2-1")),
            )
            .await;

        let owner = house.owner();
        assert_eq!(summary(&house, &owner).await, [("CVE-2024-2222".into(), 3, 0), ("CVE-2024-1111".into(), 2, 1)]);
        let detail = house.vulnerabilities.finding(&owner, "CVE-2024-1111").await.expect("found");
        let [package] = detail.affected.as_slice() else { panic!("{:?}", detail.affected) };
        assert_eq!((package.profile.as_str(), package.source.as_str()), ("Debian:12", "expat"));
        let [version] = package.versions.as_slice() else { panic!("{package:?}") };
        assert_eq!((version.source_version.as_str(), version.fixed_version.as_deref(), version.devices), ("2.5.0-1", Some("2.5.0-2"), 2));
        assert_eq!(version.fix_available_devices, 1);
        let [(advisory, provenance)] = detail.advisories.as_slice() else { panic!("{:?}", detail.advisories) };
        assert_eq!((advisory.id.as_str(), provenance.feed.as_str()), ("D-CVE-2024-1111", "osv-debian"));

        let nobody = house.vulnerabilities.finding(&owner, "CVE-2024-3333").await.expect("an advisory names it");
        assert_eq!((nobody.finding.devices_exposed, nobody.affected.len()), (0, 0));
        assert!(matches!(house.vulnerabilities.finding(&owner, "CVE-2024-9999").await, Err(VulnerabilitiesError::NotFound)));
    });
}

#[test]
fn a_change_of_the_fleet_or_of_the_master_is_seen_at_once() {
    on_both_engines(async |house| {
        let owner = house.owner();
        let device = house.device(debian(vec![deb("zlib", "1")])).await;
        assert_eq!(summary(&house, &owner).await, []);
        house.import("a.json", &cve("CVE-2024-1111", "zlib", "2")).await;
        assert_eq!(summary(&house, &owner).await, [("CVE-2024-1111".into(), 1, 0)]);
        house.report(device, debian(vec![deb("zlib", "2")])).await;
        assert_eq!(summary(&house, &owner).await, []);
    });
}

#[test]
fn a_scope_sees_nothing_of_devices_out_of_its_sight() {
    on_both_engines(async |house| {
        let seen = house.device(debian(vec![deb("zlib", "1")])).await;
        let hidden = house.device(debian(vec![deb("zlib", "1.5"), deb("secret-tool", "1")])).await;
        house.import("a.jsonl", &(cve("CVE-2024-1111", "zlib", "2") + &cve("CVE-2024-2222", "secret-tool", "2"))).await;
        let scope = house.person(DeviceScope::One(seen));

        assert_eq!(summary(&house, &scope).await, [("CVE-2024-1111".into(), 1, 0)]);
        let detail = house.vulnerabilities.finding(&scope, "CVE-2024-1111").await.expect("found");
        assert_eq!(detail.affected[0].versions.iter().map(|version| version.source_version.as_str()).collect::<Vec<_>>(), ["1"]);
        let devices = house.vulnerabilities.finding_devices(&scope, "CVE-2024-1111", None, 10).await.expect("found");
        assert_eq!(devices.iter().map(|found| found.device).collect::<Vec<_>>(), [seen]);
        let packages = house.vulnerabilities.package_findings(&scope, None, 10).await.expect("found");
        assert_eq!(packages.iter().map(|package| (package.source.as_str(), package.devices_exposed)).collect::<Vec<_>>(), [("zlib", 1)]);
        assert!(matches!(house.vulnerabilities.device_findings(&scope, hidden).await, Err(VulnerabilitiesError::NotFound)));
        assert_eq!(house.vulnerabilities.coverage(&scope).await.expect("counted").covered_devices, 1);

        let nothing = house.person(DeviceScope::None);
        assert_eq!(summary(&house, &nothing).await, []);
    });
}

#[test]
fn an_answer_has_three_states_and_silence_has_its_reason() {
    on_both_engines(async |house| {
        let zlib = |version: &str| vec![deb("zlib", version)];
        let affected = house.device(debian(zlib("1"))).await;
        let mended = house.device(debian(zlib("2"))).await;
        let arch = house.device(host("arch", "1", zlib("1"))).await;
        let trixie = house.device(host("debian", "13", zlib("1"))).await;
        let without_packages = house.device(State { packages: None, ..debian(Vec::new()) }).await;
        let without_os = house.device(State { os: None, ..debian(zlib("1")) }).await;
        let silent = house.enrol().await;
        house.import("a.json", &cve("CVE-2024-1111", "zlib", "2")).await;

        let owner = house.owner();
        let answer = async |device: DeviceId| {
            house.vulnerabilities.device_findings(&owner, device).await.expect("answered").map(|found| found.findings.len())
        };
        assert_eq!(answer(affected).await, Ok(1));
        assert_eq!(answer(mended).await, Ok(0));
        let reasons = [
            (arch, NotCovered::OsNotSupported { os: "arch 1".into() }),
            (trixie, NotCovered::NoAdvisories { ecosystem: "Debian:13".into() }),
            (without_packages, NotCovered::PackagesNotCollected),
            (without_os, NotCovered::OsNotCollected),
            (silent, NotCovered::NotReported),
        ];
        for (device, reason) in &reasons {
            assert_eq!(answer(*device).await.as_ref(), Err(reason));
        }
        let coverage = house.vulnerabilities.coverage(&owner).await.expect("counted");
        assert_eq!(coverage.covered_devices, 2);
        let mut expected: Vec<_> = reasons.into_iter().map(|(_, reason)| (reason, 1)).collect();
        expected.sort();
        let mut found = coverage.not_covered;
        found.sort();
        assert_eq!(found, expected);
    });
}

#[test]
fn without_advisories_nothing_is_said_to_be_safe() {
    on_both_engines(async |house| {
        let device = house.device(debian(vec![deb("zlib", "1")])).await;
        let owner = house.owner();
        let reason = NotCovered::NoAdvisories { ecosystem: "Debian:12".into() };
        assert_eq!(house.vulnerabilities.device_findings(&owner, device).await.expect("answered").err(), Some(reason.clone()));
        let coverage = house.vulnerabilities.coverage(&owner).await.expect("counted");
        assert_eq!((coverage.covered_devices, coverage.not_covered), (0, vec![(reason, 1)]));
    });
}

#[test]
fn a_flaw_of_the_kernel_concerns_the_devices_that_booted_it() {
    on_both_engines(async |house| {
        let image = |release: &str, version: &str| {
            let signed = version.replace('-', "+");
            deb_of(&format!("linux-image-{release}"), version, ("linux-signed-amd64", &signed))
        };
        let (old, new) = (("6.1.0-18-amd64", "6.1.76-1"), ("6.1.0-21-amd64", "6.1.90-1"));
        let both = || vec![image(old.0, old.1), image(new.0, new.1), deb_of("linux-libc-dev", "6.1.90-1", ("linux", "6.1.90-1"))];
        let on_old = house.device(State { kernel: Some(booted(old.0, old.1)), ..debian(both()) }).await;
        let on_new = house.device(State { kernel: Some(booted(new.0, new.1)), ..debian(both()) }).await;
        let container = house.device(debian(vec![deb_of("linux-libc-dev", "6.1.76-1", ("linux", "6.1.76-1"))])).await;
        house.import("a.jsonl", &(cve("CVE-2024-1111", "linux", "6.1.85-1") + &cve("CVE-2024-2222", "linux", "6.1.94-1"))).await;

        let owner = house.owner();
        assert_eq!(summary(&house, &owner).await, [("CVE-2024-2222".into(), 2, 0), ("CVE-2024-1111".into(), 1, 0)]);
        let detail = house.vulnerabilities.finding(&owner, "CVE-2024-1111").await.expect("found");
        assert_eq!((detail.finding.class, detail.companion_devices), (PackageClass::Software, 2));
        let exposed = house.vulnerabilities.finding_devices(&owner, "CVE-2024-1111", None, 10).await.expect("found");
        assert_eq!(
            exposed.iter().map(|found| (found.device, found.packages[0].name.as_str())).collect::<Vec<_>>(),
            [(on_old, "linux-image-6.1.0-18-amd64")]
        );

        let classes = async |device: DeviceId| {
            let found = house.vulnerabilities.device_findings(&owner, device).await.expect("answered").expect("covered");
            let mut lines: Vec<_> =
                found.findings.iter().map(|row| format!("{} {} {}", row.cve, row.package.name, row.class.name())).collect();
            lines.sort();
            lines
        };
        assert_eq!(
            classes(on_new).await,
            [
                "CVE-2024-1111 linux-image-6.1.0-18-amd64 kernel-companion",
                "CVE-2024-2222 linux-image-6.1.0-18-amd64 kernel-companion",
                "CVE-2024-2222 linux-image-6.1.0-21-amd64 software",
                "CVE-2024-2222 linux-libc-dev kernel-companion",
            ]
        );
        let only_headers = house.person(DeviceScope::One(container));
        let found = findings(&house, &only_headers).await;
        assert_eq!(found.iter().map(|finding| finding.class).collect::<Vec<_>>(), [PackageClass::KernelCompanion; 2]);
    });
}

#[test]
fn findings_are_sorted_filtered_and_paged_without_a_gap() {
    on_both_engines(async |house| {
        house.device(debian(vec![deb("alpha", "1"), deb("beta", "1")])).await;
        house.device(debian(vec![deb("beta", "1")])).await;
        let grave = cve("CVE-2024-1111", "alpha", "2").replacen(
            '{',
            r#"{"severity":[{"type":"CVSS_V3","score":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],"#,
            1,
        );
        house
            .import(
                "a.jsonl",
                &(grave + &cve("CVE-2024-2222", "beta", "2") + &cve("CVE-2024-3333", "alpha", "2") + &cve("CVE-2024-4444", "alpha", "2")),
            )
            .await;
        house.import("kev.json", r#"{"cveID":"CVE-2024-3333","dateAdded":"2024-01-02","vulnerabilityName":"Known"}"#).await;
        house.import("epss.csv", "cve,epss,percentile\nCVE-2024-4444,0.9,0.99\nCVE-2024-2222,0.1,0.5\n").await;

        let owner = house.owner();
        let list = async |filter: FindingFilter, sort| {
            let (mut names, mut after) = (Vec::new(), None);
            loop {
                let page = house.vulnerabilities.findings(&owner, &filter, sort, after.as_ref(), 1).await.expect("found");
                let Some((key, finding)) = page.into_iter().next() else { return names };
                let cursor = key.to_cursor();
                after = vulnerabilities::FindingKey::of_cursor(&cursor);
                assert_eq!(after.as_ref(), Some(&key));
                names.push(finding.cve.to_string().split_off("CVE-2024-".len()));
            }
        };
        let all = FindingFilter::default;
        assert_eq!(list(all(), FindingSort::Kev).await, ["3333", "4444", "2222", "1111"]);
        assert_eq!(list(all(), FindingSort::Epss).await, ["4444", "2222", "3333", "1111"]);
        assert_eq!(list(all(), FindingSort::Devices).await, ["2222", "3333", "4444", "1111"]);
        assert_eq!(list(all(), FindingSort::Severity).await, ["1111", "3333", "4444", "2222"]);
        assert_eq!(list(FindingFilter { text: "beta".into(), ..all() }, FindingSort::Kev).await, ["2222"]);
        assert_eq!(list(FindingFilter { text: "cve-2024-33".into(), ..all() }, FindingSort::Kev).await, ["3333"]);
        assert_eq!(list(FindingFilter { known_exploited: Some(true), ..all() }, FindingSort::Kev).await, ["3333"]);
        assert_eq!(
            list(FindingFilter { class: Some(PackageClass::KernelCompanion), ..all() }, FindingSort::Kev).await,
            Vec::<String>::new()
        );

        let packages = house.vulnerabilities.package_findings(&owner, None, 10).await.expect("found");
        let lines: Vec<_> = packages
            .iter()
            .map(|package| (package.source.as_str(), package.cves, package.worst, package.known_exploited, package.devices_exposed))
            .collect();
        assert_eq!(lines, [("alpha", 3, Rating::Critical, 1, 1), ("beta", 1, Rating::Unknown, 0, 2)]);
        let rest = house.vulnerabilities.package_findings(&owner, Some(&("alpha".into(), "Debian:12".into())), 10).await.expect("found");
        assert_eq!(rest.len(), 1);
    });
}

#[test]
fn each_day_keeps_its_counts_and_a_quiet_day_those_of_the_day_before() {
    on_both_engines(async |house| {
        let owner = house.owner();
        let device = house.device(debian(vec![deb("zlib", "1")])).await;
        house.import("a.json", &cve("CVE-2024-1111", "zlib", "2")).await;
        assert!(house.vulnerabilities.reconcile_step().await.expect("stepped") > 0);
        assert_eq!(house.vulnerabilities.reconcile_step().await.expect("stepped"), 0, "the mark is gone and the day is kept");

        house.env.clock_hand.advance(Duration::from_secs(2 * 86_400));
        house.report(device, debian(vec![deb("zlib", "2")])).await;
        assert_eq!(house.vulnerabilities.reconcile_step().await.expect("stepped"), 1);
        let history = house.vulnerabilities.history(&owner, 30).await.expect("read");
        let counts: Vec<_> = history.iter().map(|day| (day.cves, day.devices_exposed)).collect();
        assert_eq!(counts, [(1, 1), (1, 1), (0, 0)]);
        assert!(history.windows(2).all(|pair| pair[0].day + 1 == pair[1].day));
    });
}

#[test]
fn counts_of_a_fleet_that_has_changed_since_are_not_the_days_last_word() {
    on_both_engines(async |house| {
        let owner = house.owner();
        let device = house.device(debian(vec![deb("zlib", "1")])).await;
        house.import("a.json", &cve("CVE-2024-1111", "zlib", "2")).await;
        house.vulnerabilities.reconcile_step().await.expect("stepped");

        // A computation that takes a time is used for longer than that: the clock runs while it goes on.
        let mut is_stale = false;
        for _ in 0..50 {
            house.report(device, debian(vec![deb("zlib", "1"), deb("other", "1")])).await;
            let running = Arc::new(AtomicBool::new(true));
            let (hand, goes_on) = (house.env.clock_hand.clone(), Arc::clone(&running));
            let time = std::thread::spawn(move || {
                while goes_on.load(Ordering::Relaxed) {
                    hand.advance(Duration::from_micros(1));
                }
            });
            let affected = summary(&house, &owner).await;
            running.store(false, Ordering::Relaxed);
            time.join().expect("no panic");
            assert_eq!(affected, [("CVE-2024-1111".into(), 1, 0)]);
            house.report(device, debian(vec![deb("zlib", "2")])).await;
            is_stale = !summary(&house, &owner).await.is_empty();
            if is_stale {
                break;
            }
        }
        assert!(is_stale, "no computation was dear enough to be kept");

        assert_eq!(house.vulnerabilities.reconcile_step().await.expect("stepped"), 0, "its turn has not come");
        house.env.clock_hand.advance(Duration::from_secs(3_600));
        assert_eq!(house.vulnerabilities.reconcile_step().await.expect("stepped"), 1, "the mark was kept");
        let history = house.vulnerabilities.history(&owner, 1).await.expect("read");
        assert_eq!(history.last().map(|day| (day.cves, day.devices_exposed)), Some((0, 0)));
        assert_eq!(house.vulnerabilities.reconcile_step().await.expect("stepped"), 0, "and cleared");
    });
}
