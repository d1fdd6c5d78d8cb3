//! A copy of the embedded engine's files, looked at without a change to it.
//!
//! SQLite writes beside a file even where it only reads it. So nothing is opened where the copy lies: a file is brought, with
//! its log, into a scratch folder, which is laid out like a data folder, and is looked at there. [`crate::Stores`] may be opened over that folder
//! then. The keyring's file is none of those that are brought: there is no name for it here.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use kernel::TenantId;

use crate::home::Home;
use crate::plan::Plans;
use crate::sqlite::whole;
use crate::{SCHEMAS, Schema, StoreError};

/// A store whose file is in a copy of the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CopiedStore {
    /// Tenant numbers, the instance's ledger.
    System,
    /// Accounts.
    Identity,
    /// Advisories.
    Master,
    /// What devices sent and was not folded yet.
    Intake,
    /// A tenant's.
    Tenant(TenantId),
}

/// What a file of a copy turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CopiedFile {
    /// Whole, and of a schema that this program reads: so many migrations are made when it is opened.
    Whole {
        /// How many.
        migrations: usize,
    },
    /// There is none.
    Missing,
    /// Not what was written: what is wrong with it.
    Damaged(String),
    /// Written by a newer program, or by another one.
    Foreign(String),
}

/// A copy, and the folder in which it is looked at.
pub struct Copied {
    plans: Plans,
    copy: PathBuf,
    scratch: PathBuf,
}

impl CopiedStore {
    /// Those that an installation has once.
    pub const NODE_WIDE: [Self; 4] = [Self::System, Self::Identity, Self::Master, Self::Intake];

    const fn home(self) -> Home {
        match self {
            Self::System => Home::System,
            Self::Identity => Home::Identity,
            Self::Master => Home::Master,
            Self::Intake => Home::Intake,
            Self::Tenant(tenant) => Home::Tenant(tenant),
        }
    }

    /// Its file in a data folder.
    #[must_use]
    pub fn file(self, folder: &Path) -> PathBuf {
        self.home().file(folder)
    }
}

impl Copied {
    /// The copy in a folder, to be looked at in a scratch folder that is there already.
    ///
    /// # Errors
    /// As [`crate::Stores::open`] for the schemas; [`StoreError::Unavailable`] where the scratch folder cannot be used.
    pub fn new(schemas: &[Schema], copy: PathBuf, scratch: PathBuf) -> Result<Self, StoreError> {
        let foreign = schemas.iter().filter(|schema| !SCHEMAS.iter().any(|own| own.domain == schema.domain));
        let plans = Plans::of(&SCHEMAS.iter().chain(foreign).copied().collect::<Vec<_>>())?;
        let tenants = scratch.join("tenants");
        std::fs::DirBuilder::new().mode(0o700).create(&tenants).map_err(|error| cannot("made", &tenants, &error))?;
        Ok(Self { plans, copy, scratch })
    }

    /// Brings a store's file into the scratch folder and looks at it. Blocks.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] where the copy cannot be read or the scratch folder has no room; what is wrong with the copy is no error.
    pub fn bring(&self, store: CopiedStore) -> Result<CopiedFile, StoreError> {
        let (from, to) = (store.file(&self.copy), store.file(&self.scratch));
        if !bring(&from, &to)? {
            return Ok(CopiedFile::Missing);
        }
        bring(&beside(&from), &beside(&to))?;
        match whole::look(&to, self.plans.for_kind(store.home().kind())) {
            Ok(migrations) => Ok(CopiedFile::Whole { migrations }),
            Err(StoreError::Corrupt(reason) | StoreError::Engine { reason, .. }) => Ok(CopiedFile::Damaged(reason)),
            Err(error @ (StoreError::Newer { .. } | StoreError::Setup(_))) => Ok(CopiedFile::Foreign(error.to_string())),
            Err(other) => Err(other),
        }
    }

    /// How many bytes bringing a store's file takes; none where there is none.
    #[must_use]
    pub fn bytes(&self, store: CopiedStore) -> u64 {
        let file = store.file(&self.copy);
        [beside(&file), file].iter().filter_map(|path| path.metadata().ok()).map(|facts| facts.len()).sum()
    }

    /// Takes a file that was brought out of the scratch folder again: of one that nobody opened.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] where it cannot be removed.
    pub fn put_away(&self, store: CopiedStore) -> Result<(), StoreError> {
        let file = store.file(&self.scratch);
        for path in [beside(&file), file] {
            match std::fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(cannot("removed", &path, &error)),
                _ => {}
            }
        }
        Ok(())
    }
}

/// A file's write-ahead log.
fn beside(file: &Path) -> PathBuf {
    let mut path = file.as_os_str().to_owned();
    path.push("-wal");
    path.into()
}

/// Copies a file, where there is one. The mode is our own: a copy may be one that nobody may write.
fn bring(from: &Path, to: &Path) -> Result<bool, StoreError> {
    let mut source = match File::open(from) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(cannot("read", from, &error)),
    };
    let target = OpenOptions::new().write(true).create_new(true).mode(0o600).open(to);
    let mut target = target.map_err(|error| cannot("written", to, &error))?;
    io::copy(&mut source, &mut target).map_err(|error| cannot("copied", from, &error))?;
    Ok(true)
}

fn cannot(what: &str, path: &Path, error: &io::Error) -> StoreError {
    StoreError::Unavailable(format!("{} cannot be {what}: {error}", path.display()))
}
