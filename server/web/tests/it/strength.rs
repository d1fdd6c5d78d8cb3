//! What handshakes agree on, and which certificates a server shows.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use kernel::{Clock, Rng};
use rustls::crypto::{CryptoProvider, SupportedKxGroup, aws_lc_rs};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, NamedGroup, ProtocolVersion, RootCertStore, SupportedProtocolVersion};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use web::strength::Weakness;
use web::tls::{FrontCertificate, Renewal, TlsError};
use web::{CertificateConfig, CertificateSource, Certificates, ListenConfig, Server};

use crate::listening::{authority_of, opened};
use crate::world::{app, ask, empty_builder};

const TLS_1_1: u16 = 0x0302;
const TLS_1_2: u16 = 0x0303;
const ECDHE_ECDSA_AES_128_GCM: u16 = 0xc02b;
const ALERT: u8 = 21;
const HANDSHAKE: u8 = 22;
/// Alerts, RFC 8446 section 6.2.
const HANDSHAKE_FAILURE: u8 = 40;
const PROTOCOL_VERSION: u8 = 70;

/// A server with a certificate of its own, until the test ends.
struct Running {
    address: SocketAddr,
    certificates: Certificates,
    _folder: tempfile::TempDir,
}

async fn running() -> Running {
    let folder = tempfile::tempdir().expect("a folder");
    let certificates = opened(folder.path());
    let listen = ListenConfig { addr: "127.0.0.1:0".parse().expect("an address"), tls: certificates.clone() };
    let server = Server::bind(app(), listen, folder.path().join("purser.sock")).await.expect("it listens");
    let address = server.address();
    tokio::spawn(server.run(std::future::pending()));
    Running { address, certificates, _folder: folder }
}

/// The first message of a client that knows one version, TLS 1.2 or older, and these suites; RFC 5246 section 7.4.1.2.
fn client_hello(version: u16, suites: &[u16]) -> Vec<u8> {
    let short = |number: usize| u16::try_from(number).expect("a short list").to_be_bytes();
    let list = |numbers: &[u16]| {
        let bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_be_bytes()).collect();
        [&short(bytes.len())[..], &bytes].concat()
    };
    let extension = |kind: u16, content: &[u8]| [&kind.to_be_bytes()[..], &short(content.len()), content].concat();
    let extensions = [
        extension(10, &list(&[0x001d, 0x0017])),                                 // groups: X25519, P-256
        extension(11, &[1, 0]),                                                  // points: uncompressed
        extension(13, &list(&[0x0403, 0x0503, 0x0804, 0x0401, 0x0203, 0x0201])), // signatures, those over SHA-1 too
        extension(23, &[]),                                                      // extended master secret
    ]
    .concat();
    let (random, no_session, no_compression) = ([7; 32], [0], [1, 0]);
    let body =
        [&version.to_be_bytes()[..], &random, &no_session, &list(suites), &no_compression, &short(extensions.len()), &extensions].concat();
    let length = u32::try_from(body.len()).expect("a short message").to_be_bytes();
    let message = [&[1][..], &length[1..], &body].concat();
    [&[HANDSHAKE, 3, 1][..], &short(message.len()), &message].concat()
}

/// The kind of the record that answers a first message, and its content.
async fn answer(address: SocketAddr, hello: &[u8]) -> (u8, Vec<u8>) {
    let mut stream = TcpStream::connect(address).await.expect("it listens");
    stream.write_all(hello).await.expect("it is written");
    let mut head = [0; 5];
    stream.read_exact(&mut head).await.expect("a record");
    let [kind, _, _, length @ ..] = head;
    let mut content = vec![0; usize::from(u16::from_be_bytes(length))];
    stream.read_exact(&mut content).await.expect("its content");
    (kind, content)
}

fn alert(content: &[u8]) -> u8 {
    *content.get(1).expect("an alert has a level and a description")
}

#[tokio::test]
async fn promise_md_9_a_handshake_of_tls_1_1_fails() {
    let server = running().await;
    let (kind, content) = answer(server.address, &client_hello(TLS_1_1, &[ECDHE_ECDSA_AES_128_GCM, 0xc009, 0x002f])).await;
    assert_eq!((kind, alert(&content)), (ALERT, PROTOCOL_VERSION));
    // The control: the same message of a client of TLS 1.2 is answered with the server's own.
    let (kind, content) = answer(server.address, &client_hello(TLS_1_2, &[ECDHE_ECDSA_AES_128_GCM])).await;
    assert_eq!((kind, content.first()), (HANDSHAKE, Some(&2)));
}

#[tokio::test]
async fn promise_op_14_suites_without_forward_secrecy_or_authenticated_encryption_are_not_agreed_on() {
    let server = running().await;
    for (suite, name) in [
        (0x009c, "RSA with AES-128-GCM: no forward secrecy"),
        (0x002f, "RSA with AES-128-CBC"),
        (0xc009, "ECDHE-ECDSA with AES-128-CBC: no authenticated encryption"),
        (0xc023, "ECDHE-ECDSA with AES-128-CBC and SHA-256"),
        (0xc008, "ECDHE-ECDSA with 3DES"),
        (0xc007, "ECDHE-ECDSA with RC4"),
        (0xc006, "ECDHE-ECDSA with nothing"),
    ] {
        let (kind, content) = answer(server.address, &client_hello(TLS_1_2, &[suite])).await;
        assert_eq!((kind, alert(&content)), (ALERT, HANDSHAKE_FAILURE), "{name}");
        let (kind, _) = answer(server.address, &client_hello(TLS_1_2, &[suite, ECDHE_ECDSA_AES_128_GCM])).await;
        assert_eq!(kind, HANDSHAKE, "{name}: the control, with a strong one beside it");
    }
}

async fn agreed(
    server: &Running,
    versions: &[&'static SupportedProtocolVersion],
    groups: &[&'static dyn SupportedKxGroup],
) -> Option<(ProtocolVersion, NamedGroup)> {
    let provider = CryptoProvider { kx_groups: groups.to_vec(), ..aws_lc_rs::default_provider() };
    let mut roots = RootCertStore::empty();
    roots.add(authority_of(&server.certificates)).expect("an authority");
    let config = ClientConfig::builder_with_provider(Arc::new(provider)).with_protocol_versions(versions).expect("versions");
    let config = config.with_root_certificates(roots).with_no_client_auth();
    let stream = TcpStream::connect(server.address).await.expect("it listens");
    let name = ServerName::try_from("localhost").expect("a name");
    let stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await.ok()?;
    let connection = stream.get_ref().1;
    Some((connection.protocol_version()?, connection.negotiated_key_exchange_group()?.name()))
}

#[tokio::test]
async fn promise_md_9_the_newest_version_is_taken_and_the_exchange_that_outlasts_quantum_computers_where_it_is_offered_first() {
    use aws_lc_rs::kx_group::{SECP256R1, X25519, X25519MLKEM768};
    let server = running().await;
    let both = [&rustls::version::TLS12, &rustls::version::TLS13];
    let newest = agreed(&server, &both, &[X25519MLKEM768, X25519, SECP256R1]).await;
    assert_eq!(newest, Some((ProtocolVersion::TLSv1_3, NamedGroup::X25519MLKEM768)));
    let older = agreed(&server, &both, &[SECP256R1]).await;
    assert_eq!(older, Some((ProtocolVersion::TLSv1_3, NamedGroup::secp256r1)));
    let oldest = agreed(&server, &[&rustls::version::TLS12], &[X25519]).await;
    assert_eq!(oldest, Some((ProtocolVersion::TLSv1_2, NamedGroup::X25519)));
}

#[tokio::test]
async fn promise_op_14_browsers_are_told_to_stay_on_https_where_the_certificate_is_not_of_our_own_making() {
    let header = async |is_on: bool| {
        let app = empty_builder().strict_transport(is_on).build();
        ask("GET", "/api/openapi.json").of(&app).await.headers.get("strict-transport-security").cloned()
    };
    let said = header(true).await.expect("the header");
    assert_eq!(said, "max-age=31536000");
    assert_eq!(header(false).await, None, "it would lock the user's other ports on localhost");
}

fn kept(name: &str) -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/certificates")).join(name)
}

fn open(file: &Path, fronts: Vec<FrontCertificate>) -> Result<Certificates, TlsError> {
    let source = CertificateSource::Files { certificate: file.to_owned(), key: file.to_owned() };
    Certificates::open(CertificateConfig { source, names: Vec::new(), fronts }, Clock::system().now(), Rng::system())
}

const STRONG: [&str; 2] = ["rsa-2048-over-sha256.pem", "rsa-2048-over-pss-sha256.pem"];
const WEAK: [(&str, Weakness); 5] = [
    ("rsa-2048-over-md5.pem", Weakness::Signature),
    ("rsa-2048-over-sha1.pem", Weakness::Signature),
    ("rsa-2048-over-pss-sha1.pem", Weakness::Signature),
    ("ecdsa-over-sha1.pem", Weakness::Signature),
    ("rsa-2040-over-sha256.pem", Weakness::RsaBits(2_040)),
];

#[test]
fn promise_gl_24_a_certificate_that_can_be_forged_or_broken_is_refused_at_the_start() {
    for name in STRONG {
        open(&kept(name), Vec::new()).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
    for (name, expected) in WEAK {
        let refused = open(&kept(name), Vec::new()).err().unwrap_or_else(|| panic!("{name} is taken"));
        assert!(matches!(refused, TlsError::Weak { weakness, .. } if weakness == expected), "{name}: {refused}");
        assert!(refused.to_string().contains(name), "{refused}");
        let front = FrontCertificate::File(kept(name));
        assert!(matches!(open(&kept(STRONG[0]), vec![front]), Err(TlsError::Weak { .. })), "{name} in front of the server");
    }
}

#[test]
fn promise_gl_24_a_weak_certificate_in_the_chain_is_refused_too() {
    // The second is one that has its issuer's name and is signed by another key all the same.
    for name in ["chain-with-intermediate-over-sha1.pem", "chain-with-self-issued-over-sha1.pem"] {
        let refused = open(&kept(name), Vec::new());
        assert!(matches!(refused, Err(TlsError::Weak { weakness: Weakness::Signature, .. })), "{name}: {:?}", refused.err());
    }
}

#[test]
fn a_root_at_the_end_of_a_chain_may_be_signed_over_sha_1_since_nobody_verifies_that_but_its_key_may_not_be_weak() {
    open(&kept("chain-with-root-over-sha1.pem"), Vec::new()).unwrap_or_else(|error| panic!("{error}"));
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("chain.pem");
    let read = |name: &str| fs::read_to_string(kept(name)).expect("read");
    fs::write(&file, format!("{}{}", read(STRONG[0]), read("rsa-2040-over-sha256.pem"))).expect("written");
    assert!(matches!(open(&file, Vec::new()), Err(TlsError::Weak { weakness: Weakness::RsaBits(2_040), .. })));
}

#[test]
fn promise_gl_24_a_renewal_to_a_weak_certificate_leaves_the_present_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("server.pem");
    fs::copy(kept(STRONG[0]), &file).expect("copied");
    let certificates = open(&file, Vec::new()).expect("a strong one");
    let present = certificates.fingerprint();
    fs::copy(kept("rsa-2048-over-sha1.pem"), &file).expect("copied");
    assert!(matches!(certificates.renew_if_due(Clock::system().now()), Err(TlsError::Weak { .. })));
    assert_eq!(certificates.fingerprint(), present);
    fs::copy(kept(STRONG[1]), &file).expect("copied");
    assert_eq!(certificates.renew_if_due(Clock::system().now()).expect("a strong one"), Renewal::Replaced);
}
