//! A device, as the agent is one: its key, its enrolment, its reports.

use kernel::{DeviceId, Rng, TenantId};
use seal::sign::SigningKey;
use serde_json::{Value, json};
use wire::enrol::{Admission, CONTEXT_ENROL, CONTEXT_TOKEN, Challenge, EnrolRequest, Signature, TokenRequest, enrol_parts, token_parts};
use wire::report::{Content, Digest, Receipt, Report};
use wire::state::{Os, Package, PackageManager, State};
use wire::{Identifying, Timestamp};

use crate::client::Credential;
use crate::world::{Tenant, World};

/// A device that is enrolled and signed in.
pub(crate) struct Device {
    pub(crate) device: DeviceId,
    pub(crate) tenant: TenantId,
    pub(crate) credential: Credential,
    key: SigningKey,
    fingerprint: Digest,
}

fn signed(key: &SigningKey, context: &str, parts: &[String]) -> Signature {
    let parts: Vec<&[u8]> = parts.iter().map(String::as_bytes).collect();
    Signature(key.sign(context, &parts).to_text())
}

fn digest(rng: &Rng) -> Digest {
    Digest(rng.bytes())
}

/// The canonical state's digest.
pub(crate) fn digest_of(state: &State) -> Digest {
    Digest(seal::hash::sha256(&serde_json::to_vec(state).expect("a state is JSON")))
}

impl World {
    /// Makes a device join a tenant and sign in.
    pub(crate) async fn enrol(&self, tenant: &Tenant, host_name: &str) -> Device {
        let rng = Rng::system();
        let key = SigningKey::from_seed(rng.bytes());
        let public_key = Digest(key.public().0);
        let (system_id, fingerprint) = (digest(&rng), digest(&rng));
        let request = EnrolRequest {
            admission: Admission::Token(tenant.enrolment_secret.clone()),
            public_key,
            system_id,
            fingerprint,
            host_name: Some(Identifying::new(host_name.to_owned())),
            signature: signed(&key, CONTEXT_ENROL, &enrol_parts(public_key, system_id)),
        };
        let enrolled = self.done(&Credential::None, "POST", "/api/v1/agent/enrol", Some(json!(request))).await;
        let (device, number) = (parsed(&enrolled["device"]), parsed(&enrolled["tenant"]));
        let mut device = Device { device, tenant: number, credential: Credential::None, key, fingerprint };
        self.sign_in(&mut device).await;
        device
    }

    /// Gets the device another access token.
    pub(crate) async fn sign_in(&self, device: &mut Device) {
        let nonce = json!({ "nonce": digest(&Rng::system()) });
        let challenge = self.done(&Credential::None, "POST", "/api/v1/agent/challenge", Some(nonce)).await;
        let challenge: Challenge = serde_json::from_value(challenge).expect("a challenge");
        let parts = token_parts(&challenge.challenge, device.device, device.fingerprint);
        let request = TokenRequest {
            tenant: device.tenant,
            device: device.device,
            challenge: challenge.challenge,
            fingerprint: device.fingerprint,
            signature: signed(&device.key, CONTEXT_TOKEN, &parts),
        };
        let token = self.done(&Credential::None, "POST", "/api/v1/agent/token", Some(json!(request))).await;
        device.credential = Credential::Bearer(token["access_token"].as_str().expect("a token").to_owned());
    }

    /// Sends a full state and takes the receipt.
    pub(crate) async fn report(&self, device: &Device, sequence: u64, state: &State) -> Receipt {
        let report = full(sequence, state, self.clock.now());
        let receipt = self.done(&device.credential, "POST", "/api/v1/agent/reports", Some(json!(report))).await;
        serde_json::from_value(receipt).expect("a receipt")
    }

    /// Sends an unchanged check-in and takes the receipt.
    pub(crate) async fn check_in(&self, device: &Device, sequence: u64, state: &State) -> Receipt {
        let report = Report { content: Content::Unchanged {}, ..full(sequence, state, self.clock.now()) };
        let receipt = self.done(&device.credential, "POST", "/api/v1/agent/reports", Some(json!(report))).await;
        serde_json::from_value(receipt).expect("a receipt")
    }
}

/// A full report of a state.
pub(crate) fn full(sequence: u64, state: &State, collected_at: Timestamp) -> Report {
    let content = Content::Full(Box::new(state.clone()));
    Report {
        schema: wire::report::SCHEMA_MAX,
        device: None,
        sequence,
        follows: None,
        collected_at,
        gap: 0,
        digest: digest_of(state),
        content,
    }
}

fn parsed<T: serde::de::DeserializeOwned>(value: &Value) -> T {
    serde_json::from_value(value.clone()).expect("an id")
}

/// A small Debian host.
pub(crate) fn state(host_name: &str, versions: &[(&str, &str)]) -> State {
    let package = |(name, version): &(&str, &str)| Package {
        manager: PackageManager::Dpkg,
        name: (*name).to_owned(),
        architecture: "amd64".to_owned(),
        version: (*version).to_owned(),
        source: None,
        source_version: None,
        held: false,
        incomplete: false,
        installed_at: None,
        vendor: None,
    };
    let os = Os {
        id: "debian".into(),
        version_id: Some("12".into()),
        codename: Some("bookworm".into()),
        pretty_name: Some("Debian GNU/Linux 12 (bookworm)".into()),
        id_like: Vec::new(),
    };
    let mut state = State {
        host_name: Some(Identifying::new(host_name.to_owned())),
        os: Some(os),
        packages: Some(versions.iter().map(package).collect()),
        ..State::default()
    };
    state.canonicalise();
    state
}
