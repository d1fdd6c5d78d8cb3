//! One host's packages against a set of advisories: what `purser scan` prints. No server, no store.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;
use wire::state::{Kernel, Os, Package, PackageManager};

use crate::flaws::{VersionFlaw, flaws_of_version};
use crate::matcher::AdvisorySet;
use crate::package_class::{BootedKernel, Installed, PackageClass};
use crate::profile::{NotCovered, OsRelease, Profile};
use crate::severity::Rating;

/// What is scanned.
#[derive(Clone, Copy, Debug)]
pub struct Host<'a> {
    /// Its operating system, where known.
    pub os: Option<&'a Os>,
    /// Its booted kernel, where known. Without it no kernel counts as booted.
    pub kernel: Option<&'a Kernel>,
    /// Its packages.
    pub packages: &'a [Package],
}

/// What a scan found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScanReport {
    /// One row for each package and flaw, sorted by package, version, flaw.
    pub rows: Vec<ScanRow>,
    /// Packages that were compared with advisories.
    pub packages_covered: usize,
    /// Packages about which nothing can be said, counted by reason.
    pub not_covered: BTreeMap<NotCovered, usize>,
}

/// A package and a flaw that concerns it. Serialised, it has exactly the six fields that `--output json` promises.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct ScanRow {
    /// Binary package.
    pub package: String,
    /// Its version.
    pub version: String,
    /// Source package.
    pub source: String,
    /// The source's version.
    pub source_version: String,
    /// The CVE; the advisory's id where it names none.
    pub cve: String,
    /// The version that mends it, of what the advisories name (the source on Debian); null where none is known.
    pub fixed_version: Option<String>,
    /// Whether it is the kernel's companion, for people to see collapsed.
    #[serde(skip)]
    pub class: PackageClass,
    /// The gravest rating of the advisories behind it.
    #[serde(skip)]
    pub rating: Rating,
}

/// Compares a host's packages with advisories. Each distinct version is asked about once, however many packages a source
/// builds.
#[must_use]
pub fn scan(host: Host<'_>, advisories: &AdvisorySet) -> ScanReport {
    let booted = host.kernel.map(|kernel| BootedKernel { release: &kernel.release, package: kernel.package.as_deref() });
    let mut profiles: HashMap<PackageManager, Result<Profile, NotCovered>> = HashMap::new();
    let mut answers: HashMap<(PackageManager, String, &str), Result<Vec<VersionFlaw>, NotCovered>> = HashMap::new();
    let mut report = ScanReport::default();
    for package in host.packages {
        let installed = Installed::of(package);
        let profile = match profiles.entry(package.manager).or_insert_with(|| profile(host.os, package.manager)) {
            Ok(profile) => &*profile,
            Err(reason) => {
                *report.not_covered.entry(reason.clone()).or_default() += 1;
                continue;
            }
        };
        let (name, version) = installed.subject(profile);
        let flaws = answers
            .entry((package.manager, name, version))
            .or_insert_with_key(|(_, name, version)| flaws_of_version(advisories, profile, name, version));
        match flaws {
            Ok(flaws) => {
                report.packages_covered += 1;
                report.rows.extend(flaws.iter().map(|flaw| row(installed, installed.class(booted), flaw)));
            }
            Err(reason) => *report.not_covered.entry(reason.clone()).or_default() += 1,
        }
    }
    report.rows.sort_unstable();
    // A package may be installed for several architectures.
    report.rows.dedup();
    report
}

fn profile(os: Option<&Os>, manager: PackageManager) -> Result<Profile, NotCovered> {
    let os = os.ok_or(NotCovered::OsNotCollected)?;
    Profile::of(OsRelease { id: &os.id, version_id: os.version_id.as_deref() }, manager)
}

fn row(installed: Installed<'_>, class: PackageClass, flaw: &VersionFlaw) -> ScanRow {
    ScanRow {
        package: installed.name.to_owned(),
        version: installed.version.to_owned(),
        source: installed.source.to_owned(),
        source_version: installed.source_version.to_owned(),
        cve: flaw.cve.to_string(),
        fixed_version: flaw.fixed_version.as_deref().map(ToOwned::to_owned),
        class,
        rating: flaw.rating,
    }
}
