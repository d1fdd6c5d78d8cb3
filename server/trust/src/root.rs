//! The root key as it lies in the keyring, and the change of its provider.
//!
//! A change must end well wherever a process dies, though it touches two places that share no transaction: the keyring, and the settings
//! that name the provider. So it has three steps:
//!
//! 1. [`offer`]: the root key is wrapped by the next provider too, in a row of its own. Both open now.
//! 2. The settings name the next provider. That is the caller's, and the moment at which it is decided.
//! 3. [`adopt`]: a new root key is drawn; instance keys and epoch keys are wrapped under it in one transaction, and the provider before
//!    opens nothing any more.
//!
//! Opening by an offer adopts it, opening by the provider before withdraws it.

use std::sync::Arc;

use seal::xaes;
use store::{Row, StoreError, Stores, Tx, params};
use zeroize::Zeroizing;

use crate::error::TrustError;
use crate::root_key::{Cost, RootKey, RootKeyError, RootWrap, SALT_BYTES};
use crate::{day_keys, epochs, instance, store as sql};

/// The provider's row.
pub(crate) const CURRENT: i64 = 1;
/// The row of a provider that is offered.
const OFFERED: i64 = 2;

const CHECK: &[u8] = b"purser root key v1";
const BY_PASSPHRASE: &str = "passphrase";
const BY_TOKEN: &str = "token";

/// How a root key lies in the keyring.
#[derive(Clone)]
pub(crate) struct RootRecord {
    wrap: RootWrap,
    sealed_check: Vec<u8>,
}

impl RootRecord {
    /// Whether it was inserted; not where there is one already.
    pub(crate) fn insert(&self, tx: &mut Tx<'_>, row: i64) -> Result<bool, StoreError> {
        const NO_COST: Cost = Cost { memory_kib: 0, passes: 0, lanes: 0 };
        let (salt, cost, provider, wrapped) = match &self.wrap {
            RootWrap::Derived { salt, cost } => (*salt, *cost, None, None),
            RootWrap::Passphrase { salt, cost, wrapped } => (*salt, *cost, Some(BY_PASSPHRASE), Some(wrapped.clone())),
            RootWrap::Token { wrapped } => ([0; SALT_BYTES], NO_COST, Some(BY_TOKEN), Some(wrapped.clone())),
        };
        let (now, check) = (tx.now(), self.sealed_check.clone());
        let values = params![row, salt, cost.memory_kib, cost.passes, cost.lanes, check, now, provider, wrapped];
        Ok(tx.execute(&sql::INSERT_ROOT, &values)? == 1)
    }

    fn read(tx: &mut Tx<'_>, row: i64) -> Result<Option<Self>, TrustError> {
        tx.query_optional(&sql::ROOT, &params![row])?.as_ref().map(Self::of_row).transpose()
    }

    /// Of a row of `ROOT`.
    pub(crate) fn of_row(row: &Row) -> Result<Self, TrustError> {
        let damaged = || TrustError::Damaged { purpose: "root", version: 1 };
        let number = |index| u32::try_from(row.get::<i64>(index)?).map_err(|_| damaged());
        let salt: [u8; SALT_BYTES] = row.get::<Vec<u8>>(1)?.try_into().map_err(|_| damaged())?;
        let cost = Cost { memory_kib: number(2)?, passes: number(3)?, lanes: number(4)? };
        let wrap = match (row.get::<Option<String>>(7)?.as_deref(), row.get::<Option<Vec<u8>>>(8)?) {
            (None, None) => RootWrap::Derived { salt, cost },
            (Some(BY_PASSPHRASE), Some(wrapped)) => RootWrap::Passphrase { salt, cost, wrapped },
            (Some(BY_TOKEN), Some(wrapped)) => RootWrap::Token { wrapped },
            _ => return Err(damaged()),
        };
        Ok(Self { wrap, sealed_check: row.get(5)? })
    }

    /// The root key, where this provider opens it. Slow.
    fn unlock(&self, root_key: &RootKey) -> Result<Option<xaes::Key>, RootKeyError> {
        let root = root_key.unwrap(&self.wrap)?;
        Ok(root.filter(|root| xaes::open(root, CHECK, &self.sealed_check).is_ok()))
    }
}

/// A root key, as this provider wraps it.
pub(crate) async fn record_of(stores: &Stores, root_key: &RootKey, root: &xaes::Key) -> Result<RootRecord, TrustError> {
    let (rng, root_key, bytes) = (stores.rng().clone(), root_key.clone(), Zeroizing::new(*root.as_bytes()));
    blocking(move || {
        let root = xaes::Key::from_bytes(*bytes);
        Ok(RootRecord { wrap: root_key.wrap(&root, &rng)?, sealed_check: xaes::seal(&root, rng.bytes(), CHECK, b"") })
    })
    .await
}

/// The root key, where there is one; ends a change of provider that was cut off.
pub(crate) async fn open(stores: &Stores, root_key: &RootKey) -> Result<Option<xaes::Key>, TrustError> {
    let Some(current) = read(stores, CURRENT).await? else { return Ok(None) };
    let offered = read(stores, OFFERED).await?;
    if let Some(root) = unlock(root_key, current.clone()).await? {
        if offered.is_some() {
            stores.keyring().write(|tx| tx.execute(&sql::DELETE_ROOT, &params![OFFERED])).await?;
        }
        return Ok(Some(root));
    }
    if let Some(offered) = offered
        && unlock(root_key, offered).await?.is_some()
    {
        return adopt(stores, root_key).await.map(Some);
    }
    Err(match current.wrap {
        RootWrap::Token { .. } => TrustError::WrongToken,
        _ => TrustError::WrongPassphrase,
    })
}

/// Whether there is a keyring.
pub(crate) async fn exists(stores: &Stores) -> Result<bool, TrustError> {
    read(stores, CURRENT).await.map(|record| record.is_some())
}

/// Wraps the root key by the next provider too.
pub(crate) async fn offer(stores: &Stores, root_key: &RootKey, next: &RootKey) -> Result<(), TrustError> {
    let root = open(stores, root_key).await?.ok_or(TrustError::KeyringLost)?;
    let record = record_of(stores, next, &root).await?;
    let offered = stores.keyring().write(move |tx| {
        tx.execute(&sql::DELETE_ROOT, &params![OFFERED])?;
        record.insert(tx, OFFERED)
    });
    offered.await?;
    Ok(())
}

/// Makes the provider that is offered the one and only: draws a new root key and wraps everything under it.
pub(crate) async fn adopt(stores: &Stores, next: &RootKey) -> Result<xaes::Key, TrustError> {
    let offered = read(stores, OFFERED).await?.ok_or(TrustError::NothingOffered)?;
    let old = Arc::new(unlock(next, offered).await?.ok_or(TrustError::NothingOffered)?);
    let new = Arc::new(xaes::Key::from_bytes(stores.rng().bytes()));
    let record = record_of(stores, next, &new).await?;
    let (from, to) = (Arc::clone(&old), Arc::clone(&new));
    let adopted = stores.keyring().write(move |tx| {
        instance::wrap_all(tx, &from, &to)?;
        epochs::wrap_all(tx, &from, &to)?;
        day_keys::wrap_all(tx, &from, &to)?;
        tx.execute(&sql::DELETE_ROOT, &params![OFFERED])?;
        tx.execute(&sql::DELETE_ROOT, &params![CURRENT])?;
        record.insert(tx, CURRENT)?;
        Ok::<_, TrustError>(())
    });
    adopted.await?;
    // What the provider before opened lies in the store's files still.
    stores.keyring().compact().await?;
    Ok(xaes::Key::from_bytes(*new.as_bytes()))
}

async fn read(stores: &Stores, row: i64) -> Result<Option<RootRecord>, TrustError> {
    stores.keyring().read(move |tx| RootRecord::read(tx, row)).await
}

pub(crate) async fn unlock(root_key: &RootKey, record: RootRecord) -> Result<Option<xaes::Key>, TrustError> {
    let root_key = root_key.clone();
    blocking(move || record.unlock(&root_key)).await
}

/// Slow on purpose, so not on a thread that serves others.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, RootKeyError> + Send + 'static) -> Result<T, TrustError> {
    Ok(tokio::task::spawn_blocking(work).await.expect("wrapping does not panic")?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::day::Day;
    use crate::day_keys::DayKeys;
    use crate::{SCHEMAS, Trust};
    use store::testing::{TestEnv, both_engines};

    #[test]
    fn a_keyring_whose_root_key_the_passphrase_derives_opens_and_can_change_its_provider() {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime starts");
        runtime.block_on(both_engines(SCHEMAS.to_vec(), |stores: Stores, env: TestEnv| async move {
            let folder = tempfile::tempdir().expect("a scratch folder");
            let make = |name: &str| RootKey::create(&folder.path().join(name), &env.rng).expect("created");
            let (old, next) = (make("old"), make("next"));
            let wrap = RootWrap::Derived { salt: [7; SALT_BYTES], cost: Cost::NOW };
            let root = old.unwrap(&wrap).expect("derived").expect("of a passphrase");
            let sealed_check = xaes::seal(&root, env.rng.bytes(), CHECK, b"");
            let (record, bytes) = (RootRecord { wrap, sealed_check }, *root.as_bytes());
            let made = stores.keyring().write(move |tx| instance::insert_all(tx, &xaes::Key::from_bytes(bytes), &record));
            assert!(made.await.expect("as it was made before root keys were wrapped"));
            let keys = Trust::open(&stores, old.clone()).await.expect("opened").instance_keys();
            assert!(matches!(Trust::open(&stores, next.clone()).await, Err(TrustError::WrongPassphrase)));
            let days = |root: xaes::Key| DayKeys::new(stores.keyring().clone(), Arc::new(root));
            let day = Day::from_number(20_000);
            days(xaes::Key::from_bytes(bytes)).ensure(day).await.expect("made");
            offer(&stores, &old, &next).await.expect("offered");
            let new = adopt(&stores, &next).await.expect("adopted");
            days(new).open(day).await.expect("days' keys are wrapped anew, too");
            assert_eq!(Trust::open(&stores, next).await.expect("opened").instance_keys(), keys);
            assert!(matches!(Trust::open(&stores, old).await, Err(TrustError::WrongPassphrase)));
        }));
    }
}
