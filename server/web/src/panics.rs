//! What a panic leaves in the log: where, never what.
//!
//! The standard hook prints the panic's message, and the message of an `expect` holds the value that was not expected:
//! a path, a name, a piece of a body.

use std::panic::PanicHookInfo;

/// Makes panics of the whole program go to the log with their place in the source only. `app` calls it once, at start.
pub fn log_panics() {
    std::panic::set_hook(Box::new(|panic: &PanicHookInfo<'_>| {
        let (file, line) = panic.location().map_or(("unknown", 0), |location| (location.file(), location.line()));
        tracing::error!(panic.file = file, panic.line = line, "panicked");
    }));
}
