-- Requests by which people use their rights, and what was done about each.
CREATE TABLE rights_request (
    tenant_id BIGINT NOT NULL,
    request_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    subject_kind TEXT NOT NULL,
    subject_id BIGINT,
    state TEXT NOT NULL,
    received_at BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    extended_at BIGINT,
    closed_at BIGINT,
    evidence_kind TEXT,
    evidence_id BIGINT,
    events BIGINT NOT NULL,
    about BLOB NOT NULL,
    PRIMARY KEY (tenant_id, request_id)
);

CREATE TABLE rights_event (
    tenant_id BIGINT NOT NULL,
    request_id BIGINT NOT NULL,
    number BIGINT NOT NULL,
    leaf_id BIGINT NOT NULL,
    recorded_at BIGINT NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id BIGINT,
    act TEXT NOT NULL,
    said BLOB,
    PRIMARY KEY (tenant_id, leaf_id),
    UNIQUE (tenant_id, request_id, number)
);
