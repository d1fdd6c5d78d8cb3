//! What one transaction writes of a report, made before it begins: compressed, sealed, compared with what was held.

use devices::{DeviceFacts, ReportedOs, TouchReport, Touched};
use kernel::{KeyRef, Place, Scope};
use serde_json::json;
use store::Tx;
use trust::{LeafEntry, LeafKind};
use wire::ids::{ImageId, LeafId};
use wire::state::{Kind, State};

use crate::data_map::{DEVICE_STATE, DEVICE_STATE_BODY, IMAGE, IMAGE_BODY, PACKAGE_HISTORY, PACKAGE_HISTORY_BODY};
use crate::fleet::{Fitted, missing_kinds};
use crate::gaps::Noticed;
use crate::store::{self as rows, ReceiptRow, StateRow};
use crate::stored::{self, StoredBody, StoredImage};
use crate::take_in::{Transmission, record_receipts};
use crate::{Inventory, InventoryError};

/// Everything of one transaction, made before it begins.
pub(crate) struct Prepared {
    pub(crate) held_revision: Option<i64>,
    pub(crate) packages_changed: bool,
    pub(crate) image: Option<(ImageId, (usize, Vec<u8>))>,
    pub(crate) row: StateRow,
    pub(crate) changes: Vec<(LeafId, i64, Vec<u8>)>,
    pub(crate) forget_history: bool,
    pub(crate) switched_off: Vec<Kind>,
    pub(crate) receipt: ReceiptRow,
    /// The transmission before it.
    pub(crate) follows: Option<i64>,
    /// The highest number that was acknowledged before it.
    pub(crate) acknowledged: Option<i64>,
    pub(crate) touch: TouchReport,
}

/// A transaction that must be tried again, or failed.
pub(crate) enum Attempt {
    Overtaken,
    Failed(::store::StoreError),
}

impl From<::store::StoreError> for Attempt {
    fn from(error: ::store::StoreError) -> Self {
        Self::Failed(error)
    }
}

impl Inventory {
    /// Makes everything that the transaction writes.
    pub(crate) fn prepare(
        &self,
        scope: &Scope,
        sent: &Transmission,
        held: Option<&(StateRow, State)>,
        state: &State,
        fitted: &Fitted,
        receipt: ReceiptRow,
    ) -> Result<Prepared, InventoryError> {
        let (tenant, device, keys) = (scope.tenant(), sent.device, self.keys());
        let key = KeyRef::Device(tenant, device);
        let mut image = None;
        if let Some(packages) = &fitted.packages
            && let Some(unkept) = &packages.unkept
        {
            let stored_image = StoredImage {
                os_id: fitted.os.id.to_string(),
                os_version_id: fitted.os.version_id.as_deref().map(ToOwned::to_owned),
                packages: unkept.clone(),
            };
            let place = Place { table: IMAGE, column: IMAGE_BODY, row: packages.image.number() };
            let sealed = keys.seal(KeyRef::Tenant(tenant), place, &stored::pack(&stored_image)?)?;
            image = Some((packages.image, (unkept.len(), sealed)));
        }
        let body =
            StoredBody { state: without_packages(state), packages: fitted.packages.as_ref().map(|packages| packages.stored.clone()) };
        let place = Place { table: DEVICE_STATE, column: DEVICE_STATE_BODY, row: device.number() };
        let row = StateRow {
            revision: held.map_or(1, |(row, _)| row.revision + 1),
            sequence: sent.sequence,
            digest: receipt.stored,
            schema_version: sent.schema.into(),
            collected_at: sent.collected_at,
            received_at: sent.received_at,
            size_bytes: sent.size_bytes,
            gaps: sent.gap,
            missing_kinds: missing_kinds(state).into(),
            image: fitted.packages.as_ref().map(|packages| packages.image),
            body: keys.seal(key, place, &stored::pack(&body)?)?,
        };
        let mut changes = Vec::new();
        if let (Some((_, old)), Some(new)) = (held, &state.packages) {
            for change in crate::changes::between(old.packages.as_deref().unwrap_or(&[]), new) {
                // A list that was not there before is a beginning, not a thousand installations.
                if old.packages.is_none() {
                    break;
                }
                let number = LeafId::from_random(self.rng().bits());
                let place = Place { table: PACKAGE_HISTORY, column: PACKAGE_HISTORY_BODY, row: number.number() };
                let bytes = serde_json::to_vec(&change).map_err(|error| stored::StoredError::Broken(error.into()))?;
                changes.push((number, change.kind.number(), keys.seal(key, place, &bytes)?));
            }
        }
        let newly_off = |kind: &Kind| held.is_none_or(|(_, old)| !old.switched_off.contains(kind));
        let switched_off: Vec<_> = state.switched_off.iter().copied().filter(newly_off).collect();
        Ok(Prepared {
            held_revision: held.map(|(row, _)| row.revision),
            packages_changed: held.is_none_or(|(_, old)| {
                old.packages != state.packages || old.updates != state.updates || old.kernel != state.kernel || old.os != state.os
            }),
            image,
            row,
            changes,
            forget_history: state.switched_off.contains(&Kind::Packages),
            switched_off: if held.is_some() { switched_off } else { Vec::new() },
            receipt,
            follows: sent.follows,
            acknowledged: self.acknowledged(scope, device),
            touch: TouchReport { at: sent.received_at, facts: Some(facts(state)) },
        })
    }

    /// Writes it, in the transaction that the answer waits for.
    pub(crate) fn write_prepared(&self, tx: &mut Tx<'_>, scope: &Scope, new: &Prepared) -> Result<Touched, Attempt> {
        let device = new.receipt.device;
        if let Some((image, (package_count, body))) = &new.image {
            rows::insert_image(tx, *image, *package_count, body)?;
        }
        if !rows::put_state(tx, device, new.held_revision, &new.row)? {
            return Err(Attempt::Overtaken);
        }
        if new.forget_history {
            rows::delete_changes(tx, device)?;
        }
        for (number, kind, body) in &new.changes {
            rows::insert_change(tx, device, *number, new.row.received_at, *kind, body)?;
        }
        let highest = rows::highest_receipt(tx, device)?.max(new.acknowledged);
        if !rows::insert_receipt(tx, &new.receipt)? {
            return Err(Attempt::Overtaken);
        }
        let mut noticed = Noticed::default();
        noticed.note(tx, &new.receipt.arrival((new.follows, new.row.gaps), highest))?;
        noticed.record(tx, self.keys(), scope)?;
        let touched = self.devices().touch(tx, scope, device, &new.touch)?;
        record_receipts(tx, self.keys(), scope, std::slice::from_ref(&new.receipt))?;
        for kind in &new.switched_off {
            let entry =
                LeafEntry { kind: LeafKind::KindSwitchedOff, subject: Some(device.number()), payload: json!({ "kind": kind.name() }) };
            trust::ledger::record(tx, self.keys(), scope, entry)?;
        }
        if new.packages_changed {
            tx.mark(crate::EXPOSURE, 0)?;
        }
        Ok(touched)
    }
}

/// A state's other kinds.
fn without_packages(state: &State) -> State {
    State {
        host_name: state.host_name.clone(),
        os: state.os.clone(),
        kernel: state.kernel.clone(),
        hardware: state.hardware.clone(),
        network: state.network.clone(),
        packages: None,
        updates: state.updates.clone(),
        switched_off: state.switched_off.clone(),
        blind_spots: state.blind_spots.clone(),
    }
}

/// What the list of devices shows and filters by.
fn facts(state: &State) -> DeviceFacts {
    let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    let updates = state.updates.as_ref();
    DeviceFacts {
        name: state.host_name.as_ref().map(|name| name.reveal().clone()),
        os: state.os.as_ref().map(|os| ReportedOs {
            id: os.id.clone(),
            version_id: os.version_id.clone(),
            pretty_name: os.pretty_name.clone(),
        }),
        packages: state.packages.as_ref().map(|packages| count(packages.len())),
        updates_pending: updates.map(|updates| count(updates.pending.len())),
        updates_security: updates.map(|updates| count(updates.pending.iter().filter(|update| update.security).count())),
        kinds_off: state.switched_off.clone(),
    }
}
