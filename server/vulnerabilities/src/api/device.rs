//! `GET /devices/{device}/vulnerabilities`: what concerns a device.

use axum::extract::State;
use kernel::DeviceId;
use schemars::JsonSchema;
use serde::Serialize;
use web::{Answer, Caller, Id, Json, Path};

use super::{Class, Reason, Severity};
use crate::{DeviceFinding, Vulnerabilities};

/// What concerns a device.
#[derive(Serialize, JsonSchema)]
pub(super) struct DeviceVulnerabilities {
    answer: ThreeStates,
    /// Why nothing can be said; only with `not-covered`.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<Reason>,
    /// The reason as a sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    items: Vec<DeviceFlaw>,
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
            answer: if found.is_empty() { ThreeStates::NotAffected } else { ThreeStates::Affected },
            reason: None,
            detail: None,
            items: found.into_iter().map(Into::into).collect(),
        },
        Err(reason) => DeviceVulnerabilities {
            answer: ThreeStates::NotCovered,
            reason: Some((&reason).into()),
            detail: Some(reason.to_string()),
            items: Vec::new(),
        },
    }))
}
