//! Which installation a command is about, and the runtime that it needs.

use std::env;
use std::path::PathBuf;

use anyhow::Error;
use app::host::{Request, ask};
use app::{Config, Contact, DataFolder, FilterMode, FrontCertificate, RootSource, SecretText, TlsFiles, TokenKey, TrustedProxy, Wishes};
use serde::de::DeserializeOwned;
use tokio::runtime::{Builder, Runtime};
use words::sentence;

use crate::cli::{HostArguments, RootArguments, WishArguments};
use crate::speech::{Saying as _, failed};

/// Threads of the runtime that serve requests; storage has threads of its own.
const WORKER_THREADS_MAX: usize = 8;

/// The data folder that was named, or the user's own.
pub(crate) fn data(host: &HostArguments) -> Result<DataFolder, Error> {
    if let Some(data) = &host.data {
        return Ok(DataFolder::new(std::path::absolute(data)?));
    }
    let share = env::var_os("XDG_DATA_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let share = share.or_else(|| env::home_dir().map(|home| home.join(".local/share")));
    let share = share.ok_or_else(|| {
        failed(sentence!(
            "which data folder? give --data DIR or PURSER_DATA",
            "który katalog danych? podaj --data KATALOG albo PURSER_DATA"
        ))
    })?;
    Ok(DataFolder::new(share.join("purser")))
}

/// Paths become absolute: they are remembered, and read later from elsewhere.
pub(crate) fn wishes(wishes: WishArguments) -> Result<Wishes, Error> {
    let absolute = |path: Option<PathBuf>| path.map(std::path::absolute).transpose();
    let tls = match (absolute(wishes.tls_cert)?, absolute(wishes.tls_key)?) {
        (Some(certificate), Some(key)) => Some(TlsFiles { certificate, key }),
        _ => None,
    };
    // A digest stays as it is.
    let front = |text: String| match FrontCertificate::from_text(&text) {
        FrontCertificate::Digest(_) => Ok(text),
        FrontCertificate::File(path) => std::path::absolute(path).map(|path| path.display().to_string()),
    };
    let contact = |text: Option<String>| text.map(|text| text.parse::<Contact>()).transpose();
    Ok(Wishes {
        database: wishes.database.map(SecretText::new),
        public_url: wishes.public_url,
        listen: wishes.listen,
        listen_mtls: wishes.listen_mtls,
        tls,
        root: root(wishes.passphrase_file, wishes.root)?,
        front_certificates: wishes.front_cert.into_iter().map(front).collect::<Result<_, _>>()?,
        trusted_proxies: wishes.trusted_proxy.iter().map(|text| text.parse::<TrustedProxy>()).collect::<Result<_, _>>()?,
        request_filter: wishes.request_filter.map(|text| text.parse::<FilterMode>()).transpose()?,
        privacy_contact: contact(wishes.privacy_contact)?,
        security_contact: contact(wishes.security_contact)?,
        offline: wishes.offline,
    })
}

/// Where the root key is to come from, where something is said of it.
pub(crate) fn root(passphrase_file: Option<PathBuf>, root: RootArguments) -> Result<Option<RootSource>, Error> {
    if let Some(name) = root.root_credential {
        return Ok(Some(RootSource::SystemdCredential { name }));
    }
    if let (Some(module), Some(token), Some(pin_file)) = (root.pkcs11_module, root.pkcs11_token, root.pkcs11_pin_file) {
        let (module, pin_file) = (std::path::absolute(module)?, std::path::absolute(pin_file)?);
        return Ok(Some(RootSource::Pkcs11(TokenKey { module, token, key: root.pkcs11_key, pin_file })));
    }
    let path = passphrase_file.map(std::path::absolute).transpose()?;
    Ok(path.map(|path| RootSource::PassphraseFile { path }))
}

/// The configuration of an existing installation.
pub(crate) fn config(host: &HostArguments) -> Result<Config, Error> {
    Ok(Config::load(data(host)?, Wishes::default())?)
}

/// Asks the installation for something: its server, or itself where none runs.
pub(crate) fn request<T: DeserializeOwned>(host: &HostArguments, request: Request) -> Result<T, Error> {
    let config = config(host)?;
    Ok(runtime()?.block_on(ask(&config, request))?)
}

/// A runtime with as many threads as there are processors, within reason.
pub(crate) fn runtime() -> Result<Runtime, Error> {
    let processors = std::thread::available_parallelism().map_or(2, usize::from);
    let threads = processors.clamp(2, WORKER_THREADS_MAX);
    Builder::new_multi_thread()
        .worker_threads(threads)
        .enable_all()
        .build()
        .saying(|| sentence!("the runtime cannot start", "nie można uruchomić wątków programu"))
}
