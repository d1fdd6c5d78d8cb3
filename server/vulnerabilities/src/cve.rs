//! CVE ids.

use std::fmt;
use std::str::FromStr;

/// A CVE's number has at most this many digits; the CVE programme allows 19, none so far has more than 7.
const NUMBER_DIGITS_MAX: usize = 9;
const NUMBER_DIGITS_MIN: usize = 4;
const NUMBERS_PER_YEAR: i64 = 10_i64.pow(NUMBER_DIGITS_MAX as u32);

/// A CVE id as a number, so that 300,000 scores fit in a few megabytes; ordered by year, then number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cve(i64);

/// The text is not `CVE-YYYY-NNNN`, with 4 to 9 digits at its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a CVE id as in CVE-2024-1234")]
pub struct CveError;

impl Cve {
    /// The id as stored.
    #[must_use]
    pub const fn number(self) -> i64 {
        self.0
    }

    /// The id of a stored number.
    #[must_use]
    pub const fn from_number(number: i64) -> Self {
        Self(number)
    }
}

impl FromStr for Cve {
    type Err = CveError;

    fn from_str(text: &str) -> Result<Self, CveError> {
        let (year, number) = text.strip_prefix("CVE-").and_then(|rest| rest.split_once('-')).ok_or(CveError)?;
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let padded = number.len() > NUMBER_DIGITS_MIN && number.starts_with('0');
        if year.len() != 4 || !digits(year) || !(NUMBER_DIGITS_MIN..=NUMBER_DIGITS_MAX).contains(&number.len()) || !digits(number) || padded
        {
            return Err(CveError);
        }
        let (year, number): (i64, i64) = (year.parse().map_err(|_| CveError)?, number.parse().map_err(|_| CveError)?);
        Ok(Self(year * NUMBERS_PER_YEAR + number))
    }
}

impl fmt::Display for Cve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CVE-{:04}-{:04}", self.0.div_euclid(NUMBERS_PER_YEAR), self.0.rem_euclid(NUMBERS_PER_YEAR))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_survives_its_number() {
        for text in ["CVE-1999-0001", "CVE-2024-3094", "CVE-2026-1234567", "CVE-2026-999999999"] {
            let cve: Cve = text.parse().expect("a CVE id");
            assert_eq!(Cve::from_number(cve.number()).to_string(), text);
        }
    }

    #[test]
    fn a_text_that_would_not_come_back_the_same_is_refused() {
        for text in ["", "CVE-", "cve-2024-3094", "CVE-24-3094", "CVE-2024-309", "CVE-2024-03094", "CVE-2024-1234567890", "CVE-2024-30 4"] {
            assert_eq!(text.parse::<Cve>(), Err(CveError), "{text}");
        }
    }
}
