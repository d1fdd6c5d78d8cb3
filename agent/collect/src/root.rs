//! The directory that is looked at: `/` on a live host, or an unpacked image.
//!
//! An image is foreign data, and its links may point anywhere. So every path below a root that is not `/` is opened
//! with `RESOLVE_IN_ROOT` (Linux 5.6): an absolute link or `..` ends inside the image and never shows a file of the
//! host that scans it.

use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::{Dir, Mode, OFlags, ResolveFlags};
use wire::Timestamp;

/// Largest small file (a sysfs attribute, `os-release`, `meminfo`) that is read whole, in bytes.
pub const SMALL_FILE_BYTES_MAX: u64 = 64 * 1024;
/// Most names that are taken from one directory.
pub const DIRECTORY_ENTRIES_MAX: usize = 200_000;

/// The directory that is looked at.
#[derive(Debug)]
pub struct Root {
    directory: OwnedFd,
    resolve: ResolveFlags,
    path: std::path::PathBuf,
}

impl Root {
    /// Opens a root: `/` for this host.
    ///
    /// # Errors
    /// Where `path` is no directory that may be opened.
    pub fn open(path: &Path) -> io::Result<Self> {
        let directory = rustix::fs::open(path, OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
        let path = path.canonicalize()?;
        let resolve = if path == Path::new("/") { ResolveFlags::empty() } else { ResolveFlags::IN_ROOT };
        Ok(Self { directory, resolve, path })
    }

    /// Whether this is the running host, so that the kernel may be asked as well as its files.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.resolve.is_empty()
    }

    /// The directory's path, for tools that take one.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn open_with(&self, path: &str, flags: OFlags) -> io::Result<OwnedFd> {
        let relative = path.trim_start_matches('/');
        let flags = flags | OFlags::CLOEXEC;
        if self.is_live() {
            return Ok(rustix::fs::openat(&self.directory, relative, flags, Mode::empty())?);
        }
        Ok(rustix::fs::openat2(&self.directory, relative, flags, Mode::empty(), self.resolve)?)
    }

    /// Opens a regular file for reading.
    ///
    /// # Errors
    /// As the operating system says; anything but a regular file is `InvalidInput`.
    pub fn file(&self, path: &str) -> io::Result<File> {
        // Without NONBLOCK a named pipe in an image would hold the scan for ever.
        let file = File::from(self.open_with(path, OFlags::RDONLY | OFlags::NONBLOCK)?);
        if !file.metadata()?.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
        }
        Ok(file)
    }

    /// Reads a small file as text, white space at both ends removed.
    ///
    /// # Errors
    /// As [`Root::file`]; a file past [`SMALL_FILE_BYTES_MAX`] is `FileTooLarge`.
    pub fn text(&self, path: &str) -> io::Result<String> {
        let mut bytes = Vec::new();
        self.file(path)?.take(SMALL_FILE_BYTES_MAX + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > SMALL_FILE_BYTES_MAX {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        Ok(String::from_utf8_lossy(&bytes).trim_matches(|c: char| c.is_whitespace() || c == '\0').to_owned())
    }

    /// Reads the first [`SMALL_FILE_BYTES_MAX`] of a file as text, for those that repeat themselves.
    ///
    /// # Errors
    /// As [`Root::file`].
    pub fn text_start(&self, path: &str) -> io::Result<String> {
        let mut bytes = Vec::new();
        self.file(path)?.take(SMALL_FILE_BYTES_MAX).read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// What the file system knows of a path, links followed.
    ///
    /// # Errors
    /// As the operating system says.
    pub fn metadata(&self, path: &str) -> io::Result<Metadata> {
        File::from(self.open_with(path, OFlags::PATH)?).metadata()
    }

    /// When a file was last written, in whole seconds: finer parts do not survive the copying of images.
    ///
    /// # Errors
    /// As the operating system says.
    pub fn modified_at(&self, path: &str) -> io::Result<Timestamp> {
        use std::os::unix::fs::MetadataExt as _;
        Ok(Timestamp::from_seconds(self.metadata(path)?.mtime()))
    }

    /// Whether something is there.
    #[must_use]
    pub fn exists(&self, path: &str) -> bool {
        self.open_with(path, OFlags::PATH).is_ok()
    }

    /// The names in a directory, sorted; at most [`DIRECTORY_ENTRIES_MAX`].
    ///
    /// # Errors
    /// As the operating system says.
    pub fn names(&self, path: &str) -> io::Result<Vec<String>> {
        let directory = self.open_with(path, OFlags::RDONLY | OFlags::DIRECTORY)?;
        let mut names = Vec::new();
        for entry in Dir::read_from(&directory)? {
            let name = String::from_utf8_lossy(entry?.file_name().to_bytes()).into_owned();
            if name != "." && name != ".." {
                names.push(name);
            }
            if names.len() > DIRECTORY_ENTRIES_MAX {
                return Err(io::ErrorKind::FileTooLarge.into());
            }
        }
        names.sort_unstable();
        Ok(names)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn a_link_of_an_image_never_leaves_it() {
        let image = tempfile::tempdir().unwrap();
        std::fs::create_dir(image.path().join("etc")).unwrap();
        symlink("/etc/passwd", image.path().join("etc/absolute")).unwrap();
        symlink("../../../../../../../etc/passwd", image.path().join("etc/relative")).unwrap();
        let root = Root::open(image.path()).unwrap();
        for path in ["/etc/absolute", "etc/relative"] {
            assert_eq!(root.file(path).unwrap_err().kind(), io::ErrorKind::NotFound, "{path}");
        }
        std::fs::write(image.path().join("etc/passwd"), "inside\n").unwrap();
        assert_eq!(root.text("/etc/absolute").unwrap(), "inside");
    }

    #[test]
    fn a_named_pipe_is_refused_and_does_not_hold_the_scan() {
        let image = tempfile::tempdir().unwrap();
        rustix::fs::mkfifoat(rustix::fs::CWD, image.path().join("pipe"), Mode::RWXU).unwrap();
        let error = Root::open(image.path()).unwrap().file("pipe").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
    }

    #[test]
    fn a_small_file_is_read_up_to_its_limit_and_refused_one_byte_beyond() {
        let image = tempfile::tempdir().unwrap();
        let limit = usize::try_from(SMALL_FILE_BYTES_MAX).unwrap();
        std::fs::write(image.path().join("at"), "x".repeat(limit)).unwrap();
        std::fs::write(image.path().join("past"), "x".repeat(limit + 1)).unwrap();
        let root = Root::open(image.path()).unwrap();
        assert_eq!(root.text("at").unwrap().len(), limit);
        assert_eq!(root.text("past").unwrap_err().kind(), io::ErrorKind::FileTooLarge);
    }
}
