//! A server on an opened installation: its start, and its end.

use std::net::SocketAddr;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use web::serve::{ListenConfig, ServeError, Server};
use words::{Sentence, Speaks, sentence};

use crate::checks::Served;
use crate::host::{keys, ledger};
use crate::opened::Opened;
use crate::{site, workers};

/// Why a server does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// It cannot listen.
    #[error(transparent)]
    Serve(#[from] ServeError),
    /// What an earlier run left cannot be finished.
    #[error("{}", self.sentence())]
    Folding(String),
    /// What is being erased cannot be barred.
    #[error("{}", self.sentence())]
    Erasing(String),
    /// The access log's key of today cannot be made.
    #[error("{}", self.sentence())]
    AccessLog(String),
}

impl Speaks for StartError {
    fn sentence(&self) -> Sentence {
        match self {
            Self::Serve(error) => error.sentence(),
            Self::Erasing(reason) => sentence!(
                "what is being erased cannot be kept from view: {reason}",
                "nie można ukryć tego, co jest właśnie usuwane: {reason}"
            ),
            Self::Folding(reason) => sentence!(
                "check-ins that an earlier run took in cannot be folded: {reason}",
                "nie można przenieść do baz organizacji zgłoszeń, które przyjął serwer poprzednio uruchomiony: {reason}"
            ),
            Self::AccessLog(reason) => sentence!(
                "the access log cannot be written, and without it nothing is served: {reason}",
                "nie można pisać dziennika dostępu, a bez niego serwer nie odpowiada: {reason}"
            ),
        }
    }
}

/// A server that serves. Dropped without [`Running::stop`], it ends as if it were killed.
pub struct Running {
    address: SocketAddr,
    mutual_address: Option<SocketAddr>,
    operator_address: Option<SocketAddr>,
    stop: watch::Sender<bool>,
    serving: JoinHandle<()>,
    opened: Opened,
}

/// Starts a server on an installation: takes the port and the socket, finishes what an earlier run left, then answers.
///
/// # Errors
/// [`StartError`], in one sentence.
pub async fn start(opened: Opened) -> Result<Running, StartError> {
    let listen = ListenConfig { addr: opened.config.listen, tls: opened.certificates.clone() };
    let site = site::site(&opened);
    let server = Server::bind(site.clone(), listen, opened.config.data.socket()).await?;
    let mut server = server.trusting(opened.config.trusted_proxies.clone());
    if let Some(address) = opened.config.listen_mtls {
        server = server.demanding_certificates(address).await?;
    }
    if let Some(address) = opened.config.listen_operator {
        server = server.for_operators(address, site::operators(&opened, &site)).await?;
    }
    let (address, mutual_address, operator_address) = (server.address(), server.mutual_address(), server.operator_address());
    opened.erasures.bar_again().await.map_err(|error| StartError::Erasing(error.to_string()))?;
    workers::fold_everything(&opened).await.map_err(StartError::Folding)?;
    opened.access_log.prepare().await.map_err(|error| StartError::AccessLog(error.to_string()))?;
    opened.serving.set(Some(Served { address, site }));
    let (stop, stopped) = watch::channel(false);
    let mut working = workers::spawn(&opened, &stopped);
    let serving = tokio::spawn(async move {
        let mut ended = stopped.clone();
        server.run(async move { _ = ended.wait_for(|is_stopped| *is_stopped).await }).await;
        while working.join_next().await.is_some() {}
    });
    let (listen_mtls, listen_operator) = (mutual_address.map(tracing::field::display), operator_address.map(tracing::field::display));
    tracing::info!(listen = %address, listen_mtls, listen_operator, "purser serves");
    keys::warn_without_copy(&opened);
    ledger::warn_where_restored(&opened).await;
    Ok(Running { address, mutual_address, operator_address, stop, serving, opened })
}

impl Running {
    /// Where it listens; the port is the real one where 0 was asked for.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where it listens for whoever shows a client certificate.
    #[must_use]
    pub const fn mutual_address(&self) -> Option<SocketAddr> {
        self.mutual_address
    }

    /// Where it listens for operators.
    #[must_use]
    pub const fn operator_address(&self) -> Option<SocketAddr> {
        self.operator_address
    }

    /// What it serves.
    #[must_use]
    pub const fn opened(&self) -> &Opened {
        &self.opened
    }

    /// Lets requests and steps under way end, writes what is only in memory, closes the stores.
    pub async fn stop(self) {
        // Nobody listens only where everything has ended already.
        let _ = self.stop.send(true);
        self.opened.doctor.end();
        self.opened.archives.stop();
        self.opened.integrity.stop();
        self.opened.serving.set(None);
        if let Err(error) = self.serving.await {
            tracing::error!(reason = %error, "the server did not end by itself");
        }
        if let Err(reason) = workers::fold_everything(&self.opened).await {
            tracing::error!(reason, "check-ins are left for the next start to fold");
        }
        if let Err(reason) = workers::flush_access_log(self.opened.clone()).await {
            tracing::error!(reason, "the last requests are not in the access log");
        }
        if let Err(reason) = workers::tell_of_bans(self.opened.clone()).await {
            tracing::error!(reason, "the last bans are not in the ledger");
        }
        if let Err(reason) = workers::save_snapshots(self.opened.clone()).await {
            tracing::warn!(reason, "the next start has to read every row");
        }
        self.opened.close().await;
        tracing::info!("purser has ended");
    }
}
