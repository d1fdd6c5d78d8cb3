//! Which devices' access tokens are not good although they are genuine and fresh.
//!
//! An access token says itself for whom and until when it is, so it cannot be revoked in a table. What can be known in
//! memory is who is retired or erased, and whose key was replaced less than a token's life ago: a short list for each tenant,
//! read once and kept up by the same process that retires, erases and renews.

use std::collections::{HashMap, HashSet};
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
    /// Tenants that are gone, with everything of theirs.
    erased_tenants: RwLock<HashSet<TenantId>>,
    turn: tokio::sync::Mutex<()>,
}

/// Which of a device's tokens are not good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bar {
    /// None is, and nothing of it is taken in or shown any more, for ever.
    Erased,
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
            Some(Bar::Retired | Bar::Erased) => true,
            Some(Bar::GivenBefore(time)) => given_at < *time,
        })
    }

    /// Sets or lifts a bar. The tenant must have been read ([`Devices::read_bars`]) before the change it follows.
    pub(crate) fn set(&self, tenant: TenantId, device: DeviceId, bar: Option<Bar>) {
        let mut tenants = self.tenants.write().unwrap_or_else(PoisonError::into_inner);
        let bars = tenants.entry(tenant).or_default();
        // Nothing lifts an erasure.
        if bars.get(&device) == Some(&Bar::Erased) {
            return;
        }
        match bar {
            Some(bar) => bars.insert(device, bar),
            None => bars.remove(&device),
        };
    }

    /// Whether a device is erased, as far as its tenant was read.
    fn is_erased(&self, tenant: TenantId, device: DeviceId) -> bool {
        let tenants = self.tenants.read().unwrap_or_else(PoisonError::into_inner);
        tenants.get(&tenant).and_then(|bars| bars.get(&device)) == Some(&Bar::Erased)
    }

    /// Bars every device of a tenant for ever, and forgets which were barred singly.
    pub(crate) fn erase_tenant(&self, tenant: TenantId) {
        self.erased_tenants.write().unwrap_or_else(PoisonError::into_inner).insert(tenant);
        self.tenants.write().unwrap_or_else(PoisonError::into_inner).remove(&tenant);
    }

    fn is_erased_tenant(&self, tenant: TenantId) -> bool {
        self.erased_tenants.read().unwrap_or_else(PoisonError::into_inner).contains(&tenant)
    }

    fn is_read(&self, tenant: TenantId) -> bool {
        self.tenants.read().unwrap_or_else(PoisonError::into_inner).contains_key(&tenant)
    }
}

impl Devices {
    /// Whether a token given then is barred. Reads the tenant's bars at its first token, memory afterwards.
    pub(crate) async fn is_barred(&self, tenant: TenantId, device: DeviceId, given_at: Timestamp) -> Result<bool, DeviceError> {
        if self.0.barred.is_erased_tenant(tenant) {
            return Ok(true);
        }
        if let Some(is_barred) = self.0.barred.is_barred(tenant, device, given_at) {
            return Ok(is_barred);
        }
        match self.read_bars(tenant).await {
            // Its store is gone: it was erased before this start.
            Err(DeviceError::Store(StoreError::NotFound)) => return Ok(true),
            read => read?,
        }
        Ok(self.0.barred.is_barred(tenant, device, given_at).unwrap_or(true))
    }

    /// Whether a device was erased, so that what still arrives of it is dropped. Its tenant's bars must have been read
    /// ([`Devices::know_bars`]).
    #[must_use]
    pub fn is_erased(&self, tenant: TenantId, device: DeviceId) -> bool {
        self.0.barred.is_erased(tenant, device)
    }

    /// Reads which of a tenant's devices are barred, once.
    ///
    /// # Errors
    /// The store's.
    pub async fn know_bars(&self, tenant: TenantId) -> Result<(), DeviceError> {
        self.read_bars(tenant).await
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
                let erased = trust::erasure::erased(tx, tenant, "device")?;
                let bar = |row: &store::Row| {
                    let is_retired = Service::from_text(&row.get::<String>(1)?) == Some(Service::Retired);
                    Ok((row.get(0)?, if is_retired { Bar::Retired } else { Bar::GivenBefore(row.get(2)?) }))
                };
                let mut bars = rows.iter().map(bar).collect::<Result<HashMap<DeviceId, Bar>, StoreError>>()?;
                bars.extend(erased.into_iter().filter_map(DeviceId::from_number).map(|device| (device, Bar::Erased)));
                Ok::<_, StoreError>(bars)
            })
            .await?;
        self.0.barred.tenants.write().unwrap_or_else(PoisonError::into_inner).insert(tenant, bars);
        Ok(())
    }
}
