//! Which kernels a fleet runs, as versions to compare, and what of them lies mended on the disk.
//!
//! Devices are asked by what they have booted (see [`crate::booted`]), never by what is installed. A build that runs but lies
//! on no disk any more, because its package was replaced under it, gets a version class of its own, behind the fleet's.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use inventory::Fleet;
use inventory::index::{ClassId, OsKey, VersionClass};
use roaring::RoaringBitmap;
use wire::state::Kind;

use crate::booted::{BootedKernel, image_rank};
use crate::exposure::{installed, release};
use crate::package_class::Installed;
use crate::profile::{NotCovered, Profile};

/// The kernels of a fleet.
#[derive(Debug, Default)]
pub(crate) struct Kernels {
    /// The devices that run each version.
    running: HashMap<ClassId, RoaringBitmap>,
    /// The images of each subject (a system and the name that its advisories speak of).
    images: HashMap<Subject, Vec<ClassId>>,
    /// Devices about whose kernel nothing can be said.
    pub(crate) not_covered: BTreeMap<NotCovered, RoaringBitmap>,
}

type Subject = (OsKey, String);

impl Kernels {
    /// The kernels of a fleet; versions that run and lie on no disk are added to its classes.
    pub(crate) fn of(fleet: &Fleet, classes: &mut Vec<Arc<VersionClass>>) -> Self {
        let mut kernels = Self::default();
        let images = images_by_os(classes);
        for (os, kernel, devices) in fleet.booted_kernels() {
            let Ok((profile, _)) = release(&os).and_then(Profile::of_release) else { continue };
            let booted = BootedKernel { release: &kernel.release, version: &kernel.version };
            let mut without_package = devices;
            for number in images.get(&os).into_iter().flatten() {
                let Some(image) = classes.get(*number as usize).cloned() else { continue };
                if !booted.is_of(&installed(&image)) {
                    continue;
                }
                let having = fleet.devices_of(&[*number]) & &without_package;
                without_package -= &having;
                match booted.version_of(&installed(&image), &profile) {
                    None => kernels.add_not_covered(NotCovered::KernelVersionNotRead, having),
                    Some(version) => {
                        let running = class_of_version(classes, *number, &image, &version);
                        *kernels.running.entry(running).or_default() |= having;
                    }
                }
            }
            kernels.add_not_covered(NotCovered::KernelOfNoPackage, without_package);
        }
        kernels.add_not_covered(NotCovered::KernelNotCollected, fleet.missing(Kind::Kernel));
        for number in images.into_values().flatten() {
            if let Some(subject) = classes.get(number as usize).and_then(|class| subject(class)) {
                kernels.images.entry(subject).or_default().push(number);
            }
        }
        kernels
    }

    fn add_not_covered(&mut self, reason: NotCovered, devices: RoaringBitmap) {
        if !devices.is_empty() {
            *self.not_covered.entry(reason).or_default() |= devices;
        }
    }

    /// The devices that run a version; nothing where none does.
    pub(crate) fn running(&self, class: ClassId) -> Option<&RoaringBitmap> {
        self.running.get(&class)
    }

    /// The devices on whose disk lies a kernel of the same subject in this version or a later one.
    pub(crate) fn installed_from(&self, fleet: &Fleet, classes: &[Arc<VersionClass>], of: &VersionClass, fixed: &str) -> RoaringBitmap {
        let (Some(subject), Ok((profile, _))) = (subject(of), release(&of.os).and_then(Profile::of_release)) else {
            return RoaringBitmap::new();
        };
        let is_mended = |number: &&ClassId| {
            let version = classes.get(**number as usize).map(|class| &class.version);
            version.is_some_and(|version| profile.order.compare(version, fixed).is_ok_and(Ordering::is_ge))
        };
        let mended: Vec<ClassId> = self.images.get(&subject).into_iter().flatten().filter(is_mended).copied().collect();
        fleet.devices_of(&mended)
    }
}

/// The system and the name by which advisories speak of a class.
pub(crate) fn subject(class: &VersionClass) -> Option<Subject> {
    let (profile, _) = release(&class.os).and_then(Profile::of_release).ok()?;
    Some((class.os.clone(), installed(class).subject(&profile).0))
}

/// Whether updates of a package are updates of the kernel itself: its image, or what depends on the newest one.
pub(crate) fn leads_to_image(package: &Installed<'_>) -> bool {
    image_rank(package).is_some() || (package.is_of_kernel() && package.name.starts_with("linux-image-"))
}

/// The images of each system, those first that are the image itself.
fn images_by_os(classes: &[Arc<VersionClass>]) -> HashMap<OsKey, Vec<ClassId>> {
    let mut images: HashMap<OsKey, Vec<(usize, ClassId)>> = HashMap::new();
    for (number, class) in (0..).zip(classes) {
        if let Some(rank) = image_rank(&installed(class)) {
            images.entry(class.os.clone()).or_default().push((rank, number));
        }
    }
    let sorted = |mut ranked: Vec<(usize, ClassId)>| {
        ranked.sort_unstable();
        ranked.into_iter().map(|(_, number)| number).collect()
    };
    images.into_iter().map(|(os, ranked)| (os, sorted(ranked))).collect()
}

/// The class of an image in another version: the fleet's where some device has it, else a new one.
fn class_of_version(classes: &mut Vec<Arc<VersionClass>>, number: ClassId, image: &VersionClass, version: &str) -> ClassId {
    if *image.version == *version {
        return number;
    }
    let version: Arc<str> = version.into();
    let wanted = VersionClass { version: Arc::clone(&version), source_version: version, ..image.clone() };
    let is_wanted = |class: &Arc<VersionClass>| {
        (&class.os, &class.name, &class.architecture, &class.version) == (&wanted.os, &wanted.name, &wanted.architecture, &wanted.version)
    };
    let known = (0..).zip(classes.iter()).find(|(_, class)| is_wanted(class)).map(|(number, _)| number);
    known.unwrap_or_else(|| {
        let number = ClassId::try_from(classes.len()).unwrap_or(ClassId::MAX);
        classes.push(Arc::new(wanted));
        number
    })
}
