//! Where an export is read from: the folder that `purser export` has written, or the archive that was fetched; both alike.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read, Seek as _, SeekFrom, Take};
use std::path::{Path, PathBuf};

use seal::export_file::{
    ExportError, MANIFEST_BYTES_MAX, MANIFEST_FILE, MARK_CHARS, MARKS_SUFFIX, SIGNATURE_FILE, TableFile, TableVerifier,
};
use tar::EntryType;
use words::{Sentence, Speaks, sentence};

/// Longest line that is read, in bytes: a row with the largest content, and what stands around it.
pub const LINE_BYTES_MAX: u64 = 160 * 1024 * 1024;
/// Most files and folders that an archive may have.
pub const FILES_MAX: usize = 10_000;

/// Why an export cannot be read, or is not what was exported.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// A file cannot be read.
    #[error("{} cannot be read", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// There is no manifest: no export, or half a one.
    #[error("{} has no {MANIFEST_FILE}: it is no export, or one that was not finished", .0.display())]
    NoExport(PathBuf),
    /// The file is no archive, or none that an export is.
    #[error("{} is neither the folder nor the archive of an export: {why}", path.display())]
    NoArchive {
        /// The file.
        path: PathBuf,
        /// Why.
        why: NotAnArchive,
    },
    /// It is not what was exported.
    #[error(transparent)]
    Export(#[from] ExportError),
}

/// Why a file is not the archive of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotAnArchive {
    /// No tar, or half a one.
    NoTar,
    /// It holds something that is neither file nor folder: a link, or a name in a block of its own, which may be of any length.
    NoPlainFiles,
    /// A file's name is no text.
    NoName,
    /// A name stands twice.
    NameTwice,
    /// It has more than [`FILES_MAX`].
    TooMany,
}

impl Speaks for NotAnArchive {
    fn sentence(&self) -> Sentence {
        match self {
            Self::NoTar => {
                sentence!("it is no tar archive, or was cut off", "nie jest archiwum tar albo zostało ucięte")
            }
            Self::NoPlainFiles => sentence!(
                "it holds something else than files with short names, which are all that an export has",
                "zawiera coś innego niż pliki o krótkich nazwach, a eksport składa się tylko z takich"
            ),
            Self::NoName => sentence!("a file in it has no name", "plik w nim nie ma nazwy"),
            Self::NameTwice => sentence!("two files in it have one name", "dwa pliki w nim mają tę samą nazwę"),
            Self::TooMany => sentence!("it has more files than an export", "ma więcej plików niż eksport"),
        }
    }
}

impl fmt::Display for NotAnArchive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.sentence().fmt(f)
    }
}

/// An export, to be read.
#[derive(Clone, Debug)]
pub struct ExportSource {
    path: PathBuf,
    /// Of an archive: where each file lies in it, and how long it is.
    files: Option<BTreeMap<String, (u64, u64)>>,
}

impl ExportSource {
    /// The export at this path. Blocks; an archive is looked through once, without its content.
    ///
    /// # Errors
    /// [`SourceError::File`], [`SourceError::NoExport`], [`SourceError::NoArchive`].
    pub fn of(path: &Path) -> Result<Self, SourceError> {
        let is_folder = std::fs::metadata(path).map_err(|source| SourceError::File { path: path.to_owned(), source })?.is_dir();
        let files = if is_folder { None } else { Some(files_of(path)?) };
        let source = Self { path: path.to_owned(), files };
        if source.open(MANIFEST_FILE).is_ok() { Ok(source) } else { Err(SourceError::NoExport(path.to_owned())) }
    }

    /// The manifest's text and its signature.
    ///
    /// # Errors
    /// [`SourceError::File`]; [`ExportError::NotAManifest`] for what is longer than one.
    pub fn manifest(&self) -> Result<(String, String), SourceError> {
        Ok((self.small(MANIFEST_FILE)?, self.small(SIGNATURE_FILE)?))
    }

    fn small(&self, file: &str) -> Result<String, SourceError> {
        let mut text = String::new();
        let read = self.open(file).and_then(|content| content.take(MANIFEST_BYTES_MAX + 1).read_to_string(&mut text));
        read.map_err(|source| self.cannot(file, source))?;
        if text.len() as u64 > MANIFEST_BYTES_MAX { Err(ExportError::NotAManifest.into()) } else { Ok(text) }
    }

    /// Hands each line of a table over. It is verified whenever it is read: nobody may change the file between two readings.
    ///
    /// # Errors
    /// [`SourceError`], and what `each` answers.
    pub fn each_line<E: From<SourceError>>(&self, table: &TableFile, mut each: impl FnMut(u64, &[u8]) -> Result<(), E>) -> Result<(), E> {
        let cannot = |source| self.cannot(&table.file, source);
        let mut lines = BufReader::new(self.open(&table.file).map_err(cannot)?);
        // Without its marks a file is verified all the same; only the line is not known then.
        let mut marks = Marks(self.open(&format!("{}{MARKS_SUFFIX}", table.file)).ok().map(BufReader::new));
        let (mut verifier, mut line) = (TableVerifier::of(table), Vec::new());
        for number in 1.. {
            line.clear();
            if lines.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut line).map_err(cannot)? == 0 {
                break;
            }
            // A last line without its end is another line than the one that was exported.
            let content = line.strip_suffix(b"\n").unwrap_or(b"");
            verifier.take(content, marks.next().as_deref()).map_err(SourceError::from)?;
            each(number, content)?;
        }
        Ok(verifier.end().map_err(SourceError::from)?)
    }

    fn open(&self, file: &str) -> io::Result<Take<File>> {
        let Some(files) = &self.files else { return Ok(File::open(self.path.join(file))?.take(u64::MAX)) };
        let (at, length) = files.get(file).ok_or(io::ErrorKind::NotFound)?;
        let mut archive = File::open(&self.path)?;
        archive.seek(SeekFrom::Start(*at))?;
        Ok(archive.take(*length))
    }

    fn cannot(&self, file: &str, source: io::Error) -> SourceError {
        SourceError::File { path: self.path.join(file), source }
    }
}

/// Where the files of an archive lie, by their names without the folder that they are in.
fn files_of(path: &Path) -> Result<BTreeMap<String, (u64, u64)>, SourceError> {
    let cannot = |source: io::Error| SourceError::File { path: path.to_owned(), source };
    let refused = |why| SourceError::NoArchive { path: path.to_owned(), why };
    let mut archive = tar::Archive::new(File::open(path).map_err(cannot)?);
    let mut files = BTreeMap::new();
    // Each block as it stands: a name in blocks of its own would be read into memory whole, however long it says that it is.
    for (number, entry) in archive.entries_with_seek().map_err(cannot)?.raw(true).enumerate() {
        let entry = entry.map_err(|_| refused(NotAnArchive::NoTar))?;
        if number >= FILES_MAX {
            return Err(refused(NotAnArchive::TooMany));
        }
        match entry.header().entry_type() {
            EntryType::Regular => {}
            // Whoever packs an unpacked one again has its folder in it.
            EntryType::Directory => continue,
            _ => return Err(refused(NotAnArchive::NoPlainFiles)),
        }
        let name = entry.header().path().ok().and_then(|path| path.file_name()?.to_str().map(str::to_owned));
        let name = name.ok_or_else(|| refused(NotAnArchive::NoName))?;
        if files.insert(name, (entry.raw_file_position(), entry.size())).is_some() {
            return Err(refused(NotAnArchive::NameTwice));
        }
    }
    Ok(files)
}

/// Marks, one by one; a line that is longer than a mark is none, and neither is any behind it.
struct Marks<R>(Option<BufReader<R>>);

impl<R: Read> Marks<R> {
    fn next(&mut self) -> Option<String> {
        let mut line = Vec::new();
        // As long as a mark and the line's end, whatever the file holds.
        let read = self.0.as_mut()?.take(MARK_CHARS as u64 + 1).read_until(b'\n', &mut line);
        let mark = read.ok().filter(|_| line.pop() == Some(b'\n')).and_then(|_| String::from_utf8(line).ok());
        if mark.is_none() {
            self.0 = None;
        }
        mark
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    /// Counts what is read of it.
    struct Counted<'a, R>(R, &'a Cell<u64>);

    impl<R: Read> Read for Counted<'_, R> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.0.read(buffer).inspect(|bytes| self.1.set(self.1.get() + *bytes as u64))
        }
    }

    #[test]
    fn a_line_that_is_longer_than_a_mark_is_no_mark_and_is_not_read_to_its_end() {
        let mark = "0123456789abcdef";
        assert_eq!(mark.len(), MARK_CHARS);
        let (two, long) = (format!("{mark}\n{mark}\n"), format!("{mark}0\n{mark}\n"));
        let mut two = Marks(Some(BufReader::new(two.as_bytes())));
        assert_eq!([two.next(), two.next(), two.next()], [Some(mark.to_owned()), Some(mark.to_owned()), None]);
        let mut long = Marks(Some(BufReader::new(long.as_bytes())));
        assert_eq!([long.next(), long.next()], [None, None]);
        let read = Cell::new(0);
        let mut endless = Marks(Some(BufReader::with_capacity(1, Counted(io::repeat(b'0').take(1 << 20), &read))));
        assert_eq!(endless.next(), None);
        assert_eq!(read.get(), MARK_CHARS as u64 + 1, "of a mebibyte without an end");
    }

    #[test]
    fn what_is_no_export_is_refused_in_words() {
        let folder = tempfile::tempdir().expect("a folder");
        let refused = |path: &Path| ExportSource::of(path).expect_err("refused").to_string();
        assert!(refused(folder.path()).contains("not finished"));
        assert!(refused(&folder.path().join("absent")).contains("cannot be read"));
        let text = folder.path().join("letter.txt");
        std::fs::write(&text, "Dear reader, ".repeat(100)).expect("written");
        assert!(refused(&text).contains("no tar archive"), "{}", refused(&text));
        let twice = folder.path().join("twice.tar");
        let mut archive = tar::Builder::new(File::create(&twice).expect("made"));
        for inside in ["a/manifest.json", "b/manifest.json"] {
            let mut header = tar::Header::new_gnu();
            header.set_size(2);
            archive.append_data(&mut header, inside, b"{}".as_slice()).expect("appended");
        }
        archive.finish().expect("finished");
        assert!(refused(&twice).contains("one name"));
    }

    /// An archive of so many empty files.
    fn archive_of(path: &Path, files: usize, other: Option<(EntryType, u64)>) {
        let mut archive = tar::Builder::new(File::create(path).expect("made"));
        for number in 0..files {
            let mut header = tar::Header::new_gnu();
            header.set_size(0);
            archive.append_data(&mut header, format!("export/{number}"), io::empty()).expect("appended");
        }
        if let Some((kind, size)) = other {
            let mut header = tar::Header::new_gnu();
            header.set_entry_type(kind);
            header.set_size(size);
            header.set_cksum();
            archive.append(&header, io::repeat(b'a').take(size)).expect("appended");
        }
        archive.finish().expect("finished");
    }

    #[test]
    fn an_archive_has_so_many_files_and_nothing_that_must_be_read_to_know_its_name() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("export.tar");
        let refused = |files, other| {
            archive_of(&path, files, other);
            match files_of(&path) {
                Err(SourceError::NoArchive { why, .. }) => Some(why),
                read => read.map(|_| None).expect("it can be read"),
            }
        };
        assert_eq!(refused(FILES_MAX, None), None);
        assert_eq!(refused(FILES_MAX + 1, None), Some(NotAnArchive::TooMany));
        assert_eq!(refused(FILES_MAX - 1, Some((EntryType::Directory, 0))), None);
        assert_eq!(refused(FILES_MAX, Some((EntryType::Directory, 0))), Some(NotAnArchive::TooMany), "a folder counts");
        for kind in [EntryType::GNULongName, EntryType::XHeader, EntryType::XGlobalHeader, EntryType::GNUSparse, EntryType::Symlink] {
            assert_eq!(refused(1, Some((kind, 4_096))), Some(NotAnArchive::NoPlainFiles), "{kind:?}");
        }
    }
}
