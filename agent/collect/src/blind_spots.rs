//! What a collector could not see is said, never guessed: an empty answer and an unseen one are different things.

use std::io;

use wire::state::{BlindSpot, BlindSpotReason, Kind};

/// The blind spots of one collection.
#[derive(Debug, Default)]
pub struct BlindSpots(Vec<BlindSpot>);

impl BlindSpots {
    /// Notes that something could not be seen.
    pub fn add(&mut self, kind: Kind, subject: &str, reason: BlindSpotReason) {
        self.0.push(BlindSpot { kind, subject: subject.to_owned(), reason });
    }

    /// The value, or a note of why there is none.
    pub fn see<T>(&mut self, kind: Kind, subject: &str, result: io::Result<T>) -> Option<T> {
        result.inspect_err(|error| self.add(kind, subject, reason(error))).ok()
    }

    /// Whether anything of a kind is noted.
    #[must_use]
    pub fn mentions(&self, kind: Kind) -> bool {
        self.0.iter().any(|spot| spot.kind == kind)
    }

    /// All that was noted.
    #[must_use]
    pub fn into_inner(self) -> Vec<BlindSpot> {
        self.0
    }
}

/// The reason that an error of the operating system stands for.
#[must_use]
pub fn reason(error: &io::Error) -> BlindSpotReason {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => BlindSpotReason::NotPresent,
        io::ErrorKind::PermissionDenied => BlindSpotReason::PermissionDenied,
        io::ErrorKind::FileTooLarge => BlindSpotReason::TooLarge,
        _ => BlindSpotReason::NotUnderstood,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_error_has_the_reason_that_a_person_can_act_on() {
        let reasons =
            [io::ErrorKind::NotFound, io::ErrorKind::PermissionDenied, io::ErrorKind::InvalidData].map(|kind| reason(&kind.into()));
        assert_eq!(reasons, [BlindSpotReason::NotPresent, BlindSpotReason::PermissionDenied, BlindSpotReason::NotUnderstood]);
    }
}
