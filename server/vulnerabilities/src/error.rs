//! What can go wrong here, and which problem each becomes.

use ::store::StoreError;
use kernel::Problem;
use kernel::problem::ProblemKind;

use crate::document::DocumentError;
use crate::fetch::FetchError;

/// A document that is not taken.
pub const DOCUMENT_REFUSED: ProblemKind = ProblemKind { slug: "document-refused", status: 422, title: "The document is not taken" };

/// A failure of this crate.
#[derive(Debug, thiserror::Error)]
pub enum VulnerabilitiesError {
    /// There is no such thing, or the caller may not see it.
    #[error("no such thing")]
    NotFound,
    /// What is asked for counts every device, and the scope does not reach them all.
    #[error("it counts every device")]
    NotOnAllDevices,
    /// The document is refused as a whole; the master stays as it was.
    #[error("the document is refused")]
    Document(#[from] DocumentError),
    /// The feed was not fetched.
    #[error("the feed was not fetched")]
    Fetch(#[from] FetchError),
    /// Nothing is fetched by this installation.
    #[error("fetching is switched off on this installation: import files instead")]
    Offline,
    /// The store failed.
    #[error("the store failed")]
    Store(#[from] StoreError),
    /// A file could not be read or kept.
    #[error("a file could not be read or kept")]
    File(#[source] std::io::Error),
    /// A stored advisory is broken.
    #[error("the stored advisory {id} is broken: {reason}")]
    Stored {
        /// Which.
        id: String,
        /// Why.
        reason: String,
    },
    /// A lower floor answered with a problem.
    #[error("{0}")]
    Below(Box<Problem>),
    /// A worker thread ended early.
    #[error("a worker thread ended early")]
    Worker,
}

impl From<VulnerabilitiesError> for Problem {
    fn from(error: VulnerabilitiesError) -> Self {
        match error {
            VulnerabilitiesError::NotFound => Self::not_found(),
            VulnerabilitiesError::NotOnAllDevices => {
                Self::new(ProblemKind::FORBIDDEN, "The days' counts are of every device, so it takes a role on all devices to see them.")
            }
            VulnerabilitiesError::Document(error) => match error {
                DocumentError::Io(_) | DocumentError::Stopped => Self::internal(&error),
                DocumentError::TooLarge { .. } => Self::new(ProblemKind::TOO_LARGE, sentence(&error)),
                error => Self::new(DOCUMENT_REFUSED, sentence(&error)),
            },
            VulnerabilitiesError::Store(error) => error.into(),
            VulnerabilitiesError::Below(problem) => *problem,
            VulnerabilitiesError::Offline => Self::new(
                ProblemKind::CONFLICT,
                "Fetching is switched off on this installation. Import files instead, or let its operator start it without --offline.",
            ),
            VulnerabilitiesError::Fetch(_) => Self::new(ProblemKind::UNAVAILABLE, sentence(&error)),
            VulnerabilitiesError::File(_) | VulnerabilitiesError::Stored { .. } | VulnerabilitiesError::Worker => Self::internal(&error),
        }
    }
}

/// An error with its causes, as one sentence without a full stop.
pub(crate) fn sentence(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        source = inner.source();
    }
    text
}
