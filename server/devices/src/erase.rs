//! Erasure: what memory and caches hold of a device, or of a whole tenant, goes. The rows go by `trust`, which knows every table.

use kernel::{DeviceId, Scope, SystemWork, TenantId};
use store::{StoreError, Tx, params};

use crate::barred::Bar;
use crate::roster::Change;
use crate::{DeviceError, Devices, name_card, store as sql};

impl Devices {
    /// Shows a device no longer and lets it in no more: at once, and for ever. The name that a script gave it is barred too, until somebody
    /// lets it in again ([`Devices::readmit`]): the script would go on, and the device be back within the hour. May be called again.
    ///
    /// # Errors
    /// The store's.
    pub async fn bar_erased(&self, tenant: TenantId, device: DeviceId) -> Result<(), DeviceError> {
        match self.read_bars(tenant).await {
            // The whole tenant is gone, and with it the device.
            Err(DeviceError::Store(StoreError::NotFound)) => return Ok(()),
            read => read?,
        }
        let scope = self.mint().system(tenant, SystemWork::Reconciler);
        let bar = move |tx: &mut Tx<'_>| tx.execute(&sql::BAR_EXTERNAL_NAME, &params![tenant, device]);
        self.0.stores.tenant(&scope).write(bar).await?;
        self.0.barred.set(tenant, device, Some(Bar::Erased));
        self.apply(tenant, vec![Change::Erased(device)]);
        Ok(())
    }

    /// Drops the sealed card of names, which the next start packs anew from the rows that are left.
    ///
    /// # Errors
    /// The store's.
    pub async fn forget_names(&self, scope: &Scope) -> Result<(), DeviceError> {
        Ok(name_card::forget(&self.0.stores, scope).await?)
    }

    /// Lets in no device of a tenant that is erased, and forgets all of them.
    pub fn forget_tenant(&self, tenant: TenantId) {
        self.0.barred.erase_tenant(tenant);
        self.0.rosters.forget(tenant);
    }
}
