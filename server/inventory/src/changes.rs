//! What changed between two package lists of a device: the lines of its history.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashSet};

use serde::{Deserialize, Serialize};
use wire::state::{Package, PackageManager};

/// The kind of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ChangeKind {
    /// Was not there.
    Added,
    /// Is there no more.
    Removed,
    /// Has a higher version.
    Upgraded,
    /// Has a lower version.
    Downgraded,
    /// Has another version whose order is not known, or is held, released, finished, broken.
    Changed,
}

impl ChangeKind {
    /// The number under which the kind is stored.
    #[must_use]
    pub const fn number(self) -> i64 {
        match self {
            Self::Added => 1,
            Self::Removed => 2,
            Self::Upgraded => 3,
            Self::Downgraded => 4,
            Self::Changed => 5,
        }
    }
}

/// A line of a device's package history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// What happened.
    pub kind: ChangeKind,
    /// Tool.
    pub manager: PackageManager,
    /// Binary package name.
    pub name: String,
    /// Architecture.
    pub architecture: String,
    /// Version before; absent for an added package.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Version after; absent for a removed package.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
}

type Slot<'a> = (PackageManager, &'a str, &'a str);

/// What changed from `old` to `new`, sorted by tool, name, architecture. A new installation date alone is no change.
#[must_use]
pub fn between(old: &[Package], new: &[Package]) -> Vec<Change> {
    let (old, new) = (by_slot(old), by_slot(new));
    let mut changes = Vec::new();
    for (slot, before) in &old {
        let after = new.get(slot).map_or(&[][..], Vec::as_slice);
        changes.extend(slot_changes(before, after));
    }
    for (slot, after) in &new {
        if !old.contains_key(slot) {
            changes.extend(slot_changes(&[], after));
        }
    }
    changes.sort_by(|a, b| (a.manager, &a.name, &a.architecture).cmp(&(b.manager, &b.name, &b.architecture)));
    changes
}

fn by_slot(packages: &[Package]) -> BTreeMap<Slot<'_>, Vec<&Package>> {
    let mut slots: BTreeMap<Slot<'_>, Vec<&Package>> = BTreeMap::new();
    for package in packages {
        slots.entry((package.manager, &package.name, &package.architecture)).or_default().push(package);
    }
    slots
}

/// One version before and one after is an upgrade or downgrade; where a name is installed several times (kernels on
/// RPM systems), each version comes and goes by itself.
fn slot_changes(before: &[&Package], after: &[&Package]) -> Vec<Change> {
    if let ([old], [new]) = (before, after) {
        return replaced(old, new).into_iter().collect();
    }
    let versions = |list: &[&Package]| list.iter().map(|package| package.version.clone()).collect::<HashSet<_>>();
    let (versions_before, versions_after) = (versions(before), versions(after));
    let gone = before
        .iter()
        .filter(|package| !versions_after.contains(&package.version))
        .map(|package| line(ChangeKind::Removed, package, Some(&package.version), None));
    let come = after
        .iter()
        .filter(|package| !versions_before.contains(&package.version))
        .map(|package| line(ChangeKind::Added, package, None, Some(&package.version)));
    gone.chain(come).collect()
}

fn replaced(old: &Package, new: &Package) -> Option<Change> {
    let kind = if old.version == new.version {
        let is_same = (old.held, old.incomplete) == (new.held, new.incomplete);
        return (!is_same).then(|| line(ChangeKind::Changed, new, Some(&old.version), Some(&new.version)));
    } else {
        match order(new.manager).and_then(|ecosystem| ecosystem.compare(&old.version, &new.version).ok()) {
            Some(Ordering::Less) => ChangeKind::Upgraded,
            Some(Ordering::Greater) => ChangeKind::Downgraded,
            _ => ChangeKind::Changed,
        }
    };
    Some(line(kind, new, Some(&old.version), Some(&new.version)))
}

/// The version order of a tool's packages, where we have it.
#[must_use]
pub const fn order(manager: PackageManager) -> Option<versions::Ecosystem> {
    match manager {
        PackageManager::Dpkg => Some(versions::Ecosystem::Deb),
        PackageManager::Rpm => Some(versions::Ecosystem::Rpm),
        PackageManager::Apk | PackageManager::Pacman => None,
    }
}

fn line(kind: ChangeKind, package: &Package, from: Option<&String>, to: Option<&String>) -> Change {
    Change {
        kind,
        manager: package.manager,
        name: package.name.clone(),
        architecture: package.architecture.clone(),
        from: from.cloned(),
        to: to.cloned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, version: &str) -> Package {
        Package {
            manager: PackageManager::Dpkg,
            name: name.into(),
            architecture: "amd64".into(),
            version: version.into(),
            source: None,
            source_version: None,
            held: false,
            incomplete: false,
            installed_at: None,
            vendor: None,
        }
    }

    #[test]
    fn each_kind_of_change_is_told_once() {
        let old = [package("a", "1"), package("b", "2"), package("c", "1~rc1"), package("same", "1")];
        let held = Package { held: true, ..package("same", "1") };
        let new = [package("b", "1"), package("c", "1"), package("d", "1"), held];
        let kinds: Vec<_> = between(&old, &new).into_iter().map(|change| (change.name, change.kind)).collect();
        let expected = [
            ("a", ChangeKind::Removed),
            ("b", ChangeKind::Downgraded),
            ("c", ChangeKind::Upgraded),
            ("d", ChangeKind::Added),
            ("same", ChangeKind::Changed),
        ];
        assert_eq!(kinds, expected.map(|(name, kind)| (name.to_owned(), kind)));
    }

    #[test]
    fn a_second_kernel_is_added_and_not_an_upgrade() {
        let rpm = |version: &str| Package { manager: PackageManager::Rpm, ..package("kernel", version) };
        let changes = between(&[rpm("5.14-1")], &[rpm("5.14-1"), rpm("5.14-2")]);
        assert_eq!(changes.iter().map(|change| change.kind).collect::<Vec<_>>(), [ChangeKind::Added]);
    }
}
