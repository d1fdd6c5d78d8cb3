//! Closes intents whose outcome nobody told: a process died in between, or forgot.
//!
//! Past an effect's time limit whoever knows of effects of its kind is asked what became of it: the keyring whether the key is
//! destroyed, the file system whether the folder is there. What nobody can know is told as such. Who is asked and cannot say just
//! now is asked again in the next round; the intent stays open.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use kernel::{Actor, LeafId, Scope, SystemWork, TenantId, Timestamp};
use serde_json::Value;
use store::{StoreError, Tx, Wake, params};

use super::intent::{ClosedBy, EffectKind, INTENTS, Open, Outcome, close};
use super::stored::Whose;
use super::{LeafKind, Ledger, read, read_instance};
use crate::error::LedgerError;
use crate::store::intents as sql;

/// Tenants whose orphaned intents one step closes.
pub const ORPHANED_TENANTS_MAX: usize = 1_000;
/// Intents of one ledger that one step closes.
pub const ORPHANS_AT_ONCE: usize = 100;

/// What whoever is asked answers; nothing where it is under way still.
pub type Asking<'a> = Pin<Box<dyn Future<Output = Result<Option<Outcome>, StoreError>> + Send + 'a>>;

/// Knows what became of effects of a kind.
pub trait Aftermath: Send + Sync + 'static {
    /// Which kind.
    fn kind(&self) -> EffectKind;

    /// What became of the effect of these facts, as [`super::Effect::facts`] said them, of a tenant or of the instance. Asked when its time is up.
    fn ask(&self, tenant: Option<TenantId>, facts: Value) -> Asking<'_>;
}

impl Ledger {
    /// Closes intents past their time limit, of the instance and of up to [`ORPHANED_TENANTS_MAX`] tenants: how many.
    ///
    /// # Errors
    /// The store's. One ledger's failure is logged and stops no other.
    pub async fn close_orphans(&self, known_by: &[Arc<dyn Aftermath>]) -> Result<usize, LedgerError> {
        let (setbacks, now) = (&self.0.orphaned, self.0.stores.clock().now());
        let (mut closed, failed) = self.close_orphans_of(None, now, known_by).await;
        if let Err(error) = failed {
            tracing::error!(error = %error, "what became of an effect of the instance cannot be told");
        }
        let asked = ORPHANED_TENANTS_MAX + setbacks.waiting(now);
        let mut wakes = self.0.stores.wakes().due(INTENTS, asked).await?;
        let ready = setbacks.ready(wakes.iter().map(|wake| wake.tenant).collect(), now);
        wakes.retain(|wake| ready.contains(&wake.tenant));
        for wake in wakes.iter().take(ORPHANED_TENANTS_MAX) {
            let (count, failed) = self.close_orphans_of_tenant(wake, now, known_by).await;
            closed += count;
            match failed {
                Ok(()) => setbacks.over(wake.tenant),
                Err(error) => {
                    if setbacks.again(wake.tenant, now) {
                        tracing::error!(tenant.id = %wake.tenant, error = %error, "what became of an effect cannot be told");
                    }
                }
            }
        }
        Ok(closed)
    }

    /// How many were closed, and why not the others.
    async fn close_orphans_of_tenant(
        &self,
        wake: &Wake,
        now: Timestamp,
        known_by: &[Arc<dyn Aftermath>],
    ) -> (usize, Result<(), LedgerError>) {
        let scope = self.0.mint.system(wake.tenant, SystemWork::Reconciler);
        let (closed, failed) = self.close_orphans_of(Some(&scope), now, known_by).await;
        match failed {
            // An erased tenant has no ledger.
            Ok(()) | Err(LedgerError::Store(StoreError::NotFound)) => (closed, self.settle(wake, &scope).await),
            Err(error) => (closed, Err(error)),
        }
    }

    async fn settle(&self, wake: &Wake, scope: &Scope) -> Result<(), LedgerError> {
        let tenant = wake.tenant;
        let is_open = move |tx: &mut Tx<'_>| tx.query_optional(&sql::NEXT_INTENT_DUE, &params![tenant]);
        match self.0.stores.tenant(scope).read(is_open).await {
            // The timer stays, and finds it when it is due.
            Ok(Some(_)) => Ok(()),
            Ok(None) | Err(StoreError::NotFound) => Ok(self.0.stores.wakes().settle(wake).await?),
            Err(error) => Err(error.into()),
        }
    }

    /// How many were closed, and why not the others: one of which nobody can say what became holds no other one up.
    async fn close_orphans_of(
        &self,
        scope: Option<&Scope>,
        now: Timestamp,
        known_by: &[Arc<dyn Aftermath>],
    ) -> (usize, Result<(), LedgerError>) {
        let due = match self.due(scope, now).await {
            Ok(due) => due,
            Err(error) => return (0, Err(error.into())),
        };
        let (mut closed, mut failed) = (0, Ok(()));
        for open in due {
            match self.close_orphan(scope, open, known_by).await {
                Ok(is_closed) => closed += usize::from(is_closed),
                Err(error) => failed = failed.and(Err(error)),
            }
        }
        (closed, failed)
    }

    /// What is past its time limit: the intent's leaf, and what its row says of the effect.
    async fn due(&self, scope: Option<&Scope>, now: Timestamp) -> Result<Vec<(LeafId, String)>, StoreError> {
        let (tenant, limit) = (scope.map(Scope::tenant), ORPHANS_AT_ONCE as i64);
        let due = move |tx: &mut Tx<'_>| {
            let rows = match tenant {
                Some(tenant) => tx.query(&sql::INTENTS_DUE, &params![tenant, now, limit])?,
                None => tx.query(&sql::INSTANCE_INTENTS_DUE, &params![now, limit])?,
            };
            rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
        };
        match scope {
            Some(scope) => self.0.stores.tenant(scope).read(due).await,
            None => self.0.stores.system().read(due).await,
        }
    }

    async fn close_orphan(
        &self,
        scope: Option<&Scope>,
        (leaf, of_row): (LeafId, String),
        known_by: &[Arc<dyn Aftermath>],
    ) -> Result<bool, LedgerError> {
        let tenant = scope.map(Scope::tenant);
        let intended = self.intended(scope, leaf).await?;
        // The leaf knows best; where it was altered, nobody is asked about what was never intended.
        let effect = intended.as_ref().map(|(effect, _)| *effect).or_else(|| EffectKind::from_text(&of_row));
        let unknown = || StoreError::Corrupt(format!("the intent of leaf {leaf} is to an unknown effect"));
        let effect = effect.ok_or_else(unknown)?;
        let who = known_by.iter().find(|who| who.kind() == effect);
        let asked = match who.zip(intended) {
            Some((who, (_, facts))) => who.ask(tenant, facts).await?,
            None => Some(Outcome::Unknown),
        };
        let Some(outcome) = asked else { return Ok(false) };
        let whose = tenant.map_or(Whose::Instances, Whose::Tenants);
        let open = Open { whose, actor: Actor::System(SystemWork::Reconciler), effect, leaf };
        let keys = self.0.trust.keyring();
        let close = move |tx: &mut Tx<'_>| close(tx, &*keys, open, &outcome, ClosedBy::Reconciler);
        let told = match scope {
            Some(scope) => self.0.stores.tenant(scope).write(close).await?,
            None => self.0.stores.system().write(close).await?,
        };
        Ok(told.is_some())
    }

    /// What the intent's leaf says is to be done; nothing where it was altered or erased.
    pub(super) async fn intended(&self, scope: Option<&Scope>, leaf: LeafId) -> Result<Option<(EffectKind, Value)>, StoreError> {
        let keys = self.0.trust.keyring();
        let read = match scope.cloned() {
            Some(scope) => {
                let store = self.0.stores.tenant(&scope);
                store.read(move |tx| read(tx, &*keys, &scope, leaf)).await
            }
            None => self.0.stores.system().read(move |tx| read_instance(tx, &*keys, leaf)).await,
        };
        let entry = match read {
            Ok(found) => found.and_then(|leaf| leaf.entry),
            Err(StoreError::Corrupt(_)) => None,
            Err(error) => return Err(error),
        };
        let said = entry.filter(|entry| entry["kind"] == LeafKind::EffectIntended.text()).map(|entry| entry["payload"].clone());
        Ok(said.and_then(|said| Some((EffectKind::from_text(said["effect"].as_str()?)?, said["facts"].clone()))))
    }
}
