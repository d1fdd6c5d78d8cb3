//! `purser ledger instance`: the instance's own ledger, for whoever runs it.

use anyhow::Error;
use app::host::{CheckpointFacts, EntriesPage, EntryLine, InstanceEntries, Request};
use serde::Serialize;
use words::sentence;

use crate::cli::{HostArguments, InstanceLogCommand, Output};
use crate::installation::request;
use crate::{output, speech};

/// What was found.
#[derive(Serialize)]
struct Found {
    entries: Vec<EntryLine>,
    /// Whether there is more than was asked for.
    is_cut: bool,
}

pub(crate) fn run(command: InstanceLogCommand) -> Result<(), Error> {
    match command {
        InstanceLogCommand::List { kind, from, until, limit, host, output } => {
            let found = find(InstanceEntries { kind, from, until, below: None }, limit, &host)?;
            match output.output {
                Output::Json => output::json(&found),
                Output::Table => table(&found),
            }
        }
        InstanceLogCommand::Proof { leaf, size, host } => {
            let proof: serde_json::Value = request(&host, Request::InstanceLogProof { leaf, size })?;
            output::json(&proof)
        }
        InstanceLogCommand::Checkpoint { host, output } => {
            let facts: CheckpointFacts = request(&host, Request::InstanceLogCheckpoint {})?;
            match output.output {
                Output::Json => output::json(&facts),
                Output::Table => {
                    print!("{}", facts.checkpoint);
                    Ok(())
                }
            }
        }
    }
}

fn find(mut asked: InstanceEntries, limit: usize, host: &HostArguments) -> Result<Found, Error> {
    let mut found = Found { entries: Vec::new(), is_cut: false };
    loop {
        let page: EntriesPage = request(host, Request::InstanceLogList { asked: asked.clone() })?;
        found.entries.extend(page.entries);
        found.is_cut = page.next.is_some() || found.entries.len() > limit;
        found.entries.truncate(limit);
        asked.below = page.next;
        if asked.below.is_none() || found.entries.len() == limit {
            return Ok(found);
        }
    }
}

fn table(found: &Found) -> Result<(), Error> {
    let headings = [
        sentence!("PLACE", "MIEJSCE"),
        sentence!("WHEN", "KIEDY"),
        sentence!("KIND", "RODZAJ"),
        sentence!("BY", "KTO"),
        sentence!("ENTRY", "WPIS"),
    ];
    let row = |line: &EntryLine| {
        let place = line.index.map_or_else(|| "-".to_owned(), |index| index.to_string());
        [place, output::when(line.recorded_at), line.kind.clone(), line.actor.clone(), line.leaf.clone()]
    };
    output::table(headings, found.entries.iter().map(row))?;
    for line in found.entries.iter().filter(|line| line.is_altered) {
        speech::answer(&sentence!(
            "{leaf} was altered in the database: it is not what was committed to",
            "{leaf} zmieniono w bazie danych: to nie jest to, co zatwierdzono",
            leaf = line.leaf
        ));
    }
    if found.is_cut {
        speech::remark(&sentence!(
            "There are more; ask for them with --until or --limit",
            "Jest ich więcej; zapytaj o nie z --until albo --limit"
        ));
    }
    Ok(())
}
