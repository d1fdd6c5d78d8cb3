//! What a listener bears of its peers: how many, how much at a time, and only while they take what they asked for.

use std::convert::Infallible;
use std::future::ready;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::response::Response;
use axum::routing::get;
use hyper::body::Frame;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream, UnixStream};
use tokio::sync::{Notify, Semaphore, mpsc};
use tokio::time::timeout;
use web::serve::{Limits, STREAMS_MAX};
use web::{Certificates, ListenConfig, Server};

use crate::listening::{fetch, opened, trusting};
use crate::world::app;

/// Longer than anything here takes; only a test that fails waits for it.
const PATIENCE: Duration = Duration::from_secs(20);
/// Long enough for what must not happen to happen.
const DOUBT: Duration = Duration::from_millis(100);

struct Serving {
    address: SocketAddr,
    certificates: Certificates,
    folder: tempfile::TempDir,
}

async fn serving(router: Router, limits: Limits) -> Serving {
    let folder = tempfile::tempdir().expect("a folder");
    let certificates = opened(folder.path());
    let listen = ListenConfig { addr: "127.0.0.1:0".parse().expect("an address"), tls: certificates.clone() };
    let mut app = app();
    app.router = router;
    let server = Server::bind(app, listen, folder.path().join("purser.sock")).await.expect("it listens").with_limits(limits);
    let address = server.address();
    tokio::spawn(server.run(std::future::pending()));
    Serving { address, certificates, folder }
}

trait Stream: AsyncRead + AsyncWrite + Unpin {}
impl<S: AsyncRead + AsyncWrite + Unpin> Stream for S {}

impl Serving {
    async fn connect(&self, alpn: &[u8]) -> Box<dyn Stream> {
        let stream = TcpStream::connect(self.address).await.expect("it listens");
        let name = ServerName::try_from("localhost").expect("a name");
        Box::new(trusting(&self.certificates, &[alpn]).connect(name, stream).await.expect("a handshake"))
    }

    /// Whether a peer at this address of the loopback network gets a handshake.
    async fn try_connect_from(&self, own: [u8; 4]) -> std::io::Result<()> {
        let socket = TcpSocket::new_v4()?;
        socket.bind(SocketAddr::from((own, 0)))?;
        let stream = socket.connect(self.address).await?;
        let name = ServerName::try_from("localhost").expect("a name");
        trusting(&self.certificates, &[]).connect(name, stream).await.map(drop)
    }

    async fn connect_locally(&self) -> Box<dyn Stream> {
        Box::new(UnixStream::connect(self.folder.path().join("purser.sock")).await.expect("the socket is there"))
    }
}

/// A body without an end, which tells when the server lets go of it.
struct Endless(Arc<Notify>);

impl hyper::body::Body for Endless {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(&[0; 16_384])))))
    }
}

impl Drop for Endless {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

#[tokio::test]
async fn who_asks_and_does_not_read_loses_the_connection() {
    let let_go = Arc::new(Notify::new());
    let body = Arc::clone(&let_go);
    let router = Router::new().route("/endless", get(move || ready(Response::new(Body::new(Endless(Arc::clone(&body)))))));
    let serving = serving(router, Limits { write_stall_max: Duration::from_millis(50), ..Limits::DEFAULT }).await;
    let plain = b"GET /endless HTTP/1.1\r\nHost: localhost\r\n\r\n".to_vec();
    let mut peers = [
        ("HTTP/1.1", serving.connect(b"http/1.1").await, plain.clone()),
        ("HTTP/2", serving.connect(b"h2").await, [http2_start(), http2_get(1, "/endless")].concat()),
        ("the socket", serving.connect_locally().await, plain),
    ];
    for (name, peer, request) in &mut peers {
        peer.write_all(request).await.expect("it is written");
        peer.flush().await.expect("it is sent");
        assert!(timeout(PATIENCE, let_go.notified()).await.is_ok(), "{name}");
    }
}

/// A route that tells of each request, and answers it when it is let.
fn gate() -> (Router, mpsc::UnboundedReceiver<()>, Arc<Semaphore>) {
    let (arrived, arrivals) = mpsc::unbounded_channel();
    let release = Arc::new(Semaphore::new(0));
    let gate = Arc::clone(&release);
    let wait = move || {
        let (arrived, gate) = (arrived.clone(), Arc::clone(&gate));
        async move {
            arrived.send(()).expect("the test counts");
            gate.acquire().await.expect("it is never closed").forget();
        }
    };
    (Router::new().route("/wait", get(wait)), arrivals, release)
}

#[tokio::test]
async fn one_connection_more_than_may_be_waits_until_another_ends() {
    let (router, mut arrivals, release) = gate();
    let serving = serving(router, Limits { connections_max: 2, ..Limits::DEFAULT }).await;
    let address = serving.address;
    let ask = || {
        let connector = trusting(&serving.certificates, &[]);
        tokio::spawn(async move { fetch(&connector, address, "localhost", "/wait").await.expect("an answer") })
    };
    let first_two = [ask(), ask()];
    for _ in &first_two {
        arrivals.recv().await.expect("it arrives");
    }
    let third = ask();
    assert!(timeout(DOUBT, arrivals.recv()).await.is_err(), "two are served");
    release.add_permits(1);
    timeout(PATIENCE, arrivals.recv()).await.expect("the third follows the one that ended");
    release.add_permits(2);
    for asked in first_two.into_iter().chain([third]) {
        assert!(asked.await.expect("no panic").starts_with("HTTP/1.1 200"));
    }
}

#[tokio::test]
async fn one_connection_more_than_an_address_may_hold_is_closed_and_another_address_is_served() {
    let limits = Limits { connections_per_address_max: 2, ..Limits::DEFAULT };
    let serving = serving(Router::new().route("/", get(|| async { "served" })), limits).await;
    let mut held = [serving.connect(b"http/1.1").await, serving.connect(b"http/1.1").await];
    assert!(serving.try_connect_from([127, 0, 0, 1]).await.is_err(), "the third of one address");
    serving.try_connect_from([127, 0, 0, 2]).await.expect("another address is served");
    held[0].shutdown().await.expect("it ends");
    // The server has let go once it ends its side.
    let mut rest = Vec::new();
    let _cut_off_without_a_word = held[0].read_to_end(&mut rest).await;
    timeout(PATIENCE, async {
        while serving.try_connect_from([127, 0, 0, 1]).await.is_err() {
            tokio::task::yield_now().await;
        }
    })
    .await
    .expect("one that ended makes room for another");
}

#[tokio::test]
async fn one_request_more_than_may_be_on_a_connection_is_refused_and_the_others_are_answered() {
    let (router, mut arrivals, release) = gate();
    let serving = serving(router, Limits::DEFAULT).await;
    let mut peer = serving.connect(b"h2").await;
    let stream_of = |number: u32| number * 2 + 1;
    let mut requests = http2_start();
    (0..=STREAMS_MAX).for_each(|number| requests.extend(http2_get(stream_of(number), "/wait")));
    peer.write_all(&requests).await.expect("it is written");
    peer.flush().await.expect("it is sent");

    let refused = frame_of_kind(&mut peer, RST_STREAM).await;
    let refused_stream = 7_u32.to_be_bytes().to_vec();
    assert_eq!(refused, (stream_of(STREAMS_MAX), refused_stream));
    for _ in 0..STREAMS_MAX {
        arrivals.recv().await.expect("it arrives");
    }
    assert!(arrivals.try_recv().is_err());
    release.add_permits(usize::try_from(STREAMS_MAX).expect("a small number"));
    for _ in 0..STREAMS_MAX {
        frame_of_kind(&mut peer, HEADERS).await;
    }
    peer.write_all(&http2_get(stream_of(STREAMS_MAX + 1), "/wait")).await.expect("it is written");
    peer.flush().await.expect("it is sent");
    arrivals.recv().await.expect("there is room again");
}

const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const WINDOW_UPDATE: u8 = 8;

fn http2_frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("a short frame").to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// How a client of HTTP/2 begins that will take any amount: only the socket holds an answer up then.
fn http2_start() -> Vec<u8> {
    const WINDOW_MAX: u32 = 0x7fff_ffff;
    let window_of_a_stream = [&4_u16.to_be_bytes()[..], &WINDOW_MAX.to_be_bytes()].concat();
    let window_of_all = (WINDOW_MAX - 65_535).to_be_bytes();
    let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    [&preface[..], &http2_frame(SETTINGS, 0, 0, &window_of_a_stream), &http2_frame(WINDOW_UPDATE, 0, 0, &window_of_all)].concat()
}

/// A request without a body, its head in the plainest form of HPACK.
fn http2_get(stream: u32, path: &str) -> Vec<u8> {
    let field = |name: u8, value: &str| [&[name, u8::try_from(value.len()).expect("a short value")], value.as_bytes()].concat();
    let (method_get, scheme_https, path, authority) = (0x82, 0x87, field(4, path), field(1, "localhost"));
    let end_of_stream_and_head = 0x5;
    http2_frame(HEADERS, end_of_stream_and_head, stream, &[&[method_get, scheme_https], &path[..], &authority[..]].concat())
}

/// The stream and the payload of the next frame of a kind.
async fn frame_of_kind(peer: &mut Box<dyn Stream>, wanted: u8) -> (u32, Vec<u8>) {
    loop {
        let mut head = [0; 9];
        timeout(PATIENCE, peer.read_exact(&mut head)).await.expect("a frame comes").expect("a frame");
        let [a, b, c, kind, _flags, stream @ ..] = head;
        let mut payload = vec![0; usize::try_from(u32::from_be_bytes([0, a, b, c])).expect("a short frame")];
        peer.read_exact(&mut payload).await.expect("its payload");
        if kind == wanted {
            return (u32::from_be_bytes(stream), payload);
        }
    }
}
