//! How a log that lies in a copy of the data stands to the log that it is a copy of.
//!
//! A copy is older by nature, and that is no fault of it. What it must be is a *beginning*: of the present log, where that is
//! what was signed, or else at least of nothing but what was signed. Nothing is signed here, so that no older or forged tree ever gets a signature.

use kernel::{Scope, Timestamp};
use seal::merkle::{self, Hash};
use store::{StoreError, Stores, Tx};

use super::log::{Ledger, Of};
use super::tree::{Head, Log, Tiles, has_unsequenced};
use crate::error::LedgerError;

/// How it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The present log begins with it.
    Begins,
    /// It holds all that was signed, which the present log does not, or more than there is now: the data were put back from an older copy.
    Ahead,
    /// It is another log from this place on.
    Parts {
        /// The first place whose entry is another.
        at: u64,
    },
    /// It is not what was signed, and the present log is not either: nobody can say from which place on.
    NotSigned,
    /// Nobody can say: neither of the two holds all that was signed.
    Unproven,
    /// Its tree is not what its entries made it.
    Damaged,
    /// There is no entry, where the present log of the tenant has some: the store is another's, or was emptied.
    Empty,
}

impl Standing {
    /// Whether it is one of which the copy must not be put back.
    #[must_use]
    pub const fn is_finding(self) -> bool {
        match self {
            Self::Begins | Self::Ahead | Self::Unproven => false,
            Self::Parts { .. } | Self::NotSigned | Self::Damaged | Self::Empty => true,
        }
    }
}

/// A log in a copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopiedLog {
    /// How many entries are in their places.
    pub entries: u64,
    /// When the newest of them came there.
    pub newest_at: Option<Timestamp>,
    /// How many more there are now, or were signed.
    pub behind: u64,
    /// How it stands.
    pub standing: Standing,
}

/// A log in one of the two.
#[derive(Clone, Copy)]
struct Side<'s> {
    stores: &'s Stores,
    of: Of<'s>,
}

impl Side<'_> {
    async fn read<T: Send + 'static>(
        self,
        look: impl FnOnce(&mut Tx<'_>, Log) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let log = self.of.log();
        match self.of {
            Of::Tenant(scope) => self.stores.tenant(scope).read(move |tx| look(tx, log)).await,
            Of::Instance => self.stores.system().read(move |tx| look(tx, log)).await,
        }
    }

    /// Nothing where it has no entry in its place, or no store.
    async fn head(self) -> Result<Option<Head>, StoreError> {
        match self.read(|tx, log| log.head(tx)).await {
            Err(StoreError::NotFound) => Ok(None),
            other => other,
        }
    }

    /// The root over its first entries; nothing where its tiles do not have them.
    async fn root_at(self, size: u64) -> Result<Option<Hash>, StoreError> {
        if size == 0 {
            return Ok(Some(merkle::root(&[])));
        }
        let root = move |tx: &mut Tx<'_>, log: Log| {
            let mut tiles = Tiles::of(log, tx);
            merkle::root_of(size, &mut |level, index| tiles.node(level, index))
        };
        match self.read(root).await {
            Ok(root) => Ok(Some(root)),
            Err(StoreError::Corrupt(_)) => Ok(None),
            Err(other) => Err(other),
        }
    }
}

impl Ledger {
    /// Compares a log that lies in copied stores with the present one: a tenant's, or the instance's.
    ///
    /// # Errors
    /// The stores', where they cannot be read.
    pub async fn compare_copied(&self, copy: &Stores, scope: Option<&Scope>) -> Result<CopiedLog, LedgerError> {
        let of = scope.map_or(Of::Instance, Of::Tenant);
        // Before the log: it only grows.
        let signed = self.anchor(of.log()).await?;
        let (there, here) = (Side { stores: copy, of }, Side { stores: &self.0.stores, of });
        let (then, now) = (there.head().await?, here.head().await?);
        let size_now = now.map_or(0, |now| now.size);
        let standing = match then {
            // The first seconds of a log.
            None if there.read(has_unsequenced).await? => Standing::Begins,
            // A tenant is made with an entry. An instance that was never started has none, and that is a beginning as well.
            None if scope.is_some() && (size_now > 0 || signed.0 > 0) => Standing::Empty,
            None => Standing::Begins,
            Some(then) => stands((there, then), (here, size_now), signed).await?,
        };
        let entries = then.map_or(0, |then| then.size);
        let behind = size_now.max(signed.0).saturating_sub(entries);
        Ok(CopiedLog { entries, newest_at: then.map(|then| then.made_at), behind, standing })
    }
}

async fn stands(
    (there, then): (Side<'_>, Head),
    (here, now): (Side<'_>, u64),
    (signed, root): (u64, Hash),
) -> Result<Standing, StoreError> {
    if there.root_at(then.size).await? != Some(then.root) {
        return Ok(Standing::Damaged);
    }
    let is_present_sound = now >= signed && here.root_at(signed).await? == Some(root);
    if !is_present_sound {
        return Ok(match then.size >= signed {
            true if there.root_at(signed).await? == Some(root) => Standing::Ahead,
            true => Standing::NotSigned,
            false => Standing::Unproven,
        });
    }
    let common = then.size.min(now);
    if there.root_at(common).await? != here.root_at(common).await? {
        return Ok(Standing::Parts { at: first_that_differs(there, here, common).await? });
    }
    Ok(if then.size > now { Standing::Ahead } else { Standing::Begins })
}

/// Trees are alike up to some size and never again.
async fn first_that_differs(there: Side<'_>, here: Side<'_>, size: u64) -> Result<u64, StoreError> {
    let (mut alike, mut differs) = (0, size);
    while differs - alike > 1 {
        let middle = alike + (differs - alike) / 2;
        if there.root_at(middle).await? == here.root_at(middle).await? {
            alike = middle;
        } else {
            differs = middle;
        }
    }
    Ok(alike)
}
