//! Files in.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Error, bail};

/// The first bytes of a zstd frame (RFC 8878, section 3.1.1).
const ZSTD_MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
/// Largest window that a file may ask memory for, as a power of two: 128 MiB, zstd's own limit.
const WINDOW_LOG_MAX: u32 = 27;

/// Opens a text file, unpacking it where it is packed with zstd.
pub(crate) fn open(path: &Path) -> Result<Box<dyn BufRead>, Error> {
    let cannot = || format!("cannot read {}", path.display());
    let file = File::open(path).with_context(cannot)?;
    if file.metadata().with_context(cannot)?.is_dir() {
        bail!("{} is a directory, not a file", path.display());
    }
    let mut plain = BufReader::new(file);
    if !plain.fill_buf().with_context(cannot)?.starts_with(&ZSTD_MAGIC) {
        return Ok(Box::new(plain));
    }
    let mut packed = zstd::Decoder::with_buffer(plain).with_context(cannot)?;
    packed.window_log_max(WINDOW_LOG_MAX).with_context(cannot)?;
    Ok(Box::new(BufReader::new(packed)))
}

/// The files that a path stands for: itself, or every file in the directory, sorted by name. Hidden ones are not taken.
pub(crate) fn files(path: &Path) -> Result<Vec<PathBuf>, Error> {
    let cannot = || format!("cannot read {}", path.display());
    if !fs::metadata(path).with_context(cannot)?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut found = Vec::new();
    for entry in fs::read_dir(path).with_context(cannot)? {
        let entry = entry.with_context(cannot)?;
        let is_hidden = entry.file_name().to_string_lossy().starts_with('.');
        if !is_hidden && fs::metadata(entry.path()).is_ok_and(|metadata| metadata.is_file()) {
            found.push(entry.path());
        }
    }
    if found.is_empty() {
        bail!("there are no files in {}", path.display());
    }
    found.sort();
    Ok(found)
}
