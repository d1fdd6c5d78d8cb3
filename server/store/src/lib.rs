//! SQLite or PostgreSQL behind one enum: tenant transactions, migrations, marks, leases, jobs, intake, blobs.
//!
//! * [`Stores`]: everything of one node, opened together. [`Db`] and [`TenantDb`]: handles that run closures in
//!   transactions; [`Tx`]: what a closure gets. Domain code in a closure is plain blocking Rust on both engines.
//! * [`statements!`], [`Statement`], [`params!`], [`Value`], [`Row`]: SQL as registered, typed statements; [`lint()`].
//! * [`Schema`], [`Migration`]: what a domain registers. [`MappedTable`]: what is done to any table by its data map alone.
//! * [`Sealed`]: a column sealed under a subject's key.
//! * [`Marks`], [`Wakes`], [`Leases`], [`Jobs`], [`Intake`], [`Blobs`]: what domains share.
//! * [`stamps`]: which seal is the newest of each sealed place, kept by the transactions that write them.
//! * `inspect`: looks at the live stores, for the doctor: [`Stores::live_columns`], [`Stores::sample`], [`Stores::breaches`].
//! * [`Copied`]: a copy of the embedded files, looked at without a change to it.
//! * `testing` (feature): runs a test on both engines, and every statement on both.
//!
//! # Invariants
//! * A tenant's rows are reached through a [`Scope`](kernel::Scope) only. Embedded, a tenant is a file; on PostgreSQL
//!   forced row-level security shows a transaction its own tenant's rows only.
//! * The identity store, the keyring and the advisory master each have a writer that writes nothing else. On PostgreSQL it is
//!   a [`ServingRole`] of its own; embedded, whoever reads the master has its file open for reading only.
//! * What a `write` wrote is durable when it returns. A failed statement undoes its transaction on both engines.
//! * A writer of the tenant's store may wait for the keyring's or the system's; never the reverse.

mod announce;
mod blobs;
mod copied;
pub mod data_map;
mod dialect;
mod error;
mod handle;
mod home;
mod inspect;
mod intake;
mod jobs;
mod leases;
mod lint;
mod mapped;
mod marks;
mod parked;
mod past;
mod plan;
mod postgres;
mod registered;
mod schema;
mod sealed;
mod shared;
mod sqlite;
pub mod stamps;
mod statement;
mod store;
mod stores;
mod tables;
#[cfg(feature = "testing")]
pub mod testing;
mod tx;
mod value;
mod wakes;
mod wiping;

pub use kernel::data_map::StoreKind;

pub use self::blobs::{BLOB_BYTES_MAX, BLOB_NAME_CHARS_MAX, Blobs};
pub use self::copied::{Copied, CopiedFile, CopiedStore};
pub use self::error::StoreError;
pub use self::handle::{Compacted, Db, MasterReader, MasterWriter, TenantDb};
pub use self::inspect::{Breach, LiveColumn};
pub use self::intake::{FOLDED_KEPT_MAX, INTAKE_BODY_BYTES_MAX, INTAKE_WAITING_MAX, Intake, IntakeEntry, Ripeness};
pub use self::jobs::{JOB_PAYLOAD_BYTES_MAX, Job, Jobs};
pub use self::leases::{LEASE_TIME, LEASE_USE_TIME, Lease, Leases};
pub use self::lint::{lint, lint_schemas};
pub use self::mapped::MappedTable;
pub use self::marks::{Mark, MarkWatch, Marks};
pub use self::past::{Deleted, Held, Past};
pub use self::postgres::{
    POSTGRES_CONNECTIONS_MAX, POSTGRES_MASTER_WRITER_CONNECTIONS, POSTGRES_NODE_WIDE_CONNECTIONS, POSTGRES_TENANT_CONNECTIONS, RoleUrls,
    ServingRole,
};
pub use self::schema::{Migration, Schema};
pub use self::sealed::Sealed;
pub use self::statement::Statement;
pub use self::stores::{DatabaseUrls, Engine, StoreConfig, Stores, Swept};
pub use self::tx::Tx;
pub use self::value::{FromValue, Row, Type, Value};
pub use self::wakes::{WAKE_QUIET_TIME, Wake, Wakes};
pub use self::wiping::wipe_folder;

/// What this crate keeps. [`Stores::open`] adds it by itself.
pub const SCHEMAS: &[Schema] = &[
    Schema::new(
        "store",
        StoreKind::System,
        &[Migration { version: 1, name: "system", sql: include_str!("../migrations/0001_system.sql") }],
        &[data_map::TENANT, data_map::WAKE, data_map::LEASE, data_map::JOB, data_map::STORE_MIGRATION],
        store::SYSTEM_STATEMENTS,
    ),
    Schema::new(
        plan::INTAKE_DOMAIN,
        StoreKind::System,
        &[
            Migration { version: 1, name: "intake", sql: include_str!("../migrations/0001_intake.sql") },
            Migration { version: 2, name: "intake by tenant", sql: include_str!("../migrations/0002_intake_by_tenant.sql") },
            Migration { version: 3, name: "intake in order", sql: include_str!("../migrations/0003_intake_in_order.sql") },
        ],
        &[data_map::INTAKE, data_map::INTAKE_HEAD],
        store::INTAKE_STATEMENTS,
    ),
    Schema::new(
        "store",
        StoreKind::Tenant,
        &[Migration { version: 1, name: "tenant", sql: include_str!("../migrations/0001_tenant.sql") }],
        &[data_map::DIRTY, data_map::INTAKE_FOLD, data_map::OWNER_EPOCH, data_map::BLOB],
        store::TENANT_STATEMENTS,
    ),
    Schema::new(
        "store-stamps",
        StoreKind::Tenant,
        &[Migration { version: 1, name: "stamps", sql: include_str!("../migrations/0001_stamps.sql") }],
        &[data_map::FRESH_STAMP, data_map::STAMP, data_map::STAMP_HEAD],
        stamps::TENANT_STATEMENTS,
    ),
    Schema::new(
        "store-stamps",
        StoreKind::Identity,
        &[Migration { version: 1, name: "stamps", sql: include_str!("../migrations/0001_stamps.sql") }],
        &[data_map::IDENTITY_FRESH_STAMP, data_map::IDENTITY_STAMP, data_map::IDENTITY_STAMP_HEAD],
        stamps::IDENTITY_STATEMENTS,
    ),
];
