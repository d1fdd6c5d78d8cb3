//! How what a password is held to stands in answers.

use schemars::JsonSchema;
use serde::Serialize;

use crate::preset::Rules;

/// What a password is held to, besides not being a common one.
#[derive(Serialize, JsonSchema)]
pub(super) struct PasswordRules {
    /// Characters that it has at least.
    chars_min: usize,
    /// Whether it needs a letter and a digit.
    letters_and_digits: bool,
    /// How many of the last ones may not come again, the present one counted.
    remembered: usize,
}

impl From<Rules> for PasswordRules {
    fn from(rules: Rules) -> Self {
        Self { chars_min: rules.chars_min, letters_and_digits: rules.has_letters_and_digits, remembered: rules.remembered }
    }
}
