//! Who is banned, until when, and how long the next ban would be.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::Duration;

use kernel::{Actor, TenantId, Timestamp};

use super::Fingerprint;

/// How long a ban lasts: the first, and each that follows within [`REMEMBERED`] of the one before; the last stays.
pub const BAN_STEPS: [Duration; 4] =
    [Duration::from_secs(60), Duration::from_secs(10 * 60), Duration::from_secs(3_600), Duration::from_secs(24 * 3_600)];
/// For how long after its end a ban makes the next one longer.
pub const REMEMBERED: Duration = Duration::from_secs(24 * 3_600);
/// Bans that are held or remembered (about 2 MiB). Where there would be more, those are forgotten that have ended, and then
/// those that end soonest: nobody is banned for want of room, and to have a ban forgotten, a stranger has to earn as many.
pub const BANS_MAX: usize = 16_384;

/// Who can be banned.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Whom {
    Peer(IpAddr),
    Credential(Fingerprint),
}

/// Whom a ban is about, for whoever administers the host and for the ledger.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Banned {
    /// An address; of IPv6 the first of its /64.
    Peer(IpAddr),
    /// The holder of a credential, where that is known.
    Credential(Option<(TenantId, Actor)>),
}

/// A ban.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Ban {
    /// By which it is lifted.
    pub number: u64,
    /// Whom it is about.
    pub about: Banned,
    /// Which one in a row it is, from 1.
    pub step: u32,
    /// When it began.
    pub began_at: Timestamp,
    /// When it ends.
    pub ends_at: Timestamp,
    /// Requests that it refused.
    pub refused: u64,
}

struct Held {
    ban: Ban,
    until: Duration,
}

/// The bans.
#[derive(Default)]
pub(super) struct Bans {
    held: HashMap<Whom, Held>,
    last_number: u64,
}

impl Bans {
    /// Begins a ban, or the next longer one. `now` is the monotonic clock's, `at` the wall clock's.
    pub(super) fn begin(&mut self, whom: Whom, about: Banned, now: Duration, at: Timestamp) -> Ban {
        let before = self.held.get(&whom).filter(|held| now < held.until + REMEMBERED).map_or(0, |held| held.ban.step);
        let index = usize::try_from(before).unwrap_or(usize::MAX).min(BAN_STEPS.len() - 1);
        let time = BAN_STEPS[index];
        if self.held.len() >= BANS_MAX && !self.held.contains_key(&whom) {
            self.forget_some(now);
        }
        self.last_number += 1;
        let ban = Ban { number: self.last_number, about, step: before + 1, began_at: at, ends_at: at.plus(time), refused: 0 };
        self.held.insert(whom, Held { ban, until: now + time });
        ban
    }

    /// How much longer somebody is banned.
    pub(super) fn left(&self, whom: &Whom, now: Duration) -> Option<Duration> {
        self.held.get(whom).and_then(|held| held.until.checked_sub(now)).filter(|left| !left.is_zero())
    }

    pub(super) fn count_refused(&mut self, whom: &Whom) {
        if let Some(held) = self.held.get_mut(whom) {
            held.ban.refused += 1;
        }
    }

    /// Those that have not ended, the longest first.
    pub(super) fn list(&self, now: Duration) -> Vec<Ban> {
        let mut bans: Vec<Ban> = self.held.values().filter(|held| now < held.until).map(|held| held.ban).collect();
        bans.sort_by_key(|ban| (std::cmp::Reverse(ban.ends_at), ban.number));
        bans
    }

    /// Ends bans at once, and forgets that they were: the next one is a first one.
    pub(super) fn lift(&mut self, now: Duration, is_meant: impl Fn(&Ban) -> bool) -> Vec<(Whom, Ban)> {
        let meant = self.held.extract_if(|_, held| now < held.until && is_meant(&held.ban));
        meant.map(|(whom, held)| (whom, held.ban)).collect()
    }

    /// A quarter at least, so that it is done once for many new bans.
    fn forget_some(&mut self, now: Duration) {
        self.held.retain(|_, held| now < held.until + REMEMBERED);
        let kept_max = BANS_MAX / 4 * 3;
        if self.held.len() <= kept_max {
            return;
        }
        let mut ends: Vec<Duration> = self.held.values().map(|held| held.until).collect();
        let forgotten = ends.len() - kept_max;
        let (_, last_forgotten, _) = ends.select_nth_unstable(forgotten - 1);
        let last_forgotten = *last_forgotten;
        self.held.retain(|_, held| held.until > last_forgotten);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: Timestamp = Timestamp::from_seconds(1_795_327_200);

    fn peer(number: u32) -> (Whom, Banned) {
        let address = IpAddr::V4(number.into());
        (Whom::Peer(address), Banned::Peer(address))
    }

    #[test]
    fn each_ban_that_follows_within_a_day_is_longer_and_the_last_length_stays() {
        let (mut bans, mut now) = (Bans::default(), Duration::from_secs(5));
        let (whom, about) = peer(1);
        for (step, time) in [0, 1, 2, 3, 3].map(|index| BAN_STEPS[index]).into_iter().enumerate() {
            let ban = bans.begin(whom, about, now, AT);
            assert_eq!((ban.step as usize, ban.ends_at), (step + 1, AT.plus(time)));
            assert_eq!(bans.left(&whom, now + time - Duration::from_micros(1)), Some(Duration::from_micros(1)));
            assert_eq!(bans.left(&whom, now + time), None, "it expires");
            now += time + REMEMBERED - Duration::from_micros(1);
        }
        now += Duration::from_micros(1);
        assert_eq!(bans.begin(whom, about, now + BAN_STEPS[3], AT).step, 1, "a day without one, and it is forgotten");
    }

    #[test]
    fn more_bans_than_fit_have_those_forgotten_that_end_soonest_and_nobody_else_is_banned_for_it() {
        let (mut bans, now) = (Bans::default(), Duration::ZERO);
        let (longest, about) = peer(0);
        for _ in 0..2 {
            bans.begin(longest, about, now, AT);
        }
        for number in 1..=2 * u32::try_from(BANS_MAX).expect("a small number") {
            let (whom, about) = peer(number);
            bans.begin(whom, about, now, AT);
            assert!(bans.held.len() <= BANS_MAX && bans.left(&whom, now).is_some());
        }
        assert_eq!(bans.left(&longest, now), Some(BAN_STEPS[1]));
        assert_eq!(bans.left(&peer(u32::MAX).0, now), None);
    }

    #[test]
    fn a_lifted_ban_is_forgotten_and_others_stay() {
        let (mut bans, now) = (Bans::default(), Duration::ZERO);
        let numbers = [1, 2].map(|number| bans.begin(peer(number).0, peer(number).1, now, AT).number);
        assert_eq!(bans.lift(now, |ban| ban.number == numbers[0]).len(), 1);
        assert_eq!((bans.left(&peer(1).0, now), bans.list(now).len()), (None, 1));
        assert_eq!(bans.begin(peer(1).0, peer(1).1, now, AT).step, 1);
    }
}
