//! The command line.
//!
//! Commands answer on standard output, events go to standard error, and the exit code says what kind of failure it was
//! (`help.txt` lists them).

use std::ffi::OsString;
use std::io::{Read as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use collect::Options;
use kernel::{Clock, Rng};
use seal::token::{Token, TokenKind};
use wire::report::Digest;
use wire::state::{Kind, State};

use crate::config::{Config, ConfigError};
use crate::device::Device;
use crate::enrol::{self, Join};
use crate::host_identity::HostIdentityError;
use crate::log::{self, Level, causes};
use crate::outbox::{INSPECTION_COPY_FILE, Outbox, OutboxError, Shape, canonical};
use crate::server_url::{ServerUrl, ServerUrlError};
use crate::session::{Session, SessionError};
use crate::state_dir::{STATE_PATH, StateDir, StateDirError};
use crate::transport::TransportError;
use crate::transport::https::Https;
use crate::work::{Host as _, Parts, RootHost, WorkError, Worker};

const HELP: &str = include_str!("help.txt");
/// Longest sleep at a time: the wall clock may have been set, or the host been asleep.
const SLEEP_MAX: Duration = Duration::from_secs(60);
/// Longest enrolment token on standard input, in bytes.
const TOKEN_BYTES_MAX: u64 = 1_024;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// The command line is wrong.
    #[error("{0}; see purser-agent --help")]
    Usage(String),
    /// The server's address is wrong.
    #[error(transparent)]
    ServerUrl(#[from] ServerUrlError),
    /// The host's own file is wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The agent's folder failed.
    #[error(transparent)]
    StateDir(#[from] StateDirError),
    /// The work failed.
    #[error(transparent)]
    Work(#[from] WorkError),
    /// The host is not enrolled.
    #[error("this host is not enrolled; the console's settings show the command for it")]
    NotEnrolled,
    /// The host is enrolled.
    #[error("this host is enrolled as {0} already; --replace enrols it anew")]
    Enrolled(wire::ids::DeviceId),
    /// Standard input or output failed.
    #[error("cannot read or write standard input or output")]
    Standard(#[from] std::io::Error),
}

impl From<OutboxError> for CliError {
    fn from(error: OutboxError) -> Self {
        WorkError::from(error).into()
    }
}

impl From<SessionError> for CliError {
    fn from(error: SessionError) -> Self {
        WorkError::from(error).into()
    }
}

impl From<HostIdentityError> for CliError {
    fn from(error: HostIdentityError) -> Self {
        WorkError::from(error).into()
    }
}

impl CliError {
    /// The exit code, as the help lists it.
    #[must_use]
    pub const fn exit_code(&self) -> u8 {
        match self {
            Self::Usage(_) | Self::ServerUrl(_) => 2,
            Self::Config(_) | Self::Work(WorkError::HostIdentity(HostIdentityError::OwnId(_) | HostIdentityError::OwnIdShape)) => 3,
            Self::NotEnrolled | Self::Enrolled(_) => 6,
            Self::Work(WorkError::Session(error)) => match error {
                SessionError::NotProven(_) | SessionError::Transport(TransportError::OtherCertificate) => 5,
                SessionError::NoCommonSchema { .. } => 8,
                error if error.is_temporary() => 4,
                SessionError::Transport(_) | SessionError::Malformed { .. } => 4,
                SessionError::Refused(_) | SessionError::NeverSatisfied => 7,
            },
            Self::StateDir(_) | Self::Work(_) | Self::Standard(_) => 1,
        }
    }
}

/// Runs the program with its arguments, without the program's name.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    match run(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _nobody_listens = writeln!(std::io::stderr(), "purser-agent: {}", causes(&error));
            ExitCode::from(error.exit_code())
        }
    }
}

#[derive(Default)]
struct Arguments {
    command: Option<String>,
    config: Option<PathBuf>,
    state_dir: Option<PathBuf>,
    server: Option<String>,
    token: Option<String>,
    server_key: Option<String>,
    root: Option<PathBuf>,
    replaces: bool,
    prints: bool,
    shows_help: bool,
    shows_version: bool,
}

impl Arguments {
    fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Self, lexopt::Error> {
        use lexopt::prelude::*;
        let mut parsed = Self::default();
        let mut parser = lexopt::Parser::from_args(arguments);
        while let Some(argument) = parser.next()? {
            match argument {
                Long("config") => parsed.config = Some(parser.value()?.into()),
                Long("state-dir") => parsed.state_dir = Some(parser.value()?.into()),
                Long("server") => parsed.server = Some(parser.value()?.string()?),
                Long("token") => parsed.token = Some(parser.value()?.string()?),
                Long("server-key") => parsed.server_key = Some(parser.value()?.string()?),
                Long("root") => parsed.root = Some(parser.value()?.into()),
                Long("replace") => parsed.replaces = true,
                Long("print") => parsed.prints = true,
                Long("help") | Short('h') => parsed.shows_help = true,
                Long("version") | Short('V') => parsed.shows_version = true,
                Value(command) if parsed.command.is_none() => parsed.command = Some(command.string()?),
                other => return Err(other.unexpected()),
            }
        }
        Ok(parsed)
    }

    fn state_path(&self) -> PathBuf {
        self.state_dir.clone().unwrap_or_else(|| PathBuf::from(STATE_PATH))
    }

    /// Refuses options that the command does not take: a forgotten `once --root` must not collect something else.
    fn expect_only(&self, allowed: &[&str]) -> Result<(), CliError> {
        let given = [
            ("--server", self.server.is_some()),
            ("--token", self.token.is_some()),
            ("--server-key", self.server_key.is_some()),
            ("--replace", self.replaces),
            ("--root", self.root.is_some()),
            ("--print", self.prints),
        ];
        match given.iter().find(|(name, is_given)| *is_given && !allowed.contains(name)) {
            Some((name, _)) => Err(CliError::Usage(format!("this command takes no {name}"))),
            None => Ok(()),
        }
    }
}

fn run(arguments: impl IntoIterator<Item = OsString>) -> Result<(), CliError> {
    let arguments = Arguments::parse(arguments).map_err(|error| CliError::Usage(error.to_string()))?;
    if arguments.shows_help {
        return say(HELP.trim_end());
    }
    if arguments.shows_version {
        return say(concat!("purser-agent ", env!("CARGO_PKG_VERSION")));
    }
    match arguments.command.as_deref() {
        Some("enrol") => enrol_host(&arguments),
        Some("run") => run_for_ever(&arguments),
        Some("once") => once(&arguments),
        Some("collect") => collect_host(&arguments),
        Some("status") => status(&arguments),
        Some(other) => Err(CliError::Usage(format!("there is no command {other:?}"))),
        None => Err(CliError::Usage("a command is missing".into())),
    }
}

fn say(text: &str) -> Result<(), CliError> {
    writeln!(std::io::stdout().lock(), "{text}")?;
    Ok(())
}

fn enrol_host(arguments: &Arguments) -> Result<(), CliError> {
    arguments.expect_only(&["--server", "--token", "--server-key", "--replace"])?;
    let missing = |name: &str| CliError::Usage(format!("enrol needs {name}"));
    let server: ServerUrl = arguments.server.as_deref().ok_or_else(|| missing("--server"))?.parse()?;
    let server_key = parse_server_key(arguments.server_key.as_deref().ok_or_else(|| missing("--server-key"))?)?;
    let token = read_token(arguments.token.as_deref().ok_or_else(|| missing("--token"))?)?;
    let config = Config::load(arguments.config.as_deref())?;
    let dir = StateDir::open(&arguments.state_path())?;
    if let Some(device) = Device::load(&dir)?.filter(|_| !arguments.replaces) {
        return Err(CliError::Enrolled(device.device));
    }
    let mut outbox = Outbox::open(dir)?;
    let (clock, rng) = (Clock::system(), Rng::system());
    let mut host = RootHost::new("/".into());
    let identity = host.identity(&config)?;
    let off: Vec<Kind> = Kind::ALL.into_iter().filter(|kind| *kind != Kind::HostName || config.kinds_off.contains(kind)).collect();
    let host_name = host.collect(&Options { kinds_off: off, ..Options::default() }).map_err(WorkError::from)?.host_name;
    let mut session = Session::new(Https::new(&server)?, clock.clone(), rng.clone());
    let key = enrol::key_for(outbox.dir(), &identity, &rng)?;
    let device = enrol::join(&mut session, Join { server: server.clone(), server_key, token, host: identity, host_name }, &key)?;
    outbox.forget()?;
    device.save(outbox.dir())?;
    say(&format!("enrolled as {} of {} at {server}", device.device, device.tenant))?;
    // Signing in now shows that everything works, and learns what the server wishes before the first collection.
    let transport = Https::new(&server)?;
    Ok(Worker::new(Parts { config, device, outbox, transport, host, clock, rng }).sign_in()?)
}

fn read_token(text: &str) -> Result<String, CliError> {
    let mut token = text.to_owned();
    if text == "-" {
        token.clear();
        std::io::stdin().lock().take(TOKEN_BYTES_MAX).read_to_string(&mut token)?;
    }
    let token = token.trim().to_owned();
    match Token::parse(&token) {
        Ok(parsed) if parsed.kind() == TokenKind::Enrolment => Ok(token),
        Ok(_) => Err(CliError::Usage("--token is a token of another kind; an enrolment token begins with prs_enr_".into())),
        Err(error) => Err(CliError::Usage(format!("--token is not whole: {error}"))),
    }
}

fn parse_server_key(text: &str) -> Result<Digest, CliError> {
    // People copy fingerprints with colons, blanks and capitals.
    let plain: String = text.chars().filter(|character| !matches!(character, ':' | ' ')).collect::<String>().to_ascii_lowercase();
    let plain = plain.strip_prefix("sha256").unwrap_or(&plain);
    plain.parse().map_err(|_| CliError::Usage("--server-key must be the 64 hexadecimal characters that the console shows".into()))
}

fn open_worker(arguments: &Arguments) -> Result<Worker<Https, RootHost>, CliError> {
    arguments.expect_only(&[])?;
    let config = Config::load(arguments.config.as_deref())?;
    let path = arguments.state_path();
    if !path.exists() {
        return Err(CliError::NotEnrolled);
    }
    let dir = StateDir::open(&path)?;
    let device = Device::load(&dir)?.ok_or(CliError::NotEnrolled)?;
    let transport = Https::new(&device.server)?;
    let (clock, rng, host) = (Clock::system(), Rng::system(), RootHost::new("/".into()));
    Ok(Worker::new(Parts { config, device, outbox: Outbox::open(dir)?, transport, host, clock, rng }))
}

fn once(arguments: &Arguments) -> Result<(), CliError> {
    let mut worker = open_worker(arguments)?;
    worker.once()?;
    let sent = worker.outbox().position().sent.map_or("nothing", Shape::name);
    say(&format!("sent as {}: {sent}", worker.device().device))
}

fn run_for_ever(arguments: &Arguments) -> Result<(), CliError> {
    let mut worker = open_worker(arguments)?;
    log::line(Level::Info, "agent.started", &[("device.id", &worker.device().device), ("version", &env!("CARGO_PKG_VERSION"))]);
    loop {
        let idle = worker.step()?;
        // Nobody unparks this thread; a stop signal ends the process, and every file is whole at any moment.
        std::thread::park_timeout(idle.clamp(Duration::from_secs(1), SLEEP_MAX));
    }
}

fn collect_host(arguments: &Arguments) -> Result<(), CliError> {
    arguments.expect_only(&["--print", "--root"])?;
    if !arguments.prints {
        return Err(CliError::Usage("collect sends nothing and needs --print".into()));
    }
    let config = Config::load(arguments.config.as_deref())?;
    let root = arguments.root.clone().unwrap_or_else(|| PathBuf::from("/"));
    let own_system_id = config.system_id.is_some();
    let state =
        collect::collect(&Options { root, kinds_off: config.kinds_off, own_system_id, run_tools: true }).map_err(WorkError::from)?;
    let mut output = std::io::stdout().lock();
    output.write_all(&canonical(&state))?;
    output.write_all(b"\n")?;
    Ok(())
}

fn status(arguments: &Arguments) -> Result<(), CliError> {
    arguments.expect_only(&[])?;
    let config = Config::load(arguments.config.as_deref())?;
    let dir = StateDir::at(&arguments.state_path());
    let device = Device::load(&dir)?.ok_or(CliError::NotEnrolled)?;
    let copy: Option<State> = dir.read_json(INSPECTION_COPY_FILE)?;
    let copy_path = dir.path(INSPECTION_COPY_FILE);
    let outbox = Outbox::open(dir)?;
    let position = outbox.position();
    let mut lines = vec![format!("device            {} of {} at {}", device.device, device.tenant, device.server)];
    match (&position.receipt, position.sent) {
        (Some(receipt), Some(sent)) => {
            let shape = if sent == Shape::CheckIn { "check-in (digest only, the inspection copy was left alone)" } else { sent.name() };
            lines.push(format!("last sent         {shape}, number {}, received {}", receipt.sequence, receipt.received_at));
            lines.push(format!("last receipt      {} for {} bytes", receipt.receipt, receipt.size_bytes));
            lines.push(format!("server holds      {}", receipt.stored));
        }
        _ => lines.push("last sent         nothing yet".into()),
    }
    lines.push(format!("waiting           {} (lost because the spool was full: {})", outbox.waiting(), position.gap));
    lines.push(match &copy {
        Some(copy) => format!("inspection copy   {} (SHA-256 {})", copy_path.display(), Digest(seal::hash::sha256(&canonical(copy)))),
        None => "inspection copy   none yet".into(),
    });
    let names = |kinds: &[Kind]| {
        if kinds.is_empty() { "nothing".into() } else { kinds.iter().map(|kind| kind.name()).collect::<Vec<_>>().join(", ") }
    };
    lines.push(format!("switched off      {}", names(&config.kinds_off)));
    for spot in copy.iter().flat_map(|copy| &copy.blind_spots) {
        lines.push(format!(
            "could not see     {} {}: {}",
            spot.kind.name(),
            spot.subject,
            serde_json::to_string(&spot.reason).unwrap_or_default()
        ));
    }
    say(&lines.join("\n"))
}
