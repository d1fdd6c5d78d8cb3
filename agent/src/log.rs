//! One line an event, on standard error, where systemd's journal picks it up.
//!
//! Values are random ids, counts, sizes and fixed words: no name, address, token or body is ever written (the texts of
//! errors name the agent's own files only).

use std::fmt::Display;
use std::io::Write as _;

/// How much a line matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// As it should be.
    Info,
    /// It will be tried again.
    Warn,
    /// Someone must act.
    Error,
}

/// Writes a line: `level=info event=report.sent sequence=3`.
pub fn line(level: Level, event: &str, fields: &[(&str, &dyn Display)]) {
    let level = match level {
        Level::Info => "info",
        Level::Warn => "warn",
        Level::Error => "error",
    };
    let mut text = format!("level={level} event={event}");
    for (name, value) in fields {
        let value = value.to_string();
        let is_word = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"');
        text.push_str(&if is_word { format!(" {name}={value}") } else { format!(" {name}={value:?}") });
    }
    // Where standard error is closed there is nobody to tell.
    let _nobody_listens = writeln!(std::io::stderr(), "{text}");
}

/// An error with all its causes, in one text.
#[must_use]
pub fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let cause_text = cause.to_string();
        if !text.ends_with(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        next = cause.source();
    }
    text
}
