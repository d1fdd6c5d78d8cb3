//! Rows and memory together.
//!
//! A request may be cut off at any of its waits: by its time-out, or because who asked went away. What it has handed to a
//! store is written all the same. So a write and what memory learns of it run in a task of their own, which nobody cuts
//! off; otherwise memory would be behind the rows until the next start.

use kernel::{DeviceId, Scope};
use store::{StoreError, Tx};
use tracing::Instrument as _;

use crate::device::read_back;
use crate::{DeviceError, Devices};

/// Runs work to its end, even where the request that asked for it is cut off.
pub(crate) async fn to_its_end<T: Send + 'static>(
    work: impl Future<Output = Result<T, DeviceError>> + Send + 'static,
) -> Result<T, DeviceError> {
    match tokio::spawn(work.in_current_span()).await {
        Ok(done) => done,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_stopped) => Err(StoreError::Unavailable("the program is stopping".to_owned()).into()),
        },
    }
}

impl Devices {
    /// Runs a closure that writes in a transaction and then, where that was committed, `remember`, which tells memory. A
    /// request that is cut off gets neither without the other.
    pub(crate) async fn write<T: Send + 'static, A: Send + 'static>(
        &self,
        scope: &Scope,
        work: impl FnMut(&mut Tx<'_>) -> Result<T, DeviceError> + Send + 'static,
        remember: impl FnOnce(&Self, T) -> A + Send + 'static,
    ) -> Result<A, DeviceError> {
        let (devices, store) = (self.clone(), self.0.stores.tenant(scope));
        to_its_end(async move {
            let written = store.write(work).await?;
            Ok(remember(&devices, written))
        })
        .await
    }

    /// Tells memory of a device that has a row, where it does not know it: whoever is answered with a device can use it.
    pub(crate) async fn remember(&self, scope: &Scope, device: DeviceId) -> Result<(), DeviceError> {
        let (keys, tenant) = (self.keys(), scope.tenant());
        if self.0.rosters.lacks(tenant, device) {
            let change = self.0.stores.tenant(scope).read(move |tx| read_back(tx, keys.as_ref(), tenant, device)).await?;
            self.apply(tenant, vec![change]);
        }
        Ok(())
    }
}
