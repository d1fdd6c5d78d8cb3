//! `GET /devices/{device}/vulnerabilities`: what concerns a device.

use axum::extract::State;
use kernel::DeviceId;
use schemars::JsonSchema;
use serde::Serialize;
use web::{Answer, Caller, Id, Json, Path};

use super::{BasisView, Class, Reason, Severity};
use crate::profile::NotCovered;
use crate::{DeviceFinding, Vulnerabilities};

/// What concerns a device.
#[derive(Serialize, JsonSchema)]
pub(super) struct DeviceVulnerabilities {
    answer: ThreeStates,
    /// Why nothing can be said; only with `not-covered`.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<Reason>,
    /// The reason as a sentence; with another answer, what of the device it leaves out.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    items: Vec<DeviceFlaw>,
    /// What of a covered device nothing can be said about.
    partly: Vec<DevicePartly>,
    /// The advisories that the answer rests on; empty with `not-covered`.
    basis: Vec<BasisView>,
}

/// Packages of the device, or the kernel that it runs, about which nothing can be said.
#[derive(Serialize, JsonSchema)]
struct DevicePartly {
    reason: Reason,
    /// The reason as a sentence.
    detail: String,
    /// Packages; none where the reason is about the kernel that runs.
    packages: u64,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum ThreeStates {
    Affected,
    NotAffected,
    NotCovered,
}

/// A package of the device and a flaw that concerns it.
#[derive(Serialize, JsonSchema)]
struct DeviceFlaw {
    cve: String,
    package: String,
    version: String,
    source: String,
    /// Null where no mending version is known.
    fixed_version: Option<String>,
    severity: Severity,
    kev: bool,
    epss: Option<f64>,
    /// Whether the device could install a mended version now.
    fix_available: bool,
    /// Whether a mended kernel is installed and waits for a reboot.
    waits_for_reboot: bool,
    class: Class,
}

impl From<DeviceFinding> for DeviceFlaw {
    fn from(finding: DeviceFinding) -> Self {
        Self {
            cve: finding.cve.to_string(),
            package: finding.package.name,
            version: finding.package.version,
            source: finding.package.source,
            fixed_version: finding.package.fixed_version,
            severity: finding.rating.into(),
            kev: finding.known_exploited,
            epss: finding.epss,
            fix_available: finding.package.fix_available,
            waits_for_reboot: finding.package.waits_for_reboot,
            class: finding.class.into(),
        }
    }
}

pub(super) async fn get(
    State(vulnerabilities): State<Vulnerabilities>,
    Caller(scope): Caller,
    Path(Id(device)): Path<Id<DeviceId>>,
) -> Answer<Json<DeviceVulnerabilities>> {
    Ok(Json(match vulnerabilities.device_findings(&scope, device).await? {
        Ok(found) => DeviceVulnerabilities {
            answer: if found.findings.is_empty() { ThreeStates::NotAffected } else { ThreeStates::Affected },
            reason: None,
            detail: left_out(&found.partly),
            items: found.findings.into_iter().map(Into::into).collect(),
            partly: found.partly.iter().map(Into::into).collect(),
            basis: BasisView::of(found.basis).collect(),
        },
        Err(reason) => DeviceVulnerabilities {
            answer: ThreeStates::NotCovered,
            reason: Some((&reason).into()),
            detail: Some(reason.to_string()),
            items: Vec::new(),
            partly: Vec::new(),
            basis: Vec::new(),
        },
    }))
}

impl From<&(NotCovered, u64)> for DevicePartly {
    fn from((reason, packages): &(NotCovered, u64)) -> Self {
        Self { detail: reason.to_string(), reason: reason.into(), packages: *packages }
    }
}

/// What an answer leaves out, as one sentence.
fn left_out(partly: &[(NotCovered, u64)]) -> Option<String> {
    let part = |(reason, packages): &(NotCovered, u64)| match packages {
        0 => reason.to_string(),
        1 => format!("1 package is not covered: {reason}"),
        packages => format!("{packages} packages are not covered: {reason}"),
    };
    (!partly.is_empty()).then(|| partly.iter().map(part).collect::<Vec<_>>().join("; "))
}
