//! `purser operator`: who may administer the installation from elsewhere.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Error;
use app::KeyAndRequest;
use app::host::{OperatorCertificateIssued, OperatorLine, OperatorRequest, Request};
use words::{Sentence, sentence};

use crate::cli::{HostArguments, OperatorCommand, Output, OutputArguments};
use crate::installation::request;
use crate::speech::Saying as _;
use crate::verify::small_file;
use crate::{output, speech};

pub(crate) fn run(command: OperatorCommand) -> Result<ExitCode, Error> {
    match command {
        OperatorCommand::Request { key } => new_key(&key)?,
        OperatorCommand::Add { name, allow, host, output } => changed(&host, OperatorRequest::Add { name, actions: allow }, output)?,
        OperatorCommand::Allow { operator, actions, host, output } => changed(&host, OperatorRequest::Allow { operator, actions }, output)?,
        OperatorCommand::List { host, output } => {
            let lines: Vec<OperatorLine> = request(&host, asked(OperatorRequest::List {}))?;
            match output.output {
                Output::Json => output::json(&lines)?,
                Output::Table => table(lines)?,
            }
        }
        OperatorCommand::Certificate { operator, csr, days, host, output } => {
            let wanted = OperatorRequest::Certificate { operator, request: small_file(&csr)?, days };
            let issued: OperatorCertificateIssued = request(&host, asked(wanted))?;
            match output.output {
                Output::Json => output::json(&issued)?,
                // For a file as it is.
                Output::Table => speech::answer(&Sentence::same(issued.certificate_pem.trim_end())),
            }
        }
        OperatorCommand::RevokeCertificate { number, host } => {
            let () = request(&host, asked(OperatorRequest::RevokeCertificate { certificate: number }))?;
        }
        OperatorCommand::Remove { operator, host } => {
            let line: OperatorLine = request(&host, asked(OperatorRequest::Remove { operator }))?;
            let OperatorLine { operator, name, .. } = line;
            speech::answer(&sentence!(
                "{name} ({operator}) is no operator any more, and no certificate of theirs opens anything.",
                "{name} ({operator}) nie jest już operatorem i żaden jego certyfikat niczego nie otwiera."
            ));
        }
    }
    Ok(ExitCode::SUCCESS)
}

const fn asked(asked: OperatorRequest) -> Request {
    Request::Operator { asked }
}

/// The key to a new file that nobody else may read, the request to the standard output.
fn new_key(path: &Path) -> Result<(), Error> {
    let made = KeyAndRequest::make().saying(|| sentence!("the key cannot be made", "nie można utworzyć klucza"))?;
    let cannot = || {
        sentence!(
            "cannot write {path}; a file that is there is never overwritten",
            "nie można zapisać {path}; istniejącego pliku nigdy się nie nadpisuje",
            path = path.display()
        )
    };
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).saying(cannot)?;
    file.write_all(made.key_pem.expose().as_bytes()).and_then(|()| file.sync_all()).saying(cannot)?;
    print!("{}", made.request_pem);
    speech::remark(&sentence!(
        "Have this request signed on the server's host (purser operator certificate NAME --csr FILE); the key stays here",
        "Ten wniosek podpisuje się na hoście serwera (purser operator certificate NAZWA --csr PLIK); klucz zostaje tutaj"
    ));
    Ok(())
}

fn changed(host: &HostArguments, wanted: OperatorRequest, output: OutputArguments) -> Result<(), Error> {
    let line: OperatorLine = request(host, asked(wanted))?;
    match output.output {
        Output::Json => output::json(&line),
        Output::Table => {
            let OperatorLine { operator, name, actions, .. } = &line;
            let may = if actions.is_empty() { speech::said(&sentence!("nothing", "nic")) } else { actions.join(" ") };
            speech::answer(&sentence!("{name} ({operator}) may: {may}", "{name} ({operator}) może: {may}"));
            Ok(())
        }
    }
}

/// A line for each certificate, and one for whoever has none.
fn table(lines: Vec<OperatorLine>) -> Result<(), Error> {
    let headings = [
        sentence!("OPERATOR", "OPERATOR"),
        sentence!("NAME", "NAZWA"),
        sentence!("MAY", "MOŻE"),
        sentence!("LEFT", "ODSZEDŁ"),
        sentence!("CERTIFICATE", "CERTYFIKAT"),
        sentence!("UNTIL", "DO"),
    ];
    let mut rows = Vec::new();
    for line in lines {
        let left = line.removed_at.map(output::when).unwrap_or_default();
        let row = |certificate: String, until: String| {
            [line.operator.clone(), line.name.clone(), line.actions.join(" "), left.clone(), certificate, until]
        };
        let certificates = line.certificates.iter().map(|one| row(one.certificate.clone(), output::when(one.expires_at)));
        rows.extend(certificates);
        if line.certificates.is_empty() {
            rows.push(row(String::new(), String::new()));
        }
    }
    output::table(headings, rows)
}
