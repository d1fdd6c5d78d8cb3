//! Who is told what concerns a tenant: its owners.

use kernel::{TenantId, UserId};
use store::{StoreError, params};

use crate::store as sql;
use crate::{Identity, IdentityError};

/// Owners that are read at once.
pub const OWNERS_AT_ONCE: usize = 100;

impl Identity {
    /// The owners of a tenant by their numbers, so many behind one of them: who holds that role on all devices.
    /// Fewer than [`OWNERS_AT_ONCE`] are the last. [`Identity::profile`] says by which address and in which language one of them is
    /// told.
    ///
    /// # Errors
    /// The store's.
    pub async fn owners(&self, tenant: TenantId, after: Option<UserId>) -> Result<Vec<UserId>, IdentityError> {
        let after = after.map_or(0, UserId::number);
        let read = self.db().read(move |tx| {
            let rows = tx.query(&sql::OWNERS_OF_TENANT, &params![tenant, after, OWNERS_AT_ONCE as i64])?;
            rows.iter().map(|row| row.get(0)).collect::<Result<Vec<_>, StoreError>>()
        });
        Ok(read.await?)
    }
}
