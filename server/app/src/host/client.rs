//! Reaches an installation: by its server's socket, or by opening it where none runs.

use std::io::{self, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use kernel::{Clock, Rng};
use serde::de::DeserializeOwned;
use serde_json::Value;
use words::{Language, Sentence, Speaks, sentence};

use super::{Request, answer};
use crate::config::{Config, ConfigError};
use crate::opened::{OpenError, Opened};

/// Largest answer that is read, in bytes.
pub const ANSWER_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Why nothing came of a request.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// It was refused; the sentence says why.
    #[error("{0}")]
    Refused(Sentence),
    /// No server answers.
    #[error("{}", self.sentence())]
    NoServer {
        /// The socket.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The server's answer breaks off or is none.
    #[error("{}", self.sentence())]
    Answer(PathBuf),
    /// The configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The installation cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
}

impl Speaks for HostError {
    fn sentence(&self) -> Sentence {
        match self {
            Self::Refused(sentence) => sentence.clone(),
            Self::NoServer { path, .. } => {
                sentence!("no server answers on {path}", "na {path} nie odpowiada żaden serwer", path = path.display())
            }
            Self::Answer(path) => sentence!(
                "the server on {path} gave no answer that can be understood",
                "serwer na {path} nie dał zrozumiałej odpowiedzi",
                path = path.display()
            ),
            Self::Config(error) => error.sentence(),
            Self::Open(error) => error.sentence(),
        }
    }
}

/// Sends a request in JSON to a server elsewhere, and gives back its answer, or says why there is none.
pub type Elsewhere = Arc<dyn Fn(String) -> Result<Value, Sentence> + Send + Sync>;

/// An installation that was reached. Cloning shares it.
#[derive(Clone)]
pub enum Installation {
    /// By the socket of the server that runs on it.
    Served(PathBuf),
    /// Opened by this program.
    Own(Box<Opened>),
    /// By the operators' address of its server.
    Elsewhere {
        /// The address.
        url: String,
        /// Who sends.
        send: Elsewhere,
    },
}

impl Installation {
    /// Reaches it.
    ///
    /// # Errors
    /// [`HostError::Open`].
    pub async fn reach(config: Config) -> Result<Self, HostError> {
        let socket = config.data.socket();
        if UnixStream::connect(&socket).is_ok() {
            return Ok(Self::Served(socket));
        }
        Ok(Self::Own(Box::new(Opened::open(config, Clock::system(), Rng::system()).await?)))
    }

    /// Asks for something and takes the answer that the request names.
    ///
    /// # Errors
    /// Every [`HostError`].
    pub async fn ask<T: DeserializeOwned>(&self, request: Request) -> Result<T, HostError> {
        let body = serde_json::to_value(&request).map_err(|error| HostError::Refused(Sentence::same(error.to_string())))?;
        let answered = match self {
            Self::Elsewhere { send, .. } => {
                let (send, body) = (Arc::clone(send), body.to_string());
                let exchanged = tokio::task::spawn_blocking(move || send(body)).await;
                exchanged.map_err(|error| HostError::Refused(Sentence::same(error.to_string())))?.map_err(HostError::Refused)?
            }
            Self::Own(opened) => answer(opened, body).await,
            Self::Served(socket) => {
                let (socket, bytes) = (socket.clone(), http("POST", web::admin::ADMIN_PATH, body.to_string().as_bytes()));
                let exchanged = tokio::task::spawn_blocking(move || exchange(&socket, &bytes)).await;
                exchanged.map_err(|error| HostError::Refused(Sentence::same(error.to_string())))??.1
            }
        };
        if let Some(error) = answered.get("error") {
            let said = |language: Language| error.get(language.name()).and_then(Value::as_str);
            let english = said(Language::English).ok_or_else(|| HostError::Answer(self.place()))?;
            return Err(HostError::Refused(Sentence::new(english, said(Language::Polish).unwrap_or(english))));
        }
        let ok = answered.get("ok").cloned().unwrap_or(Value::Null);
        serde_json::from_value(ok).map_err(|_other_shape| HostError::Answer(self.place()))
    }

    /// Closes what was opened.
    pub async fn leave(self) {
        if let Self::Own(opened) = self {
            opened.close().await;
        }
    }

    fn place(&self) -> PathBuf {
        match self {
            Self::Served(socket) => socket.clone(),
            Self::Own(opened) => opened.config().data.path().to_owned(),
            Self::Elsewhere { url, .. } => PathBuf::from(url),
        }
    }
}

/// One request, as [`Installation::ask`].
///
/// # Errors
/// Every [`HostError`].
pub async fn ask<T: DeserializeOwned>(config: &Config, request: Request) -> Result<T, HostError> {
    let installation = Installation::reach(config.clone()).await?;
    let answered = installation.ask(request).await;
    installation.leave().await;
    answered
}

/// What the server's health answer says, and whether it is a good one.
///
/// # Errors
/// [`HostError::NoServer`] and [`HostError::Answer`].
pub fn health(config: &Config) -> Result<(bool, Value), HostError> {
    let (status, body) = exchange(&config.data.socket(), &http("GET", "/health", b""))?;
    Ok((status == 200, body))
}

/// HTTP/1.0, because its answers end where the connection does.
fn http(method: &str, path: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!("{method} {path} HTTP/1.0\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n");
    [head.as_bytes(), body].concat()
}

fn exchange(socket: &Path, request: &[u8]) -> Result<(u16, Value), HostError> {
    let unreached = |source| HostError::NoServer { path: socket.to_owned(), source };
    let unclear = || HostError::Answer(socket.to_owned());
    let mut stream = UnixStream::connect(socket).map_err(unreached)?;
    stream.write_all(request).map_err(|_broken_off| unclear())?;
    let mut bytes = Vec::new();
    stream.take(ANSWER_BYTES_MAX).read_to_end(&mut bytes).map_err(|_broken_off| unclear())?;
    let text = String::from_utf8(bytes).map_err(|_not_text| unclear())?;
    let (head, body) = text.split_once("\r\n\r\n").ok_or_else(unclear)?;
    let status = head.split_ascii_whitespace().nth(1).and_then(|status| status.parse().ok()).ok_or_else(unclear)?;
    Ok((status, serde_json::from_str(body).map_err(|_not_json| unclear())?))
}
