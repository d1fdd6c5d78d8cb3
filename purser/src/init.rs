//! `purser init`: a new installation.

use std::process::ExitCode;

use anyhow::Error;
use app::{Clock, Config, Opened, Rng};

use crate::cli::InitArguments;
use crate::installation;

pub(crate) fn run(arguments: InitArguments) -> Result<ExitCode, Error> {
    let data = installation::data(&arguments.host)?;
    let config = Config::create(data, installation::wishes(arguments.wishes)?)?;
    let consequence = app::passphrase_consequence(&config.passphrase_file);
    let (folder, public_url) = (config.data.path().display().to_string(), config.public_url.clone());
    installation::runtime()?.block_on(async {
        let opened = Opened::create(config, Clock::system(), Rng::system()).await?;
        opened.close().await;
        Ok::<_, Error>(())
    })?;
    println!("A new installation lies in {folder}. It will answer at {public_url}\n\n{consequence}\n\nNext: purser serve --data {folder}");
    Ok(ExitCode::SUCCESS)
}
