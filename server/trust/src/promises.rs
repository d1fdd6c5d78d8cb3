//! The promises that this product keeps, in the words of their files in `promises/`, which are built into the program. The Trust
//! page and the doctor print these sentences, and nobody writes another one.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;
use words::Sentence;

include!(concat!(env!("OUT_DIR"), "/promises.rs"));

static PROMISES: LazyLock<Vec<Promise>> = LazyLock::new(|| {
    // `xtask tidy` reads the same files by the same rules, so that none that does not parse is ever built in.
    let mut promises: Vec<Promise> = FILES.iter().map(|text| toml::from_str(text).expect("a promise's file is sound")).collect();
    promises.sort_by_key(Promise::place);
    promises
});

/// How a promise is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum PromiseKind {
    /// Enforced in code, always on.
    #[serde(rename = "E")]
    Enforced,
    /// A policy of the tenant or the operator, enforced in code.
    #[serde(rename = "P")]
    Policy,
    /// A deployment template that is shipped and tested.
    #[serde(rename = "D")]
    Deployment,
    /// A duty of the operator's organisation, of which the product keeps the register.
    #[serde(rename = "O")]
    Organisation,
}

impl PromiseKind {
    /// The text form.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Enforced => "enforced",
            Self::Policy => "policy",
            Self::Deployment => "deployment",
            Self::Organisation => "organisation",
        }
    }
}

/// A promise.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Promise {
    /// Its code: `OP-8`.
    pub code: String,
    sentence: String,
    sentence_pl: String,
    /// How it is kept.
    pub kind: PromiseKind,
    /// Files of the code that enforces it.
    #[serde(default)]
    pub enforced_by: Vec<String>,
    /// The tests that prove it.
    #[serde(default)]
    pub proved_by: Vec<String>,
    /// The kind of the ledger's entries that are evidence of it, where there is one.
    #[serde(default)]
    pub leaf: Option<String>,
    /// The live check of the doctor that looks whether it is kept here and now; absent: only tests prove it.
    #[serde(default)]
    pub doctor: Option<String>,
}

impl Promise {
    /// What is promised.
    #[must_use]
    pub fn sentence(&self) -> Sentence {
        Sentence::new(self.sentence.as_str(), self.sentence_pl.as_str())
    }

    /// By family, then by number: `OP-8` comes before `OP-10`.
    fn place(&self) -> (String, u16) {
        let (family, number) = self.code.split_once('-').unwrap_or((&self.code, ""));
        (family.to_owned(), number.parse().unwrap_or(u16::MAX))
    }
}

static ANNOUNCED: LazyLock<Vec<Change>> = LazyLock::new(|| {
    let announced: Announced = toml::from_str(CHANGES).expect("the list of changes is sound");
    announced.change
});

static POLISH_PURPOSES: LazyLock<BTreeMap<String, String>> =
    LazyLock::new(|| toml::from_str(PURPOSES).expect("the list of purposes is sound"));

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Announced {
    change: Vec<Change>,
}

/// A change of what is said of privacy, announced.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// Number of the version that it made.
    pub version: u32,
    /// When: a day.
    pub date: String,
    /// Digest of everything that is said by that version, in hexadecimal.
    pub digest: String,
    en: String,
    pl: String,
}

impl Change {
    /// What changed.
    #[must_use]
    pub fn sentence(&self) -> Sentence {
        Sentence::new(self.en.as_str(), self.pl.as_str())
    }
}

/// Every announced change, the newest last.
#[must_use]
pub fn changes() -> &'static [Change] {
    &ANNOUNCED
}

/// What a table is for, in Polish; by the name of its store and its own.
#[must_use]
pub fn polish_purpose(store: &str, table: &str) -> Option<&'static str> {
    POLISH_PURPOSES.get(&format!("{store}.{table}")).map(String::as_str)
}

/// Every promise that is kept, by family and number.
#[must_use]
pub fn promises() -> &'static [Promise] {
    &PROMISES
}

#[cfg(test)]
mod tests {
    use words::Language;

    use super::*;

    #[test]
    fn announced_versions_are_counted_from_one_and_each_says_what_changed() {
        for (place, change) in changes().iter().enumerate() {
            assert_eq!(change.version as usize, place + 1);
            assert!(change.date.len() == "2026-11-28".len() && !change.en.is_empty() && !change.pl.is_empty());
        }
        assert!(!changes().is_empty());
    }

    #[test]
    fn every_promise_is_built_in_once_with_both_sentences_and_in_order() {
        let codes: Vec<&str> = promises().iter().map(|promise| promise.code.as_str()).collect();
        assert_eq!(codes.len(), FILES.len());
        let place = |code: &str| codes.iter().position(|other| *other == code);
        assert!(place("OP-9").is_some() && place("OP-9") < place("OP-10"), "{codes:?}");
        for promise in promises() {
            let sentence = promise.sentence();
            assert!(sentence.text(Language::English) != sentence.text(Language::Polish), "{}", promise.code);
            assert!(promise.kind == PromiseKind::Organisation || !promise.proved_by.is_empty(), "{}", promise.code);
        }
    }
}
