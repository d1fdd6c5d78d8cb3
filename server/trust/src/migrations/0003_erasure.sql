-- Erasures: what was asked for, when it is due, and how far it is. It outlives what it erases, so it lies with the instance.
CREATE TABLE erasure (
    erasure_id BIGINT NOT NULL,
    tenant_id BIGINT NOT NULL,
    subject_kind TEXT NOT NULL,
    subject_id BIGINT NOT NULL,
    state TEXT NOT NULL,
    requested_at BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    deadline_at BIGINT NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id BIGINT,
    begun_at BIGINT,
    finished_at BIGINT,
    alarmed_at BIGINT,
    progress TEXT NOT NULL,
    failure TEXT,
    PRIMARY KEY (erasure_id)
);
CREATE INDEX erasure_by_tenant ON erasure (tenant_id, erasure_id);
CREATE INDEX erasure_by_state ON erasure (state, due_at, erasure_id);
