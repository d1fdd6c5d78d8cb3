//! What apt knows of its archives: the package lists below `/var/lib/apt/lists`, and who published them.
//!
//! The lists are read as apt left them (plain, `.lz4`, `.xz` or `.gz`), as a stream, and only what is asked for is kept.

mod preferences;
mod release;

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};

use wire::Timestamp;

pub(crate) use preferences::PRIORITY_DOWNGRADE;
pub use preferences::{PREFERENCES_FILES_MAX, Preferences};
pub use release::Release;

use crate::root::Root;

const LISTS: &str = "/var/lib/apt/lists";
/// Most bytes of one list, unpacked. Debian's whole main section is 50 MB.
pub const LIST_BYTES_MAX: u64 = 512 * 1024 * 1024;
/// Most lists that are read.
pub const LISTS_MAX: usize = 1_000;
/// Largest dictionary of an `.xz` list, in KiB: that of `xz -9`.
const XZ_MEMORY_KIB_MAX: u32 = 66 * 1024;

/// How a list is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Packing {
    Plain,
    Gzip,
    Lz4,
    Xz,
}

/// One list of one component of an archive.
#[derive(Debug)]
pub struct List {
    file: String,
    packing: Packing,
    /// The archive that it belongs to.
    pub archive: Archive,
}

/// Where a list came from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Archive {
    /// The host that it was fetched from, as in `deb.debian.org`.
    pub site: String,
    /// What the sources ask for, as in `bookworm-security`; empty where the archive has no distributions.
    pub distribution: String,
    /// The component, as in `main`.
    pub component: String,
    /// What the archive says of itself; empty where its `Release` file is not there.
    pub release: Release,
}

/// Everything that apt fetched.
#[derive(Debug, Default)]
pub struct Lists {
    /// The package lists, sorted by file name.
    pub lists: Vec<List>,
    /// When apt last wrote one of them, or noted a complete update.
    pub updated_at: Option<Timestamp>,
    /// Lists that are packed in a way that is not read here.
    pub not_understood: usize,
}

/// Finds apt's lists.
///
/// # Errors
/// Where their directory cannot be listed; `FileTooLarge` past [`LISTS_MAX`].
pub fn find(root: &Root) -> io::Result<Lists> {
    let names = root.names(LISTS)?;
    let releases = read_releases(root, &names);
    let mut found = Lists::default();
    for name in &names {
        match parse_name(name) {
            Some((prefix, Some(packing))) => {
                let archive = archive(prefix, &releases);
                found.lists.push(List { file: format!("{LISTS}/{name}"), packing, archive });
            }
            Some((_, None)) => found.not_understood += 1,
            None => {}
        }
    }
    if found.lists.len() > LISTS_MAX {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    if !found.lists.is_empty() {
        found.updated_at = updated_at(root, &names);
    }
    Ok(found)
}

impl Archive {
    /// The archive as people name it, as in `Debian-Security:bookworm-security`; nothing where nothing is known.
    #[must_use]
    pub fn name(&self) -> Option<String> {
        let release = &self.release;
        let first_of = |texts: [&str; 3]| texts.into_iter().find(|text| !text.is_empty()).unwrap_or("").to_owned();
        let publisher = first_of([&release.label, &release.origin, &self.site]);
        let distribution = first_of([&self.distribution, &release.codename, &release.suite]);
        match (publisher.is_empty(), distribution.is_empty()) {
            (true, true) => None,
            (false, true) => Some(publisher),
            (true, false) => Some(distribution),
            (false, false) => Some(format!("{publisher}:{distribution}")),
        }
    }
}

impl List {
    /// Opens the list, unpacked.
    ///
    /// # Errors
    /// As the operating system says. Reading fails with `FileTooLarge` past [`LIST_BYTES_MAX`], and with the unpacker's
    /// error where the list is broken.
    pub fn open(&self, root: &Root) -> io::Result<Box<dyn BufRead>> {
        let file = BufReader::new(root.file(&self.file)?);
        Ok(match self.packing {
            Packing::Plain => bounded(file),
            Packing::Gzip => bounded(flate2::bufread::MultiGzDecoder::new(file)),
            Packing::Lz4 => bounded(lz4_flex::frame::FrameDecoder::new(file)),
            Packing::Xz => bounded(lzma_rust2::XzReader::new_mem_limit(file, true, XZ_MEMORY_KIB_MAX)),
        })
    }
}

fn bounded(reader: impl Read + 'static) -> Box<dyn BufRead> {
    Box::new(BufReader::with_capacity(32 * 1024, Bounded { reader, left: LIST_BYTES_MAX }))
}

/// Fails past its limit, where `Read::take` would pretend that the stream ended.
struct Bounded<R> {
    reader: R,
    left: u64,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(buffer)?;
        self.left = self.left.checked_sub(count as u64).ok_or(io::ErrorKind::FileTooLarge)?;
        Ok(count)
    }
}

/// Splits `PREFIX_main_binary-amd64_Packages.lz4` into `PREFIX_main_binary-amd64` and its packing, which is nothing
/// where it is unknown; nothing at all for files that are no package lists.
fn parse_name(name: &str) -> Option<(&str, Option<Packing>)> {
    let (prefix, ending) = name.rsplit_once("_Packages")?;
    let packing = match ending {
        "" => Some(Packing::Plain),
        ".gz" => Some(Packing::Gzip),
        ".lz4" => Some(Packing::Lz4),
        ".xz" => Some(Packing::Xz),
        ".zst" | ".bz2" | ".lzma" => None,
        _ => return None,
    };
    Some((prefix, packing))
}

fn read_releases(root: &Root, names: &[String]) -> Vec<(String, Release)> {
    let read = |name: &String| {
        let prefix = name.strip_suffix("_InRelease").or_else(|| name.strip_suffix("_Release"))?;
        let file: File = root.file(&format!("{LISTS}/{name}")).ok()?;
        Some((prefix.to_owned(), release::read(BufReader::new(file)).ok()?))
    };
    names.iter().filter_map(read).collect()
}

fn archive(prefix: &str, releases: &[(String, Release)]) -> Archive {
    let is_of = |of: &str| prefix == of || prefix.strip_prefix(of).is_some_and(|rest| rest.starts_with('_'));
    let own = releases.iter().filter(|(of, _)| is_of(of)).max_by_key(|(of, _)| of.len());
    let site = prefix.split('_').next().unwrap_or("").to_owned();
    let Some((of, release)) = own else { return Archive { site, ..Archive::default() } };
    let distribution = of.rsplit_once("_dists_").map_or("", |(_, distribution)| distribution).to_owned();
    let rest = prefix.strip_prefix(of.as_str()).unwrap_or("").trim_start_matches('_');
    let component = rest.rsplit_once("_binary-").map_or("", |(component, _)| component).replace('_', "/");
    Archive { site, distribution, component, release: release.clone() }
}

/// The newest time that apt is known to have heard from an archive.
///
/// The directories' own times would be newer, but they move when an update fails as well, and a stale list that looks
/// fresh is worse than a fresh one that looks stale.
fn updated_at(root: &Root, names: &[String]) -> Option<Timestamp> {
    const SUCCESS_STAMP: &str = "/var/lib/apt/periodic/update-success-stamp";
    let is_of_archive = |name: &&String| name.ends_with("Release") || parse_name(name).is_some();
    let of_lists = names.iter().filter(is_of_archive).filter_map(|name| root.modified_at(&format!("{LISTS}/{name}")).ok());
    of_lists.chain(root.modified_at(SUCCESS_STAMP)).max()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_finds_its_own_release_file() {
        let release = |label: &str| Release { label: label.into(), ..Release::default() };
        let releases = [("h_debian_dists_bookworm".to_owned(), release("a")), ("h_debian_dists_bookworm-updates".to_owned(), release("b"))];
        let found = archive("h_debian_dists_bookworm-updates_updates_main_binary-amd64", &releases);
        assert_eq!(
            (found.name().as_deref(), found.component.as_str(), found.site.as_str()),
            (Some("b:bookworm-updates"), "updates/main", "h")
        );
        assert_eq!(archive("h_debian_dists_trixie_main_binary-amd64", &releases).release, Release::default());
    }

    #[test]
    fn only_package_lists_are_lists() {
        assert_eq!(parse_name("x_main_binary-amd64_Packages.lz4"), Some(("x_main_binary-amd64", Some(Packing::Lz4))));
        assert_eq!(parse_name("x_main_binary-amd64_Packages.zst"), Some(("x_main_binary-amd64", None)));
        for name in ["x_main_i18n_Translation-en", "x_main_source_Sources", "x_Packages.diff_Index", "lock"] {
            assert_eq!(parse_name(name), None, "{name}");
        }
    }

    #[test]
    fn a_list_past_its_limit_is_an_error_and_not_a_shorter_list() {
        let mut bytes = Vec::new();
        let at = Bounded { reader: &b"abc"[..], left: 3 }.read_to_end(&mut bytes);
        let past = Bounded { reader: &b"abcd"[..], left: 3 }.read_to_end(&mut bytes);
        assert_eq!((at.unwrap(), past.unwrap_err().kind()), (3, io::ErrorKind::FileTooLarge));
    }
}
