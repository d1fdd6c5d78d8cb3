//! `purser ledger`: a tenant's ledger, out of the installation and into files that anyone can verify.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::process::ExitCode;

use anyhow::Error;
use app::host::{CheckpointFacts, LogPage, Request, SuccessionFacts};
use seal::log_file::Line;
use words::sentence;

use crate::cli::{HostArguments, LedgerCommand, Output, SucceedArguments};
use crate::installation::request;
use crate::speech::Saying as _;
use crate::verify::small_file;
use crate::{output, speech};

pub(crate) fn run(command: LedgerCommand) -> Result<ExitCode, Error> {
    match command {
        LedgerCommand::Export { tenant, file, host } => export(&tenant, &file, &host)?,
        LedgerCommand::Succeed(arguments) => succeed(arguments)?,
        LedgerCommand::Instance { command } => crate::instance_log::run(command)?,
        LedgerCommand::Checkpoint { tenant, host, output } => {
            let facts: CheckpointFacts = request(&host, Request::LedgerCheckpoint { tenant })?;
            match output.output {
                Output::Json => output::json(&facts)?,
                Output::Table => print!("{}", facts.checkpoint),
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn export(tenant: &str, path: &Path, host: &HostArguments) -> Result<(), Error> {
    let cannot = || sentence!("cannot write {path}", "nie można zapisać {path}", path = path.display());
    // Asked first: a tenant that there is not leaves no file.
    let mut page = Some(page(tenant, 0, host)?);
    let mut out = BufWriter::new(File::create_new(path).saying(cannot)?);
    let mut leaves = 0_u64;
    while let Some(LogPage { lines, next }) = page {
        for line in &lines {
            leaves += u64::from(matches!(line, Line::Leaf { .. }));
            serde_json::to_writer(&mut out, line).saying(cannot)?;
            out.write_all(b"\n").saying(cannot)?;
        }
        page = next.map(|from| self::page(tenant, from, host)).transpose()?;
    }
    out.into_inner().map_err(|error| error.into_error()).and_then(|file| file.sync_all()).saying(cannot)?;
    speech::answer(&sentence!(
        "{leaves} entries are in {path}. Verify them anywhere: purser verify log {path}",
        "Wpisów w {path}: {leaves}. Można je sprawdzić gdziekolwiek: purser verify log {path}",
        path = path.display()
    ));
    Ok(())
}

fn succeed(arguments: SucceedArguments) -> Result<(), Error> {
    let SucceedArguments { tenant, instance: _, checkpoint, host, output } = arguments;
    let checkpoint = checkpoint.as_deref().map(small_file).transpose()?;
    let facts: SuccessionFacts = request(&host, Request::LedgerSucceed { tenant, checkpoint })?;
    if output.output == Output::Json {
        return output::json(&facts);
    }
    print!("{}", facts.hand_over);
    let SuccessionFacts { entries, kept, lost, to, .. } = facts;
    speech::remark(&sentence!(
        "{entries} entries were signed of the ledger that ends; {kept} are kept and {lost} lost. The successor's key is {to}",
        "W kończącym się dzienniku podpisano wpisy w liczbie {entries}; zachowano {kept}, utracono {lost}. Klucz następcy: {to}"
    ));
    speech::remark(&sentence!(
        "Give this hand-over to the owner, who signs it with `purser owner sign`; until then no witness goes on with the successor",
        "Daj to przekazanie właścicielowi, który podpisze je przez `purser owner sign`; do tego czasu żaden świadek nie podpisze następcy"
    ));
    Ok(())
}

fn page(tenant: &str, from: u64, host: &HostArguments) -> Result<LogPage, Error> {
    request(host, Request::LedgerFile { tenant: tenant.to_owned(), from })
}
