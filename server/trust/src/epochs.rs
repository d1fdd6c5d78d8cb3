//! Epochs: after a key was destroyed, its tenant's whole part of the keyring is wrapped anew, and the epoch key that wrapped
//! the destroyed one is destroyed too. So a copy of the destroyed key's row, wherever it may still lie, opens with nothing
//! that the keyring holds.
//!
//! A roll moves by steps, each a transaction of its own: the next epoch begins; keys move over to it, some at a time; when
//! none is left behind, the older epochs go. What a step left is found in the rows, so a roll that was cut off anywhere goes
//! on where it was, and all the while every key can be used: a row says which epoch wraps it.

use std::collections::BTreeMap;
use std::sync::Arc;

use kernel::{KeyError, TenantId};
use seal::hash::DIGEST_BYTES;
use seal::xaes;
use store::{StoreError, Tx, params};

use crate::data_map::place;
use crate::keyring::{Keyring, Subject, commitment, epoch_place};
use crate::store as sql;

/// Keys that one step wraps anew.
pub const KEYS_PER_STEP: usize = 1_000;

/// What a step of a roll did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RollStep {
    /// The next epoch has begun.
    Begun {
        /// Its number.
        epoch: i64,
    },
    /// So many keys moved over to it.
    Moved {
        /// How many.
        keys: usize,
    },
    /// Every key is in the newest epoch, and the older ones are gone.
    Done {
        /// The newest epoch's number.
        epoch: i64,
    },
}

/// How a tenant's part of the keyring stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyringStatus {
    /// The newest epoch's number.
    pub epoch: i64,
    /// When it began.
    pub began_at: kernel::Timestamp,
    /// Keys that can be used.
    pub keys: u64,
    /// Keys that were destroyed.
    pub destroyed: u64,
    /// Whether a roll is due or under way.
    pub rolls: bool,
}

impl Keyring {
    /// Moves a tenant's roll on by one step. Where none is under way, one begins only if `begin` says so.
    pub(crate) async fn roll_step(&self, tenant: TenantId, begin: bool) -> Result<RollStep, StoreError> {
        let root = Arc::clone(&self.root);
        let stepped = self.db.write(move |tx| step(tx, &root, tenant, begin)).await?;
        if matches!(stepped, RollStep::Done { .. }) {
            self.destroyed_something().await;
        }
        Ok(stepped)
    }

    /// Tenants that have destroyed keys, or a roll under way, which an older epoch still wraps, or an epoch that is not told of.
    pub(crate) async fn rolls_due(&self, after: Option<TenantId>, max: usize) -> Result<Vec<TenantId>, StoreError> {
        self.db
            .read(move |tx| {
                let rows = tx.query(&sql::ROLLS_DUE, &params![after.map_or(0, TenantId::number), max as i64])?;
                rows.iter().map(|row| row.get(0)).collect()
            })
            .await
    }

    /// When the first key was destroyed that an epoch still there has wrapped.
    pub(crate) async fn roll_due_since(&self) -> Result<Option<kernel::Timestamp>, StoreError> {
        self.db.read(|tx| tx.query_optional(&sql::ROLL_DUE_SINCE, &[])?.map(|row| row.get(0)).transpose()).await
    }

    pub(crate) async fn status(&self, tenant: TenantId) -> Result<KeyringStatus, StoreError> {
        self.db
            .read(move |tx| {
                let row = tx.query_optional(&sql::NEWEST_EPOCH, &params![tenant])?.ok_or(KeyError::Missing)?;
                let count = tx.query_one(&sql::COUNT_KEYS, &params![tenant])?;
                let due = tx.query_optional(&sql::ROLL_DUE, &params![tenant])?;
                let (usable, all): (i64, i64) = (count.get(0)?, count.get(1)?);
                Ok(KeyringStatus {
                    epoch: row.get(0)?,
                    began_at: row.get(2)?,
                    keys: usable.unsigned_abs(),
                    destroyed: (all - usable).unsigned_abs(),
                    rolls: due.is_some(),
                })
            })
            .await
    }
}

fn step(tx: &mut Tx<'_>, root: &xaes::Key, tenant: TenantId, begin: bool) -> Result<RollStep, StoreError> {
    let mut epochs: BTreeMap<i64, xaes::Key> = BTreeMap::new();
    for row in tx.query(&sql::EPOCHS, &params![tenant])? {
        let epoch: i64 = row.get(0)?;
        epochs.insert(epoch, epoch_place(tenant, epoch).unwrap_key(root, &row.get::<Vec<u8>>(1)?)?);
    }
    let Some((&newest, newest_key)) = epochs.last_key_value() else { return Err(KeyError::Missing.into()) };
    if epochs.len() == 1 {
        return if begin { begin_epoch(tx, root, tenant, newest + 1) } else { Ok(RollStep::Done { epoch: newest }) };
    }
    let moved = move_keys(tx, tenant, &epochs, (newest, newest_key))?;
    if moved > 0 {
        return Ok(RollStep::Moved { keys: moved });
    }
    tx.execute(&sql::DELETE_OLDER_EPOCHS, &params![tenant, newest])?;
    Ok(RollStep::Done { epoch: newest })
}

fn begin_epoch(tx: &mut Tx<'_>, root: &xaes::Key, tenant: TenantId, epoch: i64) -> Result<RollStep, StoreError> {
    let key = xaes::Key::from_bytes(tx.rng().bytes());
    let (wrapped, now) = (epoch_place(tenant, epoch).wrap(root, tx.rng(), key.as_bytes()), tx.now());
    tx.execute(&sql::INSERT_EPOCH, &params![tenant, epoch, wrapped, now, None::<i64>])?;
    Ok(RollStep::Begun { epoch })
}

fn move_keys(
    tx: &mut Tx<'_>,
    tenant: TenantId,
    epochs: &BTreeMap<i64, xaes::Key>,
    (newest, newest_key): (i64, &xaes::Key),
) -> Result<usize, StoreError> {
    let rows = tx.query(&sql::KEYS_OF_OLDER_EPOCHS, &params![tenant, newest, KEYS_PER_STEP as i64])?;
    for row in &rows {
        let (kind, id, version, epoch): (String, i64, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
        let altered = KeyError::Altered { table: place::KEYRING_KEY, row: id, column: place::KEY_WRAPPED };
        let subject = Subject::of_columns(tenant, &kind, id).ok_or_else(|| altered.clone())?;
        let old = epochs.get(&epoch).ok_or(altered)?;
        let key = subject.wrap_place(version).unwrap(old, &row.get::<Vec<u8>>(4)?)?;
        // A receipt may have named it: what does not match is not made to match.
        let (stored, counted) = (row.get::<Option<[u8; DIGEST_BYTES]>>(5)?, commitment(&key));
        if stored.is_some_and(|stored| stored != counted) {
            return Err(KeyError::Altered { table: place::KEYRING_KEY, row: id, column: place::KEY_COMMITMENT }.into());
        }
        let wrapped = subject.wrap_place(version).wrap(newest_key, tx.rng(), &key);
        tx.execute(&sql::MOVE_KEY, &params![tenant, kind, id, version, newest, wrapped, counted])?;
    }
    Ok(rows.len())
}

/// Wraps every epoch key of every tenant anew, under another root key.
pub(crate) fn wrap_all(tx: &mut Tx<'_>, old: &xaes::Key, new: &xaes::Key) -> Result<(), StoreError> {
    for row in tx.query(&sql::ALL_EPOCHS, &[])? {
        let (tenant, epoch): (TenantId, i64) = (row.get(0)?, row.get(1)?);
        let key = epoch_place(tenant, epoch).unwrap(old, &row.get::<Vec<u8>>(2)?)?;
        let wrapped = epoch_place(tenant, epoch).wrap(new, tx.rng(), &key);
        tx.execute(&sql::SET_EPOCH, &params![tenant, epoch, wrapped])?;
    }
    Ok(())
}
