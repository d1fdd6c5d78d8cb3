//! How the server speaks: structured events on the standard error, without identifiers.
//!
//! What may not be logged is kept out where events are made (`web` logs templates, not paths; secret types print as
//! `[redacted]`). Libraries know nothing of that, and would print headers and addresses when asked for more: below a
//! warning, only our own crates are heard, whatever [`LOG_VARIABLE`] says. A test of this crate searches everything that
//! was logged at the finest level.

use std::io::IsTerminal as _;

use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::filter::{FilterExt as _, FilterFn, filter_fn};
use tracing_subscriber::fmt::{self, MakeWriter};
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};
use tracing_subscriber::{EnvFilter, Registry, registry};

/// The environment variable that asks for more or less: `debug`, `warn,web=debug`.
pub const LOG_VARIABLE: &str = "PURSER_LOG";
/// Crates whose every event is made with this in mind.
const OWN_CRATES: &[&str] = &["app", "devices", "identity", "inventory", "kernel", "purser", "store", "trust", "vulnerabilities", "web"];

/// The form of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogForm {
    /// For people.
    Text,
    /// One JSON object a line, for programs.
    Json,
}

/// Begins to log to the standard error; a second call does nothing.
pub fn begin(form: LogForm) {
    let wanted = EnvFilter::builder().with_env_var(LOG_VARIABLE).with_default_directive(Level::INFO.into()).from_env_lossy();
    let _already_begun = match form {
        LogForm::Text => {
            let is_coloured = std::io::stderr().is_terminal();
            let lines = fmt::layer().with_writer(std::io::stderr).with_ansi(is_coloured).with_target(false);
            tracing::subscriber::set_global_default(registry().with(lines.with_filter(wanted.and(discreet()))))
        }
        LogForm::Json => tracing::subscriber::set_global_default(json(std::io::stderr, wanted)),
    };
    // The standard hook prints a panic's message, which may hold what was being worked on.
    web::log_panics();
}

/// A subscriber that writes one JSON object a line; tests collect everything with it.
pub fn json<W>(writer: W, wanted: EnvFilter) -> impl Subscriber + Send + Sync
where
    W: for<'writer> MakeWriter<'writer> + Send + Sync + 'static,
{
    registry().with(fmt::layer::<Registry>().json().flatten_event(true).with_writer(writer).with_filter(wanted.and(discreet())))
}

fn discreet() -> FilterFn<fn(&Metadata<'_>) -> bool> {
    filter_fn(is_discreet)
}

/// Whether an event is a warning, or of a crate of ours.
fn is_discreet(event: &Metadata<'_>) -> bool {
    let of = event.target().split("::").next().unwrap_or_default();
    *event.level() <= Level::WARN || OWN_CRATES.contains(&of)
}

#[cfg(test)]
mod tests {
    use std::io::{self, Write};
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Heard(Arc<Mutex<Vec<u8>>>);

    impl Write for Heard {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_library_is_heard_from_a_warning_on_and_our_own_crates_always() {
        let heard = Heard::default();
        let writer = heard.clone();
        let subscriber = json(move || writer.clone(), EnvFilter::new("trace"));
        tracing::subscriber::with_default(subscriber, || {
            tracing::info!(target: "h2::proto", "a library's chatter");
            tracing::warn!(target: "h2::proto", "a library's warning");
            tracing::trace!(target: "web::front", "our own");
            tracing::trace!(target: "website", "not ours, though it begins alike");
        });
        let text = String::from_utf8(heard.0.lock().unwrap().clone()).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 2, "{text}");
        assert!(lines[0].contains("a library's warning") && lines[1].contains("our own"), "{text}");
    }
}
