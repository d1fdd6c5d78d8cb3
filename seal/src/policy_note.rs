//! What an installation signs of its policy on how data are treated: a version, when it was made, and the digest of its content.
//!
//! A signed note of four lines: the installation's name for its policy, which is also the key's, `policy` with the version, `made`
//! with microseconds since 1970, `sha256` with the digest in hexadecimal. The content goes beside the note, as the bytes that the
//! digest is of.

use crate::hash::{DIGEST_BYTES, sha256};
use crate::hex;
use crate::note::{NoteError, NoteKey};
use crate::sign::SigningKey;

/// What is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyNote {
    /// The installation's name for its policy; also the name of the key.
    pub name: String,
    /// Which version.
    pub version: u32,
    /// When it was made, in microseconds since 1970.
    pub made_at_micros: i64,
    /// SHA-256 of its content.
    pub digest: [u8; DIGEST_BYTES],
}

/// Why a note is not accepted, or not of a content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PolicyNoteError {
    /// The note itself.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// The signed text is no version of a policy.
    #[error("the signed text is not a version of a policy: its name, the version, when it was made and a digest, a line each")]
    NotAPolicy,
    /// It is of another installation than its key.
    #[error("the note is of another installation's policy than the key")]
    OtherKey,
    /// The content is another one than was signed.
    #[error("the content is not the one that was signed: it was changed")]
    OtherContent,
}

impl PolicyNote {
    /// The text that is signed.
    #[must_use]
    pub fn to_text(&self) -> String {
        let Self { name, version, made_at_micros, digest } = self;
        format!("{name}\npolicy {version}\nmade {made_at_micros}\nsha256 {}\n", hex::encode(digest))
    }

    /// The signed note.
    #[must_use]
    pub fn sign(&self, key: &SigningKey) -> String {
        NoteKey::sign(&self.name, key, &self.to_text())
    }

    /// What a note says that this key has signed, of this content.
    ///
    /// # Errors
    /// [`PolicyNoteError`].
    pub fn verify(note: &str, key: &NoteKey, content: &[u8]) -> Result<Self, PolicyNoteError> {
        let read = Self::from_text(key.verify(note)?).ok_or(PolicyNoteError::NotAPolicy)?;
        if read.name != key.name() {
            return Err(PolicyNoteError::OtherKey);
        }
        if sha256(content) != read.digest {
            return Err(PolicyNoteError::OtherContent);
        }
        Ok(read)
    }

    /// Nothing where it is not the text of one, written as it would be written again.
    fn from_text(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        let name = lines.next()?.to_owned();
        let version = lines.next()?.strip_prefix("policy ")?.parse().ok()?;
        let made_at_micros = lines.next()?.strip_prefix("made ")?.parse().ok()?;
        let digest = hex::decode(lines.next()?.strip_prefix("sha256 ")?)?;
        let read = Self { name, version, made_at_micros, digest };
        (read.to_text() == text).then_some(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONTENT: &[u8] = br#"{"format":1}"#;

    fn signed() -> (PolicyNote, SigningKey, NoteKey) {
        let key = SigningKey::from_seed([7; 32]);
        let note =
            PolicyNote { name: "purser.policy/00".into(), version: 3, made_at_micros: 1_764_300_000_000_000, digest: sha256(CONTENT) };
        let named = NoteKey::new("purser.policy/00", key.public()).expect("a key");
        (note, key, named)
    }

    #[test]
    fn what_was_signed_is_read_back_with_its_content() {
        let (note, key, named) = signed();
        assert_eq!(PolicyNote::verify(&note.sign(&key), &named, CONTENT), Ok(note));
    }

    #[test]
    fn another_content_another_key_and_another_text_are_refused() {
        let (note, key, named) = signed();
        let text = note.sign(&key);
        assert_eq!(PolicyNote::verify(&text, &named, b"{\"format\":2}"), Err(PolicyNoteError::OtherContent));
        assert_eq!(
            PolicyNote::verify(&text.replace("policy 3", "policy 4"), &named, CONTENT),
            Err(PolicyNoteError::Note(NoteError::Altered))
        );
        let other = PolicyNote { name: "purser.policy/01".into(), ..note.clone() };
        let elsewhere = NoteKey::sign("purser.policy/00", &key, &other.to_text());
        assert_eq!(PolicyNote::verify(&elsewhere, &named, CONTENT), Err(PolicyNoteError::OtherKey));
        for wrong in ["purser.policy/00\n", "purser.policy/00\npolicy 03\nmade 1\nsha256 00\n", &note.to_text().replace("made ", "made +")]
        {
            let signed = NoteKey::sign("purser.policy/00", &key, wrong);
            assert_eq!(PolicyNote::verify(&signed, &named, CONTENT), Err(PolicyNoteError::NotAPolicy), "{wrong}");
        }
    }
}
