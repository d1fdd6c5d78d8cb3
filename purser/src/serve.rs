//! `purser serve`: the server, until a signal.

use std::process::ExitCode;

use anyhow::Error;
use app::logging::{self, LogForm as Form};
use app::{Clock, Config, Opened, Rng};
use tokio::signal::unix::{SignalKind, signal};
use words::sentence;

use crate::cli::{LogForm, ServeArguments};
use crate::installation;
use crate::speech::Saying as _;

pub(crate) fn run(arguments: ServeArguments) -> Result<ExitCode, Error> {
    let config = Config::load(installation::data(&arguments.host)?, installation::wishes(arguments.wishes)?)?;
    logging::begin(match arguments.log {
        LogForm::Text => Form::Text,
        LogForm::Json => Form::Json,
    });
    // A report's short-lived buffers would each be given, and cleared, two megabytes at a time: without huge pages the ingest
    // benchmark's highest memory fell to two fifths, and processor time by a tenth. A kernel that does not know the setting
    // goes on as it was.
    let _is_set = rustix::thread::disable_transparent_huge_pages(true);
    installation::runtime()?.block_on(serve(config))?;
    Ok(ExitCode::SUCCESS)
}

async fn serve(config: Config) -> Result<(), Error> {
    // Before the first byte is opened: a signal at any moment ends the server in order.
    let unwatched = || sentence!("signals cannot be watched", "nie można śledzić sygnałów");
    let mut interrupt = signal(SignalKind::interrupt()).saying(unwatched)?;
    let mut terminate = signal(SignalKind::terminate()).saying(unwatched)?;
    let opened = Opened::open(config, Clock::system(), Rng::system()).await?;
    let running = app::start(opened).await?;
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    running.stop().await;
    Ok(())
}
