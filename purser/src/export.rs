//! `purser export` and `purser import`: everything that is held of a tenant, a device or a user, in a folder; and back.

use std::process::ExitCode;

use anyhow::Error;
use app::Rng;
use app::host::{ExportFacts, ImportFacts, Installation, Request, RowsWritten};
use indicatif::ProgressBar;
use words::sentence;

use crate::cli::{ExportArguments, ImportArguments, Output};
use crate::{installation, output, progress, speech};

pub(crate) fn run(arguments: ExportArguments) -> Result<ExitCode, Error> {
    let config = installation::config(&arguments.host)?;
    let form = arguments.output.output;
    let facts = installation::runtime()?.block_on(async {
        let installation = Installation::reach(config).await?;
        let made = export(&installation, arguments).await;
        installation.leave().await;
        made
    })?;
    match form {
        Output::Json => output::json(&facts)?,
        Output::Table => tell(&facts),
    }
    // Whoever asks for data gets them, but must not miss that some were changed behind the server's back.
    Ok(if facts.altered_values == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn export(installation: &Installation, arguments: ExportArguments) -> Result<ExportFacts, Error> {
    let ExportArguments { tenant, device, user, out, .. } = arguments;
    let (folder, ticket) = (std::path::absolute(out)?, Rng::system().bits());
    let bar = progress::counter(&speech::said(&sentence!("rows written:", "zapisane wiersze:")));
    let asked = installation.ask(Request::Export { tenant, device, user, folder, ticket });
    let made = progress::while_looking(asked, || follow(installation, ticket, &bar)).await;
    bar.finish_and_clear();
    Ok(made?)
}

async fn follow(installation: &Installation, ticket: u64, bar: &ProgressBar) {
    if let Ok(RowsWritten { rows }) = installation.ask(Request::ExportProgress { ticket }).await {
        bar.set_position(rows);
    }
}

fn tell(facts: &ExportFacts) {
    let ExportFacts { tables, rows, erased_values, altered_values, digest, key, folder } = facts;
    let folder = folder.display();
    speech::answer(&sentence!(
        "{rows} rows of {tables} tables are in {folder}\nDigest  {digest}\nKey     {key}\nVerify it anywhere: purser verify export {folder} --key KEY",
        "Wiersze: {rows}, tabele: {tables}, w {folder}\nSkrót   {digest}\nKlucz   {key}\nMożna to sprawdzić gdziekolwiek: purser verify export {folder} --key KLUCZ"
    ));
    if *erased_values > 0 {
        speech::remark(&sentence!(
            "{erased_values} values are erased: their key was destroyed, and they are told as erased",
            "Usuniętych wartości: {erased_values}; ich klucz zniszczono, a eksport podaje je jako usunięte"
        ));
    }
    if *altered_values > 0 {
        speech::remark(&sentence!(
            "{altered_values} values were changed or moved in the database and do not open; `purser verify store` names them",
            "Wartości zmienionych lub przeniesionych w bazie, których nie da się otworzyć: {altered_values}; wymienia je `purser verify store`"
        ));
    }
}

pub(crate) fn import(arguments: ImportArguments) -> Result<ExitCode, Error> {
    let ImportArguments { export, key, host, output: form } = arguments;
    let folder = std::path::absolute(export)?;
    let facts: ImportFacts = installation::request(&host, Request::Import { folder, key })?;
    match form.output {
        Output::Json => output::json(&facts)?,
        Output::Table => {
            let ImportFacts { tenant, rows, .. } = &facts;
            speech::answer(&sentence!("Tenant  {tenant}\n{rows} rows were taken in", "Organizacja  {tenant}\nPrzyjęte wiersze: {rows}"));
            speech::remark(&sentence!(
                "An export holds nothing that opens something: give each user a way in (purser user recover), make tokens anew, enrol devices anew",
                "Eksport nie zawiera niczego, co coś otwiera: daj każdemu użytkownikowi drogę do konta (purser user recover), utwórz tokeny na nowo i na nowo dołącz urządzenia"
            ));
        }
    }
    Ok(ExitCode::SUCCESS)
}
