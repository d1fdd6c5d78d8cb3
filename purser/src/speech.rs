//! How this program speaks to its user: in one language a run, sentences to the terminal, failures as one line.

use std::error::Error as StdError;
use std::fmt;
use std::sync::OnceLock;

use anyhow::Error;
use words::{Language, Sentence, Speaks, sentence};

static LANGUAGE: OnceLock<Language> = OnceLock::new();

/// Sets the language of the run; the first call counts.
pub(crate) fn choose(language: Language) {
    let _already_chosen = LANGUAGE.set(language);
}

/// The language of the run.
pub(crate) fn language() -> Language {
    LANGUAGE.get().copied().unwrap_or_default()
}

/// A sentence in the language of the run.
pub(crate) fn said(sentence: &Sentence) -> String {
    sentence.text(language()).to_owned()
}

/// An answer, to the standard output.
pub(crate) fn answer(sentence: &Sentence) {
    println!("{}", sentence.text(language()));
}

/// A remark, to the standard error: the standard output holds answers only.
pub(crate) fn remark(sentence: &Sentence) {
    eprintln!("{}", sentence.text(language()));
}

/// What failed here, and why.
#[derive(Debug)]
struct Failed {
    sentence: Sentence,
    cause: Option<Error>,
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.sentence.fmt(f)
    }
}

impl StdError for Failed {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.cause.as_ref().map(|cause| cause.as_ref() as &(dyn StdError + 'static))
    }
}

/// A failure that has no cause but itself.
pub(crate) fn failed(sentence: Sentence) -> Error {
    Failed { sentence, cause: None }.into()
}

/// Says what failed, where something below did.
pub(crate) trait Saying<T> {
    /// The value, or a failure with this sentence and what was below as its cause.
    fn saying(self, sentence: impl FnOnce() -> Sentence) -> Result<T, Error>;
}

impl<T, E: Into<Error>> Saying<T> for Result<T, E> {
    fn saying(self, sentence: impl FnOnce() -> Sentence) -> Result<T, Error> {
        self.map_err(|cause| Failed { sentence: sentence(), cause: Some(cause.into()) }.into())
    }
}

/// A failure with its causes.
pub(crate) fn chain(error: &Error) -> Sentence {
    words::chain(error.as_ref(), |error| {
        let own = error.downcast_ref::<Failed>().map(|failed| failed.sentence.clone());
        own.or_else(|| app::in_words::in_words(error)).or_else(|| error.downcast_ref().map(of_root)).or_else(|| {
            let usage = error.downcast_ref::<crate::cli::Wrong>()?;
            Some(usage.sentence())
        })
    })
}

fn of_root(error: &collect::RootError) -> Sentence {
    sentence!("cannot open the root directory {path}", "nie można otworzyć katalogu głównego {path}", path = error.path.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_one_line_with_every_cause_in_the_language_of_the_run() {
        let refused = Err::<(), _>(std::io::Error::from_raw_os_error(13));
        let error = refused.saying(|| sentence!("cannot read {path}", "nie można odczytać {path}", path = "/x")).unwrap_err();
        let said = chain(&error);
        assert_eq!(said.text(Language::English), "cannot read /x: Permission denied (os error 13)");
        assert_eq!(said.text(Language::Polish), "nie można odczytać /x: brak uprawnień (os error 13)");
    }
}
