//! A copy that somebody asked for, as the instance's ledger tells of it: before it is made and after.
//!
//! What became of one that nobody told the end of is seen by the copy itself. Copies follow each other in one place, and some are made
//! without being asked for; so each has a number, and only the very copy that was intended shows that it was made.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use kernel::{KeyError, KeyRef, Rng, TenantId, Timestamp};
use seal::hash::DIGEST_BYTES;
use seal::hex;
use serde_json::{Value, json};

use super::{CopyError, CopyId};
use crate::Trust;
use crate::ledger::{Aftermath, Asking, Effect, EffectKind, Intent, Outcome};

/// What folders are told apart by in the ledger, which is not to say where they are.
const FOLDER_PURPOSE: &str = "keyring copy folder";

/// The keyring is copied because somebody asked for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopyKeyring {
    copy: CopyId,
    folder: [u8; DIGEST_BYTES],
    asked_at: Timestamp,
}

impl Effect for CopyKeyring {
    const KIND: EffectKind = EffectKind::KeyringCopy;

    fn facts(&self) -> Value {
        json!({ "copy": self.copy.to_string(), "folder": hex::encode(&self.folder), "asked_at": self.asked_at.micros() })
    }
}

impl CopyKeyring {
    fn of(facts: &Value) -> Option<Self> {
        Some(Self {
            copy: CopyId::from_text(facts["copy"].as_str()?)?,
            folder: hex::decode(facts["folder"].as_str()?)?,
            asked_at: Timestamp::from_micros(facts["asked_at"].as_i64()?),
        })
    }
}

impl Trust {
    /// A copy that is about to be made in a folder.
    ///
    /// # Errors
    /// The instance's key.
    pub fn copying(&self, rng: &Rng, folder: &Path, asked_at: Timestamp) -> Result<CopyKeyring, KeyError> {
        Ok(CopyKeyring { copy: CopyId::random(rng), folder: self.digest_of(folder)?, asked_at })
    }

    /// As [`Trust::copy_keyring`], of a copy that the ledger tells of: it has the number that was told.
    ///
    /// # Errors
    /// As [`Trust::copy_keyring`].
    pub async fn copy_as_told(&self, intent: &Intent<CopyKeyring>, folder: &Path) -> Result<Timestamp, CopyError> {
        self.copy_numbered(intent.effect().copy, folder).await
    }

    /// Who knows what became of copies in the folder that the second copy is kept in.
    #[must_use]
    pub fn copies(&self, folder: Arc<Mutex<Option<PathBuf>>>) -> impl Aftermath + use<> {
        Copies { trust: self.clone(), folder }
    }

    fn digest_of(&self, folder: &Path) -> Result<[u8; DIGEST_BYTES], KeyError> {
        self.keyring().blind_index(KeyRef::Instance, FOLDER_PURPOSE, folder.as_os_str().as_encoded_bytes())
    }
}

struct Copies {
    trust: Trust,
    folder: Arc<Mutex<Option<PathBuf>>>,
}

impl Aftermath for Copies {
    fn kind(&self) -> EffectKind {
        CopyKeyring::KIND
    }

    fn ask(&self, _: Option<TenantId>, facts: Value) -> Asking<'_> {
        Box::pin(async move {
            let folder = self.folder.lock().unwrap_or_else(PoisonError::into_inner).clone();
            let (Some(folder), Some(asked)) = (folder, CopyKeyring::of(&facts)) else { return Ok(Some(Outcome::Unknown)) };
            // Where another folder is nobody remembers, so nobody looks into it.
            if self.trust.digest_of(&folder)? != asked.folder {
                return Ok(Some(Outcome::Unknown));
            }
            Ok(Some(match self.trust.copy_status(&folder).await {
                Ok(Some(status)) if status.id == asked.copy => Outcome::done(),
                Ok(Some(status)) if status.made_at < asked.asked_at => Outcome::Failed { why: "not-taken" },
                Err(CopyError::Store(error)) => return Err(error),
                // A later one may have taken its place, or somebody has removed it.
                Ok(_) | Err(_) => Outcome::Unknown,
            }))
        })
    }
}
