//! The listener that demands client certificates: what a handshake takes, and what requests are told of it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use kernel::authenticator::Authenticated;
use kernel::{
    Access, Actor, Authenticator, ClientCertificate, Clock, Denied, DeviceScope, OperatorId, Origin, Permission, Presented, Rng, ScopeMint,
    TenantId, Timestamp, TokenId,
};
use rcgen::{CertificateParams, KeyPair};
use rustls::client::ResolvesClientCert;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, HandshakeKind, RootCertStore, SignatureScheme, SupportedProtocolVersion};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tower::ServiceExt;
use web::doors::PEER_REFUSALS;
use web::operators::{Known, Performed};
use web::serve::{Limits, OPERATOR_CONNECTIONS_PER_ADDRESS_MAX};
use web::{Answer, Caller, Certificates, Doc, ListenConfig, NoContent, Operators, PeerInfo, Routes, Server, Web, WebApp};

use crate::listening::{authority_of, opened};

/// Longer than anything here takes; only a test that fails waits for it.
const PATIENCE: Duration = Duration::from_secs(20);
/// Long enough for what must not happen to happen.
const DOUBT: Duration = Duration::from_millis(100);
const BOTH: [&SupportedProtocolVersion; 2] = [&rustls::version::TLS13, &rustls::version::TLS12];

/// One token, `bound`, which works with one certificate only.
struct Bound(ClientCertificate);

impl Authenticator for Bound {
    fn authenticate<'a>(&'a self, presented: &'a Presented, _access: Access, origin: Origin) -> Authenticated<'a> {
        let scope = || {
            let is_known = matches!(presented, Presented::Bearer(secret) if secret.expose() == "bound");
            if !is_known {
                return Err(Denied::Unauthenticated);
            }
            if origin.certificate != Some(self.0) {
                return Err(Denied::Certificate);
            }
            let actor = Actor::ApiToken(TokenId::from_random(4));
            Ok(ScopeMint::for_app().mint(TenantId::from_random(2), actor, &[Permission::DevicesRead], DeviceScope::All))
        };
        Box::pin(std::future::ready(scope()))
    }
}

/// A certificate that its holder signed for himself, with its key.
#[derive(Clone)]
struct Held {
    certificate: CertificateDer<'static>,
    key: Vec<u8>,
}

impl Held {
    fn make() -> Self {
        let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).expect("a key");
        let certificate = CertificateParams::default().self_signed(&key).expect("a certificate");
        Self { certificate: certificate.der().clone(), key: key.serialize_der() }
    }

    fn shown(&self) -> ClientCertificate {
        ClientCertificate::of_digest(seal::hash::sha256(&self.certificate))
    }

    /// The certificate, with whatever key: the TLS library's own way would compare them.
    fn with_key_of(&self, other: &Self) -> Arc<CertifiedKey> {
        let key = PrivateKeyDer::try_from(other.key.clone()).expect("PKCS#8");
        Arc::new(CertifiedKey::new(vec![self.certificate.clone()], aws_lc_rs::sign::any_supported_type(&key).expect("a signer")))
    }
}

#[derive(Debug)]
struct Showing(Option<Arc<CertifiedKey>>);

impl ResolvesClientCert for Showing {
    fn resolve(&self, _hints: &[&[u8]], _schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.0.clone()
    }

    fn has_certs(&self) -> bool {
        self.0.is_some()
    }
}

async fn handle(Caller(_scope): Caller) -> Answer<NoContent> {
    Ok(NoContent)
}

fn app(holder: &Held) -> WebApp {
    let (clock, _hand) = Clock::manual(Timestamp::from_seconds(1_795_327_200));
    let things = Routes::new("things", ()).get("/things", Access::Person(Permission::DevicesRead), Doc::new("things", "Things"), handle);
    Web::builder(clock, Rng::seeded(1), Arc::new(Bound(holder.shown()))).mount(things).build()
}

/// Knows no operator.
struct Nobody;

impl Operators for Nobody {
    fn known(&self, _certificate: ClientCertificate) -> Known<'_> {
        Box::pin(std::future::ready(Err(Denied::Certificate)))
    }

    fn perform(&self, _operator: OperatorId, _asked: Value) -> Performed<'_> {
        Box::pin(std::future::ready(Ok(Value::Null)))
    }
}

struct Running {
    plain: SocketAddr,
    mutual: SocketAddr,
    operators: SocketAddr,
    certificates: Certificates,
    _folder: tempfile::TempDir,
}

async fn running(holder: &Held) -> Running {
    running_with(holder, Limits::DEFAULT).await
}

async fn running_with(holder: &Held, limits: Limits) -> Running {
    let folder = tempfile::tempdir().expect("a folder");
    let certificates = opened(folder.path());
    let any: SocketAddr = "127.0.0.1:0".parse().expect("an address");
    let listen = ListenConfig { addr: any, tls: certificates.clone() };
    let server = Server::bind(app(holder), listen, folder.path().join("purser.sock")).await.expect("it listens");
    let server = server.demanding_certificates(any).await.expect("it listens").with_limits(limits);
    let door = app(holder).for_operators(Arc::new(Nobody));
    let server = server.for_operators(any, door).await.expect("it listens");
    let (plain, mutual) = (server.address(), server.mutual_address().expect("a second one"));
    let operators = server.operator_address().expect("a third one");
    tokio::spawn(server.run(std::future::pending()));
    Running { plain, mutual, operators, certificates, _folder: folder }
}

impl Running {
    fn connector(&self, version: &'static SupportedProtocolVersion, shown: Option<Arc<CertifiedKey>>) -> TlsConnector {
        let mut roots = RootCertStore::empty();
        roots.add(authority_of(&self.certificates)).expect("an authority");
        let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_protocol_versions(&[version])
            .expect("a version")
            .with_root_certificates(roots)
            .with_client_cert_resolver(Arc::new(Showing(shown)));
        TlsConnector::from(Arc::new(config))
    }
}

/// Asks for the things with the bound token: the head of the answer, and how the handshake went.
async fn ask(connector: &TlsConnector, address: SocketAddr) -> std::io::Result<(String, HandshakeKind)> {
    let name = ServerName::try_from("localhost").expect("a name");
    let mut stream = connector.connect(name, TcpStream::connect(address).await?).await?;
    let request = "GET /api/v1/things HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer bound\r\nConnection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    let kind = stream.get_ref().1.handshake_kind().expect("a handshake");
    Ok((answer, kind))
}

#[tokio::test]
async fn a_token_that_is_bound_to_a_certificate_is_good_with_that_one_and_with_no_other() {
    let (holder, other) = (Held::make(), Held::make());
    let server = running(&holder).await;
    for version in BOTH {
        let answer = async |shown: Option<&Held>, address| {
            let shown = shown.map(|held| held.with_key_of(held));
            let answer = ask(&server.connector(version, shown), address).await.map_err(|_broken| ())?.0;
            Ok::<_, ()>(answer.split(' ').nth(1).expect("a status").to_owned())
        };
        assert_eq!(answer(Some(&holder), server.mutual).await.as_deref(), Ok("204"), "{version:?}");
        assert_eq!(answer(Some(&other), server.mutual).await.as_deref(), Ok("403"), "{version:?}");
        assert_eq!(answer(None, server.mutual).await, Err(()), "{version:?}");
        assert_eq!(answer(Some(&holder), server.plain).await.as_deref(), Ok("403"), "nobody is asked there, {version:?}");
    }
}

#[tokio::test]
async fn who_shows_a_certificate_without_its_key_does_not_come_in() {
    let (holder, thief) = (Held::make(), Held::make());
    let server = running(&holder).await;
    for version in BOTH {
        let connector = server.connector(version, Some(holder.with_key_of(&thief)));
        assert!(ask(&connector, server.mutual).await.is_err(), "{version:?}");
    }
}

/// A connection that has shaken hands and asks for nothing.
async fn standing(server: &Running, shown: Option<&Held>, address: SocketAddr) -> Option<TlsStream<TcpStream>> {
    let name = ServerName::try_from("localhost").expect("a name");
    let connector = server.connector(&rustls::version::TLS12, shown.map(|held| held.with_key_of(held)));
    connector.connect(name, TcpStream::connect(address).await.expect("it listens")).await.ok()
}

#[tokio::test]
async fn what_one_address_may_hold_is_shared_by_the_listeners_but_the_operators() {
    let holder = Held::make();
    let server = running_with(&holder, Limits { connections_per_address_max: 2, ..Limits::DEFAULT }).await;
    let _plain = standing(&server, None, server.plain).await.expect("the first");
    let _mutual = standing(&server, Some(&holder), server.mutual).await.expect("the second");
    assert!(standing(&server, None, server.plain).await.is_none(), "the third of one address");
    assert!(standing(&server, Some(&holder), server.mutual).await.is_none(), "nor there");
    let mut operators = Vec::new();
    for number in 0..OPERATOR_CONNECTIONS_PER_ADDRESS_MAX {
        let connection = standing(&server, Some(&holder), server.operators).await;
        operators.push(connection.unwrap_or_else(|| panic!("operators have places of their own: {number}")));
    }
    assert!(standing(&server, Some(&holder), server.operators).await.is_none(), "as many as they have");
}

#[tokio::test]
async fn all_connections_are_counted_together_and_operators_come_in_whatever_the_others_hold() {
    let holder = Held::make();
    let server = running_with(&holder, Limits { connections_max: 2, ..Limits::DEFAULT }).await;
    let _plain = standing(&server, None, server.plain).await.expect("the first");
    let second = standing(&server, Some(&holder), server.mutual).await.expect("the second");
    assert!(timeout(DOUBT, standing(&server, None, server.plain)).await.is_err(), "the third waits");
    let third = timeout(DOUBT, standing(&server, Some(&holder), server.mutual)).await;
    assert!(third.is_err(), "wherever it is");
    assert!(standing(&server, Some(&holder), server.operators).await.is_some());
    drop(second);
    assert!(timeout(PATIENCE, standing(&server, None, server.plain)).await.expect("there is room again").is_some());
}

#[tokio::test]
async fn no_connection_with_a_certificate_goes_on_where_another_stopped() {
    let holder = Held::make();
    let server = running(&holder).await;
    for version in BOTH {
        let connector = server.connector(version, Some(holder.with_key_of(&holder)));
        for time in ["the first", "the second", "the third"] {
            let (answer, kind) = ask(&connector, server.mutual).await.expect("an answer");
            assert!(answer.starts_with("HTTP/1.1 204"), "{time}");
            assert!(matches!(kind, HandshakeKind::Full | HandshakeKind::FullWithHelloRetryRequest), "{version:?}, {time}: {kind:?}");
        }
    }
    let control = server.connector(&rustls::version::TLS12, None);
    ask(&control, server.plain).await.expect("an answer");
    assert_eq!(ask(&control, server.plain).await.expect("an answer").1, HandshakeKind::Resumed, "the control");
}

#[tokio::test]
async fn who_shows_a_stolen_token_is_banned_for_it_and_its_holder_goes_on() {
    let (holder, thief) = (Held::make(), Held::make());
    let app = app(&holder);
    let asked = async |peer: &str, certificate: ClientCertificate| {
        let peer = PeerInfo::Network(peer.parse().expect("an address"));
        let request = Request::builder().uri("/api/v1/things").header(header::AUTHORIZATION, "Bearer bound");
        let request = request.extension(peer).extension(certificate).body(Body::empty()).expect("a request");
        app.router.clone().oneshot(request).await.expect("an answer").status()
    };
    let address = "198.51.100.9:4711";
    assert_eq!(asked(address, holder.shown()).await, StatusCode::NO_CONTENT);
    for _ in 0..PEER_REFUSALS.burst {
        assert_eq!(asked(address, thief.shown()).await, StatusCode::FORBIDDEN);
    }
    assert_eq!(asked(address, thief.shown()).await, StatusCode::FORBIDDEN, "the one that is too many");
    assert_eq!(asked(address, thief.shown()).await, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(asked(address, holder.shown()).await, StatusCode::NO_CONTENT, "behind the same address");
}
