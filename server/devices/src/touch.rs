//! What `inventory` writes about a device when a report arrives, in its own transaction.
//!
//! ```text
//! let touched = tenant.write(move |tx| { …; devices.touch(tx, &scope, device, report) }).await?;
//! devices.applied(touched);   // after the commit, so that memory never knows what the rows do not
//! ```

use kernel::{DeviceId, Scope, TenantId, Timestamp};
use store::{StoreError, Tx, params};
use wire::state::Kind;

use crate::Devices;
use crate::record::{self, DEVICE_NAME_BYTES_MAX, DeviceCard, OS_PRETTY_NAME_BYTES_MAX, OsFacts, cut, kinds_to_text};
use crate::roster::Change;
use crate::store as sql;

/// A device was heard of.
#[derive(Clone)]
pub struct TouchReport {
    /// When, by the server's clock. An earlier time than the one known changes nothing.
    pub at: Timestamp,
    /// What its state says now; nothing where the state is as it was.
    pub facts: Option<DeviceFacts>,
}

/// What devices keeps of a state, whole: what is absent is forgotten.
#[derive(Clone, Default)]
pub struct DeviceFacts {
    /// The host's name; cut at [`DEVICE_NAME_BYTES_MAX`].
    pub name: Option<String>,
    /// The operating system.
    pub os: Option<ReportedOs>,
    /// How many packages it has.
    pub packages: Option<i64>,
    /// How many updates wait.
    pub updates_pending: Option<i64>,
    /// How many of them mend security.
    pub updates_security: Option<i64>,
    /// Kinds that its own file switches off.
    pub kinds_off: Vec<Kind>,
}

/// An operating system as reported.
#[derive(Clone)]
pub struct ReportedOs {
    /// `ID`. Kept where it follows os-release's rules.
    pub id: String,
    /// `VERSION_ID`, likewise.
    pub version_id: Option<String>,
    /// `PRETTY_NAME`; cut at [`OS_PRETTY_NAME_BYTES_MAX`].
    pub pretty_name: Option<String>,
}

/// What has changed, to be handed to [`Devices::applied`] after the commit.
#[derive(Debug)]
#[must_use = "the roster in memory learns of the change by `Devices::applied`"]
pub struct Touched {
    pub(crate) tenant: TenantId,
    pub(crate) changes: Vec<Change>,
}

impl std::fmt::Debug for DeviceFacts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[facts]")
    }
}

impl std::fmt::Debug for TouchReport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TouchReport({})", self.at)
    }
}

impl Touched {
    /// Several in one, of one tenant.
    pub fn and(mut self, other: Self) -> Self {
        self.changes.extend(other.changes);
        self
    }
}

impl Devices {
    /// Notes within the caller's transaction that a device of the scope's tenant was heard of. May run twice.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] for facts of an unknown device; keys and store.
    pub fn touch(&self, tx: &mut Tx<'_>, scope: &Scope, device: DeviceId, report: &TouchReport) -> Result<Touched, StoreError> {
        let tenant = scope.tenant();
        tx.execute(&sql::SET_SEEN, &params![tenant, device, report.at])?;
        let change = match &report.facts {
            None => Change::Seen(device, report.at),
            Some(facts) => self.set_facts(tx, tenant, device, facts)?,
        };
        Ok(Touched { tenant, changes: vec![change] })
    }

    /// Tells the roster what a transaction with [`Devices::touch`] has committed.
    pub fn applied(&self, touched: Touched) {
        self.apply(touched.tenant, touched.changes);
    }

    fn set_facts(&self, tx: &mut Tx<'_>, tenant: TenantId, device: DeviceId, facts: &DeviceFacts) -> Result<Change, StoreError> {
        let keys = self.0.keys.as_ref();
        let record = record::read(tx, keys, tenant, device)?.ok_or(StoreError::NotFound)?;
        let card = DeviceCard {
            name: facts.name.as_deref().map(|name| cut(name, DEVICE_NAME_BYTES_MAX)).filter(|name| !name.is_empty()),
            os_pretty_name: facts.os.as_ref().and_then(|os| os.pretty_name.as_deref()).map(|text| cut(text, OS_PRETTY_NAME_BYTES_MAX)),
            labels: record.card.labels.clone(),
        };
        record::replace_card(tx, keys, tenant, &record, &card)?;
        let os = facts.os.as_ref().map(|os| OsFacts::from_report(&os.id, os.version_id.as_deref()));
        let (os_id, os_version_id) = os.map_or((None, None), |os| (Some(os.id), os.version_id));
        let kinds_off = kinds_to_text(&facts.kinds_off);
        let numbers = (facts.packages, facts.updates_pending, facts.updates_security);
        tx.execute(&sql::SET_FACTS, &params![tenant, device, os_id, os_version_id, numbers.0, numbers.1, numbers.2, kinds_off])?;
        let record = record::read(tx, keys, tenant, device)?.ok_or(StoreError::NotFound)?;
        Ok(Change::Device(Box::new(record)))
    }
}
