//! `purser feeds`: advisories into the master, and how each feed stands.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Error;
use app::Rng;
use app::host::{FeedLine, FetchLine, ImportLine, Installation, Progress, Request};
use indicatif::ProgressBar;
use serde_json::{Value, json};
use words::{Sentence, sentence};

use crate::cli::{FeedsCommand, Output};
use crate::{input, installation, output, progress, speech};

/// Exit code where the network is away.
const NETWORK_AWAY: u8 = 3;

pub(crate) fn run(command: FeedsCommand) -> Result<ExitCode, Error> {
    let host = match &command {
        FeedsCommand::Import { host, .. } | FeedsCommand::Fetch { host, .. } | FeedsCommand::List { host, .. } => host,
    };
    let host = host.clone();
    installation::runtime()?.block_on(async {
        let installation = installation::reach(&host).await?;
        let done = match command {
            FeedsCommand::Import { paths, output, .. } => import(&installation, &paths, output.output).await,
            FeedsCommand::Fetch { feed, output, .. } => fetch(&installation, feed, output.output).await,
            FeedsCommand::List { output, .. } => list(&installation, output.output).await,
        };
        installation.leave().await;
        done
    })
}

async fn list(installation: &Installation, form: Output) -> Result<ExitCode, Error> {
    let feeds: Vec<FeedLine> = installation.ask(Request::FeedsList {}).await?;
    let is_offline = feeds.iter().any(|feed| feed.offline);
    match form {
        Output::Json => output::json(&feeds)?,
        Output::Table => {
            let dash = || "-".to_owned();
            let rows = feeds.into_iter().map(|feed| {
                let fetched = match (feed.offline, feed.enabled) {
                    (true, _) => sentence!("off: import files", "wyłączone: importuj pliki"),
                    (false, true) => sentence!("on", "włączone"),
                    (false, false) => sentence!("off", "wyłączone"),
                };
                let records = feed.records.map_or_else(dash, |records| records.to_string());
                let current = feed.last_success_at.map_or_else(dash, output::when);
                [feed.feed, speech::said(&fetched), state(&feed.state), records, current, feed.error.unwrap_or_else(dash)]
            });
            let headings = [
                sentence!("FEED", "ŹRÓDŁO"),
                sentence!("FETCHING", "POBIERANIE"),
                sentence!("STATE", "STAN"),
                sentence!("RECORDS", "REKORDY"),
                sentence!("LAST CURRENT", "OSTATNIO AKTUALNE"),
                sentence!("ERROR", "BŁĄD"),
            ];
            output::table(headings, rows)?;
            if is_offline {
                speech::remark(&offline());
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Every file is tried; the exit code tells whether all were taken.
async fn import(installation: &Installation, paths: &[PathBuf], form: Output) -> Result<ExitCode, Error> {
    let mut lines = Vec::new();
    let mut is_complete = true;
    for path in paths {
        for file in input::files(path)? {
            let file = std::path::absolute(file)?;
            let imported = import_one(installation, &file).await;
            is_complete &= imported.is_ok();
            lines.push((file, imported.map_err(|error| speech::chain(&error))));
        }
    }
    match form {
        Output::Json => output::json(&lines.iter().map(as_json).collect::<Vec<_>>())?,
        Output::Table => print_imports(&lines)?,
    }
    Ok(if is_complete { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

type Imported = (PathBuf, Result<ImportLine, Sentence>);

fn as_json((file, imported): &Imported) -> Value {
    match imported {
        Ok(line) => json!({ "file": file, "imported": line }),
        Err(error) => json!({ "file": file, "error": error.to_string() }),
    }
}

fn print_imports(lines: &[Imported]) -> Result<(), Error> {
    let name = |file: &Path| file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let taken = lines.iter().filter_map(|(file, imported)| Some((file, imported.as_ref().ok()?)));
    let rows = taken.clone().map(|(file, line)| {
        let counts = [line.records_read, line.added, line.updated, line.unchanged, line.refused_total].map(|count| count.to_string());
        let [read, added, updated, unchanged, refused] = counts;
        [name(file), line.feed.clone(), read, added, updated, unchanged, refused]
    });
    if taken.clone().next().is_some() {
        let headings = [
            sentence!("FILE", "PLIK"),
            sentence!("FEED", "ŹRÓDŁO"),
            sentence!("READ", "ODCZYTANE"),
            sentence!("NEW", "NOWE"),
            sentence!("CHANGED", "ZMIENIONE"),
            sentence!("SAME", "BEZ ZMIAN"),
            sentence!("REFUSED", "ODRZUCONE"),
        ];
        output::table(headings, rows)?;
    }
    for (file, line) in taken {
        for (record, reason) in &line.refused {
            let name = name(file);
            speech::remark(&sentence!("{name}: {record} refused: {reason}", "{name}: odrzucono {record}: {reason}"));
        }
    }
    for (file, error) in lines.iter().filter_map(|(file, imported)| Some((file, imported.as_ref().err()?))) {
        let said = sentence!("{file} is not taken", "nie przyjęto {file}", file = file.display());
        speech::remark(&said.then(": ", error));
    }
    Ok(())
}

async fn import_one(installation: &Installation, file: &Path) -> Result<ImportLine, Error> {
    let ticket = Rng::system().bits();
    let bar = progress::bytes(&file.file_name().unwrap_or_default().to_string_lossy(), 0);
    let asked = installation.ask(Request::FeedsImport { path: file.to_owned(), ticket });
    let imported = progress::while_looking(asked, || follow_import(installation, ticket, &bar)).await;
    bar.finish_and_clear();
    Ok(imported?)
}

async fn follow_import(installation: &Installation, ticket: u64, bar: &ProgressBar) {
    if let Ok(Progress { read_bytes, total_bytes }) = installation.ask(Request::FeedsProgress { ticket }).await {
        // Read twice: once for its digest.
        bar.set_length(total_bytes * 2);
        bar.set_position(read_bytes);
    }
}

async fn fetch(installation: &Installation, feed: Option<String>, form: Output) -> Result<ExitCode, Error> {
    let wanted = match feed {
        Some(feed) => vec![feed],
        None => {
            let feeds: Vec<FeedLine> = installation.ask(Request::FeedsList {}).await?;
            feeds.into_iter().filter(|feed| feed.enabled).map(|feed| feed.feed).collect()
        }
    };
    let mut lines: Vec<(String, FetchLine)> = Vec::new();
    for feed in wanted {
        let bar = progress::spinner(&feed);
        let asked = installation.ask(Request::FeedsFetch { feed: feed.clone() });
        let fetched = progress::while_looking(asked, || follow_fetch(installation, &feed, &bar)).await;
        bar.finish_and_clear();
        lines.push((feed, fetched?));
    }
    match form {
        Output::Json => {
            output::json(&lines.iter().map(|(feed, line)| json!({ "feed": feed, "fetched": in_english(line) })).collect::<Vec<_>>())?
        }
        // One sentence for all of them.
        Output::Table if lines.iter().all(|(_, line)| matches!(line, FetchLine::Offline {})) && !lines.is_empty() => {
            speech::remark(&offline());
        }
        Output::Table => {
            let rows = lines.iter().map(|(feed, line)| [feed.clone(), outcome(line)]);
            output::table([sentence!("FEED", "ŹRÓDŁO"), sentence!("OUTCOME", "WYNIK")], rows)?;
        }
    }
    Ok(exit_code(&lines))
}

async fn follow_fetch(installation: &Installation, feed: &str, bar: &ProgressBar) {
    let Ok(feeds) = installation.ask::<Vec<FeedLine>>(Request::FeedsList {}).await else { return };
    if let Some((received, _expected)) = feeds.into_iter().find(|line| line.feed == feed).and_then(|line| line.receiving) {
        bar.set_position(received);
    }
}

fn outcome(line: &FetchLine) -> String {
    speech::said(&match line {
        FetchLine::Unchanged {} => sentence!("nothing newer", "nic nowszego"),
        FetchLine::Imported(line) => {
            let [read, added, updated, refused] = [line.records_read, line.added, line.updated, line.refused_total];
            sentence!(
                "{read} records: {added} new, {updated} changed, {refused} refused",
                "rekordy: {read}, nowe: {added}, zmienione: {updated}, odrzucone: {refused}"
            )
        }
        FetchLine::Offline {} => offline(),
        FetchLine::Failed { error, error_pl, .. } => Sentence::new(error, error_pl),
    })
}

/// Programs are told why in English only.
fn in_english(line: &FetchLine) -> Value {
    let mut value = json!(line);
    if let Some(fields) = value.as_object_mut() {
        fields.remove("error_pl");
    }
    value
}

/// What an operator who keeps the host away from networks is told.
fn offline() -> Sentence {
    sentence!(
        "fetching is switched off on this installation (--offline): import files with `purser feeds import`",
        "pobieranie jest wyłączone w tej instalacji (--offline): importuj pliki poleceniem `purser feeds import`"
    )
}

/// How a feed stands.
fn state(name: &str) -> String {
    match name {
        "never" => speech::said(&sentence!("never", "brak danych")),
        "fetching" => speech::said(&sentence!("fetching", "pobieranie")),
        "ok" => speech::said(&sentence!("ok", "aktualne")),
        "imported" => speech::said(&sentence!("imported", "z pliku")),
        "failed" => speech::said(&sentence!("failed", "błąd")),
        other => other.to_owned(),
    }
}

/// Where the network is away for every feed, that is what happened; else a failure is a failure.
fn exit_code(lines: &[(String, FetchLine)]) -> ExitCode {
    let failure = |line: &FetchLine| match line {
        FetchLine::Failed { is_network, .. } => Some(*is_network),
        FetchLine::Offline {} => Some(false),
        FetchLine::Unchanged {} | FetchLine::Imported(_) => None,
    };
    let failures: Vec<bool> = lines.iter().filter_map(|(_, line)| failure(line)).collect();
    match failures.as_slice() {
        [] => ExitCode::SUCCESS,
        failures if failures.len() == lines.len() && failures.iter().all(|is_network| *is_network) => ExitCode::from(NETWORK_AWAY),
        _ => ExitCode::FAILURE,
    }
}
