//! RPM's order of `[epoch:]version[-release]` (rpm-version(7)).
//!
//! Version and release are read as segments: numbers, runs of ASCII letters, `~` and `^`; everything else only separates.
//! At one place the order is `~`, the end, `^`, letters, numbers. An absent epoch is 0; an absent release comes before
//! every release. Every text is an RPM version, because rpm itself refuses none.

use std::cmp::Ordering;

use crate::key;

const TILDE: u8 = 0x01;
const END: u8 = 0x02;
const CARET: u8 = 0x03;
const LETTERS: u8 = 0x04;
const NUMBER: u8 = 0x05;

const RELEASE_ABSENT: u8 = 0x00;
const RELEASE_PRESENT: u8 = 0x01;

struct Parts<'a> {
    epoch: &'a [u8],
    version: &'a [u8],
    release: Option<&'a [u8]>,
}

pub(crate) fn compare(a: &str, b: &str) -> Ordering {
    let (a, b) = (parse(a), parse(b));
    compare_segments(a.epoch, b.epoch).then_with(|| compare_segments(a.version, b.version)).then_with(|| match (a.release, b.release) {
        (Some(a), Some(b)) => compare_segments(a, b),
        (a, b) => a.is_some().cmp(&b.is_some()),
    })
}

pub(crate) fn sort_key(version: &str) -> Vec<u8> {
    let parts = parse(version);
    let mut sort_key = Vec::with_capacity(version.len() * 2 + 8);
    key::number(&mut sort_key, parts.epoch);
    push_segments(&mut sort_key, parts.version);
    match parts.release {
        None => sort_key.push(RELEASE_ABSENT),
        Some(release) => {
            sort_key.push(RELEASE_PRESENT);
            push_segments(&mut sort_key, release);
        }
    }
    sort_key
}

fn parse(evr: &str) -> Parts<'_> {
    let (digits, rest) = key::split_while(evr.as_bytes(), |byte| byte.is_ascii_digit());
    let (epoch, rest) = match rest.split_first() {
        Some((b':', rest)) => (digits, rest),
        _ => (&b"0"[..], evr.as_bytes()),
    };
    match rest.iter().rposition(|byte| *byte == b'-') {
        Some(hyphen) => Parts { epoch, version: rest.get(..hyphen).unwrap_or_default(), release: rest.get(hyphen + 1..) },
        None => Parts { epoch, version: rest, release: None },
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Segment<'a> {
    Tilde,
    End,
    Caret,
    Letters(&'a [u8]),
    Number(&'a [u8]),
}

impl Segment<'_> {
    const fn class(self) -> u8 {
        match self {
            Self::Tilde => TILDE,
            Self::End => END,
            Self::Caret => CARET,
            Self::Letters(_) => LETTERS,
            Self::Number(_) => NUMBER,
        }
    }
}

fn compare_segments(mut a: &[u8], mut b: &[u8]) -> Ordering {
    loop {
        let ((segment_a, rest_a), (segment_b, rest_b)) = (next_segment(a), next_segment(b));
        let order = match (segment_a, segment_b) {
            (Segment::End, Segment::End) => return Ordering::Equal,
            (Segment::Letters(a), Segment::Letters(b)) => a.cmp(b),
            (Segment::Number(a), Segment::Number(b)) => {
                let (a, b) = (key::without_leading_zeros(a), key::without_leading_zeros(b));
                a.len().cmp(&b.len()).then_with(|| a.cmp(b))
            }
            (a, b) => a.class().cmp(&b.class()),
        };
        if order.is_ne() {
            return order;
        }
        (a, b) = (rest_a, rest_b);
    }
}

fn push_segments(sort_key: &mut Vec<u8>, mut text: &[u8]) {
    loop {
        let (segment, rest) = next_segment(text);
        sort_key.push(segment.class());
        match segment {
            Segment::End => return,
            Segment::Tilde | Segment::Caret => {}
            Segment::Letters(letters) => key::text(sort_key, letters),
            Segment::Number(digits) => key::number(sort_key, digits),
        }
        text = rest;
    }
}

fn next_segment(text: &[u8]) -> (Segment<'_>, &[u8]) {
    let (_, text) = key::split_while(text, |byte| !byte.is_ascii_alphanumeric() && byte != b'~' && byte != b'^');
    match text.split_first() {
        None => (Segment::End, text),
        Some((b'~', rest)) => (Segment::Tilde, rest),
        Some((b'^', rest)) => (Segment::Caret, rest),
        Some((first, _)) if first.is_ascii_digit() => {
            let (digits, rest) = key::split_while(text, |byte| byte.is_ascii_digit());
            (Segment::Number(digits), rest)
        }
        Some(_) => {
            let (letters, rest) = key::split_while(text, |byte| byte.is_ascii_alphabetic());
            (Segment::Letters(letters), rest)
        }
    }
}
