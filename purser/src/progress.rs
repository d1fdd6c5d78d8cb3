//! Bars on a terminal; nothing where the standard error is no terminal.

use indicatif::{ProgressBar, ProgressStyle};

/// A bar over bytes of a file.
pub(crate) fn bytes(what: &str, total: u64) -> ProgressBar {
    let bar = ProgressBar::new(total);
    if let Ok(style) = ProgressStyle::with_template("{msg:30!} {bar:30} {bytes:>11}/{total_bytes:11} {eta:>4}") {
        bar.set_style(style);
    }
    bar.set_message(what.to_owned());
    bar
}

/// A sign of life for what has no known size.
pub(crate) fn spinner(what: &str) -> ProgressBar {
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {bytes}") {
        bar.set_style(style);
    }
    bar.set_message(what.to_owned());
    bar
}

/// A bar over steps, each with its name.
pub(crate) fn steps(total: u64) -> ProgressBar {
    let bar = ProgressBar::new(total);
    if let Ok(style) = ProgressStyle::with_template("{msg:30!} {bar:30} {pos}/{len}") {
        bar.set_style(style);
    }
    bar
}
