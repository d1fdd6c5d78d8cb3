//! The SQL of breach cases.

use store::{Migration, Schema, StoreKind, statements};

use crate::data_map;

pub(super) const SCHEMA: Schema = Schema::new(
    "trust.cases",
    StoreKind::System,
    &[Migration { version: 1, name: "cases", sql: include_str!("../migrations/0001_cases.sql") }],
    data_map::cases::SYSTEM,
    STATEMENTS,
);

statements! {
    registry = STATEMENTS;
    store = System;

    /// Opens a case.
    INSERT_CASE = "INSERT INTO breach_case (case_id, state, regimes, customers_hours, aware_at, opened_at, events, assessment, about) \
                   VALUES ($1, 'open', $2, $3, $4, $5, 0, 0, $6)"
        (BigInt, Text, BigInt, BigInt, BigInt, Blob);

    /// How many cases there are.
    COUNT_CASES = "SELECT COUNT(case_id) AS cases FROM breach_case" () -> (cases: BigInt);

    /// Every case, the newest first.
    CASES = "SELECT case_id, state, regimes, customers_hours, aware_at, opened_at, closed_at, events, assessment, telling, about \
             FROM breach_case ORDER BY opened_at DESC, case_id LIMIT $1"
        (BigInt)
        -> (case_id: BigInt, state: Text, regimes: Text, customers_hours: BigInt, aware_at: BigInt, opened_at: BigInt, closed_at: BigInt,
            events: BigInt, assessment: BigInt, telling: BigInt, about: Blob);

    /// A case.
    CASE = "SELECT case_id, state, regimes, customers_hours, aware_at, opened_at, closed_at, events, assessment, telling, about \
            FROM breach_case WHERE case_id = $1"
        (BigInt)
        -> (case_id: BigInt, state: Text, regimes: Text, customers_hours: BigInt, aware_at: BigInt, opened_at: BigInt, closed_at: BigInt,
            events: BigInt, assessment: BigInt, telling: BigInt, about: Blob);

    /// Moves a case on, where nobody did meanwhile.
    MOVE_CASE = "UPDATE breach_case SET state = $3, closed_at = $4, assessment = $5, telling = $6, events = events + 1 \
                 WHERE case_id = $1 AND events = $2"
        (BigInt, BigInt, Text, BigInt, BigInt, BigInt);

    /// Cases whose tenants are being told.
    TELLING = "SELECT case_id FROM breach_case WHERE telling IS NOT NULL AND state = 'assessing' ORDER BY case_id LIMIT $1"
        (BigInt) -> (case_id: BigInt);

    /// Adds a step.
    INSERT_STEP = "INSERT INTO breach_step (case_id, step, due_at, state) VALUES ($1, $2, $3, 'open')" (BigInt, Text, BigInt);

    /// The steps of a case, the first due first.
    STEPS = "SELECT step, due_at, state, settled_at, escalated_at FROM breach_step WHERE case_id = $1 ORDER BY due_at, step"
        (BigInt) -> (step: Text, due_at: BigInt, state: Text, settled_at: BigInt, escalated_at: BigInt);

    /// Settles a step that is open.
    SETTLE_STEP = "UPDATE breach_step SET state = $3, settled_at = $4 WHERE case_id = $1 AND step = $2 AND state = 'open'"
        (BigInt, Text, Text, BigInt);

    /// Makes the step of telling customers open again, of a case that has found more of them.
    REOPEN_CUSTOMERS = "UPDATE breach_step SET state = 'open', settled_at = NULL \
                        WHERE case_id = $1 AND step = 'customers' AND state = 'done'"
        (BigInt);

    /// Cases whose tenants were told, and whose step of telling customers is open.
    CUSTOMERS_OPEN = "SELECT breach_case.case_id FROM breach_case JOIN breach_step ON breach_step.case_id = breach_case.case_id \
                      WHERE breach_case.state = 'notified' AND breach_step.step = 'customers' AND breach_step.state = 'open' \
                      ORDER BY breach_case.case_id LIMIT $1"
        (BigInt) -> (case_id: BigInt);

    /// Steps of which nobody was told yet that they are overdue.
    OVERDUE_STEPS = "SELECT case_id, step, due_at FROM breach_step WHERE state = 'open' AND due_at < $1 AND escalated_at IS NULL \
                     ORDER BY due_at, case_id, step LIMIT $2"
        (BigInt, BigInt) -> (case_id: BigInt, step: Text, due_at: BigInt);

    /// Notes that it was told, where that is not noted yet.
    SET_ESCALATED = "UPDATE breach_step SET escalated_at = $3 WHERE case_id = $1 AND step = $2 AND state = 'open' AND escalated_at IS NULL"
        (BigInt, Text, BigInt);

    /// How many steps are open, how many of these are overdue, and when the next is due.
    OPEN_STEPS = "SELECT COUNT(step) AS steps, COUNT(CASE WHEN due_at < $1 THEN 1 END) AS overdue, MIN(due_at) AS next_due_at \
                  FROM breach_step WHERE state = 'open'"
        (BigInt) -> (steps: BigInt, overdue: BigInt, next_due_at: BigInt);

    /// Adds an act to a case's history.
    INSERT_EVENT = "INSERT INTO breach_event (case_id, number, leaf_id, recorded_at, actor_kind, actor_id, act, step, said) \
                    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
        (BigInt, BigInt, BigInt, BigInt, Text, BigInt, Text, Text, Blob);

    /// A case's history.
    EVENTS = "SELECT number, leaf_id, recorded_at, actor_kind, actor_id, act, step, said FROM breach_event \
              WHERE case_id = $1 ORDER BY number LIMIT $2"
        (BigInt, BigInt)
        -> (number: BigInt, leaf_id: BigInt, recorded_at: BigInt, actor_kind: Text, actor_id: BigInt, act: Text, step: Text, said: Blob);

    /// An act of a case's history.
    EVENT = "SELECT number, leaf_id, recorded_at, actor_kind, actor_id, act, step, said FROM breach_event \
             WHERE case_id = $1 AND number = $2"
        (BigInt, BigInt)
        -> (number: BigInt, leaf_id: BigInt, recorded_at: BigInt, actor_kind: Text, actor_id: BigInt, act: Text, step: Text, said: Blob);

    /// Adds a computation.
    INSERT_ASSESSMENT = "INSERT INTO breach_assessment (case_id, number, criteria, assessed_at, tenants, affected, digest, leaf_id) \
                         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
        (BigInt, BigInt, Text, BigInt, BigInt, BigInt, Blob, BigInt);

    /// A computation.
    ASSESSMENT = "SELECT number, criteria, assessed_at, tenants, affected, digest, leaf_id FROM breach_assessment \
                  WHERE case_id = $1 AND number = $2"
        (BigInt, BigInt)
        -> (number: BigInt, criteria: Text, assessed_at: BigInt, tenants: BigInt, affected: BigInt, digest: Blob, leaf_id: BigInt);

    /// Adds a tenant that is affected.
    INSERT_AFFECTED = "INSERT INTO breach_affected (case_id, number, tenant_id, reason, found, evidence, log_size, log_root, told_at) \
                       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
        (BigInt, BigInt, BigInt, Text, BigInt, Text, BigInt, Blob, BigInt);

    /// The tenants of a computation behind one of them, in the order of their numbers.
    AFFECTED = "SELECT tenant_id, reason, found, evidence, log_size, log_root, told_at FROM breach_affected \
                WHERE case_id = $1 AND number = $2 AND tenant_id > $3 ORDER BY tenant_id LIMIT $4"
        (BigInt, BigInt, BigInt, BigInt)
        -> (tenant_id: BigInt, reason: Text, found: BigInt, evidence: Text, log_size: BigInt, log_root: Blob, told_at: BigInt);

    /// Tenants that are to be told, behind one of them.
    UNTOLD = "SELECT tenant_id, reason, found, evidence, log_size, log_root, told_at FROM breach_affected \
              WHERE case_id = $1 AND number = $2 AND tenant_id > $3 AND told_at IS NULL ORDER BY tenant_id LIMIT $4"
        (BigInt, BigInt, BigInt, BigInt)
        -> (tenant_id: BigInt, reason: Text, found: BigInt, evidence: Text, log_size: BigInt, log_root: Blob, told_at: BigInt);

    /// Tenants that were told of a case, by whichever computation.
    TOLD = "SELECT tenant_id, MIN(told_at) AS told_at FROM breach_affected WHERE case_id = $1 AND told_at IS NOT NULL \
            GROUP BY tenant_id ORDER BY tenant_id"
        (BigInt) -> (tenant_id: BigInt, told_at: BigInt);

    /// Notes that a tenant was told.
    SET_TOLD = "UPDATE breach_affected SET told_at = $4 WHERE case_id = $1 AND number = $2 AND tenant_id = $3 AND told_at IS NULL"
        (BigInt, BigInt, BigInt, BigInt);

    /// Leaves from a place of the instance's log on, in its order.
    INSTANCE_LEAVES_FROM = "SELECT leaf_id, sequence, recorded_at, actor_kind, actor_id, kind, subject_id, commitment, sealed \
                            FROM instance_ledger_leaf WHERE sequence >= $1 ORDER BY sequence LIMIT $2"
        (BigInt, BigInt)
        -> (leaf_id: BigInt, sequence: BigInt, recorded_at: BigInt, actor_kind: Text, actor_id: BigInt, kind: Text, subject_id: BigInt,
            commitment: Blob, sealed: Blob);
}
