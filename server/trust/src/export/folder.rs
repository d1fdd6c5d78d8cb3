//! The folder that an export is written to. Its manifest comes last and at once, so that a folder without one is known to
//! be half an export.
//!
//! Two kinds: one in clear, for whoever asks on the host and reads it there, and one that is sealed, which waits to be fetched.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use seal::export_file::{MANIFEST_FILE, MARKS_SUFFIX, SIGNATURE_FILE, mark};
use seal::hash::Sha256;
use seal::hex;

use super::sealed::{SealedFolder, SealedWriter};

/// For its owner alone: what lies in it was sealed before.
pub(super) const FOLDER_MODE: u32 = 0o700;
pub(super) const FILE_MODE: u32 = 0o600;

/// A folder that an export is being written to.
#[derive(Clone)]
pub(super) enum Folder {
    /// In clear.
    Clear(PathBuf),
    /// Sealed.
    Sealed(SealedFolder),
}

impl Folder {
    /// Makes one in clear; one that is there already is never written into.
    pub(super) fn make(path: &Path) -> io::Result<Self> {
        DirBuilder::new().mode(FOLDER_MODE).create(path)?;
        Ok(Self::Clear(path.to_owned()))
    }

    /// Makes a sealed one.
    pub(super) fn make_sealed(sealed: SealedFolder) -> io::Result<Self> {
        sealed.make()?;
        Ok(Self::Sealed(sealed))
    }

    /// Begins a table's file.
    pub(super) fn table(&self, file: &str) -> io::Result<TableWriter> {
        let (lines, marks) = (self.create(file)?, self.create(&format!("{file}{MARKS_SUFFIX}"))?);
        Ok(TableWriter { lines, marks, hash: Sha256::new(), rows: 0, erased: 0, altered: 0 })
    }

    /// Writes the signature, then the manifest under another name, and gives it its own: from then on the export is whole.
    pub(super) fn finish(&self, manifest: &[u8], signature: &str) -> io::Result<()> {
        self.write(SIGNATURE_FILE, signature.as_bytes())?;
        let path = match self {
            Self::Clear(path) => path.as_path(),
            // Whether it is whole is noted with it, and the manifest is bound to its name.
            Self::Sealed(sealed) => return self.write(MANIFEST_FILE, manifest).and_then(|()| File::open(sealed.path())?.sync_all()),
        };
        let unfinished = format!(".{MANIFEST_FILE}");
        self.write(&unfinished, manifest)?;
        std::fs::rename(path.join(unfinished), path.join(MANIFEST_FILE))?;
        File::open(path)?.sync_all()
    }

    /// Removes what was written in clear of an export that failed. One that is sealed is removed by whoever has its key. Blocks.
    pub(super) fn remove(&self) {
        let Self::Clear(path) = self else { return };
        if let Err(error) = std::fs::remove_dir_all(path) {
            // It holds data that should lie nowhere; without a manifest it is at least known to be half an export.
            tracing::error!(reason = %error, "what was written of an export that failed cannot be removed");
        }
    }

    fn create(&self, file: &str) -> io::Result<Out> {
        Ok(match self {
            Self::Clear(path) => {
                let file = OpenOptions::new().write(true).create_new(true).mode(FILE_MODE).open(path.join(file))?;
                Out::Clear(BufWriter::new(file))
            }
            Self::Sealed(sealed) => Out::Sealed(sealed.create(file)?),
        })
    }

    fn write(&self, file: &str, bytes: &[u8]) -> io::Result<()> {
        let mut out = self.create(file)?;
        out.write_all(bytes)?;
        out.end()
    }
}

/// A file that is being written.
enum Out {
    Clear(BufWriter<File>),
    Sealed(SealedWriter),
}

impl Out {
    /// What it holds is durable.
    fn end(self) -> io::Result<()> {
        match self {
            Self::Clear(file) => file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all(),
            Self::Sealed(file) => file.end(),
        }
    }
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Clear(file) => file.write(bytes),
            Self::Sealed(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Clear(file) => file.flush(),
            Self::Sealed(file) => file.flush(),
        }
    }
}

/// A table's file while it is written.
pub(super) struct TableWriter {
    lines: Out,
    marks: Out,
    hash: Sha256,
    rows: u64,
    pub(super) erased: u64,
    pub(super) altered: u64,
}

/// What a table's file came to.
#[derive(Clone, Debug)]
pub(super) struct Written {
    pub(super) rows: u64,
    pub(super) erased: u64,
    pub(super) altered: u64,
    pub(super) sha256: String,
}

impl TableWriter {
    /// Adds a line.
    pub(super) fn line(&mut self, line: &[u8]) -> io::Result<()> {
        self.lines.write_all(line)?;
        self.lines.write_all(b"\n")?;
        self.hash.update(line);
        self.hash.update(b"\n");
        writeln!(self.marks, "{}", mark(line))?;
        self.rows += 1;
        Ok(())
    }

    /// Closes the file; what it holds is durable.
    pub(super) fn end(self) -> io::Result<Written> {
        self.lines.end()?;
        self.marks.end()?;
        Ok(Written { rows: self.rows, erased: self.erased, altered: self.altered, sha256: hex::encode(&self.hash.finish()) })
    }
}
