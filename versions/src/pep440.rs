//! Python's PEP 440, as the `packaging` library reads and orders it.
//!
//! `[epoch!]release[pre][post][dev][+local]`, in any case and with the spellings that PEP 440 normalises (`alpha`, `c`,
//! `-1` for a post release). Zeros at the end of a release do not count.

use crate::VersionError;
use crate::key;

const RELEASE_END: u8 = 0x01;
const RELEASE_NUMBER: u8 = 0x02;

/// A developmental release without pre or post release comes before every pre-release.
const PRE_BELOW: u8 = 0x01;
const PRE_ALPHA: u8 = 0x02;
const PRE_BETA: u8 = 0x03;
const PRE_CANDIDATE: u8 = 0x04;
const PRE_NONE: u8 = 0x05;

const POST_NONE: u8 = 0x01;
const POST: u8 = 0x02;
const DEV: u8 = 0x01;
const DEV_NONE: u8 = 0x02;
const LOCAL_END: u8 = 0x01;
const LOCAL_TEXT: u8 = 0x02;
const LOCAL_NUMBER: u8 = 0x03;

const PRE_NAMES: [(&str, u8); 8] = [
    ("alpha", PRE_ALPHA),
    ("a", PRE_ALPHA),
    ("beta", PRE_BETA),
    ("b", PRE_BETA),
    ("preview", PRE_CANDIDATE),
    ("pre", PRE_CANDIDATE),
    ("rc", PRE_CANDIDATE),
    ("c", PRE_CANDIDATE),
];
const POST_NAMES: [(&str, u8); 3] = [("post", POST), ("rev", POST), ("r", POST)];
const DEV_NAMES: [(&str, u8); 1] = [("dev", DEV)];

pub(crate) fn sort_key(version: &str) -> Result<Vec<u8>, VersionError> {
    let lower = version.trim().to_ascii_lowercase();
    let text = lower.strip_prefix('v').unwrap_or(&lower);
    let (public, local) = match text.split_once('+') {
        Some((public, local)) => (public, Some(local)),
        None => (text, None),
    };
    let (epoch, rest) = public.split_once('!').unwrap_or(("0", public));
    if epoch.is_empty() || !epoch.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(VersionError::Epoch);
    }
    let mut sort_key = Vec::with_capacity(version.len() * 2);
    key::number(&mut sort_key, epoch.as_bytes());
    let rest = push_release(&mut sort_key, rest.as_bytes())?;
    let (pre, rest) = marked(rest, &PRE_NAMES);
    let (post, rest) = post(rest);
    let (dev, rest) = marked(rest, &DEV_NAMES);
    if !rest.is_empty() {
        return Err(VersionError::Shape);
    }
    match pre {
        None if post.is_none() && dev.is_some() => sort_key.push(PRE_BELOW),
        pre => push_marked(&mut sort_key, pre, PRE_NONE),
    }
    push_marked(&mut sort_key, post, POST_NONE);
    push_marked(&mut sort_key, dev, DEV_NONE);
    push_local(&mut sort_key, local)?;
    Ok(sort_key)
}

fn push_release<'a>(sort_key: &mut Vec<u8>, mut rest: &'a [u8]) -> Result<&'a [u8], VersionError> {
    let mut numbers = Vec::new();
    loop {
        let (digits, remaining) = key::split_while(rest, |byte| byte.is_ascii_digit());
        if digits.is_empty() {
            return Err(VersionError::Shape);
        }
        numbers.push(digits);
        rest = remaining;
        match rest {
            [b'.', digit, ..] if digit.is_ascii_digit() => rest = rest.get(1..).unwrap_or_default(),
            _ => break,
        }
    }
    while numbers.last().is_some_and(|digits| key::without_leading_zeros(digits).is_empty()) {
        numbers.pop();
    }
    for digits in numbers {
        sort_key.push(RELEASE_NUMBER);
        key::number(sort_key, digits);
    }
    sort_key.push(RELEASE_END);
    Ok(rest)
}

/// A part such as `.rc1`: its class and its number, with the separators that PEP 440 lets stand around the name.
type Marked<'a> = Option<(u8, &'a [u8])>;

fn marked<'a>(text: &'a [u8], names: &[(&str, u8)]) -> (Marked<'a>, &'a [u8]) {
    let after_separator = without_separator(text);
    for (name, class) in names {
        let Some(rest) = after_separator.strip_prefix(name.as_bytes()) else { continue };
        let (digits, after_digits) = key::split_while(without_separator(rest), |byte| byte.is_ascii_digit());
        // A separator after the name belongs to it only where a number follows; otherwise it begins the next part.
        let rest = if digits.is_empty() { rest } else { after_digits };
        return (Some((*class, digits)), rest);
    }
    (None, text)
}

fn post(text: &[u8]) -> (Marked<'_>, &[u8]) {
    if let [b'-', digit, ..] = text
        && digit.is_ascii_digit()
    {
        let (digits, rest) = key::split_while(text.get(1..).unwrap_or_default(), |byte| byte.is_ascii_digit());
        return (Some((POST, digits)), rest);
    }
    marked(text, &POST_NAMES)
}

fn without_separator(text: &[u8]) -> &[u8] {
    match text {
        [b'-' | b'_' | b'.', rest @ ..] => rest,
        _ => text,
    }
}

fn push_marked(sort_key: &mut Vec<u8>, part: Marked<'_>, none: u8) {
    match part {
        None => sort_key.push(none),
        Some((class, digits)) => {
            sort_key.push(class);
            key::number(sort_key, digits);
        }
    }
}

fn push_local(sort_key: &mut Vec<u8>, local: Option<&str>) -> Result<(), VersionError> {
    let Some(local) = local else {
        sort_key.push(LOCAL_END);
        return Ok(());
    };
    // A present local version comes after an absent one, and a longer one after its own beginning: the same end mark.
    for segment in local.split(['.', '-', '_']) {
        if segment.is_empty() || !segment.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(VersionError::Shape);
        }
        if segment.bytes().all(|byte| byte.is_ascii_digit()) {
            sort_key.push(LOCAL_NUMBER);
            key::number(sort_key, segment.as_bytes());
        } else {
            sort_key.push(LOCAL_TEXT);
            key::text(sort_key, segment.as_bytes());
        }
    }
    sort_key.push(LOCAL_END);
    Ok(())
}
