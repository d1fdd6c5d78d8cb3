//! Why the keys cannot be used at all.

use std::time::Duration;

use kernel::problem::ProblemKind;
use kernel::{ErasureId, KeyError, Problem};
use seal::checkpoint::CheckpointError;
use store::StoreError;

use crate::api::SECOND_FACTOR_REFUSED;
use crate::export::ExportFailure;
use crate::registers::RegisterError;
use crate::root_key::RootKeyError;

/// Why trust cannot be opened, or a tenant's keys cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// There is no usable root key.
    #[error(transparent)]
    RootKey(#[from] RootKeyError),
    /// The passphrase is another one than the keyring was made with.
    #[error(
        "this passphrase does not open the keyring: it belongs to another installation, or was changed. Put the right passphrase file back"
    )]
    WrongPassphrase,
    /// The token, or its key, is another one than the keyring was made with; or the keyring was made with a token and is given a passphrase.
    #[error(
        "this root key does not open the keyring, which a PKCS#11 token wraps: give the token and the key that it was made with, or changed to"
    )]
    WrongToken,
    /// A change of provider that nobody began.
    #[error("no other root key is offered to the keyring that this provider opens: begin again with `purser keys root`")]
    NothingOffered,
    /// A copy of the keyring that another root key made.
    #[error(
        "this root key does not open the copy of the keyring: it is another installation's, or was made before the root key was changed"
    )]
    WrongRootOfCopy,
    /// There are tenants, but the keyring is empty.
    #[error(
        "the keyring is empty, but tenants exist whose data it should open: restore the keyring from its second copy. A new one would not open them"
    )]
    KeyringLost,
    /// A key in the keyring does not open, or is not one.
    #[error("key {purpose}, version {version}, in the keyring is damaged: restore the keyring from its second copy")]
    Damaged {
        /// Which key.
        purpose: &'static str,
        /// Its version.
        version: i64,
    },
    /// A key is missing or does not open.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<TrustError> for Problem {
    fn from(error: TrustError) -> Self {
        match error {
            TrustError::Store(error) => error.into(),
            other => Problem::internal(&other),
        }
    }
}

/// The ledger is not what was signed of it.
pub(crate) const LEDGER_REWRITTEN: ProblemKind =
    ProblemKind { slug: "ledger-rewritten", status: 409, title: "The ledger is not what was signed of it before" };

/// An erasure cannot be called off any more.
pub(crate) const ERASURE_BEGUN: ProblemKind = ProblemKind { slug: "erasure-begun", status: 409, title: "The erasure has begun" };

/// An export is not made yet.
pub(crate) const EXPORT_NOT_READY: ProblemKind = ProblemKind { slug: "export-not-ready", status: 409, title: "The export is not made yet" };

/// An export can be fetched no more.
pub(crate) const EXPORT_OVER: ProblemKind = ProblemKind { slug: "export-over", status: 410, title: "The export can be fetched no more" };

/// Exports are asked for faster than they are made or end.
pub(crate) const EXPORT_LIMIT: ProblemKind =
    ProblemKind { slug: "export-limit", status: 409, title: "There are exports enough at present" };

/// The problem kinds that trust adds to the shared ones.
pub const TRUST_KINDS: &[ProblemKind] =
    &[ERASURE_BEGUN, EXPORT_LIMIT, EXPORT_NOT_READY, EXPORT_OVER, LEDGER_REWRITTEN, SECOND_FACTOR_REFUSED];

/// Why an erasure is not taken on, or does not get on.
#[derive(Debug, thiserror::Error)]
pub enum ErasureError {
    /// Nothing is stored of such a subject, or there is no such erasure, or it is out of the scope's sight.
    #[error("there is no such thing")]
    NotFound,
    /// The delay is too long.
    #[error("an erasure begins within {} hours, so that its deadline leaves time for it", max.as_secs() / 3_600)]
    Delay {
        /// The longest.
        max: Duration,
    },
    /// One is open already.
    #[error("an erasure of it is open already: {0}")]
    Open(ErasureId),
    /// It is the account of a tenant's only owner.
    #[error("an organisation keeps an owner: make somebody else one first, or have the organisation erased")]
    LastOwner,
    /// It is too late to call it off.
    #[error("it has begun, so it cannot be called off")]
    Begun,
    /// A domain did not do its part.
    #[error("{0}")]
    Domain(String),
    /// Rows keep coming.
    #[error("rows of what is erased are left in {}", tables.join(", "))]
    Left {
        /// In which tables.
        tables: Vec<String>,
    },
    /// The key is not gone.
    #[error("what was sealed under the destroyed key still opens")]
    StillOpens,
    /// The keys.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// The ledger.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<ErasureError> for Problem {
    fn from(error: ErasureError) -> Self {
        match error {
            ErasureError::NotFound => Self::not_found(),
            ErasureError::Delay { .. } => Self::new(ProblemKind::INVALID, error.to_string()).at("delay_seconds"),
            ErasureError::Open(_) => Self::new(ProblemKind::CONFLICT, error.to_string()),
            ErasureError::LastOwner => Self::new(ProblemKind::CONFLICT, error.to_string()),
            ErasureError::Begun => Self::new(ERASURE_BEGUN, "It cannot be called off any more."),
            ErasureError::Trust(error) => error.into(),
            ErasureError::Ledger(error) => error.into(),
            ErasureError::Store(error) => error.into(),
            ErasureError::Domain(_) | ErasureError::Left { .. } | ErasureError::StillOpens => Self::internal(&error),
        }
    }
}

/// Why an export is not taken on, made or fetched.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// Nothing is held of such a subject, or there is no such export, or it is out of the scope's sight.
    #[error("there is no such thing")]
    NotFound,
    /// Another export of the tenant is not made yet.
    #[error("another export of this organisation is being made: ask again when it is done")]
    UnderWay,
    /// There are too many.
    #[error("{max} exports of this organisation can be fetched already: end one of them first")]
    TooMany {
        /// How many there may be.
        max: u64,
    },
    /// It is not made yet.
    #[error("the export is not made yet")]
    NotReady,
    /// Its time is over, or it was ended.
    #[error("the export can be fetched no more: its key is destroyed, or is about to be")]
    Over,
    /// Too many are sent at this moment.
    #[error("too many exports are being sent: try again in a minute")]
    Busy,
    /// What waits of the tenant in the intake could not be folded, and belongs to what is held.
    #[error("what came in of the organisation cannot be folded: {0}")]
    Unprepared(String),
    /// It was not made.
    #[error(transparent)]
    Export(#[from] ExportFailure),
    /// The store or the keys.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Its files.
    #[error("the files of the export cannot be used")]
    Io(#[from] std::io::Error),
}

impl From<ArchiveError> for Problem {
    fn from(error: ArchiveError) -> Self {
        match error {
            ArchiveError::NotFound => Self::not_found(),
            ArchiveError::UnderWay | ArchiveError::TooMany { .. } => Self::new(EXPORT_LIMIT, error.to_string()),
            ArchiveError::NotReady => Self::new(EXPORT_NOT_READY, "It can be fetched when its state is ready."),
            ArchiveError::Over => Self::new(EXPORT_OVER, "Its time is over, or somebody ended it. Ask for another."),
            ArchiveError::Busy => Self::new(ProblemKind::UNAVAILABLE, error.to_string()),
            ArchiveError::Store(error) => error.into(),
            ArchiveError::Unprepared(_) | ArchiveError::Export(_) | ArchiveError::Io(_) => Self::internal(&error),
        }
    }
}

/// Why the ledger tells nothing.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// There is no such leaf or size, or it is another tenant's, or out of the scope's sight.
    #[error("there is no such thing")]
    NotFound,
    /// The data hold less than was signed.
    #[error(
        "{signed} leaves were signed, and {found} are there: the data were restored from before. Nothing is signed of them until the host opens a successor log: purser ledger succeed"
    )]
    RolledBack {
        /// How many leaves were signed.
        signed: u64,
        /// How many are there.
        found: u64,
    },
    /// The data hold something else than was signed.
    #[error(
        "the first {signed} leaves are not those that were signed: the data were rewritten, or were restored from before. Nothing is signed of them until the host opens a successor log: purser ledger succeed"
    )]
    Rewritten {
        /// How many leaves were signed.
        signed: u64,
    },
    /// A log that is whole needs no successor.
    #[error("the ledger is what was signed of it: nothing is lost, and it needs no successor")]
    NothingLost,
    /// What was given as the last known checkpoint is none of this log.
    #[error("this is not a checkpoint that the ledger has signed")]
    NotACheckpoint(#[source] CheckpointError),
    /// A leaf is not what was committed to.
    #[error("entry {index} was altered in the database: it is not what was committed to")]
    Altered {
        /// Its place in the log.
        index: u64,
    },
    /// The log moved on at every attempt.
    #[error("the ledger is being written to; try again")]
    Busy,
    /// The store or the keys failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<RegisterError> for Problem {
    fn from(error: RegisterError) -> Self {
        match error {
            RegisterError::Store(error) => error.into(),
            // The register is changed on the host, so no route meets the others.
            other => Self::internal(&other),
        }
    }
}

impl From<LedgerError> for Problem {
    fn from(error: LedgerError) -> Self {
        match error {
            LedgerError::NotFound => Self::not_found(),
            LedgerError::RolledBack { signed, found } => Self::new(
                LEDGER_REWRITTEN,
                format!(
                    "{signed} entries were signed, but only {found} are there: the data were rolled back to an earlier state. Nothing is signed of them."
                ),
            ),
            LedgerError::Rewritten { signed } => Self::new(
                LEDGER_REWRITTEN,
                format!(
                    "The first {signed} entries are not those that were signed: they were changed in the database. Nothing is signed of them."
                ),
            ),
            LedgerError::Altered { index } => {
                Self::new(LEDGER_REWRITTEN, format!("Entry {index} was altered in the database: it is not what was committed to."))
            }
            // Successors are opened on the host, so no route meets these.
            LedgerError::NothingLost | LedgerError::NotACheckpoint(_) => Self::internal(&error),
            LedgerError::Busy => Self::new(ProblemKind::UNAVAILABLE, "The ledger is being written to. Try again."),
            LedgerError::Store(error) => error.into(),
        }
    }
}
