//! The help in Polish.
//!
//! The tables of the modules below are looked up by the English text itself, as clap has it: a text that is changed loses its Polish, and
//! the tests below fail. What clap writes by itself (headings, defaults, values) is written here instead.

mod bans;
mod client_certificate;
mod copies;
mod instance_log;
mod operator;
mod rights;
mod store;
mod successors;
mod texts;

use std::ffi::OsString;

use clap::{Arg, ArgAction, Command};

use self::copies::TEXTS as OF_COPIES;
use self::instance_log::TEXTS as OF_INSTANCE_LOG;
use self::rights::TEXTS as OF_RIGHTS;
use self::successors::TEXTS as OF_SUCCESSORS;
use self::texts::TEXTS;

const TEMPLATE: &str = "{about-with-newline}\nUżycie: {usage}\n\n{all-args}{after-help}";

/// The command with everything that it says in Polish.
pub(super) fn command(english: Command) -> Command {
    // Usages are made by whoever knows the names of all parents: a command that is built.
    let mut built = translated(english);
    let plain = built.clone();
    built.build();
    with_usages(plain, &built)
}

/// `purser help scan` as `purser scan --help`: clap would answer the first in English.
pub(super) fn plain_help(mut arguments: Vec<OsString>) -> Vec<OsString> {
    if arguments.get(1).is_some_and(|first| first == "help") {
        arguments.remove(1);
        arguments.push("--help".into());
    }
    arguments
}

/// A usage that clap wrote.
pub(super) fn usage(text: &str) -> String {
    text.replace("Usage:", "Użycie:")
        .replace("[OPTIONS]", "[OPCJE]")
        .replace("<COMMAND>", "<POLECENIE>")
        .replace("[COMMAND]", "[POLECENIE]")
}

fn translated(command: Command) -> Command {
    let is_root = command.get_name() == "purser";
    let texts =
        [command.get_about(), command.get_long_about(), command.get_after_help()].map(|text| text.map(|text| polish(&text.to_string())));
    let [about, long_about, after_help] = texts;
    let mut command = command
        .help_template(TEMPLATE)
        .subcommand_help_heading("Polecenia")
        .subcommand_value_name("POLECENIE")
        .disable_help_flag(true)
        .disable_help_subcommand(true)
        .mut_args(argument)
        .mut_subcommands(translated)
        .arg(own("help", 'h', "Pokaż pomoc (z --help pełną, z -h skróconą)", ArgAction::Help));
    if let Some(text) = about {
        command = command.about(text);
    }
    if let Some(text) = long_about {
        command = command.long_about(text);
    }
    if let Some(text) = after_help {
        command = command.after_help(text);
    }
    if is_root {
        let help = translated(Command::new("help").about("Pokaż pomoc do tego programu albo do podanego polecenia"));
        command = command.disable_version_flag(true).arg(own("version", 'V', "Pokaż wersję", ArgAction::Version)).subcommand(help);
    }
    command
}

fn own(name: &'static str, short: char, help: &'static str, action: ArgAction) -> Arg {
    Arg::new(name).short(short).long(name).action(action).help(help).help_heading("Opcje")
}

/// An argument's help, with what clap would add to it in English.
fn argument(argument: Arg) -> Arg {
    let heading = if argument.is_positional() { "Argumenty" } else { "Opcje" };
    let mut help = argument.get_help().map(|text| polish(&text.to_string())).unwrap_or_default();
    let mut long = argument.get_long_help().map(|text| polish(&text.to_string()));
    let added = additions(&argument);
    help.push_str(&added);
    if let Some(long) = &mut long {
        long.push_str(&added);
    }
    let names: Option<Vec<&'static str>> = argument.get_value_names().and_then(|names| names.iter().map(|name| known(name)).collect());
    let takes_values = argument.get_action().takes_values();
    let mut argument = argument.help(help).help_heading(heading).hide_env(true);
    if takes_values {
        argument = argument.hide_default_value(true).hide_possible_values(true);
    }
    if let Some(long) = long {
        argument = argument.long_help(long);
    }
    if let Some(names) = names {
        argument = argument.value_names(names);
    }
    argument
}

fn additions(argument: &Arg) -> String {
    let mut added = String::new();
    let takes_values = argument.get_action().takes_values();
    let values: Vec<String> = if takes_values { argument.get_possible_values().iter().filter_map(value).collect() } else { Vec::new() };
    if !values.is_empty() {
        added.push_str(&format!(" [wartości: {}]", values.join(", ")));
    }
    let defaults: Vec<_> = argument.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
    if takes_values && !defaults.is_empty() {
        added.push_str(&format!(" [domyślnie: {}]", defaults.join(", ")));
    }
    if let Some(variable) = argument.get_env() {
        added.push_str(&format!(" [zmienna: {}]", variable.to_string_lossy()));
    }
    added
}

fn value(value: &clap::builder::PossibleValue) -> Option<String> {
    if value.is_hide_set() {
        return None;
    }
    Some(
        value
            .get_help()
            .map_or_else(|| value.get_name().to_owned(), |help| format!("{} ({})", value.get_name(), polish(&help.to_string()))),
    )
}

fn with_usages(plain: Command, built: &Command) -> Command {
    let text = usage(&built.clone().render_usage().to_string());
    let plain = plain.override_usage(text.trim_start_matches("Użycie:").trim().to_owned());
    plain.mut_subcommands(|subcommand| match built.find_subcommand(subcommand.get_name()) {
        Some(built) => with_usages(subcommand, built),
        None => subcommand,
    })
}

/// The Polish of an English text; the text itself where there is none, which the tests do not allow.
fn polish(english: &str) -> String {
    known(english).unwrap_or(english).to_owned()
}

fn known(english: &str) -> Option<&'static str> {
    every().find(|(known, _)| *known == english).map(|(_, polish)| *polish)
}

fn every() -> impl Iterator<Item = &'static (&'static str, &'static str)> {
    TEXTS
        .iter()
        .chain(OF_RIGHTS)
        .chain(OF_SUCCESSORS)
        .chain(store::TEXTS)
        .chain(OF_COPIES)
        .chain(OF_INSTANCE_LOG)
        .chain(bans::TEXTS)
        .chain(client_certificate::TEXTS)
        .chain(operator::TEXTS)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use clap::CommandFactory as _;

    use super::super::Cli;
    use super::*;

    /// Every text that a command and those below it say.
    fn said(command: &Command, all: &mut BTreeSet<String>) {
        all.extend(
            [command.get_about(), command.get_long_about(), command.get_after_help()].into_iter().flatten().map(ToString::to_string),
        );
        for argument in command.get_arguments() {
            all.extend([argument.get_help(), argument.get_long_help()].into_iter().flatten().map(ToString::to_string));
            if argument.get_action().takes_values() {
                all.extend(argument.get_value_names().into_iter().flatten().map(ToString::to_string));
                all.extend(argument.get_possible_values().iter().filter_map(|value| value.get_help()).map(ToString::to_string));
            }
        }
        command.get_subcommands().for_each(|subcommand| said(subcommand, all));
    }

    #[test]
    fn every_text_has_its_polish_and_no_polish_is_left_over() {
        let mut said_texts = BTreeSet::new();
        said(&Cli::command(), &mut said_texts);
        let known: BTreeSet<String> = every().map(|(english, _)| (*english).to_owned()).collect();
        let missing: Vec<_> = said_texts.difference(&known).collect();
        assert!(missing.is_empty(), "without Polish in cli/polish/: {missing:#?}");
        let left_over: Vec<_> = known.difference(&said_texts).collect();
        assert!(left_over.is_empty(), "nobody says this any more: {left_over:#?}");
        assert_eq!(known.len(), every().count(), "a text is there twice");
    }

    #[test]
    fn options_commands_and_variables_that_a_text_names_are_named_in_polish_too() {
        let names = |text: &str| {
            let words = text.split(|character: char| character.is_whitespace() || "`,;()[]".contains(character));
            let names =
                words.map(|word| word.trim_end_matches(['.', ':'])).filter(|word| word.starts_with("--") || word.starts_with("PURSER_"));
            names.map(ToOwned::to_owned).collect::<BTreeSet<_>>()
        };
        for (english, polish) in every() {
            assert_eq!(names(english), names(polish), "{english}");
        }
    }

    #[test]
    fn nothing_of_claps_english_is_left_in_any_help() {
        fn look(mut command: Command) {
            let subcommands: Vec<Command> = command.get_subcommands().cloned().collect();
            for help in [command.render_help().to_string(), command.render_long_help().to_string()] {
                for english in [
                    "Usage",
                    "Options:",
                    "Commands:",
                    "Arguments:",
                    "[default",
                    "[env",
                    "[possible",
                    "Print help",
                    "[OPTIONS]",
                    "<COMMAND>",
                ] {
                    assert!(!help.contains(english), "{english} in {help}");
                }
                assert!(help.contains("Użycie: purser"), "{help}");
            }
            subcommands.into_iter().for_each(look);
        }
        command(Cli::command()).debug_assert();
        look(command(Cli::command()));
    }
}
