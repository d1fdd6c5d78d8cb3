//! The binary: serve, scan, versions, feeds, tenant, health.

fn main() {}
