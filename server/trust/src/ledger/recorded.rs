//! The proof, for the compiler, that an act is told of.

use kernel::LeafId;

/// An act is in the ledger, or will be where its transaction commits.
///
/// What must not happen untold takes `&Recorded`, and only recording gives one: whoever forgets to record does not compile.
///
/// ```
/// # use trust::ledger::{self, LeafEntry, Recorded};
/// # use store::{StoreError, Tx};
/// fn open_the_door(tx: &mut Tx<'_>, _told: &Recorded) -> Result<(), StoreError> {
///     Ok(())
/// }
///
/// fn act(tx: &mut Tx<'_>, keys: &dyn kernel::KeyRing, scope: &kernel::Scope, entry: LeafEntry) -> Result<(), StoreError> {
///     let told = ledger::record(tx, keys, scope, entry)?;
///     open_the_door(tx, &told)
/// }
/// ```
///
/// ```compile_fail,E0451
/// # use kernel::LeafId;
/// # use trust::ledger::Recorded;
/// // Nobody makes one without recording.
/// let told = Recorded { leaf: LeafId::from_random(4) };
/// ```
#[derive(Debug, PartialEq, Eq)]
pub struct Recorded {
    leaf: LeafId,
}

impl Recorded {
    pub(super) const fn new(leaf: LeafId) -> Self {
        Self { leaf }
    }

    /// The leaf that tells of it.
    #[must_use]
    pub const fn leaf(&self) -> LeafId {
        self.leaf
    }
}
