//! Which devices' access tokens are not good although they are genuine and fresh.
//!
//! An access token says itself for whom and until when it is, so it cannot be revoked in a table. What can be known in
//! memory is who is retired, and whose key was replaced less than a token's life ago: a short list for each tenant, read
//! once and kept up by the same process that retires and renews.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use kernel::limits::ACCESS_TOKEN_LIFETIME;
use kernel::{DeviceId, SystemWork, TenantId, Timestamp};
use store::{StoreError, params};

use crate::record::Service;
use crate::store as sql;
use crate::{DeviceError, Devices};

/// The bars of the tenants that were asked for.
#[derive(Debug, Default)]
pub(crate) struct Barred {
    tenants: RwLock<HashMap<TenantId, HashMap<DeviceId, Bar>>>,
    turn: tokio::sync::Mutex<()>,
}

/// Which of a device's tokens are not good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bar {
    /// None is.
    Retired,
    /// Those given before this time.
    GivenBefore(Timestamp),
}

impl Barred {
    /// Whether a token given then is barred; nothing where the tenant was not read yet.
    fn is_barred(&self, tenant: TenantId, device: DeviceId, given_at: Timestamp) -> Option<bool> {
        let tenants = self.tenants.read().unwrap_or_else(PoisonError::into_inner);
        let bar = tenants.get(&tenant)?.get(&device);
        Some(match bar {
            None => false,
            Some(Bar::Retired) => true,
            Some(Bar::GivenBefore(time)) => given_at < *time,
        })
    }

    /// Sets or lifts a bar. The tenant must have been read ([`Devices::read_bars`]) before the change it follows.
    pub(crate) fn set(&self, tenant: TenantId, device: DeviceId, bar: Option<Bar>) {
        let mut tenants = self.tenants.write().unwrap_or_else(PoisonError::into_inner);
        let bars = tenants.entry(tenant).or_default();
        match bar {
            Some(bar) => bars.insert(device, bar),
            None => bars.remove(&device),
        };
    }

    fn is_read(&self, tenant: TenantId) -> bool {
        self.tenants.read().unwrap_or_else(PoisonError::into_inner).contains_key(&tenant)
    }
}

impl Devices {
    /// Whether a token given then is barred. Reads the tenant's bars at its first token, memory afterwards.
    pub(crate) async fn is_barred(&self, tenant: TenantId, device: DeviceId, given_at: Timestamp) -> Result<bool, DeviceError> {
        if let Some(is_barred) = self.0.barred.is_barred(tenant, device, given_at) {
            return Ok(is_barred);
        }
        self.read_bars(tenant).await?;
        Ok(self.0.barred.is_barred(tenant, device, given_at).unwrap_or(true))
    }

    /// Reads a tenant's bars, once. Whoever changes one reads them first, so that no read can miss the change.
    pub(crate) async fn read_bars(&self, tenant: TenantId) -> Result<(), DeviceError> {
        if self.0.barred.is_read(tenant) {
            return Ok(());
        }
        let _turn = self.0.barred.turn.lock().await;
        if self.0.barred.is_read(tenant) {
            return Ok(());
        }
        let scope = self.mint().system(tenant, SystemWork::Reconciler);
        let from = self.clock().now().minus(ACCESS_TOKEN_LIFETIME);
        let bars = self
            .0
            .stores
            .tenant(&scope)
            .read(move |tx| {
                let rows = tx.query(&sql::BARRED_DEVICES, &params![tenant, from])?;
                let bar = |row: &store::Row| {
                    let is_retired = Service::from_text(&row.get::<String>(1)?) == Some(Service::Retired);
                    Ok((row.get(0)?, if is_retired { Bar::Retired } else { Bar::GivenBefore(row.get(2)?) }))
                };
                rows.iter().map(bar).collect::<Result<HashMap<DeviceId, Bar>, StoreError>>()
            })
            .await?;
        self.0.barred.tenants.write().unwrap_or_else(PoisonError::into_inner).insert(tenant, bars);
        Ok(())
    }
}
