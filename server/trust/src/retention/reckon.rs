//! From days to times, and back.

use std::time::Duration;

use kernel::Timestamp;
use kernel::data_map::{Counts, Days};

use crate::day::Day;

const DAY: Duration = Duration::from_secs(24 * 3_600);

/// The latest time, in what the column counts, of which rows are past: those of it and of every earlier one.
pub(super) fn up_to(days: Days, in_force: u16, now: Timestamp) -> i64 {
    match days.counts {
        Counts::Micros => now.minus(DAY * u32::from(in_force)).micros(),
        Counts::Days => Day::of(now).plus(-i64::from(in_force) - 1).number(),
    }
}

/// When rows of this time are past.
pub(super) fn ends_at(days: Days, in_force: u16, time: i64) -> Timestamp {
    match days.counts {
        Counts::Micros => Timestamp::from_micros(time).plus(DAY * u32::from(in_force)),
        Counts::Days => Day::from_number(time).plus(i64::from(in_force) + 1).begins(),
    }
}

/// A column's time; of a day, when it begins.
pub(super) const fn time_of(days: Days, time: i64) -> Timestamp {
    match days.counts {
        Counts::Micros => Timestamp::from_micros(time),
        Counts::Days => Day::from_number(time).begins(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(400 * 86_400 + 3_600);

    #[test]
    fn a_row_is_past_at_the_microsecond_at_which_its_days_are_over_and_not_before() {
        let days = Days::after("at", 30);
        let written = NOW.minus(DAY * 30).micros();
        assert_eq!(up_to(days, 30, NOW), written);
        assert_eq!(ends_at(days, 30, written), NOW);
        assert_eq!(ends_at(days, 30, written + 1).micros(), NOW.micros() + 1);
    }

    #[test]
    fn the_days_of_a_whole_day_begin_when_it_ends() {
        let days = Days::after_day("day", 30);
        let today = Day::of(NOW);
        assert_eq!(up_to(days, 30, NOW), today.number() - 31, "today and thirty days before it are kept");
        assert_eq!(ends_at(days, 30, today.number() - 31), today.begins());
        assert_eq!(ends_at(days, 30, today.number() - 30), today.plus(1).begins());
    }

    #[test]
    fn times_that_no_clock_shows_do_not_wrap_around() {
        let days = Days::after("at", 30);
        assert_eq!(ends_at(days, u16::MAX, i64::MAX).micros(), i64::MAX);
        assert_eq!(up_to(days, u16::MAX, Timestamp::from_micros(i64::MIN)), i64::MIN);
        assert_eq!(
            up_to(Days::after_day("day", 30), 30, Timestamp::from_micros(i64::MIN)),
            Day::of(Timestamp::from_micros(i64::MIN)).number() - 31
        );
    }
}
