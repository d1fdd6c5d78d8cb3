//! One device: what is shown of it, its labels, and taking it out of service.

use std::collections::BTreeMap;

use identity::Labels;
use kernel::{DeviceId, KeyRing, Scope, TenantId};
use roaring::RoaringBitmap;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;
use store::{StoreError, Tx, params};
use trust::{LeafEntry, LeafKind, Recorded, ledger};
use web::{Id, Time};

use crate::barred::Bar;
use crate::evaluate::View;
use crate::record::{self, DeviceCard, Record, Service};
use crate::roster::{Change, Entry};
use crate::status::Status;
use crate::store as sql;
use crate::{DeviceError, Devices};

/// A device as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Device {
    /// Its id.
    pub device: Id<DeviceId>,
    /// Its name; null where it reports none.
    pub name: Option<String>,
    /// Its operating system; null where it reports none.
    pub os: Option<DeviceOs>,
    /// How lately it was heard of.
    pub status: Status,
    /// When it last reported; null where it has not yet.
    pub last_seen_at: Option<Time>,
    /// When it joined.
    pub enrolled_at: Time,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// How many packages it has; null where they are not collected.
    pub packages: Option<i64>,
    /// How many updates wait; null where they are not collected.
    pub updates_pending: Option<i64>,
    /// How many of them mend security.
    pub updates_security: Option<i64>,
    /// Kinds of data that its own file switches off.
    pub not_collected: Vec<String>,
    /// The device of which it is a copy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cloned_from: Option<Id<DeviceId>>,
}

/// A device's operating system.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct DeviceOs {
    /// As in `debian`.
    pub id: String,
    /// As in `12`; null on rolling distributions.
    pub version_id: Option<String>,
    /// For people.
    pub pretty_name: Option<String>,
}

impl Device {
    /// As a scope sees it that may see these.
    pub(crate) fn of(entry: &Entry, view: &View<'_>, visible: &RoaringBitmap) -> Self {
        let heard_at = entry.last_seen_at.unwrap_or(entry.enrolled_at);
        let status = match entry.service {
            Service::Retired => Status::Retired,
            Service::Enrolled => Status::by_silence(heard_at, view.now, view.thresholds),
        };
        Self {
            device: Id(entry.device),
            name: entry.name().map(str::to_owned),
            os: entry.os.as_ref().map(|os| DeviceOs {
                id: os.id.to_string(),
                version_id: os.version_id.as_deref().map(str::to_owned),
                pretty_name: os.pretty_name.as_deref().map(str::to_owned),
            }),
            status,
            last_seen_at: entry.last_seen_at.map(Time),
            enrolled_at: Time(entry.enrolled_at),
            labels: entry.labels.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect(),
            packages: entry.packages,
            updates_pending: entry.updates_pending,
            updates_security: entry.updates_security,
            not_collected: entry.kinds_off.iter().map(|kind| kind.name().to_owned()).collect(),
            cloned_from: entry.cloned_from.filter(|original| view.is_among(*original, visible)).map(Id),
        }
    }
}

impl Devices {
    /// One device, retired ones too.
    ///
    /// # Errors
    /// [`DeviceError::NotFound`] for an unknown one, another tenant's, or one out of the scope's sight; keys and store.
    pub async fn get(&self, scope: &Scope, device: DeviceId) -> Result<Device, DeviceError> {
        let found = self
            .view(scope, |view| {
                let ordinal = view.roster.ordinals().of(device)?;
                let visible = view.visible(scope.devices());
                let entry = view.roster.entry(ordinal).filter(|_| visible.contains(ordinal))?;
                Some(Device::of(entry, &view, &visible))
            })
            .await?;
        found.ok_or(DeviceError::NotFound)
    }

    /// A device that the scope has just changed, even where it left its sight by that.
    async fn changed(&self, scope: &Scope, device: DeviceId) -> Result<Device, DeviceError> {
        let found = self.view(scope, |view| {
            let entry = view.roster.device(device)?;
            Some(Device::of(entry, &view, &view.visible(scope.devices())))
        });
        found.await?.ok_or(DeviceError::NotFound)
    }

    /// Replaces a device's labels.
    ///
    /// # Errors
    /// As [`Devices::get`].
    pub async fn set_labels(&self, scope: &Scope, device: DeviceId, labels: Labels) -> Result<Device, DeviceError> {
        self.get(scope, device).await?;
        let (keys, tenant, tx_scope) = (self.keys(), scope.tenant(), scope.clone());
        self.write(
            scope,
            move |tx| {
                let keys = keys.as_ref();
                let record = record::read(tx, keys, tenant, device)?.ok_or(DeviceError::NotFound)?;
                let payload = json!({ "labels": labels.iter().count() });
                let entry = LeafEntry { kind: LeafKind::LabelsChanged, subject: Some(device.number()), payload };
                let told = ledger::record(tx, keys, &tx_scope, entry)?;
                put_labels(tx, &told, keys, (tenant, &record), labels.clone())?;
                read_back(tx, keys, tenant, device)
            },
            move |devices, change| devices.apply(tenant, vec![change]),
        )
        .await?;
        self.changed(scope, device).await
    }

    /// Takes a device out of service: its key and tokens open nothing from now on. Its data stay.
    ///
    /// # Errors
    /// As [`Devices::get`].
    pub async fn retire(&self, scope: &Scope, device: DeviceId) -> Result<Device, DeviceError> {
        self.set_service(scope, device, Service::Retired).await
    }

    /// Puts a retired device back in service, with the key that it had.
    ///
    /// # Errors
    /// As [`Devices::get`].
    pub async fn restore(&self, scope: &Scope, device: DeviceId) -> Result<Device, DeviceError> {
        self.set_service(scope, device, Service::Enrolled).await
    }

    async fn set_service(&self, scope: &Scope, device: DeviceId, service: Service) -> Result<Device, DeviceError> {
        self.get(scope, device).await?;
        let (keys, tenant, tx_scope) = (self.keys(), scope.tenant(), scope.clone());
        self.read_bars(tenant).await?;
        self.write(
            scope,
            move |tx| {
                let keys = keys.as_ref();
                let stands = record::read(tx, keys, tenant, device)?.ok_or(DeviceError::NotFound)?;
                // Doing it again is no error and no second act.
                if stands.service != service {
                    let kind = match service {
                        Service::Retired => LeafKind::DeviceRetired,
                        Service::Enrolled => LeafKind::DeviceRestored,
                    };
                    let entry = LeafEntry { kind, subject: Some(device.number()), payload: json!({}) };
                    let told = ledger::record(tx, keys, &tx_scope, entry)?;
                    put_service(tx, &told, (tenant, device), service)?;
                }
                read_back(tx, keys, tenant, device)
            },
            move |devices, change| {
                // A restored device signs in anew: tokens given before it was retired stay ended.
                let bar = match service {
                    Service::Retired => Bar::Retired,
                    Service::Enrolled => Bar::GivenBefore(devices.clock().now()),
                };
                devices.0.barred.set(tenant, device, Some(bar));
                devices.apply(tenant, vec![change]);
            },
        )
        .await?;
        self.changed(scope, device).await
    }
}

/// From here on the device's key and tokens open nothing, or do again.
fn put_service(tx: &mut Tx<'_>, _told: &Recorded, (tenant, device): (TenantId, DeviceId), service: Service) -> Result<(), StoreError> {
    let now = tx.now();
    match tx.execute(&sql::SET_SERVICE, &params![tenant, device, service.text(), now])? {
        1 => Ok(()),
        _ => Err(StoreError::Conflict { constraint: "service".into() }),
    }
}

/// Labels may grant rights over the device.
fn put_labels(
    tx: &mut Tx<'_>,
    _told: &Recorded,
    keys: &dyn KeyRing,
    (tenant, record): (TenantId, &Record),
    labels: Labels,
) -> Result<(), StoreError> {
    record::replace_card(tx, keys, tenant, record, &DeviceCard { labels, ..record.card.clone() })
}

/// A device's row after a change, for the roster.
pub(crate) fn read_back(
    tx: &mut Tx<'_>,
    keys: &dyn kernel::KeyRing,
    tenant: kernel::TenantId,
    device: DeviceId,
) -> Result<Change, DeviceError> {
    let record = record::read(tx, keys, tenant, device)?.ok_or(StoreError::NotFound)?;
    Ok(Change::Device(Box::new(record)))
}
