//! A data folder of its own, its server, its tenant, this host's agent.

use std::fs::File;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::api::Api;
use crate::program;
use crate::wait::until;

/// How long a server may take until it is ready, and until it has ended.
pub const TURN_TIME_MAX: Duration = Duration::from_secs(60);
/// Lines of a server's log that are shown of one that does not end.
const LAST_WORDS_LINES: usize = 40;

/// An installation in a scratch folder.
#[derive(Debug)]
pub struct Installation {
    folder: tempfile::TempDir,
    /// The loopback port that its server listens on.
    pub port: u16,
}

impl Installation {
    /// A folder and a port; `purser init` has not run.
    ///
    /// # Panics
    ///
    /// If there is no folder or no port to be had.
    #[must_use]
    pub fn bare() -> Self {
        Self { folder: tempfile::tempdir().expect("a scratch folder"), port: free_port() }
    }

    /// After `purser init`, which fetches no feeds by itself.
    ///
    /// # Panics
    ///
    /// If it fails.
    #[must_use]
    pub fn new() -> Self {
        let installation = Self::bare();
        installation.init(&[]);
        installation
    }

    /// Runs `purser init` on it.
    ///
    /// # Panics
    ///
    /// If it fails.
    pub fn init(&self, more: &[&str]) {
        let (listen, public_url) = (format!("127.0.0.1:{}", self.port), self.url());
        let mut arguments = vec!["init", "--offline", "--listen", &listen, "--public-url", &public_url];
        arguments.extend(more);
        expect_success(&arguments, &self.purser(&arguments));
    }

    /// The scratch folder, for whatever else a story writes.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The data folder.
    #[must_use]
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Where the server answers.
    #[must_use]
    pub fn url(&self) -> String {
        format!("https://localhost:{}", self.port)
    }

    /// Runs `purser` on the data folder until it ends.
    ///
    /// # Panics
    ///
    /// If it cannot be started.
    #[must_use]
    pub fn purser(&self, arguments: &[&str]) -> Output {
        Command::new(program("purser")).args(arguments).arg("--data").arg(self.data()).output().expect("purser runs")
    }

    /// Runs `purser … --output json`, which must succeed, and reads what it says.
    ///
    /// # Panics
    ///
    /// If it fails or does not speak JSON.
    #[must_use]
    pub fn purser_json(&self, arguments: &[&str]) -> Value {
        let arguments = [arguments, &["--output", "json"]].concat();
        let output = self.purser(&arguments);
        expect_success(&arguments, &output);
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("purser {arguments:?}: {error}"))
    }

    /// Starts the server and waits until it is ready.
    ///
    /// # Panics
    ///
    /// If it ends before, or is not ready in time.
    #[must_use]
    pub fn serve(&self) -> Server {
        let mut server = self.start(&[]);
        until("the server to be ready", TURN_TIME_MAX, || {
            if let Some(status) = server.ended() {
                panic!("the server ended with {status}: {}", server.log());
            }
            let health = self.purser(&["health"]);
            if health.status.success() { Ok(()) } else { Err(text(&health.stderr)) }
        });
        server
    }

    /// Starts the server and does not wait.
    ///
    /// # Panics
    ///
    /// If it cannot be started.
    #[must_use]
    pub fn start(&self, more: &[&str]) -> Server {
        let log = self.folder.path().join("serve.log");
        let file = File::create(&log).expect("a log file");
        let mut command = Command::new(program("purser"));
        command.arg("serve").arg("--data").arg(self.data()).args(more).stdin(Stdio::null()).stdout(Stdio::null()).stderr(file);
        Server { child: command.spawn().expect("purser runs"), log }
    }

    /// Makes a tenant: its number and its owner's set-up link.
    ///
    /// # Panics
    ///
    /// If that fails.
    #[must_use]
    pub fn tenant(&self, name: &str) -> (String, String) {
        let made = self.purser_json(&["tenant", "create", name]);
        (string(&made["tenant"]), string(&made["setup_link"]))
    }

    /// A client with an API token of these permissions.
    ///
    /// # Panics
    ///
    /// If none can be made.
    #[must_use]
    pub fn api(&self, tenant: &str, permissions: &[&str]) -> Api {
        let mut arguments = vec!["token", "create", "--tenant", tenant, "--name", "Story", "--kind", "api"];
        arguments.extend(permissions.iter().flat_map(|permission| ["--permission", permission]));
        let made = self.purser_json(&arguments);
        Api::new(self.port, &self.authority(), Some(string(&made["secret"])))
    }

    /// The installation's own authority, PEM.
    ///
    /// # Panics
    ///
    /// If it has none.
    #[must_use]
    pub fn authority(&self) -> String {
        let output = self.purser(&["trust-ca"]);
        expect_success(&["trust-ca"], &output);
        text(&output.stdout)
    }

    /// Runs `purser-agent` with a state folder of this name, and with this file of the host's own, until it ends.
    ///
    /// # Panics
    ///
    /// If it cannot be started.
    #[must_use]
    pub fn agent(&self, name: &str, config: &str, arguments: &[&str]) -> Output {
        let file = self.folder.path().join(format!("{name}.toml"));
        std::fs::write(&file, config).expect("the agent's file can be written");
        let state = self.folder.path().join(name);
        let mut command = Command::new(program("purser-agent"));
        command.args(arguments).arg("--config").arg(file).arg("--state-dir").arg(state);
        command.output().expect("purser-agent runs")
    }

    /// Enrols this host's agent with a new token and lets it report once: the device's id.
    ///
    /// # Panics
    ///
    /// If that fails.
    #[must_use]
    pub fn join(&self, tenant: &str, name: &str, config: &str) -> String {
        let made = self.purser_json(&["enrolment", "create", "--tenant", tenant]);
        let (token, key, url) = (string(&made["token"]), string(&made["server_key_fingerprint"]), self.url());
        let enrol = ["enrol", "--server", &url, "--token", &token, "--server-key", &key];
        let output = self.agent(name, config, &enrol);
        expect_success(&["enrol"], &output);
        let said = text(&output.stdout);
        let device = said.split_ascii_whitespace().find(|word| word.starts_with("dev_"));
        let device = device.unwrap_or_else(|| panic!("enrol does not name the device: {said}")).to_owned();
        self.report(name, config);
        device
    }

    /// Lets the agent collect and report once.
    ///
    /// # Panics
    ///
    /// If that fails.
    pub fn report(&self, name: &str, config: &str) {
        expect_success(&["once"], &self.agent(name, config, &["once"]));
    }
}

impl Default for Installation {
    fn default() -> Self {
        Self::new()
    }
}

/// A server process; it is killed when this is dropped.
#[derive(Debug)]
pub struct Server {
    child: Child,
    log: PathBuf,
}

impl Server {
    /// How it ended, if it has.
    ///
    /// # Panics
    ///
    /// If the operating system does not know the process.
    #[must_use]
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().expect("the process is ours")
    }

    /// Waits until it has ended by itself.
    ///
    /// # Panics
    ///
    /// If it does not end in time.
    pub fn wait(&mut self) -> ExitStatus {
        let log = self.log.clone();
        let last_words = move || {
            let said = std::fs::read_to_string(&log).unwrap_or_default();
            let lines: Vec<&str> = said.lines().rev().take(LAST_WORDS_LINES).collect();
            format!("it runs; it said last, the newest first:\n{}", lines.join("\n"))
        };
        until("the server to end", TURN_TIME_MAX, || self.ended().ok_or_else(&last_words))
    }

    /// Sends a signal and waits until it has ended.
    ///
    /// # Panics
    ///
    /// If it does not end in time.
    pub fn end(&mut self, signal: Signal) -> ExitStatus {
        kill_process(self.pid(), signal).expect("a process of ours takes a signal");
        self.wait()
    }

    /// Its process id.
    #[must_use]
    pub fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// What it has said so far.
    #[must_use]
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Ok(None) = self.child.try_wait() {
            // A story that ended well has ended its server in order; here only the process must not stay.
            let _has_ended_meanwhile = self.child.kill();
            let _status = self.child.wait();
        }
    }
}

/// A text value of JSON.
///
/// # Panics
///
/// If it is no text.
#[must_use]
pub fn string(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}

/// What a program printed.
#[must_use]
pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// # Panics
///
/// If a program did not end with 0; its last words say why.
pub fn expect_success(arguments: &[&str], output: &Output) {
    // Arguments may hold a token; the first names the command.
    let command = arguments.first().unwrap_or(&"");
    assert!(output.status.success(), "{command} ended with {}: {}{}", output.status, text(&output.stdout), text(&output.stderr));
}

/// A loopback port that nobody uses at this moment.
fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a loopback port");
    listener.local_addr().expect("its address").port()
}
