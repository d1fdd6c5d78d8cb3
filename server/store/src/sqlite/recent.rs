//! A bounded map that forgets what was not used for longest.

use std::collections::HashMap;
use std::hash::Hash;

/// At most `limit` values; the one not used for longest makes room.
#[derive(Debug)]
pub(crate) struct Recent<K, V> {
    limit: usize,
    tick: u64,
    values: HashMap<K, (u64, V)>,
}

impl<K: Copy + Eq + Hash, V> Recent<K, V> {
    pub(crate) fn new(limit: usize) -> Self {
        Self { limit, tick: 0, values: HashMap::new() }
    }

    /// The value of a key; made where it is not there. The value that makes room for it goes to `make_room`.
    pub(crate) fn get_or_make<E>(&mut self, key: K, make: impl FnOnce() -> Result<V, E>, make_room: impl FnOnce(V)) -> Result<&V, E> {
        self.tick += 1;
        if !self.values.contains_key(&key) {
            let value = make()?;
            if self.values.len() >= self.limit
                && let Some(oldest) = self.forget_oldest()
            {
                make_room(oldest);
            }
            self.values.insert(key, (self.tick, value));
        }
        let (used, value) = self.values.get_mut(&key).expect("it was there or was put there");
        *used = self.tick;
        Ok(value)
    }

    pub(crate) fn forget(&mut self, key: K) {
        self.values.remove(&key);
    }

    // A scan: the limit is some dozens, and opening what replaces it costs far more.
    fn forget_oldest(&mut self) -> Option<V> {
        let oldest = self.values.iter().min_by_key(|(_, (used, _))| *used).map(|(key, _)| *key)?;
        self.values.remove(&oldest).map(|(_, value)| value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_used_for_longest_makes_room() {
        let mut recent = Recent::new(2);
        let (mut made, mut gone) = (Vec::new(), Vec::new());
        for key in [1, 2, 1, 3, 1, 2] {
            let make = || {
                made.push(key);
                Ok::<_, ()>(key)
            };
            recent.get_or_make(key, make, |value| gone.push(value)).expect("made");
        }
        assert_eq!((made, gone), (vec![1, 2, 3, 2], vec![2, 3]));
    }
}
