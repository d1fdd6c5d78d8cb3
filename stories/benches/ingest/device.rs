//! A simulated device: it enrols, signs in and reports by the real protocol.

use std::io::Error;

use kernel::{DeviceId, Rng, TenantId, Timestamp};
use seal::sign::SigningKey;
use wire::enrol::{
    AccessToken, Admission, CONTEXT_ENROL, CONTEXT_TOKEN, Challenge, ChallengeRequest, EnrolRequest, Enrolled, Signature, TokenRequest,
    enrol_parts, token_parts,
};
use wire::report::{Content, Digest, Receipt, Report, SCHEMA_MAX};
use wire::state::{Os, Package, PackageManager, State};

use crate::client::{Client, Packed};

/// Zstandard's level, as the agent packs its reports.
const ZSTD_LEVEL: i32 = 3;

/// A device that has enrolled. Its key and its marks follow from its number, so that a fleet that was kept can sign in again.
pub(crate) struct Device {
    number: usize,
    tenant: TenantId,
    device: DeviceId,
    token: String,
    sequence: u64,
    digest: Digest,
}

impl std::fmt::Debug for Device {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Device at {}", self.sequence)
    }
}

fn call<T: serde::de::DeserializeOwned>(
    client: &mut Client,
    path: &str,
    token: Option<&str>,
    body: &impl serde::Serialize,
) -> Result<T, Error> {
    let answer = client.post(path, token, Packed::Not, &serde_json::to_vec(body)?)?;
    if !(200..300).contains(&answer.status) {
        return Err(Error::other(format!("{path}: {} {}", answer.status, String::from_utf8_lossy(&answer.body))));
    }
    serde_json::from_slice(&answer.body).map_err(Error::other)
}

/// What a device of this number has of its own; worthless outside of a benchmark.
fn mark(number: usize, what: &str) -> [u8; 32] {
    seal::hash::sha256(format!("ingest benchmark, device {number}, {what}").as_bytes())
}

impl Device {
    /// Enrols with a token.
    ///
    /// # Errors
    /// Where the server refuses.
    pub(crate) fn enrol(client: &mut Client, number: usize, enrolment_token: &str) -> Result<Self, Error> {
        let key = SigningKey::from_seed(mark(number, "key"));
        let public_key = Digest(key.public().0);
        let (system_id, fingerprint) = (Digest(mark(number, "system")), Digest(mark(number, "fingerprint")));
        let parts = enrol_parts(public_key, system_id);
        let request = EnrolRequest {
            admission: Admission::Token(enrolment_token.into()),
            public_key,
            system_id,
            fingerprint,
            host_name: None,
            signature: sign(&key, CONTEXT_ENROL, &parts),
        };
        let enrolled: Enrolled = call(client, "/agent/enrol", None, &request)?;
        Ok(Self::kept(number, enrolled.tenant, enrolled.device))
    }

    /// A device that enrolled in an earlier run.
    #[must_use]
    pub(crate) const fn kept(number: usize, tenant: TenantId, device: DeviceId) -> Self {
        Self { number, tenant, device, token: String::new(), sequence: 0, digest: Digest([0; 32]) }
    }

    /// Answers a challenge and gets an access token.
    ///
    /// # Errors
    /// Where the server refuses.
    pub(crate) fn sign_in(&self, client: &mut Client, rng: &Rng) -> Result<String, Error> {
        let (key, fingerprint) = (SigningKey::from_seed(mark(self.number, "key")), Digest(mark(self.number, "fingerprint")));
        let challenge: Challenge = call(client, "/agent/challenge", None, &ChallengeRequest { nonce: Digest(rng.bytes()) })?;
        let parts = token_parts(&challenge.challenge, self.device, fingerprint);
        let request = TokenRequest {
            tenant: self.tenant,
            device: self.device,
            challenge: challenge.challenge.clone(),
            fingerprint,
            signature: sign(&key, CONTEXT_TOKEN, &parts),
        };
        let token: AccessToken = call(client, "/agent/token", None, &request)?;
        Ok(token.access_token)
    }

    /// Takes the token that it is let in by.
    pub(crate) fn signed_in(&mut self, token: String) {
        self.token = token;
    }

    /// Goes on where an earlier run left it: the state that it reported last, and a number above every one used.
    pub(crate) fn go_on(&mut self, sequence: u64, state: &State) -> Result<(), Error> {
        self.sequence = sequence;
        self.digest = Digest(seal::hash::sha256(&serde_json::to_vec(state)?));
        Ok(())
    }

    /// The highest number that it used.
    #[must_use]
    pub(crate) const fn sequence(&self) -> u64 {
        self.sequence
    }

    /// Tenant and device.
    #[must_use]
    pub(crate) const fn ids(&self) -> (TenantId, DeviceId) {
        (self.tenant, self.device)
    }

    /// The next whole-state report, ready to be sent.
    ///
    /// # Errors
    /// Where JSON cannot be made.
    pub(crate) fn full(&mut self, at: Timestamp, state: &State) -> Result<Vec<u8>, Error> {
        self.digest = Digest(seal::hash::sha256(&serde_json::to_vec(state)?));
        self.next(at, Content::Full(Box::new(state.clone())))
    }

    /// The next unchanged check-in, ready to be sent.
    ///
    /// # Errors
    /// Where JSON cannot be made.
    pub(crate) fn check_in(&mut self, at: Timestamp) -> Result<Vec<u8>, Error> {
        self.next(at, Content::Unchanged {})
    }

    fn next(&mut self, at: Timestamp, content: Content) -> Result<Vec<u8>, Error> {
        self.sequence += 1;
        let report = Report {
            schema: SCHEMA_MAX,
            device: None,
            sequence: self.sequence,
            follows: self.sequence.checked_sub(1).filter(|before| *before > 0),
            collected_at: at,
            gap: 0,
            digest: self.digest,
            content,
        };
        zstd::bulk::compress(&serde_json::to_vec(&report)?, ZSTD_LEVEL)
    }

    /// By which it is let in.
    #[must_use]
    pub(crate) fn token(&self) -> String {
        self.token.clone()
    }
}

/// Sends a packed report and reads its receipt.
///
/// # Errors
/// Where the server refuses.
pub(crate) fn send(client: &mut Client, token: &str, body: &[u8]) -> Result<Receipt, Error> {
    let answer = client.post("/agent/reports", Some(token), Packed::Zstd, body)?;
    if answer.status != 200 {
        return Err(Error::other(format!("report: {} {}", answer.status, String::from_utf8_lossy(&answer.body))));
    }
    serde_json::from_slice(&answer.body).map_err(Error::other)
}

fn sign<const N: usize>(key: &SigningKey, context: &str, parts: &[String; N]) -> Signature {
    let parts: Vec<_> = parts.iter().map(String::as_bytes).collect();
    Signature(key.sign(context, &parts).to_text())
}

/// A state of `count` packages: nine tenths as on every device of the fleet, the rest one of a few versions, with dates of its own.
#[must_use]
pub(crate) fn state(rng: &Rng, count: u32) -> State {
    let base = 1_700_000_000 + i64::try_from(rng.below(10_000_000)).unwrap_or(0);
    let packages = (0..count).map(|number| {
        let version = if number % 10 == 0 { rng.below(4) } else { 1 };
        Package {
            manager: PackageManager::Dpkg,
            name: format!("lib-package-{number}"),
            architecture: "amd64".into(),
            version: format!("1.{version}.{number}-1+deb12u{version}"),
            source: (number % 3 == 0).then(|| format!("source-{number}")),
            source_version: None,
            held: false,
            incomplete: false,
            installed_at: Some(Timestamp::from_seconds(base + i64::from(number / 40))),
            vendor: Some("Debian".into()),
        }
    });
    let os = Os {
        id: "debian".into(),
        version_id: Some("12".into()),
        codename: Some("bookworm".into()),
        pretty_name: Some("Debian GNU/Linux 12 (bookworm)".into()),
        id_like: Vec::new(),
    };
    let mut state = State { os: Some(os), packages: Some(packages.collect()), ..State::default() };
    state.canonicalise();
    state
}
