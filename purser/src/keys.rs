//! `purser keys`: the keyring, its root key and its second copy.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Error;
use app::host::{CopyLine, DrillFacts, EpochRolled, KeysFacts, KeysLine, Request};
use app::{Clock, Rng};
use words::sentence;

use crate::cli::{HostArguments, KeysCommand, KeysRestoreArguments, KeysRootArguments, Output, OutputArguments};
use crate::installation::{config, request, root, runtime};
use crate::speech::failed;
use crate::{output, speech};

pub(crate) fn run(command: KeysCommand) -> Result<ExitCode, Error> {
    match command {
        KeysCommand::Status { host, output } => status(&host, output),
        KeysCommand::Copy { folder, host, output } => copy(folder, &host, output),
        KeysCommand::Drill { folder, host, output } => drill(folder, &host, output),
        KeysCommand::Restore(arguments) => restore(&arguments),
        KeysCommand::Root(arguments) => change_root(arguments),
        KeysCommand::Roll { tenant, host, output } => roll(tenant, &host, output),
    }
}

fn status(host: &HostArguments, output: OutputArguments) -> Result<ExitCode, Error> {
    let facts: KeysFacts = request(host, Request::KeysStatus {})?;
    if output.output == Output::Json {
        output::json(&facts)?;
        return Ok(ExitCode::SUCCESS);
    }
    let from = match facts.root_key.as_str() {
        "passphrase-file" => sentence!("a passphrase file", "plik z hasłem"),
        "systemd-credential" => sentence!("a systemd credential", "poświadczenie systemd"),
        _ => sentence!("a PKCS#11 token", "token PKCS#11"),
    };
    speech::answer(&sentence!("Root key  ", "Klucz główny  ").then("", &from));
    speech::answer(&copy_in_words(facts.second_copy.as_ref()));
    println!();
    table(facts.tenants)?;
    Ok(ExitCode::SUCCESS)
}

fn copy_in_words(copy: Option<&CopyLine>) -> words::Sentence {
    let Some(CopyLine { folder, made_at, is_in_step }) = copy else {
        return sentence!(
            "Second copy  NONE: if this disk is lost, everything that is stored is lost. `purser keys copy DIR` makes one",
            "Druga kopia  BRAK: jeśli przepadnie ten dysk, przepadnie wszystko, co zapisano. Tworzy ją `purser keys copy KATALOG`"
        );
    };
    let folder = folder.display();
    match made_at.map(output::when) {
        None => sentence!(
            "Second copy  {folder} CANNOT BE READ: is the disk there? `purser keys copy` makes a new one",
            "Druga kopia  {folder} JEST NIECZYTELNA: czy dysk jest dostępny? Nową tworzy `purser keys copy`"
        ),
        Some(when) if *is_in_step => sentence!("Second copy  {folder}, of {when}, in step", "Druga kopia  {folder}, z {when}, aktualna"),
        Some(when) => sentence!(
            "Second copy  {folder}, of {when}, BEHIND the keyring: a server that runs brings it up to date within a minute",
            "Druga kopia  {folder}, z {when}, NIEAKTUALNA: działający serwer zaktualizuje ją w ciągu minuty"
        ),
    }
}

fn table(lines: Vec<KeysLine>) -> Result<(), Error> {
    let rolls = |rolls: bool| match rolls {
        true => speech::said(&sentence!("due", "do zmiany")),
        false => speech::said(&sentence!("done", "aktualna")),
    };
    let row = |line: KeysLine| match line.keys {
        Some(keys) => {
            let began = output::when(keys.epoch_began_at);
            [line.tenant, keys.epoch.to_string(), began, rolls(keys.rolls), keys.keys.to_string(), keys.destroyed.to_string()]
        }
        None => {
            let none = || "-".to_owned();
            [line.tenant, none(), none(), speech::said(&sentence!("has no keys", "nie ma kluczy")), none(), none()]
        }
    };
    let headings = [
        sentence!("TENANT", "ORGANIZACJA"),
        sentence!("EPOCH", "EPOKA"),
        sentence!("SINCE", "OD"),
        sentence!("ROLL", "STAN"),
        sentence!("KEYS", "KLUCZE"),
        sentence!("DESTROYED", "ZNISZCZONE"),
    ];
    output::table(headings, lines.into_iter().map(row))
}

fn copy(folder: Option<PathBuf>, host: &HostArguments, output: OutputArguments) -> Result<ExitCode, Error> {
    // The server may have another working folder.
    let folder = folder.map(std::path::absolute).transpose()?;
    let made: CopyLine = request(host, Request::KeysCopy { folder })?;
    match output.output {
        Output::Json => output::json(&made)?,
        Output::Table => {
            let folder = made.folder.display();
            speech::answer(&sentence!(
                "The keyring's second copy lies in {folder}, and a server that runs keeps it in step. It opens with the root key's provider only, and is \
worth nothing without it. Keep it apart from backups of the data: in one hand they would bring back what was erased",
                "Druga kopia pęku kluczy jest w {folder}, a działający serwer dba o jej aktualność. Otwiera ją tylko źródło klucza głównego i bez niego jest \
nic niewarta. Trzymaj ją z dala od kopii zapasowych danych: w jednych rękach przywróciłyby to, co usunięto"
            ));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn drill(folder: Option<PathBuf>, host: &HostArguments, output: OutputArguments) -> Result<ExitCode, Error> {
    let folder = folder.map(std::path::absolute).transpose()?;
    let found: DrillFacts = request(host, Request::KeysDrill { folder })?;
    let holds = found.failed == 0 && found.made_since == 0;
    match output.output {
        Output::Json => output::json(&found)?,
        Output::Table => {
            let (folder, made, age) = (found.folder.display(), output::when(found.made_at), found.age_seconds);
            let DrillFacts { tenants, opened, destroyed_since, made_since, failed, .. } = &found;
            speech::answer(&sentence!(
                "Copy in {folder}, made {made}, {age} seconds ago\n\
{opened} keys of {tenants} tenants open and are the keyring's\n\
{destroyed_since} were destroyed since: a restore destroys them\n\
{made_since} were made since: a restore would lose them, and what is sealed under them\n\
{failed} do not open, or are others than the keyring's",
                "Kopia w {folder}, z {made}, sprzed {age} s\n\
klucze, które się otwierają i są te same co w pęku: {opened}, organizacje: {tenants}\n\
zniszczone od tego czasu (przywrócenie je zniszczy): {destroyed_since}\n\
utworzone od tego czasu (przywrócenie je utraci, razem z tym, co nimi zapieczętowano): {made_since}\n\
takie, które się nie otwierają albo są inne niż w pęku: {failed}"
            ));
            for named in &found.named {
                println!("{named}");
            }
        }
    }
    Ok(if holds { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn restore(arguments: &KeysRestoreArguments) -> Result<ExitCode, Error> {
    let config = config(&arguments.host)?;
    let folder = std::path::absolute(&arguments.folder)?;
    let restored = runtime()?.block_on(app::keyring::restore(config, &folder, Clock::system(), Rng::system()))?;
    let (made, keys, refused) = (output::when(restored.made_at), restored.keys, restored.refused);
    speech::answer(&sentence!(
        "The keyring is back as it was at {made}: {keys} keys. {refused} that were destroyed since are destroyed in it, too. What was sealed under keys that were made \
since does not open any more: devices that joined since have to enrol again",
        "Pęk kluczy jest taki jak {made}: kluczy {keys}. Zniszczono w nim też te, które zniszczono od tego czasu: {refused}. To, co zapieczętowano kluczami utworzonymi \
później, już się nie otworzy: urządzenia, które dołączyły później, muszą dołączyć jeszcze raz"
    ));
    Ok(ExitCode::SUCCESS)
}

fn change_root(arguments: KeysRootArguments) -> Result<ExitCode, Error> {
    let config = config(&arguments.host)?;
    let next = root(arguments.passphrase_file, arguments.root)?;
    let next = next.ok_or_else(|| failed(sentence!("which provider? see --help", "które źródło? zobacz --help")))?;
    let consequence = app::in_words::root_consequence(&next);
    runtime()?.block_on(app::keyring::change_root(config, &next, Clock::system(), Rng::system()))?;
    let changed = sentence!(
        "The root key is a new one and comes from there now. What it came from before opens copies of the keyring that were made before, and nothing else: \
destroy both. A second copy is brought up to date when the server runs",
        "Klucz główny jest nowy i bierze się teraz stamtąd. To, z czego brał się dotąd, otwiera już tylko dawne kopie pęku kluczy: zniszcz jedno i drugie. \
Drugą kopię zaktualizuje serwer, gdy zacznie działać"
    );
    speech::answer(&changed.then("\n\n", &consequence));
    Ok(ExitCode::SUCCESS)
}

fn roll(tenant: String, host: &HostArguments, output: OutputArguments) -> Result<ExitCode, Error> {
    let rolled: EpochRolled = request(host, Request::KeysRoll { tenant })?;
    match output.output {
        Output::Json => output::json(&rolled)?,
        Output::Table => {
            let epoch = rolled.epoch;
            speech::answer(&sentence!(
                "Epoch {epoch} has begun; the ones before are destroyed",
                "Zaczęła się epoka {epoch}; poprzednie zniszczono"
            ));
        }
    }
    Ok(ExitCode::SUCCESS)
}
