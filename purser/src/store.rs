//! `purser store`: what was put back on purpose is accepted.

use std::process::ExitCode;

use anyhow::Error;
use app::host::{AcceptedLine, Request};
use words::sentence;

use crate::cli::{AcceptArguments, Output, StoreCommand};
use crate::installation::request;
use crate::{output, speech};

pub(crate) fn run(command: StoreCommand) -> Result<ExitCode, Error> {
    let StoreCommand::Accept(AcceptArguments { tables, reason, tenant, all_tenants: _, host, output }) = command;
    let lines: Vec<AcceptedLine> = request(&host, Request::StoreAccept { tenant, tables, reason })?;
    if output.output == Output::Json {
        output::json(&lines)?;
        return Ok(ExitCode::SUCCESS);
    }
    let headings = [sentence!("TENANT", "ORGANIZACJA"), sentence!("VALUES ACCEPTED", "PRZYJĘTE WARTOŚCI")];
    output::table(headings, lines.iter().map(|line| [line.tenant.clone(), line.values.to_string()]))?;
    speech::remark(&sentence!(
        "The ledgers tell of it. What is still wrong shows `purser verify store`",
        "Dzienniki o tym mówią. Co nadal się nie zgadza, pokaże `purser verify store`"
    ));
    Ok(ExitCode::SUCCESS)
}
