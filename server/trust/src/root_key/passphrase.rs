//! A passphrase: a text of one line, from a file of mode 0600 or from a systemd credential. The key is argon2id of it, with the salt and
//! the cost that the keyring's own store keeps, so that the cost can be raised without a new passphrase.
//!
//! `create` draws a passphrase of 160 random bits; an operator may write a file of their own, so the derivation is a slow one all the
//! same.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use argon2::{Algorithm, Argon2, Params, Version};
use kernel::{Rng, SecretText};
use seal::xaes;
use zeroize::Zeroizing;

use super::RootKeyError;

/// Shortest passphrase that is taken, in bytes.
pub const PASSPHRASE_BYTES_MIN: usize = 16;
/// Longest passphrase that is taken, in bytes.
pub const PASSPHRASE_BYTES_MAX: usize = 1024;
/// Memory of the derivation, in KiB: OWASP's first recommendation for argon2id. More would weigh on every cold start.
pub const MEMORY_KIB: u32 = 19 * 1024;
/// Passes over that memory.
pub const PASSES: u32 = 2;
const _: () = assert!(MEMORY_KIB >= 19 * 1024 && PASSES >= 2, "less than OWASP recommends");
/// Lanes, all worked on by one thread.
pub const LANES: u32 = 1;
/// Most memory that a stored cost may ask for, in KiB: a damaged keyring must not exhaust the machine.
pub const MEMORY_KIB_MAX: u32 = 1024 * 1024;
/// Most passes that a stored cost may ask for.
pub const PASSES_MAX: u32 = 64;
/// Length of the salt.
pub const SALT_BYTES: usize = 16;

/// Characters of a drawn passphrase: 32 of them, none that is mistaken for another when copied from paper.
const ALPHABET: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz023456789";
const DRAWN_CHARACTERS: usize = 32;
const DRAWN_GROUP: usize = 4;

/// How costly the derivation is; stored beside the salt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cost {
    pub(crate) memory_kib: u32,
    pub(crate) passes: u32,
    pub(crate) lanes: u32,
}

impl Cost {
    /// The cost of keys made now.
    pub(crate) const NOW: Self = Self { memory_kib: MEMORY_KIB, passes: PASSES, lanes: LANES };
}

/// Draws a passphrase and writes it to a new file that only its owner can read. Durable when it returns.
pub(super) fn create(path: &Path, rng: &Rng) -> Result<SecretText, RootKeyError> {
    let failed = |source: io::Error| match source.kind() {
        io::ErrorKind::AlreadyExists => RootKeyError::Exists { path: path.to_owned() },
        _ => RootKeyError::Io { path: path.to_owned(), source },
    };
    let passphrase = draw(rng);
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(failed)?;
    if let Err(error) = write_durably(file, path, &passphrase) {
        // Half a passphrase would stand in the way of the next attempt. Nothing was sealed under it yet.
        let _is_removed = fs::remove_file(path);
        return Err(failed(error));
    }
    Ok(passphrase)
}

/// Reads a passphrase file.
pub(super) fn open(path: &Path) -> Result<SecretText, RootKeyError> {
    let text = read_private(path)?;
    line_of(&text, PASSPHRASE_BYTES_MIN).ok_or_else(|| RootKeyError::Unusable { path: path.to_owned() })
}

/// What stands in a file that nobody else may read.
pub(super) fn read_private(path: &Path) -> Result<Zeroizing<Vec<u8>>, RootKeyError> {
    let failed = failure(path);
    // Asked before opening: opening a pipe would wait for its writer.
    let metadata = fs::metadata(path).map_err(&failed)?;
    if !metadata.is_file() {
        return Err(RootKeyError::NotAFile { path: path.to_owned() });
    }
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(RootKeyError::OpenToOthers { path: path.to_owned(), mode });
    }
    read(path)
}

/// What stands in a file, as much of it as a passphrase may have and a little more.
pub(super) fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, RootKeyError> {
    let failed = failure(path);
    let file = File::open(path).map_err(&failed)?;
    let mut text = Zeroizing::new(Vec::with_capacity(PASSPHRASE_BYTES_MAX + 3));
    file.take(PASSPHRASE_BYTES_MAX as u64 + 3).read_to_end(&mut text).map_err(&failed)?;
    Ok(text)
}

fn failure(path: &Path) -> impl Fn(io::Error) -> RootKeyError {
    let path = path.to_owned();
    move |source| match source.kind() {
        io::ErrorKind::NotFound => RootKeyError::Missing { path: path.clone() },
        _ => RootKeyError::Io { path: path.clone(), source },
    }
}

/// The key of a passphrase. Takes [`MEMORY_KIB`] of memory and some 30 ms; call it on a thread that may block.
pub(super) fn derive(passphrase: &SecretText, salt: &[u8; SALT_BYTES], cost: Cost) -> Result<xaes::Key, RootKeyError> {
    if cost.memory_kib > MEMORY_KIB_MAX || cost.passes > PASSES_MAX {
        return Err(RootKeyError::Cost);
    }
    let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, Some(xaes::KEY_BYTES)).map_err(|_| RootKeyError::Cost)?;
    let mut key = Zeroizing::new([0; xaes::KEY_BYTES]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase.expose().as_bytes(), salt, key.as_mut_slice())
        .map_err(|_| RootKeyError::Cost)?;
    Ok(xaes::Key::from_bytes(*key))
}

fn write_durably(mut file: File, path: &Path, passphrase: &SecretText) -> io::Result<()> {
    file.write_all(passphrase.expose().as_bytes())?;
    file.write_all(b"\n")?;
    file.sync_all()?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

/// The one line of a file, without the end of the line, where it has at least so many bytes.
pub(super) fn line_of(text: &[u8], bytes_min: usize) -> Option<SecretText> {
    let text = std::str::from_utf8(text).ok()?;
    let line = text.strip_suffix('\n').unwrap_or(text);
    let line = line.strip_suffix('\r').unwrap_or(line);
    let is_usable = (bytes_min..=PASSPHRASE_BYTES_MAX).contains(&line.len()) && !line.contains(['\n', '\r', '\0']);
    is_usable.then(|| SecretText::new(line.to_owned()))
}

/// A fresh passphrase, in groups that can be read aloud: `k7qm-…`. 32 divides 256, so no character is favoured.
fn draw(rng: &Rng) -> SecretText {
    let random = Zeroizing::new(rng.bytes::<DRAWN_CHARACTERS>());
    let groups = random.chunks(DRAWN_GROUP).enumerate();
    let mut text = String::with_capacity(DRAWN_CHARACTERS + DRAWN_CHARACTERS / DRAWN_GROUP);
    for (number, group) in groups {
        if number > 0 {
            text.push('-');
        }
        text.extend(group.iter().map(|byte| char::from(ALPHABET[usize::from(byte % 32)])));
    }
    SecretText::new(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_passphrase_salt_and_cost_give_the_same_key_and_others_another() {
        let cheap = Cost { memory_kib: 64, passes: 1, lanes: 1 };
        let key = |text: &str, salt: u8, cost| {
            *derive(&SecretText::new(text.into()), &[salt; SALT_BYTES], cost).expect("within limits").as_bytes()
        };
        assert_eq!(key("sixteen bytes ok", 1, cheap), key("sixteen bytes ok", 1, cheap));
        assert_ne!(key("sixteen bytes ok", 1, cheap), key("sixteen bytes ok", 2, cheap));
        assert_ne!(key("sixteen bytes ok", 1, cheap), key("sixteen bytes no", 1, cheap));
        assert_ne!(key("sixteen bytes ok", 1, cheap), key("sixteen bytes ok", 1, Cost { passes: 2, ..cheap }));
    }

    #[test]
    fn a_stored_cost_past_its_limit_is_refused_before_memory_is_taken() {
        let passphrase = SecretText::new("sixteen bytes ok".into());
        for cost in [
            Cost { memory_kib: MEMORY_KIB_MAX + 1, ..Cost::NOW },
            Cost { passes: PASSES_MAX + 1, ..Cost::NOW },
            Cost { passes: 0, ..Cost::NOW },
            Cost { lanes: 0, ..Cost::NOW },
        ] {
            assert!(matches!(derive(&passphrase, &[0; SALT_BYTES], cost), Err(RootKeyError::Cost)), "{cost:?}");
        }
    }

    #[test]
    fn a_passphrase_is_one_line_within_its_limits() {
        let usable = |text: &[u8]| line_of(text, PASSPHRASE_BYTES_MIN).is_some();
        assert!(usable(&[b'a'; PASSPHRASE_BYTES_MIN]));
        assert!(!usable(&[b'a'; PASSPHRASE_BYTES_MIN - 1]));
        assert!(usable(&[&[b'a'; PASSPHRASE_BYTES_MAX][..], b"\r\n"].concat()));
        assert!(!usable(&[b'a'; PASSPHRASE_BYTES_MAX + 1]));
        assert!(!usable(b"a first line of it\na second line of it\n"));
        assert!(!usable(&[0xff; PASSPHRASE_BYTES_MIN]));
    }
}
