//! Credential texts: `prs_` kind `_` secret checksum, as in `prs_api_3Kq…`.
//!
//! - The **prefix** says what leaked when one is found in a log or a repository, and fixes which routes it may open
//!   before anything is looked up.
//! - The **secret** is 24 random bytes (192 bits) in 33 characters of base62, so it survives double-click and URL.
//! - The **checksum** (CRC-32 of all before it, 6 characters of base62) tells a typing error from a revoked token, and
//!   lets secret scanners drop false alarms. It is no protection.
//!
//! A server stores [`stored_hash`] only. A plain SHA-256 is right here: a random secret of 192 bits cannot be guessed
//! however fast the hash is.
//!
//! Short-lived ones (`prs_acc_…`, `prs_dev_…`) carry their content themselves, see [`crate::signed_token`]; they have the prefix in
//! common with these and nothing else.

use zeroize::Zeroizing;

use crate::hash;

/// Random bytes in a credential.
pub const RANDOM_BYTES: usize = 24;
/// Characters that 24 bytes need in base62: ⌈192 / log₂ 62⌉.
pub const SECRET_CHARACTERS: usize = 33;
/// Characters that 32 bits of checksum need in base62.
pub const CHECKSUM_CHARACTERS: usize = 6;
/// Length of a whole credential text: `prs_`, kind, `_`, secret, checksum.
pub const TEXT_CHARACTERS: usize = 8 + SECRET_CHARACTERS + CHECKSUM_CHARACTERS;

/// By what programs that look for leaked secrets find every credential of ours, in the syntax that RE2 and its kin share (no look-around).
/// It is published, and a change of it is a change of the product: `docs/guide/accounts-and-keys.md`. What it finds is one where
/// [`Token::parse`] takes it too; the rest are false alarms.
pub const PATTERN: &str = r"\bprs_(?:(?:api|enr|inv|rec|ses|set|tel)_[0-9A-Za-z]{39}\b|(?:acc|dev)_[0-9A-Za-z_-]{43,427})";

const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// What a credential is for. The kind fixes the set of routes that it opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TokenKind {
    /// `prs_acc_`: a program's short-lived access to the API, self-contained ([`crate::signed_token`]).
    Access,
    /// `prs_api_`: a user's or program's access to the API.
    Api,
    /// `prs_dev_`: a device's short-lived access, self-contained ([`crate::signed_token`]).
    Device,
    /// `prs_enr_`: lets devices enrol.
    Enrolment,
    /// `prs_inv_`: lets somebody set up an account of an organisation that invited them.
    Invitation,
    /// `prs_rec_`: gives an owner back the access to the account; made on the host.
    Recovery,
    /// `prs_ses_`: a signed-in browser.
    Session,
    /// `prs_set_`: the one-time set-up link of a tenant's owner.
    Setup,
    /// `prs_tel_`: sends reports, and nothing else.
    Telemetry,
}

/// A credential text that was read, or made.
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    kind: TokenKind,
    text: Zeroizing<String>,
}

/// A text is no credential of ours. Never quotes the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// It does not start with `prs_` and a known kind.
    #[error("not a Purser token: it should begin with prs_, a kind of three letters and _")]
    UnknownPrefix,
    /// It is too short, too long, or has characters other than `0-9A-Za-z`.
    #[error("the token is incomplete or has characters that do not belong to it")]
    Malformed,
    /// The checksum does not fit: a character was lost or mistyped.
    #[error("the token was mistyped: its checksum does not fit")]
    Checksum,
    /// The kind carries its content itself, and this reads only those that do not.
    #[error("a token of this kind is not looked up but verified")]
    SelfContained,
}

impl TokenKind {
    /// Every kind.
    pub const ALL: [Self; 9] = [
        Self::Access,
        Self::Api,
        Self::Device,
        Self::Enrolment,
        Self::Invitation,
        Self::Recovery,
        Self::Session,
        Self::Setup,
        Self::Telemetry,
    ];

    /// What its texts begin with, `prs_api_`.
    #[must_use]
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Access => "prs_acc_",
            Self::Api => "prs_api_",
            Self::Device => "prs_dev_",
            Self::Enrolment => "prs_enr_",
            Self::Invitation => "prs_inv_",
            Self::Recovery => "prs_rec_",
            Self::Session => "prs_ses_",
            Self::Setup => "prs_set_",
            Self::Telemetry => "prs_tel_",
        }
    }

    /// Whether its texts carry their content themselves, and are verified instead of looked up.
    #[must_use]
    pub const fn is_self_contained(self) -> bool {
        matches!(self, Self::Access | Self::Device)
    }

    /// The kind of a text by its prefix alone, without a look at the rest.
    ///
    /// # Errors
    /// [`TokenError::UnknownPrefix`].
    pub fn of(text: &str) -> Result<Self, TokenError> {
        Self::ALL.into_iter().find(|kind| text.starts_with(kind.prefix())).ok_or(TokenError::UnknownPrefix)
    }
}

impl Token {
    /// A new credential of 24 random bytes.
    ///
    /// # Panics
    /// For kinds that carry their content ([`TokenKind::is_self_contained`]), which [`crate::signed_token`] makes.
    #[must_use]
    pub fn make(kind: TokenKind, random: [u8; RANDOM_BYTES]) -> Self {
        assert!(!kind.is_self_contained(), "this kind of token carries its content and is made by signed_token");
        let random = Zeroizing::new(random);
        let mut text = Zeroizing::new(String::with_capacity(TEXT_CHARACTERS));
        text.push_str(kind.prefix());
        push_base62(&mut text, random.as_slice(), SECRET_CHARACTERS);
        let checksum = crc32(text.as_bytes()).to_be_bytes();
        push_base62(&mut text, &checksum, CHECKSUM_CHARACTERS);
        Self { kind, text }
    }

    /// Reads a credential text; whether it is valid, only the one who stored its hash can tell.
    ///
    /// # Errors
    /// [`TokenError`].
    pub fn parse(text: &str) -> Result<Self, TokenError> {
        let kind = TokenKind::of(text)?;
        if kind.is_self_contained() {
            return Err(TokenError::SelfContained);
        }
        let bytes = text.as_bytes();
        let rest = bytes.get(kind.prefix().len()..).ok_or(TokenError::Malformed)?;
        if bytes.len() != TEXT_CHARACTERS || !rest.iter().all(u8::is_ascii_alphanumeric) {
            return Err(TokenError::Malformed);
        }
        let (covered, checksum) = bytes.split_last_chunk::<CHECKSUM_CHARACTERS>().ok_or(TokenError::Malformed)?;
        let mut expected = String::with_capacity(CHECKSUM_CHARACTERS);
        push_base62(&mut expected, &crc32(covered).to_be_bytes(), CHECKSUM_CHARACTERS);
        if checksum != expected.as_bytes() {
            return Err(TokenError::Checksum);
        }
        Ok(Self { kind, text: Zeroizing::new(text.to_owned()) })
    }

    /// What it is for.
    #[must_use]
    pub fn kind(&self) -> TokenKind {
        self.kind
    }

    /// The text, to be shown to its owner once.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.text
    }

    /// What the server keeps of it.
    #[must_use]
    pub fn stored_hash(&self) -> [u8; hash::DIGEST_BYTES] {
        stored_hash(&self.text)
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}[redacted]", self.kind.prefix())
    }
}

/// Reads a credential text, as [`Token::parse`].
///
/// # Errors
/// [`TokenError`].
pub fn parse(text: &str) -> Result<Token, TokenError> {
    Token::parse(text)
}

/// What a server keeps of a credential text: its SHA-256.
#[must_use]
pub fn stored_hash(text: &str) -> [u8; hash::DIGEST_BYTES] {
    hash::sha256(text.as_bytes())
}

/// Appends a big-endian number in base62, with leading zeros up to `characters`.
fn push_base62(text: &mut String, number: &[u8], characters: usize) {
    let mut number = Zeroizing::new(number.to_vec());
    let mut digits = Zeroizing::new(vec![0; characters]);
    for digit in digits.iter_mut().rev() {
        let mut remainder = 0_u32;
        for byte in number.iter_mut() {
            let value = remainder << 8 | u32::from(*byte);
            *byte = u8::try_from(value / 62).expect("a remainder below 62 keeps the quotient below 256");
            remainder = value % 62;
        }
        *digit = BASE62[remainder as usize];
    }
    text.extend(digits.iter().map(|digit| char::from(*digit)));
}

/// CRC-32 as in gzip and Ethernet (reflected polynomial EDB88320), bit by bit: it covers 41 bytes.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ ((crc & 1) * 0xEDB8_8320)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crc32_has_its_published_check_value() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
    }

    #[test]
    fn base62_is_a_positional_number_with_leading_zeros() {
        let text = |number: &[u8], characters| {
            let mut text = String::new();
            push_base62(&mut text, number, characters);
            text
        };
        assert_eq!(text(&[0; 24], 3), "000");
        assert_eq!(text(&[61], 2), "0z");
        assert_eq!(text(&[62], 2), "10");
        assert_eq!(text(&u32::MAX.to_be_bytes(), CHECKSUM_CHARACTERS), "4gfFC3");
    }

    #[test]
    fn the_largest_secret_fits_its_characters() {
        let mut text = String::new();
        push_base62(&mut text, &[255; RANDOM_BYTES], SECRET_CHARACTERS + 1);
        assert!(text.starts_with('0'));
    }
}
