//! Makes exports that wait, and removes what is left of those that are over.

use std::io;
use std::sync::PoisonError;

use kernel::{Actor, DeviceScope, ExportId, KeyRef, SystemWork, TenantId};
use store::{Tx, params, wipe_folder};

use super::record::facts_place;
use super::{ATTEMPTS_MAX, Archive, Archives, Facts, LIFETIME, LOOKED_AT_ONCE, State, blocking};
use crate::error::ArchiveError;
use crate::export::archive::Archive as Tar;
use crate::ledger::LeafKind;
use crate::store::exports as sql;
use crate::{ExportFailure, ExportProgress, Exported};

impl Archives {
    /// The tenant whose export is made next. What waits of it in the intake is to be folded before [`Archives::make_next`].
    ///
    /// # Errors
    /// The store's.
    pub async fn next(&self) -> Result<Option<TenantId>, ArchiveError> {
        Ok(self.next_archive().await?.map(|archive| archive.subject.tenant()))
    }

    /// Makes the export that waits longest: how it stands then; nothing where none waits. One that was cut off is begun anew.
    ///
    /// # Errors
    /// The store's; an export that cannot be made has failed, which is none.
    pub async fn make_next(&self) -> Result<Option<State>, ArchiveError> {
        let _turn = self.0.turn.lock().await;
        let Some(archive) = self.next_archive().await? else { return Ok(None) };
        let id = archive.id;
        let made = if archive.attempts < ATTEMPTS_MAX { self.make(&archive).await } else { Err(Unmade::Attempts) };
        *self.0.under_way.lock().unwrap_or_else(PoisonError::into_inner) = None;
        match made {
            Ok(true) => return Ok(Some(State::Ready)),
            // It ended meanwhile.
            Ok(false) | Err(Unmade::Failed(ArchiveError::Export(ExportFailure::Cancelled))) => {}
            Err(reason) => {
                tracing::error!(export.id = %id, reason = %reason, "an export could not be made");
                self.fail(&archive, reason.state()).await?;
            }
        }
        self.remove_now(id).await?;
        Ok(self.find(id).await?.map(|found| found.state))
    }

    async fn next_archive(&self) -> Result<Option<Archive>, ArchiveError> {
        let row = self.0.stores.system().read(|tx| tx.query_optional(&sql::NEXT_EXPORT, &[])).await?;
        match row {
            Some(row) => self.find(row.get(0)?).await,
            None => Ok(None),
        }
    }

    /// Whether it can be fetched now; false where it ended while it was made.
    async fn make(&self, archive: &Archive) -> Result<bool, Unmade> {
        let (id, tenant) = (archive.id, archive.subject.tenant());
        // What an attempt before has left.
        self.remove_folder(id).await?;
        let progress = ExportProgress::default();
        *self.0.under_way.lock().unwrap_or_else(PoisonError::into_inner) = Some((id, progress.clone()));
        let begun = self.0.stores.system().write(move |tx| tx.execute(&sql::BEGIN_EXPORT, &params![id])).await;
        if begun.map_err(ArchiveError::Store)? != 1 {
            return Ok(false);
        }
        let folder = self.folder(id, self.make_key(tenant, id).await?);
        // In the name of who asked, who may have lost every right since; it is the fetching that needs one.
        let scope = self.0.mint.mint(tenant, Actor::User(archive.user), &[], DeviceScope::All);
        let exported = self.0.exports.export_sealed(&scope, archive.subject, folder.clone(), &progress).await;
        let Exported { manifest } = exported.map_err(ArchiveError::Export)?;
        let length = blocking(move || Ok(Tar::of(folder, id.to_string(), 0)?.length())).await?;
        let facts = serde_json::to_vec(&Facts { digest: manifest.digest, key: manifest.key }).map_err(ExportFailure::Json);
        let (facts, keys) = (facts.map_err(ArchiveError::Export)?, self.0.trust.keyring());
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

    /// Removes what there is of an export that is over, when nobody writes to it any more.
    pub(super) async fn remove(&self, id: ExportId) -> Result<(), ArchiveError> {
        let _turn = self.0.turn.lock().await;
        self.remove_now(id).await
    }

    /// First the key, so that whatever becomes of the bytes, they open no more.
    async fn remove_now(&self, id: ExportId) -> Result<(), ArchiveError> {
        self.destroy_key(id).await?;
        self.remove_folder(id).await?;
        let gone = move |tx: &mut Tx<'_>| {
            let now = tx.now();
            tx.execute(&sql::SET_EXPORT_GONE, &params![id, now]).map(|_| ())
        };
        Ok(self.0.stores.system().write(gone).await?)
    }

    async fn remove_folder(&self, id: ExportId) -> Result<(), ArchiveError> {
        let folder = self.0.folder.join(id.to_string());
        blocking(move || Ok(wipe_folder(&folder).map(|_| ())?)).await
    }

    /// Removes what is left of exports that are over: of which a process ended before all of it was gone.
    pub(super) async fn remove_left(&self) -> Result<(), ArchiveError> {
        let rows = self.0.stores.system().read(|tx| tx.query(&sql::EXPORTS_LEFT, &params![LOOKED_AT_ONCE])).await?;
        for row in &rows {
            self.remove(row.get(0)?).await?;
        }
        Ok(())
    }

    /// Removes folders of exports that nobody knows of.
    pub(super) async fn remove_strays(&self) -> Result<(), ArchiveError> {
        let folder = self.0.folder.clone();
        let names = blocking(move || match std::fs::read_dir(folder) {
            Ok(entries) => Ok(entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect::<Vec<_>>()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(error.into()),
        });
        for id in names.await?.iter().filter_map(|name| name.parse::<ExportId>().ok()) {
            if self.find(id).await?.is_none() {
                self.remove(id).await?;
            }
        }
        Ok(())
    }
}

/// Why an export was not made.
#[derive(Debug, thiserror::Error)]
enum Unmade {
    #[error("it was begun {ATTEMPTS_MAX} times, and the process ended each time")]
    Attempts,
    #[error(transparent)]
    Failed(#[from] ArchiveError),
}

impl Unmade {
    fn state(&self) -> State {
        match self {
            Self::Failed(ArchiveError::Export(ExportFailure::Io(error))) if error.kind() == io::ErrorKind::FileTooLarge => State::TooLarge,
            _ => State::Failed,
        }
    }
}

fn number(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
