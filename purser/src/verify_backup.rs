//! `purser verify backup`: whether a copy of the data can be put back, and undoes no erasure.

use std::process::ExitCode;

use anyhow::Error;
use app::host::{BackupFacts, BackupFinding, LedgerInCopy, Request, TenantInCopy};
use words::{Sentence, sentence};

use crate::cli::{Output, VerifyBackupArguments};
use crate::installation::request;
use crate::verify_store::tell_findings;
use crate::{output, speech};

pub(crate) fn run(arguments: &VerifyBackupArguments) -> Result<ExitCode, Error> {
    let folder = std::path::absolute(&arguments.folder)?;
    let facts: BackupFacts = request(&arguments.host, Request::VerifyBackup { folder })?;
    match arguments.output.output {
        Output::Json => output::json(&facts)?,
        Output::Table => tell(&facts)?,
    }
    Ok(if facts.findings_total == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn tell(facts: &BackupFacts) -> Result<(), Error> {
    if !facts.tenants.is_empty() {
        tenants(&facts.tenants)?;
    }
    for finding in &facts.findings {
        speech::answer(&in_words(finding));
    }
    if let Some(ledger) = &facts.instance {
        tell_ledger(&speech::said(&sentence!("the instance", "instancja")), ledger);
    }
    for tenant in &facts.tenants {
        if let Some(ledger) = &tenant.ledger {
            tell_ledger(&tenant.store.tenant, ledger);
        }
        tell_findings(&tenant.store.tenant, &tenant.store.findings, tenant.store.findings_total);
    }
    tell_age(facts);
    let (folder, wrong) = (facts.folder.display(), facts.findings_total);
    speech::answer(&match wrong {
        0 => {
            sentence!("{folder} can be put back, and undoes no erasure", "{folder} nadaje się do przywrócenia i nie cofa żadnego usunięcia")
        }
        _ => sentence!("{folder} is not to be put back as it is: {wrong} findings", "{folder} nie należy tak przywracać; ustaleń: {wrong}"),
    });
    Ok(())
}

fn tenants(tenants: &[TenantInCopy]) -> Result<(), Error> {
    let headings = [
        sentence!("TENANT", "ORGANIZACJA"),
        sentence!("ROWS", "WIERSZE"),
        sentence!("OPENED", "OTWARTE"),
        sentence!("ERASED", "USUNIĘTE"),
        sentence!("WRONG", "NIEZGODNE"),
        sentence!("ENTRIES", "WPISY"),
        sentence!("BEHIND", "BRAKUJE"),
        sentence!("NEWEST ENTRY", "NAJNOWSZY WPIS"),
    ];
    let row = |tenant: &TenantInCopy| {
        let TenantInCopy { is_erased, store, ledger } = tenant;
        let erased = match is_erased {
            true => speech::said(&sentence!("all", "wszystko")),
            false => store.erased.to_string(),
        };
        let of_ledger = |told: fn(&LedgerInCopy) -> String| ledger.as_ref().map_or_else(|| "-".to_owned(), told);
        [
            store.tenant.clone(),
            store.rows.to_string(),
            store.values.to_string(),
            erased,
            store.findings_total.to_string(),
            of_ledger(|ledger| ledger.entries.to_string()),
            of_ledger(|ledger| ledger.behind.to_string()),
            of_ledger(|ledger| ledger.newest_at.map_or_else(|| "-".to_owned(), output::when)),
        ]
    };
    output::table(headings, tenants.iter().map(row))
}

fn tell_ledger(whose: &str, ledger: &LedgerInCopy) {
    let LedgerInCopy { entries, parts_at, .. } = ledger;
    let at = parts_at.unwrap_or_default();
    let said = match ledger.standing.as_str() {
        "begins" => None,
        "ahead" => Some(sentence!(
            "{whose}: its ledger holds more than there is now, of what was signed: the present data are the older ones",
            "{whose}: dziennik ma więcej, niż jest teraz, z tego, co podpisano: starsze są dane obecne"
        )),
        "unproven" => Some(sentence!(
            "{whose}: nobody can say whether its ledger is what was signed, since neither the copy nor the present data hold all of that; \
             compare with a checkpoint that you kept",
            "{whose}: nie da się stwierdzić, czy dziennik jest tym, co podpisano, bo całości nie ma ani kopia, ani dane obecne; porównaj z \
             zachowanym punktem kontrolnym"
        )),
        "parts" => Some(sentence!(
            "{whose}: from place {at} on its ledger is another than the present one",
            "{whose}: od miejsca {at} dziennik jest inny niż obecny"
        )),
        "not-signed" => Some(sentence!("{whose}: its ledger is not what was signed", "{whose}: dziennik nie jest tym, co podpisano")),
        "empty" => Some(sentence!(
            "{whose}: it has no ledger: the file is another tenant's, or was emptied",
            "{whose}: nie ma dziennika: to plik innej organizacji albo go opróżniono"
        )),
        _ => Some(sentence!(
            "{whose}: the tree of its ledger ({entries} entries) is not what its entries make it",
            "{whose}: drzewo dziennika (wpisy: {entries}) nie jest tym, co wynika z wpisów"
        )),
    };
    if let Some(said) = said {
        speech::answer(&said);
    }
    tell_findings(whose, &ledger.findings, ledger.entries_wrong);
}

fn tell_age(facts: &BackupFacts) {
    let ledgers = || facts.instance.iter().chain(facts.tenants.iter().filter_map(|tenant| tenant.ledger.as_ref()));
    if let Some(newest) = ledgers().filter_map(|ledger| ledger.newest_at).max() {
        let (when, behind): (String, u64) = (output::when(newest), ledgers().map(|ledger| ledger.behind).sum());
        speech::answer(&sentence!(
            "The copy's newest entry is of {when}; {behind} entries have been added to the ledgers since",
            "Najnowszy wpis kopii: {when}; od tego czasu w dziennikach przybyło wpisów: {behind}"
        ));
    }
    if facts.tenants_since > 0 {
        speech::answer(&sentence!(
            "{since} tenants that there are now are not in it",
            "Liczba obecnych organizacji, których w niej nie ma: {since}",
            since = facts.tenants_since
        ));
    }
    if facts.files_to_migrate > 0 {
        speech::answer(&sentence!(
            "{files} of its files were written by an earlier version and would be migrated at the first start",
            "Liczba jej plików zapisanych przez wcześniejszą wersję, które zmieni pierwsze uruchomienie: {files}",
            files = facts.files_to_migrate
        ));
    }
}

fn in_words(finding: &BackupFinding) -> Sentence {
    let BackupFinding { what, place, detail } = finding;
    match (what.as_str(), detail.as_str()) {
        ("key", "keyring") => sentence!(
            "{place} is a keyring: with it the copy undoes every erasure since; remove it from the copy",
            "{place} to pęk kluczy: z nim kopia cofa każde późniejsze usunięcie; usuń go z kopii"
        ),
        ("key", "keyring-copy") => sentence!(
            "{place} is the keyring's second copy: with it the copy undoes every erasure since; keep it apart",
            "{place} to druga kopia pęku kluczy: z nią kopia cofa każde późniejsze usunięcie; trzymaj ją osobno"
        ),
        ("key", "passphrase") => sentence!(
            "{place} is the passphrase, which opens the keyring; keep it apart from the copy",
            "{place} to hasło, które otwiera pęk kluczy; trzymaj je osobno"
        ),
        ("key", _) => sentence!(
            "{place} is a socket: it belongs to a server that runs, and to no copy",
            "{place} to gniazdo: należy do działającego serwera, a nie do kopii"
        ),
        ("caches", _) => sentence!(
            "{place} holds caches, which may tell of devices that were erased since; remove it from the copy: the server makes them anew",
            "{place} zawiera pamięci podręczne, które mogą mówić o urządzeniach usuniętych później; usuń to z kopii: serwer utworzy je na nowo"
        ),
        ("missing", _) => sentence!("{place} is missing", "brakuje {place}"),
        ("foreign", _) => sentence!("{place} cannot be read by this program: {detail}", "ten program nie odczyta {place}: {detail}"),
        ("other-installation", _) => sentence!(
            "it is a copy of another installation: its ledger has nothing in common with this one's, and nothing in it opens",
            "to kopia innej instalacji: jej dziennik nie ma z tutejszym nic wspólnego i niczego w niej nie da się otworzyć"
        ),
        _ => sentence!("{place} is damaged: {detail}", "{place} jest uszkodzony: {detail}"),
    }
}
