//! Where everything is, and how the server is reached.
//!
//! `purser init` writes what it was told to `settings.toml` in the data folder, so that every later command needs the
//! data folder only. What is given again on a later command line counts for that run.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use kernel::SecretText;
use serde::{Deserialize, Serialize};
use trust::RootSource;
use trust::access_log::{RETENTION_DAYS_DEFAULT, RETENTION_DAYS_MAX, RETENTION_DAYS_MIN};
use web::filter::FilterMode;
use web::names::{PublicUrlError, host_of};
use web::proxies::TRUSTED_PROXIES_MAX;
use web::tls::FrontCertificate;
use web::{TrustedProxies, TrustedProxy};
use words::{Sentence, Speaks, sentence};

use crate::contact::Contact;
use crate::mail::settings::MailSettings;
use crate::sign_on::SignOnSettings;

/// The port that the server listens on, unless it is told another.
pub const PORT_DEFAULT: u16 = 8443;
/// Largest settings file, in bytes.
pub const SETTINGS_BYTES_MAX: u64 = 64 * 1024;

/// The data folder and what lies where in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataFolder(PathBuf);

/// What a command line may say; what is absent comes from the settings, else from the defaults.
#[derive(Clone, Debug, Default)]
pub struct Wishes {
    /// `postgres://…`; absent: embedded storage.
    pub database: Option<SecretText>,
    /// The address under which people and agents reach the server.
    pub public_url: Option<String>,
    /// The network address to listen on.
    pub listen: Option<SocketAddr>,
    /// A second network address to listen on, for whoever shows a client certificate.
    pub listen_mtls: Option<SocketAddr>,
    /// Certificate and key of the user's own.
    pub tls: Option<TlsFiles>,
    /// Where the root key comes from, if not from a passphrase file in the data folder.
    pub root: Option<RootSource>,
    /// Certificates of load balancers that end TLS in front of the server: PEM files, or SHA-256 digests.
    pub front_certificates: Vec<String>,
    /// Proxies in front of the server that are believed about whom they stand for.
    pub trusted_proxies: Vec<TrustedProxy>,
    /// What is done with requests that have the shape of an attack.
    pub request_filter: Option<FilterMode>,
    /// Whom to ask about privacy.
    pub privacy_contact: Option<Contact>,
    /// Whom to tell of a weakness.
    pub security_contact: Option<Contact>,
    /// Whether nothing is ever fetched.
    pub offline: bool,
}

/// A certificate, with its chain, and its key: PEM.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsFiles {
    /// Certificate and chain.
    pub certificate: PathBuf,
    /// Private key.
    pub key: PathBuf,
}

/// Everything that a start needs to know.
#[derive(Clone, Debug)]
pub struct Config {
    /// The data folder.
    pub data: DataFolder,
    /// `postgres://…`; absent: embedded storage.
    pub database: Option<SecretText>,
    /// `https://HOST[:PORT]`, without a slash at its end.
    pub public_url: String,
    /// The network address to listen on.
    pub listen: SocketAddr,
    /// A second network address to listen on, for whoever shows a client certificate; absent: none.
    pub listen_mtls: Option<SocketAddr>,
    /// Certificate and key of the user's own; absent: the instance's own authority.
    pub tls: Option<TlsFiles>,
    /// Where the root key comes from.
    pub root: RootSource,
    /// Certificates of load balancers that end TLS in front of the server.
    pub front_certificates: Vec<FrontCertificate>,
    /// Proxies in front of the server that are believed about whom they stand for.
    pub trusted_proxies: TrustedProxies,
    /// What is done with requests that have the shape of an attack.
    pub request_filter: FilterMode,
    /// Whom to ask about privacy.
    pub privacy_contact: Option<Contact>,
    /// Whom to tell of a weakness; absent: whom to ask about privacy.
    pub security_contact: Option<Contact>,
    /// Whether nothing is ever fetched.
    pub offline: bool,
    /// For how many days the access log is kept.
    pub access_log_days: u16,
    /// The folder of the keyring's second copy.
    pub second_copy: Option<PathBuf>,
    /// How mail is sent; absent: not at all.
    pub mail: Option<MailSettings>,
    /// What the host says about providers of single sign-on.
    pub single_sign_on: SignOnSettings,
}

/// The settings file.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    #[serde(skip_serializing_if = "Option::is_none")]
    public_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    listen: Option<SocketAddr>,
    #[serde(skip_serializing_if = "Option::is_none")]
    listen_mtls: Option<SocketAddr>,
    #[serde(skip_serializing_if = "Option::is_none")]
    database: Option<String>,
    /// Of settings that were written before there were other providers.
    #[serde(skip_serializing_if = "Option::is_none")]
    passphrase_file: Option<PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    privacy_contact: Option<Contact>,
    #[serde(skip_serializing_if = "Option::is_none")]
    security_contact: Option<Contact>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    offline: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    front_certificates: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    trusted_proxies: Vec<TrustedProxy>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_filter: Option<FilterMode>,
    #[serde(skip_serializing_if = "Option::is_none")]
    access_log_days: Option<u16>,
    second_copy: Option<PathBuf>,
    /// Tables are last, as TOML wants them.
    #[serde(skip_serializing_if = "Option::is_none")]
    tls: Option<TlsFiles>,
    #[serde(skip_serializing_if = "Option::is_none")]
    root_key: Option<RootSource>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mail: Option<MailSettings>,
    #[serde(default, skip_serializing_if = "SignOnSettings::is_nothing")]
    single_sign_on: SignOnSettings,
}

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// `purser init` has not been run.
    #[error("{}", self.sentence())]
    NotInitialised(PathBuf),
    /// A file or folder cannot be used.
    #[error("{}", self.sentence())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The settings file is not what it should be.
    #[error("{}", self.sentence())]
    Settings {
        /// Which.
        path: PathBuf,
        /// Why, in one line.
        reason: String,
    },
    /// `--database` at a command that is not `init`, where `init` was told of none.
    #[error("{}", self.sentence())]
    EmbeddedStorage(PathBuf),
    /// `--database` names another database than `init` was told of.
    #[error("{}", self.sentence())]
    OtherDatabase(PathBuf),
    /// The access log cannot be kept for so long, or so short.
    #[error("{}", self.sentence())]
    AccessLogDays(PathBuf, u16),
    /// More proxies are listed than can be.
    #[error("{}", self.sentence())]
    TooManyProxies,
    /// `init` on an installation whose root key is in no passphrase file.
    #[error("{}", self.sentence())]
    Made(PathBuf),
    /// The public URL names no server.
    #[error(transparent)]
    PublicUrl(#[from] PublicUrlError),
}

impl Speaks for ConfigError {
    fn sentence(&self) -> Sentence {
        match self {
            Self::NotInitialised(path) => sentence!(
                "there is no installation in {path}: make one with `purser init --data {path}`",
                "w {path} nie ma instalacji: utwórz ją poleceniem `purser init --data {path}`",
                path = path.display()
            ),
            Self::Io { path, .. } => sentence!("{path} cannot be used", "nie można użyć {path}", path = path.display()),
            Self::Made(path) => sentence!(
                "there is an installation in {path} already, and it is not overwritten; `purser keys root` changes where its root key comes from",
                "w {path} jest już instalacja i nie zostanie nadpisana; skąd bierze się jej klucz główny, zmienia `purser keys root`",
                path = path.display()
            ),
            Self::Settings { path, reason } => {
                sentence!("{path} cannot be understood: {reason}", "{path} jest niezrozumiały: {reason}", path = path.display())
            }
            Self::EmbeddedStorage(path) => sentence!(
                "the installation in {path} keeps its data in embedded storage, as `purser init` was told; a database given now would be another, \
                 empty one. For storage on PostgreSQL, make a new installation: `purser init --data DIR --database URL`",
                "instalacja w {path} trzyma dane we wbudowanej bazie, jak ustalono w `purser init`; baza podana teraz byłaby inna i pusta. \
                 Aby użyć PostgreSQL, utwórz nową instalację: `purser init --data KATALOG --database URL`",
                path = path.display()
            ),
            Self::OtherDatabase(path) => sentence!(
                "{path} names another database, and commands without a running server would go there: if the database has moved or its password \
                 is new, change the line `database` in that file; it need not be given on the command line",
                "{path} wskazuje inną bazę, a polecenia bez działającego serwera użyłyby właśnie jej: jeśli bazę przeniesiono albo ma nowe hasło, \
                 zmień wiersz `database` w tym pliku; nie trzeba jej podawać w wierszu poleceń",
                path = path.display()
            ),
            Self::AccessLogDays(path, days) => sentence!(
                "access_log_days in {path} is {days}: the access log is kept for {RETENTION_DAYS_MIN} to {RETENTION_DAYS_MAX} days; write a number \
                 of days between them, or remove the line for {RETENTION_DAYS_DEFAULT}",
                "access_log_days w {path} wynosi {days}: dziennik dostępu jest przechowywany od {RETENTION_DAYS_MIN} do {RETENTION_DAYS_MAX} dni; wpisz \
                 liczbę dni z tego przedziału albo usuń wiersz, a będzie ich {RETENTION_DAYS_DEFAULT}",
                path = path.display()
            ),
            Self::TooManyProxies => sentence!(
                "more than {TRUSTED_PROXIES_MAX} proxies are listed: list a network (10.0.0.0/8) in place of its addresses",
                "na liście jest więcej niż {TRUSTED_PROXIES_MAX} serwerów proxy: podaj sieć (10.0.0.0/8) zamiast jej adresów"
            ),
            Self::PublicUrl(error) => error.sentence(),
        }
    }
}

impl DataFolder {
    /// The data folder at this path, which need not exist.
    #[must_use]
    pub const fn new(path: PathBuf) -> Self {
        Self(path)
    }

    /// Its path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The Unix socket of the server that runs on it.
    #[must_use]
    pub fn socket(&self) -> PathBuf {
        self.0.join("purser.sock")
    }

    /// Where the instance's own certificates are.
    #[must_use]
    pub fn tls(&self) -> PathBuf {
        self.0.join("tls")
    }

    /// Where exports lie, sealed, until they are fetched.
    pub(crate) fn exports(&self) -> PathBuf {
        self.0.join("exports")
    }

    /// Held locked by whoever has the stores open.
    pub(crate) fn lock(&self) -> PathBuf {
        self.0.join("purser.lock")
    }

    /// Whether embedded storage has a keyring here.
    fn has_keyring(&self) -> bool {
        self.0.join("keyring.db").exists()
    }

    fn settings(&self) -> PathBuf {
        self.0.join("settings.toml")
    }

    /// The passphrase file, unless the settings name another.
    #[must_use]
    pub fn passphrase(&self) -> PathBuf {
        self.0.join("passphrase")
    }
}

impl Config {
    /// The configuration of an installation that [`Config::create`] made. Where its data are is decided once: a database
    /// that only one command knew of would part the data in two, without a word.
    ///
    /// # Errors
    /// Every [`ConfigError`].
    pub fn load(data: DataFolder, wishes: Wishes) -> Result<Self, ConfigError> {
        let settings = read_settings(&data)?;
        if let Some(database) = &wishes.database {
            match settings.database.as_deref() {
                None => return Err(ConfigError::EmbeddedStorage(data.path().to_owned())),
                Some(remembered) if remembered != database.expose() => return Err(ConfigError::OtherDatabase(data.settings())),
                Some(_) => {}
            }
        }
        Self::resolve(data, wishes, settings)
    }

    /// Makes the data folder (mode 0700) and its settings file. An installation that is there already stays as it is; what
    /// an attempt left that came to nothing (there is no passphrase yet, so nothing is stored) is made anew.
    ///
    /// # Errors
    /// [`ConfigError::Io`] and [`ConfigError::PublicUrl`].
    pub fn create(data: DataFolder, wishes: Wishes) -> Result<Self, ConfigError> {
        let settings = Settings {
            public_url: wishes.public_url.clone(),
            listen: wishes.listen,
            listen_mtls: wishes.listen_mtls,
            database: wishes.database.as_ref().map(|url| url.expose().to_owned()),
            passphrase_file: None,
            second_copy: None,
            root_key: wishes.root.clone(),
            tls: wishes.tls.clone(),
            front_certificates: wishes.front_certificates.clone(),
            trusted_proxies: wishes.trusted_proxies.clone(),
            request_filter: wishes.request_filter,
            privacy_contact: wishes.privacy_contact.clone(),
            security_contact: wishes.security_contact.clone(),
            offline: wishes.offline,
            access_log_days: None,
            mail: None,
            single_sign_on: SignOnSettings::default(),
        };
        // Checked before anything is written.
        let config = Self::resolve(data, wishes, settings.clone())?;
        let data = &config.data;
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |source| ConfigError::Io { path, source }
        };
        fs::DirBuilder::new().recursive(true).mode(0o700).create(data.path()).map_err(failed(data.path()))?;
        let path = data.settings();
        if path.exists() {
            let there = Self::load(data.clone(), Wishes::default())?;
            match &there.root {
                RootSource::PassphraseFile { path } if path.exists() => return Ok(there),
                RootSource::PassphraseFile { .. } => {}
                // Nothing of ours shows whether the attempt came to something: a token's key or a credential is there before it.
                _ if there.database.is_some() || data.has_keyring() => return Err(ConfigError::Made(data.path().to_owned())),
                _ => {}
            }
            fs::remove_file(&path).map_err(failed(&path))?;
        }
        let text = toml::to_string(&settings).map_err(|error| ConfigError::Settings { path: path.clone(), reason: error.to_string() })?;
        // The database's URL may hold its password.
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path).map_err(failed(&path))?;
        file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(failed(&path))?;
        Ok(config)
    }

    fn resolve(data: DataFolder, wishes: Wishes, settings: Settings) -> Result<Self, ConfigError> {
        let listen = wishes.listen.or(settings.listen).unwrap_or(SocketAddr::from((Ipv4Addr::LOCALHOST, PORT_DEFAULT)));
        let public_url = wishes.public_url.or(settings.public_url).unwrap_or_else(|| format!("https://localhost:{}", listen.port()));
        host_of(&public_url)?;
        let access_log_days = settings.access_log_days.unwrap_or(RETENTION_DAYS_DEFAULT);
        if !(RETENTION_DAYS_MIN..=RETENTION_DAYS_MAX).contains(&access_log_days) {
            return Err(ConfigError::AccessLogDays(data.settings(), access_log_days));
        }
        let front_certificates = if wishes.front_certificates.is_empty() { settings.front_certificates } else { wishes.front_certificates };
        let trusted_proxies = if wishes.trusted_proxies.is_empty() { settings.trusted_proxies } else { wishes.trusted_proxies };
        let trusted_proxies = TrustedProxies::new(trusted_proxies).ok_or(ConfigError::TooManyProxies)?;
        let file = || RootSource::PassphraseFile { path: settings.passphrase_file.clone().unwrap_or_else(|| data.passphrase()) };
        let root = wishes.root.or(settings.root_key).unwrap_or_else(file);
        Ok(Self {
            database: wishes.database.or(settings.database.map(SecretText::new)),
            public_url: public_url.trim_end_matches('/').to_owned(),
            listen,
            listen_mtls: wishes.listen_mtls.or(settings.listen_mtls),
            tls: wishes.tls.or(settings.tls),
            root,
            front_certificates: front_certificates.iter().map(|text| FrontCertificate::from_text(text)).collect(),
            trusted_proxies,
            request_filter: wishes.request_filter.or(settings.request_filter).unwrap_or_default(),
            privacy_contact: wishes.privacy_contact.or(settings.privacy_contact),
            security_contact: wishes.security_contact.or(settings.security_contact),
            offline: wishes.offline || settings.offline,
            access_log_days,
            second_copy: settings.second_copy,
            mail: settings.mail,
            single_sign_on: settings.single_sign_on,
            data,
        })
    }
}

impl Config {
    /// Notes where the root key comes from, from now on: durable and all at once, since without it nothing opens.
    ///
    /// # Errors
    /// [`ConfigError::Settings`] and [`ConfigError::Io`].
    pub fn remember_root(&self, root: &RootSource) -> Result<(), ConfigError> {
        self.write(&Settings { passphrase_file: None, root_key: Some(root.clone()), ..read_settings(&self.data)? })
    }

    /// Notes the folder of the keyring's second copy.
    ///
    /// # Errors
    /// As [`Config::remember_root`].
    pub fn remember_second_copy(&self, folder: &Path) -> Result<(), ConfigError> {
        self.write(&Settings { second_copy: Some(folder.to_owned()), ..read_settings(&self.data)? })
    }

    fn write(&self, settings: &Settings) -> Result<(), ConfigError> {
        let path = self.data.settings();
        let text = toml::to_string(settings).map_err(|error| ConfigError::Settings { path: path.clone(), reason: error.to_string() })?;
        let next = path.with_extension("toml.next");
        let written = || {
            let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&next)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            fs::rename(&next, &path)?;
            fs::File::open(self.data.path())?.sync_all()
        };
        written().map_err(|source| ConfigError::Io { path: path.clone(), source })
    }
}

fn read_settings(data: &DataFolder) -> Result<Settings, ConfigError> {
    let path = data.settings();
    let failed = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound => ConfigError::NotInitialised(data.path().to_owned()),
        _ => ConfigError::Io { path: path.clone(), source },
    };
    let size_bytes = fs::metadata(&path).map_err(failed)?.len();
    let unclear = |reason: String| ConfigError::Settings { path: path.clone(), reason };
    if size_bytes > SETTINGS_BYTES_MAX {
        return Err(unclear(format!("it has more than {SETTINGS_BYTES_MAX} bytes")));
    }
    let text = fs::read_to_string(&path).map_err(failed)?;
    // The parser's own text repeats the line, which may hold a password.
    toml::from_str(&text).map_err(|error| unclear(error.message().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> (tempfile::TempDir, DataFolder) {
        let dir = tempfile::tempdir().unwrap();
        let data = DataFolder::new(dir.path().join("data"));
        (dir, data)
    }

    #[test]
    fn what_init_was_told_counts_later_and_a_later_word_counts_more() {
        let (_dir, data) = folder();
        let told = Wishes { public_url: Some("https://purser.example/".into()), listen: "0.0.0.0:443".parse().ok(), ..Wishes::default() };
        Config::create(data.clone(), told).unwrap();
        let config = Config::load(data.clone(), Wishes::default()).unwrap();
        assert_eq!((config.public_url.as_str(), config.listen.port()), ("https://purser.example", 443));
        assert_eq!(config.root, RootSource::PassphraseFile { path: data.passphrase() });
        let config = Config::load(data, Wishes { listen: "127.0.0.1:9".parse().ok(), ..Wishes::default() }).unwrap();
        assert_eq!((config.public_url.as_str(), config.listen.port()), ("https://purser.example", 9));
    }

    #[test]
    fn without_a_word_the_server_is_for_this_host_only() {
        let (_dir, data) = folder();
        let config = Config::create(data, Wishes::default()).unwrap();
        assert_eq!((config.public_url.as_str(), config.listen.to_string().as_str()), ("https://localhost:8443", "127.0.0.1:8443"));
    }

    #[test]
    fn a_folder_without_an_installation_says_how_to_make_one() {
        let (_dir, data) = folder();
        let error = Config::load(data, Wishes::default()).unwrap_err().to_string();
        assert!(error.contains("purser init --data"), "{error}");
    }

    #[test]
    fn settings_and_folder_are_their_owners_alone_and_a_wrong_setting_does_not_repeat_a_password() {
        use std::os::unix::fs::PermissionsExt as _;
        let (_dir, data) = folder();
        let database = Some(SecretText::new("postgres://a:hunter2@localhost/x".into()));
        Config::create(data.clone(), Wishes { database, ..Wishes::default() }).unwrap();
        for (path, mode) in [(data.path().to_owned(), 0o700), (data.settings(), 0o600)] {
            assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, mode);
        }
        fs::write(data.settings(), "databse = \"postgres://a:hunter2@localhost/x\"").unwrap();
        let error = Config::load(data, Wishes::default()).unwrap_err().to_string();
        assert!(error.contains("databse") && !error.contains("hunter2"), "{error}");
    }

    #[test]
    fn the_access_log_is_kept_for_a_month_unless_the_settings_say_otherwise_within_limits() {
        let (_dir, data) = folder();
        assert_eq!(Config::create(data.clone(), Wishes::default()).unwrap().access_log_days, RETENTION_DAYS_DEFAULT);
        for (days, is_taken) in [(0, false), (RETENTION_DAYS_MIN, true), (RETENTION_DAYS_MAX, true), (RETENTION_DAYS_MAX + 1, false)] {
            fs::write(data.settings(), format!("access_log_days = {days}")).unwrap();
            match Config::load(data.clone(), Wishes::default()) {
                Ok(config) => assert!(is_taken && config.access_log_days == days, "{days}"),
                Err(error) => assert!(!is_taken && error.to_string().contains("1 to 400 days"), "{error}"),
            }
        }
    }

    fn on(database: &str) -> Wishes {
        Wishes { database: Some(SecretText::new(database.into())), ..Wishes::default() }
    }

    #[test]
    fn where_data_are_is_decided_once_and_another_database_later_is_refused_without_repeating_a_password() {
        let (_dir, data) = folder();
        Config::create(data.clone(), Wishes::default()).unwrap();
        let error = Config::load(data, on("postgres://a:hunter2@localhost/x")).unwrap_err();
        assert!(matches!(error, ConfigError::EmbeddedStorage(_)) && !error.to_string().contains("hunter2"), "{error}");

        let (_dir, data) = folder();
        let remembered = "postgres://a:hunter2@localhost/x";
        Config::create(data.clone(), on(remembered)).unwrap();
        assert!(Config::load(data.clone(), on(remembered)).is_ok(), "the same word twice is no contradiction");
        assert_eq!(Config::load(data.clone(), Wishes::default()).unwrap().database.unwrap().expose(), remembered);
        let error = Config::load(data, on("postgres://a:hunter3@localhost/x")).unwrap_err();
        assert!(matches!(error, ConfigError::OtherDatabase(_)) && !error.to_string().contains("hunter"), "{error}");
    }

    #[test]
    fn an_attempt_that_came_to_nothing_does_not_bind_the_next_one() {
        let (_dir, data) = folder();
        Config::create(data.clone(), on("postgres://wrong/x")).unwrap();
        Config::create(data.clone(), on("postgres://right/x")).unwrap();
        fs::write(data.passphrase(), "there is an installation now").unwrap();
        let config = Config::create(data, on("postgres://late/x")).unwrap();
        assert_eq!(config.database.unwrap().expose(), "postgres://right/x");
    }

    fn token() -> RootSource {
        RootSource::Pkcs11(trust::TokenKey {
            module: "/usr/lib/module.so".into(),
            token: "purser".into(),
            key: "root".into(),
            pin_file: "/etc/purser/pin".into(),
        })
    }

    #[test]
    fn where_the_root_key_comes_from_is_remembered_and_changed_without_losing_another_setting() {
        let (_dir, data) = folder();
        let credential = RootSource::SystemdCredential { name: "purser-root".into() };
        let tls = Some(TlsFiles { certificate: "/c.pem".into(), key: "/k.pem".into() });
        let wishes = Wishes { root: Some(credential.clone()), tls: tls.clone(), offline: true, ..Wishes::default() };
        Config::create(data.clone(), wishes).unwrap();
        let config = Config::load(data.clone(), Wishes::default()).unwrap();
        assert_eq!(config.root, credential);
        config.remember_root(&token()).unwrap();
        config.remember_second_copy(Path::new("/mnt/copy")).unwrap();
        let config = Config::load(data, Wishes::default()).unwrap();
        assert_eq!(config.second_copy.as_deref(), Some(Path::new("/mnt/copy")));
        assert_eq!((config.root, config.tls, config.offline), (token(), tls, true));
    }

    #[test]
    fn settings_of_before_there_were_other_providers_name_their_passphrase_file() {
        let (_dir, data) = folder();
        Config::create(data.clone(), Wishes::default()).unwrap();
        fs::write(data.settings(), "passphrase_file = \"/etc/purser/passphrase\"\n").unwrap();
        let config = Config::load(data, Wishes::default()).unwrap();
        assert_eq!(config.root, RootSource::PassphraseFile { path: "/etc/purser/passphrase".into() });
    }

    #[test]
    fn an_installation_without_a_passphrase_file_is_not_made_a_second_time() {
        let (_dir, data) = folder();
        let wishes = || Wishes { root: Some(token()), ..Wishes::default() };
        Config::create(data.clone(), wishes()).unwrap();
        Config::create(data.clone(), wishes()).expect("nothing came of the first attempt");
        fs::write(data.path().join("keyring.db"), "").unwrap();
        assert!(matches!(Config::create(data, wishes()), Err(ConfigError::Made(_))));
    }

    #[test]
    fn everything_that_init_was_told_is_read_again() {
        let (_dir, data) = folder();
        let tls = Some(TlsFiles { certificate: "/c.pem".into(), key: "/k.pem".into() });
        let front_certificates = vec!["/balancer.pem".to_owned(), "0a".repeat(32)];
        let trusted_proxies: Vec<TrustedProxy> = ["10.0.0.0/8", "unix"].map(|text| text.parse().unwrap()).to_vec();
        let listed = TrustedProxies::new(trusted_proxies.clone());
        let listen_mtls = "0.0.0.0:9443".parse().ok();
        let request_filter = Some(FilterMode::Block);
        let wishes = Wishes {
            tls: tls.clone(),
            listen_mtls,
            front_certificates,
            trusted_proxies,
            request_filter,
            offline: true,
            ..Wishes::default()
        };
        Config::create(data.clone(), wishes).unwrap();
        let config = Config::load(data, Wishes::default()).unwrap();
        assert_eq!(config.listen_mtls, listen_mtls);
        assert_eq!((Some(config.trusted_proxies), Some(config.request_filter)), (listed, request_filter));
        let fronts = [FrontCertificate::File("/balancer.pem".into()), FrontCertificate::Digest(wire::report::Digest([10; 32]))];
        assert_eq!((config.tls, config.offline, config.front_certificates.as_slice()), (tls, true, fronts.as_slice()));
    }

    #[test]
    fn a_public_url_that_no_certificate_can_name_is_refused_before_anything_is_written() {
        let (_dir, data) = folder();
        let wishes = Wishes { public_url: Some("http://purser.example".into()), ..Wishes::default() };
        assert!(matches!(Config::create(data.clone(), wishes), Err(ConfigError::PublicUrl(_))));
        assert!(!data.path().exists());
    }
}
