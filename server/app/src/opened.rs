//! Everything of one installation, opened and wired, but not serving: what the server and host-side commands share.

use std::fs::{File, TryLockError};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use identity::{Identity, IdentityConfig, IdentityError};
use kernel::{Clock, Rng, ScopeMint};
use store::{Schema, StoreConfig, StoreError, Stores};
use trust::{RootKey, RootKeyError, Trust, TrustError};
use web::names::{PublicUrlError, served_names};
use web::tls::{CertificateConfig, CertificateSource, Certificates, TlsError};

use crate::config::{Config, ConfigError};

/// Why an installation cannot be opened or made.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The root key.
    #[error(transparent)]
    RootKey(#[from] RootKeyError),
    /// Another program has the data open.
    #[error("another purser works on {}: let it end first", .0.display())]
    InUse(PathBuf),
    /// The lock file cannot be used.
    #[error("{} cannot be used", path.display())]
    Lock {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The keys.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// The stores.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Accounts.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The certificates.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The names that they carry.
    #[error(transparent)]
    PublicUrl(#[from] PublicUrlError),
}

/// An installation, open. Cloning shares it.
#[derive(Clone)]
pub struct Opened {
    pub(crate) config: Arc<Config>,
    pub(crate) stores: Stores,
    pub(crate) trust: Trust,
    pub(crate) identity: Identity,
    pub(crate) certificates: Certificates,
    /// Dropped last: the data folder is free when nothing uses it any more.
    _lock: Arc<File>,
}

/// Every schema of every crate but `store`, which adds its own.
#[must_use]
pub fn schemas() -> Vec<Schema> {
    [trust::SCHEMAS, identity::SCHEMAS].concat()
}

impl Opened {
    /// Opens an installation.
    ///
    /// # Errors
    /// Every [`OpenError`], each in a sentence for its reader.
    pub async fn open(config: Config, clock: Clock, rng: Rng) -> Result<Self, OpenError> {
        let root_key = RootKey::open(&config.passphrase_file)?;
        Self::open_with(config, root_key, clock, rng).await
    }

    /// Makes a new installation: passphrase file, stores, keys, certificates. What it says to people is
    /// [`RootKey::consequence`].
    ///
    /// # Errors
    /// Every [`OpenError`]; a passphrase file that is there already is never overwritten.
    pub async fn create(config: Config, clock: Clock, rng: Rng) -> Result<Self, OpenError> {
        let root_key = RootKey::create(&config.passphrase_file, &rng)?;
        Self::open_with(config, root_key, clock, rng).await
    }

    async fn open_with(config: Config, root_key: RootKey, clock: Clock, rng: Rng) -> Result<Self, OpenError> {
        let lock = lock(config.data.lock(), &config)?;
        let certificates = certificates(&config, &clock, &rng)?;
        let stores = Stores::open(store_config(&config), schemas(), clock, rng).await?;
        let trust = Trust::open(&stores, root_key).await?;
        stores.intake().set_keys(trust.keyring());
        // The one mint of the program: whoever turns credentials into scopes gets it from here.
        let mint = ScopeMint::for_app();
        let identity = Identity::open(&stores, &trust, mint, IdentityConfig { public_url: config.public_url.clone() })?;
        Ok(Self { config: Arc::new(config), stores, trust, identity, certificates, _lock: Arc::new(lock) })
    }

    /// How it is configured.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The certificates that the server answers with.
    #[must_use]
    pub const fn certificates(&self) -> &Certificates {
        &self.certificates
    }

    /// The stores.
    #[must_use]
    pub const fn stores(&self) -> &Stores {
        &self.stores
    }

    /// Accounts and tokens.
    #[must_use]
    pub const fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Writes what waits and closes every file.
    pub async fn close(self) {
        self.stores.close().await;
    }
}

fn store_config(config: &Config) -> StoreConfig {
    let data = config.data.path().to_owned();
    match &config.database {
        Some(url) => StoreConfig::postgres(data, url.expose()),
        None => StoreConfig::embedded(data),
    }
}

/// Two programs on the same files would each trust what it has in memory.
fn lock(path: PathBuf, config: &Config) -> Result<File, OpenError> {
    let failed = |source| OpenError::Lock { path: path.clone(), source };
    let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse(config.data.path().to_owned())),
        Err(TryLockError::Error(source)) => Err(failed(source)),
    }
}

fn certificates(config: &Config, clock: &Clock, rng: &Rng) -> Result<Certificates, OpenError> {
    let source = match &config.tls {
        Some(files) => CertificateSource::Files { certificate: files.certificate.clone(), key: files.key.clone() },
        None => CertificateSource::OwnAuthority(config.data.tls()),
    };
    let names = served_names([config.public_url.as_str()])?;
    let certificates = CertificateConfig { source, names, load_balancer_digests: Vec::new() };
    Ok(Certificates::open(certificates, clock.now(), rng.clone())?)
}
