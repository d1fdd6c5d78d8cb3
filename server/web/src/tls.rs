//! The certificates that the listener answers with, and their renewal while it runs.
//!
//! Two sources: the instance's own authority ([`crate::certificate`]), or files that the user keeps up to date. Both are
//! loaded again by [`Certificates::renew_if_due`], which a worker calls from time to time; a certificate that cannot be
//! loaded then leaves the present one in place. Connections that stand keep theirs.
//!
//! A load balancer that ends TLS has a certificate of its own, which agents meet instead of ours. They accept it only where
//! a signed challenge names it, so it has to be told here: as a file that is read again at each renewal, or as a digest.
//!
//! How strong certificates and handshakes have to be is in [`crate::strength`].

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use kernel::{Rng, Timestamp};
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::server::{ClientHello, NoServerSessionStorage, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use wire::enrol::CHALLENGE_CERTIFICATES_MAX;
use wire::report::Digest;
use words::{Sentence, Speaks, sentence};

use crate::certificate::{self, CertificateError, LEAF_DAYS, LEAF_RENEWAL_DAYS, Made, Strength, days};
use crate::client_certificate::AnyCertificate;
use crate::names::ServedName;
use crate::strength::{self, Link, PROTOCOL_VERSIONS, RSA_BITS_MIN, Weakness};

/// The authority's certificate within its folder: what a user trusts.
pub const AUTHORITY_FILE: &str = "authority.pem";
/// The authority's key within its folder, mode 0600.
pub const AUTHORITY_KEY_FILE: &str = "authority.key";
/// The server's key and certificate within the folder, in one file so that they cannot part, mode 0600.
pub const SERVER_FILE: &str = "server.pem";

/// Where certificates come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CertificateSource {
    /// The instance's own name-constrained authority, kept in this folder.
    OwnAuthority(PathBuf),
    /// Files of the user's, PEM: `--tls-cert` (with its chain) and `--tls-key`.
    Files {
        /// Certificate and chain.
        certificate: PathBuf,
        /// Private key.
        key: PathBuf,
    },
}

/// How the server shows who it is.
#[derive(Clone, Debug)]
pub struct CertificateConfig {
    /// Where certificates come from.
    pub source: CertificateSource,
    /// The names to carry; see [`crate::names::served_names`].
    pub names: Vec<ServedName>,
    /// The certificates of load balancers that end TLS in front of this server; at most [`FRONT_CERTIFICATES_MAX`].
    pub fronts: Vec<FrontCertificate>,
}

/// Most certificates of load balancers. A challenge names each of them, the one before where it was a file, the server's
/// own and the one before that.
pub const FRONT_CERTIFICATES_MAX: usize = (CHALLENGE_CERTIFICATES_MAX - 2) / 2;

/// The certificate of a load balancer that ends TLS in front of this server: `--front-cert`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FrontCertificate {
    /// Its SHA-256.
    Digest(Digest),
    /// A PEM file whose first certificate it is; read again at each renewal.
    File(PathBuf),
}

impl FrontCertificate {
    /// What was typed: 64 hexadecimal characters, with or without colons, are a digest; anything else is a file.
    #[must_use]
    pub fn from_text(text: &str) -> Self {
        let plain: String = text.chars().filter(|character| *character != ':').collect::<String>().to_ascii_lowercase();
        plain.parse().map_or_else(|_not_a_digest| Self::File(PathBuf::from(text)), Self::Digest)
    }

    fn digest(&self) -> Result<Digest, TlsError> {
        match self {
            Self::Digest(digest) => Ok(*digest),
            Self::File(path) => {
                let none = |_not_pem| TlsError::NoCertificate { path: path.clone() };
                let certificate = CertificateDer::from_pem_slice(read(path)?.as_bytes()).map_err(none)?;
                check_strength(path, &certificate, Link::First)?;
                Ok(Digest(seal::hash::sha256(&certificate)))
            }
        }
    }
}

/// What a renewal did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Renewal {
    /// The present certificate stays.
    NotDue,
    /// New connections get another certificate.
    Replaced,
}

/// Why a certificate cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("{}", self.sentence())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A file cannot be written.
    #[error("{}", self.sentence())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// No certificate in the file.
    #[error("{}", self.sentence())]
    NoCertificate {
        /// The file.
        path: PathBuf,
    },
    /// No key in the file.
    #[error("{}", self.sentence())]
    NoKey {
        /// The file.
        path: PathBuf,
    },
    /// Key and certificate are not of one pair.
    #[error("{}", self.sentence())]
    Mismatch {
        /// The key's file.
        key: PathBuf,
        /// The certificate's file.
        certificate: PathBuf,
    },
    /// Key or certificate of a kind that TLS cannot use.
    #[error("{}", self.sentence())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: rustls::Error,
    },
    /// A certificate that can be forged, or whose key can be broken.
    #[error("{}", self.sentence())]
    Weak {
        /// The file.
        path: PathBuf,
        /// What is weak.
        weakness: Weakness,
    },
    /// The authority's own certificate is damaged, or making one failed.
    #[error("{}", self.sentence())]
    Authority {
        /// The folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: CertificateError,
    },
    /// More load balancers than a challenge can name.
    #[error("{}", self.sentence())]
    TooManyFronts(usize),
    /// The TLS library refuses its configuration.
    #[error("{}", self.sentence())]
    Setup(#[source] rustls::Error),
}

impl Speaks for TlsError {
    fn sentence(&self) -> Sentence {
        match self {
            Self::Read { path, .. } => sentence!("{path} cannot be read", "nie można odczytać {path}", path = path.display()),
            Self::Write { path, .. } => sentence!("{path} cannot be written", "nie można zapisać {path}", path = path.display()),
            Self::NoCertificate { path } => {
                sentence!("{path} holds no certificate in PEM form", "w {path} nie ma certyfikatu w postaci PEM", path = path.display())
            }
            Self::NoKey { path } => sentence!(
                "{path} holds no private key in PEM form without a passphrase",
                "w {path} nie ma klucza prywatnego w postaci PEM bez hasła",
                path = path.display()
            ),
            Self::Mismatch { key, certificate } => sentence!(
                "the key in {key} does not belong to the first certificate in {certificate}",
                "klucz w {key} nie pasuje do pierwszego certyfikatu w {certificate}",
                key = key.display(),
                certificate = certificate.display()
            ),
            Self::Unusable { path, .. } => sentence!(
                "key or certificate in {path} cannot be used for TLS",
                "klucza albo certyfikatu z {path} nie można użyć do TLS",
                path = path.display()
            ),
            Self::Weak { path, weakness: Weakness::Signature } => sentence!(
                "a certificate in {path} is signed over a digest that can be forged, such as MD5 or SHA-1: have it issued anew with SHA-256 or better",
                "certyfikat z {path} jest podpisany skrótem, który można podrobić, na przykład MD5 lub SHA-1: wystaw go na nowo ze skrótem SHA-256 lub lepszym",
                path = path.display()
            ),
            Self::Weak { path, weakness: Weakness::RsaBits(bits) } => sentence!(
                "a certificate in {path} has an RSA key of {bits} bits; it needs {RSA_BITS_MIN} or more: make a new key, ECDSA P-256 by preference",
                "certyfikat z {path} ma klucz RSA o długości {bits} bitów, a potrzeba co najmniej {RSA_BITS_MIN}: utwórz nowy klucz, najlepiej ECDSA P-256",
                path = path.display()
            ),
            Self::Authority { path, .. } => sentence!(
                "the certificate authority in {path} cannot issue certificates",
                "urząd certyfikacji w {path} nie może wystawiać certyfikatów",
                path = path.display()
            ),
            Self::TooManyFronts(count) => sentence!(
                "{count} certificates of load balancers are named; at most {FRONT_CERTIFICATES_MAX} can be",
                "certyfikatów load balancerów podano {count}; może ich być najwyżej {FRONT_CERTIFICATES_MAX}"
            ),
            Self::Setup(_) => sentence!("TLS cannot be set up", "nie można przygotować TLS"),
        }
    }
}

/// The certificates in use. Cloning shares them.
#[derive(Clone)]
pub struct Certificates(Arc<Inner>);

struct Inner {
    config: CertificateConfig,
    rng: Rng,
    current: Arc<Current>,
    fronts: RwLock<Vec<Front>>,
    /// One renewal at a time.
    renewing: Mutex<()>,
    server: Arc<ServerConfig>,
    /// Of the listener that demands client certificates.
    mutual: Arc<ServerConfig>,
}

/// What agents may meet in front of this server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Front {
    digest: Digest,
    /// What the file held before: a load balancer takes up a new certificate some time before or after we do.
    previous: Option<Digest>,
}

#[derive(Debug)]
struct Current(RwLock<InUse>);

#[derive(Debug)]
struct InUse {
    key: Arc<CertifiedKey>,
    digest: Digest,
    ends_at: Timestamp,
    strength: Strength,
    /// The one before, on connections that stand.
    previous: Option<Digest>,
}

impl Current {
    fn with<T>(&self, read: impl FnOnce(&InUse) -> T) -> T {
        read(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl ResolvesServerCert for Current {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        // One certificate for whatever name was asked: it carries them all.
        Some(self.with(|in_use| Arc::clone(&in_use.key)))
    }
}

impl Certificates {
    /// Loads the certificates, making the instance's own where there are none yet. Blocks on files.
    ///
    /// # Errors
    /// [`TlsError`], each in one sentence.
    pub fn open(config: CertificateConfig, now: Timestamp, rng: Rng) -> Result<Self, TlsError> {
        if config.fronts.len() > FRONT_CERTIFICATES_MAX {
            return Err(TlsError::TooManyFronts(config.fronts.len()));
        }
        let loaded = load(&config, now, &rng)?;
        let fronts = config.fronts.iter().map(|front| Ok(Front { digest: front.digest()?, previous: None })).collect::<Result<_, _>>()?;
        let current = Arc::new(Current(RwLock::new(loaded)));
        let server = Arc::new(server_config(Arc::clone(&current))?);
        let mutual = Arc::new(mutual_server_config(Arc::clone(&current))?);
        Ok(Self(Arc::new(Inner { config, rng, current, fronts: RwLock::new(fronts), renewing: Mutex::new(()), server, mutual })))
    }

    /// Renews the instance's own certificate where its end is near, or takes up the user's changed files, those of load
    /// balancers included. Blocks on files.
    ///
    /// # Errors
    /// [`TlsError`]; the present certificate then stays in use.
    pub fn renew_if_due(&self, now: Timestamp) -> Result<Renewal, TlsError> {
        let _one_at_a_time = self.0.renewing.lock().unwrap_or_else(PoisonError::into_inner);
        // Neither stands in the other's way.
        let fronts = self.renew_fronts();
        let renewal = self.renew_own(now)?;
        fronts.map(|()| renewal)
    }

    fn renew_own(&self, now: Timestamp) -> Result<Renewal, TlsError> {
        let mut loaded = load(&self.0.config, now, &self.0.rng)?;
        let mut in_use = self.0.current.0.write().unwrap_or_else(PoisonError::into_inner);
        if loaded.digest == in_use.digest {
            return Ok(Renewal::NotDue);
        }
        loaded.previous = Some(in_use.digest);
        *in_use = loaded;
        Ok(Renewal::Replaced)
    }

    fn renew_fronts(&self) -> Result<(), TlsError> {
        let mut failed = Ok(());
        for (place, front) in self.0.config.fronts.iter().enumerate() {
            let digest = match front.digest() {
                Ok(digest) => digest,
                Err(error) => {
                    failed = Err(error);
                    continue;
                }
            };
            let mut fronts = self.0.fronts.write().unwrap_or_else(PoisonError::into_inner);
            if let Some(known) = fronts.get_mut(place).filter(|known| known.digest != digest) {
                *known = Front { digest, previous: Some(known.digest) };
            }
        }
        failed
    }

    /// SHA-256 of each certificate under which this server may be met: the present one, the one before it (on
    /// connections that stand), and those of the load balancers, present and before; each once.
    #[must_use]
    pub fn leaf_digests(&self) -> Vec<Digest> {
        let mut digests = self.0.current.with(|in_use| vec![in_use.digest].into_iter().chain(in_use.previous).collect::<Vec<_>>());
        let fronts = self.0.fronts.read().unwrap_or_else(PoisonError::into_inner);
        for digest in fronts.iter().flat_map(|front| std::iter::once(front.digest).chain(front.previous)) {
            if !digests.contains(&digest) {
                digests.push(digest);
            }
        }
        digests
    }

    /// SHA-256 of the present certificate, as `purser` prints it for comparison with what a browser shows.
    #[must_use]
    pub fn fingerprint(&self) -> Digest {
        self.0.current.with(|in_use| in_use.digest)
    }

    /// When the present certificate ends.
    #[must_use]
    pub fn ends_at(&self) -> Timestamp {
        self.0.current.with(|in_use| in_use.ends_at)
    }

    /// How strong the present certificate is.
    #[must_use]
    pub fn strength(&self) -> Strength {
        self.0.current.with(|in_use| in_use.strength.clone())
    }

    /// The certificate of the instance's own authority, PEM, for `purser trust-ca`; absent where the user's files are used.
    ///
    /// # Errors
    /// [`TlsError::Read`].
    pub fn authority_pem(&self) -> Result<Option<String>, TlsError> {
        match &self.0.config.source {
            CertificateSource::OwnAuthority(folder) => read(&folder.join(AUTHORITY_FILE)).map(Some),
            CertificateSource::Files { .. } => Ok(None),
        }
    }

    /// Whether the instance vouches for itself: then no HSTS, which would lock the user's other ports on this host.
    #[must_use]
    pub fn is_self_issued(&self) -> bool {
        matches!(self.0.config.source, CertificateSource::OwnAuthority(_))
    }

    pub(crate) fn server_config(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.0.server)
    }

    pub(crate) fn mutual_server_config(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.0.mutual)
    }
}

fn server_config(current: Arc<Current>) -> Result<ServerConfig, TlsError> {
    let mut config = ServerConfig::builder_with_provider(Arc::new(strength::provider()))
        .with_protocol_versions(&PROTOCOL_VERSIONS)
        .map_err(TlsError::Setup)?
        .with_no_client_auth()
        .with_cert_resolver(current);
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    // Tickets spare returning agents the signature of a full handshake; rustls rotates their key by itself.
    config.ticketer = aws_lc_rs::Ticketer::new().map_err(TlsError::Setup)?;
    config.send_tls13_tickets = 1;
    Ok(config)
}

/// As [`server_config`], for connections that show a client certificate. None of them goes on where another stopped: each proves
/// anew that its key is at the other end.
fn mutual_server_config(current: Arc<Current>) -> Result<ServerConfig, TlsError> {
    let mut config = ServerConfig::builder_with_provider(Arc::new(strength::provider()))
        .with_protocol_versions(&PROTOCOL_VERSIONS)
        .map_err(TlsError::Setup)?
        .with_client_cert_verifier(Arc::new(AnyCertificate::default()))
        .with_cert_resolver(current);
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    Ok(config)
}

fn load(config: &CertificateConfig, now: Timestamp, rng: &Rng) -> Result<InUse, TlsError> {
    match &config.source {
        CertificateSource::Files { certificate, key } => load_pair(certificate, key),
        CertificateSource::OwnAuthority(folder) => {
            let authority = open_authority(folder, &config.names, now, rng)?;
            let server = folder.join(SERVER_FILE);
            if !is_fit(&server, &authority, &config.names, now) {
                let made = certificate::make_leaf(&authority, &config.names, now, rng).map_err(|source| failed(folder, source))?;
                write(&server, &format!("{}{}", made.key_pem, made.certificate_pem), 0o600)?;
            }
            load_pair(&server, &server)
        }
    }
}

fn failed(folder: &Path, source: CertificateError) -> TlsError {
    TlsError::Authority { path: folder.to_owned(), source }
}

/// The authority in the folder; a new one where there is none, or where the present one cannot serve any longer.
fn open_authority(folder: &Path, names: &[ServedName], now: Timestamp, rng: &Rng) -> Result<Made, TlsError> {
    let builder = fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    builder.map_err(|source| TlsError::Write { path: folder.to_owned(), source })?;
    let (certificate, key) = (folder.join(AUTHORITY_FILE), folder.join(AUTHORITY_KEY_FILE));
    if certificate.exists() {
        let authority = Made { certificate_pem: read(&certificate)?, key_pem: read(&key)? };
        let der = CertificateDer::from_pem_slice(authority.certificate_pem.as_bytes());
        let der = der.map_err(|_not_pem| TlsError::NoCertificate { path: certificate.clone() })?;
        let facts = certificate::facts_of(&der).map_err(|source| failed(folder, source))?;
        let outlives_its_leaf = facts.ends_at > now.plus(days(LEAF_DAYS));
        if outlives_its_leaf && names.iter().all(|name| facts.permitted.contains(name)) {
            return Ok(authority);
        }
        tracing::warn!(
            "the local certificate authority is made anew, for it ends soon or may not vouch for every public name; trust the new one with `purser trust-ca`"
        );
    }
    let authority = certificate::make_authority(names, now, rng).map_err(|source| failed(folder, source))?;
    // The key first: a certificate without its key would stop the next start.
    write(&key, &authority.key_pem, 0o600)?;
    write(&certificate, &authority.certificate_pem, 0o644)?;
    Ok(authority)
}

/// Whether the server's present certificate can stay.
fn is_fit(path: &Path, authority: &Made, names: &[ServedName], now: Timestamp) -> bool {
    let Ok(in_use) = load_pair(path, path) else { return false };
    let Some(leaf) = in_use.key.cert.first() else { return false };
    let (Ok(facts), Ok(authority)) = (certificate::facts_of(leaf), CertificateDer::from_pem_slice(authority.certificate_pem.as_bytes()))
    else {
        return false;
    };
    facts.ends_at > now.plus(days(LEAF_RENEWAL_DAYS)) && facts.names == names && certificate::is_signed_by(leaf, &authority)
}

fn load_pair(certificate: &Path, key: &Path) -> Result<InUse, TlsError> {
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(read(certificate)?.as_bytes()).collect();
    let chain = chain.ok().filter(|chain| !chain.is_empty()).ok_or_else(|| TlsError::NoCertificate { path: certificate.to_owned() })?;
    let private = PrivateKeyDer::from_pem_slice(read(key)?.as_bytes()).map_err(|_none| TlsError::NoKey { path: key.to_owned() })?;
    // Before the library looks at them: it says of a weak key no more than that it is not accepted.
    let links = std::iter::once(Link::First).chain(std::iter::repeat(Link::Further));
    chain.iter().zip(links).try_for_each(|(one, link)| check_strength(certificate, one, link))?;
    let leaf = chain.first().cloned().unwrap_or_else(|| CertificateDer::from(Vec::new()));
    let key = CertifiedKey::from_der(chain, private, &strength::provider()).map_err(|source| match source {
        rustls::Error::InconsistentKeys(_) => TlsError::Mismatch { key: key.to_owned(), certificate: certificate.to_owned() },
        source => TlsError::Unusable { path: certificate.to_owned(), source },
    })?;
    let facts = certificate::facts_of(&leaf).map_err(|_malformed| TlsError::NoCertificate { path: certificate.to_owned() })?;
    let strength = certificate::strength_of(&leaf).map_err(|_malformed| TlsError::NoCertificate { path: certificate.to_owned() })?;
    Ok(InUse { strength, key: Arc::new(key), digest: Digest(seal::hash::sha256(&leaf)), ends_at: facts.ends_at, previous: None })
}

fn check_strength(path: &Path, certificate: &CertificateDer<'_>, link: Link) -> Result<(), TlsError> {
    let weakness = strength::weakness_of(certificate, link).map_err(|_malformed| TlsError::NoCertificate { path: path.to_owned() })?;
    weakness.map_or(Ok(()), |weakness| Err(TlsError::Weak { path: path.to_owned(), weakness }))
}

fn read(path: &Path) -> Result<String, TlsError> {
    fs::read_to_string(path).map_err(|source| TlsError::Read { path: path.to_owned(), source })
}

/// Writes a file so that a crash leaves the old one or the new one, never a part.
fn write(path: &Path, text: &str, mode: u32) -> Result<(), TlsError> {
    let temporary = path.with_extension("new");
    let written = || -> io::Result<()> {
        match fs::remove_file(&temporary) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(&temporary)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&temporary, path)?;
        path.parent().map_or(Ok(()), |folder| fs::File::open(folder)?.sync_all())
    };
    written().map_err(|source| TlsError::Write { path: path.to_owned(), source })
}
