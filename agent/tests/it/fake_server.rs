//! A server in the same process that follows the wire's contract and nothing more.

use std::collections::BTreeMap;
use std::time::Duration;

use kernel::{Clock, Rng};
use seal::hash;
use seal::sign::{PublicKey, Signature, SigningKey};
use serde::Serialize;
use wire::enrol::{
    self, AccessToken, Admission, CONTEXT_CHALLENGE, CONTEXT_ENROL, CONTEXT_ENROLLED, CONTEXT_TOKEN, Challenge, ChallengeRequest,
    EnrolRequest, Enrolled, InstanceKeys, TokenRequest,
};
use wire::ids::{DeviceId, ReceiptId, TenantId};
use wire::report::{Content, Digest, Next, Receipt, Report, SchemaRange};
use wire::state::State;

pub(crate) const ENROLMENT_TOKEN_RANDOM: [u8; 24] = [7; 24];
const TOKEN_LASTS: Duration = Duration::from_secs(900);

/// What the server keeps of a device.
#[derive(Default)]
pub(crate) struct Known {
    pub(crate) state: State,
    pub(crate) digest: Option<Digest>,
    pub(crate) sequence: u64,
    pub(crate) gap: u64,
    pub(crate) shapes: Vec<&'static str>,
    pub(crate) is_retired: bool,
    pub(crate) system_id: Option<Digest>,
    public_key: Option<Digest>,
    fingerprint: Option<Digest>,
    receipt: Option<Receipt>,
}

pub(crate) struct FakeServer {
    instance: SigningKey,
    next: SigningKey,
    pub(crate) certificates: Vec<Digest>,
    pub(crate) devices: BTreeMap<DeviceId, Known>,
    /// Path, content encoding and unpacked body of every request.
    pub(crate) requests: Vec<(String, Option<String>, String)>,
    pub(crate) settings: String,
    pub(crate) schema: SchemaRange,
    /// Answers every request with this status, if set.
    pub(crate) fails_with: Option<u16>,
    /// Answers reports with this status, if set.
    pub(crate) refuses_reports_with: Option<u16>,
    pub(crate) wants_full: bool,
    /// How often the enrolment token may still be used, where it is limited.
    pub(crate) uses_left: Option<u32>,
    /// Takes no state, and asks for the whole each time.
    pub(crate) never_satisfied: bool,
    tokens: BTreeMap<String, (DeviceId, wire::Timestamp)>,
    clock: Clock,
    rng: Rng,
}

type Answer = Result<Vec<u8>, (u16, &'static str)>;

impl FakeServer {
    pub(crate) fn new(clock: Clock) -> Self {
        let rng = Rng::seeded(1);
        Self {
            instance: SigningKey::from_seed([1; 32]),
            next: SigningKey::from_seed([2; 32]),
            certificates: vec![Digest([9; 32])],
            devices: BTreeMap::new(),
            requests: Vec::new(),
            settings: "{}".into(),
            schema: SchemaRange { schema_min: 1, schema_max: 1 },
            fails_with: None,
            refuses_reports_with: None,
            wants_full: false,
            uses_left: None,
            never_satisfied: false,
            tokens: BTreeMap::new(),
            clock,
            rng,
        }
    }

    pub(crate) fn server_key(&self) -> Digest {
        Digest(hash::sha256(&self.instance.public().0))
    }

    pub(crate) fn enrolment_token() -> String {
        seal::token::Token::make(seal::token::TokenKind::Enrolment, ENROLMENT_TOKEN_RANDOM).expose().to_owned()
    }

    /// The next key signs from now on, and a new one follows it.
    pub(crate) fn rotate_keys(&mut self) {
        self.instance = std::mem::replace(&mut self.next, SigningKey::from_seed(self.rng.bytes()));
    }

    pub(crate) fn forget_tokens(&mut self) {
        self.tokens.clear();
    }

    /// The only device, or the one enrolled last.
    pub(crate) fn only(&self) -> &Known {
        assert_eq!(self.devices.len(), 1);
        self.devices.values().next().unwrap()
    }

    pub(crate) fn bodies(&self, path: &str) -> Vec<&str> {
        self.requests.iter().filter(|(of, _, _)| of == path).map(|(_, _, body)| body.as_str()).collect()
    }

    pub(crate) fn handle(&mut self, path: &str, bearer: Option<&str>, encoding: Option<&str>, body: &[u8]) -> (u16, Vec<u8>) {
        let plain = match encoding {
            Some("zstd") => zstd::decode_all(body).unwrap(),
            Some("gzip") => {
                let mut plain = Vec::new();
                std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(body), &mut plain).unwrap();
                plain
            }
            _ => body.to_vec(),
        };
        self.requests.push((path.to_owned(), encoding.map(str::to_owned), String::from_utf8(plain.clone()).unwrap()));
        let answer = match (self.fails_with, path) {
            (Some(status), _) => Err((status, "unavailable")),
            (None, "/api/v1/agent/challenge") => self.challenge(&plain),
            (None, "/api/v1/agent/enrol") => self.enrol(&plain),
            (None, "/api/v1/agent/token") => self.token(&plain),
            (None, "/api/v1/agent/schema") => json(&self.schema),
            (None, "/api/v1/agent/settings") => self.device_of(bearer).map(|_| self.settings.clone().into_bytes()),
            (None, "/api/v1/agent/reports") => self.report(bearer, &plain),
            _ => Err((404, "not-found")),
        };
        match answer {
            Ok(body) => (200, body),
            Err((status, kind)) => {
                (status, format!(r#"{{"type":"/problems/{kind}","title":"x","detail":"x","status":{status}}}"#).into_bytes())
            }
        }
    }

    fn keys(&self) -> InstanceKeys {
        InstanceKeys { current: Digest(self.instance.public().0), next: Digest(self.next.public().0) }
    }

    fn sign(&self, context: &str, parts: &[String]) -> enrol::Signature {
        let parts: Vec<&[u8]> = parts.iter().map(String::as_bytes).collect();
        enrol::Signature(self.instance.sign(context, &parts).to_text())
    }

    fn challenge(&self, body: &[u8]) -> Answer {
        let request: ChallengeRequest = read(body)?;
        let challenge = format!("challenge-{}", self.clock.now().micros());
        let certificates = self.certificates.clone();
        let signature = self.sign(CONTEXT_CHALLENGE, &enrol::challenge_parts(request.nonce, &challenge, self.keys(), &certificates));
        json(&Challenge { challenge, certificates, signature, instance_keys: self.keys() })
    }

    fn enrol(&mut self, body: &[u8]) -> Answer {
        let request: EnrolRequest = read(body)?;
        verify(request.public_key, CONTEXT_ENROL, &enrol::enrol_parts(request.public_key, request.system_id), &request.signature)?;
        let by_token = |token: &str| token == Self::enrolment_token();
        // Who asks again with a key that is known takes no further use of the token.
        let is_known = self.devices.values().any(|known| known.public_key == Some(request.public_key));
        let uses_left = if is_known { None } else { self.uses_left.as_mut() };
        let system = match &request.admission {
            Admission::Token(token) if by_token(token) => {
                if let Some(left) = uses_left {
                    *left = left.checked_sub(1).ok_or((401, "enrolment-refused"))?;
                }
                Some(request.system_id)
            }
            Admission::Token(_) => return Err((401, "enrolment-refused")),
            Admission::Clone { of, challenge, signature, .. } => {
                let copied = self.devices.get(of).and_then(|known| known.public_key).ok_or((401, "enrolment-refused"))?;
                verify(copied, CONTEXT_TOKEN, &enrol::token_parts(challenge, *of, request.fingerprint), signature)?;
                None
            }
        };
        // The same system keeps its id; a clone never does.
        let again = self.devices.iter().find(|(_, known)| system.is_some() && known.system_id == system).map(|(id, _)| *id);
        let device = again.unwrap_or_else(|| DeviceId::from_random(self.rng.bits()));
        let known = self.devices.entry(device).or_default();
        known.system_id = Some(request.system_id);
        (known.public_key, known.fingerprint, known.sequence, known.receipt) =
            (Some(request.public_key), Some(request.fingerprint), 0, None);
        let tenant = TenantId::from_random(42);
        let signature = self.sign(CONTEXT_ENROLLED, &enrol::enrolled_parts(request.public_key, tenant, device, self.keys()));
        json(&Enrolled { tenant, device, instance_keys: self.keys(), signature })
    }

    fn token(&mut self, body: &[u8]) -> Answer {
        let request: TokenRequest = read(body)?;
        let known = self.devices.get(&request.device).ok_or((401, "unauthenticated"))?;
        let parts = enrol::token_parts(&request.challenge, request.device, request.fingerprint);
        verify(known.public_key.unwrap(), CONTEXT_TOKEN, &parts, &request.signature)?;
        if known.is_retired {
            return Err((403, "device-retired"));
        }
        if known.fingerprint != Some(request.fingerprint) {
            return Err((409, "device-cloned"));
        }
        let text = format!("prs_dev_{}", self.rng.bits());
        let now = self.clock.now();
        self.tokens.insert(text.clone(), (request.device, now.plus(TOKEN_LASTS)));
        json(&AccessToken { access_token: text, expires_at: now.plus(TOKEN_LASTS), server_time: now })
    }

    fn device_of(&self, bearer: Option<&str>) -> Result<DeviceId, (u16, &'static str)> {
        let found = bearer.and_then(|bearer| self.tokens.get(bearer)).filter(|(_, ends)| self.clock.now() < *ends);
        found.map(|(device, _)| *device).ok_or((401, "unauthenticated"))
    }

    fn report(&mut self, bearer: Option<&str>, body: &[u8]) -> Answer {
        let device = self.device_of(bearer)?;
        if let Some(status) = self.refuses_reports_with {
            return Err((status, "report-refused"));
        }
        let report: Report = read(body)?;
        let (now, salt) = (self.clock.now(), Digest(self.rng.bytes()));
        let known = self.devices.get_mut(&device).unwrap();
        if let Some(again) = known.receipt.as_ref().filter(|receipt| receipt.sequence == report.sequence) {
            return json(again);
        }
        let is_old = report.sequence <= known.sequence || self.never_satisfied;
        known.sequence = known.sequence.max(report.sequence);
        let mut next = if std::mem::take(&mut self.wants_full) { Next::SendFull } else { Next::Wait };
        let taken = match report.content {
            _ if is_old => None,
            Content::Full(state) => Some((*state, "full")),
            Content::Delta(delta) if known.digest == Some(delta.base) => Some((delta.apply(std::mem::take(&mut known.state)), "delta")),
            Content::Unchanged {} if known.digest == Some(report.digest) => Some((std::mem::take(&mut known.state), "check-in")),
            _ => None,
        };
        match taken {
            Some((state, shape)) => {
                assert_eq!(Digest(hash::sha256(&serde_json::to_vec(&state).unwrap())), report.digest);
                known.state = state;
                known.digest = Some(report.digest);
                known.gap += report.gap;
                known.shapes.push(shape);
            }
            // What is old changes nothing; it is asked for again only where it says something else.
            None if is_old && known.digest == Some(report.digest) => {}
            None => next = Next::SendFull,
        }
        let receipt = Receipt {
            receipt: ReceiptId::from_random(self.rng.bits()),
            device,
            sequence: report.sequence,
            received_at: now,
            size_bytes: body.len() as u64,
            schema: report.schema,
            stored: known.digest.unwrap_or(Digest([0; 32])),
            commitment: Digest(hash::commitment(salt.0, report.digest.0)),
            salt,
            next,
        };
        if !is_old {
            known.receipt = Some(receipt.clone());
        }
        json(&receipt)
    }
}

fn read<'a, T: serde::Deserialize<'a>>(body: &'a [u8]) -> Result<T, (u16, &'static str)> {
    serde_json::from_slice(body).map_err(|_| (422, "invalid-field"))
}

fn json(value: &impl Serialize) -> Answer {
    Ok(serde_json::to_vec(value).unwrap())
}

fn verify(key: Digest, context: &str, parts: &[String], signature: &enrol::Signature) -> Result<(), (u16, &'static str)> {
    let parts: Vec<&[u8]> = parts.iter().map(String::as_bytes).collect();
    let signature = Signature::from_text(&signature.0).map_err(|_| (401, "unauthenticated"))?;
    PublicKey(key.0).verify(context, &parts, &signature).map_err(|_| (401, "unauthenticated"))
}
