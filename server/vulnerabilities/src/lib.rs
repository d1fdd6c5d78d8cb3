//! What is known about vulnerabilities, and which devices it concerns.
//!
//! The pure part needs no store, and `purser scan` uses it as it is:
//!
//! * [`document`]: reads a feed document, record by record, within limits, or says why it is not read;
//!   [`osv`], [`kev`], [`epss`] are the records that it knows;
//! * [`advisory`], [`cve`], [`severity`]: what an advisory says;
//! * [`profile`], [`package_class`], [`booted`]: which advisories count for a package of an operating system, and as what;
//! * [`basis`]: what an answer rests on, and what makes a release covered;
//! * [`matcher`]: advisories indexed by ecosystem and package, asked once per distinct version, `modules` and `ubuntu` apart; [`flaws`]: each flaw once;
//! * [`scan`]: one host's packages against a set of advisories.
//!
//! The master keeps all of it:
//!
//! * [`feeds`]: whose documents are taken, and how each feed stands; [`fetch`]: over HTTPS; [`import`]: into the store, all
//!   or nothing; [`master`]: in memory; [`scores`]: EPSS in one piece.
//!
//! The facade compares a fleet with it: [`Vulnerabilities`].
//!
//! * [`exposure`]: which devices each flaw concerns, `kernels` by what they booted, `candidates` what would mend them;
//!   `coverage`: for which devices it speaks;
//! * `browse`: what people look at; `finding`: what it says; [`api`]: the doors.
//! * `store`: all SQL; [`data_map`]: what lies in the tables.

pub mod advisory;
pub mod api;
pub mod basis;
pub mod booted;
mod browse;
mod candidates;
mod coverage;
pub mod cve;
pub mod data_map;
pub mod document;
pub mod epss;
mod error;
pub mod exposure;
pub mod feeds;
pub mod fetch;
mod finding;
pub mod flaws;
pub mod import;
mod kernels;
pub mod kev;
pub mod master;
pub mod matcher;
mod modules;
pub mod osv;
pub mod package_class;
pub mod profile;
pub mod scan;
pub mod scores;
pub mod severity;
mod spool;
mod store;
mod ubuntu;
mod vulnerabilities;

pub use error::{DOCUMENT_REFUSED, VulnerabilitiesError};
pub use finding::{
    AffectedPackage, AffectedPackageVersion, Coverage, DeviceAnswer, DeviceFinding, DevicePackage, Finding, FindingDetail, FindingFilter,
    FindingKey, FindingSort, PackageFinding, Partly, VulnerableDevice,
};
pub use store::{AdvisoryForm, ExposureDay, Provenance, SCHEMAS};
pub use vulnerabilities::{RECONCILE_TENANTS_MAX, Vulnerabilities};
