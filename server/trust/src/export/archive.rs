//! The one file that an export is fetched as: a tar archive of its folder, made while it is sent, and never stored in clear.
//!
//! Manifest and signature stand first, so that a reader knows what follows; then each table's lines and their marks. The length is
//! known before the first byte is, since the sizes of all files are.

use std::io::{self, Read, Write};

use seal::export_file::{MANIFEST_BYTES_MAX, MANIFEST_FILE, MARKS_SUFFIX, Manifest, SIGNATURE_FILE};
use tar::{Builder, Header};

use super::folder::FILE_MODE;
use super::sealed::SealedFolder;

/// What tar fills up to.
const BLOCK_BYTES: u64 = 512;
/// Two empty blocks end an archive.
const END_BYTES: u64 = 2 * BLOCK_BYTES;

/// An archive that is to be written.
pub(crate) struct Archive {
    folder: SealedFolder,
    /// The folder in it, so that unpacking it fills no folder that there is.
    inside: String,
    modified_seconds: u64,
    /// Each file, with the length of its content in bytes.
    files: Vec<(String, u64)>,
}

impl Archive {
    /// Of a folder that is whole.
    pub(crate) fn of(folder: SealedFolder, inside: String, modified_seconds: u64) -> io::Result<Self> {
        let manifest = manifest(&folder)?;
        let of_tables = manifest.tables.iter().flat_map(|table| [table.file.clone(), format!("{}{MARKS_SUFFIX}", table.file)]);
        let names = [MANIFEST_FILE.to_owned(), SIGNATURE_FILE.to_owned()].into_iter().chain(of_tables);
        let files = names.map(|name| folder.open(&name).map(|file| (name, file.length()))).collect::<io::Result<_>>()?;
        Ok(Self { folder, inside, modified_seconds, files })
    }

    /// How long it is, in bytes.
    pub(crate) fn length(&self) -> u64 {
        self.files.iter().map(|(_, length)| BLOCK_BYTES + length.div_ceil(BLOCK_BYTES) * BLOCK_BYTES).sum::<u64>() + END_BYTES
    }

    /// Writes it, as long as `goes_on` says so.
    pub(crate) fn write(&self, out: &mut dyn Write, goes_on: &dyn Fn() -> bool) -> io::Result<()> {
        let mut archive = Builder::new(out);
        for (name, length) in &self.files {
            let mut header = Header::new_gnu();
            header.set_size(*length);
            header.set_mode(FILE_MODE);
            header.set_mtime(self.modified_seconds);
            let content = WhileAllowed { content: self.folder.open(name)?, goes_on };
            archive.append_data(&mut header, format!("{}/{name}", self.inside), content)?;
        }
        archive.finish()
    }
}

/// The manifest in a sealed folder.
pub(crate) fn manifest(folder: &SealedFolder) -> io::Result<Manifest> {
    let mut bytes = Vec::new();
    folder.open(MANIFEST_FILE)?.take(MANIFEST_BYTES_MAX).read_to_end(&mut bytes)?;
    serde_json::from_slice(&bytes).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

struct WhileAllowed<'a, R> {
    content: R,
    goes_on: &'a dyn Fn() -> bool,
}

impl<R: Read> Read for WhileAllowed<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if !(self.goes_on)() {
            return Err(io::Error::new(io::ErrorKind::TimedOut, "the export has ended"));
        }
        self.content.read(buffer)
    }
}
