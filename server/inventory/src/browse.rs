//! What people look at: a device's packages, history, updates and state, and the fleet's packages.
//!
//! Every function takes a scope and answers only about devices that the scope sees; a device that it does not see is
//! [`InventoryError::NotFound`], as one that does not exist.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use kernel::{DeviceId, KeyRef, Place, Scope, Timestamp};
use roaring::RoaringBitmap;
use wire::report::Digest;
use wire::state::{Kind, PackageManager, State};

use crate::changes::Change;
use crate::data_map::{PACKAGE_HISTORY, PACKAGE_HISTORY_BODY};
use crate::gaps::Gap;
use crate::index::{ClassId, VersionClass};
use crate::store as rows;
use crate::stored::StoredError;
use crate::take_in::Carried;
use crate::{Fleet, Inventory, InventoryError};

/// A device's id and its name, where that is collected.
pub type NamedDevice = (DeviceId, Option<String>);

/// A class with its number.
type Numbered = (ClassId, Arc<VersionClass>);

/// A device's last state, as stored.
#[derive(Clone, Debug)]
pub struct Held {
    /// The state.
    pub state: State,
    /// Digest of its canonical form.
    pub digest: Digest,
    /// When the host collected it.
    pub collected_at: Timestamp,
    /// When it was received.
    pub received_at: Timestamp,
    /// Size of the transmission that brought it, in bytes.
    pub size_bytes: i64,
    /// Its schema.
    pub schema: i64,
    /// Transmissions that the host had to drop, ever.
    pub gaps: i64,
}

/// A receipt, as people see it.
#[derive(Clone, Debug)]
pub struct ReceiptLine {
    /// The receipt.
    pub receipt: kernel::ReceiptId,
    /// The transmission's number.
    pub sequence: i64,
    /// `full`, `delta` or `check-in`.
    pub carried: &'static str,
    /// When.
    pub received_at: Timestamp,
    /// How much, in bytes.
    pub size_bytes: i64,
    /// Schema version.
    pub schema: i64,
    /// Digest of what was stored.
    pub stored: Digest,
    /// Salted commitment of the inspection copy.
    pub commitment: Digest,
    /// The commitment's salt.
    pub salt: Digest,
}

/// A line of history with its place.
#[derive(Clone, Debug)]
pub struct HistoryLine {
    /// When the report that told it was received.
    pub at: Timestamp,
    /// The line's random number.
    pub number: i64,
    /// What changed.
    pub change: Change,
}

/// A package name in the fleet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FleetPackage {
    /// Tool.
    pub manager: PackageManager,
    /// Binary package name.
    pub name: Arc<str>,
    /// Number of distinct versions.
    pub versions: usize,
    /// Number of devices that have it.
    pub devices: u64,
}

/// A version of a package in the fleet.
#[derive(Clone, Debug)]
pub struct FleetVersion {
    /// Version.
    pub version: Arc<str>,
    /// The devices that have it.
    pub devices: RoaringBitmap,
}

/// How up to date the fleet is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UpdatesSummary {
    /// Devices that report updates.
    pub devices: u64,
    /// Devices with pending updates.
    pub with_updates: u64,
    /// Devices with pending security updates.
    pub with_security: u64,
    /// Devices that do not report updates.
    pub not_collected: u64,
    /// Devices by the age of their package lists: up to a day, a week, a month, older, unknown.
    pub list_ages: [u64; 5],
}

/// From this age on, a host's package lists are stale: "no updates" is then no answer. Seconds.
pub const LISTS_STALE_SECONDS: i64 = 7 * 24 * 3600;
/// Upper bounds of the ages in [`UpdatesSummary::list_ages`], in seconds: a day, a week, thirty days.
pub const LIST_AGES_SECONDS: [i64; 3] = [24 * 3600, LISTS_STALE_SECONDS, 30 * 24 * 3600];

impl Inventory {
    /// A device's last state; nothing where it has not reported yet.
    ///
    /// # Errors
    /// [`InventoryError::NotFound`] for a device out of the scope; the store's.
    pub async fn state_of(&self, scope: &Scope, device: DeviceId) -> Result<Option<Held>, InventoryError> {
        self.visible_device(scope, device).await?;
        let fleet = self.fleet(scope).await?;
        let (inventory, scope) = (self.clone(), scope.clone());
        let work = move || inventory.read_state(&scope, &fleet, device);
        let held = tokio::task::spawn_blocking(work).await.map_err(|_| InventoryError::Worker)??;
        Ok(held.map(|(row, state)| Held {
            state,
            digest: row.digest,
            collected_at: row.collected_at,
            received_at: row.received_at,
            size_bytes: row.size_bytes,
            schema: row.schema_version,
            gaps: row.gaps,
        }))
    }

    async fn visible_device(&self, scope: &Scope, device: DeviceId) -> Result<(), InventoryError> {
        self.devices().get(scope, device).await?;
        Ok(())
    }

    /// A device's history, newest first, at most `limit` lines before a line (its time and number).
    ///
    /// # Errors
    /// As [`Inventory::state_of`].
    pub async fn history(
        &self,
        scope: &Scope,
        device: DeviceId,
        before: (i64, i64),
        limit: u32,
    ) -> Result<Vec<HistoryLine>, InventoryError> {
        self.visible_device(scope, device).await?;
        let (inventory, scope) = (self.clone(), scope.clone());
        self.stores()
            .tenant(&scope)
            .read(move |tx| -> Result<_, InventoryError> {
                let key = KeyRef::Device(scope.tenant(), device);
                let open = |row: rows::ChangeRow| {
                    let place = Place { table: PACKAGE_HISTORY, column: PACKAGE_HISTORY_BODY, row: row.number };
                    let bytes = inventory.keys().open(key, place, &row.body)?;
                    let change = serde_json::from_slice(&bytes).map_err(|error| StoredError::Broken(error.into()))?;
                    Ok(HistoryLine { at: row.at, number: row.number, change })
                };
                rows::changes_before(tx, device, before.0, before.1, limit.into())?.into_iter().map(open).collect()
            })
            .await
    }

    /// A device's receipts, newest first, at most `limit` below a sequence number. What of its tenant is still in the intake
    /// log is folded before.
    ///
    /// # Errors
    /// As [`Inventory::state_of`].
    pub async fn receipts(&self, scope: &Scope, device: DeviceId, before: i64, limit: u32) -> Result<Vec<ReceiptLine>, InventoryError> {
        self.visible_device(scope, device).await?;
        if let Err(error) = self.fold_all_of(scope.tenant()).await {
            tracing::error!(tenant.id = %scope.tenant(), error = %error, "check-ins could not be folded before their receipts are read");
        }
        let rows = self.stores().tenant(scope).read(move |tx| rows::receipts_before(tx, device, before, limit.into())).await?;
        let line = |row: rows::ReceiptRow| ReceiptLine {
            receipt: row.receipt,
            sequence: row.sequence,
            carried: Carried::name(row.kind),
            received_at: row.received_at,
            size_bytes: row.size_bytes,
            schema: row.schema_version,
            stored: row.stored,
            commitment: row.commitment,
            salt: row.salt,
        };
        Ok(rows.into_iter().map(line).collect())
    }

    /// Which transmissions of a device did not arrive, the newest first, at most `limit` of those that end below a number. What of its tenant
    /// is still in the intake log is folded before.
    ///
    /// # Errors
    /// As [`Inventory::state_of`].
    pub async fn gaps(&self, scope: &Scope, device: DeviceId, before: i64, limit: u32) -> Result<Vec<Gap>, InventoryError> {
        self.visible_device(scope, device).await?;
        if let Err(error) = self.fold_all_of(scope.tenant()).await {
            tracing::error!(tenant.id = %scope.tenant(), error = %error, "check-ins could not be folded before gaps are read");
        }
        Ok(self.stores().tenant(scope).read(move |tx| rows::gaps_before(tx, device, before, limit.into())).await?)
    }

    async fn fleet_and_visible(&self, scope: &Scope) -> Result<(Arc<Fleet>, RoaringBitmap), InventoryError> {
        let fleet = self.fleet(scope).await?;
        let visible = self.devices().visible(scope).await?;
        Ok((fleet, visible))
    }

    /// The package names of the fleet that contain a text (in lower case; all where it is empty), by name and tool,
    /// after a cursor (name, tool), at most `limit`. A name that no visible device has is left out.
    ///
    /// # Errors
    /// The store's.
    pub async fn packages(
        &self,
        scope: &Scope,
        text: &str,
        after: Option<(String, PackageManager)>,
        limit: usize,
    ) -> Result<Vec<FleetPackage>, InventoryError> {
        let (fleet, visible) = self.fleet_and_visible(scope).await?;
        let mut names: BTreeMap<(Arc<str>, PackageManager), Vec<Numbered>> = BTreeMap::new();
        for (number, class) in (0..).zip(fleet.classes_from(0)) {
            let is_after = after.as_ref().is_none_or(|(name, manager)| (&*class.name, class.manager) > (name.as_str(), *manager));
            if is_after && class.name.contains(text) {
                names.entry((Arc::clone(&class.name), class.manager)).or_default().push((number, class));
            }
        }
        let mut found = Vec::new();
        for ((name, manager), classes) in names {
            let numbers: Vec<_> = classes.iter().map(|(number, _)| *number).collect();
            let devices = (fleet.devices_of(&numbers) & &visible).len();
            if devices == 0 {
                continue;
            }
            let mut versions: Vec<_> = classes
                .iter()
                .filter(|(number, _)| !fleet.devices_of(&[*number]).is_disjoint(&visible))
                .map(|(_, class)| &class.version)
                .collect();
            versions.sort_unstable();
            versions.dedup();
            found.push(FleetPackage { manager, name, versions: versions.len(), devices });
            if found.len() >= limit {
                break;
            }
        }
        Ok(found)
    }

    /// The versions of a package in the fleet with their devices, newest version first where its order is known.
    ///
    /// # Errors
    /// [`InventoryError::NotFound`] where no visible device has it; the store's.
    pub async fn versions(&self, scope: &Scope, manager: PackageManager, name: &str) -> Result<Vec<FleetVersion>, InventoryError> {
        let (fleet, visible) = self.fleet_and_visible(scope).await?;
        let mut versions: BTreeMap<Arc<str>, RoaringBitmap> = BTreeMap::new();
        for (number, class) in (0..).zip(fleet.classes_from(0)) {
            if class.manager == manager && &*class.name == name {
                *versions.entry(Arc::clone(&class.version)).or_default() |= fleet.devices_of(&[number]) & &visible;
            }
        }
        let mut versions: Vec<_> = versions
            .into_iter()
            .filter(|(_, devices)| !devices.is_empty())
            .map(|(version, devices)| FleetVersion { version, devices })
            .collect();
        if versions.is_empty() {
            return Err(InventoryError::NotFound);
        }
        if let Some(order) = crate::changes::order(manager) {
            // Versions that break their order's rules stand last, by their text.
            versions.sort_by_cached_key(|of| (Reverse(order.sort_key(&of.version).ok()), Arc::clone(&of.version)));
        }
        Ok(versions)
    }

    /// The ids and names of devices, in the order asked for; nothing for one out of sight.
    ///
    /// # Errors
    /// The store's.
    pub async fn named(&self, scope: &Scope, ordinals: Vec<u32>) -> Result<Vec<Option<NamedDevice>>, InventoryError> {
        Ok(self.devices().names(scope, ordinals).await?)
    }

    /// How up to date the visible fleet is.
    ///
    /// # Errors
    /// The store's.
    pub async fn updates_summary(&self, scope: &Scope) -> Result<UpdatesSummary, InventoryError> {
        let (fleet, visible) = self.fleet_and_visible(scope).await?;
        let mut summary = UpdatesSummary::default();
        let missing = fleet.missing(Kind::Updates);
        let now = self.clock().now().seconds();
        for ordinal in fleet.all() & &visible {
            if missing.contains(ordinal) {
                summary.not_collected += 1;
                continue;
            }
            let pending = fleet.pending(ordinal);
            summary.devices += 1;
            let age = fleet.lists_updated_at(ordinal).map(|at| now - at);
            let bucket = age.map_or(4, |age| LIST_AGES_SECONDS.iter().position(|bound| age <= *bound).unwrap_or(3));
            summary.list_ages[bucket] += 1;
            summary.with_updates += u64::from(!pending.is_empty());
            summary.with_security += u64::from(pending.iter().any(|update| update.security));
        }
        Ok(summary)
    }
}
