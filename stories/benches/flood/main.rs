//! What a flood of wrong passwords does to everybody else's signing in.
//!
//! `cargo bench -p stories --bench flood -- --purser PATH [--addresses N] [--tries N] [--at-once N] [--others N]`. The flood comes from N
//! addresses of the loopback network (127.1.0.0/16), each with so many tries over connections of its own. The others come one after the
//! other, each from an address that was never there before (127.2.0.0/15), with a password for an account that does not exist: by design the
//! same work as for one that does. Their times are printed without and with the flood, and the server's memory and bans.

#[path = "../ingest/process.rs"]
mod process;

use std::io::{Error, ErrorKind};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::time::Duration;

use kernel::Clock;
use process::{Server, cpu_seconds, memory_bytes};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::Semaphore;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// Longest answer that is read at once, in bytes.
const ANSWER_BYTES: usize = 16_384;
/// The pause between two of the others.
const OTHERS_PAUSE: Duration = Duration::from_millis(50);

struct Options {
    purser: PathBuf,
    addresses: u32,
    tries: u32,
    at_once: usize,
    others: u32,
    port: u16,
}

fn options() -> Result<Options, Error> {
    let purser = PathBuf::from("dist/bin/purser");
    let mut options = Options { purser, addresses: 1_000, tries: 50, at_once: 64, others: 200, port: 18_444 };
    let mut arguments = std::env::args().skip(1);
    while let Some(name) = arguments.next() {
        let mut value = || arguments.next().ok_or_else(|| Error::other(format!("{name} needs a value")));
        let number = |text: String| text.parse::<u32>().map_err(Error::other);
        match name.as_str() {
            "--purser" => options.purser = value()?.into(),
            "--addresses" => options.addresses = number(value()?)?,
            "--tries" => options.tries = number(value()?)?,
            "--at-once" => options.at_once = value()?.parse().map_err(Error::other)?,
            "--others" => options.others = number(value()?)?,
            "--bench" => {}
            _ => return Err(Error::other(format!("{name} is not known"))),
        }
    }
    Ok(options)
}

/// Whoever signs in.
#[derive(Clone)]
struct Client {
    connector: TlsConnector,
    server: SocketAddr,
    clock: Clock,
}

impl Client {
    fn new(authority: &[u8], server: SocketAddr) -> Result<Self, Error> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(authority).map_err(Error::other)?).map_err(Error::other)?;
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().map_err(Error::other)?;
        let connector = TlsConnector::from(Arc::new(config.with_root_certificates(roots).with_no_client_auth()));
        Ok(Self { connector, server, clock: Clock::system() })
    }

    async fn connect(&self, from: Ipv4Addr) -> Result<TlsStream<TcpStream>, Error> {
        let socket = TcpSocket::new_v4()?;
        socket.bind(SocketAddr::from((from, 0)))?;
        let stream = socket.connect(self.server).await?;
        stream.set_nodelay(true)?;
        self.connector.connect(ServerName::try_from("localhost").map_err(Error::other)?, stream).await
    }

    /// Tries a wrong password: the status of the answer.
    async fn guess(stream: &mut TlsStream<TcpStream>, number: u32) -> Result<u16, Error> {
        let body = format!(r#"{{"email":"user{number}@example.org","password":"a wrong password","totp_code":"000000"}}"#);
        let head = format!(
            "POST /api/v1/session HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all((head + &body).as_bytes()).await?;
        let mut answer = vec![0; ANSWER_BYTES];
        let length = stream.read(&mut answer).await?; // an answer is one record
        let text = String::from_utf8_lossy(answer.get(..length).unwrap_or_default()).into_owned();
        text.get(9..12).and_then(|status| status.parse().ok()).ok_or_else(|| ErrorKind::ConnectionReset.into())
    }
}

#[derive(Default)]
struct Answers {
    refused: AtomicUsize,
    banned: AtomicUsize,
    busy: AtomicUsize,
    other: AtomicUsize,
}

impl Answers {
    fn count(&self, status: &Result<u16, Error>) {
        let counter = match status {
            Ok(401) => &self.refused,
            Ok(429) => &self.banned,
            Ok(503) => &self.busy,
            _ => &self.other,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }
}

impl std::fmt::Display for Answers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let count = |counter: &AtomicUsize| counter.load(Ordering::Relaxed);
        let (refused, banned) = (count(&self.refused), count(&self.banned));
        write!(f, "401 {refused}, 429 {banned}, 503 {}, broken off {}", count(&self.busy), count(&self.other))
    }
}

async fn flood(client: Client, options: &Options) -> Result<Answers, Error> {
    let (answers, at_once) = (Arc::new(Answers::default()), Arc::new(Semaphore::new(options.at_once)));
    let mut floods = tokio::task::JoinSet::new();
    // Round after round over all addresses, as a botnet that spreads its tries would.
    let numbers = (0..options.tries).flat_map(|_| 0..options.addresses).zip(0..);
    for (address, number) in numbers {
        let turn = Arc::clone(&at_once).acquire_owned().await.map_err(Error::other)?;
        let (client, answers) = (client.clone(), Arc::clone(&answers));
        floods.spawn(async move {
            let _turn = turn;
            let from = Ipv4Addr::from_bits(u32::from(Ipv4Addr::new(127, 1, 0, 0)) + 1 + address);
            let status = match client.connect(from).await {
                Ok(mut stream) => Client::guess(&mut stream, number).await,
                Err(error) => Err(error),
            };
            answers.count(&status);
        });
        while floods.try_join_next().is_some() {}
    }
    while floods.join_next().await.is_some() {}
    Arc::into_inner(answers).ok_or_else(|| Error::other("a try goes on"))
}

/// The others, until there were so many of them, or the flood is over where there is one.
async fn others(client: &Client, count: u32, is_over: Option<Arc<AtomicBool>>) -> Result<(), Error> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let (answers, mut times) = (Answers::default(), Vec::new());
    let is_over = || is_over.as_ref().is_some_and(|is_over| is_over.load(Ordering::Relaxed));
    while times.len() < usize::try_from(count).unwrap_or(usize::MAX) && !is_over() {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let from = Ipv4Addr::from_bits(u32::from(Ipv4Addr::new(127, 2, 0, 0)) + 1 + number);
        let begun = client.clock.monotonic();
        let mut stream = client.connect(from).await?;
        answers.count(&Client::guess(&mut stream, 10_000_000 + number).await);
        times.push(client.clock.monotonic().saturating_sub(begun));
        tokio::time::sleep(OTHERS_PAUSE).await;
    }
    times.sort_unstable();
    let at = |part: usize| times.get(times.len().saturating_sub(1) * part / 100).map_or(0.0, |time| time.as_secs_f64() * 1_000.0);
    println!("  {} sign-ins of others: p50 {:.1} ms, p99 {:.1} ms, longest {:.1} ms; {answers}", times.len(), at(50), at(99), at(100));
    Ok(())
}

fn say(server: &Server, when: &str) -> Result<(), Error> {
    let (now, highest) = memory_bytes(server.id())?;
    let bans = server.purser(&["bans", "list", "--output", "json"])?;
    let mib = |bytes: u64| bytes as f64 / 1_048_576.0;
    let processor = cpu_seconds(server.id())?;
    println!(
        "{when}: memory {:.0} MiB (highest {:.0}), processor {processor:.1} s, bans that began {}",
        mib(now),
        mib(highest),
        bans["begun"]
    );
    Ok(())
}

fn main() -> Result<(), Error> {
    let options = options()?;
    let folder = tempfile::tempdir()?;
    let server = Server::start(&options.purser, folder.path(), options.port, &[])?;
    println!("the server answered after {:.2} s", server.cold_start.as_secs_f64());
    let authority = std::fs::read(folder.path().join("tls/authority.pem"))?;
    let client = Client::new(&authority, SocketAddr::from((Ipv4Addr::LOCALHOST, options.port)))?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        say(&server, "before")?;
        others(&client, options.others, None).await?;
        let Options { addresses, tries, at_once, .. } = options;
        println!("flood: {addresses} addresses with {tries} tries each, {at_once} at once");
        let is_over = Arc::new(AtomicBool::new(false));
        let begun = client.clock.monotonic();
        let flooding = async {
            let answers = flood(client.clone(), &options).await;
            is_over.store(true, Ordering::Relaxed);
            answers
        };
        let (answers, besides) = tokio::join!(flooding, others(&client, u32::MAX, Some(Arc::clone(&is_over))));
        besides?;
        println!("  the flood took {:.1} s: {}", client.clock.monotonic().saturating_sub(begun).as_secs_f64(), answers?);
        say(&server, "after")?;
        others(&client, options.others, None).await
    })
}
