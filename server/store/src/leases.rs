//! Who owns a tenant: its memory index, its ledger's sequencing and its timers belong to one node at a time.
//!
//! A lease is a row in the system store (node, epoch, expiry). It lives for [`LEASE_TIME`]; its holder stops using it
//! after [`LEASE_USE_TIME`] by its own monotonic clock, so that a holder whose renewal fails is silent before another
//! begins. Clocks may still be wrong and processes may sleep: therefore the epoch also stands in the tenant's own
//! store, and an owner's write checks it there in its transaction ([`Tx::check_lease`]). Embedded, there is one node,
//! and its leases are eternal.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use kernel::{NodeId, TenantId};

use crate::home::Home;
use crate::shared::{Backend, Shared};
use crate::store::{HOLD_OWNER_EPOCH, INSERT_LEASE, LEASE_OF, OWNER_EPOCH_OF, RELEASE_LEASES, SET_OWNER_EPOCH, UPDATE_LEASE};
use crate::tx::Tx;
use crate::{StoreError, params};

/// How long a lease lives after it was taken or renewed.
pub const LEASE_TIME: Duration = Duration::from_secs(10);
/// How long its holder uses it.
pub const LEASE_USE_TIME: Duration = Duration::from_secs(7);
/// After how long [`Leases::own`] renews it.
const LEASE_RENEW_TIME: Duration = Duration::from_secs(3);
/// The epoch of eternal leases.
const ETERNAL_EPOCH: i64 = 1;

/// The right to act as a tenant's owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The tenant.
    pub tenant: TenantId,
    /// The node that holds it.
    pub node: NodeId,
    /// Grows with each change of owner; part of snapshot names.
    pub epoch: i64,
    /// When it was taken or renewed, by the holder's monotonic clock; none for an eternal one.
    taken: Option<Duration>,
}

impl Lease {
    fn age(&self, now: Duration) -> Duration {
        self.taken.map_or(Duration::ZERO, |taken| now.saturating_sub(taken))
    }
}

/// The leases of this node.
#[derive(Clone)]
pub struct Leases {
    shared: Arc<Shared>,
    node: NodeId,
    held: Arc<Mutex<HashMap<TenantId, Lease>>>,
}

impl Leases {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        let node = NodeId::from_random(shared.rng.bits());
        Self { shared, node, held: Arc::default() }
    }

    /// This node; another one after each start.
    #[must_use]
    pub const fn node(&self) -> NodeId {
        self.node
    }

    /// Takes, keeps or renews the lease of a tenant. Call it at each round of an owner's work.
    ///
    /// # Errors
    /// [`StoreError::NotOwner`] while another node holds it.
    pub async fn own(&self, tenant: TenantId) -> Result<Lease, StoreError> {
        if matches!(self.shared.backend, Backend::Sqlite(_)) {
            return Ok(Lease { tenant, node: self.node, epoch: ETERNAL_EPOCH, taken: None });
        }
        // Before the request: the lease is never used for longer than it lives.
        let now = self.shared.clock.monotonic();
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner).get(&tenant).copied();
        if let Some(lease) = held
            && lease.age(now) < LEASE_RENEW_TIME
        {
            return Ok(lease);
        }
        let taken = self.take(tenant, now).await;
        let mut all = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        match taken {
            Ok(lease) => {
                all.insert(tenant, lease);
                Ok(lease)
            }
            Err(error) => {
                all.remove(&tenant);
                Err(error)
            }
        }
    }

    async fn take(&self, tenant: TenantId, now: Duration) -> Result<Lease, StoreError> {
        let node = self.node;
        let epoch = self.shared.handle(Home::System).write(move |tx| take_row(tx, tenant, node)).await?;
        self.shared.handle(Home::Tenant(tenant)).write(move |tx| set_epoch(tx, tenant, epoch)).await?;
        Ok(Lease { tenant, node, epoch, taken: Some(now) })
    }

    /// Gives every lease back, so that another node need not wait for their end.
    ///
    /// # Errors
    /// As [`Db::write`](crate::Db::write).
    pub async fn release_all(&self) -> Result<(), StoreError> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).clear();
        if matches!(self.shared.backend, Backend::Sqlite(_)) {
            return Ok(());
        }
        let node = self.node;
        self.shared.handle(Home::System).write(move |tx| tx.execute(&RELEASE_LEASES, &params![node]).map(|_| ())).await
    }
}

/// Takes or renews the row; gives its epoch.
fn take_row(tx: &mut Tx<'_>, tenant: TenantId, node: NodeId) -> Result<i64, StoreError> {
    let expires_at = tx.now().plus(LEASE_TIME);
    let Some(row) = tx.query_optional(&LEASE_OF, &params![tenant])? else {
        let inserted = tx.execute(&INSERT_LEASE, &params![tenant, node, ETERNAL_EPOCH, expires_at])?;
        return if inserted == 1 { Ok(ETERNAL_EPOCH) } else { Err(StoreError::NotOwner) };
    };
    let (holder, epoch, end): (NodeId, i64, kernel::Timestamp) = (row.get(0)?, row.get(1)?, row.get(2)?);
    let next = match holder == node {
        true => epoch,
        false if end <= tx.now() => epoch + 1,
        false => return Err(StoreError::NotOwner),
    };
    let updated = tx.execute(&UPDATE_LEASE, &params![tenant, node, next, expires_at, epoch])?;
    if updated == 1 { Ok(next) } else { Err(StoreError::NotOwner) }
}

/// Makes the epoch the one that owners' writes are checked against.
fn set_epoch(tx: &mut Tx<'_>, tenant: TenantId, epoch: i64) -> Result<(), StoreError> {
    if tx.execute(&SET_OWNER_EPOCH, &params![tenant, epoch])? == 1 {
        return Ok(());
    }
    let present: i64 = tx.query_one(&OWNER_EPOCH_OF, &params![tenant])?.get(0)?;
    if present == epoch { Ok(()) } else { Err(StoreError::NotOwner) }
}

impl Tx<'_> {
    /// Refuses where the lease is not the tenant's present one any more; every write of an owner calls it first. Until
    /// the transaction ends no other node can become the owner.
    ///
    /// # Errors
    /// [`StoreError::NotOwner`].
    pub fn check_lease(&mut self, lease: &Lease) -> Result<(), StoreError> {
        let tenant = self.tenant_needed()?;
        if tenant != lease.tenant || lease.age(self.clock().monotonic()) >= LEASE_USE_TIME {
            return Err(StoreError::NotOwner);
        }
        if self.is_embedded() {
            return Ok(());
        }
        let present: Option<i64> = self.query_optional(&HOLD_OWNER_EPOCH, &params![tenant])?.map(|row| row.get(0)).transpose()?;
        if present == Some(lease.epoch) { Ok(()) } else { Err(StoreError::NotOwner) }
    }
}
