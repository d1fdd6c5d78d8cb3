//! Finds out what a document is, and walks through archives. Nothing is ever written to disk, so an entry's name is only
//! a name.

use std::io::{BufReader, Cursor, Read, Seek, SeekFrom};

use zip::ZipReadOptions;
use zip::read::Config;
// Not yet under the crate's promise to stay as it is; no other reader tells how many entries there are before it has read them.
use zip::unstable::read::ZipIterable;

use super::layers::{self, Budget, Peeked};
use super::{DocumentError, ENTRIES_MAX, PACKED_ZIP_BYTES_MAX, ReadSeek, Reading, recognise, text};

const ZIP_MAGIC: [&[u8]; 2] = [b"PK\x03\x04", b"PK\x05\x06"];
const TAR_MAGIC: &[u8] = b"ustar";
const TAR_MAGIC_AT: usize = 257;
/// Enough to see what a text is, past a licence comment; and tar's mark.
const PEEK_BYTES: usize = 4_096;

pub(super) fn read(name: &str, input: &mut dyn ReadSeek, budget: &Budget, reading: &mut Reading<'_>) -> Result<(), DocumentError> {
    let (layers, peeked) = layers::unpack(Box::new(BufReader::new(&mut *input)), PEEK_BYTES, budget)?;
    if ZIP_MAGIC.iter().any(|magic| peeked.head.starts_with(magic)) {
        if layers == 0 {
            drop(peeked);
            input.seek(SeekFrom::Start(0)).map_err(DocumentError::Io)?;
            return read_zip(input, budget, reading);
        }
        let mut bytes = Vec::new();
        let limit = PACKED_ZIP_BYTES_MAX;
        peeked.into_reader().take(limit + 1).read_to_end(&mut bytes).map_err(|error| layers::fault(error, None))?;
        if bytes.len() as u64 > limit {
            return Err(DocumentError::TooLarge { limit });
        }
        return read_zip(&mut Cursor::new(bytes), budget, reading);
    }
    if peeked.head.get(TAR_MAGIC_AT..).is_some_and(|rest| rest.starts_with(TAR_MAGIC)) {
        return read_tar(peeked, layers, budget, reading);
    }
    if let Some(what) = recognise::foreign(&peeked.head) {
        return Err(DocumentError::NotRead { what });
    }
    let reader = peeked.into_reader();
    // What a packing gave is already counted.
    let reader = if layers == 0 { budget.count(reader) } else { reader };
    text::read(without_packing(name), reader, PEEK_BYTES, reading)
}

fn without_packing(name: &str) -> &str {
    [".zst", ".gz"].iter().fold(name, |name, packing| name.strip_suffix(packing).unwrap_or(name))
}

/// An archive's directory is read one entry at a time, and its declared length before any of them: a directory of millions
/// of empty entries must not fill the memory before it is refused.
fn read_zip<R: Read + Seek>(input: R, budget: &Budget, reading: &mut Reading<'_>) -> Result<(), DocumentError> {
    let damaged = |entry: Option<String>| move |error| DocumentError::Damaged { entry, source: std::io::Error::other(error) };
    let mut archive = ZipIterable::try_new(BufReader::new(input), Config::default()).map_err(damaged(None))?;
    if archive.len() as u64 > ENTRIES_MAX {
        return Err(DocumentError::TooManyEntries);
    }
    let entries = archive.files().map_err(damaged(None))?;
    let mut number = 0_u64;
    while let Some(entry) = entries.next() {
        number += 1;
        let place = || Some(format!("entry {number}"));
        let entry = entry.map_err(damaged(place()))?;
        if entry.is_file() {
            let name = entry.name().map_err(damaged(place()))?.into_owned();
            let content = entry.with_reader(entries.reader_mut(), ZipReadOptions::new()).map_err(damaged(place()))?;
            read_entry(&name, budget.count(content), reading)?;
        }
    }
    Ok(())
}

fn read_tar(peeked: Peeked<'_>, layers: usize, budget: &Budget, reading: &mut Reading<'_>) -> Result<(), DocumentError> {
    let reader = peeked.into_reader();
    let reader = if layers == 0 { budget.count(reader) } else { reader };
    let mut archive = tar::Archive::new(BufReader::new(reader));
    let entries = archive.entries().map_err(|error| layers::fault(error, None))?;
    for (at, entry) in entries.enumerate() {
        if at as u64 >= ENTRIES_MAX {
            return Err(DocumentError::TooManyEntries);
        }
        let entry = entry.map_err(|error| layers::fault(error, None))?;
        if entry.header().entry_type().is_file() {
            let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
            read_entry(&name, Box::new(entry), reading)?;
        }
    }
    Ok(())
}

fn read_entry(name: &str, reader: Box<dyn Read + '_>, reading: &mut Reading<'_>) -> Result<(), DocumentError> {
    let file_name = name.rsplit('/').next().unwrap_or(name);
    let may_hold_records = [".json", ".jsonl", ".yaml", ".yml", ".csv"].iter().any(|end| file_name.ends_with(end));
    if !may_hold_records || file_name.starts_with('.') {
        reading.report.entries_skipped += 1;
        return Ok(());
    }
    reading.entry = Some(super::excerpt(name));
    let read = text::read(name, reader, PEEK_BYTES, reading);
    reading.entry = None;
    read
}
