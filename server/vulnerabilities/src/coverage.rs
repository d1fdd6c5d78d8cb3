//! Which devices of a fleet answers speak for, on what they rest, and what of covered devices they leave out.

use std::collections::{BTreeMap, HashMap};

use inventory::Fleet;
use inventory::index::{ClassId, OsKey};
use roaring::RoaringBitmap;
use wire::state::Kind;

use crate::basis::Basis;
use crate::exposure::release;
use crate::master::Master;
use crate::profile::{NotCovered, Profile};

/// The coverage of a fleet. Devices are covered as a whole, by the advisories of their release.
#[derive(Debug, Default)]
pub(crate) struct FleetCoverage {
    /// Devices whose packages are compared with advisories.
    pub(crate) covered: RoaringBitmap,
    /// Devices about which nothing can be said, by reason.
    pub(crate) not_covered: BTreeMap<NotCovered, RoaringBitmap>,
    /// What the answers about covered devices rest on, with those devices.
    pub(crate) basis: Vec<(Basis, RoaringBitmap)>,
    /// What nothing can be said about on covered devices, by reason.
    pub(crate) silent: BTreeMap<NotCovered, Silent>,
}

/// Packages of covered devices about which nothing can be said for one reason.
#[derive(Debug, Default)]
pub(crate) struct Silent {
    /// The version classes, sorted; none where the reason is about the kernel that runs.
    pub(crate) classes: Vec<ClassId>,
    pub(crate) devices: RoaringBitmap,
}

impl FleetCoverage {
    /// The coverage of a fleet; `classes` and `kernels` are those about which nothing can be said.
    pub(crate) fn of(
        fleet: &Fleet,
        master: &Master,
        classes: BTreeMap<NotCovered, Vec<ClassId>>,
        kernels: BTreeMap<NotCovered, RoaringBitmap>,
    ) -> Self {
        let mut coverage = Self::of_devices(fleet, master);
        let of_packages = classes.into_iter().map(|(reason, mut classes)| {
            let mut devices = RoaringBitmap::new();
            classes.retain(|class| {
                let having = fleet.devices_of(&[*class]) & &coverage.covered;
                devices |= &having;
                !having.is_empty()
            });
            (reason, Silent { classes, devices })
        });
        let of_packages: Vec<_> = of_packages.collect();
        let of_kernels = kernels.into_iter().map(|(reason, devices)| (reason, Silent { classes: Vec::new(), devices }));
        for (reason, mut silent) in of_packages.into_iter().chain(of_kernels) {
            silent.devices &= &coverage.covered;
            if !silent.devices.is_empty() {
                coverage.silent.insert(reason, silent);
            }
        }
        coverage
    }

    fn of_devices(fleet: &Fleet, master: &Master) -> Self {
        let (no_packages, no_os) = (fleet.missing(Kind::Packages), fleet.missing(Kind::Os));
        let mut coverage = Self::default();
        let mut by_os: HashMap<OsKey, Result<String, NotCovered>> = HashMap::new();
        let mut by_ecosystem: BTreeMap<String, RoaringBitmap> = BTreeMap::new();
        for ordinal in fleet.all() {
            let found = if no_packages.contains(ordinal) {
                Err(NotCovered::PackagesNotCollected)
            } else if no_os.contains(ordinal) {
                Err(NotCovered::OsNotCollected)
            } else {
                match fleet.os_of(ordinal) {
                    None => Err(NotCovered::OsNotCollected),
                    Some(os) => by_os.entry(os).or_insert_with_key(|os| covering(os, master)).clone(),
                }
            };
            match found {
                Ok(ecosystem) => by_ecosystem.entry(ecosystem).or_default().insert(ordinal),
                Err(reason) => coverage.not_covered.entry(reason).or_default().insert(ordinal),
            };
        }
        for (ecosystem, devices) in by_ecosystem {
            coverage.covered |= &devices;
            coverage.basis.extend(master.advisories.basis(&ecosystem).map(|basis| (basis, devices)));
        }
        coverage
    }

    /// Why nothing can be said about a device; `None` where something can.
    pub(crate) fn reason(&self, ordinal: u32) -> Option<NotCovered> {
        if self.covered.contains(ordinal) {
            return None;
        }
        let found = self.not_covered.iter().find(|(_, devices)| devices.contains(ordinal));
        Some(found.map_or(NotCovered::NotReported, |(reason, _)| reason.clone()))
    }

    /// What the answer about a device rests on, where it is covered.
    pub(crate) fn basis_of(&self, ordinal: u32) -> Option<&Basis> {
        self.basis.iter().find(|(_, devices)| devices.contains(ordinal)).map(|(basis, _)| basis)
    }
}

/// The ecosystem whose advisories cover a system.
fn covering(os: &OsKey, master: &Master) -> Result<String, NotCovered> {
    let (Profile { ecosystem, .. }, _) = release(os).and_then(Profile::of_release)?;
    if master.advisories.covers(&ecosystem) { Ok(ecosystem) } else { Err(NotCovered::NoAdvisories { ecosystem }) }
}
