//! What the errors of the server and its tools say in every language, for whoever prints them.
//!
//! Those of this crate and of `web` say it where they are made. The lower floors' errors are written for logs, in English; of
//! them, what people meet at a start has its Polish here. Whatever is not known stays as it was said.

use std::error::Error;

use identity::IdentityError;
use identity::label::{LABEL_KEY_BYTES_MAX, LABEL_VALUE_BYTES_MAX, LABELS_MAX, LabelError};
use identity::network::{NETWORKS_MAX, NetworkError, NetworksError};
use store::StoreError;
use trust::export::source::SourceError;
use trust::second_copy::CopyError;
use trust::{ErasureError, ExportFailure, ImportFailure, LedgerError, RootKeyError, RootSource, TokenKey, TrustError};
use vulnerabilities::VulnerabilitiesError;
use vulnerabilities::document::DocumentError;
use vulnerabilities::fetch::FetchError;
use web::names::PublicUrlError;
use web::serve::ServeError;
use web::tls::TlsError;
use words::{Language, Sentence, Speaks};

use crate::advisories::LoadError;
use crate::config::ConfigError;
use crate::contact::ContactError;
use crate::host::HostError;
use crate::opened::OpenError;
use crate::running::StartError;

/// What this one error says, without its causes; nothing where it is a stranger.
#[must_use]
pub fn in_words(error: &(dyn Error + 'static)) -> Option<Sentence> {
    fn of<E: Speaks + Error + 'static>(error: &(dyn Error + 'static)) -> Option<Sentence> {
        error.downcast_ref::<E>().map(Speaks::sentence)
    }
    let own = of::<HostError>(error).or_else(|| of::<OpenError>(error)).or_else(|| of::<ConfigError>(error));
    let start = || of::<StartError>(error).or_else(|| of::<LoadError>(error));
    let own = own.or_else(|| of::<ContactError>(error));
    let web = || of::<ServeError>(error).or_else(|| of::<TlsError>(error)).or_else(|| of::<PublicUrlError>(error));
    let keys = || {
        error
            .downcast_ref()
            .map(of_trust)
            .or_else(|| error.downcast_ref().map(of_root_key))
            .or_else(|| error.downcast_ref().map(of_copy))
            .or_else(|| error.downcast_ref().map(of_export))
            .or_else(|| error.downcast_ref().map(of_import))
            .or_else(|| error.downcast_ref().map(of_erasure))
            .or_else(|| error.downcast_ref().map(of_ledger))
    };
    let accounts = || {
        error
            .downcast_ref()
            .map(of_identity)
            .or_else(|| error.downcast_ref().map(of_label))
            .or_else(|| error.downcast_ref().map(of_networks))
    };
    let advisories = || error.downcast_ref().map(of_vulnerabilities).or_else(|| error.downcast_ref().map(of_document));
    let below = || error.downcast_ref().map(of_fetch).or_else(|| error.downcast_ref().map(of_store));
    own.or_else(start).or_else(web).or_else(keys).or_else(accounts).or_else(advisories).or_else(below)
}

/// An error with its causes.
#[must_use]
pub fn chain(error: &(dyn Error + 'static)) -> Sentence {
    words::chain(error, in_words)
}

pub(crate) fn of_trust(error: &TrustError) -> Sentence {
    let own = error.to_string();
    match error {
        TrustError::RootKey(error) => of_root_key(error),
        TrustError::WrongPassphrase => Sentence::new(
            own,
            "to hasło nie otwiera pęku kluczy: należy do innej instalacji albo zostało zmienione. Przywróć właściwy plik z hasłem",
        ),
        TrustError::WrongToken => Sentence::new(
            own,
            "ten klucz główny nie otwiera pęku kluczy, który opakowano tokenem PKCS#11: podaj token i klucz, którymi go utworzono albo na które go zmieniono",
        ),
        TrustError::WrongRootOfCopy => Sentence::new(
            own,
            "ten klucz główny nie otwiera kopii pęku kluczy: należy ona do innej instalacji albo powstała przed zmianą klucza głównego",
        ),
        TrustError::NothingOffered => Sentence::new(
            own,
            "pękowi kluczy nie podano innego klucza głównego, który by go otwierał: zacznij od nowa poleceniem `purser keys root`",
        ),
        TrustError::KeyringLost => Sentence::new(
            own,
            "pęk kluczy jest pusty, a istnieją organizacje, których dane powinien otwierać: przywróć pęk kluczy z drugiej kopii. Nowy ich nie otworzy",
        ),
        TrustError::Damaged { purpose, version } => Sentence::new(
            own,
            format!("klucz {purpose} w wersji {version} ze pęku kluczy jest uszkodzony: przywróć pęk kluczy z drugiej kopii"),
        ),
        TrustError::Key(_) => Sentence::same(own),
        TrustError::Store(error) => of_store(error),
    }
}

pub(crate) fn of_copy(error: &CopyError) -> Sentence {
    let own = error.to_string();
    let polish = match error {
        CopyError::None { path } => {
            format!("nie ma kopii pęku kluczy {path}: utwórz ją poleceniem `purser keys copy`", path = path.display())
        }
        CopyError::Io { path, .. } => format!("nie można użyć kopii pęku kluczy {path}", path = path.display()),
        CopyError::Damaged { path, line } => format!(
            "kopia pęku kluczy {path} jest uszkodzona w wierszu {line} albo została zmieniona: utwórz nową albo weź starszą",
            path = path.display()
        ),
        CopyError::Format { found } => {
            format!("kopia pęku kluczy ma format {found}, którego ten program nie zna: użyj tego, który ją zapisał")
        }
        CopyError::NotLost => {
            "pęk kluczy nie przepadł: kopię przywraca się tylko tam, gdzie go nie ma, żeby nie wyrzucić nowszego klucza".into()
        }
        CopyError::Trust(error) => return of_trust(error),
        CopyError::Store(error) => return of_store(error),
    };
    Sentence::new(own, polish)
}

pub(crate) fn of_root_key(error: &RootKeyError) -> Sentence {
    let own = error.to_string();
    let polish = match error {
        RootKeyError::Missing { path } => format!(
            "nie ma pliku z hasłem {path}: bez niego nie da się odczytać niczego, co zapisano. Przywróć go; nowy, tylko dla nowej instalacji, \
             utworzy `purser init`",
            path = path.display()
        ),
        RootKeyError::Exists { path } => {
            format!("{path} już istnieje i nie zostanie nadpisany: może to być jedyny klucz do zapisanych danych", path = path.display())
        }
        RootKeyError::OpenToOthers { path, mode } => format!(
            "plik z hasłem {path} mogą czytać inni (tryb {mode:03o}): wykonaj na nim `chmod 600` i zastanów się, kto go już przeczytał",
            path = path.display()
        ),
        RootKeyError::NotAFile { path } => format!("{path} nie jest zwykłym plikiem", path = path.display()),
        RootKeyError::Unusable { path } => format!(
            "hasło w {path} musi być jednym wierszem UTF-8 o długości od {min} do {max} bajtów",
            path = path.display(),
            min = trust::root_key::PASSPHRASE_BYTES_MIN,
            max = trust::root_key::PASSPHRASE_BYTES_MAX
        ),
        RootKeyError::Io { path, .. } => format!("nie można użyć pliku z hasłem {path}", path = path.display()),
        RootKeyError::NoCredentials { name } => format!(
            "klucz główny ma pochodzić z poświadczenia systemd {name}, ale systemd nie przekazał temu procesowi żadnych poświadczeń: uruchom go jako \
             jednostkę z LoadCredentialEncrypted={name} albo wykonaj polecenie przez `systemd-run` z tą samą właściwością"
        ),
        RootKeyError::NoCredential { name, path } => format!(
            "systemd nie przekazał poświadczenia {name} (nie ma {path}): jednostka wymaga LoadCredentialEncrypted={name}",
            path = path.display()
        ),
        RootKeyError::CredentialName { name } => {
            format!("{name:?} nie jest nazwą poświadczenia systemd: ma ona tylko litery, cyfry, '-', '_' i '.' i nie zaczyna się od '.'")
        }
        RootKeyError::Pin { path, .. } => format!(
            "nie można odczytać kodu PIN tokenu z {path}: plik musi mieć jeden wiersz o długości od {min} do {max} bajtów i tylko jego właściciel \
             może go czytać",
            path = path.display(),
            min = trust::root_key::PIN_BYTES_MIN,
            max = trust::root_key::PASSPHRASE_BYTES_MAX
        ),
        RootKeyError::Token { module, doing, reason } => {
            format!("moduł PKCS#11 {module}, podczas operacji „{doing}”: {reason}", module = module.display())
        }
        RootKeyError::TokenNotFound { token, found } => {
            format!(
                "etykietę {token:?} ma tyle tokenów: {found}, a musi mieć jeden: pokazuje je `pkcs11-tool --list-slots` albo narzędzie producenta"
            )
        }
        RootKeyError::TokenKeyNotFound { token, key, found } => format!(
            "token {token:?} ma tyle kluczy AES o etykiecie {key:?}: {found}, a musi mieć jeden: bez niego nie da się odczytać niczego, co zapisano"
        ),
        RootKeyError::TokenKeyMayLeave { key } => {
            format!("klucz {key:?} może opuścić token (da się go wyjąć albo nie jest chroniony): utwórz taki, który nie może")
        }
        RootKeyError::Cost => "pęk kluczy wymaga wyprowadzenia klucza poza dopuszczalnymi granicami: jest uszkodzony".into(),
    };
    Sentence::new(own, polish)
}

fn of_import(error: &ImportFailure) -> Sentence {
    let own = error.to_string();
    let polish = match error {
        ImportFailure::Source(SourceError::File { path, .. }) => format!("nie można odczytać {}", path.display()),
        ImportFailure::Source(SourceError::NoExport(path)) => {
            format!("{} nie ma manifestu: to nie eksport albo eksport niedokończony", path.display())
        }
        ImportFailure::Source(SourceError::NoArchive { path, why }) => {
            let why = why.sentence();
            format!("{} nie jest ani folderem, ani archiwum eksportu: {}", path.display(), why.text(Language::Polish))
        }
        ImportFailure::Source(SourceError::Export(_)) => format!("eksport nie jest tym, co wyeksportowano: {own}"),
        ImportFailure::ErasureOpen(erasure) => {
            format!("trwa tu usuwanie {erasure} tej organizacji albo czegoś z niej: zaczekaj, aż się skończy, albo je odwołaj")
        }
        ImportFailure::NotATenant(_) => "to eksport urządzenia albo użytkownika: przyjmuje się tylko całą organizację".into(),
        ImportFailure::Altered(values) => {
            format!("wartości eksportu, które nie otwierały się, gdy powstawał: {values}; nie można ich przyjąć")
        }
        ImportFailure::OtherVersion { what } => {
            format!("{what} jest tu nieznane albo tego brakuje: eksport pochodzi z innej wersji programu")
        }
        ImportFailure::Value { file, line, column } => {
            format!("{file}, wiersz {line}: {column} nie ma wartości, którą można przyjąć")
        }
        ImportFailure::Here(tenant) => format!("{tenant} już tu jest: import nigdy nie zmienia istniejącej organizacji"),
        ImportFailure::Erased => "tę organizację tutaj usunięto: jej numer jest zużyty".into(),
        ImportFailure::Taken(what) => format!("konto albo wiersz z eksportu jest tu już w innej organizacji ({what})"),
        ImportFailure::Store(error) => return of_store(error),
        ImportFailure::Trust(error) => return of_trust(error),
    };
    Sentence::new(own, polish)
}

fn of_erasure(error: &ErasureError) -> Sentence {
    let own = error.to_string();
    match error {
        ErasureError::NotFound => Sentence::new(own, "nic takiego nie jest przechowywane"),
        ErasureError::Delay { max } => {
            let hours = max.as_secs() / 3_600;
            Sentence::new(own, format!("usuwanie zaczyna się najpóźniej po {hours} godzinach, aby do terminu starczyło na nie czasu"))
        }
        ErasureError::Open(erasure) => Sentence::new(own, format!("usunięcie tego już zlecono: {erasure}")),
        ErasureError::LastOwner => {
            Sentence::new(own, "organizacja zachowuje właściciela: najpierw uczyń nim kogoś innego albo zleć usunięcie organizacji")
        }
        ErasureError::Begun => Sentence::new(own, "usuwanie już się zaczęło, więc nie można go odwołać"),
        ErasureError::Left { tables } => Sentence::new(own, format!("wiersze tego, co jest usuwane, pozostały w {}", tables.join(", "))),
        ErasureError::StillOpens => Sentence::new(own, "to, co zapieczętowano zniszczonym kluczem, nadal się otwiera"),
        ErasureError::Trust(error) => of_trust(error),
        ErasureError::Store(error) => of_store(error),
        ErasureError::Ledger(error) => of_ledger(error),
        ErasureError::Domain(_) => Sentence::same(own),
    }
}

fn of_export(error: &ExportFailure) -> Sentence {
    let own = error.to_string();
    match error {
        ExportFailure::NotFound(kind) => {
            let whose = match *kind {
                "tenant" => "tej organizacji",
                "device" => "tym urządzeniu",
                _ => "tym użytkowniku",
            };
            Sentence::new(own, format!("nic nie jest przechowywane o {whose}"))
        }
        ExportFailure::FolderExists(path) => {
            Sentence::new(own, format!("{} już istnieje: eksport zapisuje się w nowym katalogu", path.display()))
        }
        ExportFailure::Folder { path, .. } => {
            Sentence::new(own, format!("nie można zapisać {}; zapisuje go serwer jako swój użytkownik", path.display()))
        }
        ExportFailure::Store(error) => of_store(error),
        ExportFailure::Cancelled => Sentence::new(own, "eksport odwołano"),
        ExportFailure::Ledger(error) => of_ledger(error),
        ExportFailure::Json(_) | ExportFailure::Io(_) => Sentence::same(own),
    }
}

fn of_ledger(error: &LedgerError) -> Sentence {
    let own = error.to_string();
    match error {
        LedgerError::NotFound => Sentence::new(own, "nie ma czegoś takiego"),
        LedgerError::RolledBack { signed, found } => Sentence::new(
            own,
            format!(
                "podpisano wpisy w liczbie {signed}, a jest {found}: przywrócono wcześniejsze dane. Nic z nich nie zostanie podpisane, dopóki na hoście nie otworzysz następcy dziennika: purser ledger succeed"
            ),
        ),
        LedgerError::Rewritten { signed } => Sentence::new(
            own,
            format!(
                "pierwsze wpisy w liczbie {signed} nie są tymi, które podpisano: dane przepisano albo przywrócono wcześniejsze. Nic z nich nie zostanie podpisane, dopóki na hoście nie otworzysz następcy dziennika: purser ledger succeed"
            ),
        ),
        LedgerError::NothingLost => {
            Sentence::new(own, "dziennik jest tym, co w nim podpisano: nic nie utracono, więc następca nie jest potrzebny")
        }
        LedgerError::NotACheckpoint(_) => Sentence::new(own, "to nie jest punkt kontrolny, który podpisał ten dziennik"),
        LedgerError::Altered { index } => {
            Sentence::new(own, format!("wpis {index} zmieniono w bazie: nie jest tym, o czym mówi jego zobowiązanie"))
        }
        LedgerError::Busy => Sentence::new(own, "dziennik jest właśnie zapisywany; spróbuj jeszcze raz"),
        LedgerError::Store(error) => of_store(error),
    }
}

pub(crate) fn of_store(error: &StoreError) -> Sentence {
    let own = error.to_string();
    match error {
        StoreError::Unavailable(reason) => Sentence::new(own, format!("baza danych jest niedostępna: {reason}")),
        StoreError::Newer { domain, found, known } => Sentence::new(
            own,
            format!(
                "dane {domain} mają schemat w wersji {found}, a ten program zna wersje do {known}: uruchom nowszego pursera, który je zapisał"
            ),
        ),
        _ => Sentence::same(own),
    }
}

pub(crate) fn of_identity(error: &IdentityError) -> Sentence {
    let own = error.to_string();
    let polish = match error {
        IdentityError::NotFound => "nie ma niczego takiego",
        IdentityError::LinkNotValid => "ten odnośnik jest nieznany, zużyty albo wygasł",
        IdentityError::OwnerIsReady => "właściciel założył już konto; powrót do niego daje `purser user recover`",
        IdentityError::EmailTaken => "ten adres e-mail ma już konto",
        IdentityError::ChangedMeanwhile => "w tym samym czasie zmienił to ktoś inny",
        IdentityError::Trust(error) => return of_trust(error),
        IdentityError::Store(error) => return of_store(error),
        _ => return Sentence::same(own),
    };
    Sentence::new(own, polish)
}

fn of_networks(error: &NetworksError) -> Sentence {
    let polish = match error {
        NetworksError::TooMany => format!("lista ma najwyżej {NETWORKS_MAX} sieci: połącz sąsiednie"),
        NetworksError::At { error: NetworkError::Unreadable, .. } => {
            "podaj adres (192.0.2.7) albo sieć z jej pierwszym adresem (192.0.2.0/24, 2001:db8::/48)".to_owned()
        }
        NetworksError::At { error: NetworkError::NotTheFirst(first), .. } => {
            format!("pierwszym adresem tej sieci jest {first}: podaj ją tak albo sam adres bez prefiksu")
        }
        NetworksError::At { error: NetworkError::Everybody, .. } => {
            "prefiks 0 bitów to każdy adres: zostaw listę pustą, aby przyjmować wszystkie".to_owned()
        }
        NetworksError::At { error: NetworkError::Mapped(address), .. } => {
            format!("zapisz ten adres jako adres IPv4, którym jest: {address}")
        }
    };
    Sentence::new(error.to_string(), polish)
}

fn of_label(error: &LabelError) -> Sentence {
    let polish = match error {
        LabelError::TooMany => format!("urządzenie ma najwyżej {LABELS_MAX} etykiet"),
        LabelError::Key => format!("klucz etykiety ma od 1 do {LABEL_KEY_BYTES_MAX} znaków spośród a-z, 0-9, '.', '_', '-' i '/'"),
        LabelError::Value => format!("wartość etykiety ma najwyżej {LABEL_VALUE_BYTES_MAX} bajtów i żadnych znaków sterujących"),
    };
    Sentence::new(error.to_string(), polish)
}

fn of_vulnerabilities(error: &VulnerabilitiesError) -> Sentence {
    let own = error.to_string();
    let polish = match error {
        VulnerabilitiesError::NotFound => "nie ma niczego takiego",
        VulnerabilitiesError::Document(_) => "dokument został odrzucony",
        VulnerabilitiesError::Fetch(_) => "źródła nie pobrano",
        VulnerabilitiesError::Offline => "pobieranie jest wyłączone w tej instalacji: zamiast tego importuj pliki",
        VulnerabilitiesError::Store(_) => "zawiodła baza danych",
        VulnerabilitiesError::File(_) => "nie można było odczytać albo zachować pliku",
        _ => return Sentence::same(own),
    };
    Sentence::new(own, polish)
}

/// What is said of a place within a document keeps the reader's own words.
fn of_document(error: &DocumentError) -> Sentence {
    let own = error.to_string();
    let polish = match error {
        DocumentError::Io(_) => "nie można odczytać dokumentu".to_owned(),
        DocumentError::TooLarge { limit } => format!("dokument ma więcej niż {limit} bajtów"),
        DocumentError::Bomb { limit } => format!("dokument rozpakowuje się do więcej niż {limit} bajtów: to może być bomba dekompresyjna"),
        DocumentError::Damaged { entry: None, .. } => "dokument jest uszkodzony".to_owned(),
        DocumentError::Damaged { entry: Some(entry), .. } => format!("dokument jest uszkodzony w {entry}"),
        DocumentError::NotRead { what } => {
            format!("to jest {what}, a tego formatu ta wersja nie czyta (czyta OSV jako JSON lub YAML, CISA KEV jako JSON, EPSS jako CSV)")
        }
        DocumentError::Empty => "w dokumencie nie ma żadnego rekordu".to_owned(),
        _ => return Sentence::same(own),
    };
    Sentence::new(own, polish)
}

fn of_fetch(error: &FetchError) -> Sentence {
    let own = error.to_string();
    let polish = match error {
        FetchError::Network { host, reason } => format!("nie można połączyć się z {host}: {reason}"),
        FetchError::Status { host, status } => format!("{host} odpowiada {status}"),
        FetchError::Digest { host } => format!("to nie jest dokument, który wskazuje {host}: ma inny skrót SHA-256"),
        _ => return Sentence::same(own),
    };
    Sentence::new(own, polish)
}

/// What whoever makes a root key must be told.
#[must_use]
pub fn root_consequence(source: &RootSource) -> Sentence {
    let polish = match source {
        RootSource::PassphraseFile { path } => format!(
            "Hasło w {} otwiera wszystko, co Purser zapisuje. Jeśli przepadnie, przepadną wszystkie zapisane dane: nikt, my także, nie zdoła go \
             odtworzyć. Przechowuj jego kopię na papierze albo w menedżerze haseł, z dala od tego komputera i od kopii zapasowych danych.",
            path.display()
        ),
        RootSource::SystemdCredential { name } => format!(
            "Hasło w poświadczeniu systemd {name} otwiera wszystko, co Purser zapisuje. Jeśli przepadnie (także razem z TPM albo kluczem tego hosta), \
             przepadną wszystkie zapisane dane: nikt, my także, nie zdoła go odtworzyć. Przechowuj kopię hasła na papierze albo w menedżerze haseł, \
             z dala od tego komputera i od kopii zapasowych danych."
        ),
        RootSource::Pkcs11(TokenKey { token, key, .. }) => format!(
            "Klucz {key:?} w tokenie {token:?} otwiera wszystko, co Purser zapisuje, i nie da się go stamtąd skopiować. Jeśli token przepadnie, przepadną \
             wszystkie zapisane dane: nikt, my także, nie zdoła go odtworzyć. Miej drugi token z tym samym kluczem, tak jak przewiduje to producent."
        ),
    };
    Sentence::new(source.consequence(), polish)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    #[test]
    fn what_an_operator_meets_at_a_start_is_said_in_both_languages_with_the_same_facts() {
        let path = || PathBuf::from("/srv/purser/file");
        let met: Vec<Box<dyn Error>> = vec![
            Box::new(ConfigError::NotInitialised(path())),
            Box::new(ConfigError::EmbeddedStorage(path())),
            Box::new(ConfigError::OtherDatabase(path())),
            Box::new(OpenError::InUse(path())),
            Box::new(OpenError::RootKey(RootKeyError::Missing { path: path() })),
            Box::new(OpenError::RootKey(RootKeyError::Exists { path: path() })),
            Box::new(OpenError::RootKey(RootKeyError::OpenToOthers { path: path(), mode: 0o644 })),
            Box::new(OpenError::RootKey(RootKeyError::Unusable { path: path() })),
            Box::new(OpenError::RootKey(RootKeyError::NoCredential { name: "root".into(), path: path() })),
            Box::new(OpenError::RootKey(RootKeyError::NoCredentials { name: "/srv/purser/file".into() })),
            Box::new(OpenError::RootKey(RootKeyError::CredentialName { name: "/srv/purser/file".into() })),
            Box::new(OpenError::RootKey(RootKeyError::Pin { path: path(), source: None })),
            Box::new(OpenError::RootKey(RootKeyError::Token { module: path(), doing: "x", reason: "x".into() })),
            Box::new(OpenError::RootKey(RootKeyError::TokenNotFound { token: "/srv/purser/file".into(), found: 0 })),
            Box::new(OpenError::RootKey(RootKeyError::TokenKeyNotFound { token: "t".into(), key: "/srv/purser/file".into(), found: 2 })),
            Box::new(OpenError::RootKey(RootKeyError::TokenKeyMayLeave { key: "/srv/purser/file".into() })),
            Box::new(ConfigError::Made(path())),
            Box::new(OpenError::Copy(CopyError::None { path: path() })),
            Box::new(OpenError::Copy(CopyError::Damaged { path: path(), line: 7 })),
            Box::new(TlsError::NoCertificate { path: path() }),
            Box::new(ServeError::SocketTaken(path())),
            Box::new(HostError::Answer(path())),
            Box::new(ExportFailure::FolderExists(path())),
            Box::new(ExportFailure::Folder { path: path(), source: std::io::Error::other("x") }),
            Box::new(DocumentError::Damaged { entry: Some("/srv/purser/file".into()), source: std::io::Error::other("x") }),
            Box::new(FetchError::Network { host: "/srv/purser/file".into(), reason: "x".into() }),
        ];
        for error in met {
            let said = in_words(&*error).unwrap_or_else(|| panic!("{error} is not known"));
            let (english, polish) = (said.text(Language::English), said.text(Language::Polish));
            assert_eq!(english, error.to_string());
            assert_ne!(english, polish);
            assert!(english.contains("/srv/purser/file") && polish.contains("/srv/purser/file"), "{polish}");
        }
        let strange = TrustError::WrongPassphrase;
        assert!(chain(&OpenError::Trust(strange)).text(Language::Polish).starts_with("to hasło nie otwiera pęku kluczy"));
    }

    #[test]
    fn whoever_makes_a_passphrase_is_told_what_losing_it_means_in_both_languages() {
        let token = TokenKey { module: PathBuf::new(), token: "t".into(), key: "/srv/root".into(), pin_file: PathBuf::new() };
        let sources = [
            RootSource::PassphraseFile { path: "/srv/root".into() },
            RootSource::SystemdCredential { name: "/srv/root".into() },
            RootSource::Pkcs11(token),
        ];
        for said in sources.iter().map(root_consequence) {
            for language in Language::ALL {
                assert!(said.text(language).contains("/srv/root"), "{language:?}");
            }
            assert_ne!(said.text(Language::English), said.text(Language::Polish));
        }
    }
}
