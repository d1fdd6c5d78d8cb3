//! The listeners: TLS on the network, HTTP on a Unix socket, and their end.
//!
//! There is no plaintext network listener. The Unix socket is for whoever may read the data folder: it answers
//! `GET /health`, carries host-side administration, and everything else like the network, for a reverse proxy.
//!
//! A second network listener, where one is asked for ([`Server::demanding_certificates`]), serves the same to whoever shows a client
//! certificate ([`crate::client_certificate`]); both share one set of limits. A third ([`Server::for_operators`]) serves the operators'
//! door ([`crate::operators`]) and nothing else, with a few places of its own, so that no flood of the others keeps operators out.
//!
//! A connection's peer is the address that it comes from; behind a listed proxy ([`crate::proxies`]), the one that the proxy names.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use kernel::ClientCertificate;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use tokio::sync::{Semaphore, watch};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tower::Service;
use words::{Sentence, Speaks, sentence};

use crate::app::WebApp;
use crate::idle::{IdleLimited, StallLimited};
use crate::operators::OperatorApp;
use crate::peer::PeerInfo;
use crate::places::{Place, Places};
use crate::proxies::TrustedProxies;
use crate::proxy_header::{self, NoHeader, Told};
use crate::tls::Certificates;
use crate::{Answer, Json};

/// Most network connections at a time, of all listeners but the operators' together; the next of each
/// listener is accepted and waits, further ones wait in its queue.
pub const CONNECTIONS_MAX: usize = 10_000;
/// Most of them of one address, or of one IPv6 network (/64): whoever takes all that it can leaves the others room. It is
/// half of them, because all agents of a site may come by one address, and all agents by that of a load balancer that is not
/// listed.
pub const CONNECTIONS_PER_ADDRESS_MAX: usize = CONNECTIONS_MAX / 2;
/// Most connections at a time on the operators' listener, which no other listener can take.
pub const OPERATOR_CONNECTIONS_MAX: usize = 1_024;
/// Most of them of one address, or of one IPv6 network (/64): who would shut operators out needs many addresses.
pub const OPERATOR_CONNECTIONS_PER_ADDRESS_MAX: usize = 32;
/// Most connections on the Unix socket at a time.
pub const LOCAL_CONNECTIONS_MAX: usize = 1_000;
/// How long a TLS handshake may take.
pub const HANDSHAKE_TIME_MAX: Duration = Duration::from_secs(10);
/// How long a request's head may take to arrive, and how long a connection may stand idle between requests.
pub const HEAD_TIME_MAX: Duration = Duration::from_secs(30);
/// Largest head of a request, in bytes.
pub const HEAD_BYTES_MAX: usize = 32 * 1024;
/// Most header fields of a request.
pub const HEADER_FIELDS_MAX: usize = 64;
/// Most requests at a time on one HTTP/2 connection.
pub const STREAMS_MAX: u32 = 128;
/// How often a silent HTTP/2 connection is asked whether it lives, and how long it has to answer.
pub const PING_INTERVAL: Duration = Duration::from_secs(20);
/// How long an HTTP/2 connection may send nothing, not even answers to pings.
pub const SILENCE_MAX: Duration = Duration::from_secs(60);
/// How long a peer may take nothing of what is written to it, on whichever protocol and listener.
pub const WRITE_STALL_MAX: Duration = Duration::from_secs(60);
/// How long requests under way may take to end when the server stops.
pub const DRAIN_TIME_MAX: Duration = Duration::from_secs(10);
/// How long the listener rests after it failed to accept, for want of file descriptors.
const ACCEPT_REST: Duration = Duration::from_millis(50);

/// What the network listeners bear, together: the operators' bears what [`OPERATOR_CONNECTIONS_MAX`] says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Most connections at a time.
    pub connections_max: usize,
    /// Most of them of one address; one more is closed at once.
    pub connections_per_address_max: usize,
    /// How long a peer may take nothing of what is written to it; on the Unix socket too.
    pub write_stall_max: Duration,
}

impl Limits {
    /// Those of a server that is told none: [`CONNECTIONS_MAX`], [`CONNECTIONS_PER_ADDRESS_MAX`] and [`WRITE_STALL_MAX`].
    pub const DEFAULT: Self = Self {
        connections_max: CONNECTIONS_MAX,
        connections_per_address_max: CONNECTIONS_PER_ADDRESS_MAX,
        write_stall_max: WRITE_STALL_MAX,
    };
}

/// Where to listen.
#[derive(Clone)]
pub struct ListenConfig {
    /// The network address.
    pub addr: SocketAddr,
    /// How the server shows who it is.
    pub tls: Certificates,
}

/// Why the server cannot listen.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The port is taken.
    #[error("{}", self.sentence())]
    Taken(SocketAddr),
    /// The port is not for this user.
    #[error("{}", self.sentence())]
    Forbidden(SocketAddr),
    /// The address cannot be listened on.
    #[error("{}", self.sentence())]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Another server uses the socket.
    #[error("{}", self.sentence())]
    SocketTaken(PathBuf),
    /// The socket cannot be made.
    #[error("{}", self.sentence())]
    Socket {
        /// The path.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

impl Speaks for ServeError {
    fn sentence(&self) -> Sentence {
        match self {
            Self::Taken(address) => sentence!(
                "another program listens on {address} already: stop it, or choose another address with --listen",
                "na adresie {address} nasłuchuje już inny program: zatrzymaj go albo wybierz inny adres opcją --listen"
            ),
            Self::Forbidden(address) => sentence!(
                "this user may not listen on {address}: choose a port above 1023, or grant CAP_NET_BIND_SERVICE",
                "ten użytkownik nie może nasłuchiwać na adresie {address}: wybierz port powyżej 1023 albo nadaj CAP_NET_BIND_SERVICE"
            ),
            Self::Listen { address, .. } => {
                sentence!("the address {address} cannot be listened on", "nie można nasłuchiwać na adresie {address}")
            }
            Self::SocketTaken(path) => sentence!(
                "another server answers on {path} already: it serves this data folder",
                "na {path} odpowiada już inny serwer: to on obsługuje ten katalog danych",
                path = path.display()
            ),
            Self::Socket { path, .. } => {
                sentence!("the socket {path} cannot be made", "nie można utworzyć gniazda {path}", path = path.display())
            }
        }
    }
}

/// Listens and serves until `shutdown` ends, then lets requests under way end.
///
/// # Errors
/// [`ServeError`], each in one sentence.
pub async fn serve(app: WebApp, listen: ListenConfig, unix_socket: PathBuf, shutdown: impl Future<Output = ()>) -> Result<(), ServeError> {
    Server::bind(app, listen, unix_socket).await?.run(shutdown).await;
    Ok(())
}

/// A server that listens and does not answer yet.
pub struct Server {
    network: Listener,
    /// The one that demands client certificates.
    mutual: Option<Listener>,
    /// The operators', with their door.
    operators: Option<(Listener, Router)>,
    certificates: Certificates,
    local: UnixListener,
    unix_socket: PathBuf,
    public: Router,
    host_side: Router,
    limits: Limits,
    proxies: Arc<TrustedProxies>,
}

/// An address that is listened on.
struct Listener {
    listener: TcpListener,
    address: SocketAddr,
    tls: TlsAcceptor,
}

impl Listener {
    async fn bind(address: SocketAddr, tls: TlsAcceptor) -> Result<Self, ServeError> {
        let refused = |source: io::Error| match source.kind() {
            io::ErrorKind::AddrInUse => ServeError::Taken(address),
            io::ErrorKind::PermissionDenied => ServeError::Forbidden(address),
            _ => ServeError::Listen { address, source },
        };
        let listener = TcpListener::bind(address).await.map_err(refused)?;
        let address = listener.local_addr().map_err(refused)?;
        Ok(Self { listener, address, tls })
    }
}

impl Server {
    /// Takes the network address and the socket.
    ///
    /// # Errors
    /// [`ServeError`].
    pub async fn bind(app: WebApp, listen: ListenConfig, unix_socket: PathBuf) -> Result<Self, ServeError> {
        let network = Listener::bind(listen.addr, TlsAcceptor::from(listen.tls.server_config())).await?;
        let local = bind_unix(&unix_socket).await?;
        Ok(Self {
            network,
            mutual: None,
            operators: None,
            certificates: listen.tls,
            local,
            unix_socket,
            host_side: host_side(&app),
            public: app.router,
            limits: Limits::DEFAULT,
            proxies: Arc::default(),
        })
    }

    /// Listens on a second address as well, whose connections have to show a client certificate. It serves what the network gets.
    ///
    /// # Errors
    /// [`ServeError`].
    pub async fn demanding_certificates(mut self, address: SocketAddr) -> Result<Self, ServeError> {
        self.mutual = Some(Listener::bind(address, TlsAcceptor::from(self.certificates.mutual_server_config())).await?);
        Ok(self)
    }

    /// Listens on an address of the operators' as well, whose connections have to show a client certificate, and which serves their
    /// door alone.
    ///
    /// # Errors
    /// [`ServeError`].
    pub async fn for_operators(mut self, address: SocketAddr, door: OperatorApp) -> Result<Self, ServeError> {
        let listener = Listener::bind(address, TlsAcceptor::from(self.certificates.mutual_server_config())).await?;
        self.operators = Some((listener, door.router));
        Ok(self)
    }

    /// Bears something else than [`Limits::DEFAULT`].
    #[must_use]
    pub const fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Believes these about whom they stand in front of.
    #[must_use]
    pub fn trusting(mut self, proxies: TrustedProxies) -> Self {
        self.proxies = Arc::new(proxies);
        self
    }

    /// The network address; its port is the real one where 0 was asked for.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.network.address
    }

    /// The address for client certificates, where there is one.
    #[must_use]
    pub fn mutual_address(&self) -> Option<SocketAddr> {
        self.mutual.as_ref().map(|listener| listener.address)
    }

    /// The operators' address, where there is one.
    #[must_use]
    pub fn operator_address(&self) -> Option<SocketAddr> {
        self.operators.as_ref().map(|(listener, _door)| listener.address)
    }

    /// Serves until `shutdown` ends; requests under way then have [`DRAIN_TIME_MAX`].
    pub async fn run(self, shutdown: impl Future<Output = ()>) {
        let graceful = GracefulShutdown::new();
        let (cut, is_cut) = watch::channel(());
        let accept = Accept { graceful: &graceful, is_cut, limits: self.limits, proxies: self.proxies };
        let room = Room::new(self.limits.connections_max, self.limits.connections_per_address_max);
        let reserved = Room::new(OPERATOR_CONNECTIONS_MAX, OPERATOR_CONNECTIONS_PER_ADDRESS_MAX);
        let (mutual, operators) = (self.mutual.as_ref(), self.operators.as_ref());
        tokio::select! {
            () = shutdown => {}
            () = accept.network(&self.network, &self.public, &room) => {}
            () = accept.where_there_is_one(mutual.map(|listener| (listener, &self.public)), &room) => {}
            () = accept.where_there_is_one(operators.map(|(listener, door)| (listener, door)), &reserved) => {}
            () = accept.local(&self.local, &self.host_side, &self.public) => {}
        }
        drop(accept);
        drop((self.network, self.mutual, self.operators, self.local));
        if timeout(DRAIN_TIME_MAX, graceful.shutdown()).await.is_err() {
            tracing::warn!(drain_seconds = DRAIN_TIME_MAX.as_secs(), "requests under way were cut off");
        }
        drop(cut);
        if let Err(error) = std::fs::remove_file(&self.unix_socket) {
            tracing::debug!(%error, "the socket was gone already");
        }
    }
}

/// What the Unix socket serves.
fn host_side(app: &WebApp) -> Router {
    let health = app.health.clone();
    let health = get(move || {
        let health = health.clone();
        async move { Answer::Ok(Json(health().await?)) }
    });
    let router = app.admin.clone().unwrap_or_default().route("/health", health).fallback_service(app.router.clone());
    app.front.wrap(router)
}

/// Makes the socket, mode 0600 from its first moment; replaces one that a dead server left behind.
async fn bind_unix(path: &Path) -> Result<UnixListener, ServeError> {
    if UnixStream::connect(path).await.is_ok() {
        return Err(ServeError::SocketTaken(path.to_owned()));
    }
    let failed = |source| ServeError::Socket { path: path.to_owned(), source };
    let fresh = path.with_extension("new");
    match std::fs::remove_file(&fresh) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
        _ => {}
    }
    let listener = UnixListener::bind(&fresh).map_err(failed)?;
    std::fs::set_permissions(&fresh, std::fs::Permissions::from_mode(0o600)).map_err(failed)?;
    std::fs::rename(&fresh, path).map_err(failed)?;
    Ok(listener)
}

struct Accept<'a> {
    graceful: &'a GracefulShutdown,
    is_cut: watch::Receiver<()>,
    limits: Limits,
    proxies: Arc<TrustedProxies>,
}

/// The connections that there may be, however many listeners share them.
struct Room {
    slots: Arc<Semaphore>,
    places: Places,
}

impl Room {
    fn new(connections_max: usize, connections_per_address_max: usize) -> Self {
        Self { slots: Arc::new(Semaphore::new(connections_max)), places: Places::new(connections_per_address_max) }
    }
}

impl Accept<'_> {
    async fn where_there_is_one(&self, served: Option<(&Listener, &Router)>, room: &Room) {
        match served {
            Some((listener, router)) => self.network(listener, router, room).await,
            None => std::future::pending().await,
        }
    }

    async fn network(&self, Listener { listener, tls, .. }: &Listener, router: &Router, Room { slots, places }: &Room) {
        let write_stall_max = self.limits.write_stall_max;
        let has_warned = Arc::new(AtomicBool::new(false));
        loop {
            let (stream, peer) = match listener.accept().await {
                Ok(accepted) => accepted,
                Err(error) => {
                    refused(&error).await;
                    continue;
                }
            };
            // Not before: a listener that waits for a connection would hold a slot that another has use for.
            let Ok(slot) = Arc::clone(slots).acquire_owned().await else { return };
            // Waiting for this address would let it hold up the others. A listed proxy's connection is somebody else's.
            let proxied = if self.proxies.lists(peer.ip()) { Some((places.clone(), Arc::clone(&has_warned))) } else { None };
            let place = if proxied.is_some() { None } else { places.take(peer.ip()) };
            if proxied.is_none() && place.is_none() {
                continue;
            }
            let (tls, router, watcher, mut is_cut) = (tls.clone(), router.clone(), self.graceful.watcher(), self.is_cut.clone());
            tokio::spawn(async move {
                let _slot_and_place = (slot, place);
                let connection = async {
                    let _small_answers_wait_otherwise = stream.set_nodelay(true);
                    let mut stream = StallLimited::new(stream, write_stall_max);
                    let (peer, _place) = match proxied {
                        None => (peer, None),
                        Some((places, has_warned)) => match named(&mut stream, peer, &places, &has_warned).await {
                            Some((client, place)) => (client, Some(place)),
                            None => return,
                        },
                    };
                    let Some(Shaken { stream, is_http2, certificate }) = handshake(&tls, stream).await else { return };
                    let service = Served { router, door: Door::Network { peer, certificate } };
                    // An error here is the peer's: it broke off or spoke no HTTP.
                    if is_http2 {
                        let stream = TokioIo::new(IdleLimited::new(stream, SILENCE_MAX));
                        let _broken_off = watcher.watch(http2_settings().serve_connection(stream, service)).await;
                    } else {
                        let _broken_off = watcher.watch(http1_settings().serve_connection(TokioIo::new(stream), service)).await;
                    }
                };
                tokio::select! { () = connection => {}, _ = is_cut.changed() => {} }
            });
        }
    }

    async fn local(&self, listener: &UnixListener, router: &Router, public: &Router) {
        let slots = Arc::new(Semaphore::new(LOCAL_CONNECTIONS_MAX));
        let write_stall_max = self.limits.write_stall_max;
        loop {
            let Ok(slot) = Arc::clone(&slots).acquire_owned().await else { return };
            let stream = match listener.accept().await {
                Ok((stream, _peer)) => stream,
                Err(error) => {
                    refused(&error).await;
                    continue;
                }
            };
            let (router, watcher, mut is_cut) = (router.clone(), self.graceful.watcher(), self.is_cut.clone());
            let door = Door::Socket { proxies: Arc::clone(&self.proxies), public: public.clone() };
            tokio::spawn(async move {
                let _slot = slot;
                let service = Served { router, door };
                let stream = TokioIo::new(StallLimited::new(stream, write_stall_max));
                let connection = watcher.watch(http1_settings().serve_connection(stream, service));
                tokio::select! { _broken_off = pin!(connection) => {}, _ = is_cut.changed() => {} }
            });
        }
    }
}

async fn refused(error: &io::Error) {
    tracing::warn!(%error, "a connection could not be accepted");
    sleep(ACCEPT_REST).await;
}

/// For whom a listed proxy opened a connection, and the place that it takes; `None` where it does not say, or there is none.
async fn named(
    stream: &mut StallLimited<TcpStream>,
    proxy: SocketAddr,
    places: &Places,
    has_warned: &AtomicBool,
) -> Option<(SocketAddr, Place)> {
    let client = match proxy_header::take(stream, proxy_header::PROXY_HEADER_TIME_MAX).await {
        Ok(Told::Client(client)) => client,
        Ok(Told::Itself) => proxy,
        Err(NoHeader::Nothing) => return None,
        Err(NoHeader::Malformed) => {
            // Once: a balancer that is set up wrong would otherwise fill the log by itself.
            if !has_warned.swap(true, Ordering::Relaxed) {
                tracing::warn!(
                    "a listed proxy began a connection without a PROXY v2 header, and it was closed: have it send one (said once)"
                );
            }
            return None;
        }
    };
    places.take(client.ip()).map(|place| (client, place))
}

/// A connection after its handshake.
struct Shaken<S> {
    stream: S,
    /// Whether the client chose HTTP/2.
    is_http2: bool,
    /// Whose key the client has proven to hold.
    certificate: Option<ClientCertificate>,
}

/// Ends the handshake; `None` where it fails or takes too long.
async fn handshake(tls: &TlsAcceptor, stream: StallLimited<TcpStream>) -> Option<Shaken<impl AsyncRead + AsyncWrite + Unpin + use<>>> {
    let stream = timeout(HANDSHAKE_TIME_MAX, tls.accept(stream)).await.ok()?.ok()?;
    let connection = stream.get_ref().1;
    let is_http2 = connection.alpn_protocol() == Some(b"h2");
    let leaf = connection.peer_certificates().and_then(<[_]>::first);
    let certificate = leaf.map(|leaf| ClientCertificate::of_digest(seal::hash::sha256(leaf)));
    Some(Shaken { stream, is_http2, certificate })
}

fn http1_settings() -> http1::Builder {
    let mut settings = http1::Builder::new();
    settings
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME_MAX)
        .max_buf_size(HEAD_BYTES_MAX)
        .max_header_size(HEAD_BYTES_MAX)
        .max_headers(HEADER_FIELDS_MAX);
    settings
}

fn http2_settings() -> http2::Builder<TokioExecutor> {
    let mut settings = http2::Builder::new(TokioExecutor::new());
    settings
        .timer(TokioTimer::new())
        .max_header_list_size(u32::try_from(HEAD_BYTES_MAX).unwrap_or(u32::MAX))
        .max_concurrent_streams(STREAMS_MAX)
        .keep_alive_interval(PING_INTERVAL)
        .keep_alive_timeout(PING_INTERVAL);
    settings
}

/// By which door a connection came.
#[derive(Clone)]
enum Door {
    /// The network's: whose it is, and which certificate they showed.
    Network { peer: SocketAddr, certificate: Option<ClientCertificate> },
    /// The Unix socket: the host's own, or a reverse proxy, which gets what the network gets.
    Socket { proxies: Arc<TrustedProxies>, public: Router },
}

/// The router as hyper calls it, for one connection.
#[derive(Clone)]
struct Served {
    router: Router,
    door: Door,
}

impl hyper::service::Service<hyper::Request<Incoming>> for Served {
    type Response = axum::response::Response;
    type Error = std::convert::Infallible;
    type Future = axum::routing::future::RouteFuture<std::convert::Infallible>;

    fn call(&self, mut request: hyper::Request<Incoming>) -> Self::Future {
        let (router, peer) = match &self.door {
            Door::Network { peer, certificate } => {
                if let Some(certificate) = certificate {
                    request.extensions_mut().insert(*certificate);
                }
                (&self.router, PeerInfo::Network(*peer))
            }
            Door::Socket { proxies, public } => match proxies.forwarded_for(request.headers()) {
                None => (&self.router, PeerInfo::Local),
                Some(peer) => (public, peer),
            },
        };
        request.extensions_mut().insert(peer);
        router.clone().call(request.map(Body::new))
    }
}
