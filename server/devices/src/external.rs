//! Devices of scripts: a telemetry token's holder names each device itself, and the name is used one-way.
//!
//! A device that was erased does not come back because its script goes on: the name is barred until somebody who may change devices
//! lets it in again, and then it is a new device.

use kernel::{DeviceId, DeviceScope, KeyRef, KeyRing, Scope, TenantId};
use serde_json::json;
use store::{Row, StoreError, Tx, params};
use trust::{LeafEntry, LeafKind, Recorded, ledger};
use wire::report::ExternalName;

use crate::record::{self, DeviceCard, Service};
use crate::roster::Change;
use crate::store as sql;
use crate::{DeviceError, Devices};

/// Longest name, in characters of visible ASCII.
pub const EXTERNAL_NAME_CHARS_MAX: usize = 128;

impl Devices {
    /// The device that a script calls by this name; makes it the first time.
    ///
    /// # Errors
    /// [`DeviceError::Invalid`] for the name, [`DeviceError::Retired`], [`DeviceError::Erased`]; keys and store.
    pub async fn device_of_external_name(&self, scope: &Scope, name: &ExternalName) -> Result<DeviceId, DeviceError> {
        let name = checked(name)?;
        let (device, service) = match self.known_external(scope, name.clone()).await? {
            Some(known) => known,
            None => match self.make_external(scope, name.clone()).await {
                // On PostgreSQL another first report of the device may have been quicker.
                Err(DeviceError::Store(conflict @ StoreError::Conflict { .. })) => {
                    self.known_external(scope, name).await?.ok_or(DeviceError::Store(conflict))?
                }
                made => made?,
            },
        };
        self.remember(scope, device).await?;
        match service {
            Service::Enrolled => Ok(device),
            Service::Retired => Err(DeviceError::Retired),
        }
    }

    /// Lets the name of a script's device in again that was barred when the device was erased. What reports by it is a new device.
    ///
    /// # Errors
    /// [`DeviceError::Invalid`] for the name, [`DeviceError::NotFound`] where it is not barred, or the scope does not see every device.
    pub async fn readmit(&self, scope: &Scope, name: &ExternalName) -> Result<(), DeviceError> {
        let name = checked(name)?;
        if *scope.devices() != DeviceScope::All {
            return Err(DeviceError::NotFound);
        }
        let (keys, tenant, tx_scope) = (self.keys(), scope.tenant(), scope.clone());
        let readmit = move |tx: &mut Tx<'_>| {
            let index = index_of(keys.as_ref(), tenant, &name)?;
            if tx.query_optional(&sql::BARRED_EXTERNAL_NAME, &params![tenant, index])?.is_none() {
                return Err(DeviceError::NotFound);
            }
            let entry = LeafEntry { kind: LeafKind::DeviceReadmitted, subject: None, payload: json!({}) };
            let told = ledger::record(tx, keys.as_ref(), &tx_scope, entry)?;
            lift(tx, &told, tenant, index)
        };
        self.0.stores.tenant(scope).write(readmit).await
    }

    async fn known_external(&self, scope: &Scope, name: String) -> Result<Option<(DeviceId, Service)>, DeviceError> {
        let (keys, tenant) = (self.keys(), scope.tenant());
        self.0.stores.tenant(scope).read(move |tx| find(tx, keys.as_ref(), tenant, &name)).await
    }

    async fn make_external(&self, scope: &Scope, name: String) -> Result<(DeviceId, Service), DeviceError> {
        let (keys, tenant, tx_scope) = (self.keys(), scope.tenant(), scope.clone());
        let device = DeviceId::from_random(self.0.stores.rng().bits());
        self.write(
            scope,
            move |tx| {
                let keys = keys.as_ref();
                // Somebody else may have made it since we looked.
                if let Some(known) = find(tx, keys, tenant, &name)? {
                    return Ok((known, None));
                }
                let index = index_of(keys, tenant, &name)?;
                if tx.query_optional(&sql::BARRED_EXTERNAL_NAME, &params![tenant, index])?.is_some() {
                    return Err(DeviceError::Erased);
                }
                keys.ensure(KeyRef::Device(tenant, device))?;
                let card = record::seal_card(keys, tenant, device, &DeviceCard::default())?;
                let (now, none) = (tx.now(), None::<Vec<u8>>);
                let (no_token, no_original) = (None::<i64>, None::<i64>);
                tx.execute(
                    &sql::INSERT_DEVICE,
                    &params![tenant, device, none.clone(), none.clone(), none, index, no_token, no_original, now, card],
                )?;
                let entry = LeafEntry {
                    kind: LeafKind::DeviceEnrolled,
                    subject: Some(device.number()),
                    payload: json!({ "again": false, "by": "telemetry-token" }),
                };
                ledger::record(tx, keys, &tx_scope, entry)?;
                let record = record::read(tx, keys, tenant, device)?.ok_or(StoreError::NotFound)?;
                Ok::<_, DeviceError>(((device, Service::Enrolled), Some(Change::Device(Box::new(record)))))
            },
            move |devices, (made, change)| {
                devices.apply(tenant, change.into_iter().collect());
                made
            },
        )
        .await
    }
}

fn checked(name: &ExternalName) -> Result<String, DeviceError> {
    let name = name.0.reveal().clone();
    if !(1..=EXTERNAL_NAME_CHARS_MAX).contains(&name.len()) || !name.bytes().all(|byte| byte.is_ascii_graphic()) {
        let detail = format!("a device's name has 1 to {EXTERNAL_NAME_CHARS_MAX} visible ASCII characters");
        return Err(DeviceError::Invalid { field: "device", detail });
    }
    Ok(name)
}

/// From here on a script may report by this name again.
fn lift(tx: &mut Tx<'_>, _told: &Recorded, tenant: TenantId, index: [u8; 32]) -> Result<(), DeviceError> {
    tx.execute(&sql::READMIT_EXTERNAL_NAME, &params![tenant, index])?;
    Ok(())
}

fn index_of(keys: &dyn KeyRing, tenant: TenantId, name: &str) -> Result<[u8; 32], StoreError> {
    Ok(keys.blind_index(KeyRef::Tenant(tenant), "device-external-name", name.as_bytes())?)
}

fn find(tx: &mut Tx<'_>, keys: &dyn KeyRing, tenant: TenantId, name: &str) -> Result<Option<(DeviceId, Service)>, DeviceError> {
    let row = tx.query_optional(&sql::DEVICE_BY_EXTERNAL_NAME, &params![tenant, index_of(keys, tenant, name)?])?;
    let read = |row: Row| {
        let service = Service::from_text(&row.get::<String>(1)?).ok_or_else(|| StoreError::Corrupt("a device's service".into()))?;
        Ok((row.get(0)?, service))
    };
    row.map(read).transpose()
}
