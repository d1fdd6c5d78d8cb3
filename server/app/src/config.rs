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
    /// A network address of the operators' own.
    pub listen_operator: Option<SocketAddr>,
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
    /// A network address of the operators' own; absent: they come by the Unix socket only.
    pub listen_operator: Option<SocketAddr>,
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
    listen_operator: Option<SocketAddr>,
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
            listen_operator: wishes.listen_operator,
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
            listen_operator: wishes.listen_operator.or(settings.listen_operator),
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
mod tests;
