//! The instance's own keys: one for data that belong to no tenant, two that sign.
//!
//! Agents pin the two signing keys' public halves. The older one (current) signs, the newer one (next) is known to
//! them already, so that rotation needs no trust in certificates: drop the oldest, add a newer one.

use std::sync::Arc;

use seal::sign::SigningKey;
use seal::{hash, xaes};
use store::{StoreError, Stores, Tx, params};
use zeroize::Zeroizing;

use crate::data_map::place;
use crate::error::TrustError;
use crate::keyring::{KeySet, WrapPlace};
use crate::root::{self, RootRecord};
use crate::root_key::RootKey;
use crate::store as sql;

const DATA: &str = "data";
const SIGNING: &str = "signing";
/// Signs checkpoints of ledgers and nothing else.
const LOG: &str = "log";

/// What is in memory as long as the server runs.
pub(crate) struct InstanceKeys {
    pub(crate) root: Arc<xaes::Key>,
    pub(crate) data: KeySet,
    pub(crate) current: SigningKey,
    pub(crate) next: SigningKey,
    pub(crate) log: SigningKey,
}

/// Opens the instance's keys, and makes them on the very first start.
pub(crate) async fn open(stores: &Stores, root_key: RootKey) -> Result<InstanceKeys, TrustError> {
    let root = Arc::new(match root::open(stores, &root_key).await? {
        Some(root) => root,
        None => create(stores, &root_key).await?,
    });
    let data = load(stores, &root, DATA).await?;
    let signing = load(stores, &root, SIGNING).await?;
    let log = log_key(stores, &root).await?;
    let data = data.into_iter().map(|(version, key)| (version, xaes::Key::from_bytes(*key))).collect();
    let signing_key = |index: usize| {
        let (_, seed) = signing.get(index).ok_or(TrustError::Damaged { purpose: SIGNING, version: index as i64 + 1 })?;
        Ok::<_, TrustError>(SigningKey::from_seed(**seed))
    };
    Ok(InstanceKeys { data: KeySet::new(data), current: signing_key(0)?, next: signing_key(1)?, log, root })
}

/// The key that signs ledgers; an installation that was made before there was one gets it now.
async fn log_key(stores: &Stores, root: &Arc<xaes::Key>) -> Result<SigningKey, TrustError> {
    let under = Arc::clone(root);
    let made = stores.keyring().write(move |tx| {
        if !tx.query(&sql::INSTANCE_KEYS, &params![LOG])?.is_empty() {
            return Ok(());
        }
        let (seed, now) = (Zeroizing::new(tx.rng().bytes()), tx.now());
        let wrapped = wrap_place(LOG, 1).wrap(&under, tx.rng(), &seed);
        tx.execute(&sql::INSERT_INSTANCE_KEY, &params![LOG, 1_i64, wrapped, now])?;
        Ok::<_, StoreError>(())
    });
    made.await?;
    let keys = load(stores, root, LOG).await?;
    let (_, seed) = keys.last().ok_or(TrustError::Damaged { purpose: LOG, version: 1 })?;
    Ok(SigningKey::from_seed(**seed))
}

/// Makes the instance's keys, all in one transaction.
async fn create(stores: &Stores, root_key: &RootKey) -> Result<xaes::Key, TrustError> {
    if !stores.tenants().await?.is_empty() {
        return Err(TrustError::KeyringLost);
    }
    // Keys without a root: a copy that was put back in part, or another node that starts for the first time at this moment.
    if !stores.keyring().read(|tx| tx.query(&sql::ALL_INSTANCE_KEYS, &[])).await?.is_empty() {
        return root::open(stores, root_key).await?.ok_or(TrustError::KeyringLost);
    }
    let made = xaes::Key::from_bytes(stores.rng().bytes());
    let record = root::record_of(stores, root_key, &made).await?;
    let bytes = Zeroizing::new(*made.as_bytes());
    let is_mine = stores.keyring().write(move |tx| insert_all(tx, &xaes::Key::from_bytes(*bytes), &record)).await?;
    if is_mine {
        return Ok(made);
    }
    // Another node that starts for the first time at this moment was first: its record counts.
    root::open(stores, root_key).await?.ok_or(TrustError::Damaged { purpose: "root", version: 1 })
}

/// Whether the keys were inserted; nothing is where there are some already.
pub(crate) fn insert_all(tx: &mut Tx<'_>, root: &xaes::Key, record: &RootRecord) -> Result<bool, StoreError> {
    let now = tx.now();
    if !record.insert(tx, root::CURRENT)? {
        return Ok(false);
    }
    for (purpose, version) in [(DATA, 1_i64), (SIGNING, 1), (SIGNING, 2)] {
        let key = Zeroizing::new(tx.rng().bytes());
        let wrapped = wrap_place(purpose, version).wrap(root, tx.rng(), &key);
        tx.execute(&sql::INSERT_INSTANCE_KEY, &params![purpose, version, wrapped, now])?;
    }
    Ok(true)
}

async fn load(
    stores: &Stores,
    root: &Arc<xaes::Key>,
    purpose: &'static str,
) -> Result<Vec<(u16, Zeroizing<[u8; xaes::KEY_BYTES]>)>, TrustError> {
    let root = Arc::clone(root);
    stores
        .keyring()
        .read(move |tx| {
            let rows = tx.query(&sql::INSTANCE_KEYS, &params![purpose])?;
            let mut keys = Vec::with_capacity(rows.len());
            for row in rows {
                let version: i64 = row.get(0)?;
                let damaged = || TrustError::Damaged { purpose, version };
                let key = wrap_place(purpose, version).unwrap(&root, &row.get::<Vec<u8>>(1)?).map_err(|_| damaged())?;
                keys.push((u16::try_from(version).map_err(|_| damaged())?, key));
            }
            if keys.is_empty() { Err(TrustError::Damaged { purpose, version: 1 }) } else { Ok(keys) }
        })
        .await
}

/// Wraps every instance key anew, under another root key.
pub(crate) fn wrap_all(tx: &mut Tx<'_>, old: &xaes::Key, new: &xaes::Key) -> Result<(), TrustError> {
    for row in tx.query(&sql::ALL_INSTANCE_KEYS, &[])? {
        let (stored, version): (String, i64) = (row.get(0)?, row.get(1)?);
        let purpose = [DATA, SIGNING, LOG].into_iter().find(|purpose| *purpose == stored);
        let purpose = purpose.ok_or(TrustError::Damaged { purpose: "of an unknown purpose", version })?;
        let unwrapped = wrap_place(purpose, version).unwrap(old, &row.get::<Vec<u8>>(2)?);
        let key = unwrapped.map_err(|_altered| TrustError::Damaged { purpose, version })?;
        let wrapped = wrap_place(purpose, version).wrap(new, tx.rng(), &key);
        tx.execute(&sql::SET_INSTANCE_KEY, &params![purpose, version, wrapped])?;
    }
    Ok(())
}

fn wrap_place(purpose: &'static str, version: i64) -> WrapPlace {
    WrapPlace { table: place::KEYRING_INSTANCE_KEY, tenant: 0, kind: purpose, subject: 0, version }
}

/// The digest by which an enrolment command names a signing key.
pub(crate) fn fingerprint(key: &SigningKey) -> [u8; hash::DIGEST_BYTES] {
    seal::sign::fingerprint(&key.public())
}
