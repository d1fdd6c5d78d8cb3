//! A sub-processor: somebody else who processes tenants' data for the operator, and what everybody may know of it.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use kernel::Timestamp;
use kernel::data_map::DataClass;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Most characters of a key.
pub const KEY_CHARS_MAX: usize = 64;
/// Most characters of each text.
pub const TEXT_CHARS_MAX: usize = 1_000;
/// Most countries or regions.
pub const LOCATIONS_MAX: usize = 50;

/// Between the locations in their column; a location is one line.
const BETWEEN_LOCATIONS: char = '\n';

/// By what an entry is called: lower-case letters, digits and hyphens. Chosen by the operator, and never anybody else's later.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubProcessorKey(String);

impl SubProcessorKey {
    /// Its text.
    #[must_use]
    pub fn as_text(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SubProcessorKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for SubProcessorKey {
    type Err = FactsError;

    fn from_str(text: &str) -> Result<Self, FactsError> {
        let is_plain = text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'));
        let is_key = is_plain && !text.is_empty() && text.len() <= KEY_CHARS_MAX && !text.starts_with('-') && !text.ends_with('-');
        if is_key { Ok(Self(text.to_owned())) } else { Err(FactsError::Key) }
    }
}

/// What everybody may know of a sub-processor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The company.
    pub name: String,
    /// The classes of data that it gets.
    pub data_classes: BTreeSet<DataClass>,
    /// Which data.
    pub data: String,
    /// Which people there reach them.
    pub people: String,
    /// In which countries or regions.
    pub locations: Vec<String>,
    /// What it does with them.
    pub operations: String,
    /// What it is held to: contract, certificates, audits.
    pub compliance: String,
    /// Whether it requires a second factor of the people who reach the data.
    pub requires_second_factor: bool,
}

/// Why something cannot be in the register.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FactsError {
    /// The key is none.
    #[error("a sub-processor is called by 1 to {KEY_CHARS_MAX} lower-case letters, digits and hyphens, as in example-mail")]
    Key,
    /// A text is missing or too long.
    #[error("{0} is one line of 1 to {TEXT_CHARS_MAX} characters")]
    Text(&'static str),
    /// No class of data, or one that there is not.
    #[error("a class of data is public, configuration, identifying, personal or secret; one at least is needed")]
    Classes,
    /// No location, or too many.
    #[error("1 to {LOCATIONS_MAX} locations are needed")]
    Locations,
}

impl Facts {
    /// The facts, where they are whole.
    ///
    /// # Errors
    /// [`FactsError`].
    pub fn checked(self) -> Result<Self, FactsError> {
        let texts = [
            ("name", &self.name),
            ("data", &self.data),
            ("people", &self.people),
            ("operations", &self.operations),
            ("compliance", &self.compliance),
        ];
        let texts = texts.into_iter().chain(self.locations.iter().map(|location| ("a location", location)));
        if let Some((what, _)) = texts.into_iter().find(|(_, text)| !is_text(text)) {
            return Err(FactsError::Text(what));
        }
        if self.data_classes.is_empty() {
            return Err(FactsError::Classes);
        }
        if self.locations.is_empty() || self.locations.len() > LOCATIONS_MAX {
            return Err(FactsError::Locations);
        }
        Ok(self)
    }
}

fn is_text(text: &str) -> bool {
    !text.trim().is_empty() && text.chars().count() <= TEXT_CHARS_MAX && !text.chars().any(char::is_control)
}

/// What may become of a version of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Nobody was told yet.
    Proposed,
    /// Tenants are told, or were; its time has not come.
    Announced,
    /// Data may be sent.
    Effective,
    /// A newer version is in effect.
    Superseded,
    /// It is over.
    Ended,
}

/// A version of an entry, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// The entry.
    pub key: SubProcessorKey,
    /// The version's number, from 1 on.
    pub version: i64,
    /// What it says.
    pub facts: Facts,
    /// When it was proposed.
    pub proposed_at: Timestamp,
    /// When it was announced.
    pub announced_at: Option<Timestamp>,
    /// How many days lie between the last tenant's being told and its taking effect.
    pub notice_days: Option<u16>,
    /// When it takes effect, known once every tenant was told.
    pub effective_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

impl Version {
    pub(super) fn state(&self, now: Timestamp, is_superseded: bool) -> State {
        match (self.ended_at, self.effective_at, self.announced_at) {
            (Some(_), ..) => State::Ended,
            _ if is_superseded => State::Superseded,
            (_, Some(effective_at), _) if effective_at <= now => State::Effective,
            (_, _, Some(_)) => State::Announced,
            (_, _, None) => State::Proposed,
        }
    }
}

/// A version in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedVersion {
    /// How it stands.
    pub state: State,
    /// What it is.
    pub version: Version,
}

/// The text of a class, in the register and its answers.
#[must_use]
pub const fn class_text(class: DataClass) -> &'static str {
    match class {
        DataClass::Public => "public",
        DataClass::Configuration => "configuration",
        DataClass::Identifying => "identifying",
        DataClass::Personal => "personal",
        DataClass::Secret => "secret",
    }
}

/// The class of this text.
#[must_use]
pub fn class_from_text(text: &str) -> Option<DataClass> {
    let all = [DataClass::Public, DataClass::Configuration, DataClass::Identifying, DataClass::Personal, DataClass::Secret];
    all.into_iter().find(|class| class_text(*class) == text)
}

pub(super) fn classes_text(classes: &BTreeSet<DataClass>) -> String {
    classes.iter().map(|class| class_text(*class)).collect::<Vec<_>>().join(",")
}

pub(super) fn classes_from_text(text: &str) -> Option<BTreeSet<DataClass>> {
    text.split(',').map(class_from_text).collect()
}

pub(super) fn locations_text(locations: &[String]) -> String {
    locations.join(&BETWEEN_LOCATIONS.to_string())
}

pub(super) fn locations_from_text(text: &str) -> Vec<String> {
    text.split(BETWEEN_LOCATIONS).map(ToOwned::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts() -> Facts {
        Facts {
            name: "Example Mail GmbH".into(),
            data_classes: [DataClass::Personal, DataClass::Configuration].into(),
            data: "Addresses of owners, texts of notices".into(),
            people: "On-call engineers".into(),
            locations: vec!["DE".into(), "Republic of Ireland".into()],
            operations: "Delivers mail".into(),
            compliance: "Data processing agreement of 2026-01-01; ISO 27001".into(),
            requires_second_factor: true,
        }
    }

    #[test]
    fn an_entry_says_everything_or_is_none() {
        assert_eq!(facts().checked(), Ok(facts()));
        let at_the_limit = Facts { data: "x".repeat(TEXT_CHARS_MAX), ..facts() };
        assert_eq!(at_the_limit.clone().checked(), Ok(at_the_limit));
        assert_eq!(Facts { data: "x".repeat(TEXT_CHARS_MAX + 1), ..facts() }.checked(), Err(FactsError::Text("data")));
        assert_eq!(Facts { compliance: " ".into(), ..facts() }.checked(), Err(FactsError::Text("compliance")));
        assert_eq!(Facts { people: "a\nb".into(), ..facts() }.checked(), Err(FactsError::Text("people")));
        assert_eq!(Facts { data_classes: BTreeSet::new(), ..facts() }.checked(), Err(FactsError::Classes));
        assert_eq!(Facts { locations: vec![], ..facts() }.checked(), Err(FactsError::Locations));
        assert_eq!(Facts { locations: vec!["DE".into(); LOCATIONS_MAX + 1], ..facts() }.checked(), Err(FactsError::Locations));
    }

    #[test]
    fn columns_give_back_what_was_put_in_them() {
        let facts = facts();
        assert_eq!(classes_from_text(&classes_text(&facts.data_classes)), Some(facts.data_classes));
        assert_eq!(locations_from_text(&locations_text(&facts.locations)), facts.locations);
        assert_eq!(classes_from_text("personal,nothing"), None);
    }

    #[test]
    fn a_key_is_plain() {
        assert!("example-mail-2".parse::<SubProcessorKey>().is_ok());
        assert!("x".repeat(KEY_CHARS_MAX).parse::<SubProcessorKey>().is_ok());
        for wrong in ["", "-a", "a-", "Example", "a b", "ä", &"x".repeat(KEY_CHARS_MAX + 1)] {
            assert_eq!(wrong.parse::<SubProcessorKey>(), Err(FactsError::Key), "{wrong}");
        }
    }
}
