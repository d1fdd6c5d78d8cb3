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
        sentence!("COMPARED", "PORÓWNANE"),
        sentence!("ERASED", "USUNIĘTE"),
        sentence!("WRONG", "NIEZGODNE"),
    ];
    let numbers =
        |line: &StoreLine| [line.rows, line.values, line.compared, line.erased, line.findings_total].map(|number| number.to_string());
    let row = |line: &StoreLine| {
        let [rows, values, compared, erased, wrong] = numbers(line);
        [line.tenant.clone(), rows, values, compared, erased, wrong]
    };
    output::table(headings, lines.iter().map(row))?;
    for line in &lines {
        if line.uncompared > 0 {
            speech::answer(&sentence!(
                "{tenant}: {uncompared} values are not compared yet with what was written last; the server does that for the first time soon after its start",
                "{tenant}: nie porównano jeszcze z ostatnim zapisem tylu wartości: {uncompared}; serwer zaczyna to robić wkrótce po uruchomieniu",
                tenant = line.tenant,
                uncompared = line.uncompared
            ));
        }
        tell_findings(&line.tenant, &line.findings, line.findings_total);
    }
    Ok(())
}

/// Says what is wrong: of so many things some are named.
pub(crate) fn tell_findings(whose: &str, named: &[StoreFinding], total: u64) {
    for finding in named {
        speech::answer(&in_words(whose, finding));
    }
    let more = total.saturating_sub(named.len() as u64);
    if more > 0 {
        speech::answer(&sentence!("{whose}: and {more} more", "{whose}: i jeszcze {more}"));
    }
}

fn in_words(tenant: &str, finding: &StoreFinding) -> Sentence {
    let StoreFinding { table, row, column, what } = finding;
    match what.as_str() {
        "altered" => sentence!(
            "{tenant}: {table}, {row}, {column}: it was changed, moved, or comes from elsewhere",
            "{tenant}: {table}, {row}, {column}: zmieniono to, przeniesiono albo pochodzi skądinąd"
        ),
        "put-back" => sentence!(
            "{tenant}: {table}, {row}, {column}: it was put back to an older state",
            "{tenant}: {table}, {row}, {column}: przywrócono stan wcześniejszy"
        ),
        "unknown" => sentence!(
            "{tenant}: {table}, {row}, {column}: it was never written, or it was removed and is there again",
            "{tenant}: {table}, {row}, {column}: nigdy tego nie zapisano albo usunięto to i jest znowu"
        ),
        "removed" => sentence!(
            "{tenant}: {table}, {row}, {column}: it was written and is missing",
            "{tenant}: {table}, {row}, {column}: zapisano to, a teraz tego brakuje"
        ),
        "restamped" => sentence!(
            "{tenant}: {table}, {row}, {column}: its stamp, which says what was written last, is an old one or a forgery",
            "{tenant}: {table}, {row}, {column}: znacznik, który mówi, co zapisano ostatnio, jest stary albo podrobiony"
        ),
        "stamps-put-back" => sentence!(
            "{tenant}: {table}: its stamps are not those that were settled: the table was put back together with them",
            "{tenant}: {table}: jej znaczniki nie są tymi, które rozliczono: tabelę przywrócono razem z nimi"
        ),
        "stamps-behind" => sentence!(
            "{tenant}: {table}: only {row} that the ledger knows of are there; the store was put back to an earlier state",
            "{tenant}: {table}: dziennik zna późniejsze ({row}); bazę przywrócono do stanu wcześniejszego"
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
