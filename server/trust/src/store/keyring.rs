//! The keyring's SQL.

use kernel::data_map::StoreKind;
use store::{Migration, Schema, statements};

use crate::data_map;

/// What trust keeps in the keyring.
pub(super) const SCHEMA: Schema = Schema::new(
    "trust",
    StoreKind::Keyring,
    &[
        Migration { version: 1, name: "keyring", sql: include_str!("../migrations/0001_keyring.sql") },
        Migration { version: 2, name: "log_anchor", sql: include_str!("../migrations/0002_log_anchor.sql") },
        Migration { version: 3, name: "key_commitment", sql: include_str!("../migrations/0003_key_commitment.sql") },
        Migration { version: 4, name: "day_key", sql: include_str!("../migrations/0004_day_key.sql") },
        Migration { version: 5, name: "epoch_told", sql: include_str!("../migrations/0005_epoch_told.sql") },
        Migration { version: 6, name: "root_provider", sql: include_str!("../migrations/0006_root_provider.sql") },
        Migration { version: 7, name: "known_tombstones", sql: include_str!("../migrations/0007_known_tombstones.sql") },
    ],
    data_map::KEYRING,
    STATEMENTS,
);

statements! {
    store = Keyring;

    /// How the root key is wrapped: by its provider, or by one that is offered.
    ROOT = "SELECT root_id, salt, memory_kib, passes, lanes, sealed_check, created_at, provider, wrapped FROM keyring_root WHERE root_id = $1"
        (BigInt)
        -> (root_id: BigInt, salt: Blob, memory_kib: BigInt, passes: BigInt, lanes: BigInt, sealed_check: Blob, created_at: BigInt,
            provider: Text, wrapped: Blob);

    /// Notes how the root key is wrapped, where nothing is noted yet.
    INSERT_ROOT = "INSERT INTO keyring_root (root_id, salt, memory_kib, passes, lanes, sealed_check, created_at, provider, wrapped) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (root_id) DO NOTHING"
        (BigInt, Blob, BigInt, BigInt, BigInt, Blob, BigInt, Text, Blob);

    /// Forgets how the root key is wrapped by one provider.
    DELETE_ROOT = "DELETE FROM keyring_root WHERE root_id = $1" (BigInt);

    /// Every instance key.
    ALL_INSTANCE_KEYS = "SELECT purpose, key_version, wrapped FROM keyring_instance_key ORDER BY purpose, key_version"
        () -> (purpose: Text, key_version: BigInt, wrapped: Blob);

    /// Wraps an instance key anew.
    SET_INSTANCE_KEY = "UPDATE keyring_instance_key SET wrapped = $3 WHERE purpose = $1 AND key_version = $2" (Text, BigInt, Blob);

    /// Every epoch of every tenant.
    ALL_EPOCHS = "SELECT tenant_id, epoch, wrapped FROM keyring_epoch ORDER BY tenant_id, epoch"
        () -> (tenant_id: BigInt, epoch: BigInt, wrapped: Blob);

    /// Wraps an epoch anew.
    SET_EPOCH = "UPDATE keyring_epoch SET wrapped = $3 WHERE tenant_id = $1 AND epoch = $2" (BigInt, BigInt, Blob);

    /// Every version of an instance key, the oldest first.
    INSTANCE_KEYS = "SELECT key_version, wrapped FROM keyring_instance_key WHERE purpose = $1 ORDER BY key_version"
        (Text) -> (key_version: BigInt, wrapped: Blob);

    /// Adds an instance key.
    INSERT_INSTANCE_KEY = "INSERT INTO keyring_instance_key (purpose, key_version, wrapped, created_at) \
                           VALUES ($1, $2, $3, $4) ON CONFLICT (purpose, key_version) DO NOTHING"
        (Text, BigInt, Blob, BigInt);

    /// The newest epoch of a tenant.
    NEWEST_EPOCH = "SELECT epoch, wrapped, created_at FROM keyring_epoch WHERE tenant_id = $1 ORDER BY epoch DESC LIMIT 1"
        (BigInt) -> (epoch: BigInt, wrapped: Blob, created_at: BigInt);

    /// Every epoch of a tenant.
    EPOCHS = "SELECT epoch, wrapped FROM keyring_epoch WHERE tenant_id = $1 ORDER BY epoch" (BigInt) -> (epoch: BigInt, wrapped: Blob);

    /// Holds an epoch until the transaction's end, so that nobody ends it meanwhile.
    HOLD_EPOCH = "UPDATE keyring_epoch SET created_at = created_at WHERE tenant_id = $1 AND epoch = $2" (BigInt, BigInt);

    /// Ends every epoch before the newest.
    DELETE_OLDER_EPOCHS = "DELETE FROM keyring_epoch WHERE tenant_id = $1 AND epoch < $2" (BigInt, BigInt);

    /// Keys that an older epoch wraps.
    KEYS_OF_OLDER_EPOCHS = "SELECT subject_kind, subject_id, key_version, epoch, wrapped, commitment FROM keyring_key \
                            WHERE tenant_id = $1 AND epoch < $2 AND wrapped IS NOT NULL \
                            ORDER BY subject_kind, subject_id, key_version LIMIT $3"
        (BigInt, BigInt, BigInt) -> (subject_kind: Text, subject_id: BigInt, key_version: BigInt, epoch: BigInt, wrapped: Blob, commitment: Blob);

    /// Moves a key to a newer epoch.
    MOVE_KEY = "UPDATE keyring_key SET epoch = $5, wrapped = $6, commitment = $7 \
                WHERE tenant_id = $1 AND subject_kind = $2 AND subject_id = $3 AND key_version = $4 AND wrapped IS NOT NULL"
        (BigInt, Text, BigInt, BigInt, BigInt, Blob, Blob);

    /// Tenants of which an epoch is left that wrapped a destroyed key, that is not the newest, or that the ledger was not told of.
    ROLLS_DUE = "SELECT due.tenant_id FROM ( \
                 SELECT k.tenant_id FROM keyring_key k JOIN keyring_epoch e ON e.tenant_id = k.tenant_id AND e.epoch = k.epoch \
                 WHERE k.destroyed_at IS NOT NULL \
                 UNION SELECT e.tenant_id FROM keyring_epoch e WHERE e.epoch < \
                 (SELECT MAX(n.epoch) FROM keyring_epoch n WHERE n.tenant_id = e.tenant_id) \
                 UNION SELECT u.tenant_id FROM keyring_epoch u WHERE u.told_at IS NULL) due \
                 WHERE due.tenant_id > $1 ORDER BY due.tenant_id LIMIT $2"
        (BigInt, BigInt) -> (tenant_id: BigInt);

    /// The oldest epoch of a tenant, where the ledger was not told that those before it are gone.
    UNTOLD_EPOCH = "SELECT e.epoch FROM keyring_epoch e WHERE e.tenant_id = $1 AND e.told_at IS NULL AND \
                    e.epoch = (SELECT MIN(n.epoch) FROM keyring_epoch n WHERE n.tenant_id = e.tenant_id)"
        (BigInt) -> (epoch: BigInt);

    /// Notes that the ledger was told of an epoch.
    SET_TOLD = "UPDATE keyring_epoch SET told_at = $3 WHERE tenant_id = $1 AND epoch = $2" (BigInt, BigInt, BigInt);

    /// The same, of one tenant.
    ROLL_DUE = "SELECT e.epoch FROM keyring_epoch e WHERE e.tenant_id = $1 AND ( \
                e.epoch < (SELECT MAX(n.epoch) FROM keyring_epoch n WHERE n.tenant_id = e.tenant_id) OR EXISTS ( \
                SELECT 1 FROM keyring_key k WHERE k.tenant_id = e.tenant_id AND k.epoch = e.epoch AND k.destroyed_at IS NOT NULL)) \
                ORDER BY e.epoch LIMIT 1"
        (BigInt) -> (epoch: BigInt);

    /// When the first key was destroyed that an epoch still there has wrapped.
    ROLL_DUE_SINCE = "SELECT k.destroyed_at FROM keyring_key k JOIN keyring_epoch e ON e.tenant_id = k.tenant_id AND e.epoch = k.epoch \
                      WHERE k.destroyed_at IS NOT NULL ORDER BY k.destroyed_at ASC NULLS FIRST LIMIT 1"
        () -> (destroyed_at: BigInt);

    /// How many keys of a tenant can be used, and how many there ever were.
    COUNT_KEYS = "SELECT COUNT(wrapped) AS usable, COUNT(key_version) AS made FROM keyring_key WHERE tenant_id = $1"
        (BigInt) -> (usable: BigInt, made: BigInt);

    /// The commitments to a subject's keys that can be used, and the epoch that wraps them.
    COMMITMENTS = "SELECT commitment, epoch FROM keyring_key \
                   WHERE tenant_id = $1 AND subject_kind = $2 AND subject_id = $3 AND wrapped IS NOT NULL ORDER BY key_version"
        (BigInt, Text, BigInt) -> (commitment: Blob, epoch: BigInt);

    /// Begins an epoch.
    INSERT_EPOCH = "INSERT INTO keyring_epoch (tenant_id, epoch, wrapped, created_at, told_at) \
                    VALUES ($1, $2, $3, $4, $5) ON CONFLICT (tenant_id, epoch) DO NOTHING"
        (BigInt, BigInt, Blob, BigInt, BigInt);

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
    INSERT_SUBJECT_KEY = "INSERT INTO keyring_key \
                          (tenant_id, subject_kind, subject_id, key_version, epoch, wrapped, created_at, commitment) \
                          VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
                          ON CONFLICT (tenant_id, subject_kind, subject_id, key_version) DO NOTHING"
        (BigInt, Text, BigInt, BigInt, BigInt, Blob, BigInt, Blob);

    /// Destroys every version of a subject's key; the rows stay, so that it is never made again.
    DESTROY_SUBJECT_KEYS = "UPDATE keyring_key SET wrapped = NULL, destroyed_at = $4 \
                            WHERE tenant_id = $1 AND subject_kind = $2 AND subject_id = $3 AND wrapped IS NOT NULL"
        (BigInt, Text, BigInt, BigInt);

    /// The commitments to every key of a tenant that can be used.
    ALL_COMMITMENTS = "SELECT subject_kind, commitment, epoch FROM keyring_key WHERE tenant_id = $1 AND wrapped IS NOT NULL \
                       ORDER BY subject_kind, subject_id, key_version"
        (BigInt) -> (subject_kind: Text, commitment: Blob, epoch: BigInt);

    /// Forgets the keys of a tenant's devices and users.
    DELETE_OTHER_KEYS = "DELETE FROM keyring_key WHERE tenant_id = $1 AND subject_kind <> 'tenant'" (BigInt);

    /// Ends every epoch of a tenant.
    DELETE_EPOCHS = "DELETE FROM keyring_epoch WHERE tenant_id = $1" (BigInt);

    /// Forgets what was signed of a tenant's log.
    DELETE_LOG_ANCHOR = "DELETE FROM keyring_log_anchor WHERE tenant_id = $1" (BigInt);

    /// How many tombstones the keyring knows of.
    KNOWN_TOMBSTONES = "SELECT known FROM keyring_known_tombstones WHERE known_id = 1" () -> (known: BigInt);

    /// Knows of one more.
    KNOW_ONE_MORE = "INSERT INTO keyring_known_tombstones (known_id, known) VALUES (1, 1) \
                     ON CONFLICT (known_id) DO UPDATE SET known = keyring_known_tombstones.known + 1"
        ();

    /// Knows of so many.
    KNOW_ALL = "INSERT INTO keyring_known_tombstones (known_id, known) VALUES (1, $1) ON CONFLICT (known_id) DO UPDATE SET known = excluded.known"
        (BigInt);

    /// Notes a key as destroyed that was never here.
    INSERT_DESTROYED_KEY = "INSERT INTO keyring_key (tenant_id, subject_kind, subject_id, key_version, epoch, created_at, destroyed_at) \
                            VALUES ($1, $2, $3, 1, $4, $5, $5) ON CONFLICT (tenant_id, subject_kind, subject_id, key_version) DO NOTHING"
        (BigInt, Text, BigInt, BigInt, BigInt);

    /// What a second copy is compared by: it is in step where all of this is the same. Remainders, so that no sum overflows.
    KEYRING_STATE = "SELECT (SELECT COUNT(wrapped) FROM keyring_key) AS usable, (SELECT COUNT(*) FROM keyring_key) AS made, \
                     (SELECT COALESCE(CAST(SUM(epoch % 1000000000) AS BIGINT), 0) FROM keyring_epoch) AS epochs, \
                     (SELECT COALESCE(CAST(SUM(size % 1000000000) AS BIGINT), 0) FROM keyring_log_anchor) AS anchors, \
                     (SELECT COUNT(*) FROM keyring_instance_key) AS instance_keys, \
                     (SELECT COUNT(*) * 1000000 + COUNT(wrapped) FROM keyring_day_key) AS days, \
                     (SELECT sealed_check FROM keyring_root WHERE root_id = 1) AS root"
        () -> (usable: BigInt, made: BigInt, epochs: BigInt, anchors: BigInt, instance_keys: BigInt, days: BigInt, root: Blob);

    /// Every way in which the root key is wrapped, whole.
    COPY_ROOT = "SELECT root_id, salt, memory_kib, passes, lanes, sealed_check, created_at, provider, wrapped FROM keyring_root ORDER BY root_id"
        () -> (root_id: BigInt, salt: Blob, memory_kib: BigInt, passes: BigInt, lanes: BigInt, sealed_check: Blob, created_at: BigInt,
            provider: Text, wrapped: Blob);

    /// Every instance key, whole.
    COPY_INSTANCE_KEY = "SELECT purpose, key_version, wrapped, created_at FROM keyring_instance_key ORDER BY purpose, key_version"
        () -> (purpose: Text, key_version: BigInt, wrapped: Blob, created_at: BigInt);

    /// Every epoch, whole.
    COPY_EPOCH = "SELECT tenant_id, epoch, wrapped, created_at, told_at FROM keyring_epoch ORDER BY tenant_id, epoch"
        () -> (tenant_id: BigInt, epoch: BigInt, wrapped: Blob, created_at: BigInt, told_at: BigInt);

    /// Every key, whole.
    COPY_KEY = "SELECT tenant_id, subject_kind, subject_id, key_version, epoch, wrapped, created_at, destroyed_at, commitment \
                FROM keyring_key ORDER BY tenant_id, subject_kind, subject_id, key_version"
        () -> (tenant_id: BigInt, subject_kind: Text, subject_id: BigInt, key_version: BigInt, epoch: BigInt, wrapped: Blob,
            created_at: BigInt, destroyed_at: BigInt, commitment: Blob);

    /// Every largest tree that was signed, whole.
    COPY_LOG_ANCHOR = "SELECT tenant_id, size, root, anchored_at FROM keyring_log_anchor ORDER BY tenant_id"
        () -> (tenant_id: BigInt, size: BigInt, root: Blob, anchored_at: BigInt);

    /// Puts a key back that lay in a copy.
    RESTORE_KEY = "INSERT INTO keyring_key \
                   (tenant_id, subject_kind, subject_id, key_version, epoch, wrapped, created_at, destroyed_at, commitment) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (tenant_id, subject_kind, subject_id, key_version) DO NOTHING"
        (BigInt, Text, BigInt, BigInt, BigInt, Blob, BigInt, BigInt, Blob);

    /// Every day's key that is not destroyed.
    DAY_KEYS = "SELECT day, wrapped FROM keyring_day_key WHERE wrapped IS NOT NULL ORDER BY day" () -> (day: BigInt, wrapped: Blob);

    /// Wraps a day's key anew.
    SET_DAY_KEY = "UPDATE keyring_day_key SET wrapped = $2 WHERE day = $1 AND wrapped IS NOT NULL" (BigInt, Blob);

    /// Every day's key, whole.
    COPY_DAY_KEY = "SELECT day, wrapped, created_at, destroyed_at, commitment FROM keyring_day_key ORDER BY day"
        () -> (day: BigInt, wrapped: Blob, created_at: BigInt, destroyed_at: BigInt, commitment: Blob);

    /// Puts a day's key back that lay in a copy.
    RESTORE_DAY_KEY = "INSERT INTO keyring_day_key (day, wrapped, created_at, destroyed_at, commitment) VALUES ($1, $2, $3, $4, $5) \
                       ON CONFLICT (day) DO NOTHING"
        (BigInt, Blob, BigInt, BigInt, Blob);

    /// One version of a key, as a copy is compared with it.
    KEY_FACTS = "SELECT commitment, destroyed_at FROM keyring_key \
                 WHERE tenant_id = $1 AND subject_kind = $2 AND subject_id = $3 AND key_version = $4"
        (BigInt, Text, BigInt, BigInt) -> (commitment: Blob, destroyed_at: BigInt);

    /// The largest tree that was ever signed of a log.
    LOG_ANCHOR = "SELECT size, root FROM keyring_log_anchor WHERE tenant_id = $1" (BigInt) -> (size: BigInt, root: Blob);

    /// Notes the largest tree that was signed of a log; it never goes back.
    SET_LOG_ANCHOR = "INSERT INTO keyring_log_anchor (tenant_id, size, root, anchored_at) VALUES ($1, $2, $3, $4) \
                      ON CONFLICT (tenant_id) DO UPDATE SET size = excluded.size, root = excluded.root, \
                      anchored_at = excluded.anchored_at WHERE excluded.size > keyring_log_anchor.size"
        (BigInt, BigInt, Blob, BigInt);

    /// The key of a day, and by what it is named once it is destroyed.
    DAY_KEY = "SELECT wrapped, commitment FROM keyring_day_key WHERE day = $1" (BigInt) -> (wrapped: Blob, commitment: Blob);

    /// Makes the key of a day, where it never had one.
    INSERT_DAY_KEY = "INSERT INTO keyring_day_key (day, wrapped, created_at, commitment) VALUES ($1, $2, $3, $4) \
                      ON CONFLICT (day) DO NOTHING"
        (BigInt, Blob, BigInt, Blob);

    /// Days before this one whose keys are there, the oldest first.
    DAY_KEYS_BEFORE = "SELECT day, commitment FROM keyring_day_key WHERE day < $1 AND wrapped IS NOT NULL ORDER BY day LIMIT $2"
        (BigInt, BigInt) -> (day: BigInt, commitment: Blob);

    /// Destroys the key of a day; the row stays, so that it is never made again.
    DESTROY_DAY_KEY = "UPDATE keyring_day_key SET wrapped = NULL, destroyed_at = $2 WHERE day = $1 AND wrapped IS NOT NULL"
        (BigInt, BigInt);
}
