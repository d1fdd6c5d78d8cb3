//! What tables hold, as it was counted a while ago. Counting reads every row of them, so that a preview which is asked for again
//! and again counts once in a while, and one at a time for each tenant.

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use kernel::{TenantId, Timestamp};
use store::{Held, StoreError};

use super::Ends;

/// For how long what was counted is shown.
pub const COUNTED_FOR: Duration = Duration::from_secs(600);
/// Tenants of which is remembered what was counted; one more, and all are forgotten.
pub const TENANTS_COUNTED_MAX: usize = 1_000;

/// What was counted, tenant by tenant.
#[derive(Default)]
pub(super) struct Counts(Mutex<HashMap<TenantId, Arc<Slot>>>);

/// One tenant's; locked while somebody counts, for whom the others wait.
type Slot = tokio::sync::Mutex<Option<Counted>>;

struct Counted {
    at: Timestamp,
    held: Vec<(Ends, Held)>,
}

impl Counts {
    /// What was counted of a tenant, or `count`.
    pub(super) async fn of(
        &self,
        tenant: TenantId,
        now: Timestamp,
        count: impl Future<Output = Result<Vec<(Ends, Held)>, StoreError>>,
    ) -> Result<Vec<(Ends, Held)>, StoreError> {
        let slot = self.slot(tenant);
        let mut counted = slot.lock().await;
        if let Some(kept) = counted.as_ref().filter(|kept| (kept.at..kept.at.plus(COUNTED_FOR)).contains(&now)) {
            return Ok(kept.held.clone());
        }
        let held = count.await?;
        *counted = Some(Counted { at: now, held: held.clone() });
        Ok(held)
    }

    /// The next time it is counted anew. Whoever counts now keeps what they count to themselves.
    pub(super) fn forget(&self, tenant: TenantId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&tenant);
    }

    fn slot(&self, tenant: TenantId) -> Arc<Slot> {
        let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if slots.len() >= TENANTS_COUNTED_MAX && !slots.contains_key(&tenant) {
            slots.clear();
        }
        Arc::clone(slots.entry(tenant).or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tenant(number: usize) -> TenantId {
        TenantId::from_random((number as u64 + 1) << 1)
    }

    #[test]
    fn so_many_tenants_are_remembered_and_one_more_forgets_them() {
        let counts = Counts::default();
        let remembered = || counts.0.lock().expect("no panic").len();
        (0..TENANTS_COUNTED_MAX).for_each(|number| drop(counts.slot(tenant(number))));
        assert_eq!(remembered(), TENANTS_COUNTED_MAX);
        counts.slot(tenant(0));
        assert_eq!(remembered(), TENANTS_COUNTED_MAX, "one that is there already");
        counts.slot(tenant(TENANTS_COUNTED_MAX));
        assert_eq!(remembered(), 1);
    }
}
