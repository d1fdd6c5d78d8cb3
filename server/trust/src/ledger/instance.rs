//! The instance's log, for whoever runs the instance: its entries, and the proof of one.

use kernel::{LeafId, Timestamp};
use store::{StoreError, Tx, params};

use super::log::{LeafProof, Ledger, ListedLeaf, Of, SignedCheckpoint, listed, place};
use super::stored::Whose;
use crate::LeafKind;
use crate::error::LedgerError;
use crate::store as sql;

/// Which entries are wanted; any where nothing is said.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wanted {
    /// Below this place.
    pub below: Option<u64>,
    /// Of this kind.
    pub kind: Option<LeafKind>,
    /// Recorded at this time or later.
    pub from: Option<Timestamp>,
    /// Recorded before this time.
    pub until: Option<Timestamp>,
}

impl Ledger {
    /// Entries of the instance's log, the newest first. One that was altered is listed as such, and hides no other.
    ///
    /// # Errors
    /// Store and keys.
    pub async fn instance_entries(&self, wanted: Wanted, limit: u32) -> Result<Vec<ListedLeaf>, LedgerError> {
        self.sequence_instance().await?;
        let keys = self.0.trust.keyring();
        let read = self.0.stores.system().read(move |tx: &mut Tx<'_>| {
            let (below, kind) = (wanted.below.map_or(i64::MAX, place), wanted.kind.map_or("", LeafKind::text));
            let from = wanted.from.map_or(i64::MIN, Timestamp::micros);
            let until = wanted.until.map_or(i64::MAX, Timestamp::micros);
            let rows = tx.query(&sql::INSTANCE_LEAVES_BELOW, &params![below, kind, from, until, i64::from(limit)])?;
            rows.iter().map(|row| listed(&*keys, Whose::Instances, row)).collect::<Result<Vec<_>, StoreError>>()
        });
        Ok(read.await?)
    }

    /// An entry of the instance's log with the proof that it is in it, now or in the tree that it was at a size. Whoever
    /// runs the instance may have any; of a tenant's people each only what concerns them.
    ///
    /// # Errors
    /// As [`Ledger::proof`].
    pub async fn instance_proof(&self, leaf: LeafId, at: Option<u64>) -> Result<LeafProof, LedgerError> {
        self.sequence_instance().await?;
        self.proof_of(Of::Instance, leaf, at).await
    }

    /// What the instance's log is now, signed.
    ///
    /// # Errors
    /// As [`Ledger::checkpoint`].
    pub async fn instance_signed(&self) -> Result<SignedCheckpoint, LedgerError> {
        self.sequence_instance().await?;
        self.signed(Of::Instance, |_, _| Ok(())).await.map(|(checkpoint, ())| checkpoint)
    }
}
