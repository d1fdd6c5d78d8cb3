//! Signed notes (C2SP signed-note) with Ed25519 signatures: a text, an empty line, and a line for each signature.
//!
//! A key is known by a name and an id, the first four bytes of SHA-256 over name and key; people hand it on as a text,
//! `name+id+key`.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use crate::hash::Sha256;
use crate::sign::{PUBLIC_KEY_BYTES, PublicKey, SIGNATURE_BYTES, Signature, SigningKey};

/// Longest note that is read, in bytes.
pub const NOTE_BYTES_MAX: usize = 64 * 1024;
/// Most signatures that are looked through.
pub const SIGNATURES_MAX: usize = 64;

/// What stands before a key or is hashed with it: Ed25519.
const ED25519: u8 = 1;
const ID_BYTES: usize = 4;
const SIGNATURE_LINE: &str = "\u{2014} ";

/// Who signs notes: a name and a public key. Its text is `name+id+key`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteKey {
    name: String,
    public: PublicKey,
}

/// Why a note or the text of a key is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// Not a note: no empty line before the signatures, or too long.
    #[error("this is not a signed note: a text, an empty line and signature lines")]
    NotANote,
    /// Not the text of a key.
    #[error("this is not the text of a key: name, id and key, joined by plus signs")]
    NotAKey,
    /// No signature of the key.
    #[error("the note bears no signature of this key")]
    NotSigned,
    /// A signature of the key that does not match.
    #[error("the signature does not match: the note was altered")]
    Altered,
}

impl NoteKey {
    /// A key of a name.
    ///
    /// # Errors
    /// [`NoteError::NotAKey`] for a name that is empty or has white space, a control character (it is shown on terminals) or a
    /// plus sign in it.
    pub fn new(name: &str, public: PublicKey) -> Result<Self, NoteError> {
        check_name(name)?;
        Ok(Self { name: name.to_owned(), public })
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The public key alone: two names may share one.
    #[must_use]
    pub const fn public(&self) -> &PublicKey {
        &self.public
    }

    /// The key as people hand it on.
    #[must_use]
    pub fn to_text(&self) -> String {
        key_text(&self.name, ED25519, &self.public)
    }

    /// The key of a text.
    ///
    /// # Errors
    /// [`NoteError::NotAKey`], also where the id is not the key's.
    pub fn from_text(text: &str) -> Result<Self, NoteError> {
        let (name, public) = key_of_text(text, ED25519)?;
        Self::new(&name, public)
    }

    /// The line by which a signing key of this name signs a text; the text ends with a new line.
    #[must_use]
    pub fn signature_line(name: &str, key: &SigningKey, text: &str) -> String {
        let id = key_id(name, ED25519, &key.public());
        signature_line(name, &[&id[..], &key.sign_bytes(text.as_bytes()).0].concat())
    }

    /// Signs a text, which ends with a new line: the whole note.
    #[must_use]
    pub fn sign(name: &str, key: &SigningKey, text: &str) -> String {
        format!("{text}\n{}", Self::signature_line(name, key, text))
    }

    /// The text of a note that this key has signed.
    ///
    /// # Errors
    /// [`NoteError`].
    pub fn verify<'n>(&self, note: &'n str) -> Result<&'n str, NoteError> {
        let (text, signatures) = split(note)?;
        let mut failure = NoteError::NotSigned;
        for bytes in signatures_of(signatures, &self.name, key_id(&self.name, ED25519, &self.public)) {
            let Ok(signature) = <[u8; SIGNATURE_BYTES]>::try_from(bytes) else { continue };
            match self.public.verify_bytes(text.as_bytes(), &Signature(signature)) {
                Ok(()) => return Ok(text),
                Err(_) => failure = NoteError::Altered,
            }
        }
        Err(failure)
    }
}

/// Whether a key may have this name: it is shown on terminals and stands in lines.
pub(crate) fn check_name(name: &str) -> Result<(), NoteError> {
    if name.is_empty() || name.contains(|character: char| character.is_whitespace() || character.is_control() || character == '+') {
        return Err(NoteError::NotAKey);
    }
    Ok(())
}

/// By which a key's signatures are told from others of the same name; `kind` is the kind of signature.
pub(crate) fn key_id(name: &str, kind: u8, public: &PublicKey) -> [u8; ID_BYTES] {
    let mut hash = Sha256::new();
    hash.update(name.as_bytes());
    hash.update(&[b'\n', kind]);
    hash.update(&public.0);
    let [first, second, third, fourth, ..] = hash.finish();
    [first, second, third, fourth]
}

pub(crate) fn key_text(name: &str, kind: u8, public: &PublicKey) -> String {
    let key = [&[kind][..], &public.0].concat();
    format!("{name}+{}+{}", crate::hex::encode(&key_id(name, kind, public)), BASE64_STANDARD.encode(key))
}

pub(crate) fn key_of_text(text: &str, kind: u8) -> Result<(String, PublicKey), NoteError> {
    let mut parts = text.trim().splitn(3, '+');
    let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else { return Err(NoteError::NotAKey) };
    let key = BASE64_STANDARD.decode(key).map_err(|_| NoteError::NotAKey)?;
    let public = key.split_first().filter(|(found, _)| **found == kind).map(|(_, key)| <[u8; PUBLIC_KEY_BYTES]>::try_from(key));
    let Some(Ok(public)) = public else { return Err(NoteError::NotAKey) };
    let public = PublicKey(public);
    if crate::hex::encode(&key_id(name, kind, &public)) == id { Ok((name.to_owned(), public)) } else { Err(NoteError::NotAKey) }
}

/// A note's text, which ends with a new line, and its signatures' lines.
pub(crate) fn split(note: &str) -> Result<(&str, &str), NoteError> {
    if note.len() > NOTE_BYTES_MAX {
        return Err(NoteError::NotANote);
    }
    // The last empty line: a text may have some too.
    let end = note.rfind("\n\n").ok_or(NoteError::NotANote)? + 1;
    let (text, signatures) = note.split_at(end);
    Ok((text, signatures.strip_prefix('\n').unwrap_or(signatures)))
}

pub(crate) fn signature_line(name: &str, signature: &[u8]) -> String {
    format!("{SIGNATURE_LINE}{name} {}\n", BASE64_STANDARD.encode(signature))
}

/// The signatures of a key's name and id.
pub(crate) fn signatures_of<'s>(signatures: &'s str, name: &str, id: [u8; ID_BYTES]) -> impl Iterator<Item = Vec<u8>> + use<'s> {
    let prefix = format!("{SIGNATURE_LINE}{name} ");
    signatures.lines().take(SIGNATURES_MAX).filter_map(move |line| {
        let bytes = BASE64_STANDARD.decode(line.strip_prefix(&prefix)?).ok()?;
        let (found, signature) = bytes.split_first_chunk::<ID_BYTES>()?;
        (*found == id).then(|| signature.to_vec())
    })
}
