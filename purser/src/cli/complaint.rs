//! What is wrong with a command line, in the language of the run.
//!
//! clap writes English; its errors carry what they are about, and of that the Polish sentences are made.

use std::error::Error as StdError;
use std::fmt;
use std::process::ExitCode;

use clap::Error;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use words::{Language, Sentence, Speaks};

/// A value that one of our own parsers refuses.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Wrong(pub(super) Sentence);

impl Speaks for Wrong {
    fn sentence(&self) -> Sentence {
        self.0.clone()
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl StdError for Wrong {}

/// Prints help to the standard output and complaints to the standard error; tells the exit code.
pub(super) fn say(error: &Error, language: Language) -> ExitCode {
    let is_help = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    let is_help_instead = error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand;
    if language == Language::English || is_help || is_help_instead {
        // Where nobody reads there is nobody to tell.
        let _nobody_reads = error.print();
    } else {
        eprintln!("{}", in_polish(error));
    }
    // 0 for help that was asked for, else 2.
    u8::try_from(error.exit_code()).map_or(ExitCode::FAILURE, ExitCode::from)
}

/// A complaint in Polish.
pub(super) fn in_polish(error: &Error) -> String {
    let text = |kind| error.get(kind).map(plain).unwrap_or_default();
    let (argument, value) = (text(ContextKind::InvalidArg), text(ContextKind::InvalidValue));
    let complaint = match error.kind() {
        ErrorKind::InvalidValue if value.is_empty() => format!("opcja „{argument}” wymaga wartości"),
        ErrorKind::InvalidValue => format!("niewłaściwa wartość „{value}” dla „{argument}”"),
        ErrorKind::ValueValidation => match error.source().map(reason) {
            Some(reason) => format!("niewłaściwa wartość „{value}” dla „{argument}”: {reason}"),
            None => format!("niewłaściwa wartość „{value}” dla „{argument}”"),
        },
        ErrorKind::UnknownArgument => format!("nieoczekiwany argument „{argument}”"),
        ErrorKind::InvalidSubcommand => format!("nie ma polecenia „{}”", text(ContextKind::InvalidSubcommand)),
        ErrorKind::MissingSubcommand => format!("brakuje polecenia po „{}”", text(ContextKind::InvalidSubcommand)),
        ErrorKind::MissingRequiredArgument => format!("brakuje wymaganych argumentów: {argument}"),
        ErrorKind::ArgumentConflict => format!("argumentu „{argument}” nie można użyć razem z „{}”", text(ContextKind::PriorArg)),
        ErrorKind::TooManyValues | ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues => {
            format!("niewłaściwa liczba wartości dla „{argument}”")
        }
        ErrorKind::NoEquals => format!("po „{argument}” musi stać znak równości"),
        ErrorKind::InvalidUtf8 => "argument nie jest poprawnym UTF-8".to_owned(),
        _ => error.to_string().trim().trim_start_matches("error: ").to_owned(),
    };
    let mut lines = vec![format!("purser: {complaint}")];
    let known = text(ContextKind::ValidValue);
    if !known.is_empty() {
        lines.push(format!("  możliwe wartości: {known}"));
    }
    let suggestions = [ContextKind::SuggestedArg, ContextKind::SuggestedSubcommand, ContextKind::SuggestedValue].map(text);
    for suggestion in suggestions.iter().filter(|suggestion| !suggestion.is_empty()) {
        lines.push(format!("  podobne: „{suggestion}”"));
    }
    let usage = text(ContextKind::Usage);
    if !usage.is_empty() {
        lines.push(format!("\n{}", super::polish::usage(&usage)));
    }
    lines.push("\nWięcej: purser --help".to_owned());
    lines.join("\n")
}

/// Why a value is refused: our parsers say it in both languages, those of the standard library in English.
fn reason(error: &(dyn StdError + 'static)) -> String {
    words::chain(error, |error| error.downcast_ref().map(Wrong::sentence)).text(Language::Polish).to_owned()
}

fn plain(value: &ContextValue) -> String {
    match value {
        ContextValue::String(text) => text.clone(),
        ContextValue::Strings(texts) => texts.join(", "),
        ContextValue::StyledStr(text) => text.to_string(),
        ContextValue::StyledStrs(texts) => texts.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
        ContextValue::Number(number) => number.to_string(),
        ContextValue::Bool(_) | ContextValue::None => String::new(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    fn complaint(arguments: &[&str]) -> String {
        let command = super::super::polish::command(super::super::Cli::command());
        in_polish(&command.try_get_matches_from([&["purser"], arguments].concat()).expect_err("it is wrong"))
    }

    #[test]
    fn each_kind_of_mistake_is_said_in_polish() {
        let said = |arguments: &[&str], expected: &str| {
            let complaint = complaint(arguments);
            assert!(complaint.starts_with(&format!("purser: {expected}")), "{complaint}");
            for english in ["error", "Usage", "OPTIONS", "For more"] {
                assert!(!complaint.contains(english), "{english}: {complaint}");
            }
        };
        said(&["fly"], "nie ma polecenia „fly”");
        said(&["tenant", "lst"], "nie ma polecenia „lst”");
        said(&["scan", "--speed"], "nieoczekiwany argument „--speed”");
        said(&["scan", "--output", "yaml"], "niewłaściwa wartość „yaml” dla „--output <FORMAT>”");
        said(&["scan", "--output"], "opcja „--output <FORMAT>” wymaga wartości");
        said(&["scan", "--os", "a b"], "niewłaściwa wartość „a b” dla „--os <ID:WERSJA>”: oczekiwano ID:VERSION_ID");
        said(&["user", "recover"], "brakuje wymaganych argumentów: --tenant <ORGANIZACJA>, --email <ADRES>");
        said(&["scan", "--root", "/x", "--dpkg-status", "y"], "argumentu „--root <KATALOG>” nie można użyć razem z „--dpkg-status <PLIK>”");
    }

    #[test]
    fn what_was_meant_and_what_is_possible_is_offered() {
        let said = complaint(&["tenant", "lst"]);
        assert!(said.contains("podobne: „list”"), "{said}");
        let said = complaint(&["scan", "--output", "yaml"]);
        assert!(said.contains("możliwe wartości: table, json"), "{said}");
    }
}
