//! Which language a run speaks.

use std::ffi::OsStr;

/// The option by which a user asks for a language.
pub const LANGUAGE_OPTION: &str = "--language";
/// Where the environment says it, the most important first (POSIX.1-2024, section 8.2).
const VARIABLES: [&str; 3] = ["LC_ALL", "LC_MESSAGES", "LANG"];

/// A language.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// English, which everything falls back to.
    #[default]
    English,
    /// Polish.
    Polish,
}

impl Language {
    /// Every language.
    pub const ALL: [Self; 2] = [Self::English, Self::Polish];

    /// As it is typed: ISO 639-1.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Polish => "pl",
        }
    }

    /// The language of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.name() == name)
    }

    /// The language of a locale, as in `pl_PL.UTF-8`; English where we do not speak it.
    #[must_use]
    pub fn of_locale(locale: &str) -> Self {
        let name = locale.split(['_', '.', '@', '-']).next().unwrap_or_default().to_ascii_lowercase();
        Self::from_name(&name).unwrap_or_default()
    }

    /// The language of a run: what the arguments ask for, else what the environment says, else English. The arguments are
    /// looked through before they are parsed, since help and complaints about them are to be in that language too; whether
    /// the language exists is for the parser to say.
    pub fn choose<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>, variable: impl Fn(&str) -> Option<String>) -> Self {
        let said = VARIABLES.iter().find_map(|name| variable(name).filter(|value| !value.is_empty()));
        asked_for(arguments).unwrap_or_else(|| said.map_or(Self::English, |locale| Self::of_locale(&locale)))
    }
}

fn asked_for<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Option<Language> {
    let mut arguments = arguments.into_iter();
    while let Some(argument) = arguments.next() {
        let text = argument.as_ref().to_str().unwrap_or_default();
        if text == LANGUAGE_OPTION {
            return arguments.next().and_then(|value| Language::from_name(value.as_ref().to_str()?));
        }
        if let Some(value) = text.strip_prefix(LANGUAGE_OPTION).and_then(|rest| rest.strip_prefix('=')) {
            return Language::from_name(value);
        }
        if text == "--" {
            return None;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(arguments: &[&str], environment: &[(&str, &str)]) -> Language {
        Language::choose(arguments, |name| environment.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn without_a_word_a_run_speaks_english() {
        assert_eq!(chosen(&["scan"], &[]), Language::English);
        for locale in ["C", "C.UTF-8", "POSIX", "de_DE.UTF-8", "plt_MG"] {
            assert_eq!(chosen(&[], &[("LANG", locale)]), Language::English, "{locale}");
        }
    }

    #[test]
    fn the_environment_is_asked_in_the_order_of_posix_and_an_empty_variable_says_nothing() {
        for locale in ["pl_PL.UTF-8", "pl", "pl_PL@euro", "PL"] {
            assert_eq!(chosen(&[], &[("LANG", locale)]), Language::Polish, "{locale}");
        }
        assert_eq!(chosen(&[], &[("LC_ALL", "C"), ("LC_MESSAGES", "pl_PL"), ("LANG", "pl_PL")]), Language::English);
        assert_eq!(chosen(&[], &[("LC_ALL", ""), ("LC_MESSAGES", "pl_PL"), ("LANG", "en_GB")]), Language::Polish);
    }

    #[test]
    fn what_is_typed_counts_more_than_the_environment() {
        assert_eq!(chosen(&["scan", "--language", "pl"], &[("LANG", "en_GB")]), Language::Polish);
        assert_eq!(chosen(&["--language=en", "scan"], &[("LANG", "pl_PL")]), Language::English);
        assert_eq!(chosen(&["--language", "tlh"], &[("LANG", "pl_PL")]), Language::Polish);
        assert_eq!(chosen(&["--", "--language", "en"], &[("LANG", "pl_PL")]), Language::Polish);
    }
}
