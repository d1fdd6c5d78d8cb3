//! What a device has: reports in, packages, history; the fleet index.
