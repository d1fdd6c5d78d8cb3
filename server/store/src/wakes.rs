//! Which tenants have work, and when: so that nobody looks into ten thousand of them to find one.
//!
//! A wake may be spurious and may come twice; work that follows one reads the state afresh and may find nothing.

use std::sync::Arc;
use std::time::Duration;

use kernel::TenantId;
use wire::Timestamp;

use crate::handle::Db;
use crate::home::Home;
use crate::shared::Shared;
use crate::store::{DELETE_WAKE, PUT_OFF_WAKE, QUIET_WAKE, WAKES_DUE};
use crate::tx::Tx;
use crate::{StoreError, params};

/// After this long a settled wake comes once more, and goes when it is settled again. It is longer than a
/// transaction can stand between writing its wake and committing (PostgreSQL ends an idle one after 60 s).
pub const WAKE_QUIET_TIME: Duration = Duration::from_secs(120);

/// A tenant that has work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wake {
    /// The tenant.
    pub tenant: TenantId,
    /// What kind of work.
    pub kind: String,
    /// From when on.
    pub due_at: Timestamp,
    pub(crate) generation: i64,
    pub(crate) is_quiet: bool,
}

/// The wakes of every tenant.
#[derive(Clone, Debug)]
pub struct Wakes {
    system: Db,
}

impl Tx<'_> {
    /// Names the tenant as one that has work of this kind at a time: a timer. Harmless where the transaction is undone.
    ///
    /// # Errors
    /// [`StoreError::Misuse`] outside of a tenant's store.
    pub fn wake(&mut self, kind: &'static str, due_at: Timestamp) -> Result<(), StoreError> {
        self.tenant_needed()?;
        self.news.wakes.push((kind, due_at));
        Ok(())
    }
}

impl Wakes {
    pub(crate) fn new(shared: &Arc<Shared>) -> Self {
        Self { system: Db(shared.handle(Home::System)) }
    }

    /// Wakes of a kind that are due, the longest due first.
    ///
    /// # Errors
    /// As [`Db::read`].
    pub async fn due(&self, kind: &str, max: usize) -> Result<Vec<Wake>, StoreError> {
        let kind = kind.to_owned();
        let limit = i64::try_from(max).unwrap_or(i64::MAX);
        self.system
            .read(move |tx| {
                let rows = tx.query(&WAKES_DUE, &params![&kind, tx.now(), limit])?;
                let wake = |row: &crate::Row| {
                    let kind = kind.clone();
                    Ok(Wake { tenant: row.get(0)?, kind, due_at: row.get(1)?, generation: row.get(2)?, is_quiet: row.get(3)? })
                };
                rows.iter().map(wake).collect()
            })
            .await
    }

    /// The work of a wake is done. Unless it was announced anew, it comes once more after [`WAKE_QUIET_TIME`], for a
    /// transaction that was about to commit while the work read the state; then settling removes it.
    ///
    /// # Errors
    /// As [`Db::write`].
    pub async fn settle(&self, wake: &Wake) -> Result<(), StoreError> {
        if wake.is_quiet {
            return self.remove(wake).await;
        }
        let Wake { tenant, kind, generation, .. } = wake.clone();
        let again_at = self.system.0.shared.clock.now().plus(WAKE_QUIET_TIME);
        self.system.write(move |tx| tx.execute(&QUIET_WAKE, &params![tenant, &kind, generation, again_at]).map(|_| ())).await
    }

    /// The work of a wake is done but for what is due later: as [`Wakes::settle`], and it comes again at that time.
    ///
    /// # Errors
    /// As [`Db::write`].
    pub async fn settle_until(&self, wake: &Wake, next: Timestamp) -> Result<(), StoreError> {
        let quiet_until = self.system.0.shared.clock.now().plus(WAKE_QUIET_TIME);
        if wake.is_quiet || next <= quiet_until { self.put_off(wake, next).await } else { self.settle(wake).await }
    }

    /// The work of a wake could not be done, and is due again then: others come first. Where it was announced anew, it is due as
    /// that says.
    ///
    /// # Errors
    /// As [`Db::write`].
    pub async fn put_off(&self, wake: &Wake, until: Timestamp) -> Result<(), StoreError> {
        let Wake { tenant, kind, generation, .. } = wake.clone();
        self.system.write(move |tx| tx.execute(&PUT_OFF_WAKE, &params![tenant, &kind, generation, until]).map(|_| ())).await
    }

    pub(crate) async fn remove(&self, wake: &Wake) -> Result<(), StoreError> {
        let Wake { tenant, kind, generation, .. } = wake.clone();
        self.system.write(move |tx| tx.execute(&DELETE_WAKE, &params![tenant, &kind, generation]).map(|_| ())).await
    }
}
