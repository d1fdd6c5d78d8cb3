//! RPM packages, as `rpm -qa` lists them.
//!
//! The database has had four formats and belongs to rpm, so its own tool reads it: only where a database is there, at
//! most for [`TOOL_SECONDS_MAX`], and never where the caller forbids tools.

use std::io::{self, BufRead, BufReader};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use wire::Timestamp;
use wire::state::{BlindSpotReason, Kind, Package, PackageManager};

use super::{check_count, differing};
use crate::blind_spots::{BlindSpots, reason};
use crate::lines::Lines;
use crate::root::Root;

/// How long `rpm` may take.
pub const TOOL_SECONDS_MAX: Duration = Duration::from_secs(60);

/// Places of the database, newest first.
const DATABASES: [&str; 2] = ["/usr/lib/sysimage/rpm", "/var/lib/rpm"];
const DATABASE_FILES: [&str; 3] = ["rpmdb.sqlite", "Packages.db", "Packages"];

/// One package a line: name, version with epoch and release, architecture, source package file, time, vendor.
const QUERY_FORMAT: &str = r"%{NAME}\t%|EPOCH?{%{EPOCH}:}|%{VERSION}-%{RELEASE}\t%{ARCH}\t%{SOURCERPM}\t%{INSTALLTIME}\t%{VENDOR}\n";

pub(super) fn collect(root: &Root, run_tools: bool, blind_spots: &mut BlindSpots) -> Option<Vec<Package>> {
    let has_database = |directory: &&str| DATABASE_FILES.iter().any(|file| root.exists(&format!("{directory}/{file}")));
    let directory = DATABASES.into_iter().find(has_database)?;
    if !run_tools {
        blind_spots.add(Kind::Packages, "rpm", BlindSpotReason::NotUnderstood);
        return None;
    }
    let result = run(root, directory);
    result.inspect_err(|reason| blind_spots.add(Kind::Packages, "rpm", *reason)).ok()
}

fn run(root: &Root, directory: &str) -> Result<Vec<Package>, BlindSpotReason> {
    let mut command = Command::new("rpm");
    command.args(["-qa", "--queryformat", QUERY_FORMAT]);
    if !root.is_live() {
        // `--root` would need the right to chroot; the database's path does not.
        command.arg("--dbpath").arg(root.path().join(directory.trim_start_matches('/')));
    }
    // The tool's messages are in the language of the place otherwise, and it must not wait for anybody.
    command.env("LC_ALL", "C").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().map_err(|_| BlindSpotReason::ToolFailed)?;
    let output = child.stdout.take().ok_or(BlindSpotReason::ToolFailed)?;
    let (finished, is_finished) = mpsc::channel::<()>();
    let watch = std::thread::spawn(move || {
        if is_finished.recv_timeout(TOOL_SECONDS_MAX) == Err(mpsc::RecvTimeoutError::Timeout) {
            let _it_may_have_ended_meanwhile = child.kill();
        }
        child.wait()
    });
    let packages = read_query(BufReader::new(output));
    drop(finished);
    let is_success = watch.join().is_ok_and(|status| status.is_ok_and(|status| status.success()));
    if is_success { packages.map_err(|error| reason(&error)) } else { Err(BlindSpotReason::ToolFailed) }
}

/// Reads the lines that the query format makes.
///
/// # Errors
/// Those of the stream; `FileTooLarge` past the wire's package limit.
pub fn read_query(reader: impl BufRead) -> io::Result<Vec<Package>> {
    let mut lines = Lines::new(reader);
    let mut packages = Vec::new();
    while let Some(line) = lines.next_line()? {
        packages.extend(package(&String::from_utf8_lossy(line)));
    }
    check_count(&packages)?;
    Ok(packages)
}

fn package(line: &str) -> Option<Package> {
    let mut fields = line.split('\t').map(|field| if field == "(none)" { "" } else { field.trim() });
    let mut next = || fields.next();
    let (name, version, architecture, source_file, installed, vendor) = (next()?, next()?, next()?, next()?, next()?, next()?);
    // Keys that sign packages are kept as packages without an architecture.
    if name.is_empty() || version.is_empty() || architecture.is_empty() {
        return None;
    }
    let (source, source_version) = split_source(source_file).unwrap_or_default();
    // The file's name has no epoch; a source's epoch is its packages' own unless they say otherwise.
    let version_without_epoch = version.split_once(':').map_or(version, |(_, rest)| rest);
    Some(Package {
        manager: PackageManager::Rpm,
        name: name.to_owned(),
        architecture: architecture.to_owned(),
        version: version.to_owned(),
        source: differing(source, name),
        source_version: differing(source_version, version_without_epoch),
        held: false,
        incomplete: false,
        installed_at: installed.parse().ok().map(Timestamp::from_seconds),
        vendor: differing(vendor, ""),
    })
}

/// Splits `bash-5.1.8-6.el9.src.rpm` into name and version with release.
fn split_source(file: &str) -> Option<(&str, &str)> {
    let stem = file.strip_suffix(".src.rpm").or_else(|| file.strip_suffix(".nosrc.rpm"))?;
    let release_at = stem.rfind('-')?;
    let version_at = stem.get(..release_at)?.rfind('-')?;
    Some((stem.get(..version_at)?, stem.get(version_at + 1..)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const QUERY: &str = "\
bash\t5.1.8-6.el9\tx86_64\tbash-5.1.8-6.el9.src.rpm\t1706000000\tAlmaLinux\n\
openssl-libs\t1:3.0.7-24.el9\tx86_64\topenssl-3.0.7-24.el9.src.rpm\t1706000001\tAlmaLinux\n\
kernel-core\t5.14.0-362.8.1.el9_3\tx86_64\tkernel-5.14.0-362.8.1.el9_3.src.rpm\t1\t(none)\n\
kernel-core\t5.14.0-427.el9\tx86_64\tkernel-5.14.0-427.el9.src.rpm\t2\t(none)\n\
java-headless\t1:17.0-1\tx86_64\tjava-portable-17.0-1.1.src.rpm\t3\tX\n\
gpg-pubkey\tb86b3716-61e69f29\t(none)\t(none)\t1706000002\t(none)\n";

    #[test]
    fn epoch_source_and_vendor_are_read_and_signing_keys_are_no_packages() {
        let packages = read_query(QUERY.as_bytes()).unwrap();
        let found: Vec<_> =
            packages.iter().map(|p| (p.name.as_str(), p.version.as_str(), p.source_name(), p.source_version.as_deref())).collect();
        assert_eq!(
            found,
            [
                ("bash", "5.1.8-6.el9", "bash", None),
                ("openssl-libs", "1:3.0.7-24.el9", "openssl", None),
                ("kernel-core", "5.14.0-362.8.1.el9_3", "kernel", None),
                ("kernel-core", "5.14.0-427.el9", "kernel", None),
                ("java-headless", "1:17.0-1", "java-portable", Some("17.0-1.1")),
            ]
        );
        assert_eq!((packages[0].vendor.as_deref(), packages[2].vendor.as_deref()), (Some("AlmaLinux"), None));
    }

    #[test]
    fn without_leave_to_run_tools_the_database_is_a_blind_spot() {
        let image = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(image.path().join("var/lib/rpm")).unwrap();
        std::fs::write(image.path().join("var/lib/rpm/rpmdb.sqlite"), "").unwrap();
        let mut blind_spots = BlindSpots::default();
        assert_eq!(collect(&Root::open(image.path()).unwrap(), false, &mut blind_spots), None);
        assert!(blind_spots.mentions(Kind::Packages));
    }

    proptest! {
        #[test]
        fn no_text_panics(text: String) {
            let _is_read_or_refused = read_query(text.as_bytes());
        }
    }
}
