//! Which devices of a fleet each flaw concerns.
//!
//! Nothing is stored per device: an exposure is computed from the fleet index and the master, both in memory, and thrown
//! away when either changes. Each distinct version is compared with the advisories once; flaws that concern the same
//! versions share one set of devices.
//!
//! A flaw of the kernel concerns the devices that have *booted* an affected one. Headers, tools and kernels that lie about
//! are kept apart, as companions.
//!
//! A device is covered by the advisories of its release. Packages and kernels of a covered device about which nothing can be
//! said all the same are kept with their reason: the silence about them is no answer either.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use inventory::Fleet;
use inventory::index::{ClassId, OsKey, VersionClass};
use roaring::RoaringBitmap;
use wire::state::PackageManager;

use crate::candidates::Candidates;
use crate::coverage::FleetCoverage;
use crate::flaws::{VersionFlaw, flaws_of_version};
use crate::kernels::Kernels;
use crate::master::Master;
use crate::matcher::Head;
use crate::package_class::{Installed, PackageClass};
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
    /// The version classes behind it, by number: the fleet's, and after them kernels that run and lie on no disk.
    pub(crate) classes: Vec<Arc<VersionClass>>,
    /// Which devices it speaks for.
    pub(crate) coverage: FleetCoverage,
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
    /// Devices on which a mended kernel is installed and another one runs.
    pub(crate) waits_for_reboot: Arc<RoaringBitmap>,
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
    /// Of a kernel that runs: devices on which a mended one is installed.
    pub(crate) waits_for_reboot: Arc<RoaringBitmap>,
}

impl Exposure {
    /// Computes the exposure of a fleet as it is now.
    #[must_use]
    pub fn of(fleet: &Fleet, master: Arc<Master>) -> Self {
        // The generation is read first: a change that comes in between is then seen as newer.
        let fleet_generation = fleet.generation();
        let mut classes = fleet.classes_from(0);
        let kernels = Kernels::of(fleet, &mut classes);
        let (affected, silent_classes) = affected_classes(&master, &classes);
        let flaws = Computing::new(fleet, &classes, &kernels, &affected).flaws(&affected);
        let coverage = FleetCoverage::of(fleet, &master, silent_classes, kernels.not_covered);
        Self { fleet_generation, master, flaws, classes, coverage }
    }

    /// How many flaws concern a version of the fleet.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.flaws.len()
    }

    /// Whether none does.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.flaws.is_empty()
    }

    /// The devices whose software a flaw concerns; nothing where it concerns no version of the fleet.
    #[must_use]
    pub fn devices_of(&self, cve: &str) -> Option<&RoaringBitmap> {
        self.flaw(cve).map(|flaw| &*flaw.software.devices)
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

pub(crate) fn release(os: &OsKey) -> Result<OsRelease<'_>, NotCovered> {
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
        vendor: class.vendor.as_deref(),
    }
}

/// A version class with flaws.
struct AffectedClass<'a> {
    number: ClassId,
    class: &'a VersionClass,
    profile: Profile,
    flaws: Arc<[VersionFlaw]>,
}

/// The flaws of a subject, or why nothing can be said.
type Found = Result<Arc<[VersionFlaw]>, NotCovered>;

/// The version classes that advisories concern, and those about which nothing can be said, by reason. Each distinct subject
/// is asked about once.
fn affected_classes<'a>(master: &Master, classes: &'a [Arc<VersionClass>]) -> (Vec<AffectedClass<'a>>, BTreeMap<NotCovered, Vec<ClassId>>) {
    let mut profiles: HashMap<(&OsKey, PackageManager), Result<Profile, NotCovered>> = HashMap::new();
    let mut known: HashMap<(&OsKey, String, Cow<'_, str>), Found> = HashMap::new();
    let mut affected = Vec::new();
    let mut silent: BTreeMap<NotCovered, Vec<ClassId>> = BTreeMap::new();
    for (number, class) in (0..).zip(classes) {
        let profile = match profiles.entry((&class.os, class.manager)).or_insert_with(|| profile_of(class)) {
            Ok(profile) => &*profile,
            Err(reason) => {
                silent.entry(reason.clone()).or_default().push(number);
                continue;
            }
        };
        let (name, version) = installed(class).subject(profile);
        let answer = known
            .entry((&class.os, name, version))
            .or_insert_with_key(|(_, name, version)| flaws_of_version(&master.advisories, profile, name, version).map(Into::into));
        match answer {
            Err(reason) => silent.entry(reason.clone()).or_default().push(number),
            Ok(flaws) => {
                if installed(class).is_of_other_origin(profile) {
                    silent.entry(NotCovered::OtherOrigin).or_default().push(number);
                }
                if !flaws.is_empty() {
                    affected.push(AffectedClass { number, class, profile: profile.clone(), flaws: Arc::clone(flaws) });
                }
            }
        }
    }
    (affected, silent)
}

/// As what the devices of a version count: all of them, or a part.
type Part = (PackageClass, Option<Arc<RoaringBitmap>>);
/// Sets of devices, each known by what it is made of: thousands of flaws of one kernel share one set.
type Sets = HashMap<Vec<(ClassId, *const RoaringBitmap)>, Arc<RoaringBitmap>>;

/// What is looked up more than once while an exposure is computed.
struct Computing<'a> {
    fleet: &'a Fleet,
    classes: &'a [Arc<VersionClass>],
    kernels: &'a Kernels,
    candidates: Candidates,
    fixes: HashMap<(ClassId, Option<Arc<str>>), Arc<RoaringBitmap>>,
    mended: HashMap<(ClassId, Arc<str>), Arc<RoaringBitmap>>,
    device_sets: Sets,
    fix_sets: Sets,
    reboot_sets: Sets,
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
    fn new(fleet: &'a Fleet, classes: &'a [Arc<VersionClass>], kernels: &'a Kernels, affected: &[AffectedClass<'_>]) -> Self {
        Self {
            fleet,
            classes,
            kernels,
            candidates: Candidates::of(fleet, classes, affected.iter().map(|class| class.number)),
            fixes: HashMap::new(),
            mended: HashMap::new(),
            device_sets: Sets::new(),
            fix_sets: Sets::new(),
            reboot_sets: Sets::new(),
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
                        waits_for_reboot: match (part_class, part) {
                            (PackageClass::Software, Some(_)) => self.mended(class, flaw.fixed_version.as_ref()),
                            _ => Arc::clone(&self.nobody),
                        },
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

    /// As what a version counts: all its devices, or of a kernel those that run it, and the others.
    fn parts(&self, number: ClassId, package: Installed<'_>) -> Vec<Part> {
        if !package.is_of_kernel() {
            return vec![(PackageClass::Software, None)];
        }
        let Some(running) = self.kernels.running(number) else { return vec![(PackageClass::KernelCompanion, None)] };
        let others = self.fleet.devices_of(&[number]) - running;
        let parts = [(PackageClass::Software, running.clone()), (PackageClass::KernelCompanion, others)];
        parts.into_iter().filter(|(_, devices)| !devices.is_empty()).map(|(class, devices)| (class, Some(Arc::new(devices)))).collect()
    }

    /// The devices on which a mended kernel of this subject is installed.
    fn mended(&mut self, class: &AffectedClass<'_>, fixed: Option<&Arc<str>>) -> Arc<RoaringBitmap> {
        let Some(fixed) = fixed else { return Arc::clone(&self.nobody) };
        let (fleet, classes, kernels, nobody) = (self.fleet, self.classes, self.kernels, &self.nobody);
        let key = (class.number, Arc::clone(fixed));
        let mended = self.mended.entry(key).or_insert_with(|| {
            let mut devices = kernels.installed_from(fleet, classes, class.class, fixed);
            devices &= kernels.running(class.number).unwrap_or(nobody);
            Arc::new(devices)
        });
        Arc::clone(mended)
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
                class.class.version.strip_prefix(&*subject).is_some_and(|rest| rest.is_empty() || rest.starts_with("+b"))
            }
        };
        let mut devices = RoaringBitmap::new();
        if let Some(fixed) = fixed.filter(|_| is_one_line) {
            for (candidate, able) in self.candidates.for_class(class.number, class.class) {
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
        let waits_for_reboot = self.waits_for_reboot(&versions);
        Concern { fix_available: self.fix_available(&versions, &devices), versions, devices, waits_for_reboot }
    }

    fn waits_for_reboot(&mut self, versions: &[AffectedVersion]) -> Arc<RoaringBitmap> {
        let waiting = versions.iter().filter(|version| !version.waits_for_reboot.is_empty());
        let key: Vec<_> = waiting.map(|version| (version.class, Arc::as_ptr(&version.waits_for_reboot))).collect();
        if key.is_empty() {
            return Arc::clone(&self.nobody);
        }
        let all = || Arc::new(versions.iter().fold(RoaringBitmap::new(), |all, version| all | &*version.waits_for_reboot));
        Arc::clone(self.reboot_sets.entry(key).or_insert_with(all))
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
