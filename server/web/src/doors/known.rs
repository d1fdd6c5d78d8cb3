//! Credentials that were accepted lately, by their fingerprints.

use std::collections::HashSet;

use super::Fingerprint;

/// Fingerprints of one generation: two are held, of 2 MiB each at most.
pub(super) const GENERATION_MAX: usize = 65_536;

/// The fingerprints. Where a generation is full, the one before it is forgotten.
#[derive(Default)]
pub(super) struct Known {
    young: HashSet<Fingerprint>,
    old: HashSet<Fingerprint>,
}

impl Known {
    pub(super) fn insert(&mut self, fingerprint: Fingerprint) {
        if self.young.contains(&fingerprint) {
            return;
        }
        if self.young.len() >= GENERATION_MAX {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(fingerprint);
    }

    pub(super) fn contains(&self, fingerprint: Fingerprint) -> bool {
        self.young.contains(&fingerprint) || self.old.contains(&fingerprint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_are_known_and_no_more_than_two_generations() {
        let mut known = Known::default();
        let max = GENERATION_MAX as u64;
        for number in 0..3 * max {
            known.insert(Fingerprint(number));
            assert!(known.young.len() <= GENERATION_MAX && known.old.len() <= GENERATION_MAX);
        }
        assert!(known.contains(Fingerprint(3 * max - 1)) && known.contains(Fingerprint(max)));
        assert!(!known.contains(Fingerprint(max - 1)));
    }
}
