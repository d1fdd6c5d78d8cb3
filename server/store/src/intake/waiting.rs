//! Which entries wait, in memory: their numbers, by tenant. The log itself knows no tenants' order, so that appending and
//! forgetting touch its end and its front only, however many tenants' entries lie between.
//!
//! Filled from the log in the order of numbers, which become visible in that order, so that nothing is ever missed.

use std::collections::{BTreeMap, VecDeque};
use std::ops::Bound;
use std::time::Duration;

use kernel::TenantId;

/// The numbers of the entries that wait.
#[derive(Debug, Default)]
pub(crate) struct Waiting {
    /// Up to which number the log was read.
    known_through: i64,
    tenants: BTreeMap<TenantId, Queue>,
    entries: usize,
    /// Folded, but still in the log.
    folded: Vec<i64>,
    /// Below which number the log is empty.
    empty_below: i64,
}

#[derive(Debug)]
struct Queue {
    /// Ascending.
    numbers: VecDeque<i64>,
    /// Since when, by the monotonic clock, the first of them is known.
    since: Duration,
}

/// Of which tenants entries are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ripeness {
    /// Of all that have any.
    Any,
    /// Of those with so many, or whose first was known at this time of the monotonic clock or before.
    Ripe {
        /// So many.
        entries: usize,
        /// The time.
        known_since: Duration,
    },
}

/// What of the log can go.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Sweep {
    /// Everything from this number on,
    pub(crate) from: i64,
    /// and below this one.
    pub(crate) below: i64,
    /// These besides, one by one.
    pub(crate) singly: Vec<i64>,
}

impl Waiting {
    /// Up to which number the log was read.
    pub(crate) const fn known_through(&self) -> i64 {
        self.known_through
    }

    /// Learns of entries, in the order of their numbers; what is known already changes nothing.
    pub(crate) fn learn(&mut self, entries: impl IntoIterator<Item = (i64, TenantId)>, now: Duration) {
        for (number, tenant) in entries {
            if number > self.known_through {
                if self.known_through == 0 {
                    self.empty_below = number;
                }
                self.known_through = number;
                let queue = self.tenants.entry(tenant).or_insert_with(|| Queue { numbers: VecDeque::new(), since: now });
                queue.numbers.push_back(number);
                self.entries += 1;
            }
        }
    }

    /// How many tenants have entries, and how many entries there are.
    pub(crate) fn size(&self) -> (usize, usize) {
        (self.tenants.len(), self.entries)
    }

    /// Tenants with entries, in the order of their ids from `after` on (without it).
    pub(crate) fn tenants_after(&self, after: Option<TenantId>, ripeness: Ripeness, max: usize) -> Vec<TenantId> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let is_ripe = |queue: &Queue| match ripeness {
            Ripeness::Any => true,
            Ripeness::Ripe { entries, known_since } => queue.numbers.len() >= entries || queue.since <= known_since,
        };
        let ripe = self.tenants.range((from, Bound::Unbounded)).filter(|(_, queue)| is_ripe(queue));
        ripe.map(|(tenant, _)| *tenant).take(max).collect()
    }

    /// A tenant's first numbers.
    pub(crate) fn first_of(&self, tenant: TenantId, max: usize) -> Vec<i64> {
        self.tenants.get(&tenant).map(|queue| queue.numbers.iter().take(max).copied().collect()).unwrap_or_default()
    }

    /// A tenant's entries up to a number are folded.
    pub(crate) fn forget_through(&mut self, tenant: TenantId, number: i64, now: Duration) {
        let Some(queue) = self.tenants.get_mut(&tenant) else { return };
        let count = queue.numbers.partition_point(|waiting| *waiting <= number);
        self.folded.extend(queue.numbers.drain(..count));
        self.entries -= count;
        queue.since = now;
        if queue.numbers.is_empty() {
            self.tenants.remove(&tenant);
        }
    }

    /// What can go from the log: everything below the first that waits. Where more than `kept_max` folded ones lie above that
    /// (a tenant whose store is broken keeps its own), they go one by one.
    pub(crate) fn sweep(&mut self, kept_max: usize) -> Sweep {
        let first_waiting = self.tenants.values().filter_map(|queue| queue.numbers.front().copied()).min();
        let below = first_waiting.unwrap_or(self.known_through + 1);
        self.folded.retain(|number| *number >= below);
        let singly = if self.folded.len() > kept_max { std::mem::take(&mut self.folded) } else { Vec::new() };
        Sweep { from: std::mem::replace(&mut self.empty_below, below), below, singly }
    }

    /// How many folded entries may still lie in the log.
    pub(crate) fn folded(&self) -> usize {
        self.folded.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Duration = Duration::from_secs(100);

    fn tenant(number: u64) -> TenantId {
        TenantId::from_random(number << 1)
    }

    fn waiting(entries: &[(i64, u64)]) -> Waiting {
        let mut waiting = Waiting::default();
        waiting.learn(entries.iter().map(|(number, of)| (*number, tenant(*of))), NOW);
        waiting
    }

    #[test]
    fn what_is_read_twice_waits_once() {
        let mut waiting = waiting(&[(1, 1), (2, 2)]);
        waiting.learn([(2, tenant(2)), (3, tenant(1))], NOW);
        assert_eq!((waiting.first_of(tenant(1), 9), waiting.first_of(tenant(2), 9)), (vec![1, 3], vec![2]));
        assert_eq!(waiting.size(), (2, 3));
    }

    #[test]
    fn a_tenant_is_ripe_when_it_has_many_entries_or_one_that_is_old() {
        let mut waiting = waiting(&[(1, 1), (2, 2), (3, 2)]);
        waiting.learn([(4, tenant(3))], NOW + Duration::from_secs(1));
        let ripe = |waiting: &Waiting, entries, known_since| waiting.tenants_after(None, Ripeness::Ripe { entries, known_since }, 9);
        assert_eq!(ripe(&waiting, 2, Duration::ZERO), [tenant(2)]);
        assert_eq!(ripe(&waiting, 3, NOW), [tenant(1), tenant(2)]);
        assert_eq!(waiting.tenants_after(Some(tenant(1)), Ripeness::Any, 9), [tenant(2), tenant(3)]);
        waiting.forget_through(tenant(2), 2, NOW + Duration::from_secs(1));
        assert_eq!(ripe(&waiting, 3, NOW), [tenant(1)], "what came later is not older for what went");
    }

    #[test]
    fn the_log_goes_from_its_front_and_singly_only_past_the_limit() {
        let mut waiting = waiting(&[(1, 1), (2, 2), (3, 1), (4, 2), (5, 3)]);
        waiting.forget_through(tenant(1), 3, NOW);
        assert_eq!(waiting.sweep(1), Sweep { from: 1, below: 2, singly: vec![] });
        waiting.forget_through(tenant(3), 5, NOW);
        assert_eq!(waiting.sweep(1), Sweep { from: 2, below: 2, singly: vec![3, 5] });
        waiting.forget_through(tenant(2), 9, NOW);
        assert_eq!(waiting.sweep(1), Sweep { from: 2, below: 6, singly: vec![] });
        assert_eq!((waiting.size(), waiting.folded()), ((0, 0), 0));
    }
}
