//! The SQL of exports that wait to be fetched, of their keys, and of imports.

use kernel::data_map::StoreKind;
use store::{Migration, Schema, statements};

use crate::data_map;

/// What is kept of them, in each store that something is kept in.
pub(super) static SCHEMAS: [Schema; 2] = [
    Schema::new(
        "trust-exports",
        StoreKind::System,
        &[Migration { version: 1, name: "export_archive", sql: include_str!("../migrations/0001_export_archive.sql") }],
        data_map::EXPORTS,
        SYSTEM_STATEMENTS,
    ),
    Schema::new(
        "trust-exports",
        StoreKind::Keyring,
        &[Migration { version: 1, name: "export_key", sql: include_str!("../migrations/0001_export_key.sql") }],
        data_map::EXPORT_KEYS,
        KEYRING_STATEMENTS,
    ),
];

statements! {
    registry = SYSTEM_STATEMENTS;
    store = System;

    /// Asks for an export.
    INSERT_EXPORT = "INSERT INTO export_archive (export_id, tenant_id, subject_kind, subject_id, user_id, state, requested_at, attempts, \
                     tables_done, rows_done, bytes_done) VALUES ($1, $2, $3, $4, $5, 'waiting', $6, 0, 0, 0, 0)"
        (BigInt, BigInt, Text, BigInt, BigInt, BigInt);

    /// One export.
    EXPORT = "SELECT export_id, tenant_id, subject_kind, subject_id, user_id, state, requested_at, attempts, expires_at, ended_at, \
              tables_done, rows_done, bytes_done, size_bytes, facts FROM export_archive WHERE export_id = $1"
        (BigInt)
        -> (export_id: BigInt, tenant_id: BigInt, subject_kind: Text, subject_id: BigInt, user_id: BigInt, state: Text, requested_at: BigInt,
            attempts: BigInt, expires_at: BigInt, ended_at: BigInt, tables_done: BigInt, rows_done: BigInt, bytes_done: BigInt,
            size_bytes: BigInt, facts: Blob);

    /// A tenant's exports after one of them; only those of a user's own data, unless $3 says that all are meant.
    EXPORTS_OF_TENANT = "SELECT export_id, tenant_id, subject_kind, subject_id, user_id, state, requested_at, attempts, expires_at, ended_at, \
                         tables_done, rows_done, bytes_done, size_bytes, facts FROM export_archive \
                         WHERE tenant_id = $1 AND export_id > $2 AND ($3 = 1 OR (subject_kind = 'user' AND subject_id = $4)) \
                         ORDER BY export_id LIMIT $5"
        (BigInt, BigInt, BigInt, BigInt, BigInt)
        -> (export_id: BigInt, tenant_id: BigInt, subject_kind: Text, subject_id: BigInt, user_id: BigInt, state: Text, requested_at: BigInt,
            attempts: BigInt, expires_at: BigInt, ended_at: BigInt, tables_done: BigInt, rows_done: BigInt, bytes_done: BigInt,
            size_bytes: BigInt, facts: Blob);

    /// How many of a tenant's exports are not made yet, and how many are not over.
    COUNT_EXPORTS = "SELECT COUNT(CASE WHEN state = 'ready' THEN NULL ELSE 1 END) AS unmade, COUNT(*) AS kept FROM export_archive \
                     WHERE tenant_id = $1 AND state IN ('waiting', 'running', 'ready')"
        (BigInt) -> (unmade: BigInt, kept: BigInt);

    /// The export that waits longest to be made; one whose making was cut off before any other.
    NEXT_EXPORT = "SELECT export_id FROM export_archive WHERE state IN ('waiting', 'running') \
                   ORDER BY state ASC NULLS LAST, requested_at ASC NULLS LAST, export_id LIMIT 1"
        () -> (export_id: BigInt);

    /// Exports of a tenant that are not over.
    OPEN_EXPORTS = "SELECT export_id, tenant_id, subject_kind, subject_id FROM export_archive \
                    WHERE tenant_id = $1 AND state IN ('waiting', 'running', 'ready') ORDER BY export_id LIMIT $2"
        (BigInt, BigInt) -> (export_id: BigInt, tenant_id: BigInt, subject_kind: Text, subject_id: BigInt);

    /// Exports whose time to be fetched is over.
    EXPORTS_DUE = "SELECT export_id, tenant_id, subject_kind, subject_id FROM export_archive \
                   WHERE state = 'ready' AND expires_at <= $1 ORDER BY export_id LIMIT $2"
        (BigInt, BigInt) -> (export_id: BigInt, tenant_id: BigInt, subject_kind: Text, subject_id: BigInt);

    /// Exports that are over and of which something may be left, after one of them.
    EXPORTS_LEFT = "SELECT export_id FROM export_archive \
                    WHERE gone_at IS NULL AND state NOT IN ('waiting', 'running', 'ready') AND export_id > $1 ORDER BY export_id LIMIT $2"
        (BigInt, BigInt) -> (export_id: BigInt);

    /// Those of a tenant.
    EXPORTS_LEFT_OF_TENANT = "SELECT export_id FROM export_archive \
                              WHERE tenant_id = $1 AND gone_at IS NULL AND state NOT IN ('waiting', 'running', 'ready') \
                              ORDER BY export_id LIMIT $2"
        (BigInt, BigInt) -> (export_id: BigInt);

    /// Begins to make an export, or begins anew.
    BEGIN_EXPORT = "UPDATE export_archive SET state = 'running', attempts = attempts + 1 \
                    WHERE export_id = $1 AND state IN ('waiting', 'running')"
        (BigInt);

    /// An export that was begun and did not end is begun anew later, as if it had not been begun.
    PUT_EXPORT_OFF = "UPDATE export_archive SET attempts = attempts - 1 WHERE export_id = $1 AND state = 'running'" (BigInt);

    /// An export is made and can be fetched.
    FINISH_EXPORT = "UPDATE export_archive SET state = 'ready', expires_at = $2, tables_done = $3, rows_done = $4, bytes_done = $5, \
                     size_bytes = $6, facts = $7 WHERE export_id = $1 AND state = 'running'"
        (BigInt, BigInt, BigInt, BigInt, BigInt, BigInt, Blob);

    /// An export is over.
    END_EXPORT = "UPDATE export_archive SET state = $2, ended_at = $3, facts = NULL \
                  WHERE export_id = $1 AND state IN ('waiting', 'running', 'ready')"
        (BigInt, Text, BigInt);

    /// Nothing is left of an export.
    SET_EXPORT_GONE = "UPDATE export_archive SET gone_at = $2 WHERE export_id = $1 AND gone_at IS NULL" (BigInt, BigInt);

    /// An erasure of anything of a tenant's that is not done and not called off.
    ANY_OPEN_ERASURE = "SELECT erasure_id FROM erasure WHERE tenant_id = $1 AND state IN ('waiting', 'running') ORDER BY erasure_id LIMIT 1"
        (BigInt) -> (erasure_id: BigInt);

    /// Forgets that there were exports of which nothing is left since long.
    FORGET_EXPORTS = "DELETE FROM export_archive WHERE gone_at <= $1" (BigInt);
}

statements! {
    registry = KEYRING_STATEMENTS;
    store = Keyring;

    /// Notes the key of an export.
    INSERT_EXPORT_KEY = "INSERT INTO keyring_export_key (export_id, tenant_id, sealed, created_at) VALUES ($1, $2, $3, $4)"
        (BigInt, BigInt, Blob, BigInt);

    /// The key of an export.
    EXPORT_KEY = "SELECT sealed FROM keyring_export_key WHERE export_id = $1" (BigInt) -> (sealed: Blob);

    /// Forgets the keys that were made for an import which is given up; those that were destroyed stay so.
    FORGET_KEYS = "DELETE FROM keyring_key WHERE tenant_id = $1 AND destroyed_at IS NULL" (BigInt);

    /// Destroys the key of an export.
    DELETE_EXPORT_KEY = "DELETE FROM keyring_export_key WHERE export_id = $1" (BigInt);
}
