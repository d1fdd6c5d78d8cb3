//! Tenants with readers, whose addresses the accounts know.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use kernel::{SecretText, TenantId, UserId};
use notify::relay::RELAY_WAIT_MAX;
use notify::{About, Addressee, Delivery, Leave, Letter, Outbox, Parties, Relay, RelayConfig, SCHEMAS, Security, SendError, Sent};
use store::testing::{TestEnv, both_engines};
use store::{StoreError, Stores};
use words::Language;

use notify::testing::Sink;

/// The leave that the program gets from the register.
pub(crate) struct Given;
impl Leave for Given {}

type Known = Arc<Mutex<HashMap<UserId, (String, Language)>>>;

pub(crate) struct World {
    pub(crate) stores: Stores,
    pub(crate) env: TestEnv,
    pub(crate) outbox: Outbox,
    pub(crate) parties: Parties,
    pub(crate) told: Arc<Mutex<Vec<Delivery>>>,
    /// How many of the next tellings fail, as where a process dies before it commits.
    pub(crate) tellings_that_fail: Arc<Mutex<u32>>,
    known: Known,
}

pub(crate) fn on_both_engines(test: impl AsyncFn(World)) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime starts");
    let test = &test;
    let in_world = |stores: Stores, env: TestEnv| async move { test(World::new(stores, env)).await };
    runtime.block_on(both_engines(SCHEMAS.to_vec(), in_world));
}

impl World {
    fn new(stores: Stores, env: TestEnv) -> Self {
        let known = Known::default();
        let told = Arc::<Mutex<Vec<Delivery>>>::default();
        let tellings_that_fail = Arc::<Mutex<u32>>::default();
        let (accounts, ledger, failing) = (Arc::clone(&known), Arc::clone(&told), Arc::clone(&tellings_that_fail));
        let parties = Parties {
            addresses: Arc::new(move |_, user| {
                let found = accounts.lock().expect("no panic").get(&user).cloned();
                let addressee = found.map(|(address, language)| Addressee { address: SecretText::new(address), language });
                Box::pin(async move { Ok(addressee) })
            }),
            telling: Arc::new(move |_, _, delivery| {
                let mut failing = failing.lock().expect("no panic");
                if *failing > 0 {
                    *failing -= 1;
                    return Err(StoreError::Unavailable("the process died".to_owned()));
                }
                ledger.lock().expect("no panic").push(delivery.clone());
                Ok(())
            }),
            mint: env.mint.clone(),
        };
        let outbox = Outbox::new(&stores, Arc::clone(&env.keys));
        Self { stores, env, outbox, parties, told, tellings_that_fail, known }
    }

    pub(crate) async fn tenant(&self) -> TenantId {
        self.env.new_tenant(&self.stores).await
    }

    pub(crate) fn reader(&self, address: &str, language: Language) -> UserId {
        let user = UserId::from_random(self.env.rng.bits());
        self.known.lock().expect("no panic").insert(user, (address.to_owned(), language));
        user
    }

    pub(crate) fn forget(&self, user: UserId) {
        self.known.lock().expect("no panic").remove(&user);
    }

    pub(crate) async fn put(&self, tenant: TenantId, users: &[UserId], reference: &str) -> u64 {
        let scope = self.env.system_scope(tenant);
        self.outbox.put(&scope, users.to_vec(), "sub-processor-announced", reference, letter()).await.expect("put in")
    }

    pub(crate) async fn step(&self, relay: &Relay) -> Result<Sent, SendError> {
        self.outbox.send_step(relay, &Given, &self.parties).await
    }

    pub(crate) fn told(&self) -> Vec<Delivery> {
        self.told.lock().expect("no panic").clone()
    }
}

pub(crate) fn config(sink: &Sink) -> RelayConfig {
    RelayConfig {
        host: "127.0.0.1".to_owned(),
        port: sink.address().port(),
        security: Security::Loopback,
        sender: "Purser <purser@fleet.example>".to_owned(),
        login: None,
        authorities: None,
        wait: RELAY_WAIT_MAX,
    }
}

pub(crate) fn relay(sink: &Sink) -> Relay {
    Relay::new(config(sink)).expect("a relay")
}

pub(crate) fn letter() -> Letter {
    Letter {
        about: About::SubProcessor {
            company: "Żółta Łódź sp. z o.o.".to_owned(),
            data: "Adresy właścicieli i treść powiadomień, zażółć gęślą jaźń".to_owned(),
            operations: "Doręcza pocztę".to_owned(),
            locations: vec!["PL".to_owned(), "Éire".to_owned()],
            notice_days: 30,
        },
        public_url: "https://purser.example".to_owned(),
        privacy_contact: Some("privacy@purser.example".to_owned()),
    }
}

pub(crate) fn sent(sent: usize) -> Sent {
    Sent { sent, ..Sent::default() }
}

pub(crate) fn put_off(put_off: usize) -> Sent {
    Sent { put_off, ..Sent::default() }
}

pub(crate) fn failed(failed: usize) -> Sent {
    Sent { failed, ..Sent::default() }
}

pub(crate) fn given_up(given_up: usize) -> Sent {
    Sent { given_up, ..Sent::default() }
}

/// Whether any file of the stores holds a text.
pub(crate) fn holds(folder: &std::path::Path, text: &str) -> bool {
    // On PostgreSQL there is none.
    std::fs::read_dir(folder).into_iter().flatten().flatten().any(|entry| {
        let path = entry.path();
        if path.is_dir() {
            return holds(&path, text);
        }
        let bytes = std::fs::read(&path).unwrap_or_default();
        bytes.windows(text.len()).any(|window| window == text.as_bytes())
    })
}
