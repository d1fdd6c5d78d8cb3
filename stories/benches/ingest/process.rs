//! A `purser serve` process in a scratch folder, and processor time and memory of processes, from `/proc`.

use std::io::{Error, ErrorKind};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use kernel::Clock;

/// How long a server may take until it answers.
const START_TIME_MAX: Duration = Duration::from_secs(60);
/// Clock ticks a second in `/proc/PID/stat`: fixed at 100 in Linux's interface to programs.
const TICKS_PER_SECOND: f64 = 100.0;

/// A server process; it is ended when this is dropped.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    program: PathBuf,
    data: PathBuf,
    /// Time from its start to its first answer.
    pub(crate) cold_start: Duration,
}

impl Server {
    /// Makes the data folder where it is not there, starts the server and waits for its first answer.
    ///
    /// # Errors
    /// Where a program fails or does not answer in time.
    pub(crate) fn start(program: &Path, data: &Path, port: u16, extra: &[&str]) -> Result<Self, Error> {
        if !data.join("passphrase").exists() {
            run(program, data, &["init"])?;
        }
        let clock = Clock::system();
        let begun = clock.monotonic();
        let log = std::fs::File::create(data.join("serve.log"))?;
        let listen = format!("127.0.0.1:{port}");
        let child = Command::new(program)
            .args(["serve", "--listen", &listen, "--public-url", &format!("https://localhost:{port}"), "--data"])
            .arg(data)
            .args(extra)
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()?;
        let mut server = Self { child, program: program.into(), data: data.into(), cold_start: Duration::ZERO };
        let socket = data.join("purser.sock");
        while clock.monotonic().saturating_sub(begun) < START_TIME_MAX {
            if std::os::unix::net::UnixStream::connect(&socket).is_ok() && std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
                server.cold_start = clock.monotonic().saturating_sub(begun);
                return Ok(server);
            }
            if let Some(status) = server.child.try_wait()? {
                return Err(Error::other(format!("the server ended with {status}: {}", std::fs::read_to_string(data.join("serve.log"))?)));
            }
            std::thread::yield_now();
        }
        Err(Error::new(ErrorKind::TimedOut, "the server does not answer"))
    }

    /// Runs `purser` with these arguments on the server's data; its JSON answer.
    ///
    /// # Errors
    /// Where the program fails.
    pub(crate) fn purser(&self, arguments: &[&str]) -> Result<serde_json::Value, Error> {
        let output = run(&self.program, &self.data, arguments)?;
        serde_json::from_slice(&output).map_err(Error::other)
    }

    /// The process id.
    #[must_use]
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let ended = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        if ended.is_ok_and(|status| status.success()) {
            let _status = self.child.wait();
        }
    }
}

fn run(program: &Path, data: &Path, arguments: &[&str]) -> Result<Vec<u8>, Error> {
    let output = Command::new(program).args(arguments).arg("--data").arg(data).output()?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    Err(Error::other(format!("purser {arguments:?}: {}", String::from_utf8_lossy(&output.stderr))))
}

/// Processor time that a process has used so far, user and system.
///
/// # Errors
/// Where the process is gone.
pub(crate) fn cpu_seconds(process: u32) -> Result<f64, Error> {
    let text = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    let (_, after_name) = text.rsplit_once(") ").ok_or_else(|| Error::from(ErrorKind::InvalidData))?;
    let fields: Vec<_> = after_name.split(' ').collect();
    // proc(5): fields 14 and 15, counted from the process id; the name is the second.
    let ticks = |place: usize| fields.get(place).and_then(|field| field.parse::<f64>().ok()).unwrap_or(0.0);
    Ok((ticks(11) + ticks(12)) / TICKS_PER_SECOND)
}

/// Resident memory of a process, now and at its highest, in bytes.
///
/// # Errors
/// Where the process is gone.
pub(crate) fn memory_bytes(process: u32) -> Result<(u64, u64), Error> {
    let text = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let field = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap_or(0) * 1024
    };
    Ok((field("VmRSS:"), field("VmHWM:")))
}
