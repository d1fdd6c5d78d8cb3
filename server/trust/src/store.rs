//! All of trust's SQL: the keyring's, and that of `announcements`, `cases`, `exports`, open `intents`, the `policy`, `retention`, `rights` and
//! the `succession` of logs, in files of their own.

pub(crate) mod announcements;
pub(crate) mod cases;
pub(crate) mod exports;
pub(crate) mod intents;
mod keyring;
pub(crate) mod policy;
pub(crate) mod retention;
pub(crate) mod rights;
pub(crate) mod succession;

use kernel::data_map::StoreKind;
use store::{Migration, Schema, statements};

pub(crate) use self::keyring::*;
use crate::data_map;

/// What trust keeps, in each store that it keeps something in.
pub static SCHEMAS: &[Schema] = &[
    keyring::SCHEMA,
    Schema::new(
        "trust",
        StoreKind::Tenant,
        &[
            Migration { version: 1, name: "ledger", sql: include_str!("migrations/0001_ledger.sql") },
            Migration { version: 2, name: "ledger_tree", sql: include_str!("migrations/0002_ledger_tree.sql") },
            Migration { version: 3, name: "erased_subject", sql: include_str!("migrations/0003_erased_subject.sql") },
            Migration { version: 4, name: "ledger_gathered", sql: include_str!("migrations/0004_ledger_gathered.sql") },
            Migration { version: 5, name: "leaf_binding", sql: include_str!("migrations/0005_leaf_binding.sql") },
            Migration { version: 6, name: "ledger_kind", sql: include_str!("migrations/0006_ledger_kind.sql") },
        ],
        data_map::TENANT,
        TENANT_STATEMENTS,
    ),
    Schema::new(
        "trust",
        StoreKind::System,
        &[
            Migration { version: 1, name: "instance_ledger", sql: include_str!("migrations/0001_instance_ledger.sql") },
            Migration { version: 2, name: "instance_ledger_tree", sql: include_str!("migrations/0002_instance_ledger_tree.sql") },
            Migration { version: 3, name: "erasure", sql: include_str!("migrations/0003_erasure.sql") },
            Migration { version: 4, name: "access_log", sql: include_str!("migrations/0004_access_log.sql") },
            Migration { version: 5, name: "sub_processor", sql: include_str!("migrations/0005_sub_processor.sql") },
            Migration { version: 6, name: "doctor", sql: include_str!("migrations/0006_doctor.sql") },
            Migration { version: 7, name: "key_tombstone", sql: include_str!("migrations/0007_key_tombstone.sql") },
        ],
        data_map::SYSTEM,
        SYSTEM_STATEMENTS,
    ),
    announcements::SCHEMA,
    cases::SCHEMA,
    exports::SCHEMAS[0],
    exports::SCHEMAS[1],
    intents::TENANT,
    intents::SYSTEM,
    policy::SCHEMA,
    retention::SCHEMA,
    rights::SCHEMA,
    succession::KEYRING,
    succession::TENANT,
    succession::SYSTEM,
];

statements! {
    registry = TENANT_STATEMENTS;
    store = Tenant;

    /// Adds a leaf to the tenant's ledger, not yet in its order.
    INSERT_LEAF = "INSERT INTO ledger_leaf \
                   (tenant_id, leaf_id, kind, actor_kind, actor_id, subject_id, recorded_at, commitment, sealed, binding) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
        (BigInt, BigInt, Text, Text, BigInt, BigInt, BigInt, Blob, Blob, Blob);

    /// Leaves that are not in the tenant's log yet, in the order in which they come into it.
    UNSEQUENCED = "SELECT leaf_id, commitment FROM ledger_leaf WHERE tenant_id = $1 AND sequence IS NULL \
                   ORDER BY recorded_at, leaf_id LIMIT $2"
        (BigInt, BigInt) -> (leaf_id: BigInt, commitment: Blob);

    /// When the first leaf was recorded that is not in the tenant's log yet.
    UNSEQUENCED_SINCE = "SELECT recorded_at FROM ledger_leaf WHERE tenant_id = $1 AND sequence IS NULL ORDER BY recorded_at LIMIT 1"
        (BigInt) -> (recorded_at: BigInt);

    /// Gives a leaf its place, where it has none.
    SET_SEQUENCE = "UPDATE ledger_leaf SET sequence = $3 WHERE tenant_id = $1 AND leaf_id = $2 AND sequence IS NULL"
        (BigInt, BigInt, BigInt);

    /// Leaves below a place of the tenant's log, the newest first.
    LEAVES_BELOW = "SELECT leaf_id, sequence, recorded_at, actor_kind, actor_id, kind, subject_id, commitment, sealed, binding \
                    FROM ledger_leaf WHERE tenant_id = $1 AND sequence < $2 ORDER BY sequence DESC LIMIT $3"
        (BigInt, BigInt, BigInt)
        -> (leaf_id: BigInt, sequence: BigInt, recorded_at: BigInt, actor_kind: Text, actor_id: BigInt, kind: Text, subject_id: BigInt,
            commitment: Blob, sealed: Blob, binding: Blob);

    /// Leaves from a place of the tenant's log on, in its order.
    LEAVES_FROM = "SELECT leaf_id, sequence, recorded_at, actor_kind, actor_id, kind, subject_id, commitment, sealed, binding \
                   FROM ledger_leaf WHERE tenant_id = $1 AND sequence >= $2 ORDER BY sequence LIMIT $3"
        (BigInt, BigInt, BigInt)
        -> (leaf_id: BigInt, sequence: BigInt, recorded_at: BigInt, actor_kind: Text, actor_id: BigInt, kind: Text, subject_id: BigInt,
            commitment: Blob, sealed: Blob, binding: Blob);

    /// The newest leaves of a kind in the tenant's log.
    NEWEST_OF_KIND = "SELECT leaf_id, sequence, recorded_at, actor_kind, actor_id, kind, subject_id, commitment, sealed, binding \
                      FROM ledger_leaf WHERE tenant_id = $1 AND kind = $2 ORDER BY recorded_at DESC, leaf_id DESC LIMIT $3"
        (BigInt, Text, BigInt)
        -> (leaf_id: BigInt, sequence: BigInt, recorded_at: BigInt, actor_kind: Text, actor_id: BigInt, kind: Text, subject_id: BigInt,
            commitment: Blob, sealed: Blob, binding: Blob);

    /// The newest leaves of a kind about a subject.
    NEWEST_ABOUT = "SELECT leaf_id, sequence, recorded_at, actor_kind, actor_id, kind, subject_id, commitment, sealed, binding \
                    FROM ledger_leaf WHERE tenant_id = $1 AND kind = $2 AND subject_id = $3 \
                    ORDER BY recorded_at DESC, leaf_id DESC LIMIT $4"
        (BigInt, Text, BigInt, BigInt)
        -> (leaf_id: BigInt, sequence: BigInt, recorded_at: BigInt, actor_kind: Text, actor_id: BigInt, kind: Text, subject_id: BigInt,
            commitment: Blob, sealed: Blob, binding: Blob);

    /// A leaf of the tenant's log, as the lists give it; its place is empty where it has none yet.
    LISTED_LEAF = "SELECT leaf_id, sequence, recorded_at, actor_kind, actor_id, kind, subject_id, commitment, sealed, binding \
                   FROM ledger_leaf WHERE tenant_id = $1 AND leaf_id = $2"
        (BigInt, BigInt)
        -> (leaf_id: BigInt, sequence: BigInt, recorded_at: BigInt, actor_kind: Text, actor_id: BigInt, kind: Text, subject_id: BigInt,
            commitment: Blob, sealed: Blob, binding: Blob);

    /// A tile of the tenant's log.
    TILE = "SELECT hashes FROM ledger_tile WHERE tenant_id = $1 AND level = $2 AND tile = $3" (BigInt, BigInt, BigInt) -> (hashes: Blob);

    /// Writes a tile of the tenant's log.
    PUT_TILE = "INSERT INTO ledger_tile (tenant_id, level, tile, hashes) VALUES ($1, $2, $3, $4) \
                ON CONFLICT (tenant_id, level, tile) DO UPDATE SET hashes = excluded.hashes"
        (BigInt, BigInt, BigInt, Blob);

    /// What the tenant's log is now.
    HEAD = "SELECT day, size, root, made_at FROM ledger_checkpoint WHERE tenant_id = $1 ORDER BY day DESC LIMIT 1"
        (BigInt) -> (day: BigInt, size: BigInt, root: Blob, made_at: BigInt);

    /// What the tenant's log was at the end of each day, from a size on.
    CHECKPOINTS_FROM = "SELECT day, size, root, made_at FROM ledger_checkpoint WHERE tenant_id = $1 AND size >= $2 ORDER BY day LIMIT $3"
        (BigInt, BigInt, BigInt) -> (day: BigInt, size: BigInt, root: Blob, made_at: BigInt);

    /// Begins a day.
    INSERT_HEAD = "INSERT INTO ledger_checkpoint (tenant_id, day, size, root, made_at) VALUES ($1, $2, $3, $4, $5)"
        (BigInt, BigInt, BigInt, Blob, BigInt);

    /// Moves a day on, where it is as it was read.
    MOVE_HEAD = "UPDATE ledger_checkpoint SET size = $3, root = $4, made_at = $5 WHERE tenant_id = $1 AND day = $2 AND size = $6"
        (BigInt, BigInt, BigInt, Blob, BigInt, BigInt);

    /// Notes that a subject is erased, where it is not noted yet.
    INSERT_ERASED = "INSERT INTO erased_subject (tenant_id, subject_kind, subject_id, erased_at) VALUES ($1, $2, $3, $4) \
                     ON CONFLICT (tenant_id, subject_kind, subject_id) DO NOTHING"
        (BigInt, Text, BigInt, BigInt);

    /// The leaf of an erased subject's receipt.
    ERASED_RECEIPT = "SELECT receipt_leaf FROM erased_subject WHERE tenant_id = $1 AND subject_kind = $2 AND subject_id = $3"
        (BigInt, Text, BigInt) -> (receipt_leaf: BigInt);

    /// Notes the leaf of an erased subject's receipt.
    SET_ERASED_RECEIPT = "UPDATE erased_subject SET receipt_leaf = $4 WHERE tenant_id = $1 AND subject_kind = $2 AND subject_id = $3"
        (BigInt, Text, BigInt, BigInt);

    /// The erased subjects of a kind.
    ERASED_OF_KIND = "SELECT subject_id FROM erased_subject WHERE tenant_id = $1 AND subject_kind = $2 ORDER BY subject_id"
        (BigInt, Text) -> (subject_id: BigInt);

    /// How many leaves are about a subject.
    COUNT_LEAVES_ABOUT = "SELECT CAST(COUNT(*) AS BIGINT) AS number FROM ledger_leaf WHERE tenant_id = $1 AND subject_id = $2"
        (BigInt, BigInt) -> (number: BigInt);

    /// Notes where a checkpoint stands in the instance's log; a later one of the same day takes its place.
    PUT_GATHERED = "INSERT INTO ledger_gathered (tenant_id, day, size, root, leaf_id, place, hashes, salt, gathered_at) \
                    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (tenant_id, day) DO UPDATE SET size = excluded.size, \
                    root = excluded.root, leaf_id = excluded.leaf_id, place = excluded.place, hashes = excluded.hashes, \
                    salt = excluded.salt, gathered_at = excluded.gathered_at WHERE excluded.size >= ledger_gathered.size"
        (BigInt, BigInt, BigInt, Blob, BigInt, BigInt, Blob, Blob, BigInt);

    /// The newest checkpoint of the tenant that is in the instance's log.
    GATHERED = "SELECT day, size, root, leaf_id, place, hashes, salt FROM ledger_gathered WHERE tenant_id = $1 ORDER BY day DESC LIMIT 1"
        (BigInt) -> (day: BigInt, size: BigInt, root: Blob, leaf_id: BigInt, place: BigInt, hashes: Blob, salt: Blob);
}

statements! {
    registry = SYSTEM_STATEMENTS;
    store = System;

    /// Notes that a key is destroyed.
    INSERT_TOMBSTONE = "INSERT INTO key_tombstone (tenant_id, subject_kind, subject_id, destroyed_at) VALUES ($1, $2, $3, $4) \
                        ON CONFLICT (tenant_id, subject_kind, subject_id) DO NOTHING"
        (BigInt, Text, BigInt, BigInt);

    /// How many keys are noted as destroyed.
    COUNT_TOMBSTONES = "SELECT COUNT(*) AS tombstones FROM key_tombstone" () -> (tombstones: BigInt);

    /// Destroyed keys behind one of them.
    TOMBSTONES_AFTER = "SELECT tenant_id, subject_kind, subject_id, destroyed_at FROM key_tombstone \
                        WHERE (tenant_id, subject_kind, subject_id) > ($1, $2, $3) ORDER BY tenant_id, subject_kind, subject_id LIMIT $4"
        (BigInt, Text, BigInt, BigInt) -> (tenant_id: BigInt, subject_kind: Text, subject_id: BigInt, destroyed_at: BigInt);

    /// Adds a leaf to the instance's ledger, not yet in its order.
    INSERT_INSTANCE_LEAF = "INSERT INTO instance_ledger_leaf \
                            (leaf_id, kind, actor_kind, actor_id, subject_id, recorded_at, commitment, sealed) \
                            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
        (BigInt, Text, Text, BigInt, BigInt, BigInt, Blob, Blob);

    /// A leaf of the instance's ledger; its place is empty where it has none yet.
    INSTANCE_LEAF = "SELECT leaf_id, sequence, recorded_at, actor_kind, actor_id, kind, subject_id, commitment, sealed \
                     FROM instance_ledger_leaf WHERE leaf_id = $1"
        (BigInt)
        -> (leaf_id: BigInt, sequence: BigInt, recorded_at: BigInt, actor_kind: Text, actor_id: BigInt, kind: Text, subject_id: BigInt,
            commitment: Blob, sealed: Blob);

    /// Leaves below a place of the instance's log, the newest first: of a kind, or of any, recorded between two times.
    INSTANCE_LEAVES_BELOW = "SELECT leaf_id, sequence, recorded_at, actor_kind, actor_id, kind, subject_id, commitment, sealed \
                             FROM instance_ledger_leaf \
                             WHERE sequence < $1 AND ($2 = '' OR kind = $2) AND recorded_at >= $3 AND recorded_at < $4 \
                             ORDER BY sequence DESC LIMIT $5"
        (BigInt, Text, BigInt, BigInt, BigInt)
        -> (leaf_id: BigInt, sequence: BigInt, recorded_at: BigInt, actor_kind: Text, actor_id: BigInt, kind: Text, subject_id: BigInt,
            commitment: Blob, sealed: Blob);

    /// Leaves that are not in the instance's log yet, in the order in which they come into it.
    INSTANCE_UNSEQUENCED = "SELECT leaf_id, commitment FROM instance_ledger_leaf WHERE sequence IS NULL \
                            ORDER BY recorded_at, leaf_id LIMIT $1"
        (BigInt) -> (leaf_id: BigInt, commitment: Blob);

    /// When the first leaf was recorded that is not in the instance's log yet.
    INSTANCE_UNSEQUENCED_SINCE = "SELECT recorded_at FROM instance_ledger_leaf WHERE sequence IS NULL ORDER BY recorded_at LIMIT 1"
        () -> (recorded_at: BigInt);

    /// Gives a leaf its place, where it has none.
    SET_INSTANCE_SEQUENCE = "UPDATE instance_ledger_leaf SET sequence = $2 WHERE leaf_id = $1 AND sequence IS NULL"
        (BigInt, BigInt);

    /// A tile of the instance's log.
    INSTANCE_TILE = "SELECT hashes FROM instance_ledger_tile WHERE level = $1 AND tile = $2" (BigInt, BigInt) -> (hashes: Blob);

    /// Writes a tile of the instance's log.
    PUT_INSTANCE_TILE = "INSERT INTO instance_ledger_tile (level, tile, hashes) VALUES ($1, $2, $3) \
                         ON CONFLICT (level, tile) DO UPDATE SET hashes = excluded.hashes"
        (BigInt, BigInt, Blob);

    /// What the instance's log is now.
    INSTANCE_HEAD = "SELECT day, size, root, made_at FROM instance_ledger_checkpoint ORDER BY day DESC LIMIT 1"
        () -> (day: BigInt, size: BigInt, root: Blob, made_at: BigInt);

    /// Begins a day.
    INSERT_INSTANCE_HEAD = "INSERT INTO instance_ledger_checkpoint (day, size, root, made_at) VALUES ($1, $2, $3, $4)"
        (BigInt, BigInt, Blob, BigInt);

    /// Moves a day on, where it is as it was read.
    MOVE_INSTANCE_HEAD = "UPDATE instance_ledger_checkpoint SET size = $2, root = $3, made_at = $4 WHERE day = $1 AND size = $5"
        (BigInt, BigInt, Blob, BigInt, BigInt);

    /// Asks for an erasure.
    INSERT_ERASURE = "INSERT INTO erasure (erasure_id, tenant_id, subject_kind, subject_id, state, requested_at, due_at, deadline_at, \
                      actor_kind, actor_id, progress) VALUES ($1, $2, $3, $4, 'waiting', $5, $6, $7, $8, $9, '{}')"
        (BigInt, BigInt, Text, BigInt, BigInt, BigInt, BigInt, Text, BigInt);
    /// One erasure.
    ERASURE = "SELECT erasure_id, tenant_id, subject_kind, subject_id, state, requested_at, due_at, deadline_at, actor_kind, actor_id, \
               begun_at, finished_at, alarmed_at, progress, failure FROM erasure WHERE erasure_id = $1"
        (BigInt) -> (erasure_id: BigInt, tenant_id: BigInt, subject_kind: Text, subject_id: BigInt, state: Text, requested_at: BigInt,
            due_at: BigInt, deadline_at: BigInt, actor_kind: Text, actor_id: BigInt, begun_at: BigInt, finished_at: BigInt,
            alarmed_at: BigInt, progress: Text, failure: Text);
    /// A tenant's erasures after one of them.
    ERASURES_OF_TENANT = "SELECT erasure_id, tenant_id, subject_kind, subject_id, state, requested_at, due_at, deadline_at, actor_kind, \
               actor_id, begun_at, finished_at, alarmed_at, progress, failure FROM erasure \
               WHERE tenant_id = $1 AND erasure_id > $2 ORDER BY erasure_id LIMIT $3"
        (BigInt, BigInt, BigInt) -> (erasure_id: BigInt, tenant_id: BigInt, subject_kind: Text, subject_id: BigInt, state: Text,
            requested_at: BigInt, due_at: BigInt, deadline_at: BigInt, actor_kind: Text, actor_id: BigInt, begun_at: BigInt,
            finished_at: BigInt, alarmed_at: BigInt, progress: Text, failure: Text);
    /// The erasures of a subject that are not done and not called off.
    OPEN_ERASURE = "SELECT erasure_id FROM erasure WHERE tenant_id = $1 AND subject_kind = $2 AND subject_id = $3 \
                    AND state IN ('waiting', 'running') ORDER BY erasure_id LIMIT 1"
        (BigInt, Text, BigInt) -> (erasure_id: BigInt);
    /// Erasures in a state that are due, after one of them.
    ERASURES_DUE = "SELECT erasure_id, due_at FROM erasure WHERE state = $1 AND due_at <= $2 AND erasure_id > $3 \
                    ORDER BY erasure_id LIMIT $4"
        (Text, BigInt, BigInt, BigInt) -> (erasure_id: BigInt, due_at: BigInt);
    /// Erasures that were asked for before a time, are not done, and of which that was not told yet.
    ERASURES_LATE = "SELECT erasure_id FROM erasure WHERE state IN ('waiting', 'running') AND requested_at <= $1 AND alarmed_at IS NULL \
                     ORDER BY erasure_id LIMIT $2"
        (BigInt, BigInt) -> (erasure_id: BigInt);
    /// Calls an erasure off, where it has not begun.
    CANCEL_ERASURE = "UPDATE erasure SET state = 'cancelled', finished_at = $2 WHERE erasure_id = $1 AND state = 'waiting'"
        (BigInt, BigInt);
    /// Begins an erasure.
    BEGIN_ERASURE = "UPDATE erasure SET state = 'running', begun_at = $2 WHERE erasure_id = $1 AND state = 'waiting'" (BigInt, BigInt);
    /// Notes how far an erasure is.
    SET_ERASURE_PROGRESS = "UPDATE erasure SET progress = $2, failure = NULL WHERE erasure_id = $1 AND state = 'running'" (BigInt, Text);
    /// Notes why an erasure does not get on.
    SET_ERASURE_FAILURE = "UPDATE erasure SET failure = $2 WHERE erasure_id = $1" (BigInt, Text);
    /// Notes that it was told that an erasure is late.
    SET_ERASURE_ALARMED = "UPDATE erasure SET alarmed_at = $2 WHERE erasure_id = $1 AND alarmed_at IS NULL" (BigInt, BigInt);
    /// Ends what else was asked for of a tenant that is erased whole.
    END_OTHER_ERASURES = "UPDATE erasure SET state = 'cancelled', finished_at = $3, failure = NULL \
                          WHERE tenant_id = $1 AND erasure_id <> $2 AND state IN ('waiting', 'running')" (BigInt, BigInt, BigInt);
    /// An erasure is done.
    FINISH_ERASURE = "UPDATE erasure SET state = 'done', finished_at = $2, progress = $3, failure = NULL \
                      WHERE erasure_id = $1 AND state = 'running'"
        (BigInt, BigInt, Text);
    /// Adds some records to the access log.
    INSERT_SEGMENT = "INSERT INTO access_log_segment (day, segment_id, first_at, records, dropped, sealed) \
                      VALUES ($1, $2, $3, $4, $5, $6)"
        (BigInt, BigInt, BigInt, BigInt, BigInt, Blob);

    /// Segments of a day's access log before a place in it, the newest first.
    SEGMENTS_BELOW = "SELECT segment_id, first_at, dropped, sealed FROM access_log_segment \
                      WHERE day = $1 AND (first_at < $2 OR (first_at = $2 AND segment_id < $3)) \
                      ORDER BY first_at DESC, segment_id DESC LIMIT $4"
        (BigInt, BigInt, BigInt, BigInt) -> (segment_id: BigInt, first_at: BigInt, dropped: BigInt, sealed: Blob);

    /// What the access log has of each day, the newest first.
    SEGMENT_DAYS = "SELECT day, COUNT(segment_id) AS segments, CAST(SUM(records) AS BIGINT) AS records, \
                    CAST(SUM(dropped) AS BIGINT) AS dropped FROM access_log_segment GROUP BY day ORDER BY day DESC LIMIT $1"
        (BigInt) -> (day: BigInt, segments: BigInt, records: BigInt, dropped: BigInt);

    /// Days before this one of which the access log has something, the oldest first.
    SEGMENT_DAYS_BEFORE = "SELECT day FROM access_log_segment WHERE day < $1 GROUP BY day ORDER BY day LIMIT $2"
        (BigInt, BigInt) -> (day: BigInt);

    /// What is deleted next of a day.
    OLDEST_SEGMENTS = "SELECT segment_id, records, dropped FROM access_log_segment WHERE day = $1 ORDER BY segment_id LIMIT $2"
        (BigInt, BigInt) -> (segment_id: BigInt, records: BigInt, dropped: BigInt);

    /// Every version of every entry of the register of sub-processors.
    SUB_PROCESSORS = "SELECT sub_processor, version, name, data_classes, data, people, locations, operations, compliance, \
                      requires_second_factor, proposed_at, announced_at, notice_days, effective_at, ended_at \
                      FROM sub_processor_version ORDER BY sub_processor, version LIMIT $1"
        (BigInt)
        -> (sub_processor: Text, version: BigInt, name: Text, data_classes: Text, data: Text, people: Text, locations: Text, operations: Text,
            compliance: Text, requires_second_factor: Boolean, proposed_at: BigInt, announced_at: BigInt, notice_days: BigInt,
            effective_at: BigInt, ended_at: BigInt);

    /// Adds a version of an entry.
    INSERT_SUB_PROCESSOR = "INSERT INTO sub_processor_version (sub_processor, version, name, data_classes, data, people, locations, \
                            operations, compliance, requires_second_factor, proposed_at) \
                            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
        (Text, BigInt, Text, Text, Text, Text, Text, Text, Text, Boolean, BigInt);

    /// Announces a version that was not announced yet.
    ANNOUNCE_SUB_PROCESSOR = "UPDATE sub_processor_version SET announced_at = $3, notice_days = $4 \
                              WHERE sub_processor = $1 AND version = $2 AND announced_at IS NULL AND ended_at IS NULL"
        (Text, BigInt, BigInt, BigInt);

    /// Notes when a version takes effect that every tenant was told of.
    TOLD_OF_SUB_PROCESSOR = "UPDATE sub_processor_version SET effective_at = $3 \
                             WHERE sub_processor = $1 AND version = $2 AND announced_at IS NOT NULL AND effective_at IS NULL"
        (Text, BigInt, BigInt);

    /// Ends every version of an entry that has not ended.
    END_SUB_PROCESSOR = "UPDATE sub_processor_version SET ended_at = $2 WHERE sub_processor = $1 AND ended_at IS NULL" (Text, BigInt);

    /// Deletes some records.
    DELETE_SEGMENT = "DELETE FROM access_log_segment WHERE day = $1 AND segment_id = $2" (BigInt, BigInt);

    /// What every check of the doctor saw last.
    DOCTOR_RESULTS = "SELECT check_name, result, said, since, checked_at FROM doctor_result ORDER BY check_name"
        () -> (check_name: Text, result: Text, said: Blob, since: BigInt, checked_at: BigInt);

    /// What a check of the doctor saw last.
    DOCTOR_RESULT = "SELECT check_name, result, said, since, checked_at FROM doctor_result WHERE check_name = $1"
        (Text) -> (check_name: Text, result: Text, said: Blob, since: BigInt, checked_at: BigInt);

    /// Keeps what a check of the doctor saw.
    PUT_DOCTOR_RESULT = "INSERT INTO doctor_result (check_name, result, said, since, checked_at) VALUES ($1, $2, $3, $4, $5) \
                         ON CONFLICT (check_name) DO UPDATE SET result = excluded.result, said = excluded.said, \
                         since = excluded.since, checked_at = excluded.checked_at"
        (Text, Text, Blob, BigInt, BigInt);
}
