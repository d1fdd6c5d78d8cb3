//! The SQL of announcements.

use store::{Migration, Schema, StoreKind, statements};

use crate::data_map;

pub(super) const SCHEMA: Schema = Schema::new(
    "trust.announcements",
    StoreKind::System,
    &[Migration { version: 1, name: "announcement", sql: include_str!("../migrations/0001_announcement.sql") }],
    data_map::owners::ANNOUNCEMENTS,
    STATEMENTS,
);

statements! {
    registry = STATEMENTS;
    store = System;

    /// Announces something to a tenant, where it is not announced yet.
    INSERT_ANNOUNCEMENT = "INSERT INTO announcement (tenant_id, kind, reference, facts, announced_at, due_at, attempts, mails) \
                           VALUES ($1, $2, $3, $4, $5, $5, 0, 0) ON CONFLICT (tenant_id, kind, reference) DO NOTHING"
        (BigInt, Text, Text, Text, BigInt);

    /// What is to be handed over now, the longest due first.
    ANNOUNCEMENTS_DUE = "SELECT tenant_id, kind, reference, facts, announced_at, attempts FROM announcement \
                         WHERE outcome IS NULL AND due_at <= $1 ORDER BY due_at, tenant_id, kind, reference LIMIT $2"
        (BigInt, BigInt)
        -> (tenant_id: BigInt, kind: Text, reference: Text, facts: Text, announced_at: BigInt, attempts: BigInt);

    /// Notes what became of an announcement, where that is not noted yet.
    SETTLE_ANNOUNCEMENT = "UPDATE announcement SET outcome = $4, mails = $5, settled_at = $6 \
                           WHERE tenant_id = $1 AND kind = $2 AND reference = $3 AND outcome IS NULL"
        (BigInt, Text, Text, Text, BigInt, BigInt);

    /// Puts an announcement off.
    POSTPONE_ANNOUNCEMENT = "UPDATE announcement SET due_at = $4, attempts = attempts + 1 \
                             WHERE tenant_id = $1 AND kind = $2 AND reference = $3 AND outcome IS NULL"
        (BigInt, Text, Text, BigInt);

    /// How many tenants something was announced to, how many of these announcements are settled, in how many mails, and of how many
    /// tenants every mail was given up.
    ANNOUNCED_TO = "SELECT COUNT(*) AS tenants, COUNT(settled_at) AS settled, COALESCE(CAST(SUM(mails) AS BIGINT), 0) AS mails, \
                    COUNT(CASE WHEN outcome = 'given-up' THEN 1 END) AS given_up \
                    FROM announcement WHERE kind = $1 AND reference = $2"
        (Text, Text) -> (tenants: BigInt, settled: BigInt, mails: BigInt, given_up: BigInt);

    /// The tenants that something was announced to.
    ANNOUNCED_TENANTS = "SELECT tenant_id FROM announcement WHERE kind = $1 AND reference = $2 ORDER BY tenant_id"
        (Text, Text) -> (tenant_id: BigInt);

    /// How many announcements are open, and since when the oldest of them.
    OPEN_ANNOUNCEMENTS = "SELECT COUNT(*) AS announcements, MIN(announced_at) AS since FROM announcement WHERE outcome IS NULL"
        () -> (announcements: BigInt, since: BigInt);
}
