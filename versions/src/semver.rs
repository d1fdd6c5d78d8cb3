//! Semantic Versioning 2.0.0, §11: npm, Go modules, crates.io.
//!
//! `major.minor.patch[-pre][+build]`; the build does not count. A leading `v` or `=` is read over, as Go and npm write
//! it, and an absent minor or patch is 0, as OSV ranges of Go and crates.io leave it out.

use crate::VersionError;
use crate::key;

const PRE_RELEASE: u8 = 0x01;
const RELEASE: u8 = 0x02;

const IDENTIFIERS_END: u8 = 0x01;
const IDENTIFIER_NUMBER: u8 = 0x02;
const IDENTIFIER_TEXT: u8 = 0x03;

pub(crate) fn sort_key(version: &str) -> Result<Vec<u8>, VersionError> {
    let version = version.trim_start_matches(['v', '=']);
    let (version, _build) = version.split_once('+').unwrap_or((version, ""));
    let (core, pre) = match version.split_once('-') {
        Some((core, pre)) => (core, Some(pre)),
        None => (version, None),
    };
    let mut sort_key = Vec::with_capacity(version.len() * 2);
    let mut numbers = core.split('.');
    for place in 0..3 {
        let digits = match numbers.next() {
            Some(digits) => digits,
            None if place > 0 => "0",
            None => return Err(VersionError::Shape),
        };
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(VersionError::Shape);
        }
        key::number(&mut sort_key, digits.as_bytes());
    }
    if numbers.next().is_some() {
        return Err(VersionError::Shape);
    }
    match pre {
        None => sort_key.push(RELEASE),
        Some(pre) => {
            sort_key.push(PRE_RELEASE);
            push_identifiers(&mut sort_key, pre)?;
        }
    }
    Ok(sort_key)
}

fn push_identifiers(sort_key: &mut Vec<u8>, pre: &str) -> Result<(), VersionError> {
    for identifier in pre.split('.') {
        if identifier.is_empty() || !identifier.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
            return Err(VersionError::Shape);
        }
        if identifier.bytes().all(|byte| byte.is_ascii_digit()) {
            sort_key.push(IDENTIFIER_NUMBER);
            key::number(sort_key, identifier.as_bytes());
        } else {
            sort_key.push(IDENTIFIER_TEXT);
            key::text(sort_key, identifier.as_bytes());
        }
    }
    sort_key.push(IDENTIFIERS_END);
    Ok(())
}
