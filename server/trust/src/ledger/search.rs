//! Looking through a whole log for entries, and not believing the database on the way.
//!
//! Nothing is asked of SQL but the order: a row that was changed so that a question would pass it by must not be passed by. Each leaf is
//! opened and compared with what it says in clear, places follow each other without a gap, and the root over everything
//! that was read must be the one that is signed. Where any of it fails, the log is not whole, and what was found in it is not all.

use kernel::{KeyError, KeyRing, LeafId, Scope, Timestamp};
use seal::leaf::leaf_hash;
use seal::merkle::{self, Hash};
use serde::{Deserialize, Serialize};
use store::{Row, StoreError, Tx, params};

use super::LeafKind;
use super::log::{Ledger, Of, place};
use super::stored::{Clear, Stored, Whose};
use super::tree::Log;
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
    /// When the first leaf of all was recorded.
    pub(crate) began_at: Option<Timestamp>,
}

/// What is looked for.
pub(crate) trait Wanted: Fn(&Clear) -> bool + Clone + Send + 'static {}

impl<T: Fn(&Clear) -> bool + Clone + Send + 'static> Wanted for T {}

/// A page of leaves, as they were found.
struct Page {
    leaves: Vec<(Clear, Hash)>,
    /// Whether each is what was written, at its place.
    is_sound: bool,
    /// Where the next page begins; nothing behind the last.
    next: Option<u64>,
}

impl Ledger {
    /// Looks through a tenant's log. `keep` of the found entries are named.
    ///
    /// # Errors
    /// The store's and the keys', where they cannot be read; a log that is not what was signed of it is none.
    pub(crate) async fn search_tenant(&self, scope: &Scope, keep: usize, wanted: impl Wanted) -> Result<Searched, LedgerError> {
        self.sequence_tenant(scope).await?;
        self.search(Of::Tenant(scope), keep, wanted).await
    }

    /// Looks through the instance's log.
    ///
    /// # Errors
    /// As [`Ledger::search_tenant`].
    pub(crate) async fn search_instance(&self, keep: usize, wanted: impl Wanted) -> Result<Searched, LedgerError> {
        self.sequence_instance().await?;
        self.search(Of::Instance, keep, wanted).await
    }

    async fn search(&self, of: Of<'_>, keep: usize, wanted: impl Wanted) -> Result<Searched, LedgerError> {
        let signed = match self.signed(of, |_, _| Ok(())).await {
            Ok((signed, ())) => Some((signed.size, signed.root)),
            Err(LedgerError::RolledBack { .. } | LedgerError::Rewritten { .. } | LedgerError::Altered { .. }) => None,
            Err(LedgerError::Store(StoreError::Corrupt(_))) => None,
            Err(other) => return Err(other),
        };
        // What came into the log since it was signed is not looked at.
        let size_max = signed.map_or(u64::MAX, |(size, _)| size);
        let mut searched =
            Searched { is_whole: signed.is_some(), size: 0, root: merkle::root(&[]), found: 0, first: Vec::new(), began_at: None };
        let (mut hashes, mut next) = (Vec::new(), Some(0));
        while let Some(from) = next.filter(|from| *from < size_max) {
            let page = self.page(of, from).await?;
            (searched.is_whole, next) = (searched.is_whole && page.is_sound, page.next);
            for (clear, hash) in page.leaves {
                let index = hashes.len() as u64;
                if index >= size_max {
                    break;
                }
                hashes.push(hash);
                searched.began_at = Some(searched.began_at.map_or(clear.at, |first: Timestamp| first.min(clear.at)));
                if wanted(&clear) {
                    searched.found += 1;
                    if searched.first.len() < keep {
                        searched.first.push(Found { index, leaf: clear.leaf, kind: clear.kind.text().to_owned(), at: clear.at });
                    }
                }
            }
        }
        searched.size = hashes.len() as u64;
        searched.root = merkle::root(&hashes);
        searched.is_whole &= signed == Some((searched.size, searched.root));
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

/// A leaf and its hash, and whether it is what was written, at its place.
fn leaf(keys: &dyn KeyRing, row: &Row, whose: Whose, expected: u64) -> Result<(Option<(Clear, Hash)>, bool), StoreError> {
    let stored = match Stored::of(row, whose) {
        Ok(stored) => stored,
        Err(StoreError::Corrupt(_)) => return Ok((None, false)),
        Err(other) => return Err(other),
    };
    let is_sound = match stored.open(keys) {
        Ok(_) => stored.index == Some(expected),
        Err(StoreError::Corrupt(_) | StoreError::Key(KeyError::Altered { .. })) => false,
        Err(other) => return Err(other),
    };
    let hash = leaf_hash(&stored.clear.commitment);
    Ok((Some((stored.clear, hash)), is_sound))
}

/// Kinds of entries that tell of every tenant's data at once, in the instance's log.
pub(crate) const fn concerns_every_tenant(kind: LeafKind) -> bool {
    matches!(kind, LeafKind::ReadOnHost | LeafKind::AccessLogRead | LeafKind::KeyringRestored | LeafKind::RootKeyChange)
}
