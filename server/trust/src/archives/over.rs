//! How exports end: by their time, by somebody, by an erasure; and how what is left of them is removed.
//!
//! The end is noted, then the key is destroyed, then whoever makes or sends it stops: all of it at once, and nobody waits for anybody.
//! The bytes, which open no more, are written over afterwards. That takes minutes, so it keeps neither an end nor another tenant waiting.

use std::io;
use std::time::Duration;

use kernel::{ExportId, Scope, Subject, SystemWork, TenantId};
use store::{Row, StoreError, Tx, params, wipe_folder};

use super::{Archive, Archives, EXPORT_LISTED_DAYS, LOOKED_AT_ONCE, State, blocking};
use crate::error::ArchiveError;
use crate::ledger::LeafKind;
use crate::store::exports as sql;

impl Archives {
    /// Ends an export before its time: it is not made, or can be fetched no more, and its key is destroyed when this returns.
    ///
    /// # Errors
    /// [`ArchiveError::NotFound`]; the ledger's.
    pub async fn end(&self, scope: &Scope, id: ExportId) -> Result<Archive, ArchiveError> {
        let found = self.read(scope, id).await?;
        if !found.state.is_over() {
            self.tell(scope, LeafKind::ExportEnded, id, found.subject, Some(State::Cancelled)).await?;
            self.finish(id, State::Cancelled).await?;
        }
        self.read(scope, id).await
    }

    /// Ends every export of a subject's tenant, since something of it is erased, and destroys their keys. The tenant's ledger is told of
    /// each, unless it goes itself.
    ///
    /// # Errors
    /// The store's and the ledger's; may be tried again.
    pub async fn end_for_erasure(&self, erased: Subject) -> Result<(), ArchiveError> {
        let tenant = erased.tenant();
        let scope = self.0.mint.system(tenant, SystemWork::Reconciler);
        loop {
            let open = move |tx: &mut Tx<'_>| tx.query(&sql::OPEN_EXPORTS, &params![tenant, LOOKED_AT_ONCE]);
            let rows = self.0.stores.system().read(open).await?;
            if rows.is_empty() {
                return Ok(());
            }
            for row in &rows {
                let (id, subject) = named(row)?;
                if !matches!(erased, Subject::Tenant(_)) {
                    self.tell(&scope, LeafKind::ExportEnded, id, subject, Some(State::Erased)).await?;
                }
                self.finish(id, State::Erased).await?;
            }
        }
    }

    /// Removes what is left of a tenant's exports that are over. When this returns, nothing of them is there.
    ///
    /// # Errors
    /// The store's and the file system's; may be tried again.
    pub async fn remove_for_erasure(&self, tenant: TenantId) -> Result<(), ArchiveError> {
        loop {
            let left = move |tx: &mut Tx<'_>| tx.query(&sql::EXPORTS_LEFT_OF_TENANT, &params![tenant, LOOKED_AT_ONCE]);
            let rows = self.0.stores.system().read(left).await?;
            if rows.is_empty() {
                return Ok(());
            }
            for row in &rows {
                self.remove(row.get(0)?).await?;
            }
        }
    }

    /// Ends what is past its time: how many ended. One that does not end holds no other up.
    ///
    /// # Errors
    /// The first that there was; may be tried again.
    pub async fn expire_due(&self) -> Result<usize, ArchiveError> {
        let due = |tx: &mut Tx<'_>| {
            let now = tx.now();
            tx.query(&sql::EXPORTS_DUE, &params![now, LOOKED_AT_ONCE])
        };
        let rows = self.0.stores.system().read(due).await?;
        let mut failed = None;
        for row in &rows {
            if let Err(error) = self.expire(row).await {
                failed.get_or_insert(error);
            }
        }
        failed.map_or(Ok(rows.len()), Err)
    }

    /// Its time is over whether the ledger can be told or not, so that comes second.
    async fn expire(&self, row: &Row) -> Result<(), ArchiveError> {
        let (id, subject) = named(row)?;
        if self.finish(id, State::Expired).await? {
            let scope = self.0.mint.system(subject.tenant(), SystemWork::Reconciler);
            self.tell(&scope, LeafKind::ExportEnded, id, subject, Some(State::Expired)).await?;
        }
        Ok(())
    }

    /// Removes what is left of exports that are over, and folders that nobody knows of; forgets those of which nothing is left since long.
    /// One that cannot be removed holds no other up.
    ///
    /// # Errors
    /// The first that there was; may be tried again.
    pub async fn remove_over(&self) -> Result<(), ArchiveError> {
        let (left, strays) = (self.remove_left().await, self.remove_strays().await);
        let before = self.now().minus(Duration::from_secs(u64::from(EXPORT_LISTED_DAYS) * 24 * 3_600));
        self.0.stores.system().write(move |tx| tx.execute(&sql::FORGET_EXPORTS, &params![before])).await?;
        left.and(strays)
    }

    async fn remove_left(&self) -> Result<(), ArchiveError> {
        let (mut after, mut failed) = (0_i64, None);
        loop {
            let left = move |tx: &mut Tx<'_>| tx.query(&sql::EXPORTS_LEFT, &params![after, LOOKED_AT_ONCE]);
            let rows = self.0.stores.system().read(left).await?;
            let Some(last) = rows.last() else { return failed.map_or(Ok(()), Err) };
            after = last.get(0)?;
            for row in &rows {
                if let Err(error) = self.remove(row.get(0)?).await {
                    failed.get_or_insert(error);
                }
            }
        }
    }

    async fn remove_strays(&self) -> Result<(), ArchiveError> {
        let folder = self.0.folder.clone();
        let names = blocking(move || match std::fs::read_dir(folder) {
            Ok(entries) => Ok(entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect::<Vec<_>>()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(error.into()),
        });
        let mut failed = None;
        for id in names.await?.iter().filter_map(|name| name.parse::<ExportId>().ok()) {
            if self.find(id).await?.is_none()
                && let Err(error) = self.remove(id).await
            {
                failed.get_or_insert(error);
            }
        }
        failed.map_or(Ok(()), Err)
    }

    /// Notes that an export is over, destroys its key and stops whoever makes or sends it; whether it was not over before.
    async fn finish(&self, id: ExportId, state: State) -> Result<bool, ArchiveError> {
        let end = move |tx: &mut Tx<'_>| {
            let now = tx.now();
            tx.execute(&sql::END_EXPORT, &params![id, state.text(), now])
        };
        let ended = self.0.stores.system().write(end).await?;
        self.0.sending.end(id);
        self.cancel_making(Some(id));
        self.destroy_key(id).await?;
        Ok(ended == 1)
    }

    /// Removes what there is of an export that is over, when nobody writes to it any more.
    async fn remove(&self, id: ExportId) -> Result<(), ArchiveError> {
        let _turn = self.0.turns.of(id).await;
        self.remove_now(id).await
    }

    /// As [`Archives::remove`], for whoever has the turn. First the key: whoever made it may have made another one since the end.
    pub(super) async fn remove_now(&self, id: ExportId) -> Result<(), ArchiveError> {
        self.destroy_key(id).await?;
        self.remove_folder(id).await?;
        let gone = move |tx: &mut Tx<'_>| {
            let now = tx.now();
            tx.execute(&sql::SET_EXPORT_GONE, &params![id, now]).map(|_| ())
        };
        Ok(self.0.stores.system().write(gone).await?)
    }

    pub(super) async fn remove_folder(&self, id: ExportId) -> Result<(), ArchiveError> {
        let folder = self.0.folder.join(id.to_string());
        blocking(move || Ok(wipe_folder(&folder).map(|_| ())?)).await
    }
}

/// Which export a row is of, and of whom.
fn named(row: &Row) -> Result<(ExportId, Subject), StoreError> {
    let subject = Subject::of(row.get(1)?, &row.get::<String>(2)?, row.get(3)?);
    Ok((row.get(0)?, subject.ok_or_else(|| StoreError::Corrupt("an export's row".into()))?))
}
