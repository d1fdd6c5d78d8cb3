//! What trust stores, for how long, and how it is erased.

pub mod cases;
pub mod ledger;
pub mod owners;
pub mod rights;

use kernel::data_map::{Column, DataClass, Days, Erasure, Retention, Storage, StoreKind, Table};

use crate::access_log::RETENTION_DAYS_DEFAULT;
use crate::archives::EXPORT_LISTED_DAYS;

/// The immutable numbers of tables and columns that values are sealed for.
pub(crate) mod place {
    pub(crate) const KEYRING_ROOT: u16 = 200;
    pub(crate) const KEYRING_INSTANCE_KEY: u16 = 201;
    pub(crate) const KEYRING_EPOCH: u16 = 202;
    pub(crate) const KEYRING_KEY: u16 = 203;
    pub(crate) const LEDGER_LEAF: u16 = 210;
    pub(crate) const INSTANCE_LEDGER_LEAF: u16 = 211;
    pub(crate) const LEDGER_TILE: u16 = 212;
    pub(crate) const LEDGER_CHECKPOINT: u16 = 213;
    pub(crate) const INSTANCE_LEDGER_TILE: u16 = 214;
    pub(crate) const INSTANCE_LEDGER_CHECKPOINT: u16 = 215;
    pub(crate) const KEYRING_LOG_ANCHOR: u16 = 204;
    pub(crate) const ERASURE: u16 = 220;
    pub(crate) const ERASED_SUBJECT: u16 = 221;
    /// Of no table: where the marker lies that an erasure seals and cannot open afterwards.
    pub(crate) const ERASURE_MARKER: u16 = 222;
    pub(crate) const LEDGER_GATHERED: u16 = 216;
    pub(crate) const GATHERED_SALT: u16 = 8;
    pub(crate) const LEDGER_INTENT: u16 = 217;
    pub(crate) const INSTANCE_LEDGER_INTENT: u16 = 218;
    pub(crate) const KEYRING_LOG_SUCCESSION: u16 = 219;
    pub(crate) const SUB_PROCESSOR_VERSION: u16 = 230;
    pub(crate) const KEYRING_DAY_KEY: u16 = 240;
    pub(crate) const ACCESS_LOG_SEGMENT: u16 = 241;
    pub(crate) const SEGMENT_SEALED: u16 = 6;
    pub(crate) const DOCTOR_RESULT: u16 = 245;
    pub(crate) const DOCTOR_RESULT_SAID: u16 = 3;
    pub(crate) const EXPORT_ARCHIVE: u16 = 270;
    pub(crate) const EXPORT_FACTS: u16 = 16;
    pub(crate) const KEYRING_EXPORT_KEY: u16 = 271;
    pub(crate) const EXPORT_KEY_SEALED: u16 = 3;
    pub(crate) const KEY_TOMBSTONE: u16 = 205;
    pub(crate) const KEYRING_KNOWN_TOMBSTONES: u16 = 206;
    pub(crate) const ANNOUNCEMENT: u16 = 275;
    pub(crate) const BREACH_CASE: u16 = 255;
    pub(crate) const CASE_ABOUT: u16 = 11;
    pub(crate) const BREACH_STEP: u16 = 256;
    pub(crate) const BREACH_EVENT: u16 = 257;
    pub(crate) const EVENT_SAID: u16 = 9;
    pub(crate) const BREACH_ASSESSMENT: u16 = 258;
    pub(crate) const BREACH_AFFECTED: u16 = 259;
    pub(crate) const RIGHTS_REQUEST: u16 = 260;
    pub(crate) const REQUEST_ABOUT: u16 = 14;
    pub(crate) const RIGHTS_EVENT: u16 = 261;
    pub(crate) const RIGHTS_SAID: u16 = 9;
    pub(crate) const LEAF_SEALED: u16 = 9;
    pub(crate) const RETENTION_CHOICE: u16 = 250;
    pub(crate) const RETENTION_PLAN: u16 = 251;
    pub(crate) const POLICY_VERSION: u16 = 252;
    pub(crate) const KEY_WRAPPED: u16 = 6;
    pub(crate) const KEY_COMMITMENT: u16 = 9;
}

const fn clear(number: u16, name: &'static str, meaning: &'static str) -> Column {
    Column { name, number, class: DataClass::Configuration, storage: Storage::Clear, meaning }
}

const fn public(number: u16, name: &'static str, meaning: &'static str) -> Column {
    Column { name, number, class: DataClass::Public, storage: Storage::Clear, meaning }
}

const fn digest(number: u16, name: &'static str, meaning: &'static str) -> Column {
    Column { name, number, class: DataClass::Configuration, storage: Storage::Digest, meaning }
}

const fn wrapped(number: u16, name: &'static str, meaning: &'static str) -> Column {
    Column { name, number, class: DataClass::Secret, storage: Storage::SealedInstance, meaning }
}

/// The keyring's tables.
pub const KEYRING: &[Table] = &[
    Table {
        name: "keyring_root",
        number: place::KEYRING_ROOT,
        store: StoreKind::Keyring,
        purpose: "The root key, wrapped by its provider, and the proof that it is the right one.",
        retention: Retention::Instance,
        erasure: Erasure::Never,
        bound_to: None,
        columns: &[
            clear(1, "root_id", "1; 2 for a provider that is offered while one is changed for another."),
            clear(2, "salt", "Random salt of the derivation from a passphrase; not secret."),
            clear(3, "memory_kib", "Memory that the derivation takes."),
            clear(4, "passes", "Passes of the derivation."),
            clear(5, "lanes", "Lanes of the derivation."),
            wrapped(6, "sealed_check", "A known text, sealed under the root key."),
            clear(7, "created_at", "When the root key was made."),
            clear(8, "provider", "What wraps it: a passphrase or a token; empty where it is what the passphrase derives."),
            wrapped(9, "wrapped", "The root key, wrapped by its provider."),
        ],
    },
    Table {
        name: "keyring_instance_key",
        number: place::KEYRING_INSTANCE_KEY,
        store: StoreKind::Keyring,
        purpose: "The instance's own keys: for data of no tenant, and for signing.",
        retention: Retention::Instance,
        erasure: Erasure::Never,
        bound_to: None,
        columns: &[
            clear(1, "purpose", "What the key is for."),
            clear(2, "key_version", "Number of the key."),
            wrapped(3, "wrapped", "The key, wrapped under the root key."),
            clear(4, "created_at", "When it was made."),
        ],
    },
    Table {
        name: "keyring_epoch",
        number: place::KEYRING_EPOCH,
        store: StoreKind::Keyring,
        purpose: "The epoch key of each tenant, which wraps that tenant's part of the keyring. Old ones are destroyed.",
        retention: Retention::WithSubject,
        erasure: Erasure::Tenant,
        bound_to: None,
        columns: &[
            clear(1, "tenant_id", "The tenant."),
            clear(2, "epoch", "Number of the epoch."),
            wrapped(3, "wrapped", "The epoch key, wrapped under the root key."),
            clear(4, "created_at", "When the epoch began."),
            clear(5, "told_at", "When the tenant's ledger was told that the epochs before it are destroyed."),
        ],
    },
    Table {
        name: "keyring_key",
        number: place::KEYRING_KEY,
        store: StoreKind::Keyring,
        purpose: "The key of each tenant, device and user. Destroying it makes everything sealed under it unreadable.",
        retention: Retention::WithSubject,
        erasure: Erasure::Tenant,
        bound_to: None,
        columns: &[
            clear(1, "tenant_id", "The tenant."),
            clear(2, "subject_kind", "Whether it is the tenant's, a device's or a user's key."),
            clear(3, "subject_id", "Random id of the subject."),
            clear(4, "key_version", "Number of the key."),
            clear(5, "epoch", "The epoch whose key wraps it."),
            wrapped(place::KEY_WRAPPED, "wrapped", "The key, wrapped under the epoch key; empty once destroyed."),
            clear(7, "created_at", "When it was made."),
            clear(8, "destroyed_at", "When it was destroyed."),
            digest(place::KEY_COMMITMENT, "commitment", "A digest of the key, by which its destruction is told of; it opens nothing."),
        ],
    },
    Table {
        name: "keyring_log_anchor",
        number: place::KEYRING_LOG_ANCHOR,
        store: StoreKind::Keyring,
        purpose: "The largest tree that was ever signed of each log, so that nothing is signed of data that were rolled back or rewritten.",
        retention: Retention::WithSubject,
        erasure: Erasure::Tenant,
        bound_to: None,
        columns: &[
            clear(1, "tenant_id", "Whose log; 0 for the instance's."),
            clear(2, "size", "How many leaves it had."),
            digest(3, "root", "The root over their salted commitments."),
            clear(4, "anchored_at", "When it was signed."),
        ],
    },
    Table {
        name: "keyring_day_key",
        number: place::KEYRING_DAY_KEY,
        store: StoreKind::Keyring,
        purpose: "The key of each day, under which its access log lies and by which its pseudonyms are made. Destroyed at the end of the access log's retention.",
        retention: Retention::Instance,
        erasure: Erasure::Never,
        bound_to: None,
        columns: &[
            clear(1, "day", "Days since 1970."),
            wrapped(2, "wrapped", "The key, wrapped under the root key; empty once destroyed."),
            clear(3, "created_at", "When it was made."),
            clear(4, "destroyed_at", "When it was destroyed."),
            digest(5, "commitment", "A digest of the key, by which its destruction is told of; it opens nothing."),
        ],
    },
    Table {
        name: "keyring_known_tombstones",
        number: place::KEYRING_KNOWN_TOMBSTONES,
        store: StoreKind::Keyring,
        purpose: "How many destroyed keys the keyring knows of, so that one that was brought back from before is seen to be.",
        retention: Retention::Instance,
        erasure: Erasure::Never,
        bound_to: None,
        columns: &[clear(1, "known_id", "Always 1."), clear(2, "known", "How many.")],
    },
];

/// The tables in each tenant's store.
pub const TENANT: &[Table] = &[
    Table {
        name: "ledger_leaf",
        number: place::LEDGER_LEAF,
        store: StoreKind::Tenant,
        purpose: "The audit: one row for each act, committed to in the tenant's ledger.",
        retention: Retention::WithSubject,
        erasure: Erasure::Tenant,
        bound_to: Some("leaf_id"),
        columns: &[
            clear(1, "tenant_id", "The tenant."),
            clear(2, "leaf_id", "Random id of the leaf."),
            clear(3, "kind", "What was done."),
            clear(4, "actor_kind", "Which kind of actor did it."),
            clear(5, "actor_id", "Random id of the actor."),
            clear(6, "subject_id", "Random id of what it was done to."),
            clear(7, "recorded_at", "When."),
            Column {
                name: "commitment",
                number: 8,
                class: DataClass::Configuration,
                storage: Storage::Digest,
                meaning: "Salted commitment to the whole entry; stays when the entry is erased.",
            },
            Column {
                name: "sealed",
                number: place::LEAF_SEALED,
                class: DataClass::Personal,
                storage: Storage::SealedSubject,
                meaning: "The salt and the entry, sealed under the key of the device or user that it is about, or else the tenant's.",
            },
            clear(10, "sequence", "Its place in the log, once ordered."),
            Column {
                name: "binding",
                number: 11,
                class: DataClass::Configuration,
                storage: Storage::KeyedHash,
                meaning: "A keyed hash over the columns in clear, so that they are believed after the entry was erased.",
            },
        ],
    },
    Table {
        name: "ledger_tile",
        number: place::LEDGER_TILE,
        store: StoreKind::Tenant,
        purpose: "The tree over the tenant's ledger, 256 hashes a row.",
        retention: Retention::WithSubject,
        erasure: Erasure::Tenant,
        bound_to: None,
        columns: &[
            clear(1, "tenant_id", "The tenant."),
            clear(2, "level", "Level of the tile; 0 holds leaf hashes."),
            clear(3, "tile", "Place of the tile in its level."),
            digest(4, "hashes", "Hashes over salted commitments."),
        ],
    },
    Table {
        name: "ledger_checkpoint",
        number: place::LEDGER_CHECKPOINT,
        store: StoreKind::Tenant,
        purpose: "What the tenant's log was at the end of each day, and what it is now.",
        retention: Retention::WithSubject,
        erasure: Erasure::Tenant,
        bound_to: None,
        columns: &[
            clear(1, "tenant_id", "The tenant."),
            clear(2, "day", "Days since 1970."),
            clear(3, "size", "How many leaves it had."),
            digest(4, "root", "The root over their salted commitments."),
            clear(5, "made_at", "When."),
        ],
    },
    Table {
        name: "erased_subject",
        number: place::ERASED_SUBJECT,
        store: StoreKind::Tenant,
        purpose: "Which devices and users were erased, by their random numbers, so that nothing of them is taken in again.",
        retention: Retention::WithSubject,
        erasure: Erasure::Tenant,
        bound_to: None,
        columns: &[
            clear(1, "tenant_id", "The tenant."),
            clear(2, "subject_kind", "Whether it was a device or a user."),
            clear(3, "subject_id", "Its random number."),
            clear(4, "erased_at", "Since when it is erased."),
            clear(5, "receipt_leaf", "The ledger's leaf that holds the receipt."),
        ],
    },
    Table {
        name: "ledger_gathered",
        number: place::LEDGER_GATHERED,
        store: StoreKind::Tenant,
        purpose: "Where the tenant's checkpoints stand in the instance's log, which does not name the tenant: each day's newest.",
        retention: Retention::WithSubject,
        erasure: Erasure::Tenant,
        bound_to: Some("day"),
        columns: &[
            clear(1, "tenant_id", "The tenant."),
            clear(2, "day", "Days since 1970."),
            clear(3, "size", "How many leaves the checkpoint is of."),
            digest(4, "root", "The root over their salted commitments."),
            clear(5, "leaf_id", "Random id of the gathering's leaf in the instance's log."),
            clear(6, "place", "The checkpoint's place in the gathering."),
            digest(7, "hashes", "The proof that it is there."),
            Column {
                name: "salt",
                number: place::GATHERED_SALT,
                class: DataClass::Secret,
                storage: Storage::SealedTenant,
                meaning: "By which the tenant alone can tell which leaf of the gathering is its own.",
            },
            clear(9, "gathered_at", "When."),
        ],
    },
];

/// The tables of retention in each tenant's store.
pub const RETENTION: &[Table] = &[
    Table {
        name: "retention_choice",
        number: place::RETENTION_CHOICE,
        store: StoreKind::Tenant,
        purpose: "For how many days the owner has rows of a table kept, where that was chosen.",
        retention: Retention::WithSubject,
        erasure: Erasure::Tenant,
        bound_to: None,
        columns: &[
            clear(1, "tenant_id", "The tenant."),
            clear(2, "table_number", "The table, by its number."),
            clear(3, "days", "How many days."),
            clear(4, "chosen_at", "When it was chosen."),
        ],
    },
    Table {
        name: "retention_plan",
        number: place::RETENTION_PLAN,
        store: StoreKind::Tenant,
        purpose: "Which rows are past their retention next, shown a day before they are deleted.",
        retention: Retention::Transient,
        erasure: Erasure::Tenant,
        bound_to: None,
        columns: &[
            clear(1, "tenant_id", "The tenant."),
            clear(2, "table_number", "The table, by its number."),
            clear(3, "up_to", "Up to which time its rows go."),
            clear(4, "row_count", "How many."),
            clear(5, "oldest", "The time of the oldest."),
            clear(6, "shown_at", "Since when that is shown."),
            clear(7, "due_at", "When they are deleted."),
            clear(8, "begun_at", "When that began."),
            clear(9, "deleted_count", "How many are deleted."),
        ],
    },
];

/// The tables in the system store.
pub const SYSTEM: &[Table] = &[
    Table {
        name: "key_tombstone",
        number: place::KEY_TOMBSTONE,
        store: StoreKind::System,
        purpose: "Which keys were destroyed, so that a keyring that is brought back from a copy refuses them.",
        retention: Retention::Instance,
        erasure: Erasure::Never,
        bound_to: None,
        columns: &[
            clear(1, "tenant_id", "Random number of the tenant."),
            clear(2, "subject_kind", "Whether it was the tenant's, a device's or a user's key."),
            clear(3, "subject_id", "Random id of the subject."),
            clear(4, "destroyed_at", "When its destruction began."),
        ],
    },
    Table {
        name: "instance_ledger_leaf",
        number: place::INSTANCE_LEDGER_LEAF,
        store: StoreKind::System,
        purpose: "The audit of what concerns no tenant or all of them.",
        retention: Retention::Instance,
        erasure: Erasure::Never,
        bound_to: Some("leaf_id"),
        columns: &[
            clear(1, "leaf_id", "Random id of the leaf."),
            clear(3, "kind", "What was done."),
            clear(4, "actor_kind", "Which kind of actor did it."),
            clear(5, "actor_id", "Random id of the actor."),
            clear(6, "subject_id", "Random id of what it was done to."),
            clear(7, "recorded_at", "When."),
            Column {
                name: "commitment",
                number: 8,
                class: DataClass::Configuration,
                storage: Storage::Digest,
                meaning: "Salted commitment to the whole entry.",
            },
            Column {
                name: "sealed",
                number: place::LEAF_SEALED,
                class: DataClass::Configuration,
                storage: Storage::SealedInstance,
                meaning: "The salt and the entry.",
            },
            clear(10, "sequence", "Its place in the log, once ordered."),
        ],
    },
    Table {
        name: "instance_ledger_tile",
        number: place::INSTANCE_LEDGER_TILE,
        store: StoreKind::System,
        purpose: "The tree over the instance's ledger, 256 hashes a row.",
        retention: Retention::Instance,
        erasure: Erasure::Never,
        bound_to: None,
        columns: &[
            clear(1, "level", "Level of the tile; 0 holds leaf hashes."),
            clear(2, "tile", "Place of the tile in its level."),
            digest(3, "hashes", "Hashes over salted commitments."),
        ],
    },
    Table {
        name: "instance_ledger_checkpoint",
        number: place::INSTANCE_LEDGER_CHECKPOINT,
        store: StoreKind::System,
        purpose: "What the instance's log was at the end of each day, and what it is now.",
        retention: Retention::Instance,
        erasure: Erasure::Never,
        bound_to: None,
        columns: &[
            clear(1, "day", "Days since 1970."),
            clear(2, "size", "How many leaves it had."),
            digest(3, "root", "The root over their salted commitments."),
            clear(4, "made_at", "When."),
        ],
    },
    Table {
        name: "erasure",
        number: place::ERASURE,
        store: StoreKind::System,
        purpose: "What was asked to be erased and how far it is. It outlives what it erases, and holds random numbers only.",
        retention: Retention::Instance,
        erasure: Erasure::Never,
        bound_to: None,
        columns: &[
            clear(1, "erasure_id", "Random id of the erasure."),
            clear(2, "tenant_id", "Random number of the tenant."),
            clear(3, "subject_kind", "Whether a device, a user or the tenant is erased."),
            clear(4, "subject_id", "Its random number."),
            clear(5, "state", "Whether it waits, is under way, is done or was called off."),
            clear(6, "requested_at", "When it was asked for."),
            clear(7, "due_at", "When it begins, if it is not called off."),
            clear(8, "deadline_at", "When it must be done."),
            clear(9, "actor_kind", "Which kind of actor asked for it."),
            clear(10, "actor_id", "Random id of the actor."),
            clear(11, "begun_at", "When it began."),
            clear(12, "finished_at", "When it was done."),
            clear(13, "alarmed_at", "When it was told that it is late."),
            clear(14, "progress", "Counts, digests of destroyed keys, numbers of epochs."),
            clear(15, "failure", "Why the last attempt did not get on."),
        ],
    },
    Table {
        name: "access_log_segment",
        number: place::ACCESS_LOG_SEGMENT,
        store: StoreKind::System,
        purpose: "The access log: what was asked of the server, with pseudonyms of the day for addresses, users and programs.",
        retention: Retention::Days(Days::after_day("day", RETENTION_DAYS_DEFAULT).or_as_set_up()),
        // It names tenants by their random numbers and nobody else by anything that lasts: it goes with the key of its day.
        erasure: Erasure::Never,
        // Sealed under the key of the day, by `day_keys`, not by the keyring's doors.
        bound_to: None,
        columns: &[
            clear(1, "day", "Days since 1970."),
            clear(2, "segment_id", "Random number of the segment."),
            clear(3, "first_at", "When the first of its requests came."),
            clear(4, "records", "How many requests it tells of."),
            clear(5, "dropped", "How many requests came besides of which there is no record."),
            Column {
                name: "sealed",
                number: place::SEGMENT_SEALED,
                class: DataClass::Personal,
                storage: Storage::SealedInstance,
                meaning: "The records: time, method, route, status, size, duration, tenant, and the pseudonyms; under the key of the day.",
            },
        ],
    },
    Table {
        name: "sub_processor_version",
        number: place::SUB_PROCESSOR_VERSION,
        store: StoreKind::System,
        purpose: "The register of who else processes data for the operator: each version of each entry. Public once announced.",
        retention: Retention::Instance,
        erasure: Erasure::Never,
        bound_to: None,
        columns: &[
            public(1, "sub_processor", "What the entry is called."),
            clear(2, "version", "Number of the version."),
            public(3, "name", "The company."),
            public(4, "data_classes", "The classes of data that it gets."),
            public(5, "data", "Which data."),
            public(6, "people", "Which people there reach them."),
            public(7, "locations", "In which countries or regions."),
            public(8, "operations", "What it does with them."),
            public(9, "compliance", "What it is held to."),
            clear(10, "requires_second_factor", "Whether it requires a second factor of the people who reach the data."),
            clear(11, "proposed_at", "When it was proposed."),
            clear(12, "announced_at", "When it was announced."),
            clear(13, "notice_days", "How many days lie between the last tenant's being told and its taking effect."),
            clear(14, "effective_at", "When it takes effect; empty until every tenant was told."),
            clear(15, "ended_at", "When it ended."),
        ],
    },
    Table {
        name: "doctor_result",
        number: place::DOCTOR_RESULT,
        store: StoreKind::System,
        purpose: "What each live check of the doctor saw last.",
        retention: Retention::Transient,
        erasure: Erasure::Never,
        bound_to: None,
        columns: &[
            clear(1, "check_name", "The check's name."),
            clear(2, "result", "What it came to."),
            Column {
                name: "said",
                number: place::DOCTOR_RESULT_SAID,
                class: DataClass::Configuration,
                storage: Storage::SealedInstance,
                meaning: "What it saw: numbers and states, and a sentence.",
            },
            clear(4, "since", "Since when it comes to this."),
            clear(5, "checked_at", "When it last looked."),
        ],
    },
];

/// Exports that can be fetched; in the system store, since whoever makes and ends them looks at every tenant's.
pub const EXPORTS: &[Table] = &[Table {
    name: "export_archive",
    number: place::EXPORT_ARCHIVE,
    store: StoreKind::System,
    purpose: "Which exports were asked for to be fetched, and how far each is. What they hold lies beside, sealed under a key of its own.",
    retention: Retention::Days(Days::after("gone_at", EXPORT_LISTED_DAYS)),
    erasure: Erasure::Tenant,
    bound_to: Some("export_id"),
    columns: &[
        clear(1, "export_id", "Random id of the export."),
        clear(2, "tenant_id", "The tenant."),
        clear(3, "subject_kind", "Whether a device, a user or the tenant is exported."),
        clear(4, "subject_id", "Its random number."),
        clear(5, "user_id", "Random id of who asked for it."),
        clear(6, "state", "Whether it waits, is being made, can be fetched, or how it ended."),
        clear(7, "requested_at", "When it was asked for."),
        clear(8, "attempts", "How often it was begun."),
        clear(9, "expires_at", "When it can be fetched no more."),
        clear(10, "ended_at", "When it ended."),
        clear(11, "gone_at", "When its key was destroyed and its bytes were gone."),
        clear(12, "tables_done", "Tables in it."),
        clear(13, "rows_done", "Rows in it."),
        clear(14, "bytes_done", "Bytes of these rows."),
        clear(15, "size_bytes", "Length of the archive."),
        Column {
            name: "facts",
            number: place::EXPORT_FACTS,
            class: DataClass::Configuration,
            storage: Storage::SealedTenant,
            meaning: "The digest of what is in it, the key that signed it and how many values did not open; empty once it ended.",
        },
    ],
}];

/// Their keys. Not in the keyring's second copy: what is lost with the keyring is made anew.
pub const EXPORT_KEYS: &[Table] = &[Table {
    name: "keyring_export_key",
    number: place::KEYRING_EXPORT_KEY,
    store: StoreKind::Keyring,
    purpose: "The key of each export that waits to be fetched. It is destroyed a day after the export was made, or before.",
    retention: Retention::Transient,
    // Each ends with its export, and every export of a tenant ends when the tenant is erased.
    erasure: Erasure::Never,
    bound_to: Some("export_id"),
    columns: &[
        clear(1, "export_id", "The export."),
        clear(2, "tenant_id", "The tenant."),
        Column {
            name: "sealed",
            number: place::EXPORT_KEY_SEALED,
            class: DataClass::Secret,
            storage: Storage::SealedTenant,
            meaning: "The key, sealed under the tenant's key.",
        },
        clear(4, "created_at", "When it was made."),
    ],
}];
