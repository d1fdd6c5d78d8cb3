//! All of trust's SQL.

use store::{Migration, Schema, statements};

use crate::data_map;
use kernel::data_map::StoreKind;

/// What trust keeps, in each store that it keeps something in.
pub static SCHEMAS: &[Schema] = &[
    Schema {
        domain: "trust",
        store: StoreKind::Keyring,
        migrations: &[Migration { version: 1, name: "keyring", sql: include_str!("migrations/0001_keyring.sql") }],
        tables: data_map::KEYRING,
        statements: KEYRING_STATEMENTS,
    },
    Schema {
        domain: "trust",
        store: StoreKind::Tenant,
        migrations: &[Migration { version: 1, name: "ledger", sql: include_str!("migrations/0001_ledger.sql") }],
        tables: data_map::TENANT,
        statements: TENANT_STATEMENTS,
    },
    Schema {
        domain: "trust",
        store: StoreKind::System,
        migrations: &[Migration { version: 1, name: "instance_ledger", sql: include_str!("migrations/0001_instance_ledger.sql") }],
        tables: data_map::SYSTEM,
        statements: SYSTEM_STATEMENTS,
    },
];

statements! {
    registry = KEYRING_STATEMENTS;
    store = Keyring;

    /// How the root key is derived.
    ROOT = "SELECT salt, memory_kib, passes, lanes, sealed_check FROM keyring_root WHERE root_id = 1"
        () -> (salt: Blob, memory_kib: BigInt, passes: BigInt, lanes: BigInt, sealed_check: Blob);

    /// Notes how the root key is derived, where nothing is noted yet.
    INSERT_ROOT = "INSERT INTO keyring_root (root_id, salt, memory_kib, passes, lanes, sealed_check, created_at) \
                   VALUES (1, $1, $2, $3, $4, $5, $6) ON CONFLICT (root_id) DO NOTHING"
        (Blob, BigInt, BigInt, BigInt, Blob, BigInt);

    /// Every version of an instance key, the oldest first.
    INSTANCE_KEYS = "SELECT key_version, wrapped FROM keyring_instance_key WHERE purpose = $1 ORDER BY key_version"
        (Text) -> (key_version: BigInt, wrapped: Blob);

    /// Adds an instance key.
    INSERT_INSTANCE_KEY = "INSERT INTO keyring_instance_key (purpose, key_version, wrapped, created_at) \
                           VALUES ($1, $2, $3, $4) ON CONFLICT (purpose, key_version) DO NOTHING"
        (Text, BigInt, Blob, BigInt);

    /// The newest epoch of a tenant.
    NEWEST_EPOCH = "SELECT epoch, wrapped FROM keyring_epoch WHERE tenant_id = $1 ORDER BY epoch DESC LIMIT 1"
        (BigInt) -> (epoch: BigInt, wrapped: Blob);

    /// Begins an epoch.
    INSERT_EPOCH = "INSERT INTO keyring_epoch (tenant_id, epoch, wrapped, created_at) \
                    VALUES ($1, $2, $3, $4) ON CONFLICT (tenant_id, epoch) DO NOTHING"
        (BigInt, BigInt, Blob, BigInt);

    /// Every version of a subject's key, the oldest first, with the epoch key that wraps it.
    SUBJECT_KEYS = "SELECT k.key_version, k.epoch, k.wrapped, e.wrapped AS epoch_wrapped \
                    FROM keyring_key k JOIN keyring_epoch e ON e.tenant_id = k.tenant_id AND e.epoch = k.epoch \
                    WHERE k.tenant_id = $1 AND k.subject_kind = $2 AND k.subject_id = $3 AND k.wrapped IS NOT NULL \
                    ORDER BY k.key_version"
        (BigInt, Text, BigInt) -> (key_version: BigInt, epoch: BigInt, wrapped: Blob, epoch_wrapped: Blob);

    /// Whether a subject's newest key exists, and whether it was destroyed.
    NEWEST_SUBJECT_KEY = "SELECT key_version, destroyed_at FROM keyring_key \
                          WHERE tenant_id = $1 AND subject_kind = $2 AND subject_id = $3 ORDER BY key_version DESC LIMIT 1"
        (BigInt, Text, BigInt) -> (key_version: BigInt, destroyed_at: BigInt);

    /// Adds a subject's key.
    INSERT_SUBJECT_KEY = "INSERT INTO keyring_key (tenant_id, subject_kind, subject_id, key_version, epoch, wrapped, created_at) \
                          VALUES ($1, $2, $3, $4, $5, $6, $7) \
                          ON CONFLICT (tenant_id, subject_kind, subject_id, key_version) DO NOTHING"
        (BigInt, Text, BigInt, BigInt, BigInt, Blob, BigInt);

    /// Destroys every version of a subject's key; the rows stay, so that it is never made again.
    DESTROY_SUBJECT_KEYS = "UPDATE keyring_key SET wrapped = NULL, destroyed_at = $4 \
                            WHERE tenant_id = $1 AND subject_kind = $2 AND subject_id = $3 AND wrapped IS NOT NULL"
        (BigInt, Text, BigInt, BigInt);
}

statements! {
    registry = TENANT_STATEMENTS;
    store = Tenant;

    /// Adds a leaf to the tenant's ledger, not yet in its order.
    INSERT_LEAF = "INSERT INTO ledger_leaf \
                   (tenant_id, leaf_id, kind, actor_kind, actor_id, subject_id, recorded_at, commitment, sealed) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
        (BigInt, BigInt, Text, Text, BigInt, BigInt, BigInt, Blob, Blob);

    /// A leaf of the tenant's ledger.
    LEAF = "SELECT kind, subject_id, commitment, sealed FROM ledger_leaf WHERE tenant_id = $1 AND leaf_id = $2"
        (BigInt, BigInt) -> (kind: Text, subject_id: BigInt, commitment: Blob, sealed: Blob);
}

statements! {
    registry = SYSTEM_STATEMENTS;
    store = System;

    /// Adds a leaf to the instance's ledger, not yet in its order.
    INSERT_INSTANCE_LEAF = "INSERT INTO instance_ledger_leaf \
                            (leaf_id, kind, actor_kind, actor_id, subject_id, recorded_at, commitment, sealed) \
                            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
        (BigInt, Text, Text, BigInt, BigInt, BigInt, Blob, Blob);

    /// A leaf of the instance's ledger.
    INSTANCE_LEAF = "SELECT kind, subject_id, commitment, sealed FROM instance_ledger_leaf WHERE leaf_id = $1"
        (BigInt) -> (kind: Text, subject_id: BigInt, commitment: Blob, sealed: Blob);
}
