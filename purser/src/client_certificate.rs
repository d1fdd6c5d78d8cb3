//! `purser client-certificate`: certificates by which tokens work for those only who hold a key.

use std::fs::File;
use std::io::Read as _;
use std::process::ExitCode;

use anyhow::Error;
use app::host::{CertificateIssued, CertificateLine, Request};
use words::{Sentence, sentence};

use crate::cli::{ClientCertificateCommand, Output};
use crate::installation::request;
use crate::speech::Saying as _;
use crate::{output, speech};

/// Longest request that is read from a file, in bytes; the server says what of it is too long.
const REQUEST_BYTES_MAX: u64 = 64 * 1024;

pub(crate) fn run(command: ClientCertificateCommand) -> Result<ExitCode, Error> {
    match command {
        ClientCertificateCommand::Issue { tenant, token, request: path, days, host, output } => {
            let mut text = String::new();
            let unreadable = || sentence!("{path} cannot be read as text", "nie można odczytać {path} jako tekstu", path = path.display());
            let file = File::open(&path).saying(unreadable)?;
            file.take(REQUEST_BYTES_MAX).read_to_string(&mut text).saying(unreadable)?;
            let issued: CertificateIssued = request(&host, Request::CertificateIssue { tenant, token, request: text, days })?;
            match output.output {
                Output::Json => output::json(&issued)?,
                // For a file as it is.
                Output::Table => speech::answer(&Sentence::same(issued.certificate_pem.trim_end())),
            }
        }
        ClientCertificateCommand::List { tenant, host, output } => {
            let lines: Vec<CertificateLine> = request(&host, Request::CertificateList { tenant })?;
            match output.output {
                Output::Json => output::json(&lines)?,
                Output::Table => table(lines)?,
            }
        }
        ClientCertificateCommand::Revoke { tenant, certificate, host } => {
            let () = request(&host, Request::CertificateRevoke { tenant, certificate })?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn table(lines: Vec<CertificateLine>) -> Result<(), Error> {
    let headings = [
        sentence!("CERTIFICATE", "CERTYFIKAT"),
        sentence!("TOKEN", "TOKEN"),
        sentence!("SINCE", "OD"),
        sentence!("UNTIL", "DO"),
        sentence!("SHA-256", "SHA-256"),
    ];
    let row = |line: CertificateLine| {
        [line.certificate, line.token, output::when(line.created_at), output::when(line.expires_at), line.fingerprint]
    };
    output::table(headings, lines.into_iter().map(row))
}
