//! How long it takes to tell which devices of a large fleet an advisory concerns.
//!
//! `cargo bench -p vulnerabilities --bench exposure [-- DEVICES]`. The bar: milliseconds for any advisory, a million devices of
//! 974 packages. The fleet and the advisories are made up; what is measured is the real index, the real matcher and the real
//! exposure: first the whole of it (every flaw, after a feed has come), then the question for one flaw after the other.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use inventory::Fleet;
use inventory::index::{DeviceEntry, Index, OsKey};
use kernel::{Clock, TenantId};
use vulnerabilities::advisory::{Advisory, Affected, Event, Range};
use vulnerabilities::exposure::Exposure;
use vulnerabilities::master::Master;
use vulnerabilities::matcher::AdvisorySet;
use wire::state::{Package, PackageManager};

const DEVICES: u32 = 1_000_000;
const PACKAGES: u32 = 974;
/// Package sets that many devices share.
const IMAGES: u32 = 50;
/// Packages in which a device differs from its image.
const DRIFT: u32 = 8;
/// Distinct versions of a package over the fleet.
const VERSIONS: u32 = 12;
const ADVISORIES: u32 = 40_000;

fn main() {
    let devices = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(DEVICES);
    let clock = Clock::system();
    let started = clock.monotonic();
    let fleet = fleet(devices);
    println!("{devices} devices of {PACKAGES} packages in {:?}", clock.monotonic() - started);

    let started = clock.monotonic();
    let advisories = AdvisorySet::of((0..ADVISORIES).map(advisory));
    println!("{} advisories in {:?}", advisories.len(), clock.monotonic() - started);

    let started = clock.monotonic();
    let master = Master { advisories, ..Master::default() };
    let exposure = Exposure::of(&fleet, Arc::new(master));
    println!("exposure to all of them, {} flaws, in {:?}", exposure.len(), clock.monotonic() - started);

    let visible = fleet.all();
    let (mut times, mut affected) = (Vec::new(), 0);
    for number in 0..ADVISORIES {
        let started = clock.monotonic();
        let devices = black_box(exposure.devices_of(&cve(number)).map(|devices| devices.intersection_len(&visible)));
        times.push(clock.monotonic() - started);
        affected += u64::from(devices.is_some());
    }
    tell("then the devices that one flaw concerns", &mut times);
    println!("{affected} of {ADVISORIES} flaws concern a device");

    // Without an exposure at hand: one advisory alone, as when it has just come.
    let mut times = Vec::new();
    for number in (0..ADVISORIES).step_by(400) {
        let master = Arc::new(Master { advisories: AdvisorySet::of([advisory(number)]), ..Master::default() });
        let started = clock.monotonic();
        black_box(one(&fleet, &master));
        times.push(clock.monotonic() - started);
    }
    tell("one advisory asked from nothing (match its package's versions, unite their devices)", &mut times);
}

fn tell(what: &str, times: &mut [Duration]) {
    times.sort_unstable();
    let at = |share: usize| times.get((times.len() - 1) * share / 100).copied().unwrap_or_default();
    println!("{what}: p50 {:?}, p99 {:?}, most {:?}", at(50), at(99), at(100));
}

fn one(fleet: &Fleet, master: &Master) -> u64 {
    let classes = fleet.classes_from(0);
    let affected: Vec<u32> = (0..)
        .zip(&classes)
        .filter(|(_, class)| {
            let profile = vulnerabilities::profile::Profile {
                ecosystem: "Debian:12".into(),
                order: versions::Ecosystem::Deb,
                names: vulnerabilities::profile::Names::Source,
            };
            !vulnerabilities::flaws::flaws_of_version(&master.advisories, &profile, &class.source, &class.source_version)
                .unwrap_or_default()
                .is_empty()
        })
        .map(|(number, _)| number)
        .collect();
    fleet.devices_of(&affected).len()
}

fn fleet(devices: u32) -> Fleet {
    let os = OsKey { id: "debian".into(), version_id: Some("12".into()) };
    let mut index = Index::default();
    let mut classes = Vec::new();
    for number in 0..PACKAGES {
        let of_versions: Vec<u32> = (0..VERSIONS).map(|version| index.class_of(&os, &package(number, version))).collect();
        classes.push(of_versions);
    }
    let version_of = |image: u32, number: u32| (image.wrapping_mul(7) + number.wrapping_mul(13)) % VERSIONS;
    let images: Vec<u32> = (0..IMAGES)
        .map(|image| {
            let mut set: Vec<u32> =
                (0..PACKAGES).filter_map(|number| classes.get(number as usize)?.get(version_of(image, number) as usize).copied()).collect();
            set.sort_unstable();
            index.add_image(&set)
        })
        .collect();
    for ordinal in 0..devices {
        let image = ordinal % IMAGES;
        let (mut removed, mut added) = (Vec::new(), Vec::new());
        for drift in 0..DRIFT {
            let number = ordinal.wrapping_mul(2_654_435_761).wrapping_add(drift * 119) % PACKAGES;
            let (old, new) = (version_of(image, number), (version_of(image, number) + 1 + drift) % VERSIONS);
            if let Some(versions) = classes.get(number as usize)
                && let (Some(old), Some(new)) = (versions.get(old as usize), versions.get(new as usize))
            {
                removed.push(*old);
                added.push(*new);
            }
        }
        removed.sort_unstable();
        removed.dedup();
        added.sort_unstable();
        added.dedup();
        let entry = DeviceEntry {
            image: images.get(image as usize).copied(),
            removed: removed.into(),
            added: added.into(),
            ..DeviceEntry::default()
        };
        index.set_device(ordinal, Some(entry));
    }
    Fleet::of_index(TenantId::from_random(1), index, &os)
}

fn package(number: u32, version: u32) -> Package {
    Package {
        manager: PackageManager::Dpkg,
        name: format!("package-{number}"),
        architecture: "amd64".into(),
        version: format!("1.{version}-1"),
        source: None,
        source_version: None,
        held: false,
        incomplete: false,
        installed_at: None,
        vendor: None,
    }
}

fn cve(number: u32) -> String {
    format!("CVE-{}-{}", 2010 + number % 16, 10_000 + number)
}

fn advisory(number: u32) -> Advisory {
    Advisory {
        id: format!("DSA-{number}-1"),
        aliases: vec![cve(number)],
        affected: vec![Affected {
            ecosystem: "Debian:12".into(),
            package: format!("package-{}", number.wrapping_mul(2_654_435_761) % PACKAGES),
            ranges: vec![Range { events: vec![Event::Introduced("0".into()), Event::Fixed(format!("1.{}-1", 1 + number % VERSIONS))] }],
            versions: Vec::new(),
            urgency: None,
        }],
        ..Advisory::default()
    }
}
