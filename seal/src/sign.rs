//! Ed25519 (RFC 8032) signatures over a context and named parts.
//!
//! The signed message is `context ‖ 00 ‖ part ‖ 00 ‖ part …`. A context is a constant of the protocol and fixes the
//! number of parts; parts are texts. A part with a zero byte in it would make the message ambiguous, so
//! [`PublicKey::verify`] refuses it: a signer who was tricked into signing one has signed nothing that anyone accepts.

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use zeroize::Zeroizing;

use crate::{hash, hex};

/// Length of the secret seed.
pub const SEED_BYTES: usize = 32;
/// Length of a public key.
pub const PUBLIC_KEY_BYTES: usize = 32;
/// Length of a signature.
pub const SIGNATURE_BYTES: usize = 64;

/// A secret signing key. Wiped when dropped.
pub struct SigningKey {
    seed: Zeroizing<[u8; SEED_BYTES]>,
    pair: Ed25519KeyPair,
}

/// A public key; its text is 64 lower-case hexadecimal characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PublicKey(pub [u8; PUBLIC_KEY_BYTES]);

/// A signature; its text is 128 lower-case hexadecimal characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signature(pub [u8; SIGNATURE_BYTES]);

/// The signature was not made by this key over this context and these parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signature does not match")]
pub struct VerifyError;

/// The text is not the hexadecimal form of a key or signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected_characters} characters of 0-9 and a-f")]
pub struct TextError {
    /// How many characters the text should have had.
    pub expected_characters: usize,
}

impl SigningKey {
    /// The key pair of 32 secret random bytes.
    #[must_use]
    pub fn from_seed(seed: [u8; SEED_BYTES]) -> Self {
        let seed = Zeroizing::new(seed);
        let pair = Ed25519KeyPair::from_seed_unchecked(seed.as_slice()).expect("any 32 bytes are an Ed25519 seed");
        Self { seed, pair }
    }

    /// The secret seed, for storing the key sealed.
    #[must_use]
    pub fn seed(&self) -> &[u8; SEED_BYTES] {
        &self.seed
    }

    /// The public half.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        PublicKey(self.pair.public_key().as_ref().try_into().expect("an Ed25519 public key has 32 bytes"))
    }

    /// Signs the parts under a context.
    #[must_use]
    pub fn sign(&self, context: &str, parts: &[&[u8]]) -> Signature {
        self.sign_bytes(&message(context, parts))
    }

    /// Signs bytes as they are: for formats of others, under a key that signs nothing else.
    pub(crate) fn sign_bytes(&self, bytes: &[u8]) -> Signature {
        Signature(self.pair.sign(bytes).as_ref().try_into().expect("an Ed25519 signature has 64 bytes"))
    }
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[redacted]")
    }
}

impl PublicKey {
    /// Checks a signature.
    ///
    /// # Errors
    /// [`VerifyError`] where it is of another key, context or message, or where a part contains a zero byte.
    pub fn verify(&self, context: &str, parts: &[&[u8]], signature: &Signature) -> Result<(), VerifyError> {
        if context.as_bytes().contains(&0) || parts.iter().any(|part| part.contains(&0)) {
            return Err(VerifyError);
        }
        self.verify_bytes(&message(context, parts), signature)
    }

    /// Checks a signature over bytes as they are.
    pub(crate) fn verify_bytes(&self, bytes: &[u8], signature: &Signature) -> Result<(), VerifyError> {
        UnparsedPublicKey::new(&ED25519, self.0).verify(bytes, &signature.0).map_err(|_| VerifyError)
    }

    /// The key as 64 hexadecimal characters.
    #[must_use]
    pub fn to_text(&self) -> String {
        hex::encode(&self.0)
    }

    /// The key of a text.
    ///
    /// # Errors
    /// [`TextError`] where it is not 64 characters of `0-9a-f`. Whether a key has ever signed, nobody can tell.
    pub fn from_text(text: &str) -> Result<Self, TextError> {
        hex::decode(text).map(Self).ok_or(TextError { expected_characters: 2 * PUBLIC_KEY_BYTES })
    }
}

impl Signature {
    /// The signature as 128 hexadecimal characters.
    #[must_use]
    pub fn to_text(&self) -> String {
        hex::encode(&self.0)
    }

    /// The signature of a text.
    ///
    /// # Errors
    /// [`TextError`] where it is not 128 characters of `0-9a-f`.
    pub fn from_text(text: &str) -> Result<Self, TextError> {
        hex::decode(text).map(Self).ok_or(TextError { expected_characters: 2 * SIGNATURE_BYTES })
    }
}

/// What a person compares and an enrolment command carries: the SHA-256 of the public key.
#[must_use]
pub fn fingerprint(key: &PublicKey) -> [u8; hash::DIGEST_BYTES] {
    hash::sha256(&key.0)
}

fn message(context: &str, parts: &[&[u8]]) -> Vec<u8> {
    let mut message = context.as_bytes().to_vec();
    for part in parts {
        message.push(0);
        message.extend_from_slice(part);
    }
    message
}
