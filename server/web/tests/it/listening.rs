//! Listeners and certificates, over the loopback interface.

use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use kernel::{Rng, Timestamp};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};
use tokio::sync::{Notify, oneshot};
use tokio_rustls::TlsConnector;
use web::certificate::{LEAF_DAYS, LEAF_RENEWAL_DAYS};
use web::names::served_names;
use web::serve::{HEAD_BYTES_MAX, HEADER_FIELDS_MAX};
use web::tls::{FRONT_CERTIFICATES_MAX, FrontCertificate, Renewal, TlsError};
use web::{Answer, CertificateConfig, CertificateSource, Certificates, Doc, ListenConfig, NoContent, Routes, ServeError, Server};
use wire::report::Digest;

use crate::world::{app, empty_builder};

const DAY: Duration = Duration::from_secs(86_400);

/// Certificates end by the real clock of whoever checks them, so these begin by it.
fn now() -> Timestamp {
    kernel::Clock::system().now()
}

fn own_authority(folder: &Path, public_url: &str) -> CertificateConfig {
    let names = served_names([public_url]).expect("a public URL");
    CertificateConfig {
        source: CertificateSource::OwnAuthority(folder.join("tls")),
        names,
        fronts: vec![FrontCertificate::Digest(Digest([9; 32]))],
    }
}

pub(crate) fn opened(folder: &Path) -> Certificates {
    Certificates::open(own_authority(folder, "https://purser.example:8443"), now(), Rng::system()).expect("a certificate")
}

pub(crate) fn authority_of(certificates: &Certificates) -> CertificateDer<'static> {
    let pem = certificates.authority_pem().expect("a readable file").expect("an own authority");
    CertificateDer::from_pem_slice(pem.as_bytes()).expect("PEM")
}

pub(crate) fn trusting(certificates: &Certificates, alpn: &[&[u8]]) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    roots.add(authority_of(certificates)).expect("an authority");
    let mut config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();
    TlsConnector::from(Arc::new(config))
}

pub(crate) async fn fetch(connector: &TlsConnector, address: SocketAddr, name: &str, path: &str) -> std::io::Result<String> {
    let name = ServerName::try_from(name.to_owned()).expect("a server name");
    let mut stream = connector.connect(name, TcpStream::connect(address).await?).await?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}

async fn fetch_locally(socket: &Path, path: &str) -> String {
    let mut stream = UnixStream::connect(socket).await.expect("the socket is there");
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("it is written");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("it is read");
    answer
}

struct Running {
    address: SocketAddr,
    certificates: Certificates,
    stop: oneshot::Sender<()>,
    ended: tokio::task::JoinHandle<()>,
    folder: tempfile::TempDir,
}

async fn running() -> Running {
    let folder = tempfile::tempdir().expect("a folder");
    let certificates = opened(folder.path());
    let listen = ListenConfig { addr: "127.0.0.1:0".parse().expect("an address"), tls: certificates.clone() };
    let mut app = app();
    app.admin = Some(axum::Router::new().route(
        "/admin/boom",
        axum::routing::get(|| async {
            if true {
                panic!("planted")
            }
        }),
    ));
    let server = Server::bind(app, listen, folder.path().join("purser.sock")).await.expect("it listens");
    let address = server.address();
    let (stop, stopped) = oneshot::channel::<()>();
    let ended = tokio::spawn(server.run(async {
        let _stop = stopped.await;
    }));
    Running { address, certificates, stop, ended, folder }
}

#[tokio::test]
async fn a_client_that_trusts_the_authority_reaches_the_server_by_each_of_its_names() {
    let server = running().await;
    let connector = trusting(&server.certificates, &[]);
    for name in ["localhost", "127.0.0.1", "::1", "purser.example"] {
        let answer = fetch(&connector, server.address, name, "/api/openapi.json").await.expect("an answer");
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{name}: {answer}");
    }
    assert!(fetch(&connector, server.address, "other.example", "/").await.is_err());
}

#[tokio::test]
async fn both_protocols_are_offered() {
    let server = running().await;
    for (alpn, chosen) in [(&b"h2"[..], &b"h2"[..]), (b"http/1.1", b"http/1.1")] {
        let stream = TcpStream::connect(server.address).await.expect("it listens");
        let name = ServerName::try_from("localhost").expect("a name");
        let stream = trusting(&server.certificates, &[alpn]).connect(name, stream).await.expect("a handshake");
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(chosen));
    }
}

#[tokio::test]
async fn the_network_port_answers_no_plain_http() {
    let server = running().await;
    let mut stream = TcpStream::connect(server.address).await.expect("it listens");
    stream.write_all(b"GET /api/openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n").await.expect("it is written");
    let mut answer = Vec::new();
    let _reset = stream.read_to_end(&mut answer).await;
    assert!(!answer.starts_with(b"HTTP"), "{answer:?}");
}

#[tokio::test]
async fn health_and_administration_are_on_the_socket_only() {
    let server = running().await;
    let socket = server.folder.path().join("purser.sock");
    assert_eq!(fs::metadata(&socket).expect("the socket").permissions().mode() & 0o777, 0o600);
    let answer = fetch_locally(&socket, "/health").await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with(r#"{"status":"ok"}"#), "{answer}");
    assert!(fetch_locally(&socket, "/api/openapi.json").await.starts_with("HTTP/1.1 200"));
    assert!(fetch_locally(&socket, "/admin/boom").await.starts_with("HTTP/1.1 500"));
    let connector = trusting(&server.certificates, &[]);
    for path in ["/health", "/admin/boom"] {
        let answer = fetch(&connector, server.address, "localhost", path).await.expect("an answer");
        assert!(answer.starts_with("HTTP/1.1 404"), "{answer}");
    }
}

#[tokio::test]
async fn a_stopped_server_takes_no_more_and_removes_its_socket() {
    let server = running().await;
    let idle = TcpStream::connect(server.address).await.expect("it listens");
    server.stop.send(()).expect("it runs");
    drop(idle);
    server.ended.await.expect("it ends");
    assert!(TcpStream::connect(server.address).await.is_err());
    assert!(!server.folder.path().join("purser.sock").exists());
}

#[tokio::test]
async fn a_request_under_way_is_answered_before_the_server_ends() {
    let folder = tempfile::tempdir().expect("a folder");
    let certificates = opened(folder.path());
    let (arrived, release) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let gate = (Arc::clone(&arrived), Arc::clone(&release));
    let wait = |State((arrived, release)): State<(Arc<Notify>, Arc<Notify>)>| async move {
        arrived.notify_one();
        release.notified().await;
        Answer::Ok(NoContent)
    };
    let routes = Routes::new("t", gate).get("/wait", kernel::Access::Public, Doc::new("wait", "Waits"), wait);
    let listen = ListenConfig { addr: "127.0.0.1:0".parse().expect("an address"), tls: certificates.clone() };
    let server = Server::bind(empty_builder().mount(routes).build(), listen, folder.path().join("purser.sock")).await.expect("it listens");
    let address = server.address();
    let (stop, stopped) = oneshot::channel::<()>();
    let ended = tokio::spawn(server.run(async {
        let _stop = stopped.await;
    }));
    let connector = trusting(&certificates, &[]);
    let asked = tokio::spawn(async move { fetch(&connector, address, "localhost", "/api/v1/wait").await });
    arrived.notified().await;
    stop.send(()).expect("it runs");
    while TcpStream::connect(address).await.is_ok() {
        tokio::task::yield_now().await; // until the listener is closed
    }
    release.notify_one();
    assert!(asked.await.expect("no panic").expect("an answer").starts_with("HTTP/1.1 204"));
    ended.await.expect("it ends");
}

#[tokio::test]
async fn a_head_with_too_many_fields_or_bytes_is_refused() {
    let server = running().await;
    let socket = server.folder.path().join("purser.sock");
    let with_fields = |count: usize| format!("/health HTTP/1.1\r\nHost: a\r\n{}Connection: close\r\nx: ", "f: 1\r\n".repeat(count - 5));
    assert!(fetch_locally(&socket, &with_fields(HEADER_FIELDS_MAX)).await.starts_with("HTTP/1.1 200"));
    assert!(fetch_locally(&socket, &with_fields(HEADER_FIELDS_MAX + 1)).await.starts_with("HTTP/1.1 431"));
    let long = |bytes: usize| format!("/health HTTP/1.1\r\ny: {}\r\nx: ", "y".repeat(bytes));
    assert!(fetch_locally(&socket, &long(HEAD_BYTES_MAX / 2)).await.starts_with("HTTP/1.1 200"));
    assert!(fetch_locally(&socket, &long(HEAD_BYTES_MAX)).await.starts_with("HTTP/1.1 431"));
}

#[tokio::test]
async fn a_taken_port_and_a_taken_socket_are_said_in_a_sentence() {
    let server = running().await;
    let listen = |addr| ListenConfig { addr, tls: server.certificates.clone() };
    let other = server.folder.path().join("other.sock");
    let taken = Server::bind(app(), listen(server.address), other).await.err().expect("the port is taken");
    assert_eq!(
        taken.to_string(),
        format!("another program listens on {} already: stop it, or choose another address with --listen", server.address)
    );
    let socket = server.folder.path().join("purser.sock");
    let taken = Server::bind(app(), listen("127.0.0.1:0".parse().expect("an address")), socket).await.err().expect("the socket is taken");
    assert!(matches!(taken, ServeError::SocketTaken(_)), "{taken}");
}

#[tokio::test]
async fn a_socket_that_a_dead_server_left_is_replaced() {
    let folder = tempfile::tempdir().expect("a folder");
    let socket = folder.path().join("purser.sock");
    drop(std::os::unix::net::UnixListener::bind(&socket).expect("it is bound"));
    let listen = ListenConfig { addr: "127.0.0.1:0".parse().expect("an address"), tls: opened(folder.path()) };
    assert!(Server::bind(app(), listen, socket).await.is_ok());
}

#[test]
fn keys_are_for_their_owner_only_and_a_second_start_keeps_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let first = opened(folder.path());
    for (name, mode) in [("authority.key", 0o600), ("server.pem", 0o600), ("authority.pem", 0o644)] {
        assert_eq!(fs::metadata(folder.path().join("tls").join(name)).expect("the file").permissions().mode() & 0o777, mode, "{name}");
    }
    let second = opened(folder.path());
    assert_eq!(first.fingerprint(), second.fingerprint());
    assert_eq!(first.authority_pem().expect("read"), second.authority_pem().expect("read"));
}

#[test]
fn a_certificate_renews_itself_thirty_days_before_its_end_and_the_authority_stays() {
    let folder = tempfile::tempdir().expect("a folder");
    let certificates = opened(folder.path());
    let (first, authority) = (certificates.fingerprint(), certificates.authority_pem().expect("read"));
    let due = certificates.ends_at().minus(DAY * LEAF_RENEWAL_DAYS);
    assert_eq!(certificates.renew_if_due(due.minus(DAY)).expect("it loads"), Renewal::NotDue);
    assert_eq!(certificates.leaf_digests(), [first, Digest([9; 32])]);
    assert_eq!(certificates.renew_if_due(due).expect("it renews"), Renewal::Replaced);
    let second = certificates.fingerprint();
    assert_eq!(certificates.leaf_digests(), [second, first, Digest([9; 32])], "connections that stand know the one before");
    assert!(certificates.ends_at() > due.plus(DAY * (LEAF_DAYS - 1)));
    assert_eq!(certificates.authority_pem().expect("read"), authority);
    assert_eq!(certificates.renew_if_due(due).expect("it loads"), Renewal::NotDue);
}

#[test]
fn another_public_name_gets_a_new_authority_that_may_vouch_for_it_and_fewer_names_keep_the_present_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let authority_for = |public_url: &str| {
        let certificates = Certificates::open(own_authority(folder.path(), public_url), now(), Rng::system()).expect("a certificate");
        (certificates.authority_pem().expect("read"), certificates.fingerprint())
    };
    let first = authority_for("https://purser.example");
    let fewer = authority_for("https://localhost");
    assert_eq!(first.0, fewer.0);
    assert_ne!(first.1, fewer.1, "the certificate carries the names of now");
    let renamed = authority_for("https://renamed.example");
    assert_ne!(first.0, renamed.0);
}

#[tokio::test]
async fn the_authority_cannot_vouch_for_other_names() {
    let folder = tempfile::tempdir().expect("a folder");
    let certificates = opened(folder.path());
    let tls = folder.path().join("tls");
    let (authority, key) = (fs::read_to_string(tls.join("authority.pem")), fs::read_to_string(tls.join("authority.key")));
    let key = rcgen::KeyPair::from_pem(&key.expect("read")).expect("a key");
    let issuer = rcgen::Issuer::from_ca_cert_pem(&authority.expect("read"), key).expect("an issuer");
    let stolen = rcgen::KeyPair::generate().expect("a key");
    let forged =
        rcgen::CertificateParams::new(vec!["bank.example".to_owned()]).expect("a name").signed_by(&stolen, &issuer).expect("it signs");
    let files = (folder.path().join("forged.pem"), folder.path().join("forged.key"));
    fs::write(&files.0, forged.pem()).expect("written");
    fs::write(&files.1, stolen.serialize_pem()).expect("written");
    let config = CertificateConfig {
        source: CertificateSource::Files { certificate: files.0, key: files.1 },
        names: Vec::new(),
        fronts: Vec::new(),
    };
    let forged = Certificates::open(config, now(), Rng::system()).expect("a pair");
    let listen = ListenConfig { addr: "127.0.0.1:0".parse().expect("an address"), tls: forged };
    let server = Server::bind(app(), listen, folder.path().join("purser.sock")).await.expect("it listens");
    let address = server.address();
    let serving = tokio::spawn(server.run(std::future::pending()));
    let refused = fetch(&trusting(&certificates, &[]), address, "bank.example", "/").await.expect_err("the name is outside the constraint");
    assert!(refused.to_string().contains("NameConstraint"), "{refused}");
    serving.abort();
}

#[test]
fn own_files_are_taken_up_when_they_change_and_a_bad_change_leaves_the_present_ones() {
    let folder = tempfile::tempdir().expect("a folder");
    let (certificate, key) = (folder.path().join("c.pem"), folder.path().join("k.pem"));
    let put = || {
        let made = rcgen::generate_simple_self_signed(vec!["a.example".to_owned()]).expect("a pair");
        fs::write(&certificate, made.cert.pem()).expect("written");
        fs::write(&key, made.signing_key.serialize_pem()).expect("written");
    };
    put();
    let source = CertificateSource::Files { certificate: certificate.clone(), key: key.clone() };
    let config = CertificateConfig { source, names: Vec::new(), fronts: Vec::new() };
    let certificates = Certificates::open(config.clone(), now(), Rng::system()).expect("a pair");
    let first = certificates.fingerprint();
    assert_eq!(certificates.renew_if_due(now()).expect("it loads"), Renewal::NotDue);
    put();
    assert_eq!(certificates.renew_if_due(now()).expect("it loads"), Renewal::Replaced);
    let second = certificates.fingerprint();
    assert_ne!(first, second);
    let other = rcgen::KeyPair::generate().expect("a key");
    fs::write(&key, other.serialize_pem()).expect("written");
    let mismatch = certificates.renew_if_due(now()).expect_err("they do not fit");
    assert!(matches!(mismatch, TlsError::Mismatch { .. }), "{mismatch}");
    assert_eq!(
        mismatch.to_string(),
        format!("the key in {} does not belong to the first certificate in {}", key.display(), certificate.display())
    );
    assert_eq!(certificates.fingerprint(), second);
    fs::write(&key, "no key").expect("written");
    assert!(matches!(Certificates::open(config.clone(), now(), Rng::system()).err(), Some(TlsError::NoKey { .. })));
    fs::remove_file(&certificate).expect("removed");
    let unreadable = Certificates::open(config, now(), Rng::system()).err().expect("it is gone");
    assert_eq!(unreadable.to_string(), format!("{} cannot be read", certificate.display()));
    assert!(!certificates.is_self_issued());
}

#[test]
fn a_load_balancers_certificate_is_named_by_digest_or_file_and_followed_when_it_changes() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("balancer.pem");
    let put = || {
        let made = rcgen::generate_simple_self_signed(vec!["a.example".to_owned()]).expect("a pair");
        let chain = rcgen::generate_simple_self_signed(vec!["authority.example".to_owned()]).expect("a pair");
        fs::write(&file, format!("{}{}", made.cert.pem(), chain.cert.pem())).expect("written");
        Digest(seal::hash::sha256(made.cert.der()))
    };
    let first = put();
    let colons = "0A:".repeat(31) + "0A";
    let fronts = [colons.as_str(), file.to_str().expect("text")].map(FrontCertificate::from_text).to_vec();
    assert_eq!(fronts, [FrontCertificate::Digest(Digest([10; 32])), FrontCertificate::File(file.clone())]);
    let config = CertificateConfig { fronts, ..own_authority(folder.path(), "https://purser.example") };
    let certificates = Certificates::open(config.clone(), now(), Rng::system()).expect("a certificate");
    let own = certificates.fingerprint();
    assert_eq!(certificates.leaf_digests(), [own, Digest([10; 32]), first]);

    let second = put();
    certificates.renew_if_due(now()).expect("it loads");
    assert_eq!(certificates.leaf_digests(), [own, Digest([10; 32]), second, first], "the one before may still be answered with");
    fs::write(&file, "no certificate").expect("written");
    assert!(matches!(certificates.renew_if_due(now()), Err(TlsError::NoCertificate { .. })));
    assert_eq!(certificates.leaf_digests(), [own, Digest([10; 32]), second, first]);
    assert!(matches!(Certificates::open(config.clone(), now(), Rng::system()), Err(TlsError::NoCertificate { .. })));

    let front = |number: usize| FrontCertificate::Digest(Digest([u8::try_from(number).expect("a small number"); 32]));
    let many = |count: usize| CertificateConfig { fronts: (0..count).map(front).collect(), ..config.clone() };
    assert!(Certificates::open(many(FRONT_CERTIFICATES_MAX), now(), Rng::system()).is_ok());
    assert!(matches!(Certificates::open(many(FRONT_CERTIFICATES_MAX + 1), now(), Rng::system()), Err(TlsError::TooManyFronts(8))));
}
