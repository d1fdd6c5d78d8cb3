//! Exports, and the way back, for whoever may read the data folder.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use kernel::{DeviceId, Scope, Subject, UserId};
use seal::note::NoteKey;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use trust::ExportProgress;
use trust::import::{StandIns, Verified};
use words::sentence;

use super::perform::{Refused, host_scope, said};
use crate::opened::Opened;

/// The exports that run now, by their tickets.
pub(crate) type Exporting = Arc<Mutex<HashMap<u64, ExportProgress>>>;

/// An export that was made.
#[derive(Serialize, Deserialize)]
pub struct ExportFacts {
    /// The folder.
    pub folder: PathBuf,
    /// Files of rows in it.
    pub tables: u64,
    /// Rows in them.
    pub rows: u64,
    /// Values whose key was destroyed.
    pub erased_values: u64,
    /// Values that somebody changed or moved in the database, so that they do not open.
    pub altered_values: u64,
    /// The digest of its files.
    pub digest: String,
    /// The key by which it is verified.
    pub key: String,
}

/// A tenant that was taken in.
#[derive(Serialize, Deserialize)]
pub struct ImportFacts {
    /// Its number, which is the one that it had.
    pub tenant: String,
    /// Rows that were taken in.
    pub rows: u64,
    /// The digest of the export.
    pub digest: String,
}

/// How far an export is.
#[derive(Serialize, Deserialize)]
pub struct RowsWritten {
    /// Rows so far.
    pub rows: u64,
}

/// Whose data are meant.
pub(super) fn subject(scope: &Scope, device: Option<&str>, user: Option<&str>) -> Result<Subject, Refused> {
    let tenant = scope.tenant();
    match (device, user) {
        (None, None) => Ok(Subject::Tenant(tenant)),
        (Some(text), None) => {
            let device: Result<DeviceId, _> = text.parse();
            device.map(|device| Subject::Device(tenant, device)).map_err(|_not_an_id| {
                Refused::saying(sentence!(
                    "{text} is no device's number (dev_...); the device's page shows it",
                    "{text} nie jest numerem urządzenia (dev_...); pokazuje go strona urządzenia"
                ))
            })
        }
        (None, Some(text)) => {
            let user: Result<UserId, _> = text.parse();
            user.map(|user| Subject::User(tenant, user)).map_err(|_not_an_id| {
                Refused::saying(sentence!(
                    "{text} is no user's number (usr_...); the export of the tenant shows it",
                    "{text} nie jest numerem użytkownika (usr_...); pokazuje go eksport organizacji"
                ))
            })
        }
        (Some(_), Some(_)) => {
            Err(Refused::saying(sentence!("a device or a user, not both", "urządzenie albo użytkownik, nie oboje naraz")))
        }
    }
}

pub(super) async fn export(opened: &Opened, scope: &Scope, subject: Subject, folder: &Path, ticket: u64) -> Result<Value, Refused> {
    // What devices sent and is still to be folded belongs to what is held of them.
    opened.inventory.fold_tenant(scope.tenant()).await.map_err(|error| Refused::because(&error))?;
    let progress = ExportProgress::default();
    let running = || opened.exporting.lock().unwrap_or_else(PoisonError::into_inner);
    running().insert(ticket, progress.clone());
    let exported = opened.exports.export(scope, subject, folder, &progress).await;
    running().remove(&ticket);
    let manifest = exported.map_err(|error| Refused::because(&error))?.manifest;
    said(&ExportFacts {
        folder: folder.to_owned(),
        tables: manifest.tables.len() as u64,
        rows: manifest.rows(),
        erased_values: manifest.tables.iter().map(|table| table.erased_values).sum(),
        altered_values: manifest.altered_values(),
        digest: manifest.digest,
        key: manifest.key,
    })
}

impl Opened {
    /// Makes the export that waits longest to be fetched: how it stands then; nothing where none waits.
    ///
    /// # Errors
    /// Why it is to be tried again.
    pub async fn make_next_export(&self) -> Result<Option<trust::archives::State>, String> {
        // What devices sent and is still to be folded belongs to what is held of them.
        let fold = async |tenant| self.inventory.fold_tenant(tenant).await.map(|_| ()).map_err(|error| error.to_string());
        self.archives.make_next(fold).await.map_err(|error| error.to_string())
    }
}

pub(super) fn progress(opened: &Opened, ticket: u64) -> Result<Value, Refused> {
    let running = opened.exporting.lock().unwrap_or_else(PoisonError::into_inner);
    said(&RowsWritten { rows: running.get(&ticket).map_or(0, ExportProgress::rows) })
}

pub(super) async fn import(opened: &Opened, folder: &Path, key: Option<&str>) -> Result<Value, Refused> {
    let key = key.map(NoteKey::from_text).transpose().map_err(|error| Refused::because(&error))?;
    let folder = folder.to_owned();
    let verified = tokio::task::spawn_blocking(move || Verified::of(&folder, key.as_ref())).await;
    let verified = verified.map_err(|error| Refused::because(&error))?.map_err(|error| Refused::because(&error))?;
    let tenant = verified.tenant();
    let identity = opened.identity.clone();
    let stand_ins: StandIns = Arc::new(move |table, column, row| identity.stand_in(table, column, row));
    let imported = opened.exports.import(&host_scope(tenant), verified, stand_ins).await.map_err(|error| Refused::because(&error))?;
    said(&ImportFacts { tenant: imported.tenant.to_string(), rows: imported.rows, digest: imported.digest })
}
