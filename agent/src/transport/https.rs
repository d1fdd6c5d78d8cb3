//! HTTPS by `ureq` and `rustls`, with certificates judged by `Judge` instead of by authorities.
//!
//! An authority's word is neither needed nor enough: the server usually has a certificate of its own making, and a
//! relay in the middle may well have a valid one. What counts is whether an instance key that this device has pinned
//! vouches for the certificate. The handshake's own signature is always checked, so who shows a certificate holds its
//! key.

use std::fmt;
use std::io::{Read as _, Write as _};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustls::client::Resumption;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::aws_lc_rs::kx_group;
use rustls::crypto::{CryptoProvider, SupportedKxGroup, verify_tls12_signature, verify_tls13_signature};
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, SignatureScheme, StreamOwned};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use ureq::unversioned::resolver::DefaultResolver;
use ureq::unversioned::transport::{
    Buffers, ConnectProxyConnector, ConnectionDetails, Connector, Either, LazyBuffers, NextTimeout, TcpConnector, Transport as Wire,
    TransportAdapter,
};
use wire::report::Digest;

use super::{EXCHANGE_SECONDS_MAX, Method, RESPONSE_BYTES_MAX, Request, Response, Transport, TransportError};
use crate::server_url::{ServerUrl, ServerUrlError};

/// Key exchanges, the preferred first: that of ML-KEM with X25519 keeps what was recorded today from tomorrow's quantum
/// computers, and a server that prefers it too needs no second round trip.
static KEY_EXCHANGES: [&dyn SupportedKxGroup; 4] = [kx_group::X25519MLKEM768, kx_group::X25519, kx_group::SECP256R1, kx_group::SECP384R1];

/// HTTPS to one server.
pub struct Https {
    server: ServerUrl,
    probe: ureq::Agent,
    met: Arc<Judge>,
    bound: ureq::Agent,
    accepted: Arc<Judge>,
}

impl Https {
    /// Prepares to speak to a server; nothing is sent.
    ///
    /// # Errors
    /// Where the address is no host.
    pub fn new(server: &ServerUrl) -> Result<Self, ServerUrlError> {
        let (met, accepted) = (Arc::new(Judge::new(Rule::Any)), Arc::new(Judge::new(Rule::OneOf(Vec::new()))));
        let name = server.tls_name()?;
        let agent = |judge: &Arc<Judge>, kept_connections: usize| {
            let config = ureq::Agent::config_builder()
                .https_only(true)
                .max_redirects(0)
                .http_status_as_error(false)
                .timeout_global(Some(EXCHANGE_SECONDS_MAX))
                .user_agent(concat!("purser-agent/", env!("CARGO_PKG_VERSION")))
                .max_idle_connections(kept_connections)
                .input_buffer_size(16 * 1024)
                .output_buffer_size(16 * 1024)
                .build();
            let tls = Tls { name: name.clone(), config: tls_config(judge) };
            let connector = ConnectProxyConnector::default().chain(TcpConnector::default()).chain(tls);
            ureq::Agent::with_parts(config, connector, DefaultResolver::default())
        };
        // A probe must see the certificate each time; what is bound was judged when its connection was made.
        Ok(Self { server: server.clone(), probe: agent(&met, 0), bound: agent(&accepted, 1), met, accepted })
    }

    fn exchange(&self, agent: &ureq::Agent, judge: &Judge, request: Request<'_>) -> Result<Response, TransportError> {
        judge.forget();
        let url = self.server.join(request.path);
        let result = match request.method {
            Method::Get => with_headers(agent.get(&url), request).call(),
            Method::Post => with_headers(agent.post(&url).header("content-type", "application/json"), request).send(request.body),
        };
        let failed = |error: ureq::Error| match error {
            ureq::Error::BodyExceedsLimit(_) => TransportError::TooLarge,
            _ if judge.has_refused() => TransportError::OtherCertificate,
            other => TransportError::Unreachable(Box::new(other)),
        };
        let mut response = result.map_err(failed)?;
        let retry_after =
            response.headers().get("retry-after").and_then(|value| value.to_str().ok()?.parse().ok()).map(Duration::from_secs);
        let body = response.body_mut().with_config().limit(RESPONSE_BYTES_MAX).read_to_vec().map_err(failed)?;
        Ok(Response { status: response.status().as_u16(), retry_after, body })
    }
}

fn with_headers<B>(builder: ureq::RequestBuilder<B>, request: Request<'_>) -> ureq::RequestBuilder<B> {
    let mut builder = builder.header("accept", "application/json");
    if let Some(bearer) = request.bearer {
        builder = builder.header("authorization", format!("Bearer {bearer}"));
    }
    if let Some(encoding) = request.content_encoding {
        builder = builder.header("content-encoding", encoding);
    }
    builder
}

impl Transport for Https {
    fn probe(&mut self, request: Request<'_>) -> Result<(Response, Digest), TransportError> {
        let response = self.exchange(&self.probe, &self.met, request)?;
        let met = self.met.met().ok_or(TransportError::OtherCertificate)?;
        Ok((response, met))
    }

    fn bind(&mut self, certificates: &[Digest]) {
        self.accepted.set(Rule::OneOf(certificates.to_vec()));
    }

    fn send(&mut self, request: Request<'_>) -> Result<Response, TransportError> {
        self.exchange(&self.bound, &self.accepted, request)
    }
}

/// Whom a connection may be to.
#[derive(Debug)]
enum Rule {
    /// Anybody, to be looked at afterwards.
    Any,
    /// Holders of these certificates.
    OneOf(Vec<Digest>),
}

/// Judges certificates, and remembers which one it met.
#[derive(Debug)]
struct Judge {
    seen: Mutex<Seen>,
    provider: Arc<CryptoProvider>,
}

#[derive(Debug)]
struct Seen {
    rule: Rule,
    met: Option<Digest>,
    has_refused: bool,
}

impl Judge {
    fn new(rule: Rule) -> Self {
        let provider = CryptoProvider { kx_groups: KEY_EXCHANGES.to_vec(), ..rustls::crypto::aws_lc_rs::default_provider() };
        let provider = Arc::new(provider);
        Self { seen: Mutex::new(Seen { rule, met: None, has_refused: false }), provider }
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, rule: Rule) {
        self.seen().rule = rule;
    }

    fn forget(&self) {
        let mut seen = self.seen();
        (seen.met, seen.has_refused) = (None, false);
    }

    fn met(&self) -> Option<Digest> {
        self.seen().met
    }

    fn has_refused(&self) -> bool {
        self.seen().has_refused
    }
}

impl ServerCertVerifier for Judge {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let digest = Digest(seal::hash::sha256(end_entity));
        let mut seen = self.seen();
        seen.met = Some(digest);
        match &seen.rule {
            Rule::OneOf(accepted) if !accepted.contains(&digest) => {
                seen.has_refused = true;
                Err(rustls::Error::InvalidCertificate(rustls::CertificateError::ApplicationVerificationFailure))
            }
            _ => Ok(ServerCertVerified::assertion()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

fn tls_config(judge: &Arc<Judge>) -> Arc<ClientConfig> {
    let builder = ClientConfig::builder_with_provider(Arc::clone(&judge.provider))
        .with_protocol_versions(rustls::ALL_VERSIONS)
        .expect("the provider knows TLS 1.2 and 1.3");
    let verifier: Arc<dyn ServerCertVerifier> = Arc::clone(judge) as Arc<dyn ServerCertVerifier>;
    let mut config = builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth();
    // A resumed session shows no certificate, so there would be nothing to judge.
    config.resumption = Resumption::disabled();
    Arc::new(config)
}

/// Puts TLS on a connection.
struct Tls {
    name: ServerName<'static>,
    config: Arc<ClientConfig>,
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tls")
    }
}

impl<In: Wire> Connector<In> for Tls {
    type Out = Either<In, TlsStream>;

    fn connect(&self, details: &ConnectionDetails<'_>, chained: Option<In>) -> Result<Option<Self::Out>, ureq::Error> {
        let Some(connection) = chained else { return Err(ureq::Error::ConnectionFailed) };
        // The way to a proxy is not TLS; the way through it to the server is.
        if !details.needs_tls() || connection.is_tls() {
            return Ok(Some(Either::A(connection)));
        }
        let mut tls = ClientConnection::new(Arc::clone(&self.config), self.name.clone()).map_err(ureq::Error::Rustls)?;
        let mut socket = TransportAdapter::new(connection.boxed(), details.current_time.clone());
        socket.set_timeout(details.timeout);
        tls.complete_io(&mut socket).map_err(ureq::Error::Io)?;
        let buffers = LazyBuffers::new(details.config.input_buffer_size(), details.config.output_buffer_size());
        Ok(Some(Either::B(TlsStream { buffers, stream: StreamOwned { conn: tls, sock: socket } })))
    }
}

/// A connection with TLS on it.
struct TlsStream {
    buffers: LazyBuffers,
    stream: StreamOwned<ClientConnection, TransportAdapter>,
}

impl fmt::Debug for TlsStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TlsStream")
    }
}

impl Wire for TlsStream {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), ureq::Error> {
        self.stream.get_mut().set_timeout(timeout);
        let output = self.buffers.output().get(..amount).ok_or(ureq::Error::ConnectionFailed)?;
        self.stream.write_all(output)?;
        Ok(())
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, ureq::Error> {
        self.stream.get_mut().set_timeout(timeout);
        let amount = self.stream.read(self.buffers.input_append_buf())?;
        self.buffers.input_appended(amount);
        Ok(amount > 0)
    }

    fn is_open(&mut self) -> bool {
        self.stream.get_mut().get_mut().is_open()
    }

    fn is_tls(&self) -> bool {
        true
    }
}
