//! Everything of one installation, opened and wired, but not serving: what the server and host-side commands share.

use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use devices::Devices;
use identity::{Identity, IdentityConfig, IdentityError};
use inventory::Inventory;
use kernel::data_map::Table;
use kernel::{Clock, Rng, ScopeMint};
use serde_json::json;
use store::{Engine, Schema, StoreConfig, StoreError, Stores};
use trust::archives::Limits;
use trust::ledger::Aftermath;
use trust::second_copy::CopyError;
use trust::{
    AccessLog, Archives, Cases, Contacts, Doctor, Erasures, Exports, Integrity, Ledger, Policies, Registers, Retentions, Rights, RootKey,
    RootKeyError, RootSource, Trust, TrustError, TrustPage,
};
use vulnerabilities::{Vulnerabilities, VulnerabilitiesError};
use web::Doors;
use web::filter::RequestFilter;
use web::names::{PublicUrlError, served_names};
use web::tls::{CertificateConfig, CertificateSource, Certificates, TlsError};
use words::{Sentence, Speaks, sentence};

use crate::bans::DoorLedger;
use crate::checks::{self, Looked, Serving};
use crate::config::{Config, ConfigError};
use crate::contact::Contact;
use crate::erasing::EveryDomain;
use crate::host::{Exporting, Imports, backup};
use crate::in_words::{of_copy, of_identity, of_root_key, of_store, of_trust};
use crate::mail::Mail;

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
    #[error("{}", self.sentence())]
    InUse(PathBuf),
    /// The lock file cannot be used.
    #[error("{}", self.sentence())]
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
    /// The keyring's second copy.
    #[error(transparent)]
    Copy(#[from] CopyError),
    /// Accounts.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The advisories.
    #[error(transparent)]
    Vulnerabilities(#[from] VulnerabilitiesError),
    /// The certificates.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The names that they carry.
    #[error(transparent)]
    PublicUrl(#[from] PublicUrlError),
}

impl Speaks for OpenError {
    fn sentence(&self) -> Sentence {
        match self {
            Self::InUse(path) => sentence!(
                "another purser works on {path}: let it end first",
                "na {path} pracuje już inny purser: poczekaj, aż skończy",
                path = path.display()
            ),
            Self::Lock { path, .. } => sentence!("{path} cannot be used", "nie można użyć {path}", path = path.display()),
            Self::Config(error) => error.sentence(),
            Self::Tls(error) => error.sentence(),
            Self::PublicUrl(error) => error.sentence(),
            Self::RootKey(error) => of_root_key(error),
            Self::Trust(error) => of_trust(error),
            Self::Store(error) => of_store(error),
            Self::Copy(error) => of_copy(error),
            Self::Identity(error) => of_identity(error),
            Self::Vulnerabilities(error) => Sentence::same(error.to_string()),
        }
    }
}

/// An installation, open. Cloning shares it.
#[derive(Clone)]
pub struct Opened {
    pub(crate) config: Arc<Config>,
    pub(crate) stores: Stores,
    pub(crate) trust: Trust,
    pub(crate) ledger: Ledger,
    pub(crate) access_log: AccessLog,
    pub(crate) registers: Registers,
    pub(crate) retentions: Retentions,
    pub(crate) mail: Mail,
    pub(crate) cases: Cases,
    pub(crate) rights: Rights,
    pub(crate) policies: Policies,
    pub(crate) identity: Identity,
    pub(crate) devices: Devices,
    pub(crate) inventory: Inventory,
    pub(crate) vulnerabilities: Vulnerabilities,
    pub(crate) erasures: Erasures,
    pub(crate) imports: Imports,
    pub(crate) exports: Exports,
    pub(crate) archives: Archives,
    pub(crate) integrity: Integrity,
    pub(crate) exporting: Exporting,
    /// Who knows what became of effects whose outcome nobody told.
    pub(crate) aftermaths: Arc<[Arc<dyn Aftermath>]>,
    pub(crate) certificates: Certificates,
    pub(crate) doors: Doors,
    pub(crate) filter: RequestFilter,
    pub(crate) bans: DoorLedger,
    pub(crate) doctor: Doctor,
    pub(crate) serving: Serving,
    pub(crate) trust_page: TrustPage,
    /// The folder of the keyring's second copy: named while the server runs, too.
    pub(crate) second_copy: Arc<Mutex<Option<PathBuf>>>,
    /// Dropped last: the data folder is free when nothing uses it any more.
    _lock: Arc<File>,
}

/// Every schema of every crate but `store`, which adds its own.
#[must_use]
pub fn schemas() -> Vec<Schema> {
    [trust::SCHEMAS, notify::SCHEMAS, identity::SCHEMAS, devices::SCHEMAS, inventory::SCHEMAS, vulnerabilities::SCHEMAS].concat()
}

/// Every schema, the store's own with it.
pub(crate) fn all_schemas() -> Vec<Schema> {
    [store::SCHEMAS.to_vec(), schemas()].concat()
}

impl Opened {
    /// Opens an installation.
    ///
    /// # Errors
    /// Every [`OpenError`], each in a sentence for its reader.
    pub async fn open(config: Config, clock: Clock, rng: Rng) -> Result<Self, OpenError> {
        let root_key = config.root.open()?;
        Self::open_with(config, |_| Ok(root_key), clock, rng).await
    }

    /// Makes a new installation: certificates, stores, passphrase file or token's key, keys. The passphrase file comes late, so
    /// that a database that cannot be reached leaves nothing in the way of the next attempt. What it says to people is
    /// [`RootSource::consequence`].
    ///
    /// # Errors
    /// Every [`OpenError`]; a passphrase file that is there already is never overwritten.
    pub async fn create(config: Config, clock: Clock, rng: Rng) -> Result<Self, OpenError> {
        if let RootSource::PassphraseFile { path } = &config.root
            && path.exists()
        {
            return Err(RootKeyError::Exists { path: path.clone() }.into());
        }
        let of_rng = rng.clone();
        Self::open_with(config, move |config| config.root.create(&of_rng), clock, rng).await
    }

    async fn open_with(
        config: Config,
        root_key: impl FnOnce(&Config) -> Result<RootKey, RootKeyError>,
        clock: Clock,
        rng: Rng,
    ) -> Result<Self, OpenError> {
        let lock = lock(config.data.lock(), &config)?;
        backup::scratch::clear(config.data.path())?;
        let certificates = certificates(&config, &clock, &rng)?;
        let stores = Stores::open(store_config(&config), schemas(), clock, rng).await?;
        let trust = Trust::open(&stores, root_key(&config)?).await?;
        stores.intake().set_keys(trust.keyring());
        // The one mint of the program: whoever turns credentials into scopes gets it from here.
        let mint = ScopeMint::for_app();
        let ledger = Ledger::new(&stores, &trust, mint.clone());
        let access_log = AccessLog::new(&stores, &trust, config.access_log_days);
        let (doors, bans) = (Doors::new(stores.clock().clone(), stores.rng()), DoorLedger::default());
        doors.log_to(bans.log(&access_log));
        let filter = RequestFilter::new(config.request_filter);
        let registers = Registers::new(&stores, &trust, mint.clone());
        let retentions = Retentions::new(&stores, &trust, mint.clone(), config.access_log_days);
        let cases = Cases::new(&stores, &trust, &ledger, mint.clone());
        let identity = Identity::open(
            &stores,
            &trust,
            mint.clone(),
            IdentityConfig {
                selectors: Arc::new(devices::selector::Language),
                public_url: config.public_url.clone(),
                sign_on: config.single_sign_on.config(config.offline),
            },
        )?;
        let mail = Mail::new(&config, &stores, &trust, &identity, &registers, mint.clone());
        let met = certificates.clone();
        let devices = Devices::new(&stores, &trust, &identity, Arc::new(move || met.leaf_digests()));
        let inventory = Inventory::new(stores.clone(), trust.keyring(), devices.clone(), mint.clone());
        let vulnerabilities = Vulnerabilities::open(&stores, &trust, &devices, &inventory, mint.clone()).await?;
        let exports = Exports::new(&stores, &trust, &ledger);
        let limits = Limits::new(Arc::new(free_bytes));
        let archives = Archives::new(&stores, &trust, &exports, mint.clone(), config.data.exports(), limits);
        let domains = EveryDomain {
            archives: archives.clone(),
            identity: identity.clone(),
            devices: devices.clone(),
            inventory: inventory.clone(),
            vulnerabilities: vulnerabilities.clone(),
            mint: mint.clone(),
        };
        let erasures = Erasures::new(&stores, &trust, &ledger, mint.clone(), Arc::new(domains));
        let rights = Rights::new(&stores, &trust, &ledger, &erasures);
        if config.offline {
            vulnerabilities.feeds().go_offline();
        }
        let second_copy = Arc::new(Mutex::new(config.second_copy.clone()));
        let (config, imports, lock) = (Arc::new(config), Imports::default(), Arc::new(lock));
        let serving = Serving::default();
        let tables: Vec<&'static Table> = all_schemas().iter().flat_map(|schema| schema.tables).collect();
        let policies = Policies::new(&stores, &trust, mint.clone(), &tables, &retentions);
        let looked = Looked {
            config: Arc::clone(&config),
            stores: stores.clone(),
            keys: trust.keyring(),
            identity: identity.clone(),
            certificates: certificates.clone(),
            serving: serving.clone(),
            second_copy: Arc::clone(&second_copy),
            mint: mint.clone(),
            mail: mail.clone(),
        };
        let doctor = checks::doctor(&looked, &trust, &ledger);
        let contact = |contact: &Option<Contact>| contact.as_ref().map(|contact| contact.uri().to_owned());
        let contacts = Contacts {
            privacy: contact(&config.privacy_contact),
            security: contact(&config.security_contact).or_else(|| contact(&config.privacy_contact)),
        };
        let trust_page = TrustPage::new(&stores, &trust, &ledger, &doctor, tables, contacts, &retentions);
        let aftermaths: Arc<[Arc<dyn Aftermath>]> = Arc::new([
            Arc::new(trust.destructions()) as _,
            Arc::new(trust.rolls()) as _,
            Arc::new(exports.imports()) as _,
            Arc::new(trust.copies(Arc::clone(&second_copy))) as _,
        ]);
        let integrity = Integrity::new(&stores, &trust, &ledger, mint.clone());
        Ok(Self {
            trust_page,
            doctor,
            serving,
            config,
            stores,
            trust,
            ledger,
            access_log,
            registers,
            retentions,
            mail,
            cases,
            rights,
            policies,
            identity,
            devices,
            inventory,
            vulnerabilities,
            erasures,
            imports,
            exports,
            archives,
            integrity,
            exporting: Exporting::default(),
            aftermaths,
            certificates,
            doors,
            filter,
            bans,
            second_copy,
            _lock: lock,
        })
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

    /// What `GET /health` on the Unix socket answers: good where the stores can be read.
    pub(crate) fn health(&self) -> web::app::Health {
        let opened = self.clone();
        Arc::new(move || {
            let opened = opened.clone();
            Box::pin(async move {
                let tenants = opened.stores.tenants().await.map_err(kernel::Problem::from)?.len();
                let storage = match opened.stores.engine() {
                    Engine::Embedded => "embedded",
                    Engine::Postgres => "postgres",
                };
                Ok(json!({ "status": "ready", "version": env!("CARGO_PKG_VERSION"), "storage": storage, "tenants": tenants }))
            })
        })
    }

    /// What was done, and its proofs.
    #[must_use]
    pub const fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// The keys.
    #[must_use]
    pub const fn trust(&self) -> &Trust {
        &self.trust
    }

    /// What is to be erased.
    #[must_use]
    pub const fn erasures(&self) -> &Erasures {
        &self.erasures
    }

    /// What was asked of the server.
    #[must_use]
    pub const fn access_log(&self) -> &AccessLog {
        &self.access_log
    }

    /// Who else processes data.
    #[must_use]
    pub const fn registers(&self) -> &Registers {
        &self.registers
    }

    /// For how long rows are kept.
    #[must_use]
    pub const fn retentions(&self) -> &Retentions {
        &self.retentions
    }

    /// What people ask about their data.
    #[must_use]
    pub const fn rights(&self) -> &Rights {
        &self.rights
    }

    /// Breaches of security.
    #[must_use]
    pub const fn cases(&self) -> &Cases {
        &self.cases
    }

    /// The policy on how data are treated.
    #[must_use]
    pub const fn policies(&self) -> &Policies {
        &self.policies
    }

    /// Whether promises are kept.
    #[must_use]
    pub const fn doctor(&self) -> &Doctor {
        &self.doctor
    }

    /// The Trust page.
    #[must_use]
    pub const fn trust_page(&self) -> &TrustPage {
        &self.trust_page
    }

    /// What is held, for those whose it is.
    #[must_use]
    pub const fn exports(&self) -> &Exports {
        &self.exports
    }

    /// What is exported to be fetched.
    #[must_use]
    pub const fn archives(&self) -> &Archives {
        &self.archives
    }

    /// Whether what is held is what was written.
    #[must_use]
    pub const fn integrity(&self) -> &Integrity {
        &self.integrity
    }

    /// Who devices are.
    #[must_use]
    pub const fn devices(&self) -> &Devices {
        &self.devices
    }

    /// What devices have.
    #[must_use]
    pub const fn inventory(&self) -> &Inventory {
        &self.inventory
    }

    /// What is vulnerable, and the feeds.
    #[must_use]
    pub const fn vulnerabilities(&self) -> &Vulnerabilities {
        &self.vulnerabilities
    }

    /// Writes what waits and closes every file.
    pub async fn close(self) {
        self.stores.close().await;
    }
}

pub(crate) fn store_config(config: &Config) -> StoreConfig {
    let data = config.data.path().to_owned();
    match &config.database {
        Some(url) => StoreConfig::postgres(data, url.expose()),
        None => StoreConfig::embedded(data),
    }
}

/// Two programs on the same files would each trust what it has in memory.
pub(crate) fn lock(path: PathBuf, config: &Config) -> Result<File, OpenError> {
    let failed = |source| OpenError::Lock { path: path.clone(), source };
    let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse(config.data.path().to_owned())),
        Err(TryLockError::Error(source)) => Err(failed(source)),
    }
}

/// How many bytes an ordinary program may still write to the disk of a folder.
pub(crate) fn free_bytes(folder: &Path) -> io::Result<u64> {
    let facts = rustix::fs::statvfs(folder)?;
    Ok(facts.f_bavail.saturating_mul(facts.f_frsize))
}

fn certificates(config: &Config, clock: &Clock, rng: &Rng) -> Result<Certificates, OpenError> {
    let source = match &config.tls {
        Some(files) => CertificateSource::Files { certificate: files.certificate.clone(), key: files.key.clone() },
        None => CertificateSource::OwnAuthority(config.data.tls()),
    };
    let names = served_names([config.public_url.as_str()])?;
    let certificates = CertificateConfig { source, names, fronts: config.front_certificates.clone() };
    Ok(Certificates::open(certificates, clock.now(), rng.clone())?)
}
