//! What an authenticator says and signs (WebAuthn section 6.1).

use super::cbor;
use super::cose::PublicKey;
use super::{Refusal, RelyingParty};

/// The longest name of a credential, as the standard has it.
pub(crate) const CREDENTIAL_ID_BYTES_MAX: usize = 1_023;
/// The shortest: 100 random bits are asked for.
const CREDENTIAL_ID_BYTES_MIN: usize = 16;
/// Bytes of the model's number, which is not kept: it tells who made the device.
const AAGUID_BYTES: usize = 16;

const USER_PRESENT: u8 = 1;
const USER_VERIFIED: u8 = 1 << 2;
const BACKUP_ELIGIBLE: u8 = 1 << 3;
const BACKED_UP: u8 = 1 << 4;
const HAS_CREDENTIAL: u8 = 1 << 6;
const HAS_EXTENSIONS: u8 = 1 << 7;

/// What an authenticator says about copies of a passkey.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Backup {
    /// It never leaves the authenticator.
    Bound,
    /// It may be copied to others and was not yet.
    Eligible,
    /// It is copied to others, by the account of a platform.
    BackedUp,
}

impl Backup {
    const ALL: [Self; 3] = [Self::Bound, Self::Eligible, Self::BackedUp];

    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::Bound => "bound",
            Self::Eligible => "eligible",
            Self::BackedUp => "backed-up",
        }
    }

    pub(crate) fn from_text(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|backup| backup.text() == text)
    }

    pub(super) const fn may_be_copied(self) -> bool {
        !matches!(self, Self::Bound)
    }
}

/// What an authenticator says, read.
#[derive(Debug)]
pub(super) struct AuthenticatorData<'a> {
    rp_id_hash: &'a [u8],
    flags: u8,
    pub(super) sign_count: u32,
    pub(super) credential: Option<AttestedCredential<'a>>,
}

/// A credential that was made.
#[derive(Debug)]
pub(super) struct AttestedCredential<'a> {
    pub(super) id: &'a [u8],
    pub(super) key: PublicKey,
}

impl<'a> AuthenticatorData<'a> {
    /// Reads all of the bytes.
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, Refusal> {
        let (rp_id_hash, rest) = bytes.split_at_checked(32).ok_or(Refusal::AuthenticatorData)?;
        let (&[flags], rest) = rest.split_first_chunk().ok_or(Refusal::AuthenticatorData)?;
        let (count, rest) = rest.split_first_chunk().ok_or(Refusal::AuthenticatorData)?;
        let (credential, rest) = match flags & HAS_CREDENTIAL {
            0 => (None, rest),
            _ => AttestedCredential::read(rest).map(|(credential, rest)| (Some(credential), rest))?,
        };
        let rest = match flags & HAS_EXTENSIONS {
            0 => rest,
            // None is asked for, and what is said unasked is not looked at.
            _ => cbor::map(rest).map_err(|_| Refusal::AuthenticatorData)?.1,
        };
        if !rest.is_empty() {
            return Err(Refusal::AuthenticatorData);
        }
        Ok(Self { rp_id_hash, flags, sign_count: u32::from_be_bytes(*count), credential })
    }

    /// Whether it is for this server, with its person present and verified.
    pub(super) fn check(&self, party: &RelyingParty) -> Result<Backup, Refusal> {
        if self.rp_id_hash != party.id_hash() {
            return Err(Refusal::RelyingParty);
        }
        if self.flags & USER_PRESENT == 0 {
            return Err(Refusal::NotPresent);
        }
        if self.flags & USER_VERIFIED == 0 {
            return Err(Refusal::NotVerified);
        }
        match (self.flags & BACKUP_ELIGIBLE != 0, self.flags & BACKED_UP != 0) {
            (false, false) => Ok(Backup::Bound),
            (true, false) => Ok(Backup::Eligible),
            (true, true) => Ok(Backup::BackedUp),
            (false, true) => Err(Refusal::Backup),
        }
    }
}

impl<'a> AttestedCredential<'a> {
    /// The credential at the front of the bytes, and what follows it (section 6.5.1).
    fn read(bytes: &'a [u8]) -> Result<(Self, &'a [u8]), Refusal> {
        let (_aaguid, rest) = bytes.split_at_checked(AAGUID_BYTES).ok_or(Refusal::AuthenticatorData)?;
        let (length, rest) = rest.split_first_chunk().ok_or(Refusal::AuthenticatorData)?;
        let length = usize::from(u16::from_be_bytes(*length));
        if !(CREDENTIAL_ID_BYTES_MIN..=CREDENTIAL_ID_BYTES_MAX).contains(&length) {
            return Err(Refusal::CredentialId);
        }
        let (id, rest) = rest.split_at_checked(length).ok_or(Refusal::AuthenticatorData)?;
        let (key, rest) = cbor::map(rest).map_err(|_| Refusal::PublicKey)?;
        Ok((Self { id, key: PublicKey::read(&key)? }, rest))
    }
}
