//! `purser trust-ca`: the installation's own authority, for those who want to trust it.

use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::{Context as _, Error, ensure};
use app::host::{CertificateFacts, Request};

use crate::cli::TrustCaArguments;
use crate::installation::request;

/// Where Debian and its children look for certificates that the host's administrator adds.
const LOCAL_CERTIFICATES: &str = "/usr/local/share/ca-certificates";
const INSTALLED_NAME: &str = "purser-local-authority.crt";

pub(crate) fn run(arguments: &TrustCaArguments) -> Result<ExitCode, Error> {
    let facts: CertificateFacts = request(&arguments.host, Request::Certificate {})?;
    let authority = facts.authority.context("this installation uses a certificate of yours: whoever signed it is to be trusted")?;
    if arguments.system {
        install(&authority)?;
    } else if let Some(file) = &arguments.file {
        fs::write(file, &authority).with_context(|| format!("cannot write {}", file.display()))?;
    } else {
        print!("{authority}");
    }
    Ok(ExitCode::SUCCESS)
}

fn install(authority: &str) -> Result<(), Error> {
    let folder = Path::new(LOCAL_CERTIFICATES);
    ensure!(folder.is_dir(), "{LOCAL_CERTIFICATES} is not there: this host keeps its trust store elsewhere; use --file and its own tool");
    let file = folder.join(INSTALLED_NAME);
    fs::write(&file, authority).with_context(|| format!("cannot write {} (this needs root)", file.display()))?;
    let status = Command::new("update-ca-certificates").status().context("update-ca-certificates cannot be run")?;
    ensure!(status.success(), "update-ca-certificates failed");
    println!(
        "Programs of this host that use its trust store trust the installation's authority now. To undo it, remove {} and run update-ca-certificates --fresh.",
        file.display()
    );
    Ok(())
}
