//! `GET /packages`, `GET /packages/{manager}/{name}` and its devices: the fleet searched by package and version.

use axum::extract::State;
use kernel::{DeviceId, Page};
use roaring::RoaringBitmap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{Answer, Caller, Id, Json, Paged, Paging, Path, Query};
use wire::state::PackageManager;

use super::{Manager, bad_cursor};
use crate::Inventory;

/// Which packages.
#[derive(Deserialize, JsonSchema)]
pub(super) struct NameFilter {
    /// Part of the name.
    q: Option<String>,
}

/// A package of the fleet.
#[derive(Serialize, JsonSchema)]
pub(super) struct PackageSummary {
    manager: Manager,
    name: String,
    /// Number of distinct versions.
    versions: usize,
    /// Number of devices that have it.
    devices: u64,
}

/// A package's address.
#[derive(Deserialize, JsonSchema)]
pub(super) struct PackagePath {
    manager: Manager,
    name: String,
}

/// The versions of a package.
#[derive(Serialize, JsonSchema)]
pub(super) struct Versions {
    versions: Vec<VersionCount>,
}

/// A version and how many devices have it.
#[derive(Serialize, JsonSchema)]
struct VersionCount {
    version: String,
    devices: u64,
}

/// Which version.
#[derive(Deserialize, JsonSchema)]
pub(super) struct VersionFilter {
    /// Only the devices with exactly this version.
    version: Option<String>,
}

/// A device that has the package.
#[derive(Serialize, JsonSchema)]
pub(super) struct PackageDevice {
    device: Id<DeviceId>,
    name: Option<String>,
    versions: Vec<String>,
}

pub(super) async fn list(
    State(inventory): State<Inventory>,
    Caller(scope): Caller,
    Query(filter): Query<NameFilter>,
    Paging(page): Paging,
) -> Answer<Paged<PackageSummary>> {
    let after = match &page.cursor {
        Some(cursor) => Some(read_cursor(cursor).ok_or_else(bad_cursor)?),
        None => None,
    };
    let text = filter.q.unwrap_or_default().to_lowercase();
    let packages = inventory.packages(&scope, &text, after, page.limit as usize + 1).await?;
    let packages = Page::of_one_more(packages, page.limit, |package| format!("{}:{}", manager_name(package.manager), package.name));
    Ok(Paged(packages.map(|package| PackageSummary {
        manager: package.manager.into(),
        name: package.name.to_string(),
        versions: package.versions,
        devices: package.devices,
    })))
}

pub(super) async fn versions(
    State(inventory): State<Inventory>,
    Caller(scope): Caller,
    Path(path): Path<PackagePath>,
) -> Answer<Json<Versions>> {
    let versions = inventory.versions(&scope, path.manager.into(), &path.name).await?;
    let count = |version: crate::FleetVersion| VersionCount { version: version.version.to_string(), devices: version.devices.len() };
    Ok(Json(Versions { versions: versions.into_iter().map(count).collect() }))
}

pub(super) async fn devices(
    State(inventory): State<Inventory>,
    Caller(scope): Caller,
    Path(path): Path<PackagePath>,
    Query(filter): Query<VersionFilter>,
    Paging(page): Paging,
) -> Answer<Paged<PackageDevice>> {
    let after = match &page.cursor {
        Some(cursor) => cursor.parse::<DeviceId>().map_err(|_| bad_cursor())?.number(),
        None => 0,
    };
    let versions = inventory.versions(&scope, path.manager.into(), &path.name).await?;
    let wanted: Vec<_> =
        versions.into_iter().filter(|version| filter.version.as_deref().is_none_or(|text| text == &*version.version)).collect();
    let all = wanted.iter().fold(RoaringBitmap::new(), |all, version| all | &version.devices);
    let named = inventory.named(&scope, all.iter().collect()).await?;
    let versions_of =
        |ordinal| wanted.iter().filter(move |version| version.devices.contains(ordinal)).map(|version| version.version.to_string());
    let rows = all.iter().zip(named).filter_map(|(ordinal, named)| {
        let (device, name) = named?;
        Some(PackageDevice { device: Id(device), name, versions: versions_of(ordinal).collect() })
    });
    let mut rows: Vec<_> = rows.filter(|row| row.device.0.number() > after).collect();
    rows.sort_by_key(|row| row.device.0.number());
    rows.truncate(page.limit as usize + 1);
    Ok(Paged(Page::of_one_more(rows, page.limit, |row| row.device.0.to_string())))
}

const fn manager_name(manager: PackageManager) -> &'static str {
    match manager {
        PackageManager::Apk => "apk",
        PackageManager::Dpkg => "dpkg",
        PackageManager::Pacman => "pacman",
        PackageManager::Rpm => "rpm",
    }
}

fn read_cursor(cursor: &str) -> Option<(String, PackageManager)> {
    let (manager, name) = cursor.split_once(':')?;
    let manager = [PackageManager::Apk, PackageManager::Dpkg, PackageManager::Pacman, PackageManager::Rpm]
        .into_iter()
        .find(|known| manager_name(*known) == manager)?;
    Some((name.to_owned(), manager))
}
