//! Files that go for good: their bytes are written over before their names go.
//!
//! The second line behind a destroyed key. A file system that writes elsewhere (copy-on-write, a flash disk's own mapping) keeps the
//! old blocks until it needs them; nothing that runs above it can help that.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

/// Zeros written at a time, in bytes.
const STEP_BYTES: usize = 1024 * 1024;

/// Writes zeros over a file, flushes them, and removes it; whether there was one. Its folder is flushed by who calls.
pub(crate) fn wipe(path: &Path) -> io::Result<bool> {
    // A link is removed, never followed: what it points to is not ours.
    let facts = match fs::symlink_metadata(path) {
        Ok(facts) => facts,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    if facts.is_file() {
        overwrite(path, facts.len())?;
    }
    fs::remove_file(path)?;
    Ok(true)
}

fn overwrite(path: &Path, length: u64) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).open(path)?;
    let zeros = vec![0; STEP_BYTES];
    let mut left = usize::try_from(length).unwrap_or(usize::MAX);
    while left > 0 {
        let step = left.min(STEP_BYTES);
        file.write_all(&zeros[..step])?;
        left -= step;
    }
    file.sync_all()
}

/// Wipes every file of a folder, then removes it, all of it durable: how many files there were; none where there is no folder. What is
/// left of a folder that another program writes to at this moment is an error, and may be tried again.
///
/// # Errors
/// The file system's; what is gone by then stays gone.
pub fn wipe_folder(folder: &Path) -> io::Result<u64> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        Err(error) => return Err(error),
    };
    let mut wiped = 0;
    for entry in entries {
        wiped += u64::from(wipe(&entry?.path())?);
    }
    match fs::remove_dir(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    folder.parent().map_or(Ok(()), sync_folder).map(|()| wiped)
}

/// Makes removals in a folder durable.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    match File::open(folder) {
        Ok(folder) => folder.sync_all(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wiped_file_is_gone_and_another_name_of_it_holds_zeros() {
        let folder = tempfile::tempdir().expect("a folder");
        let (path, other) = (folder.path().join("file"), folder.path().join("other"));
        fs::write(&path, vec![7; STEP_BYTES + 3]).expect("written");
        fs::hard_link(&path, &other).expect("linked");
        assert!(wipe(&path).expect("wiped"));
        assert!(!path.exists());
        assert_eq!(fs::read(&other).expect("read"), vec![0; STEP_BYTES + 3]);
        assert!(!wipe(&path).expect("nothing to wipe"));
    }

    #[test]
    fn a_wiped_folder_is_gone_with_every_file_and_one_that_is_not_there_is_fine() {
        let folder = tempfile::tempdir().expect("a folder");
        let inner = folder.path().join("inner");
        fs::create_dir(&inner).expect("made");
        fs::write(inner.join("one"), b"1").expect("written");
        fs::write(inner.join("two"), b"2").expect("written");
        assert_eq!(wipe_folder(&inner).expect("wiped"), 2);
        assert!(!inner.exists());
        assert_eq!(wipe_folder(&inner).expect("nothing to wipe"), 0);
    }

    #[test]
    fn a_link_goes_and_what_it_points_to_stays() {
        let folder = tempfile::tempdir().expect("a folder");
        let (path, target) = (folder.path().join("link"), folder.path().join("target"));
        fs::write(&target, b"not ours").expect("written");
        std::os::unix::fs::symlink(&target, &path).expect("linked");
        assert!(wipe(&path).expect("wiped"));
        assert_eq!(fs::read(&target).expect("read"), b"not ours");
    }
}
