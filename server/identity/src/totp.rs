//! Time-based one-time passwords (RFC 6238 over RFC 4226): HMAC-SHA-1, six digits, steps of 30 seconds.
//!
//! SHA-1 because every authenticator app takes it and many take nothing else; HMAC's strength does not rest on
//! collision resistance. A code is good for its step and the one before and after, and **once**: the caller stores the
//! step of the last accepted code and hands it in.

use aws_lc_rs::hmac;
use kernel::{Rng, Timestamp};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use zeroize::Zeroizing;

/// Length of a secret, in bytes: that of SHA-1's output, as RFC 4226 section 4 recommends.
pub const SECRET_BYTES: usize = 20;
/// Seconds of a step.
pub const STEP_SECONDS: i64 = 30;
/// How many steps a code may be early or late, for clocks that differ.
pub const STEPS_TOLERATED: i64 = 1;

const DIGITS: u32 = 6;
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// A shared secret. It prints as `[redacted]`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<[u8; SECRET_BYTES]>);

impl Secret {
    /// A new secret.
    #[must_use]
    pub fn random(rng: &Rng) -> Self {
        Self(Zeroizing::new(rng.bytes()))
    }

    /// The secret as people type it into an authenticator: 32 characters of base 32 (RFC 4648).
    #[must_use]
    pub fn to_base32(&self) -> String {
        let mut text = String::with_capacity(SECRET_BYTES * 8 / 5);
        for group in self.0.as_chunks::<5>().0 {
            let bits = group.iter().fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
            text.extend((0..8).rev().map(|place| char::from(BASE32[(bits >> (5 * place) & 31) as usize])));
        }
        text
    }

    /// The address that authenticators read from a picture: `otpauth://totp/…`.
    #[must_use]
    pub fn to_uri(&self, account: &str) -> String {
        format!("otpauth://totp/Purser:{}?secret={}&issuer=Purser", percent_encode(account), self.to_base32())
    }

    /// The code of a step.
    #[must_use]
    pub fn code_at_step(&self, step: i64) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, self.0.as_slice());
        let tag = hmac::sign(&key, &step.to_be_bytes());
        let bytes = tag.as_ref();
        let offset = usize::from(bytes[bytes.len() - 1] & 15);
        let number = bytes[offset..offset + 4].iter().fold(0_u32, |number, byte| number << 8 | u32::from(*byte)) & 0x7FFF_FFFF;
        format!("{:06}", number % 10_u32.pow(DIGITS))
    }

    /// The step of this code, where it is a right one now and of a later step than the last accepted one.
    ///
    /// All three steps are always computed and compared in constant time.
    #[must_use]
    pub fn accept(&self, code: &str, now: Timestamp, last_step: i64) -> Option<i64> {
        let step_now = now.seconds().div_euclid(STEP_SECONDS);
        let mut accepted = None;
        for step in step_now - STEPS_TOLERATED..=step_now + STEPS_TOLERATED {
            let is_right = seal::constant_time_eq(self.code_at_step(step).as_bytes(), code.as_bytes());
            if is_right && step > last_step {
                accepted = Some(step);
            }
        }
        accepted
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.as_slice().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <[u8; SECRET_BYTES]>::deserialize(deserializer).map(|bytes| Self(Zeroizing::new(bytes)))
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[redacted]")
    }
}

/// A code as typed, without the spaces that authenticators show in it.
#[must_use]
pub fn normalise_code(typed: &str) -> Zeroizing<String> {
    Zeroizing::new(typed.chars().filter(|c| !c.is_whitespace()).collect())
}

fn percent_encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~@".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret_of_the_rfc() -> Secret {
        Secret(Zeroizing::new(*b"12345678901234567890"))
    }

    #[test]
    fn codes_are_those_of_rfc_6238_appendix_b() {
        // The appendix prints eight digits; six are their end (RFC 4226 section 5.3).
        for (seconds, code) in [
            (59, "94287082"),
            (1_111_111_109, "07081804"),
            (1_111_111_111, "14050471"),
            (1_234_567_890, "89005924"),
            (2_000_000_000, "69279037"),
            (20_000_000_000, "65353130"),
        ] {
            assert!(code.ends_with(&secret_of_the_rfc().code_at_step(seconds / STEP_SECONDS)), "{seconds}");
        }
    }

    #[test]
    fn a_code_is_good_one_step_early_and_late_and_no_further() {
        let secret = secret_of_the_rfc();
        let now = Timestamp::from_seconds(59);
        for (step, is_good) in [(-1, false), (0, true), (1, true), (2, true), (3, false)] {
            let expected = is_good.then_some(step);
            assert_eq!(secret.accept(&secret.code_at_step(step), now, i64::MIN), expected, "step {step}");
        }
    }

    #[test]
    fn a_code_is_good_once() {
        let secret = secret_of_the_rfc();
        let now = Timestamp::from_seconds(59);
        let code = secret.code_at_step(1);
        let step = secret.accept(&code, now, i64::MIN).unwrap();
        assert_eq!(secret.accept(&code, now, step), None);
        assert_eq!(secret.accept(&secret.code_at_step(0), now, step), None, "an older one neither");
        assert_eq!(secret.accept(&secret.code_at_step(2), now, step), Some(2));
    }

    #[test]
    fn a_secret_is_typed_in_base_32() {
        assert_eq!(secret_of_the_rfc().to_base32(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert_eq!(
            secret_of_the_rfc().to_uri("Ada & Co"),
            "otpauth://totp/Purser:Ada%20%26%20Co?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Purser"
        );
    }
}
