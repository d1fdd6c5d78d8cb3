//! `purser mail`: whether owners can be told by mail, and what waits.

use std::process::ExitCode;

use anyhow::Error;
use app::host::{MailFacts, MailTried, QueuedMail, Request};
use words::{Language, Sentence, sentence};

use crate::cli::{MailCommand, Output};
use crate::installation::request;
use crate::{output, speech};

pub(crate) fn run(command: MailCommand) -> Result<ExitCode, Error> {
    match command {
        MailCommand::Status { host, output } => {
            let facts: MailFacts = request(&host, Request::MailStatus {})?;
            match output.output {
                Output::Json => output::json(&facts)?,
                Output::Table => status(&facts),
            }
            return Ok(if facts.may_send { ExitCode::SUCCESS } else { ExitCode::FAILURE });
        }
        MailCommand::Test { address, host, output } => {
            let language = speech::language().name().to_owned();
            let tried: MailTried = request(&host, Request::MailTest { address, language })?;
            match output.output {
                Output::Json => output::json(&tried)?,
                Output::Table => speech::answer(&sentence!(
                    "The relay took it and answered {answer}. Its message id begins with {id}",
                    "Serwer poczty przyjął wiadomość i odpowiedział {answer}. Jej identyfikator zaczyna się od {id}",
                    answer = tried.answer,
                    id = tried.message_id
                )),
            }
        }
        MailCommand::Queue { tenant, host, output } => {
            let lines: Vec<QueuedMail> = request(&host, Request::MailQueue { tenant })?;
            match output.output {
                Output::Json => output::json(&lines)?,
                Output::Table => queue(lines)?,
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn status(facts: &MailFacts) {
    if let (Some(relay), Some(sender)) = (&facts.relay, &facts.sender) {
        speech::answer(&sentence!("Relay: {relay}; mail is from {sender}", "Serwer poczty: {relay}; nadawca: {sender}"));
    }
    match facts.run_by.as_deref() {
        Some("own") => speech::answer(&sentence!("The relay is the operator's own", "Serwer poczty należy do operatora")),
        Some(entry) => speech::answer(&sentence!(
            "The relay is run by {entry}, who is in effect in the register of sub-processors",
            "Serwer poczty prowadzi {entry}, a wpis obowiązuje w rejestrze podmiotów przetwarzających"
        )),
        None => {}
    }
    if let Some(refused) = refused(facts) {
        speech::answer(&refused);
    }
    let MailFacts { announced, waiting, sent, given_up, .. } = facts;
    speech::answer(&sentence!(
        "Mails that wait: {waiting}; sent: {sent}; given up: {given_up}; announcements that are no mails yet: {announced}",
        "Wiadomości czekające: {waiting}; wysłane: {sent}; zaniechane: {given_up}; powiadomienia, z których jeszcze nie ma wiadomości: {announced}"
    ));
}

fn refused(facts: &MailFacts) -> Option<Sentence> {
    Some(Sentence::new(facts.refused.clone()?, facts.refused_pl.clone()?))
}

fn queue(lines: Vec<QueuedMail>) -> Result<(), Error> {
    let headings = [
        sentence!("TENANT", "ORGANIZACJA"),
        sentence!("MAIL", "WIADOMOŚĆ"),
        sentence!("FOR", "DLA"),
        sentence!("ABOUT", "O CZYM"),
        sentence!("STATE", "STAN"),
        sentence!("SINCE", "OD"),
        sentence!("NEXT", "NASTĘPNIE"),
        sentence!("ATTEMPTS", "PRÓBY"),
        sentence!("ANSWER", "ODPOWIEDŹ"),
    ];
    let row = |line: QueuedMail| {
        let state = match (line.state.as_str(), speech::language()) {
            ("waiting", Language::Polish) => "czeka".to_owned(),
            ("given-up", Language::Polish) => "zaniechana".to_owned(),
            ("given-up", Language::English) => "given up".to_owned(),
            _ => line.state,
        };
        [
            line.tenant,
            line.mail,
            line.user,
            line.about,
            state,
            output::when(line.created_at),
            line.due_at.map(output::when).unwrap_or_default(),
            line.attempts.to_string(),
            line.answer.map(|code| code.to_string()).unwrap_or_default(),
        ]
    };
    output::table(headings, lines.into_iter().map(row))
}
