//! The scope: who acts, for which tenant, with which permission, on which devices.
//!
//! A scope is a key: it cannot be made but through a [`ScopeMint`], which `app` makes once and hands to `identity`
//! and `devices` (they turn credentials into scopes) and to the workers (named system scopes). Every store function
//! that touches a tenant's rows takes a scope first.

use std::sync::Arc;

use crate::{DeviceId, OperatorId, TenantId, TokenId, UserId};

/// Who acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Actor {
    /// A person, signed in.
    User(UserId),
    /// A program with an API token.
    ApiToken(TokenId),
    /// A script with a telemetry token.
    TelemetryToken(TokenId),
    /// A device.
    Device(DeviceId),
    /// A person of those who run the installation, by the operators' listener.
    Operator(OperatorId),
    /// The server itself.
    System(SystemWork),
}

/// Named work of the server itself, so that the ledger can say which.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SystemWork {
    /// Host-side administration by the command line, as whoever may read the data folder.
    HostAdministration,
    /// Folding the intake log into tenant stores.
    Intake,
    /// Schema migration.
    Migration,
    /// A reconciler.
    Reconciler,
    /// Feed import.
    Feeds,
    /// Enrolment and sign-in, before a scope exists.
    SignIn,
}

macro_rules! permissions {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {
        /// What a scope may do. A route names exactly one.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Permission { $($(#[$doc])* $name,)* }

        impl Permission {
            /// Every permission, in alphabetical order of its text.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The text form, `noun:verb`.
            #[must_use]
            pub const fn text(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

permissions! {
    /// Read devices, labels, groups.
    DevicesRead = "devices:read";
    /// Retire devices, change labels and groups.
    DevicesWrite = "devices:write";
    /// Keep accounts and groups of people as an organisation's directory has them.
    DirectoryWrite = "directory:write";
    /// Make and revoke enrolment tokens.
    EnrolmentManage = "enrolment:manage";
    /// Have devices, users and the tenant erased.
    ErasureManage = "erasure:manage";
    /// Have anything of the tenant's exported, and fetch it.
    ExportsManage = "exports:manage";
    /// Switch feeds and fetch them.
    FeedsManage = "feeds:manage";
    /// See the feeds' state.
    FeedsRead = "feeds:read";
    /// Read what devices reported.
    InventoryRead = "inventory:read";
    /// Read the ledger and its proofs.
    LedgerRead = "ledger:read";
    /// Invite people, and say what they may.
    PeopleManage = "people:manage";
    /// See who has an account and what they may.
    PeopleRead = "people:read";
    /// One's own profile and session.
    SelfManage = "self:manage";
    /// Change the tenant's settings.
    SettingsManage = "settings:manage";
    /// Make and revoke API tokens.
    TokensManage = "tokens:manage";
    /// Read how the tenant's own data fare on the Trust page.
    TrustRead = "trust:read";
    /// Read findings and exposure.
    VulnerabilitiesRead = "vulnerabilities:read";
}

impl Permission {
    /// The permission of this text.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|permission| permission.text() == text)
    }

    /// Whether each of its routes shows and touches single devices, so that it can be held on some of them. What the others open
    /// (people, settings, the ledger) is the whole tenant's, and is held on all devices or not at all.
    #[must_use]
    pub const fn is_about_devices(self) -> bool {
        matches!(self, Self::DevicesRead | Self::DevicesWrite | Self::InventoryRead | Self::VulnerabilitiesRead)
    }

    /// Whether a token that has it has nothing else: what an organisation's directory sends is written by a program of somebody
    /// else's, which shall read nothing here.
    #[must_use]
    pub const fn stands_alone(self) -> bool {
        matches!(self, Self::DirectoryWrite)
    }

    /// Whether only a person who signs in has it, and no program's token: where it is used, a second factor is asked for.
    #[must_use]
    pub const fn is_for_people(self) -> bool {
        matches!(self, Self::ExportsManage | Self::PeopleManage | Self::SelfManage)
    }

    /// Whether it lets credentials be made that go on after the one that is shown: short-lived access, and a secret that retires, are
    /// without it.
    #[must_use]
    pub const fn gives_credentials(self) -> bool {
        matches!(self, Self::EnrolmentManage | Self::TokensManage)
    }
}

/// The devices that a scope may see. It compiles to a bitmap in `devices`, which is AND-ed into every read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeviceScope {
    /// Every device of the tenant.
    All,
    /// The devices that at least one of these selector texts chooses.
    AnyOf(Arc<[Arc<str>]>),
    /// Only this one.
    One(DeviceId),
    /// None.
    None,
}

/// Who acts, for which tenant, with which permissions, on which devices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    tenant: TenantId,
    actor: Actor,
    permissions: Arc<[Permission]>,
    devices: DeviceScope,
}

impl Scope {
    /// The tenant.
    #[must_use]
    pub const fn tenant(&self) -> TenantId {
        self.tenant
    }

    /// Who acts.
    #[must_use]
    pub const fn actor(&self) -> Actor {
        self.actor
    }

    /// Whether this permission was granted.
    #[must_use]
    pub fn may(&self, permission: Permission) -> bool {
        self.permissions.contains(&permission)
    }

    /// The devices that may be seen.
    #[must_use]
    pub const fn devices(&self) -> &DeviceScope {
        &self.devices
    }

    /// The device that acts, where one does.
    #[must_use]
    pub const fn acting_device(&self) -> Option<DeviceId> {
        match self.actor {
            Actor::Device(device) => Some(device),
            _ => None,
        }
    }

    /// The user who acts, where one does.
    #[must_use]
    pub const fn acting_user(&self) -> Option<UserId> {
        match self.actor {
            Actor::User(user) => Some(user),
            _ => None,
        }
    }
}

/// Makes scopes. Only `app` (and tests) may call [`ScopeMint::for_app`]; `xtask tidy` checks it.
#[derive(Clone, Debug)]
pub struct ScopeMint(());

impl ScopeMint {
    /// The mint.
    #[must_use]
    pub const fn for_app() -> Self {
        Self(())
    }

    /// A scope of a person or a program.
    #[must_use]
    pub fn mint(&self, tenant: TenantId, actor: Actor, permissions: &[Permission], devices: DeviceScope) -> Scope {
        Scope { tenant, actor, permissions: permissions.into(), devices }
    }

    /// A scope of the server's own work in one tenant: every permission, every device.
    #[must_use]
    pub fn system(&self, tenant: TenantId, work: SystemWork) -> Scope {
        self.mint(tenant, Actor::System(work), Permission::ALL, DeviceScope::All)
    }

    /// A scope of a device that reports: its own rows, no permission of a person.
    #[must_use]
    pub fn device(&self, tenant: TenantId, device: DeviceId) -> Scope {
        self.mint(tenant, Actor::Device(device), &[], DeviceScope::One(device))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permissions_stand_in_order_and_are_found_by_text() {
        assert!(Permission::ALL.is_sorted_by_key(|permission| permission.text()));
        assert!(Permission::ALL.iter().all(|permission| Permission::from_text(permission.text()) == Some(*permission)));
    }

    #[test]
    fn a_device_has_no_permission_of_a_person() {
        let scope = ScopeMint::for_app().device(TenantId::from_random(2), DeviceId::from_random(4));
        assert!(Permission::ALL.iter().all(|permission| !scope.may(*permission)));
    }
}
