//! How a device joins a tenant and signs in.
//!
//! 1. The device makes an Ed25519 key pair. With an enrolment token it posts [`EnrolRequest`]; the answer names its
//!    device id and the server's *instance keys* (current and next), which it pins. The first contact is guarded by
//!    the fingerprint of the current instance key, which the enrolment command carries.
//! 2. To sign in (and before it enrols), it posts [`ChallengeRequest`] and gets a stateless [`Challenge`] signed by an
//!    instance key; it checks that signature against its pins, and the certificate it met against the signed list, so
//!    certificates, CAs and load balancers may change while a relay in the middle may not.
//! 3. It signs the challenge with its own key ([`TokenRequest`]) and gets a short-lived [`AccessToken`].
//!
//! Signatures are Ed25519 (RFC 8032) over a context string, a zero byte and the named fields' bytes.

use serde::{Deserialize, Serialize};

use crate::identifying::Identifying;
use crate::ids::{DeviceId, TenantId};
use crate::report::Digest;
use crate::time::Timestamp;

/// Context of an instance key's signature over a challenge; its fields are [`challenge_parts`].
pub const CONTEXT_CHALLENGE: &str = "purser challenge v1";
/// Context of a device's signature for a token; its fields are [`token_parts`].
pub const CONTEXT_TOKEN: &str = "purser token v1";
/// Context of a device's signature at enrolment; its fields are [`enrol_parts`].
pub const CONTEXT_ENROL: &str = "purser enrol v1";
/// Context of an instance key's signature over an enrolment; its fields are [`enrolled_parts`].
pub const CONTEXT_ENROLLED: &str = "purser enrolled v1";

/// Most certificates that a challenge names.
pub const CHALLENGE_CERTIFICATES_MAX: usize = 16;

/// What [`CONTEXT_CHALLENGE`] signs: nonce, challenge, both instance keys, and the certificates joined by commas.
#[must_use]
pub fn challenge_parts(nonce: Digest, challenge: &str, keys: InstanceKeys, certificates: &[Digest]) -> [String; 5] {
    let certificates: Vec<String> = certificates.iter().map(Digest::to_string).collect();
    [nonce.to_string(), challenge.to_owned(), keys.current.to_string(), keys.next.to_string(), certificates.join(",")]
}

/// What [`CONTEXT_TOKEN`] signs: challenge, device, fingerprint.
#[must_use]
pub fn token_parts(challenge: &str, device: DeviceId, fingerprint: Digest) -> [String; 3] {
    [challenge.to_owned(), device.to_string(), fingerprint.to_string()]
}

/// What [`CONTEXT_ENROL`] signs: the new public key and the system id.
#[must_use]
pub fn enrol_parts(public_key: PublicKey, system_id: Digest) -> [String; 2] {
    [public_key.to_string(), system_id.to_string()]
}

/// What [`CONTEXT_ENROLLED`] signs: the device's public key, tenant, device, and both instance keys.
#[must_use]
pub fn enrolled_parts(public_key: PublicKey, tenant: TenantId, device: DeviceId, keys: InstanceKeys) -> [String; 5] {
    [public_key.to_string(), tenant.to_string(), device.to_string(), keys.current.to_string(), keys.next.to_string()]
}

/// An Ed25519 public key, as 64 lower-case hexadecimal characters. Its fingerprint is its SHA-256.
pub type PublicKey = Digest;

/// An Ed25519 signature, as 128 lower-case hexadecimal characters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Signature(pub String);

/// `POST /api/v1/agent/enrol`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnrolRequest {
    /// What lets the device in.
    pub admission: Admission,
    /// The device's new public key.
    pub public_key: PublicKey,
    /// One-way id of the system: a device that is enrolled again with the same one keeps its history.
    pub system_id: Digest,
    /// One-way fingerprint of the hardware: differs between the clones of a golden image.
    pub fingerprint: Digest,
    /// The host's name, unless that kind is switched off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host_name: Option<Identifying<String>>,
    /// The device's signature ([`CONTEXT_ENROL`]), which proves that it holds the key.
    pub signature: Signature,
}

/// What lets a device in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Admission {
    /// An enrolment token, `prs_enr_…`.
    Token(String),
    /// This device is a clone of an enrolled one and proves that it holds that one's key.
    Clone {
        /// The tenant of the device that it was copied from.
        tenant: TenantId,
        /// The device that it was copied from.
        of: DeviceId,
        /// A fresh challenge.
        challenge: String,
        /// The copied key's signature ([`CONTEXT_TOKEN`] with this device's fingerprint).
        signature: Signature,
    },
}

/// The answer to an enrolment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enrolled {
    /// The tenant.
    pub tenant: TenantId,
    /// The device.
    pub device: DeviceId,
    /// Keys to pin.
    pub instance_keys: InstanceKeys,
    /// The current instance key's signature ([`CONTEXT_ENROLLED`]).
    pub signature: Signature,
}

/// The server's own signing keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstanceKeys {
    /// Signs now.
    pub current: PublicKey,
    /// Will sign after the next rotation.
    pub next: PublicKey,
}

/// `POST /api/v1/agent/challenge`, without a credential.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChallengeRequest {
    /// 32 random bytes of the device, so that an old answer cannot be replayed to it.
    pub nonce: Digest,
}

/// A challenge to sign.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Challenge {
    /// Opaque text, valid for a minute.
    pub challenge: String,
    /// An instance key's signature ([`CONTEXT_CHALLENGE`]).
    pub signature: Signature,
    /// SHA-256 of the DER of each TLS end-entity certificate under which this server, or a load balancer in front of it,
    /// may be reached; at most [`CHALLENGE_CERTIFICATES_MAX`]. The device compares the one it met: a relay in the
    /// middle, however valid its certificate, is refused.
    pub certificates: Vec<Digest>,
    /// Keys to pin from now on, where they changed; trusted because a pinned key signed them with the challenge.
    pub instance_keys: InstanceKeys,
}

/// `POST /api/v1/agent/token`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenRequest {
    /// The tenant.
    pub tenant: TenantId,
    /// The device.
    pub device: DeviceId,
    /// The challenge as given.
    pub challenge: String,
    /// One-way fingerprint of the hardware, as at enrolment.
    pub fingerprint: Digest,
    /// The device's signature ([`CONTEXT_TOKEN`]).
    pub signature: Signature,
}

/// A short-lived bearer token that carries tenant and device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessToken {
    /// `prs_dev_…`, for the `Authorization: Bearer` header.
    pub access_token: String,
    /// When it stops working, by the server's clock.
    pub expires_at: Timestamp,
    /// The server's clock now, so that a device with a wrong clock knows when to renew.
    pub server_time: Timestamp,
}
