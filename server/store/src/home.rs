//! Where a store's rows lie: a file each when embedded, a schema on PostgreSQL.

use std::path::{Path, PathBuf};

use kernel::TenantId;
use kernel::data_map::StoreKind;

/// A store that has its own file (embedded) or schema (PostgreSQL).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Home {
    System,
    Identity,
    Keyring,
    Master,
    /// Part of the system store that has its own file, so that its many commits hold nobody up.
    Intake,
    Tenant(TenantId),
}

/// The kinds of homes: every tenant's is alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum HomeKind {
    System,
    Identity,
    Keyring,
    Master,
    Intake,
    Tenant,
}

impl HomeKind {
    pub(crate) const ALL: [Self; 6] = [Self::System, Self::Identity, Self::Keyring, Self::Master, Self::Intake, Self::Tenant];

    /// The store whose statements may run here.
    pub(crate) const fn store(self) -> StoreKind {
        match self {
            Self::System | Self::Intake => StoreKind::System,
            Self::Identity => StoreKind::Identity,
            Self::Keyring => StoreKind::Keyring,
            Self::Master => StoreKind::Master,
            Self::Tenant => StoreKind::Tenant,
        }
    }
}

impl Home {
    /// The homes that a node has once.
    pub(crate) const NODE_WIDE: [Self; 5] = [Self::System, Self::Identity, Self::Keyring, Self::Master, Self::Intake];

    pub(crate) const fn kind(self) -> HomeKind {
        match self {
            Self::System => HomeKind::System,
            Self::Identity => HomeKind::Identity,
            Self::Keyring => HomeKind::Keyring,
            Self::Master => HomeKind::Master,
            Self::Intake => HomeKind::Intake,
            Self::Tenant(_) => HomeKind::Tenant,
        }
    }

    pub(crate) const fn tenant(self) -> Option<TenantId> {
        match self {
            Self::Tenant(tenant) => Some(tenant),
            _ => None,
        }
    }

    /// The file, when embedded.
    pub(crate) fn file(self, data: &Path) -> PathBuf {
        match self {
            Self::System => data.join("system.db"),
            Self::Identity => data.join("identity.db"),
            Self::Keyring => data.join("keyring.db"),
            Self::Master => data.join("master.db"),
            Self::Intake => data.join("intake.db"),
            Self::Tenant(tenant) => data.join("tenants").join(format!("{}.db", tenant.number())),
        }
    }
}
