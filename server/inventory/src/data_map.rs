//! What this crate stores, for how long, and how it is erased.

use kernel::data_map::DataClass::{Configuration, Identifying};
use kernel::data_map::Storage::{Clear, SealedDevice, SealedTenant};
use kernel::data_map::{Column, DataClass, Days, Erasure, Retention, Storage, StoreKind, Table};

const fn column(name: &'static str, number: u16, class: DataClass, storage: Storage, meaning: &'static str) -> Column {
    Column { name, number, class, storage, meaning }
}

const TENANT: Column = column("tenant_id", 1, Configuration, Clear, "random number of the tenant");
const DEVICE: Column = column("device_id", 2, Configuration, Clear, "random number of the device");

/// Number of the table `image`.
pub const IMAGE: u16 = 500;
/// Number of the column `image.body`.
pub const IMAGE_BODY: u16 = 5;
/// Number of the table `device_state`.
pub const DEVICE_STATE: u16 = 501;
/// Number of the column `device_state.body`.
pub const DEVICE_STATE_BODY: u16 = 13;
/// Number of the table `package_history`.
pub const PACKAGE_HISTORY: u16 = 502;
/// Number of the column `package_history.body`.
pub const PACKAGE_HISTORY_BODY: u16 = 6;

/// For how many days what changed on a device is kept, where the tenant's owner says nothing else.
pub const HISTORY_DAYS: u16 = 730;
/// For how many days receipts are kept, where the tenant's owner says nothing else. Their commitments stay in the ledger.
pub const RECEIPT_DAYS: u16 = 400;

/// The tables of this crate.
pub const TABLES: &[Table] = &[
    Table {
        name: "image",
        number: IMAGE,
        store: StoreKind::Tenant,
        purpose: "Package sets that devices share.",
        retention: Retention::WithSubject,
        erasure: Erasure::Tenant,
        bound_to: Some("image_id"),
        columns: &[
            TENANT,
            column("image_id", 2, Configuration, Clear, "keyed hash of the package set"),
            column("made_at", 3, Configuration, Clear, "when the set was first seen"),
            column("package_count", 4, Configuration, Clear, "number of packages"),
            column("body", IMAGE_BODY, Configuration, SealedTenant, "operating system and packages"),
        ],
    },
    Table {
        name: "device_state",
        number: DEVICE_STATE,
        store: StoreKind::Tenant,
        purpose: "The last reported state of each device.",
        retention: Retention::WithSubject,
        erasure: Erasure::Device,
        bound_to: Some("device_id"),
        columns: &[
            TENANT,
            DEVICE,
            column("revision", 3, Configuration, Clear, "counts the changes of the row"),
            column("sequence", 4, Configuration, Clear, "number of the last transmission taken in"),
            column("digest", 5, Configuration, Storage::Digest, "digest of the state"),
            column("schema_version", 6, Configuration, Clear, "report schema"),
            column("collected_at", 7, Configuration, Clear, "when the host collected it"),
            column("received_at", 8, Configuration, Clear, "when it was received"),
            column("size_bytes", 9, Configuration, Clear, "size of the last full report or delta"),
            column("gaps", 10, Configuration, Clear, "transmissions that the host had to drop"),
            column("missing_kinds", 11, Configuration, Clear, "kinds that are not collected"),
            column("image_id", 12, Configuration, Clear, "the package set that the device's own differs from"),
            column("body", DEVICE_STATE_BODY, Identifying, SealedDevice, "the state: names, addresses, hardware, drift"),
        ],
    },
    Table {
        name: "package_history",
        number: PACKAGE_HISTORY,
        store: StoreKind::Tenant,
        purpose: "What was installed, removed, upgraded on each device and when.",
        retention: Retention::Days(Days::after("changed_at", HISTORY_DAYS).or_from(30, 3_650)),
        erasure: Erasure::Device,
        bound_to: Some("change_id"),
        columns: &[
            TENANT,
            DEVICE,
            column("changed_at", 3, Configuration, Clear, "when the report that told it was received"),
            column("change_id", 4, Configuration, Clear, "random number"),
            column("kind", 5, Configuration, Clear, "added, removed, upgraded, downgraded, changed"),
            column("body", PACKAGE_HISTORY_BODY, Configuration, SealedDevice, "package and versions"),
        ],
    },
    Table {
        name: "receipt",
        number: 503,
        store: StoreKind::Tenant,
        purpose: "Proof of each transmission.",
        retention: Retention::Days(Days::after("received_at", RECEIPT_DAYS).or_from(30, 3_650)),
        erasure: Erasure::Device,
        bound_to: None,
        columns: &[
            TENANT,
            DEVICE,
            column("sequence", 3, Configuration, Clear, "the transmission's number"),
            column("receipt_id", 4, Configuration, Clear, "the receipt's random number"),
            column("kind", 5, Configuration, Clear, "full, delta, check-in, late"),
            column("received_at", 6, Configuration, Clear, "when"),
            column("size_bytes", 7, Configuration, Clear, "how much"),
            column("schema_version", 8, Configuration, Clear, "report schema"),
            column("stored", 9, Configuration, Storage::Digest, "digest of the state that was stored"),
            column("commitment", 10, Configuration, Storage::Digest, "salted commitment of the inspection copy"),
            column("salt", 11, Configuration, Clear, "the commitment's random salt"),
        ],
    },
    Table {
        name: "report_gap",
        number: 504,
        store: StoreKind::Tenant,
        purpose: "Transmissions that a device made and that did not arrive.",
        retention: Retention::Days(Days::after("noticed_at", RECEIPT_DAYS).or_from(30, 3_650)),
        erasure: Erasure::Device,
        bound_to: None,
        columns: &[
            TENANT,
            DEVICE,
            column("to_sequence", 3, Configuration, Clear, "number of the last one that is missing"),
            column("from_sequence", 4, Configuration, Clear, "number from which on nothing is there"),
            column("since", 5, Configuration, Clear, "when the transmission before them was received"),
            column("noticed_at", 6, Configuration, Clear, "when it was noticed"),
            column("closed_at", 7, Configuration, Clear, "when the last of them came after all, or the device told that none will"),
            column("was_dropped", 8, Configuration, Clear, "whether the device told that it dropped them"),
        ],
    },
];
