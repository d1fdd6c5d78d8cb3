//! What is done to the keyring of an installation that nobody else has open: another provider of the root key takes the place of the
//! present one, and a lost keyring is put back from its second copy.

use std::path::Path;
use std::sync::Arc;

use kernel::{Actor, Clock, KeyRing, Rng, SystemWork};
use serde_json::{Value, json};
use store::{StoreError, Stores};
use trust::second_copy::{self, Restored};
use trust::{LeafEntry, LeafKind, RootKey, RootSource, Trust, ledger};

use crate::config::Config;
use crate::opened::{self, OpenError, Opened};

/// Changes it. A process that dies on the way leaves an installation that opens by the provider that its settings name, and opening it
/// ends the change or withdraws it.
///
/// # Errors
/// [`OpenError::InUse`] where a server runs; of the present provider as [`Opened::open`], of the next one as [`Opened::create`].
pub async fn change_root(config: Config, next: &RootSource, clock: Clock, rng: Rng) -> Result<(), OpenError> {
    let opened = Opened::open(config, clock, rng.clone()).await?;
    let changed = change(&opened, next, &rng).await;
    opened.close().await;
    changed
}

/// Puts a lost keyring back from the copy in a folder.
///
/// # Errors
/// [`OpenError::InUse`] where a server runs, [`OpenError::Copy`] where the keyring is not lost or the copy is not whole; as [`Opened::open`].
pub async fn restore(config: Config, folder: &Path, clock: Clock, rng: Rng) -> Result<Restored, OpenError> {
    let root_key = config.root.open()?;
    let lock = opened::lock(config.data.lock(), &config)?;
    let stores = Stores::open(opened::store_config(&config), opened::schemas(), clock, rng).await?;
    let restored = restore_into(&stores, &root_key, folder, config.access_log_days).await;
    stores.close().await;
    drop(lock);
    restored
}

async fn restore_into(stores: &Stores, root_key: &RootKey, folder: &Path, retention_days: u16) -> Result<Restored, OpenError> {
    let restored = second_copy::restore(stores, root_key, folder, retention_days).await?;
    let keys = Trust::open(stores, root_key.clone()).await?.keyring();
    let payload = json!({ "copy_made_at": restored.made_at.micros(), "keys": restored.keys, "refused": restored.refused });
    record(stores, keys, LeafKind::KeyringRestored, payload).await?;
    Ok(restored)
}

async fn change(opened: &Opened, next: &RootSource, rng: &Rng) -> Result<(), OpenError> {
    let (present, stores) = (opened.config.root.open()?, &opened.stores);
    let is_there = matches!(next, RootSource::PassphraseFile { path } if path.exists());
    let next_key = if is_there { next.open()? } else { next.create(rng)? };
    Trust::offer_root(stores, &present, &next_key).await?;
    // Before it is decided: what cannot be recorded is not done.
    let payload = json!({ "from": provider(&opened.config.root), "to": provider(next) });
    record(stores, opened.trust.keyring(), LeafKind::RootKeyChange, payload).await?;
    opened.config.remember_root(next)?;
    Trust::adopt_root(stores, &next_key).await?;
    Ok(())
}

async fn record(stores: &Stores, keys: Arc<dyn KeyRing>, kind: LeafKind, payload: Value) -> Result<(), StoreError> {
    let (entry, actor) = (LeafEntry { kind, subject: None, payload }, Actor::System(SystemWork::HostAdministration));
    stores.system().write(move |tx| ledger::record_instance(tx, &*keys, actor, entry.clone()).map(|_| ())).await
}

/// The kind of provider, as settings call it.
pub(crate) const fn provider(source: &RootSource) -> &'static str {
    match source {
        RootSource::PassphraseFile { .. } => "passphrase-file",
        RootSource::SystemdCredential { .. } => "systemd-credential",
        RootSource::Pkcs11(_) => "pkcs11",
    }
}
