//! Accepting: what lies in a table is from now on what was written last, because somebody says so. So a part of a store that was put
//! back on purpose is settled again.
//!
//! In steps, for a table may have many rows; whoever is cut off begins anew, and until then the table's values have findings. The head
//! goes ahead first, of its own generation and of what the ledger was told, so that what is written meanwhile is of the new one.

use std::collections::BTreeSet;

use kernel::TenantId;

use super::{Adopting, StampHead, sql};
use crate::tx::Tx;
use crate::{StoreError, params};

impl Tx<'_> {
    /// Takes a head ahead of a generation, which the ledger was told, and takes the sums of tables out of it; `known` is the head as far as
    /// it is believed. Afterwards [`Stores::stamps_settled`](crate::Stores::stamps_settled) is called.
    ///
    /// # Errors
    /// The store's and the keyring's.
    pub fn begin_accepting(
        &mut self,
        tenant: TenantId,
        known: Option<StampHead>,
        told: i64,
        tables: &BTreeSet<u16>,
    ) -> Result<StampHead, StoreError> {
        let mut head = known.unwrap_or_default();
        head.generation = head.generation.max(told) + 1;
        head.sums.retain(|table, _| !tables.contains(table));
        self.put_stamp_head(tenant, &head)?;
        Ok(head)
    }

    /// Takes every stamp of a table away. Its rows are stamped by [`Tx::adopt_rows`] next.
    ///
    /// # Errors
    /// The store's.
    pub fn clear_stamps(&mut self, tenant: TenantId, table: u16) -> Result<(), StoreError> {
        let sql = sql::of(self.store());
        self.execute(sql.delete_of_table, &params![tenant, table])?;
        self.execute(sql.delete_fresh_of_table, &params![tenant, table]).map(|_| ())
    }

    /// Ends it: what was stamped of the tables is what is settled of them.
    ///
    /// # Errors
    /// The store's and the keyring's; [`StoreError::Conflict`] where the head is not the one that was begun with.
    pub fn end_accepting(&mut self, tenant: TenantId, begun: &StampHead, accepted: &Adopting) -> Result<(), StoreError> {
        if self.stamp_head(tenant)?.as_ref() != Some(begun) {
            return Err(StoreError::Conflict { constraint: "stamps were settled while a table was accepted".into() });
        }
        let mut head = begun.clone();
        head.adopted = head.adopted.saturating_add(accepted.head.adopted);
        head.sums.extend(accepted.head.sums.iter().map(|(table, sum)| (*table, *sum)));
        self.put_stamp_head(tenant, &head)
    }
}
