//! A load balancer that ends TLS stands between the agent and the server.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use seal::hash::sha256;
use stories::installation::{Installation, expect_success, string, text};
use stories::wait::until;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio_rustls::{TlsAcceptor, TlsConnector};

/// The agent's exit code where the server could not prove who it is.
const NOT_PROVEN: i32 = 5;

/// Ends TLS with a certificate of its own, and speaks TLS to a server whose authority it checks.
struct LoadBalancer {
    address: SocketAddr,
    certificate: PathBuf,
    digest: String,
    _runtime: Runtime,
}

impl LoadBalancer {
    fn before(server: &Installation, folder: &Path) -> Self {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
        let certificate = folder.join("balancer.pem");
        std::fs::write(&certificate, made.cert.pem()).expect("a file");
        let digest = sha256(made.cert.der()).iter().map(|byte| format!("{byte:02x}")).collect();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
        let accepts = ServerConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions().expect("versions");
        let accepts = accepts.with_no_client_auth().with_single_cert(vec![made.cert.der().clone()], key).expect("a pair");
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(server.authority().as_bytes()).expect("PEM")).expect("an authority");
        let connects = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().expect("versions");
        let connects = connects.with_root_certificates(roots).with_no_client_auth();
        let runtime = Runtime::new().expect("a runtime");
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).expect("a port");
        let address = listener.local_addr().expect("its address");
        let backend = server.url().replace("https://", "");
        let (acceptor, connector) = (TlsAcceptor::from(Arc::new(accepts)), TlsConnector::from(Arc::new(connects)));
        runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(carry(stream, acceptor.clone(), connector.clone(), backend.clone()));
            }
        });
        Self { address, certificate, digest, _runtime: runtime }
    }

    fn url(&self) -> String {
        format!("https://localhost:{}", self.address.port())
    }
}

/// Carries one connection, until either side ends it.
async fn carry(stream: TcpStream, acceptor: TlsAcceptor, connector: TlsConnector, backend: String) -> std::io::Result<()> {
    let mut client = acceptor.accept(stream).await?;
    let name = ServerName::try_from("localhost").expect("a name");
    let mut server = connector.connect(name, TcpStream::connect(backend).await?).await?;
    copy_bidirectional(&mut client, &mut server).await.map(|_| ())
}

#[test]
fn agents_report_through_a_load_balancer_that_the_server_was_told_of_and_refuse_one_that_it_was_not() {
    let installation = Installation::new();
    let server = installation.serve();
    let (tenant, _link) = installation.tenant("Story");
    let balancer = LoadBalancer::before(&installation, installation.folder());
    let enrol = |name: &str| {
        let made = installation.purser_json(&["enrolment", "create", "--tenant", &tenant]);
        let (token, key, url) = (string(&made["token"]), string(&made["server_key_fingerprint"]), balancer.url());
        installation.agent(name, "", &["enrol", "--server", &url, "--token", &token, "--server-key", &key])
    };
    let refused = enrol("stranger");
    assert_eq!(refused.status.code(), Some(NOT_PROVEN), "{}", text(&refused.stderr));
    assert!(text(&refused.stderr).contains("its certificate is not one that its key vouches for"), "{}", text(&refused.stderr));
    drop(server);

    for (name, front) in [("by-file", balancer.certificate.display().to_string()), ("by-digest", balancer.digest.clone())] {
        let server = installation.start(&["--front-cert", &front]);
        until("the server to be ready", stories::installation::TURN_TIME_MAX, || {
            let health = installation.purser(&["health"]);
            if health.status.success() { Ok(()) } else { Err(server.log()) }
        });
        expect_success(&["enrol"], &enrol(name));
        installation.report(name, "");
        let status = text(&installation.agent(name, "", &["status"]).stdout);
        assert!(status.contains(&balancer.url()) && status.contains("received"), "{status}");
    }
}
