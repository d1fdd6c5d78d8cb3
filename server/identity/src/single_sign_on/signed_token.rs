//! A signed JSON web token (RFC 7515, compact), verified with aws-lc-rs.
//!
//! Nothing in a token decides how it is verified: its algorithm has to be one of [`Algorithm::ALL`], all of them asymmetric,
//! and of the kind of the key that is looked up for it. So there is no `none`, and no secret that a public key could be taken
//! for. What is not understood but marked as critical ends it.

use aws_lc_rs::rsa::PublicKeyComponents;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384,
    RSA_PKCS1_2048_8192_SHA512, RSA_PSS_2048_8192_SHA256, RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512, RsaParameters,
    UnparsedPublicKey, VerificationAlgorithm,
};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::Deserialize;

use super::fault::TokenFault;
use super::key_set::{KeySet, PublicKey};

/// Largest token that is looked at, in bytes.
pub(crate) const TOKEN_BYTES_MAX: usize = 32 * 1_024;

/// How a token may be signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Algorithm {
    Rs256,
    Rs384,
    Rs512,
    Ps256,
    Ps384,
    Ps512,
    Es256,
    Es384,
    EdDsa,
}

impl Algorithm {
    pub(crate) const ALL: [Self; 9] =
        [Self::Rs256, Self::Rs384, Self::Rs512, Self::Ps256, Self::Ps384, Self::Ps512, Self::Es256, Self::Es384, Self::EdDsa];

    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Rs384 => "RS384",
            Self::Rs512 => "RS512",
            Self::Ps256 => "PS256",
            Self::Ps384 => "PS384",
            Self::Ps512 => "PS512",
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::EdDsa => "EdDSA",
        }
    }

    pub(crate) fn from_text(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.text() == text)
    }

    /// The hash of half of which `at_hash` consists (OpenID Connect Core 3.1.3.6). Of EdDSA none is fixed there.
    pub(crate) const fn half_hash(self) -> Option<&'static aws_lc_rs::digest::Algorithm> {
        match self {
            Self::Rs256 | Self::Ps256 | Self::Es256 => Some(&aws_lc_rs::digest::SHA256),
            Self::Rs384 | Self::Ps384 | Self::Es384 => Some(&aws_lc_rs::digest::SHA384),
            Self::Rs512 | Self::Ps512 => Some(&aws_lc_rs::digest::SHA512),
            Self::EdDsa => None,
        }
    }

    /// Whether it is one for this kind of key.
    pub(crate) const fn fits(self, key: &PublicKey) -> bool {
        match self {
            Self::Rs256 | Self::Rs384 | Self::Rs512 | Self::Ps256 | Self::Ps384 | Self::Ps512 => matches!(key, PublicKey::Rsa { .. }),
            Self::Es256 => matches!(key, PublicKey::P256(_)),
            Self::Es384 => matches!(key, PublicKey::P384(_)),
            Self::EdDsa => matches!(key, PublicKey::Ed25519(_)),
        }
    }

    fn verifies(self, key: &PublicKey, message: &[u8], signature: &[u8]) -> bool {
        let with = |algorithm: &'static dyn VerificationAlgorithm, point: &[u8]| {
            UnparsedPublicKey::new(algorithm, point).verify(message, signature).is_ok()
        };
        let rsa = |parameters: &'static RsaParameters| match key {
            PublicKey::Rsa { modulus, exponent } => {
                PublicKeyComponents { n: modulus, e: exponent }.verify(parameters, message, signature).is_ok()
            }
            _ => false,
        };
        match (self, key) {
            (Self::Rs256, _) => rsa(&RSA_PKCS1_2048_8192_SHA256),
            (Self::Rs384, _) => rsa(&RSA_PKCS1_2048_8192_SHA384),
            (Self::Rs512, _) => rsa(&RSA_PKCS1_2048_8192_SHA512),
            (Self::Ps256, _) => rsa(&RSA_PSS_2048_8192_SHA256),
            (Self::Ps384, _) => rsa(&RSA_PSS_2048_8192_SHA384),
            (Self::Ps512, _) => rsa(&RSA_PSS_2048_8192_SHA512),
            (Self::Es256, PublicKey::P256(point)) => with(&ECDSA_P256_SHA256_FIXED, point),
            (Self::Es384, PublicKey::P384(point)) => with(&ECDSA_P384_SHA384_FIXED, point),
            (Self::EdDsa, PublicKey::Ed25519(point)) => with(&ED25519, point),
            _ => false,
        }
    }
}

/// What stands in front of a token. A member that stands there twice ends it, since two readers could take another one each.
#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    crit: Option<serde::de::IgnoredAny>,
    /// Only of use to a reader that fetches or believes keys from the token itself: here such a token is refused.
    jku: Option<serde::de::IgnoredAny>,
    jwk: Option<serde::de::IgnoredAny>,
    x5u: Option<serde::de::IgnoredAny>,
}

/// A token that is read and not verified.
pub(crate) struct SignedToken<'a> {
    pub(crate) algorithm: Algorithm,
    pub(crate) key_id: Option<String>,
    message: &'a str,
    payload: Vec<u8>,
    signature: Vec<u8>,
}

impl<'a> SignedToken<'a> {
    pub(crate) fn parse(text: &'a str) -> Result<Self, TokenFault> {
        if text.len() > TOKEN_BYTES_MAX {
            return Err(TokenFault::Malformed);
        }
        let (message, signature) = text.rsplit_once('.').ok_or(TokenFault::Malformed)?;
        let (header, payload) = message.split_once('.').ok_or(TokenFault::Malformed)?;
        let decode = |part: &str| BASE64_URL_SAFE_NO_PAD.decode(part).map_err(|_| TokenFault::Malformed);
        let header: Header = serde_json::from_slice(&decode(header)?).map_err(|_| TokenFault::Malformed)?;
        let algorithm = Algorithm::from_text(&header.alg).ok_or(TokenFault::Algorithm)?;
        if header.crit.is_some() || header.jku.is_some() || header.jwk.is_some() || header.x5u.is_some() {
            return Err(TokenFault::Header);
        }
        Ok(Self { algorithm, key_id: header.kid, message, payload: decode(payload)?, signature: decode(signature)? })
    }

    /// What it says, where one of the keys signed it: the one that it names, or the only one that there is for its algorithm.
    pub(crate) fn verify(self, keys: &KeySet) -> Result<Vec<u8>, TokenFault> {
        let key = keys.find(self.key_id.as_deref(), self.algorithm).ok_or(TokenFault::UnknownKey)?;
        if !self.algorithm.verifies(key, self.message.as_bytes(), &self.signature) {
            return Err(TokenFault::Signature);
        }
        Ok(self.payload)
    }
}
