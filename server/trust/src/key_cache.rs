//! Unwrapped keys in memory, so that a value is sealed without a look into the keyring's store.
//!
//! Bounded: past the capacity the eighth that was used longest ago goes at once, which keeps the cost of making room
//! small and even. A key that goes is wiped when its last user lets go of it.

use std::collections::HashMap;
use std::sync::Arc;

use kernel::{KeyRef, TenantId};

use crate::keyring::KeySet;

/// Subjects whose keys are held in memory: about 10 MB.
pub const SUBJECTS_IN_MEMORY_MAX: usize = 16_384;

/// The least recently used keys go first.
pub(crate) struct KeyCache {
    entries: HashMap<KeyRef, Entry>,
    capacity: usize,
    uses: u64,
    forgotten: u64,
}

struct Entry {
    keys: Arc<KeySet>,
    last_use: u64,
}

impl KeyCache {
    /// Holds up to `capacity` subjects, at least one.
    pub(crate) fn new(capacity: usize) -> Self {
        Self { entries: HashMap::new(), capacity: capacity.max(1), uses: 0, forgotten: 0 }
    }

    /// The keys of a subject, if they are here.
    pub(crate) fn get(&mut self, key: KeyRef) -> Option<Arc<KeySet>> {
        self.uses += 1;
        let entry = self.entries.get_mut(&key)?;
        entry.last_use = self.uses;
        Some(Arc::clone(&entry.keys))
    }

    /// How many subjects were forgotten so far: to be asked before keys are loaded and handed to [`KeyCache::insert`].
    pub(crate) fn forgotten(&self) -> u64 {
        self.forgotten
    }

    /// Takes the keys of a subject in, unless any were forgotten since they were loaded: they could be those.
    pub(crate) fn insert(&mut self, key: KeyRef, keys: Arc<KeySet>, forgotten_before: u64) {
        if forgotten_before != self.forgotten {
            return;
        }
        if self.entries.len() >= self.capacity && !self.entries.contains_key(&key) {
            self.make_room();
        }
        self.uses += 1;
        self.entries.insert(key, Entry { keys, last_use: self.uses });
    }

    /// Forgets a subject whose key was destroyed.
    pub(crate) fn forget(&mut self, key: KeyRef) {
        self.forgotten += 1;
        self.entries.remove(&key);
    }

    /// Forgets every subject of a tenant.
    pub(crate) fn forget_tenant(&mut self, tenant: TenantId) {
        self.forgotten += 1;
        self.entries.retain(|key, _| match key {
            KeyRef::Instance => true,
            KeyRef::Tenant(of) | KeyRef::Device(of, _) | KeyRef::User(of, _) => *of != tenant,
        });
    }

    fn make_room(&mut self) {
        let mut uses: Vec<u64> = self.entries.values().map(|entry| entry.last_use).collect();
        let last_to_go = uses.len() / 8;
        let (_, threshold, _) = uses.select_nth_unstable(last_to_go);
        let threshold = *threshold;
        self.entries.retain(|_, entry| entry.last_use > threshold);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::DeviceId;

    fn device(number: u64) -> KeyRef {
        KeyRef::Device(TenantId::from_random(1), DeviceId::from_random((number + 1) << 1))
    }

    fn filled(capacity: usize) -> KeyCache {
        let mut cache = KeyCache::new(capacity);
        (0..capacity as u64).for_each(|number| cache.insert(device(number), Arc::default(), 0));
        cache
    }

    #[test]
    fn no_more_subjects_than_the_capacity_are_held() {
        let mut cache = filled(64);
        assert_eq!(cache.entries.len(), 64);
        for number in 64..1_000 {
            cache.insert(device(number), Arc::default(), 0);
            assert!(cache.entries.len() <= 64);
        }
        assert!(cache.entries.len() > 48, "no more is forgotten than makes room");
    }

    #[test]
    fn what_was_used_lately_stays() {
        let mut cache = filled(64);
        assert!(cache.get(device(0)).is_some());
        cache.insert(device(64), Arc::default(), 0);
        assert!(cache.get(device(0)).is_some());
        assert!(cache.get(device(1)).is_none());
        assert!(cache.get(device(64)).is_some());
    }

    #[test]
    fn keys_that_were_loaded_before_one_was_destroyed_are_not_kept() {
        let mut cache = KeyCache::new(8);
        let forgotten = cache.forgotten();
        cache.forget(device(1));
        cache.insert(device(1), Arc::default(), forgotten);
        assert!(cache.get(device(1)).is_none());
        let forgotten = cache.forgotten();
        cache.insert(device(2), Arc::default(), forgotten);
        assert!(cache.get(device(2)).is_some());
    }

    #[test]
    fn a_cache_of_one_holds_the_newest() {
        let mut cache = filled(1);
        cache.insert(device(7), Arc::default(), 0);
        assert!(cache.get(device(0)).is_none());
        assert!(cache.get(device(7)).is_some());
    }
}
