//! How often somebody may guess: a count of tries that were not let in, by the address that they name.
//!
//! The last of [`TRIES_MAX`] and each further try begin a pause during which nothing is checked, and the answer and the work for it
//! are those of a wrong password. The tenant's preset says how long ([`crate::preset::Pauses`]): from a second on, twice as long as
//! the one before, or half an hour each. So whoever knows a password gets about a hundred codes a day and not a million. Addresses
//! without an account are counted in the same way.
//!
//! A stranger who knows an address can keep its owner from signing in with password and code by this, from one place too: who asks
//! as seldom as the pauses end is not banned (`web::doors`). Sessions that exist go on, and the count of codes for dangerous acts is
//! another ([`crate::step_up`]).
//!
//! The counts are in memory: a restart forgets them. A try is counted before it is checked, so that many at the same
//! moment do not outrun the count.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::preset::{Pauses, TRIES_MAX};

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
    pub(crate) fn admit(&self, address: [u8; 32], now: Duration, pauses: Pauses) -> bool {
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
        if let Some(doublings) = tried.count.checked_sub(TRIES_MAX) {
            let pause = pauses.first.saturating_mul(1_u32.checked_shl(doublings).unwrap_or(u32::MAX)).min(pauses.longest);
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
    use crate::preset::Preset;

    /// An address of a number.
    fn address(number: u32) -> [u8; 32] {
        let mut address = [0; 32];
        address[..4].copy_from_slice(&number.to_be_bytes());
        address
    }

    #[test]
    fn promise_or_16_pauses_double_under_nist_and_are_half_an_hour_each_under_pci() {
        for (preset, mut pause) in [(Preset::Nist, Duration::from_secs(1)), (Preset::Pci, Duration::from_secs(1_800))] {
            let (guesses, mut now, pauses) = (Guesses::default(), Duration::ZERO, preset.pauses());
            assert!((0..TRIES_MAX).all(|_| guesses.admit(address(1), now, pauses)));
            for _ in 0..40 {
                assert!(!guesses.admit(address(1), now + pause - Duration::from_micros(1), pauses), "{pause:?}");
                now += pause;
                assert!(guesses.admit(address(1), now, pauses), "{pause:?}");
                pause = (pause * 2).min(pauses.longest);
            }
            assert_eq!(pause, pauses.longest);
        }
    }

    #[test]
    fn a_flood_of_other_addresses_does_not_have_a_pause_forgotten() {
        let (guesses, pauses) = (Guesses::default(), Preset::Nist.pauses());
        assert!((0..TRIES_MAX).all(|_| guesses.admit(address(0), Duration::ZERO, pauses)));
        for other in 1..=2 * u32::try_from(ADDRESSES_MAX).unwrap() {
            assert!(guesses.admit(address(other), Duration::ZERO, pauses));
        }
        assert!(guesses.0.lock().unwrap().len() <= ADDRESSES_MAX);
        assert!(!guesses.admit(address(0), Duration::ZERO, pauses));
    }
}
