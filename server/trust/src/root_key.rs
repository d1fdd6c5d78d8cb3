//! The root key: what everything else is wrapped under, and the one thing that Purser cannot make again.
//!
//! It is 256 random bits that lie in the keyring's store, wrapped under what a *provider* gives, which lies outside of every data backup:
//!
//! - a passphrase, from a file of its owner's or from a systemd credential: [`passphrase`];
//! - a key in a PKCS#11 token, which never leaves it: `pkcs11`.
//!
//! Where a passphrase made the keyring before root keys were wrapped, the root key is what the passphrase derives, until the provider is
//! changed (`root_change`). [`RootSource::consequence`] is what must be told to whoever makes one.

mod error;
pub mod passphrase;
mod pkcs11;

use std::env;
use std::path::{Path, PathBuf};

use kernel::{Rng, SecretText};
use seal::xaes;
use serde::{Deserialize, Serialize};

pub use self::error::RootKeyError;
pub(crate) use self::passphrase::Cost;
pub use self::passphrase::{PASSPHRASE_BYTES_MAX, PASSPHRASE_BYTES_MIN, SALT_BYTES};
use self::pkcs11::Token;
pub use self::pkcs11::{PIN_BYTES_MIN, TokenKey};

/// Longest name of a systemd credential, in bytes.
pub const CREDENTIAL_NAME_BYTES_MAX: usize = 255;

const ROOT_CONTEXT: &[u8] = b"purser root key, wrapped, v1";

/// Where the root key comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "provider", rename_all = "kebab-case", deny_unknown_fields)]
pub enum RootSource {
    /// A passphrase in a file.
    PassphraseFile {
        /// The file.
        path: PathBuf,
    },
    /// A passphrase that systemd decrypts and hands over.
    SystemdCredential {
        /// Its name, as in `LoadCredentialEncrypted=`.
        name: String,
    },
    /// A key in a token.
    Pkcs11(TokenKey),
}

/// What opens the root key, at hand.
#[derive(Clone, Debug)]
pub struct RootKey(Provider);

#[derive(Clone, Debug)]
enum Provider {
    Passphrase(SecretText),
    Token(Token),
}

/// How the root key lies in the keyring.
#[derive(Clone)]
pub(crate) enum RootWrap {
    /// It is what the passphrase derives.
    Derived { salt: [u8; SALT_BYTES], cost: Cost },
    /// Wrapped under what the passphrase derives.
    Passphrase { salt: [u8; SALT_BYTES], cost: Cost, wrapped: Vec<u8> },
    /// Wrapped by a token.
    Token { wrapped: Vec<u8> },
}

impl RootSource {
    /// Reads the passphrase, or the token's PIN.
    ///
    /// # Errors
    /// Every [`RootKeyError`] but `Exists` and `Cost`.
    pub fn open(&self) -> Result<RootKey, RootKeyError> {
        match self {
            Self::PassphraseFile { path } => RootKey::open(path),
            Self::SystemdCredential { name } => credential(name).map(Provider::Passphrase).map(RootKey),
            Self::Pkcs11(key) => Token::open(key).map(Provider::Token).map(RootKey),
        }
    }

    /// For a new keyring or a new provider: draws the passphrase of a file, makes the key in a token that has none of its label. A
    /// credential is systemd's to make.
    ///
    /// # Errors
    /// Every [`RootKeyError`] but `Cost`.
    pub fn create(&self, rng: &Rng) -> Result<RootKey, RootKeyError> {
        match self {
            Self::PassphraseFile { path } => RootKey::create(path, rng),
            Self::SystemdCredential { .. } => self.open(),
            Self::Pkcs11(key) => Token::create(key).map(Provider::Token).map(RootKey),
        }
    }

    /// What whoever makes a root key must be told.
    #[must_use]
    pub fn consequence(&self) -> String {
        match self {
            Self::PassphraseFile { path } => RootKey::consequence(path),
            Self::SystemdCredential { name } => format!(
                "The passphrase in the systemd credential {name} opens everything that Purser stores. If it is lost (with this machine's TPM or \
                 host key, too), all stored data are lost with it: nobody, we included, can make it again. Keep a copy of the passphrase on \
                 paper or in a password manager, away from this machine and away from backups of the data."
            ),
            Self::Pkcs11(TokenKey { token, key, .. }) => format!(
                "The key {key:?} in the token {token:?} opens everything that Purser stores, and cannot be copied out of it. If the token is lost, \
                 all stored data are lost with it: nobody, we included, can make it again. Have a second token with the same key, as its maker \
                 provides for."
            ),
        }
    }
}

impl RootKey {
    /// Draws a passphrase and writes it to a new file that only its owner can read. Durable when it returns.
    ///
    /// # Errors
    /// [`RootKeyError::Exists`] and [`RootKeyError::Io`].
    pub fn create(path: &Path, rng: &Rng) -> Result<Self, RootKeyError> {
        passphrase::create(path, rng).map(Provider::Passphrase).map(Self)
    }

    /// Reads a passphrase file.
    ///
    /// # Errors
    /// [`RootKeyError::Missing`], `OpenToOthers`, `NotAFile`, `Unusable` and `Io`.
    pub fn open(path: &Path) -> Result<Self, RootKeyError> {
        passphrase::open(path).map(Provider::Passphrase).map(Self)
    }

    /// What whoever makes a passphrase file must be told.
    #[must_use]
    pub fn consequence(path: &Path) -> String {
        format!(
            "The passphrase in {} opens everything that Purser stores. If it is lost, all stored data are lost with it: \
             nobody, we included, can make it again. Keep a copy of it on paper or in a password manager, away from this \
             machine and away from backups of the data.",
            path.display()
        )
    }

    /// Wraps a root key. Slow: call it on a thread that may block.
    pub(crate) fn wrap(&self, root: &xaes::Key, rng: &Rng) -> Result<RootWrap, RootKeyError> {
        match &self.0 {
            Provider::Passphrase(text) => {
                let (salt, cost) = (rng.bytes(), Cost::NOW);
                let under = passphrase::derive(text, &salt, cost)?;
                let wrapped = xaes::seal(&under, rng.bytes(), ROOT_CONTEXT, root.as_bytes());
                Ok(RootWrap::Passphrase { salt, cost, wrapped })
            }
            Provider::Token(token) => Ok(RootWrap::Token { wrapped: token.wrap(root.as_bytes(), rng)? }),
        }
    }

    /// Unwraps a root key; nothing where it was wrapped under another provider's. A key that the passphrase derives is to be
    /// compared by the caller. Slow: call it on a thread that may block.
    pub(crate) fn unwrap(&self, wrap: &RootWrap) -> Result<Option<xaes::Key>, RootKeyError> {
        match (&self.0, wrap) {
            (Provider::Passphrase(text), RootWrap::Derived { salt, cost }) => passphrase::derive(text, salt, *cost).map(Some),
            (Provider::Passphrase(text), RootWrap::Passphrase { salt, cost, wrapped }) => {
                let under = passphrase::derive(text, salt, *cost)?;
                Ok(xaes::open(&under, ROOT_CONTEXT, wrapped).ok().and_then(|bytes| key_of(&bytes)))
            }
            (Provider::Token(token), RootWrap::Token { wrapped }) => Ok(token.unwrap(wrapped)?.and_then(|bytes| key_of(&bytes))),
            _ => Ok(None),
        }
    }
}

fn key_of(bytes: &[u8]) -> Option<xaes::Key> {
    <[u8; xaes::KEY_BYTES]>::try_from(bytes).ok().map(zeroize::Zeroizing::new).map(|bytes| xaes::Key::from_bytes(*bytes))
}

/// A passphrase that systemd hands over: in a folder that only this service may read, in memory that is never swapped out.
fn credential(name: &str) -> Result<SecretText, RootKeyError> {
    let folder = env::var_os("CREDENTIALS_DIRECTORY").map(PathBuf::from);
    credential_in(folder.as_deref(), name)
}

/// The files' modes are systemd's: where it grants by access list, the bits of the mode say that the group may read.
fn credential_in(folder: Option<&Path>, name: &str) -> Result<SecretText, RootKeyError> {
    let is_name = (1..=CREDENTIAL_NAME_BYTES_MAX).contains(&name.len())
        && !name.starts_with('.')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    if !is_name {
        return Err(RootKeyError::CredentialName { name: name.to_owned() });
    }
    let Some(folder) = folder else { return Err(RootKeyError::NoCredentials { name: name.to_owned() }) };
    let path = folder.join(name);
    let text = passphrase::read(&path).map_err(|error| match error {
        RootKeyError::Missing { path } => RootKeyError::NoCredential { name: name.to_owned(), path },
        other => other,
    })?;
    passphrase::line_of(&text, PASSPHRASE_BYTES_MIN).ok_or(RootKeyError::Unusable { path })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_credential_is_a_passphrase_of_its_name_and_no_other_file() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("written");
        write("purser-root", "sixteen bytes ok\n");
        write("short", "too short");
        let read = |name: &str| credential_in(Some(folder.path()), name);
        assert_eq!(read("purser-root").expect("read").expose(), "sixteen bytes ok");
        assert!(matches!(read("short"), Err(RootKeyError::Unusable { .. })));
        assert!(matches!(read("other"), Err(RootKeyError::NoCredential { .. })));
        for name in ["", "../purser-root", ".hidden", "a/b", &"a".repeat(CREDENTIAL_NAME_BYTES_MAX + 1)] {
            assert!(matches!(read(name), Err(RootKeyError::CredentialName { .. })), "{name}");
        }
        assert!(matches!(read(&"a".repeat(CREDENTIAL_NAME_BYTES_MAX)), Err(RootKeyError::NoCredential { .. })));
        let alone = credential_in(None, "purser-root").expect_err("outside of a unit").to_string();
        assert!(alone.contains("LoadCredentialEncrypted=purser-root"), "{alone}");
    }
}
