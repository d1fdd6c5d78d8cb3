//! The border to the network: two ways of sending, which differ in whom they trust.
//!
//! [`Transport::probe`] speaks to whoever answers and tells which certificate that was; only a challenge goes that way.
//! [`Transport::send`] speaks to nobody but a holder of a certificate that a pinned instance key has vouched for.
//! There is no third way, and no switch that makes one.

pub mod https;

use std::time::Duration;

use wire::report::Digest;
use words::{Sentence, Speaks, sentence};

/// Largest answer that is read, in bytes.
pub const RESPONSE_BYTES_MAX: u64 = 1024 * 1024;
/// How long one exchange may take, from the name's look-up to the last byte.
pub const EXCHANGE_SECONDS_MAX: Duration = Duration::from_secs(60);

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Hands something in.
    Post,
}

/// A request.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// Method.
    pub method: Method,
    /// Path on the server, as in `/api/v1/agent/reports`.
    pub path: &'a str,
    /// The access token, if one is needed.
    pub bearer: Option<&'a str>,
    /// How the body is packed, if it is.
    pub content_encoding: Option<&'static str>,
    /// JSON, empty for `GET`.
    pub body: &'a [u8],
}

/// An answer, whatever its status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// How long the server asks to wait.
    pub retry_after: Option<Duration>,
    /// The body.
    pub body: Vec<u8>,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    /// Nobody answers, or the exchange broke off.
    #[error("{}", self.sentence())]
    Unreachable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The answer comes from a holder of another certificate.
    #[error("{}", self.sentence())]
    OtherCertificate,
    /// The answer is past [`RESPONSE_BYTES_MAX`].
    #[error("{}", self.sentence())]
    TooLarge,
}

impl Speaks for TransportError {
    fn sentence(&self) -> Sentence {
        match self {
            Self::Unreachable(_) => sentence!("the server cannot be reached", "serwer jest nieosiągalny"),
            Self::OtherCertificate => sentence!(
                "the server answers with a certificate that no pinned instance key has vouched for",
                "serwer odpowiada certyfikatem, za który nie ręczy żaden z przypiętych kluczy instancji"
            ),
            Self::TooLarge => sentence!(
                "the server's answer is larger than {RESPONSE_BYTES_MAX} bytes",
                "odpowiedź serwera ma więcej niż {RESPONSE_BYTES_MAX} bajtów"
            ),
        }
    }
}

/// Carries requests to one server.
pub trait Transport {
    /// Asks whoever answers, over a connection of its own, and tells the SHA-256 of the certificate met.
    ///
    /// # Errors
    /// [`TransportError`].
    fn probe(&mut self, request: Request<'_>) -> Result<(Response, Digest), TransportError>;

    /// From now on, [`Transport::send`] speaks to holders of these certificates only.
    fn bind(&mut self, certificates: &[Digest]);

    /// Asks over a connection to a holder of a bound certificate.
    ///
    /// # Errors
    /// [`TransportError`]; `OtherCertificate` before anything was sent where the certificate is another one.
    fn send(&mut self, request: Request<'_>) -> Result<Response, TransportError>;
}
