//! What can go wrong here, and which problem each becomes.

use kernel::problem::ProblemKind;
use kernel::{KeyError, Problem};
use store::StoreError;

use crate::report::ReportError;
use crate::stored::StoredError;

/// A report of a schema that this server does not read.
pub const SCHEMA_NOT_READ: ProblemKind = ProblemKind { slug: "schema-not-read", status: 422, title: "This report schema is not read here" };

/// A failure of this crate.
#[derive(Debug, thiserror::Error)]
pub enum InventoryError {
    /// The report is refused.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// There is no such thing, or the caller may not see it.
    #[error("no such thing")]
    NotFound,
    /// The same transmission is being taken in at this moment, or others of the device keep overtaking it.
    #[error("another transmission of the device is being taken in")]
    Busy,
    /// The store failed.
    #[error("the inventory's store failed")]
    Store(#[source] StoreError),
    /// A stored state is broken.
    #[error("a stored state is broken")]
    Stored(#[from] StoredError),
    /// The layer of devices failed.
    #[error(transparent)]
    Devices(#[from] devices::DeviceError),
    /// A worker thread ended early.
    #[error("a worker thread ended early")]
    Worker,
}

impl From<StoreError> for InventoryError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound => Self::NotFound,
            other => Self::Store(other),
        }
    }
}

impl From<KeyError> for InventoryError {
    fn from(error: KeyError) -> Self {
        Self::Store(StoreError::from(error))
    }
}

impl From<InventoryError> for Problem {
    fn from(error: InventoryError) -> Self {
        match error {
            InventoryError::Report(report) => {
                let kind = match report {
                    ReportError::Schema(_) => SCHEMA_NOT_READ,
                    ReportError::TooLarge { .. } => ProblemKind::TOO_LARGE,
                    ReportError::Unreadable { .. } | ReportError::Invalid { .. } => ProblemKind::INVALID,
                };
                Self::new(kind, report.to_string()).at(report.field())
            }
            InventoryError::NotFound => Self::not_found(),
            InventoryError::Busy => Self::new(
                ProblemKind::UNAVAILABLE,
                "Another transmission of this device is being taken in. Send this one again in a moment.",
            ),
            InventoryError::Store(error) => error.into(),
            InventoryError::Devices(error) => error.into(),
            InventoryError::Stored(_) | InventoryError::Worker => Self::internal(&error),
        }
    }
}
