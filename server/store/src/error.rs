//! Why storage could not do what was asked.

use kernel::problem::ProblemKind;
use kernel::{KeyError, Problem};

use crate::value::Type;

/// Why storage could not do what was asked. No variant carries a stored value, so that each may be logged.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A row that must exist does not, or a tenant has no store.
    #[error("there is no such row")]
    NotFound,
    /// A constraint forbids the row.
    #[error("the row breaks the constraint {constraint}")]
    Conflict {
        /// The constraint's name on PostgreSQL; the columns or the kind of constraint on SQLite. For the log: never branch on it.
        constraint: String,
    },
    /// An earlier statement of this transaction failed, so that all of it is undone.
    #[error("an earlier statement of the transaction failed; all of it is undone")]
    Aborted,
    /// Another node owns the tenant, or did since the lease was taken.
    #[error("another node owns this tenant")]
    NotOwner,
    /// The keyring did not seal or open a value.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The engine cannot be reached or has no room; the same call may work later.
    #[error("storage is unavailable: {0}")]
    Unavailable(String),
    /// Too much is waiting already; the same call may work later.
    #[error("storage is busy: {0}")]
    Busy(&'static str),
    /// What is stored is not what was written.
    #[error("stored data are damaged: {0}")]
    Corrupt(String),
    /// The data were written by a newer version of Purser.
    #[error(
        "the {domain} data are at schema version {found}, this program knows up to {known}: start the newer version of purser that wrote them"
    )]
    Newer {
        /// Whose tables.
        domain: String,
        /// Version found.
        found: i64,
        /// Newest version known.
        known: i64,
    },
    /// A value has another type than the statement declares.
    #[error("statement {statement}, {what}: expected {expected:?}, got {got}")]
    Mismatch {
        /// The statement's name.
        statement: &'static str,
        /// Which parameter or column.
        what: String,
        /// Declared type.
        expected: Type,
        /// Type met.
        got: String,
    },
    /// A limit of this crate is passed.
    #[error("{what} is past its limit of {limit}")]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// The limit, in the unit of `what`.
        limit: u64,
    },
    /// The call itself is a programming error.
    #[error("storage is used wrongly: {0}")]
    Misuse(String),
    /// Settings or files do not let the store open.
    #[error("{0}")]
    Setup(String),
    /// The engine refused a statement for a reason of its own.
    #[error("the storage engine refused {statement}: {reason}")]
    Engine {
        /// The statement's name, or what was being done.
        statement: String,
        /// The engine's reason, without values.
        reason: String,
    },
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound => Self::not_found(),
            StoreError::Unavailable(_) | StoreError::Busy(_) | StoreError::NotOwner => {
                let mut problem = Self::new(ProblemKind::UNAVAILABLE, "Storage cannot take this now. Try again in a few seconds.");
                problem.cause = Some(error.to_string());
                problem
            }
            StoreError::Conflict { .. } => {
                let mut problem =
                    Self::new(ProblemKind::CONFLICT, "Something else changed this at the same time. Read it again, then try again.");
                problem.cause = Some(error.to_string());
                problem
            }
            other => Self::internal(&other),
        }
    }
}
