//! Files in.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use anyhow::Error;
use words::{Sentence, sentence};

use crate::speech::{Saying as _, failed};

/// The first bytes of a zstd frame (RFC 8878, section 3.1.1).
const ZSTD_MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
/// Largest window that a file may ask memory for, as a power of two: 128 MiB, zstd's own limit.
const WINDOW_LOG_MAX: u32 = 27;

/// Opens a text file, unpacking it where it is packed with zstd.
pub(crate) fn open(path: &Path) -> Result<Box<dyn BufRead>, Error> {
    let cannot = || cannot_read(path);
    let file = File::open(path).saying(cannot)?;
    if file.metadata().saying(cannot)?.is_dir() {
        return Err(failed(sentence!("{path} is a directory, not a file", "{path} to katalog, a nie plik", path = path.display())));
    }
    let mut plain = BufReader::new(file);
    if !plain.fill_buf().saying(cannot)?.starts_with(&ZSTD_MAGIC) {
        return Ok(Box::new(plain));
    }
    let mut packed = zstd::Decoder::with_buffer(plain).saying(cannot)?;
    packed.window_log_max(WINDOW_LOG_MAX).saying(cannot)?;
    Ok(Box::new(BufReader::new(packed)))
}

/// The files that a path stands for: itself, or every file in the directory, sorted by name. Hidden ones are not taken.
pub(crate) fn files(path: &Path) -> Result<Vec<PathBuf>, Error> {
    let cannot = || cannot_read(path);
    if !fs::metadata(path).saying(cannot)?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut found = Vec::new();
    for entry in fs::read_dir(path).saying(cannot)? {
        let entry = entry.saying(cannot)?;
        let is_hidden = entry.file_name().to_string_lossy().starts_with('.');
        if !is_hidden && fs::metadata(entry.path()).is_ok_and(|metadata| metadata.is_file()) {
            found.push(entry.path());
        }
    }
    if found.is_empty() {
        return Err(failed(sentence!("there are no files in {path}", "w {path} nie ma plików", path = path.display())));
    }
    found.sort();
    Ok(found)
}

/// A file that cannot be read.
pub(crate) fn cannot_read(path: &Path) -> Sentence {
    sentence!("cannot read {path}", "nie można odczytać {path}", path = path.display())
}
