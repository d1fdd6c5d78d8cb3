//! A house to test in: a tenant with devices that report, and the facade over them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use devices::Devices;
use identity::enrolment::NewEnrolment;
use identity::single_sign_on::SignOnConfig;
use identity::{Identity, IdentityConfig, Labels, Name};
use inventory::Inventory;
use kernel::{Actor, DeviceId, DeviceScope, Permission, Scope, ScopeMint, SystemWork, TenantId, TokenId};
use seal::sign::SigningKey;
use store::testing::{TestEnv, both_engines};
use store::{Schema, Stores};
use trust::{RootKey, Trust};
use vulnerabilities::Vulnerabilities;
use vulnerabilities::feeds::{Feeds, catalogue};
use vulnerabilities::fetch::Roots;
use vulnerabilities::import::{Content, Document, Origin, Progress};
use wire::enrol::{Admission, CONTEXT_ENROL, EnrolRequest, Signature, enrol_parts};
use wire::report::{Content as ReportContent, Digest, Report, SCHEMA_MAX};
use wire::state::{Kernel, Package, PackageManager, PendingUpdate, State, Updates};

use crate::importing::ACTOR;
use crate::scanning;

pub(crate) struct House {
    pub(crate) env: TestEnv,
    pub(crate) identity: Identity,
    pub(crate) devices: Devices,
    pub(crate) inventory: Inventory,
    pub(crate) vulnerabilities: Vulnerabilities,
    pub(crate) tenant: TenantId,
    pub(crate) mint: ScopeMint,
    sequence: AtomicU64,
    _folder: tempfile::TempDir,
}

fn schemas() -> Vec<Schema> {
    [trust::SCHEMAS, identity::SCHEMAS, devices::SCHEMAS, inventory::SCHEMAS, vulnerabilities::SCHEMAS].concat()
}

/// Runs a test on SQLite and, where a server is given, on PostgreSQL.
pub(crate) fn on_both_engines(test: impl AsyncFn(House)) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime starts");
    let test = &test;
    let in_house = |stores: Stores, env: TestEnv| async move { test(House::build(stores, env).await).await };
    runtime.block_on(both_engines(schemas(), in_house));
}

impl House {
    async fn build(stores: Stores, env: TestEnv) -> Self {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let passphrase = folder.path().join("passphrase");
        RootKey::create(&passphrase, &env.rng).expect("created");
        let trust = Trust::open(&stores, RootKey::open(&passphrase).expect("just made")).await.expect("opened");
        stores.intake().set_keys(trust.keyring());
        let mint = ScopeMint::for_app();
        let config = IdentityConfig {
            selectors: Arc::new(devices::selector::Language),
            public_url: "https://purser.example".into(),
            sign_on: SignOnConfig::default(),
        };
        let identity = Identity::open(&stores, &trust, mint.clone(), config).expect("opened");
        let devices = Devices::new(&stores, &trust, &identity, Arc::new(Vec::new));
        let inventory = Inventory::new(stores.clone(), trust.keyring(), devices.clone(), mint.clone());
        let tenant = identity.create_tenant("Ships").await.expect("created").tenant;
        let feeds = Feeds::open(stores.clone(), trust.keyring(), catalogue(), Roots::System).await.expect("opened");
        let vulnerabilities = Vulnerabilities::new(&stores, &devices, &inventory, feeds, mint.clone());
        Self { env, identity, devices, inventory, vulnerabilities, tenant, mint, sequence: AtomicU64::new(0), _folder: folder }
    }

    pub(crate) fn owner(&self) -> Scope {
        self.mint.system(self.tenant, SystemWork::HostAdministration)
    }

    /// A person who may see only these devices.
    pub(crate) fn person(&self, devices: DeviceScope) -> Scope {
        self.mint.mint(self.tenant, Actor::ApiToken(TokenId::from_random(1)), Permission::ALL, devices)
    }

    pub(crate) async fn import(&self, name: &str, text: &str) {
        let document = Document { name: name.into(), content: Content::Bytes(text.to_owned().into()), origin: Origin::File };
        self.vulnerabilities.feeds().import(document, Progress::default(), ACTOR).await.expect("imported");
    }

    pub(crate) async fn enrol(&self) -> DeviceId {
        let new = NewEnrolment {
            name: "hosts".parse::<Name>().expect("a name"),
            labels: Labels::default(),
            expires_at: self.env.clock.now().plus(Duration::from_secs(3_600)),
            uses_max: None,
        };
        let token = self.identity.create_enrolment_on_host(self.tenant, new).await.expect("created").secret;
        let key = SigningKey::from_seed(self.env.rng.bytes());
        let public_key = Digest(key.public().0);
        let system_id = Digest(self.env.rng.bytes());
        let parts = enrol_parts(public_key, system_id);
        let parts: Vec<_> = parts.iter().map(String::as_bytes).collect();
        let request = EnrolRequest {
            admission: Admission::Token(token.expose().to_owned()),
            public_key,
            system_id,
            fingerprint: Digest(self.env.rng.bytes()),
            host_name: None,
            signature: Signature(key.sign(CONTEXT_ENROL, &parts).to_text()),
        };
        self.devices.enrol(request, kernel::Source::Unknown).await.expect("enrolled").device
    }

    /// Reports a device's state in full.
    pub(crate) async fn report(&self, device: DeviceId, mut state: State) {
        state.canonicalise();
        let digest = Digest(seal::hash::sha256(&serde_json::to_vec(&state).expect("JSON")));
        let sequence = self.sequence.fetch_add(1, Ordering::Relaxed) + 1;
        let content = ReportContent::Full(Box::new(state));
        let report = Report {
            schema: SCHEMA_MAX,
            device: None,
            sequence,
            follows: None,
            collected_at: self.env.clock.now(),
            gap: 0,
            digest,
            content,
        };
        let scope = self.mint.device(self.tenant, device);
        self.inventory.take_in(&scope, &serde_json::to_vec(&report).expect("JSON")).await.expect("taken in");
    }

    /// A device that has enrolled and reported.
    pub(crate) async fn device(&self, state: State) -> DeviceId {
        let device = self.enrol().await;
        self.report(device, state).await;
        device
    }
}

pub(crate) fn deb(name: &str, version: &str) -> Package {
    scanning::package(PackageManager::Dpkg, name, version, None)
}

pub(crate) fn deb_of(name: &str, version: &str, source: (&str, &str)) -> Package {
    scanning::package(PackageManager::Dpkg, name, version, Some(source))
}

/// A host of a distribution with these packages.
pub(crate) fn host(id: &str, version_id: &str, packages: Vec<Package>) -> State {
    State { os: Some(scanning::os(id, version_id)), packages: Some(packages), ..State::default() }
}

pub(crate) fn debian(packages: Vec<Package>) -> State {
    host("debian", "12", packages)
}

/// A kernel of Debian that runs, in this build.
pub(crate) fn booted(release: &str, build: &str) -> Kernel {
    let version = format!("#1 SMP PREEMPT_DYNAMIC Debian {build} (2024-02-01)");
    Kernel { name: "Linux".into(), release: release.into(), version, machine: "x86_64".into(), package: None }
}

pub(crate) fn pending(updates: &[(&str, &str, &str)]) -> Updates {
    let pending = updates.iter().map(|(name, installed, candidate)| PendingUpdate {
        manager: PackageManager::Dpkg,
        name: (*name).into(),
        architecture: "amd64".into(),
        installed: (*installed).into(),
        candidate: (*candidate).into(),
        security: true,
        archive: None,
    });
    Updates { lists_updated_at: None, pending: pending.collect() }
}
