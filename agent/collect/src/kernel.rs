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
    kernel.package = packages.iter().find(|package| is_kernel(package, &kernel.release)).map(|package| package.name.clone());
    if kernel.package.is_none() {
        // Arch Linux writes the owner beside the modules.
        let owner = root.text(&format!("/usr/lib/modules/{}/pkgbase", kernel.release)).ok();
        kernel.package = owner.filter(|owner| packages.iter().any(|package| package.name == *owner));
    }
    if kernel.package.is_none() {
        blind_spots.add(Kind::Kernel, "package", BlindSpotReason::NotPresent);
    }
}

fn is_kernel(package: &Package, release: &str) -> bool {
    match package.manager {
        PackageManager::Dpkg => package.name.strip_prefix("linux-image-").is_some_and(|rest| {
            rest == release || rest.strip_prefix("unsigned-") == Some(release) || rest.strip_suffix("-unsigned") == Some(release)
        }),
        PackageManager::Rpm => {
            let is_image = ["kernel-core", "kernel-rt-core", "kernel-default", "kernel", "kernel-uek-core", "kernel-uek"]
                .contains(&package.name.as_str());
            let version = package.version.split_once(':').map_or(package.version.as_str(), |(_, version)| version);
            let rest = release.strip_prefix(version);
            // SUSE's kernels append their flavour, all others the architecture.
            is_image
                && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(&format!(".{}", package.architecture)) || rest == "-default")
        }
        PackageManager::Apk => {
            // Package linux-lts 6.6.14-r0 boots as 6.6.14-0-lts.
            let flavour = package.name.strip_prefix("linux-");
            flavour.is_some_and(|flavour| release.strip_suffix(flavour) == Some(&format!("{}-", package.version.replacen("-r", "-", 1))))
        }
        PackageManager::Pacman => false,
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
        assert_eq!(owner_of("6.6.14-0-lts", PackageManager::Apk, &[("linux-lts", "6.6.14-r0")]).as_deref(), Some("linux-lts"));
    }

    #[test]
    fn a_kernel_that_no_package_owns_has_none() {
        assert_eq!(owner_of("6.18.44-custom", PackageManager::Dpkg, &[("linux-image-6.1.0-18-amd64", "6.1.76-1"), ("bash", "5")]), None);
    }
}
