//! `GET /devices/{device}/packages`.

use axum::extract::State;
use kernel::{DeviceId, Page};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{Answer, Caller, Id, Json, Paging, Path, Query, Time};
use wire::state::{Kind, Package, PendingUpdate};

use super::{Manager, NotCollected, bad_cursor};
use crate::Inventory;

/// Which packages.
#[derive(Deserialize, JsonSchema)]
pub(super) struct PackageFilter {
    /// Part of the package's or its source's name.
    q: Option<String>,
    /// Only packages with a pending update, or with a pending security update.
    pending: Option<PendingFilter>,
}

/// Which pending updates.
#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum PendingFilter {
    /// Any newer version.
    Any,
    /// A newer version from a security archive.
    Security,
}

/// A package on a device.
#[derive(Serialize, JsonSchema)]
struct DevicePackage {
    manager: Manager,
    /// Binary package name.
    name: String,
    architecture: String,
    /// Version with epoch and release.
    version: String,
    /// Source package name.
    source: String,
    /// Source package version.
    source_version: String,
    /// Whether the administrator holds it at this version.
    held: bool,
    /// Whether unpacking or configuring it did not finish.
    incomplete: bool,
    installed_at: Option<Time>,
    /// Who publishes it; absent means unknown.
    vendor: Option<String>,
    /// The version that the host could install now.
    candidate: Option<String>,
    /// Whether the candidate comes from a security archive.
    candidate_security: Option<bool>,
}

/// A page of a device's packages.
#[derive(Serialize, JsonSchema)]
pub(super) struct DevicePackages {
    items: Vec<DevicePackage>,
    /// Cursor of the next page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
    /// Whether packages are collected from this device: where not, an empty list says nothing.
    collected: bool,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<NotCollected>,
}

pub(super) async fn list(
    State(inventory): State<Inventory>,
    Caller(scope): Caller,
    Path(Id(device)): Path<Id<DeviceId>>,
    Query(filter): Query<PackageFilter>,
    Paging(page): Paging,
) -> Answer<Json<DevicePackages>> {
    let held = inventory.state_of(&scope, device).await?;
    let reason = NotCollected::of(held.as_ref().map(|held| &held.state), Kind::Packages);
    let Some(state) = held.map(|held| held.state) else {
        return Ok(Json(DevicePackages { items: Vec::new(), next: None, collected: false, reason }));
    };
    let first = match &page.cursor {
        Some(cursor) => cursor.parse::<usize>().map_err(|_| bad_cursor())?,
        None => 0,
    };
    let pending = state.updates.map(|updates| updates.pending).unwrap_or_default();
    let text = filter.q.unwrap_or_default().to_lowercase();
    let rows = state.packages.unwrap_or_default().into_iter().enumerate().skip(first).filter_map(|(position, package)| {
        let update = update_of(&pending, &package);
        let is_wanted = match filter.pending {
            None => true,
            Some(PendingFilter::Any) => update.is_some(),
            Some(PendingFilter::Security) => update.is_some_and(|update| update.security),
        };
        let has_text = package.name.contains(&text) || package.source_name().contains(&text);
        (is_wanted && has_text).then(|| (position + 1, describe(package, update)))
    });
    let rows = rows.take(page.limit as usize + 1).collect();
    let page = Page::of_one_more(rows, page.limit, |(position, _)| position.to_string());
    let items = page.items.into_iter().map(|(_, package)| package).collect();
    Ok(Json(DevicePackages { items, next: page.next, collected: reason.is_none(), reason }))
}

fn update_of<'a>(pending: &'a [PendingUpdate], package: &Package) -> Option<&'a PendingUpdate> {
    pending.iter().find(|update| {
        (update.manager, &update.name, &update.architecture, &update.installed)
            == (package.manager, &package.name, &package.architecture, &package.version)
    })
}

fn describe(package: Package, update: Option<&PendingUpdate>) -> DevicePackage {
    DevicePackage {
        manager: package.manager.into(),
        source: package.source_name().to_owned(),
        source_version: package.source_version().to_owned(),
        name: package.name,
        architecture: package.architecture,
        version: package.version,
        held: package.held,
        incomplete: package.incomplete,
        installed_at: package.installed_at.map(Time),
        vendor: package.vendor,
        candidate: update.map(|update| update.candidate.clone()),
        candidate_security: update.map(|update| update.security),
    }
}
