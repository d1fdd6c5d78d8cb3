//! `purser erasure`: what is to be erased, by whoever may read the data folder.

use std::fs::File;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Error;
use app::host::{ErasureLine, Request};
use serde_json::Value;
use words::sentence;

use crate::cli::{ErasureCommand, ErasureRequestArguments, HostArguments, Output, OutputArguments};
use crate::installation::request;
use crate::speech::Saying as _;
use crate::{output, speech};

const SECONDS_PER_MINUTE: u64 = 60;

pub(crate) fn run(command: ErasureCommand) -> Result<ExitCode, Error> {
    match command {
        ErasureCommand::Request(arguments) => ask(arguments)?,
        ErasureCommand::List { tenant, host, output } => {
            let lines: Vec<ErasureLine> = request(&host, Request::ErasureList { tenant })?;
            match output.output {
                Output::Json => output::json(&lines)?,
                Output::Table => table(lines)?,
            }
        }
        ErasureCommand::Cancel { erasure, host, output } => {
            let line: ErasureLine = request(&host, Request::ErasureCancel { erasure })?;
            tell(&line, output)?;
        }
        ErasureCommand::Receipt { erasure, file, host } => receipt(erasure, &file, &host)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn ask(arguments: ErasureRequestArguments) -> Result<(), Error> {
    let ErasureRequestArguments { tenant, subject, delay, now, yes: _, host, output } = arguments;
    let (subject, id) = match (subject.device, subject.user) {
        (Some(device), _) => ("device", device),
        (None, Some(user)) => ("user", user),
        (None, None) => ("tenant", tenant.clone()),
    };
    let delay_seconds = delay.map(|minutes| minutes.saturating_mul(SECONDS_PER_MINUTE));
    let asked = Request::ErasureRequest { tenant, subject: subject.to_owned(), id, delay_seconds, now };
    tell(&request(&host, asked)?, output)
}

fn tell(line: &ErasureLine, output: OutputArguments) -> Result<(), Error> {
    if matches!(output.output, Output::Json) {
        return output::json(line);
    }
    let (erasure, id) = (&line.erasure, &line.id);
    let told = match line.state.as_str() {
        "done" => sentence!(
            "{id} is erased. Its receipt: purser erasure receipt {erasure} FILE",
            "Usunięto {id}. Pokwitowanie: purser erasure receipt {erasure} PLIK"
        ),
        "cancelled" => sentence!("{erasure} is called off: nothing was erased", "Odwołano {erasure}: niczego nie usunięto"),
        _ => sentence!(
            "{id} will be erased at {due}. Until then: purser erasure cancel {erasure}",
            "{id} zostanie usunięte {due}. Do tego czasu: purser erasure cancel {erasure}",
            due = output::when(line.due_at)
        ),
    };
    speech::answer(&told);
    Ok(())
}

fn table(lines: Vec<ErasureLine>) -> Result<(), Error> {
    let row = |line: ErasureLine| {
        let when = output::when(line.finished_at.unwrap_or(line.due_at));
        [line.erasure, line.id, state(&line.state, line.is_late), when, line.failure.unwrap_or_default()]
    };
    let headings = [
        sentence!("ERASURE", "USUNIĘCIE"),
        sentence!("OF", "CZEGO"),
        sentence!("STATE", "STAN"),
        sentence!("DUE OR DONE", "TERMIN LUB KONIEC"),
        sentence!("IN THE WAY", "PRZESZKODA"),
    ];
    output::table(headings, lines.into_iter().map(row))
}

fn state(state: &str, is_late: bool) -> String {
    let told = match (state, is_late) {
        ("done", _) => sentence!("done", "zakończone"),
        ("cancelled", _) => sentence!("called off", "odwołane"),
        (_, true) => sentence!("LATE", "SPÓŹNIONE"),
        ("running", _) => sentence!("under way", "w toku"),
        _ => sentence!("waiting", "oczekuje"),
    };
    speech::said(&told)
}

fn receipt(erasure: String, path: &Path, host: &HostArguments) -> Result<(), Error> {
    let cannot = || sentence!("cannot write {path}", "nie można zapisać {path}", path = path.display());
    // Asked first: one that is not done leaves no file.
    let receipt: Value = request(host, Request::ErasureReceipt { erasure })?;
    let file = File::create_new(path).saying(cannot)?;
    serde_json::to_writer_pretty(&file, &receipt).saying(cannot)?;
    file.sync_all().saying(cannot)?;
    speech::answer(&sentence!(
        "The receipt is in {path}. Verify it anywhere: purser verify receipt {path}",
        "Pokwitowanie jest w {path}. Można je sprawdzić gdziekolwiek: purser verify receipt {path}",
        path = path.display()
    ));
    Ok(())
}
