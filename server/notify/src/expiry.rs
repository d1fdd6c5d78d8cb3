//! A mail that was settled is kept as its own proof for a while, and goes then: when, its tenant's wake knows.

use std::time::Duration;

use kernel::{ScopeMint, SystemWork, Timestamp};
use store::{StoreError, Tx, params};

use crate::outbox::Outbox;
use crate::sending::TENANTS_AT_ONCE;
use crate::store as sql;

/// For how many days a mail that was settled is kept as a proof: a year, and the weeks in which one looks back at it.
pub const RETENTION_DAYS: u16 = 400;
/// The same as a duration.
pub const RETENTION: Duration = Duration::from_secs(RETENTION_DAYS as u64 * 24 * 3_600);
/// The kind of wake that names tenants with mails to delete.
pub(crate) const EXPIRY_WAKE: &str = "mail-expiry";

impl Outbox {
    /// Deletes what was settled longer ago than it is kept, of some tenants: how many tenants. What is told in ledgers stays.
    ///
    /// # Errors
    /// The store's.
    pub async fn expire_step(&self, mint: &ScopeMint) -> Result<usize, StoreError> {
        let wakes = self.stores.wakes().due(EXPIRY_WAKE, TENANTS_AT_ONCE).await?;
        for wake in &wakes {
            let (scope, tenant) = (mint.system(wake.tenant, SystemWork::Reconciler), wake.tenant);
            // Settled first, so that what is settled meanwhile wakes anew.
            self.stores.wakes().settle(wake).await?;
            let expire = move |tx: &mut Tx<'_>| {
                let now = tx.now();
                tx.execute(&sql::DELETE_SETTLED_MAILS, &params![tenant, now.minus(RETENTION)])?;
                if let Some(first) = tx.query_one(&sql::FIRST_SETTLED, &params![tenant])?.get::<Option<Timestamp>>(0)? {
                    tx.wake(EXPIRY_WAKE, first.plus(RETENTION))?;
                }
                Ok(())
            };
            match self.stores.tenant(&scope).write(expire).await {
                // Erased since.
                Err(StoreError::NotFound) => {}
                expired => expired?,
            }
        }
        Ok(wakes.len())
    }
}
