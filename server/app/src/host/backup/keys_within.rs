//! Whether a copy of the data holds keys, or what opens them.
//!
//! An erasure destroys a key; a copy that has it undoes the erasure. So the keyring, its second copy and the passphrase are looked for by
//! what they are, whatever they are called. What lies packed in an archive or was encrypted by somebody else is not looked into.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::os::unix::fs::FileTypeExt as _;
use std::path::{Path, PathBuf};

use seal::hash::sha256;
use zeroize::Zeroizing;

/// Most files and folders that are looked at.
const ENTRIES_MAX: usize = 1_000_000;
/// Longest file that may be a passphrase, in bytes: the longest passphrase and the white space around it.
const PASSPHRASE_FILE_BYTES_MAX: u64 = 2_048;
/// How an SQLite file begins, and how its log does, in both byte orders.
const SQLITE: [&[u8]; 3] = [b"SQLite format 3\0", b"\x37\x7f\x06\x82", b"\x37\x7f\x06\x83"];
/// How the keyring's second copy begins.
const SECOND_COPY: &[u8] = b"{\"purser_keyring_copy\"";
/// What stands in the description of the keyring's tables, which SQLite keeps as the text that made them.
const KEYRING_TABLE: &[u8] = b"keyring_epoch (";
/// Bytes that are looked through at a time.
const CHUNK_BYTES: usize = 256 * 1024;

/// What must not lie in a copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Keyring,
    SecondCopy,
    Passphrase,
    Socket,
}

impl Kind {
    pub(super) const fn text(self) -> &'static str {
        match self {
            Self::Keyring => "keyring",
            Self::SecondCopy => "keyring-copy",
            Self::Passphrase => "passphrase",
            Self::Socket => "socket",
        }
    }
}

/// Why it is not known what lies in a copy.
#[derive(Debug)]
pub(super) enum Unknown {
    /// More than [`ENTRIES_MAX`] entries.
    TooMany,
    Unreadable(PathBuf, io::Error),
}

/// What of that lies in a folder and below it. `passphrase`: the present one's file, where there is one.
pub(super) fn look(folder: &Path, passphrase: Option<&Path>) -> Result<Vec<(PathBuf, Kind)>, Unknown> {
    look_at_most(folder, passphrase, ENTRIES_MAX)
}

fn look_at_most(folder: &Path, passphrase: Option<&Path>, entries_max: usize) -> Result<Vec<(PathBuf, Kind)>, Unknown> {
    // Where it cannot be read the program did not start by it.
    let passphrase = passphrase.and_then(|path| digest(path).ok().flatten());
    let (mut found, mut folders, mut entries) = (Vec::new(), VecDeque::from([folder.to_owned()]), 0);
    while let Some(folder) = folders.pop_front() {
        let unreadable = |error| Unknown::Unreadable(folder.clone(), error);
        for entry in fs::read_dir(&folder).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            entries += 1;
            if entries > entries_max {
                return Err(Unknown::TooMany);
            }
            let (path, kind) = (entry.path(), entry.file_type().map_err(unreadable)?);
            if kind.is_dir() {
                folders.push_back(path);
            } else if let Some(kind) = by_name(&path, kind.is_socket()) {
                found.push((path, kind));
            } else if kind.is_file()
                && let Some(kind) = by_content(&path, passphrase).map_err(|error| Unknown::Unreadable(path.clone(), error))?
            {
                found.push((path, kind));
            }
        }
    }
    found.sort_by(|(one, _), (other, _)| one.cmp(other));
    Ok(found)
}

fn by_name(path: &Path, is_socket: bool) -> Option<Kind> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    match name.as_ref() {
        _ if is_socket => Some(Kind::Socket),
        "passphrase" => Some(Kind::Passphrase),
        name if name.starts_with("keyring.db") => Some(Kind::Keyring),
        name if name.starts_with("keyring.copy") => Some(Kind::SecondCopy),
        _ => None,
    }
}

fn by_content(path: &Path, passphrase: Option<[u8; 32]>) -> io::Result<Option<Kind>> {
    if passphrase.is_some() && digest(path)? == passphrase {
        return Ok(Some(Kind::Passphrase));
    }
    let mut file = File::open(path)?;
    let mut chunk = Vec::with_capacity(CHUNK_BYTES + KEYRING_TABLE.len());
    let mut read = |chunk: &mut Vec<u8>| (&mut file).take(CHUNK_BYTES as u64).read_to_end(chunk);
    read(&mut chunk)?;
    if chunk.starts_with(SECOND_COPY) {
        return Ok(Some(Kind::SecondCopy));
    }
    if !SQLITE.iter().any(|magic| chunk.starts_with(magic)) {
        return Ok(None);
    }
    loop {
        if chunk.windows(KEYRING_TABLE.len()).any(|bytes| bytes == KEYRING_TABLE) {
            return Ok(Some(Kind::Keyring));
        }
        // What stands across two chunks is in the second with the end of the first.
        chunk.drain(..chunk.len().saturating_sub(KEYRING_TABLE.len() - 1));
        if read(&mut chunk)? == 0 {
            return Ok(None);
        }
    }
}

/// Of what stands in a file, without the white space around it; nothing where that is nothing, or too long.
fn digest(path: &Path) -> io::Result<Option<[u8; 32]>> {
    if fs::metadata(path)?.len() > PASSPHRASE_FILE_BYTES_MAX {
        return Ok(None);
    }
    let content = Zeroizing::new(fs::read(path)?);
    let content = content.trim_ascii();
    Ok((!content.is_empty()).then(|| sha256(content)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_keyrings_tables_are_found_across_what_is_read_at_once_and_other_files_are_none() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("some.db");
        for at in [100, CHUNK_BYTES - 7, CHUNK_BYTES, 2 * CHUNK_BYTES - KEYRING_TABLE.len(), 3 * CHUNK_BYTES] {
            let mut content = [SQLITE[0], &vec![0; at - SQLITE[0].len()]].concat();
            fs::write(&path, &content).expect("written");
            assert_eq!(look(folder.path(), None).expect("looked"), []);
            content.extend(KEYRING_TABLE);
            fs::write(&path, &content).expect("written");
            assert_eq!(look(folder.path(), None).expect("looked"), [(path.clone(), Kind::Keyring)], "at {at}");
        }
    }

    #[test]
    fn a_passphrase_is_found_whatever_white_space_stands_around_it_and_an_empty_file_is_none() {
        let (folder, apart) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
        let passphrase = apart.path().join("passphrase");
        fs::write(&passphrase, b"abcd-efgh-jkmn-pqrs\n").expect("written");
        let path = folder.path().join("letter");
        for (content, is_it) in
            [("abcd-efgh-jkmn-pqrs", true), (" abcd-efgh-jkmn-pqrs\r\n", true), ("abcd-efgh-jkmn-pqrt", false), ("", false)]
        {
            fs::write(&path, content).expect("written");
            let found = look(folder.path(), Some(&passphrase)).expect("looked");
            assert_eq!(found, is_it.then(|| (path.clone(), Kind::Passphrase)).into_iter().collect::<Vec<_>>(), "{content:?}");
        }
    }

    #[test]
    fn a_folder_with_more_entries_than_are_looked_at_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["a", "b", "c"] {
            fs::write(folder.path().join(name), name).expect("written");
        }
        assert_eq!(look_at_most(folder.path(), None, 3).expect("looked"), []);
        assert!(matches!(look_at_most(folder.path(), None, 2), Err(Unknown::TooMany)));
    }
}
