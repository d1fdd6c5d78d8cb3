//! The commands of whoever may read the data folder: one request each, and its answer in columns or JSON.

use std::process::ExitCode;

use anyhow::Error;
use app::host::{CertificateFacts, EnrolmentCreated, IndexLine, Link, Request, TenantCreated, TenantLine, TokenCreated};
use words::{Sentence, sentence};

use crate::cli::{EnrolmentCommand, HostArguments, Output, OutputArguments, TenantCommand, TokenCommand, TokenKind, UserCommand};
use crate::installation::{config, request};
use crate::{output, speech};

const SECONDS_PER_HOUR: u64 = 3_600;
const SECONDS_PER_DAY: u64 = 86_400;
/// For how long an API token works where nothing else is said, in days.
const API_TOKEN_DAYS_DEFAULT: u64 = 90;

pub(crate) fn health(host: &HostArguments) -> Result<ExitCode, Error> {
    let (is_ready, answer) = app::host::client::health(&config(host)?)?;
    output::json(&answer)?;
    Ok(if is_ready { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

pub(crate) fn tenant(command: TenantCommand) -> Result<ExitCode, Error> {
    match command {
        TenantCommand::Create { name, host, output } => {
            let made: TenantCreated = request(&host, Request::TenantCreate { name })?;
            match output.output {
                Output::Json => output::json(&made)?,
                Output::Table => {
                    let (TenantCreated { tenant, setup_link, .. }, until) = (&made, output::when(made.link_expires_at));
                    speech::answer(&sentence!(
                        "Tenant  {tenant}\nOwner's set-up link, for one use until {until}:\n{setup_link}",
                        "Organizacja  {tenant}\nOdnośnik dla właściciela do założenia konta, na jeden raz, ważny do {until}:\n{setup_link}"
                    ));
                }
            }
        }
        TenantCommand::List { host, output } => {
            let tenants: Vec<TenantLine> = request(&host, Request::TenantList {})?;
            match output.output {
                Output::Json => output::json(&tenants)?,
                Output::Table => {
                    let rows = tenants.into_iter().map(|line| [line.tenant, line.name, owner(&line.owner), output::when(line.created_at)]);
                    let headings = [
                        sentence!("TENANT", "ORGANIZACJA"),
                        sentence!("NAME", "NAZWA"),
                        sentence!("OWNER", "WŁAŚCICIEL"),
                        sentence!("MADE", "UTWORZONO"),
                    ];
                    output::table(headings, rows)?;
                }
            }
        }
        TenantCommand::ReleaseSignOn { tenant, host } => {
            let (): () = request(&host, Request::TenantReleaseSignOn { tenant: tenant.clone() })?;
            speech::answer(&sentence!(
                "The people of {tenant} sign in with their passwords too now; its ledger says so.",
                "Ludzie {tenant} logują się teraz także hasłami; mówi o tym jej dziennik."
            ));
        }
        TenantCommand::ClearNetworks { tenant, host } => {
            let (): () = request(&host, Request::TenantClearNetworks { tenant: tenant.clone() })?;
            speech::answer(&sentence!(
                "{tenant} lets its people, programs and devices in from every network now; its ledger says so.",
                "{tenant} wpuszcza teraz swoich ludzi, programy i urządzenia z każdej sieci; mówi o tym jej dziennik."
            ));
        }
        TenantCommand::Link { tenant, host, output } => print_link(&request(&host, Request::TenantLink { tenant })?, output)?,
    }
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn user(command: UserCommand) -> Result<ExitCode, Error> {
    let UserCommand::Recover { tenant, email, host, output } = command;
    print_link(&request(&host, Request::UserRecover { tenant, email })?, output)?;
    Ok(ExitCode::SUCCESS)
}

/// Whether the owner has come.
fn owner(state: &str) -> String {
    match state {
        "ready" => speech::said(&sentence!("ready", "gotowy")),
        "waiting" => speech::said(&sentence!("waiting", "oczekiwany")),
        other => other.to_owned(),
    }
}

fn print_link(link: &Link, output: OutputArguments) -> Result<(), Error> {
    match output.output {
        Output::Json => output::json(link),
        Output::Table => {
            let (setup_link, until) = (&link.setup_link, output::when(link.link_expires_at));
            speech::answer(&sentence!("For one use until {until}:\n{setup_link}", "Na jeden raz, ważny do {until}:\n{setup_link}"));
            Ok(())
        }
    }
}

pub(crate) fn enrolment(command: EnrolmentCommand) -> Result<ExitCode, Error> {
    let EnrolmentCommand::Create { tenant, name, label, hours, uses, host, output } = command;
    let lifetime_seconds = hours.saturating_mul(SECONDS_PER_HOUR);
    let asked = Request::EnrolmentCreate { tenant, name, labels: label.into_iter().collect(), lifetime_seconds, uses_max: uses };
    let made: EnrolmentCreated = request(&host, asked)?;
    match output.output {
        Output::Json => output::json(&made)?,
        Output::Table => {
            let (command, until) = (&made.command, output::when(made.expires_at));
            speech::answer(&sentence!(
                "Run on each device, until {until}:\n{command}",
                "Do {until} uruchom na każdym urządzeniu:\n{command}"
            ));
        }
    }
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn token(command: TokenCommand) -> Result<ExitCode, Error> {
    let (asked, host, output) = match command {
        TokenCommand::Pattern { output } => return pattern(output),
        TokenCommand::Create { tenant, name, kind, permission, devices, network, requires_certificate, days, host, output } => {
            let (kind, days) = match kind {
                TokenKind::Api => ("api", days.or(Some(API_TOKEN_DAYS_DEFAULT))),
                TokenKind::Telemetry => ("telemetry", days),
            };
            let (kind, lifetime_seconds) = (kind.into(), days.map(|days| days.saturating_mul(SECONDS_PER_DAY)));
            let (permissions, networks) = (permission, network);
            let asked = Request::TokenCreate { tenant, name, kind, permissions, devices, networks, requires_certificate, lifetime_seconds };
            (asked, host, output)
        }
    };
    let made: TokenCreated = request(&host, asked)?;
    match output.output {
        Output::Json => output::json(&made)?,
        Output::Table => {
            let TokenCreated { token, secret, .. } = &made;
            speech::answer(&sentence!(
                "Token {token} (shown this once):\n{secret}",
                "Token {token} (pokazany tylko ten jeden raz):\n{secret}"
            ));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The pattern of credentials, for secret scanners.
fn pattern(output: OutputArguments) -> Result<ExitCode, Error> {
    let pattern = seal::token::PATTERN;
    match output.output {
        Output::Json => output::json(&serde_json::json!({ "pattern": pattern }))?,
        Output::Table => speech::answer(&Sentence::same(pattern)),
    }
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn index(host: &HostArguments, output: OutputArguments) -> Result<ExitCode, Error> {
    let lines: Vec<IndexLine> = request(host, Request::DoctorIndex {})?;
    let is_sound = lines.iter().all(|line| line.differing == 0);
    match output.output {
        Output::Json => output::json(&lines)?,
        Output::Table => {
            let rows = lines.into_iter().map(|line| [line.tenant, line.devices.to_string(), line.differing.to_string()]);
            let headings = [sentence!("TENANT", "ORGANIZACJA"), sentence!("DEVICES", "URZĄDZENIA"), sentence!("DIFFERING", "RÓŻNIĄCE SIĘ")];
            output::table(headings, rows)?;
        }
    }
    Ok(if is_sound { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

pub(crate) fn certificate(host: &HostArguments) -> Result<ExitCode, Error> {
    let facts: CertificateFacts = request(host, Request::Certificate {})?;
    println!("{}", facts.sha256);
    Ok(ExitCode::SUCCESS)
}
