//! The folder of an export that waits to be fetched: every file of it is sealed, in pieces, under the export's own key.
//!
//! ```text
//! file = piece …  last piece        a piece is 64 KiB of content, the last one less, and may be empty
//! piece = nonce ‖ ciphertext ‖ tag  XAES-256-GCM; bound to export, file, place in the file, and whether it is the last
//! ```
//!
//! So a piece that is changed, moved, left out or taken from another file does not open, and a file that was cut off has no last piece.
//! Nothing of the content is ever on a disk in clear. What shows: the names of the files, which are those of tables, and their sizes.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use kernel::{ExportId, Rng};
use seal::xaes::{self, OVERHEAD_BYTES};
use zeroize::Zeroizing;

use super::folder::{FILE_MODE, FOLDER_MODE};
use crate::archives::Limits;

/// Content of a piece, in bytes.
const PIECE_BYTES: usize = 64 * 1024;
/// A whole piece as it is stored, in bytes.
const SEALED_PIECE_BYTES: usize = PIECE_BYTES + OVERHEAD_BYTES;
const CONTEXT: &[u8] = b"purser sealed export v1";

/// The folder. Cloning shares it.
#[derive(Clone)]
pub(crate) struct SealedFolder(Arc<Inner>);

struct Inner {
    path: PathBuf,
    export: ExportId,
    key: xaes::Key,
    rng: Rng,
    /// Bytes that may still be stored.
    room: AtomicU64,
    limits: Limits,
}

/// The folder has more than it may hold.
#[derive(Debug, thiserror::Error)]
#[error("the export has more bytes than are stored of one")]
pub(crate) struct TooLarge;

/// The disk has no more room for it.
#[derive(Debug, thiserror::Error)]
#[error("the disk has too little room for the export: {free_bytes} bytes are free, and {free_bytes_min} are to stay so")]
pub(crate) struct NoRoom {
    free_bytes: u64,
    free_bytes_min: u64,
}

impl SealedFolder {
    /// The folder of an export, to be made or to be read.
    pub(crate) fn new(path: PathBuf, export: ExportId, key: xaes::Key, rng: Rng, limits: Limits) -> Self {
        Self(Arc::new(Inner { path, export, key, rng, room: AtomicU64::new(limits.bytes_max), limits }))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0.path
    }

    /// Makes it; one that is there already is never written into.
    pub(crate) fn make(&self) -> io::Result<()> {
        if let Some(parent) = self.0.path.parent() {
            DirBuilder::new().recursive(true).mode(FOLDER_MODE).create(parent)?;
        }
        DirBuilder::new().mode(FOLDER_MODE).create(&self.0.path)
    }

    /// Begins a file.
    pub(crate) fn create(&self, file: &str) -> io::Result<SealedWriter> {
        let out = OpenOptions::new().write(true).create_new(true).mode(FILE_MODE).open(self.0.path.join(file))?;
        let content = Zeroizing::new(Vec::with_capacity(PIECE_BYTES));
        Ok(SealedWriter { folder: self.clone(), name: file.to_owned(), out, content, pieces: 0 })
    }

    /// Reads a file.
    pub(crate) fn open(&self, file: &str) -> io::Result<SealedReader> {
        let stored = File::open(self.0.path.join(file))?;
        let length = content_bytes(stored.metadata()?.len());
        let content = Zeroizing::new(Vec::new());
        Ok(SealedReader { folder: self.clone(), name: file.to_owned(), stored, content, taken: 0, pieces: 0, is_over: false, length })
    }

    fn associated_data(&self, file: &str, piece: u64, is_last: bool) -> Vec<u8> {
        [CONTEXT, &self.0.export.number().to_be_bytes(), &piece.to_be_bytes(), &[u8::from(is_last)], file.as_bytes()].concat()
    }
}

impl Inner {
    /// Whether the disk has room for so many bytes more.
    fn has_room(&self, length: u64) -> io::Result<()> {
        let (free_bytes, free_bytes_min) = ((self.limits.free_bytes)(&self.path)?, self.limits.free_bytes_min);
        let is_enough = free_bytes.checked_sub(length).is_some_and(|left| left >= free_bytes_min);
        if is_enough { Ok(()) } else { Err(io::Error::new(io::ErrorKind::StorageFull, NoRoom { free_bytes, free_bytes_min })) }
    }
}

/// How much content a file of this length has; of one that was cut off, anything.
const fn content_bytes(stored: u64) -> u64 {
    let (piece, overhead) = (SEALED_PIECE_BYTES as u64, OVERHEAD_BYTES as u64);
    (stored / piece) * PIECE_BYTES as u64 + (stored % piece).saturating_sub(overhead)
}

/// A file that is being written.
pub(crate) struct SealedWriter {
    folder: SealedFolder,
    name: String,
    out: File,
    content: Zeroizing<Vec<u8>>,
    pieces: u64,
}

impl SealedWriter {
    /// The last piece; what the file holds is durable.
    pub(crate) fn end(mut self) -> io::Result<()> {
        self.piece(true)?;
        self.out.sync_all()
    }

    fn piece(&mut self, is_last: bool) -> io::Result<()> {
        let inner = &self.folder.0;
        let bound = self.folder.associated_data(&self.name, self.pieces, is_last);
        let sealed = xaes::seal(&inner.key, inner.rng.bytes(), &bound, &self.content);
        let length = sealed.len() as u64;
        let take = |room: u64| room.checked_sub(length);
        inner
            .room
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, take)
            .map_err(|_| io::Error::new(io::ErrorKind::FileTooLarge, TooLarge))?;
        inner.has_room(length)?;
        self.out.write_all(&sealed)?;
        self.content.clear();
        self.pieces += 1;
        Ok(())
    }
}

impl Write for SealedWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(PIECE_BYTES - self.content.len());
        self.content.extend_from_slice(bytes.split_at(taken).0);
        if self.content.len() == PIECE_BYTES {
            self.piece(false)?;
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A file that is being read.
pub(crate) struct SealedReader {
    folder: SealedFolder,
    name: String,
    stored: File,
    content: Zeroizing<Vec<u8>>,
    /// How much of the content at hand was read.
    taken: usize,
    pieces: u64,
    is_over: bool,
    length: u64,
}

impl SealedReader {
    /// How much content the file has, in bytes.
    pub(crate) const fn length(&self) -> u64 {
        self.length
    }

    fn next_piece(&mut self) -> io::Result<()> {
        let mut sealed = Vec::with_capacity(SEALED_PIECE_BYTES);
        (&self.stored).take(SEALED_PIECE_BYTES as u64).read_to_end(&mut sealed)?;
        let is_last = sealed.len() < SEALED_PIECE_BYTES;
        let bound = self.folder.associated_data(&self.name, self.pieces, is_last);
        let altered = |_| io::Error::new(io::ErrorKind::InvalidData, "a piece of a sealed export does not open: it was altered or cut off");
        self.content = xaes::open(&self.folder.0.key, &bound, &sealed).map_err(altered)?;
        (self.taken, self.is_over) = (0, is_last);
        self.pieces += 1;
        Ok(())
    }
}

impl Read for SealedReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.taken == self.content.len() {
            if self.is_over {
                return Ok(0);
            }
            self.next_piece()?;
        }
        let length = self.content.split_at(self.taken).1.read(buffer)?;
        self.taken += length;
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(path: &Path, bytes_max: u64) -> SealedFolder {
        limited(path, Limits { bytes_max, free_bytes_min: 0, free_bytes: Arc::new(|_| Ok(u64::MAX)) })
    }

    fn limited(path: &Path, limits: Limits) -> SealedFolder {
        SealedFolder::new(path.join("export"), ExportId::from_random(2), xaes::Key::from_bytes([7; 32]), Rng::seeded(1), limits)
    }

    fn content(length: usize) -> Vec<u8> {
        (0..length).map(|at| (at % 251) as u8).collect()
    }

    fn written(folder: &SealedFolder, file: &str, content: &[u8]) {
        let mut out = folder.create(file).expect("begun");
        out.write_all(content).expect("written");
        out.end().expect("ended");
    }

    fn read(folder: &SealedFolder, file: &str) -> io::Result<Vec<u8>> {
        let mut content = Vec::new();
        folder.open(file)?.read_to_end(&mut content).map(|_| content)
    }

    #[test]
    fn what_is_written_is_read_and_its_length_is_known_before() {
        let scratch = tempfile::tempdir().expect("a folder");
        let folder = folder(scratch.path(), u64::MAX);
        folder.make().expect("made");
        for length in [0, 1, PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 1, 3 * PIECE_BYTES + 5] {
            let (file, content) = (format!("{length}.jsonl"), content(length));
            written(&folder, &file, &content);
            assert_eq!(folder.open(&file).expect("there").length(), length as u64);
            assert_eq!(read(&folder, &file).expect("it opens"), content, "{length}");
            let stored = std::fs::read(folder.path().join(&file)).expect("stored");
            assert!(length < 64 || !stored.windows(32).any(|some| some == &content[..32]), "nothing of it is in clear");
        }
    }

    #[test]
    fn a_piece_that_is_changed_moved_cut_off_or_of_another_file_does_not_open() {
        let scratch = tempfile::tempdir().expect("a folder");
        let folder = folder(scratch.path(), u64::MAX);
        folder.make().expect("made");
        written(&folder, "a.jsonl", &content(2 * PIECE_BYTES + 9));
        let path = folder.path().join("a.jsonl");
        let stored = std::fs::read(&path).expect("stored");
        let broken = |bytes: &[u8]| {
            std::fs::write(&path, bytes).expect("changed");
            read(&folder, "a.jsonl").is_err()
        };
        let mut flipped = stored.clone();
        flipped[SEALED_PIECE_BYTES + 100] ^= 1;
        assert!(broken(&flipped));
        let (first, rest) = stored.split_at(SEALED_PIECE_BYTES);
        let (second, last) = rest.split_at(SEALED_PIECE_BYTES);
        assert!(broken(&[second, first, last].concat()), "moved");
        assert!(broken(&[first, last].concat()), "one left out");
        assert!(broken(&[first, second].concat()), "the last one cut off");
        assert!(broken(&stored[..stored.len() - 1]));
        std::fs::write(folder.path().join("b.jsonl"), &stored).expect("copied");
        assert!(read(&folder, "b.jsonl").is_err(), "another file's");
        assert!(!broken(&stored), "the control");
    }

    #[test]
    fn a_folder_takes_what_it_may_hold_and_no_byte_more() {
        let scratch = tempfile::tempdir().expect("a folder");
        let tight = folder(scratch.path(), 10 + OVERHEAD_BYTES as u64);
        tight.make().expect("made");
        written(&tight, "fits.jsonl", &content(10));
        let mut out = tight.create("more.jsonl").expect("begun");
        out.write_all(b"").expect("nothing yet");
        assert_eq!(out.end().map_err(|error| error.kind()), Err(io::ErrorKind::FileTooLarge));
    }

    #[test]
    fn a_folder_leaves_so_many_bytes_of_the_disk_free_and_no_byte_less() {
        let scratch = tempfile::tempdir().expect("a folder");
        let needed = 10 + OVERHEAD_BYTES as u64;
        let on_a_disk_with = |free: u64| {
            let limits = Limits { bytes_max: u64::MAX, free_bytes_min: 1_000, free_bytes: Arc::new(move |_| Ok(free)) };
            let folder = limited(&scratch.path().join(free.to_string()), limits);
            folder.make().expect("made");
            let mut out = folder.create("file.jsonl").expect("begun");
            out.write_all(&content(10)).expect("not written yet");
            out.end().map_err(|error| error.kind())
        };
        assert_eq!(on_a_disk_with(1_000 + needed), Ok(()));
        assert_eq!(on_a_disk_with(1_000 + needed - 1), Err(io::ErrorKind::StorageFull));
        assert_eq!(on_a_disk_with(0), Err(io::ErrorKind::StorageFull));
    }
}
