//! The ledger's leaves of what identity does. See the crate's documentation for their order.

use kernel::{Actor, Scope, SystemWork};
use serde_json::Value;
use store::StoreError;
use trust::{LeafEntry, LeafKind, Recorded, ledger};

use crate::{Identity, IdentityError};

impl Identity {
    /// Records an act in the ledger of the scope's tenant, before it is done: that store is another than identity's. What must
    /// not be done untold takes the result.
    pub(crate) async fn record(
        &self,
        scope: &Scope,
        kind: LeafKind,
        subject: Option<i64>,
        payload: Value,
    ) -> Result<Recorded, IdentityError> {
        let (keys, scope) = (self.keys(), scope.clone());
        let entry = LeafEntry { kind, subject, payload };
        self.0
            .stores
            .tenant(&scope.clone())
            .write(move |tx| ledger::record(tx, keys.as_ref(), &scope, entry.clone()))
            .await
            .map_err(|error: StoreError| error.into())
    }

    /// Records an act of nobody's tenant.
    pub(crate) async fn record_instance(&self, kind: LeafKind, payload: Value) -> Result<(), IdentityError> {
        let keys = self.keys();
        let entry = LeafEntry { kind, subject: None, payload };
        self.0
            .stores
            .system()
            .write(move |tx| ledger::record_instance(tx, keys.as_ref(), Actor::System(SystemWork::SignIn), entry.clone()))
            .await
            .map(|_told| ())
            .map_err(|error: StoreError| error.into())
    }
}
