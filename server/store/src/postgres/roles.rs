//! The roles that serve requests, and what each may do.
//!
//! One login could reach every schema. So whoever finds a way to make a statement of the service's say something else
//! would read who the accounts belong to, or rewrite an advisory for every tenant at once. Each role gets the rights that
//! its own work needs, and the database refuses the rest: the service cannot open the identity store or the keyring, and
//! only reads the advisory master, which the importer alone writes.

use kernel::SecretText;
use kernel::data_map::StoreKind;
use seal::hash::hmac_sha256;
use tokio_postgres::Config;

/// PostgreSQL's longest name, in bytes.
const NAME_BYTES_MAX: usize = 63;

/// A role that serves. Each owns nothing, is no member of the owner and cannot bypass row-level security.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ServingRole {
    /// Tenants' rows and the node's own; reads the master.
    Service,
    /// Who the accounts belong to, and what they sign in with.
    Identity,
    /// Wrapped keys.
    Keyring,
    /// Writes the advisory master.
    MasterWriter,
}

/// How each role logs in, where the owner shall not make them: four roles, `postgres://ROLE:PASSWORD@HOST:PORT/DATABASE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleUrls {
    /// [`ServingRole::Service`].
    pub service: SecretText,
    /// [`ServingRole::Identity`].
    pub identity: SecretText,
    /// [`ServingRole::Keyring`].
    pub keyring: SecretText,
    /// [`ServingRole::MasterWriter`].
    pub master_writer: SecretText,
}

impl RoleUrls {
    pub(crate) const fn of(&self, role: ServingRole) -> &SecretText {
        match role {
            ServingRole::Service => &self.service,
            ServingRole::Identity => &self.identity,
            ServingRole::Keyring => &self.keyring,
            ServingRole::MasterWriter => &self.master_writer,
        }
    }
}

impl ServingRole {
    /// Every role.
    pub const ALL: [Self; 4] = [Self::Service, Self::Identity, Self::Keyring, Self::MasterWriter];

    /// Who reads a store, and writes it too unless it is the master.
    pub(crate) const fn of(store: StoreKind) -> Self {
        match store {
            StoreKind::System | StoreKind::Tenant | StoreKind::Master => Self::Service,
            StoreKind::Identity => Self::Identity,
            StoreKind::Keyring => Self::Keyring,
        }
    }

    /// What it may do with a store's rows.
    pub(crate) const fn rights(self, store: StoreKind) -> Option<&'static str> {
        const EVERYTHING: Option<&str> = Some("SELECT, INSERT, UPDATE, DELETE");
        match (self, store) {
            (Self::Service, StoreKind::System | StoreKind::Tenant)
            | (Self::Identity, StoreKind::Identity)
            | (Self::Keyring, StoreKind::Keyring)
            | (Self::MasterWriter, StoreKind::Master) => EVERYTHING,
            (Self::Service, StoreKind::Master) => Some("SELECT"),
            _ => None,
        }
    }

    /// Its word in the names of roles and in the derivation of passwords.
    const fn word(self) -> &'static str {
        match self {
            Self::Service => "runtime",
            Self::Identity => "identity",
            Self::Keyring => "keyring",
            Self::MasterWriter => "master",
        }
    }

    /// The role's name in a database.
    pub(crate) fn name(self, database: &str) -> String {
        let mut name = format!("purser_{}_{database}", self.word());
        while name.len() > NAME_BYTES_MAX {
            name.pop();
        }
        name
    }

    /// How it logs in with the short form: its name from the database's, its password from the owner's.
    pub(crate) fn config(self, owner: &Config) -> Config {
        let database = owner.get_dbname().unwrap_or_default();
        let mut serving = owner.clone();
        serving.user(self.name(database));
        if let Some(secret) = owner.get_password() {
            let label = format!("purser {} role", self.word());
            let derived = hmac_sha256(secret, &[label.as_bytes(), database.as_bytes()]);
            serving.password(derived.iter().map(|byte| format!("{byte:02x}")).collect::<String>());
        }
        serving
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::postgres::STORES;

    #[test]
    fn each_store_is_written_by_one_role_and_read_by_no_other_but_the_master() {
        for store in STORES {
            let with = |right: &str| {
                let roles = ServingRole::ALL.into_iter().filter(|role| role.rights(store).is_some_and(|rights| rights.contains(right)));
                roles.collect::<Vec<_>>()
            };
            assert_eq!(with("INSERT").len(), 1, "{store:?}");
            let readers = if store == StoreKind::Master { vec![ServingRole::Service, ServingRole::MasterWriter] } else { with("INSERT") };
            assert_eq!(with("SELECT"), readers, "{store:?}");
            assert!(readers.contains(&ServingRole::of(store)), "{store:?}");
        }
    }

    #[test]
    fn names_and_passwords_of_roles_differ_also_for_the_longest_database() {
        let longest = "d".repeat(NAME_BYTES_MAX);
        let owner: Config = format!("postgres://owner:secret@localhost/{longest}").parse().expect("a URL");
        let configs = ServingRole::ALL.map(|role| role.config(&owner));
        for (at, config) in configs.iter().enumerate() {
            assert!(config.get_user().expect("a name").len() <= NAME_BYTES_MAX);
            for other in configs.get(at + 1..).unwrap_or_default() {
                assert_ne!(config.get_user(), other.get_user());
                assert_ne!(config.get_password(), other.get_password());
            }
        }
    }
}
