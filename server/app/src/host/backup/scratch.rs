//! Where a copy of the data is looked at: a folder in the data folder, for the program's own user alone, which is gone afterwards.
//!
//! What lies in it is sealed as the copy is, and no key ever lies there.

use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use words::sentence;

use crate::config::ConfigError;
use crate::host::perform::Refused;
use crate::opened::OpenError;

/// Its name. There is one of it, so that what a process that died has left is found again.
const NAME: &str = "backup-check";
const MODE: u32 = 0o700;

/// The folder; removed where this is dropped, whatever the reason.
pub(super) struct Scratch(PathBuf);

impl Scratch {
    /// Makes it.
    pub(super) fn make(data: &Path) -> Result<Self, Refused> {
        let path = data.join(NAME);
        match DirBuilder::new().mode(MODE).create(&path) {
            Ok(()) => Ok(Self(path)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(Refused::saying(sentence!(
                "a copy is being looked at already, in {path}: wait until that is done. One at a time is enough for the disk",
                "jakaś kopia jest już sprawdzana, w {path}: poczekaj na koniec. Jedna naraz to dość dla dysku",
                path = path.display()
            ))),
            Err(error) => Err(Refused::saying(sentence!(
                "{path}, where the copy would be looked at, cannot be made: {error}",
                "nie można utworzyć {path}, gdzie kopia byłaby sprawdzana: {error}",
                path = path.display()
            ))),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            tracing::error!(error = %error, "the folder in which a copy was looked at cannot be removed; the next start tries again");
        }
    }
}

/// Removes what a process that died in the midst of a look has left. Nobody else has the data folder open.
pub(crate) fn clear(data: &Path) -> Result<(), OpenError> {
    let path = data.join(NAME);
    match std::fs::remove_dir_all(&path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => Err(ConfigError::Io { path, source }.into()),
        _ => Ok(()),
    }
}
