//! Which generation of each log goes on: see [`crate::ledger::succession`]. Nearly every log is in its first, which is noted nowhere.

use std::collections::BTreeMap;
use std::sync::{PoisonError, RwLock};

use store::{Db, StoreError, Tx};

use crate::ledger::succession::FIRST_GENERATION;
use crate::store::succession as sql;

/// The generations of logs that have successors, by whose they are.
#[derive(Default)]
pub(crate) struct Generations(RwLock<BTreeMap<i64, i64>>);

impl Generations {
    pub(crate) async fn load(keyring: &Db) -> Result<Self, StoreError> {
        let read = |tx: &mut Tx<'_>| tx.query(&sql::GENERATIONS, &[])?.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect();
        let found: Result<BTreeMap<i64, i64>, StoreError> = keyring.read(read).await;
        Ok(Self(RwLock::new(found?)))
    }

    /// Of a tenant's log, or the instance's: 0.
    pub(crate) fn of(&self, whose: i64) -> i64 {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(&whose).copied().unwrap_or(FIRST_GENERATION)
    }

    pub(crate) fn set(&self, whose: i64, generation: i64) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert(whose, generation);
    }
}
