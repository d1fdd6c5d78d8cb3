//! What a device has: reports in, packages, history; the fleet index.

pub mod changes;
pub mod index;
pub mod report;
pub mod stored;
