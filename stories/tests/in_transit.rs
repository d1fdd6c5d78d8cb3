//! Promises OP-13, OP-14 and MD-1: what travels between agents, programs and the server is encrypted.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::fs::MetadataExt as _;
use std::sync::{Arc, Mutex};
use std::thread;

use rustix::process::Signal;
use stories::api::Api;
use stories::installation::{Installation, Server, expect_success, string, text};

/// Kinds of TLS records: change of cipher, alert, handshake, application data. RFC 8446 section 5.1.
const RECORDS: std::ops::RangeInclusive<u8> = 20..=23;
const APPLICATION_DATA: u8 = 23;
/// `TCP_LISTEN` in `/proc/net/tcp`.
const LISTENING: &str = "0A";

/// What went one way over one connection.
type Flow = Arc<Mutex<Vec<u8>>>;

/// A wire-tap: hands on whatever passes, and keeps all of it.
struct Tap {
    port: u16,
    flows: Arc<Mutex<Vec<Flow>>>,
}

impl Tap {
    fn before(port: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let own_port = listener.local_addr().expect("its address").port();
        let flows: Arc<Mutex<Vec<Flow>>> = Arc::default();
        let kept = Arc::clone(&flows);
        thread::spawn(move || {
            for client in listener.incoming() {
                let client = client.expect("a connection");
                let server = TcpStream::connect(("127.0.0.1", port)).expect("the server listens");
                let (back, forth) = (client.try_clone().expect("a handle"), server.try_clone().expect("a handle"));
                for (from, to) in [(client, server), (forth, back)] {
                    let flow = Flow::default();
                    kept.lock().expect("not poisoned").push(Arc::clone(&flow));
                    thread::spawn(move || carry(from, to, &flow));
                }
            }
        });
        Self { port: own_port, flows }
    }

    fn url(&self) -> String {
        format!("https://localhost:{}", self.port)
    }

    fn flows(&self) -> Vec<Vec<u8>> {
        self.flows.lock().expect("not poisoned").iter().map(|flow| flow.lock().expect("not poisoned").clone()).collect()
    }
}

fn carry(mut from: TcpStream, mut to: TcpStream, flow: &Mutex<Vec<u8>>) {
    let mut buffer = [0; 16 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        flow.lock().expect("not poisoned").extend(&buffer[..length]);
        if to.write_all(&buffer[..length]).is_err() {
            break;
        }
    }
    let _gone_already = to.shutdown(Shutdown::Write);
}

/// The kinds of the TLS records that a flow consists of; none where anything in it is no record. Its end may be cut off.
fn records(mut flow: &[u8]) -> Option<Vec<u8>> {
    let mut kinds = Vec::new();
    while let [kind, 3, 0..=4, high, low, rest @ ..] = flow {
        if !RECORDS.contains(kind) {
            return None;
        }
        kinds.push(*kind);
        flow = rest.get(usize::from(u16::from_be_bytes([*high, *low]))..).unwrap_or_default();
    }
    (flow.len() < 5).then_some(kinds)
}

fn holds(bytes: &[u8], canary: &str) -> bool {
    bytes.windows(canary.len()).any(|window| window.eq_ignore_ascii_case(canary.as_bytes()))
}

/// The ports on which a process listens for TCP, as the operating system knows them.
fn listening_ports(server: &Server) -> Vec<u16> {
    let process = format!("/proc/{}", server.pid().as_raw_nonzero());
    let descriptors = std::fs::read_dir(format!("{process}/fd")).expect("its descriptors");
    let own: Vec<String> =
        descriptors.filter_map(|entry| std::fs::metadata(entry.ok()?.path()).ok()).map(|file| file.ino().to_string()).collect();
    let tables = ["tcp", "tcp6"].map(|table| std::fs::read_to_string(format!("{process}/net/{table}")).unwrap_or_default());
    let listening = tables.iter().flat_map(|table| table.lines()).filter_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let (address, state, inode) = (fields.get(1)?, fields.get(3)?, fields.get(9)?);
        let (_, port) = address.rsplit_once(':')?;
        (*state == LISTENING && own.iter().any(|known| known == inode)).then(|| u16::from_str_radix(port, 16).expect("a port"))
    });
    listening.collect()
}

#[test]
fn promise_op_13_and_op_14_what_agents_and_programs_exchange_with_the_server_is_ciphertext() {
    let installation = Installation::new();
    let mut server = installation.serve();
    let (tenant, _link) = installation.tenant("Canary Mills");
    let tap = Tap::before(installation.port);

    let made = installation.purser_json(&["enrolment", "create", "--tenant", &tenant]);
    let (token, key, url) = (string(&made["token"]), string(&made["server_key_fingerprint"]), tap.url());
    let enrol = ["enrol", "--server", &url, "--token", &token, "--server-key", &key];
    expect_success(&["enrol"], &installation.agent("agent", "", &enrol));
    installation.report("agent", "");
    let made = installation.purser_json(&[
        "token",
        "create",
        "--tenant",
        &tenant,
        "--name",
        "Story",
        "--kind",
        "api",
        "--permission",
        "devices:read",
    ]);
    let secret = string(&made["secret"]);
    let api = Api::new(tap.port, &installation.authority(), Some(secret.clone()));
    let devices = api.read("/devices");
    let device = string(&devices["items"][0]["device"]);

    let copy = installation.agent("agent", "", &["status"]);
    assert!(text(&copy.stdout).contains("received"), "the control: the report went over the tap: {}", text(&copy.stdout));
    let flows = tap.flows();
    for flow in flows.iter().filter(|flow| !flow.is_empty()) {
        let kinds = records(flow).unwrap_or_else(|| panic!("a flow begins or goes on in plain text: {:?}", flow.get(..32)));
        assert!(kinds.contains(&APPLICATION_DATA), "{kinds:?}");
    }
    let all = flows.concat();
    for canary in [&token, &secret, &device, "HTTP/1.1", "authorization", "/api/v1/", "base-files", "Canary Mills"] {
        assert!(!holds(&all, canary), "{canary} was read on the way");
    }
    // The control: the search finds what does travel in clear, the name in the first message of TLS.
    assert!(flows.len() >= 6 && all.len() > 10_000 && holds(&all, "localhost"), "{} flows, {} bytes", flows.len(), all.len());
    assert!(server.end(Signal::TERM).success());
}

#[test]
fn promise_op_13_a_server_listens_on_one_port_and_that_one_answers_no_plain_text() {
    let installation = Installation::new();
    let mut server = installation.serve();
    let ports = listening_ports(&server);
    assert_eq!(ports, [installation.port]);
    for port in ports {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("it listens");
        stream.write_all(b"GET /api/openapi.json HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").expect("it is written");
        let mut answer = Vec::new();
        let _reset = stream.read_to_end(&mut answer);
        assert!(answer.is_empty() || records(&answer).is_some(), "{}", text(&answer));
    }
    assert!(server.end(Signal::TERM).success());
}

#[test]
fn promise_op_13_an_agent_that_is_given_a_plaintext_address_ends_with_an_error_and_connects_to_nobody() {
    let installation = Installation::new();
    let mut server = installation.serve();
    let (tenant, _link) = installation.tenant("Story");
    let tap = Tap::before(installation.port);
    let made = installation.purser_json(&["enrolment", "create", "--tenant", &tenant]);
    let (token, key, url) = (string(&made["token"]), string(&made["server_key_fingerprint"]), tap.url().replace("https", "http"));
    let refused = installation.agent("agent", "", &["enrol", "--server", &url, "--token", &token, "--server-key", &key]);
    assert!(!refused.status.success() && text(&refused.stderr).contains("use https://"), "{}", text(&refused.stderr));
    assert!(tap.flows().is_empty(), "not a byte was sent");
    assert!(server.end(Signal::TERM).success());
}
