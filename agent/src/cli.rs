//! The command line.
//!
//! Commands answer on standard output, events go to standard error, and the exit code says what kind of failure it was
//! (`help.txt` lists them). People are answered in their language; events, JSON and the server's own words stay English.

mod error;
mod status;

use std::ffi::OsString;
use std::io::{Read as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use collect::Options;
use kernel::{Clock, Rng};
use seal::token::{Token, TokenError, TokenKind};
use wire::report::Digest;
use wire::state::Kind;
use words::{Language, Sentence, sentence};

pub use self::error::CliError;
use self::error::{in_words, misuse};
use crate::config::Config;
use crate::device::Device;
use crate::enrol::{self, Join};
use crate::log::{self, Level};
use crate::outbox::{Outbox, canonical};
use crate::server_url::ServerUrl;
use crate::session::Session;
use crate::state_dir::{STATE_PATH, StateDir};
use crate::transport::https::Https;
use crate::work::{Host as _, Parts, RootHost, WorkError, Worker};

const HELP_EN: &str = include_str!("help.txt");
const HELP_PL: &str = include_str!("help.pl.txt");
/// Longest sleep at a time: the wall clock may have been set, or the host been asleep.
const SLEEP_MAX: Duration = Duration::from_secs(60);
/// Longest enrolment token on standard input, in bytes.
const TOKEN_BYTES_MAX: u64 = 1_024;

/// Runs the program with its arguments, without the program's name.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let language = Language::choose(&arguments, |name| std::env::var(name).ok());
    match run(arguments, language) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let said = words::chain(&error, in_words);
            let _nobody_listens = writeln!(std::io::stderr(), "purser-agent: {}", said.text(language));
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
    language: Option<String>,
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
                Long("language") => parsed.language = Some(parser.value()?.string()?),
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
            Some((name, _)) => Err(CliError::Usage(sentence!("this command takes no {name}", "to polecenie nie ma opcji {name}"))),
            None => Ok(()),
        }
    }
}

fn run(arguments: Vec<OsString>, language: Language) -> Result<(), CliError> {
    let arguments = Arguments::parse(arguments).map_err(|error| CliError::Usage(misuse(&error)))?;
    if let Some(unknown) = arguments.language.as_deref().filter(|name| Language::from_name(name).is_none()) {
        return Err(CliError::Usage(sentence!("--language is en or pl, not {unknown}", "--language to en lub pl, a nie {unknown}")));
    }
    if arguments.shows_help {
        let help = match language {
            Language::English => HELP_EN,
            Language::Polish => HELP_PL,
        };
        return say(help.trim_end());
    }
    if arguments.shows_version {
        return say(concat!("purser-agent ", env!("CARGO_PKG_VERSION")));
    }
    match arguments.command.as_deref() {
        Some("enrol") => enrol_host(&arguments, language),
        Some("run") => run_for_ever(&arguments),
        Some("once") => once(&arguments, language),
        Some("collect") => collect_host(&arguments),
        Some("status") => status::run(&arguments, language),
        Some(other) => Err(CliError::Usage(sentence!("there is no command {other:?}", "nie ma polecenia {other:?}"))),
        None => Err(CliError::Usage(sentence!("a command is missing", "brakuje polecenia"))),
    }
}

fn say(text: &str) -> Result<(), CliError> {
    writeln!(std::io::stdout().lock(), "{text}")?;
    Ok(())
}

fn enrol_host(arguments: &Arguments, language: Language) -> Result<(), CliError> {
    arguments.expect_only(&["--server", "--token", "--server-key", "--replace"])?;
    let missing = |name: &str| CliError::Usage(sentence!("enrol needs {name}", "polecenie enrol wymaga {name}"));
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
    let (id, tenant) = (device.device, device.tenant);
    say(
        sentence!("enrolled as {id} of {tenant} at {server}", "dołączono jako {id} w organizacji {tenant}, serwer {server}").text(language)
    )?;
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
        Ok(_) => Err(CliError::Usage(sentence!(
            "--token is a token of another kind; an enrolment token begins with prs_enr_",
            "--token jest tokenem innego rodzaju; token dołączania zaczyna się od prs_enr_"
        ))),
        Err(error) => Err(CliError::Usage(Sentence::new(
            format!("--token is not whole: {error}"),
            match error {
                TokenError::UnknownPrefix => "--token nie jest tokenem Pursera: powinien zaczynać się od prs_enr_",
                TokenError::Malformed => "--token jest niepełny albo zawiera obce znaki",
                TokenError::Checksum => "--token przepisano z błędem: nie zgadza się suma kontrolna",
                TokenError::SelfContained => "--token jest tokenem innego rodzaju",
            },
        ))),
    }
}

fn parse_server_key(text: &str) -> Result<Digest, CliError> {
    // People copy fingerprints with colons, blanks and capitals.
    let plain: String = text.chars().filter(|character| !matches!(character, ':' | ' ')).collect::<String>().to_ascii_lowercase();
    let plain = plain.strip_prefix("sha256").unwrap_or(&plain);
    plain.parse().map_err(|_| {
        CliError::Usage(sentence!(
            "--server-key must be the 64 hexadecimal characters that the console shows",
            "--server-key to 64 znaki szesnastkowe, które pokazuje konsola"
        ))
    })
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

fn once(arguments: &Arguments, language: Language) -> Result<(), CliError> {
    let mut worker = open_worker(arguments)?;
    worker.once()?;
    let sent = worker.outbox().position().sent.map_or_else(|| sentence!("nothing", "nic"), status::named);
    let device = worker.device().device;
    say(sentence!("sent as {device}", "wysłano jako {device}").then(": ", &sent).text(language))
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
        return Err(CliError::Usage(sentence!(
            "collect sends nothing and needs --print",
            "polecenie collect niczego nie wysyła i wymaga --print"
        )));
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
