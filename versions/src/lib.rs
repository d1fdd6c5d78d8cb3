//! Version orders of packaging worlds, with memcmp-able sort keys.
//!
//! Every packaging world orders its versions in its own way, and a wrong order is a missed or an invented
//! vulnerability. This crate holds each order as its own native tool has it, without that tool:
//!
//! * [`Ecosystem::compare`] orders two versions;
//! * [`Ecosystem::sort_key`] turns one version into bytes whose `memcmp` order is the same order, so that an index can
//!   compare millions of versions without parsing them again;
//! * [`check_vectors`] runs a file of `a TAB b TAB sign` lines, as the native tool answered them, against us.
//!
//! Text from outside is bounded ([`VERSION_BYTES_MAX`]) and refused rather than guessed at: a [`VersionError`] says why.

mod deb;
mod key;
mod maven;
mod pep440;
mod rpm;
mod rubygems;
mod semver;
mod vectors;

use std::cmp::Ordering;

pub use vectors::{Disagreement, Report, VECTOR_LINE_BYTES_MAX, VectorsError, check_vectors};

/// Longest version text, in bytes. Real versions stay below 100; a longer text than this is an attack or a mistake.
pub const VERSION_BYTES_MAX: usize = 1_024;

/// A packaging world's order of versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ecosystem {
    /// dpkg: `[epoch:]upstream[-revision]`.
    Deb,
    /// Maven's `ComparableVersion`.
    Maven,
    /// Python's PEP 440, as the `packaging` library reads it.
    Pep440,
    /// RPM: `[epoch:]version[-release]`.
    Rpm,
    /// Ruby's `Gem::Version`.
    RubyGems,
    /// Semantic Versioning 2.0.0: npm, Go modules (with or without `v`), crates.io.
    Semver,
}

/// Why a text is no version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VersionError {
    /// There is no text.
    Empty,
    /// The text is longer than [`VERSION_BYTES_MAX`].
    TooLong {
        /// Length of the text in bytes.
        size_bytes: usize,
    },
    /// A character that no version of this world may hold.
    Character {
        /// The character.
        character: char,
    },
    /// The epoch before the colon is no number.
    Epoch,
    /// The text does not have the shape that this world asks for.
    Shape,
}

impl std::fmt::Display for VersionError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Empty => write!(f, "the version is empty"),
            Self::TooLong { size_bytes } => write!(f, "the version is {size_bytes} bytes long; at most {VERSION_BYTES_MAX} are read"),
            Self::Character { character } => write!(f, "the version holds the character {character:?}"),
            Self::Epoch => write!(f, "the epoch before the colon is not a number"),
            Self::Shape => write!(f, "the version does not have the shape of this ecosystem"),
        }
    }
}

impl std::error::Error for VersionError {}

impl Ecosystem {
    /// Every order.
    pub const ALL: [Self; 6] = [Self::Deb, Self::Maven, Self::Pep440, Self::Rpm, Self::RubyGems, Self::Semver];

    /// The order's name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Deb => "deb",
            Self::Maven => "maven",
            Self::Pep440 => "pep440",
            Self::Rpm => "rpm",
            Self::RubyGems => "rubygems",
            Self::Semver => "semver",
        }
    }

    /// The order of this name, or of a world that uses it (`npm`, `go`, `crates.io`, `pypi`, `dpkg`).
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "deb" | "dpkg" | "debian" | "ubuntu" => Some(Self::Deb),
            "maven" => Some(Self::Maven),
            "pep440" | "pypi" => Some(Self::Pep440),
            "rpm" => Some(Self::Rpm),
            "rubygems" | "gem" => Some(Self::RubyGems),
            "semver" | "npm" | "go" | "crates.io" | "cargo" => Some(Self::Semver),
            _ => None,
        }
    }

    /// How `a` stands to `b` in this order.
    ///
    /// # Errors
    /// Either text is no version of this world.
    pub fn compare(self, a: &str, b: &str) -> Result<Ordering, VersionError> {
        admit(a)?;
        admit(b)?;
        match self {
            Self::Deb => deb::compare(a, b),
            Self::Rpm => Ok(rpm::compare(a, b)),
            Self::Maven => Ok(maven::compare(a, b)),
            Self::Pep440 | Self::RubyGems | Self::Semver => Ok(self.sort_key(a)?.cmp(&self.sort_key(b)?)),
        }
    }

    /// Bytes whose `memcmp` order, among versions of this world, is this order; equal versions have equal bytes.
    ///
    /// # Errors
    /// The text is no version of this world. [`Ecosystem::Maven`] has nested lists that pad each other, and so no such
    /// key: it answers [`VersionError::Shape`]; see [`Ecosystem::has_sort_key`].
    pub fn sort_key(self, version: &str) -> Result<Vec<u8>, VersionError> {
        admit(version)?;
        match self {
            Self::Deb => deb::sort_key(version),
            Self::Maven => Err(VersionError::Shape),
            Self::Pep440 => pep440::sort_key(version),
            Self::Rpm => Ok(rpm::sort_key(version)),
            Self::RubyGems => rubygems::sort_key(version),
            Self::Semver => semver::sort_key(version),
        }
    }

    /// Whether this order has a sort key.
    #[must_use]
    pub const fn has_sort_key(self) -> bool {
        !matches!(self, Self::Maven)
    }
}

/// The limits that hold for every world.
fn admit(version: &str) -> Result<(), VersionError> {
    if version.is_empty() {
        return Err(VersionError::Empty);
    }
    if version.len() > VERSION_BYTES_MAX {
        return Err(VersionError::TooLong { size_bytes: version.len() });
    }
    match version.chars().find(|c| c.is_control()) {
        Some(character) => Err(VersionError::Character { character }),
        None => Ok(()),
    }
}
