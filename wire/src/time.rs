//! The one timestamp type: microseconds since 1970-01-01T00:00:00Z, written as RFC 3339 in UTC.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

const MICROS_PER_SECOND: i64 = 1_000_000;
const SECONDS_PER_DAY: i64 = 86_400;

/// A point in time, in microseconds since the Unix epoch, UTC, leap seconds not counted.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(i64);

/// The text is not an RFC 3339 date and time between the years 0001 and 9999.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimestampError;

impl fmt::Display for TimestampError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("expected a date and time as in 2026-11-22T05:54:00Z (RFC 3339, years 0001 to 9999)")
    }
}

impl std::error::Error for TimestampError {}

impl Timestamp {
    /// Makes a timestamp of microseconds since the Unix epoch.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Makes a timestamp of whole seconds since the Unix epoch; saturates.
    #[must_use]
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(MICROS_PER_SECOND))
    }

    /// Microseconds since the Unix epoch, as stored.
    #[must_use]
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Whole seconds since the Unix epoch, rounded down.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(MICROS_PER_SECOND)
    }

    /// This much later; saturates.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)))
    }

    /// This much earlier; saturates.
    #[must_use]
    pub fn minus(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)))
    }

    /// So many calendar months later, at the same time of the day: on the same day of the month, or on the month's last where it has
    /// no such day.
    #[must_use]
    pub fn plus_months(self, months: u16) -> Self {
        let (year, month, day) = civil_of_days(self.seconds().div_euclid(SECONDS_PER_DAY));
        let counted = i64::from(month) - 1 + i64::from(months);
        let (year, month) = (year + counted.div_euclid(12), counted.rem_euclid(12) + 1);
        let (next_year, next_month) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
        let first = days_of_civil(year, month, 1);
        let length = days_of_civil(next_year, next_month, 1) - first;
        let days = first + i64::from(day).min(length) - 1;
        let of_day = self.0.rem_euclid(SECONDS_PER_DAY * MICROS_PER_SECOND);
        Self(days.saturating_mul(SECONDS_PER_DAY * MICROS_PER_SECOND).saturating_add(of_day))
    }

    /// The time from `earlier` to this, or zero where `earlier` is later.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

/// Days since the epoch to a proleptic Gregorian date (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms").
fn civil_of_days(days: i64) -> (i64, u32, u32) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_shifted = (5 * day_of_year + 2) / 153;
    let day = u32::try_from(day_of_year - (153 * month_shifted + 2) / 5 + 1).unwrap_or(1);
    let month = u32::try_from(if month_shifted < 10 { month_shifted + 3 } else { month_shifted - 9 }).unwrap_or(1);
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

fn days_of_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.seconds();
        let micros = self.0.rem_euclid(MICROS_PER_SECOND);
        let (year, month, day) = civil_of_days(seconds.div_euclid(SECONDS_PER_DAY));
        let of_day = seconds.rem_euclid(SECONDS_PER_DAY);
        let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")?;
        if micros != 0 {
            write!(f, ".{micros:06}")?;
        }
        f.write_str("Z")
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn number(&mut self, digits: usize) -> Result<i64, TimestampError> {
        let (head, rest) = self.0.split_at_checked(digits).ok_or(TimestampError)?;
        self.0 = rest;
        head.iter().try_fold(0, |number, byte| match byte {
            b'0'..=b'9' => Ok(number * 10 + i64::from(byte - b'0')),
            _ => Err(TimestampError),
        })
    }

    fn one_of(&mut self, accepted: &[u8]) -> Result<u8, TimestampError> {
        let (first, rest) = self.0.split_first().ok_or(TimestampError)?;
        if !accepted.contains(first) {
            return Err(TimestampError);
        }
        self.0 = rest;
        Ok(*first)
    }

    /// The fraction of a second in microseconds; digits past the sixth are dropped.
    fn fraction(&mut self) -> Result<i64, TimestampError> {
        if self.0.first() != Some(&b'.') {
            return Ok(0);
        }
        self.0 = &self.0[1..];
        let digits = self.0.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if digits == 0 {
            return Err(TimestampError);
        }
        let kept = digits.min(6);
        let number = self.number(kept)?;
        self.0 = self.0.get(digits - kept..).ok_or(TimestampError)?;
        Ok(number * 10_i64.pow(u32::try_from(6 - kept).unwrap_or(0)))
    }

    /// The offset from UTC in seconds.
    fn offset(&mut self) -> Result<i64, TimestampError> {
        let sign = match self.one_of(b"Zz+-")? {
            b'+' => 1,
            b'-' => -1,
            _ => return Ok(0),
        };
        let hours = self.number(2)?;
        self.one_of(b":")?;
        let minutes = self.number(2)?;
        if hours > 23 || minutes > 59 {
            return Err(TimestampError);
        }
        Ok(sign * (hours * 3600 + minutes * 60))
    }
}

impl FromStr for Timestamp {
    type Err = TimestampError;

    fn from_str(text: &str) -> Result<Self, TimestampError> {
        let mut reader = Reader(text.as_bytes());
        let year = reader.number(4)?;
        reader.one_of(b"-")?;
        let month = reader.number(2)?;
        reader.one_of(b"-")?;
        let day = reader.number(2)?;
        reader.one_of(b"Tt ")?;
        let hour = reader.number(2)?;
        reader.one_of(b":")?;
        let minute = reader.number(2)?;
        reader.one_of(b":")?;
        let second = reader.number(2)?;
        let micros = reader.fraction()?;
        let offset = reader.offset()?;
        let days = days_of_civil(year, month, day);
        let is_real_date =
            (1..=12).contains(&month) && civil_of_days(days) == (year, u32::try_from(month).unwrap_or(0), u32::try_from(day).unwrap_or(0));
        if !reader.0.is_empty() || !is_real_date || year == 0 || hour > 23 || minute > 59 || second > 60 {
            return Err(TimestampError);
        }
        let seconds = days * SECONDS_PER_DAY + hour * 3600 + minute * 60 + second - offset;
        Ok(Self(seconds * MICROS_PER_SECOND + micros))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_timestamp_survives_its_text_form(micros in -62_135_596_800_000_000_i64..253_402_300_799_000_000) {
            let time = Timestamp::from_micros(micros);
            prop_assert_eq!(time.to_string().parse::<Timestamp>(), Ok(time));
        }

        #[test]
        fn no_text_panics(text: String) {
            let _is_refused_or_read = text.parse::<Timestamp>();
        }
    }

    #[test]
    fn known_times_are_written_and_read() {
        assert_eq!(Timestamp::from_seconds(0).to_string(), "1970-01-01T00:00:00Z");
        assert_eq!("2024-02-29T12:00:00+02:00".parse(), Ok(Timestamp::from_seconds(1_709_200_800)));
        assert_eq!("0001-01-01T00:00:00Z".parse(), Ok(Timestamp::from_seconds(-62_135_596_800)));
        assert_eq!("2026-11-22T05:54:00.5Z".parse::<Timestamp>().map(|time| time.to_string()), Ok("2026-11-22T05:54:00.500000Z".into()));
    }

    #[test]
    fn a_month_later_is_the_same_day_or_the_last_one() {
        for (text, months, later) in [
            ("2026-11-28T04:00:00.5Z", 1, "2026-12-28T04:00:00.500000Z"),
            ("2026-12-15T00:00:00Z", 1, "2027-01-15T00:00:00Z"),
            ("2027-01-31T23:59:59Z", 1, "2027-02-28T23:59:59Z"),
            ("2028-01-31T00:00:00Z", 1, "2028-02-29T00:00:00Z"),
            ("2026-11-30T00:00:00Z", 3, "2027-02-28T00:00:00Z"),
            ("2026-01-31T00:00:00Z", 0, "2026-01-31T00:00:00Z"),
            ("1969-12-31T12:00:00Z", 14, "1971-02-28T12:00:00Z"),
        ] {
            let time: Timestamp = text.parse().expect("a time");
            assert_eq!(time.plus_months(months).to_string(), later, "{text} and {months}");
        }
    }

    #[test]
    fn a_day_that_does_not_exist_is_refused() {
        for text in ["2023-02-29T00:00:00Z", "2023-13-01T00:00:00Z", "2023-01-01", "2023-01-01T00:00:00", "2023-01-01T24:00:00Z"] {
            assert_eq!(text.parse::<Timestamp>(), Err(TimestampError), "{text}");
        }
    }
}
