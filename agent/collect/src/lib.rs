//! Collectors: one file per thing that a host reports.
