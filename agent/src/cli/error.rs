//! Why a command failed: its exit code, and its sentence.

use std::error::Error;

use words::{Sentence, Speaks, sentence};

use crate::config::ConfigError;
use crate::host_identity::HostIdentityError;
use crate::outbox::OutboxError;
use crate::server_url::ServerUrlError;
use crate::session::SessionError;
use crate::state_dir::StateDirError;
use crate::transport::TransportError;
use crate::work::WorkError;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// The command line is wrong.
    #[error("{}", self.sentence())]
    Usage(Sentence),
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
    #[error("{}", self.sentence())]
    NotEnrolled,
    /// The host is enrolled.
    #[error("{}", self.sentence())]
    Enrolled(wire::ids::DeviceId),
    /// Standard input or output failed.
    #[error("{}", self.sentence())]
    Standard(#[from] std::io::Error),
}

impl Speaks for CliError {
    fn sentence(&self) -> Sentence {
        match self {
            Self::Usage(usage) => usage.clone().then("; ", &sentence!("see purser-agent --help", "zob. purser-agent --help")),
            Self::ServerUrl(error) => error.sentence(),
            Self::Config(error) => error.sentence(),
            Self::StateDir(error) => error.sentence(),
            Self::Work(error) => error.sentence(),
            Self::NotEnrolled => sentence!(
                "this host is not enrolled; the console's settings show the command for it",
                "ten host nie jest dołączony; potrzebne polecenie pokazują ustawienia w konsoli"
            ),
            Self::Enrolled(device) => sentence!(
                "this host is enrolled as {device} already; --replace enrols it anew",
                "ten host jest już dołączony jako {device}; --replace dołącza go na nowo"
            ),
            Self::Standard(_) => sentence!(
                "cannot read or write standard input or output",
                "nie można czytać standardowego wejścia albo pisać na standardowe wyjście"
            ),
        }
    }
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

/// What an error of the agent's, or of the network below it, says in every language.
pub(super) fn in_words(error: &(dyn Error + 'static)) -> Option<Sentence> {
    fn of<E: Speaks + Error + 'static>(error: &(dyn Error + 'static)) -> Option<Sentence> {
        error.downcast_ref::<E>().map(Speaks::sentence)
    }
    let own = of::<CliError>(error).or_else(|| of::<WorkError>(error)).or_else(|| of::<SessionError>(error));
    let below = || of::<TransportError>(error).or_else(|| of::<OutboxError>(error)).or_else(|| of::<StateDirError>(error));
    let host = || of::<HostIdentityError>(error).or_else(|| of::<ConfigError>(error)).or_else(|| of::<ServerUrlError>(error));
    own.or_else(below).or_else(host).or_else(|| network(error.downcast_ref()?))
}

fn network(error: &ureq::Error) -> Option<Sentence> {
    let own = error.to_string();
    Some(match error {
        ureq::Error::Io(error) => words::of_io_error(error),
        ureq::Error::HostNotFound => Sentence::new(own, "nie znaleziono hosta o tej nazwie"),
        ureq::Error::ConnectionFailed => Sentence::new(own, "nie udało się połączyć"),
        ureq::Error::Timeout(_) => Sentence::new(own, "upłynął czas oczekiwania"),
        _ => return None,
    })
}

/// What is wrong with the command line.
pub(super) fn misuse(error: &lexopt::Error) -> Sentence {
    let own = error.to_string();
    match error {
        lexopt::Error::MissingValue { option: Some(option) } => Sentence::new(own, format!("opcja {option} wymaga wartości")),
        lexopt::Error::UnexpectedOption(option) => Sentence::new(own, format!("nieznana opcja {option}")),
        lexopt::Error::UnexpectedArgument(value) => Sentence::new(own, format!("nieoczekiwany argument {value:?}")),
        lexopt::Error::UnexpectedValue { option, value } => Sentence::new(own, format!("opcja {option} nie przyjmuje wartości {value:?}")),
        lexopt::Error::NonUnicodeValue(value) => Sentence::new(own, format!("argument nie jest poprawnym Unicode: {value:?}")),
        lexopt::Error::MissingValue { option: None } => Sentence::new(own, "brakuje argumentu"),
        lexopt::Error::ParsingFailed { value, .. } => Sentence::new(own, format!("nie można odczytać argumentu {value:?}")),
        lexopt::Error::Custom(_) => Sentence::same(own),
    }
}
