//! `GET /vulnerabilities/{cve}`: what is known of a flaw, and what it concerns.

use axum::extract::State;
use kernel::Problem;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{Answer, Caller, Json, Path, Time};

use super::FindingView;
use crate::feeds::hex;
use crate::osv::ID_BYTES_MAX;
use crate::{AffectedPackage, FindingDetail, Vulnerabilities};

/// A flaw's address.
#[derive(Deserialize, JsonSchema)]
pub(super) struct FlawPath {
    /// The CVE; the advisory's id where it names none.
    cve: String,
}

impl FlawPath {
    /// The name, where it can be one.
    pub(super) fn name(self) -> Result<String, Problem> {
        if self.cve.len() > ID_BYTES_MAX { Err(Problem::not_found()) } else { Ok(self.cve) }
    }
}

/// What is known of a flaw.
#[derive(Serialize, JsonSchema)]
pub(super) struct Detail {
    #[serde(flatten)]
    finding: FindingView,
    /// The longest of the advisories' texts, in Markdown; null where there is none.
    details: Option<String>,
    references: Vec<ReferenceView>,
    /// CVSS vectors.
    vectors: Vec<String>,
    /// The packages and versions that it concerns on the fleet.
    affected: Vec<AffectedView>,
    /// Devices that only have headers, tools or kernels that do not run, beside those counted.
    companion_devices: u64,
    provenance: Vec<ProvenanceView>,
}

/// Where to read more.
#[derive(Serialize, JsonSchema)]
struct ReferenceView {
    kind: String,
    url: String,
}

/// A package that it concerns.
#[derive(Serialize, JsonSchema)]
struct AffectedView {
    /// Ecosystem and release, as in `Debian:12`.
    profile: String,
    source: String,
    versions: Vec<VersionView>,
}

/// A version that it concerns.
#[derive(Serialize, JsonSchema)]
struct VersionView {
    source_version: String,
    /// Null where no mending version is known.
    fixed_version: Option<String>,
    devices: u64,
    /// Devices that could install it now.
    fix_available: u64,
}

/// Where an advisory came from.
#[derive(Serialize, JsonSchema)]
struct ProvenanceView {
    advisory: String,
    feed: String,
    /// SHA-256 of the document as given, in hexadecimal.
    document_sha256: String,
    imported_at: Time,
}

pub(super) async fn get(
    State(vulnerabilities): State<Vulnerabilities>,
    Caller(scope): Caller,
    Path(path): Path<FlawPath>,
) -> Answer<Json<Detail>> {
    let detail = vulnerabilities.finding(&scope, &path.name()?).await?;
    Ok(Json(view(detail)))
}

fn view(detail: FindingDetail) -> Detail {
    let texts = detail.advisories.iter().filter_map(|(advisory, _)| advisory.details.as_ref());
    let details = texts.max_by_key(|text| text.len()).cloned();
    let (mut references, mut vectors) = (Vec::<ReferenceView>::new(), Vec::new());
    let mut provenance = Vec::new();
    for (advisory, from) in detail.advisories {
        for reference in advisory.references {
            if !references.iter().any(|known| known.url == reference.url) {
                references.push(ReferenceView { kind: reference.kind, url: reference.url });
            }
        }
        for vector in advisory.severity {
            if !vectors.contains(&vector.score) {
                vectors.push(vector.score);
            }
        }
        provenance.push(ProvenanceView {
            advisory: advisory.id,
            feed: from.feed,
            document_sha256: hex(&from.document_sha256),
            imported_at: Time(from.imported_at),
        });
    }
    Detail {
        finding: detail.finding.into(),
        details,
        references,
        vectors,
        affected: detail.affected.into_iter().map(affected).collect(),
        companion_devices: detail.companion_devices,
        provenance,
    }
}

fn affected(package: AffectedPackage) -> AffectedView {
    let versions = package.versions.into_iter().map(|version| VersionView {
        source_version: version.source_version,
        fixed_version: version.fixed_version,
        devices: version.devices,
        fix_available: version.fix_available_devices,
    });
    AffectedView { profile: package.profile, source: package.source, versions: versions.collect() }
}
