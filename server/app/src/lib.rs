//! Configuration, wiring, workers, ports.
//!
//! * [`advisories`]: advisories from files, without a store: what `purser scan` compares with.

pub mod advisories;

pub use vulnerabilities::matcher::AdvisorySet;
pub use vulnerabilities::package_class::PackageClass;
pub use vulnerabilities::scan::{Host, ScanReport, ScanRow, scan};
