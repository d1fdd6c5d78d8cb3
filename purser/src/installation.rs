//! Which installation a command is about, and the runtime that it needs.

use std::env;
use std::path::PathBuf;

use anyhow::Error;
use app::host::{Installation, Request};
use app::{Config, Contact, DataFolder, FilterMode, FrontCertificate, RootSource, SecretText, TlsFiles, TokenKey, TrustedProxy, Wishes};
use serde::de::DeserializeOwned;
use tokio::runtime::{Builder, Runtime};
use words::sentence;

use crate::cli::{FolderArguments, HostArguments, RootArguments, WishArguments};
use crate::operator_door;
use crate::speech::{Saying as _, failed};

/// Threads of the runtime that serve requests; storage has threads of its own.
const WORKER_THREADS_MAX: usize = 8;

/// The data folder that was named, or the user's own.
pub(crate) fn data(folder: &FolderArguments) -> Result<DataFolder, Error> {
    if let Some(data) = &folder.data {
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
        listen_operator: wishes.listen_operator,
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

/// The configuration of an existing installation on this host, for what is done nowhere else.
pub(crate) fn config(host: &HostArguments) -> Result<Config, Error> {
    if host.door.url.is_some() {
        return Err(failed(sentence!(
            "this is done on the server's host only, by whoever has a shell there: leave --operator (or PURSER_OPERATOR) out",
            "to robi się tylko na hoście serwera, mając tam powłokę: pomiń --operator (albo PURSER_OPERATOR)"
        )));
    }
    Ok(Config::load(data(&host.folder)?, Wishes::default())?)
}

/// The installation: by the operators' address that was given, by its server's socket, or opened where none runs.
pub(crate) async fn reach(host: &HostArguments) -> Result<Installation, Error> {
    match operator_door::reach(&host.door)? {
        Some(elsewhere) => Ok(elsewhere),
        None => Ok(Installation::reach(config(host)?).await?),
    }
}

/// Asks the installation for something.
pub(crate) fn request<T: DeserializeOwned>(host: &HostArguments, request: Request) -> Result<T, Error> {
    runtime()?.block_on(async {
        let installation = reach(host).await?;
        let answered = installation.ask(request).await;
        installation.leave().await;
        Ok(answered?)
    })
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
