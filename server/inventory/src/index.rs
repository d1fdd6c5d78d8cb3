//! The fleet index of one tenant: which device has which package version, in memory.
//!
//! A device is an *image* (a package set that it shares with others) and its *drift* (what it has more and less). A
//! *class* is one distinct (operating system, package, version); classes are numbered in the order of their arrival
//! and never renumbered while an index lives, so a matcher looks at each version once. The devices of a class are the
//! devices of the images that hold it, less those that drifted away from it, and those that drifted to it. Sorted
//! `Vec<u32>` serve the drift (four times faster than bitmaps, measured), roaring bitmaps the image and result sets.
//!
//! The index is a cache: it is rebuilt from the device rows, and [`Index::fingerprint`] tells whether two are equal.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;

use hashbrown::HashTable;
use roaring::RoaringBitmap;
use wire::state::{Kind, Package, PackageManager};

/// A device's position in every bitmap; given out by `devices`.
pub type Ordinal = u32;
/// A class's number.
pub type ClassId = u32;

/// Largest share of a device's packages that may be drift, in percent; beyond it the device gets an image of its own.
pub const DRIFT_PERCENT_MAX: usize = 12;
/// Most images that are compared with a new package set, newest first.
pub const IMAGE_CANDIDATES_MAX: usize = 64;

/// Most distinct package versions of a tenant, in all its devices: one tenant must not take the memory of all.
pub const CLASSES_MAX: usize = 1_000_000;

/// The operating system to which advisories are matched.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OsKey {
    /// `ID` of os-release.
    pub id: Arc<str>,
    /// `VERSION_ID` of os-release.
    pub version_id: Option<Arc<str>>,
}

/// One distinct version of a package on an operating system.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct VersionClass {
    /// Operating system.
    pub os: OsKey,
    /// Tool.
    pub manager: PackageManager,
    /// Binary package name.
    pub name: Arc<str>,
    /// Architecture.
    pub architecture: Arc<str>,
    /// Version.
    pub version: Arc<str>,
    /// Source package name.
    pub source: Arc<str>,
    /// Source package version.
    pub source_version: Arc<str>,
    /// Origin; absent where unknown.
    pub vendor: Option<Arc<str>>,
}

/// What tells classes apart, borrowed from a class or from a package as it was sent.
#[derive(PartialEq, Eq, Hash)]
struct Parts<'a> {
    os: (&'a str, Option<&'a str>),
    manager: PackageManager,
    name: &'a str,
    architecture: &'a str,
    version: &'a str,
    source: (&'a str, &'a str),
    vendor: Option<&'a str>,
}

impl<'a> Parts<'a> {
    fn of_class(class: &'a VersionClass) -> Self {
        Self {
            os: (&class.os.id, class.os.version_id.as_deref()),
            manager: class.manager,
            name: &class.name,
            architecture: &class.architecture,
            version: &class.version,
            source: (&class.source, &class.source_version),
            vendor: class.vendor.as_deref(),
        }
    }

    fn of_package(os: &'a OsKey, package: &'a Package) -> Self {
        Self {
            os: (&os.id, os.version_id.as_deref()),
            manager: package.manager,
            name: &package.name,
            architecture: &package.architecture,
            version: &package.version,
            source: (package.source_name(), package.source_version()),
            vendor: package.vendor.as_deref(),
        }
    }
}

/// The kernel that a device has booted, in its own words. What it was built from is for the reader to tell: a package of
/// the same name may have been replaced on the disk since.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BootedKernel {
    /// `uname -r`, as in `6.1.0-18-amd64`.
    pub release: Box<str>,
    /// `uname -v`, as in `#1 SMP PREEMPT_DYNAMIC Debian 6.1.76-1 (2024-02-01)`.
    pub version: Box<str>,
}

/// A newer version that some device could install now.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Pending {
    /// The installed class.
    pub class: ClassId,
    /// The version to which it would go.
    pub candidate: Arc<str>,
    /// Whether it comes from a security archive.
    pub security: bool,
}

/// What the index keeps of a device.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeviceEntry {
    /// Position of the image, absent where packages are not collected.
    pub image: Option<u32>,
    /// Classes that the image has and the device has not, sorted.
    pub removed: Box<[ClassId]>,
    /// Classes that the device has and the image has not, sorted.
    pub added: Box<[ClassId]>,
    /// The booted kernel; absent where the kind is not collected.
    pub booted_kernel: Option<Arc<BootedKernel>>,
    /// Pending updates.
    pub pending: Box<[Pending]>,
    /// Kinds that are not there.
    pub missing: u8,
    /// When the host's package lists were fetched, in seconds since the epoch; absent where it does not say.
    pub lists_updated_at: Option<i64>,
}

impl DeviceEntry {
    /// The bit of a kind in `missing`.
    #[must_use]
    pub const fn bit(kind: Kind) -> u8 {
        1 << kind as u8
    }
}

#[derive(Debug)]
struct Image {
    classes: Box<[ClassId]>,
    devices: RoaringBitmap,
}

#[derive(Debug, Default)]
struct Postings {
    images: Vec<u32>,
    added: Vec<Ordinal>,
    removed: Vec<Ordinal>,
}

/// The fleet index of one tenant.
#[derive(Debug, Default)]
pub struct Index {
    classes: Vec<Arc<VersionClass>>,
    /// Numbers by the hash of their class: a package is looked up as it was sent, without making a class of it first.
    numbers: HashTable<ClassId>,
    hasher: RandomState,
    texts: HashMap<Arc<str>, ()>,
    kernels: HashSet<Arc<BootedKernel>>,
    postings: Vec<Postings>,
    images: Vec<Image>,
    images_by_set: HashMap<Box<[ClassId]>, u32>,
    devices: Vec<Option<DeviceEntry>>,
    generation: u64,
}

/// How a package set is kept: an image and the drift from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fit {
    /// Position of the image.
    pub image: u32,
    /// Classes of the image that the set has not.
    pub removed: Box<[ClassId]>,
    /// Classes of the set that the image has not.
    pub added: Box<[ClassId]>,
}

impl Index {
    /// Counts every change of the index.
    #[must_use]
    pub const fn generation(&self) -> u64 {
        self.generation
    }

    /// The number of a package's class on an operating system, given out where it is new.
    pub fn class_of(&mut self, os: &OsKey, package: &Package) -> ClassId {
        let hash = self.hasher.hash_one(Parts::of_package(os, package));
        let is_same = |number: &ClassId| Parts::of_class(&self.classes[*number as usize]) == Parts::of_package(os, package);
        if let Some(number) = self.numbers.find(hash, is_same) {
            return *number;
        }
        let number = ClassId::try_from(self.classes.len()).expect("fewer than 2^32 distinct package versions fit in memory");
        let class = VersionClass {
            os: OsKey { id: self.text(&os.id), version_id: os.version_id.as_ref().map(|text| self.text(text)) },
            manager: package.manager,
            name: self.text(&package.name),
            architecture: self.text(&package.architecture),
            version: self.text(&package.version),
            source: self.text(package.source_name()),
            source_version: self.text(package.source_version()),
            vendor: package.vendor.as_ref().map(|text| self.text(text)),
        };
        self.classes.push(Arc::new(class));
        let rehash = |number: &ClassId| self.hasher.hash_one(Parts::of_class(&self.classes[*number as usize]));
        self.numbers.insert_unique(hash, number, rehash);
        self.postings.push(Postings::default());
        number
    }

    /// How many classes there are.
    #[must_use]
    pub const fn class_count(&self) -> usize {
        self.classes.len()
    }

    /// One copy of a text, shared by all classes.
    pub fn text(&mut self, text: &str) -> Arc<str> {
        if let Some((known, ())) = self.texts.get_key_value(text) {
            return Arc::clone(known);
        }
        let text: Arc<str> = text.into();
        self.texts.insert(Arc::clone(&text), ());
        text
    }

    /// One copy of a booted kernel, shared by all devices that run it.
    pub fn booted_kernel(&mut self, release: &str, version: &str) -> Arc<BootedKernel> {
        let kernel = BootedKernel { release: release.into(), version: version.into() };
        if let Some(known) = self.kernels.get(&kernel) {
            return Arc::clone(known);
        }
        let kernel = Arc::new(kernel);
        self.kernels.insert(Arc::clone(&kernel));
        kernel
    }

    /// The class of a number.
    #[must_use]
    pub fn class(&self, number: ClassId) -> Option<&Arc<VersionClass>> {
        self.classes.get(number as usize)
    }

    /// The classes from a number on, in order.
    #[must_use]
    pub fn classes_from(&self, first: ClassId) -> &[Arc<VersionClass>] {
        self.classes.get(first as usize..).unwrap_or(&[])
    }

    /// Position of the nearest image to a set of classes (sorted, distinct), where one is near enough.
    fn nearest(&self, set: &[ClassId]) -> Option<usize> {
        if let Some(image) = self.images_by_set.get(set) {
            return Some(*image as usize);
        }
        let drift_max = set.len() * DRIFT_PERCENT_MAX / 100;
        let newest = self.images.iter().enumerate().rev().take(IMAGE_CANDIDATES_MAX);
        let near = newest.filter_map(|(position, image)| Some((drift_within(&image.classes, set, drift_max)?, position)));
        near.min().map(|(_, position)| position)
    }

    /// How a set of classes (sorted, distinct) is best kept; nothing where no image is near enough: then make one of it.
    #[must_use]
    pub fn fit(&self, set: &[ClassId]) -> Option<Fit> {
        let position = self.nearest(set)?;
        let (removed, added) = drift(&self.images[position].classes, set);
        Some(Fit { image: u32::try_from(position).unwrap_or(u32::MAX), removed, added })
    }

    /// The position of the image with exactly this set (sorted, distinct), made where it is new.
    pub fn add_image(&mut self, set: &[ClassId]) -> u32 {
        if let Some(image) = self.images_by_set.get(set) {
            return *image;
        }
        let position = u32::try_from(self.images.len()).expect("fewer than 2^32 images fit in memory");
        for class in set {
            self.postings[*class as usize].images.push(position);
        }
        self.images_by_set.insert(set.into(), position);
        self.images.push(Image { classes: set.into(), devices: RoaringBitmap::new() });
        position
    }

    /// The classes of an image, sorted.
    #[must_use]
    pub fn image_classes(&self, image: u32) -> &[ClassId] {
        self.images.get(image as usize).map_or(&[], |image| &image.classes)
    }

    /// Puts a device in, or replaces it; `None` takes it out.
    pub fn set_device(&mut self, ordinal: Ordinal, entry: Option<DeviceEntry>) {
        let slot = ordinal as usize;
        if self.devices.len() <= slot {
            self.devices.resize_with(slot + 1, || None);
        }
        if let Some(old) = self.devices[slot].take() {
            if let Some(image) = old.image {
                self.images[image as usize].devices.remove(ordinal);
            }
            old.added.iter().for_each(|class| remove_sorted(&mut self.postings[*class as usize].added, ordinal));
            old.removed.iter().for_each(|class| remove_sorted(&mut self.postings[*class as usize].removed, ordinal));
        }
        if let Some(new) = &entry {
            if let Some(image) = new.image {
                self.images[image as usize].devices.insert(ordinal);
            }
            new.added.iter().for_each(|class| insert_sorted(&mut self.postings[*class as usize].added, ordinal));
            new.removed.iter().for_each(|class| insert_sorted(&mut self.postings[*class as usize].removed, ordinal));
        }
        self.devices[slot] = entry;
        self.generation += 1;
    }

    /// What is kept of a device.
    #[must_use]
    pub fn device(&self, ordinal: Ordinal) -> Option<&DeviceEntry> {
        self.devices.get(ordinal as usize)?.as_ref()
    }

    /// The classes of a device, sorted.
    #[must_use]
    pub fn classes_of(&self, ordinal: Ordinal) -> Vec<ClassId> {
        let Some(entry) = self.device(ordinal) else { return Vec::new() };
        let image = entry.image.map_or(&[][..], |image| self.image_classes(image));
        let mut classes: Vec<_> = image.iter().copied().filter(|class| entry.removed.binary_search(class).is_err()).collect();
        classes.extend_from_slice(&entry.added);
        classes.sort_unstable();
        classes
    }

    /// The devices that have at least one of the classes.
    #[must_use]
    pub fn devices_of(&self, classes: &[ClassId]) -> RoaringBitmap {
        let mut devices = RoaringBitmap::new();
        for class in classes {
            let Some(postings) = self.postings.get(*class as usize) else { continue };
            let mut holders = RoaringBitmap::new();
            for image in &postings.images {
                holders |= &self.images[*image as usize].devices;
            }
            for gone in &postings.removed {
                holders.remove(*gone);
            }
            devices |= holders;
            devices.extend(postings.added.iter().copied());
        }
        devices
    }

    /// Every device in the index.
    #[must_use]
    pub fn all(&self) -> RoaringBitmap {
        self.present().map(|(ordinal, _)| ordinal).collect()
    }

    /// The devices of which a kind is not there.
    #[must_use]
    pub fn missing(&self, kind: Kind) -> RoaringBitmap {
        self.present().filter(|(_, entry)| entry.missing & DeviceEntry::bit(kind) != 0).map(|(ordinal, _)| ordinal).collect()
    }

    /// The devices in the index, in the order of their ordinals.
    pub fn present(&self) -> impl Iterator<Item = (Ordinal, &DeviceEntry)> {
        (0..).zip(&self.devices).filter_map(|(ordinal, entry)| Some((ordinal, entry.as_ref()?)))
    }

    /// Every device with the texts of its packages, sorted: equal for two indexes exactly if they say the same, whatever
    /// their numbering. For tests and for the check of a snapshot.
    #[must_use]
    pub fn fingerprint(&self) -> Vec<(Ordinal, Vec<String>)> {
        let describe = |class: ClassId| self.class(class).map(|class| format!("{class:?}")).unwrap_or_default();
        self.present()
            .map(|(ordinal, entry)| {
                let mut lines: Vec<_> = self.classes_of(ordinal).into_iter().map(describe).collect();
                lines.extend(
                    entry
                        .pending
                        .iter()
                        .map(|pending| format!("pending {} -> {} {}", describe(pending.class), pending.candidate, pending.security)),
                );
                lines.push(format!("kernel {:?} missing {:08b}", entry.booted_kernel, entry.missing));
                lines.sort();
                (ordinal, lines)
            })
            .collect()
    }
}

/// The size of the difference of two sorted sets, where it is no more than `most`.
fn drift_within(image: &[ClassId], set: &[ClassId], most: usize) -> Option<usize> {
    if image.len().abs_diff(set.len()) > most {
        return None;
    }
    let (mut i, mut s, mut differences) = (0, 0, 0);
    while i < image.len() || s < set.len() {
        match (image.get(i), set.get(s)) {
            (Some(left), Some(right)) if left == right => (i, s) = (i + 1, s + 1),
            (Some(left), Some(right)) if left > right => (s, differences) = (s + 1, differences + 1),
            (Some(_), _) => (i, differences) = (i + 1, differences + 1),
            (None, _) => (s, differences) = (s + 1, differences + 1),
        }
        if differences > most {
            return None;
        }
    }
    Some(differences)
}

/// What two sorted sets have apart: (only the image, only the set).
pub(crate) fn drift(image: &[ClassId], set: &[ClassId]) -> (Box<[ClassId]>, Box<[ClassId]>) {
    let removed = image.iter().copied().filter(|class| set.binary_search(class).is_err()).collect();
    let added = set.iter().copied().filter(|class| image.binary_search(class).is_err()).collect();
    (removed, added)
}

fn insert_sorted(list: &mut Vec<Ordinal>, ordinal: Ordinal) {
    if let Err(place) = list.binary_search(&ordinal) {
        list.insert(place, ordinal);
    }
}

fn remove_sorted(list: &mut Vec<Ordinal>, ordinal: Ordinal) {
    if let Ok(place) = list.binary_search(&ordinal) {
        list.remove(place);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::{BTreeMap, BTreeSet};

    fn os() -> OsKey {
        OsKey { id: "debian".into(), version_id: Some("12".into()) }
    }

    fn package(number: u8) -> Package {
        Package {
            manager: PackageManager::Dpkg,
            name: format!("p{number}"),
            architecture: "all".into(),
            version: "1".into(),
            source: None,
            source_version: None,
            held: false,
            incomplete: false,
            installed_at: None,
            vendor: None,
        }
    }

    fn put(index: &mut Index, ordinal: Ordinal, packages: &BTreeSet<u8>) {
        let mut set: Vec<_> = packages.iter().map(|number| index.class_of(&os(), &package(*number))).collect();
        set.sort_unstable();
        let fit = match index.fit(&set) {
            Some(fit) => fit,
            None => Fit { image: index.add_image(&set), removed: Box::default(), added: Box::default() },
        };
        index.set_device(
            ordinal,
            Some(DeviceEntry { image: Some(fit.image), removed: fit.removed, added: fit.added, ..DeviceEntry::default() }),
        );
    }

    proptest! {
        #[test]
        fn the_devices_of_a_class_are_those_that_have_it(steps in proptest::collection::vec((0..8_u32, proptest::option::of(proptest::collection::btree_set(0..40_u8, 0..40))), 1..40)) {
            let mut index = Index::default();
            let mut truth: BTreeMap<Ordinal, BTreeSet<u8>> = BTreeMap::new();
            for (ordinal, packages) in steps {
                match packages {
                    Some(packages) => {
                        put(&mut index, ordinal, &packages);
                        truth.insert(ordinal, packages);
                    }
                    None => {
                        index.set_device(ordinal, None);
                        truth.remove(&ordinal);
                    }
                }
            }
            for number in 0..40_u8 {
                let class = index.class_of(&os(), &package(number));
                let expected: RoaringBitmap = truth.iter().filter(|(_, packages)| packages.contains(&number)).map(|(ordinal, _)| *ordinal).collect();
                prop_assert_eq!(index.devices_of(&[class]), expected);
            }
            for (ordinal, packages) in &truth {
                prop_assert_eq!(index.classes_of(*ordinal).len(), packages.len());
            }
            prop_assert_eq!(index.all().len(), truth.len() as u64);
        }
    }

    #[test]
    fn a_device_that_differs_a_little_shares_its_neighbours_image() {
        let mut index = Index::default();
        put(&mut index, 0, &(0..100).collect());
        put(&mut index, 1, &(1..101).collect());
        put(&mut index, 2, &(40..140).collect());
        assert_eq!(index.images.len(), 2, "one image for the first two, one for the stranger");
        assert_eq!(index.device(1).map(|entry| (entry.added.len(), entry.removed.len())), Some((1, 1)));
    }
}
