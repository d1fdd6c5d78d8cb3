//! A day of the calendar, in UTC.

use std::fmt;
use std::str::FromStr;

use kernel::Timestamp;

const SECONDS_PER_DAY: i64 = 86_400;

/// A day in UTC, by its number since 1970-01-01; written `2026-11-27`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(i64);

/// The text is no day.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a day as in 2026-11-27")]
pub struct DayError;

impl Day {
    /// The day on which this is.
    #[must_use]
    pub const fn of(time: Timestamp) -> Self {
        Self(time.seconds().div_euclid(SECONDS_PER_DAY))
    }

    /// The first day of which something is kept now, where days are kept for so long.
    pub(crate) const fn first_kept(now: Timestamp, retention_days: u16) -> Self {
        Self::of(now).plus(-(retention_days as i64))
    }

    /// The day of this number.
    #[must_use]
    pub const fn from_number(number: i64) -> Self {
        Self(number)
    }

    /// Its number.
    #[must_use]
    pub const fn number(self) -> i64 {
        self.0
    }

    /// So many days later; earlier where there are fewer than none.
    #[must_use]
    pub const fn plus(self, days: i64) -> Self {
        Self(self.0.saturating_add(days))
    }

    /// When it begins.
    #[must_use]
    pub const fn begins(self) -> Timestamp {
        Timestamp::from_seconds(self.0.saturating_mul(SECONDS_PER_DAY))
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.begins().to_string().split('T').next().unwrap_or_default())
    }
}

impl FromStr for Day {
    type Err = DayError;

    fn from_str(text: &str) -> Result<Self, DayError> {
        let begins: Timestamp = format!("{text}T00:00:00Z").parse().map_err(|_| DayError)?;
        // What is read is what is written, so that a day has one text.
        let day = Self::of(begins);
        if day.to_string() == text { Ok(day) } else { Err(DayError) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_read_as_it_is_written_and_ends_at_midnight() {
        let day: Day = "2026-11-27".parse().unwrap();
        assert_eq!(day.to_string(), "2026-11-27");
        assert_eq!(Day::of(day.begins()), day);
        assert_eq!(Day::of(Timestamp::from_micros(day.plus(1).begins().micros() - 1)), day);
        assert_eq!(Day::of(day.plus(1).begins()), day.plus(1));
        for wrong in ["", "2026-11-31", "2026-1-1", "2026-11-27T00", "27.11.2026", "2026-11-27 "] {
            assert_eq!(wrong.parse::<Day>(), Err(DayError), "{wrong}");
        }
    }
}
