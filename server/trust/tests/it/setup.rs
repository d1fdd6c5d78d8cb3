//! A house to test in: stores on one engine, with a root key made for them.

use std::path::PathBuf;

use kernel::{Actor, KeyRef, KeyRing, ManualClock, Subject, SystemWork, TenantId};
use store::testing::{TestEnv, both_engines};
use store::{Schema, StoreError, Stores};
use trust::ledger::{Intent, intend_instance};
use trust::{Destroyed, RollEpoch, RootKey, SCHEMAS, SUBJECTS_IN_MEMORY_MAX, Trust, TrustError};

store::statements! {
    store = Keyring;
    /// Whatever is wrapped, of every table.
    WRAPPED = "SELECT wrapped FROM keyring_instance_key UNION ALL SELECT wrapped FROM keyring_epoch UNION ALL SELECT wrapped FROM keyring_key" () -> (wrapped: Blob);
}

pub(crate) struct House {
    pub(crate) stores: Stores,
    pub(crate) passphrase: PathBuf,
    /// The stores' files.
    pub(crate) folder: PathBuf,
    /// Moves the clock.
    pub(crate) hand: ManualClock,
}

/// Runs a test on SQLite and, where a server is given, on PostgreSQL.
pub(crate) fn on_both_engines(test: impl AsyncFn(House)) {
    on_both_engines_with(&[], test);
}

/// The same with more schemas than trust's own: those of a domain that trust does not know.
pub(crate) fn on_both_engines_with(more: &[Schema], test: impl AsyncFn(House)) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime starts");
    let test = &test;
    let in_house = |stores: Stores, env: TestEnv| async move {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let passphrase = folder.path().join("passphrase");
        RootKey::create(&passphrase, &env.rng).expect("created");
        test(House { stores, passphrase, folder: env.dir.clone(), hand: env.clock_hand.clone() }).await;
    };
    runtime.block_on(both_engines([SCHEMAS, more].concat(), in_house));
}

/// Destroys a key, as the instance's ledger tells.
pub(crate) async fn destroy(stores: &Stores, trust: &Trust, key: KeyRef) -> Result<Destroyed, TrustError> {
    let subject = Subject::of_key(key).expect("the instance's keys are never destroyed");
    trust.destroy_and_tell(stores, None, subject).await
}

/// The intent to roll a tenant's epoch, as the instance's ledger tells.
pub(crate) async fn rolling(stores: &Stores, trust: &Trust, tenant: TenantId) -> Intent<RollEpoch> {
    let (keys, roll) = (trust.keyring(), trust.roll_of(tenant).await.expect("it has keys"));
    let actor = Actor::System(SystemWork::Reconciler);
    let intended: Result<_, StoreError> = stores.system().write(move |tx| intend_instance(tx, &*keys, actor, roll)).await;
    intended.expect("recorded")
}

impl House {
    /// The keyring opened anew, as another process would.
    pub(crate) async fn trust(&self) -> Trust {
        self.trust_with_memory(SUBJECTS_IN_MEMORY_MAX).await
    }

    pub(crate) async fn trust_with_memory(&self, subjects_max: usize) -> Trust {
        let root_key = RootKey::open(&self.passphrase).expect("made with the house");
        Trust::open_with_memory(&self.stores, root_key, subjects_max).await.expect("opened")
    }

    /// Works with the keyring where a thread may block.
    pub(crate) async fn with_keys<T: Send + 'static>(&self, trust: &Trust, work: impl FnOnce(&dyn KeyRing) -> T + Send + 'static) -> T {
        let keys = trust.keyring();
        self.blocking(move || work(&*keys)).await
    }

    pub(crate) async fn blocking<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> T {
        tokio::task::spawn_blocking(work).await.expect("no panic")
    }

    pub(crate) async fn stored_wrapped_keys(&self) -> Vec<Vec<u8>> {
        let rows: Result<Vec<Vec<u8>>, StoreError> =
            self.stores.keyring().read(|tx| tx.query(&WRAPPED, &[])?.iter().map(|row| row.get(0)).collect()).await;
        rows.expect("read")
    }
}
