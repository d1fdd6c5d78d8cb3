//! `purser rights`: requests of people about their data.

use std::process::ExitCode;

use anyhow::Error;
use app::host::{Request, RightsAsked, RightsFacts, RightsLine};
use serde::de::DeserializeOwned;
use words::{Sentence, sentence};

use crate::cli::{Output, RightsArguments, RightsCommand};
use crate::{installation, output, speech};

pub(crate) fn run(command: RightsCommand) -> Result<ExitCode, Error> {
    match command {
        RightsCommand::Open { kind, about, text, received_at, of } => show(&of, RightsAsked::Open { kind, about, text, received_at })?,
        RightsCommand::List { of } => {
            let lines: Vec<RightsLine> = ask(&of, RightsAsked::List {})?;
            match of.output.output {
                Output::Json => output::json(&lines)?,
                Output::Table => table(&lines)?,
            }
        }
        RightsCommand::Show { of } => show(&of.of, RightsAsked::Read { request: of.request })?,
        RightsCommand::Note { of, text } => show(&of.of, RightsAsked::Note { request: of.request, text })?,
        RightsCommand::Extend { of, reason } => show(&of.of, RightsAsked::Extend { request: of.request, reason })?,
        RightsCommand::Fulfil { of, export, erasure, text } => {
            show(&of.of, RightsAsked::Fulfil { request: of.request, export, erasure, text })?;
        }
        RightsCommand::Refuse { of, reason } => show(&of.of, RightsAsked::Refuse { request: of.request, reason })?,
    }
    Ok(ExitCode::SUCCESS)
}

fn ask<T: DeserializeOwned>(of: &RightsArguments, asked: RightsAsked) -> Result<T, Error> {
    installation::request(&of.host, Request::Rights { tenant: of.tenant.clone(), asked })
}

fn show(of: &RightsArguments, asked: RightsAsked) -> Result<(), Error> {
    let facts: RightsFacts = ask(of, asked)?;
    if of.output.output == Output::Json {
        return output::json(&facts);
    }
    table(std::slice::from_ref(&facts.line))?;
    speech::answer(&Sentence::same(format!("\n{}\n", facts.line.text)));
    let headings = [sentence!("NUMBER", "NUMER"), sentence!("WHEN", "KIEDY"), sentence!("ACT", "DZIAŁANIE"), sentence!("WRITTEN", "TREŚĆ")];
    let rows = facts.events.into_iter().map(|event| {
        let text = event.text.unwrap_or_default().replace('\n', " ");
        [event.number.to_string(), output::when(event.at), act(&event.act), text]
    });
    output::table(headings, rows)
}

fn table(lines: &[RightsLine]) -> Result<(), Error> {
    let headings = [
        sentence!("REQUEST", "WNIOSEK"),
        sentence!("RIGHT", "PRAWO"),
        sentence!("ABOUT", "O KIM"),
        sentence!("STATE", "STAN"),
        sentence!("DUE", "TERMIN"),
        sentence!("SHOWN BY", "DOWÓD"),
    ];
    let row = |line: &RightsLine| {
        let when = output::when(line.due_at);
        let due = if line.is_overdue { speech::said(&sentence!("{when}, OVERDUE", "{when}, PO TERMINIE")) } else { when };
        let shown_by = line.evidence_id.clone().or_else(|| line.evidence.clone()).unwrap_or_default();
        [line.request.clone(), line.kind.clone(), line.about.clone(), state(&line.state), due, shown_by]
    };
    output::table(headings, lines.iter().map(row))
}

fn state(state: &str) -> String {
    speech::said(&match state {
        "open" => sentence!("open", "otwarty"),
        "fulfilled" => sentence!("done", "spełniony"),
        "refused" => sentence!("refused", "odmowa"),
        other => return other.to_owned(),
    })
}

fn act(act: &str) -> String {
    speech::said(&match act {
        "extended" => sentence!("put off", "odłożono"),
        "fulfilled" => sentence!("done", "spełniono"),
        "noted" => sentence!("noted", "odnotowano"),
        "opened" => sentence!("taken in", "przyjęto"),
        "refused" => sentence!("refused", "odmówiono"),
        other => return other.to_owned(),
    })
}
