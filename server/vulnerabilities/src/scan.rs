//! One host's packages against a set of advisories: what `purser scan` prints. No server, no store.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::Serialize;
use wire::state::{Kernel, Os, Package, PackageManager};

use crate::basis::Basis;
use crate::booted::{BootedKernel, image_rank};
use crate::flaws::{VersionFlaw, flaws_of_version};
use crate::matcher::AdvisorySet;
use crate::package_class::{Installed, PackageClass};
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
    /// Packages about which nothing can be said, counted by reason. Of packages of another origin the rows stand: it is
    /// their absence that says nothing.
    pub not_covered: BTreeMap<NotCovered, usize>,
    /// Why nothing can be said about the kernel that runs; absent where something can.
    pub kernel_not_covered: Option<NotCovered>,
    /// Flaws of the kernel that runs which an installed kernel does not have: it waits for a reboot.
    pub waits_for_reboot: usize,
    /// The advisories that the report rests on, one for each ecosystem.
    pub basis: Vec<Basis>,
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
    let mut scanning = Scanning { host, advisories, profiles: HashMap::new(), answers: HashMap::new(), report: ScanReport::default() };
    let running = scanning.running();
    for package in host.packages {
        scanning.package(Installed::of(package), running.as_ref());
    }
    if let Some(running) = &running {
        scanning.kernel(running);
    }
    let mut report = scanning.report;
    report.rows.sort_unstable();
    // A package may be installed for several architectures.
    report.rows.dedup();
    report.basis.sort();
    report
}

/// The kernel that runs, as the version of a package.
struct Running<'a> {
    image: Installed<'a>,
    version: String,
}

struct Scanning<'a> {
    host: Host<'a>,
    advisories: &'a AdvisorySet,
    profiles: HashMap<PackageManager, Result<Profile, NotCovered>>,
    answers: HashMap<(PackageManager, String, String), Result<Vec<VersionFlaw>, NotCovered>>,
    report: ScanReport,
}

impl<'a> Scanning<'a> {
    /// The kernel that runs; where it cannot be compared on a system that else can, the reason is noted.
    fn running(&mut self) -> Option<Running<'a>> {
        let os = self.host.os?;
        let (profile, _) = Profile::of_release(OsRelease { id: &os.id, version_id: os.version_id.as_deref() }).ok()?;
        if !self.advisories.covers(&profile.ecosystem) {
            return None;
        }
        let found = running(self.host, &profile);
        found.map_err(|reason| self.report.kernel_not_covered = Some(reason)).ok()
    }

    fn package(&mut self, installed: Installed<'a>, running: Option<&Running<'_>>) {
        let is_running = running.is_some_and(|running| running.image == installed && running.version == installed.version);
        let class = if is_running || !installed.is_of_kernel() { PackageClass::Software } else { PackageClass::KernelCompanion };
        match self.flaws(installed) {
            Ok((flaws, is_of_other_origin)) => {
                if is_of_other_origin {
                    *self.report.not_covered.entry(NotCovered::OtherOrigin).or_default() += 1;
                } else {
                    self.report.packages_covered += 1;
                }
                self.report.rows.extend(flaws.iter().map(|flaw| row(installed, class, flaw)));
            }
            Err(reason) => *self.report.not_covered.entry(reason).or_default() += 1,
        }
    }

    /// Rows of the kernel that runs, where its package has another version on the disk by now; and what waits for a reboot.
    fn kernel(&mut self, running: &Running<'a>) {
        let kernel = Installed { version: &running.version, source_version: &running.version, ..running.image };
        let Ok((flaws, _)) = self.flaws(kernel) else { return };
        if running.version != running.image.version {
            self.report.rows.extend(flaws.iter().map(|flaw| row(kernel, PackageClass::Software, flaw)));
        }
        let Some(Ok(profile)) = self.profiles.get(&running.image.manager) else { return };
        let (subject, _) = kernel.subject(profile);
        let images = self.host.packages.iter().map(Installed::of).filter(|package| image_rank(package).is_some());
        let installed: Vec<&str> = images.filter(|image| image.subject(profile).0 == subject).map(|image| image.version).collect();
        let is_mended = |flaw: &&VersionFlaw| {
            flaw.fixed_version.as_ref().is_some_and(|fixed| {
                installed.iter().any(|version| profile.order.compare(version, fixed).is_ok_and(std::cmp::Ordering::is_ge))
            })
        };
        let waiting: BTreeSet<_> = flaws.iter().filter(is_mended).map(|flaw| &flaw.cve).collect();
        self.report.waits_for_reboot = waiting.len();
    }

    /// The flaws of a package, and whether it is of another origin than the release.
    fn flaws(&mut self, installed: Installed<'_>) -> Result<(Vec<VersionFlaw>, bool), NotCovered> {
        let host = self.host;
        let known = self.profiles.entry(installed.manager).or_insert_with(|| profile(host.os, installed.manager));
        let profile = known.as_ref().map_err(NotCovered::clone)?;
        if !self.report.basis.iter().any(|basis| basis.ecosystem == profile.ecosystem) {
            self.report.basis.extend(self.advisories.basis(&profile.ecosystem));
        }
        let (name, version) = installed.subject(profile);
        let key = (installed.manager, name, version.into_owned());
        let advisories = self.advisories;
        let answer = self.answers.entry(key).or_insert_with_key(|(_, name, version)| flaws_of_version(advisories, profile, name, version));
        answer.clone().map(|flaws| (flaws, installed.is_of_other_origin(profile)))
    }
}

fn running<'a>(host: Host<'a>, profile: &Profile) -> Result<Running<'a>, NotCovered> {
    let kernel = BootedKernel::of(host.kernel.ok_or(NotCovered::KernelNotCollected)?);
    let images = host.packages.iter().map(Installed::of).filter_map(|package| Some((image_rank(&package)?, package)));
    let image = images.filter(|(_, package)| kernel.is_of(package)).min_by_key(|(rank, _)| *rank);
    let (_, image) = image.ok_or(NotCovered::KernelOfNoPackage)?;
    let version = kernel.version_of(&image, profile).ok_or(NotCovered::KernelVersionNotRead)?.into_owned();
    Ok(Running { image, version })
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
