//! The agent's own folder: readable by nobody else, every file replaced as a whole.
//!
//! A crash leaves the old file or the new one, never half of one: bytes go to a temporary file, to the disk, and only
//! then under their name (promise OP-25).

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;
use words::{Sentence, Speaks, sentence};

/// Where the folder is when none is named.
pub const STATE_PATH: &str = "/var/lib/purser-agent";
/// Largest file that is read back, in bytes: a state at all its limits.
pub const STATE_FILE_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Folder of transmissions that wait for the server.
pub const SPOOL: &str = "spool";
/// Tries for the lock before it counts as taken: a program that this process is starting holds a copy of an earlier lock's
/// descriptor for the moment until it runs.
const LOCK_TRIES_MAX: u32 = 10_000;

/// The agent's own folder.
#[derive(Debug)]
pub struct StateDir {
    path: PathBuf,
    lock: Option<File>,
}

/// What failed, and at which file.
#[derive(Debug, thiserror::Error)]
pub enum StateDirError {
    /// The operating system said no.
    #[error("{}", self.sentence())]
    Io {
        /// What was tried.
        action: Action,
        /// The file or folder.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// Another agent works here.
    #[error("{}", self.sentence())]
    Locked {
        /// The folder.
        path: PathBuf,
    },
    /// A file does not say what it should.
    #[error("{}", self.sentence())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        message: Sentence,
    },
}

/// What is done to a file or folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Its entries are listed.
    List,
    /// It is locked.
    Lock,
    /// It is made.
    Make,
    /// It is opened.
    Open,
    /// It is closed to others.
    Protect,
    /// It is read.
    Read,
    /// It is removed.
    Remove,
    /// It is written.
    Write,
}

impl Speaks for Action {
    fn sentence(&self) -> Sentence {
        match self {
            Self::List => sentence!("list", "wyświetlić zawartości"),
            Self::Lock => sentence!("lock", "zablokować"),
            Self::Make => sentence!("make", "utworzyć"),
            Self::Open => sentence!("open", "otworzyć"),
            Self::Protect => sentence!("protect", "zabezpieczyć"),
            Self::Read => sentence!("read", "odczytać"),
            Self::Remove => sentence!("remove", "usunąć"),
            Self::Write => sentence!("write", "zapisać"),
        }
    }
}

impl Speaks for StateDirError {
    fn sentence(&self) -> Sentence {
        match self {
            Self::Io { action, path, .. } => {
                let path = Sentence::same(path.display().to_string());
                sentence!("cannot", "nie można").then(" ", &action.sentence()).then(" ", &path)
            }
            Self::Locked { path } => sentence!(
                "another purser-agent works in {path}; one folder serves one agent",
                "w {path} działa już inny purser-agent; jeden katalog służy jednemu agentowi",
                path = path.display()
            ),
            Self::Damaged { path, message } => {
                sentence!("the file {path} is damaged", "plik {path} jest uszkodzony", path = path.display()).then(": ", message)
            }
        }
    }
}

impl StateDir {
    /// Opens the folder to read what lies there.
    #[must_use]
    pub fn at(path: &Path) -> Self {
        Self { path: path.to_owned(), lock: None }
    }

    /// Opens the folder to work in it, making it where it is not there (mode 0700).
    ///
    /// # Errors
    /// [`StateDirError`]; `Locked` while another agent works in it.
    pub fn open(path: &Path) -> Result<Self, StateDirError> {
        let mut dir = Self::at(path);
        for folder in [path.to_owned(), path.join(SPOOL)] {
            DirBuilder::new().recursive(true).mode(0o700).create(&folder).map_err(|source| dir.io(Action::Make, &folder, source))?;
        }
        fs::set_permissions(path, Permissions::from_mode(0o700)).map_err(|source| dir.io(Action::Protect, path, source))?;
        let lock_path = path.join("lock");
        let lock = OpenOptions::new().create(true).append(true).mode(0o600).open(&lock_path);
        let lock = lock.map_err(|source| dir.io(Action::Open, &lock_path, source))?;
        for _ in 0..LOCK_TRIES_MAX {
            match lock.try_lock() {
                Ok(()) => {
                    dir.lock = Some(lock);
                    return Ok(dir);
                }
                Err(fs::TryLockError::WouldBlock) => std::thread::yield_now(),
                Err(fs::TryLockError::Error(source)) => return Err(dir.io(Action::Lock, &lock_path, source)),
            }
        }
        Err(StateDirError::Locked { path: path.to_owned() })
    }

    /// The path of a file in the folder.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    fn io(&self, action: Action, path: &Path, source: io::Error) -> StateDirError {
        StateDirError::Io { action, path: path.to_owned(), source }
    }

    /// Replaces a file as a whole, with mode 0600; when this returns, it is on the disk.
    ///
    /// # Errors
    /// [`StateDirError`]; then the old file is still there.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<(), StateDirError> {
        let path = self.path(name);
        // One name for all: an agent that was killed leaves at most this one file behind, and the next write takes it.
        let temporary = self.path(".writing");
        let write = || -> io::Result<()> {
            let mut file = OpenOptions::new().create(true).write(true).truncate(true).mode(0o600).open(&temporary)?;
            file.write_all(bytes)?;
            file.sync_all()?;
            fs::rename(&temporary, &path)?;
            path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
        };
        write().map_err(|source| self.io(Action::Write, &path, source))
    }

    /// Writes a value as JSON.
    ///
    /// # Errors
    /// As [`StateDir::write`].
    pub fn write_json(&self, name: &str, value: &impl Serialize) -> Result<(), StateDirError> {
        let bytes = serde_json::to_vec(value).map_err(|error| self.io(Action::Write, &self.path(name), error.into()))?;
        self.write(name, &bytes)
    }

    /// Reads a file; nothing where it is not there.
    ///
    /// # Errors
    /// [`StateDirError`]; `Damaged` past [`STATE_FILE_BYTES_MAX`].
    pub fn read(&self, name: &str) -> Result<Option<Vec<u8>>, StateDirError> {
        let path = self.path(name);
        let mut bytes = Vec::new();
        match File::open(&path).and_then(|file| file.take(STATE_FILE_BYTES_MAX + 1).read_to_end(&mut bytes)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(self.io(Action::Read, &path, source)),
            Ok(size) if size as u64 > STATE_FILE_BYTES_MAX => {
                Err(StateDirError::Damaged { path, message: sentence!("it is too large", "jest za duży") })
            }
            Ok(_) => Ok(Some(bytes)),
        }
    }

    /// Reads a JSON file; nothing where it is not there.
    ///
    /// # Errors
    /// [`StateDirError`]; `Damaged` where it is not the JSON expected.
    pub fn read_json<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, StateDirError> {
        let Some(bytes) = self.read(name)? else { return Ok(None) };
        let damaged =
            |error: serde_json::Error| StateDirError::Damaged { path: self.path(name), message: Sentence::same(error.to_string()) };
        serde_json::from_slice(&bytes).map(Some).map_err(damaged)
    }

    /// Removes a file, if it is there.
    ///
    /// # Errors
    /// [`StateDirError`].
    pub fn remove(&self, name: &str) -> Result<(), StateDirError> {
        match fs::remove_file(self.path(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(self.io(Action::Remove, &self.path(name), error)),
            _ => Ok(()),
        }
    }

    /// The names and sizes in the spool, sorted by name.
    ///
    /// # Errors
    /// [`StateDirError`].
    pub fn spooled(&self) -> Result<Vec<(String, u64)>, StateDirError> {
        let folder = self.path(SPOOL);
        let list = || -> io::Result<Vec<(String, u64)>> {
            let mut files = Vec::new();
            for entry in fs::read_dir(&folder)? {
                let entry = entry?;
                files.push((entry.file_name().to_string_lossy().into_owned(), entry.metadata()?.len()));
            }
            files.sort_unstable();
            Ok(files)
        };
        match list() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            other => other.map_err(|source| self.io(Action::List, &folder, source)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_for_the_agent_alone_and_replaced_as_a_whole() {
        let scratch = tempfile::tempdir().unwrap();
        let dir = StateDir::open(&scratch.path().join("agent")).unwrap();
        dir.write("copy.json", b"old").unwrap();
        dir.write("copy.json", b"new").unwrap();
        assert_eq!(dir.read("copy.json").unwrap().as_deref(), Some(&b"new"[..]));
        let mode = |path: PathBuf| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(dir.path("copy.json")), mode(dir.path("."))), (0o600, 0o700));
        assert!(!dir.path(".writing").exists());
    }

    #[test]
    fn a_crash_before_the_rename_leaves_the_old_file() {
        let scratch = tempfile::tempdir().unwrap();
        let dir = StateDir::open(scratch.path()).unwrap();
        dir.write("copy.json", b"old").unwrap();
        fs::write(dir.path(".writing"), b"ne").unwrap();
        assert_eq!(dir.read("copy.json").unwrap().as_deref(), Some(&b"old"[..]));
        dir.write("copy.json", b"new").unwrap();
        assert_eq!(dir.read("copy.json").unwrap().as_deref(), Some(&b"new"[..]));
    }

    #[test]
    fn a_second_agent_in_the_same_folder_is_refused() {
        let scratch = tempfile::tempdir().unwrap();
        let first = StateDir::open(scratch.path()).unwrap();
        assert!(matches!(StateDir::open(scratch.path()), Err(StateDirError::Locked { .. })));
        drop(first);
        assert!(StateDir::open(scratch.path()).is_ok());
    }
}
