//! Whose turn it is with the folder of an export: nobody removes one that is being written to, and no two remove the same one.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use kernel::ExportId;
use tokio::sync::OwnedMutexGuard;

/// A turn for each export, so that the folder of one keeps nobody waiting for another.
#[derive(Default)]
pub(super) struct Turns(Mutex<BTreeMap<ExportId, Weak<tokio::sync::Mutex<()>>>>);

impl Turns {
    /// Waits for the turn with an export.
    pub(super) async fn of(&self, export: ExportId) -> OwnedMutexGuard<()> {
        let turn = {
            let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            turns.retain(|_, turn| turn.strong_count() > 0);
            turns.get(&export).and_then(Weak::upgrade).unwrap_or_else(|| {
                let turn = Arc::default();
                turns.insert(export, Arc::downgrade(&turn));
                turn
            })
        };
        turn.lock_owned().await
    }
}
