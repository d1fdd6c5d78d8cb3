//! Pending updates, as the host's own package lists know them.
//!
//! For each installed Debian package the *candidate* is chosen as apt chooses it: the version with the highest priority
//! ([`crate::apt::Preferences`]), among those the newest, never an older one below priority 1,000. A held package has no
//! pending update, because the host would not install it.
//!
//! The same pass over the lists tells each package's vendor: the origin of the archive that carries exactly that
//! version.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::io;

use versions::Ecosystem;
use wire::state::{BlindSpotReason, Kind, Package, PackageManager, PendingUpdate, Updates};

use crate::apt::{self, Archive, Preferences};
use crate::blind_spots::{BlindSpots, reason};
use crate::deb822::Stanzas;
use crate::root::Root;

/// Finds the pending updates of `packages`, and sets the packages' vendors on the way.
pub fn collect(root: &Root, packages: &mut [Package], blind_spots: &mut BlindSpots) -> Option<Updates> {
    for (manager, name) in [(PackageManager::Apk, "apk"), (PackageManager::Pacman, "pacman"), (PackageManager::Rpm, "rpm")] {
        if packages.iter().any(|package| package.manager == manager) {
            blind_spots.add(Kind::Updates, name, BlindSpotReason::NotUnderstood);
        }
    }
    if !packages.iter().any(|package| package.manager == PackageManager::Dpkg) {
        return None;
    }
    let found = blind_spots.see(Kind::Updates, "lists", apt::find(root))?;
    if found.lists.is_empty() {
        let reason = if found.not_understood > 0 { BlindSpotReason::NotUnderstood } else { BlindSpotReason::NotPresent };
        blind_spots.add(Kind::Updates, "lists", reason);
        return None;
    }
    let preferences = Preferences::read(root);
    if preferences.not_understood > 0 {
        blind_spots.add(Kind::Updates, "preferences", BlindSpotReason::NotUnderstood);
    }
    if found.not_understood > 0 {
        blind_spots.add(Kind::Updates, "lists", BlindSpotReason::NotUnderstood);
    }
    let mut wanted = Wanted::new(packages, &preferences);
    for list in &found.lists {
        if let Err(error) = wanted.read(root, list, &preferences) {
            blind_spots.add(Kind::Updates, "lists", reason(&error));
        }
    }
    let (vendors, pending) = wanted.finish();
    for (index, vendor) in vendors {
        if let Some(package) = packages.get_mut(index) {
            package.vendor = Some(vendor);
        }
    }
    Some(Updates { lists_updated_at: found.updated_at, pending })
}

/// The installed packages that the lists are searched for.
struct Wanted<'a> {
    installed: Vec<Installed<'a>>,
    by_name: HashMap<&'a str, Vec<usize>>,
    native: &'a str,
}

struct Installed<'a> {
    index: usize,
    package: &'a Package,
    /// Highest priority at which the installed version is known.
    priority: i32,
    vendor: Option<String>,
    best: Option<Offer>,
}

/// The best version that the lists offer so far.
struct Offer {
    priority: i32,
    version: String,
    is_security: bool,
    archive: Option<String>,
}

impl<'a> Wanted<'a> {
    fn new(packages: &'a [Package], preferences: &Preferences) -> Self {
        let is_dpkg = |(_, package): &(usize, &Package)| package.manager == PackageManager::Dpkg;
        let installed: Vec<Installed<'a>> = packages
            .iter()
            .enumerate()
            .filter(is_dpkg)
            .map(|(index, package)| {
                let priority = preferences.installed_priority(&package.name, &package.version);
                Installed { index, package, priority, vendor: None, best: None }
            })
            .collect();
        let mut by_name: HashMap<&str, Vec<usize>> = HashMap::with_capacity(installed.len());
        for (place, entry) in installed.iter().enumerate() {
            by_name.entry(&entry.package.name).or_default().push(place);
        }
        // dpkg itself is always of the host's own architecture.
        let of_dpkg = packages.iter().find(|package| package.name == "dpkg" && package.architecture != "all");
        let native =
            of_dpkg.or_else(|| packages.iter().find(|package| package.architecture != "all")).map_or("", |package| &package.architecture);
        Self { installed, by_name, native }
    }

    fn read(&mut self, root: &Root, list: &apt::List, preferences: &Preferences) -> io::Result<()> {
        let mut stanzas = Stanzas::new(list.open(root)?, ["Package", "Version", "Architecture"]);
        while let Some([name, version, architecture]) = stanzas.next_stanza()? {
            let Some(places) = self.by_name.get(name.as_str()) else { continue };
            for place in places {
                if let Some(entry) = self.installed.get_mut(*place) {
                    entry.consider(version, architecture, self.native, &list.archive, preferences);
                }
            }
        }
        Ok(())
    }

    fn finish(self) -> (Vec<(usize, String)>, Vec<PendingUpdate>) {
        let mut vendors = Vec::new();
        let mut pending = Vec::new();
        for entry in self.installed {
            pending.extend(entry.pending());
            vendors.extend(entry.vendor.map(|vendor| (entry.index, vendor)));
        }
        (vendors, pending)
    }
}

impl Installed<'_> {
    fn consider(&mut self, version: &str, architecture: &str, native: &str, archive: &Archive, preferences: &Preferences) {
        // A package may turn from one architecture to "all" and back, but not to a foreign one.
        let of_machine = |architecture: &str| if architecture == "all" { native.to_owned() } else { architecture.to_owned() };
        if architecture != self.package.architecture && of_machine(architecture) != of_machine(&self.package.architecture) {
            return;
        }
        let Ok(order) = Ecosystem::Deb.compare(version, &self.package.version) else { return };
        let priority = preferences.priority(archive, &self.package.name, version);
        if order == Ordering::Equal {
            self.priority = self.priority.max(priority);
            let is_same = version == self.package.version && architecture == self.package.architecture;
            if is_same && self.vendor.is_none() && !archive.release.origin.is_empty() {
                self.vendor = Some(archive.release.origin.clone());
            }
            return;
        }
        if priority < 0 || (order == Ordering::Less && priority < apt::PRIORITY_DOWNGRADE) {
            return;
        }
        let is_security = archive.release.is_security();
        match &mut self.best {
            Some(best) if best.version == version && best.priority == priority => {
                // The same version is often in several archives; that it is in a security archive is what matters.
                if is_security && !best.is_security {
                    best.is_security = true;
                    best.archive = archive.name();
                }
            }
            Some(best) if !is_better(priority, version, best) => {}
            best => *best = Some(Offer { priority, version: version.to_owned(), is_security, archive: archive.name() }),
        }
    }

    fn pending(&self) -> Option<PendingUpdate> {
        let offer = self.best.as_ref()?;
        let is_newer = Ecosystem::Deb.compare(&offer.version, &self.package.version).is_ok_and(Ordering::is_gt);
        if self.package.held || !is_newer || offer.priority < self.priority {
            return None;
        }
        Some(PendingUpdate {
            manager: PackageManager::Dpkg,
            name: self.package.name.clone(),
            architecture: self.package.architecture.clone(),
            installed: self.package.version.clone(),
            candidate: offer.version.clone(),
            security: offer.is_security,
            archive: offer.archive.clone(),
        })
    }
}

fn is_better(priority: i32, version: &str, best: &Offer) -> bool {
    priority > best.priority || (priority == best.priority && Ecosystem::Deb.compare(version, &best.version).is_ok_and(Ordering::is_gt))
}
