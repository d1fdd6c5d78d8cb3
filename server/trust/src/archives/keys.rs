//! The keys of exports: one for each, in the keyring, sealed under the tenant's key; deleted when the export is over.
//!
//! The tenant's key lives on, so a copy of the row from before, with the export's files from before and the root key, opens it still. With
//! SQLite nothing of the row is left in the keyring's files; PostgreSQL has it in dead rows and its log for a while, and a snapshot of a
//! disk has what it has. The guide tells operators to leave the folder out of snapshots and backups.

use kernel::{ExportId, KeyError, KeyRef, Place, TenantId};
use seal::xaes::{KEY_BYTES, Key};
use store::{StoreError, Tx, params};

use super::{Archives, blocking};
use crate::data_map::place;
use crate::error::ArchiveError;
use crate::store::exports as sql;

impl Archives {
    /// Makes an export's key, in the place of one that an attempt before has left.
    pub(super) async fn make_key(&self, tenant: TenantId, id: ExportId) -> Result<Key, ArchiveError> {
        let (keys, key) = (self.0.trust.keyring(), Key::from_bytes(self.0.stores.rng().bytes()));
        let seal = move || {
            let sealed = keys.seal(KeyRef::Tenant(tenant), key_place(id), key.as_bytes()).map_err(StoreError::Key)?;
            Ok((key, sealed))
        };
        let (key, sealed) = blocking(seal).await?;
        let insert = move |tx: &mut Tx<'_>| {
            let now = tx.now();
            tx.execute(&sql::DELETE_EXPORT_KEY, &params![id])?;
            tx.execute(&sql::INSERT_EXPORT_KEY, &params![id, tenant, sealed.clone(), now]).map(|_| ())
        };
        self.0.stores.keyring().write(insert).await?;
        Ok(key)
    }

    /// The key of an export; nothing where it is destroyed.
    pub(super) async fn key(&self, tenant: TenantId, id: ExportId) -> Result<Option<Key>, ArchiveError> {
        let row = self.0.stores.keyring().read(move |tx| tx.query_optional(&sql::EXPORT_KEY, &params![id])).await?;
        let Some(row) = row else { return Ok(None) };
        let sealed: Vec<u8> = row.get(0)?;
        let keys = self.0.trust.keyring();
        let open = move || match keys.open(KeyRef::Tenant(tenant), key_place(id), &sealed) {
            Err(KeyError::Missing) => Ok(None),
            opened => Ok(Some(opened.map_err(StoreError::Key)?)),
        };
        let Some(opened) = blocking(open).await? else { return Ok(None) };
        let bytes: [u8; KEY_BYTES] = opened.as_slice().try_into().map_err(|_| StoreError::Corrupt("the key of an export".into()))?;
        Ok(Some(Key::from_bytes(bytes)))
    }

    /// Destroys the key of an export, and what the keyring's files still hold of it.
    pub(super) async fn destroy_key(&self, id: ExportId) -> Result<(), ArchiveError> {
        let destroyed = self.0.stores.keyring().write(move |tx| tx.execute(&sql::DELETE_EXPORT_KEY, &params![id])).await?;
        if destroyed > 0 {
            self.0.trust.destroyed_something().await;
        }
        Ok(())
    }
}

fn key_place(id: ExportId) -> Place {
    Place { table: place::KEYRING_EXPORT_KEY, column: place::EXPORT_KEY_SEALED, row: id.number() }
}
