//! The kernel that runs now, and the package that it came from.
//!
//! Advisories for the kernel are matched to what is *booted*: a fixed kernel on the disk helps nobody before the next
//! start.

use std::io;

use wire::state::{BlindSpotReason, Kernel, Kind, Package, PackageManager};

use crate::blind_spots::BlindSpots;
use crate::root::Root;

/// Reads the booted kernel; an image that does not run has none.
///
/// # Errors
/// Where `/proc/sys/kernel` cannot be read.
pub fn collect(root: &Root) -> io::Result<Kernel> {
    let attribute = |name: &str| root.text(&format!("/proc/sys/kernel/{name}"));
    Ok(Kernel {
        name: attribute("ostype")?,
        release: attribute("osrelease")?,
        version: attribute("version")?,
        machine: match attribute("arch") {
            // Before Linux 6.1 only the system call tells.
            Err(error) if error.kind() == io::ErrorKind::NotFound && root.is_live() => {
                rustix::system::uname().machine().to_string_lossy().into_owned()
            }
            other => other?,
        },
        package: None,
    })
}

/// Finds the installed package that the booted kernel came from.
///
/// `packages` are the host's, or nothing where that kind is switched off or unseen: then no package name may appear
/// here either.
pub fn find_package(root: &Root, kernel: &mut Kernel, packages: Option<&[Package]>, blind_spots: &mut BlindSpots) {
    let Some(packages) = packages else { return };
    let images = packages.iter().filter_map(|package| Some((image_rank(package, &kernel.release)?, package)));
    kernel.package = images.min_by_key(|(rank, _)| *rank).map(|(_, package)| package.name.clone());
    if kernel.package.is_none() {
        // Arch Linux writes the owner beside the modules.
        let owner = root.text(&format!("/usr/lib/modules/{}/pkgbase", kernel.release)).ok();
        kernel.package = owner.filter(|owner| packages.iter().any(|package| package.name == *owner));
    }
    if kernel.package.is_none() {
        blind_spots.add(Kind::Kernel, "package", BlindSpotReason::NotPresent);
    }
}

/// RPMs that hold an image. The last one does so only where there is no `-core` (release 7); elsewhere it is empty and
/// carries the same version.
const IMAGES_RPM: [&str; 7] =
    ["kernel-core", "kernel-rt-core", "kernel-64k-core", "kernel-default", "kernel-uek-core", "kernel-uek", "kernel"];

/// Whether a package holds the image of a release: the lower the number, the rather is it the image itself.
fn image_rank(package: &Package, release: &str) -> Option<usize> {
    match package.manager {
        PackageManager::Dpkg => {
            let rest = package.name.strip_prefix("linux-image-")?;
            let is_image =
                rest == release || rest.strip_prefix("unsigned-") == Some(release) || rest.strip_suffix("-unsigned") == Some(release);
            is_image.then_some(0)
        }
        PackageManager::Rpm => {
            let rank = IMAGES_RPM.iter().position(|name| *name == package.name)?;
            let version = package.version.split_once(':').map_or(package.version.as_str(), |(_, version)| version);
            let rest = release.strip_prefix(version)?;
            // SUSE's kernels append their flavour, all others the architecture, and some a flavour behind it: `x86_64+rt`.
            let with_architecture = |rest: &str| {
                let rest = rest.strip_prefix('.').and_then(|rest| rest.strip_prefix(&*package.architecture));
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('+'))
            };
            (rest.is_empty() || rest == "-default" || with_architecture(rest)).then_some(rank)
        }
        PackageManager::Apk => {
            // Package linux-lts 6.6.14-r0 boots as 6.6.14-0-lts.
            let flavour = package.name.strip_prefix("linux-")?;
            (release.strip_suffix(flavour) == Some(&format!("{}-", package.version.replacen("-r", "-", 1)))).then_some(0)
        }
        PackageManager::Pacman => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owner_of(release: &str, manager: PackageManager, installed: &[(&str, &str)]) -> Option<String> {
        let package = |(name, version): &(&str, &str)| Package {
            manager,
            name: (*name).into(),
            architecture: "x86_64".into(),
            version: (*version).into(),
            source: None,
            source_version: None,
            held: false,
            incomplete: false,
            installed_at: None,
            vendor: None,
        };
        let packages: Vec<_> = installed.iter().map(package).collect();
        let mut kernel =
            Kernel { name: "Linux".into(), release: release.into(), version: "#1".into(), machine: "x86_64".into(), package: None };
        let empty = tempfile::tempdir().unwrap();
        find_package(&Root::open(empty.path()).unwrap(), &mut kernel, Some(&packages), &mut BlindSpots::default());
        kernel.package
    }

    #[test]
    fn the_booted_kernel_is_found_among_several_installed() {
        let debian =
            [("linux-image-6.1.0-17-amd64", "6.1.69-1"), ("linux-image-6.1.0-18-amd64", "6.1.76-1"), ("linux-image-amd64", "6.1.76-1")];
        assert_eq!(owner_of("6.1.0-18-amd64", PackageManager::Dpkg, &debian).as_deref(), Some("linux-image-6.1.0-18-amd64"));
        let red_hat = [("kernel-core", "5.14.0-362.8.1.el9_3"), ("kernel-tools", "5.14.0-362.8.1.el9_3")];
        assert_eq!(owner_of("5.14.0-362.8.1.el9_3.x86_64", PackageManager::Rpm, &red_hat).as_deref(), Some("kernel-core"));
        let with_empty_one = [
            ("kernel", "5.14.0-427.13.1.el9_4"),
            ("kernel-core", "5.14.0-362.8.1.el9_3"),
            ("kernel-modules-core", "5.14.0-427.13.1.el9_4"),
            ("kernel-core", "5.14.0-427.13.1.el9_4"),
        ];
        assert_eq!(owner_of("5.14.0-427.13.1.el9_4.x86_64", PackageManager::Rpm, &with_empty_one).as_deref(), Some("kernel-core"));
        assert_eq!(owner_of("5.14.0-427.13.1.el9_4.x86_64+rt", PackageManager::Rpm, &with_empty_one).as_deref(), Some("kernel-core"));
        assert_eq!(owner_of("3.10.0-1160.el7.x86_64", PackageManager::Rpm, &[("kernel", "3.10.0-1160.el7")]).as_deref(), Some("kernel"));
        assert_eq!(owner_of("6.6.14-0-lts", PackageManager::Apk, &[("linux-lts", "6.6.14-r0")]).as_deref(), Some("linux-lts"));
    }

    #[test]
    fn a_kernel_that_no_package_owns_has_none() {
        assert_eq!(owner_of("6.18.44-custom", PackageManager::Dpkg, &[("linux-image-6.1.0-18-amd64", "6.1.76-1"), ("bash", "5")]), None);
    }
}
