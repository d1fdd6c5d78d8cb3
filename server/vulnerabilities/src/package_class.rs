//! What a package counts as: software, or a companion of a kernel that does not run.
//!
//! A flaw of the kernel concerns the kernel that is *booted*. Its sources also build headers, a compiler's tools, `perf`
//! and the images of older kernels: hundreds of rows that no attacker can reach. They are kept, but as a class of their
//! own that is shown collapsed.

use std::borrow::Cow;

use wire::state::{Package, PackageManager};

use crate::profile::{Names, Profile};

/// What a package counts as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PackageClass {
    /// Software, the booted kernel included.
    #[default]
    Software,
    /// Built from the kernel's sources, and not the kernel that runs.
    KernelCompanion,
}

impl PackageClass {
    /// The class's name in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Software => "software",
            Self::KernelCompanion => "kernel-companion",
        }
    }
}

/// What is needed of a package to classify and match it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Installed<'a> {
    /// The tool that installed it.
    pub manager: PackageManager,
    /// Binary package name.
    pub name: &'a str,
    /// Its version.
    pub version: &'a str,
    /// Source package name.
    pub source: &'a str,
    /// The source's version.
    pub source_version: &'a str,
    /// Origin; absent where unknown.
    pub vendor: Option<&'a str>,
}

/// Beginnings of the names of packages that Ubuntu's many kernel sources (`linux-aws`, `linux-hwe-6.8`) build. Other sources
/// begin with `linux-` too (`linux-base`, `linux-atm`), so the binary's name decides.
const KERNEL_BINARIES: [&str; 10] = [
    "linux-buildinfo-",
    "linux-cloud-tools-",
    "linux-headers-",
    "linux-image-",
    "linux-lib-rust-",
    "linux-libc-dev",
    "linux-modules-",
    "linux-source",
    "linux-tools-",
    "linux-riscv-",
];
const KERNEL_SOURCES_RPM: [&str; 4] = ["kernel", "kernel-rt", "kernel-uek", "kernel-64k"];
/// What Debian's sources of signed kernels end with.
const SIGNED_ARCHITECTURES: [&str; 5] = ["-amd64", "-arm64", "-i386", "-armhf", "-riscv64"];

impl<'a> Installed<'a> {
    /// The same of a package as collected.
    #[must_use]
    pub fn of(package: &'a Package) -> Self {
        Self {
            manager: package.manager,
            name: &package.name,
            version: &package.version,
            source: package.source_name(),
            source_version: package.source_version(),
            vendor: package.vendor.as_deref(),
        }
    }

    /// Whether a kernel's sources built it, so that its class depends on the host.
    #[must_use]
    pub fn is_of_kernel(&self) -> bool {
        match self.manager {
            PackageManager::Dpkg => {
                self.source == "linux"
                    || self.source.starts_with("linux-signed")
                    || (self.source.starts_with("linux-") && KERNEL_BINARIES.iter().any(|start| self.name.starts_with(start)))
            }
            PackageManager::Rpm => KERNEL_SOURCES_RPM.contains(&self.source),
            PackageManager::Apk | PackageManager::Pacman => false,
        }
    }

    /// Whether it is known to come from elsewhere than the distribution's release: a backport, or a third party's archive.
    ///
    /// What advisories say of it still stands (a version before the mended one is worth a look), but their silence does
    /// not: they do not know the versions of that place.
    #[must_use]
    pub fn is_of_other_origin(&self, profile: &Profile) -> bool {
        let is_backport = self.manager == PackageManager::Dpkg && self.version.contains("~bpo");
        is_backport || self.vendor.is_some_and(|vendor| !is_vendor_of(vendor, profile.distribution()))
    }

    /// The package and version that advisories of a profile speak of.
    ///
    /// Debian and Ubuntu sign kernels in a source of its own (`linux-signed-amd64` 6.1.90+1), whose binaries carry the version
    /// of the source that advisories name (`linux` 6.1.90-1).
    ///
    /// The name of a source RPM has no epoch; it is that of what was built from it.
    #[must_use]
    pub fn subject(&self, profile: &Profile) -> (String, Cow<'a, str>) {
        match (profile.names, self.manager) {
            (Names::Binary, _) => (self.name.to_owned(), self.version.into()),
            (Names::Source, PackageManager::Rpm) => {
                let version = match self.version.split_once(':') {
                    Some((epoch, _)) if !self.source_version.contains(':') => format!("{epoch}:{}", self.source_version).into(),
                    _ => self.source_version.into(),
                };
                (self.source.to_owned(), version)
            }
            (Names::Source, _) => match self.source.strip_prefix("linux-signed") {
                None => (self.source.to_owned(), self.source_version.into()),
                Some(rest) => {
                    let flavour = SIGNED_ARCHITECTURES.iter().find_map(|end| rest.strip_suffix(end)).unwrap_or(rest);
                    (format!("linux{flavour}"), self.version.into())
                }
            },
        }
    }
}

/// Debian's backports have an origin of their own, `Debian Backports`; Ubuntu's paid archives are its own: `UbuntuESM`.
fn is_vendor_of(vendor: &str, distribution: &str) -> bool {
    match distribution {
        "Debian" => vendor == "Debian",
        "Ubuntu" => vendor.starts_with("Ubuntu"),
        "AlmaLinux" => vendor.starts_with("AlmaLinux"),
        _ => vendor.starts_with("Rocky"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::OsRelease;

    fn deb<'a>(name: &'a str, version: &'a str, source: &'a str, source_version: &'a str) -> Installed<'a> {
        Installed { manager: PackageManager::Dpkg, name, version, source, source_version, vendor: None }
    }

    fn profile(id: &str, version: &str) -> Profile {
        let manager = if matches!(id, "debian" | "ubuntu") { PackageManager::Dpkg } else { PackageManager::Rpm };
        Profile::of(OsRelease { id, version_id: Some(version) }, manager).expect("known")
    }

    #[test]
    fn what_a_kernels_sources_build_is_of_the_kernel_and_a_name_that_begins_like_one_is_not() {
        for (name, source) in [
            ("linux-image-6.1.0-21-amd64", "linux-signed-amd64"),
            ("linux-image-amd64", "linux-signed-amd64"),
            ("linux-libc-dev", "linux"),
            ("linux-perf", "linux"),
            ("bpftool", "linux"),
            ("linux-headers-6.8.0-1-aws", "linux-aws"),
        ] {
            assert!(deb(name, "1", source, "1").is_of_kernel(), "{name}");
        }
        for (name, source) in [("linux-base", "linux-base"), ("libatm1", "linux-atm"), ("linuxptp", "linuxptp")] {
            assert!(!deb(name, "1", source, "1").is_of_kernel(), "{name}");
        }
    }

    #[test]
    fn a_package_of_a_backport_or_of_a_third_party_is_of_another_origin() {
        let of = |profile: &Profile, version, vendor| Installed { vendor, ..deb("p", version, "p", version) }.is_of_other_origin(profile);
        let debian = profile("debian", "12");
        assert!(!of(&debian, "1-1+deb12u1", Some("Debian")) && !of(&debian, "1-1", None));
        assert!(of(&debian, "2-1~bpo12+1", None) && of(&debian, "1-1", Some("Docker")) && of(&debian, "1-1", Some("Debian Backports")));
        let ubuntu = profile("ubuntu", "20.04");
        assert!(!of(&ubuntu, "1-1", Some("UbuntuESM")) && of(&ubuntu, "1-1", Some("LP-PPA-deadsnakes")));
        assert!(
            !of(&profile("almalinux", "9.4"), "1-1", Some("AlmaLinux")) && of(&profile("almalinux", "9.4"), "1-1", Some("Fedora Project"))
        );
        assert!(!of(&profile("rocky", "9.4"), "1-1", Some("Rocky Enterprise Software Foundation")));
    }

    #[test]
    fn a_signed_kernel_is_matched_as_the_source_that_advisories_name() {
        let subject = |package: Installed<'_>, profile: &Profile| {
            let (name, version) = package.subject(profile);
            format!("{name} {version}")
        };
        let debian = profile("debian", "12");
        assert_eq!(subject(deb("linux-image-6.1.0-21-amd64", "6.1.90-1", "linux-signed-amd64", "6.1.90+1"), &debian), "linux 6.1.90-1");
        assert_eq!(
            subject(deb("linux-image-6.1", "6.1.90-1~deb11u1", "linux-signed-6.1-amd64", "6.1.90+1"), &debian),
            "linux-6.1 6.1.90-1~deb11u1"
        );
        assert_eq!(
            subject(deb("linux-image-x-aws", "6.8.0-1.1", "linux-signed-aws", "6.8.0-1.1"), &profile("ubuntu", "24.04")),
            "linux-aws 6.8.0-1.1"
        );
        assert_eq!(subject(deb("libexpat1", "2.5.0-1+b1", "expat", "2.5.0-1"), &debian), "expat 2.5.0-1");
    }

    #[test]
    fn almalinux_names_binaries_and_rocky_linux_sources_with_the_epoch_of_what_they_build() {
        let rpm = |name, version, source, source_version| Installed {
            manager: PackageManager::Rpm,
            ..deb(name, version, source, source_version)
        };
        let subject = |package: Installed<'_>, id| {
            let (name, version) = package.subject(&profile(id, "9.4"));
            (name, version.into_owned())
        };
        let libs = rpm("openssl-libs", "1:3.0.7-27.el9", "openssl", "1:3.0.7-27.el9");
        assert_eq!(subject(libs, "almalinux"), ("openssl-libs".into(), "1:3.0.7-27.el9".into()));
        assert_eq!(subject(libs, "rocky"), ("openssl".into(), "1:3.0.7-27.el9".into()));
        let headless = rpm("java-headless", "1:17.0-1", "java-portable", "17.0-1.1");
        assert_eq!(subject(headless, "rocky"), ("java-portable".into(), "1:17.0-1.1".into()));
        assert_eq!(subject(rpm("bash", "5.1-6.el9", "bash", "5.1-6.el9"), "rocky"), ("bash".into(), "5.1-6.el9".into()));
    }
}
