//! What is known about vulnerabilities, and which devices it concerns.
//!
//! The pure part needs no store, and `purser scan` uses it as it is:
//!
//! * [`document`]: reads a feed document, record by record, within limits, or says why it is not read;
//!   [`osv`], [`kev`], [`epss`] are the records that it knows;
//! * [`advisory`], [`cve`], [`severity`]: what an advisory says;
//! * [`profile`], [`package_class`]: which advisories count for a package of an operating system, and as what;
//! * [`matcher`]: advisories indexed by ecosystem and package, asked once per distinct version;
//! * [`scan`]: one host's packages against a set of advisories.

pub mod advisory;
pub mod cve;
pub mod document;
pub mod epss;
pub mod kev;
pub mod matcher;
pub mod osv;
pub mod package_class;
pub mod profile;
pub mod scan;
pub mod severity;
