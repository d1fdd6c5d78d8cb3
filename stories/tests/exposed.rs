//! What a server shows to the network: its public address, the one for client certificates where it was asked for, and nothing else.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::Pid;
use stories::installation::{Installation, TURN_TIME_MAX};
use stories::program;
use stories::wait::until;

/// By this name a scanner is started by the story that reads it.
const SCAN: &str = "PURSER_STORY_SCAN";
const PUBLIC: u16 = 8_443;
const MUTUAL: u16 = 9_443;
/// A port that is not the server's, which the scan has to find.
const CONTROL: u16 = 7_001;
const SERVERS: Ipv4Addr = Ipv4Addr::new(10, 99, 0, 2);
/// What listens has this state in `/proc/net/tcp`; a socket of UDP that is bound the other one.
const LISTENING: &str = "0A";
const BOUND: &str = "07";
/// How long a connection may take to be opened or refused: both are next to each other.
const CONNECT_TIME_MAX: Duration = Duration::from_secs(2);

/// The ports on which a process listens, as its kernel knows them.
fn listens(process: Pid) -> BTreeSet<(&'static str, u16)> {
    let folder = format!("/proc/{}", process.as_raw_nonzero());
    let held = fs::read_dir(format!("{folder}/fd")).expect("the process is ours");
    let held: BTreeSet<String> = held
        .filter_map(|entry| fs::read_link(entry.ok()?.path()).ok())
        .filter_map(|target| Some(target.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned()))
        .collect();
    let mut ports = BTreeSet::new();
    for (table, kind, state) in [("tcp", "tcp", LISTENING), ("tcp6", "tcp", LISTENING), ("udp", "udp", BOUND), ("udp6", "udp", BOUND)] {
        let rows = fs::read_to_string(format!("{folder}/net/{table}")).unwrap_or_default();
        for row in rows.lines().skip(1) {
            let fields: Vec<&str> = row.split_ascii_whitespace().collect();
            let [_, local, _, is, _, _, _, _, _, inode, ..] = fields.as_slice() else { continue };
            if *is == state && held.contains(*inode) {
                let port = local.rsplit_once(':').and_then(|(_, port)| u16::from_str_radix(port, 16).ok());
                ports.insert((kind, port.expect("a port")));
            }
        }
    }
    ports
}

#[test]
fn promise_md_11_a_server_listens_on_its_public_address_and_on_nothing_else() {
    let installation = Installation::new();
    let server = installation.serve();
    assert_eq!(listens(server.pid()), BTreeSet::from([("tcp", installation.port)]));
    assert!(installation.data().join("purser.sock").exists(), "what is internal is on the socket");
}

/// A process in a network namespace of its own, which ends with the story.
struct Apart(Child);

impl Apart {
    fn start(command: &mut Command) -> Self {
        Self(command.spawn().expect("it starts"))
    }

    /// Runs `ip` in its namespace.
    fn ip(&self, arguments: &[&str]) {
        let namespace = format!("--net=/proc/{}/ns/net", self.0.id());
        let status = Command::new("nsenter").arg(namespace).arg("ip").args(arguments).status().expect("nsenter runs");
        assert!(status.success(), "ip {arguments:?}");
    }
}

impl Drop for Apart {
    fn drop(&mut self) {
        let _has_ended = self.0.kill();
        let _status = self.0.wait();
    }
}

fn apart(arguments: &[&str]) -> Command {
    let mut command = Command::new("unshare");
    command.arg("--net").arg("--").args(arguments);
    command
}

/// Whether this user may make network namespaces here; says so where not.
fn may_be_apart() -> bool {
    let may = apart(&["ip", "link", "set", "lo", "up"]).output().is_ok_and(|output| output.status.success());
    if !may {
        println!("skipped: network namespaces need root, and the programs unshare, nsenter and ip");
    }
    may
}

#[test]
fn promise_md_11_a_port_scan_from_another_namespace_finds_the_public_ports_only() {
    if !may_be_apart() {
        return;
    }
    let installation = Installation::bare();
    let (listen, mutual) = (format!("0.0.0.0:{PUBLIC}"), format!("0.0.0.0:{MUTUAL}"));
    let made = installation.purser(&["init", "--offline", "--listen", &listen, "--listen-mtls", &mutual]);
    assert!(made.status.success(), "{}", stories::installation::text(&made.stderr));
    let (purser, data) = (program("purser"), installation.data());
    let paths = [&purser, &data].map(|path| path.to_str().expect("UTF-8"));
    let server = Apart::start(apart(&[paths[0], "serve", "--data", paths[1]]).stdout(Stdio::null()).stderr(Stdio::null()));
    until("the server to be ready", TURN_TIME_MAX, || {
        let health = installation.purser(&["health"]);
        if health.status.success() { Ok(()) } else { Err(stories::installation::text(&health.stderr)) }
    });
    let test = std::env::current_exe().expect("this test's own program");
    let mut scan = apart(&[test.to_str().expect("UTF-8"), "--exact", "scans", "--nocapture"]);
    let mut scanner = Apart::start(scan.env(SCAN, SERVERS.to_string()).stdin(Stdio::piped()).stdout(Stdio::piped()));
    // It says this when it is in its namespace and waits.
    let mut said = BufReader::new(scanner.0.stdout.take().expect("piped")).lines();
    said.find(|line| line.as_ref().is_ok_and(|line| line.ends_with("waits"))).expect("it waits").expect("a line");

    scanner.ip(&["link", "add", "scanner", "type", "veth", "peer", "name", "server", "netns", &server.0.id().to_string()]);
    for (side, device, address) in [(&scanner, "scanner", "10.99.0.1/30"), (&server, "server", "10.99.0.2/30")] {
        side.ip(&["addr", "add", address, "dev", device]);
        side.ip(&["link", "set", device, "up"]);
        side.ip(&["link", "set", "lo", "up"]);
    }
    // The control: something else that listens beside the server is found.
    let namespace = format!("--net=/proc/{}/ns/net", server.0.id());
    let mut control = Command::new("nsenter");
    control.arg(namespace).arg(std::env::current_exe().expect("this test's own program")).args(["--exact", "scans", "--nocapture"]);
    let mut control = Apart::start(control.env(SCAN, "listen").stdin(Stdio::piped()).stdout(Stdio::piped()));
    let mut ready = BufReader::new(control.0.stdout.take().expect("piped")).lines();
    ready.find(|line| line.as_ref().is_ok_and(|line| line.ends_with("waits"))).expect("it listens").expect("a line");

    scanner.0.stdin.take().expect("piped").write_all(b"go\n").expect("it reads");
    let found = said.find_map(|line| line.expect("a line").split_once("open: ").map(|(_, ports)| ports.to_owned()));
    assert_eq!(found.as_deref(), Some(format!("{CONTROL} {PUBLIC} {MUTUAL}").as_str()));
}

/// Not a story: the part of one that runs in another namespace. By itself it does nothing.
#[test]
fn scans() {
    let Ok(whom) = std::env::var(SCAN) else { return };
    let mut line = String::new();
    if whom == "listen" {
        let _listener = std::net::TcpListener::bind((Ipv4Addr::UNSPECIFIED, CONTROL)).expect("a port");
        println!("waits");
        std::io::stdin().read_line(&mut line).expect("its story");
        return;
    }
    let whom: Ipv4Addr = whom.parse().expect("an address");
    println!("waits");
    std::io::stdin().read_line(&mut line).expect("its story");
    let is_open = |port: &u16| TcpStream::connect_timeout(&SocketAddr::from((whom, *port)), CONNECT_TIME_MAX).is_ok();
    let open: Vec<String> = (1..=u16::MAX).filter(is_open).map(|port| port.to_string()).collect();
    println!("open: {}", open.join(" "));
}
