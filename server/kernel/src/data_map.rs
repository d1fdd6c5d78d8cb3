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
    /// So many days after a time that the row itself says.
    Days(Days),
    /// Until it is replaced or its work is done.
    Transient,
    /// As long as the instance: public or instance-wide data.
    Instance,
}

impl Retention {
    /// Whether rows stay until something ends them that is told of: what is missing before was removed by nobody of ours.
    #[must_use]
    pub const fn is_lasting(self) -> bool {
        match self {
            Self::WithSubject | Self::Instance => true,
            Self::Days(days) => !days.is_at_most,
            Self::Transient => false,
        }
    }
}

/// How many days after what a row is past its retention.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Days {
    /// The column that says from when on. A row in which it is empty stays.
    pub since: &'static str,
    /// What that column counts.
    pub counts: Counts,
    /// How many days, where nobody chose otherwise.
    pub days: u16,
    /// Who may choose otherwise.
    pub choice: Choice,
    /// Whether rows may go before, when their work is done: then nothing lasts of them that could be missed.
    pub is_at_most: bool,
}

/// What a column of time counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counts {
    /// Microseconds since 1970.
    Micros,
    /// Whole days since 1970, in UTC; the days of a retention begin when such a day ends.
    Days,
}

/// Who chooses how many days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// Nobody.
    Nobody,
    /// The tenant's owner, within these bounds.
    Owner {
        /// The fewest days.
        min: u16,
        /// The most days.
        max: u16,
    },
    /// Whoever sets the instance up; a key of each day is destroyed with its rows, by the table's own step.
    Instance,
}

impl Days {
    /// So many days after the time in a column, whoever asks.
    #[must_use]
    pub const fn after(since: &'static str, days: u16) -> Self {
        Self { since, counts: Counts::Micros, days, choice: Choice::Nobody, is_at_most: false }
    }

    /// The same of a column that counts whole days.
    #[must_use]
    pub const fn after_day(since: &'static str, days: u16) -> Self {
        Self { counts: Counts::Days, ..Self::after(since, days) }
    }

    /// Within these bounds, both included, as the tenant's owner chooses.
    #[must_use]
    pub const fn or_from(self, min: u16, max: u16) -> Self {
        assert!(min <= self.days && self.days <= max, "what holds where nobody chose lies within the bounds");
        Self { choice: Choice::Owner { min, max }, ..self }
    }

    /// At the latest: rows go before, when their work is done.
    #[must_use]
    pub const fn at_the_latest(self) -> Self {
        Self { is_at_most: true, ..self }
    }

    /// As the instance is set up.
    #[must_use]
    pub const fn or_as_set_up(self) -> Self {
        Self { choice: Choice::Instance, ..self }
    }
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
