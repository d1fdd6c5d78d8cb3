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
