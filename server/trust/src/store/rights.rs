//! The SQL of rights requests.

use store::{Migration, Schema, StoreKind, statements};

use crate::data_map;

pub(super) const SCHEMA: Schema = Schema::new(
    "trust.rights",
    StoreKind::Tenant,
    &[Migration { version: 1, name: "rights", sql: include_str!("../migrations/0001_rights.sql") }],
    data_map::rights::TENANT,
    STATEMENTS,
);

statements! {
    registry = STATEMENTS;
    store = Tenant;

    /// Adds a request.
    INSERT_REQUEST = "INSERT INTO rights_request (tenant_id, request_id, kind, subject_kind, subject_id, state, received_at, due_at, \
                      events, about) VALUES ($1, $2, $3, $4, $5, 'open', $6, $7, 0, $8)"
        (BigInt, BigInt, Text, Text, BigInt, BigInt, BigInt, Blob);

    /// How many requests a tenant has.
    COUNT_REQUESTS = "SELECT COUNT(request_id) AS requests FROM rights_request WHERE tenant_id = $1" (BigInt) -> (requests: BigInt);

    /// A page of requests behind one of them.
    REQUESTS = "SELECT request_id, kind, subject_kind, subject_id, state, received_at, due_at, extended_at, closed_at, evidence_kind, \
                evidence_id, events, about FROM rights_request WHERE tenant_id = $1 AND request_id > $2 ORDER BY request_id LIMIT $3"
        (BigInt, BigInt, BigInt)
        -> (request_id: BigInt, kind: Text, subject_kind: Text, subject_id: BigInt, state: Text, received_at: BigInt, due_at: BigInt,
            extended_at: BigInt, closed_at: BigInt, evidence_kind: Text, evidence_id: BigInt, events: BigInt, about: Blob);

    /// A request.
    REQUEST = "SELECT request_id, kind, subject_kind, subject_id, state, received_at, due_at, extended_at, closed_at, evidence_kind, \
               evidence_id, events, about FROM rights_request WHERE tenant_id = $1 AND request_id = $2"
        (BigInt, BigInt)
        -> (request_id: BigInt, kind: Text, subject_kind: Text, subject_id: BigInt, state: Text, received_at: BigInt, due_at: BigInt,
            extended_at: BigInt, closed_at: BigInt, evidence_kind: Text, evidence_id: BigInt, events: BigInt, about: Blob);

    /// Moves a request on, where nobody did meanwhile.
    MOVE_REQUEST = "UPDATE rights_request SET state = $4, due_at = $5, extended_at = $6, closed_at = $7, evidence_kind = $8, \
                    evidence_id = $9, events = events + 1 WHERE tenant_id = $1 AND request_id = $2 AND events = $3"
        (BigInt, BigInt, BigInt, Text, BigInt, BigInt, BigInt, Text, BigInt);

    /// Adds an act to a request's history.
    INSERT_EVENT = "INSERT INTO rights_event (tenant_id, request_id, number, leaf_id, recorded_at, actor_kind, actor_id, act, said) \
                    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
        (BigInt, BigInt, BigInt, BigInt, BigInt, Text, BigInt, Text, Blob);

    /// A request's history.
    EVENTS = "SELECT number, leaf_id, recorded_at, actor_kind, actor_id, act, said FROM rights_event \
              WHERE tenant_id = $1 AND request_id = $2 ORDER BY number LIMIT $3"
        (BigInt, BigInt, BigInt)
        -> (number: BigInt, leaf_id: BigInt, recorded_at: BigInt, actor_kind: Text, actor_id: BigInt, act: Text, said: Blob);
}
