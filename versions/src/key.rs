//! The parts that sort keys are made of.
//!
//! A key compares right under `memcmp` when each part is either of fixed length or ends itself, and no part is a prefix
//! of another at the same place.

/// Appends a decimal number without its leading zeros: first its length, then its digits. A longer number is a larger
/// one, so the length decides first; there is no upper bound but the length of a version.
pub(crate) fn number(key: &mut Vec<u8>, digits: &[u8]) {
    let digits = without_leading_zeros(digits);
    match u8::try_from(digits.len()) {
        Ok(length) if length < u8::MAX => key.push(length),
        _ => {
            key.push(u8::MAX);
            key.extend_from_slice(&u16::try_from(digits.len()).unwrap_or(u16::MAX).to_be_bytes());
        }
    }
    key.extend_from_slice(digits);
}

/// Appends text that holds no zero byte; the shorter of two texts with one beginning comes first.
pub(crate) fn text(key: &mut Vec<u8>, bytes: &[u8]) {
    key.extend_from_slice(bytes);
    key.push(0);
}

/// The digits that count; none for zero.
pub(crate) fn without_leading_zeros(digits: &[u8]) -> &[u8] {
    let zeros = digits.iter().take_while(|digit| **digit == b'0').count();
    digits.get(zeros..).unwrap_or_default()
}

/// Splits the leading bytes for which `wanted` holds.
pub(crate) fn split_while(bytes: &[u8], wanted: impl Fn(u8) -> bool) -> (&[u8], &[u8]) {
    let end = bytes.iter().position(|byte| !wanted(*byte)).unwrap_or(bytes.len());
    bytes.split_at(end)
}
