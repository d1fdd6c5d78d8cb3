//! `purser access-log`: what was asked of the server, by pseudonyms of the day.

use std::process::ExitCode;

use anyhow::Error;
use app::host::{AccessDayLine, AccessLogPage, AccessRecord, Pseudonym, Request, Way};
use serde::Serialize;

use words::sentence;

use crate::cli::{AccessLogCommand, HostArguments, Output};
use crate::installation::request;
use crate::{output, speech};

/// What was found of a day.
#[derive(Serialize)]
struct Found {
    day: String,
    records: Vec<AccessRecord>,
    /// Requests of which there is no record, as far as the day was read.
    dropped: u64,
    /// Whether there is more than was asked for.
    is_cut: bool,
}

/// Which records are wanted.
struct Wanted {
    day: Option<String>,
    peer: Option<String>,
    user: Option<String>,
    tenant: Option<String>,
    limit: usize,
}

pub(crate) fn run(command: AccessLogCommand) -> Result<ExitCode, Error> {
    match command {
        AccessLogCommand::List { day, peer, user, tenant, limit, host, output } => {
            let found = find(&Wanted { day, peer, user, tenant, limit }, &host)?;
            match output.output {
                Output::Json => output::json(&found)?,
                Output::Table => table(found)?,
            }
        }
        AccessLogCommand::Days { host, output } => {
            let lines: Vec<AccessDayLine> = request(&host, Request::AccessLogDays {})?;
            match output.output {
                Output::Json => output::json(&lines)?,
                Output::Table => days(lines)?,
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn find(wanted: &Wanted, host: &HostArguments) -> Result<Found, Error> {
    let ask = |day: Option<String>, cursor| {
        let (peer, user, tenant) = (wanted.peer.clone(), wanted.user.clone(), wanted.tenant.clone());
        request::<AccessLogPage>(host, Request::AccessLogPage { day, peer, user, tenant, cursor })
    };
    let first = ask(wanted.day.clone(), None)?;
    let mut found = Found { day: first.day, records: first.records, dropped: first.dropped, is_cut: false };
    let mut next = first.next;
    while let Some(cursor) = next.filter(|_| found.records.len() < wanted.limit) {
        // The day of the first page, as midnight may have come since.
        let page = ask(Some(found.day.clone()), Some(cursor))?;
        found.records.extend(page.records);
        found.dropped += page.dropped;
        next = page.next;
    }
    found.is_cut = next.is_some() || found.records.len() > wanted.limit;
    found.records.truncate(wanted.limit);
    Ok(found)
}

fn table(found: Found) -> Result<(), Error> {
    let headings = [
        sentence!("WHEN", "KIEDY"),
        sentence!("METHOD", "METODA"),
        sentence!("ROUTE", "TRASA"),
        sentence!("STATUS", "STATUS"),
        sentence!("MS", "MS"),
        sentence!("BYTES", "BAJTY"),
        sentence!("TENANT", "ORGANIZACJA"),
        sentence!("BY", "KTO"),
        sentence!("FROM", "SKĄD"),
        sentence!("PROGRAM", "PROGRAM"),
    ];
    output::table(headings, found.records.iter().map(row))?;
    let Found { day, dropped, .. } = &found;
    if *dropped > 0 {
        speech::remark(&sentence!(
            "Of {dropped} more requests of {day} there is no record: more came than could be stored",
            "Bez zapisu pozostało jeszcze żądań z dnia {day}: {dropped}; przyszło ich więcej, niż można było zapisać"
        ));
    }
    if found.is_cut {
        speech::remark(&sentence!("There are more; --limit shows them", "Jest ich więcej; pokaże je --limit"));
    }
    Ok(())
}

fn row(record: &AccessRecord) -> [String; 10] {
    let text = |pseudonym: &Option<Pseudonym>| pseudonym.as_ref().map(|pseudonym| pseudonym.as_text().to_owned());
    let kind = record.actor_kind.as_deref().unwrap_or_default();
    [
        output::when(record.at),
        record.method.to_string(),
        record.route.clone(),
        record.status.to_string(),
        format!("{}.{:03}", record.duration_us / 1_000, record.duration_us % 1_000),
        record.bytes.map(|bytes| bytes.to_string()).unwrap_or_default(),
        record.tenant.map(|tenant| tenant.to_string()).unwrap_or_default(),
        text(&record.actor).map(|actor| format!("{kind} {actor}")).unwrap_or_default(),
        text(&record.peer).unwrap_or_else(|| way(record)),
        text(&record.user_agent).unwrap_or_default(),
    ]
}

/// Where a request came from that came over no network.
fn way(record: &AccessRecord) -> String {
    speech::said(&match record.way {
        Way::Network => sentence!("network", "sieć"),
        Way::Socket => sentence!("this host", "ten host"),
        Way::Process => sentence!("the server", "serwer"),
    })
}

fn days(lines: Vec<AccessDayLine>) -> Result<(), Error> {
    let headings = [
        sentence!("DAY", "DZIEŃ"),
        sentence!("REQUESTS", "ŻĄDANIA"),
        sentence!("WITHOUT RECORD", "BEZ ZAPISU"),
        sentence!("DESTROYED ON", "ZNISZCZENIE"),
    ];
    let rows = lines.into_iter().map(|line| [line.day, line.records.to_string(), line.dropped.to_string(), line.expires]);
    output::table(headings, rows)
}
