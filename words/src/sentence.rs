//! One sentence in every language.

use std::error::Error;
use std::fmt;

use crate::{Language, of_io_error};

/// A sentence in every language. `Display` is English.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sentence {
    en: String,
    pl: String,
}

/// Something that says what it is in every language: an error, above all.
pub trait Speaks {
    /// What it says.
    fn sentence(&self) -> Sentence;
}

/// Makes a [`Sentence`] of two format strings and the values that both show: `sentence!("cannot read {path}", "nie można
/// odczytać {path}", path = path.display())`. A value that is missing in one of them does not compile.
#[macro_export]
macro_rules! sentence {
    ($en:literal, $pl:literal $(, $($value:tt)*)?) => {
        $crate::Sentence::new(::std::format!($en $(, $($value)*)?), ::std::format!($pl $(, $($value)*)?))
    };
}

impl Sentence {
    /// A sentence of its two forms; most are made by [`sentence!`].
    #[must_use]
    pub fn new(en: impl Into<String>, pl: impl Into<String>) -> Self {
        Self { en: en.into(), pl: pl.into() }
    }

    /// A text that is the same in every language: a name, a number, somebody else's words.
    #[must_use]
    pub fn same(text: impl Into<String>) -> Self {
        let text = text.into();
        Self { pl: text.clone(), en: text }
    }

    /// It in one language.
    #[must_use]
    pub fn text(&self, language: Language) -> &str {
        match language {
            Language::English => &self.en,
            Language::Polish => &self.pl,
        }
    }

    /// It and another one after it, with a text between them.
    #[must_use]
    pub fn then(self, between: &str, other: &Self) -> Self {
        Self { en: format!("{}{between}{}", self.en, other.en), pl: format!("{}{between}{}", self.pl, other.pl) }
    }
}

impl fmt::Display for Sentence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.en)
    }
}

/// An error with its causes as one sentence. `of` knows what an error says in every language; whatever it does not know is
/// somebody else's words, and stays as it is. A cause that its error repeats is not said twice.
#[must_use]
pub fn chain(error: &(dyn Error + 'static), of: impl Fn(&(dyn Error + 'static)) -> Option<Sentence>) -> Sentence {
    let said = |error: &(dyn Error + 'static)| {
        let os = || error.downcast_ref::<std::io::Error>().map(of_io_error);
        of(error).or_else(os).unwrap_or_else(|| Sentence::same(error.to_string()))
    };
    let causes = std::iter::successors(error.source(), |&cause| cause.source());
    causes.map(&said).fold(said(error), |all, cause| if all.en.ends_with(&cause.en) { all } else { all.then(": ", &cause) })
}

/// A number with its noun in English: `counted_en(2, "row", "rows")`.
#[must_use]
pub fn counted_en(number: u64, one: &str, other: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { other })
}

/// A number with its noun in Polish: `counted_pl(2, "wiersz", "wiersze", "wierszy")` (CLDR's one, few and many).
#[must_use]
pub fn counted_pl(number: u64, one: &str, few: &str, many: &str) -> String {
    let noun = match (number, number % 10, number % 100) {
        (1, _, _) => one,
        (_, 2..=4, tens) if !(12..=14).contains(&tens) => few,
        _ => many,
    };
    format!("{number} {noun}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_says_the_same_values_in_both_languages() {
        let path = "/x";
        let said = sentence!("cannot read {path}: {why}", "nie można odczytać {path}: {why}", why = 3);
        assert_eq!(said.text(Language::English), "cannot read /x: 3");
        assert_eq!(said.text(Language::Polish), "nie można odczytać /x: 3");
        assert_eq!(said.to_string(), "cannot read /x: 3");
    }

    #[test]
    fn a_chain_says_each_cause_once_and_leaves_a_strangers_words() {
        #[derive(Debug)]
        struct Outer(std::io::Error);
        impl fmt::Display for Outer {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("cannot read it")
            }
        }
        impl Error for Outer {
            fn source(&self) -> Option<&(dyn Error + 'static)> {
                Some(&self.0)
            }
        }
        let ours = |error: &(dyn Error + 'static)| error.is::<Outer>().then(|| sentence!("cannot read it", "nie można tego odczytać"));
        let said = chain(&Outer(std::io::Error::from_raw_os_error(13)), ours);
        assert_eq!(said.text(Language::Polish), "nie można tego odczytać: brak uprawnień (os error 13)");
        let strange = chain(&Outer(std::io::Error::other("the disk is on fire")), ours);
        assert_eq!(strange.text(Language::Polish), "nie można tego odczytać: the disk is on fire");
    }

    #[test]
    fn nouns_follow_their_number() {
        let polish = |number| counted_pl(number, "wiersz", "wiersze", "wierszy");
        let said = [0, 1, 2, 4, 5, 11, 12, 14, 21, 22, 25, 112, 122].map(polish).join(", ");
        assert_eq!(
            said,
            "0 wierszy, 1 wiersz, 2 wiersze, 4 wiersze, 5 wierszy, 11 wierszy, 12 wierszy, 14 wierszy, 21 wierszy, 22 wiersze, 25 wierszy, \
             112 wierszy, 122 wiersze"
        );
        assert_eq!((counted_en(1, "row", "rows"), counted_en(0, "row", "rows")), ("1 row".into(), "0 rows".into()));
    }
}
