//! Which advisories count for the packages of an operating system: its *distribution profile*.
//!
//! A profile names the ecosystem as OSV writes it (`Debian:12`), the order of its versions, and whether its advisories
//! name source packages (Debian, Ubuntu, Rocky Linux) or binary ones (AlmaLinux lists each RPM of an erratum).
//! There is no guessing: a derivative is not its parent, because it rebuilds and patches on its own.

use serde::{Deserialize, Serialize};
use versions::Ecosystem;
use wire::state::PackageManager;

use crate::ubuntu;

/// A distribution profile.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Profile {
    /// Ecosystem and release as OSV writes them, as in `Debian:12`.
    pub ecosystem: String,
    /// The order of its versions.
    pub order: Ecosystem,
    /// What its advisories name.
    pub names: Names,
}

/// What a distribution's advisories name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Names {
    /// Source packages, with the source's version.
    Source,
    /// Binary packages.
    Binary,
}

/// An operating system's release: `ID` and `VERSION_ID` of `os-release(5)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OsRelease<'a> {
    /// As in `debian`.
    pub id: &'a str,
    /// As in `12`; absent on rolling releases.
    pub version_id: Option<&'a str>,
}

/// Why nothing can be said about a package, which is not the same as "not affected".
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "reason", rename_all = "kebab-case")]
pub enum NotCovered {
    /// The device has not reported yet.
    #[error("the device has not reported yet")]
    NotReported,
    /// The operating system is switched off or was not seen.
    #[error("the operating system is not collected")]
    OsNotCollected,
    /// Packages are switched off or were not seen.
    #[error("packages are not collected")]
    PackagesNotCollected,
    /// No source of advisories is known for it.
    #[error("no source of advisories is known for {os}")]
    OsNotSupported {
        /// Id and release.
        os: String,
    },
    /// The tool is not the one that the distribution's advisories speak of.
    #[error("the advisories of {os} do not speak of packages of this tool")]
    ManagerNotSupported {
        /// Id and release.
        os: String,
    },
    /// None of its advisories are imported.
    #[error("no advisories for {ecosystem} are imported")]
    NoAdvisories {
        /// As in `Debian:12`.
        ecosystem: String,
    },
    /// The installed version is none of its ecosystem.
    #[error("the installed version cannot be ordered")]
    VersionNotRead,
    /// The package is of another origin than the release.
    #[error("of another origin than the distribution's release (a backport, a third party), whose versions the advisories do not know")]
    OtherOrigin,
    /// The booted kernel is switched off or was not seen.
    #[error("the booted kernel is not collected")]
    KernelNotCollected,
    /// No installed package holds the image that runs.
    #[error("the booted kernel comes from no installed package (self-built, or that of the host around a container)")]
    KernelOfNoPackage,
    /// The kernel does not say which build of the distribution it is.
    #[error("the booted kernel does not name the distribution's build that it is")]
    KernelVersionNotRead,
}

impl NotCovered {
    /// The operating system that the reason is about, where it is about one.
    #[must_use]
    pub fn os(&self) -> Option<&str> {
        match self {
            Self::OsNotSupported { os } | Self::ManagerNotSupported { os } => Some(os),
            Self::NoAdvisories { ecosystem } => Some(ecosystem),
            Self::NotReported
            | Self::OsNotCollected
            | Self::PackagesNotCollected
            | Self::VersionNotRead
            | Self::OtherOrigin
            | Self::KernelNotCollected
            | Self::KernelOfNoPackage
            | Self::KernelVersionNotRead => None,
        }
    }

    /// The reason's name in JSON.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::NotReported => "not-reported",
            Self::OsNotCollected => "os-not-collected",
            Self::PackagesNotCollected => "packages-not-collected",
            Self::OsNotSupported { .. } => "os-not-supported",
            Self::ManagerNotSupported { .. } => "manager-not-supported",
            Self::NoAdvisories { .. } => "no-advisories",
            Self::VersionNotRead => "version-not-read",
            Self::OtherOrigin => "other-origin",
            Self::KernelNotCollected => "kernel-not-collected",
            Self::KernelOfNoPackage => "kernel-of-no-package",
            Self::KernelVersionNotRead => "kernel-version-not-read",
        }
    }
}

impl Profile {
    /// The distribution, without its release, as in `Rocky Linux`.
    #[must_use]
    pub fn distribution(&self) -> &str {
        self.ecosystem.split(':').next().unwrap_or(&self.ecosystem)
    }

    /// The profile of packages that `manager` installed on a release.
    ///
    /// # Errors
    /// No source of advisories is known for the release, or it does not speak of this tool's packages.
    pub fn of(os: OsRelease<'_>, manager: PackageManager) -> Result<Self, NotCovered> {
        let (profile, needs) = Self::of_release(os)?;
        if manager == needs { Ok(profile) } else { Err(NotCovered::ManagerNotSupported { os: os.to_string() }) }
    }

    /// The profile of a release, and the tool that its advisories speak of.
    ///
    /// # Errors
    /// No source of advisories is known for the release.
    pub fn of_release(os: OsRelease<'_>) -> Result<(Self, PackageManager), NotCovered> {
        let unsupported = || NotCovered::OsNotSupported { os: os.to_string() };
        let version = os.version_id.filter(|version| is_release(version)).ok_or_else(unsupported)?;
        let major = version.split('.').next().unwrap_or(version);
        let (ecosystem, manager, order, names) = match os.id {
            "debian" => (format!("Debian:{major}"), PackageManager::Dpkg, Ecosystem::Deb, Names::Source),
            "ubuntu" => (ubuntu::name_of(version), PackageManager::Dpkg, Ecosystem::Deb, Names::Source),
            "almalinux" => (format!("AlmaLinux:{major}"), PackageManager::Rpm, Ecosystem::Rpm, Names::Binary),
            "rocky" => (format!("Rocky Linux:{major}"), PackageManager::Rpm, Ecosystem::Rpm, Names::Source),
            _ => return Err(unsupported()),
        };
        Ok((Self { ecosystem, order, names }, manager))
    }
}

fn is_release(version: &str) -> bool {
    !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
}

impl std::fmt::Display for OsRelease<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.version_id {
            Some(version) => write!(f, "{} {version}", self.id),
            None => write!(f, "{}", self.id),
        }
    }
}

/// Whether an ecosystem is a distribution that a [`Profile`] may name, so that the server needs its advisories in memory.
#[must_use]
pub fn is_distribution(ecosystem: &str) -> bool {
    matches!(ecosystem.split(':').next(), Some("Debian" | "Ubuntu" | "AlmaLinux" | "Rocky Linux"))
}

/// The order of versions in an OSV ecosystem, with or without a release after the colon; `None` where we have none.
#[must_use]
pub fn order_of(ecosystem: &str) -> Option<Ecosystem> {
    let name = ecosystem.split(':').next().unwrap_or(ecosystem);
    match name {
        "Debian" | "Ubuntu" => Some(Ecosystem::Deb),
        "AlmaLinux" | "Rocky Linux" | "Red Hat" | "SUSE" | "openSUSE" | "Mageia" | "openEuler" | "Azure Linux" | "Photon OS" => {
            Some(Ecosystem::Rpm)
        }
        "PyPI" => Some(Ecosystem::Pep440),
        "npm" | "Go" | "crates.io" | "Hex" | "SwiftURL" | "Pub" => Some(Ecosystem::Semver),
        "RubyGems" => Some(Ecosystem::RubyGems),
        "Maven" => Some(Ecosystem::Maven),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ecosystem(id: &str, version_id: Option<&str>, manager: PackageManager) -> Result<String, NotCovered> {
        Profile::of(OsRelease { id, version_id }, manager).map(|profile| profile.ecosystem)
    }

    #[test]
    fn a_release_has_the_name_that_osv_gives_it() {
        for (id, version, manager, expected) in [
            ("debian", "12", PackageManager::Dpkg, "Debian:12"),
            ("ubuntu", "24.04", PackageManager::Dpkg, "Ubuntu:24.04:LTS"),
            ("ubuntu", "23.10", PackageManager::Dpkg, "Ubuntu:23.10"),
            ("ubuntu", "23.04", PackageManager::Dpkg, "Ubuntu:23.04"),
            ("almalinux", "9.4", PackageManager::Rpm, "AlmaLinux:9"),
            ("rocky", "8.10", PackageManager::Rpm, "Rocky Linux:8"),
        ] {
            assert_eq!(ecosystem(id, Some(version), manager), Ok(expected.to_owned()));
        }
    }

    #[test]
    fn what_is_not_known_is_not_covered_rather_than_guessed() {
        let unsupported = |os: &str| Err(NotCovered::OsNotSupported { os: os.into() });
        assert_eq!(ecosystem("debian", None, PackageManager::Dpkg), unsupported("debian"));
        assert_eq!(ecosystem("linuxmint", Some("21"), PackageManager::Dpkg), unsupported("linuxmint 21"));
        assert_eq!(ecosystem("debian", Some("trixie/sid"), PackageManager::Dpkg), unsupported("debian trixie/sid"));
        assert_eq!(ecosystem("debian", Some("12"), PackageManager::Rpm), Err(NotCovered::ManagerNotSupported { os: "debian 12".into() }));
    }
}
