//! Roles: named sets of permissions. A person holds some, each on all devices or on those that a selector chooses
//! ([`crate::grant`]).
//!
//! The roles are ready-made, so that everybody who reads "auditor" in two organisations reads the same. What each may do
//! stands here; `GET /roles` tells the console.

use kernel::Permission;
use kernel::Permission::{
    DevicesRead, DevicesWrite, DirectoryWrite, EnrolmentManage, FeedsManage, FeedsRead, InventoryRead, LedgerRead, PeopleManage,
    PeopleRead, SelfManage, SettingsManage, TokensManage, TrustRead, VulnerabilitiesRead,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A ready-made role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Everything, and the only one who can have the organisation erased.
    Owner,
    /// Runs the organisation's Purser: people, settings, tokens, devices. Erases nothing.
    Admin,
    /// Runs the fleet: devices, enrolment.
    Operator,
    /// Works on the devices given to it.
    Technician,
    /// Sees everything, changes nothing.
    Auditor,
    /// Asks for help. Sees no device.
    Requester,
    /// Sees what is paid for. Sees no device.
    Billing,
}

impl Role {
    /// Every role, from the one that may most.
    pub const ALL: &[Self] = &[Self::Owner, Self::Admin, Self::Operator, Self::Technician, Self::Auditor, Self::Requester, Self::Billing];

    /// The text form.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Admin => "admin",
            Self::Operator => "operator",
            Self::Technician => "technician",
            Self::Auditor => "auditor",
            Self::Requester => "requester",
            Self::Billing => "billing",
        }
    }

    /// The role of this text.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|role| role.text() == text)
    }

    /// What it may do, sorted.
    #[must_use]
    pub const fn permissions(self) -> &'static [Permission] {
        match self {
            Self::Owner => Permission::ALL,
            Self::Admin => &[
                DevicesRead,
                DevicesWrite,
                DirectoryWrite,
                EnrolmentManage,
                FeedsManage,
                FeedsRead,
                InventoryRead,
                LedgerRead,
                PeopleManage,
                PeopleRead,
                SelfManage,
                SettingsManage,
                TokensManage,
                TrustRead,
                VulnerabilitiesRead,
            ],
            Self::Operator => {
                &[DevicesRead, DevicesWrite, EnrolmentManage, FeedsRead, InventoryRead, SelfManage, TrustRead, VulnerabilitiesRead]
            }
            Self::Technician => &[DevicesRead, DevicesWrite, InventoryRead, SelfManage, VulnerabilitiesRead],
            Self::Auditor => &[DevicesRead, FeedsRead, InventoryRead, LedgerRead, PeopleRead, SelfManage, TrustRead, VulnerabilitiesRead],
            Self::Requester | Self::Billing => Self::NOBODY,
        }
    }

    /// What everybody may who has an account, with no role at all: the own profile and session.
    pub const NOBODY: &'static [Permission] = &[SelfManage];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_found_by_its_text_and_its_permissions_stand_in_order() {
        for role in Role::ALL {
            assert_eq!(Role::from_text(role.text()), Some(*role));
            assert!(role.permissions().is_sorted(), "{role:?}");
            assert!(Role::NOBODY.iter().all(|own| role.permissions().contains(own)), "{role:?} lacks the own profile");
        }
    }

    #[test]
    fn an_auditor_changes_nothing_and_only_an_owner_erases() {
        let changes = |permission: &Permission| !permission.text().ends_with(":read") && *permission != SelfManage;
        assert!(!Role::Auditor.permissions().iter().any(changes));
        let erasing: Vec<_> = Role::ALL.iter().filter(|role| role.permissions().contains(&Permission::ErasureManage)).collect();
        assert_eq!(erasing, [&Role::Owner]);
    }
}
