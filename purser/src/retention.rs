//! `purser retention`: for how long data are kept, and what is deleted next.

use std::process::ExitCode;

use anyhow::Error;
use app::host::{EndedLine, Request, RetentionLine, TimedLine};
use words::{Sentence, counted_en, counted_pl, sentence};

use crate::cli::{Output, RetentionCommand};
use crate::installation::request;
use crate::{output, speech};

pub(crate) fn run(command: RetentionCommand) -> Result<ExitCode, Error> {
    match command {
        RetentionCommand::Show { tenant, all, host, output } => {
            let mut lines: Vec<RetentionLine> = request(&host, Request::RetentionShow { tenant })?;
            lines.retain(|line| all || line.timed.is_some());
            match output.output {
                Output::Json => output::json(&lines)?,
                Output::Table => show(lines)?,
            }
        }
        RetentionCommand::Run { tenant, host, output } => {
            let lines: Vec<EndedLine> = request(&host, Request::RetentionRun { tenant })?;
            match output.output {
                Output::Json => output::json(&lines)?,
                Output::Table if lines.is_empty() => speech::answer(&sentence!(
                    "Nothing is deleted: nothing that was shown a day ago is past its retention. What goes next: purser retention show",
                    "Niczego nie usunięto: nic, co pokazano dobę temu, nie przekroczyło okresu przechowywania. Co dalej: purser retention show"
                )),
                Output::Table => ended(lines)?,
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn show(lines: Vec<RetentionLine>) -> Result<(), Error> {
    let headings = [
        sentence!("TENANT", "ORGANIZACJA"),
        sentence!("TABLE", "TABELA"),
        sentence!("KEPT", "PRZECHOWYWANE"),
        sentence!("ROWS", "WIERSZE"),
        sentence!("OLDEST", "NAJSTARSZY"),
        sentence!("GOES NEXT", "CO DALEJ"),
    ];
    let row = |line: RetentionLine| {
        let tenant = line.tenant.unwrap_or_else(|| speech::said(&sentence!("(nobody's)", "(niczyje)")));
        match line.timed {
            None => [tenant, line.table, kept(&line.retention), String::new(), String::new(), String::new()],
            Some(timed) => {
                let (days, rows) = (speech::said(&days(&timed)), timed.rows.to_string());
                let oldest = timed.oldest.map(output::when).unwrap_or_default();
                [tenant, line.table, days, rows, oldest, speech::said(&next(&timed))]
            }
        }
    };
    output::table(headings, lines.into_iter().map(row))
}

fn days(timed: &TimedLine) -> Sentence {
    let days = u64::from(timed.days);
    let (en, pl) = (counted_en(days, "day", "days"), counted_pl(days, "dzień", "dni", "dni"));
    match timed.bounds {
        Some((min, max)) if timed.is_chosen => {
            sentence!("{en} (chosen; {min} to {max})", "{pl} (wybrane; od {min} do {max})")
        }
        Some((min, max)) => sentence!("{en} ({min} to {max})", "{pl} (od {min} do {max})"),
        None => sentence!("{en}", "{pl}"),
    }
}

fn next(timed: &TimedLine) -> Sentence {
    match (&timed.going, timed.next_at) {
        (Some(going), _) => {
            let (en, pl) = (counted_en(going.rows, "row", "rows"), counted_pl(going.rows, "wiersz", "wiersze", "wierszy"));
            sentence!("{en} at {due}", "{pl}: {due}", due = output::when(going.due_at))
        }
        (None, Some(at)) => sentence!("the first after {at}", "pierwszy po {at}", at = output::when(at)),
        (None, None) => sentence!("nothing", "nic"),
    }
}

fn kept(retention: &str) -> String {
    speech::said(&match retention {
        "with-subject" => sentence!("as long as what it is of", "tak długo jak to, czego dotyczy"),
        "transient" => sentence!("until its work is done", "do wykonania pracy"),
        _ => sentence!("as long as the instance", "tak długo jak instancja"),
    })
}

fn ended(lines: Vec<EndedLine>) -> Result<(), Error> {
    let headings = [
        sentence!("TENANT", "ORGANIZACJA"),
        sentence!("TABLE", "TABELA"),
        sentence!("ROWS DELETED", "USUNIĘTE WIERSZE"),
        sentence!("UP TO", "AŻ DO"),
        sentence!("SHOWN", "POKAZANE"),
    ];
    let row = |line: EndedLine| [line.tenant, line.table, line.rows.to_string(), output::when(line.up_to), output::when(line.shown_at)];
    output::table(headings, lines.into_iter().map(row))
}
