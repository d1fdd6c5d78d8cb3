//! Erasure: what memory and caches hold of a device, or of a whole tenant, goes. The rows go by `trust`, which knows every table.

use kernel::{DeviceId, Scope, TenantId};

use crate::store as rows;
use crate::{EXPOSURE, Inventory, InventoryError};

impl Inventory {
    /// Puts everything that waits of a tenant into its rows, so that an erasure finds it there.
    ///
    /// # Errors
    /// The store's.
    pub async fn settle(&self, tenant: TenantId) -> Result<(), InventoryError> {
        while self.fold_all_of(tenant).await? > 0 {}
        Ok(())
    }

    /// Drops what memory and the snapshot hold of a device whose rows are gone, and the package sets that only it had.
    ///
    /// # Errors
    /// The store's.
    pub async fn forget_device(&self, scope: &Scope, device: DeviceId) -> Result<(), InventoryError> {
        let tenant = scope.tenant();
        self.held().forget(tenant, device);
        let fleet = self.fleet(scope).await?;
        let ordinal = self.devices().ordinals(scope).await?.of(device);
        let (inventory, blocking_scope) = (self.clone(), scope.clone());
        let work = move || -> Result<(), InventoryError> {
            let store = inventory.stores().tenant(&blocking_scope);
            let _alone = fleet.forget_images();
            fleet.write().remove(ordinal, device);
            for (image, _) in store.read_now(rows::images)? {
                if store.write_now(move |tx| rows::delete_unheld_image(tx, image))? {
                    fleet.write().image_is_forgotten(image);
                }
            }
            // Findings that only this device had are none any more.
            Ok(store.write_now(|tx| tx.mark(EXPOSURE, 0))?)
        };
        tokio::task::spawn_blocking(work).await.map_err(|_| InventoryError::Worker)??;
        self.forget_snapshot(scope).await
    }

    /// Forgets a tenant that is erased.
    pub async fn forget_tenant(&self, tenant: TenantId) {
        self.held().forget_tenant(tenant);
        self.0.fleets.lock().await.remove(&tenant);
        self.0.snapshots.lock().await.remove(&tenant);
    }
}
