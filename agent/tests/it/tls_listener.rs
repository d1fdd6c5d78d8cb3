//! A TLS listener on the loopback interface that serves the fake server, one connection after the other.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use rustls::crypto::SupportedKxGroup;
use rustls::{NamedGroup, ServerConfig, ServerConnection, StreamOwned};
use rustls_pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use wire::report::Digest;

use crate::fake_server::FakeServer;

/// A certificate of one's own, for `localhost`.
pub(crate) struct Certificate {
    config: Arc<ServerConfig>,
    pub(crate) digest: Digest,
}

impl Certificate {
    pub(crate) fn make() -> Self {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let digest = Digest(seal::hash::sha256(made.cert.der()));
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .unwrap();
        Self { config: Arc::new(config), digest }
    }
}

/// A listener, the paths that it was asked for, and the key exchanges that its connections were made with.
pub(crate) struct Listener {
    address: SocketAddr,
    paths: Arc<Mutex<Vec<String>>>,
    exchanges: Arc<Mutex<Vec<NamedGroup>>>,
}

impl Listener {
    pub(crate) fn url(&self) -> String {
        format!("https://localhost:{}", self.address.port())
    }

    pub(crate) fn paths(&self) -> Vec<String> {
        self.paths.lock().unwrap().clone()
    }

    pub(crate) fn exchanges(&self) -> Vec<NamedGroup> {
        self.exchanges.lock().unwrap().clone()
    }
}

/// Serves the fake server with the certificate that lies in the slot at each connection.
pub(crate) fn listen(server: &Arc<Mutex<FakeServer>>, certificate: &Arc<Mutex<Certificate>>) -> Listener {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let paths = Arc::new(Mutex::new(Vec::new()));
    let exchanges = Arc::new(Mutex::new(Vec::new()));
    let (server, certificate) = (Arc::clone(server), Arc::clone(certificate));
    let (seen, agreed) = (Arc::clone(&paths), Arc::clone(&exchanges));
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let config = Arc::clone(&certificate.lock().unwrap().config);
            // A client that refuses the certificate ends the handshake; the next one is served all the same.
            let _refused = serve(stream.unwrap(), config, &server, &seen, &agreed);
        }
    });
    Listener { address, paths, exchanges }
}

fn serve(
    stream: TcpStream,
    config: Arc<ServerConfig>,
    server: &Mutex<FakeServer>,
    paths: &Mutex<Vec<String>>,
    exchanges: &Mutex<Vec<NamedGroup>>,
) -> std::io::Result<()> {
    let tls = ServerConnection::new(config).map_err(std::io::Error::other)?;
    let mut reader = BufReader::new(StreamOwned::new(tls, stream));
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
    let (mut length, mut bearer, mut encoding) = (0, None, None);
    loop {
        line.clear();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim().split_once(": ") else { break };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().unwrap(),
            "authorization" => bearer = value.strip_prefix("Bearer ").map(str::to_owned),
            "content-encoding" => encoding = Some(value.to_owned()),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    paths.lock().unwrap().push(path.clone());
    exchanges.lock().unwrap().extend(reader.get_ref().conn.negotiated_key_exchange_group().map(SupportedKxGroup::name));
    let (status, answer) = server.lock().unwrap().handle(&path, bearer.as_deref(), encoding.as_deref(), &body);
    let stream = reader.get_mut();
    write!(stream, "HTTP/1.1 {status} X\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", answer.len())?;
    stream.write_all(&answer)?;
    stream.conn.send_close_notify();
    stream.flush()
}
