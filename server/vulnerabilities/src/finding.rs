//! What a finding says, and its place in a list.

use std::cmp::Reverse;
use std::sync::Arc;

use kernel::DeviceId;

use crate::advisory::Advisory;
use crate::basis::Basis;
use crate::kev::KnownExploited;
use crate::package_class::PackageClass;
use crate::profile::NotCovered;
use crate::severity::Rating;
use crate::store::Provenance;

/// By what findings are sorted; the gravest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FindingSort {
    /// Known exploited first, then by score.
    #[default]
    Kev,
    /// By EPSS.
    Epss,
    /// By the number of devices.
    Devices,
    /// By rating.
    Severity,
}

/// Which findings.
#[derive(Clone, Debug, Default)]
pub struct FindingFilter {
    /// Part of the flaw's or a package's name, in lower case.
    pub text: String,
    /// Only those known to be exploited, or only the others.
    pub known_exploited: Option<bool>,
    /// Only those of one class.
    pub class: Option<PackageClass>,
}

/// A finding: a flaw, and how many devices it concerns.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The CVE; the advisory's id where it names none.
    pub cve: Arc<str>,
    /// The publishers' ids.
    pub advisories: Vec<Arc<str>>,
    /// One line.
    pub summary: Option<String>,
    /// How grave.
    pub rating: Rating,
    /// CISA's entry, where it is known to be exploited.
    pub known_exploited: Option<KnownExploited>,
    /// EPSS probability and percentile.
    pub score: Option<(f64, f64)>,
    /// Visible devices that it concerns.
    pub devices_exposed: u64,
    /// Source packages.
    pub packages: Vec<String>,
    /// Mending versions.
    pub fixed_versions: Vec<String>,
    /// Visible devices that could install a mended version now.
    pub fix_available_devices: u64,
    /// Visible devices on which a mended kernel is installed and waits for a reboot.
    pub waits_for_reboot_devices: u64,
    /// Software, or a kernel's companion.
    pub class: PackageClass,
}

/// A place in the order of findings: descending numbers, then the name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FindingKey {
    rank: [Reverse<u64>; 3],
    cve: String,
}

/// What is known of one flaw.
#[derive(Clone, Debug)]
pub struct FindingDetail {
    /// The finding.
    pub finding: Finding,
    /// The advisories' texts, with their provenance.
    pub advisories: Vec<(Advisory, Provenance)>,
    /// The versions that it concerns.
    pub affected: Vec<AffectedPackage>,
    /// Visible devices of the kernel's companions, beside the finding's own.
    pub companion_devices: u64,
}

/// A package whose versions a flaw concerns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AffectedPackage {
    /// Ecosystem.
    pub profile: String,
    /// Source package; on distributions whose advisories name binaries, that binary.
    pub source: String,
    /// Its versions.
    pub versions: Vec<AffectedPackageVersion>,
}

/// A version that a flaw concerns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AffectedPackageVersion {
    /// The version, of what the advisories name.
    pub source_version: String,
    /// The mending version.
    pub fixed_version: Option<String>,
    /// Visible devices.
    pub devices: u64,
    /// Visible devices that could install it now.
    pub fix_available_devices: u64,
}

/// A package of a device that a flaw concerns.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DevicePackage {
    /// Binary package.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Source package.
    pub source: String,
    /// The mending version.
    pub fixed_version: Option<String>,
    /// Whether the device could install it now.
    pub fix_available: bool,
    /// Whether a mended kernel is installed and waits for a reboot.
    pub waits_for_reboot: bool,
}

/// A device that a flaw concerns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VulnerableDevice {
    /// The device.
    pub device: DeviceId,
    /// Its name, where that is collected.
    pub name: Option<String>,
    /// The packages that the flaw concerns.
    pub packages: Vec<DevicePackage>,
}

/// The answer about a covered device.
#[derive(Clone, Debug)]
pub struct DeviceAnswer {
    /// What concerns it.
    pub findings: Vec<DeviceFinding>,
    /// Packages about which nothing can be said all the same, counted by reason; none where the reason is about its kernel.
    pub partly: Vec<(NotCovered, u64)>,
    /// The advisories that the answer rests on.
    pub basis: Basis,
}

/// A row of a device's vulnerabilities.
#[derive(Clone, Debug)]
pub struct DeviceFinding {
    /// The flaw.
    pub cve: Arc<str>,
    /// The package that it concerns.
    pub package: DevicePackage,
    /// How grave.
    pub rating: Rating,
    /// Whether it is known to be exploited.
    pub known_exploited: bool,
    /// EPSS probability.
    pub epss: Option<f64>,
    /// Software, or a kernel's companion.
    pub class: PackageClass,
}

/// A package of the fleet with its flaws.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackageFinding {
    /// Source package.
    pub source: String,
    /// Ecosystem.
    pub profile: String,
    /// Number of flaws.
    pub cves: u64,
    /// The gravest rating.
    pub worst: Rating,
    /// Number of flaws known to be exploited.
    pub known_exploited: u64,
    /// Visible devices.
    pub devices_exposed: u64,
}

/// How much of the fleet the findings speak of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coverage {
    /// Visible devices whose packages are compared with advisories.
    pub covered_devices: u64,
    /// Visible devices about which nothing can be said, by reason.
    pub not_covered: Vec<(NotCovered, u64)>,
    /// What nothing can be said about on covered devices.
    pub partly: Vec<Partly>,
    /// The advisories that the findings rest on, with the number of visible devices they speak for.
    pub basis: Vec<(Basis, u64)>,
}

/// Packages of covered devices about which nothing can be said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partly {
    /// Why.
    pub reason: NotCovered,
    /// Visible devices.
    pub devices: u64,
    /// Distinct versions of packages on them; none where the reason is about the kernel that runs.
    pub packages: u64,
}

impl FindingKey {
    /// The key as a cursor.
    #[must_use]
    pub fn to_cursor(&self) -> String {
        let [a, b, c] = &self.rank;
        format!("{}.{}.{}.{}", a.0, b.0, c.0, self.cve)
    }

    /// The key of a cursor.
    #[must_use]
    pub fn of_cursor(cursor: &str) -> Option<Self> {
        let mut parts = cursor.splitn(4, '.');
        let mut number = || parts.next()?.parse().ok().map(Reverse);
        let rank = [number()?, number()?, number()?];
        Some(Self { rank, cve: parts.next()?.to_owned() })
    }

    /// The key of a flaw.
    pub(crate) fn new(rank: [u64; 3], cve: &str) -> Self {
        Self { rank: rank.map(Reverse), cve: cve.to_owned() }
    }
}
