//! Signing in: challenge, proof of the server, access token.
//!
//! The order is what keeps a relay out. The challenge is asked of whoever answers; its signature by a pinned instance
//! key covers our fresh nonce, the keys to pin from now on, and the certificates of the server. Only where the
//! certificate that answered is among them does anything else leave this host, and only over such connections.

use std::time::Duration;

use kernel::{Clock, Rng};
use seal::hash;
use seal::sign::{PublicKey, Signature};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use wire::Timestamp;
use wire::enrol::{self, AccessToken, Challenge, ChallengeRequest, InstanceKeys, TokenRequest};
use wire::report::{Digest, SCHEMA_MAX, SCHEMA_MIN, SchemaRange};
use wire::state::Kind;
use words::{Sentence, Speaks, sentence};

use crate::device::Device;
use crate::transport::{Method, Request, Response, Transport, TransportError};

/// How long before its end an access token is renewed.
const RENEW_BEFORE: Duration = Duration::from_secs(60);

/// Whom a challenge is trusted from.
#[derive(Clone, Copy, Debug)]
pub enum Trust {
    /// At enrolment: the key whose SHA-256 the enrolment command carries.
    Fingerprint(Digest),
    /// Afterwards: a pinned key.
    Pinned(InstanceKeys),
}

/// Why the server's answer cannot be worked with.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// There is no answer.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// Whoever answers is not the server that this device trusts.
    #[error("{}", self.sentence())]
    NotProven(Doubt),
    /// The server says no.
    #[error("{}", self.sentence())]
    Refused(Refusal),
    /// The answer is not understood.
    #[error("{}", self.sentence())]
    Malformed {
        /// What was asked.
        path: &'static str,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// The server asks for what it was just given.
    #[error("{}", self.sentence())]
    NeverSatisfied,
    /// The server reads other report schemas than this agent writes.
    #[error("{}", self.sentence())]
    NoCommonSchema {
        /// Oldest that the server reads.
        min: u16,
        /// Newest that the server reads.
        max: u16,
    },
}

/// What of the server's proof does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// Another key than the enrolment command names.
    Key,
    /// What stands where a signature should.
    Signature,
    /// The challenge is signed by none of the trusted keys.
    Challenge,
    /// The certificate met is not one that the challenge names.
    Certificate,
    /// The answer to the enrolment is signed by another key.
    Enrolment,
}

impl Speaks for Doubt {
    fn sentence(&self) -> Sentence {
        match self {
            Self::Key => sentence!(
                "its key is not the one that the enrolment command names",
                "jego klucz nie jest tym, który podaje polecenie dołączania"
            ),
            Self::Signature => sentence!("its signature is not one", "jego podpis nie jest podpisem"),
            Self::Challenge => {
                sentence!("no trusted key has signed its answer", "jego odpowiedzi nie podpisał żaden zaufany klucz")
            }
            Self::Certificate => sentence!(
                "its certificate is not one that its key vouches for, so somebody may be in the middle",
                "jego klucz nie ręczy za ten certyfikat, więc ktoś może pośredniczyć w połączeniu"
            ),
            Self::Enrolment => sentence!(
                "its answer to the enrolment is not signed by its key",
                "jego odpowiedź na dołączenie nie jest podpisana jego kluczem"
            ),
        }
    }
}

impl Speaks for SessionError {
    fn sentence(&self) -> Sentence {
        match self {
            Self::Transport(error) => error.sentence(),
            Self::NotProven(doubt) => {
                sentence!("the server could not prove who it is", "serwer nie dowiódł swojej tożsamości").then(": ", &doubt.sentence())
            }
            Self::Refused(refusal) => sentence!("the server refuses", "serwer odmawia").then(": ", &refusal.sentence()),
            Self::Malformed { path, .. } => {
                sentence!("the server's answer to {path} is not understood", "odpowiedź serwera na {path} jest niezrozumiała")
            }
            Self::NeverSatisfied => {
                sentence!("the server asks for the whole state again and again", "serwer raz po raz prosi o pełny stan")
            }
            Self::NoCommonSchema { min, max } => sentence!(
                "the server reads report schemas {min} to {max}, this agent writes {SCHEMA_MIN} to {SCHEMA_MAX}: update the older of the two",
                "serwer czyta schematy raportów od {min} do {max}, ten agent zapisuje od {SCHEMA_MIN} do {SCHEMA_MAX}: zaktualizuj starszy z nich"
            ),
        }
    }
}

/// A problem document (RFC 9457) with its status.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refusal {
    /// HTTP status.
    pub status: u16,
    /// The last part of the problem's `type`, as in `device-cloned`; empty where the answer was no problem document.
    pub kind: String,
    /// What it says to people.
    pub detail: String,
    /// How long the server asks to wait.
    pub retry_after: Option<Duration>,
}

/// The server's own words stay as they are: it speaks English.
impl Speaks for Refusal {
    fn sentence(&self) -> Sentence {
        let kind = if self.kind.is_empty() { sentence!("without a reason", "bez podania przyczyny") } else { Sentence::same(&self.kind) };
        let said = Sentence::same(self.status.to_string()).then(" ", &kind);
        if self.detail.is_empty() { said } else { said.then(" ", &Sentence::same(format!("({})", self.detail))) }
    }
}

impl SessionError {
    /// Whether the server refuses with this problem.
    #[must_use]
    pub fn is_problem(&self, kind: &str) -> bool {
        matches!(self, Self::Refused(refusal) if refusal.kind == kind)
    }

    /// Whether the same may well succeed later: nobody answers, or the server is busy or broken.
    #[must_use]
    pub const fn is_temporary(&self) -> bool {
        match self {
            Self::Transport(TransportError::Unreachable(_)) => true,
            Self::Refused(refusal) => refusal.status == 429 || refusal.status >= 500,
            _ => false,
        }
    }
}

/// What the server wishes; the host's own file beats it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// Time between two reports, in seconds.
    #[serde(default)]
    pub report_interval_seconds: Option<u64>,
    /// Kinds that the server wants at all; it can want less than the host gives, never more.
    #[serde(default)]
    pub kinds_wanted: Option<Vec<Kind>>,
}

/// A connection to the server, signed in or about to.
pub struct Session<T> {
    transport: T,
    clock: Clock,
    rng: Rng,
    token: Option<Token>,
    schema: u16,
    settings: Settings,
}

struct Token {
    text: String,
    renew_at: Timestamp,
}

impl<T: Transport> Session<T> {
    /// Prepares a session; nothing is sent.
    pub const fn new(transport: T, clock: Clock, rng: Rng) -> Self {
        Self {
            transport,
            clock,
            rng,
            token: None,
            schema: SCHEMA_MAX,
            settings: Settings { report_interval_seconds: None, kinds_wanted: None },
        }
    }

    /// The report schema that both sides know.
    pub const fn schema(&self) -> u16 {
        self.schema
    }

    /// What the server wishes, as of the last sign-in.
    pub const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The border to the network.
    pub const fn transport(&mut self) -> &mut T {
        &mut self.transport
    }

    /// Gets a challenge and proves the server; afterwards requests go to this server only.
    ///
    /// # Errors
    /// [`SessionError`]; `NotProven` where no trusted key vouches for this very connection.
    pub fn challenge(&mut self, trust: Trust) -> Result<Challenge, SessionError> {
        const PATH: &str = "/api/v1/agent/challenge";
        let nonce = Digest(self.rng.bytes());
        let body = to_json(PATH, &ChallengeRequest { nonce })?;
        let request = Request { method: Method::Post, path: PATH, bearer: None, content_encoding: None, body: &body };
        let (response, met) = self.transport.probe(request)?;
        let challenge: Challenge = read(PATH, response)?;
        prove(trust, nonce, &challenge, met)?;
        self.transport.bind(&challenge.certificates);
        Ok(challenge)
    }

    /// Asks the proven server.
    ///
    /// # Errors
    /// [`SessionError`].
    pub fn post<A: DeserializeOwned>(&mut self, path: &'static str, value: &impl Serialize) -> Result<A, SessionError> {
        let body = to_json(path, value)?;
        let request = Request { method: Method::Post, path, bearer: None, content_encoding: None, body: &body };
        read(path, self.transport.send(request)?)
    }

    /// Asks the proven server as the device.
    ///
    /// # Errors
    /// [`SessionError`]; the token is forgotten where the server no longer takes it, or where it has a new certificate.
    pub fn post_as_device<A: DeserializeOwned>(
        &mut self,
        path: &'static str,
        content_encoding: Option<&'static str>,
        body: &[u8],
    ) -> Result<A, SessionError> {
        let bearer = self.token.as_ref().map(|token| token.text.clone());
        let request = Request { method: Method::Post, path, bearer: bearer.as_deref(), content_encoding, body };
        let result = self.transport.send(request).map_err(SessionError::from).and_then(|response| read(path, response));
        if matches!(&result, Err(SessionError::Refused(refusal)) if refusal.status == 401) || is_other_certificate(&result) {
            self.token = None;
        }
        result
    }

    /// Whether there is an access token that is still good for a while.
    pub fn is_signed_in(&self) -> bool {
        self.token.as_ref().is_some_and(|token| self.clock.now() < token.renew_at)
    }

    /// Forgets the access token.
    pub fn sign_out(&mut self) {
        self.token = None;
    }

    /// Signs in as the device, learns the server's wishes and schema; tells the keys to pin where they changed.
    ///
    /// # Errors
    /// [`SessionError`].
    pub fn sign_in(&mut self, device: &Device) -> Result<Option<InstanceKeys>, SessionError> {
        const PATH: &str = "/api/v1/agent/token";
        let challenge = self.challenge(Trust::Pinned(device.instance_keys))?;
        let parts = enrol::token_parts(&challenge.challenge, device.device, device.host.fingerprint);
        let request = TokenRequest {
            tenant: device.tenant,
            device: device.device,
            challenge: challenge.challenge,
            fingerprint: device.host.fingerprint,
            signature: sign(&device.key(), enrol::CONTEXT_TOKEN, &parts),
        };
        let token: AccessToken = self.post(PATH, &request)?;
        // The server's clock counts; ours may be wrong, but it runs as fast.
        let lasts = token.expires_at.since(token.server_time).saturating_sub(RENEW_BEFORE);
        self.token = Some(Token { text: token.access_token, renew_at: self.clock.now().plus(lasts) });
        self.agree_on_schema()?;
        self.read_settings()?;
        Ok((challenge.instance_keys != device.instance_keys).then_some(challenge.instance_keys))
    }

    fn agree_on_schema(&mut self) -> Result<(), SessionError> {
        const PATH: &str = "/api/v1/agent/schema";
        let request = Request { method: Method::Get, path: PATH, bearer: None, content_encoding: None, body: &[] };
        let range: SchemaRange = read(PATH, self.transport.send(request)?)?;
        self.schema = common_schema(&range)?;
        Ok(())
    }

    fn read_settings(&mut self) -> Result<(), SessionError> {
        const PATH: &str = "/api/v1/agent/settings";
        let bearer = self.token.as_ref().map(|token| token.text.clone());
        let request = Request { method: Method::Get, path: PATH, bearer: bearer.as_deref(), content_encoding: None, body: &[] };
        match read(PATH, self.transport.send(request)?) {
            Ok(settings) => self.settings = settings,
            // A server without wishes is as good as one with.
            Err(SessionError::Refused(refusal)) if refusal.status == 404 => self.settings = Settings::default(),
            Err(error) => return Err(error),
        }
        Ok(())
    }
}

fn is_other_certificate<A>(result: &Result<A, SessionError>) -> bool {
    matches!(result, Err(SessionError::Transport(TransportError::OtherCertificate)))
}

/// The newest schema that both sides know: an agent that is newer than the server steps down.
///
/// # Errors
/// `NoCommonSchema`.
pub fn common_schema(range: &SchemaRange) -> Result<u16, SessionError> {
    let newest = range.schema_max.min(SCHEMA_MAX);
    if newest < range.schema_min.max(SCHEMA_MIN) {
        return Err(SessionError::NoCommonSchema { min: range.schema_min, max: range.schema_max });
    }
    Ok(newest)
}

/// Checks that a trusted key signed this challenge for this nonce, and that it vouches for the certificate met.
fn prove(trust: Trust, nonce: Digest, challenge: &Challenge, met: Digest) -> Result<(), SessionError> {
    let keys = match trust {
        Trust::Fingerprint(expected) => {
            let current = challenge.instance_keys.current;
            if hash::sha256(&current.0) != expected.0 {
                return Err(SessionError::NotProven(Doubt::Key));
            }
            vec![current]
        }
        Trust::Pinned(keys) => vec![keys.current, keys.next],
    };
    let signature = Signature::from_text(&challenge.signature.0).map_err(|_| SessionError::NotProven(Doubt::Signature))?;
    let parts = enrol::challenge_parts(nonce, &challenge.challenge, challenge.instance_keys, &challenge.certificates);
    let is_signed = |key: &Digest| PublicKey(key.0).verify(enrol::CONTEXT_CHALLENGE, &as_bytes(&parts), &signature).is_ok();
    if !keys.iter().any(is_signed) {
        return Err(SessionError::NotProven(Doubt::Challenge));
    }
    if challenge.certificates.len() > enrol::CHALLENGE_CERTIFICATES_MAX || !challenge.certificates.contains(&met) {
        return Err(SessionError::NotProven(Doubt::Certificate));
    }
    Ok(())
}

/// Signs named parts as the wire writes signatures.
pub(crate) fn sign(key: &seal::sign::SigningKey, context: &str, parts: &[String]) -> enrol::Signature {
    enrol::Signature(key.sign(context, &as_bytes(parts)).to_text())
}

pub(crate) fn as_bytes(parts: &[String]) -> Vec<&[u8]> {
    parts.iter().map(String::as_bytes).collect()
}

fn to_json(path: &'static str, value: &impl Serialize) -> Result<Vec<u8>, SessionError> {
    serde_json::to_vec(value).map_err(|source| SessionError::Malformed { path, source })
}

fn read<A: DeserializeOwned>(path: &'static str, response: Response) -> Result<A, SessionError> {
    #[derive(Default, Deserialize)]
    struct ProblemDocument {
        #[serde(default, rename = "type")]
        kind: String,
        #[serde(default)]
        detail: String,
    }
    if (200..300).contains(&response.status) {
        return serde_json::from_slice(&response.body).map_err(|source| SessionError::Malformed { path, source });
    }
    let problem: ProblemDocument = serde_json::from_slice(&response.body).unwrap_or_default();
    let kind = problem.kind.rsplit(['/', '#', ':']).next().unwrap_or_default().to_owned();
    // The detail is printed: control characters of a stranger must not reach the terminal.
    let detail = problem.detail.chars().filter(|character| !character.is_control()).take(500).collect();
    Err(SessionError::Refused(Refusal { status: response.status, kind, detail, retry_after: response.retry_after }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_newer_agent_steps_down_and_without_a_common_schema_says_so() {
        let range = |schema_min, schema_max| SchemaRange { schema_min, schema_max };
        assert_eq!(common_schema(&range(1, 1)).unwrap(), 1);
        assert_eq!(common_schema(&range(1, 9)).unwrap(), SCHEMA_MAX);
        assert!(matches!(common_schema(&range(SCHEMA_MAX + 1, SCHEMA_MAX + 2)), Err(SessionError::NoCommonSchema { .. })));
        assert!(matches!(common_schema(&range(0, SCHEMA_MIN - 1)), Err(SessionError::NoCommonSchema { .. })));
    }

    #[test]
    fn a_problem_is_named_by_the_end_of_its_type_and_cannot_write_to_the_terminal() {
        let body = br#"{"type":"https://purser.example.org/problems/device-cloned","detail":"a\u001b[2Jb"}"#.to_vec();
        let error = read::<Settings>("/x", Response { status: 409, retry_after: None, body }).unwrap_err();
        assert!(error.is_problem("device-cloned") && !error.is_temporary());
        assert_eq!(error.to_string(), "the server refuses: 409 device-cloned (a[2Jb)");
    }
}
