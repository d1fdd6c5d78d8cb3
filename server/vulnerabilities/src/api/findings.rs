//! `GET /vulnerabilities`: what concerns the fleet.

use axum::extract::State;
use kernel::Page;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{Answer, Caller, Json, Paging, Query};

use super::{BasisView, Class, FindingView, Reason, bad_cursor};
use crate::{FindingFilter, FindingKey, FindingSort, Partly, Vulnerabilities};

/// Which findings.
#[derive(Deserialize, JsonSchema)]
pub(super) struct Filter {
    /// Part of the flaw's or a package's name.
    q: Option<String>,
    /// Only those known to be exploited, or only the others.
    kev: Option<bool>,
    /// Only those of one class.
    class: Option<Class>,
    /// By what; the gravest first. `kev` where it is not given.
    sort: Option<Sort>,
}

#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Sort {
    Kev,
    Epss,
    Devices,
    Severity,
}

/// A page of findings, and how much of the fleet they speak of.
#[derive(Serialize, JsonSchema)]
pub(super) struct Findings {
    items: Vec<FindingView>,
    /// Cursor of the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
    coverage: CoverageView,
}

/// How much of the fleet the findings speak of.
#[derive(Serialize, JsonSchema)]
struct CoverageView {
    /// Devices whose packages are compared with advisories.
    covered_devices: u64,
    not_covered: Vec<NotCoveredView>,
    /// What nothing can be said about on covered devices: of these packages only those with a row are known to be affected.
    partly: Vec<PartlyView>,
    /// The advisories that the findings rest on, so that a reader can judge what silence means.
    basis: Vec<CoverageBasis>,
}

/// Packages, or the kernel that runs, of covered devices about which nothing can be said.
#[derive(Serialize, JsonSchema)]
struct PartlyView {
    reason: Reason,
    /// The reason as a sentence.
    detail: String,
    devices: u64,
    /// Distinct versions of packages; none where the reason is about the kernel that runs.
    packages: u64,
}

/// Advisories, and the devices that they speak for.
#[derive(Serialize, JsonSchema)]
struct CoverageBasis {
    #[serde(flatten)]
    basis: BasisView,
    devices: u64,
}

/// Devices about which nothing can be said.
#[derive(Serialize, JsonSchema)]
struct NotCoveredView {
    reason: Reason,
    /// The reason as a sentence.
    detail: String,
    /// The operating system or ecosystem that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    os: Option<String>,
    devices: u64,
}

impl From<Partly> for PartlyView {
    fn from(partly: Partly) -> Self {
        Self { detail: partly.reason.to_string(), reason: (&partly.reason).into(), devices: partly.devices, packages: partly.packages }
    }
}

pub(super) async fn list(
    State(vulnerabilities): State<Vulnerabilities>,
    Caller(scope): Caller,
    Query(filter): Query<Filter>,
    Paging(page): Paging,
) -> Answer<Json<Findings>> {
    let after = match &page.cursor {
        Some(cursor) => Some(FindingKey::of_cursor(cursor).ok_or_else(bad_cursor)?),
        None => None,
    };
    let sort = match filter.sort {
        None | Some(Sort::Kev) => FindingSort::Kev,
        Some(Sort::Epss) => FindingSort::Epss,
        Some(Sort::Devices) => FindingSort::Devices,
        Some(Sort::Severity) => FindingSort::Severity,
    };
    let filter = FindingFilter {
        text: filter.q.unwrap_or_default().to_lowercase(),
        known_exploited: filter.kev,
        class: filter.class.map(Into::into),
    };
    let found = vulnerabilities.findings(&scope, &filter, sort, after.as_ref(), page.limit as usize + 1).await?;
    let page = Page::of_one_more(found, page.limit, |(key, _)| key.to_cursor());
    let coverage = vulnerabilities.coverage(&scope).await?;
    let not_covered = coverage.not_covered.into_iter().map(|(reason, devices)| NotCoveredView {
        detail: reason.to_string(),
        os: reason.os().map(ToOwned::to_owned),
        reason: (&reason).into(),
        devices,
    });
    Ok(Json(Findings {
        items: page.items.into_iter().map(|(_, finding)| finding.into()).collect(),
        next: page.next,
        coverage: CoverageView {
            covered_devices: coverage.covered_devices,
            not_covered: not_covered.collect(),
            partly: coverage.partly.into_iter().map(Into::into).collect(),
            basis: coverage
                .basis
                .into_iter()
                .flat_map(|(basis, devices)| BasisView::of(basis).map(move |basis| CoverageBasis { basis, devices }))
                .collect(),
        },
    }))
}
