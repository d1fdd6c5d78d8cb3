//! Filling a tenant's fleet: from the sealed snapshot, then from the rows that changed since.
//!
//! A snapshot holds, for each device, what the index needs and no name: it spares opening every sealed row at a start.
//! A device whose row has another revision than the snapshot says is read from its row, so an old or missing snapshot
//! costs time and nothing else.

use std::collections::HashMap;
use std::sync::Arc;

use kernel::{DeviceId, KeyRef, Place, Scope, SystemWork};
use serde::{Deserialize, Serialize};
use wire::ids::ImageId;
use wire::state::State;

use crate::data_map::{DEVICE_STATE, DEVICE_STATE_BODY};
use crate::fleet::Fleet;
use crate::store::{self as rows, BodyRow};
use crate::stored::{self, StoredBody, StoredPackages};
use crate::{Inventory, InventoryError};

/// Name of the snapshot among a tenant's blobs.
const SNAPSHOT: &str = "fleet-index";
/// Format of a snapshot; one of another format is not read.
const SNAPSHOT_VERSION: u32 = 1;
/// Rows that are read at a time.
const ROWS_AT_A_TIME: i64 = 500;

#[derive(Serialize, Deserialize)]
struct Snapshot {
    version: u32,
    devices: Vec<SnapshotDevice>,
}

#[derive(Serialize, Deserialize)]
struct SnapshotDevice {
    device: DeviceId,
    revision: i64,
    missing: u8,
    image: Option<ImageId>,
    /// Operating system, kernel, updates and drift; nothing that names the device.
    body: StoredBody,
}

impl Inventory {
    /// The tenant's fleet in memory, filled at the first call.
    ///
    /// # Errors
    /// The store's.
    pub async fn fleet(&self, scope: &Scope) -> Result<Arc<Fleet>, InventoryError> {
        let cell = Arc::clone(self.0.fleets.lock().await.entry(scope.tenant()).or_default());
        cell.get_or_try_init(|| self.load(scope, true)).await.cloned()
    }

    /// A fleet made from the rows alone, for comparison with the one in memory.
    ///
    /// # Errors
    /// The store's.
    pub async fn rebuild(&self, scope: &Scope) -> Result<Arc<Fleet>, InventoryError> {
        self.load(scope, false).await
    }

    async fn load(&self, scope: &Scope, with_snapshot: bool) -> Result<Arc<Fleet>, InventoryError> {
        let ordinals = self.devices().ordinals(scope).await?;
        let snapshot = if with_snapshot { self.read_snapshot(scope).await } else { HashMap::new() };
        let (inventory, scope) = (self.clone(), scope.clone());
        let work = move || -> Result<Arc<Fleet>, InventoryError> {
            let fleet = Fleet::empty(scope.tenant());
            let mut inner = fleet.write();
            for (image, sealed) in inventory.stores().tenant(&scope).read_now(rows::images)? {
                match inventory.open_image(scope.tenant(), image, &sealed) {
                    Ok(opened) => inner.load_image(image, &opened),
                    Err(error) => {
                        tracing::error!(error = %error, "a stored image is damaged; its devices are left out until they report in full")
                    }
                }
            }
            let mut snapshot = snapshot;
            let mut after = 0;
            loop {
                let page = inventory.stores().tenant(&scope).read_now(move |tx| rows::bodies_after(tx, after, ROWS_AT_A_TIME))?;
                let Some(last) = page.last() else { break };
                after = last.device.number();
                for row in page {
                    let Some(ordinal) = ordinals.of(row.device) else { continue };
                    let body = match snapshot.remove(&row.device) {
                        Some(kept) if kept.revision == row.held_revision && kept.image == row.image => Ok(kept.body),
                        _ => inventory.open_body(&scope, &row),
                    };
                    let missing = u8::try_from(row.missing_kinds).unwrap_or(0);
                    let place = (row.held_revision, missing);
                    let loaded = body.and_then(|body| Ok(inner.load_device(ordinal, row.device, place, row.image, body)?));
                    // One damaged row must not hide the others.
                    if let Err(error) = loaded {
                        tracing::error!(device.id = %row.device, error = %error, "a device's stored state is left out of the fleet");
                    }
                }
            }
            drop(inner);
            Ok(Arc::new(fleet))
        };
        tokio::task::spawn_blocking(work).await.map_err(|_| InventoryError::Worker)?
    }

    fn open_body(&self, scope: &Scope, row: &BodyRow) -> Result<StoredBody, InventoryError> {
        let place = Place { table: DEVICE_STATE, column: DEVICE_STATE_BODY, row: row.device.number() };
        let packed = self.keys().open(KeyRef::Device(scope.tenant(), row.device), place, &row.body)?;
        Ok(stored::unpack(&packed)?)
    }

    /// A broken or foreign snapshot is as good as none.
    async fn read_snapshot(&self, scope: &Scope) -> HashMap<DeviceId, SnapshotDevice> {
        let read = self.stores().blobs().get(scope, &self.0.keys, SNAPSHOT).await;
        let bytes = match read {
            Ok(Some(bytes)) => bytes,
            Ok(None) => return HashMap::new(),
            Err(error) => {
                tracing::warn!(error = %error, "the fleet's snapshot does not open; its rows are read instead");
                return HashMap::new();
            }
        };
        match stored::unpack::<Snapshot>(&bytes) {
            Ok(snapshot) if snapshot.version == SNAPSHOT_VERSION => {
                snapshot.devices.into_iter().map(|device| (device.device, device)).collect()
            }
            _ => HashMap::new(),
        }
    }

    /// Forgets the tenant's snapshot: the next one is made from rows.
    pub(crate) async fn forget_snapshot(&self, scope: &Scope) -> Result<(), InventoryError> {
        // One that is being made may have read what is gone since: it is forgotten too.
        let _alone = self.0.snapshot_turn.lock().await;
        self.0.snapshots.lock().await.remove(&scope.tenant());
        let blobs = self.stores().blobs();
        if blobs.names(scope).await?.iter().any(|name| name == SNAPSHOT) {
            blobs.delete(scope, SNAPSHOT).await?;
        }
        Ok(())
    }

    /// Writes the snapshots of all fleets in memory that have changed since their last one; how many there were.
    ///
    /// # Errors
    /// The store's, of the last fleet that failed; it keeps its old snapshot, and the others get theirs.
    pub async fn save_snapshots(&self) -> Result<usize, InventoryError> {
        let in_memory: Vec<_> =
            self.0.fleets.lock().await.iter().filter_map(|(tenant, cell)| Some((*tenant, Arc::clone(cell.get()?)))).collect();
        let (mut saved, mut failed) = (0, None);
        for (tenant, fleet) in in_memory {
            // Read first: what changes while the snapshot is written is in the next one.
            let generation = fleet.generation();
            if self.0.snapshots.lock().await.get(&tenant) == Some(&generation) {
                continue;
            }
            match self.save_snapshot(&self.mint().system(tenant, SystemWork::Reconciler)).await {
                Ok(_) => {
                    self.0.snapshots.lock().await.insert(tenant, generation);
                    saved += 1;
                }
                Err(error) => failed = Some(error),
            }
        }
        failed.map_or(Ok(saved), Err)
    }

    /// Writes the tenant's snapshot, sealed under the tenant's key, from its rows; of how many devices. What an erasure has barred is left
    /// out: the tenant's key, which stays, would open it in the snapshot.
    ///
    /// # Errors
    /// The store's; the old snapshot stays.
    pub async fn save_snapshot(&self, scope: &Scope) -> Result<usize, InventoryError> {
        let _alone = self.0.snapshot_turn.lock().await;
        self.devices().know_bars(scope.tenant()).await?;
        let (inventory, reading_scope) = (self.clone(), scope.clone());
        let work = move || -> Result<(usize, Vec<u8>), InventoryError> {
            let mut devices = Vec::new();
            let mut after = 0;
            loop {
                let page = inventory.stores().tenant(&reading_scope).read_now(move |tx| rows::bodies_after(tx, after, ROWS_AT_A_TIME))?;
                let Some(last) = page.last() else { break };
                after = last.device.number();
                for row in page {
                    if inventory.devices().is_erased(reading_scope.tenant(), row.device) {
                        continue;
                    }
                    // A damaged row is read again at each start, and told there.
                    let Ok(body) = inventory.open_body(&reading_scope, &row).map(without_names) else { continue };
                    let missing = u8::try_from(row.missing_kinds).unwrap_or(0);
                    devices.push(SnapshotDevice { device: row.device, revision: row.held_revision, missing, image: row.image, body });
                }
            }
            let count = devices.len();
            Ok((count, stored::pack(&Snapshot { version: SNAPSHOT_VERSION, devices })?))
        };
        let (count, bytes) = tokio::task::spawn_blocking(work).await.map_err(|_| InventoryError::Worker)??;
        self.stores().blobs().put(scope, &self.0.keys, SNAPSHOT, bytes).await?;
        Ok(count)
    }
}

/// What the index needs of a body. The drift stays; names, addresses, hardware and dates go.
fn without_names(body: StoredBody) -> StoredBody {
    let state = State { os: body.state.os, kernel: body.state.kernel, updates: body.state.updates, ..State::default() };
    let packages = body.packages.map(|stored| StoredPackages {
        installed: vec![None; stored.installed.len()],
        held: Vec::new(),
        incomplete: Vec::new(),
        ..stored
    });
    StoredBody { state, packages }
}
