//! A publisher on the loopback interface: HTTPS with a certificate of its own, scripted answers, every request noted.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

type Answers = Arc<Mutex<Vec<Vec<u8>>>>;

pub(crate) struct Publisher {
    pub(crate) port: u16,
    /// The certificate, as a PEM file to trust.
    pub(crate) roots: PathBuf,
    answers: Answers,
    requests: Arc<Mutex<Vec<String>>>,
    serving: tokio::task::JoinHandle<()>,
    _folder: tempfile::TempDir,
}

impl Publisher {
    /// Starts serving; answers are given in the order in which they were scripted.
    pub(crate) async fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).expect("a certificate");
        let roots = folder.path().join("roots.pem");
        std::fs::write(&roots, made.cert.pem()).expect("written");
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .expect("a configuration");
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let (answers, requests) = (Answers::default(), Arc::default());
        let serving = tokio::spawn(serve(listener, TlsAcceptor::from(Arc::new(config)), Arc::clone(&answers), Arc::clone(&requests)));
        Self { port, roots, answers, requests, serving, _folder: folder }
    }

    pub(crate) fn answer(&self, head: &str, body: &[u8]) {
        let length = if head.contains("304") { String::new() } else { format!("content-length: {}\r\n", body.len()) };
        let mut bytes = format!("HTTP/1.1 {head}\r\n{length}connection: close\r\n\r\n").into_bytes();
        bytes.extend_from_slice(body);
        self.answers.lock().expect("not poisoned").push(bytes);
    }

    /// An answer as it is, well-formed or not.
    pub(crate) fn answer_raw(&self, bytes: &[u8]) {
        self.answers.lock().expect("not poisoned").push(bytes.to_vec());
    }

    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().expect("not poisoned").clone()
    }
}

impl Drop for Publisher {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn serve(listener: TcpListener, acceptor: TlsAcceptor, answers: Answers, requests: Arc<Mutex<Vec<String>>>) {
    loop {
        let Ok((socket, _)) = listener.accept().await else { return };
        let Ok(mut stream) = acceptor.accept(socket).await else { continue };
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            match stream.read_u8().await {
                Ok(byte) => request.push(byte),
                Err(_) => break,
            }
        }
        requests.lock().expect("not poisoned").push(String::from_utf8_lossy(&request).into_owned());
        let next = {
            let mut answers = answers.lock().expect("not poisoned");
            if answers.is_empty() { b"HTTP/1.1 500 x\r\ncontent-length: 0\r\n\r\n".to_vec() } else { answers.remove(0) }
        };
        let _ = stream.write_all(&next).await;
        let _ = stream.shutdown().await;
    }
}
