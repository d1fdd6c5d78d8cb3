//! Leaky buckets by key, in bounded memory: how much there was of something lately.
//!
//! A bucket is one number: when it will have run out (the "virtual arrival time" of GCRA). One that has run out is as good as none,
//! so it can be forgotten at any time. Where more keys than fit have full ones, those that run out soonest are forgotten: a
//! stranger who floods with keys has to fill each of them more than the bucket that is to be forgotten.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::Duration;

/// How much is borne.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// How many points at once.
    pub burst: u32,
    /// In which time one of them runs out.
    pub point_time: Duration,
}

/// The buckets.
pub(super) struct Buckets<K> {
    rate: Rate,
    keys_max: usize,
    empty_at: HashMap<K, Duration>,
}

impl<K: Hash + Eq + Copy> Buckets<K> {
    pub(super) fn new(rate: Rate, keys_max: usize) -> Self {
        Self { rate, keys_max, empty_at: HashMap::new() }
    }

    /// Puts points into a key's bucket at a moment of the monotonic clock. Where they do not fit they stay outside, and it says
    /// how long until they would.
    pub(super) fn put(&mut self, key: K, points: u32, now: Duration) -> Result<(), Duration> {
        if self.empty_at.len() >= self.keys_max && !self.empty_at.contains_key(&key) {
            self.forget_some(now);
        }
        let Rate { burst, point_time } = self.rate;
        let empty_at = self.empty_at.entry(key).or_default();
        let latest = now + point_time * burst;
        if *empty_at > latest {
            // Fuller than can be: the clock went back.
            *empty_at = now;
        }
        let then = now.max(*empty_at) + point_time * points;
        if then > latest {
            return Err(then - latest);
        }
        *empty_at = then;
        Ok(())
    }

    /// How many points are in a key's bucket, rounded up.
    pub(super) fn points(&self, key: &K, now: Duration) -> u32 {
        let left = self.empty_at.get(key).map_or(Duration::ZERO, |empty_at| empty_at.saturating_sub(now));
        u32::try_from(left.as_nanos().div_ceil(self.rate.point_time.as_nanos().max(1))).unwrap_or(u32::MAX)
    }

    pub(super) fn clear(&mut self, key: &K) {
        self.empty_at.remove(key);
    }

    /// A quarter at least, so that it is done once for many new keys.
    fn forget_some(&mut self, now: Duration) {
        self.empty_at.retain(|_, empty_at| *empty_at > now);
        let kept_max = self.keys_max / 4 * 3;
        if self.empty_at.len() <= kept_max {
            return;
        }
        let mut ends: Vec<Duration> = self.empty_at.values().copied().collect();
        let forgotten = ends.len() - kept_max;
        let (_, last_forgotten, _) = ends.select_nth_unstable(forgotten - 1);
        let last_forgotten = *last_forgotten;
        self.empty_at.retain(|_, empty_at| *empty_at > last_forgotten);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate { burst: 10, point_time: Duration::from_secs(2) };

    #[test]
    fn a_bucket_takes_its_burst_and_not_one_point_more_and_runs_out_with_time() {
        let (mut buckets, now) = (Buckets::new(RATE, 4), Duration::from_secs(100));
        assert_eq!(buckets.put("a", 9, now), Ok(()));
        assert_eq!(buckets.put("a", 2, now), Err(RATE.point_time), "what does not fit says when it will");
        assert_eq!(buckets.put("a", 1, now), Ok(()));
        assert_eq!((buckets.points(&"a", now), buckets.points(&"b", now)), (10, 0));
        assert_eq!(buckets.put("a", 1, now + RATE.point_time - Duration::from_nanos(1)), Err(Duration::from_nanos(1)));
        assert_eq!(buckets.put("a", 1, now + RATE.point_time), Ok(()));
        buckets.clear(&"a");
        assert_eq!(buckets.put("a", 10, now), Ok(()));
    }

    #[test]
    fn where_the_clock_goes_back_nobody_waits_for_what_was_later() {
        let mut buckets = Buckets::new(RATE, 4);
        assert_eq!(buckets.put("a", 10, Duration::from_secs(1_000)), Ok(()));
        assert_eq!(buckets.put("a", 1, Duration::from_secs(10)), Ok(()));
    }

    #[test]
    fn more_keys_than_fit_have_those_forgotten_that_have_least_and_never_the_fullest() {
        let (mut buckets, now) = (Buckets::new(RATE, 100), Duration::ZERO);
        buckets.put(0, 10, now).expect("it fits");
        for key in 1..10_000 {
            buckets.put(key, 1 + key % 9, now).expect("it fits");
            assert!(buckets.empty_at.len() <= 100);
        }
        assert_eq!(buckets.points(&0, now), 10);
        let later = now + RATE.point_time * 10;
        (0..101).for_each(|key| buckets.put(20_000 + key, 1, later).expect("it fits"));
        assert!(buckets.empty_at.len() <= 100 && buckets.points(&0, later) == 0, "what ran out makes room first");
    }
}
