//! purser-agent: enrols, collects on a schedule, writes the inspection copy, sends.

use std::process::ExitCode;

fn main() -> ExitCode {
    agent::cli::main(std::env::args_os().skip(1))
}
