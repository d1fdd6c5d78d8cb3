//! Version vectors: what a native tool answered, against what we answer.
//!
//! A line is `a TAB b TAB sign`, the sign being `-1`, `0` or `1` as `a` comes before, equals or comes after `b`. Each
//! line is asked four ways (compare, compare swapped, sort keys, sort keys swapped where there are any), and agrees only
//! where all of them agree.

use std::cmp::Ordering;
use std::io::{BufRead, Read};

use crate::{Ecosystem, VERSION_BYTES_MAX};

/// Longest line, in bytes: two versions, a sign, two tabs and a line end.
pub const VECTOR_LINE_BYTES_MAX: usize = 2 * VERSION_BYTES_MAX + 8;

/// What became of a file of vectors.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Lines read.
    pub total: u64,
    /// Lines on which we agree with the native tool.
    pub agree: u64,
    /// Every other line, in the order of the file.
    pub disagreements: Vec<Disagreement>,
}

/// A line on which we do not agree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disagreement {
    /// Line number, from 1.
    pub line: u64,
    /// First version.
    pub a: String,
    /// Second version.
    pub b: String,
    /// What the file says.
    pub expected: Ordering,
    /// What we say, or why we say nothing.
    pub found: String,
}

impl std::fmt::Display for Disagreement {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { line, a, b, expected, found } = self;
        write!(f, "line {line}: {a} against {b}: expected {}, found {found}", *expected as i8)
    }
}

/// Why a file of vectors cannot be read.
#[derive(Debug)]
pub enum VectorsError {
    /// Reading failed.
    Io(std::io::Error),
    /// A line is not `a TAB b TAB sign`.
    Line {
        /// Line number, from 1.
        line: u64,
        /// What is wrong with it.
        reason: &'static str,
    },
}

impl std::fmt::Display for VectorsError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Io(_) => write!(f, "the vectors cannot be read"),
            Self::Line { line, reason } => write!(f, "line {line} of the vectors {reason}"),
        }
    }
}

impl std::error::Error for VectorsError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io(error) => Some(error),
            Self::Line { .. } => None,
        }
    }
}

/// Runs every line of `vectors` against the order of `ecosystem`. Empty lines are read over.
///
/// # Errors
/// The reader fails, or a line is not of the shape `a TAB b TAB sign` or longer than [`VECTOR_LINE_BYTES_MAX`].
pub fn check_vectors(ecosystem: Ecosystem, mut vectors: impl BufRead) -> Result<Report, VectorsError> {
    let mut report = Report::default();
    let mut bytes = Vec::new();
    let mut line = 0;
    loop {
        line += 1;
        bytes.clear();
        let size = vectors.by_ref().take(VECTOR_LINE_BYTES_MAX as u64 + 1).read_until(b'\n', &mut bytes).map_err(VectorsError::Io)?;
        if size == 0 {
            return Ok(report);
        }
        if size > VECTOR_LINE_BYTES_MAX {
            return Err(VectorsError::Line { line, reason: "is longer than two versions can be" });
        }
        let text = std::str::from_utf8(&bytes).map_err(|_| VectorsError::Line { line, reason: "is not UTF-8" })?;
        let text = text.trim_end_matches(['\r', '\n']);
        if text.is_empty() {
            continue;
        }
        let (a, b, expected) = parse(text).ok_or(VectorsError::Line { line, reason: "is not `a TAB b TAB -1|0|1`" })?;
        report.total += 1;
        match answer(ecosystem, a, b, expected) {
            Ok(()) => report.agree += 1,
            Err(found) => report.disagreements.push(Disagreement { line, a: a.to_owned(), b: b.to_owned(), expected, found }),
        }
    }
}

fn parse(line: &str) -> Option<(&str, &str, Ordering)> {
    let mut fields = line.split('\t');
    let (a, b, sign) = (fields.next()?, fields.next()?, fields.next()?);
    if fields.next().is_some() {
        return None;
    }
    match sign {
        "-1" => Some((a, b, Ordering::Less)),
        "0" => Some((a, b, Ordering::Equal)),
        "1" => Some((a, b, Ordering::Greater)),
        _ => None,
    }
}

fn answer(ecosystem: Ecosystem, a: &str, b: &str, expected: Ordering) -> Result<(), String> {
    let refused = |error: crate::VersionError| error.to_string();
    let there = ecosystem.compare(a, b).map_err(refused)?;
    if there != expected {
        return Err((there as i8).to_string());
    }
    let back = ecosystem.compare(b, a).map_err(refused)?;
    if back != expected.reverse() {
        return Err(format!("{} when swapped", back as i8));
    }
    if ecosystem.has_sort_key() {
        let keys = ecosystem.sort_key(a).map_err(refused)?.cmp(&ecosystem.sort_key(b).map_err(refused)?);
        if keys != expected {
            return Err(format!("{} by sort key", keys as i8));
        }
    }
    Ok(())
}
