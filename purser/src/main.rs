//! The binary: serve, scan, versions, feeds, tenant, keys, erasure, ledger, export, import, leave, access-log, registers, breach,
//! rights, retention, store, mail, verify, witness, health.
//!
//! * [`cli`]: what can be typed, and its help. One file per command.
//! * [`speech`]: the language of the run, and how failures are said.
//! * [`input`], [`output`], [`progress`]: files in, tables and JSON out, bars on a terminal.
//!
//! Exit codes: 0 done; 1 it failed, or a check did not hold; 2 the command line is wrong; 3 the network is away.

mod access_log;
mod administration;
mod bans;
mod breach;
mod cli;
mod client_certificate;
mod doctor;
mod erasure;
mod export;
mod feeds;
mod init;
mod input;
mod installation;
mod instance_log;
mod keys;
mod leave;
mod ledger;
mod mail;
mod operator;
mod operator_door;
mod output;
mod owner;
mod progress;
mod registers;
mod retention;
mod rights;
mod scan;
mod serve;
mod speech;
mod store;
mod trust_ca;
mod verify;
mod verify_backup;
mod verify_export;
mod verify_store;
mod versions;
mod witness;

use std::env;
use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::Error;
use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};
use words::Language;

use crate::cli::{Command, Parsed};

/// glibc's arenas keep what a large import freed; this gives it back.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    keep_memory_private();
    let arguments: Vec<OsString> = env::args_os().collect();
    speech::choose(Language::choose(arguments.iter().skip(1), |name| env::var(name).ok()));
    let command = match cli::parse(arguments, speech::language()) {
        Parsed::Command(command) => command,
        Parsed::Said(code) => return code,
    };
    run(*command).unwrap_or_else(|error| {
        eprintln!("purser: {}", speech::said(&speech::chain(&error)));
        ExitCode::FAILURE
    })
}

/// Keys lie in this program's memory: a crash leaves no copy of it on the disk, and no other program of the same user may look
/// into it. Where a system refuses one of them, what is asked for is done all the same.
fn keep_memory_private() {
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    let _is_set = setrlimit(Resource::Core, none);
    let _is_set = set_dumpable_behavior(DumpableBehavior::NotDumpable);
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
        Command::Doctor(arguments) => doctor::run(arguments),
        Command::Erasure { command } => erasure::run(command),
        Command::Keys { command } => keys::run(command),
        Command::Ledger { command } => ledger::run(command),
        Command::AccessLog { command } => access_log::run(command),
        Command::Bans { command } => bans::run(command),
        Command::ClientCertificate { command } => client_certificate::run(command),
        Command::Rights { command } => rights::run(command),
        Command::Breach { command } => breach::run(command),
        Command::Operator { command } => operator::run(command),
        Command::Registers { command } => registers::run(command),
        Command::Retention { command } => retention::run(command),
        Command::Store { command } => store::run(command),
        Command::Mail { command } => mail::run(command),
        Command::Export(arguments) => export::run(arguments),
        Command::Import(arguments) => export::import(arguments),
        Command::Leave(arguments) => leave::run(arguments),
        Command::Verify { command } => verify::run(&command),
        Command::Witness { command } => witness::run(command),
        Command::Owner { command } => owner::run(&command),
        Command::Certificate(host) => administration::certificate(&host),
        Command::TrustCa(arguments) => trust_ca::run(&arguments),
        Command::Scan(arguments) => scan::run(&arguments),
        Command::Versions { check } => versions::run(&check),
    }
}
