//! `purser verify store`: whether the installation's stores hold what was written.

use std::process::ExitCode;

use anyhow::Error;
use app::host::{Request, StoreFinding, StoreLine};
use words::{Sentence, sentence};

use crate::cli::{Output, VerifyStoreArguments};
use crate::installation::request;
use crate::{output, speech};

pub(crate) fn run(arguments: &VerifyStoreArguments) -> Result<ExitCode, Error> {
    let lines: Vec<StoreLine> = request(&arguments.host, Request::VerifyStore { tenant: arguments.tenant.clone() })?;
    let is_sound = lines.iter().all(|line| line.findings_total == 0);
    match arguments.output.output {
        Output::Json => output::json(&lines)?,
        Output::Table => tell(lines)?,
    }
    Ok(if is_sound { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn tell(lines: Vec<StoreLine>) -> Result<(), Error> {
    let headings = [
        sentence!("TENANT", "ORGANIZACJA"),
        sentence!("ROWS", "WIERSZE"),
        sentence!("OPENED", "OTWARTE"),
        sentence!("ERASED", "USUNIĘTE"),
        sentence!("WRONG", "NIEZGODNE"),
    ];
    let numbers = |line: &StoreLine| [line.rows, line.values, line.erased, line.findings_total].map(|number| number.to_string());
    let row = |line: &StoreLine| {
        let [rows, values, erased, wrong] = numbers(line);
        [line.tenant.clone(), rows, values, erased, wrong]
    };
    output::table(headings, lines.iter().map(row))?;
    for line in &lines {
        for finding in &line.findings {
            speech::answer(&in_words(&line.tenant, finding));
        }
        if line.findings_total > line.findings.len() as u64 {
            let more = line.findings_total - line.findings.len() as u64;
            speech::answer(&sentence!("{tenant}: and {more} more", "{tenant}: i jeszcze {more}", tenant = line.tenant));
        }
    }
    Ok(())
}

fn in_words(tenant: &str, finding: &StoreFinding) -> Sentence {
    let StoreFinding { table, row, column, what } = finding;
    match what.as_str() {
        "altered" => sentence!(
            "{tenant}: {table}, {row}, {column}: it was changed, moved, or comes from elsewhere",
            "{tenant}: {table}, {row}, {column}: zmieniono to, przeniesiono albo pochodzi skądinąd"
        ),
        "not-in-tree" => sentence!(
            "{tenant}: {table}, {row}: it is not the entry that the ledger has at this place",
            "{tenant}: {table}, {row}: to nie jest wpis, który dziennik ma w tym miejscu"
        ),
        "missing" => sentence!("{tenant}: {table}, {row}: the entry is missing", "{tenant}: {table}, {row}: brakuje wpisu"),
        "rolled-back" => sentence!(
            "{tenant}: {table}: only {row} that were signed are there; it was put back to an earlier state",
            "{tenant}: {table}: z podpisanych wpisów są tylko {row}; przywrócono stan wcześniejszy"
        ),
        _ => sentence!("{tenant}: {table}: {row}: it is not what was signed", "{tenant}: {table}: {row}: to nie jest to, co podpisano"),
    }
}
