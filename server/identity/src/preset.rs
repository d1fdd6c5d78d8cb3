//! Presets for passwords and sessions: each tenant's owner or admin chooses one.
//!
//! There is no one policy for everybody, because the two that people are held to contradict each other by design: NIST SP
//! 800-63B wants length, a blocklist and nothing that makes people write passwords down; PCI DSS 8.3 wants classes of
//! characters, a history and a lock. The figures of both stand here and nowhere else (promise OR-16).
//!
//! Three demands hold by construction, and so have no setting: **no password is set by anybody but its owner** (a one-time
//! link asks for it), so none is to be changed at first use because somebody else knows it; **no account is without a
//! second factor**, so the row for passwords alone applies to nobody today and is here for whoever adds such accounts;
//! **nothing but a changed preset or a blocklisted password makes one due** under `nist`.

use std::time::Duration;

use kernel::{SecretText, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Name;
use crate::common_passwords::{self, Context};
use crate::email::Email;
use crate::password::PASSWORD_BYTES_MAX;

/// Passwords under `pci` that may not come again, the present one counted.
pub const PCI_REMEMBERED: usize = 4;
/// Characters that a password has at least under `nist`, beside a second factor.
pub const NIST_CHARS_MIN: usize = 8;
/// Characters that a password has at least under `nist` where it is all there is.
pub const NIST_CHARS_MIN_ALONE: usize = 15;
/// Characters that a password has at least under `pci`.
pub const PCI_CHARS_MIN: usize = 12;
/// For how long a password is good under `pci` where it is all there is.
pub const PCI_LIFETIME_ALONE: Duration = Duration::from_secs(90 * 86_400);
/// Tries in a row that are not let in, before an address is locked under `pci` and paused under `nist`.
pub const TRIES_MAX: u32 = 10;
/// For how long an address is locked under `pci`.
pub const PCI_LOCK: Duration = Duration::from_secs(30 * 60);

/// What a tenant holds its passwords and sessions to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Preset {
    /// NIST SP 800-63B: length and a blocklist; no composition, no rotation.
    #[default]
    Nist,
    /// PCI DSS 8.3: letters and digits, a history, a lock, short idle time.
    Pci,
}

/// What an account is signed in to with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Factors {
    /// A password and nothing else. No account is like that today.
    PasswordAlone,
    /// A password and a second factor.
    WithSecond,
}

/// What a password is held to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Characters that it has at least.
    pub chars_min: usize,
    /// Whether it has a letter and a digit.
    pub has_letters_and_digits: bool,
    /// How many of the last ones may not come again, the present one counted.
    pub remembered: usize,
    /// For how long it is good.
    pub lifetime: Option<Duration>,
}

/// How long a session lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionLimits {
    /// One that is not used for this long is over.
    pub idle: Duration,
    /// It is over after this long in any case.
    pub lifetime: Duration,
}

/// What happens to an address after [`TRIES_MAX`] tries in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pauses {
    /// The first one; each further try begins one twice as long as the one before.
    pub first: Duration,
    /// The longest one.
    pub longest: Duration,
}

/// The password does not keep the rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordRule {
    /// Too few characters.
    #[error("a password has at least {0} characters here; a sentence is easy to remember")]
    TooShort(usize),
    /// Too many bytes.
    #[error("a password has at most {PASSWORD_BYTES_MAX} bytes")]
    TooLong,
    /// No letter, or no digit.
    #[error("a password has at least one letter and one digit here")]
    LettersAndDigits,
    /// It is, or is made of, a common password, or of what everybody knows of its owner.
    #[error(
        "this is one of the passwords that are tried first: a common one, a row of keys, or your own or the organisation's name with little around it; choose another"
    )]
    Common,
    /// It is one of the last ones.
    #[error("it was used before: the last {0} passwords may not come again")]
    UsedBefore(usize),
}

impl Preset {
    /// Both.
    pub const ALL: &[Self] = &[Self::Nist, Self::Pci];

    /// The text form.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Nist => "nist",
            Self::Pci => "pci",
        }
    }

    /// The preset of this text.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|preset| preset.text() == text)
    }

    /// What passwords are held to.
    #[must_use]
    pub const fn rules(self, factors: Factors) -> Rules {
        match (self, factors) {
            (Self::Nist, Factors::PasswordAlone) => {
                Rules { chars_min: NIST_CHARS_MIN_ALONE, has_letters_and_digits: false, remembered: 0, lifetime: None }
            }
            (Self::Nist, Factors::WithSecond) => {
                Rules { chars_min: NIST_CHARS_MIN, has_letters_and_digits: false, remembered: 0, lifetime: None }
            }
            (Self::Pci, Factors::PasswordAlone) => Rules {
                chars_min: PCI_CHARS_MIN,
                has_letters_and_digits: true,
                remembered: PCI_REMEMBERED,
                lifetime: Some(PCI_LIFETIME_ALONE),
            },
            (Self::Pci, Factors::WithSecond) => {
                Rules { chars_min: PCI_CHARS_MIN, has_letters_and_digits: true, remembered: PCI_REMEMBERED, lifetime: None }
            }
        }
    }

    /// How long sessions last.
    #[must_use]
    pub const fn session_limits(self) -> SessionLimits {
        match self {
            Self::Nist => SessionLimits { idle: Duration::from_secs(12 * 3_600), lifetime: Duration::from_secs(7 * 86_400) },
            Self::Pci => SessionLimits { idle: Duration::from_secs(15 * 60), lifetime: Duration::from_secs(12 * 3_600) },
        }
    }

    /// What happens to an address after too many tries.
    #[must_use]
    pub const fn pauses(self) -> Pauses {
        match self {
            Self::Nist => Pauses { first: Duration::from_secs(1), longest: Duration::from_secs(15 * 60) },
            Self::Pci => Pauses { first: PCI_LOCK, longest: PCI_LOCK },
        }
    }
}

impl SessionLimits {
    /// When a session is over unless it is used again: whatever comes first of these limits and of those that it began with.
    #[must_use]
    pub fn end_of(self, begun_at: Timestamp, last_used_at: Timestamp, expires_at: Timestamp) -> Timestamp {
        expires_at.min(begun_at.plus(self.lifetime)).min(last_used_at.plus(self.idle))
    }
}

impl Rules {
    /// Whether a password keeps them, as far as its text tells.
    ///
    /// # Errors
    /// [`PasswordRule`].
    pub fn check(&self, password: &SecretText, email: &Email, organisation: &Name) -> Result<(), PasswordRule> {
        let text = password.expose();
        if text.chars().count() < self.chars_min {
            return Err(PasswordRule::TooShort(self.chars_min));
        }
        if text.len() > PASSWORD_BYTES_MAX {
            return Err(PasswordRule::TooLong);
        }
        let has_both = text.chars().any(char::is_alphabetic) && text.chars().any(char::is_numeric);
        if self.has_letters_and_digits && !has_both {
            return Err(PasswordRule::LettersAndDigits);
        }
        let context = Context { email: email.as_text(), organisation: organisation.as_text() };
        if common_passwords::is_common(text, &context) { Err(PasswordRule::Common) } else { Ok(()) }
    }

    /// Whether one that was set at a time is too old.
    #[must_use]
    pub fn is_too_old(&self, set_at: Timestamp, now: Timestamp) -> bool {
        self.lifetime.is_some_and(|lifetime| now.since(set_at) >= lifetime)
    }
}

#[cfg(test)]
mod tests {
    use Factors::{PasswordAlone, WithSecond};
    use PasswordRule::{Common, LettersAndDigits, TooLong, TooShort};
    use Preset::{Nist, Pci};

    use super::*;

    fn check(preset: Preset, factors: Factors, password: &str) -> Result<(), PasswordRule> {
        let (email, organisation) = ("grace@example.org".parse().unwrap(), "Weir Valley Mills".parse().unwrap());
        preset.rules(factors).check(&SecretText::new(password.to_owned()), &email, &organisation)
    }

    #[test]
    fn promise_or_16_each_preset_holds_its_figures_at_each_boundary() {
        let long = |bytes: usize| "vexing jorqu 1 ".chars().cycle().take(bytes).collect::<String>();
        for (preset, factors, password, expected) in [
            (Nist, WithSecond, "vexing", Err(TooShort(8))),
            (Nist, WithSecond, "vexjorq", Err(TooShort(8))),
            (Nist, WithSecond, "vexjorqu", Ok(())),
            (Nist, WithSecond, "żółćźńąę", Ok(())),
            (Nist, PasswordAlone, "vexjorqulanepi", Err(TooShort(15))),
            (Nist, PasswordAlone, "vexjorqulanepid", Ok(())),
            (Nist, WithSecond, "12345678", Err(Common)),
            (Nist, WithSecond, "password", Err(Common)),
            (Pci, WithSecond, "vexjorqulan", Err(TooShort(12))),
            (Pci, WithSecond, "vexjorqula7", Err(TooShort(12))),
            (Pci, WithSecond, "vexjorqulane", Err(LettersAndDigits)),
            (Pci, WithSecond, "604813975264", Err(LettersAndDigits)),
            (Pci, WithSecond, "vexjorqulan7", Ok(())),
            (Pci, PasswordAlone, "vexjorqulan7", Ok(())),
            (Pci, PasswordAlone, "vexjorqula7", Err(TooShort(12))),
            (Pci, WithSecond, "Password1234", Err(Common)),
        ] {
            assert_eq!(check(preset, factors, password), expected, "{preset:?} {factors:?} {password}");
        }
        for preset in [Nist, Pci] {
            assert_eq!(check(preset, WithSecond, &long(PASSWORD_BYTES_MAX)), Ok(()));
            assert_eq!(check(preset, WithSecond, &long(PASSWORD_BYTES_MAX + 1)), Err(TooLong));
        }
    }

    #[test]
    fn promise_or_16_a_password_is_too_old_after_ninety_days_where_pci_has_nothing_beside_it_and_never_else() {
        let set_at = Timestamp::from_seconds(1_000_000);
        let last_moment = set_at.plus(PCI_LIFETIME_ALONE - Duration::from_micros(1));
        let (day_90, years) = (set_at.plus(PCI_LIFETIME_ALONE), set_at.plus(PCI_LIFETIME_ALONE * 40));
        for (preset, factors, now, expected) in [
            (Pci, PasswordAlone, last_moment, false),
            (Pci, PasswordAlone, day_90, true),
            (Pci, WithSecond, years, false),
            (Nist, PasswordAlone, years, false),
            (Nist, WithSecond, years, false),
        ] {
            assert_eq!(preset.rules(factors).is_too_old(set_at, now), expected, "{preset:?} {factors:?}");
        }
    }

    #[test]
    fn promise_or_16_the_figures_are_those_that_are_promised() {
        assert_eq!((NIST_CHARS_MIN, NIST_CHARS_MIN_ALONE, PCI_CHARS_MIN, PCI_REMEMBERED), (8, 15, 12, 4));
        assert!(TRIES_MAX <= 10 && Pci.pauses().first >= Duration::from_secs(30 * 60));
        assert_eq!(Pci.session_limits().idle, Duration::from_secs(15 * 60));
        assert_eq!(Preset::default(), Nist);
        assert!(Preset::ALL.iter().all(|preset| Preset::from_text(preset.text()) == Some(*preset)));
    }
}
