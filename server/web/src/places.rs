//! How many connections each address holds, so that one peer alone cannot take them all.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use crate::peer::holder_of;

/// Who holds how many places. Cloning shares them.
#[derive(Clone, Debug)]
pub(crate) struct Places {
    max: usize,
    taken: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

/// A place that an address holds until this is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    holder: IpAddr,
    taken: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

impl Places {
    /// At most `max` for each address.
    pub(crate) fn new(max: usize) -> Self {
        Self { max, taken: Arc::default() }
    }

    /// A place for a connection of this address; none where it holds all that it may.
    pub(crate) fn take(&self, address: IpAddr) -> Option<Place> {
        let holder = holder_of(address);
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let count = taken.entry(holder).or_default();
        if *count >= self.max {
            return None;
        }
        *count += 1;
        drop(taken);
        Some(Place { holder, taken: Arc::clone(&self.taken) })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = taken.get_mut(&self.holder) {
            *count -= 1;
            if *count == 0 {
                taken.remove(&self.holder);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_its_places_and_gets_one_back_when_a_connection_ends() {
        let places = Places::new(2);
        let address = |text: &str| text.parse::<IpAddr>().expect("an address");
        let first = places.take(address("192.0.2.1")).expect("a place");
        let _second = places.take(address("::ffff:192.0.2.1")).expect("a place: it is the same peer");
        assert!(places.take(address("192.0.2.1")).is_none());
        let _other = places.take(address("192.0.2.2")).expect("another address has its own");
        drop(first);
        assert!(places.take(address("192.0.2.1")).is_some());
    }

    #[test]
    fn a_network_of_the_sixth_version_is_one_peer_and_nothing_is_remembered_of_who_left() {
        let places = Places::new(1);
        let address = |text: &str| text.parse::<IpAddr>().expect("an address");
        let first = places.take(address("2001:db8:0:1::1")).expect("a place");
        assert!(places.take(address("2001:db8:0:1:ffff::2")).is_none());
        assert!(places.take(address("2001:db8:0:2::1")).is_some());
        drop(first);
        assert!(places.taken.lock().expect("not poisoned").is_empty());
    }
}
