//! The binary: serve, scan, versions, feeds, tenant, health.
//!
//! * [`cli`]: what can be typed, and its help. One file per command.
//! * [`input`], [`output`], [`progress`]: files in, tables and JSON out, bars on a terminal.
//!
//! Exit codes: 0 done; 1 it failed, or a check did not hold; 2 the command line is wrong; 3 the network is away.

mod administration;
mod cli;
mod feeds;
mod init;
mod input;
mod installation;
mod output;
mod progress;
mod scan;
mod serve;
mod trust_ca;
mod versions;

use std::process::ExitCode;

use anyhow::Error;
use clap::Parser as _;

use crate::cli::{Cli, Command};

/// glibc's arenas keep what a large import freed; this gives it back.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let command = Cli::parse().command;
    run(command).unwrap_or_else(|error| {
        eprintln!("purser: {}", sentence(&error));
        ExitCode::FAILURE
    })
}

fn run(command: Command) -> Result<ExitCode, Error> {
    match command {
        Command::Init(arguments) => init::run(arguments),
        Command::Serve(arguments) => serve::run(arguments),
        Command::Health(host) => administration::health(&host),
        Command::Tenant { command } => administration::tenant(command),
        Command::User { command } => administration::user(command),
        Command::Enrolment { command } => administration::enrolment(command),
        Command::Token { command } => administration::token(command),
        Command::Feeds { command } => feeds::run(command),
        Command::Doctor { command } => administration::doctor(command),
        Command::Certificate(host) => administration::certificate(&host),
        Command::TrustCa(arguments) => trust_ca::run(&arguments),
        Command::Scan(arguments) => scan::run(&arguments),
        Command::Versions { check } => versions::run(&check),
    }
}

/// An error with its causes as one line. A reader of a closed pipe has gone away by itself, and is told nothing.
fn sentence(error: &Error) -> String {
    error.chain().map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
