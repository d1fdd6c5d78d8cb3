//! Intents that no row speaks of any more, and no outcome either: somebody removed the row behind the program's back.
//!
//! Which intents are open stands in a table, and a table can be emptied by whoever may write the database. The leaf that tells of the
//! intent cannot go without the log's root. So from time to time every ledger is asked which effects it says were intended and never
//! ended; what became of them is asked like that of any orphan, and the leaf says that the row was gone.

use std::sync::Arc;

use kernel::{Actor, LeafId, Scope, SystemWork, Timestamp};
use store::{Row, StoreError, Tx, params};

use super::aftermath::{Aftermath, ORPHANS_AT_ONCE};
use super::intent::{Open, Outcome, close_lost};
use super::stored::Whose;
use super::{EffectKind, Ledger};
use crate::error::LedgerError;
use crate::store::intents as sql;

impl Ledger {
    /// Closes lost intents past their time limit, of the instance and of every tenant, up to [`ORPHANS_AT_ONCE`] of each: how many.
    ///
    /// # Errors
    /// The store's. One ledger's failure is logged and stops no other.
    pub async fn close_lost(&self, known_by: &[Arc<dyn Aftermath>]) -> Result<usize, LedgerError> {
        let mut closed = match self.close_lost_of(None, known_by).await {
            Ok(closed) => closed,
            Err(error) => {
                tracing::error!(error = %error, "effects of the instance that nobody told the end of cannot be looked for");
                0
            }
        };
        for tenant in self.0.stores.tenants().await? {
            match self.close_lost_of(Some(&self.0.mint.system(tenant, SystemWork::Reconciler)), known_by).await {
                Ok(count) => closed += count,
                // An erased tenant has no ledger.
                Err(LedgerError::Store(StoreError::NotFound)) => {}
                Err(error) => {
                    tracing::error!(tenant.id = %tenant, error = %error, "effects that nobody told the end of cannot be looked for");
                }
            }
        }
        Ok(closed)
    }

    async fn close_lost_of(&self, scope: Option<&Scope>, known_by: &[Arc<dyn Aftermath>]) -> Result<usize, LedgerError> {
        let (tenant, limit) = (scope.map(Scope::tenant), ORPHANS_AT_ONCE as i64);
        let look = move |tx: &mut Tx<'_>| {
            let before = tx.now().minus(EffectKind::shortest_time_limit());
            let rows = match tenant {
                Some(tenant) => tx.query(&sql::LOST_INTENTS, &params![tenant, before, limit])?,
                None => tx.query(&sql::LOST_INSTANCE_INTENTS, &params![before, limit])?,
            };
            rows.iter().map(|row: &Row| Ok((row.get(0)?, row.get(1)?))).collect::<Result<Vec<(LeafId, Timestamp)>, StoreError>>()
        };
        let lost = match scope {
            Some(scope) => self.0.stores.tenant(scope).read(look).await?,
            None => self.0.stores.system().read(look).await?,
        };
        let (mut closed, mut failed, now) = (0, None, self.0.stores.clock().now());
        for (leaf, recorded_at) in lost {
            // Where the leaf was altered too, the log's own check says so.
            let Some((effect, facts)) = self.intended(scope, leaf).await? else { continue };
            if recorded_at.plus(effect.time_limit()) > now {
                continue;
            }
            let asked = match known_by.iter().find(|who| who.kind() == effect) {
                Some(who) => match who.ask(tenant, facts).await {
                    Ok(asked) => asked,
                    // Of one effect nobody can say what became: the others of the ledger are closed all the same.
                    Err(error) => {
                        failed = Some(error);
                        continue;
                    }
                },
                None => Some(Outcome::Unknown),
            };
            let Some(outcome) = asked else { continue };
            let whose = tenant.map_or(Whose::Instances, Whose::Tenants);
            let open = Open { whose, actor: Actor::System(SystemWork::Reconciler), effect, leaf };
            let keys = self.0.trust.keyring();
            let tell = move |tx: &mut Tx<'_>| close_lost(tx, &*keys, open, &outcome);
            let told = match scope {
                Some(scope) => self.0.stores.tenant(scope).write(tell).await?,
                None => self.0.stores.system().write(tell).await?,
            };
            tracing::warn!(ledger.leaf = %leaf, "the row of an open intent was removed: what became of the effect is told now");
            closed += usize::from(told.is_some());
        }
        match failed {
            Some(error) if closed == 0 => Err(error.into()),
            Some(error) => {
                tracing::error!(error = %error, "of an effect that nobody told the end of it cannot be asked what became");
                Ok(closed)
            }
            None => Ok(closed),
        }
    }
}
