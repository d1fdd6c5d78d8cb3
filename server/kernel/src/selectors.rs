//! Device selectors as the crates below `devices` see them: texts that somebody else can read.

use std::fmt;

/// Reads selectors. `devices` has the language; `identity`, which lies below it, keeps selectors as texts.
pub trait SelectorLanguage: fmt::Debug + Send + Sync {
    /// The text of a selector that a role may rest on, as it is to be kept.
    ///
    /// # Errors
    /// What is wrong with it, and where, for who wrote it.
    fn of_role(&self, text: &str) -> Result<String, String>;
}
