//! `GET /vulnerabilities/packages`: the packages that flaws concern.

use axum::extract::State;
use kernel::Page;
use schemars::JsonSchema;
use serde::Serialize;
use web::{Answer, Caller, Paged, Paging};

use super::{Severity, bad_cursor};
use crate::Vulnerabilities;

/// A package that flaws concern.
#[derive(Serialize, JsonSchema)]
pub(super) struct VulnerablePackage {
    /// Source package.
    source: String,
    /// Ecosystem and release, as in `Debian:12`.
    profile: String,
    /// Number of flaws.
    cves: u64,
    worst_severity: Severity,
    /// Number of flaws known to be exploited.
    kev: u64,
    devices_exposed: u64,
}

pub(super) async fn list(
    State(vulnerabilities): State<Vulnerabilities>,
    Caller(scope): Caller,
    Paging(page): Paging,
) -> Answer<Paged<VulnerablePackage>> {
    let after = match &page.cursor {
        // No package's name holds a space.
        Some(cursor) => {
            Some(cursor.split_once(' ').map(|(source, profile)| (source.to_owned(), profile.to_owned())).ok_or_else(bad_cursor)?)
        }
        None => None,
    };
    let found = vulnerabilities.package_findings(&scope, after.as_ref(), page.limit as usize + 1).await?;
    let found = Page::of_one_more(found, page.limit, |package| format!("{} {}", package.source, package.profile));
    Ok(Paged(found.map(|package| VulnerablePackage {
        source: package.source,
        profile: package.profile,
        cves: package.cves,
        worst_severity: package.worst.into(),
        kev: package.known_exploited,
        devices_exposed: package.devices_exposed,
    })))
}
