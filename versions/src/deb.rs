//! dpkg's order (deb-version(7)).
//!
//! `[epoch:]upstream[-revision]`: the epoch is a number, the revision follows the last hyphen. Both other parts are read
//! as pairs of a text without digits and a number. In a text `~` comes before its end, its end before letters, letters
//! before everything else; an absent number is 0, so `1.0.` equals `1.0.0` and an absent revision equals `0`.
//!
//! As lenient as apt: what stands after the epoch may begin with a letter and hold any printable ASCII character.

use std::cmp::Ordering;

use crate::VersionError;
use crate::key;

/// Ends a text in a sort key: above `~`, below every other character.
const TEXT_END: u8 = 0x02;
const TILDE: u8 = 0x01;
/// Precedes a character that is neither letter nor `~`: above all letters.
const OTHER: u8 = 0x80;

struct Parts<'a> {
    epoch: &'a [u8],
    upstream: &'a [u8],
    revision: &'a [u8],
}

pub(crate) fn compare(a: &str, b: &str) -> Result<Ordering, VersionError> {
    let (a, b) = (parse(a)?, parse(b)?);
    Ok(compare_fragments(a.epoch, b.epoch)
        .then_with(|| compare_fragments(a.upstream, b.upstream))
        .then_with(|| compare_fragments(a.revision, b.revision)))
}

pub(crate) fn sort_key(version: &str) -> Result<Vec<u8>, VersionError> {
    let parts = parse(version)?;
    let mut sort_key = Vec::with_capacity(version.len() * 2 + 8);
    key::number(&mut sort_key, parts.epoch);
    push_fragment(&mut sort_key, parts.upstream);
    push_fragment(&mut sort_key, parts.revision);
    Ok(sort_key)
}

fn parse(version: &str) -> Result<Parts<'_>, VersionError> {
    if let Some(character) = version.chars().find(|c| !c.is_ascii_graphic()) {
        return Err(VersionError::Character { character });
    }
    let (epoch, rest) = version.split_once(':').unwrap_or(("0", version));
    if epoch.is_empty() || !epoch.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(VersionError::Epoch);
    }
    if rest.is_empty() {
        return Err(VersionError::Empty);
    }
    let (upstream, revision) = rest.rsplit_once('-').unwrap_or((rest, ""));
    Ok(Parts { epoch: epoch.as_bytes(), upstream: upstream.as_bytes(), revision: revision.as_bytes() })
}

fn compare_fragments(mut a: &[u8], mut b: &[u8]) -> Ordering {
    while !a.is_empty() || !b.is_empty() {
        let ((text_a, rest_a), (text_b, rest_b)) = (split_text(a), split_text(b));
        let ((number_a, rest_a), (number_b, rest_b)) = (split_number(rest_a), split_number(rest_b));
        let order = compare_texts(text_a, text_b).then_with(|| compare_numbers(number_a, number_b));
        if order.is_ne() {
            return order;
        }
        (a, b) = (rest_a, rest_b);
    }
    Ordering::Equal
}

fn compare_texts(a: &[u8], b: &[u8]) -> Ordering {
    (0..a.len().max(b.len())).map(|at| rank(a.get(at)).cmp(&rank(b.get(at)))).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
}

fn compare_numbers(a: &[u8], b: &[u8]) -> Ordering {
    let (a, b) = (key::without_leading_zeros(a), key::without_leading_zeros(b));
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

/// A character's place; `None` is the end of the text.
fn rank(byte: Option<&u8>) -> i32 {
    match byte {
        Some(b'~') => -1,
        None => 0,
        Some(letter) if letter.is_ascii_alphabetic() => i32::from(*letter),
        Some(other) => i32::from(*other) + 256,
    }
}

/// After the last pair both sides continue as endless pairs of an empty text and 0. The closing [`TEXT_END`] stands for
/// them: where the other side has one more pair, its text is not empty and so begins with another byte.
fn push_fragment(sort_key: &mut Vec<u8>, mut fragment: &[u8]) {
    loop {
        let (text, rest) = split_text(fragment);
        for byte in text {
            match byte {
                b'~' => sort_key.push(TILDE),
                letter if letter.is_ascii_alphabetic() => sort_key.push(*letter),
                other => sort_key.extend_from_slice(&[OTHER, *other]),
            }
        }
        sort_key.push(TEXT_END);
        let (number, rest) = split_number(rest);
        key::number(sort_key, number);
        if rest.is_empty() {
            return sort_key.push(TEXT_END);
        }
        fragment = rest;
    }
}

fn split_text(fragment: &[u8]) -> (&[u8], &[u8]) {
    key::split_while(fragment, |byte| !byte.is_ascii_digit())
}

fn split_number(fragment: &[u8]) -> (&[u8], &[u8]) {
    key::split_while(fragment, |byte| byte.is_ascii_digit())
}
