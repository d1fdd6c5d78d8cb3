//! Groups: named sets of devices, listed by hand or chosen by a selector.

use kernel::{DeviceId, GroupId, Timestamp};

use crate::selector::Selector;

/// Most groups of a tenant.
pub const GROUPS_MAX: usize = 1_000;
/// Most members of a manual group.
pub const GROUP_MEMBERS_MAX: usize = 100_000;

/// A group's rows, opened. It prints without its name.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct GroupRecord {
    pub(crate) group: GroupId,
    pub(crate) version: i64,
    pub(crate) name: String,
    pub(crate) created_at: Timestamp,
    pub(crate) kind: GroupKind,
}

/// How a group gets its devices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum GroupKind {
    Manual { members: Vec<DeviceId> },
    Query { selector: Selector },
}

impl GroupKind {
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Manual { .. } => "manual",
            Self::Query { .. } => "query",
        }
    }
}

impl std::fmt::Debug for GroupRecord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "GroupRecord({})", self.group)
    }
}
