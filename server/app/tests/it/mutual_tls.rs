//! A running server's address for client certificates, from the host's commands to the answer.

use std::net::SocketAddr;
use std::sync::Arc;

use app::host::{CertificateIssued, CertificateLine, Request, TenantCreated, TokenCreated, ask};
use app::{Clock, Config, DataFolder, Opened, Rng, Running, Wishes};
use rcgen::{CertificateParams, KeyPair};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// What a program holds: a token, and a certificate with its key.
struct Held {
    token: String,
    certificate: CertificateIssued,
    key: KeyPair,
}

async fn held(config: &Config, tenant: &str) -> Held {
    let made = Request::TokenCreate {
        tenant: tenant.to_owned(),
        name: "Deploys".into(),
        kind: "api".into(),
        permissions: vec!["devices:read".into()],
        devices: Vec::new(),
        networks: Vec::new(),
        requires_certificate: true,
        lifetime_seconds: Some(86_400),
    };
    let made: TokenCreated = ask(config, made).await.expect("a token");
    let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).expect("a key");
    let request = CertificateParams::default().serialize_request(&key).expect("a request").pem().expect("PEM");
    let issue = Request::CertificateIssue { tenant: tenant.to_owned(), token: made.token, request, days: None };
    Held { token: made.secret, certificate: ask(config, issue).await.expect("a certificate"), key }
}

fn connector(running: &Running, shown: Option<&Held>) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    let authority = running.opened().certificates().authority_pem().expect("readable").expect("an own authority");
    roots.add(CertificateDer::from_pem_slice(authority.as_bytes()).expect("PEM")).expect("an authority");
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots);
    let config = match shown {
        None => config.with_no_client_auth(),
        Some(held) => {
            let certificate = CertificateDer::from_pem_slice(held.certificate.certificate_pem.as_bytes()).expect("PEM");
            let key = PrivateKeyDer::try_from(held.key.serialize_der()).expect("PKCS#8");
            config.with_client_auth_cert(vec![certificate], key).expect("a pair")
        }
    };
    TlsConnector::from(Arc::new(config))
}

async fn connect(running: &Running, shown: Option<&Held>, address: SocketAddr) -> std::io::Result<TlsStream<TcpStream>> {
    let name = ServerName::try_from("localhost").expect("a name");
    connector(running, shown).connect(name, TcpStream::connect(address).await?).await
}

/// Asks for the devices, on a connection that goes on: the status and the body.
async fn devices(stream: &mut TlsStream<TcpStream>, token: &str) -> std::io::Result<(u16, String)> {
    let request = format!("GET /api/v1/devices HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    loop {
        let mut buffer = [0; 4_096];
        let read = stream.read(&mut buffer).await?;
        if read == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        answer.extend_from_slice(&buffer[..read]);
        let text = String::from_utf8_lossy(&answer).to_ascii_lowercase();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).expect("a length");
        if body.len() >= length.parse::<usize>().expect("a number") {
            let status = head.split(' ').nth(1).expect("a status");
            return Ok((status.parse().expect("a number"), body.to_owned()));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn promise_md_10_over_tls_an_issued_certificate_opens_and_the_same_token_with_another_key_does_not() {
    let folder = tempfile::tempdir().expect("a folder");
    let any: SocketAddr = SocketAddr::from(([127, 0, 0, 1], 0));
    let wishes = Wishes { listen: Some(any), listen_mtls: Some(any), offline: true, ..Wishes::default() };
    let config = Config::create(DataFolder::new(folder.path().join("data")), wishes).expect("a data folder");
    let opened = Opened::create(config.clone(), Clock::system(), Rng::system()).await.expect("a new installation");
    let running = app::start(opened).await.expect("it starts");
    let (plain, mutual) = (running.address(), running.mutual_address().expect("a second address"));
    let tenant: TenantCreated = ask(&config, Request::TenantCreate { name: Some("Example".into()) }).await.expect("a tenant");
    let (holder, thief) = (held(&config, &tenant.tenant).await, held(&config, &tenant.tenant).await);

    let mut own = connect(&running, Some(&holder), mutual).await.expect("a handshake");
    assert_eq!(devices(&mut own, &holder.token).await.expect("an answer").0, 200);
    for (shown, address) in [(Some(&thief), mutual), (None, plain)] {
        let mut stream = connect(&running, shown, address).await.expect("a handshake");
        let (status, body) = devices(&mut stream, &holder.token).await.expect("an answer");
        assert!(status == 403 && body.contains("certificate-not-accepted"), "{status} {body}");
    }
    let unshown = async { devices(&mut connect(&running, None, mutual).await?, &holder.token).await };
    assert!(unshown.await.is_err(), "nobody is answered there without a certificate");

    let listed: Vec<CertificateLine> = ask(&config, Request::CertificateList { tenant: tenant.tenant.clone() }).await.expect("a list");
    assert_eq!(listed.len(), 2);
    let certificate = holder.certificate.line.certificate.clone();
    let _nothing: Value = ask(&config, Request::CertificateRevoke { tenant: tenant.tenant, certificate }).await.expect("revoked");
    assert_eq!(devices(&mut own, &holder.token).await.expect("an answer").0, 403, "on the connection that stands");
    running.stop().await;
}
