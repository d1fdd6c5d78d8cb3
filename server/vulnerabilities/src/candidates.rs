//! What the devices of a fleet could install now, by what it would replace.

use std::collections::HashMap;
use std::sync::Arc;

use inventory::Fleet;
use inventory::index::{ClassId, OsKey, VersionClass};
use roaring::RoaringBitmap;

use crate::exposure::installed;
use crate::kernels;

/// Versions that devices could go to, each with those devices.
type Offers = HashMap<Arc<str>, RoaringBitmap>;

/// What could be installed instead of the affected classes.
pub(crate) struct Candidates {
    by_class: HashMap<ClassId, Offers>,
    /// A new kernel comes as a package of another name, so its offers are kept by what advisories call it.
    of_kernels: HashMap<(OsKey, String), Offers>,
}

impl Candidates {
    /// What could be installed instead of these classes.
    pub(crate) fn of(fleet: &Fleet, classes: &[Arc<VersionClass>], affected: impl Iterator<Item = ClassId>) -> Self {
        let mut by_class: HashMap<ClassId, Offers> = affected.map(|class| (class, Offers::new())).collect();
        let mut of_kernels: HashMap<(OsKey, String), Offers> = HashMap::new();
        let leading: HashMap<ClassId, (OsKey, String)> = (0..)
            .zip(classes)
            .filter(|(_, class)| kernels::leads_to_image(&installed(class)))
            .filter_map(|(number, class)| Some((number, kernels::subject(class)?)))
            .collect();
        for ordinal in fleet.all() {
            for pending in fleet.pending(ordinal) {
                if let Some(subject) = leading.get(&pending.class) {
                    of_kernels.entry(subject.clone()).or_default().entry(Arc::clone(&pending.candidate)).or_default().insert(ordinal);
                }
                if let Some(offers) = by_class.get_mut(&pending.class) {
                    offers.entry(pending.candidate).or_default().insert(ordinal);
                }
            }
        }
        Self { by_class, of_kernels }
    }

    /// What could be installed instead of a class, each with the devices that could.
    pub(crate) fn for_class(&self, number: ClassId, class: &VersionClass) -> impl Iterator<Item = (&Arc<str>, &RoaringBitmap)> {
        let subject = kernels::leads_to_image(&installed(class)).then(|| kernels::subject(class)).flatten();
        let of_kernel = subject.and_then(|subject| self.of_kernels.get(&subject));
        self.by_class.get(&number).into_iter().chain(of_kernel).flatten()
    }
}
