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
use store::{Row, StoreError, Tx, Wake, params};

use super::intent::{EffectKind, INTENTS, Open, Outcome, close};
use super::stored::Whose;
use super::{Ledger, read, read_instance};
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
        let mut closed = match self.close_orphans_of(None, now, known_by).await {
            Ok(closed) => closed,
            Err(error) => {
                tracing::error!(error = %error, "what became of an effect of the instance cannot be told");
                0
            }
        };
        let asked = ORPHANED_TENANTS_MAX + setbacks.waiting(now);
        let mut wakes = self.0.stores.wakes().due(INTENTS, asked).await?;
        let ready = setbacks.ready(wakes.iter().map(|wake| wake.tenant).collect(), now);
        wakes.retain(|wake| ready.contains(&wake.tenant));
        for wake in wakes.iter().take(ORPHANED_TENANTS_MAX) {
            match self.close_orphans_of_tenant(wake, now, known_by).await {
                Ok(count) => {
                    closed += count;
                    setbacks.over(wake.tenant);
                }
                Err(error) => {
                    if setbacks.again(wake.tenant, now) {
                        tracing::error!(tenant.id = %wake.tenant, error = %error, "what became of an effect cannot be told");
                    }
                }
            }
        }
        Ok(closed)
    }

    async fn close_orphans_of_tenant(&self, wake: &Wake, now: Timestamp, known_by: &[Arc<dyn Aftermath>]) -> Result<usize, LedgerError> {
        let scope = self.0.mint.system(wake.tenant, SystemWork::Reconciler);
        let closed = match self.close_orphans_of(Some(&scope), now, known_by).await {
            // An erased tenant has no ledger.
            Err(LedgerError::Store(StoreError::NotFound)) => 0,
            other => other?,
        };
        let tenant = wake.tenant;
        let is_open = move |tx: &mut Tx<'_>| tx.query_optional(&sql::NEXT_INTENT_DUE, &params![tenant]);
        match self.0.stores.tenant(&scope).read(is_open).await {
            // The timer stays, and finds it when it is due.
            Ok(Some(_)) => {}
            Ok(None) | Err(StoreError::NotFound) => self.0.stores.wakes().settle(wake).await?,
            Err(error) => return Err(error.into()),
        }
        Ok(closed)
    }

    async fn close_orphans_of(&self, scope: Option<&Scope>, now: Timestamp, known_by: &[Arc<dyn Aftermath>]) -> Result<usize, LedgerError> {
        let tenant = scope.map(Scope::tenant);
        let limit = ORPHANS_AT_ONCE as i64;
        let due = move |tx: &mut Tx<'_>| {
            let rows = match tenant {
                Some(tenant) => tx.query(&sql::INTENTS_DUE, &params![tenant, now, limit])?,
                None => tx.query(&sql::INSTANCE_INTENTS_DUE, &params![now, limit])?,
            };
            rows.iter().map(|row| open(row, tenant)).collect::<Result<Vec<Open>, StoreError>>()
        };
        let due = match scope {
            Some(scope) => self.0.stores.tenant(scope).read(due).await?,
            None => self.0.stores.system().read(due).await?,
        };
        let mut closed = 0;
        for open in due {
            let who = known_by.iter().find(|who| who.kind() == open.effect);
            let asked = match who {
                Some(who) => who.ask(tenant, self.facts(scope, open.leaf).await?).await?,
                None => Some(Outcome::Unknown),
            };
            let Some(outcome) = asked else { continue };
            let keys = self.0.trust.keyring();
            let close = move |tx: &mut Tx<'_>| close(tx, &*keys, open, &outcome, true);
            let told = match scope {
                Some(scope) => self.0.stores.tenant(scope).write(close).await?,
                None => self.0.stores.system().write(close).await?,
            };
            closed += usize::from(told.is_some());
        }
        Ok(closed)
    }

    /// What the intent's leaf says; nothing where it was altered, so that nobody is asked about what was never intended.
    async fn facts(&self, scope: Option<&Scope>, leaf: LeafId) -> Result<Value, StoreError> {
        let keys = self.0.trust.keyring();
        let read = match scope.cloned() {
            Some(scope) => {
                let store = self.0.stores.tenant(&scope);
                store.read(move |tx| read(tx, &*keys, &scope, leaf)).await
            }
            None => self.0.stores.system().read(move |tx| read_instance(tx, &*keys, leaf)).await,
        };
        match read {
            Ok(found) => Ok(found.and_then(|leaf| leaf.entry).map_or(Value::Null, |entry| entry["payload"]["facts"].clone())),
            Err(StoreError::Corrupt(_)) => Ok(Value::Null),
            Err(error) => Err(error),
        }
    }
}

fn open(row: &Row, tenant: Option<TenantId>) -> Result<Open, StoreError> {
    let (leaf, effect): (LeafId, String) = (row.get(0)?, row.get(1)?);
    let effect =
        EffectKind::from_text(&effect).ok_or_else(|| StoreError::Corrupt(format!("the intent of leaf {leaf} is to an unknown effect")))?;
    let whose = tenant.map_or(Whose::Instances, Whose::Tenants);
    Ok(Open { whose, actor: Actor::System(SystemWork::Reconciler), effect, leaf })
}
