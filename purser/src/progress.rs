//! Bars on a terminal; nothing where the standard error is no terminal.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use tokio::time::sleep;

/// How often a bar is moved.
const LOOK_INTERVAL: Duration = Duration::from_millis(200);

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

/// A count of what has no known size.
pub(crate) fn counter(what: &str) -> ProgressBar {
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {human_pos}") {
        bar.set_style(style);
    }
    bar.set_message(what.to_owned());
    bar
}

/// Awaits something, and looks at how far it is from time to time.
pub(crate) async fn while_looking<T, F: Future<Output = ()>>(asked: impl Future<Output = T>, look: impl Fn() -> F) -> T {
    let mut asked = std::pin::pin!(asked);
    loop {
        tokio::select! {
            answered = &mut asked => return answered,
            () = sleep(LOOK_INTERVAL) => look().await,
        }
    }
}
