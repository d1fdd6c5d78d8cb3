//! Challenges: signed by the server, which keeps none of them.
//!
//! A challenge is its expiry, the device's own nonce, and a MAC over both under a key of the instance, so any node can
//! tell its own challenges from others' without having stored one. It is no secret; who answers it must sign it.

use kernel::limits::CHALLENGE_LIFETIME;
use kernel::{KeyRef, Timestamp};
use wire::enrol::{self, CONTEXT_CHALLENGE, Challenge, ChallengeRequest};
use wire::report::Digest;

use crate::{DeviceError, Devices};

/// For which purpose challenges are hashed.
const PURPOSE: &str = "device-challenge";

impl Devices {
    /// A challenge for a device's nonce.
    ///
    /// # Errors
    /// The keyring's.
    pub fn challenge(&self, request: &ChallengeRequest) -> Result<Challenge, DeviceError> {
        let expires_at = self.clock().now().plus(CHALLENGE_LIFETIME);
        let mac = self.challenge_mac(expires_at, request.nonce)?;
        let challenge = format!("{:016x}-{}-{mac}", expires_at.micros(), request.nonce);
        let (keys, certificates) = (self.0.trust.instance_keys(), (self.0.certificates)());
        let parts = enrol::challenge_parts(request.nonce, &challenge, keys, &certificates);
        let signature = self.sign(CONTEXT_CHALLENGE, &parts);
        Ok(Challenge { challenge, signature, certificates, instance_keys: keys })
    }

    /// Checks that a challenge is one of this instance's and not older than [`CHALLENGE_LIFETIME`].
    pub(crate) fn check_challenge(&self, challenge: &str) -> Result<(), DeviceError> {
        let (expires_at, nonce, mac) = parse(challenge).ok_or(DeviceError::NotProven)?;
        let now = self.clock().now();
        let is_fresh = now < expires_at && expires_at <= now.plus(CHALLENGE_LIFETIME);
        let expected = self.challenge_mac(expires_at, nonce)?;
        if seal::constant_time_eq(&mac.0, &expected.0) && is_fresh { Ok(()) } else { Err(DeviceError::NotProven) }
    }

    fn challenge_mac(&self, expires_at: Timestamp, nonce: Digest) -> Result<Digest, DeviceError> {
        let content = [&expires_at.micros().to_be_bytes()[..], &nonce.0].concat();
        Ok(Digest(self.0.keys.blind_index(KeyRef::Instance, PURPOSE, &content)?))
    }

    pub(crate) fn sign(&self, context: &str, parts: &[String]) -> enrol::Signature {
        let parts: Vec<&[u8]> = parts.iter().map(String::as_bytes).collect();
        self.0.trust.sign_as_instance(context, &parts)
    }
}

fn parse(challenge: &str) -> Option<(Timestamp, Digest, Digest)> {
    let (expires_at, rest) = challenge.split_once('-')?;
    let (nonce, mac) = rest.split_once('-')?;
    let is_hexadecimal = expires_at.len() == 16 && expires_at.bytes().all(|byte| byte.is_ascii_hexdigit());
    let micros = i64::from_str_radix(expires_at, 16).ok().filter(|_| is_hexadecimal)?;
    Some((Timestamp::from_micros(micros), nonce.parse().ok()?, mac.parse().ok()?))
}

/// Checks a device's signature.
pub(crate) fn verify(public_key: Digest, context: &str, parts: &[String], signature: &enrol::Signature) -> Result<(), DeviceError> {
    let signature = seal::sign::Signature::from_text(&signature.0).map_err(|_| DeviceError::NotProven)?;
    let parts: Vec<&[u8]> = parts.iter().map(String::as_bytes).collect();
    seal::sign::PublicKey(public_key.0).verify(context, &parts, &signature).map_err(|_| DeviceError::NotProven)
}
