//! How the server speaks: structured events on the standard error, without identifiers.
//!
//! What may not be logged is kept out where events are made (`web` logs templates, not paths; secret types print as
//! `[redacted]`); a test of this crate searches everything that was logged.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

/// The environment variable that asks for more or less: `debug`, `warn,web=debug`.
pub const LOG_VARIABLE: &str = "PURSER_LOG";

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
    let filter = EnvFilter::builder().with_env_var(LOG_VARIABLE).with_default_directive(tracing::Level::INFO.into()).from_env_lossy();
    let _already_begun = match form {
        LogForm::Text => {
            let is_coloured = std::io::stderr().is_terminal();
            let lines =
                tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(is_coloured).with_target(false);
            tracing::subscriber::set_global_default(lines.finish())
        }
        LogForm::Json => tracing::subscriber::set_global_default(json(std::io::stderr, filter)),
    };
}

/// A subscriber that writes one JSON object a line; tests collect everything with it.
pub fn json<W>(writer: W, filter: EnvFilter) -> impl tracing::Subscriber + Send + Sync
where
    W: for<'writer> MakeWriter<'writer> + Send + Sync + 'static,
{
    tracing_subscriber::fmt().json().flatten_event(true).with_env_filter(filter).with_writer(writer).finish()
}
