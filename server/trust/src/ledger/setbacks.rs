//! Tenants whose turn failed: each waits twice as long as the time before, so that it neither takes others' turns nor fills
//! the log of the program. Kept in memory: after a start everybody has a turn again.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use kernel::{TenantId, Timestamp};

/// How long a tenant waits after its first setback.
const PAUSE_MIN: Duration = Duration::from_secs(2);
/// How long it waits at most.
pub(crate) const PAUSE_MAX: Duration = Duration::from_secs(600);

#[derive(Debug)]
struct Setback {
    pause: Duration,
    until: Timestamp,
}

/// Who waits, and until when.
#[derive(Debug, Default)]
pub(crate) struct Setbacks(Mutex<HashMap<TenantId, Setback>>);

impl Setbacks {
    /// How many wait at this time.
    pub(crate) fn waiting(&self, now: Timestamp) -> usize {
        self.lock().values().filter(|setback| setback.until > now).count()
    }

    /// Those of the tenants that do not wait.
    pub(crate) fn ready(&self, mut tenants: Vec<TenantId>, now: Timestamp) -> Vec<TenantId> {
        let setbacks = self.lock();
        tenants.retain(|tenant| setbacks.get(tenant).is_none_or(|setback| setback.until <= now));
        tenants
    }

    /// A tenant's turn failed: whether for the first time.
    pub(crate) fn again(&self, tenant: TenantId, now: Timestamp) -> bool {
        let mut setbacks = self.lock();
        let pause = setbacks.get(&tenant).map_or(PAUSE_MIN, |setback| setback.pause.saturating_mul(2).min(PAUSE_MAX));
        setbacks.insert(tenant, Setback { pause, until: now.plus(pause) }).is_none()
    }

    /// A tenant's turn went well.
    pub(crate) fn over(&self, tenant: TenantId) {
        self.lock().remove(&tenant);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<TenantId, Setback>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenant_waits_twice_as_long_each_time_up_to_ten_minutes_and_no_other_waits_for_it() {
        let (setbacks, mut now) = (Setbacks::default(), Timestamp::from_seconds(1_000));
        let (broken, sound) = (TenantId::from_random(2), TenantId::from_random(4));
        for seconds in [2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600] {
            assert_eq!(setbacks.again(broken, now), seconds == 2, "it is told of once");
            let almost = now.plus(Duration::from_secs(seconds) - Duration::from_micros(1));
            assert_eq!((setbacks.waiting(almost), setbacks.ready(vec![broken, sound], almost)), (1, vec![sound]));
            now = now.plus(Duration::from_secs(seconds));
            assert_eq!((setbacks.waiting(now), setbacks.ready(vec![broken, sound], now)), (0, vec![broken, sound]));
        }
        setbacks.over(broken);
        assert!(setbacks.again(broken, now), "after a good turn it begins anew");
    }
}
