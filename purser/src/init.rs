//! `purser init`: a new installation.

use std::process::ExitCode;

use anyhow::Error;
use app::{Clock, Config, Opened, Rng};
use words::sentence;

use crate::cli::InitArguments;
use crate::{installation, speech};

pub(crate) fn run(arguments: InitArguments) -> Result<ExitCode, Error> {
    let data = installation::data(&arguments.host)?;
    let config = Config::create(data, installation::wishes(arguments.wishes)?)?;
    let consequence = app::in_words::root_consequence(&config.root);
    let (folder, public_url) = (config.data.path().display().to_string(), config.public_url.clone());
    installation::runtime()?.block_on(async {
        let opened = Opened::create(config, Clock::system(), Rng::system()).await?;
        opened.close().await;
        Ok::<_, Error>(())
    })?;
    let made = sentence!(
        "A new installation lies in {folder}. It will answer at {public_url}",
        "Nowa instalacja jest w {folder}. Będzie odpowiadać pod adresem {public_url}"
    );
    let next = sentence!("Next: purser serve --data {folder}", "Dalej: purser serve --data {folder}");
    speech::answer(&made.then("\n\n", &consequence).then("\n\n", &next));
    Ok(ExitCode::SUCCESS)
}
