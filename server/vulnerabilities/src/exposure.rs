//! Which devices of a fleet each flaw concerns.
//!
//! Nothing is stored per device: an exposure is computed from the fleet index and the master, both in memory, and thrown
//! away when either changes. Each distinct version is compared with the advisories once; flaws that concern the same
//! versions share one set of devices.
//!
//! A flaw of the kernel concerns the devices that have *booted* an affected one. Headers, tools and kernels that lie about
//! are kept apart, as companions.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use inventory::Fleet;
use inventory::index::{ClassId, OsKey, VersionClass};
use roaring::RoaringBitmap;
use wire::state::{Kind, PackageManager};

use crate::flaws::{VersionFlaw, flaws_of_version};
use crate::master::Master;
use crate::matcher::Head;
use crate::package_class::{BootedKernel, Installed, PackageClass};
use crate::profile::{Names, NotCovered, OsRelease, Profile};
use crate::severity::Rating;

/// The exposure of one fleet to one state of the master.
#[derive(Debug, Default)]
pub struct Exposure {
    /// The fleet's generation that it was computed from.
    pub(crate) fleet_generation: u64,
    /// The master that it was computed from.
    pub(crate) master: Arc<Master>,
    /// Every flaw that concerns a version of the fleet, sorted by name.
    pub(crate) flaws: Vec<Flaw>,
    /// The version classes behind it, by number.
    pub(crate) classes: Vec<Arc<VersionClass>>,
    /// Devices whose packages are compared with advisories.
    pub(crate) covered: RoaringBitmap,
    /// Devices about which nothing can be said, by reason.
    pub(crate) not_covered: BTreeMap<NotCovered, RoaringBitmap>,
}

/// A flaw and what it concerns.
#[derive(Debug)]
pub(crate) struct Flaw {
    pub(crate) cve: Arc<str>,
    pub(crate) rating: Rating,
    pub(crate) advisories: Vec<Arc<Head>>,
    pub(crate) software: Concern,
    pub(crate) companions: Concern,
}

/// The versions of one class that a flaw concerns, and their devices.
#[derive(Debug, Default)]
pub(crate) struct Concern {
    pub(crate) versions: Vec<AffectedVersion>,
    pub(crate) devices: Arc<RoaringBitmap>,
    /// Devices that could install a mended version now.
    pub(crate) fix_available: Arc<RoaringBitmap>,
}

/// A version that a flaw concerns.
#[derive(Clone, Debug)]
pub(crate) struct AffectedVersion {
    pub(crate) class: ClassId,
    pub(crate) fixed_version: Option<Arc<str>>,
    /// The devices of the class that are meant, where these are not all.
    pub(crate) part: Option<Arc<RoaringBitmap>>,
    /// Devices that could install a mended version of this package now.
    pub(crate) fix_available: Arc<RoaringBitmap>,
}

impl Exposure {
    /// Computes the exposure of a fleet as it is now.
    pub(crate) fn of(fleet: &Fleet, master: Arc<Master>) -> Self {
        // The generation is read first: a change that comes in between is then seen as newer.
        let fleet_generation = fleet.generation();
        let classes = fleet.classes_from(0);
        let affected = affected_classes(&master, &classes);
        let flaws = Computing::new(fleet, &affected).flaws(&affected);
        let (covered, not_covered) = coverage(fleet, &master);
        Self { fleet_generation, master, flaws, classes, covered, not_covered }
    }

    /// The flaw of this name, where it concerns a version of the fleet.
    pub(crate) fn flaw(&self, cve: &str) -> Option<&Flaw> {
        let at = self.flaws.binary_search_by(|flaw| (*flaw.cve).cmp(cve)).ok()?;
        self.flaws.get(at)
    }

    /// The version class of a number.
    pub(crate) fn class(&self, class: ClassId) -> Option<&VersionClass> {
        self.classes.get(class as usize).map(|class| &**class)
    }

    /// Why nothing can be said about a device; `None` where something can.
    pub(crate) fn not_covered(&self, ordinal: u32) -> Option<NotCovered> {
        if self.covered.contains(ordinal) {
            return None;
        }
        let found = self.not_covered.iter().find(|(_, devices)| devices.contains(ordinal));
        Some(found.map_or(NotCovered::NotReported, |(reason, _)| reason.clone()))
    }
}

impl Flaw {
    /// The concern of a class.
    pub(crate) const fn concern(&self, class: PackageClass) -> &Concern {
        match class {
            PackageClass::Software => &self.software,
            PackageClass::KernelCompanion => &self.companions,
        }
    }
}

/// The profile of a version class.
pub(crate) fn profile_of(class: &VersionClass) -> Result<Profile, NotCovered> {
    Profile::of(release(&class.os)?, class.manager)
}

fn release(os: &OsKey) -> Result<OsRelease<'_>, NotCovered> {
    if os.id.is_empty() {
        return Err(NotCovered::OsNotCollected);
    }
    Ok(OsRelease { id: &os.id, version_id: os.version_id.as_deref() })
}

/// A version class as a package to classify and match.
pub(crate) fn installed(class: &VersionClass) -> Installed<'_> {
    Installed {
        manager: class.manager,
        name: &class.name,
        version: &class.version,
        source: &class.source,
        source_version: &class.source_version,
    }
}

/// Devices are covered as a whole: by the advisories of their release.
fn coverage(fleet: &Fleet, master: &Master) -> (RoaringBitmap, BTreeMap<NotCovered, RoaringBitmap>) {
    let (no_packages, no_os) = (fleet.missing(Kind::Packages), fleet.missing(Kind::Os));
    let mut by_os: HashMap<OsKey, Option<NotCovered>> = HashMap::new();
    let mut covered = RoaringBitmap::new();
    let mut not_covered: BTreeMap<NotCovered, RoaringBitmap> = BTreeMap::new();
    for ordinal in fleet.all() {
        let reason = if no_packages.contains(ordinal) {
            Some(NotCovered::PackagesNotCollected)
        } else if no_os.contains(ordinal) {
            Some(NotCovered::OsNotCollected)
        } else {
            match fleet.os_of(ordinal) {
                None => Some(NotCovered::OsNotCollected),
                Some(os) => by_os.entry(os).or_insert_with_key(|os| reason_of(os, master)).clone(),
            }
        };
        match reason {
            None => covered.insert(ordinal),
            Some(reason) => not_covered.entry(reason).or_default().insert(ordinal),
        };
    }
    (covered, not_covered)
}

fn reason_of(os: &OsKey, master: &Master) -> Option<NotCovered> {
    match release(os).and_then(Profile::of_release) {
        Err(reason) => Some(reason),
        Ok((profile, _)) if master.advisories.covers(&profile.ecosystem) => None,
        Ok((profile, _)) => Some(NotCovered::NoAdvisories { ecosystem: profile.ecosystem }),
    }
}

/// A version class with flaws.
struct AffectedClass<'a> {
    number: ClassId,
    class: &'a VersionClass,
    profile: Profile,
    flaws: Arc<[VersionFlaw]>,
}

/// The version classes that advisories concern. Each distinct subject is asked about once.
fn affected_classes<'a>(master: &Master, classes: &'a [Arc<VersionClass>]) -> Vec<AffectedClass<'a>> {
    let mut profiles: HashMap<(&OsKey, PackageManager), Option<Profile>> = HashMap::new();
    let mut known: HashMap<(&OsKey, String, &str), Arc<[VersionFlaw]>> = HashMap::new();
    let mut affected = Vec::new();
    for (number, class) in (0..).zip(classes) {
        let Some(profile) = profiles.entry((&class.os, class.manager)).or_insert_with(|| profile_of(class).ok()) else { continue };
        let (name, version) = installed(class).subject(profile);
        let flaws = known.entry((&class.os, name, version)).or_insert_with_key(|(_, name, version)| {
            flaws_of_version(&master.advisories, profile, name, version).unwrap_or_default().into()
        });
        if !flaws.is_empty() {
            affected.push(AffectedClass { number, class, profile: profile.clone(), flaws: Arc::clone(flaws) });
        }
    }
    affected
}

/// As what the devices of a version count: all of them, or a part.
type Part = (PackageClass, Option<Arc<RoaringBitmap>>);
/// Sets of devices, each known by what it is made of: thousands of flaws of one kernel share one set.
type Sets = HashMap<Vec<(ClassId, *const RoaringBitmap)>, Arc<RoaringBitmap>>;

/// What is looked up more than once while an exposure is computed.
struct Computing<'a> {
    fleet: &'a Fleet,
    booted: HashMap<Arc<str>, RoaringBitmap>,
    candidates: HashMap<ClassId, Vec<(Arc<str>, RoaringBitmap)>>,
    fixes: HashMap<(ClassId, Option<Arc<str>>), Arc<RoaringBitmap>>,
    device_sets: Sets,
    fix_sets: Sets,
    nobody: Arc<RoaringBitmap>,
}

#[derive(Default)]
struct Gathered {
    rating: Rating,
    advisories: Vec<Arc<Head>>,
    software: Vec<AffectedVersion>,
    companions: Vec<AffectedVersion>,
}

impl Gathered {
    fn take(&mut self, flaw: &VersionFlaw) {
        self.rating = self.rating.max(flaw.rating);
        for head in &flaw.advisories {
            if !self.advisories.iter().any(|known| known.id == head.id) {
                self.advisories.push(Arc::clone(head));
            }
        }
    }
}

impl<'a> Computing<'a> {
    fn new(fleet: &'a Fleet, affected: &[AffectedClass<'_>]) -> Self {
        Self {
            fleet,
            booted: fleet.booted_kernels().into_iter().collect(),
            candidates: candidates(fleet, affected),
            fixes: HashMap::new(),
            device_sets: Sets::new(),
            fix_sets: Sets::new(),
            nobody: Arc::default(),
        }
    }

    fn flaws(mut self, affected: &[AffectedClass<'_>]) -> Vec<Flaw> {
        let mut gathered: BTreeMap<Arc<str>, Gathered> = BTreeMap::new();
        for class in affected {
            let parts = self.parts(class.number, installed(class.class));
            for flaw in class.flaws.iter() {
                let fix_available = self.fix(class, flaw.fixed_version.as_ref());
                let into = gathered.entry(Arc::clone(&flaw.cve)).or_default();
                into.take(flaw);
                for (part_class, part) in &parts {
                    let version = AffectedVersion {
                        class: class.number,
                        fixed_version: flaw.fixed_version.clone(),
                        part: part.clone(),
                        fix_available: Arc::clone(&fix_available),
                    };
                    match part_class {
                        PackageClass::Software => into.software.push(version),
                        PackageClass::KernelCompanion => into.companions.push(version),
                    }
                }
            }
        }
        gathered.into_iter().map(|(cve, gathered)| self.flaw(cve, gathered)).collect()
    }

    /// As what a version counts: all its devices, or for a kernel's image those that booted it and the others.
    fn parts(&self, number: ClassId, package: Installed<'_>) -> Vec<Part> {
        if !package.is_of_kernel() {
            return vec![(PackageClass::Software, None)];
        }
        let release = package.name.strip_prefix("linux-image-").unwrap_or(package.version);
        let booted = BootedKernel { release, package: Some(package.name) };
        match self.booted.get(package.name) {
            Some(running) if package.class(Some(booted)) == PackageClass::Software => {
                let devices = self.fleet.devices_of(&[number]);
                let (booted, others) = (&devices & running, &devices - running);
                vec![(PackageClass::Software, Some(Arc::new(booted))), (PackageClass::KernelCompanion, Some(Arc::new(others)))]
            }
            _ => vec![(PackageClass::KernelCompanion, None)],
        }
    }

    /// The devices that could install a mended version of this package now. On Debian advisories name the source's
    /// version and an update the binary's: where these are not the same line, nothing is claimed.
    fn fix(&mut self, class: &AffectedClass<'_>, fixed: Option<&Arc<str>>) -> Arc<RoaringBitmap> {
        let key = (class.number, fixed.cloned());
        if let Some(devices) = self.fixes.get(&key) {
            return Arc::clone(devices);
        }
        let is_one_line = match class.profile.names {
            Names::Binary => true,
            Names::Source => {
                let (_, subject) = installed(class.class).subject(&class.profile);
                class.class.version.strip_prefix(subject).is_some_and(|rest| rest.is_empty() || rest.starts_with("+b"))
            }
        };
        let mut devices = RoaringBitmap::new();
        if let Some(fixed) = fixed.filter(|_| is_one_line) {
            for (candidate, able) in self.candidates.get(&class.number).into_iter().flatten() {
                if class.profile.order.compare(candidate, fixed).is_ok_and(Ordering::is_ge) {
                    devices |= able;
                }
            }
        }
        let devices = if devices.is_empty() { Arc::clone(&self.nobody) } else { Arc::new(devices) };
        self.fixes.insert(key, Arc::clone(&devices));
        devices
    }

    fn flaw(&mut self, cve: Arc<str>, gathered: Gathered) -> Flaw {
        let Gathered { rating, advisories, software, companions } = gathered;
        Flaw { cve, rating, advisories, software: self.concern(software), companions: self.concern(companions) }
    }

    fn concern(&mut self, versions: Vec<AffectedVersion>) -> Concern {
        let made_of = |version: &AffectedVersion| (version.class, version.part.as_ref().map_or(std::ptr::null(), Arc::as_ptr));
        let key: Vec<_> = versions.iter().map(made_of).collect();
        let devices = match self.device_sets.get(&key) {
            Some(devices) => Arc::clone(devices),
            None => {
                let devices = Arc::new(self.devices(&versions));
                self.device_sets.insert(key, Arc::clone(&devices));
                devices
            }
        };
        Concern { fix_available: self.fix_available(&versions, &devices), versions, devices }
    }

    fn devices(&self, versions: &[AffectedVersion]) -> RoaringBitmap {
        let whole: Vec<ClassId> = versions.iter().filter(|version| version.part.is_none()).map(|version| version.class).collect();
        let mut devices = self.fleet.devices_of(&whole);
        for part in versions.iter().filter_map(|version| version.part.as_ref()) {
            devices |= &**part;
        }
        devices
    }

    fn fix_available(&mut self, versions: &[AffectedVersion], devices: &Arc<RoaringBitmap>) -> Arc<RoaringBitmap> {
        let made_of = |version: &AffectedVersion| (version.class, Arc::as_ptr(&version.fix_available));
        let mut key: Vec<_> = versions.iter().filter(|version| !version.fix_available.is_empty()).map(made_of).collect();
        if key.is_empty() {
            return Arc::clone(&self.nobody);
        }
        key.push((ClassId::MAX, Arc::as_ptr(devices)));
        let able = self.fix_sets.entry(key).or_insert_with(|| {
            let mut able = RoaringBitmap::new();
            for version in versions {
                able |= &*version.fix_available;
            }
            able &= &**devices;
            Arc::new(able)
        });
        Arc::clone(able)
    }
}

/// The candidates of the affected classes, each with the devices that could go to it.
fn candidates(fleet: &Fleet, affected: &[AffectedClass<'_>]) -> HashMap<ClassId, Vec<(Arc<str>, RoaringBitmap)>> {
    let mut candidates: HashMap<ClassId, HashMap<Arc<str>, RoaringBitmap>> =
        affected.iter().map(|class| (class.number, HashMap::new())).collect();
    for ordinal in fleet.all() {
        for pending in fleet.pending(ordinal) {
            if let Some(candidates) = candidates.get_mut(&pending.class) {
                candidates.entry(pending.candidate).or_default().insert(ordinal);
            }
        }
    }
    candidates.into_iter().map(|(class, candidates)| (class, candidates.into_iter().collect())).collect()
}
