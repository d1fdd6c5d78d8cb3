//! Why a directory's request is refused: the `scimType`s of RFC 7644 section 3.12.

use kernel::Problem;
use kernel::problem::ProblemKind;
use web::scim::INVALID_SYNTAX;

/// The filter cannot be read.
pub const INVALID_FILTER: ProblemKind = ProblemKind { slug: "scim-invalid-filter", status: 400, title: "The filter cannot be read" };
/// The path of a change cannot be read.
pub const INVALID_PATH: ProblemKind = ProblemKind { slug: "scim-invalid-path", status: 400, title: "The path of a change cannot be read" };
/// A value is missing or cannot be what its attribute holds.
pub const INVALID_VALUE: ProblemKind =
    ProblemKind { slug: "scim-invalid-value", status: 400, title: "A value is missing or is none of its attribute" };
/// The attribute is not the directory's to change.
pub const MUTABILITY: ProblemKind = ProblemKind { slug: "scim-mutability", status: 400, title: "This attribute cannot be changed so" };
/// The path of a change chooses nothing.
pub const NO_TARGET: ProblemKind = ProblemKind { slug: "scim-no-target", status: 400, title: "The path of a change chooses nothing" };
/// There would be more than there may be.
pub const TOO_MANY: ProblemKind = ProblemKind { slug: "scim-too-many", status: 400, title: "There would be more than there may be" };
/// Another one has this name.
pub const UNIQUENESS: ProblemKind = ProblemKind { slug: "scim-uniqueness", status: 409, title: "Another one has this name already" };

/// What routes that change something may refuse with.
pub(crate) const CHANGE_KINDS: &[ProblemKind] =
    &[INVALID_PATH, INVALID_SYNTAX, INVALID_VALUE, MUTABILITY, NO_TARGET, TOO_MANY, UNIQUENESS, ProblemKind::CONFLICT];

/// Why a directory's request is refused, with what would be right.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The filter cannot be read.
    #[error("the filter cannot be read: {0}")]
    Filter(String),
    /// The path of a change cannot be read.
    #[error("the path cannot be read: {0}")]
    Path(String),
    /// The body has another form.
    #[error("{0}")]
    Syntax(String),
    /// A value is not acceptable.
    #[error("{0}")]
    Value(String),
    /// The attribute is not the directory's.
    #[error("{0} is not the directory's to change")]
    Mutability(&'static str),
    /// The path chooses nothing.
    #[error("nothing is at the path {0}")]
    NoTarget(String),
    /// Past a limit.
    #[error("there are at most {limit} {what}")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many.
        limit: usize,
    },
    /// The name is taken.
    #[error("another one has this {0} already")]
    Uniqueness(&'static str),
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        let kind = match &fault {
            Fault::Filter(_) => INVALID_FILTER,
            Fault::Path(_) => INVALID_PATH,
            Fault::Syntax(_) => INVALID_SYNTAX,
            Fault::Value(_) => INVALID_VALUE,
            Fault::Mutability(_) => MUTABILITY,
            Fault::NoTarget(_) => NO_TARGET,
            Fault::TooMany { .. } => TOO_MANY,
            Fault::Uniqueness(_) => UNIQUENESS,
        };
        let mut detail = fault.to_string();
        if let Some(first) = detail.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        Self::new(kind, format!("{detail}."))
    }
}
