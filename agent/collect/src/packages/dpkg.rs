//! dpkg's status database: `/var/lib/dpkg/status`, its journal `updates/`, and `status.d/` of images without dpkg.

use std::io::{self, BufRead, BufReader};

use wire::state::{Package, PackageManager};

use super::{check_count, differing};
use crate::deb822::Stanzas;
use crate::root::Root;

const DATABASE: &str = "/var/lib/dpkg";
const FIELDS: [&str; 6] = ["Package", "Status", "Architecture", "Version", "Source", "Multi-Arch"];

/// Reads a status database: every package that is on the disk, also half-way, in the order of the file.
///
/// # Errors
/// Those of the stream; `FileTooLarge` past the wire's package limit.
pub fn read_status(reader: impl BufRead) -> io::Result<Vec<Package>> {
    let mut packages = Vec::new();
    read_entries(reader, |entry| packages.extend(entry.package))?;
    check_count(&packages)?;
    Ok(packages)
}

/// The host's packages, with the time of their installation; nothing where the host has no dpkg database.
pub(super) fn collect(root: &Root) -> Option<io::Result<Vec<Package>>> {
    let status = format!("{DATABASE}/status");
    if root.exists(&status) {
        return Some(read_database(root, &status));
    }
    // Images built without dpkg have one stanza a file, and no `Status` in it.
    let directory = format!("{DATABASE}/status.d");
    root.exists(&directory).then(|| read_directory(root, &directory))
}

fn read_database(root: &Root, status: &str) -> io::Result<Vec<Package>> {
    let mut entries = Vec::new();
    read_entries(BufReader::new(root.file(status)?), |entry| entries.push(entry))?;
    // dpkg folds its journal into the status file at the end of a run; in the middle of one it is the truth.
    for name in root.names(&format!("{DATABASE}/updates")).unwrap_or_default() {
        if name.bytes().all(|byte| byte.is_ascii_digit()) {
            let journal = BufReader::new(root.file(&format!("{DATABASE}/updates/{name}"))?);
            read_entries(journal, |entry| {
                entries.retain(|old| !entry.replaces(old));
                entries.push(entry);
            })?;
        }
    }
    let with_time = |entry: Entry| {
        let mut package = entry.package?;
        package.installed_at = installed_at(root, &package, entry.is_multi_arch_same);
        Some(package)
    };
    let packages: Vec<Package> = entries.into_iter().filter_map(with_time).collect();
    check_count(&packages)?;
    Ok(packages)
}

fn read_directory(root: &Root, directory: &str) -> io::Result<Vec<Package>> {
    let mut packages = Vec::new();
    for name in root.names(directory)? {
        if !name.ends_with(".md5sums") {
            let stanza = BufReader::new(root.file(&format!("{directory}/{name}"))?);
            read_entries(stanza, |entry| packages.extend(entry.package))?;
        }
    }
    check_count(&packages)?;
    Ok(packages)
}

/// The list of a package's files is written anew at each installation of it.
fn installed_at(root: &Root, package: &Package, is_multi_arch_same: bool) -> Option<wire::Timestamp> {
    let plain = format!("{DATABASE}/info/{}.list", package.name);
    let qualified = format!("{DATABASE}/info/{}:{}.list", package.name, package.architecture);
    let (first, second) = if is_multi_arch_same { (qualified, plain) } else { (plain, qualified) };
    root.modified_at(&first).or_else(|_| root.modified_at(&second)).ok()
}

struct Entry {
    name: String,
    architecture: String,
    is_multi_arch_same: bool,
    /// Nothing where the package is not on the disk (removed, or its configuration files only).
    package: Option<Package>,
}

impl Entry {
    fn replaces(&self, old: &Self) -> bool {
        self.name == old.name && (self.architecture == old.architecture || !(self.is_multi_arch_same && old.is_multi_arch_same))
    }
}

fn read_entries(reader: impl BufRead, mut take: impl FnMut(Entry)) -> io::Result<()> {
    let mut stanzas = Stanzas::new(reader, FIELDS);
    while let Some([name, status, architecture, version, source, multi_arch]) = stanzas.next_stanza()? {
        if name.is_empty() {
            continue;
        }
        take(Entry {
            name: name.clone(),
            architecture: architecture.clone(),
            is_multi_arch_same: multi_arch == "same",
            package: package(name, status, architecture, version, source),
        });
    }
    Ok(())
}

fn package(name: &str, status: &str, architecture: &str, version: &str, source: &str) -> Option<Package> {
    // `Status: WANT FLAG STATE`; a stanza of `status.d` has none and is installed.
    let mut words = status.split_ascii_whitespace();
    let (want, flag, state) = (words.next().unwrap_or("install"), words.next().unwrap_or("ok"), words.next().unwrap_or("installed"));
    if matches!(state, "not-installed" | "config-files") || version.is_empty() {
        return None;
    }
    let (source_name, source_version) = split_source(source);
    Some(Package {
        manager: PackageManager::Dpkg,
        name: name.to_owned(),
        architecture: architecture.to_owned(),
        version: version.to_owned(),
        source: differing(source_name, name),
        source_version: differing(source_version, version),
        held: want == "hold",
        incomplete: flag == "reinstreq" || matches!(state, "half-installed" | "unpacked" | "half-configured"),
        installed_at: None,
        vendor: None,
    })
}

/// Splits `glibc (2.36-9)` into name and version; the version is empty where it is the package's own.
fn split_source(source: &str) -> (&str, &str) {
    let (name, rest) = source.split_once(' ').unwrap_or((source, ""));
    (name, rest.trim().strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).unwrap_or(""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const STATUS: &str = "\
Package: libc6\nStatus: install ok installed\nMulti-Arch: same\nArchitecture: amd64\nSource: glibc\nVersion: 2.36-9\n
Package: bash\nStatus: hold ok installed\nArchitecture: amd64\nSource: bash (5.2.15-2)\nVersion: 5.2.15-2+b2\n
Package: gone\nStatus: deinstall ok config-files\nArchitecture: all\nVersion: 1\n
Package: half\nStatus: install reinstreq half-installed\nArchitecture: all\nVersion: 2\n
Package: waiting\nStatus: install ok triggers-pending\nArchitecture: all\nVersion: 3\n";

    #[test]
    fn source_hold_and_incomplete_states_are_read_and_removed_packages_are_not() {
        let packages = read_status(STATUS.as_bytes()).unwrap();
        let names: Vec<_> = packages.iter().map(|package| package.name.as_str()).collect();
        assert_eq!(names, ["libc6", "bash", "half", "waiting"]);
        assert_eq!((packages[0].source.as_deref(), packages[0].source_version.as_deref()), (Some("glibc"), None));
        assert_eq!((packages[1].source.as_deref(), packages[1].source_version.as_deref()), (None, Some("5.2.15-2")));
        let flags: Vec<_> = packages.iter().map(|package| (package.held, package.incomplete)).collect();
        assert_eq!(flags, [(false, false), (true, false), (false, true), (false, false)]);
    }

    #[test]
    fn in_the_middle_of_a_dpkg_run_its_journal_counts() {
        let image = tempfile::tempdir().unwrap();
        let database = image.path().join("var/lib/dpkg");
        std::fs::create_dir_all(database.join("updates")).unwrap();
        std::fs::write(database.join("status"), STATUS).unwrap();
        std::fs::write(database.join("updates/0001"), "Package: bash\nStatus: install ok unpacked\nArchitecture: amd64\nVersion: 6\n")
            .unwrap();
        std::fs::write(database.join("updates/0002"), "Package: half\nStatus: deinstall ok not-installed\nArchitecture: all\n").unwrap();
        std::fs::write(database.join("updates/tmp.i"), "Package: bash\nStatus: install ok installed\nArchitecture: amd64\nVersion: 7\n")
            .unwrap();
        let packages = collect(&Root::open(image.path()).unwrap()).unwrap().unwrap();
        let found: Vec<_> = packages.iter().map(|package| (package.name.as_str(), package.version.as_str(), package.incomplete)).collect();
        assert_eq!(found, [("libc6", "2.36-9", false), ("waiting", "3", false), ("bash", "6", true)]);
    }

    #[test]
    fn an_image_without_dpkg_keeps_one_stanza_a_file() {
        let image = tempfile::tempdir().unwrap();
        let directory = image.path().join("var/lib/dpkg/status.d");
        std::fs::create_dir_all(&directory).unwrap();
        std::fs::write(directory.join("tzdata"), "Package: tzdata\nArchitecture: all\nVersion: 2024a-0\n").unwrap();
        std::fs::write(directory.join("tzdata.md5sums"), "0 usr/share/zoneinfo/UTC\n").unwrap();
        let packages = collect(&Root::open(image.path()).unwrap()).unwrap().unwrap();
        assert_eq!(packages.iter().map(|package| package.name.as_str()).collect::<Vec<_>>(), ["tzdata"]);
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes: Vec<u8>) {
            let _is_read_or_refused = read_status(bytes.as_slice());
        }
    }
}
