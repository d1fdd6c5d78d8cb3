//! Rolls that are due, and the leaves that tell of them.
//!
//! The keyring and a tenant's ledger are stores apart, and the leaf can only come after the roll that it tells of. So an epoch's row says
//! whether the ledger knows of it, and that it does not is as good a reason to look at the tenant as a key that was destroyed. The
//! leaf's id follows from what it tells, so telling twice writes one leaf. It says that every epoch before is destroyed: one that ended
//! untold between two rolls is told of by the later one.

use kernel::{KeyRef, Scope, ScopeMint, SystemWork, TenantId};
use serde_json::json;
use store::{StoreError, Stores, params};

use crate::epochs::RollStep;
use crate::ledger::{LeafEntry, LeafKind, record_once};
use crate::store as sql;
use crate::{Trust, TrustError, key_error_first};

/// Tenants that are looked for at once.
pub const ROLLS_PAGE: usize = 1_000;

/// What came of a look at every tenant whose roll is due.
#[derive(Debug, Default)]
pub struct Settled {
    /// Tenants whose part of the keyring is in order now.
    pub tenants: usize,
    /// Tenants that it failed for; they stay due.
    pub failed: Vec<(TenantId, TrustError)>,
}

impl Trust {
    /// Rolls what is due, of every tenant, and tells of it; `page` tenants are looked for at once. A tenant that it fails for keeps no
    /// other one waiting.
    ///
    /// # Errors
    /// The store's, where it cannot be asked what is due.
    pub async fn settle_epochs(&self, stores: &Stores, mint: &ScopeMint, page: usize) -> Result<Settled, TrustError> {
        let mut settled = Settled::default();
        let mut after = None;
        loop {
            // Behind the last one looked at, whatever became of it.
            let due = self.rolls_due(after, page).await?;
            let Some(last) = due.last() else { return Ok(settled) };
            after = Some(*last);
            for tenant in due {
                match self.settle_epoch(stores, &mint.system(tenant, SystemWork::Reconciler)).await {
                    Ok(()) => settled.tenants += 1,
                    Err(error) => settled.failed.push((tenant, error)),
                }
            }
        }
    }

    /// Goes on with a tenant's roll that was cut off, rolls where a destroyed key asks for it, and tells of it.
    async fn settle_epoch(&self, stores: &Stores, scope: &Scope) -> Result<(), TrustError> {
        let tenant = scope.tenant();
        self.finish_roll(tenant, false).await?;
        if self.keyring_status(tenant).await?.rolls {
            self.finish_roll(tenant, true).await?;
        }
        self.tell_epoch(stores, scope).await
    }

    /// As [`Trust::roll_epoch`], and tells of it in the tenant's ledger.
    ///
    /// # Errors
    /// As [`Trust::roll_epoch`], and the ledger's; then the keys are wrapped anew, and it is told of later.
    pub async fn roll_and_tell(&self, stores: &Stores, scope: &Scope) -> Result<i64, TrustError> {
        let epoch = self.roll_epoch(scope.tenant()).await?;
        self.tell_epoch(stores, scope).await?;
        Ok(epoch)
    }

    /// Tells in the tenant's ledger that every epoch before the oldest that is left was destroyed, where it does not know yet.
    async fn tell_epoch(&self, stores: &Stores, scope: &Scope) -> Result<(), TrustError> {
        let (tenant, keyring) = (scope.tenant(), &self.0.keyring);
        let untold = keyring.db.read(move |tx| {
            let row = tx.query_optional(&sql::UNTOLD_EPOCH, &params![tenant])?;
            row.map(|row| row.get::<i64>(0)).transpose()
        });
        let Some(epoch) = key_error_first(untold.await)? else { return Ok(()) };
        let (keys, acting) = (self.keyring(), scope.clone());
        let ledger = stores.tenant(scope);
        let recorded = ledger.write(move |tx| {
            // An erased tenant has no ledger that could be told.
            if keys.was_destroyed(KeyRef::Tenant(tenant))? {
                return Ok(());
            }
            let entry = LeafEntry { kind: LeafKind::EpochRolled, subject: None, payload: json!({ "epoch": epoch }) };
            record_once(tx, &*keys, &acting, entry, &epoch.to_be_bytes()).map(|_| ())
        });
        match recorded.await {
            Ok(()) => {}
            Err(StoreError::NotFound) if self.is_erased(tenant).await? => {}
            Err(error) => return key_error_first(Err(error)),
        }
        let told = keyring.db.write(move |tx| {
            let now = tx.now();
            tx.execute(&sql::SET_TOLD, &params![tenant, epoch, now]).map(|_| ())
        });
        key_error_first(told.await)
    }

    async fn is_erased(&self, tenant: TenantId) -> Result<bool, TrustError> {
        let keys = self.keyring();
        let asked = tokio::task::spawn_blocking(move || keys.was_destroyed(KeyRef::Tenant(tenant))).await;
        Ok(asked.expect("asking does not panic")?)
    }

    pub(crate) async fn finish_roll(&self, tenant: TenantId, begin: bool) -> Result<i64, TrustError> {
        let mut begins = begin;
        loop {
            if let RollStep::Done { epoch } = self.roll_step(tenant, begins).await? {
                return Ok(epoch);
            }
            begins = false;
        }
    }
}
