//! A WebAuthn relying party (W3C, Level 3, sections 7.1 and 7.2), pure: no I/O, and the time is an argument.
//!
//! What it takes is narrow on purpose. Attestation is `none`: it asks for no chain of certificates, and tells no maker of the device.
//! Three algorithms, all of our one crypto provider. The person was verified by the authenticator (PIN, finger, face): so a passkey
//! is both factors. Origin and relying party are compared whole; no frame of another site signs anybody in. Whatever is read has a
//! limit and one way to be written.
//!
//! * [`party`]: for which origin it works. [`client_data`]: what the browser says. [`authenticator_data`], [`cose`], [`cbor`]: what
//!   the authenticator says. [`registration`] and [`assertion`]: the comparisons.

mod assertion;
mod authenticator_data;
mod cbor;
mod client_data;
mod cose;
mod party;
mod registration;
#[cfg(test)]
mod tests;

use kernel::Timestamp;

pub(crate) use self::assertion::{Asked, Assertion, Known, Shown};
pub(crate) use self::authenticator_data::{Backup, CREDENTIAL_ID_BYTES_MAX};
pub(crate) use self::client_data::{CLIENT_DATA_BYTES_MAX, challenge_of};
pub(crate) use self::cose::{Algorithm, PublicKey};
pub(crate) use self::party::{NoPasskeys, RelyingParty};
pub(crate) use self::registration::{ATTESTATION_BYTES_MAX, Credential, Registration};

/// What a ceremony is held against.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Expected<'a> {
    /// Who asks.
    pub(crate) party: &'a RelyingParty,
    /// What was to be signed.
    pub(crate) challenge: &'a [u8],
    /// Until when.
    pub(crate) expires_at: Timestamp,
    /// The time.
    pub(crate) now: Timestamp,
}

/// Why a ceremony is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("what the browser says is not in the form that browsers use")]
    ClientData,
    #[error("it is an answer to another question: to sign in and to add a passkey are two")]
    Kind,
    #[error("it is an answer to another challenge")]
    Challenge,
    #[error("the answer came too late; begin again")]
    Expired,
    #[error("the page was opened at another address than the server's own")]
    Origin,
    #[error("the page was shown inside of another one")]
    CrossOrigin,
    #[error("what the authenticator says is not in the form that the standard asks for")]
    AuthenticatorData,
    #[error("the passkey is for another server")]
    RelyingParty,
    #[error("nobody was present at the authenticator")]
    NotPresent,
    #[error("the authenticator did not ask for PIN, finger or face; set one up on it")]
    NotVerified,
    #[error("the authenticator contradicts itself or what it said before about copies of the passkey")]
    Backup,
    #[error("the attestation is not in the form that the standard asks for")]
    AttestationObject,
    #[error("the authenticator told who made it, though it was asked not to; use another one")]
    Attested,
    #[error("the public key is of a kind that is not taken, or is none")]
    PublicKey,
    #[error("the passkey's name is longer than the standard allows, or too short to be one")]
    CredentialId,
    #[error("it is another passkey than the one looked up")]
    Foreign,
    #[error("the passkey belongs to somebody else")]
    UserHandle,
    #[error("the signature is not by this passkey over these data")]
    Signature,
    #[error("the authenticator counted backwards: there may be a copy of it")]
    Counter,
}
