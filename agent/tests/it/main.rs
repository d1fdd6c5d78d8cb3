//! The agent against a server in the same process, and against a real TLS listener.

#![expect(clippy::unwrap_used, reason = "a test that cannot build its world should stop there")]

mod away;
mod clones;
mod command_line;
mod enrolment;
mod fake_server;
mod kinds;
mod relay;
mod reports;
mod service;
mod tls_listener;
mod world;
