//! `purser bans`: who is banned, and letting them in again.

use std::process::ExitCode;

use anyhow::Error;
use app::host::{BanLine, BansFacts, Request};
use words::sentence;

use crate::cli::{BansCommand, Output};
use crate::installation::request;
use crate::{output, speech};

pub(crate) fn run(command: BansCommand) -> Result<ExitCode, Error> {
    match command {
        BansCommand::List { host, output } => {
            let facts: BansFacts = request(&host, Request::BansList {})?;
            match output.output {
                Output::Json => output::json(&facts)?,
                Output::Table => {
                    let BansFacts { begun, banned_requests, limited_requests, turned_away, filter, .. } = facts;
                    table(facts.bans)?;
                    speech::answer(&sentence!(
                        "Since the server started: bans {begun}; requests refused by a ban {banned_requests}, by a limit of requests \
                         {limited_requests}; tries of passwords turned away {turned_away}",
                        "Od uruchomienia serwera: blokady {begun}; żądania odrzucone przez blokadę {banned_requests}, przez limit żądań \
                         {limited_requests}; odesłane próby logowania {turned_away}"
                    ));
                    let rules: Vec<String> = filter.rules.iter().map(|(rule, count)| format!("{rule} {count}")).collect();
                    let met = if rules.is_empty() { "0".to_owned() } else { rules.join(", ") };
                    speech::answer(&sentence!("Request filter ({mode}): {met}", "Filtr żądań ({mode}): {met}", mode = filter.mode));
                }
            }
        }
        BansCommand::Lift { which, host, output } => {
            let lifted: Vec<BanLine> = request(&host, Request::BanLift { which })?;
            match output.output {
                Output::Json => output::json(&lifted)?,
                Output::Table => speech::answer(&sentence!("Bans lifted: {count}", "Zniesione blokady: {count}", count = lifted.len())),
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn table(bans: Vec<BanLine>) -> Result<(), Error> {
    let headings = [
        sentence!("BAN", "BLOKADA"),
        sentence!("WHOM", "KOGO"),
        sentence!("TENANT", "ORGANIZACJA"),
        sentence!("IN A ROW", "KOLEJNA"),
        sentence!("SINCE", "OD"),
        sentence!("UNTIL", "DO"),
        sentence!("REFUSED", "ODRZUCONE"),
    ];
    let row = |ban: BanLine| {
        let whom = ban.address.or(ban.holder).or(ban.credential).unwrap_or(ban.about);
        let (since, until) = (output::when(ban.began_at), output::when(ban.ends_at));
        [ban.ban.to_string(), whom, ban.tenant.unwrap_or_default(), ban.step.to_string(), since, until, ban.refused.to_string()]
    };
    output::table(headings, bans.into_iter().map(row))
}
