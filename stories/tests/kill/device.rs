//! A device that holds on to what it sent until it has a receipt for it.

use std::collections::BTreeMap;
use std::io::Error;

use kernel::{Clock, Rng};
use seal::sign::SigningKey;
use serde::Serialize;
use serde::de::DeserializeOwned;
use wire::enrol::{
    AccessToken, Admission, CONTEXT_ENROL, CONTEXT_TOKEN, Challenge, ChallengeRequest, EnrolRequest, Enrolled, Signature, TokenRequest,
    enrol_parts, token_parts,
};
use wire::report::{Content, Delta, Digest, Receipt, Report, SCHEMA_MAX};
use wire::state::{Os, Package, PackageManager, State};

use crate::client::{Client, Packed};

/// The package whose version counts the states.
pub(crate) const MARKER: &str = "marker";
/// Other packages of a state.
const PACKAGES: u64 = 60;

pub(crate) struct Device {
    pub(crate) device: String,
    enrolled: Enrolled,
    key: SigningKey,
    fingerprint: Digest,
    token: String,
    /// The id of its operating system.
    system: &'static str,
    state: State,
    /// How many states there were.
    states: u64,
    sequence: u64,
    /// Sent, and not answered yet.
    waiting: Option<(u64, Vec<u8>)>,
    /// Receipts by the number of their report.
    pub(crate) receipts: BTreeMap<u64, String>,
    /// How many reports were sent more than once.
    pub(crate) sent_again: usize,
}

fn call<T: DeserializeOwned>(client: &mut Client, path: &str, token: Option<&str>, body: &[u8]) -> Result<T, Error> {
    let answer = client.post(path, token, Packed::Not, body)?;
    if answer.status != 200 && answer.status != 201 {
        return Err(Error::other(format!("{path} is refused by the server: {} {}", answer.status, String::from_utf8_lossy(&answer.body))));
    }
    serde_json::from_slice(&answer.body).map_err(Error::other)
}

fn json(body: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(body).expect("it is JSON")
}

fn sign<const N: usize>(key: &SigningKey, context: &str, parts: &[String; N]) -> Signature {
    let parts: Vec<_> = parts.iter().map(String::as_bytes).collect();
    Signature(key.sign(context, &parts).to_text())
}

fn digest_of(state: &State) -> Digest {
    Digest(seal::hash::sha256(&json(state)))
}

impl Device {
    /// Enrols by a token, as a Debian without a name.
    pub(crate) fn enrol(client: &mut Client, rng: &Rng, enrolment_token: &str) -> Result<Self, Error> {
        Self::enrol_as(client, rng, enrolment_token, None, "debian")
    }

    /// Enrols by a token, with a name and an operating system.
    pub(crate) fn enrol_as(
        client: &mut Client,
        rng: &Rng,
        enrolment_token: &str,
        host_name: Option<&str>,
        system: &'static str,
    ) -> Result<Self, Error> {
        let key = SigningKey::from_seed(rng.bytes());
        let public_key = Digest(key.public().0);
        let (system_id, fingerprint) = (Digest(rng.bytes()), Digest(rng.bytes()));
        let request = EnrolRequest {
            admission: Admission::Token(enrolment_token.into()),
            public_key,
            system_id,
            fingerprint,
            host_name: host_name.map(|name| wire::Identifying::new(name.to_owned())),
            signature: sign(&key, CONTEXT_ENROL, &enrol_parts(public_key, system_id)),
        };
        let enrolled: Enrolled = call(client, "/agent/enrol", None, &json(&request))?;
        Ok(Self {
            device: enrolled.device.to_string(),
            enrolled,
            key,
            fingerprint,
            token: String::new(),
            system,
            state: State::default(),
            states: 0,
            sequence: 0,
            waiting: None,
            receipts: BTreeMap::new(),
            sent_again: 0,
        })
    }

    /// Gets an access token, for a server that has just started.
    pub(crate) fn sign_in(&mut self, client: &mut Client, rng: &Rng) -> Result<(), Error> {
        let challenge: Challenge = call(client, "/agent/challenge", None, &json(&ChallengeRequest { nonce: Digest(rng.bytes()) }))?;
        let parts = token_parts(&challenge.challenge, self.enrolled.device, self.fingerprint);
        let request = TokenRequest {
            tenant: self.enrolled.tenant,
            device: self.enrolled.device,
            challenge: challenge.challenge.clone(),
            fingerprint: self.fingerprint,
            signature: sign(&self.key, CONTEXT_TOKEN, &parts),
        };
        let token: AccessToken = call(client, "/agent/token", None, &json(&request))?;
        self.token = token.access_token;
        Ok(())
    }

    /// Sends what has no receipt yet once more.
    pub(crate) fn deliver(&mut self, client: &mut Client) -> Result<(), Error> {
        let Some((sequence, body)) = self.waiting.clone() else { return Ok(()) };
        self.sent_again += 1;
        self.send(client, sequence, &body)
    }

    /// Reports: a full state first, then a full state, a delta or a check-in as it comes.
    pub(crate) fn report(&mut self, client: &mut Client, rng: &Rng) -> Result<(), Error> {
        let content = match (self.states, rng.below(4)) {
            (0, _) | (_, 0) => {
                self.change(rng);
                Content::Full(Box::new(self.state.clone()))
            }
            (_, 1) => {
                let old = self.state.clone();
                self.change(rng);
                Content::Delta(Box::new(Delta::between(digest_of(&old), &old, &self.state)))
            }
            _ => Content::Unchanged {},
        };
        self.sequence += 1;
        let (collected_at, digest) = (Clock::system().now(), digest_of(&self.state));
        let body = json(&Report {
            schema: SCHEMA_MAX,
            device: None,
            sequence: self.sequence,
            follows: None,
            collected_at,
            gap: 0,
            digest,
            content,
        });
        self.waiting = Some((self.sequence, body.clone()));
        self.send(client, self.sequence, &body)
    }

    fn send(&mut self, client: &mut Client, sequence: u64, body: &[u8]) -> Result<(), Error> {
        let token = self.token.clone();
        let receipt: Receipt = call(client, "/agent/reports", Some(&token), body)?;
        assert_eq!(receipt.sequence, sequence, "the receipt is for this report");
        assert_eq!(receipt.next, wire::report::Next::Wait, "the server holds the base of every delta");
        let known = self.receipts.insert(sequence, receipt.receipt.to_string());
        assert_eq!(known, None, "a report that has a receipt is not sent again");
        self.waiting = None;
        Ok(())
    }

    /// The next state: the marker counts on, and a few other packages come, go and change.
    fn change(&mut self, rng: &Rng) {
        self.states += 1;
        let others = (0..PACKAGES).filter(|_| rng.below(10) > 0).map(|number| package(&format!("package-{number}"), rng.below(5)));
        let packages = others.chain([package(MARKER, self.states)]).collect();
        let os = Os { id: self.system.into(), version_id: Some("12".into()), codename: None, pretty_name: None, id_like: Vec::new() };
        self.state = State { os: Some(os), packages: Some(packages), ..State::default() };
        self.state.canonicalise();
    }

    /// The digest of the state sent last.
    pub(crate) fn digest(&self) -> String {
        digest_of(&self.state).to_string()
    }

    /// Every version that the marker changed to, in its order: the first state is where the history begins.
    pub(crate) fn marker_versions(&self) -> Vec<String> {
        (2..=self.states).map(|number| format!("1.{number}-1")).collect()
    }
}

fn package(name: &str, number: u64) -> Package {
    Package {
        manager: PackageManager::Dpkg,
        name: name.to_owned(),
        architecture: "amd64".into(),
        version: format!("1.{number}-1"),
        source: None,
        source_version: None,
        held: false,
        incomplete: false,
        installed_at: None,
        vendor: None,
    }
}
