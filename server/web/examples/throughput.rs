//! How many small authenticated POSTs the listener answers in a second, over TLS on the loopback interface.
//!
//! `cargo run --release -p web --example throughput -- [CONNECTIONS] [SECONDS]`. Client and server share the process and
//! the cores; the client writes fixed bytes and reads fixed bytes, so nearly all of the time is the server's.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use kernel::authenticator::Authenticated;
use kernel::{Access, Authenticator, Clock, DeviceId, Presented, Rng, ScopeMint, TenantId};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use web::names::served_names;
use web::{Answer, Caller, CertificateConfig, CertificateSource, Certificates, Doc, Json, ListenConfig, Routes, Server, Web};

struct Everybody;

impl Authenticator for Everybody {
    fn authenticate<'a>(&'a self, _presented: &'a Presented, _access: Access, _origin: kernel::Origin) -> Authenticated<'a> {
        let scope = ScopeMint::for_app().device(TenantId::from_random(2), DeviceId::from_random(4));
        Box::pin(std::future::ready(Ok(scope)))
    }
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CheckIn {
    digest: String,
}

#[derive(Serialize, JsonSchema)]
struct Receipt {
    length: usize,
}

async fn check_in(Caller(_scope): Caller, Json(check_in): Json<CheckIn>) -> Answer<Json<Receipt>> {
    Ok(Json(Receipt { length: check_in.digest.len() }))
}

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1).map(|text| text.parse::<u64>());
    let connections = arguments.next().transpose()?.unwrap_or(64);
    let seconds = arguments.next().transpose()?.unwrap_or(5);
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(measure(connections, seconds))
}

async fn measure(connections: u64, seconds: u64) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let clock = Clock::system();
    let config = CertificateConfig {
        source: CertificateSource::OwnAuthority(folder.path().join("tls")),
        names: served_names([])?,
        fronts: Vec::new(),
    };
    let certificates = Certificates::open(config, clock.now(), Rng::system())?;
    let routes = Routes::new("agent", ()).post("/check-in", Access::Report, Doc::new("checkIn", "Check in"), check_in);
    let app = Web::builder(clock.clone(), Rng::system(), Arc::new(Everybody)).mount(routes).build();
    let listen = ListenConfig { addr: "127.0.0.1:0".parse()?, tls: certificates.clone() };
    let server = Server::bind(app, listen, folder.path().join("purser.sock")).await?;
    let address = server.address();
    tokio::spawn(server.run(std::future::pending()));

    let pem = certificates.authority_pem()?.unwrap_or_default();
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(pem.as_bytes())?)?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let client = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let connector = TlsConnector::from(Arc::new(client.with_root_certificates(roots).with_no_client_auth()));

    let body = format!(r#"{{"digest":"{}"}}"#, "0".repeat(64));
    let request = format!(
        "POST /api/v1/check-in HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer prs_dev_{}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        "a".repeat(100),
        body.len()
    );
    let (answered, is_over) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
    let started = clock.monotonic();
    let mut clients = tokio::task::JoinSet::new();
    for _ in 0..connections {
        let (connector, request, answered, is_over) = (connector.clone(), request.clone(), Arc::clone(&answered), Arc::clone(&is_over));
        clients.spawn(async move {
            let stream = TcpStream::connect(address).await?;
            stream.set_nodelay(true)?;
            let mut stream = connector.connect(ServerName::try_from("localhost")?, stream).await?;
            let mut buffer = vec![0; 4_096];
            while !is_over.load(Ordering::Relaxed) {
                stream.write_all(request.as_bytes()).await?;
                let length = stream.read(&mut buffer).await?; // an answer is one record
                anyhow::ensure!(
                    buffer.get(..length).is_some_and(|answer| answer.starts_with(b"HTTP/1.1 200")),
                    "an answer that is not 200"
                );
                answered.fetch_add(1, Ordering::Relaxed);
            }
            Ok(())
        });
    }
    tokio::time::sleep(Duration::from_secs(seconds)).await;
    is_over.store(true, Ordering::Relaxed);
    while let Some(ended) = clients.join_next().await {
        ended??;
    }
    let elapsed = clock.monotonic().saturating_sub(started).as_secs_f64();
    let answered = answered.load(Ordering::Relaxed);
    println!("{answered} requests in {elapsed:.2} s over {connections} connections: {:.0} requests/s", answered as f64 / elapsed);
    Ok(())
}
