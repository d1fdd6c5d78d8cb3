//! `purser versions check`: our order against a native tool's answers.

use std::io::{self, BufWriter, Write as _};
use std::process::ExitCode;

use anyhow::{Context as _, Error};

use crate::cli::{CheckArguments, VersionsCommand};
use crate::input;

pub(crate) fn run(command: &VersionsCommand) -> Result<ExitCode, Error> {
    let VersionsCommand::Check(arguments) = command;
    check(arguments)
}

fn check(arguments: &CheckArguments) -> Result<ExitCode, Error> {
    let vectors = input::open(&arguments.file)?;
    let report =
        versions::check_vectors(arguments.ecosystem, vectors).with_context(|| format!("cannot use {}", arguments.file.display()))?;
    let mut out = BufWriter::new(io::stdout().lock());
    writeln!(out, "{} of {} agree", report.agree, report.total)?;
    for disagreement in &report.disagreements {
        writeln!(out, "{disagreement}")?;
    }
    out.flush()?;
    Ok(if report.disagreements.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
