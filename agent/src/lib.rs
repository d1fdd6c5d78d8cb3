//! purser-agent: enrols, collects on a schedule, writes the inspection copy, sends.
//!
//! A report's way: [`work`] asks `collect` for the host's state when [`schedule`] says so; [`outbox`] turns it into a
//! full report, a delta or a check-in and keeps it on disk; [`session`] proves the server and signs in as the [`device`];
//! [`outbox`] writes the inspection copy; [`transport`] sends. [`cli`] is the program around it.
//!
//! Invariants: nothing is sent in the clear; nothing but a challenge is sent to a server that has not proven itself;
//! nothing is sent that is not in the inspection copy; what the host switches off is not collected, whatever the server
//! says.

pub mod body;
pub mod cli;
pub mod config;
pub mod device;
pub mod enrol;
pub mod host_identity;
pub mod log;
pub mod outbox;
pub mod schedule;
pub mod server_url;
pub mod session;
pub mod state_dir;
pub mod transport;
pub mod work;
