//! What an answer rests on: how many advisories, of which feeds, and how new.
//!
//! A release counts as covered from the first live advisory on that names this very release: one that is not withdrawn,
//! is about a known flaw, and names at least one affected version. A record that can concern nothing (withdrawn, a bug fix,
//! no versions) covers nothing, and `Debian:11` says nothing for `Debian:12`.
//!
//! No number of advisories makes a feed complete, and no threshold that we could choose would be honest: a small
//! distribution has few, and a single imported document may be a thousand. So we draw no line; every answer carries its
//! basis instead, and the reader sees whether "not affected" means 40,000 advisories of this morning or three of last year.

use wire::Timestamp;

/// The advisories that answers about one release rest on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Basis {
    /// The release, as in `Debian:12`.
    pub ecosystem: String,
    /// The feeds that brought them, sorted by name.
    pub feeds: Vec<FeedBasis>,
}

/// The advisories of one feed about one release.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FeedBasis {
    /// The feed, as in `osv-debian`; `file` where a file told none.
    pub feed: String,
    /// Live advisories.
    pub advisories: u64,
    /// When the newest of them was published or last changed, where they say.
    pub newest_at: Option<Timestamp>,
}

impl Basis {
    /// Live advisories of all feeds.
    #[must_use]
    pub fn advisories(&self) -> u64 {
        self.feeds.iter().map(|feed| feed.advisories).sum()
    }

    /// When the newest advisory of all feeds was published or last changed, where they say.
    #[must_use]
    pub fn newest_at(&self) -> Option<Timestamp> {
        self.feeds.iter().filter_map(|feed| feed.newest_at).max()
    }
}
