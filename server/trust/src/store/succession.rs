//! Statements on logs that ended and their successors.

use kernel::data_map::StoreKind;
use store::{Migration, Schema, statements};

use crate::data_map;

const DOMAIN: &str = "trust.succession";

/// In the keyring's store.
pub(super) static KEYRING: Schema = Schema::new(
    DOMAIN,
    StoreKind::Keyring,
    &[Migration { version: 1, name: "log_succession", sql: include_str!("../migrations/0001_log_succession.sql") }],
    data_map::ledger::SUCCESSIONS,
    KEYRING_STATEMENTS,
);

/// In each tenant's store: what is asked of the ledger's own tables.
pub(super) static TENANT: Schema = Schema::new(DOMAIN, StoreKind::Tenant, &[], &[], TENANT_STATEMENTS);

/// The same in the system store.
pub(super) static SYSTEM: Schema = Schema::new(DOMAIN, StoreKind::System, &[], &[], SYSTEM_STATEMENTS);

statements! {
    registry = KEYRING_STATEMENTS;
    store = Keyring;

    /// The newest generation of each log that has one besides its first.
    GENERATIONS = "SELECT tenant_id, MAX(generation) AS generation FROM keyring_log_succession GROUP BY tenant_id ORDER BY tenant_id"
        () -> (tenant_id: BigInt, generation: BigInt);

    /// Notes that a log goes on in a generation.
    INSERT_SUCCESSION = "INSERT INTO keyring_log_succession (tenant_id, generation, size, root, kept, succeeded_at) \
                         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (tenant_id, generation) DO NOTHING"
        (BigInt, BigInt, BigInt, Blob, BigInt, BigInt);

    /// Every succession, whole.
    COPY_SUCCESSION = "SELECT tenant_id, generation, size, root, kept, succeeded_at FROM keyring_log_succession \
                       ORDER BY tenant_id, generation"
        () -> (tenant_id: BigInt, generation: BigInt, size: BigInt, root: Blob, kept: BigInt, succeeded_at: BigInt);

    /// Forgets the generations of a tenant's log.
    DELETE_SUCCESSIONS = "DELETE FROM keyring_log_succession WHERE tenant_id = $1" (BigInt);

    /// The largest tree that was signed of a log, and when.
    ANCHOR = "SELECT size, root, anchored_at FROM keyring_log_anchor WHERE tenant_id = $1"
        (BigInt) -> (size: BigInt, root: Blob, anchored_at: BigInt);
}

statements! {
    registry = TENANT_STATEMENTS;
    store = Tenant;

    /// The first entry of the tenant's log that was recorded after a time.
    FIRST_AFTER = "SELECT sequence FROM ledger_leaf WHERE tenant_id = $1 AND recorded_at > $2 AND sequence IS NOT NULL \
                   ORDER BY sequence LIMIT 1"
        (BigInt, BigInt) -> (sequence: BigInt);

    /// Forgets where the tenant's checkpoints stood in the instance's log: they are of a log that has ended.
    DELETE_GATHERED = "DELETE FROM ledger_gathered WHERE tenant_id = $1" (BigInt);
}

statements! {
    registry = SYSTEM_STATEMENTS;
    store = System;

    /// The newest leaves of a kind in the instance's log.
    INSTANCE_NEWEST_OF_KIND = "SELECT leaf_id, sequence, recorded_at, actor_kind, actor_id, kind, subject_id, commitment, sealed \
                               FROM instance_ledger_leaf WHERE kind = $1 ORDER BY recorded_at DESC, leaf_id DESC LIMIT $2"
        (Text, BigInt)
        -> (leaf_id: BigInt, sequence: BigInt, recorded_at: BigInt, actor_kind: Text, actor_id: BigInt, kind: Text, subject_id: BigInt,
            commitment: Blob, sealed: Blob);

    /// The first entry of the instance's log that was recorded after a time.
    INSTANCE_FIRST_AFTER = "SELECT sequence FROM instance_ledger_leaf WHERE recorded_at > $1 AND sequence IS NOT NULL \
                            ORDER BY sequence LIMIT 1"
        (BigInt) -> (sequence: BigInt);
}
