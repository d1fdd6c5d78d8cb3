//! Tombstones: which keys were destroyed, told by the data, so that a keyring from before cannot bring one back.
//!
//! A tombstone is written before its key is destroyed. So there is never a destroyed key without one, and where a process dies in
//! between, the next one that opens the keyring destroys the key. A keyring that knows of fewer tombstones than there are
//! was brought back from a copy, by whatever means, and is brought up to date before anything is opened with it.
//!
//! What this cannot notice: data and keyring that are brought back *together* from before a destruction. Only a ledger's checkpoint
//! that somebody keeps elsewhere tells of that.

use kernel::TenantId;
use store::{Db, StoreError, Tx, params};

use crate::keyring::Subject;
use crate::store as sql;

/// Tombstones that are looked at in one transaction.
const TOMBSTONES_AT_ONCE: usize = 1_000;
const TENANT: &str = "tenant";
/// The epoch of a key that was destroyed before this keyring knew of it.
const NO_EPOCH: i64 = 0;

/// A destroyed key.
#[derive(Clone)]
struct Tombstone {
    subject: Subject,
    destroyed_at: i64,
}

/// Notes that a key is about to be destroyed; whether that was not noted yet.
pub(crate) async fn bury(system: &Db, subject: Subject) -> Result<bool, StoreError> {
    let (tenant, kind, id) = subject.columns();
    let buried = system.write(move |tx| {
        let now = tx.now();
        tx.execute(&sql::INSERT_TOMBSTONE, &params![tenant, kind, id, now])
    });
    Ok(buried.await? > 0)
}

/// Destroys every key that has a tombstone and is there all the same: how many. Costs two looks where the keyring knows of as many as there
/// are; it may know of more, where the data were brought back from before, and then its count says nothing of those that came since.
pub(crate) async fn enforce(system: &Db, keyring: &Db) -> Result<usize, StoreError> {
    let buried = system.read(|tx| tx.query_one(&sql::COUNT_TOMBSTONES, &[])?.get::<i64>(0)).await?;
    let known = |tx: &mut Tx<'_>| tx.query_optional(&sql::KNOWN_TOMBSTONES, &[])?.map_or(Ok(0), |row| row.get::<i64>(0));
    if keyring.read(known).await? == buried {
        return Ok(0);
    }
    let mut destroyed = 0;
    let mut after = (0, String::new(), 0);
    loop {
        let page = page(system, after).await?;
        let Some(last) = page.last() else {
            keyring.write(move |tx| tx.execute(&sql::KNOW_ALL, &params![buried]).map(|_| ())).await?;
            return Ok(destroyed);
        };
        let (tenant, kind, id) = last.subject.columns();
        after = (tenant.number(), kind.to_owned(), id);
        let of_page = page.clone();
        destroyed += keyring.write(move |tx| of_page.iter().map(|tombstone| destroy(tx, tombstone)).sum::<Result<usize, _>>()).await?;
    }
}

async fn page(system: &Db, (tenant, kind, id): (i64, String, i64)) -> Result<Vec<Tombstone>, StoreError> {
    let read = move |tx: &mut Tx<'_>| {
        let rows = tx.query(&sql::TOMBSTONES_AFTER, &params![tenant, kind, id, TOMBSTONES_AT_ONCE as i64])?;
        let read = |row: &store::Row| {
            let (tenant, kind, id): (TenantId, String, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let subject = Subject::of_columns(tenant, &kind, id);
            let subject = subject.ok_or_else(|| StoreError::Corrupt(format!("a tombstone is of an unknown kind of key, {kind}")))?;
            Ok(Tombstone { subject, destroyed_at: row.get(3)? })
        };
        rows.iter().map(read).collect()
    };
    system.read(read).await
}

/// Destroys a key where it is there; notes it as destroyed where it is not known, so that it is never made. Whether it was there.
fn destroy(tx: &mut Tx<'_>, tombstone: &Tombstone) -> Result<usize, StoreError> {
    let ((tenant, kind, id), at) = (tombstone.subject.columns(), tombstone.destroyed_at);
    let was_there = tx.execute(&sql::DESTROY_SUBJECT_KEYS, &params![tenant, kind, id, at])? > 0;
    let is_known = tx.query_optional(&sql::NEWEST_SUBJECT_KEY, &params![tenant, kind, id])?.is_some();
    if !is_known && !is_erased(tx, tenant)? {
        tx.execute(&sql::INSERT_DESTROYED_KEY, &params![tenant, kind, id, NO_EPOCH, at])?;
    }
    if kind == TENANT {
        // Nothing of an erased tenant is left but that it is.
        tx.execute(&sql::DELETE_OTHER_KEYS, &params![tenant])?;
        tx.execute(&sql::DELETE_EPOCHS, &params![tenant])?;
        tx.execute(&sql::DELETE_LOG_ANCHOR, &params![tenant])?;
        tx.execute(&sql::succession::DELETE_SUCCESSIONS, &params![tenant])?;
    }
    Ok(usize::from(was_there))
}

/// Whether a tenant's own key is destroyed.
pub(crate) fn is_erased(tx: &mut Tx<'_>, tenant: TenantId) -> Result<bool, StoreError> {
    let row = tx.query_optional(&sql::NEWEST_SUBJECT_KEY, &params![tenant, TENANT, tenant.number()])?;
    row.map_or(Ok(false), |row| Ok(row.get::<Option<i64>>(1)?.is_some()))
}
