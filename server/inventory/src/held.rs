//! What is held of each device, in memory: enough to answer an unchanged check-in without opening any file.
//!
//! For each device that reported: the sequence number and digest of its state, and the receipt of a check-in that the
//! intake log has and the tenant's store has not yet. Filled once a tenant from its rows; a cache like the fleet.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use kernel::{DeviceId, TenantId};
use wire::report::Digest;

use crate::store::{HeldState, ReceiptRow};

/// A device's last check-in that is not folded yet.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Recent {
    /// It is being made durable.
    InFlight { sequence: i64 },
    /// It is durable in the intake log.
    Durable(ReceiptRow),
}

/// What is held of one device.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Held {
    pub(crate) sequence: i64,
    /// Revision of the row that the digest is of.
    revision: i64,
    digest: Digest,
    recent: Option<Recent>,
}

type Devices = HashMap<DeviceId, Held>;

/// What is held of every device of the tenants that were heard of since the start.
#[derive(Debug, Default)]
pub(crate) struct HeldDevices {
    tenants: RwLock<HashMap<TenantId, Arc<Mutex<Devices>>>>,
}

/// What a check-in finds.
#[derive(Debug)]
pub(crate) enum CheckIn {
    /// It is new, and its number is reserved: make it durable, then call [`HeldDevices::durable`].
    Reserved,
    /// It was taken in before, and this is its receipt.
    Again(ReceiptRow),
    /// Its number is not above the last one; the receipt, if there is one, is in the tenant's store.
    Old(Digest),
    /// The same one is being made durable at this moment.
    Busy,
    /// The server holds another state, or none.
    Unknown(Option<Digest>),
}

fn lock(devices: &Mutex<Devices>) -> MutexGuard<'_, Devices> {
    devices.lock().unwrap_or_else(PoisonError::into_inner)
}

impl HeldDevices {
    fn tenant(&self, tenant: TenantId) -> Option<Arc<Mutex<Devices>>> {
        self.tenants.read().unwrap_or_else(PoisonError::into_inner).get(&tenant).cloned()
    }

    /// Whether the tenant's rows were read.
    pub(crate) fn knows(&self, tenant: TenantId) -> bool {
        self.tenant(tenant).is_some()
    }

    /// Takes in a tenant's rows; what was learnt meanwhile stays.
    pub(crate) fn fill(&self, tenant: TenantId, rows: Vec<(DeviceId, HeldState)>) {
        let devices = Arc::clone(self.tenants.write().unwrap_or_else(PoisonError::into_inner).entry(tenant).or_default());
        let mut devices = lock(&devices);
        for (device, row) in rows {
            devices.entry(device).or_insert(Held::new(row));
        }
    }

    /// What is held of a device.
    pub(crate) fn of(&self, tenant: TenantId, device: DeviceId) -> Option<Held> {
        lock(&*self.tenant(tenant)?).get(&device).copied()
    }

    /// Looks at a check-in, and reserves its number where it is new.
    pub(crate) fn check_in(&self, tenant: TenantId, device: DeviceId, sequence: i64, digest: Digest) -> CheckIn {
        let Some(devices) = self.tenant(tenant) else { return CheckIn::Unknown(None) };
        let mut devices = lock(&devices);
        let Some(held) = devices.get_mut(&device) else { return CheckIn::Unknown(None) };
        if sequence <= held.sequence {
            return match held.recent {
                Some(Recent::Durable(row)) if row.sequence == sequence => CheckIn::Again(row),
                Some(Recent::InFlight { sequence: in_flight }) if in_flight == sequence => CheckIn::Busy,
                _ => CheckIn::Old(held.digest),
            };
        }
        if held.digest != digest {
            return CheckIn::Unknown(Some(held.digest));
        }
        held.sequence = sequence;
        held.recent = Some(Recent::InFlight { sequence });
        CheckIn::Reserved
    }

    /// A reserved check-in is durable, or failed to become so (`None`).
    pub(crate) fn durable(&self, tenant: TenantId, device: DeviceId, sequence: i64, receipt: Option<ReceiptRow>) {
        let Some(devices) = self.tenant(tenant) else { return };
        let mut devices = lock(&devices);
        let Some(held) = devices.get_mut(&device) else { return };
        if matches!(held.recent, Some(Recent::InFlight { sequence: in_flight }) if in_flight == sequence) {
            held.recent = receipt.map(Recent::Durable);
        }
    }

    /// A check-in is folded into the tenant's store.
    pub(crate) fn folded(&self, tenant: TenantId, device: DeviceId, sequence: i64) {
        let Some(devices) = self.tenant(tenant) else { return };
        if let Some(held) = lock(&devices).get_mut(&device)
            && matches!(held.recent, Some(Recent::Durable(row)) if row.sequence <= sequence)
        {
            held.recent = None;
        }
    }

    /// A device's row is committed with this state; an older revision than the one known changes nothing.
    pub(crate) fn put(&self, tenant: TenantId, device: DeviceId, row: HeldState) {
        let devices = Arc::clone(self.tenants.write().unwrap_or_else(PoisonError::into_inner).entry(tenant).or_default());
        let mut devices = lock(&devices);
        let held = devices.entry(device).or_insert_with(|| Held::new(row));
        held.sequence = held.sequence.max(row.sequence);
        if held.revision < row.revision {
            held.revision = row.revision;
            held.digest = row.digest;
        }
    }

    /// Nothing is held of a device any more.
    pub(crate) fn forget(&self, tenant: TenantId, device: DeviceId) {
        if let Some(devices) = self.tenant(tenant) {
            lock(&devices).remove(&device);
        }
    }

    /// Nothing is held of a tenant's devices any more.
    pub(crate) fn forget_tenant(&self, tenant: TenantId) {
        self.tenants.write().unwrap_or_else(PoisonError::into_inner).remove(&tenant);
    }

    /// A number is taken, whatever state it carried.
    pub(crate) fn raise(&self, tenant: TenantId, device: DeviceId, sequence: i64) {
        let Some(devices) = self.tenant(tenant) else { return };
        if let Some(held) = lock(&devices).get_mut(&device) {
            held.sequence = held.sequence.max(sequence);
        }
    }
}

impl Held {
    /// Whether a check-in of the device may still lie in the intake log.
    pub(crate) const fn is_unfolded(&self) -> bool {
        self.recent.is_some()
    }

    const fn new(row: HeldState) -> Self {
        Self { sequence: row.sequence, revision: row.revision, digest: row.digest, recent: None }
    }
}
