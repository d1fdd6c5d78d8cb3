//! A tenant's fleet in memory: the index, the images' rows behind it, and what is held of each device.
//!
//! It is filled from the sealed snapshot and the rows that changed since, once, when the tenant is first asked about,
//! and kept up to date after each commit. Nothing here is the truth: dropping a fleet costs time, no data.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use kernel::{DeviceId, TenantId};
use roaring::RoaringBitmap;
use wire::ids::ImageId;
use wire::state::{Kind, Package, PackageKey, State};

use crate::InventoryError;
use crate::index::{BootedKernel, CLASSES_MAX, ClassId, DeviceEntry, Fit, Index, Ordinal, OsKey, Pending, VersionClass};
use crate::report::ReportError;
use crate::stored::{StoredBody, StoredError, StoredImage, StoredPackages};

/// A tenant's fleet in memory.
#[derive(Debug)]
pub struct Fleet {
    tenant: TenantId,
    inner: RwLock<Inner>,
    /// Shared by reports between their fitting to an image and their commit; alone for who forgets an image.
    images: RwLock<()>,
}

#[derive(Debug, Default)]
pub(crate) struct Inner {
    pub(crate) index: Index,
    images: Vec<ImageRecord>,
    positions: HashMap<ImageId, u32>,
    os: HashMap<Ordinal, OsKey>,
    revisions: HashMap<DeviceId, i64>,
}

/// An image's row, as far as memory holds it.
#[derive(Clone, Debug)]
pub(crate) struct ImageRecord {
    pub(crate) id: ImageId,
    /// Classes in the order of the stored packages.
    order: Box<[ClassId]>,
    /// Whether the row is known to be committed.
    pub(crate) is_kept: bool,
}

impl Fleet {
    pub(crate) fn empty(tenant: TenantId) -> Self {
        Self { tenant, inner: RwLock::default(), images: RwLock::default() }
    }

    /// A fleet of an index made elsewhere, whose devices all have one operating system: for measurements, as no row lies
    /// behind it.
    #[must_use]
    pub fn of_index(tenant: TenantId, index: Index, os: &OsKey) -> Self {
        let os = index.all().into_iter().map(|ordinal| (ordinal, os.clone())).collect();
        Self { tenant, inner: RwLock::new(Inner { index, os, ..Inner::default() }), images: RwLock::default() }
    }

    /// The tenant.
    #[must_use]
    pub const fn tenant(&self) -> TenantId {
        self.tenant
    }

    fn read(&self) -> RwLockReadGuard<'_, Inner> {
        self.inner.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn write(&self) -> RwLockWriteGuard<'_, Inner> {
        self.inner.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// While this is held, no image is forgotten. For threads that may block.
    pub(crate) fn keep_images(&self) -> RwLockReadGuard<'_, ()> {
        self.images.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until no report is between its fitting and its commit, and lets none begin. For threads that may block.
    pub(crate) fn forget_images(&self) -> RwLockWriteGuard<'_, ()> {
        self.images.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts every change.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.read().index.generation()
    }

    /// The classes from a number on; a class keeps its number as long as this fleet is in memory.
    #[must_use]
    pub fn classes_from(&self, first: ClassId) -> Vec<Arc<VersionClass>> {
        self.read().index.classes_from(first).to_vec()
    }

    /// The devices that have at least one of the classes.
    #[must_use]
    pub fn devices_of(&self, classes: &[ClassId]) -> RoaringBitmap {
        self.read().index.devices_of(classes)
    }

    /// The classes of a device, sorted.
    #[must_use]
    pub fn classes_of(&self, ordinal: Ordinal) -> Vec<ClassId> {
        self.read().index.classes_of(ordinal)
    }

    /// The devices of each booted kernel, by operating system.
    #[must_use]
    pub fn booted_kernels(&self) -> Vec<(OsKey, Arc<BootedKernel>, RoaringBitmap)> {
        let inner = self.read();
        let mut kernels: HashMap<(&OsKey, &Arc<BootedKernel>), RoaringBitmap> = HashMap::new();
        for (ordinal, entry) in inner.index.present() {
            if let (Some(kernel), Some(os)) = (&entry.booted_kernel, inner.os.get(&ordinal)) {
                kernels.entry((os, kernel)).or_default().insert(ordinal);
            }
        }
        kernels.into_iter().map(|((os, kernel), devices)| (os.clone(), Arc::clone(kernel), devices)).collect()
    }

    /// The pending updates of a device.
    #[must_use]
    pub fn pending(&self, ordinal: Ordinal) -> Vec<Pending> {
        self.read().index.device(ordinal).map(|entry| entry.pending.to_vec()).unwrap_or_default()
    }

    /// When a host's package lists were fetched, in seconds since the epoch; absent where it does not say.
    #[must_use]
    pub fn lists_updated_at(&self, ordinal: Ordinal) -> Option<i64> {
        self.read().index.device(ordinal)?.lists_updated_at
    }

    /// The candidates of a class, each with the devices that could go to it.
    #[must_use]
    pub fn pending_of(&self, class: ClassId) -> Vec<(Arc<str>, RoaringBitmap)> {
        let inner = self.read();
        let mut candidates: HashMap<Arc<str>, RoaringBitmap> = HashMap::new();
        for ordinal in &inner.index.devices_of(&[class]) {
            let pending = inner.index.device(ordinal).into_iter().flat_map(|entry| entry.pending.iter());
            for update in pending.filter(|update| update.class == class) {
                candidates.entry(Arc::clone(&update.candidate)).or_default().insert(ordinal);
            }
        }
        candidates.into_iter().collect()
    }

    /// The devices of which a kind is not there.
    #[must_use]
    pub fn missing(&self, kind: Kind) -> RoaringBitmap {
        self.read().index.missing(kind)
    }

    /// Every device that has reported.
    #[must_use]
    pub fn all(&self) -> RoaringBitmap {
        self.read().index.all()
    }

    /// A device's operating system.
    #[must_use]
    pub fn os_of(&self, ordinal: Ordinal) -> Option<OsKey> {
        self.read().os.get(&ordinal).cloned()
    }

    /// Says the same for two fleets exactly if they hold the same (see [`Index::fingerprint`]).
    #[must_use]
    pub fn fingerprint(&self) -> Vec<(Ordinal, Vec<String>)> {
        self.read().index.fingerprint()
    }
}

/// A device as the index takes it, and its packages as the store does.
#[derive(Debug)]
pub(crate) struct Fitted {
    pub(crate) entry: DeviceEntry,
    pub(crate) os: OsKey,
    pub(crate) packages: Option<FittedPackages>,
}

/// A device's packages, fitted to an image.
#[derive(Debug)]
pub(crate) struct FittedPackages {
    pub(crate) image: ImageId,
    /// The image's packages in stored order, where its row is not known to be committed.
    pub(crate) unkept: Option<Vec<Package>>,
    pub(crate) stored: StoredPackages,
}

impl Inner {
    /// Fits a state to the nearest image, without putting the device in: that comes after the commit.
    ///
    /// # Errors
    /// [`ReportError::TooLarge`] where the tenant would have more than [`CLASSES_MAX`] distinct package versions; what
    /// `image_id` says.
    pub(crate) fn fit(
        &mut self,
        state: &State,
        image_id: impl FnOnce(&OsKey, &[Package]) -> Result<ImageId, InventoryError>,
    ) -> Result<Fitted, InventoryError> {
        let os = self.os_key(state);
        let mut entry = self.entry(&os, state);
        let mut fitted = None;
        if let Some(packages) = &state.packages {
            self.has_room(packages.len(), CLASSES_MAX)?;
            let keys: Vec<_> = packages.iter().map(|package| self.index.class_of(&os, package)).collect();
            let set = sorted(&keys);
            let fit = match self.index.fit(&set) {
                Some(fit) => fit,
                None => {
                    // Once each, also where two packages differ in their dates alone.
                    let mut seen = HashSet::with_capacity(keys.len());
                    let order: Box<[_]> = keys.iter().copied().filter(|class| seen.insert(*class)).collect();
                    let shared: Vec<_> = order.iter().filter_map(|class| self.index.class(*class)).map(|class| package_of(class)).collect();
                    let id = image_id(&os, &shared)?;
                    let image = self.index.add_image(&set);
                    self.remember(image, id, order, false);
                    Fit { image, removed: Box::default(), added: Box::default() }
                }
            };
            if let Some(record) = self.images.get(fit.image as usize) {
                let unkept = (!record.is_kept).then(|| self.packages_of(record));
                fitted = Some(FittedPackages { image: record.id, unkept, stored: crate::stored::split(&record.order, &keys, packages) });
            }
            entry.image = Some(fit.image);
            entry.removed = fit.removed;
            entry.added = fit.added;
        }
        Ok(Fitted { entry, os, packages: fitted })
    }

    fn has_room(&self, packages: usize, classes_max: usize) -> Result<(), InventoryError> {
        if self.index.class_count() + packages <= classes_max {
            return Ok(());
        }
        let field = "content.full.packages".to_owned();
        Err(ReportError::TooLarge { field, limit: classes_max, unit: "distinct package versions in one tenant" }.into())
    }

    fn entry(&mut self, os: &OsKey, state: &State) -> DeviceEntry {
        let booted_kernel = state.kernel.as_ref().map(|kernel| self.index.booted_kernel(&kernel.release, &kernel.version));
        let lists_updated_at = state.updates.as_ref().and_then(|updates| updates.lists_updated_at).map(wire::Timestamp::seconds);
        DeviceEntry {
            missing: missing_kinds(state),
            booted_kernel,
            pending: self.pending(os, state),
            lists_updated_at,
            ..DeviceEntry::default()
        }
    }

    fn pending(&mut self, os: &OsKey, state: &State) -> Box<[Pending]> {
        let (Some(updates), Some(packages)) = (&state.updates, &state.packages) else { return Box::default() };
        let mut pending = Vec::with_capacity(updates.pending.len());
        for update in &updates.pending {
            let of =
                PackageKey { manager: update.manager, name: &update.name, architecture: &update.architecture, version: &update.installed };
            if let Some(package) = packages.binary_search_by(|package| package.key().cmp(&of)).ok().and_then(|place| packages.get(place)) {
                let class = self.index.class_of(os, package);
                pending.push(Pending { class, candidate: self.index.text(&update.candidate), security: update.security });
            }
        }
        pending.into()
    }

    fn os_key(&mut self, state: &State) -> OsKey {
        let os = state.os.as_ref();
        let id = os.map_or("", |os| &os.id);
        let version_id = os.and_then(|os| os.version_id.as_deref());
        OsKey { id: self.index.text(id), version_id: version_id.map(|text| self.index.text(text)) }
    }

    fn remember(&mut self, position: u32, id: ImageId, order: Box<[ClassId]>, is_kept: bool) {
        debug_assert_eq!(position as usize, self.images.len(), "images are remembered in the order of their positions");
        self.positions.insert(id, position);
        self.images.push(ImageRecord { id, order, is_kept });
    }

    /// The row of this image is committed.
    pub(crate) fn image_is_kept(&mut self, image: ImageId) {
        if let Some(record) = self.positions.get(&image).and_then(|position| self.images.get_mut(*position as usize)) {
            record.is_kept = true;
        }
    }

    /// Nothing of a device stays.
    pub(crate) fn remove(&mut self, ordinal: Option<Ordinal>, device: DeviceId) {
        self.revisions.remove(&device);
        if let Some(ordinal) = ordinal {
            self.index.set_device(ordinal, None);
            self.os.remove(&ordinal);
        }
    }

    /// The row of this image is gone: the next device that has it writes it again.
    pub(crate) fn image_is_forgotten(&mut self, image: ImageId) {
        if let Some(record) = self.positions.get(&image).and_then(|position| self.images.get_mut(*position as usize)) {
            record.is_kept = false;
        }
    }

    /// Takes in an image's row.
    pub(crate) fn load_image(&mut self, id: ImageId, image: &StoredImage) {
        if self.positions.contains_key(&id) {
            self.image_is_kept(id);
            return;
        }
        let os = OsKey { id: self.index.text(&image.os_id), version_id: image.os_version_id.as_deref().map(|text| self.index.text(text)) };
        let order: Box<[_]> = image.packages.iter().map(|package| self.index.class_of(&os, package)).collect();
        let before = self.images.len();
        let position = self.index.add_image(&sorted(&order));
        if position as usize == before {
            self.remember(position, id, order, true);
        } else {
            self.positions.insert(id, position);
        }
    }

    /// The packages of an image in stored order.
    pub(crate) fn image_packages(&self, id: ImageId) -> Option<Vec<Package>> {
        self.images.get(*self.positions.get(&id)? as usize).map(|record| self.packages_of(record))
    }

    fn packages_of(&self, record: &ImageRecord) -> Vec<Package> {
        record.order.iter().filter_map(|class| self.index.class(*class)).map(|class| package_of(class)).collect()
    }

    /// Takes in a device's row, against the image that the row names: its id must not move to another set.
    pub(crate) fn load_device(
        &mut self,
        ordinal: Ordinal,
        device: DeviceId,
        (revision, missing): (i64, u8),
        image: Option<ImageId>,
        body: StoredBody,
    ) -> Result<(), StoredError> {
        let state = whole(image.and_then(|id| self.image_packages(id)), body)?;
        let os = self.os_key(&state);
        let mut entry = self.entry(&os, &state);
        entry.missing = missing;
        if let Some(packages) = &state.packages {
            let position = image.and_then(|id| self.positions.get(&id).copied()).ok_or(StoredError::Misfit)?;
            let order: Vec<_> = packages.iter().map(|package| self.index.class_of(&os, package)).collect();
            (entry.removed, entry.added) = crate::index::drift(self.index.image_classes(position), &sorted(&order));
            entry.image = Some(position);
        }
        self.put(ordinal, device, revision, Fitted { entry, os, packages: None });
        Ok(())
    }

    /// The revision of a device's row that is in memory.
    pub(crate) fn revision(&self, device: DeviceId) -> Option<i64> {
        self.revisions.get(&device).copied()
    }

    /// Puts a committed device in.
    pub(crate) fn put(&mut self, ordinal: Ordinal, device: DeviceId, revision: i64, fitted: Fitted) {
        if self.revisions.get(&device).is_some_and(|held| *held > revision) {
            return;
        }
        self.revisions.insert(device, revision);
        self.os.insert(ordinal, fitted.os);
        self.index.set_device(ordinal, Some(fitted.entry));
    }
}

fn sorted(order: &[ClassId]) -> Vec<ClassId> {
    let mut set = order.to_vec();
    set.sort_unstable();
    set.dedup();
    set
}

/// A state of an image's packages and a body.
pub(crate) fn whole(image: Option<Vec<Package>>, body: StoredBody) -> Result<State, StoredError> {
    let mut state = body.state;
    if let Some(stored) = &body.packages {
        state.packages = Some(crate::stored::join(&image.unwrap_or_default(), stored)?);
    }
    Ok(state)
}

/// The kinds that a state lacks, as bits.
pub(crate) fn missing_kinds(state: &State) -> u8 {
    Kind::ALL.into_iter().filter(|kind| !state.has(*kind)).fold(0, |bits, kind| bits | DeviceEntry::bit(kind))
}

fn package_of(class: &VersionClass) -> Package {
    let differs = |text: &Arc<str>, from: &Arc<str>| (text != from).then(|| text.to_string());
    Package {
        manager: class.manager,
        name: class.name.to_string(),
        architecture: class.architecture.to_string(),
        version: class.version.to_string(),
        source: differs(&class.source, &class.name),
        source_version: differs(&class.source_version, &class.version),
        held: false,
        incomplete: false,
        installed_at: None,
        vendor: class.vendor.as_ref().map(ToString::to_string),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stored::join;
    use proptest::prelude::*;
    use wire::Timestamp;
    use wire::state::PackageManager;

    /// Lists in canonical order in which names, versions, vendors and dates repeat.
    fn any_packages() -> impl Strategy<Value = Vec<Package>> {
        let package = (0..6_u8, 0..2_u8, 0..3_u8, 0..4_i64, any::<bool>()).prop_map(|(name, version, vendor, date, held)| Package {
            manager: PackageManager::Dpkg,
            name: format!("p{name}"),
            architecture: "all".into(),
            version: version.to_string(),
            source: None,
            source_version: None,
            held,
            incomplete: false,
            installed_at: Some(Timestamp::from_seconds(date)),
            vendor: (vendor > 0).then(|| vendor.to_string()),
        });
        proptest::collection::vec(package, 0..25).prop_map(|mut packages| {
            packages.sort();
            packages.dedup();
            packages
        })
    }

    proptest! {
        #[test]
        fn whatever_was_fitted_before_a_list_comes_back_as_it_was(lists in proptest::collection::vec(any_packages(), 1..8)) {
            let mut inner = Inner::default();
            for (number, packages) in (1_u64..).zip(lists) {
                let state = State { packages: Some(packages.clone()), ..State::default() };
                let fitted = inner.fit(&state, |_, _| Ok(ImageId::from_random(number << 8))).expect("fits").packages.expect("packages");
                let image = inner.image_packages(fitted.image).expect("remembered");
                prop_assert_eq!(fitted.unkept, Some(image.clone()));
                prop_assert_eq!(join(&image, &fitted.stored).expect("fits"), packages);
            }
        }
    }

    #[test]
    fn a_tenant_has_as_many_distinct_package_versions_as_the_limit_and_no_more() {
        let mut inner = Inner::default();
        let package = Package {
            manager: PackageManager::Dpkg,
            name: "p".into(),
            architecture: "all".into(),
            version: "1".into(),
            source: None,
            source_version: None,
            held: false,
            incomplete: false,
            installed_at: None,
            vendor: None,
        };
        let state = State { packages: Some(vec![package]), ..State::default() };
        inner.fit(&state, |_, _| Ok(ImageId::from_random(1))).expect("fits");
        assert!(inner.has_room(9, 10).is_ok());
        let refused = inner.has_room(10, 10).expect_err("one too many");
        assert!(matches!(refused, InventoryError::Report(ReportError::TooLarge { limit: 10, .. })), "{refused}");
    }
}
