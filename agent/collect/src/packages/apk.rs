//! Alpine's installed database, `/lib/apk/db/installed` (below `/usr` since apk 3).

use std::io::{self, BufRead, BufReader};

use wire::state::{Package, PackageManager};

use super::{check_count, differing};
use crate::lines::Lines;
use crate::root::Root;

const PATHS: [&str; 2] = ["/lib/apk/db/installed", "/usr/lib/apk/db/installed"];

pub(super) fn collect(root: &Root) -> Option<io::Result<Vec<Package>>> {
    let path = PATHS.into_iter().find(|path| root.exists(path))?;
    Some(root.file(path).and_then(|file| read_installed(BufReader::new(file))))
}

/// Reads an installed database: `P:` name, `V:` version, `A:` architecture, `o:` origin (the source package), `f:` what
/// is broken; all other lines name files.
///
/// # Errors
/// Those of the stream; `FileTooLarge` past the wire's package limit.
pub fn read_installed(reader: impl BufRead) -> io::Result<Vec<Package>> {
    let mut lines = Lines::new(reader);
    let mut packages = Vec::new();
    let mut entry = Entry::default();
    while let Some(line) = lines.next_line()? {
        match line.split_at_checked(2) {
            Some((b"P:", value)) => entry.name = text(value),
            Some((b"V:", value)) => entry.version = text(value),
            Some((b"A:", value)) => entry.architecture = text(value),
            Some((b"o:", value)) => entry.origin = text(value),
            Some((b"f:", _)) => entry.is_broken = true,
            _ if line.is_empty() => packages.extend(std::mem::take(&mut entry).finish()),
            _ => {}
        }
    }
    packages.extend(entry.finish());
    check_count(&packages)?;
    Ok(packages)
}

fn text(value: &[u8]) -> String {
    String::from_utf8_lossy(value).trim().to_owned()
}

#[derive(Default)]
struct Entry {
    name: String,
    version: String,
    architecture: String,
    origin: String,
    is_broken: bool,
}

impl Entry {
    fn finish(self) -> Option<Package> {
        // Names that begin with a dot are bundles that `apk add --virtual` made up.
        if self.name.is_empty() || self.version.is_empty() || self.name.starts_with('.') {
            return None;
        }
        Some(Package {
            manager: PackageManager::Apk,
            source: differing(&self.origin, &self.name),
            source_version: None,
            held: false,
            incomplete: self.is_broken,
            installed_at: None,
            vendor: None,
            name: self.name,
            architecture: self.architecture,
            version: self.version,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const INSTALLED: &str = "\
C:Q1p78yvTLG094tHE1+dToJGbmYzQE=\nP:musl\nV:1.2.4-r2\nA:x86_64\nS:383152\nt:1693415892\no:musl\nm:A Person <a@example.org>\nF:lib\nR:ld-musl-x86_64.so.1\na:0:0:755\n
C:Q1A=\nP:libcrypto3\nV:3.1.4-r5\nA:x86_64\no:openssl\nf:s\n
P:.build-deps\nV:20240101.000000\nA:noarch\n";

    #[test]
    fn origin_is_the_source_and_made_up_bundles_are_left_out() {
        let packages = read_installed(INSTALLED.as_bytes()).unwrap();
        let found: Vec<_> = packages.iter().map(|p| (p.name.as_str(), p.version.as_str(), p.source_name(), p.incomplete)).collect();
        assert_eq!(found, [("musl", "1.2.4-r2", "musl", false), ("libcrypto3", "3.1.4-r5", "openssl", true)]);
    }

    #[test]
    fn the_maintainer_is_not_collected() {
        let json = serde_json::to_string(&read_installed(INSTALLED.as_bytes()).unwrap()).unwrap();
        assert!(!json.contains("example.org"), "{json}");
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes: Vec<u8>) {
            let _is_read_or_refused = read_installed(bytes.as_slice());
        }
    }
}
