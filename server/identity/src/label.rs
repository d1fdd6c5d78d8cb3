//! Labels: `key=value` pairs that operators and enrolment tokens put on devices, never a report.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// Most labels of a device.
pub const LABELS_MAX: usize = 64;
/// Longest key, in bytes.
pub const LABEL_KEY_BYTES_MAX: usize = 63;
/// Longest value, in bytes of UTF-8.
pub const LABEL_VALUE_BYTES_MAX: usize = 200;

/// Checked labels, sorted by key. They print as their number, because operators write names into them.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Labels(BTreeMap<String, String>);

/// The labels are not acceptable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LabelError {
    /// More than [`LABELS_MAX`].
    #[error("a device has at most {LABELS_MAX} labels")]
    TooMany,
    /// A key with other characters, or too long.
    #[error("a label's key has 1 to {LABEL_KEY_BYTES_MAX} characters of a-z, 0-9, '.', '_', '-' and '/'")]
    Key,
    /// A value that is too long or has control characters.
    #[error("a label's value has at most {LABEL_VALUE_BYTES_MAX} bytes and no control characters")]
    Value,
}

impl Labels {
    /// Checks labels.
    ///
    /// # Errors
    /// [`LabelError`].
    pub fn new(labels: BTreeMap<String, String>) -> Result<Self, LabelError> {
        if labels.len() > LABELS_MAX {
            return Err(LabelError::TooMany);
        }
        for (key, value) in &labels {
            if !is_key(key) {
                return Err(LabelError::Key);
            }
            if value.len() > LABEL_VALUE_BYTES_MAX || value.chars().any(char::is_control) {
                return Err(LabelError::Value);
            }
        }
        Ok(Self(labels))
    }

    /// Key and value of each, sorted by key.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The labels as a map.
    #[must_use]
    pub fn into_map(self) -> BTreeMap<String, String> {
        self.0
    }

    /// Adds others; where a key is in both, the other's value stays. Keeps at most [`LABELS_MAX`].
    #[must_use]
    pub fn overlaid_with(mut self, others: &Self) -> Self {
        for (key, value) in &others.0 {
            if self.0.len() < LABELS_MAX || self.0.contains_key(key) {
                self.0.insert(key.clone(), value.clone());
            }
        }
        self
    }
}

impl fmt::Debug for Labels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{} labels]", self.0.len())
    }
}

/// Whether a text can be a label's key.
#[must_use]
pub fn is_key(text: &str) -> bool {
    let is_taken = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-/".contains(&byte);
    (1..=LABEL_KEY_BYTES_MAX).contains(&text.len()) && text.bytes().all(is_taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(pairs: &[(&str, &str)]) -> Result<Labels, LabelError> {
        Labels::new(pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn keys_and_values_keep_their_limits() {
        assert!(labels(&[("env", "prod"), ("site/room", "Łódź 3"), ("empty", "")]).is_ok());
        assert!(labels(&[(&"k".repeat(63), &"v".repeat(200))]).is_ok());
        assert_eq!(labels(&[(&"k".repeat(64), "v")]), Err(LabelError::Key));
        assert_eq!(labels(&[("", "v")]), Err(LabelError::Key));
        assert_eq!(labels(&[("Env", "v")]), Err(LabelError::Key));
        assert_eq!(labels(&[("env", &"v".repeat(201))]), Err(LabelError::Value));
        assert_eq!(labels(&[("env", "a\nb")]), Err(LabelError::Value));
    }

    #[test]
    fn a_device_has_sixty_four_labels_and_not_one_more() {
        let of = |count: usize| Labels::new((0..count).map(|n| (format!("k{n}"), String::new())).collect());
        assert!(of(LABELS_MAX).is_ok());
        assert_eq!(of(LABELS_MAX + 1), Err(LabelError::TooMany));
    }

    #[test]
    fn labels_do_not_print() {
        assert_eq!(format!("{:?}", labels(&[("owner", "ada")]).unwrap()), "[1 labels]");
    }
}
