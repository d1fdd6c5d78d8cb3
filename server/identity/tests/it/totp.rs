//! An authenticator app, written apart from the code under test.

use aws_lc_rs::hmac;
use kernel::Timestamp;

/// The code that an authenticator shows at a time for a secret typed into it.
pub(crate) fn code(secret_base32: &str, at: Timestamp) -> String {
    let mut bits = String::new();
    for character in secret_base32.chars() {
        let value = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".find(character).expect("base 32");
        bits.push_str(&format!("{value:05b}"));
    }
    let secret: Vec<u8> = bits.as_bytes().chunks_exact(8).map(|byte| byte.iter().fold(0, |value, bit| value << 1 | (bit - b'0'))).collect();
    let counter = u64::try_from(at.seconds() / 30).expect("after 1970").to_be_bytes();
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &secret), &counter);
    let offset = usize::from(tag.as_ref()[19] & 15);
    let bytes: [u8; 4] = tag.as_ref()[offset..offset + 4].try_into().expect("four bytes");
    format!("{:06}", (u32::from_be_bytes(bytes) & 0x7FFF_FFFF) % 1_000_000)
}
