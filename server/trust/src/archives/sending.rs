//! The exports that are being sent: how many at once, and that each stops when it ends.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use kernel::{ExportId, TenantId};

/// Exports that are sent at once. Each has a thread of its own.
pub const FETCHES_AT_ONCE: usize = 32;
/// Those of one tenant, so that whoever reads slowly keeps nobody else from fetching.
pub const FETCHES_PER_TENANT: usize = 2;

/// Who is sent what. Cloning shares it.
#[derive(Clone, Default)]
pub(super) struct Sending(Arc<Mutex<Vec<Sent>>>);

struct Sent {
    tenant: TenantId,
    export: ExportId,
    is_ended: Arc<AtomicBool>,
}

/// That one is being sent, until it is dropped.
pub(super) struct Permit {
    sending: Sending,
    is_ended: Arc<AtomicBool>,
}

impl Sending {
    /// One more; nothing where there are enough.
    pub(super) fn begin(&self, tenant: TenantId, export: ExportId) -> Option<Permit> {
        let mut all = self.all();
        let of_tenant = all.iter().filter(|sent| sent.tenant == tenant).count();
        if all.len() >= FETCHES_AT_ONCE || of_tenant >= FETCHES_PER_TENANT {
            return None;
        }
        let is_ended = Arc::new(AtomicBool::new(false));
        all.push(Sent { tenant, export, is_ended: Arc::clone(&is_ended) });
        Some(Permit { sending: self.clone(), is_ended })
    }

    /// Whoever is sent this export gets no further piece.
    pub(super) fn end(&self, export: ExportId) {
        self.all().iter().filter(|sent| sent.export == export).for_each(|sent| sent.is_ended.store(true, Ordering::Relaxed));
    }

    fn all(&self) -> MutexGuard<'_, Vec<Sent>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Permit {
    /// Whether what is sent ended meanwhile.
    pub(super) fn is_ended(&self) -> bool {
        self.is_ended.load(Ordering::Relaxed)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.sending.all().retain(|sent| !Arc::ptr_eq(&sent.is_ended, &self.is_ended));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tenant(number: u64) -> TenantId {
        TenantId::from_random(number << 1)
    }

    #[test]
    fn a_tenant_is_sent_so_many_at_once_and_all_of_them_so_many_and_no_more() {
        let (sending, export) = (Sending::default(), ExportId::from_random(2));
        let begin = |number: usize| sending.begin(tenant(number as u64), export);
        let mut permits: Vec<Permit> = (0..FETCHES_PER_TENANT).map(|_| begin(1).expect("room")).collect();
        assert!(begin(1).is_none());
        let others = FETCHES_AT_ONCE - FETCHES_PER_TENANT;
        permits.extend((0..others).map(|number| begin(2 + number).expect("another tenant's")));
        assert!(begin(1_000).is_none());
        permits.pop();
        assert!(begin(1_000).is_some(), "room again");
    }

    #[test]
    fn ending_an_export_stops_whoever_is_sent_it_and_nobody_else() {
        let sending = Sending::default();
        let (ended, other) = (ExportId::from_random(2), ExportId::from_random(4));
        let permit = |number, export| sending.begin(tenant(number), export).expect("room");
        let permits = [permit(1, ended), permit(1, other), permit(2, ended)];
        sending.end(ended);
        assert_eq!(permits.map(|permit| permit.is_ended()), [true, false, true]);
    }
}
