//! Promise OR-6 over real TLS: a relay in the middle gets a challenge and nothing else.

use std::sync::{Arc, Mutex};

use agent::config::Config;
use agent::device::Device;
use agent::enrol::{Join, join};
use agent::host_identity::HostIdentity;
use agent::outbox::Outbox;
use agent::session::{Session, SessionError};
use agent::state_dir::StateDir;
use agent::transport::https::Https;
use agent::transport::{Method, Request, Transport as _, TransportError};
use agent::work::{Host, Parts, Worker};
use kernel::{Clock, Rng};
use seal::sign::SigningKey;
use wire::report::Digest;
use wire::state::State;

use crate::fake_server::FakeServer;
use crate::tls_listener::{Certificate, listen};
use crate::world::{identity, package};

struct FixedHost;

impl Host for FixedHost {
    fn collect(&mut self, _options: &collect::Options) -> Result<State, collect::RootError> {
        Ok(State { packages: Some(vec![package("canary-package", "1")]), ..State::default() })
    }

    fn identity(&mut self, _config: &Config) -> Result<HostIdentity, agent::host_identity::HostIdentityError> {
        Ok(identity(10))
    }
}

fn enrol(url: &str, server_key: Digest) -> Result<Device, SessionError> {
    let server: agent::server_url::ServerUrl = url.parse().unwrap();
    let mut session = Session::new(Https::new(&server).unwrap(), Clock::system(), Rng::system());
    let request = Join { server, server_key, token: FakeServer::enrolment_token(), host: identity(10), host_name: None };
    join(&mut session, request, &SigningKey::from_seed(Rng::system().bytes()))
}

fn worker(device: Device, folder: &std::path::Path) -> Worker<Https, FixedHost> {
    let dir = StateDir::open(folder).unwrap();
    let transport = Https::new(&device.server).unwrap();
    let (clock, rng, outbox) = (Clock::system(), Rng::system(), Outbox::open(dir).unwrap());
    Worker::new(Parts { config: Config::default(), device, outbox, transport, host: FixedHost, clock, rng })
}

fn server(certificate: &Certificate) -> Arc<Mutex<FakeServer>> {
    let mut server = FakeServer::new(Clock::system());
    server.certificates = vec![certificate.digest];
    Arc::new(Mutex::new(server))
}

#[test]
fn a_device_enrols_and_reports_over_tls_with_a_certificate_of_the_servers_own_making() {
    let certificate = Certificate::make();
    let server = server(&certificate);
    let listener = listen(&server, &Arc::new(Mutex::new(certificate)));
    let server_key = server.lock().unwrap().server_key();
    let device = enrol(&listener.url(), server_key).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut worker = worker(device, folder.path());
    worker.once().unwrap();
    worker.once().unwrap();
    assert_eq!(server.lock().unwrap().only().shapes, ["full", "check-in"]);
    let outlasts_quantum_computers = |exchange: &rustls::NamedGroup| *exchange == rustls::NamedGroup::X25519MLKEM768;
    assert!(listener.exchanges().iter().all(outlasts_quantum_computers) && !listener.exchanges().is_empty(), "{:?}", listener.exchanges());
}

#[test]
fn promise_or_6_a_relay_with_another_certificate_gets_a_challenge_and_nothing_else() {
    let certificate = Certificate::make();
    let server = server(&certificate);
    let honest = listen(&server, &Arc::new(Mutex::new(certificate)));
    // The relay passes everything on to the real server, and holds a valid certificate for the name.
    let relay = listen(&server, &Arc::new(Mutex::new(Certificate::make())));
    let server_key = server.lock().unwrap().server_key();
    assert!(matches!(enrol(&relay.url(), server_key), Err(SessionError::NotProven(_))));
    assert_eq!(relay.paths(), ["/api/v1/agent/challenge"], "neither the token nor a key went to the relay");

    let mut device = enrol(&honest.url(), server_key).unwrap();
    device.server = relay.url().parse().unwrap();
    let folder = tempfile::tempdir().unwrap();
    assert!(worker(device, folder.path()).once().is_err());
    assert_eq!(relay.paths(), ["/api/v1/agent/challenge"; 2]);
}

#[test]
fn promise_or_6_an_impostor_with_other_keys_gets_no_token() {
    let certificate = Certificate::make();
    let impostor = server(&certificate);
    let listener = listen(&impostor, &Arc::new(Mutex::new(certificate)));
    assert!(matches!(enrol(&listener.url(), Digest([3; 32])), Err(SessionError::NotProven(_))));
    assert_eq!(listener.paths(), ["/api/v1/agent/challenge"]);
}

#[test]
fn promise_or_6_a_certificate_that_changes_in_mid_session_is_proven_anew_before_the_report_goes_on() {
    let first = Certificate::make();
    let server = server(&first);
    let slot = Arc::new(Mutex::new(first));
    let listener = listen(&server, &slot);
    let server_key = server.lock().unwrap().server_key();
    let folder = tempfile::tempdir().unwrap();
    let mut worker = worker(enrol(&listener.url(), server_key).unwrap(), folder.path());
    worker.once().unwrap();

    let second = Certificate::make();
    let digest = second.digest;
    *slot.lock().unwrap() = second;
    assert!(worker.once().is_err(), "the key has not vouched for the new certificate");
    server.lock().unwrap().certificates = vec![digest];
    worker.once().unwrap();
    assert_eq!(server.lock().unwrap().only().shapes, ["full", "check-in"]);
}

#[test]
fn what_is_bound_to_no_certificate_cannot_be_sent() {
    let certificate = Certificate::make();
    let server = server(&certificate);
    let listener = listen(&server, &Arc::new(Mutex::new(certificate)));
    let mut transport = Https::new(&listener.url().parse().unwrap()).unwrap();
    let request = Request { method: Method::Post, path: "/x", bearer: None, content_encoding: None, body: b"canary" };
    assert!(matches!(transport.send(request), Err(TransportError::OtherCertificate)));
    assert!(listener.paths().is_empty());
}
