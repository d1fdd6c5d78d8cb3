//! What ledgers keep beside their leaves: acts that are about to be done, and logs that ended.

use kernel::data_map::{Column, DataClass, Erasure, Retention, Storage, StoreKind, Table};

use super::{clear, digest, place};

const fn hashed(number: u16, name: &'static str, meaning: &'static str) -> Column {
    Column { name, number, class: DataClass::Configuration, storage: Storage::KeyedHash, meaning }
}

const ACT: &str = "A keyed hash over what is to be done, by which the very act is known again.";

/// What a tenant's ledger says is about to be done, and does not say yet what became of it.
pub const INTENTS: &[Table] = &[Table {
    name: "ledger_intent",
    number: place::LEDGER_INTENT,
    store: StoreKind::Tenant,
    purpose: "What the tenant's ledger says is about to be done outside of its transactions, until it says what became of it.",
    retention: Retention::Transient,
    erasure: Erasure::Tenant,
    bound_to: None,
    columns: &[
        clear(1, "tenant_id", "The tenant."),
        hashed(2, "act", ACT),
        clear(3, "leaf_id", "Random id of the leaf that tells of it."),
        clear(4, "effect", "Which kind of effect it is."),
        clear(5, "due_at", "When it is closed for whoever has not."),
    ],
}];

/// The same of the instance's ledger.
pub const INSTANCE_INTENTS: &[Table] = &[Table {
    name: "instance_ledger_intent",
    number: place::INSTANCE_LEDGER_INTENT,
    store: StoreKind::System,
    purpose: "What the instance's ledger says is about to be done outside of its transactions, until it says what became of it.",
    retention: Retention::Transient,
    erasure: Erasure::Never,
    bound_to: None,
    columns: &[
        hashed(1, "act", ACT),
        clear(2, "leaf_id", "Random id of the leaf that tells of it."),
        clear(3, "effect", "Which kind of effect it is."),
        clear(4, "due_at", "When it is closed for whoever has not."),
    ],
}];

/// Logs that ended, and which generation of them goes on.
pub const SUCCESSIONS: &[Table] = &[Table {
    name: "keyring_log_succession",
    number: place::KEYRING_LOG_SUCCESSION,
    store: StoreKind::Keyring,
    purpose: "Logs that ended because entries were lost, and which generation goes on, so that restored data do not take it back.",
    retention: Retention::WithSubject,
    erasure: Erasure::Tenant,
    bound_to: None,
    columns: &[
        clear(1, "tenant_id", "Whose log; 0 for the instance's."),
        clear(2, "generation", "Which generation of it goes on; the first has no row."),
        clear(3, "size", "How many leaves were signed of the one before."),
        digest(4, "root", "The root over their salted commitments."),
        clear(5, "kept", "How many of them the successor keeps."),
        clear(6, "succeeded_at", "When."),
    ],
}];
