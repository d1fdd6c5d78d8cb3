//! `GET /vulnerabilities/{cve}/devices`: the devices that a flaw concerns.

use axum::extract::State;
use kernel::{DeviceId, Page};
use schemars::JsonSchema;
use serde::Serialize;
use web::{Answer, Caller, Id, Paged, Paging, Path};

use super::bad_cursor;
use super::finding::FlawPath;
use crate::{DevicePackage, Vulnerabilities};

/// A device that it concerns.
#[derive(Serialize, JsonSchema)]
pub(super) struct DeviceView {
    device: Id<DeviceId>,
    /// Null where the name is not collected.
    name: Option<String>,
    packages: Vec<PackageView>,
}

/// A package that it concerns.
#[derive(Serialize, JsonSchema)]
struct PackageView {
    name: String,
    version: String,
    /// Null where no mending version is known.
    fixed_version: Option<String>,
    /// Whether the device could install it now.
    fix_available: bool,
    /// Whether a mended kernel is installed and waits for a reboot.
    waits_for_reboot: bool,
}

impl From<DevicePackage> for PackageView {
    fn from(package: DevicePackage) -> Self {
        Self {
            name: package.name,
            version: package.version,
            fixed_version: package.fixed_version,
            fix_available: package.fix_available,
            waits_for_reboot: package.waits_for_reboot,
        }
    }
}

pub(super) async fn list(
    State(vulnerabilities): State<Vulnerabilities>,
    Caller(scope): Caller,
    Path(path): Path<FlawPath>,
    Paging(page): Paging,
) -> Answer<Paged<DeviceView>> {
    let after = match &page.cursor {
        Some(cursor) => Some(cursor.parse::<DeviceId>().map_err(|_| bad_cursor())?),
        None => None,
    };
    let found = vulnerabilities.finding_devices(&scope, &path.name()?, after, page.limit as usize + 1).await?;
    let found = Page::of_one_more(found, page.limit, |found| found.device.to_string());
    Ok(Paged(found.map(|found| DeviceView {
        device: Id(found.device),
        name: found.name,
        packages: found.packages.into_iter().map(Into::into).collect(),
    })))
}
