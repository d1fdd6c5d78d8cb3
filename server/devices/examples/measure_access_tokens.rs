//! Measures how many access tokens one thread checks in a second, each for another device, tenants known.
//!
//! `cargo run --release -p devices --example measure_access_tokens [TENANTS [DEVICES_EACH]]`

use std::sync::Arc;

use devices::Devices;
use identity::single_sign_on::SignOnConfig;
use identity::{Identity, IdentityConfig};
use kernel::{Access, Authenticator as _, Presented, ScopeMint, SecretText, SystemWork};
use seal::sign::SigningKey;
use store::{Schema, Stores, testing};
use trust::{RootKey, Trust};
use wire::enrol::{self, Admission, CONTEXT_ENROL, CONTEXT_TOKEN, ChallengeRequest, EnrolRequest, Signature, TokenRequest};
use wire::report::Digest;

const ROUNDS: usize = 20;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut arguments = std::env::args().skip(1).filter_map(|text| text.parse::<u16>().ok());
    let (tenants, devices_each) = (arguments.next().unwrap_or(10), arguments.next().unwrap_or(20));
    let schemas: Vec<Schema> = [trust::SCHEMAS, identity::SCHEMAS, devices::SCHEMAS].concat();
    testing::on_sqlite(schemas, |stores: Stores, env: testing::TestEnv| async move {
        let passphrase = env.dir.join("passphrase");
        RootKey::create(&passphrase, &env.rng).expect("created");
        let trust = Trust::open(&stores, RootKey::open(&passphrase).expect("just made")).await.expect("opened");
        let config = IdentityConfig {
            selectors: Arc::new(devices::selector::Language),
            public_url: "https://purser.example".to_owned(),
            sign_on: SignOnConfig::default(),
        };
        let identity = Identity::open(&stores, &trust, ScopeMint::for_app(), config).expect("opened");
        let devices = Devices::new(&stores, &trust, &identity, Arc::new(Vec::new));
        let mut tokens = Vec::new();
        for tenant in 0..tenants {
            tokens.extend(tokens_of_a_new_tenant(&identity, &devices, tenant, devices_each).await);
        }
        let clock = kernel::Clock::system();
        let begun = clock.monotonic();
        for _ in 0..ROUNDS {
            for token in &tokens {
                devices.authenticate(token, Access::Report, kernel::Source::Unknown.into()).await.expect("a good token");
            }
        }
        let took = clock.monotonic().saturating_sub(begun);
        let checks = ROUNDS * tokens.len();
        println!("{checks} checks in {took:?}: {:.0} a second on one thread", checks as f64 / took.as_secs_f64());
    })
    .await;
}

/// Access tokens of devices that joined a new tenant by the protocol's own way.
async fn tokens_of_a_new_tenant(identity: &Identity, devices: &Devices, tenant: u16, count: u16) -> Vec<Presented> {
    let made = identity.create_tenant("measured").await.expect("created");
    let scope = identity.mint().system(made.tenant, SystemWork::HostAdministration);
    let new = identity::enrolment::NewEnrolment {
        name: "measured".parse().expect("a name"),
        labels: identity::Labels::default(),
        expires_at: made.link.expires_at,
        uses_max: None,
    };
    let secret = identity.create_enrolment(&scope, new).await.expect("created").secret;
    let mut tokens = Vec::new();
    for device in 0..count {
        let id = |kind: u8| {
            let [high, low] = device.to_be_bytes();
            let [tenant_high, tenant_low] = tenant.to_be_bytes();
            let mut bytes = [kind; 32];
            bytes[..4].copy_from_slice(&[tenant_high, tenant_low, high, low]);
            bytes
        };
        let (key, system_id, fingerprint) = (SigningKey::from_seed(id(1)), Digest(id(2)), Digest(id(3)));
        let public_key = Digest(key.public().0);
        let sign = |context: &str, parts: &[String]| {
            let parts: Vec<&[u8]> = parts.iter().map(String::as_bytes).collect();
            Signature(key.sign(context, &parts).to_text())
        };
        let admission = Admission::Token(secret.expose().to_owned());
        let signature = sign(CONTEXT_ENROL, &enrol::enrol_parts(public_key, system_id));
        let request = EnrolRequest { admission, public_key, system_id, fingerprint, host_name: None, signature };
        let enrolled = devices.enrol(request, kernel::Source::Unknown).await.expect("joined");
        let challenge = devices.challenge(&ChallengeRequest { nonce: Digest(id(4)) }).expect("a challenge").challenge;
        let signature = sign(CONTEXT_TOKEN, &enrol::token_parts(&challenge, enrolled.device, fingerprint));
        let request = TokenRequest { tenant: enrolled.tenant, device: enrolled.device, challenge, fingerprint, signature };
        let token = devices.access_token(&request, kernel::Source::Unknown).await.expect("an access token");
        tokens.push(Presented::Bearer(SecretText::new(token.access_token)));
    }
    tokens
}
