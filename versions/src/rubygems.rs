//! Ruby's `Gem::Version`.
//!
//! Segments are numbers and runs of letters; `-` reads as `.pre.`. A missing segment is 0, and letters come before every
//! number, so `1.0.a < 1.0 = 1`. Zeros at the end, and zeros right before the first letters, do not count.

use crate::VersionError;
use crate::key;

/// Letters after some zeros: before the end, which is endless zeros; the more zeros, the nearer to it.
const LETTERS: u8 = 0x01;
const END: u8 = 0x02;
/// A number above 0 after some zeros: after the end; the fewer zeros, the farther from it.
const NUMBER: u8 = 0x03;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Segment<'a> {
    Letters(&'a [u8]),
    /// Without leading zeros; empty for 0.
    Number(&'a [u8]),
}

pub(crate) fn sort_key(version: &str) -> Result<Vec<u8>, VersionError> {
    let version = version.trim();
    let valid = version.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'-');
    if !valid || !version.starts_with(|c: char| c.is_ascii_digit()) || version.split(['.', '-']).any(str::is_empty) {
        return Err(VersionError::Shape);
    }
    let version = version.replace('-', ".pre.");
    let segments = canonical(&version);
    let mut sort_key = Vec::with_capacity(version.len() * 2);
    let mut zeros: u16 = 0;
    for segment in segments {
        match segment {
            Segment::Number([]) => zeros += 1,
            Segment::Number(digits) => {
                sort_key.push(NUMBER);
                sort_key.extend_from_slice(&(u16::MAX - zeros).to_be_bytes());
                key::number(&mut sort_key, digits);
                zeros = 0;
            }
            Segment::Letters(letters) => {
                sort_key.push(LETTERS);
                sort_key.extend_from_slice(&zeros.to_be_bytes());
                key::text(&mut sort_key, letters);
                zeros = 0;
            }
        }
    }
    sort_key.push(END);
    Ok(sort_key)
}

fn canonical(version: &str) -> Vec<Segment<'_>> {
    let mut numbers = Vec::new();
    let mut rest = version.as_bytes();
    let mut segments = Vec::new();
    while let Some(first) = rest.first() {
        let (segment, remaining) = match first {
            b'.' => {
                rest = rest.get(1..).unwrap_or_default();
                continue;
            }
            digit if digit.is_ascii_digit() => {
                let (digits, remaining) = key::split_while(rest, |byte| byte.is_ascii_digit());
                (Segment::Number(key::without_leading_zeros(digits)), remaining)
            }
            _ => {
                let (letters, remaining) = key::split_while(rest, |byte| byte.is_ascii_alphabetic());
                (Segment::Letters(letters), remaining)
            }
        };
        rest = remaining;
        if segments.is_empty() && matches!(segment, Segment::Number(_)) {
            numbers.push(segment);
        } else {
            segments.push(segment);
        }
    }
    drop_zeros(&mut numbers);
    drop_zeros(&mut segments);
    numbers.extend(segments);
    numbers
}

fn drop_zeros(segments: &mut Vec<Segment<'_>>) {
    while segments.last() == Some(&Segment::Number(&[])) {
        segments.pop();
    }
}
