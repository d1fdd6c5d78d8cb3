//! `purser versions check`: our order against a native tool's answers.

use std::io::{self, BufWriter, Write as _};
use std::process::ExitCode;

use anyhow::Error;
use versions::Disagreement;
use words::{Sentence, sentence};

use crate::cli::{CheckArguments, VersionsCommand};
use crate::speech::Saying as _;
use crate::{input, speech};

pub(crate) fn run(command: &VersionsCommand) -> Result<ExitCode, Error> {
    let VersionsCommand::Check(arguments) = command;
    check(arguments)
}

fn check(arguments: &CheckArguments) -> Result<ExitCode, Error> {
    let vectors = input::open(&arguments.file)?;
    let report = versions::check_vectors(arguments.ecosystem, vectors)
        .saying(|| sentence!("cannot use {file}", "nie można użyć {file}", file = arguments.file.display()))?;
    let mut out = BufWriter::new(io::stdout().lock());
    let (agree, total) = (report.agree, report.total);
    writeln!(out, "{}", speech::said(&sentence!("{agree} of {total} agree", "zgodne: {agree} z {total}")))?;
    for disagreement in &report.disagreements {
        writeln!(out, "{}", speech::said(&disagreed(disagreement)))?;
    }
    out.flush()?;
    Ok(if report.disagreements.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn disagreed(disagreement: &Disagreement) -> Sentence {
    let Disagreement { line, a, b, expected, found } = disagreement;
    let expected = *expected as i8;
    sentence!(
        "line {line}: {a} against {b}: expected {expected}, found {found}",
        "wiersz {line}: {a} wobec {b}: oczekiwano {expected}, jest {found}"
    )
}
