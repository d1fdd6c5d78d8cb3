//! Why there is no root key: each sentence says what its reader can do.

use std::io;
use std::path::PathBuf;

use super::{PASSPHRASE_BYTES_MAX, PASSPHRASE_BYTES_MIN, PIN_BYTES_MIN};

/// Why there is no root key.
#[derive(Debug, thiserror::Error)]
pub enum RootKeyError {
    /// No file.
    #[error("there is no passphrase file at {}: without it nothing that is stored can be read. Put it back; only for a new installation, make one with `purser init`", path.display())]
    Missing {
        /// Where it should be.
        path: PathBuf,
    },
    /// A file is there already.
    #[error("{} exists already and is not overwritten: it may be the only key to stored data", path.display())]
    Exists {
        /// Where.
        path: PathBuf,
    },
    /// Others may read it.
    #[error("the passphrase file {} may be read by others (mode {mode:03o}): run `chmod 600` on it, and consider who has read it", path.display())]
    OpenToOthers {
        /// Where.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// Not a regular file.
    #[error("{} is not a regular file", path.display())]
    NotAFile {
        /// Where.
        path: PathBuf,
    },
    /// Too short, too long, not UTF-8, or of several lines.
    #[error("the passphrase in {} must be one line of {PASSPHRASE_BYTES_MIN} to {PASSPHRASE_BYTES_MAX} bytes of UTF-8", path.display())]
    Unusable {
        /// Where.
        path: PathBuf,
    },
    /// The file system refused.
    #[error("the passphrase file {} cannot be used", path.display())]
    Io {
        /// Where.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The stored cost is out of its limits.
    #[error("the keyring asks for a derivation that is out of its limits: it is damaged")]
    Cost,
    /// No credentials.
    #[error(
        "the root key is to come from the systemd credential {name}, but systemd gave this process no credentials: start it as a unit with \
         LoadCredentialEncrypted={name}, or run the command by `systemd-run` with the same property"
    )]
    NoCredentials {
        /// Which one is wanted.
        name: String,
    },
    /// Not among the credentials.
    #[error("systemd gave no credential {name} (there is no {}): the unit needs LoadCredentialEncrypted={name}", path.display())]
    NoCredential {
        /// Which one is wanted.
        name: String,
        /// Where it should be.
        path: PathBuf,
    },
    /// A name that leads out of the folder of credentials.
    #[error("{name:?} is no name of a systemd credential: it has letters, digits, '-', '_' and '.' only, and does not begin with '.'")]
    CredentialName {
        /// What was given.
        name: String,
    },
    /// No PIN.
    #[error("the token's PIN cannot be read from {}: the file must be one line of {PIN_BYTES_MIN} to {PASSPHRASE_BYTES_MAX} bytes that only its owner may read", path.display())]
    Pin {
        /// Its file.
        path: PathBuf,
        /// Why; nothing where the text is no PIN.
        #[source]
        source: Option<Box<Self>>,
    },
    /// The token refused.
    #[error("the PKCS#11 module {}, while {doing}: {reason}", module.display())]
    Token {
        /// The module.
        module: PathBuf,
        /// What was asked of it.
        doing: &'static str,
        /// What it said.
        reason: String,
    },
    /// No such token, or several.
    #[error("{found} tokens are labelled {token:?}, and it must be one: `pkcs11-tool --list-slots` or your maker's tool shows them")]
    TokenNotFound {
        /// The label.
        token: String,
        /// How many.
        found: usize,
    },
    /// No such key, or several.
    #[error("the token {token:?} has {found} AES keys labelled {key:?}, and it must be one: without it nothing that is stored can be read")]
    TokenKeyNotFound {
        /// The token's label.
        token: String,
        /// The key's label.
        key: String,
        /// How many.
        found: usize,
    },
    /// The key may be read out of the token.
    #[error("the key {key:?} may leave its token (it is extractable, or not sensitive): make one that may not")]
    TokenKeyMayLeave {
        /// The key's label.
        key: String,
    },
}
