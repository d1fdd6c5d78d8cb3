//! Statements on open intents.

use kernel::data_map::StoreKind;
use store::{Migration, Schema, statements};

use crate::data_map;

const DOMAIN: &str = "trust.intents";

/// In each tenant's store.
pub(super) static TENANT: Schema = Schema::new(
    DOMAIN,
    StoreKind::Tenant,
    &[Migration { version: 1, name: "ledger_intent", sql: include_str!("../migrations/0001_ledger_intent.sql") }],
    data_map::ledger::INTENTS,
    TENANT_STATEMENTS,
);

/// In the system store.
pub(super) static SYSTEM: Schema = Schema::new(
    DOMAIN,
    StoreKind::System,
    &[Migration { version: 1, name: "instance_ledger_intent", sql: include_str!("../migrations/0001_instance_ledger_intent.sql") }],
    data_map::ledger::INSTANCE_INTENTS,
    SYSTEM_STATEMENTS,
);

statements! {
    registry = TENANT_STATEMENTS;
    store = Tenant;

    /// Opens an intent; one to the same act that is open is taken over.
    OPEN_INTENT = "INSERT INTO ledger_intent (tenant_id, act, leaf_id, effect, due_at) VALUES ($1, $2, $3, $4, $5) \
                   ON CONFLICT (tenant_id, act) DO UPDATE SET due_at = excluded.due_at"
        (BigInt, Blob, BigInt, Text, BigInt);

    /// The open intent to an act.
    INTENT_TO = "SELECT leaf_id FROM ledger_intent WHERE tenant_id = $1 AND act = $2" (BigInt, Blob) -> (leaf_id: BigInt);

    /// Intents that are due to be closed for whoever has not.
    INTENTS_DUE = "SELECT leaf_id, effect FROM ledger_intent WHERE tenant_id = $1 AND due_at <= $2 ORDER BY due_at, leaf_id LIMIT $3"
        (BigInt, BigInt, BigInt) -> (leaf_id: BigInt, effect: Text);

    /// When the next of the open intents is due.
    NEXT_INTENT_DUE = "SELECT due_at FROM ledger_intent WHERE tenant_id = $1 ORDER BY due_at LIMIT 1" (BigInt) -> (due_at: BigInt);

    /// Closes an intent.
    CLOSE_INTENT = "DELETE FROM ledger_intent WHERE tenant_id = $1 AND leaf_id = $2" (BigInt, BigInt);

    /// Intents in the tenant's log that are not open and have no outcome.
    LOST_INTENTS = "SELECT leaf_id, recorded_at FROM ledger_leaf \
                    WHERE tenant_id = $1 AND kind = 'effect-intended' AND recorded_at <= $2 \
                    AND leaf_id NOT IN (SELECT subject_id FROM ledger_leaf \
                                        WHERE tenant_id = $1 AND kind = 'effect-ended' AND subject_id IS NOT NULL) \
                    AND leaf_id NOT IN (SELECT leaf_id FROM ledger_intent WHERE tenant_id = $1) \
                    ORDER BY recorded_at, leaf_id LIMIT $3"
        (BigInt, BigInt, BigInt) -> (leaf_id: BigInt, recorded_at: BigInt);

    /// What became of an intent.
    OUTCOME_OF = "SELECT leaf_id FROM ledger_leaf WHERE tenant_id = $1 AND kind = 'effect-ended' AND subject_id = $2 LIMIT 1"
        (BigInt, BigInt) -> (leaf_id: BigInt);
}

statements! {
    registry = SYSTEM_STATEMENTS;
    store = System;

    /// Opens an intent of the instance; one to the same act that is open is taken over.
    OPEN_INSTANCE_INTENT = "INSERT INTO instance_ledger_intent (act, leaf_id, effect, due_at) VALUES ($1, $2, $3, $4) \
                            ON CONFLICT (act) DO UPDATE SET due_at = excluded.due_at"
        (Blob, BigInt, Text, BigInt);

    /// The instance's open intent to an act.
    INSTANCE_INTENT_TO = "SELECT leaf_id FROM instance_ledger_intent WHERE act = $1" (Blob) -> (leaf_id: BigInt);

    /// Intents of the instance that are due to be closed for whoever has not.
    INSTANCE_INTENTS_DUE = "SELECT leaf_id, effect FROM instance_ledger_intent WHERE due_at <= $1 ORDER BY due_at, leaf_id LIMIT $2"
        (BigInt, BigInt) -> (leaf_id: BigInt, effect: Text);

    /// Closes an intent of the instance.
    CLOSE_INSTANCE_INTENT = "DELETE FROM instance_ledger_intent WHERE leaf_id = $1" (BigInt);

    /// Intents in the instance's log that are not open and have no outcome.
    LOST_INSTANCE_INTENTS = "SELECT leaf_id, recorded_at FROM instance_ledger_leaf \
                             WHERE kind = 'effect-intended' AND recorded_at <= $1 \
                             AND leaf_id NOT IN (SELECT subject_id FROM instance_ledger_leaf \
                                                 WHERE kind = 'effect-ended' AND subject_id IS NOT NULL) \
                             AND leaf_id NOT IN (SELECT leaf_id FROM instance_ledger_intent) \
                             ORDER BY recorded_at, leaf_id LIMIT $2"
        (BigInt, BigInt) -> (leaf_id: BigInt, recorded_at: BigInt);

    /// What became of an intent of the instance.
    INSTANCE_OUTCOME_OF = "SELECT leaf_id FROM instance_ledger_leaf WHERE kind = 'effect-ended' AND subject_id = $1 LIMIT 1"
        (BigInt) -> (leaf_id: BigInt);
}
