//! The intake: one node-wide, sealed, durable log of what devices sent. Many appends share a commit; a folder moves
//! entries into tenants' stores in batches, so that an unchanged check-in opens no file of its tenant.

use std::sync::{Arc, OnceLock};

use kernel::{DeviceId, KeyRef, KeyRing, Place, TenantId};
use wire::Timestamp;

use crate::handle::Db;
use crate::store::{DELETE_ENTRIES_THROUGH, FOLDED_THROUGH, INSERT_ENTRY, OLDEST_ENTRIES, SET_FOLDED_THROUGH, TAKE_NUMBERS};
use crate::tx::Tx;
use crate::{StoreError, params};

/// Largest body of an entry, in bytes.
pub const INTAKE_BODY_BYTES_MAX: usize = 64 * 1024;

/// An entry, opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IntakeEntry {
    /// Grows from entry to entry; never given twice.
    pub number: i64,
    /// Whose.
    pub tenant: TenantId,
    /// From which device.
    pub device: DeviceId,
    /// What the body is; the appender's own numbering.
    pub kind: i64,
    /// When it was taken in.
    pub at: Timestamp,
    /// What was sent.
    pub body: Vec<u8>,
}

/// The log. Cloning shares it.
#[derive(Clone)]
pub struct Intake {
    db: Db,
    keys: Arc<OnceLock<Arc<dyn KeyRing>>>,
}

const fn place(number: i64) -> Place {
    Place { table: crate::data_map::INTAKE.number, column: 6, row: number }
}

impl Intake {
    pub(crate) fn new(db: Db) -> Self {
        Self { db, keys: Arc::default() }
    }

    pub(crate) fn end(&self) {}

    /// Hands in the keyring; once, before the first append.
    pub fn set_keys(&self, keys: Arc<dyn KeyRing>) {
        // A second keyring would leave entries that do not open: the first stays.
        let _ = self.keys.set(keys);
    }

    fn keys(&self) -> Result<Arc<dyn KeyRing>, StoreError> {
        self.keys.get().cloned().ok_or_else(|| StoreError::Misuse("the intake has no keyring yet".into()))
    }

    /// Appends an entry, sealed under the instance's key; durable when it returns its number.
    ///
    /// # Errors
    /// [`StoreError::TooLarge`] past [`INTAKE_BODY_BYTES_MAX`]; [`StoreError::Busy`] where too much waits.
    pub async fn append(&self, tenant: TenantId, device: DeviceId, kind: i64, at: Timestamp, body: Vec<u8>) -> Result<i64, StoreError> {
        if body.len() > INTAKE_BODY_BYTES_MAX {
            return Err(StoreError::TooLarge { what: "an intake entry in bytes", limit: INTAKE_BODY_BYTES_MAX as u64 });
        }
        let keys = self.keys()?;
        self.db
            .write(move |tx| {
                let number: i64 = tx.query_one(&TAKE_NUMBERS, &params![1_i64])?.get(0)?;
                let sealed = keys.seal(KeyRef::Instance, place(number), &body)?;
                tx.execute(&INSERT_ENTRY, &params![number, tenant, device, kind, at, sealed])?;
                Ok(number)
            })
            .await
    }

    /// The oldest entries, opened.
    ///
    /// # Errors
    /// As [`Db::read`]; [`StoreError::Key`] for an entry that does not open.
    pub async fn batch(&self, max: usize) -> Result<Vec<IntakeEntry>, StoreError> {
        let keys = self.keys()?;
        let limit = i64::try_from(max).unwrap_or(i64::MAX);
        self.db
            .read(move |tx| {
                let rows = tx.query(&OLDEST_ENTRIES, &params![limit])?;
                let open = |row: &crate::Row| {
                    let number = row.get(0)?;
                    let sealed: Vec<u8> = row.get(5)?;
                    let body = keys.open(KeyRef::Instance, place(number), &sealed)?.to_vec();
                    Ok(IntakeEntry { number, tenant: row.get(1)?, device: row.get(2)?, kind: row.get(3)?, at: row.get(4)?, body })
                };
                rows.iter().map(open).collect()
            })
            .await
    }

    /// Forgets every entry up to this number: they are folded.
    ///
    /// # Errors
    /// As [`Db::write`].
    pub async fn remove_through(&self, number: i64) -> Result<(), StoreError> {
        self.db.write(move |tx| tx.execute(&DELETE_ENTRIES_THROUGH, &params![number]).map(|_| ())).await
    }
}

impl Tx<'_> {
    /// Up to which number the intake is folded into this tenant's store; 0 at first.
    ///
    /// # Errors
    /// As [`Tx::query`].
    pub fn folded_through(&mut self) -> Result<i64, StoreError> {
        let tenant = self.tenant_needed()?;
        self.query_optional(&FOLDED_THROUGH, &params![tenant])?.map_or(Ok(0), |row| row.get(0))
    }

    /// Remembers up to which number the intake is folded, in the transaction that folds; it never goes back.
    ///
    /// # Errors
    /// As [`Tx::execute`].
    pub fn set_folded_through(&mut self, number: i64) -> Result<(), StoreError> {
        let tenant = self.tenant_needed()?;
        self.execute(&SET_FOLDED_THROUGH, &params![tenant, number]).map(|_| ())
    }
}
