//! The ledger's endpoints, one file each.

mod list_leaves;
mod prove_consistency;
mod prove_leaf;
mod read_checkpoint;

use kernel::Permission::LedgerRead;
use web::{Access, Routes};

use crate::Ledger;

impl Ledger {
    /// The ledger's routes, to be mounted.
    pub fn routes(&self) -> Routes<Self> {
        Routes::new("ledger", self.clone())
            .get("/ledger/checkpoint", Access::Person(LedgerRead), read_checkpoint::DOC, read_checkpoint::handle)
            .get("/ledger/consistency", Access::Person(LedgerRead), prove_consistency::DOC, prove_consistency::handle)
            .get("/ledger/leaves", Access::Person(LedgerRead), list_leaves::DOC, list_leaves::handle)
            .get("/ledger/leaves/{leaf}/proof", Access::Person(LedgerRead), prove_leaf::DOC, prove_leaf::handle)
    }
}
