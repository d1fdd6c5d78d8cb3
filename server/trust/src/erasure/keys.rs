//! The keyring's part of an erasure: what its keys are called afterwards, and the end of all of a tenant's.

use kernel::{KeyError, KeyRef, TenantId};
use seal::hash::{DIGEST_BYTES, sha256};
use store::{StoreError, Tx, params};

use crate::keyring::{Keyring, Subject};
use crate::store as sql;

/// What a tenant's keys were.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct TenantsKeys {
    /// The digests of the tenant's own key.
    pub(crate) own: Vec<[u8; DIGEST_BYTES]>,
    /// How many keys its devices and users had.
    pub(crate) others: u64,
    /// SHA-256 over the digests of those, in the order of kind, number and version.
    pub(crate) digest_of_others: [u8; DIGEST_BYTES],
    /// The newest epoch.
    pub(crate) epoch: i64,
}

impl Keyring {
    /// The digests of a subject's keys that can be used, and the epoch that wraps them; nothing where there are none (any more).
    pub(crate) async fn commitments(&self, key: KeyRef) -> Result<Option<(Vec<[u8; DIGEST_BYTES]>, i64)>, StoreError> {
        let subject = Subject::of(key).ok_or(KeyError::Missing)?;
        let (tenant, kind, id) = subject.columns();
        let rows = self.db.read(move |tx| tx.query(&sql::COMMITMENTS, &params![tenant, kind, id])).await?;
        let Some(last) = rows.last() else { return Ok(None) };
        let digests = rows.iter().filter_map(|row| row.get::<Option<[u8; DIGEST_BYTES]>>(0).transpose());
        Ok(Some((digests.collect::<Result<_, _>>()?, last.get(1)?)))
    }

    /// What all of a tenant's keys are called, before they are destroyed; nothing where they are gone.
    pub(crate) async fn tenants_keys(&self, tenant: TenantId) -> Result<Option<TenantsKeys>, StoreError> {
        let read = move |tx: &mut Tx<'_>| {
            let mut keys = TenantsKeys::default();
            let mut digests = Vec::new();
            tx.query_each(&sql::ALL_COMMITMENTS, &params![tenant], |row| {
                keys.epoch = keys.epoch.max(row.get(2)?);
                let digest: Option<[u8; DIGEST_BYTES]> = row.get(1)?;
                if row.get::<String>(0)? == "tenant" {
                    keys.own.extend(digest);
                } else {
                    keys.others += 1;
                    digests.extend_from_slice(&digest.unwrap_or_default());
                }
                Ok::<(), StoreError>(())
            })?;
            keys.digest_of_others = sha256(&digests);
            Ok::<_, StoreError>((keys.epoch > 0).then_some(keys))
        };
        self.db.read(read).await
    }

    /// Destroys every key of a tenant and every epoch that wrapped one. Of the tenant's own key the row stays, so that it is never made
    /// again; its devices' and users' rows go.
    pub(crate) async fn destroy_tenant(&self, tenant: TenantId, is_buried: bool) -> Result<(), StoreError> {
        let destroy = move |tx: &mut Tx<'_>| {
            let now = tx.now();
            tx.execute(&sql::DESTROY_SUBJECT_KEYS, &params![tenant, "tenant", tenant.number(), now])?;
            tx.execute(&sql::DELETE_OTHER_KEYS, &params![tenant])?;
            tx.execute(&sql::DELETE_EPOCHS, &params![tenant])?;
            tx.execute(&sql::DELETE_LOG_ANCHOR, &params![tenant])?;
            tx.execute(&sql::succession::DELETE_SUCCESSIONS, &params![tenant])?;
            if is_buried {
                tx.execute(&sql::KNOW_ONE_MORE, &[])?;
            }
            Ok::<_, StoreError>(())
        };
        self.db.write(destroy).await?;
        self.cache().forget_tenant(tenant);
        self.db.compact().await?;
        Ok(())
    }

    /// Forgets the keys of a tenant that is not one yet, as if they had never been made. Those that were destroyed stay destroyed.
    pub(crate) async fn forget_keys(&self, tenant: TenantId) -> Result<(), StoreError> {
        let forget = move |tx: &mut Tx<'_>| {
            tx.execute(&crate::store::exports::FORGET_KEYS, &params![tenant])?;
            tx.execute(&sql::DELETE_EPOCHS, &params![tenant])?;
            tx.execute(&sql::DELETE_LOG_ANCHOR, &params![tenant]).map(|_| ())
        };
        self.db.write(forget).await?;
        self.cache().forget_tenant(tenant);
        self.destroyed_something().await;
        Ok(())
    }
}
