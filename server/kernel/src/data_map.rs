//! The types in which each crate registers its tables: what they hold, for how long, how it is erased.

/// Which store a table lives in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StoreKind {
    /// Tenant numbers, places, nodes, leases, wake, intake.
    System,
    /// Accounts: who signs in.
    Identity,
    /// Keys.
    Keyring,
    /// Advisories.
    Master,
    /// One tenant's data.
    Tenant,
}

/// How sensitive a column is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DataClass {
    /// Anybody may know it.
    Public,
    /// How something is set up, without naming it: ids, times, numbers, states.
    Configuration,
    /// Names a machine.
    Identifying,
    /// Is about a person.
    Personal,
    /// Opens something.
    Secret,
}

/// How a column is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Storage {
    /// In clear: allowed for ids, times, enums, numbers and public data.
    Clear,
    /// As a keyed hash.
    KeyedHash,
    /// As a digest of at least 160 random bits (tokens), from which nothing is guessed.
    Digest,
    /// Sealed under the tenant's key.
    SealedTenant,
    /// Sealed under the device's key.
    SealedDevice,
    /// Sealed under the user's key.
    SealedUser,
    /// Sealed under the key of the row's own subject, a device or a user, or the tenant's where it names none.
    SealedSubject,
    /// Sealed or wrapped under the instance's key.
    SealedInstance,
}

/// How long rows live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retention {
    /// As long as its subject (device, user, tenant) exists.
    WithSubject,
    /// This many days after it was written.
    Days(u16),
    /// Until it is replaced or its work is done.
    Transient,
    /// As long as the instance: public or instance-wide data.
    Instance,
}

/// How rows are erased.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Erasure {
    /// With the device that the column `device_id` names, and with its tenant.
    Device,
    /// With the user that the column `user_id` names, and with its tenant.
    User,
    /// With the tenant that the column `tenant_id` names: holds nothing of a device or user but what is sealed under its key.
    Tenant,
    /// Never: holds nothing about a tenant.
    Never,
}

impl Erasure {
    /// The column that names whose the rows are, besides the tenant.
    #[must_use]
    pub const fn subject_column(self) -> Option<&'static str> {
        match self {
            Self::Device => Some("device_id"),
            Self::User => Some("user_id"),
            Self::Tenant | Self::Never => None,
        }
    }
}

/// A column.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Name.
    pub name: &'static str,
    /// Immutable number, part of a sealed value's associated data.
    pub number: u16,
    /// Class.
    pub class: DataClass,
    /// How it is stored.
    pub storage: Storage,
    /// What it means, for the Trust page.
    pub meaning: &'static str,
}

/// A table.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    /// Name.
    pub name: &'static str,
    /// Immutable number, unique over all crates; each crate has its own hundred.
    pub number: u16,
    /// Store.
    pub store: StoreKind,
    /// What it is for.
    pub purpose: &'static str,
    /// How long rows live.
    pub retention: Retention,
    /// How rows are erased.
    pub erasure: Erasure,
    /// The column whose number a row's sealed values are bound to, as [`Place::row`](crate::Place::row). None where nothing is
    /// sealed, and where the table's owner binds in a way of its own.
    pub bound_to: Option<&'static str>,
    /// Every column.
    pub columns: &'static [Column],
}

impl Column {
    /// Whether the storage is fit for the class: identifying, personal and secret values never lie in clear.
    #[must_use]
    pub const fn is_fit(&self) -> bool {
        match self.class {
            DataClass::Public | DataClass::Configuration => true,
            DataClass::Identifying | DataClass::Personal | DataClass::Secret => !matches!(self.storage, Storage::Clear),
        }
    }
}
