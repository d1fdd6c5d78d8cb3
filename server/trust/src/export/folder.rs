//! The folder that an export is written to. Its manifest comes last and at once, so that a folder without one is known to
//! be half an export.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, BufWriter, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use seal::export_file::{MANIFEST_FILE, MARKS_SUFFIX, SIGNATURE_FILE, mark};
use seal::hash::Sha256;
use seal::hex;

/// For its owner alone: what lies in it was sealed before.
const FOLDER_MODE: u32 = 0o700;
const FILE_MODE: u32 = 0o600;

/// A folder that an export is being written to.
#[derive(Clone, Debug)]
pub(super) struct Folder(PathBuf);

impl Folder {
    /// Makes it; one that is there already is never written into.
    pub(super) fn make(path: &Path) -> io::Result<Self> {
        DirBuilder::new().mode(FOLDER_MODE).create(path)?;
        Ok(Self(path.to_owned()))
    }

    /// Begins a table's file.
    pub(super) fn table(&self, file: &str) -> io::Result<TableWriter> {
        let (lines, marks) = (create(&self.0.join(file))?, create(&self.0.join(format!("{file}{MARKS_SUFFIX}")))?);
        Ok(TableWriter { lines: BufWriter::new(lines), marks: BufWriter::new(marks), hash: Sha256::new(), rows: 0, erased: 0, altered: 0 })
    }

    /// Writes the signature, then the manifest under another name, and gives it its own: from then on the export is whole.
    pub(super) fn finish(&self, manifest: &[u8], signature: &str) -> io::Result<()> {
        write(&self.0.join(SIGNATURE_FILE), signature.as_bytes())?;
        let unfinished = self.0.join(format!(".{MANIFEST_FILE}"));
        write(&unfinished, manifest)?;
        std::fs::rename(unfinished, self.0.join(MANIFEST_FILE))?;
        File::open(&self.0)?.sync_all()
    }

    /// Removes what was written of an export that failed.
    pub(super) fn remove(&self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            // It holds data that should lie nowhere; without a manifest it is at least known to be half an export.
            tracing::error!(reason = %error, "what was written of an export that failed cannot be removed");
        }
    }
}

fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(FILE_MODE).open(path)
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// A table's file while it is written.
pub(super) struct TableWriter {
    lines: BufWriter<File>,
    marks: BufWriter<File>,
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
        for file in [self.lines, self.marks] {
            file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
        }
        Ok(Written { rows: self.rows, erased: self.erased, altered: self.altered, sha256: hex::encode(&self.hash.finish()) })
    }
}
