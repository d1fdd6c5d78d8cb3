//! A house to test in: stores on one engine, a tenant with devices, and the inventory over them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use devices::Devices;
use identity::enrolment::NewEnrolment;
use identity::single_sign_on::SignOnConfig;
use identity::{Identity, IdentityConfig, Labels, Name};
use inventory::{Fleet, Inventory};
use kernel::data_map::StoreKind;
use kernel::{DeviceId, Scope, ScopeMint, Subject, SystemWork, TenantId, Timestamp};
use seal::sign::SigningKey;
use store::testing::{TestEnv, both_engines};
use store::{Schema, Stores};
use trust::{RootKey, Trust};
use wire::enrol::{Admission, CONTEXT_ENROL, EnrolRequest, Signature, enrol_parts};
use wire::report::{Content, Delta, Digest, Report, SCHEMA_MAX};
use wire::state::{Os, Package, PackageManager, State};

fn schemas() -> Vec<Schema> {
    [trust::SCHEMAS, identity::SCHEMAS, devices::SCHEMAS, inventory::SCHEMAS].concat()
}

pub(crate) struct House {
    pub(crate) stores: Stores,
    pub(crate) env: TestEnv,
    pub(crate) trust: Trust,
    pub(crate) identity: Identity,
    pub(crate) devices: Devices,
    pub(crate) inventory: Inventory,
    pub(crate) tenant: TenantId,
    pub(crate) mint: ScopeMint,
    _folder: tempfile::TempDir,
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
        Self { stores, env, trust, identity, devices, inventory, tenant, mint, _folder: folder }
    }

    /// The facades as another process would open them: nothing in memory.
    pub(crate) fn restarted(&self) -> Inventory {
        self.restarted_with_devices().0
    }

    /// As [`House::restarted`], with the devices that give the ordinals.
    pub(crate) fn restarted_with_devices(&self) -> (Inventory, Devices) {
        let devices = Devices::new(&self.stores, &self.trust, &self.identity, Arc::new(Vec::new));
        (Inventory::new(self.stores.clone(), self.trust.keyring(), devices.clone(), self.mint.clone()), devices)
    }

    /// What a fleet says of each device; ordinals are a process's own.
    pub(crate) async fn by_device(&self, fleet: &Fleet, devices: &Devices) -> BTreeMap<DeviceId, Vec<String>> {
        let ordinals = devices.ordinals(&self.owner()).await.expect("read");
        fleet.fingerprint().into_iter().map(|(ordinal, lines)| (ordinals.device(ordinal).expect("known"), lines)).collect()
    }

    pub(crate) fn owner(&self) -> Scope {
        self.mint.system(self.tenant, SystemWork::HostAdministration)
    }

    /// What an erasure deletes of a device.
    pub(crate) async fn delete_rows(&self, device: DeviceId) {
        let subject = Subject::Device(self.tenant, device);
        let mapped = self.stores.mapped().expect("the data maps").iter();
        let tables: Vec<_> = mapped.filter(|table| table.map().store == StoreKind::Tenant && table.holds(subject)).collect();
        let delete = move |tx: &mut store::Tx<'_>| tables.iter().try_for_each(|table| table.delete(tx, subject).map(|_| ()));
        self.stores.tenant(&self.owner()).write(delete).await.expect("deleted");
    }

    /// The fleet's snapshot as it lies there, opened; empty where there is none.
    pub(crate) async fn snapshot(&self) -> String {
        let read = self.stores.blobs().get(&self.owner(), &self.trust.keyring(), "fleet-index").await.expect("read");
        let unpacked = read.map(|packed| inventory::stored::unpack::<serde_json::Value>(&packed).expect("JSON"));
        unpacked.map_or_else(String::new, |snapshot| snapshot.to_string())
    }

    /// How many entries the intake log holds.
    pub(crate) async fn waiting_entries(&self) -> i64 {
        let intake = self.stores.intake().clone();
        intake.erase(self.tenant, None).await.expect("counted by removing").cast_signed()
    }

    pub(crate) async fn enrol(&self) -> Host {
        let new = NewEnrolment {
            name: "hosts".parse::<Name>().expect("a name"),
            labels: Labels::default(),
            expires_at: self.env.clock.now().plus(Duration::from_secs(3600)),
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
        let device = self.devices.enrol(request, kernel::Source::Unknown).await.expect("enrolled").device;
        Host { scope: self.mint.device(self.tenant, device), device, sequence: AtomicU64::new(0), at: self.env.clock.now() }
    }
}

/// A device that reports.
pub(crate) struct Host {
    pub(crate) scope: Scope,
    pub(crate) device: DeviceId,
    sequence: AtomicU64,
    at: Timestamp,
}

pub(crate) fn digest_of(state: &State) -> Digest {
    Digest(seal::hash::sha256(&serde_json::to_vec(state).expect("JSON")))
}

impl Host {
    /// When it collects.
    pub(crate) const fn at(&self) -> Timestamp {
        self.at
    }

    fn next(&self, digest: Digest, content: Content) -> Vec<u8> {
        let before = self.sequence.fetch_add(1, Ordering::Relaxed);
        let (sequence, follows) = (before + 1, Some(before).filter(|before| *before > 0));
        let report = Report { schema: SCHEMA_MAX, device: None, sequence, follows, collected_at: self.at, gap: 0, digest, content };
        serde_json::to_vec(&report).expect("JSON")
    }

    /// As an agent that was installed again: its numbers go on with the clock, and it knows of none before.
    pub(crate) fn installed_again(&self, state: &State, sequence: u64) -> Vec<u8> {
        self.sequence.store(sequence, Ordering::Relaxed);
        let (digest, content) = (digest_of(state), Content::Full(Box::new(state.clone())));
        let report = Report { schema: SCHEMA_MAX, device: None, sequence, follows: None, collected_at: self.at, gap: 0, digest, content };
        serde_json::to_vec(&report).expect("JSON")
    }

    pub(crate) fn full(&self, state: &State) -> Vec<u8> {
        self.next(digest_of(state), Content::Full(Box::new(state.clone())))
    }

    pub(crate) fn delta(&self, old: &State, new: &State) -> Vec<u8> {
        self.next(digest_of(new), Content::Delta(Box::new(Delta::between(digest_of(old), old, new))))
    }

    pub(crate) fn check_in(&self, state: &State) -> Vec<u8> {
        self.next(digest_of(state), Content::Unchanged {})
    }
}

pub(crate) fn package(name: &str, version: &str) -> Package {
    Package {
        manager: PackageManager::Dpkg,
        name: name.into(),
        architecture: "amd64".into(),
        version: version.into(),
        source: None,
        source_version: None,
        held: false,
        incomplete: false,
        installed_at: Some(Timestamp::from_seconds(1_700_000_000)),
        vendor: Some("Debian".into()),
    }
}

/// A Debian 12 host with these packages.
pub(crate) fn state(packages: &[(&str, &str)]) -> State {
    let os = Os { id: "debian".into(), version_id: Some("12".into()), codename: None, pretty_name: None, id_like: Vec::new() };
    let packages = packages.iter().map(|(name, version)| package(name, version)).collect();
    let mut state =
        State { host_name: Some(wire::Identifying::new("ship-7".into())), os: Some(os), packages: Some(packages), ..State::default() };
    state.canonicalise();
    state
}
