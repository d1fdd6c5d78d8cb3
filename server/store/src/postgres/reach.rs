//! How a database is reached: its URL, and TLS where the way to it is not this machine.
//!
//! A URL may carry `sslrootcert=FILE` (PEM): then the connection is encrypted, and the server's certificate is checked
//! against that authority and the host's name. To another machine there is no other way, unless the URL says
//! `sslmode=disable`: rows are sealed, but ids, times and passwords' proofs would travel in clear.

use std::future::Future;
use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, ServerName};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::tls::{ChannelBinding, MakeTlsConnect, TlsConnect, TlsStream};
use tokio_postgres::{Client, Config, NoTls};

use crate::StoreError;
use crate::postgres::failure::failure;

const ROOT_OPTION: &str = "sslrootcert=";

/// How a database is reached.
#[derive(Clone)]
pub(crate) struct Reach {
    pub(crate) config: Config,
    tls: Option<Tls>,
}

impl Reach {
    /// Reads a URL; `what` names it in errors, which never quote it, because it holds a password.
    pub(crate) fn parse(url: &str, what: &str) -> Result<Self, StoreError> {
        let (base, query) = url.split_once('?').unwrap_or((url, ""));
        let (roots, others): (Vec<&str>, Vec<&str>) =
            query.split('&').filter(|option| !option.is_empty()).partition(|option| option.starts_with(ROOT_OPTION));
        let url = if others.is_empty() { base.to_owned() } else { format!("{base}?{}", others.join("&")) };
        let mut config: Config = url.parse().map_err(|error| StoreError::Setup(format!("{what} cannot be read: {error}")))?;
        if config.get_user().is_none() || config.get_dbname().is_none() {
            return Err(StoreError::Setup(format!("{what} must name a role and a database: postgres://ROLE:PASSWORD@HOST/DATABASE")));
        }
        config.application_name("purser");
        let root = roots.first().and_then(|option| option.strip_prefix(ROOT_OPTION));
        let tls = root.map(Tls::trusting).transpose()?;
        let needs_tls = config.get_ssl_mode() == SslMode::Require;
        let is_clear = config.get_ssl_mode() == SslMode::Disable || config.get_hosts().iter().all(is_this_machine);
        if tls.is_some() {
            config.ssl_mode(SslMode::Require);
        } else if needs_tls || !is_clear {
            return Err(StoreError::Setup(format!(
                "{what} leads to another machine or asks for TLS: add ?sslrootcert=FILE with the PEM certificate of the authority that \
                 signed the server's, or ?sslmode=disable to accept that the connection is not encrypted"
            )));
        }
        Ok(Self { config, tls })
    }

    /// The same database for another role.
    pub(crate) fn with(&self, config: Config) -> Self {
        Self { config, tls: self.tls.clone() }
    }

    /// Connects. The second part must be driven, until the connection ends.
    pub(crate) async fn connect(self) -> Result<(Client, Driver), StoreError> {
        match self.tls {
            None => {
                let (client, connection) = self.config.connect(NoTls).await.map_err(|error| refused(&error))?;
                Ok((client, Box::pin(connection)))
            }
            Some(tls) => {
                let (client, connection) = self.config.connect(tls).await.map_err(|error| refused(&error))?;
                Ok((client, Box::pin(connection)))
            }
        }
    }
}

/// Drives a connection.
pub(crate) type Driver = Pin<Box<dyn Future<Output = Result<(), tokio_postgres::Error>> + Send>>;

fn is_this_machine(host: &Host) -> bool {
    match host {
        Host::Unix(_) => true,
        Host::Tcp(name) => name == "localhost" || name.parse().is_ok_and(|address: IpAddr| address.is_loopback()),
    }
}

fn refused(error: &tokio_postgres::Error) -> StoreError {
    match error.as_db_error() {
        Some(reason) if reason.code().code().starts_with("28") || reason.code().code().starts_with("3D") => {
            StoreError::Setup(format!("PostgreSQL refuses the connection: {}", reason.message()))
        }
        Some(_) => failure("connecting", error),
        None => {
            let cause = std::error::Error::source(error).map_or_else(String::new, |cause| format!(": {cause}"));
            StoreError::Unavailable(format!("PostgreSQL cannot be reached ({error}{cause})"))
        }
    }
}

/// TLS that trusts one authority.
#[derive(Clone)]
struct Tls(Arc<ClientConfig>);

impl Tls {
    fn trusting(file: &str) -> Result<Self, StoreError> {
        let unusable =
            |reason: String| StoreError::Setup(format!("the certificate file {file} of the database URL cannot be used: {reason}"));
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_file_iter(file).map_err(|error| unusable(error.to_string()))? {
            let certificate = certificate.map_err(|error| unusable(error.to_string()))?;
            roots.add(certificate).map_err(|error| unusable(error.to_string()))?;
        }
        if roots.is_empty() {
            return Err(unusable("it holds no certificate".into()));
        }
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let config = builder.map_err(|error| unusable(error.to_string()))?.with_root_certificates(roots).with_no_client_auth();
        Ok(Self(Arc::new(config)))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send + 'static> MakeTlsConnect<S> for Tls {
    type Stream = Encrypted<S>;
    type TlsConnect = ToHost;
    type Error = io::Error;

    fn make_tls_connect(&mut self, domain: &str) -> Result<ToHost, io::Error> {
        let name = ServerName::try_from(domain.to_owned()).map_err(io::Error::other)?;
        Ok(ToHost { config: Arc::clone(&self.0), name })
    }
}

/// A handshake with one host.
struct ToHost {
    config: Arc<ClientConfig>,
    name: ServerName<'static>,
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send + 'static> TlsConnect<S> for ToHost {
    type Stream = Encrypted<S>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Encrypted<S>, io::Error>> + Send>>;

    fn connect(self, stream: S) -> Self::Future {
        Box::pin(async move { tokio_rustls::TlsConnector::from(self.config).connect(self.name, stream).await.map(Encrypted) })
    }
}

/// An encrypted connection.
struct Encrypted<S>(tokio_rustls::client::TlsStream<S>);

impl<S> TlsStream for Encrypted<S>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    // The certificate was checked against the authority and the host's name, so that nobody can stand in between.
    fn channel_binding(&self) -> ChannelBinding {
        ChannelBinding::none()
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Encrypted<S> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Encrypted<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(url: &str) -> Option<String> {
        Reach::parse(url, "the database URL").err().map(|error| error.to_string())
    }

    #[test]
    fn another_machine_is_reached_with_tls_or_by_an_explicit_word() {
        for url in [
            "postgres://o:p@localhost/d",
            "postgres://o:p@127.0.0.1:5433/d",
            "postgres://o:p@[::1]/d",
            "postgres://o@%2Frun%2Fpostgresql/d",
            "postgres://o:p@db.example.com/d?sslmode=disable",
        ] {
            assert_eq!(refusal(url), None, "{url}");
        }
        for url in [
            "postgres://o:secret@db.example.com/d",
            "postgres://o:secret@10.0.0.5/d?sslmode=prefer",
            "postgres://o:secret@localhost/d?sslmode=require",
        ] {
            let reason = refusal(url).expect("refused");
            assert!(reason.contains("sslrootcert") && !reason.contains("secret"), "{reason}");
        }
    }

    #[test]
    fn an_authority_that_cannot_be_read_is_named() {
        let reason = refusal("postgres://o:secret@db.example.com/d?sslrootcert=/nowhere/ca.pem&connect_timeout=5").expect("refused");
        assert!(reason.contains("/nowhere/ca.pem") && !reason.contains("secret"), "{reason}");
    }

    #[test]
    fn a_url_that_cannot_be_read_is_not_quoted() {
        for url in ["postgres://o:secret@localhost", "postgres://localhost/d", "mysql://o:secret@localhost/d"] {
            let reason = refusal(url).expect("refused");
            assert!(!reason.contains("secret"), "{reason}");
        }
    }
}
