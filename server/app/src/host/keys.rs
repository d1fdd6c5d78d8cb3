//! The keyring, for whoever may read the data folder: how it stands, and the roll of an epoch.

use kernel::{Scope, ScopeMint, SystemWork, TenantId};
use serde_json::{Value, json};
use trust::{LeafEntry, LeafKind};

use super::KeysLine;
use super::perform::{Refused, said};
use crate::opened::Opened;

/// Tenants whose epoch one step rolls.
const ROLLS_AT_ONCE: usize = 1_000;

pub(super) async fn status(opened: &Opened) -> Result<Value, Refused> {
    let mut lines = Vec::new();
    for tenant in opened.stores.tenants().await.map_err(|error| Refused::because(&error))? {
        let status = opened.trust.keyring_status(tenant).await.map_err(|error| Refused::because(&error))?;
        lines.push(KeysLine {
            tenant: tenant.to_string(),
            epoch: status.epoch,
            epoch_began_at: status.began_at,
            keys: status.keys,
            destroyed: status.destroyed,
            rolls: status.rolls,
        });
    }
    said(&lines)
}

pub(super) async fn roll(opened: &Opened, scope: &Scope) -> Result<Value, Refused> {
    let epoch = roll_epoch(opened, scope).await.map_err(|error| Refused::because(&*error))?;
    said(&json!({ "epoch": epoch }))
}

/// Rolls the epochs that are due, of some tenants: how many.
pub(crate) async fn roll_due(opened: &Opened) -> Result<usize, Box<dyn std::error::Error + Send + Sync>> {
    let due = opened.trust.rolls_due(ROLLS_AT_ONCE).await?;
    for tenant in &due {
        // One tenant's damaged key must not keep the others' old epochs.
        if let Err(error) = roll_epoch(opened, &scope(*tenant, SystemWork::Reconciler)).await {
            tracing::error!(tenant.id = %tenant, error = %error, "a tenant's keys cannot be wrapped anew");
        }
    }
    Ok(due.len())
}

fn scope(tenant: TenantId, work: SystemWork) -> Scope {
    ScopeMint::for_app().system(tenant, work)
}

/// The keyring and the tenant's ledger are stores apart, and the leaf comes after the roll: a crash between the two leaves a
/// roll that is not told of.
async fn roll_epoch(opened: &Opened, scope: &Scope) -> Result<i64, Box<dyn std::error::Error + Send + Sync>> {
    let epoch = opened.trust.roll_epoch(scope.tenant()).await?;
    let (keys, acting) = (opened.trust.keyring(), scope.clone());
    let entry = LeafEntry { kind: LeafKind::EpochRolled, subject: None, payload: json!({ "epoch": epoch }) };
    let store = opened.stores.tenant(scope);
    let recorded = store.write(move |tx| trust::ledger::record(tx, &*keys, &acting, entry.clone()).map(|_| ()));
    recorded.await.map_err(|error: store::StoreError| error)?;
    Ok(epoch)
}
