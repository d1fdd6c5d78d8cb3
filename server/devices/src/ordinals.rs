//! Small numbers for a tenant's devices, so that sets of them are bitmaps.
//!
//! An ordinal is given once in the life of the process and never changes or goes to another device; it means nothing
//! outside the process and is never stored. The table only grows, so whoever holds it sees devices that join later.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use kernel::DeviceId;

/// The ordinals of one tenant's devices.
#[derive(Debug, Default)]
pub struct Ordinals(RwLock<Table>);

#[derive(Debug, Default)]
struct Table {
    devices: Vec<DeviceId>,
    ordinals: HashMap<DeviceId, u32>,
}

impl Ordinals {
    /// The ordinal of a device.
    #[must_use]
    pub fn of(&self, device: DeviceId) -> Option<u32> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).ordinals.get(&device).copied()
    }

    /// The device of an ordinal.
    #[must_use]
    pub fn device(&self, ordinal: u32) -> Option<DeviceId> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).devices.get(ordinal as usize).copied()
    }

    /// The devices of ordinals, in their order; unknown ordinals are left out.
    #[must_use]
    pub fn devices(&self, ordinals: impl IntoIterator<Item = u32>) -> Vec<DeviceId> {
        let table = self.0.read().unwrap_or_else(PoisonError::into_inner);
        ordinals.into_iter().filter_map(|ordinal| table.devices.get(ordinal as usize).copied()).collect()
    }

    /// How many there are; they run from zero.
    #[must_use]
    pub fn count(&self) -> u32 {
        u32::try_from(self.0.read().unwrap_or_else(PoisonError::into_inner).devices.len()).unwrap_or(u32::MAX)
    }

    /// The ordinal of a device, which gets the next one where it has none.
    pub(crate) fn ensure(&self, device: DeviceId) -> u32 {
        let mut table = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(ordinal) = table.ordinals.get(&device) {
            return *ordinal;
        }
        let ordinal = u32::try_from(table.devices.len()).expect("a tenant has fewer than 2^32 devices");
        table.devices.push(device);
        table.ordinals.insert(device, ordinal);
        ordinal
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_keeps_its_ordinal() {
        let ordinals = Ordinals::default();
        let (first, second) = (DeviceId::from_random(20), DeviceId::from_random(10));
        assert_eq!((ordinals.ensure(first), ordinals.ensure(second), ordinals.ensure(first)), (0, 1, 0));
        assert_eq!((ordinals.of(second), ordinals.device(0), ordinals.device(2)), (Some(1), Some(first), None));
        assert_eq!(ordinals.devices([1, 7, 0]), [second, first]);
    }
}
