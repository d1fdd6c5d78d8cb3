//! Rolls that are due, and the leaves that tell of them.
//!
//! The keyring and a tenant's ledger are stores apart, and the leaf can only come after the roll that it tells of. So an epoch's row says
//! whether the ledger knows of it, and that it does not is as good a reason to look at the tenant as a key that was destroyed. The
//! leaf's id follows from what it tells, so telling twice writes one leaf. It says that every epoch before is destroyed: one that ended
//! untold between two rolls is told of by the later one.

use kernel::{KeyError, KeyRef, Scope, ScopeMint, SystemWork, TenantId};
use serde_json::{Value, json};
use store::{StoreError, Stores, params};

use crate::epochs::RollStep;
use crate::ledger::{self, Aftermath, Asking, Effect, EffectKind, Intent, LeafEntry, LeafKind, Outcome, record_once};
use crate::store as sql;
use crate::{Trust, TrustError, key_error_first};

/// A tenant's part of the keyring is wrapped anew, and its epochs from this one on are destroyed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RollEpoch {
    /// The tenant.
    pub tenant: TenantId,
    /// The oldest epoch, which ends.
    pub epoch: i64,
}

impl Effect for RollEpoch {
    const KIND: EffectKind = EffectKind::EpochRoll;

    fn facts(&self) -> Value {
        json!({ "epoch": self.epoch })
    }
}

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
        if !self.keyring_status(tenant).await?.rolls {
            return self.tell_epoch(stores, scope, None).await;
        }
        let intent = self.intend_roll(stores, scope).await?;
        self.finish_roll(&intent, false).await?;
        if self.keyring_status(tenant).await?.rolls {
            self.finish_roll(&intent, true).await?;
        }
        self.tell_epoch(stores, scope, Some(intent)).await
    }

    /// Wraps a tenant's part of the keyring anew and destroys the epochs before: the newest one's number. Goes on with a
    /// roll that was cut off.
    ///
    /// # Errors
    /// [`kernel::KeyError::Missing`] where the tenant has no keys, [`kernel::KeyError::Altered`] for a damaged one; the store's.
    pub async fn roll_epoch(&self, intent: &Intent<RollEpoch>) -> Result<i64, TrustError> {
        // One that was cut off is finished first: its epoch may have been wrapped over a key that is destroyed by now.
        self.finish_roll(intent, false).await?;
        self.finish_roll(intent, true).await
    }

    /// One step of [`Trust::roll_epoch`]; a new roll begins only where `begin` says so and none is under way.
    ///
    /// # Errors
    /// As [`Trust::roll_epoch`].
    pub async fn roll_step(&self, intent: &Intent<RollEpoch>, begin: bool) -> Result<RollStep, TrustError> {
        key_error_first(self.0.keyring.roll_step(intent.effect().tenant, begin).await)
    }

    /// As [`Trust::roll_epoch`], and tells of it in the tenant's ledger, before and after.
    ///
    /// # Errors
    /// As [`Trust::roll_epoch`], and the ledger's; where the keys were wrapped anew before it failed, it is told of later.
    pub async fn roll_and_tell(&self, stores: &Stores, scope: &Scope) -> Result<i64, TrustError> {
        let intent = self.intend_roll(stores, scope).await?;
        let epoch = self.roll_epoch(&intent).await?;
        self.tell_epoch(stores, scope, Some(intent)).await?;
        Ok(epoch)
    }

    /// As [`Trust::roll_and_tell`], where every epoch up to one must be gone: somebody else's roll since then has ended it too.
    pub(crate) async fn end_epoch(&self, stores: &Stores, scope: &Scope, up_to: i64) -> Result<i64, TrustError> {
        if self.keyring_status(scope.tenant()).await?.epoch <= up_to {
            return self.roll_and_tell(stores, scope).await;
        }
        self.settle_epoch(stores, scope).await?;
        Ok(self.keyring_status(scope.tenant()).await?.epoch)
    }

    async fn intend_roll(&self, stores: &Stores, scope: &Scope) -> Result<Intent<RollEpoch>, TrustError> {
        let (keys, acting, roll) = (self.keyring(), scope.clone(), self.roll_of(scope.tenant()).await?);
        key_error_first(stores.tenant(scope).write(move |tx| ledger::intend(tx, &*keys, &acting, roll)).await)
    }

    /// The roll by which a tenant's oldest epoch would end.
    ///
    /// # Errors
    /// [`kernel::KeyError::Missing`] where the tenant has no keys; the store's.
    pub async fn roll_of(&self, tenant: TenantId) -> Result<RollEpoch, TrustError> {
        let read = self.0.keyring.db.read(move |tx| tx.query(&sql::EPOCHS, &params![tenant])?.first().map(|row| row.get(0)).transpose());
        let oldest: Option<i64> = key_error_first(read.await)?;
        Ok(RollEpoch { tenant, epoch: oldest.ok_or(KeyError::Missing)? })
    }

    /// Who knows what became of rolls.
    #[must_use]
    pub fn rolls(&self) -> impl Aftermath + use<> {
        Rolls(self.clone())
    }

    /// Tells in the tenant's ledger that every epoch before the oldest that is left was destroyed, where it does not know yet,
    /// and what became of a roll.
    async fn tell_epoch(&self, stores: &Stores, scope: &Scope, rolled: Option<Intent<RollEpoch>>) -> Result<(), TrustError> {
        let (tenant, keyring) = (scope.tenant(), &self.0.keyring);
        let untold = keyring.db.read(move |tx| {
            let row = tx.query_optional(&sql::UNTOLD_EPOCH, &params![tenant])?;
            row.map(|row| row.get::<i64>(0)).transpose()
        });
        let Some(epoch) = key_error_first(untold.await)? else {
            let Some(rolled) = rolled else { return Ok(()) };
            // Somebody else was quicker to tell.
            let newest = self.keyring_status(tenant).await?.epoch;
            return key_error_first(rolled.tell(stores, self.keyring(), Some(scope), ended(newest)).await);
        };
        let (keys, acting) = (self.keyring(), scope.clone());
        let ledger = stores.tenant(scope);
        let recorded = ledger.write(move |tx| {
            // An erased tenant has no ledger that could be told.
            if keys.was_destroyed(KeyRef::Tenant(tenant))? {
                return Ok(());
            }
            let entry = LeafEntry { kind: LeafKind::EpochRolled, subject: None, payload: json!({ "epoch": epoch }) };
            record_once(tx, &*keys, &acting, entry, &epoch.to_be_bytes())?;
            rolled.as_ref().map_or(Ok(()), |rolled| rolled.outcome(tx, &*keys, &ended(epoch)).map(|_| ()))
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

    async fn finish_roll(&self, intent: &Intent<RollEpoch>, begin: bool) -> Result<i64, TrustError> {
        let mut begins = begin;
        loop {
            if let RollStep::Done { epoch } = self.roll_step(intent, begins).await? {
                return Ok(epoch);
            }
            begins = false;
        }
    }
}

fn ended(newest: i64) -> Outcome {
    Outcome::Done { facts: json!({ "epoch": newest }) }
}

struct Rolls(Trust);

impl Aftermath for Rolls {
    fn kind(&self) -> EffectKind {
        RollEpoch::KIND
    }

    fn ask(&self, tenant: Option<TenantId>, facts: Value) -> Asking<'_> {
        Box::pin(async move {
            let (Some(tenant), Some(epoch)) = (tenant, facts["epoch"].as_i64()) else { return Ok(Some(Outcome::Unknown)) };
            let oldest = self.0.roll_of(tenant).await.map(|roll| roll.epoch);
            what_became(epoch, oldest, self.0.keyring_status(tenant).await.map(|status| status.rolls))
        })
    }
}

/// What became of the roll that was to end an epoch: by the oldest that is left, and by whether a roll is under way or due. Keys that are
/// gone say nothing about it any more; a keyring that cannot be read is asked again.
fn what_became(epoch: i64, oldest: Result<i64, TrustError>, rolls: Result<bool, TrustError>) -> Result<Option<Outcome>, StoreError> {
    match oldest.and_then(|oldest| Ok((oldest, rolls?))) {
        Ok((oldest, _)) if oldest > epoch => Ok(Some(ended(oldest))),
        // The next round of whoever rolls goes on with it.
        Ok((_, true)) => Ok(None),
        Ok((_, false)) => Ok(Some(Outcome::Failed { why: "not-taken" })),
        Err(TrustError::Key(KeyError::Missing)) => Ok(Some(Outcome::Unknown)),
        Err(TrustError::Store(error)) => Err(error),
        Err(other) => Err(StoreError::Unavailable(other.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_keyring_that_cannot_be_read_just_now_says_nothing_about_a_roll() {
        let away = || TrustError::Store(StoreError::Unavailable("the disk is away".into()));
        assert!(matches!(what_became(1, Ok(1), Err(away())), Err(StoreError::Unavailable(_))));
        assert!(matches!(what_became(1, Err(away()), Ok(false)), Err(StoreError::Unavailable(_))));
        assert_eq!(what_became(1, Ok(1), Ok(true)).expect("said"), None, "it is under way");
        assert_eq!(what_became(1, Ok(1), Ok(false)).expect("said"), Some(Outcome::Failed { why: "not-taken" }));
        assert_eq!(what_became(1, Ok(3), Ok(true)).expect("said"), Some(ended(3)));
        let gone = || TrustError::Key(KeyError::Missing);
        assert_eq!(what_became(1, Ok(1), Err(gone())).expect("said"), Some(Outcome::Unknown));
    }
}
