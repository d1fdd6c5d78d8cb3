//! How often somebody may guess: a count of tries that were not let in, by the address that they name.
//!
//! After [`FREE_GUESSES`] each further try begins a pause, twice as long as the one before, during which nothing is
//! checked and the answer is that of a wrong password. So whoever knows a password gets about a hundred codes a day and
//! not a million. Addresses without an account are counted in the same way, so that a pause tells nothing of them.
//!
//! A stranger who knows an address can slow its owner's signing in by this, and not lock it: sessions that exist go on, and whoever
//! guesses is banned before long (`web::doors`), so that keeping somebody paused takes ever new peers.
//!
//! The counts are in memory: a restart forgets them. A try is counted before it is checked, so that many at the same
//! moment do not outrun the count.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Tries that are not let in, in a row, before there are pauses.
pub(crate) const FREE_GUESSES: u32 = 10;
/// First pause; each further one is twice as long.
pub(crate) const PAUSE_MIN: Duration = Duration::from_secs(1);
/// Longest pause.
pub(crate) const PAUSE_MAX: Duration = Duration::from_secs(15 * 60);
/// Addresses that are remembered (3 MiB). Where there would be more, those with the fewest tries are forgotten: to have a
/// count forgotten, a stranger needs as many tries at each of all the others.
pub(crate) const ADDRESSES_MAX: usize = 50_000;

/// What was tried at one address.
#[derive(Clone, Copy, Default)]
struct Tried {
    count: u32,
    paused_until: Duration,
}

/// The counts, by an address's keyed hash.
#[derive(Default)]
pub(crate) struct Guesses(Mutex<HashMap<[u8; 32], Tried>>);

impl Guesses {
    /// Counts a try at a moment of the monotonic clock; tells whether it may be checked at all.
    pub(crate) fn admit(&self, address: [u8; 32], now: Duration) -> bool {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= ADDRESSES_MAX && !all.contains_key(&address) {
            let fewest = all.values().map(|tried| tried.count).min().unwrap_or(0);
            all.retain(|_, tried| tried.count > fewest);
        }
        let tried = all.entry(address).or_default();
        if now < tried.paused_until {
            return false;
        }
        tried.count = tried.count.saturating_add(1);
        if let Some(doublings) = tried.count.checked_sub(FREE_GUESSES) {
            let pause = PAUSE_MIN.saturating_mul(1_u32.checked_shl(doublings).unwrap_or(u32::MAX)).min(PAUSE_MAX);
            tried.paused_until = now.saturating_add(pause);
        }
        true
    }

    /// Forgets what was tried at an address: its owner was let in.
    pub(crate) fn clear(&self, address: &[u8; 32]) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(address);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An address of a number.
    fn address(number: u32) -> [u8; 32] {
        let mut address = [0; 32];
        address[..4].copy_from_slice(&number.to_be_bytes());
        address
    }

    #[test]
    fn pauses_double_up_to_the_longest() {
        let (guesses, mut now) = (Guesses::default(), Duration::ZERO);
        assert!((0..FREE_GUESSES).all(|_| guesses.admit(address(1), now)));
        let mut pause = PAUSE_MIN;
        for _ in 0..40 {
            assert!(!guesses.admit(address(1), now + pause - Duration::from_micros(1)), "{pause:?}");
            now += pause;
            assert!(guesses.admit(address(1), now), "{pause:?}");
            pause = (pause * 2).min(PAUSE_MAX);
        }
        assert_eq!(pause, PAUSE_MAX);
    }

    #[test]
    fn a_flood_of_other_addresses_does_not_have_a_pause_forgotten() {
        let guesses = Guesses::default();
        assert!((0..FREE_GUESSES).all(|_| guesses.admit(address(0), Duration::ZERO)));
        for other in 1..=2 * u32::try_from(ADDRESSES_MAX).unwrap() {
            assert!(guesses.admit(address(other), Duration::ZERO));
        }
        assert!(guesses.0.lock().unwrap().len() <= ADDRESSES_MAX);
        assert!(!guesses.admit(address(0), Duration::ZERO));
    }
}
