//! The owner's choice: how many days, within the bounds of the data map.

use kernel::data_map::Choice;
use kernel::{DeviceScope, Scope};
use serde_json::json;
use store::{StoreError, Tx, params};

use super::{Ends, RETENTION, RetentionError, Retentions, chosen};
use crate::ledger::{self, LeafEntry, LeafKind};
use crate::store::retention as sql;

impl Retentions {
    /// Chooses for how many days rows of a table (`tenant.receipt`) are kept; none for as many as where nobody chose. What was
    /// shown of it and has not begun is dropped, and looked for anew.
    ///
    /// # Errors
    /// [`RetentionError::Unknown`], [`RetentionError::Bounds`]; [`RetentionError::NotFound`] for who sees some devices only.
    pub async fn choose(&self, scope: &Scope, table: &str, days: Option<u16>) -> Result<(), RetentionError> {
        sees_everything(scope)?;
        let unknown = || RetentionError::Unknown(table.to_owned());
        let ends = self.timed()?.into_iter().find(|ends| ends.name() == table).ok_or_else(unknown)?;
        let Choice::Owner { min, max } = ends.days.choice else { return Err(unknown()) };
        if days.is_some_and(|days| !(min..=max).contains(&days)) {
            return Err(RetentionError::Bounds { table: table.to_owned(), min, max });
        }
        // Not while rows are deleted by the days before.
        let _turn = self.0.turn.lock().await;
        let (keys, acting, tenant) = (self.0.trust.keyring(), scope.clone(), scope.tenant());
        let write = move |tx: &mut Tx<'_>| {
            let before = ends.in_force(&chosen(tx, tenant)?);
            put(tx, ends, tenant, days)?;
            tx.execute(&sql::DROP_PLAN, &params![tenant, ends.number()])?;
            let payload = json!({ "table": ends.name(), "days_before": before, "days": days.unwrap_or(ends.days.days) });
            let entry = LeafEntry { kind: LeafKind::RetentionChanged, subject: None, payload };
            ledger::record(tx, keys.as_ref(), &acting, entry)?;
            let now = tx.now();
            tx.wake(RETENTION, now)
        };
        self.0.stores.tenant(scope).write(write).await?;
        self.0.counts.forget(tenant);
        Ok(())
    }
}

fn put(tx: &mut Tx<'_>, ends: Ends, tenant: kernel::TenantId, days: Option<u16>) -> Result<(), StoreError> {
    let now = tx.now();
    match days {
        Some(days) => tx.execute(&sql::PUT_CHOICE, &params![tenant, ends.number(), days, now])?,
        None => tx.execute(&sql::DELETE_CHOICE, &params![tenant, ends.number()])?,
    };
    Ok(())
}

/// Who sees some devices only learns and decides nothing about all of them.
pub(super) fn sees_everything(scope: &Scope) -> Result<(), RetentionError> {
    if *scope.devices() == DeviceScope::All { Ok(()) } else { Err(RetentionError::NotFound) }
}
