//! How lately a device was heard of.

use std::time::Duration;

use kernel::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How lately a device was heard of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// It reports as it should.
    Fresh,
    /// It has missed reports.
    Stale,
    /// It has not reported for so long that it may be gone.
    Lost,
    /// An administrator took it out of service.
    Retired,
}

/// After which silence a device is stale and lost. They are the tenant's settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Thresholds {
    /// Silence after which a device is stale.
    pub stale_after: Duration,
    /// Silence after which a device is lost; longer than `stale_after`.
    pub lost_after: Duration,
}

impl Status {
    /// Every status, in the order in which the console shows them.
    pub const ALL: [Self; 4] = [Self::Fresh, Self::Stale, Self::Lost, Self::Retired];

    /// The status's name in JSON and selectors.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fresh => "fresh",
            Self::Stale => "stale",
            Self::Lost => "lost",
            Self::Retired => "retired",
        }
    }

    /// The status of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }

    /// The status of a device in service that was last heard of then. A device that has not reported yet counts from its
    /// enrolment, which is when it was heard of.
    #[must_use]
    pub fn by_silence(last_heard_at: Timestamp, now: Timestamp, thresholds: Thresholds) -> Self {
        let silence = now.since(last_heard_at);
        if silence < thresholds.stale_after {
            Self::Fresh
        } else if silence < thresholds.lost_after {
            Self::Stale
        } else {
            Self::Lost
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_grows_stale_and_lost_exactly_at_the_thresholds() {
        let thresholds = Thresholds { stale_after: Duration::from_secs(10_800), lost_after: Duration::from_secs(604_800) };
        let heard = Timestamp::from_seconds(1_000_000);
        for (seconds, status) in
            [(0, Status::Fresh), (10_799, Status::Fresh), (10_800, Status::Stale), (604_799, Status::Stale), (604_800, Status::Lost)]
        {
            assert_eq!(Status::by_silence(heard, heard.plus(Duration::from_secs(seconds)), thresholds), status, "{seconds} s");
        }
        assert_eq!(Status::by_silence(heard, Timestamp::from_seconds(0), thresholds), Status::Fresh, "a clock set back");
    }
}
