//! Public keys as authenticators write them (COSE_Key, RFC 9052 section 7), and checking a signature with one.
//!
//! A key says its algorithm, and what is stored holds both in one: a credential is never checked with another algorithm than the
//! one that it was made for. Section 5.8.5 and 6.5.1.1 of WebAuthn: no optional parameter, no compressed point, curve bound to algorithm.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};
use serde::{Deserialize, Serialize};

use super::Refusal;
use super::cbor::{Map, Value};

/// Bytes of a coordinate of P-256, and of an Ed25519 key.
const COORDINATE_BYTES: usize = 32;
/// Bytes of an RSA modulus: 2,048 to 4,096 bits.
const MODULUS_BYTES: std::ops::RangeInclusive<usize> = 256..=512;
/// The one exponent in use, 65,537.
const EXPONENT: &[u8] = &[1, 0, 1];
/// What an uncompressed point begins with (SEC 1 section 2.3.3).
const UNCOMPRESSED: u8 = 4;

/// What signs, by its number in the IANA's COSE registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Algorithm {
    /// ECDSA on P-256 with SHA-256: what nearly every authenticator has.
    Es256 = -7,
    /// Ed25519.
    Ed25519 = -8,
    /// RSA PKCS #1 v1.5 with SHA-256: Windows Hello on older machines has nothing else.
    Rs256 = -257,
}

impl Algorithm {
    /// All, the preferred first.
    pub(crate) const ALL: [Self; 3] = [Self::Ed25519, Self::Es256, Self::Rs256];

    pub(crate) const fn number(self) -> i64 {
        self as i64
    }
}

/// A public key with its algorithm.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum PublicKey {
    /// An uncompressed point.
    Es256(Vec<u8>),
    /// A key.
    Ed25519(Vec<u8>),
    /// Modulus; the exponent is 65,537.
    Rs256(Vec<u8>),
}

impl PublicKey {
    /// The key of a map that holds it and nothing else.
    pub(super) fn read(map: &Map<'_>) -> Result<Self, Refusal> {
        let key = match (integer(map, 1), integer(map, 3), integer(map, -1), map.len()) {
            (Some(2), Some(-7), Some(1), 5) => Self::Es256([&[UNCOMPRESSED], coordinate(map, -2)?, coordinate(map, -3)?].concat()),
            (Some(1), Some(-8), Some(6), 4) => Self::Ed25519(coordinate(map, -2)?.to_vec()),
            (Some(3), Some(-257), None, 4) => Self::Rs256(modulus(map)?),
            _ => return Err(Refusal::PublicKey),
        };
        if key.is_one() { Ok(key) } else { Err(Refusal::PublicKey) }
    }

    pub(crate) const fn algorithm(&self) -> Algorithm {
        match self {
            Self::Es256(_) => Algorithm::Es256,
            Self::Ed25519(_) => Algorithm::Ed25519,
            Self::Rs256(_) => Algorithm::Rs256,
        }
    }

    /// Whether the provider takes it: a point lies on its curve.
    fn is_one(&self) -> bool {
        match self {
            Self::Es256(point) => ParsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point).is_ok(),
            Self::Ed25519(key) => ParsedPublicKey::new(&ED25519, key).is_ok(),
            Self::Rs256(n) => {
                RsaPublicKeyComponents { n: n.as_slice(), e: EXPONENT }.to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256).is_ok()
            }
        }
    }

    /// Whether the signature is by this key over the message.
    pub(super) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Es256(point) => UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point).verify(message, signature).is_ok(),
            Self::Ed25519(key) => UnparsedPublicKey::new(&ED25519, key).verify(message, signature).is_ok(),
            Self::Rs256(n) => {
                RsaPublicKeyComponents { n: n.as_slice(), e: EXPONENT }.verify(&RSA_PKCS1_2048_8192_SHA256, message, signature).is_ok()
            }
        }
    }
}

fn integer(map: &Map<'_>, key: i64) -> Option<i64> {
    match map.at(key) {
        // -1 of an RSA key is its modulus.
        Some(Value::Integer(number)) => Some(*number),
        _ => None,
    }
}

fn bytes<'a>(map: &Map<'a>, key: i64) -> Result<&'a [u8], Refusal> {
    match map.at(key) {
        Some(Value::Bytes(bytes)) => Ok(bytes),
        _ => Err(Refusal::PublicKey),
    }
}

fn coordinate<'a>(map: &Map<'a>, key: i64) -> Result<&'a [u8], Refusal> {
    bytes(map, key).and_then(|bytes| if bytes.len() == COORDINATE_BYTES { Ok(bytes) } else { Err(Refusal::PublicKey) })
}

fn modulus(map: &Map<'_>) -> Result<Vec<u8>, Refusal> {
    let (modulus, exponent) = (bytes(map, -1)?, bytes(map, -2)?);
    let is_one = MODULUS_BYTES.contains(&modulus.len()) && modulus.first() != Some(&0) && exponent == EXPONENT;
    if is_one { Ok(modulus.to_vec()) } else { Err(Refusal::PublicKey) }
}
