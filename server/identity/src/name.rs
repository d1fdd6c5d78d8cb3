//! Names that people give to things.

use std::fmt;
use std::str::FromStr;

use kernel::limits::NAME_BYTES_MAX;

/// A checked name of a tenant, token or group: not empty, within [`NAME_BYTES_MAX`], without control characters. It prints
/// as `[name]`.
#[derive(Clone, PartialEq, Eq)]
pub struct Name(String);

/// The text is not a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a name has 1 to {NAME_BYTES_MAX} bytes and no control characters")]
pub struct NameError;

impl Name {
    /// The name.
    #[must_use]
    pub fn as_text(&self) -> &str {
        &self.0
    }

    /// The name.
    #[must_use]
    pub fn into_text(self) -> String {
        self.0
    }
}

impl FromStr for Name {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let text = text.trim();
        let is_name = (1..=NAME_BYTES_MAX).contains(&text.len()) && !text.chars().any(char::is_control);
        if is_name { Ok(Self(text.to_owned())) } else { Err(NameError) }
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[name]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_keeps_its_limits() {
        assert_eq!(" Ada's fleet ".parse::<Name>().unwrap().as_text(), "Ada's fleet");
        assert!("a".repeat(NAME_BYTES_MAX).parse::<Name>().is_ok());
        for text in [String::new(), "  ".into(), "a".repeat(NAME_BYTES_MAX + 1), "a\u{7}b".into()] {
            assert_eq!(text.parse::<Name>(), Err(NameError), "{text:?}");
        }
    }
}
