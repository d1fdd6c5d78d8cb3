//! PostgreSQL.

use std::sync::Arc;

use tokio::sync::Semaphore;

use crate::StoreError;
use crate::home::HomeKind;
use crate::shared::Shared;
use crate::statement::Statement;
use crate::tx::{Surroundings, Tx};
use crate::value::{Row, Value};

pub(crate) struct Postgres {
    turns: Arc<Semaphore>,
}

impl Postgres {
    pub(crate) fn turns(&self, _kind: HomeKind) -> Arc<Semaphore> {
        Arc::clone(&self.turns)
    }
    pub(crate) fn read<T, E: From<StoreError>>(&self, _s: &Surroundings, _w: impl FnOnce(&mut Tx<'_>) -> Result<T, E>) -> Result<T, E> {
        Err(StoreError::Unavailable("PostgreSQL comes with the next commit".into()).into())
    }
    pub(crate) fn write<T, E: From<StoreError>>(
        &self,
        _shared: &Arc<Shared>,
        _s: &Surroundings,
        _w: impl FnMut(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        Err(StoreError::Unavailable("PostgreSQL comes with the next commit".into()).into())
    }
}

pub(crate) struct Session;

impl Session {
    pub(crate) fn execute(&mut self, _: &'static Statement, _: &[Value]) -> Result<u64, StoreError> {
        Err(StoreError::Aborted)
    }
    pub(crate) fn execute_many(&mut self, _: &'static Statement, _: &[impl AsRef<[Value]>]) -> Result<u64, StoreError> {
        Err(StoreError::Aborted)
    }
    pub(crate) fn query_each(&mut self, _: &'static Statement, _: &[Value], _: &mut dyn FnMut(Row) -> bool) -> Result<(), StoreError> {
        Err(StoreError::Aborted)
    }
}
