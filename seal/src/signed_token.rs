//! Credential texts that carry their own content: `prs_dev_` or `prs_acc_`, then base64url(content ‖ MAC).
//!
//! A device's access token must be checked 10,000 times a second without opening any file, so its content (tenant,
//! device, expiry) is in the text, under a MAC of a key that only the server has. The content is **not secret**: it
//! holds ids and times. It cannot be revoked before it expires, so it lives for minutes.
//!
//! The MAC's key stays in the server's keyring, so the caller computes the MAC, over the content and for a purpose that
//! names the kind of token; this module is the text form, and makes it impossible to use the content unverified.

use zeroize::Zeroizing;

use crate::constant_time_eq;
use crate::hash::DIGEST_BYTES;
use crate::token::{TokenError, TokenKind};

/// The most bytes of content that a token may carry, so that it fits every header limit.
pub const CONTENT_BYTES_MAX: usize = 256;

const BASE64URL: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// A token that was read but not verified.
pub struct Unverified {
    content: Vec<u8>,
    mac: [u8; DIGEST_BYTES],
}

/// The text of some content and its MAC.
///
/// # Panics
/// Where the content is longer than [`CONTENT_BYTES_MAX`]: it is the server's own.
#[must_use]
pub fn text(kind: TokenKind, content: &[u8], mac: [u8; DIGEST_BYTES]) -> Zeroizing<String> {
    assert!(content.len() <= CONTENT_BYTES_MAX, "a token carries at most {CONTENT_BYTES_MAX} bytes");
    let bytes = Zeroizing::new([content, &mac].concat());
    let mut text = Zeroizing::new(String::with_capacity(kind.prefix().len() + bytes.len().div_ceil(3) * 4));
    text.push_str(kind.prefix());
    push_base64url(&mut text, &bytes);
    text
}

/// Takes a text of this kind apart.
///
/// # Errors
/// [`TokenError::UnknownPrefix`] for another kind, [`TokenError::Malformed`] for what is no base64url, too short or
/// too long.
pub fn parse(kind: TokenKind, text: &str) -> Result<Unverified, TokenError> {
    let body = text.strip_prefix(kind.prefix()).ok_or(TokenError::UnknownPrefix)?;
    if body.len() > (CONTENT_BYTES_MAX + DIGEST_BYTES).div_ceil(3) * 4 {
        return Err(TokenError::Malformed);
    }
    let bytes = decode_base64url(body).ok_or(TokenError::Malformed)?;
    let (content, mac) = bytes.split_last_chunk::<DIGEST_BYTES>().ok_or(TokenError::Malformed)?;
    if content.len() > CONTENT_BYTES_MAX {
        return Err(TokenError::Malformed);
    }
    Ok(Unverified { content: content.to_vec(), mac: *mac })
}

impl Unverified {
    /// What the MAC is computed over, and for nothing else.
    #[must_use]
    pub fn content(&self) -> &[u8] {
        &self.content
    }

    /// The content, where the text's MAC is the expected one. Whether it has expired is for the caller to read.
    ///
    /// # Errors
    /// [`TokenError::Checksum`].
    pub fn verify(self, expected: &[u8; DIGEST_BYTES]) -> Result<Vec<u8>, TokenError> {
        if constant_time_eq(&self.mac, expected) { Ok(self.content) } else { Err(TokenError::Checksum) }
    }
}

impl std::fmt::Debug for Unverified {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[redacted]")
    }
}

/// RFC 4648 section 5, without padding.
fn push_base64url(text: &mut String, bytes: &[u8]) {
    for chunk in bytes.chunks(3) {
        let group = chunk.iter().fold(0_u32, |group, byte| group << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for position in 0..=chunk.len() {
            text.push(char::from(BASE64URL[(group >> (18 - 6 * position) & 63) as usize]));
        }
    }
}

/// The bytes of a text, or nothing where it is not the one text of some bytes (left-over bits must be zero).
fn decode_base64url(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() * 3 / 4);
    for chunk in text.as_bytes().chunks(4) {
        let mut group = 0_u32;
        for position in 0..4 {
            let value = chunk.get(position).map_or(Some(0), |character| base64url_value(*character))?;
            group = group << 6 | value;
        }
        let [_, first, second, third] = group.to_be_bytes();
        let (taken, left_over): (&[u8], u32) = match chunk.len() {
            4 => (&[first, second, third], 0),
            3 => (&[first, second], u32::from(third)),
            2 => (&[first], u32::from(second) | u32::from(third)),
            _ => return None,
        };
        if left_over != 0 {
            return None;
        }
        bytes.extend_from_slice(taken);
    }
    Some(bytes)
}

fn base64url_value(character: u8) -> Option<u32> {
    match character {
        b'A'..=b'Z' => Some(u32::from(character - b'A')),
        b'a'..=b'z' => Some(u32::from(character - b'a') + 26),
        b'0'..=b'9' => Some(u32::from(character - b'0') + 52),
        b'-' => Some(62),
        b'_' => Some(63),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64url_gives_the_texts_of_rfc_4648() {
        for (bytes, expected) in
            [("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg"), ("fooba", "Zm9vYmE"), ("foobar", "Zm9vYmFy")]
        {
            let mut text = String::new();
            push_base64url(&mut text, bytes.as_bytes());
            assert_eq!(text, expected);
            assert_eq!(decode_base64url(expected).as_deref(), Some(bytes.as_bytes()));
        }
    }

    #[test]
    fn bytes_have_one_text_only() {
        for text in ["Zh", "Zm9", "Z", "Zg==", "Zm9v=", "Zm+v", "Zm/v", "Zm 9v"] {
            assert_eq!(decode_base64url(text), None, "{text}");
        }
    }
}
