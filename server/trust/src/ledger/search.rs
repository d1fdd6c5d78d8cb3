//! Looking through a whole log for entries, and not believing the database on the way.
//!
//! Nothing is asked of SQL but the order: a row that was changed so that a question would pass it by must not be passed by. Each leaf is
//! opened and compared with what it says in clear, places follow each other without a gap, and the root over everything
//! that was read must be the one that is signed. Where any of it fails, the log is not whole, and what was found in it is not all.

use kernel::{KeyError, KeyRing, LeafId, Scope, TenantId, Timestamp};
use seal::leaf::leaf_hash;
use seal::merkle::{self, Hash};
use serde::{Deserialize, Serialize};
use store::{Row, StoreError, Tx, params};

use super::log::{Ledger, Of, place};
use super::stored::{Clear, Stored, Whose};
use super::tree::Log;
use super::{EffectKind, LeafKind};
use crate::error::LedgerError;
use crate::store as sql;

/// Leaves that lie in memory at a time.
const PAGE_LEAVES: u32 = 500;

/// An entry that was looked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Found {
    /// Its place in the log.
    pub index: u64,
    /// Its id.
    pub leaf: LeafId,
    /// What was done.
    pub kind: String,
    /// When it was recorded.
    pub at: Timestamp,
    /// The tenant that it names, where it is an effect on one that the instance's ledger tells of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<TenantId>,
}

/// What a look through a log has found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Searched {
    /// Whether the log is what is signed of it: where not, nobody knows what else there was.
    pub(crate) is_whole: bool,
    /// How many leaves it has.
    pub(crate) size: u64,
    /// The root over them.
    pub(crate) root: Hash,
    /// How many of them were looked for.
    pub(crate) found: u64,
    /// The first of those, in the order of the log.
    pub(crate) first: Vec<Found>,
    /// When the log was last given up for a successor: entries of it from before are lost, or are not those that were signed.
    pub(crate) lost_at: Option<Timestamp>,
    /// When the first leaf of all was recorded.
    pub(crate) began_at: Option<Timestamp>,
}

/// An effect that a leaf intends, and the tenant that it names.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Intended {
    pub(crate) effect: EffectKind,
    pub(crate) tenant: Option<TenantId>,
}

/// What is looked for, by what a leaf says and by the effect that it intends, where it intends one.
pub(crate) trait Wanted: Fn(&Clear, Option<Intended>) -> bool + Clone + Send + 'static {}

impl<T: Fn(&Clear, Option<Intended>) -> bool + Clone + Send + 'static> Wanted for T {}

/// A leaf that was read.
struct Read {
    clear: Clear,
    intended: Option<Intended>,
    hash: Hash,
}

/// A page of leaves, as they were found.
struct Page {
    leaves: Vec<Read>,
    /// Whether each is what was written, at its place.
    is_sound: bool,
    /// Where the next page begins; nothing behind the last.
    next: Option<u64>,
}

impl Searched {
    fn nothing_yet() -> Self {
        let root = merkle::root(&[]);
        Self { is_whole: false, size: 0, root, found: 0, first: Vec::new(), lost_at: None, began_at: None }
    }

    fn look_at(&mut self, index: u64, read: &Read, keep: usize, wanted: &impl Wanted) {
        let Read { clear, intended, .. } = read;
        self.began_at = Some(self.began_at.map_or(clear.at, |first| first.min(clear.at)));
        if clear.kind == LeafKind::LogSucceeded {
            self.lost_at = self.lost_at.max(Some(clear.at));
        }
        if !wanted(clear, *intended) {
            return;
        }
        self.found += 1;
        if self.first.len() < keep {
            let tenant = intended.and_then(|intended| intended.tenant);
            self.first.push(Found { index, leaf: clear.leaf, kind: clear.kind.text().to_owned(), at: clear.at, tenant });
        }
    }
}

impl Ledger {
    /// Looks through a tenant's log. `keep` of the found entries are named.
    ///
    /// # Errors
    /// The store's and the keys', where they cannot be read; a log that is not what was signed of it is none.
    pub(crate) async fn search_tenant(&self, scope: &Scope, keep: usize, wanted: impl Wanted) -> Result<Searched, LedgerError> {
        self.search(Of::Tenant(scope), keep, wanted).await
    }

    /// Looks through the instance's log.
    ///
    /// # Errors
    /// As [`Ledger::search_tenant`].
    pub(crate) async fn search_instance(&self, keep: usize, wanted: impl Wanted) -> Result<Searched, LedgerError> {
        self.search(Of::Instance, keep, wanted).await
    }

    async fn search(&self, of: Of<'_>, keep: usize, wanted: impl Wanted) -> Result<Searched, LedgerError> {
        let ordered = match of {
            Of::Tenant(scope) => self.sequence_tenant(scope).await.map(|_| ()),
            Of::Instance => self.sequence_instance().await,
        };
        let is_ordered = unless_altered(ordered)?.is_some();
        let signed = unless_altered(self.signed(of, |_, _| Ok(())).await)?.map(|(signed, ())| (signed.size, signed.root));
        // What came into the log since it was signed is not looked at.
        let size_max = signed.map_or(u64::MAX, |(size, _)| size);
        let mut searched = Searched::nothing_yet();
        let (mut is_sound, mut hashes, mut next) = (is_ordered, Vec::new(), Some(0));
        while let Some(from) = next.filter(|from| *from < size_max) {
            let page = self.page(of, from).await?;
            (is_sound, next) = (is_sound && page.is_sound, page.next);
            for read in page.leaves.into_iter().take(usize::try_from(size_max - from).unwrap_or(usize::MAX)) {
                let index = hashes.len() as u64;
                hashes.push(read.hash);
                searched.look_at(index, &read, keep, &wanted);
            }
        }
        (searched.size, searched.root) = (hashes.len() as u64, merkle::root(&hashes));
        searched.is_whole = is_sound && signed == Some((searched.size, searched.root));
        Ok(searched)
    }

    async fn page(&self, of: Of<'_>, from: u64) -> Result<Page, LedgerError> {
        let (keys, log) = (self.0.trust.keyring(), of.log());
        let read = move |tx: &mut Tx<'_>| {
            let rows = match log {
                Log::Tenant(tenant) => tx.query(&sql::LEAVES_FROM, &params![tenant, place(from), i64::from(PAGE_LEAVES)])?,
                Log::Instance => tx.query(&sql::cases::INSTANCE_LEAVES_FROM, &params![place(from), i64::from(PAGE_LEAVES)])?,
            };
            let whose = match log {
                Log::Tenant(tenant) => Whose::Tenants(tenant),
                Log::Instance => Whose::Instances,
            };
            let mut page = Page { leaves: Vec::with_capacity(rows.len()), is_sound: true, next: None };
            for (row, expected) in rows.iter().zip(from..) {
                let (leaf, is_sound) = leaf(&*keys, row, whose, expected)?;
                page.is_sound &= is_sound;
                page.leaves.extend(leaf);
            }
            if rows.len() == PAGE_LEAVES as usize {
                page.next = rows.last().map(|row| row.get::<i64>(1)).transpose()?.map(|last| last.unsigned_abs() + 1);
            }
            Ok::<_, StoreError>(page)
        };
        Ok(match of {
            Of::Tenant(scope) => self.0.stores.tenant(scope).read(read).await?,
            Of::Instance => self.0.stores.system().read(read).await?,
        })
    }
}

/// Nothing where the log is not what was signed of it: that is an answer too, and no failure.
fn unless_altered<T>(tried: Result<T, LedgerError>) -> Result<Option<T>, LedgerError> {
    match tried {
        Ok(found) => Ok(Some(found)),
        Err(LedgerError::RolledBack { .. } | LedgerError::Rewritten { .. } | LedgerError::Altered { .. }) => Ok(None),
        Err(LedgerError::Store(StoreError::Corrupt(_))) => Ok(None),
        Err(other) => Err(other),
    }
}

/// A leaf and its hash, and whether it is what was written, at its place.
fn leaf(keys: &dyn KeyRing, row: &Row, whose: Whose, expected: u64) -> Result<(Option<Read>, bool), StoreError> {
    let stored = match Stored::of(row, whose) {
        Ok(stored) => stored,
        Err(StoreError::Corrupt(_)) => return Ok((None, false)),
        Err(other) => return Err(other),
    };
    let (entry, is_sound) = match stored.open(keys) {
        Ok(opened) => (opened.map(|(_, entry)| entry), stored.index == Some(expected)),
        Err(StoreError::Corrupt(_) | StoreError::Key(KeyError::Altered { .. })) => (None, false),
        Err(other) => return Err(other),
    };
    let hash = leaf_hash(&stored.clear.commitment);
    let intended = entry.filter(|_| stored.clear.kind == LeafKind::EffectIntended).and_then(|entry| {
        let payload = &entry["payload"];
        let tenant = payload["facts"]["tenant"].as_str().and_then(|text| text.parse().ok());
        Some(Intended { effect: EffectKind::from_text(payload["effect"].as_str()?)?, tenant })
    });
    Ok((Some(Read { clear: stored.clear, intended, hash }), is_sound))
}
