//! What a package counts as: software, or a companion of a kernel that does not run.
//!
//! A flaw of the kernel concerns the kernel that is *booted*. Its sources also build headers, a compiler's tools, `perf`
//! and the images of older kernels: hundreds of rows that no attacker can reach. They are kept, but as a class of their
//! own that is shown collapsed.

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
}

/// The kernel that runs: its release from `uname(2)`, and the package that it came from, where known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BootedKernel<'a> {
    /// As in `6.1.0-18-amd64`.
    pub release: &'a str,
    /// As in `linux-image-6.1.0-18-amd64`.
    pub package: Option<&'a str>,
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
/// The RPMs that hold the image that boots.
const KERNEL_IMAGES_RPM: [&str; 4] = ["kernel-core", "kernel-rt-core", "kernel-uek-core", "kernel-64k-core"];
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
        }
    }

    /// What it counts as on a host that runs `booted`.
    #[must_use]
    pub fn class(&self, booted: Option<BootedKernel<'_>>) -> PackageClass {
        if !self.is_of_kernel() || booted.is_some_and(|booted| self.is_image_of(booted)) {
            PackageClass::Software
        } else {
            PackageClass::KernelCompanion
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

    fn is_image_of(&self, booted: BootedKernel<'_>) -> bool {
        match self.manager {
            PackageManager::Dpkg => match self.name.strip_prefix("linux-image-") {
                None => false,
                Some(release) => {
                    booted.package == Some(self.name) || release.strip_prefix("unsigned-").unwrap_or(release) == booted.release
                }
            },
            PackageManager::Rpm => {
                let version = self.version.split_once(':').map_or(self.version, |(_epoch, version)| version);
                let running = booted.release.strip_prefix(version);
                KERNEL_IMAGES_RPM.contains(&self.name) && running.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '+']))
            }
            PackageManager::Apk | PackageManager::Pacman => false,
        }
    }

    /// The package and version that advisories of a profile speak of.
    ///
    /// Debian and Ubuntu sign kernels in a source of its own (`linux-signed-amd64` 6.1.90+1), whose binaries carry the version
    /// of the source that advisories name (`linux` 6.1.90-1).
    #[must_use]
    pub fn subject(&self, profile: &Profile) -> (String, &'a str) {
        match profile.names {
            Names::Binary => (self.name.to_owned(), self.version),
            Names::Source => match self.source.strip_prefix("linux-signed") {
                None => (self.source.to_owned(), self.source_version),
                Some(rest) => {
                    let flavour = SIGNED_ARCHITECTURES.iter().find_map(|end| rest.strip_suffix(end)).unwrap_or(rest);
                    (format!("linux{flavour}"), self.version)
                }
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::OsRelease;

    fn deb<'a>(name: &'a str, version: &'a str, source: &'a str, source_version: &'a str) -> Installed<'a> {
        Installed { manager: PackageManager::Dpkg, name, version, source, source_version }
    }

    const BOOTED: Option<BootedKernel<'_>> = Some(BootedKernel { release: "6.1.0-21-amd64", package: None });

    #[test]
    fn only_the_booted_kernel_counts_as_software() {
        let image = deb("linux-image-6.1.0-21-amd64", "6.1.90-1", "linux-signed-amd64", "6.1.90+1");
        assert_eq!(image.class(BOOTED), PackageClass::Software);
        assert_eq!(image.class(None), PackageClass::KernelCompanion);
        for name in ["linux-image-6.1.0-18-amd64", "linux-image-amd64"] {
            assert_eq!(deb(name, "6.1.76-1", "linux-signed-amd64", "6.1.76+1").class(BOOTED), PackageClass::KernelCompanion, "{name}");
        }
        for name in ["linux-libc-dev", "linux-perf", "linux-headers-6.1.0-21-common", "linux-kbuild-6.1", "bpftool"] {
            assert_eq!(deb(name, "6.1.90-1", "linux", "6.1.90-1").class(BOOTED), PackageClass::KernelCompanion, "{name}");
        }
    }

    #[test]
    fn a_name_that_begins_like_a_kernel_is_software() {
        for (name, source) in [("linux-base", "linux-base"), ("libatm1", "linux-atm"), ("linuxptp", "linuxptp")] {
            assert_eq!(deb(name, "1", source, "1").class(None), PackageClass::Software, "{name}");
        }
        assert_eq!(deb("linux-headers-6.8.0-1-aws", "6.8.0-1.1", "linux-aws", "6.8.0-1.1").class(None), PackageClass::KernelCompanion);
    }

    #[test]
    fn an_rpm_kernel_is_booted_by_its_version() {
        let booted = Some(BootedKernel { release: "5.14.0-427.13.1.el9_4.x86_64", package: Some("kernel-core") });
        let rpm = |name, version| Installed { manager: PackageManager::Rpm, name, version, source: "kernel", source_version: version };
        assert_eq!(rpm("kernel-core", "5.14.0-427.13.1.el9_4").class(booted), PackageClass::Software);
        assert_eq!(rpm("kernel-core", "5.14.0-427.13.el9_4").class(booted), PackageClass::KernelCompanion);
        assert_eq!(rpm("kernel-headers", "5.14.0-427.13.1.el9_4").class(booted), PackageClass::KernelCompanion);
    }

    #[test]
    fn a_signed_kernel_is_matched_as_the_source_that_advisories_name() {
        let profile = |id, version| Profile::of(OsRelease { id, version_id: Some(version) }, PackageManager::Dpkg).expect("known");
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
}
