//! What a device has: reports in, packages, history; the fleet index.
//!
//! * [`report`]: a body becomes checked types. [`take_in`]: it is made durable and answered; `prepared`: what one transaction
//!   writes of it. [`fold`]: check-ins move from the node's log into tenants' stores.
//! * [`gaps`]: transmissions that did not arrive are noticed.
//! * [`stored`]: the sealed form of a state (image and drift). [`changes`]: lines of history.
//! * [`index`]: which device has which version, in memory. [`fleet`]: the index of a tenant with what lies behind it.
//! * `erase`: what memory and caches hold goes. `held`: what is held of each device, so that a check-in opens no file. `browse`: what people look at. `api`: the
//!   doors. `store`: all SQL. [`data_map`]: what lies in the tables.
//!
//! The truth is one sealed row per device and its append-only history; everything in memory is a cache of it.

pub mod api;
mod browse;
pub mod changes;
pub mod data_map;
mod erase;
mod error;
pub mod fleet;
pub mod fold;
pub mod gaps;
mod held;
pub mod index;
mod load;
mod prepared;
pub mod report;
mod store;
pub mod stored;
pub mod take_in;

use std::collections::HashMap;
use std::sync::Arc;

use ::store::Stores;
use devices::Devices;
use kernel::{Clock, KeyRing, Rng, ScopeMint, TenantId};
use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore};

pub use browse::{
    FleetPackage, FleetVersion, Held as StoredState, HistoryLine, LIST_AGES_SECONDS, LISTS_STALE_SECONDS, NamedDevice, ReceiptLine,
    UpdatesSummary,
};
pub use error::{InventoryError, SCHEMA_NOT_READ};
pub use fleet::Fleet;
pub use store::SCHEMAS;

/// Subscriber of the mark that this crate sets whenever a device's packages, kernel or updates change (subject 0).
pub const EXPOSURE: &str = "exposure";
/// Most full states and deltas that are taken in at a time; others wait.
pub const TAKE_IN_AT_A_TIME_MAX: usize = 64;
/// The same on PostgreSQL, whose connections for tenants' rows are fewer still: what waits for one holds its state in memory.
pub const TAKE_IN_AT_A_TIME_MAX_POSTGRES: usize = 16;

/// The facade. Cloning shares everything.
#[derive(Clone)]
pub struct Inventory(Arc<Inner>);

struct Inner {
    stores: Stores,
    keys: Arc<dyn KeyRing>,
    devices: Devices,
    mint: ScopeMint,
    held: held::HeldDevices,
    fleets: Mutex<HashMap<TenantId, Arc<tokio::sync::OnceCell<Arc<Fleet>>>>>,
    /// The generation of each fleet at its last snapshot.
    snapshots: Mutex<HashMap<TenantId, u64>>,
    /// Held while one is made from rows and written, and by who forgets one.
    snapshot_turn: Mutex<()>,
    places: Arc<Semaphore>,
}

impl std::fmt::Debug for Inventory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Inventory")
    }
}

impl Inventory {
    /// The inventory over these stores.
    #[must_use]
    pub fn new(stores: Stores, keys: Arc<dyn KeyRing>, devices: Devices, mint: ScopeMint) -> Self {
        let places = match stores.engine() {
            ::store::Engine::Embedded => TAKE_IN_AT_A_TIME_MAX,
            ::store::Engine::Postgres => TAKE_IN_AT_A_TIME_MAX_POSTGRES,
        };
        Self(Arc::new(Inner {
            stores,
            keys,
            devices,
            mint,
            held: held::HeldDevices::default(),
            fleets: Mutex::default(),
            snapshots: Mutex::default(),
            snapshot_turn: Mutex::default(),
            places: Arc::new(Semaphore::new(places)),
        }))
    }

    /// The server's time.
    #[must_use]
    pub fn now(&self) -> kernel::Timestamp {
        self.clock().now()
    }

    fn stores(&self) -> &Stores {
        &self.0.stores
    }

    fn keys(&self) -> &dyn KeyRing {
        &*self.0.keys
    }

    fn devices(&self) -> &Devices {
        &self.0.devices
    }

    fn mint(&self) -> &ScopeMint {
        &self.0.mint
    }

    fn held(&self) -> &held::HeldDevices {
        &self.0.held
    }

    /// A place among the reports that are worked on. It goes with the work: a request that is cut off frees nothing early.
    async fn place(&self) -> Result<OwnedSemaphorePermit, InventoryError> {
        Arc::clone(&self.0.places).acquire_owned().await.map_err(|_| InventoryError::Worker)
    }

    fn clock(&self) -> &Clock {
        self.0.stores.clock()
    }

    fn rng(&self) -> &Rng {
        self.0.stores.rng()
    }
}
