//! A fleet's kernels: what runs counts, whatever lies on the disk.

use kernel::DeviceId;
use vulnerabilities::DeviceAnswer;
use vulnerabilities::package_class::PackageClass;
use vulnerabilities::profile::NotCovered;
use wire::state::{Kernel, Package, PackageManager, State};

use crate::exposure::{cve, summary};
use crate::house::{House, booted, deb, deb_of, debian, host, on_both_engines, pending};
use crate::scanning::package;
use crate::support::osv;

const OLD: (&str, &str) = ("6.1.0-18-amd64", "6.1.76-1");
const NEW: (&str, &str) = ("6.1.0-21-amd64", "6.1.90-1");

fn image(release: &str, version: &str) -> Package {
    deb_of(&format!("linux-image-{release}"), version, ("linux-signed-amd64", &version.replace('-', "+")))
}

fn running(build: (&str, &str), packages: Vec<Package>) -> State {
    State { kernel: Some(booted(build.0, build.1)), ..debian(packages) }
}

async fn answer(house: &House, device: DeviceId) -> DeviceAnswer {
    house.vulnerabilities.device_findings(&house.owner(), device).await.expect("answered").expect("covered")
}

/// Rows of software: flaw, package, version, whether it waits for a reboot.
async fn software(house: &House, device: DeviceId) -> Vec<(String, String, bool)> {
    let rows = answer(house, device).await.findings.into_iter().filter(|row| row.class == PackageClass::Software);
    rows.map(|row| (row.cve.to_string(), format!("{} {}", row.package.name, row.package.version), row.package.waits_for_reboot)).collect()
}

#[test]
fn a_mended_kernel_that_is_installed_and_not_booted_waits_for_a_reboot() {
    on_both_engines(async |house| {
        let replaced = house.device(running(OLD, vec![image(OLD.0, "6.1.85-1")])).await;
        let beside = house.device(running(OLD, vec![image(OLD.0, OLD.1), image(NEW.0, NEW.1)])).await;
        let neither = house.device(running(OLD, vec![image(OLD.0, OLD.1)])).await;
        let done = house.device(running(NEW, vec![image(OLD.0, OLD.1), image(NEW.0, NEW.1)])).await;
        let taken_back = house.device(running((OLD.0, "6.1.85-1"), vec![image(OLD.0, OLD.1)])).await;
        house.import("a.json", &cve("CVE-2024-1111", "linux", "6.1.85-1")).await;

        let row = |waits| vec![("CVE-2024-1111".to_owned(), "linux-image-6.1.0-18-amd64 6.1.76-1".to_owned(), waits)];
        for (device, expected) in [(replaced, row(true)), (beside, row(true)), (neither, row(false)), (done, vec![]), (taken_back, vec![])]
        {
            assert_eq!(software(&house, device).await, expected);
        }
        let owner = house.owner();
        assert_eq!(summary(&house, &owner).await, [("CVE-2024-1111".into(), 3, 0)]);
        let detail = house.vulnerabilities.finding(&owner, "CVE-2024-1111").await.expect("found");
        assert_eq!((detail.finding.waits_for_reboot_devices, detail.companion_devices), (2, 2));
        let [package] = detail.affected.as_slice() else { panic!("{:?}", detail.affected) };
        assert_eq!((package.versions.len(), package.versions[0].devices), (1, 3), "{package:?}");
        let exposed = house.vulnerabilities.finding_devices(&owner, "CVE-2024-1111", None, 10).await.expect("found");
        assert!(exposed.iter().all(|found| found.packages.len() == 1), "{exposed:?}");
        let packages = house.vulnerabilities.package_findings(&owner, None, 10).await.expect("found");
        assert_eq!(packages.iter().map(|package| (package.source.as_str(), package.devices_exposed)).collect::<Vec<_>>(), [("linux", 3)]);

        house.report(replaced, running((OLD.0, "6.1.85-1"), vec![image(OLD.0, "6.1.85-1")])).await;
        assert_eq!(software(&house, replaced).await, []);
        assert_eq!(summary(&house, &owner).await, [("CVE-2024-1111".into(), 2, 0)]);
    });
}

#[test]
fn a_kernel_that_comes_under_a_new_name_is_a_fix_that_is_available() {
    on_both_engines(async |house| {
        let newest = || deb_of("linux-image-amd64", OLD.1, ("linux-signed-amd64", "6.1.76+1"));
        let updates = |candidate| Some(pending(&[("linux-image-amd64", OLD.1, candidate)]));
        house.device(State { updates: updates(NEW.1), ..running(OLD, vec![image(OLD.0, OLD.1), newest()]) }).await;
        house.device(State { updates: updates("6.1.80-1"), ..running(OLD, vec![image(OLD.0, OLD.1), newest()]) }).await;
        house.import("a.json", &cve("CVE-2024-1111", "linux", "6.1.85-1")).await;
        assert_eq!(summary(&house, &house.owner()).await, [("CVE-2024-1111".into(), 2, 1)]);
    });
}

#[test]
fn of_rpm_kernels_side_by_side_only_the_booted_one_counts() {
    on_both_engines(async |house| {
        let (old, new) = ("5.14.0-427.13.1.el9_4", "5.14.0-427.31.1.el9_4");
        let rpm = |name, version| package(PackageManager::Rpm, name, version, Some(("kernel", version)));
        let on = |version: &str| {
            let kernel = Kernel {
                name: "Linux".into(),
                release: format!("{version}.x86_64"),
                version: "#1 SMP PREEMPT_DYNAMIC Wed May 1 19:11:28 UTC 2024".into(),
                machine: "x86_64".into(),
                package: Some("kernel".into()),
            };
            let packages = vec![rpm("kernel", old), rpm("kernel", new), rpm("kernel-core", old), rpm("kernel-core", new)];
            State { kernel: Some(kernel), ..host("almalinux", "9.4", packages) }
        };
        let on_old = house.device(on(old)).await;
        let on_new = house.device(on(new)).await;
        house
            .import("a.json", &osv("ALSA-1", "AlmaLinux:9", "kernel-core", new).replacen('{', r#"{"related":["CVE-2024-1111"],"#, 1))
            .await;
        assert_eq!(software(&house, on_old).await, [("CVE-2024-1111".into(), format!("kernel-core {old}"), true)]);
        assert_eq!(software(&house, on_new).await, []);
    });
}

#[test]
fn what_a_covered_device_leaves_out_is_told_and_counted() {
    on_both_engines(async |house| {
        let container = house.device(running(OLD, vec![deb("zlib", "2")])).await;
        let own = deb_of("linux-image-6.5.0-custom", "6.5.0-1", ("linux-upstream", "6.5.0-1"));
        let kernel = Kernel { version: "#1 SMP Tue Mar  5 10:00:00 UTC 2024".into(), ..booted("6.5.0-custom", "") };
        let self_built = house.device(State { kernel: Some(kernel), ..debian(vec![own]) }).await;
        let switched_off = house.device(debian(vec![deb("zlib", "2")])).await;
        let odd = vec![deb("zlib", "2:"), deb("other", "no:version"), deb("qemu", "9~bpo12+1"), image(NEW.0, NEW.1)];
        let odd = house.device(running(NEW, odd)).await;
        house.import("a.jsonl", &(cve("CVE-2024-1111", "zlib", "2") + &cve("CVE-2024-2222", "linux", "6.1.85-1"))).await;

        let partly = async |device| answer(&house, device).await.partly;
        assert_eq!(partly(container).await, [(NotCovered::KernelOfNoPackage, 0)]);
        assert_eq!(partly(self_built).await, [(NotCovered::KernelVersionNotRead, 0)]);
        assert_eq!(partly(switched_off).await, [(NotCovered::KernelNotCollected, 0)]);
        assert_eq!(partly(odd).await, [(NotCovered::VersionNotRead, 2), (NotCovered::OtherOrigin, 1)]);
        assert_eq!(answer(&house, odd).await.basis.advisories(), 2);

        let coverage = house.vulnerabilities.coverage(&house.owner()).await.expect("counted");
        assert_eq!((coverage.covered_devices, coverage.not_covered), (4, vec![]));
        let counted: Vec<_> = coverage.partly.iter().map(|partly| (partly.reason.name(), partly.devices, partly.packages)).collect();
        assert_eq!(
            counted,
            [
                ("version-not-read", 1, 2),
                ("other-origin", 1, 1),
                ("kernel-not-collected", 1, 0),
                ("kernel-of-no-package", 1, 0),
                ("kernel-version-not-read", 1, 0)
            ]
        );
        let basis: Vec<_> =
            coverage.basis.iter().map(|(basis, devices)| (basis.ecosystem.as_str(), basis.advisories(), *devices)).collect();
        assert_eq!(basis, [("Debian:12", 2, 4)]);
    });
}
