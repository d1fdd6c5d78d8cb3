//! `purser doctor`: the live checks, one after another, and what they come to.

use std::process::ExitCode;

use anyhow::Error;
use app::host::{CheckLine, Outcome, Request};
use words::{Language, sentence};

use crate::cli::{DoctorArguments, DoctorCommand, HostArguments, Output};
use crate::installation::{reach, runtime};
use crate::{administration, output, progress, speech};

/// Nothing failed, but something could not be looked at.
const UNKNOWN: u8 = 2;

pub(crate) fn run(arguments: DoctorArguments) -> Result<ExitCode, Error> {
    let DoctorArguments { command, check, host, output } = arguments;
    if let Some(DoctorCommand::Index { host, output }) = command {
        return administration::index(&host, output);
    }
    let lines = runtime()?.block_on(examine(&host, check))?;
    let code = code(lines.iter().map(|line| line.result));
    match output.output {
        Output::Json => output::json(&lines)?,
        Output::Table => table(lines)?,
    }
    Ok(code)
}

/// Asks for one check after another, so that a long one shows which it is.
async fn examine(host: &HostArguments, names: Vec<String>) -> Result<Vec<CheckLine>, Error> {
    let installation = reach(host).await?;
    let examined = async {
        let names = if names.is_empty() { installation.ask::<Vec<String>>(Request::DoctorChecks {}).await? } else { names };
        let bar = progress::steps(names.len() as u64);
        let mut lines = Vec::with_capacity(names.len());
        for check in names {
            bar.set_message(check.clone());
            lines.push(installation.ask::<CheckLine>(Request::DoctorCheck { check }).await?);
            bar.inc(1);
        }
        bar.finish_and_clear();
        Ok(lines)
    };
    let examined = examined.await;
    installation.leave().await;
    examined
}

fn code(results: impl Iterator<Item = Outcome> + Clone) -> ExitCode {
    if results.clone().any(|result| result == Outcome::Failed) {
        return ExitCode::FAILURE;
    }
    if results.clone().any(|result| result == Outcome::Unknown) { ExitCode::from(UNKNOWN) } else { ExitCode::SUCCESS }
}

fn table(lines: Vec<CheckLine>) -> Result<(), Error> {
    let said = |line: &CheckLine| match speech::language() {
        Language::English => line.said.clone(),
        Language::Polish => line.said_pl.clone(),
    };
    let rows = lines.into_iter().map(|line| {
        let text = said(&line);
        [line.check, result(line.result), line.promises.join(" "), text]
    });
    let headings =
        [sentence!("CHECK", "SPRAWDZIAN"), sentence!("RESULT", "WYNIK"), sentence!("PROMISES", "OBIETNICE"), sentence!("SEEN", "CO WIDAĆ")];
    output::table(headings, rows)
}

fn result(result: Outcome) -> String {
    speech::said(&match result {
        Outcome::Ok => sentence!("ok", "w porządku"),
        Outcome::Warning => sentence!("warning", "ostrzeżenie"),
        Outcome::Failed => sentence!("FAILED", "ZŁAMANE"),
        Outcome::Unknown => sentence!("unknown", "nie wiadomo"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_counts_more_than_what_is_unknown_and_a_warning_is_neither() {
        let said = |results: &[Outcome]| format!("{:?}", code(results.iter().copied()));
        let (success, failure, unknown) = (ExitCode::SUCCESS, ExitCode::FAILURE, ExitCode::from(UNKNOWN));
        assert_eq!(said(&[Outcome::Ok, Outcome::Warning]), format!("{success:?}"));
        assert_eq!(said(&[Outcome::Unknown, Outcome::Failed, Outcome::Ok]), format!("{failure:?}"));
        assert_eq!(said(&[Outcome::Ok, Outcome::Unknown, Outcome::Warning]), format!("{unknown:?}"));
    }
}
