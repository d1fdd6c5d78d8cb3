//! What breach cases store. A case names nobody but by random numbers; what people write about it mixes subjects (who did it,
//! whose data) and is sealed under the instance's key: no erasure of one of them reaches it, which the guide says.

use kernel::data_map::{Column, DataClass, Erasure, Retention, Storage, StoreKind, Table};

use super::{clear, digest, place};

const fn text(number: u16, name: &'static str, meaning: &'static str) -> Column {
    Column { name, number, class: DataClass::Personal, storage: Storage::SealedInstance, meaning }
}

const fn table(name: &'static str, number: u16, purpose: &'static str, columns: &'static [Column]) -> Table {
    // The law wants breaches documented (GDPR, Art. 33(5)), and a tenant that was affected may be gone before its case is closed.
    let (retention, erasure) = (Retention::Instance, Erasure::Never);
    Table { name, number, store: StoreKind::System, purpose, retention, erasure, bound_to: None, columns }
}

/// The tables in the system store.
pub const SYSTEM: &[Table] = &[
    Table {
        bound_to: Some("case_id"),
        ..table(
            "breach_case",
            place::BREACH_CASE,
            "Cases of a breach of security, and how far each is.",
            &[
                clear(1, "case_id", "Random id of the case."),
                clear(2, "state", "How far it is."),
                clear(3, "regimes", "Which laws' steps are to be taken."),
                clear(4, "customers_hours", "Within how many hours customers are to be told."),
                clear(5, "aware_at", "When the operator became aware of it: from then all clocks run."),
                clear(6, "opened_at", "When it was opened."),
                clear(7, "closed_at", "When it was closed."),
                clear(8, "events", "How many acts its history has."),
                clear(9, "assessment", "Number of the newest computation of who is affected."),
                clear(10, "telling", "Number of the act by which tenants are told."),
                text(place::CASE_ABOUT, "about", "What happened, as the operator wrote it; under the instance's key."),
            ],
        )
    },
    table(
        "breach_step",
        place::BREACH_STEP,
        "What the law demands to be done after a breach, and by when.",
        &[
            clear(1, "case_id", "Random id of the case."),
            clear(2, "step", "Which step."),
            clear(3, "due_at", "By when it is to be done."),
            clear(4, "state", "Whether it is open, done or waived."),
            clear(5, "settled_at", "When it was done or waived."),
            clear(6, "escalated_at", "When it was told that it is overdue."),
        ],
    ),
    Table {
        bound_to: Some("leaf_id"),
        ..table(
            "breach_event",
            place::BREACH_EVENT,
            "What was done about each case, by whom and with which evidence: never changed.",
            &[
                clear(1, "case_id", "Random id of the case."),
                clear(2, "number", "Number of the act."),
                clear(3, "leaf_id", "Random id of the leaf of the instance's ledger that tells of it."),
                clear(4, "recorded_at", "When."),
                clear(5, "actor_kind", "Which kind of actor did it."),
                clear(6, "actor_id", "Random id of the actor."),
                clear(7, "act", "What was done."),
                clear(8, "step", "Of which step."),
                text(place::EVENT_SAID, "said", "What the operator wrote of it; under the instance's key."),
            ],
        )
    },
    table(
        "breach_assessment",
        place::BREACH_ASSESSMENT,
        "What the ledgers were asked to know whose data a breach affected.",
        &[
            clear(1, "case_id", "Random id of the case."),
            clear(2, "number", "Number of the computation."),
            clear(3, "criteria", "What was asked: random ids, kinds of acts, times."),
            clear(4, "assessed_at", "When."),
            clear(5, "tenants", "How many tenants' ledgers were looked through."),
            clear(6, "affected", "How many of them are affected."),
            digest(7, "digest", "Digest of the answer, which is in the instance's ledger."),
            clear(8, "leaf_id", "Random id of that leaf."),
        ],
    ),
    table(
        "breach_affected",
        place::BREACH_AFFECTED,
        "Which tenants a breach affected, which entries of the ledger say so, and when they were told.",
        &[
            clear(1, "case_id", "Random id of the case."),
            clear(2, "number", "Number of the computation."),
            clear(3, "tenant_id", "Random number of the tenant."),
            clear(4, "reason", "Why it counts as affected."),
            clear(5, "found", "How many entries say so."),
            clear(6, "evidence", "The first of them: places, ids, kinds and times."),
            clear(7, "log_size", "How many entries the tenant's ledger had."),
            digest(8, "log_root", "The root over their salted commitments."),
            clear(9, "told_at", "When the tenant was told."),
        ],
    ),
];
