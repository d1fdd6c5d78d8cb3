//! Makes exports that wait.

use std::io;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use kernel::{Actor, DeviceScope, ExportId, KeyRef, SystemWork, TenantId};
use store::{Tx, params};

use super::record::facts_place;
use super::{ATTEMPTS_MAX, Archive, Archives, Facts, LIFETIME, State, blocking};
use crate::error::ArchiveError;
use crate::export::archive::Archive as Tar;
use crate::ledger::LeafKind;
use crate::store::exports as sql;
use crate::{ExportFailure, ExportProgress, Exported};

impl Archives {
    /// Makes the export that waits longest: how it stands then; nothing where none waits, or the process ends. One that was cut off is
    /// begun anew. `prepare` is to fold what waits of the tenant in the intake; where it fails, that counts as an attempt.
    ///
    /// # Errors
    /// [`ArchiveError::Unprepared`], and the store's: to be tried again. An export that cannot be made has failed, which is none.
    pub async fn make_next<P>(&self, prepare: impl FnOnce(TenantId) -> P + Send) -> Result<Option<State>, ArchiveError>
    where
        P: Future<Output = Result<(), String>> + Send,
    {
        let _making = self.0.making.lock().await;
        let Some(archive) = self.next_archive().await? else { return Ok(None) };
        let (id, progress) = (archive.id, ExportProgress::default());
        let _turn = self.0.turns.of(id).await;
        self.set_under_way(Some((id, progress.clone())));
        // Looked at after it can be cancelled: a stop is seen either here or there.
        if self.0.is_stopping.load(Ordering::SeqCst) {
            self.set_under_way(None);
            return Ok(None);
        }
        let is_worth_trying = archive.attempts < ATTEMPTS_MAX;
        let made = if is_worth_trying { self.make(&archive, &progress, prepare).await } else { Err(Unmade::Attempts) };
        self.set_under_way(None);
        match made {
            Ok(true) => return Ok(Some(State::Ready)),
            // It ended meanwhile.
            Ok(false) => {}
            Err(Unmade::Failed(ArchiveError::Export(ExportFailure::Cancelled))) => {
                if self.is_put_off(id).await? {
                    return Ok(None);
                }
            }
            Err(Unmade::Unprepared(reason)) => return Err(ArchiveError::Unprepared(reason)),
            Err(reason) => {
                tracing::error!(export.id = %id, reason = %reason, "an export could not be made");
                self.fail(&archive, reason.state()).await?;
            }
        }
        self.remove_now(id).await?;
        Ok(self.find(id).await?.map(|found| found.state))
    }

    /// Nothing is made any more: what is being made is left as it is, and begun anew by the next process, as if it had not been begun.
    pub fn stop(&self) {
        self.0.is_stopping.store(true, Ordering::SeqCst);
        self.cancel_making(None);
    }

    /// Stops what is being made at its next row: this export, or whichever it is.
    pub(super) fn cancel_making(&self, only: Option<ExportId>) {
        let under_way = self.0.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, progress)) = under_way.as_ref().filter(|(id, _)| only.is_none_or(|only| only == *id)) {
            progress.cancel();
        }
    }

    fn set_under_way(&self, under_way: Option<(ExportId, ExportProgress)>) {
        *self.0.under_way.lock().unwrap_or_else(PoisonError::into_inner) = under_way;
    }

    /// One that stopped and did not end was stopped with the process: that was no attempt, and what it has written opens no more.
    async fn is_put_off(&self, id: ExportId) -> Result<bool, ArchiveError> {
        let put_off = self.0.stores.system().write(move |tx| tx.execute(&sql::PUT_EXPORT_OFF, &params![id])).await?;
        if put_off == 1 {
            self.destroy_key(id).await?;
        }
        Ok(put_off == 1)
    }

    async fn next_archive(&self) -> Result<Option<Archive>, ArchiveError> {
        let row = self.0.stores.system().read(|tx| tx.query_optional(&sql::NEXT_EXPORT, &[])).await?;
        match row {
            Some(row) => self.find(row.get(0)?).await,
            None => Ok(None),
        }
    }

    /// Whether it can be fetched now; false where it ended while it was made.
    async fn make<P>(&self, archive: &Archive, progress: &ExportProgress, prepare: impl FnOnce(TenantId) -> P) -> Result<bool, Unmade>
    where
        P: Future<Output = Result<(), String>>,
    {
        let (id, tenant) = (archive.id, archive.subject.tenant());
        let begun = self.0.stores.system().write(move |tx| tx.execute(&sql::BEGIN_EXPORT, &params![id])).await;
        if begun.map_err(ArchiveError::Store)? != 1 {
            return Ok(false);
        }
        prepare(tenant).await.map_err(Unmade::Unprepared)?;
        // What an attempt before has left.
        self.remove_folder(id).await?;
        let folder = self.folder(id, self.make_key(tenant, id).await?);
        // In the name of who asked, who may have lost every right since; it is the fetching that needs one.
        let scope = self.0.mint.mint(tenant, Actor::User(archive.user), &[], DeviceScope::All);
        let exported = self.0.exports.export_sealed(&scope, archive.subject, folder.clone(), progress).await;
        let Exported { manifest } = exported.map_err(ArchiveError::Export)?;
        let length = blocking(move || Ok(Tar::of(folder, id.to_string(), 0)?.length())).await?;
        let facts = Facts { altered_values: manifest.altered_values(), digest: manifest.digest, key: manifest.key };
        let facts = serde_json::to_vec(&facts).map_err(ExportFailure::Json);
        let (facts, keys, progress) = (facts.map_err(ArchiveError::Export)?, self.0.trust.keyring(), progress.clone());
        let finish = move |tx: &mut Tx<'_>| {
            let expires_at = tx.now().plus(LIFETIME);
            let (tables, rows, bytes) = (number(progress.tables()), number(progress.rows()), number(progress.bytes()));
            let sealed = keys.seal(KeyRef::Tenant(tenant), facts_place(id), &facts)?;
            tx.execute(&sql::FINISH_EXPORT, &params![id, expires_at, tables, rows, bytes, number(length), sealed])
        };
        Ok(self.0.stores.system().write(finish).await.map_err(ArchiveError::Store)? == 1)
    }

    /// Told after it is noted, and noted even where it cannot be told: one that never ends would stand in the way of all others.
    async fn fail(&self, archive: &Archive, state: State) -> Result<(), ArchiveError> {
        let (id, tenant) = (archive.id, archive.subject.tenant());
        let end = move |tx: &mut Tx<'_>| {
            let now = tx.now();
            tx.execute(&sql::END_EXPORT, &params![id, state.text(), now])
        };
        self.0.stores.system().write(end).await?;
        let scope = self.0.mint.system(tenant, SystemWork::Reconciler);
        if let Err(error) = self.tell(&scope, LeafKind::ExportEnded, id, archive.subject, Some(state)).await {
            tracing::error!(export.id = %id, error = %error, "that an export could not be made is not in the ledger");
        }
        Ok(())
    }
}

/// Why an export was not made.
#[derive(Debug, thiserror::Error)]
enum Unmade {
    #[error("it was begun {ATTEMPTS_MAX} times, and the process ended each time")]
    Attempts,
    #[error("{0}")]
    Unprepared(String),
    #[error(transparent)]
    Failed(#[from] ArchiveError),
}

impl Unmade {
    fn state(&self) -> State {
        match self {
            Self::Failed(ArchiveError::Export(ExportFailure::Io(error))) if error.kind() == io::ErrorKind::FileTooLarge => State::TooLarge,
            Self::Failed(ArchiveError::Export(ExportFailure::Io(error))) if error.kind() == io::ErrorKind::StorageFull => State::NoRoom,
            _ => State::Failed,
        }
    }
}

fn number(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
