//! The doors: one file per endpoint.

mod device;
mod exposure_history;
mod feeds;
mod finding;
mod finding_devices;
mod findings;
mod import;
mod packages;

use std::time::Duration;

use kernel::problem::ProblemKind;
use kernel::{Access, Permission, Problem};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{BodyLimit, Doc, Routes, Time};

use crate::basis::Basis;
use crate::error::DOCUMENT_REFUSED;
use crate::package_class::PackageClass;
use crate::profile::NotCovered;
use crate::{Finding, Vulnerabilities};

/// Largest document that is taken by HTTP, in bytes; larger ones are imported on the host.
pub const IMPORT_BODY_BYTES_MAX: usize = 256 * 1_024 * 1_024;
/// How long an import by HTTP may take.
pub const IMPORT_TIME_MAX: Duration = Duration::from_secs(10 * 60);

/// The routes of this crate.
pub fn routes(vulnerabilities: Vulnerabilities) -> Routes<Vulnerabilities> {
    let read = Access::Person(Permission::VulnerabilitiesRead);
    let manage = Access::Person(Permission::FeedsManage);
    Routes::new("vulnerabilities", vulnerabilities)
        .get(
            "/vulnerabilities",
            read,
            Doc::new("listVulnerabilities", "List what concerns the fleet")
                .description("A row is a flaw with the number of devices that it concerns. `coverage` tells how much of the fleet the list speaks of: a device that is not covered is not in it, whatever runs there."),
            findings::list,
        )
        .get(
            "/vulnerabilities/packages",
            read,
            Doc::new("listVulnerablePackages", "List the packages that flaws concern"),
            packages::list,
        )
        .get(
            "/vulnerabilities/exposure/history",
            read,
            Doc::new("exposureHistory", "How exposed the fleet was, day by day")
                .description("Counts over the whole tenant, for who reaches all of its devices. A day on which nothing changed has the counts of the day before."),
            exposure_history::get,
        )
        .get(
            "/vulnerabilities/{cve}",
            read,
            Doc::new("getVulnerability", "What is known of a flaw, and what it concerns").problems(&[ProblemKind::NOT_FOUND]),
            finding::get,
        )
        .get(
            "/vulnerabilities/{cve}/devices",
            read,
            Doc::new("listVulnerableDevices", "List the devices that a flaw concerns").problems(&[ProblemKind::NOT_FOUND]),
            finding_devices::list,
        )
        .get(
            "/devices/{device}/vulnerabilities",
            read,
            Doc::new("deviceVulnerabilities", "What concerns a device")
                .description("`answer` has three states: affected, not affected, not covered; the last with its reason.")
                .problems(&[ProblemKind::NOT_FOUND]),
            device::get,
        )
        .get("/feeds", Access::Person(Permission::FeedsRead), Doc::new("listFeeds", "List the feeds and how each stands"), feeds::list)
        .post(
            "/feeds/import",
            manage,
            Doc::new("importDocument", "Import a document into the master")
                .description("The body is the document as it is: JSON, JSON lines, YAML or CSV, in a zip or tar or not, packed with zstd or gzip or not. It is taken as a whole or refused as a whole; a record that is wrong for itself is refused alone and named.")
                .problems(&[DOCUMENT_REFUSED, ProblemKind::UNAVAILABLE]),
            import::import,
        )
        .limit(BodyLimit::bytes(IMPORT_BODY_BYTES_MAX))
        .time_limit(IMPORT_TIME_MAX)
        .post(
            "/feeds/{feed}/fetch",
            manage,
            Doc::new("fetchFeed", "Fetch a feed now").problems(&[ProblemKind::NOT_FOUND, ProblemKind::CONFLICT]),
            feeds::fetch,
        )
        .put("/feeds/{feed}", manage, Doc::new("switchFeed", "Switch whether a feed is fetched by itself").problems(&[ProblemKind::NOT_FOUND]), feeds::switch)
}

/// How grave a flaw is.
#[derive(Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Severity {
    Unknown,
    Low,
    Medium,
    High,
    Critical,
}

impl From<crate::severity::Rating> for Severity {
    fn from(rating: crate::severity::Rating) -> Self {
        use crate::severity::Rating;
        match rating {
            Rating::Unknown => Self::Unknown,
            Rating::Low => Self::Low,
            Rating::Medium => Self::Medium,
            Rating::High => Self::High,
            Rating::Critical => Self::Critical,
        }
    }
}

/// As what a package counts.
#[derive(Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Class {
    /// Software, the booted kernel included.
    Software,
    /// Headers, tools and kernels that do not run.
    KernelCompanion,
}

impl From<PackageClass> for Class {
    fn from(class: PackageClass) -> Self {
        match class {
            PackageClass::Software => Self::Software,
            PackageClass::KernelCompanion => Self::KernelCompanion,
        }
    }
}

impl From<Class> for PackageClass {
    fn from(class: Class) -> Self {
        match class {
            Class::Software => Self::Software,
            Class::KernelCompanion => Self::KernelCompanion,
        }
    }
}

/// Why nothing can be said.
#[derive(Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Reason {
    ManagerNotSupported,
    NoAdvisories,
    NotReported,
    OsNotCollected,
    KernelNotCollected,
    KernelOfNoPackage,
    KernelVersionNotRead,
    OsNotSupported,
    OtherOrigin,
    PackagesNotCollected,
    VersionNotRead,
}

impl From<&NotCovered> for Reason {
    fn from(reason: &NotCovered) -> Self {
        match reason {
            NotCovered::KernelNotCollected => Self::KernelNotCollected,
            NotCovered::KernelOfNoPackage => Self::KernelOfNoPackage,
            NotCovered::KernelVersionNotRead => Self::KernelVersionNotRead,
            NotCovered::ManagerNotSupported { .. } => Self::ManagerNotSupported,
            NotCovered::NoAdvisories { .. } => Self::NoAdvisories,
            NotCovered::NotReported => Self::NotReported,
            NotCovered::OsNotCollected => Self::OsNotCollected,
            NotCovered::OsNotSupported { .. } => Self::OsNotSupported,
            NotCovered::OtherOrigin => Self::OtherOrigin,
            NotCovered::PackagesNotCollected => Self::PackagesNotCollected,
            NotCovered::VersionNotRead => Self::VersionNotRead,
        }
    }
}

/// The advisories of one feed that answers about one release rest on.
#[derive(Serialize, JsonSchema)]
struct BasisView {
    /// The release, as in `Debian:12`.
    ecosystem: String,
    /// The feed; `file` where a file told none.
    feed: String,
    /// Advisories about this very release that can concern a version.
    advisories: u64,
    /// When the newest of them was published or last changed; null where they do not say.
    newest_at: Option<Time>,
}

impl BasisView {
    fn of(basis: Basis) -> impl Iterator<Item = Self> {
        let ecosystem = basis.ecosystem;
        basis.feeds.into_iter().map(move |feed| Self {
            ecosystem: ecosystem.clone(),
            feed: feed.feed,
            advisories: feed.advisories,
            newest_at: feed.newest_at.map(Time),
        })
    }
}

/// A flaw and how many devices it concerns.
#[derive(Serialize, JsonSchema)]
struct FindingView {
    /// The CVE; the advisory's id where it names none.
    cve: String,
    /// The publishers' ids.
    advisories: Vec<String>,
    /// One line; null where nobody wrote one.
    summary: Option<String>,
    severity: Severity,
    /// Whether CISA knows it to be exploited.
    kev: bool,
    /// When CISA added it, `YYYY-MM-DD`.
    #[serde(skip_serializing_if = "Option::is_none")]
    kev_added: Option<String>,
    /// By when US agencies must act, `YYYY-MM-DD`.
    #[serde(skip_serializing_if = "Option::is_none")]
    kev_due: Option<String>,
    /// Probability of being exploited within 30 days, 0 to 1; null where FIRST gives none.
    epss: Option<f64>,
    /// Share of all CVEs with this probability or less, 0 to 1.
    epss_percentile: Option<f64>,
    devices_exposed: u64,
    /// Source packages.
    packages: Vec<String>,
    /// Versions that mend it; empty where none is known.
    fixed_versions: Vec<String>,
    /// Devices that could install a mended version now.
    fix_available_devices: u64,
    /// Devices on which a mended kernel is installed and waits for a reboot.
    waits_for_reboot_devices: u64,
    class: Class,
}

impl From<Finding> for FindingView {
    fn from(finding: Finding) -> Self {
        Self {
            cve: finding.cve.to_string(),
            advisories: finding.advisories.iter().map(ToString::to_string).collect(),
            summary: finding.summary,
            severity: finding.rating.into(),
            kev: finding.known_exploited.is_some(),
            kev_added: finding.known_exploited.as_ref().map(|entry| entry.added_on.clone()),
            kev_due: finding.known_exploited.and_then(|entry| entry.due_on),
            epss: finding.score.map(|(epss, _)| epss),
            epss_percentile: finding.score.map(|(_, percentile)| percentile),
            devices_exposed: finding.devices_exposed,
            packages: finding.packages,
            fixed_versions: finding.fixed_versions,
            fix_available_devices: finding.fix_available_devices,
            waits_for_reboot_devices: finding.waits_for_reboot_devices,
            class: finding.class.into(),
        }
    }
}

fn bad_cursor() -> Problem {
    Problem::invalid("cursor", "This is no cursor of this list. Take the `next` of the page before, with the same filters.")
}
