//! The keyring, for whoever may read the data folder: how it stands, and the roll of an epoch.

use kernel::{KeyError, Scope, ScopeMint};
use serde_json::{Value, json};
use trust::{ROLLS_PAGE, TrustError};

use super::perform::{Refused, said};
use super::{KeysLine, TenantKeys};
use crate::opened::Opened;

pub(super) async fn status(opened: &Opened) -> Result<Value, Refused> {
    let mut lines = Vec::new();
    for tenant in opened.stores.tenants().await.map_err(|error| Refused::because(&error))? {
        let keys = match opened.trust.keyring_status(tenant).await {
            Ok(status) => Some(TenantKeys {
                epoch: status.epoch,
                epoch_began_at: status.began_at,
                keys: status.keys,
                destroyed: status.destroyed,
                rolls: status.rolls,
            }),
            // The others' lines are wanted all the more.
            Err(TrustError::Key(KeyError::Missing)) => None,
            Err(error) => return Err(Refused::because(&error)),
        };
        lines.push(KeysLine { tenant: tenant.to_string(), keys });
    }
    said(&lines)
}

pub(super) async fn roll(opened: &Opened, scope: &Scope) -> Result<Value, Refused> {
    let epoch = opened.trust.roll_and_tell(&opened.stores, scope).await.map_err(|error| Refused::because(&error))?;
    said(&json!({ "epoch": epoch }))
}

/// Rolls the epochs that are due: of how many tenants.
pub(crate) async fn roll_due(opened: &Opened) -> Result<usize, TrustError> {
    let settled = opened.trust.settle_epochs(&opened.stores, &ScopeMint::for_app(), ROLLS_PAGE).await?;
    for (tenant, error) in &settled.failed {
        tracing::error!(tenant.id = %tenant, error = %error, "a tenant's keys cannot be wrapped anew");
    }
    if settled.tenants > 0 {
        tracing::info!(tenants = settled.tenants, "keys are wrapped anew and the epochs before are destroyed");
    }
    opened.trust.wipe_traces().await?;
    Ok(settled.tenants)
}
