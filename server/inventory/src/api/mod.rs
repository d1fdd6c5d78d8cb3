//! The doors: one file per endpoint.

mod agent_settings;
mod fleet_packages;
mod gaps;
mod history;
mod packages;
mod receipts;
mod reports;
mod schema;
mod state;
mod updates;
mod updates_summary;

use devices::error::{DEVICE_ERASED, DEVICE_RETIRED};
use kernel::problem::ProblemKind;
use kernel::{Access, Permission};
use web::{BodyLimit, Doc, Routes};
use wire::report::{REPORT_BODY_BYTES_MAX, REPORT_COMPRESSED_BYTES_MAX};

use crate::Inventory;
use crate::error::SCHEMA_NOT_READ;

/// The routes of this crate.
pub fn routes(inventory: Inventory) -> Routes<Inventory> {
    let read = Access::Person(Permission::InventoryRead);
    Routes::new("inventory", inventory)
        .post(
            "/agent/reports",
            Access::Report,
            Doc::new("sendReport", "Send a report")
                .description("A full state, a delta or an unchanged check-in of the device that the credential names. Answered by a receipt once it is durable; the same sequence number sent again gets the same receipt.")
                .problems(&[SCHEMA_NOT_READ, DEVICE_ERASED, DEVICE_RETIRED, ProblemKind::NOT_FOUND, ProblemKind::UNAVAILABLE]),
            reports::send,
        )
        .limit(BodyLimit { bytes_max: REPORT_BODY_BYTES_MAX, compressed_bytes_max: REPORT_COMPRESSED_BYTES_MAX })
        .get("/agent/schema", Access::Public, Doc::new("reportSchema", "Which report schemas are read"), schema::range)
        .open_to_banned()
        .get("/agent/settings", Access::Device, Doc::new("agentSettings", "What the server asks of an agent"), agent_settings::get)
        .get(
            "/devices/{device}/packages",
            read,
            Doc::new("listDevicePackages", "List a device's packages").problems(&[ProblemKind::NOT_FOUND]),
            packages::list,
        )
        .get(
            "/devices/{device}/history",
            read,
            Doc::new("listDeviceHistory", "List what changed on a device").problems(&[ProblemKind::NOT_FOUND]),
            history::list,
        )
        .get(
            "/devices/{device}/updates",
            read,
            Doc::new("listDeviceUpdates", "List a device's pending updates").problems(&[ProblemKind::NOT_FOUND]),
            updates::list,
        )
        .get(
            "/devices/{device}/state",
            read,
            Doc::new("deviceState", "What a device sent").problems(&[ProblemKind::NOT_FOUND]),
            state::get,
        )
        .get(
            "/devices/{device}/gaps",
            read,
            Doc::new("listDeviceGaps", "List the transmissions of a device that did not arrive").problems(&[ProblemKind::NOT_FOUND]),
            gaps::list,
        )
        .get(
            "/devices/{device}/receipts",
            read,
            Doc::new("listDeviceReceipts", "List the receipts of a device's transmissions").problems(&[ProblemKind::NOT_FOUND]),
            receipts::list,
        )
        .get("/packages", read, Doc::new("listPackages", "List the fleet's packages"), fleet_packages::list)
        .get(
            "/packages/{manager}/{name}",
            read,
            Doc::new("packageVersions", "List the versions of a package in the fleet").problems(&[ProblemKind::NOT_FOUND]),
            fleet_packages::versions,
        )
        .get(
            "/packages/{manager}/{name}/devices",
            read,
            Doc::new("packageDevices", "List the devices that have a package").problems(&[ProblemKind::NOT_FOUND]),
            fleet_packages::devices,
        )
        .get("/updates/summary", read, Doc::new("updatesSummary", "How up to date the fleet is"), updates_summary::get)
}

/// A package manager in a path, a query or an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Manager {
    /// Alpine's apk.
    Apk,
    /// Debian's dpkg.
    Dpkg,
    /// Arch Linux's pacman.
    Pacman,
    /// RPM.
    Rpm,
}

impl From<wire::state::PackageManager> for Manager {
    fn from(manager: wire::state::PackageManager) -> Self {
        match manager {
            wire::state::PackageManager::Apk => Self::Apk,
            wire::state::PackageManager::Dpkg => Self::Dpkg,
            wire::state::PackageManager::Pacman => Self::Pacman,
            wire::state::PackageManager::Rpm => Self::Rpm,
        }
    }
}

impl From<Manager> for wire::state::PackageManager {
    fn from(manager: Manager) -> Self {
        match manager {
            Manager::Apk => Self::Apk,
            Manager::Dpkg => Self::Dpkg,
            Manager::Pacman => Self::Pacman,
            Manager::Rpm => Self::Rpm,
        }
    }
}

/// Why a kind of data of a device is not there. Never an empty list instead (promise OP-5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum NotCollected {
    /// The host's own file switches it off.
    SwitchedOff,
    /// The agent could not see it; the state's blind spots say why.
    NotSeen,
    /// The device has not reported yet.
    NoReportYet,
}

impl NotCollected {
    /// Why a kind is missing from a state; nothing where it is there.
    pub(crate) fn of(state: Option<&wire::state::State>, kind: wire::state::Kind) -> Option<Self> {
        match state {
            None => Some(Self::NoReportYet),
            Some(state) if state.has(kind) => None,
            Some(state) if state.switched_off.contains(&kind) => Some(Self::SwitchedOff),
            Some(_) => Some(Self::NotSeen),
        }
    }
}

/// A cursor that is not one of ours.
pub(crate) fn bad_cursor() -> kernel::Problem {
    kernel::Problem::invalid("cursor", "Use the `next` of the page before, as it was given.")
}
