//! Arch Linux's local database: one directory a package below `/var/lib/pacman/local`, a `desc` file in each.

use std::io::{self, BufRead, BufReader};

use wire::Timestamp;
use wire::state::{Package, PackageManager};

use super::{check_count, differing};
use crate::lines::Lines;
use crate::root::Root;

const DATABASE: &str = "/var/lib/pacman/local";

pub(super) fn collect(root: &Root) -> Option<io::Result<Vec<Package>>> {
    root.exists(DATABASE).then(|| read_database(root))
}

fn read_database(root: &Root) -> io::Result<Vec<Package>> {
    let mut packages = Vec::new();
    for name in root.names(DATABASE)? {
        match root.file(&format!("{DATABASE}/{name}/desc")) {
            Ok(file) => packages.extend(read_desc(BufReader::new(file))?),
            // The database's own version file lies between the packages.
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {}
            Err(error) => return Err(error),
        }
    }
    check_count(&packages)?;
    Ok(packages)
}

/// Reads one `desc` file; nothing where it names no package.
///
/// # Errors
/// Those of the stream.
pub fn read_desc(reader: impl BufRead) -> io::Result<Option<Package>> {
    let mut lines = Lines::new(reader);
    let [mut name, mut version, mut base, mut architecture, mut installed] = [const { String::new() }; 5];
    let mut heading = Vec::new();
    while let Some(line) = lines.next_line()? {
        let field = match heading.as_slice() {
            b"%NAME%" => Some(&mut name),
            b"%VERSION%" => Some(&mut version),
            b"%BASE%" => Some(&mut base),
            b"%ARCH%" => Some(&mut architecture),
            b"%INSTALLDATE%" => Some(&mut installed),
            _ => None,
        };
        if let Some(field) = field.filter(|field| field.is_empty()) {
            field.push_str(String::from_utf8_lossy(line).trim());
        }
        heading = if line.starts_with(b"%") { line.to_vec() } else { Vec::new() };
    }
    if name.is_empty() || version.is_empty() {
        return Ok(None);
    }
    Ok(Some(Package {
        manager: PackageManager::Pacman,
        source: differing(&base, &name),
        source_version: None,
        held: false,
        incomplete: false,
        installed_at: installed.parse().ok().map(Timestamp::from_seconds),
        vendor: None,
        name,
        architecture,
        version,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const DESC: &str = "%NAME%\ngcc-libs\n\n%VERSION%\n13.2.1-5\n\n%BASE%\ngcc\n\n%DESC%\nRuntime libraries\n\n%ARCH%\nx86_64\n\n\
        %INSTALLDATE%\n1706000000\n\n%PACKAGER%\nA Person <a@example.org>\n\n%DEPENDS%\nglibc>=2.27\n";

    #[test]
    fn a_desc_file_becomes_a_package_without_its_packager() {
        let package = read_desc(DESC.as_bytes()).unwrap().unwrap();
        assert_eq!((package.name.as_str(), package.version.as_str(), package.source_name()), ("gcc-libs", "13.2.1-5", "gcc"));
        assert_eq!(package.installed_at, Some(Timestamp::from_seconds(1_706_000_000)));
        assert!(!serde_json::to_string(&package).unwrap().contains("example.org"));
    }

    #[test]
    fn the_database_is_read_package_by_package() {
        let image = tempfile::tempdir().unwrap();
        let local = image.path().join("var/lib/pacman/local");
        std::fs::create_dir_all(local.join("gcc-libs-13.2.1-5")).unwrap();
        std::fs::write(local.join("ALPM_DB_VERSION"), "9\n").unwrap();
        std::fs::write(local.join("gcc-libs-13.2.1-5/desc"), DESC).unwrap();
        assert_eq!(collect(&Root::open(image.path()).unwrap()).unwrap().unwrap().len(), 1);
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes: Vec<u8>) {
            let _is_read_or_refused = read_desc(bytes.as_slice());
        }
    }
}
