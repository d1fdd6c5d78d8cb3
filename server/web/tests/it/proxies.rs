//! Whose a connection is, where proxies stand in front of the server.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream, UnixStream};
use tokio::time::timeout;
use tokio_rustls::client::TlsStream;
use web::serve::Limits;
use web::{Certificates, ListenConfig, PeerInfo, Server, TrustedProxies, WebApp};

use crate::listening::{opened, trusting};
use crate::world::app;

/// Longer than anything here takes; only a test that fails waits for it.
const PATIENCE: Duration = Duration::from_secs(20);
/// Where the balancer of these tests connects from.
pub(crate) const BALANCER: [u8; 4] = [127, 0, 0, 9];
/// The head of a PROXY header of version 2 that names a client of TCP over IPv4: its length follows.
const PROXY_TCP_4: &[u8] = b"\r\n\r\n\0\r\nQUIT\n\x21\x11";

pub(crate) struct Serving {
    address: SocketAddr,
    certificates: Certificates,
    socket: PathBuf,
    _folder: tempfile::TempDir,
}

/// A server that tells each of its peers where it comes from, and has administration on its socket.
async fn serving(listed: &[&str], limits: Limits) -> Serving {
    let tell = |peer: PeerInfo| async move {
        match peer {
            PeerInfo::Network(address) => address.ip().to_string(),
            PeerInfo::Local => "the host".to_owned(),
            PeerInfo::Unknown => "nobody".to_owned(),
        }
    };
    let mut app = app();
    app.router = Router::new().route("/peer", get(tell));
    app.admin = Some(Router::new().route("/admin", get(|| async { "administration" })));
    listening(listed, limits, app).await
}

/// A server of this application.
pub(crate) async fn serving_app(listed: &[&str], app: WebApp) -> Serving {
    listening(listed, Limits::DEFAULT, app).await
}

async fn listening(listed: &[&str], limits: Limits, app: WebApp) -> Serving {
    let folder = tempfile::tempdir().expect("a folder");
    let certificates = opened(folder.path());
    let listen = ListenConfig { addr: "127.0.0.1:0".parse().expect("an address"), tls: certificates.clone() };
    let listed = listed.iter().map(|text| text.parse().expect("a proxy")).collect();
    let proxies = TrustedProxies::new(listed).expect("few");
    let socket = folder.path().join("purser.sock");
    let server = Server::bind(app, listen, socket.clone()).await.expect("it listens").with_limits(limits).trusting(proxies);
    let address = server.address();
    tokio::spawn(server.run(std::future::pending()));
    Serving { address, certificates, socket, _folder: folder }
}

pub(crate) fn header_of(client: [u8; 4]) -> Vec<u8> {
    [PROXY_TCP_4, &12_u16.to_be_bytes(), &client, &[192, 0, 2, 1, 0x12, 0x67, 0x01, 0xbb]].concat()
}

impl Serving {
    /// Connects from an address, writes what a balancer would, and shakes hands.
    pub(crate) async fn connect(&self, from: [u8; 4], header: &[u8]) -> std::io::Result<TlsStream<TcpStream>> {
        let socket = TcpSocket::new_v4()?;
        socket.bind(SocketAddr::from((from, 0)))?;
        let mut stream = socket.connect(self.address).await?;
        stream.write_all(header).await?;
        let name = ServerName::try_from("localhost").expect("a name");
        timeout(PATIENCE, trusting(&self.certificates, &[]).connect(name, stream)).await.expect("an end")
    }

    async fn ask(&self, from: [u8; 4], header: &[u8], fields: &str) -> std::io::Result<String> {
        let mut stream = self.connect(from, header).await?;
        ask_over(&mut stream, "/peer", fields).await
    }

    async fn ask_locally(&self, path: &str, fields: &str) -> String {
        let mut stream = UnixStream::connect(Path::new(&self.socket)).await.expect("the socket is there");
        ask_over(&mut stream, path, fields).await.expect("an answer")
    }
}

/// The body of the answer, or its status where that is not 200.
async fn ask_over(stream: &mut (impl AsyncReadExt + AsyncWriteExt + Unpin), path: &str, fields: &str) -> std::io::Result<String> {
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n{fields}Connection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    let body = answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default();
    Ok(if answer.starts_with("HTTP/1.1 200") { body } else { answer.get(9..12).unwrap_or_default().to_owned() })
}

#[tokio::test]
async fn behind_a_listed_balancer_the_peer_is_whom_it_names() {
    let serving = serving(&["127.0.0.9"], Limits::DEFAULT).await;
    assert_eq!(serving.ask(BALANCER, &header_of([198, 51, 100, 9]), "").await.expect("an answer"), "198.51.100.9");
    let own = [&b"\r\n\r\n\0\r\nQUIT\n\x20\x00"[..], &[0, 0]].concat();
    assert_eq!(serving.ask(BALANCER, &own, "").await.expect("an answer"), "127.0.0.9", "its own check is its own");
    assert_eq!(serving.ask([127, 0, 0, 8], &[], "").await.expect("an answer"), "127.0.0.8", "others come by themselves");
}

#[tokio::test]
async fn a_listed_balancer_that_names_nobody_and_a_stranger_that_names_somebody_are_closed() {
    let serving = serving(&["127.0.0.9"], Limits::DEFAULT).await;
    assert!(serving.ask(BALANCER, &[], "").await.is_err(), "the header is required");
    assert!(serving.ask(BALANCER, b"PROXY TCP4 198.51.100.9 192.0.2.1 4711 443\r\n", "").await.is_err(), "version 1");
    assert!(serving.ask([127, 0, 0, 8], &header_of([198, 51, 100, 9]), "").await.is_err(), "the stranger is not listed");
    assert_eq!(serving.ask([127, 0, 0, 8], &[], "").await.expect("an answer"), "127.0.0.8");
}

#[tokio::test]
async fn behind_a_balancer_one_client_that_takes_all_its_places_leaves_the_others_theirs() {
    let limits = Limits { connections_per_address_max: 2, ..Limits::DEFAULT };
    let serving = serving(&["127.0.0.9"], limits).await;
    let greedy = header_of([198, 51, 100, 9]);
    let _held = [serving.connect(BALANCER, &greedy).await.expect("one"), serving.connect(BALANCER, &greedy).await.expect("two")];
    assert!(serving.connect(BALANCER, &greedy).await.is_err(), "the third of one client");
    assert_eq!(serving.ask(BALANCER, &header_of([198, 51, 100, 10]), "").await.expect("an answer"), "198.51.100.10");
}

#[tokio::test]
async fn what_a_request_over_the_network_says_of_its_sender_changes_nothing() {
    let serving = serving(&["127.0.0.9", "unix"], Limits::DEFAULT).await;
    let spoofed = "X-Forwarded-For: 203.0.113.1\r\nForwarded: for=203.0.113.1\r\nX-Real-IP: 203.0.113.1\r\n";
    assert_eq!(serving.ask([127, 0, 0, 8], &[], spoofed).await.expect("an answer"), "127.0.0.8");
    assert_eq!(serving.ask(BALANCER, &header_of([198, 51, 100, 9]), spoofed).await.expect("an answer"), "198.51.100.9");
}

#[tokio::test]
async fn a_reverse_proxy_on_the_socket_is_believed_where_the_socket_is_listed_and_only_its_own_word() {
    let spoofed = "X-Forwarded-For: 203.0.113.1, 198.51.100.9\r\n";
    let unlisted = serving(&[], Limits::DEFAULT).await;
    assert_eq!(unlisted.ask_locally("/peer", spoofed).await, "nobody");
    let listed = serving(&["unix"], Limits::DEFAULT).await;
    assert_eq!(listed.ask_locally("/peer", spoofed).await, "198.51.100.9");
    assert_eq!(listed.ask_locally("/peer", "").await, "the host");
}

#[tokio::test]
async fn what_a_proxy_forwards_over_the_socket_reaches_no_administration() {
    for listed in [&[][..], &["unix"]] {
        let serving = serving(listed, Limits::DEFAULT).await;
        for path in ["/admin", "/health"] {
            assert_ne!(serving.ask_locally(path, "").await, "404", "{path}");
            assert_eq!(serving.ask_locally(path, "X-Forwarded-For: 198.51.100.9\r\n").await, "404", "{path}");
            assert_eq!(serving.ask_locally(path, "Forwarded: for=198.51.100.9\r\n").await, "404", "{path}");
        }
    }
}
