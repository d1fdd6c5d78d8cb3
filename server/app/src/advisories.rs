//! Advisories from files, without a store: what `purser scan` compares with.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use vulnerabilities::document::{DocumentError, Record, read_document};
use vulnerabilities::matcher::AdvisorySet;
use words::{Sentence, Speaks, sentence};

/// A file of advisories that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// It cannot be opened.
    #[error("{}", self.sentence())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// It is no document that can be read.
    #[error("{}", self.sentence())]
    Document {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: DocumentError,
    },
}

impl Speaks for LoadError {
    fn sentence(&self) -> Sentence {
        match self {
            Self::Io { path, .. } => sentence!("cannot read {path}", "nie można odczytać {path}", path = path.display()),
            Self::Document { path, .. } => sentence!("cannot use {path}", "nie można użyć {path}", path = path.display()),
        }
    }
}

impl LoadError {
    /// Whether the file is whole, but of a format that is not read, or empty.
    #[must_use]
    pub const fn is_other_format(&self) -> bool {
        matches!(self, Self::Document { source: DocumentError::NotRead { .. } | DocumentError::Empty, .. })
    }
}

/// What one file brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loaded {
    /// Advisories read.
    pub advisories: u64,
    /// Records refused, each for a reason of its own.
    pub refused: u64,
}

/// Adds the advisories of a document to a set. `read_bytes` is told after each step how many bytes have been read.
///
/// # Errors
/// The file cannot be opened, or is no document that can be read; the set may then hold some of its advisories.
pub fn load(path: &Path, set: &mut AdvisorySet, read_bytes: &mut dyn FnMut(u64)) -> Result<Loaded, LoadError> {
    let failed = |source| LoadError::Io { path: path.to_owned(), source };
    let file = File::open(path).map_err(failed)?;
    if !file.metadata().map_err(failed)?.is_file() {
        return Err(failed(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file")));
    }
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let mut input = Watched { file, read_bytes };
    let mut take = |record| {
        if let Record::Advisory(advisory) = record {
            set.insert(&advisory);
        }
        ControlFlow::Continue(())
    };
    let report = read_document(&name, &mut input, &mut take).map_err(|source| LoadError::Document { path: path.to_owned(), source })?;
    Ok(Loaded { advisories: report.advisories, refused: report.refused_total })
}

/// A file whose position is told.
struct Watched<'a> {
    file: File,
    read_bytes: &'a mut dyn FnMut(u64),
}

impl Read for Watched<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(buffer)?;
        (self.read_bytes)(self.file.stream_position()?);
        Ok(count)
    }
}

impl Seek for Watched<'_> {
    fn seek(&mut self, position: SeekFrom) -> io::Result<u64> {
        self.file.seek(position)
    }
}
