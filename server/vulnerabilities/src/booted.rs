//! The kernel that runs, as against those that are installed.
//!
//! A mended kernel on the disk helps nobody before the next start, and a start into an older one undoes it. So a flaw of
//! the kernel is judged by the build that *runs*, and `uname -r` alone does not name it: on Debian and Ubuntu a rebuilt
//! kernel keeps its release, and its package is replaced under the running system. `uname -v` has the rest:
//!
//! * Debian: `#1 SMP PREEMPT_DYNAMIC Debian 6.1.76-1 (2024-02-01)` is package version 6.1.76-1, as written.
//! * Ubuntu: release `6.5.0-14-generic` and `#14~22.04.1-Ubuntu SMP ...` are package version 6.5.0-14.14~22.04.1, the same
//!   that `/proc/version_signature` spells out. The source (`linux`, `linux-hwe-6.5`, `linux-aws`) is that of the image's
//!   package.
//! * AlmaLinux and Rocky Linux: several versions of `kernel-core` lie side by side, and the release is version, release and
//!   architecture of one of them.
//!
//! A kernel of no installed package (self-built and copied there, or that of the host around a container) has no version
//! that the release's advisories speak of, and neither has one that names no build of the distribution (self-built and
//! packed, `make deb-pkg`): they are not covered, each with its reason.

use std::borrow::Cow;

use wire::state::{Kernel, PackageManager};

use crate::package_class::Installed;
use crate::profile::Profile;

/// The RPMs that hold the image that boots; the last is the image itself where there is no `-core` (release 7).
const IMAGES_RPM: [&str; 5] = ["kernel-core", "kernel-rt-core", "kernel-uek-core", "kernel-64k-core", "kernel"];

/// The kernel that runs, in its own words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BootedKernel<'a> {
    /// `uname -r`, as in `6.1.0-18-amd64`.
    pub release: &'a str,
    /// `uname -v`, as in `#1 SMP PREEMPT_DYNAMIC Debian 6.1.76-1 (2024-02-01)`.
    pub version: &'a str,
}

impl<'a> BootedKernel<'a> {
    /// The same of a kernel as collected.
    #[must_use]
    pub fn of(kernel: &'a Kernel) -> Self {
        Self { release: &kernel.release, version: &kernel.version }
    }

    /// Whether a package holds the image of the release that runs: on Debian and Ubuntu maybe another build of it.
    #[must_use]
    pub fn is_of(&self, package: &Installed<'_>) -> bool {
        match package.manager {
            PackageManager::Dpkg => image_release(package.name) == Some(self.release),
            PackageManager::Rpm => {
                let version = package.version.split_once(':').map_or(package.version, |(_epoch, version)| version);
                let architecture = self.release.strip_prefix(version).and_then(|rest| rest.strip_prefix('.'));
                // What follows the architecture is the flavour, as in `x86_64+rt`.
                let architecture = architecture.map(|rest| rest.split('+').next().unwrap_or(rest));
                IMAGES_RPM.contains(&package.name)
                    && architecture
                        .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'))
            }
            PackageManager::Apk | PackageManager::Pacman => false,
        }
    }

    /// The version that runs of a package that it [is of](Self::is_of); nothing where the kernel does not name a build of
    /// the distribution.
    #[must_use]
    pub fn version_of<'p>(&self, image: &Installed<'p>, profile: &Profile) -> Option<Cow<'p, str>> {
        if image.manager == PackageManager::Rpm {
            return Some(Cow::Borrowed(image.version));
        }
        let running = match profile.distribution() {
            "Debian" => debian(self.version)?.to_owned(),
            "Ubuntu" => ubuntu(self.release, self.version)?,
            _ => return None,
        };
        let is_version = running.starts_with(|first: char| first.is_ascii_digit()) && profile.order.compare(&running, &running).is_ok();
        is_version.then_some(if running == image.version { Cow::Borrowed(image.version) } else { Cow::Owned(running) })
    }
}

/// Whether a package holds a kernel's image, rather than depending on the newest or building on one: the lower the number,
/// the rather is it the image itself.
#[must_use]
pub fn image_rank(package: &Installed<'_>) -> Option<usize> {
    match package.manager {
        PackageManager::Dpkg => {
            let release = image_release(package.name).filter(|_| package.is_of_kernel())?;
            release.starts_with(|first: char| first.is_ascii_digit()).then_some(0)
        }
        PackageManager::Rpm => IMAGES_RPM.iter().position(|name| *name == package.name),
        PackageManager::Apk | PackageManager::Pacman => None,
    }
}

/// The release that a Debian or Ubuntu package of this name holds the image of.
fn image_release(name: &str) -> Option<&str> {
    let release = name.strip_prefix("linux-image-")?;
    let release = release.strip_prefix("unsigned-").unwrap_or(release);
    Some(release.strip_suffix("-unsigned").unwrap_or(release))
}

fn debian(version: &str) -> Option<&str> {
    let mut words = version.split_ascii_whitespace().skip_while(|word| *word != "Debian");
    words.nth(1)
}

fn ubuntu(release: &str, version: &str) -> Option<String> {
    let upload = version.split_ascii_whitespace().next()?.strip_prefix('#')?.strip_suffix("-Ubuntu")?;
    let mut parts = release.splitn(3, '-');
    let (upstream, abi) = (parts.next()?, parts.next()?);
    let is_abi = !abi.is_empty() && abi.bytes().all(|byte| byte.is_ascii_digit());
    (is_abi && !upload.is_empty()).then(|| format!("{upstream}-{abi}.{upload}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::OsRelease;

    fn profile(id: &str, version: &str, manager: PackageManager) -> Profile {
        Profile::of(OsRelease { id, version_id: Some(version) }, manager).expect("known")
    }

    fn image<'a>(manager: PackageManager, name: &'a str, version: &'a str, source: &'a str) -> Installed<'a> {
        Installed { manager, name, version, source, source_version: version, vendor: None }
    }

    fn runs(kernel: BootedKernel<'_>, image: Installed<'_>, profile: &Profile) -> Option<String> {
        kernel.is_of(&image).then(|| kernel.version_of(&image, profile))?.map(Cow::into_owned)
    }

    #[test]
    fn debians_kernel_names_the_build_that_runs_whatever_lies_on_the_disk() {
        let debian = profile("debian", "12", PackageManager::Dpkg);
        let kernel = BootedKernel { release: "6.1.0-18-amd64", version: "#1 SMP PREEMPT_DYNAMIC Debian 6.1.76-1 (2024-02-01)" };
        for (name, installed) in [
            ("linux-image-6.1.0-18-amd64", "6.1.76-1"),
            ("linux-image-6.1.0-18-amd64", "6.1.99-1"),
            ("linux-image-6.1.0-18-amd64-unsigned", "6.1.76-1"),
        ] {
            assert_eq!(runs(kernel, image(PackageManager::Dpkg, name, installed, "linux"), &debian).as_deref(), Some("6.1.76-1"));
        }
        for name in ["linux-image-6.1.0-21-amd64", "linux-image-amd64", "linux-image-6.1.0-18-cloud-amd64", "linux-headers-6.1.0-18-amd64"]
        {
            assert_eq!(runs(kernel, image(PackageManager::Dpkg, name, "6.1.76-1", "linux"), &debian), None, "{name}");
        }
    }

    #[test]
    fn ubuntus_build_is_put_together_from_release_and_upload() {
        let ubuntu = profile("ubuntu", "22.04", PackageManager::Dpkg);
        for (release, version, name, expected) in [
            ("5.15.0-91-generic", "#101-Ubuntu SMP Tue Nov 14 13:30:08 UTC 2023", "linux-image-5.15.0-91-generic", "5.15.0-91.101"),
            ("6.5.0-14-generic", "#14~22.04.1-Ubuntu SMP PREEMPT_DYNAMIC", "linux-image-6.5.0-14-generic", "6.5.0-14.14~22.04.1"),
            ("6.8.0-1013-aws-64k", "#14-Ubuntu SMP", "linux-image-unsigned-6.8.0-1013-aws-64k", "6.8.0-1013.14"),
        ] {
            let kernel = BootedKernel { release, version };
            assert_eq!(runs(kernel, image(PackageManager::Dpkg, name, "9-9.9", "linux"), &ubuntu).as_deref(), Some(expected));
        }
    }

    #[test]
    fn a_kernel_that_names_no_build_of_the_distribution_has_no_version() {
        let (debian, ubuntu) = (profile("debian", "12", PackageManager::Dpkg), profile("ubuntu", "22.04", PackageManager::Dpkg));
        for (release, version) in [
            ("6.5.0-custom", "#1 SMP PREEMPT_DYNAMIC Tue Mar  5 10:00:00 UTC 2024"),
            ("6.5.0-060500-generic", "#202308271831 SMP PREEMPT_DYNAMIC Sun Aug 27 22:33:37 UTC 2023"),
            ("6.5.11-7-pve", "#1 SMP PREEMPT_DYNAMIC PMX 6.5.11-7 (2023-12-05T09:44Z)"),
            ("6.1.0-1", "#1 SMP Debian"),
            ("6.1.0-1", "#1 SMP Debian custom"),
            ("6", "#1-Ubuntu SMP"),
            ("", ""),
        ] {
            let name = format!("linux-image-{release}");
            let image = image(PackageManager::Dpkg, &name, "6.5.0-1", "linux-upstream");
            for profile in [&debian, &ubuntu] {
                assert_eq!(runs(BootedKernel { release, version }, image, profile), None, "{release} {version}");
            }
        }
    }

    #[test]
    fn of_several_rpm_kernels_only_the_one_of_the_release_runs() {
        let alma = profile("almalinux", "9.4", PackageManager::Rpm);
        let rpm = |name, version| image(PackageManager::Rpm, name, version, "kernel");
        let kernel =
            BootedKernel { release: "5.14.0-427.13.1.el9_4.x86_64", version: "#1 SMP PREEMPT_DYNAMIC Wed May 1 19:11:28 UTC 2024" };
        assert_eq!(runs(kernel, rpm("kernel-core", "5.14.0-427.13.1.el9_4"), &alma).as_deref(), Some("5.14.0-427.13.1.el9_4"));
        for (name, version) in [
            ("kernel-core", "5.14.0-427.13.el9_4"),
            ("kernel-core", "5.14.0-427.13.1.el9"),
            ("kernel-core", "5.14.0-427.31.1.el9_4"),
            ("kernel-headers", "5.14.0-427.13.1.el9_4"),
        ] {
            assert_eq!(runs(kernel, rpm(name, version), &alma), None, "{name} {version}");
        }
        let real_time = BootedKernel { release: "5.14.0-427.13.1.el9_4.x86_64+rt", ..kernel };
        assert!(real_time.is_of(&rpm("kernel-rt-core", "5.14.0-427.13.1.el9_4")));
    }
}
