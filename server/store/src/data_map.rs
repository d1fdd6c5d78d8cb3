//! What the store's own tables hold.

use kernel::data_map::{Column, DataClass, Erasure, Retention, Storage, StoreKind, Table};

const fn clear(number: u16, name: &'static str, meaning: &'static str) -> Column {
    Column { name, number, class: DataClass::Configuration, storage: Storage::Clear, meaning }
}

const fn sealed(number: u16, name: &'static str, storage: Storage, meaning: &'static str) -> Column {
    Column { name, number, class: DataClass::Identifying, storage, meaning }
}

/// Every tenant.
pub const TENANT: Table = Table {
    name: "tenant",
    number: 100,
    store: StoreKind::System,
    purpose: "Every tenant of the instance, by its random number.",
    retention: Retention::WithSubject,
    erasure: Erasure::Tenant,
    bound_to: None,
    columns: &[clear(1, "tenant_id", "The tenant's number."), clear(2, "created_at", "When it was made.")],
};

/// Tenants with work.
pub const WAKE: Table = Table {
    name: "wake",
    number: 101,
    store: StoreKind::System,
    purpose: "Which tenants have work, so that nobody looks into all of them.",
    retention: Retention::Transient,
    erasure: Erasure::Tenant,
    bound_to: None,
    columns: &[
        clear(1, "tenant_id", "The tenant."),
        clear(2, "kind", "What kind of work."),
        clear(3, "due_at", "From when on."),
        clear(4, "generation", "Changes with each announcement."),
        clear(5, "is_quiet", "Whether it was settled once already."),
    ],
};

/// Owners of tenants.
pub const LEASE: Table = Table {
    name: "lease",
    number: 102,
    store: StoreKind::System,
    purpose: "Which node owns a tenant.",
    retention: Retention::Transient,
    erasure: Erasure::Tenant,
    bound_to: None,
    columns: &[
        clear(1, "tenant_id", "The tenant."),
        clear(2, "node_id", "The node."),
        clear(3, "epoch", "Grows with each change of owner."),
        clear(4, "expires_at", "Until when the node owns it."),
    ],
};

/// Background work.
pub const JOB: Table = Table {
    name: "job",
    number: 103,
    store: StoreKind::System,
    purpose: "Background work of the instance.",
    retention: Retention::Transient,
    erasure: Erasure::Never,
    bound_to: None,
    columns: &[
        clear(1, "job_id", "The job."),
        clear(2, "kind", "What to do."),
        clear(3, "payload", "With what: ids and settings only."),
        clear(4, "due_at", "From when on."),
        clear(5, "attempts", "How often it was taken."),
        clear(6, "generation", "Changes with each lease."),
        clear(7, "leased_until", "Until when a process holds it."),
    ],
};

/// What devices sent.
pub const INTAKE: Table = Table {
    name: "intake",
    number: 104,
    store: StoreKind::System,
    purpose: "What devices sent, until it is folded into their tenants' stores.",
    retention: Retention::Transient,
    erasure: Erasure::Device,
    bound_to: Some("number"),
    columns: &[
        clear(1, "number", "Grows from entry to entry."),
        clear(2, "tenant_id", "Whose."),
        clear(3, "device_id", "From which device."),
        clear(4, "kind", "What the body is."),
        clear(5, "at", "When it was taken in."),
        sealed(6, "body", Storage::SealedInstance, "What was sent."),
    ],
};

/// The intake's counter.
pub const INTAKE_HEAD: Table = Table {
    name: "intake_head",
    number: 105,
    store: StoreKind::System,
    purpose: "The highest number of an intake entry, so that none is given twice.",
    retention: Retention::Instance,
    erasure: Erasure::Never,
    bound_to: None,
    columns: &[clear(1, "singleton", "Always 1."), clear(2, "number", "The number.")],
};

/// Applied migrations; every store has this table, which the store makes before the first migration.
pub const STORE_MIGRATION: Table = Table {
    name: "store_migration",
    number: 106,
    store: StoreKind::System,
    purpose: "Which migrations are applied; in every store.",
    retention: Retention::Instance,
    erasure: Erasure::Never,
    bound_to: None,
    columns: &[
        clear(1, "domain", "Whose tables."),
        clear(2, "version", "The migration's version."),
        clear(3, "name", "Its name; under no domain, on PostgreSQL: which login serves."),
        clear(4, "digest", "SHA-256 of its text."),
        clear(5, "applied_at", "When it was applied."),
    ],
};

/// Dirty marks.
pub const DIRTY: Table = Table {
    name: "dirty",
    number: 110,
    store: StoreKind::Tenant,
    purpose: "What changed, and which part of the server must look at it.",
    retention: Retention::Transient,
    erasure: Erasure::Tenant,
    bound_to: None,
    columns: &[
        clear(1, "tenant_id", "The tenant."),
        clear(2, "subscriber", "Who must look."),
        clear(3, "subject", "At what, by its number."),
        clear(4, "generation", "Random, new with each marking."),
        clear(5, "marked_at", "When it was marked."),
    ],
};

/// How far the intake is folded.
pub const INTAKE_FOLD: Table = Table {
    name: "intake_fold",
    number: 111,
    store: StoreKind::Tenant,
    purpose: "Up to which number the intake is folded into this store.",
    retention: Retention::WithSubject,
    erasure: Erasure::Tenant,
    bound_to: None,
    columns: &[clear(1, "tenant_id", "The tenant."), clear(2, "folded_through", "The number.")],
};

/// The owner's epoch.
pub const OWNER_EPOCH: Table = Table {
    name: "owner_epoch",
    number: 112,
    store: StoreKind::Tenant,
    purpose: "The epoch of the owner's lease, so that an old owner's writes are refused.",
    retention: Retention::WithSubject,
    erasure: Erasure::Tenant,
    bound_to: None,
    columns: &[clear(1, "tenant_id", "The tenant."), clear(2, "epoch", "The epoch.")],
};

/// Blobs.
pub const BLOB: Table = Table {
    name: "blob",
    number: 113,
    store: StoreKind::Tenant,
    purpose: "Sealed snapshots and exports.",
    retention: Retention::WithSubject,
    erasure: Erasure::Tenant,
    bound_to: None,
    columns: &[
        clear(1, "tenant_id", "The tenant."),
        clear(2, "name", "A random name, or one of a fixed set."),
        sealed(3, "body", Storage::SealedTenant, "The content."),
        clear(4, "written_at", "When it was written."),
    ],
};

const fn hashed(number: u16, name: &'static str, storage: Storage, meaning: &'static str) -> Column {
    Column { name, number, class: DataClass::Configuration, storage, meaning }
}

/// Number of the column `stamp_head.sealed`.
pub const STAMP_HEAD_SEALED: u16 = 3;

macro_rules! stamps {
    ($store:ident, $fresh:ident = $fresh_number:literal, $settled:ident = $settled_number:literal, $head:ident = $head_number:literal) => {
        /// Stamps since the last settling.
        pub const $fresh: Table = Table {
            name: "fresh_stamp",
            number: $fresh_number,
            store: StoreKind::$store,
            purpose: "Which sealed values were written or removed since the last settling, so that a row that is put back is named.",
            retention: Retention::Transient,
            erasure: Erasure::Tenant,
            bound_to: None,
            columns: &[
                clear(1, "tenant_id", "The tenant."),
                clear(2, "table_number", "The table, by its number."),
                clear(3, "row_number", "The row, by the random number that its values are bound to."),
                clear(4, "column_number", "The column, by its number."),
                clear(5, "generation", "Between which settlings it was written."),
                hashed(
                    6,
                    "tag",
                    Storage::Digest,
                    "The end of the sealed value, which tells nothing of what is in it; empty where it was removed.",
                ),
                hashed(7, "mac", Storage::KeyedHash, "A keyed hash over the rest."),
            ],
        };

        /// Settled stamps.
        pub const $settled: Table = Table {
            name: "stamp",
            number: $settled_number,
            store: StoreKind::$store,
            purpose: "Which sealed value is the newest of each place, so that a row that is put back is named.",
            retention: Retention::Transient,
            erasure: Erasure::Tenant,
            bound_to: None,
            columns: &[
                clear(1, "tenant_id", "The tenant."),
                clear(2, "table_number", "The table, by its number."),
                clear(3, "row_number", "The row, by the random number that its values are bound to."),
                clear(4, "column_number", "The column, by its number."),
                clear(5, "generation", "Between which settlings it was written."),
                hashed(6, "tag", Storage::Digest, "The end of the sealed value, which tells nothing of what is in it."),
                hashed(7, "mac", Storage::KeyedHash, "A keyed hash over the rest."),
            ],
        };

        /// The sums over the settled stamps.
        pub const $head: Table = Table {
            name: "stamp_head",
            number: $head_number,
            store: StoreKind::$store,
            purpose: "What all settled stamps of a table sum up to, so that stamps that are put back are found too.",
            retention: Retention::Transient,
            erasure: Erasure::Tenant,
            bound_to: Some("tenant_id"),
            columns: &[
                clear(1, "tenant_id", "The tenant."),
                clear(2, "generation", "Counts the settlings."),
                Column {
                    name: "sealed",
                    number: STAMP_HEAD_SEALED,
                    class: DataClass::Configuration,
                    storage: Storage::SealedTenant,
                    meaning: "How many stamps there are of each table, and a keyed sum over them.",
                },
            ],
        };
    };
}

stamps!(Tenant, FRESH_STAMP = 114, STAMP = 115, STAMP_HEAD = 116);
stamps!(Identity, IDENTITY_FRESH_STAMP = 117, IDENTITY_STAMP = 118, IDENTITY_STAMP_HEAD = 119);
