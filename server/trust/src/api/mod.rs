//! The endpoints of ledger, erasures, exports, registers and Trust page, one file each.

mod cancel_erasure;
mod change_retention;
mod end_export;
mod erasures;
mod exports;
mod fetch_export;
mod list_erasures;
mod list_exports;
mod list_leaves;
mod list_sub_processors;
mod prove_consistency;
mod prove_instance_consistency;
mod prove_leaf;
mod read_checkpoint;
mod read_erasure;
mod read_export;
mod read_gathered;
mod read_instance_checkpoint;
mod read_policy;
mod read_receipt;
mod read_retention;
mod read_tenant_trust;
mod read_trust_page;
mod request_erasure;
mod request_export;

use std::pin::Pin;
use std::sync::Arc;

use kernel::Permission::{ErasureManage, LedgerRead, SelfManage, SettingsManage, TrustRead};
use kernel::{Clock, Problem, Scope, SecretText};
use web::{Access, Routes};

use self::exports::ExportView;
pub use self::request_erasure::SECOND_FACTOR_REFUSED;
use crate::archives::Archive;
use crate::{Archives, Erasures, Ledger, Policies, Registers, Retentions, TrustPage};

/// Who looks at the second factor of the acting person. Accounts lie above this crate, so `app` fills it.
pub trait SecondFactor: Send + Sync + 'static {
    /// Takes a code, once; a problem where it is not taken, or where no person acts.
    fn confirm<'a>(&'a self, scope: &'a Scope, code: SecretText) -> Pin<Box<dyn Future<Output = Result<(), Problem>> + Send + 'a>>;
}

/// What the endpoints of erasures need.
#[derive(Clone)]
pub(crate) struct ErasureDoors {
    erasures: Erasures,
    second_factor: Arc<dyn SecondFactor>,
}

impl Erasures {
    /// The erasures' routes, to be mounted.
    pub fn routes(&self, second_factor: Arc<dyn SecondFactor>) -> Routes<impl Clone + Send + Sync + 'static> {
        Routes::new("erasures", ErasureDoors { erasures: self.clone(), second_factor })
            .get("/erasures", Access::Person(ErasureManage), list_erasures::DOC, list_erasures::handle)
            .post("/erasures", Access::Person(ErasureManage), request_erasure::DOC, request_erasure::handle)
            .get("/erasures/{erasure}", Access::Person(ErasureManage), read_erasure::DOC, read_erasure::handle)
            .post("/erasures/{erasure}/cancel", Access::Person(ErasureManage), cancel_erasure::DOC, cancel_erasure::handle)
            .get("/erasures/{erasure}/receipt", Access::Person(ErasureManage), read_receipt::DOC, read_receipt::handle)
    }
}

/// What the endpoints of exports need.
#[derive(Clone)]
pub(crate) struct ExportDoors {
    archives: Archives,
    second_factor: Arc<dyn SecondFactor>,
    clock: Clock,
}

impl ExportDoors {
    fn view(&self, archive: Archive, scope: &Scope) -> ExportView {
        ExportView::of(archive, scope, self.clock.now())
    }
}

impl Archives {
    /// The routes of exports that are fetched, to be mounted. They are for people, each for the own data; what else is there takes a
    /// permission that is looked at where it is known whose data are meant.
    pub fn routes(&self, second_factor: Arc<dyn SecondFactor>, clock: Clock) -> Routes<impl Clone + Send + Sync + 'static> {
        Routes::new("exports", ExportDoors { archives: self.clone(), second_factor, clock })
            .get("/exports", Access::Person(SelfManage), list_exports::DOC, list_exports::handle)
            .post("/exports", Access::Person(SelfManage), request_export::DOC, request_export::handle)
            .get("/exports/{export}", Access::Person(SelfManage), read_export::DOC, read_export::handle)
            .delete("/exports/{export}", Access::Person(SelfManage), end_export::DOC, end_export::handle)
            .get("/exports/{export}/file", Access::Person(SelfManage), fetch_export::DOC, fetch_export::handle)
    }
}

impl Ledger {
    /// The ledger's routes, to be mounted.
    pub fn routes(&self) -> Routes<Self> {
        Routes::new("ledger", self.clone())
            .get("/ledger/checkpoint", Access::Person(LedgerRead), read_checkpoint::DOC, read_checkpoint::handle)
            .get("/ledger/consistency", Access::Person(LedgerRead), prove_consistency::DOC, prove_consistency::handle)
            .get("/ledger/gathered", Access::Person(LedgerRead), read_gathered::DOC, read_gathered::handle)
            .get("/ledger/instance/checkpoint", Access::Person(LedgerRead), read_instance_checkpoint::DOC, read_instance_checkpoint::handle)
            .get(
                "/ledger/instance/consistency",
                Access::Person(LedgerRead),
                prove_instance_consistency::DOC,
                prove_instance_consistency::handle,
            )
            .get("/ledger/leaves", Access::Person(LedgerRead), list_leaves::DOC, list_leaves::handle)
            .get("/ledger/leaves/{leaf}/proof", Access::Person(LedgerRead), prove_leaf::DOC, prove_leaf::handle)
    }
}

impl Registers {
    /// The registers' routes, to be mounted.
    pub fn routes(&self) -> Routes<Self> {
        Routes::new("trust", self.clone()).get(
            "/trust/sub-processors",
            Access::Public,
            list_sub_processors::DOC,
            list_sub_processors::handle,
        )
    }
}

impl Policies {
    /// The policy's routes, to be mounted.
    pub fn routes(&self) -> Routes<Self> {
        Routes::new("trust", self.clone()).get("/trust/policy", Access::Public, read_policy::DOC, read_policy::handle)
    }
}

impl Retentions {
    /// Retention's routes, to be mounted.
    pub fn routes(&self) -> Routes<Self> {
        Routes::new("trust", self.clone())
            .get("/trust/retention", Access::Person(TrustRead), read_retention::DOC, read_retention::handle)
            .patch("/trust/retention", Access::Person(SettingsManage), change_retention::DOC, change_retention::handle)
    }
}

impl TrustPage {
    /// The Trust page's routes, to be mounted.
    pub fn routes(&self) -> Routes<Self> {
        Routes::new("trust", self.clone()).get("/trust", Access::Public, read_trust_page::DOC, read_trust_page::handle).get(
            "/trust/tenant",
            Access::Person(TrustRead),
            read_tenant_trust::DOC,
            read_tenant_trust::handle,
        )
    }
}
