//! Who is told what concerns a tenant: everybody who has an account there.

use kernel::{TenantId, UserId};
use store::{StoreError, params};

use crate::store as sql;
use crate::{Identity, IdentityError};

/// Most owners of a tenant that are told.
pub const OWNERS_MAX: usize = 1_000;

impl Identity {
    /// The owners of a tenant by their numbers: every account, since each may do everything there. [`Identity::profile`] says by
    /// which address and in which language one of them is told.
    ///
    /// # Errors
    /// The store's.
    pub async fn owners(&self, tenant: TenantId) -> Result<Vec<UserId>, IdentityError> {
        let read = self.db().read(move |tx| {
            let rows = tx.query(&sql::USERS_OF_TENANT, &params![tenant, OWNERS_MAX as i64])?;
            rows.iter().map(|row| row.get(0)).collect::<Result<Vec<_>, StoreError>>()
        });
        Ok(read.await?)
    }
}
