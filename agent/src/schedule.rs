//! When to collect and when to try the server again.
//!
//! Both carry jitter, so that a fleet that was switched on at once does not report at once; a server that is away is
//! asked less and less often.

use std::time::Duration;

use kernel::{Clock, Rng};
use wire::Timestamp;

/// Time between two collections where neither the host's file nor the server says otherwise.
pub const INTERVAL_DEFAULT: Duration = Duration::from_secs(3600);
/// An interval varies by up to this part of it, to either side.
const INTERVAL_JITTER_PART: u32 = 10;
/// A device that has reported before, and for which nothing waits, waits up to this long after its start.
const START_JITTER: Duration = Duration::from_secs(60);
/// First pause after a failure.
pub const BACK_OFF_MIN: Duration = Duration::from_secs(30);
/// Longest pause after many failures.
pub const BACK_OFF_MAX: Duration = Duration::from_secs(900);

/// When to do what.
#[derive(Debug)]
pub struct Schedule {
    clock: Clock,
    rng: Rng,
    collect_at: Timestamp,
    /// What was planned at most, so that a clock that is set back does not stop the agent.
    planned: Duration,
    send_at: Timestamp,
    paused: Duration,
    failures: u32,
}

impl Schedule {
    /// A schedule that begins now, or after a short random time where the first collection may wait.
    #[must_use]
    pub fn new(clock: Clock, rng: Rng, may_wait: bool) -> Self {
        let now = clock.now();
        let planned = if may_wait { random_below(&rng, START_JITTER) } else { Duration::ZERO };
        Self { collect_at: now.plus(planned), planned, send_at: now, paused: Duration::ZERO, failures: 0, clock, rng }
    }

    /// Whether it is time to collect.
    #[must_use]
    pub fn is_collection_due(&self) -> bool {
        let now = self.clock.now();
        now >= self.collect_at || self.collect_at.since(now) > self.planned
    }

    /// Whether it is time to try the server.
    #[must_use]
    pub fn is_sending_due(&self) -> bool {
        let now = self.clock.now();
        now >= self.send_at || self.send_at.since(now) > self.paused
    }

    /// Collect at once.
    pub fn collect_now(&mut self) {
        self.collect_at = self.clock.now();
    }

    /// Plans the next collection, an interval from now.
    pub fn collected(&mut self, interval: Duration) {
        let jitter = interval / INTERVAL_JITTER_PART;
        self.planned = interval.saturating_sub(jitter).saturating_add(random_below(&self.rng, jitter * 2));
        self.collect_at = self.clock.now().plus(self.planned);
    }

    /// The server answered.
    pub fn sent(&mut self) {
        (self.failures, self.paused, self.send_at) = (0, Duration::ZERO, self.clock.now());
    }

    /// The server did not answer, or asked for a pause; tells how long it will be.
    pub fn failed(&mut self, retry_after: Option<Duration>) -> Duration {
        let doubled = BACK_OFF_MIN.saturating_mul(1_u32.checked_shl(self.failures).unwrap_or(u32::MAX)).min(BACK_OFF_MAX);
        self.failures = self.failures.saturating_add(1).min(16);
        let jittered = doubled / 2 + random_below(&self.rng, doubled / 2);
        self.paused = jittered.max(retry_after.unwrap_or(Duration::ZERO)).min(BACK_OFF_MAX);
        self.send_at = self.clock.now().plus(self.paused);
        self.paused
    }

    /// How long nothing is to be done; `waits` where something waits for the server.
    #[must_use]
    pub fn idle(&self, waits: bool) -> Duration {
        let now = self.clock.now();
        let until_collection = self.collect_at.since(now);
        if waits { until_collection.min(self.send_at.since(now)) } else { until_collection }
    }
}

fn random_below(rng: &Rng, bound: Duration) -> Duration {
    Duration::from_micros(rng.below(u64::try_from(bound.as_micros()).unwrap_or(u64::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schedule(seed: u64) -> (Schedule, kernel::ManualClock) {
        let (clock, hand) = Clock::manual(Timestamp::from_seconds(1_000_000));
        (Schedule::new(clock, Rng::seeded(seed), false), hand)
    }

    #[test]
    fn a_new_device_reports_at_once_and_an_old_one_within_a_minute() {
        assert!(schedule(1).0.is_collection_due());
        let (clock, hand) = Clock::manual(Timestamp::from_seconds(0));
        let old = Schedule::new(clock, Rng::seeded(1), true);
        assert!(!old.is_collection_due());
        hand.advance(START_JITTER);
        assert!(old.is_collection_due());
    }

    #[test]
    fn intervals_differ_from_each_other_by_at_most_a_tenth_to_either_side() {
        let (mut schedule, _hand) = schedule(2);
        let interval = Duration::from_secs(3600);
        let mut seen = std::collections::BTreeSet::new();
        for _ in 0..100 {
            schedule.collected(interval);
            let wait = schedule.idle(false);
            assert!(wait >= Duration::from_secs(3240) && wait <= Duration::from_secs(3960), "{wait:?}");
            seen.insert(wait);
        }
        assert!(seen.len() > 90, "there is no jitter");
    }

    #[test]
    fn pauses_double_with_jitter_up_to_the_longest_and_end_with_success() {
        let (mut schedule, _hand) = schedule(3);
        let pauses: Vec<_> = (0..12).map(|_| schedule.failed(None)).collect();
        for (index, pause) in pauses.iter().enumerate() {
            let full = BACK_OFF_MIN.saturating_mul(1 << index).min(BACK_OFF_MAX);
            assert!(*pause >= full / 2 && *pause <= full, "{index}: {pause:?}");
        }
        schedule.sent();
        assert!(schedule.failed(None) <= BACK_OFF_MIN);
    }

    #[test]
    fn a_pause_that_the_server_asks_for_is_kept_up_to_the_longest() {
        let (mut schedule, _hand) = schedule(4);
        assert_eq!(schedule.failed(Some(Duration::from_secs(600))), Duration::from_secs(600));
        assert_eq!(schedule.failed(Some(BACK_OFF_MAX * 9)), BACK_OFF_MAX);
    }

    #[test]
    fn a_clock_that_is_set_back_does_not_stop_the_agent() {
        let (mut schedule, hand) = schedule(5);
        schedule.collected(Duration::from_secs(3600));
        schedule.failed(None);
        hand.set(Timestamp::from_seconds(0));
        assert!(schedule.is_collection_due() && schedule.is_sending_due());
    }
}
