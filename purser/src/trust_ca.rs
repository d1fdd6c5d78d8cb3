//! `purser trust-ca`: the installation's own authority, for those who want to trust it.

use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::Error;
use app::host::{CertificateFacts, Request};
use words::{Sentence, sentence};

use crate::cli::TrustCaArguments;
use crate::installation::request;
use crate::speech::{self, Saying as _, failed};

/// Where Debian and its children look for certificates that the host's administrator adds.
const LOCAL_CERTIFICATES: &str = "/usr/local/share/ca-certificates";
const INSTALLED_NAME: &str = "purser-local-authority.crt";

pub(crate) fn run(arguments: &TrustCaArguments) -> Result<ExitCode, Error> {
    let facts: CertificateFacts = request(&arguments.host, Request::Certificate {})?;
    let authority = facts.authority.ok_or_else(|| {
        failed(sentence!(
            "this installation uses a certificate of yours: whoever signed it is to be trusted",
            "ta instalacja używa twojego certyfikatu: zaufać trzeba temu, kto go podpisał"
        ))
    })?;
    if arguments.system {
        install(&authority)?;
    } else if let Some(file) = &arguments.file {
        fs::write(file, &authority).saying(|| cannot_write(file))?;
    } else {
        print!("{authority}");
    }
    Ok(ExitCode::SUCCESS)
}

fn install(authority: &str) -> Result<(), Error> {
    let folder = Path::new(LOCAL_CERTIFICATES);
    if !folder.is_dir() {
        return Err(failed(sentence!(
            "{LOCAL_CERTIFICATES} is not there: this host keeps its trust store elsewhere; use --file and its own tool",
            "nie ma {LOCAL_CERTIFICATES}: ten host trzyma zaufane certyfikaty gdzie indziej; użyj --file i jego własnego narzędzia"
        )));
    }
    let file = folder.join(INSTALLED_NAME);
    fs::write(&file, authority).saying(|| cannot_write(&file).then(" ", &sentence!("(this needs root)", "(wymaga uprawnień roota)")))?;
    let status = Command::new("update-ca-certificates").status();
    let status = status.saying(|| sentence!("update-ca-certificates cannot be run", "nie można uruchomić update-ca-certificates"))?;
    if !status.success() {
        return Err(failed(sentence!("update-ca-certificates failed", "update-ca-certificates nie powiodło się")));
    }
    speech::answer(&sentence!(
        "Programs of this host that use its trust store trust the installation's authority now. To undo it, remove {file} and run update-ca-certificates --fresh.",
        "Programy tego hosta, które używają jego zbioru zaufanych certyfikatów, ufają teraz urzędowi tej instalacji. Aby to cofnąć, usuń {file} i uruchom update-ca-certificates --fresh.",
        file = file.display()
    ));
    Ok(())
}

fn cannot_write(file: &Path) -> Sentence {
    sentence!("cannot write {file}", "nie można zapisać {file}", file = file.display())
}
