//! What the agent costs this host: memory of the first scan and at rest, processor time, size of the program.
//!
//! Runs the real program against a TLS listener in this process: `cargo bench -p agent --bench footprint`. Another build
//! is measured with `PURSER_AGENT=/path/to/purser-agent`, another time at rest with `PURSER_SECONDS=600`.

#![expect(clippy::unwrap_used, reason = "a measurement that cannot be taken should stop there")]

#[expect(dead_code, reason = "the tests use all of it, this program a part")]
#[path = "../tests/it/fake_server.rs"]
mod fake_server;
#[expect(dead_code, reason = "the tests use all of it, this program a part")]
#[path = "../tests/it/tls_listener.rs"]
mod tls_listener;

use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use fake_server::FakeServer;
use kernel::Clock;
use tls_listener::{Certificate, listen};

/// Ticks of `/proc/PID/stat` in a second, on every Linux that Rust supports.
const TICKS_PER_SECOND: f64 = 100.0;

fn main() {
    let program = std::env::var("PURSER_AGENT").unwrap_or_else(|_| env!("CARGO_BIN_EXE_purser-agent").into());
    let rest = Duration::from_secs(std::env::var("PURSER_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(60));
    let certificate = Certificate::make();
    let mut server = FakeServer::new(Clock::system());
    server.certificates = vec![certificate.digest];
    let key = server.server_key().to_string();
    let server = Arc::new(Mutex::new(server));
    let listener = listen(&server, &Arc::new(Mutex::new(certificate)));
    let scratch = tempfile::tempdir().unwrap();
    let (folder, config) = (scratch.path().join("agent"), scratch.path().join("config.toml"));
    std::fs::write(&config, "interval_seconds = 60\n").unwrap();
    let folder = folder.to_str().unwrap();
    let token = FakeServer::enrolment_token();
    let enrol = ["enrol", "--server", &listener.url(), "--token", &token, "--server-key", &key, "--state-dir", folder];
    assert!(Command::new(&program).args(enrol).status().unwrap().success());

    let run = ["run", "--state-dir", folder, "--config", config.to_str().unwrap()];
    let mut agent = Command::new(&program).args(run).stderr(Stdio::null()).spawn().unwrap();
    let reports = || server.lock().unwrap().devices.values().map(|known| known.shapes.len()).sum::<usize>();
    while reports() == 0 {
        pause(Duration::from_millis(50));
    }
    pause(Duration::from_secs(1));
    println!("program                    {:6.1} MB   {program}", std::fs::metadata(&program).unwrap().len() as f64 / 1e6);
    println!("first scan and full report {:6.1} MB peak, {:.2} s of processor time", memory_mb(&agent, "VmHWM"), seconds(&agent));
    println!("at rest afterwards         {:6.1} MB", memory_mb(&agent, "VmRSS"));
    let (before, reports_before) = (seconds(&agent), reports());
    pause(rest);
    let (used, scans) = (seconds(&agent) - before, reports() - reports_before);
    let part = 100.0 * used / rest.as_secs_f64();
    println!(
        "at rest for {:4} s          {:6.2} s of processor time ({part:.3} % of a core) with {scans} scans, one a minute",
        rest.as_secs(),
        used
    );
    if scans > 0 {
        println!("at the usual hour          {:7.4} % of a core", 100.0 * used / scans as f64 / 3600.0);
    }
    println!("at rest at the end         {:6.1} MB, peak {:.1} MB", memory_mb(&agent, "VmRSS"), memory_mb(&agent, "VmHWM"));
    agent.kill().unwrap();
    agent.wait().unwrap();
}

fn pause(time: Duration) {
    let (_keep_open, nothing) = std::sync::mpsc::channel::<()>();
    let _nothing_comes = nothing.recv_timeout(time);
}

fn memory_mb(agent: &Child, field: &str) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", agent.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(field)).unwrap();
    line.trim_matches(|c: char| !c.is_ascii_digit()).parse::<f64>().unwrap() * 1024.0 / 1e6
}

/// Processor time of the agent, in user and kernel mode.
fn seconds(agent: &Child) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", agent.id())).unwrap();
    let fields: Vec<&str> = stat.rsplit_once(") ").unwrap().1.split(' ').collect();
    (fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()) / TICKS_PER_SECOND
}
